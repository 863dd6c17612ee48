// SPDX-License-Identifier: Apache-2.0
#include "core/report/json.h"

namespace ckptscope::report {
void writeErrorJson(std::string_view, const Error&, const Write&) { }
void writeListJson(const Checkpoint&, const std::vector<std::uint32_t>&, const std::vector<std::string>&, const Write&) { }
void writeRolesJson(const Checkpoint&, const std::vector<Role>&, const Write&) { }
void writeCheckJson(const Checkpoint&, const CheckReport&, const Write&) { }
void writeReceiptJson(const Receipt&, const Write&) { }
void writePlanJson(const FixPlan&, const Write&) { }
}
