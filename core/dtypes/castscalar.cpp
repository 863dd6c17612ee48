// SPDX-License-Identifier: Apache-2.0
// The loops of castkernels.h one element at a time, with the conversions of floatbits.h: the reference, and what
// processors without vectors run.
#include "core/dtypes/castkernels.h"
#include "core/dtypes/floatbits.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace ckptscope::kernels {

namespace {

namespace fb = floatbits;

template<class Bits>
Bits load(const std::byte* from, std::size_t index) noexcept
{
    Bits bits{};
    std::memcpy(&bits, from + index * sizeof(Bits), sizeof(Bits));
    return bits;
}

template<class Bits>
void store(std::byte* to, std::size_t index, Bits bits) noexcept
{
    std::memcpy(to + index * sizeof(Bits), &bits, sizeof(Bits));
}

template<class In, class Out, Out (*Convert)(In) noexcept>
void each(const std::byte* in, std::byte* out, std::size_t elements)
{
    for (std::size_t i = 0; i < elements; ++i) {
        store<Out>(out, i, Convert(load<In>(in, i)));
    }
}

template<DType Kind>
std::uint32_t fromSmall(std::uint8_t code) noexcept
{
    return fb::fromSmall(Kind, code);
}

template<DType Kind>
std::uint8_t toSmall(std::uint32_t bits) noexcept
{
    return fb::toSmall(Kind, bits);
}

std::uint16_t exactBf16(std::uint32_t bits) noexcept
{
    return static_cast<std::uint16_t>(bits >> 16U);
}

std::uint16_t exactF16(std::uint32_t bits) noexcept
{
    return fb::isNan(bits) ? static_cast<std::uint16_t>(((bits >> 16U) & 0x8000U) | 0x7C00U | ((bits >> 13U) & 0x3FFU)) : fb::toF16(bits);
}

void loss(const std::byte* in, const std::byte* back, std::size_t elements, float saturates, CastLoss& sum)
{
    for (std::size_t i = 0; i < elements; ++i) {
        const auto bits = load<std::uint32_t>(in, i);
        const auto again = load<std::uint32_t>(back, i);
        const std::uint32_t magnitude = bits & fb::AbsMask;
        const std::uint32_t backMagnitude = again & fb::AbsMask;
        const bool finite = magnitude < fb::InfBits;
        const bool same = bits == again || (magnitude | backMagnitude) == 0;
        const bool over = saturates > 0 ? magnitude > std::bit_cast<std::uint32_t>(saturates) : backMagnitude >= fb::InfBits;
        sum.inexact += finite && !same ? 1U : 0U;
        sum.overflowed += finite && over ? 1U : 0U;
        sum.flushed += magnitude != 0 && backMagnitude == 0 ? 1U : 0U;
    }
}

void loss64(const std::byte* in, const std::byte* back, std::size_t elements, float saturates, CastLoss& sum)
{
    for (std::size_t i = 0; i < elements; ++i) {
        const auto value = load<double>(in, i);
        const auto again = load<float>(back, i);
        const bool finite = std::isfinite(value);
        const bool over = saturates > 0 ? std::abs(value) > static_cast<double>(saturates) : !std::isfinite(again);
        sum.inexact += finite && !(static_cast<double>(again) == value) ? 1U : 0U;
        sum.overflowed += finite && over ? 1U : 0U;
        sum.flushed += finite && value != 0 && again == 0 ? 1U : 0U;
    }
}

constexpr std::uint32_t bitsOf(float value)
{
    return std::bit_cast<std::uint32_t>(value);
}

bool notBf16(std::uint32_t bits) noexcept
{
    return (bits & 0xFFFFU) != 0 && !fb::isNan(bits);
}

bool notF16(std::uint32_t bits) noexcept
{
    const std::uint32_t magnitude = bits & fb::AbsMask;
    const float value = std::bit_cast<float>(magnitude < bitsOf(0x1p-14F) ? magnitude : 0U);
    // below 2^-14 it must be a multiple of 2^-24: the distance of floats from 0.5 to 1
    const float pushed = value + 0.5F;
    const bool offGrid = pushed - 0.5F != value;
    const bool longMantissa = magnitude >= bitsOf(0x1p-14F) && (magnitude & 0x1FFFU) != 0;
    return (offGrid || longMantissa || magnitude > bitsOf(65504.0F)) && magnitude < fb::InfBits;
}

/// A float of 8 bits: `dropped` mantissa bits must be zero from `smallest` (its least normal) to `largest`, multiples
/// of 1/inverseStep below.
bool notSmall(std::uint32_t magnitude, std::uint32_t dropped, float smallest, float largest, float inverseStep) noexcept
{
    const float scaled = std::bit_cast<float>(magnitude < bitsOf(smallest) ? magnitude : 0U) * inverseStep; // below 8
    const bool offGrid = static_cast<float>(static_cast<std::int32_t>(scaled)) != scaled;
    const bool longMantissa = magnitude >= bitsOf(smallest) && (magnitude & dropped) != 0;
    return offGrid || longMantissa || magnitude > bitsOf(largest);
}

bool notE4m3(std::uint32_t bits) noexcept
{
    return notSmall(bits & fb::AbsMask, 0xF'FFFFU, 0x1p-6F, 448.0F, 0x1p9F) && !fb::isNan(bits); // Inf is none
}

bool notE5m2(std::uint32_t bits) noexcept
{
    return notSmall(bits & fb::AbsMask, 0x1F'FFFFU, 0x1p-14F, 57344.0F, 0x1p16F) && (bits & fb::AbsMask) < fb::InfBits;
}

bool notSmallInteger(std::uint32_t bits) noexcept
{
    const std::uint32_t magnitude = bits & fb::AbsMask;
    if (magnitude > bitsOf(256.0F)) {
        return true;
    }
    const auto value = std::bit_cast<float>(magnitude);
    return static_cast<float>(static_cast<std::int32_t>(value)) != value;
}

template<bool (*Test)(std::uint32_t) noexcept>
bool any(const std::byte* in, std::size_t elements)
{
    for (std::size_t i = 0; i < elements; ++i) {
        if (Test(load<std::uint32_t>(in, i))) {
            return true;
        }
    }
    return false;
}

using U8 = std::uint8_t;
using U16 = std::uint16_t;
using U32 = std::uint32_t;

constexpr CastKernels Table{
    {each<U16, U32, fb::fromBf16>, each<U16, U32, fb::fromF16>, each<U8, U32, fromSmall<DType::F8_E4M3>>, each<U8, U32, fromSmall<DType::F8_E5M2>>,
     each<U8, U32, fromSmall<DType::F8_E4M3FNUZ>>, each<U8, U32, fromSmall<DType::F8_E5M2FNUZ>>, each<U8, U32, fromSmall<DType::F8_E8M0>>},
    {each<U32, U16, fb::toBf16>, each<U32, U16, fb::toF16>, each<U32, U8, toSmall<DType::F8_E4M3>>, each<U32, U8, toSmall<DType::F8_E5M2>>,
     each<U32, U8, toSmall<DType::F8_E4M3FNUZ>>, each<U32, U8, toSmall<DType::F8_E5M2FNUZ>>, each<U32, U8, toSmall<DType::F8_E8M0>>},
    each<U32, U16, exactBf16>,
    each<U32, U16, exactF16>,
    each<U16, U32, fb::fromBf16>,
    each<U32, std::uint64_t, fb::toF64>,
    each<std::uint64_t, U32, fb::fromF64>,
    loss,
    loss64,
    {any<notBf16>, any<notF16>, any<notE4m3>, any<notE5m2>, any<notSmallInteger>},
};

} // namespace

const CastKernels& scalarCastKernels() noexcept
{
    return Table;
}

std::optional<Narrow> narrowKind(DType dtype) noexcept
{
    switch (dtype) {
    case DType::BF16:
        return Narrow::BF16;
    case DType::F16:
        return Narrow::F16;
    case DType::F8_E4M3:
        return Narrow::F8_E4M3;
    case DType::F8_E5M2:
        return Narrow::F8_E5M2;
    case DType::F8_E4M3FNUZ:
        return Narrow::F8_E4M3FNUZ;
    case DType::F8_E5M2FNUZ:
        return Narrow::F8_E5M2FNUZ;
    case DType::F8_E8M0:
        return Narrow::F8_E8M0;
    default:
        return std::nullopt;
    }
}

} // namespace ckptscope::kernels
