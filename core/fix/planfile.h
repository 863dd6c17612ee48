// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/plan.h"
#include "core/job.h"
#include "core/model/checkpoint.h"
#include "core/result.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Saved plans: the JSON that `fix --dry-run --json` prints (ckptscope.plan/1), complete, so that it can be carried out
/// later, in parts, and on other machines that see the same files.
namespace ckptscope {

/// Most bytes of a plan that is read.
inline constexpr std::uint64_t MostPlanBytes = 1ULL << 30U;

/// Notes in a plan how its source, and its donor, can be opened and known again. `paths` are what `checkpoint` was
/// opened with, seen from here. Code::PlanInPlace where the plan is not one that writes a copy.
Result<void> makeSavable(FixPlan& plan, const Checkpoint& checkpoint, const std::vector<std::string>& paths, bool follow,
                         const std::vector<std::string>& donorPaths = {});

/// Writes the file in one step; what was there before is replaced.
Result<void> savePlan(const FixPlan& plan, const std::string& path);

/// Reads a plan that anybody may have changed: every number and name is checked against the others, so that it writes
/// nothing but its own output, whose files lie beneath it, dense and in bounds. Code::PlanFile with the reason and the
/// place. Opens no file.
Result<FixPlan> readPlan(std::string_view text, const std::string& file);

/// A plan as it stands in a file.
struct SavedPlan {
    FixPlan plan;
    std::string digest; ///< hex xxh3-128 of the file: its parts know each other by it
};
Result<SavedPlan> loadPlan(const std::string& path);

/// A saved plan with what it speaks of opened.
struct BoundPlan {
    FixPlan plan;
    std::string digest;
    std::shared_ptr<const Checkpoint> checkpoint;
};
/// Opens source and donor and sees that they are what they were: sizes, times, headers and lists of tensors; on the
/// device of the plan's machine inodes, too (machines number devices differently). Code::PlanSourceChanged with the
/// file and what is different.
Result<BoundPlan> bindPlan(SavedPlan saved, const JobContext& job = {});

/// Hex xxh3-128 of the list of tensors.
[[nodiscard]] std::string tensorsHash(const Checkpoint& checkpoint);

} // namespace ckptscope
