// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/diff/comparison.h"
#include "core/diff/differences.h"
#include "core/report/jsonwriter.h"
#include "core/report/text.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What two checkpoints side by side say, as text and as JSON.
namespace ckptscope::report {

/// A comparison with the rows to tell, and what their values said.
struct DiffView {
    const Comparison* comparison = nullptr;
    std::vector<std::uint32_t> rows;     ///< the ones that were looked at (a filter leaves some out), ascending
    std::vector<ValueDifference> values; ///< of the compared ones, ascending by row
    bool valuesCompared = false;         ///< false: only headers were
    double tolerance = 0;

    [[nodiscard]] const ValueDifference* valuesOf(std::uint32_t row) const noexcept;
    /// The row differs in something that was looked at, or could not be compared.
    [[nodiscard]] bool differs(std::uint32_t row) const noexcept;
    [[nodiscard]] ComparisonCounts counts() const;
};

/// "same 93,696 keys; 72 differ in dtype, 0 in shape; values not compared".
[[nodiscard]] std::string diffSentence(const DiffView& view, const NumberStyle& style = {});
/// What differs in a row: of "added", "removed", "dtype", "shape", "value", "unreadable".
[[nodiscard]] std::vector<std::string_view> changes(const DiffView& view, std::uint32_t row);
/// The same on one line: "dtype, value".
[[nodiscard]] std::string changeWords(const DiffView& view, std::uint32_t row);

/// One line a row that differs.
void writeDiffText(const DiffView& view, const TextStyle& style, const Write& write);
/// ckptscope.diff/1.
void writeDiffJson(const DiffView& view, const Write& write);

} // namespace ckptscope::report
