// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace ckptscope {

/// Partial outputs that this process is writing just now: what lies there for the next run to remove, should it end at
/// once.
[[nodiscard]] std::vector<std::string> unfinishedOutputs();

} // namespace ckptscope
