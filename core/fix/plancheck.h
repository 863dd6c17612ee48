// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/apply.h"
#include "core/fix/exporter.h"
#include "core/fix/plan.h"

#include <vector>

// Private to core/fix: what is asked of a plan before it is carried out, and told of it afterwards.
namespace ckptscope {

/// A plan may come from a file: its edits, segments and views must be of this very checkpoint and keep inside it.
Result<void> checkPlanFits(const Checkpoint& checkpoint, const FixPlan& plan);

/// Sizes, times and inodes of all sources, and where asked for the headers, are as they were when the plan was made.
Result<void> checkPlanSources(const Checkpoint& checkpoint, const FixPlan& plan, bool headers, const JobContext& job);

/// What a plan did, less how: device, bytes and times are the caller's. `outcomes`: one an edit.
[[nodiscard]] Receipt makeReceipt(const Checkpoint& checkpoint, const FixPlan& plan, const std::vector<EditOutcome>& outcomes);

/// The most memory that this process held so far, in bytes.
[[nodiscard]] std::uint64_t peakRss() noexcept;

} // namespace ckptscope
