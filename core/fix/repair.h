// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/plan.h"
#include "core/job.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ckptscope {

/// What a repair can offer: the edits, and what a donor holds for them. These functions open, read or plan: call them
/// in a job.
struct FixProposal {
    std::shared_ptr<const CheckReport> report;
    std::vector<Edit> edits;
    std::shared_ptr<const DonorMatcher> donor;
    std::vector<DonorMatch> matches;
    std::optional<Error> donorError; ///< the edits stand, without a donor
};
/// Judges anew where `recheck` says how; opens the donor (an empty path: none), or takes `known` if it is of that path,
/// and compares it.
[[nodiscard]] Result<FixProposal> proposeRepair(const std::shared_ptr<const Checkpoint>& checkpoint, std::shared_ptr<const CheckReport> report,
                                                const std::optional<CheckOptions>& recheck, FixOptions options, const std::string& donorPath,
                                                const std::shared_ptr<const DonorMatcher>& known, const JobContext& job);

/// The whole output, laid out, and whether its place can take it.
struct FixCheck {
    FixPlan plan;
    SpaceCheck space;
};
[[nodiscard]] Result<FixCheck> checkRepair(const Checkpoint& checkpoint, const CheckReport& report, const FixOptions& options, const JobContext& job);

/// Whether a fix with these options leaves nothing open, so that one click may write it; else what to ask first.
struct OneClickAnswer {
    std::optional<FixPlan> plan;   ///< to be written as it is; absent: ask
    std::optional<Error> question; ///< why it must ask: no room, a part of the source that would be left out ...;
                                   ///< absent where an edit loses precision
};
[[nodiscard]] OneClickAnswer oneClickFix(const Checkpoint& checkpoint, const CheckReport& report, const FixOptions& options, const JobContext& job);

} // namespace ckptscope
