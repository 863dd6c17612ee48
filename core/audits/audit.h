// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"

#include <span>
#include <vector>

namespace ckptscope {

/// A check that needs no dtype rule and reads no element: it judges the facts that readers stored in Checkpoint.
/// A new audit is one audits/NAME.cpp with such a function, which includes audits/list.h, and a line CKPTSCOPE_AUDIT in core/codes.inc.
using Audit = void (*)(const Checkpoint& checkpoint, const ArchitectureChoice& architecture, std::vector<Finding>& findings);

/// All of them, in the order of core/codes.inc.
[[nodiscard]] std::span<const Audit> audits() noexcept;

} // namespace ckptscope
