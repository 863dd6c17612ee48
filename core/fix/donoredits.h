// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/plan.h"

#include <vector>

namespace ckptscope {

/// Asks options.donor for every tensor whose precision a finding wants back: those that are to be cast to F32 or F64, and those that a rule
/// wants in F32 and whose F32 is laundered. `edits` (of proposeEdits()) then take from the donor where it may be taken.
Result<std::vector<DonorMatch>> matchDonor(const Checkpoint& checkpoint, const CheckReport& report, const FixOptions& options,
                                           std::vector<Edit>& edits, const JobContext& job);

} // namespace ckptscope
