// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"

#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace ckptscope {

/// Ids of rules and audits of which the user wants to hear no more.
using MutedRules = std::set<std::string, std::less<>>;

/// Whether findings of this id may be muted: damage, and a pickle that names code to run, may not.
[[nodiscard]] bool canMute(const CheckReport& report, std::string_view rule) noexcept;

/// The report without the findings of these rules; those that may not be muted stay. Counts, verdict and each tensor's
/// worst finding follow. A tensor on which a muted rule decided was not judged: it is never said to hold. Nothing else
/// is asked again.
[[nodiscard]] std::shared_ptr<const CheckReport> withoutRules(std::shared_ptr<const CheckReport> report, const MutedRules& muted);

/// runChecks(), then withoutRules().
[[nodiscard]] Result<std::shared_ptr<const CheckReport>> runChecksWithout(const MutedRules& muted, const Checkpoint& checkpoint,
                                                                          const CheckOptions& options = {}, const JobContext& job = {});

} // namespace ckptscope
