// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/convert/convert.h"

#include <string>

namespace ckptscope::ui {

/// The `ckptscope convert` line, quoted for a POSIX shell, that does what these options do. `plan`, where there is one,
/// knows the names of the result, which casts by hand are asked by.
[[nodiscard]] std::string convertCommand(const Checkpoint& checkpoint, const ConvertOptions& options, const CheckOptions& how,
                                         const ConvertPlan* plan = nullptr);

} // namespace ckptscope::ui
