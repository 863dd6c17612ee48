// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/convert/convert.h"

// Private to core/convert and core/fix.
namespace ckptscope::convert {

/// Errors that speak of what a loader would run, not of missing elements.
[[nodiscard]] bool namesCode(Code code) noexcept;

/// The rest of a repair whose result is safetensors though its source is not: places, shards, names and other files as
/// planConvert() gives them; `plan` holds the options, the edits (of the source's tensors) and the donor's matches.
/// Edits of what is not written are left out.
Result<FixPlan> planRepair(const Checkpoint& checkpoint, const CheckReport& report, FixPlan plan, const JobContext& job);

/// A conversion as the plan of a repair, which one writer writes.
[[nodiscard]] FixPlan toFixPlan(const Checkpoint& checkpoint, const ConvertPlan& plan);

} // namespace ckptscope::convert
