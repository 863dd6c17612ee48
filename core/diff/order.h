// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/report/diff.h"

#include <cstdint>
#include <vector>

namespace ckptscope {

/// What a list of compared tensors can be sorted by.
enum class DiffColumn : std::uint8_t { Key, Change, DTypeA, DTypeB, ShapeA, ShapeB, MaxAbs, Relative, Cosine, Differing, EqualBits };
inline constexpr int DiffColumns = 11;

/// Sorts rows of a comparison, keys in path order; equal ones keep their order. Numbers that are not there come last
/// either way.
void sortRows(const report::DiffView& view, std::vector<std::uint32_t>& rows, DiffColumn column, bool descending);

/// Share of a tensor's elements that differ, 0 to 1.
[[nodiscard]] double differingShare(const ValueDifference& values) noexcept;

} // namespace ckptscope
