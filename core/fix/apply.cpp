// SPDX-License-Identifier: Apache-2.0
#include "core/fix/apply.h"

namespace ckptscope {
Result<Receipt> applyPlan(const Checkpoint&, const FixPlan&, const JobContext&) { return fail(Code::Internal, {"apply"}); }
}
