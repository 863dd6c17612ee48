// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/plan.h"

#include <string>

namespace ckptscope {

/// Refuses a place for the output that is the source, lies inside it or holds it, has no parent, or exists (without force).
/// `output` is absolute afterwards: its parent resolved, its last part as the user gave it.
Result<void> checkPlace(const Checkpoint& checkpoint, bool outputIsFolder, bool force, std::string& output);

} // namespace ckptscope
