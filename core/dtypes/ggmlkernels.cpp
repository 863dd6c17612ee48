// SPDX-License-Identifier: Apache-2.0
// The decoders of ggmlkernels.h through Highway; the layouts are explained in ggmlblocks.cpp. A product and the sum
// behind it stay two roundings.
#include "core/dtypes/ggmlkernels.h"

#include "core/dtypes/convert.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/dtypes/ggmlkernels.cpp"
#include "core/simd/targets.h"

#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ckptscope::kernels::HWY_NAMESPACE {
#if CKPTSCOPE_SIMD_TARGET
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Sixteen elements at most: the runs that share a scale are as short as that.
using Floats = hn::CappedTag<float, 16>;
using Ints = hn::RebindToSigned<Floats>;
using Codes = hn::Rebind<std::uint8_t, Floats>;
using SignedCodes = hn::Rebind<std::int8_t, Floats>;
constexpr std::size_t N = hn::MaxLanes(Floats());

HWY_INLINE float half(const std::uint8_t* at)
{
    return f16ToFloat(static_cast<std::uint16_t>(at[0] | (at[1] << 8)));
}

HWY_INLINE hn::Vec<Ints> codes(const std::uint8_t* at)
{
    return hn::PromoteTo(Ints(), hn::LoadU(Codes(), at));
}

HWY_INLINE hn::Vec<Ints> low(hn::Vec<Ints> packed)
{
    return hn::And(packed, hn::Set(Ints(), 0x0F));
}

HWY_INLINE hn::Vec<Ints> high(hn::Vec<Ints> packed)
{
    return hn::ShiftRight<4>(packed);
}

HWY_INLINE hn::Vec<Floats> product(hn::Vec<Floats> scale, hn::Vec<Ints> value)
{
    return hn::Mul(scale, hn::ConvertTo(Floats(), value));
}

HWY_INLINE void store(hn::Vec<Floats> values, float* to)
{
    hn::StoreU(values, Floats(), to);
}

void q4_0(const std::uint8_t* b, float* y, std::size_t count)
{
    const auto eight = hn::Set(Ints(), 8);
    for (std::size_t block = 0; block < count; ++block, b += 18, y += 32) {
        const auto d = hn::Set(Floats(), half(b));
        for (std::size_t j = 0; j < 16; j += N) {
            const auto packed = codes(b + 2 + j);
            store(product(d, hn::Sub(low(packed), eight)), y + j);
            store(product(d, hn::Sub(high(packed), eight)), y + j + 16);
        }
    }
}

void q4_1(const std::uint8_t* b, float* y, std::size_t count)
{
    for (std::size_t block = 0; block < count; ++block, b += 20, y += 32) {
        const auto d = hn::Set(Floats(), half(b));
        const auto m = hn::Set(Floats(), half(b + 2));
        for (std::size_t j = 0; j < 16; j += N) {
            const auto packed = codes(b + 4 + j);
            store(hn::Add(product(d, low(packed)), m), y + j);
            store(hn::Add(product(d, high(packed)), m), y + j + 16);
        }
    }
}

void q8_0(const std::uint8_t* b, float* y, std::size_t count)
{
    for (std::size_t block = 0; block < count; ++block, b += 34, y += 32) {
        const auto d = hn::Set(Floats(), half(b));
        for (std::size_t j = 0; j < 32; j += N) {
            const auto values = hn::LoadU(SignedCodes(), reinterpret_cast<const std::int8_t*>(b + 2 + j));
            store(product(d, hn::PromoteTo(Ints(), values)), y + j);
        }
    }
}

/// One block of Q4_K (`fifth` is null) or Q5_K.
HWY_INLINE void q45_k(const std::uint8_t* b, const std::uint8_t* fifth, const std::uint8_t* q, float* y)
{
    const float d = half(b);
    const float dmin = half(b + 2);
    const std::uint8_t* packed = b + 4;
    for (int s = 0; s < 8; ++s) {
        const int scale = s < 4 ? packed[s] & 63 : (packed[s + 4] & 15) | (packed[s - 4] >> 6) << 4;
        const int minimum = s < 4 ? packed[s + 4] & 63 : packed[s + 4] >> 4 | (packed[s] >> 6) << 4;
        const auto dl = hn::Set(Floats(), d * static_cast<float>(scale));
        const auto ml = hn::Set(Floats(), dmin * static_cast<float>(minimum));
        const std::uint8_t* at = q + 32 * (s / 2);
        for (std::size_t l = 0; l < 32; l += N) {
            auto value = s % 2 == 0 ? low(codes(at + l)) : high(codes(at + l));
            if (fifth != nullptr) {
                const auto bit = hn::And(hn::ShiftRightSame(codes(fifth + l), s), hn::Set(Ints(), 1));
                value = hn::Or(value, hn::ShiftLeft<4>(bit));
            }
            store(hn::Sub(product(dl, value), ml), y + l);
        }
        y += 32;
    }
}

void q4_k(const std::uint8_t* b, float* y, std::size_t count)
{
    for (std::size_t block = 0; block < count; ++block, b += 144, y += 256) {
        q45_k(b, nullptr, b + 16, y);
    }
}

void q5_k(const std::uint8_t* b, float* y, std::size_t count)
{
    for (std::size_t block = 0; block < count; ++block, b += 176, y += 256) {
        q45_k(b, b + 16, b + 48, y);
    }
}

/// Q6_K's 32 elements whose upper bits stand at bit 2 * Quarter of `highs`.
template<int Quarter>
HWY_INLINE void q6Quarter(float d, const std::uint8_t* lows, const std::uint8_t* highs, const std::uint8_t* scales, float* y)
{
    for (std::size_t l = 0; l < 32; l += N) {
        const auto packed = codes(lows + l + 32 * (Quarter % 2));
        const auto nibble = Quarter < 2 ? low(packed) : high(packed);
        const auto upper = hn::And(hn::ShiftRight<2 * Quarter>(codes(highs + l)), hn::Set(Ints(), 3));
        const auto value = hn::Sub(hn::Or(nibble, hn::ShiftLeft<4>(upper)), hn::Set(Ints(), 32));
        const auto scale = static_cast<std::int8_t>(scales[2 * Quarter + l / 16]);
        store(product(hn::Set(Floats(), d * static_cast<float>(scale)), value), y + 32 * Quarter + l);
    }
}

void q6_k(const std::uint8_t* b, float* y, std::size_t count)
{
    for (std::size_t block = 0; block < count; ++block, b += 210) {
        const float d = half(b + 208);
        for (int group = 0; group < 2; ++group, y += 128) {
            const std::uint8_t* lows = b + 64 * group;
            const std::uint8_t* highs = b + 128 + 32 * group;
            const std::uint8_t* scales = b + 192 + 8 * group;
            q6Quarter<0>(d, lows, highs, scales, y);
            q6Quarter<1>(d, lows, highs, scales, y);
            q6Quarter<2>(d, lows, highs, scales, y);
            q6Quarter<3>(d, lows, highs, scales, y);
        }
    }
}

constexpr GgmlKernels Table{q4_0, q4_1, q8_0, q4_k, q5_k, q6_k};

} // namespace
#endif
} // namespace ckptscope::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ckptscope::kernels {

const GgmlKernels& ggmlKernels(SimdLevel level) noexcept
{
    static constexpr GgmlKernels Scalar{};
    switch (level) {
        CKPTSCOPE_SIMD_CASES
    default:
        return Scalar;
    }
}

} // namespace ckptscope::kernels
#endif
