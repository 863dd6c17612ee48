// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/plan.h"
#include "core/job.h"

#include <QString>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ckptscope::ui {

/// What a repair can offer: the edits, and what a donor holds for them. All of this file runs in jobs.
struct FixProposal {
    std::shared_ptr<const CheckReport> report;
    std::vector<Edit> edits;
    std::shared_ptr<const DonorMatcher> donor;
    std::vector<DonorMatch> matches;
    std::optional<Error> donorError; ///< the edits stand, without a donor
};
/// Judges anew where `recheck` says how; opens the donor (an empty path: none), or takes `known` if it is of that path,
/// and compares it.
[[nodiscard]] Result<FixProposal>
proposeRepair(const std::shared_ptr<const Checkpoint>& checkpoint, std::shared_ptr<const CheckReport> report,
              const std::optional<CheckOptions>& recheck, FixOptions options, const std::string& donorPath,
              const std::shared_ptr<const DonorMatcher>& known, const JobContext& job);

/// The whole output, laid out, and whether its place can take it.
struct FixCheck {
    FixPlan plan;
    SpaceCheck space;
};
[[nodiscard]] Result<FixCheck> checkRepair(const Checkpoint& checkpoint, const CheckReport& report,
                                           const FixOptions& options, const JobContext& job);

/// The questions that a fix with these options leaves open, so that one click on Fix must open the dialog: none, or the
/// first in a sentence.
struct OneClickAnswer {
    std::optional<FixPlan> plan; ///< absent: ask
    SpaceCheck space;
    std::optional<Error> question; ///< why it must ask, where core said so
    bool lossy = false;            ///< an edit loses precision
};
[[nodiscard]] OneClickAnswer oneClickFix(const Checkpoint& checkpoint, const CheckReport& report,
                                         const FixOptions& options, const JobContext& job);

/// Where a repaired copy goes by default: NAME + suffix beside the source, as bytes.
[[nodiscard]] std::string defaultOutput(const Checkpoint& checkpoint, const QString& suffix);
/// The last part of a path, as bytes.
[[nodiscard]] std::string lastPart(const std::string& path);

} // namespace ckptscope::ui
