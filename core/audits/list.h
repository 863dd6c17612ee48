// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/audits/audit.h"

/// The run() of each audit; registry.cpp names them, nobody else needs this header.
namespace ckptscope {

void auditHolders(const Checkpoint& checkpoint, const ArchitectureChoice& architecture, std::vector<Finding>& findings);
void auditIndex(const Checkpoint& checkpoint, const ArchitectureChoice& architecture, std::vector<Finding>& findings);
void auditFolder(const Checkpoint& checkpoint, const ArchitectureChoice& architecture, std::vector<Finding>& findings);
void auditMetadata(const Checkpoint& checkpoint, const ArchitectureChoice& architecture, std::vector<Finding>& findings);
void auditSiblings(const Checkpoint& checkpoint, const ArchitectureChoice& architecture, std::vector<Finding>& findings);
void auditShapes(const Checkpoint& checkpoint, const ArchitectureChoice& architecture, std::vector<Finding>& findings);
void auditHeads(const Checkpoint& checkpoint, const ArchitectureChoice& architecture, std::vector<Finding>& findings);
void auditTied(const Checkpoint& checkpoint, const ArchitectureChoice& architecture, std::vector<Finding>& findings);
void auditRope(const Checkpoint& checkpoint, const ArchitectureChoice& architecture, std::vector<Finding>& findings);
void auditQuantized(const Checkpoint& checkpoint, const ArchitectureChoice& architecture, std::vector<Finding>& findings);
void auditGgufSsm(const Checkpoint& checkpoint, const ArchitectureChoice& architecture, std::vector<Finding>& findings);

} // namespace ckptscope
