// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/dtype.h"
#include "core/dtypes/hostdevice.h"

#include <bit>
#include <cstdint>

/// Conversions between bit patterns, branch-free where a loop should vectorise. All work on integers, so that no NaN is made quiet on
/// its way through a register. Shared with GPUs (hostdevice.h). Private to dtypes/ and upcast/.
namespace ckptscope::floatbits {

inline constexpr std::uint32_t AbsMask = 0x7FFF'FFFFU;
inline constexpr std::uint32_t InfBits = 0x7F80'0000U;
inline constexpr std::uint32_t QuietNan = 0x7FC0'0000U;

[[nodiscard]] CKPTSCOPE_HD constexpr bool isNan(std::uint32_t bits) noexcept
{
    return (bits & AbsMask) > InfBits;
}

[[nodiscard]] CKPTSCOPE_HD constexpr std::uint32_t fromBf16(std::uint16_t bits) noexcept
{
    return std::uint32_t{bits} << 16U;
}

[[nodiscard]] CKPTSCOPE_HD constexpr std::uint16_t toBf16(std::uint32_t bits) noexcept
{
    const std::uint32_t rounded = (bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U;
    const std::uint32_t nan = (bits >> 16U) | 0x40U;
    return static_cast<std::uint16_t>(isNan(bits) ? nan : rounded);
}

[[nodiscard]] CKPTSCOPE_HD constexpr std::uint32_t fromF16(std::uint16_t bits) noexcept
{
    const std::uint32_t sign = (std::uint32_t{bits} & 0x8000U) << 16U;
    const std::uint32_t rest = (std::uint32_t{bits} & 0x7FFFU) << 13U; // exponent and mantissa in place, bias still 15
    const std::uint32_t exponent = rest & 0x0F80'0000U;
    const std::uint32_t normal = rest + ((127U - 15U) << 23U);
    const std::uint32_t special = rest | InfBits;
    // A subnormal is its mantissa times 2^-24: exact in F32 (and never subnormal there).
    const std::uint32_t subnormal = std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<std::int32_t>(rest >> 13U)) * 0x1p-24F);
    const std::uint32_t magnitude = exponent == 0 ? subnormal : exponent == 0x0F80'0000U ? special : normal;
    return sign | magnitude;
}

[[nodiscard]] CKPTSCOPE_HD constexpr std::uint16_t toF16(std::uint32_t bits) noexcept
{
    const std::uint32_t sign = (bits >> 16U) & 0x8000U;
    const std::uint32_t magnitude = bits & AbsMask;
    // Below 2^-14 the sum with 0.5 puts the F16 subnormal, rounded to nearest even by the adder, into the low mantissa bits.
    const float pushed = std::bit_cast<float>(magnitude < 0x3880'0000U ? magnitude : 0U) + 0.5F;
    const std::uint32_t subnormal = std::bit_cast<std::uint32_t>(pushed) - 0x3F00'0000U;
    const std::uint32_t normal = (magnitude - (112U << 23U) + 0xFFFU + ((magnitude >> 13U) & 1U)) >> 13U;
    const std::uint32_t nan = 0x7E00U | ((magnitude >> 13U) & 0x3FFU);
    std::uint32_t out = magnitude < 0x3880'0000U ? subnormal : normal;
    out = magnitude >= 0x477F'F000U ? 0x7C00U : out; // 65520 and up, Inf too
    out = magnitude > InfBits ? nan : out;
    return static_cast<std::uint16_t>(sign | out);
}

/// A small float with sign, without the special codes: value of exponent `e` and mantissa `m`, exact in F32.
[[nodiscard]] CKPTSCOPE_HD constexpr std::uint32_t plainSmall(std::uint32_t code, unsigned exponentBits, unsigned mantissaBits, int bias) noexcept
{
    const std::uint32_t sign = (code >> (exponentBits + mantissaBits)) & 1U;
    const std::uint32_t exponent = (code >> mantissaBits) & ((1U << exponentBits) - 1U);
    const std::uint32_t mantissa = code & ((1U << mantissaBits) - 1U);
    const auto power = [](int e) { return std::bit_cast<float>(static_cast<std::uint32_t>(e + 127) << 23U); };
    const float scaled = static_cast<float>(exponent == 0 ? mantissa : mantissa + (1U << mantissaBits));
    const int shift = (exponent == 0 ? 1 : static_cast<int>(exponent)) - bias - static_cast<int>(mantissaBits);
    return std::bit_cast<std::uint32_t>(scaled * power(shift)) | (sign << 31U);
}

[[nodiscard]] CKPTSCOPE_HD constexpr std::uint32_t fromSmall(DType dtype, std::uint8_t code) noexcept
{
    const std::uint32_t sign = (std::uint32_t{code} & 0x80U) << 24U;
    switch (dtype) {
    case DType::F4:
        return plainSmall(code & 0x0FU, 2, 1, 1);
    case DType::F6_E2M3:
        return plainSmall(code & 0x3FU, 2, 3, 1);
    case DType::F6_E3M2:
        return plainSmall(code & 0x3FU, 3, 2, 3);
    case DType::F8_E4M3:
        return (code & 0x7FU) == 0x7FU ? sign | 0x7FF0'0000U : plainSmall(code, 4, 3, 7);
    case DType::F8_E5M2:
        return (code & 0x7CU) == 0x7CU ? sign | InfBits | ((code & 3U) << 21U) : plainSmall(code, 5, 2, 15);
    case DType::F8_E4M3FNUZ:
        return code == 0x80U ? QuietNan : plainSmall(code, 4, 3, 8);
    case DType::F8_E5M2FNUZ:
        return code == 0x80U ? QuietNan : plainSmall(code, 5, 2, 16);
    case DType::F8_E8M0:
        return code == 0xFFU ? QuietNan : code == 0 ? 0x0040'0000U : std::uint32_t{code} << 23U;
    default:
        return QuietNan;
    }
}

/// Rounds a finite magnitude to the nearest code of a small float, ties to even, as if it had no largest number.
[[nodiscard]] CKPTSCOPE_HD constexpr std::uint32_t roundSmall(std::uint32_t magnitude, unsigned mantissaBits, int bias) noexcept
{
    const int exponent = static_cast<int>(magnitude >> 23U) - 127;
    const int smallest = 1 - bias; // exponent of the smallest normal number, and of the subnormals
    if (exponent < smallest - static_cast<int>(mantissaBits) - 1) {
        return 0; // under half of the smallest subnormal; F32's own subnormals too
    }
    const std::uint64_t significand = (magnitude & 0x7F'FFFFU) | 0x80'0000U;
    const unsigned drop = 23U - mantissaBits + (exponent < smallest ? static_cast<unsigned>(smallest - exponent) : 0U);
    std::uint64_t kept = significand >> drop;
    const std::uint64_t rest = significand & ((std::uint64_t{1} << drop) - 1U);
    const std::uint64_t half = std::uint64_t{1} << (drop - 1U);
    kept += rest > half || (rest == half && (kept & 1U) != 0) ? 1U : 0U;
    if (exponent < smallest) {
        return static_cast<std::uint32_t>(kept);
    }
    // `kept` carries the hidden bit, which adds one to the exponent field.
    return static_cast<std::uint32_t>(kept + (static_cast<std::uint64_t>(exponent - smallest) << mantissaBits));
}

[[nodiscard]] CKPTSCOPE_HD constexpr std::uint8_t toSmall(DType dtype, std::uint32_t bits) noexcept
{
    const std::uint32_t magnitude = bits & AbsMask;
    const std::uint32_t sign = (bits >> 24U) & 0x80U;
    switch (dtype) {
    case DType::F8_E4M3: {
        if (magnitude > InfBits) {
            return static_cast<std::uint8_t>(sign | 0x7FU);
        }
        const std::uint32_t code = magnitude == InfBits ? 0x7FU : roundSmall(magnitude, 3, 7);
        return static_cast<std::uint8_t>(sign | (code > 0x7EU ? 0x7EU : code));
    }
    case DType::F8_E5M2: {
        if (magnitude > InfBits) {
            return static_cast<std::uint8_t>(sign | 0x7FU);
        }
        const std::uint32_t code = magnitude == InfBits ? 0x7CU : roundSmall(magnitude, 2, 15);
        return static_cast<std::uint8_t>(sign | (code > 0x7CU ? 0x7CU : code));
    }
    case DType::F8_E4M3FNUZ:
    case DType::F8_E5M2FNUZ: {
        if (magnitude >= InfBits) {
            return 0x80U;
        }
        const std::uint32_t code = dtype == DType::F8_E4M3FNUZ ? roundSmall(magnitude, 3, 8) : roundSmall(magnitude, 2, 16);
        return static_cast<std::uint8_t>(code > 0x7FU ? 0x80U : code == 0 ? 0U : sign | code);
    }
    case DType::F8_E8M0: {
        // A subnormal F32 has exponent field 0 as 2^-127 has: it rounds up only above half way to 2^-126.
        const std::uint32_t exponent = magnitude >> 23U;
        const std::uint32_t rest = magnitude & 0x7F'FFFFU;
        const bool up = exponent < 0xFFU && (rest > 0x40'0000U || (rest == 0x40'0000U && exponent > 0));
        return static_cast<std::uint8_t>(exponent + (up ? 1U : 0U));
    }
    default:
        return 0;
    }
}

/// F32 to F64 without touching a NaN's payload.
[[nodiscard]] CKPTSCOPE_HD constexpr std::uint64_t toF64(std::uint32_t bits) noexcept
{
    if (isNan(bits)) {
        return (static_cast<std::uint64_t>(bits & 0x8000'0000U) << 32U) | 0x7FF0'0000'0000'0000ULL
            | (static_cast<std::uint64_t>(bits & 0x7F'FFFFU) << 29U);
    }
    return std::bit_cast<std::uint64_t>(static_cast<double>(std::bit_cast<float>(bits)));
}

[[nodiscard]] CKPTSCOPE_HD constexpr bool isNan64(std::uint64_t bits) noexcept
{
    return (bits & 0x7FFF'FFFF'FFFF'FFFFULL) > 0x7FF0'0000'0000'0000ULL;
}

/// F64 to F32, to nearest even; NaN keeps sign and top payload and becomes quiet.
[[nodiscard]] CKPTSCOPE_HD constexpr std::uint32_t fromF64(std::uint64_t bits) noexcept
{
    if (isNan64(bits)) {
        return static_cast<std::uint32_t>((bits >> 32U) & 0x8000'0000U) | QuietNan | static_cast<std::uint32_t>((bits >> 29U) & 0x7F'FFFFU);
    }
    return std::bit_cast<std::uint32_t>(static_cast<float>(std::bit_cast<double>(bits)));
}

} // namespace ckptscope::floatbits
