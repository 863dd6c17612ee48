// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/convert/convert.h"
#include "core/report/text.h"

/// What a conversion writes, or wrote, in words and as JSON.
namespace ckptscope::report {

/// ckptscope.convert-plan/1, or with a receipt ckptscope.convert/1.
void writeConvertJson(const ConvertPlan& plan, const Receipt* receipt, const Write& write);
/// Without a receipt it says what would be done, notes included.
void writeConvertText(const ConvertPlan& plan, const Receipt* receipt, const TextStyle& style, const Write& write);

} // namespace ckptscope::report
