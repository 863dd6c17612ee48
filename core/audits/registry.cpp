// SPDX-License-Identifier: Apache-2.0
#include "core/audits/audit.h"
#include "core/audits/list.h"

#include <array>

namespace ckptscope {

std::span<const Audit> audits() noexcept
{
    static constexpr auto All = std::to_array<Audit>({
#define CKPTSCOPE_CODE(...)
#define CKPTSCOPE_AUDIT(run, ...) run,
#include "core/codes.inc"
#undef CKPTSCOPE_CODE
    });
    return All;
}

} // namespace ckptscope
