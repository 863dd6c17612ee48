// SPDX-License-Identifier: Apache-2.0
#include "core/audits/list.h"
#include "core/audits/sink.h"

#include <algorithm>
#include <numeric>
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

/// Whether a key that no shard holds may be an alias of the input embedding, which safetensors cannot store twice.
bool mayBeTied(const Checkpoint& checkpoint, std::string_view key)
{
    if (!key.ends_with("lm_head.weight") && !key.ends_with("embed_tokens.weight") && !key.ends_with("embed_out.weight")) {
        return false;
    }
    for (const std::string_view path : {"tie_word_embeddings", "text_config.tie_word_embeddings"}) {
        if (const auto* value = checkpoint.config().find(path)) {
            if (const auto* tied = std::get_if<bool>(value)) {
                return *tied;
            }
        }
    }
    return false;
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
                both(t, end, entry, m_index.weightMap[order[e]].second);
                t = end;
                for (++e; e < order.size() && m_index.weightMap[order[e]].first == entry; ++e) { } // the reader told of doubles
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
        if (isPartial(m_checkpoint)) {
            return;
        }
        // Writers count a tensor that lies in two shards once or twice: both are right.
        std::uint64_t all = 0;
        for (const auto& tensor : m_checkpoint.tensors()) {
            all += listed(tensor) ? tensor.bytes.length : 0;
        }
        if (*m_index.totalSize != all && *m_index.totalSize != all - m_repeatedBytes) {
            repairable(m_sink.add(Code::AuditTotalSize, m_index.file, {std::to_string(*m_index.totalSize), std::to_string(all)}));
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
            finding->fix = FindingFix {FindingFix::Op::RepairIndex, DType::Unknown, true, {}};
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
        for (std::size_t n = begin; n < end; ++n) {
            const TensorInfo& tensor = named(n);
            if (listed(tensor)) { // of a file that nobody names it is told once, with the file
                repairable(m_sink.add(Code::AuditSurplusTensor, tensor, {std::string(tensor.key)}));
                break;
            }
        }
        repeated(begin, end);
    }

    void onlyNamed(std::string_view key, const std::string& file)
    {
        const Shard* shard = shardOf(file);
        if (shard == nullptr || shard->state == Shard::State::Missing || shard->state == Shard::State::Unreadable) {
            return; // told once, with the shard
        }
        const bool tied = mayBeTied(m_checkpoint, key);
        const Code code = tied ? Code::AuditTiedAlias : Code::AuditMissingTensor;
        if (Finding* finding = m_sink.add(code, file, {std::string(key)})) {
            finding->key = key;
        }
    }

    void both(std::size_t begin, std::size_t end, std::string_view key, const std::string& file)
    {
        const TensorInfo* elsewhere = nullptr;
        bool here = false;
        for (std::size_t n = begin; n < end; ++n) {
            const TensorInfo& tensor = named(n);
            if (m_checkpoint.shards()[tensor.shard].file == file) {
                here = true;
            } else if (listed(tensor)) {
                elsewhere = &tensor;
            }
        }
        if (!here) {
            if (elsewhere == nullptr) {
                onlyNamed(key, file); // stored, but in a file that loaders skip
            } else {
                repairable(m_sink.add(Code::AuditWrongShard, *elsewhere,
                                      {std::string(key), file, m_checkpoint.shards()[elsewhere->shard].file}));
            }
        }
        repeated(begin, end);
    }

    const Checkpoint& m_checkpoint;
    const IndexFacts& m_index;
    AuditSink m_sink;
    std::unordered_map<std::string_view, std::uint32_t> m_shards;
    std::uint64_t m_repeatedBytes = 0;
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
