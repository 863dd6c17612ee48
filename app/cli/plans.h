// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/apply.h"
#include "core/fix/plan.h"
#include "core/io/sandbox.h"
#include "core/report/text.h"

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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
/// For Session::needs: a FILE that is written, unless it is standard output.
void allowFile(SandboxAccess& access, const std::string& file);
/// What cannot go to standard output, said; or nothing. `files`: option and what it was given.
std::optional<Error> onlyOneStandard(const Session& session, std::initializer_list<std::pair<std::string_view, std::string_view>> files);
/// Prints a receipt, and writes it into a file where one is named; the exit code: violations that were to be mended, and are not, are a
/// complaint. `outputTaken`: something else goes to standard output, so the words go to standard error.
int tellReceipt(Session& session, const Receipt& receipt, const std::string& receiptFile, bool outputTaken = false);

} // namespace ckptscope::cli
