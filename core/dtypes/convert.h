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
    std::uint64_t inexact = 0;    ///< finite values that changed in any way, those below included
    std::uint64_t overflowed = 0; ///< finite values too large: they became Inf (or NaN, or the largest number, where the dtype has no Inf)
    std::uint64_t flushed = 0;    ///< non-zero values that became zero
    bool operator==(const CastLoss&) const = default;
};

/// Casts `elements` packed little-endian elements from one real float dtype to another with the values that torch's `.to()` gives
/// (seen with torch 2.15), to nearest, ties to even:
/// - F64 goes by way of F32 to everything narrower than F32, so it is rounded twice there, as in torch.
/// - F8_E4M3 has no Inf: what is too large, Inf too, becomes +-448. (ml_dtypes, and torch of earlier years, give NaN.)
/// - F8_E4M3FNUZ, F8_E5M2FNUZ: what is too large, Inf too, becomes NaN (0x80); -0 becomes +0.
/// - F8_E8M0: the sign is dropped; Inf and what rounds to 2^128 become NaN (0xFF); zero becomes 2^-127, the smallest code.
/// NaN stays NaN, in its own way (torch's differ between its versions and code paths): a widening (isLosslessCast) keeps the sign and the
/// payload, left-aligned in the mantissa, signalling NaNs too (BF16 -> F32 is a shift); F8 kinds with one NaN give the quiet NaN 0x7FC00000.
/// A narrowing keeps the sign and the top bits of the payload and makes it quiet; F8_E4M3 and F8_E5M2 take sign | 0x7F, the others their only NaN.
/// Supported: F64, F32, F16, BF16, F8_E4M3, F8_E5M2, F8_E4M3FNUZ, F8_E5M2FNUZ, F8_E8M0 in both directions, and from F4 and F6_* (low bits
/// first in each byte); a dtype to itself is a copy. Code::CastUnsupported otherwise.
/// `in` and `out` hold exactly byteSize() bytes, any alignment, and do not overlap; anything else is Code::Internal.
Result<CastLoss> castElements(DType from, std::span<const std::byte> in, DType to, std::span<std::byte> out, std::uint64_t elements);
[[nodiscard]] bool canCast(DType from, DType to) noexcept;

/// Element `index` of packed elements as a double (exact for every real dtype up to F64; I64 and U64 round beyond 2^53).
/// Complex gives the real part, see decodeImag. Block types and Unknown give NaN.
[[nodiscard]] double decodeElement(DType dtype, std::span<const std::byte> packed, std::uint64_t index) noexcept;
/// The imaginary part of element `index`; 0 for real dtypes.
[[nodiscard]] double decodeImag(DType dtype, std::span<const std::byte> packed, std::uint64_t index) noexcept;

/// Decodes `elements` packed elements of a real dtype (not block types) into doubles.
void decodeElements(DType dtype, std::span<const std::byte> packed, std::span<double> out) noexcept;

// Scalar element conversions: the reference that every vectorised or GPU version must equal bit for bit.
[[nodiscard]] float bf16ToFloat(std::uint16_t bits) noexcept;
[[nodiscard]] std::uint16_t floatToBf16(float value) noexcept;
[[nodiscard]] float f16ToFloat(std::uint16_t bits) noexcept;
[[nodiscard]] std::uint16_t floatToF16(float value) noexcept;
/// `dtype` is one of the F8, F6 or F4 kinds; `code` in its low bits.
[[nodiscard]] float smallFloatToFloat(DType dtype, std::uint8_t code) noexcept;
/// `dtype` is one of the F8 kinds.
[[nodiscard]] std::uint8_t floatToSmallFloat(DType dtype, float value) noexcept;

} // namespace ckptscope
