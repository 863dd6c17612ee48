// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/tensorinfo.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

namespace ckptscope {

/// A tensor, or a part of a large one: what one thread reads at a time.
struct TensorUnit {
    std::uint32_t place = 0; ///< in the job's list of tensors
    std::uint32_t part = 0;
    std::uint64_t first = 0; ///< element
    std::uint64_t count = 0;
};

/// The places 0 to `count` - 1 in the order in which their tensors lie on disk. `tensorAt(place)` is a TensorInfo.
template<class TensorAt>
std::vector<std::uint32_t> inFileOrder(std::size_t count, const TensorAt& tensorAt)
{
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        const TensorInfo& one = tensorAt(a);
        const TensorInfo& two = tensorAt(b);
        return one.shard != two.shard ? one.shard < two.shard : one.bytes.offset < two.bytes.offset;
    });
    return order;
}

/// Appends the units of one tensor; gives how many, at least 1. Work is so split by bytes, not by tensor: no thread is left with a large one at
/// the end.
inline std::uint32_t cutTensor(std::vector<TensorUnit>& units, std::uint32_t place, std::uint64_t elements, std::uint64_t partElements)
{
    std::uint32_t parts = 0;
    std::uint64_t first = 0;
    do {
        units.push_back({place, parts++, first, std::min(partElements, elements - first)});
        first += partElements;
    } while (first < elements && parts < UINT32_MAX);
    return parts;
}

} // namespace ckptscope
