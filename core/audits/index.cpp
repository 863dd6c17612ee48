// SPDX-License-Identifier: Apache-2.0
#include "core/audits/list.h"
#include "core/audits/sink.h"
#include "core/model/missing.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <unordered_map>

namespace ckptscope {

namespace {

/// Weight map entries in key order, without sorting where the writer did it already.
std::vector<std::uint32_t> byKey(const IndexFacts& index)
{
    std::vector<std::uint32_t> order(index.weightMap.size());
    std::iota(order.begin(), order.end(), 0U);
    const auto less = [&](std::uint32_t a, std::uint32_t b) { return index.weightMap[a].first < index.weightMap[b].first; };
    if (!std::is_sorted(order.begin(), order.end(), less)) {
        std::stable_sort(order.begin(), order.end(), less);
    }
    return order;
}

class IndexAudit {
public:
    IndexAudit(const Checkpoint& checkpoint, const IndexFacts& index, std::vector<Finding>& findings)
        : m_checkpoint(checkpoint)
        , m_index(index)
        , m_sink(checkpoint, findings)
    {
        for (std::uint32_t n = 0; n < checkpoint.shards().size(); ++n) {
            m_shards.emplace(checkpoint.shards()[n].file, n);
        }
        m_unsafe = std::any_of(checkpoint.problems().begin(), checkpoint.problems().end(),
                               [](const Problem& problem) { return problem.what.code == Code::IndexUnsafePath; });
    }

    /// Both lists are sorted, so one walk finds what only one of them has.
    void compare()
    {
        const auto order = byKey(m_index);
        const auto& names = m_checkpoint.byName();
        std::size_t t = 0;
        std::size_t e = 0;
        while (t < names.size() || e < order.size()) {
            const std::string_view stored = t < names.size() ? m_checkpoint.tensors()[names[t]].key : std::string_view();
            const std::string_view entry = e < order.size() ? std::string_view(m_index.weightMap[order[e]].first) : std::string_view();
            if (e == order.size() || (t < names.size() && stored < entry)) {
                const std::size_t end = endOf(t);
                onlyStored(t, end);
                t = end;
            } else if (t == names.size() || entry < stored) {
                onlyNamed(entry, m_index.weightMap[order[e]].second);
                ++e;
            } else {
                const std::size_t end = endOf(t);
                const std::size_t first = e;
                while (e < order.size() && m_index.weightMap[order[e]].first == entry) {
                    ++e; // the reader told of doubles
                }
                both(t, end, std::span(order).subspan(first, e - first));
                t = end;
            }
        }
    }

    void metadata()
    {
        if (!m_index.hasMetadata) {
            repairable(m_sink.add(Code::AuditNoMetadata, m_index.file, {}));
            return;
        }
        if (!m_index.totalSize) {
            m_sink.add(Code::AuditNoTotalSize, m_index.file, {});
            return;
        }
        if (isPartial(m_checkpoint) || m_missing || m_index.weightMap.empty()) {
            return; // bytes are missing, as was told: the total may well be right
        }
        // Writers count a tensor that lies in two shards once or twice: both are right. What the index does not name it need not count.
        std::uint64_t all = 0;
        for (const auto& tensor : m_checkpoint.tensors()) {
            all += listed(tensor) ? tensor.bytes.length : 0;
        }
        const std::uint64_t total = *m_index.totalSize;
        const bool right = total == all || total == all - m_repeatedBytes || total == all - m_surplusBytes;
        if (!right) {
            repairable(m_sink.add(Code::AuditTotalSize, m_index.file, {std::to_string(total), std::to_string(all)}));
        }
    }

private:
    [[nodiscard]] bool listed(const TensorInfo& tensor) const { return m_checkpoint.shards()[tensor.shard].listed; }
    [[nodiscard]] const TensorInfo& named(std::size_t position) const { return m_checkpoint.tensors()[m_checkpoint.byName()[position]]; }

    /// One past the last tensor of the same name.
    [[nodiscard]] std::size_t endOf(std::size_t t) const
    {
        const auto& names = m_checkpoint.byName();
        std::size_t end = t + 1;
        while (end < names.size() && named(end).key == named(t).key) {
            ++end;
        }
        return end;
    }

    static void repairable(Finding* finding)
    {
        if (finding != nullptr) {
            finding->fix = FindingFix{FindingFix::Op::RepairIndex, DType::Unknown, true, {}};
        }
    }

    [[nodiscard]] const Shard* shardOf(const std::string& file) const
    {
        const auto found = m_shards.find(file);
        return found == m_shards.end() ? nullptr : &m_checkpoint.shards()[found->second];
    }

    void repeated(std::size_t begin, std::size_t end)
    {
        std::uint64_t count = 0;
        std::string files;
        std::uint32_t before = UINT32_MAX;
        for (std::size_t n = begin; n < end; ++n) {
            const TensorInfo& tensor = named(n);
            if (!listed(tensor) || tensor.shard == before) { // twice in one shard is the reader's to tell
                continue;
            }
            before = tensor.shard;
            files += (files.empty() ? "" : ", ") + m_checkpoint.shards()[tensor.shard].file;
            m_repeatedBytes += count > 0 ? tensor.bytes.length : 0;
            ++count;
        }
        if (count > 1) {
            const TensorInfo& tensor = *m_checkpoint.find(named(begin).key);
            m_sink.add(Code::AuditTwoShards, tensor, {std::string(tensor.key), std::to_string(count), files});
        }
    }

    void onlyStored(std::size_t begin, std::size_t end)
    {
        bool told = m_unsafe; // the index may well name it, in a place that is not looked at: that was told
        for (std::size_t n = begin; n < end; ++n) {
            const TensorInfo& tensor = named(n);
            if (!listed(tensor)) {
                continue; // of a file that nobody names it is told once, with the file
            }
            m_surplusBytes += tensor.bytes.length;
            if (!told) {
                repairable(m_sink.add(Code::AuditSurplusTensor, tensor, {std::string(tensor.key)}));
                told = true;
            }
        }
        repeated(begin, end);
    }

    void onlyNamed(std::string_view key, const std::string& file)
    {
        const Shard* shard = shardOf(file);
        if (shard == nullptr || shard->state == Shard::State::Missing || shard->state == Shard::State::Unreadable
            || (shard->state == Shard::State::Damaged && shard->tensors == 0)) {
            return; // told once, with the shard
        }
        const bool tied = mayBeTied(m_checkpoint, key);
        const Code code = tied ? Code::AuditTiedAlias : Code::AuditMissingTensor;
        m_missing = true;
        if (Finding* finding = m_sink.add(code, file, {std::string(key)})) {
            finding->key = key;
        }
    }

    /// `entries`: the places of the key in the weight map; where it stands twice, one that is right will do.
    void both(std::size_t begin, std::size_t end, std::span<const std::uint32_t> entries)
    {
        const TensorInfo* elsewhere = nullptr;
        bool here = false;
        for (std::size_t n = begin; n < end; ++n) {
            const TensorInfo& tensor = named(n);
            const std::string& file = m_checkpoint.shards()[tensor.shard].file;
            if (std::any_of(entries.begin(), entries.end(), [&](std::uint32_t entry) { return m_index.weightMap[entry].second == file; })) {
                here = true;
            } else if (listed(tensor)) {
                elsewhere = &tensor;
            }
        }
        if (!here) {
            const auto& [key, file] = m_index.weightMap[entries.back()]; // the one that JSON readers keep
            if (elsewhere == nullptr) {
                onlyNamed(key, file); // stored, but in a file that loaders skip
            } else {
                repairable(m_sink.add(Code::AuditWrongShard, *elsewhere, {std::string(key), file, m_checkpoint.shards()[elsewhere->shard].file}));
            }
        }
        repeated(begin, end);
    }

    const Checkpoint& m_checkpoint;
    const IndexFacts& m_index;
    AuditSink m_sink;
    std::unordered_map<std::string_view, std::uint32_t> m_shards;
    std::uint64_t m_repeatedBytes = 0;
    std::uint64_t m_surplusBytes = 0;
    bool m_missing = false; ///< a tensor that the index names, and may count, is not stored
    bool m_unsafe = false;  ///< the index names shards outside the folder
};

} // namespace

void auditIndex(const Checkpoint& checkpoint, const ArchitectureChoice&, std::vector<Finding>& findings)
{
    if (!checkpoint.index()) {
        return;
    }
    IndexAudit audit(checkpoint, *checkpoint.index(), findings);
    audit.compare();
    audit.metadata();
}

} // namespace ckptscope
