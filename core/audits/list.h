// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/audits/audit.h"

/// The run() of each audit; registry.cpp names them, nobody else needs this header.
namespace ckptscope {

void auditHolders(const Checkpoint& checkpoint, const ArchitectureChoice& architecture, std::vector<Finding>& findings);

} // namespace ckptscope
