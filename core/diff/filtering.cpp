// SPDX-License-Identifier: Apache-2.0
#include "core/diff/filtering.h"

#include "core/contracts/check.h"

namespace ckptscope {

Result<std::vector<std::uint8_t>> matchRows(const Comparison& comparison, std::span<const ValueDifference> values, const Filter& filter,
                                            const JobContext& job)
{
    const auto& rows = comparison.rows();
    if (filter.matchesAll()) {
        return std::vector<std::uint8_t>(rows.size(), 1);
    }
    std::vector<bool> valueChanged(rows.size(), false);
    for (const ValueDifference& one : values) {
        valueChanged[one.row] = one.changed();
    }
    // a tensor that takes no part (shadowed by another of its name) changes in nothing
    constexpr std::uint32_t None = UINT32_MAX;
    std::vector<std::uint8_t> hits(rows.size(), 0);
    const auto matchSide = [&](const Checkpoint& side, std::optional<std::uint32_t> ComparisonRow::*tensor) -> Result<void> {
        std::vector<std::uint32_t> rowOf(side.tensors().size(), None);
        for (std::uint32_t row = 0; row < rows.size(); ++row) {
            if (rows[row].*tensor) {
                rowOf[*(rows[row].*tensor)] = row;
            }
        }
        FilterContext context;
        context.checkpoint = &side;
        std::shared_ptr<const CheckReport> judged;
        if (filter.needsReport()) {
            auto checked = runChecks(side, {}, job);
            if (!checked) {
                return std::move(checked).error();
            }
            judged = *checked;
            context.report = judged.get();
        }
        context.change = [&](std::uint32_t at, Change change) {
            if (rowOf[at] == None) {
                return false;
            }
            const ComparisonRow& row = rows[rowOf[at]];
            switch (change) {
            case Change::DType:
                return row.dtype;
            case Change::Shape:
                return row.shape;
            case Change::Value:
                return static_cast<bool>(valueChanged[rowOf[at]]);
            case Change::Added:
                return row.added();
            case Change::Removed:
                return row.removed();
            }
            return false;
        };
        const auto matched = filter.match(context, job);
        for (std::uint32_t at = 0; at < rowOf.size(); ++at) {
            if (rowOf[at] != None && matched[at] != 0) {
                hits[rowOf[at]] = 1;
            }
        }
        return job.stop.stop_requested() ? Result<void>(fail(Code::Cancelled)) : Result<void>();
    };
    if (auto matched = matchSide(*comparison.a(), &ComparisonRow::a); !matched) {
        return std::move(matched).error();
    }
    if (auto matched = matchSide(*comparison.b(), &ComparisonRow::b); !matched) {
        return std::move(matched).error();
    }
    return hits;
}

} // namespace ckptscope
