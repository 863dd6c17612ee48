// SPDX-License-Identifier: Apache-2.0
#include "core/fix/plan.h"

namespace ckptscope {
std::string_view editOpName(EditOp) noexcept { return "cast"; }
std::optional<LinkChoice> linkChoiceFromName(std::string_view) noexcept { return LinkChoice::Auto; }
std::optional<VerifyChoice> verifyChoiceFromName(std::string_view) noexcept { return VerifyChoice::Edited; }
Result<std::vector<Edit>> proposeEdits(const Checkpoint&, const CheckReport&, const FixOptions&) { return std::vector<Edit> {}; }
Result<FixPlan> planFix(const Checkpoint&, const CheckReport&, const FixOptions&, const JobContext&) { return fail(Code::Internal, {"plan"}); }
Result<SpaceCheck> checkSpace(const FixPlan&) { return SpaceCheck {}; }
}
