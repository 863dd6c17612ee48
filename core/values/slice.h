// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/job.h"
#include "core/result.h"
#include "core/values/elements.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ckptscope {

/// Part of one dimension.
struct SliceRange {
    std::uint64_t start = 0;
    std::uint64_t count = 0;
    std::uint64_t step = 1;
    bool index = false; ///< a single index, which takes the dimension away
    bool operator==(const SliceRange&) const = default;
};

/// One range a dimension.
using Slice = std::vector<SliceRange>;

/// "0:4,:8", "-1,::2", "...,3": Python's indexing with positive steps. Missing dimensions are whole; ends beyond a dimension are cut as
/// Python cuts them, single indexes must exist. Code::UsageError says what is wrong.
Result<Slice> parseSlice(std::string_view text, std::span<const std::uint64_t> shape);

/// Dimensions of the result, those of single indexes left out.
[[nodiscard]] std::vector<std::uint64_t> sliceShape(const Slice& slice);

/// Elements of a slice, row-major.
struct SliceData {
    DType dtype = DType::Unknown;     ///< of `packed`: the stored one, but F32 where a stored element is no whole number of bytes (blocks, F4, F6)
    std::vector<std::uint64_t> shape; ///< sliceShape()
    std::vector<std::byte> packed;    ///< little-endian
};

/// Reads the elements of a slice and little more; Code::LimitExceeded above `maxElements`.
Result<SliceData> readSlice(ElementReader& reader, const TensorInfo& tensor, const Slice& slice, std::uint64_t maxElements = 1ULL << 24U,
                            const JobContext& job = {});

} // namespace ckptscope
