// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/audits/audit.h"

/// The functions of all audits, declared from the lines of core/codes.inc; nobody but audits/ needs this header.
namespace ckptscope {

#define CKPTSCOPE_CODE(...)
#define CKPTSCOPE_AUDIT(run, ...) void run(const Checkpoint& checkpoint, const ArchitectureChoice& architecture, std::vector<Finding>& findings);
#include "core/codes.inc"
#undef CKPTSCOPE_CODE

} // namespace ckptscope
