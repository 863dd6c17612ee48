// SPDX-License-Identifier: Apache-2.0
#include "core/model/checkpoint.h"

#include "core/model/keyorder.h"

#include <algorithm>

namespace ckptscope {

std::shared_ptr<const Checkpoint> Checkpoint::make(CheckpointParts parts)
{
    return std::shared_ptr<const Checkpoint>(new Checkpoint(std::move(parts)));
}

Checkpoint::Checkpoint(CheckpointParts parts)
    : m_parts(std::move(parts))
    , m_byName(keyOrder(m_parts.tensors))
{
    const auto& all = m_parts.tensors;
    const auto add = [](std::uint64_t& sum, std::uint64_t amount) {
        if (__builtin_add_overflow(sum, amount, &sum)) {
            sum = UINT64_MAX;
        }
    };
    std::span<const std::uint64_t> shape;
    std::uint64_t elements = 1; // of the shape; neighbours often share theirs
    for (const TensorInfo& tensor : all) {
        if (tensor.shape.data() != shape.data() || tensor.shape.size() != shape.size()) {
            shape = tensor.shape;
            elements = elementCount(shape).value_or(0);
        }
        add(m_tensorBytes, tensor.bytes.length);
        add(m_parameters, elements);
    }
    m_damaged =
        std::any_of(m_parts.problems.begin(), m_parts.problems.end(), [](const Problem& problem) { return problem.severity == Severity::Error; });
}

const Problem* Checkpoint::damageOf(const TensorInfo& tensor) const noexcept
{
    constexpr std::size_t Most = 1000; // a file may have as many problems as tensors, and each may ask
    const std::string* file = tensor.shard < m_parts.shards.size() ? &m_parts.shards[tensor.shard].file : nullptr;
    const Problem* ofShard = nullptr;
    for (std::size_t i = 0; i < std::min(Most, m_parts.problems.size()); ++i) {
        const Problem& problem = m_parts.problems[i];
        if (problem.severity != Severity::Error) {
            continue;
        }
        if (problem.tensor) {
            const TensorInfo& named = m_parts.tensors[*problem.tensor];
            if (named.key == tensor.key && named.shard == tensor.shard) {
                return &problem;
            }
        } else if (ofShard == nullptr && file != nullptr && problem.what.file.ends_with(*file)) {
            ofShard = &problem;
        }
    }
    return ofShard;
}

const TensorInfo* Checkpoint::find(std::string_view key) const noexcept
{
    const auto& all = m_parts.tensors;
    const auto after =
        std::upper_bound(m_byName.begin(), m_byName.end(), key, [&](std::string_view wanted, std::uint32_t i) { return wanted < all[i].key; });
    if (after == m_byName.begin()) {
        return nullptr;
    }
    const TensorInfo& last = all[*std::prev(after)];
    return last.key == key ? &last : nullptr;
}

} // namespace ckptscope
