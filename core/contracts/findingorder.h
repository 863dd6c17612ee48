// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"

#include <vector>

namespace ckptscope {

/// The order in which findings are told everywhere: worst first, then rules in database order, then audits by id; those
/// of one rule in path order of their names (layers.2 before layers.10), then of their files, ties as they were.
void sortFindings(const Checkpoint& checkpoint, std::vector<Finding>& findings);

} // namespace ckptscope
