// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/elementfunctors.h"

#include <array>

namespace ckptscope {

using CodeTable = std::array<elements::CodeRow, elements::CodeRows>;
/// What castElements() makes of each code of `from`, which has at most 8 bits.
[[nodiscard]] CodeTable codeTable(DType from, DType to);

} // namespace ckptscope
