// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/diff/differences.h"
#include "core/query/filter.h"

#include <cstdint>
#include <span>
#include <vector>

namespace ckptscope {

/// One byte a row of the comparison, 1 where the filter matches: A's tensor, or B's where A has none; `dtype:` and
/// `shape:` and the like look at both sides, so that `dtype:F32` finds what became F32. `values` (ascending by row)
/// answers `change:value`; rows that are not in it have none. Fails only with Code::Cancelled.
Result<std::vector<std::uint8_t>> matchRows(const Comparison& comparison, std::span<const ValueDifference> values, const Filter& filter,
                                            const JobContext& job = {});

} // namespace ckptscope
