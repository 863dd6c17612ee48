// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/dtype.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace ckptscope {

/// The shortest decimal text that reads back to the same number of this float dtype ("0.1" for BF16 0x3DCD, not "0.100097656"), where
/// reading means: parse as a double, round to F32, round to the dtype. Whole numbers up to 2^24 are exact ("65504", not "65500"), as are, to F32,
/// dtypes of at most eight bits. Other dtypes: shortest as a double. "NaN", "Infinity", "-0".
[[nodiscard]] std::string valueText(DType dtype, double value);

/// Text of element `index` of packed little-endian elements: integers exactly, "true" and "false" (another byte of a BOOL as its number),
/// complex as "1.5-2j". Dtypes without values (block types, Unknown) give "?".
[[nodiscard]] std::string elementText(DType dtype, std::span<const std::byte> packed, std::uint64_t index);

/// The stored bits as hexadecimal digits, most significant first: "0x3DCD"; sub-byte elements their code: "0x5".
[[nodiscard]] std::string elementBits(DType dtype, std::span<const std::byte> packed, std::uint64_t index);

} // namespace ckptscope
