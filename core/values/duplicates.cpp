// SPDX-License-Identifier: Apache-2.0
#include "core/values/duplicates.h"

#include "core/query/order.h"
#include "core/values/elements.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace ckptscope {

namespace {

constexpr std::uint64_t FewestValues = 1024;
constexpr std::size_t MostKinds = 8; ///< different tensors of the same statistics that are kept to compare with
constexpr std::size_t BufferBytes = 1U << 20U;

bool samePlace(const TensorInfo& a, const TensorInfo& b)
{
    return a.shard == b.shard && a.bytes == b.bytes; // one storage under two names, as torch.save keeps ties
}

/// False also where they cannot be read.
bool sameBytes(const std::shared_ptr<ShardFiles>& files, const TensorInfo& a, const TensorInfo& b, const JobContext& job,
               const std::function<void(std::uint64_t)>& onRead)
{
    auto one = ElementReader::open(files, a, BufferBytes);
    auto two = ElementReader::open(files, b, BufferBytes);
    if (!one || !two || one->elements() != two->elements()) {
        return false;
    }
    const std::uint64_t bytesOfGrain = std::max<std::uint64_t>(one->bytesOf(one->grain()), 1);
    const std::uint64_t step = std::max<std::uint64_t>(BufferBytes / bytesOfGrain, 1) * one->grain();
    for (std::uint64_t first = 0; first < one->elements(); first += step) {
        if (job.stop.stop_requested()) {
            return false;
        }
        const std::uint64_t count = std::min(step, one->elements() - first);
        onRead(2 * one->bytesOf(count));
        const auto mine = one->read(first, count);
        const auto other = two->read(first, count);
        if (!mine || !other || !std::equal(mine->begin(), mine->end(), other->begin(), other->end())) {
            return false;
        }
    }
    return true;
}

} // namespace

void DuplicateSearch::add(const Checkpoint& checkpoint, std::uint32_t tensor, const Statistics& statistics)
{
    const bool comparable = !std::isnan(statistics.mean) && !std::isnan(statistics.std);
    if (comparable && !statistics.constant && statistics.count >= FewestValues && tensor < checkpoint.tensors().size()) {
        m_seen.push_back({tensor, statistics.min, statistics.max, statistics.mean, statistics.std, statistics.zeros, statistics.nan});
    }
}

std::optional<Finding> DuplicateSearch::find(const Checkpoint& checkpoint, const std::shared_ptr<ShardFiles>& files, const JobContext& job,
                                             const std::function<void(std::uint64_t)>& onRead)
{
    const auto infoOf = [&](const Seen& seen) -> const TensorInfo& { return checkpoint.tensors()[seen.tensor]; };
    const auto key = [&](const Seen& seen) {
        const TensorInfo& tensor = infoOf(seen);
        return std::tuple(tensor.dtype, tensor.bytes.length, seen.mean, seen.std, seen.min, seen.max, seen.zeros, seen.nan);
    };
    const auto alike = [&](const Seen& a, const Seen& b) {
        const TensorInfo& one = infoOf(a);
        const TensorInfo& two = infoOf(b);
        return key(a) == key(b) && std::equal(one.shape.begin(), one.shape.end(), two.shape.begin(), two.shape.end());
    };
    std::sort(m_seen.begin(), m_seen.end(), [&](const Seen& a, const Seen& b) {
        const auto left = key(a);
        const auto right = key(b);
        return left != right ? left < right : a.tensor < b.tensor;
    });
    std::vector<std::pair<std::uint32_t, std::uint32_t>> copies; ///< copy, original
    std::vector<std::uint32_t> kinds;
    for (std::size_t n = 0; n < m_seen.size() && !job.stop.stop_requested(); ++n) {
        if (n == 0 || !alike(m_seen[n - 1], m_seen[n])) {
            kinds.clear();
        }
        const TensorInfo& tensor = infoOf(m_seen[n]);
        const auto original = std::find_if(kinds.begin(), kinds.end(), [&](std::uint32_t kind) {
            const TensorInfo& other = checkpoint.tensors()[kind];
            return samePlace(tensor, other) || sameBytes(files, tensor, other, job, onRead);
        });
        if (original == kinds.end()) {
            if (kinds.size() < MostKinds) {
                kinds.push_back(m_seen[n].tensor);
            }
        } else if (!samePlace(tensor, checkpoint.tensors()[*original])) {
            copies.emplace_back(m_seen[n].tensor, *original);
        }
    }
    if (copies.empty() || job.stop.stop_requested()) {
        return std::nullopt;
    }
    std::sort(copies.begin(), copies.end(), [&](const auto& a, const auto& b) {
        const int order = comparePaths(checkpoint.tensors()[a.first].key, checkpoint.tensors()[b.first].key);
        return order != 0 ? order < 0 : a < b;
    });
    std::uint64_t bytes = 0;
    Finding finding;
    finding.rule = codeInfo(Code::ValuesDuplicate).id;
    finding.severity = codeInfo(Code::ValuesDuplicate).severity;
    finding.tensor = copies.front().first;
    for (const auto& [copy, original] : copies) {
        bytes += checkpoint.tensors()[copy].bytes.length;
        if (copy != copies.front().first) {
            finding.others.push_back(copy);
        }
    }
    const TensorInfo& first = checkpoint.tensors()[copies.front().first];
    finding.file = checkpoint.shards()[first.shard].file;
    finding.what = inFile(fail(Code::ValuesDuplicate,
                               {std::string(checkpoint.tensors()[copies.front().second].key), std::to_string(copies.size()), std::to_string(bytes)}),
                          finding.file);
    return finding;
}

} // namespace ckptscope
