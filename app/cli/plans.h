// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/apply.h"
#include "core/fix/plan.h"
#include "core/report/text.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope::cli {

class Session;

/// "I/N".
struct PartOf {
    unsigned part = 0; ///< from 1
    unsigned parts = 0;
};
[[nodiscard]] std::optional<PartOf> partOf(std::string_view text) noexcept;

/// As seen from anywhere on this machine.
[[nodiscard]] std::vector<std::string> absolutePaths(const std::vector<std::string>& paths);
/// What is said with --json where a plan was asked for and there is nothing to do; the exit code.
int tellNoPlan(Session& session, const FixPlan& plan);
/// Saves a plan and says what it is; the exit code. `space` may be null.
int tellSavedPlan(Session& session, const FixPlan& plan, const SpaceCheck* space, const std::string& file);
/// Writes a file beside a result; never into it, which must not depend on it.
Result<void> writeBeside(const std::string& path, const std::function<void(const report::Write&)>& fill);
/// Prints a receipt, and writes it into a file where one is named; the exit code.
int tellReceipt(Session& session, const Receipt& receipt, const std::string& receiptFile);

} // namespace ckptscope::cli
