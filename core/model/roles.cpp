// SPDX-License-Identifier: Apache-2.0
#include "core/model/roles.h"

namespace ckptscope {
std::vector<Role> findRoles(const Checkpoint&) { return {}; }
}
