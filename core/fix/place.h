// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/plan.h"

#include <string>
#include <string_view>

namespace ckptscope {

/// Refuses a place for the output that is the source, lies inside it or holds it, has no parent, or exists (without force).
/// `output` is absolute afterwards: its parent resolved, its last part as the user gave it.
Result<void> checkPlace(const Checkpoint& checkpoint, bool outputIsFolder, bool force, std::string& output);

/// Where a repaired copy goes where nothing else was said: beside the source, its name with `suffix`; a file keeps its extension where it is a
/// safetensors file, and gets `.safetensors` where that is written of another format. Relative where path() is.
[[nodiscard]] std::string defaultOutput(const Checkpoint& checkpoint, std::string_view suffix, FixTarget to = FixTarget::Safetensors);

} // namespace ckptscope
