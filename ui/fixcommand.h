// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/plan.h"

#include <string>
#include <vector>

namespace ckptscope::ui {

/// The `ckptscope fix ...` line that does what the window is about to do, quoted for a POSIX shell, without a line end.
/// `proposed` are all edits on offer (advice too), `chosen` says which of them are checked, one a proposed edit.
/// `rulesMuted`: the report says less than the command line would find, so what is wanted is named.
[[nodiscard]] std::string fixCommand(const Checkpoint& checkpoint, const CheckReport& report, const FixOptions& options,
                                     const std::vector<Edit>& proposed, const std::vector<bool>& chosen, bool rulesMuted = false);

/// The line for a plan that takes all that violations ask for, as a click on Fix does.
[[nodiscard]] std::string fixCommand(const Checkpoint& checkpoint, const CheckReport& report, const FixPlan& plan, bool rulesMuted = false);

} // namespace ckptscope::ui
