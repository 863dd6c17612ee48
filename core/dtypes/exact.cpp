// SPDX-License-Identifier: Apache-2.0
#include "core/dtypes/exact.h"

#include "core/dtypes/floatbits.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace ckptscope {

namespace {

using floatbits::AbsMask;
using floatbits::InfBits;

constexpr std::uint32_t bitsOf(float value)
{
    return std::bit_cast<std::uint32_t>(value);
}

// Each test says, without a branch, whether a float is NOT exactly a number of the narrow kind (as 0 or 1), so that loops vectorise.

std::uint32_t notBf16(std::uint32_t bits) noexcept
{
    return static_cast<std::uint32_t>((bits & 0xFFFFU) != 0) & static_cast<std::uint32_t>((bits & AbsMask) <= InfBits);
}

std::uint32_t notF16(std::uint32_t bits) noexcept
{
    const std::uint32_t magnitude = bits & AbsMask;
    const float value = std::bit_cast<float>(magnitude < bitsOf(0x1p-14F) ? magnitude : 0U);
    // below 2^-14 it must be a multiple of 2^-24: the distance of floats from 0.5 to 1
    const float pushed = value + 0.5F;
    const auto offGrid = static_cast<std::uint32_t>(pushed - 0.5F != value);
    const auto longMantissa = static_cast<std::uint32_t>(magnitude >= bitsOf(0x1p-14F)) & static_cast<std::uint32_t>((magnitude & 0x1FFFU) != 0);
    const auto tooLarge = static_cast<std::uint32_t>(magnitude > bitsOf(65504.0F));
    return (offGrid | longMantissa | tooLarge) & static_cast<std::uint32_t>(magnitude < InfBits);
}

/// A float of 8 bits: `dropped` mantissa bits must be zero from `smallest` (its least normal) to `largest`, multiples of `step` below.
std::uint32_t notSmall(std::uint32_t bits, std::uint32_t dropped, float smallest, float largest, float inverseStep) noexcept
{
    const std::uint32_t magnitude = bits & AbsMask;
    const float scaled = std::bit_cast<float>(magnitude < bitsOf(smallest) ? magnitude : 0U) * inverseStep; // below 8
    const auto offGrid = static_cast<std::uint32_t>(static_cast<float>(static_cast<std::int32_t>(scaled)) != scaled);
    const auto longMantissa = static_cast<std::uint32_t>(magnitude >= bitsOf(smallest)) & static_cast<std::uint32_t>((magnitude & dropped) != 0);
    const auto tooLarge = static_cast<std::uint32_t>(magnitude > bitsOf(largest));
    return offGrid | longMantissa | tooLarge;
}

std::uint32_t notE4m3(std::uint32_t bits) noexcept
{
    return notSmall(bits, 0xF'FFFFU, 0x1p-6F, 448.0F, 0x1p9F) & static_cast<std::uint32_t>((bits & AbsMask) <= InfBits); // Inf is none
}

std::uint32_t notE5m2(std::uint32_t bits) noexcept
{
    return notSmall(bits, 0x1F'FFFFU, 0x1p-14F, 57344.0F, 0x1p16F) & static_cast<std::uint32_t>((bits & AbsMask) < InfBits);
}

std::uint32_t notSmallInteger(std::uint32_t bits) noexcept
{
    const std::uint32_t magnitude = bits & AbsMask;
    const auto tooLarge = static_cast<std::uint32_t>(magnitude > bitsOf(256.0F));
    const float value = std::bit_cast<float>(tooLarge != 0 ? 0U : magnitude);
    return tooLarge | static_cast<std::uint32_t>(static_cast<float>(static_cast<std::int32_t>(value)) != value);
}

template<std::uint32_t (*Test)(std::uint32_t) noexcept>
bool any(std::span<const float> values) noexcept
{
    std::uint32_t found = 0;
    for (const float value : values) {
        found |= Test(std::bit_cast<std::uint32_t>(value));
    }
    return found != 0;
}

void dropWhere(ExactSet& set, ExactKind kind, bool (*test)(std::span<const float>) noexcept, std::span<const float> values) noexcept
{
    if (set.has(kind) && test(values)) {
        set.drop(kind);
    }
}

} // namespace

void narrowExactSet(ExactSet& set, std::span<const float> values) noexcept
{
    dropWhere(set, ExactKind::BF16, any<notBf16>, values);
    dropWhere(set, ExactKind::F16, any<notF16>, values);
    if (!set.has(ExactKind::BF16) || !set.has(ExactKind::F16)) { // every F8 number is a number of both
        set.drop(ExactKind::F8_E4M3);
        set.drop(ExactKind::F8_E5M2);
    }
    if (!set.has(ExactKind::BF16)) { // up to 256 all whole numbers are BF16 numbers
        set.drop(ExactKind::SmallInteger);
    }
    dropWhere(set, ExactKind::F8_E4M3, any<notE4m3>, values);
    dropWhere(set, ExactKind::F8_E5M2, any<notE5m2>, values);
    dropWhere(set, ExactKind::SmallInteger, any<notSmallInteger>, values);
}

void narrowExactSet(ExactSet& set, std::span<const double> values) noexcept
{
    std::array<float, 256> part {};
    while (!values.empty() && !set.empty()) {
        const auto now = values.first(std::min(part.size(), values.size()));
        std::uint32_t inexact = 0;
        for (std::size_t i = 0; i < now.size(); ++i) {
            part[i] = static_cast<float>(now[i]);
            const bool nan = now[i] != now[i];
            inexact |= static_cast<std::uint32_t>(static_cast<double>(part[i]) != now[i]) & static_cast<std::uint32_t>(!nan);
            part[i] = nan ? std::bit_cast<float>(floatbits::QuietNan) : part[i];
        }
        if (inexact != 0) {
            set = ExactSet::none();
            return;
        }
        narrowExactSet(set, std::span<const float>(part).first(now.size()));
        values = values.subspan(now.size());
    }
}

DType narrowestOf(ExactSet set, DType stored) noexcept
{
    constexpr std::array<DType, 5> Kinds {DType::F8_E4M3, DType::F8_E5M2, DType::BF16, DType::F16, DType::F32};
    for (std::size_t i = 0; i < Kinds.size(); ++i) {
        if (dtypeInfo(Kinds[i]).blockBits < dtypeInfo(stored).blockBits && set.has(static_cast<ExactKind>(i))) {
            return Kinds[i];
        }
    }
    return stored;
}

} // namespace ckptscope
