// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/dtype.h"
#include "core/result.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace ckptscope {

/// What a narrowing cast lost, counted by element.
struct CastLoss {
    std::uint64_t inexact = 0;    ///< finite values that changed
    std::uint64_t overflowed = 0; ///< finite values that became Inf (or the largest number, or NaN, where the dtype has no Inf)
    std::uint64_t flushed = 0;    ///< non-zero values that became zero
    bool operator==(const CastLoss&) const = default;
};

/// Casts `elements` packed little-endian elements from one real float dtype to another, as torch's `.to()` does: round to nearest,
/// ties to even. NaN stays NaN: widening keeps sign and payload bits left-aligned in the mantissa (BF16 -> F32 is a shift); narrowing
/// keeps the sign and gives a quiet NaN. F8_E4M3 has no Inf: what overflows becomes NaN, as torch's cast does. Supported: F64, F32, F16, BF16, F8_E4M3, F8_E5M2,
/// F8_E4M3FNUZ, F8_E5M2FNUZ, F8_E8M0 in both directions and F4, F6_* to wider ones; Code::CastUnsupported otherwise.
/// `in` and `out` hold exactly byteSize() bytes, any alignment, and do not overlap.
Result<CastLoss> castElements(DType from, std::span<const std::byte> in, DType to, std::span<std::byte> out, std::uint64_t elements);
[[nodiscard]] bool canCast(DType from, DType to) noexcept;

/// Element `index` of packed elements as a double (exact for every real dtype up to F64; I64 and U64 round beyond 2^53).
/// Complex gives the real part, see decodeImag. Block types and Unknown give NaN.
[[nodiscard]] double decodeElement(DType dtype, std::span<const std::byte> packed, std::uint64_t index) noexcept;

/// Decodes `elements` packed elements of a real dtype (not block types) into doubles.
void decodeElements(DType dtype, std::span<const std::byte> packed, std::span<double> out) noexcept;

// Scalar element conversions: the reference that every vectorised or GPU version must equal bit for bit.
[[nodiscard]] float bf16ToFloat(std::uint16_t bits) noexcept;
[[nodiscard]] std::uint16_t floatToBf16(float value) noexcept;
[[nodiscard]] float f16ToFloat(std::uint16_t bits) noexcept;
[[nodiscard]] std::uint16_t floatToF16(float value) noexcept;
/// `dtype` is one of the F8, F6 or F4 kinds; `code` in its low bits.
[[nodiscard]] float smallFloatToFloat(DType dtype, std::uint8_t code) noexcept;

} // namespace ckptscope
