// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/convert/exporttensors.h"
#include "core/report/text.h"

namespace ckptscope::report {

/// ckptscope.show/1 of tensors that were written to a .safetensors file.
void writeExportJson(const Checkpoint& checkpoint, const ExportReceipt& receipt, const Write& write);

} // namespace ckptscope::report
