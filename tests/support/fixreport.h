// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/model/checkpoint.h"

#include <string_view>

namespace ckptscope::test {

/// A report as the GatedDeltaNet rules would give it, made by hand so that tests of fix/ need no rules: every tensor whose name ends in
/// A_log or dt_bias and is stored in another float dtype than F32 is a violation with a cast to F32.
[[nodiscard]] CheckReport fp32Report(const Checkpoint& checkpoint);

} // namespace ckptscope::test
