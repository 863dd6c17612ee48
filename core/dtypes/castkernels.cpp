// SPDX-License-Identifier: Apache-2.0
// The loops of castkernels.h through Highway. All arithmetic is on bits or exact, so that every instruction set gives
// what castscalar.cpp does.
#include "core/dtypes/castkernels.h"

#include <algorithm>
#include <bit>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/dtypes/castkernels.cpp"
#include "core/simd/targets.h"

#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ckptscope::kernels::HWY_NAMESPACE {
#if CKPTSCOPE_SIMD_TARGET
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Words = hn::ScalableTag<std::uint32_t>;
using Ints = hn::RebindToSigned<Words>;
using Floats = hn::RebindToFloat<Words>;
using Word = hn::Vec<Words>;

constexpr std::int32_t Inf = 0x7F80'0000;
constexpr std::uint32_t Magnitude = 0x7FFF'FFFFU;

HWY_INLINE Word set(std::uint32_t bits)
{
    return hn::Set(Words(), bits);
}

/// Magnitudes are below 2^31, so that they compare as signed numbers, which is one instruction everywhere.
HWY_INLINE hn::Mask<Words> less(Word a, std::int32_t b)
{
    return hn::RebindMask(Words(), hn::Lt(hn::BitCast(Ints(), a), hn::Set(Ints(), b)));
}

HWY_INLINE hn::Mask<Words> greater(Word a, std::int32_t b)
{
    return hn::RebindMask(Words(), hn::Gt(hn::BitCast(Ints(), a), hn::Set(Ints(), b)));
}

HWY_INLINE Word magnitudeOf(Word bits)
{
    return hn::And(bits, set(Magnitude));
}

/// bits, as a float, times a power of two.
HWY_INLINE Word times(Word bits, float factor)
{
    return hn::BitCast(Words(), hn::Mul(hn::BitCast(Floats(), bits), hn::Set(Floats(), factor)));
}

// One struct a kind. toF32: exponent and mantissa moved into place, then multiplied by the power of two that sets the
// bias right, which makes normal numbers of subnormal ones too; what has no finite value is put in behind. fromF32: see
// floatbits.h.
struct Bf16 {
    using Bits = std::uint16_t;
    static HWY_INLINE Word toF32(Word code) { return hn::ShiftLeft<16>(code); }
    static HWY_INLINE Word fromF32(Word bits)
    {
        const Word odd = hn::And(hn::ShiftRight<16>(bits), set(1));
        const Word rounded = hn::ShiftRight<16>(hn::Add(hn::Add(bits, set(0x7FFF)), odd));
        const Word nan = hn::Or(hn::ShiftRight<16>(bits), set(0x40));
        return hn::IfThenElse(greater(magnitudeOf(bits), Inf), nan, rounded);
    }
};

struct ExactBf16 {
    using Bits = std::uint16_t;
    static HWY_INLINE Word fromF32(Word bits) { return hn::ShiftRight<16>(bits); }
};

template<bool Quiet>
HWY_INLINE Word halfOf(Word bits)
{
    const Word sign = hn::And(hn::ShiftRight<16>(bits), set(0x8000));
    const Word magnitude = magnitudeOf(bits);
    const auto below = less(magnitude, 0x3880'0000); // 2^-14
    const Floats df;
    // The sum with 0.5 puts the subnormal, rounded to nearest even by the adder, into the low mantissa bits.
    const auto pushed = hn::Add(hn::BitCast(df, hn::IfThenElseZero(below, magnitude)), hn::Set(df, 0.5F));
    const Word subnormal = hn::Sub(hn::BitCast(Words(), pushed), set(0x3F00'0000));
    const Word odd = hn::And(hn::ShiftRight<13>(magnitude), set(1));
    const Word normal = hn::ShiftRight<13>(hn::Add(hn::Sub(magnitude, set((112U << 23U) - 0xFFFU)), odd));
    const Word nan = hn::Or(hn::And(hn::ShiftRight<13>(magnitude), set(0x3FF)), set(Quiet ? 0x7E00 : 0x7C00));
    Word out = hn::IfThenElse(below, subnormal, normal);
    out = hn::IfThenElse(greater(magnitude, 0x477F'EFFF), set(0x7C00), out); // 65520 and up, Inf too
    out = hn::IfThenElse(greater(magnitude, Inf), nan, out);
    return hn::Or(sign, out);
}

struct F16 {
    using Bits = std::uint16_t;
    static HWY_INLINE Word toF32(Word code)
    {
        const Word sign = hn::ShiftLeft<16>(hn::And(code, set(0x8000)));
        const Word rest = hn::ShiftLeft<13>(hn::And(code, set(0x7FFF)));
        const Word special = hn::Or(rest, set(Inf));
        return hn::Or(sign, hn::IfThenElse(greater(rest, 0x0F7F'FFFF), special, times(rest, 0x1p112F)));
    }
    static HWY_INLINE Word fromF32(Word bits) { return halfOf<true>(bits); }
};

struct ExactF16 {
    using Bits = std::uint16_t;
    static HWY_INLINE Word fromF32(Word bits) { return halfOf<false>(bits); }
};

/// The magnitude's code in a float of Mantissa bits, to nearest even, as if it had no largest number.
template<int Mantissa, int Bias>
HWY_INLINE Word roundSmall(Word magnitude)
{
    constexpr int Drop = 23 - Mantissa;
    const Floats df;
    const auto below = less(magnitude, (128 - Bias) << 23); // the least normal number
    // the unit of this number is the step between subnormal numbers
    const Word pusher = set(static_cast<std::uint32_t>(127 + Drop + 1 - Bias) << 23U);
    const auto pushed = hn::Add(hn::BitCast(df, hn::IfThenElseZero(below, magnitude)), hn::BitCast(df, pusher));
    const Word subnormal = hn::Sub(hn::BitCast(Words(), pushed), pusher);
    const Word odd = hn::And(hn::ShiftRight<Drop>(magnitude), set(1));
    constexpr std::uint32_t Shift = (static_cast<std::uint32_t>(127 - Bias) << 23U) - ((1U << (Drop - 1)) - 1U);
    const Word normal = hn::ShiftRight<Drop>(hn::Add(hn::Sub(magnitude, set(Shift)), odd));
    return hn::IfThenElse(below, subnormal, normal);
}

HWY_INLINE Word signOfCode(Word code)
{
    return hn::ShiftLeft<24>(hn::And(code, set(0x80)));
}

HWY_INLINE Word signForCode(Word bits)
{
    return hn::And(hn::ShiftRight<24>(bits), set(0x80));
}

struct E4m3 {
    using Bits = std::uint8_t;
    static HWY_INLINE Word toF32(Word code)
    {
        const Word rest = hn::ShiftLeft<20>(hn::And(code, set(0x7F)));
        const auto nan = hn::Eq(rest, set(0x7FU << 20U));
        return hn::Or(signOfCode(code), hn::IfThenElse(nan, set(0x7FF0'0000), times(rest, 0x1p120F)));
    }
    static HWY_INLINE Word fromF32(Word bits)
    {
        const Word magnitude = magnitudeOf(bits);
        const Word code = roundSmall<3, 7>(magnitude);
        const Word finite = hn::IfThenElse(greater(code, 0x7E), set(0x7E), code);
        return hn::Or(signForCode(bits), hn::IfThenElse(greater(magnitude, Inf), set(0x7F), finite));
    }
};

struct E5m2 {
    using Bits = std::uint8_t;
    static HWY_INLINE Word toF32(Word code)
    {
        const Word rest = hn::ShiftLeft<21>(hn::And(code, set(0x7F)));
        const Word special = hn::Or(rest, set(Inf));
        return hn::Or(signOfCode(code), hn::IfThenElse(greater(rest, (0x7C << 21) - 1), special, times(rest, 0x1p112F)));
    }
    static HWY_INLINE Word fromF32(Word bits)
    {
        const Word magnitude = magnitudeOf(bits);
        const Word code = roundSmall<2, 15>(magnitude);
        const Word finite = hn::IfThenElse(greater(code, 0x7C), set(0x7C), code);
        return hn::Or(signForCode(bits), hn::IfThenElse(greater(magnitude, Inf), set(0x7F), finite));
    }
};

/// The kinds whose only special code is 0x80, NaN.
template<int Mantissa, int Bias>
struct Fnuz {
    using Bits = std::uint8_t;
    static HWY_INLINE Word toF32(Word code)
    {
        const Word rest = hn::ShiftLeft<23 - Mantissa>(hn::And(code, set(0x7F)));
        const Word factor = set(static_cast<std::uint32_t>(127 + 127 - Bias) << 23U);
        const Word value = hn::BitCast(Words(), hn::Mul(hn::BitCast(Floats(), rest), hn::BitCast(Floats(), factor)));
        return hn::IfThenElse(hn::Eq(code, set(0x80)), set(0x7FC0'0000), hn::Or(signOfCode(code), value));
    }
    static HWY_INLINE Word fromF32(Word bits)
    {
        const Word magnitude = magnitudeOf(bits);
        const Word code = roundSmall<Mantissa, Bias>(magnitude);
        const Word finite = hn::IfThenElseZero(hn::Ne(code, set(0)), hn::Or(code, signForCode(bits)));
        const auto nan = hn::Or(greater(magnitude, Inf - 1), greater(code, 0x7F));
        return hn::IfThenElse(nan, set(0x80), finite);
    }
};

struct E8m0 {
    using Bits = std::uint8_t;
    static HWY_INLINE Word toF32(Word code)
    {
        Word out = hn::ShiftLeft<23>(code);
        out = hn::IfThenElse(hn::Eq(code, set(0)), set(0x0040'0000), out);
        return hn::IfThenElse(hn::Eq(code, set(0xFF)), set(0x7FC0'0000), out);
    }
    static HWY_INLINE Word fromF32(Word bits)
    {
        const Word magnitude = magnitudeOf(bits);
        const Word exponent = hn::ShiftRight<23>(magnitude);
        const Word rest = hn::And(magnitude, set(0x7F'FFFF));
        const auto tie = hn::And(hn::Eq(rest, set(0x40'0000)), greater(exponent, 0));
        const auto up = hn::And(hn::Or(greater(rest, 0x40'0000), tie), less(exponent, 0xFF));
        return hn::Add(exponent, hn::IfThenElseZero(up, set(1)));
    }
};

template<class From>
HWY_INLINE Word loadCodes(const typename From::Bits* from)
{
    const hn::Rebind<typename From::Bits, Words> codes;
    return hn::PromoteTo(Words(), hn::LoadU(codes, from));
}

template<class From>
void decode(const std::byte* in, std::byte* out, std::size_t elements)
{
    using Bits = typename From::Bits;
    const Words d;
    constexpr std::size_t N = hn::MaxLanes(Words());
    const auto* from = reinterpret_cast<const Bits*>(in);
    auto* to = reinterpret_cast<std::uint32_t*>(out);
    std::size_t i = 0;
    for (; i + N <= elements; i += N) {
        hn::StoreU(From::toF32(loadCodes<From>(from + i)), d, to + i);
    }
    if (i < elements) {
        Bits tail[N] = {};
        std::uint32_t values[N];
        std::memcpy(tail, from + i, (elements - i) * sizeof(Bits));
        hn::StoreU(From::toF32(loadCodes<From>(tail)), d, values);
        std::memcpy(to + i, values, (elements - i) * sizeof(std::uint32_t));
    }
}

void streamBf16(const std::byte* in, std::byte* out, std::size_t elements)
{
    const Words d;
    constexpr std::size_t N = hn::MaxLanes(Words());
    const auto address = reinterpret_cast<std::uintptr_t>(out);
    if (address % sizeof(std::uint32_t) != 0) {
        decode<Bf16>(in, out, elements);
        return;
    }
    const std::size_t before = std::min(elements, (64 - address % 64) % 64 / sizeof(std::uint32_t));
    decode<Bf16>(in, out, before);
    const auto* from = reinterpret_cast<const std::uint16_t*>(in);
    auto* to = reinterpret_cast<std::uint32_t*>(out);
    const auto lines = [&](std::size_t at) HWY_ATTR { // four whole lines of the cache
        for (std::size_t k = 0; k < 64; k += N) {
            hn::Stream(Bf16::toF32(loadCodes<Bf16>(from + at + k)), d, to + at + k);
        }
    };
    // Four places at once, each a page of input apart: memory serves several rows of its banks at a time, as glibc's large memcpy() has it.
    constexpr std::size_t Page = 4096 / sizeof(std::uint16_t);
    constexpr std::size_t Places = 4;
    std::size_t i = before;
    for (; i + Places * Page <= elements; i += Places * Page) {
        for (std::size_t within = 0; within < Page; within += 64) {
            for (std::size_t place = 0; place < Places; ++place) {
                lines(i + place * Page + within);
            }
        }
    }
    for (; i + 64 <= elements; i += 64) {
        lines(i);
    }
    hwy::FlushStream();
    decode<Bf16>(in + i * sizeof(std::uint16_t), out + i * sizeof(std::uint32_t), elements - i);
}

template<class To>
HWY_INLINE void storeCodes(Word codes, typename To::Bits* to)
{
    const hn::Rebind<typename To::Bits, Words> d;
    hn::StoreU(hn::DemoteTo(d, hn::BitCast(Ints(), codes)), d, to);
}

template<class To>
void encode(const std::byte* in, std::byte* out, std::size_t elements)
{
    using Bits = typename To::Bits;
    const Words d;
    constexpr std::size_t N = hn::MaxLanes(Words());
    const auto* from = reinterpret_cast<const std::uint32_t*>(in);
    auto* to = reinterpret_cast<Bits*>(out);
    std::size_t i = 0;
    for (; i + N <= elements; i += N) {
        storeCodes<To>(To::fromF32(hn::LoadU(d, from + i)), to + i);
    }
    if (i < elements) {
        std::uint32_t tail[N] = {};
        Bits codes[N];
        std::memcpy(tail, from + i, (elements - i) * sizeof(std::uint32_t));
        storeCodes<To>(To::fromF32(hn::LoadU(d, tail)), codes);
        std::memcpy(to + i, codes, (elements - i) * sizeof(Bits));
    }
}

using Doubles = hn::ScalableTag<double>;
using LongInts = hn::RebindToSigned<Doubles>;
using HalfFloats = hn::Rebind<float, Doubles>;
using HalfInts = hn::Rebind<std::int32_t, Doubles>;

void f32ToF64(const std::byte* in, std::byte* out, std::size_t elements)
{
    const Doubles d;
    constexpr std::size_t N = hn::MaxLanes(Doubles());
    const auto* from = reinterpret_cast<const float*>(in);
    auto* to = reinterpret_cast<double*>(out);
    std::size_t i = 0;
    for (; i + N <= elements; i += N) {
        const auto value = hn::LoadU(HalfFloats(), from + i);
        if (HWY_UNLIKELY(!hn::AllTrue(HalfFloats(), hn::Eq(value, value)))) { // the conversion would make a NaN quiet
            scalarCastKernels().f32ToF64(in + i * sizeof(float), out + i * sizeof(double), N);
        } else {
            hn::StoreU(hn::PromoteTo(d, value), d, to + i);
        }
    }
    scalarCastKernels().f32ToF64(in + i * sizeof(float), out + i * sizeof(double), elements - i);
}

void f64ToF32(const std::byte* in, std::byte* out, std::size_t elements)
{
    const Doubles d;
    constexpr std::size_t N = hn::MaxLanes(Doubles());
    const auto* from = reinterpret_cast<const double*>(in);
    auto* to = reinterpret_cast<float*>(out);
    std::size_t i = 0;
    for (; i + N <= elements; i += N) {
        const auto value = hn::LoadU(d, from + i);
        if (HWY_UNLIKELY(!hn::AllTrue(d, hn::Eq(value, value)))) { // processors differ in what they make of a NaN
            scalarCastKernels().f64ToF32(in + i * sizeof(double), out + i * sizeof(float), N);
        } else {
            hn::StoreU(hn::DemoteTo(HalfFloats(), value), HalfFloats(), to + i);
        }
    }
    scalarCastKernels().f64ToF32(in + i * sizeof(double), out + i * sizeof(float), elements - i);
}

void loss(const std::byte* in, const std::byte* back, std::size_t elements, float saturates, CastLoss& sum)
{
    const Words d;
    constexpr std::size_t N = hn::MaxLanes(Words());
    const auto* from = reinterpret_cast<const std::uint32_t*>(in);
    const auto* again = reinterpret_cast<const std::uint32_t*>(back);
    const auto limit = static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(saturates));
    const bool saturating = saturates > 0;
    std::size_t i = 0;
    for (; i + N <= elements;) {
        const std::size_t end = i + std::min<std::size_t>((elements - i) / N * N, std::size_t{1} << 20U); // 32-bit counters
        Word inexact = hn::Zero(d);
        Word overflowed = hn::Zero(d);
        Word flushed = hn::Zero(d);
        for (; i < end; i += N) {
            const Word bits = hn::LoadU(d, from + i);
            const Word other = hn::LoadU(d, again + i);
            const Word magnitude = magnitudeOf(bits);
            const Word otherMagnitude = magnitudeOf(other);
            const auto finite = less(magnitude, Inf);
            const auto differs = hn::And(hn::Ne(bits, other), hn::Ne(hn::Or(magnitude, otherMagnitude), hn::Zero(d)));
            const auto over = saturating ? greater(magnitude, limit) : greater(otherMagnitude, Inf - 1);
            const auto gone = hn::And(hn::Ne(magnitude, hn::Zero(d)), hn::Eq(otherMagnitude, hn::Zero(d)));
            inexact = hn::Sub(inexact, hn::VecFromMask(d, hn::And(finite, differs)));
            overflowed = hn::Sub(overflowed, hn::VecFromMask(d, hn::And(finite, over)));
            flushed = hn::Sub(flushed, hn::VecFromMask(d, gone));
        }
        sum.inexact += hn::GetLane(hn::SumOfLanes(d, inexact));
        sum.overflowed += hn::GetLane(hn::SumOfLanes(d, overflowed));
        sum.flushed += hn::GetLane(hn::SumOfLanes(d, flushed));
    }
    scalarCastKernels().loss(in + i * sizeof(std::uint32_t), back + i * sizeof(std::uint32_t), elements - i, saturates, sum);
}

void loss64(const std::byte* in, const std::byte* back, std::size_t elements, float saturates, CastLoss& sum)
{
    const Doubles d;
    const LongInts dl;
    constexpr std::size_t N = hn::MaxLanes(Doubles());
    const auto* from = reinterpret_cast<const double*>(in);
    const auto* again = reinterpret_cast<const float*>(back);
    const auto inf = hn::Inf(d);
    const auto limit = hn::Set(d, saturates > 0 ? static_cast<double>(saturates) : 0.0);
    const bool saturating = saturates > 0;
    auto inexact = hn::Zero(dl);
    auto overflowed = hn::Zero(dl);
    auto flushed = hn::Zero(dl);
    std::size_t i = 0;
    for (; i + N <= elements; i += N) {
        const auto value = hn::LoadU(d, from + i);
        const auto other = hn::PromoteTo(d, hn::LoadU(HalfFloats(), again + i));
        const auto magnitude = hn::Abs(value);
        const auto finite = hn::Lt(magnitude, inf); // not NaN either
        const auto over = saturating ? hn::Gt(magnitude, limit) : hn::Not(hn::Lt(hn::Abs(other), inf));
        const auto zero = hn::Zero(d);
        inexact = hn::Sub(inexact, hn::BitCast(dl, hn::VecFromMask(d, hn::And(finite, hn::Not(hn::Eq(value, other))))));
        overflowed = hn::Sub(overflowed, hn::BitCast(dl, hn::VecFromMask(d, hn::And(finite, over))));
        const auto gone = hn::And(hn::And(finite, hn::Ne(value, zero)), hn::Eq(other, zero));
        flushed = hn::Sub(flushed, hn::BitCast(dl, hn::VecFromMask(d, gone)));
    }
    sum.inexact += static_cast<std::uint64_t>(hn::GetLane(hn::SumOfLanes(dl, inexact)));
    sum.overflowed += static_cast<std::uint64_t>(hn::GetLane(hn::SumOfLanes(dl, overflowed)));
    sum.flushed += static_cast<std::uint64_t>(hn::GetLane(hn::SumOfLanes(dl, flushed)));
    scalarCastKernels().loss64(in + i * sizeof(double), back + i * sizeof(float), elements - i, saturates, sum);
}

// Each test says which floats are no numbers of the kind; see castscalar.cpp.
struct NotBf16 {
    static constexpr std::size_t Row = 0;
    static HWY_INLINE hn::Mask<Words> test(Word bits)
    {
        return hn::And(hn::Ne(hn::And(bits, set(0xFFFF)), set(0)), less(magnitudeOf(bits), Inf + 1));
    }
};

struct NotF16 {
    static constexpr std::size_t Row = 1;
    static HWY_INLINE hn::Mask<Words> test(Word bits)
    {
        const Floats df;
        const Word magnitude = magnitudeOf(bits);
        const auto below = less(magnitude, 0x3880'0000); // 2^-14
        const auto value = hn::BitCast(df, hn::IfThenElseZero(below, magnitude));
        const auto half = hn::Set(df, 0.5F);
        const auto offGrid = hn::RebindMask(Words(), hn::Ne(hn::Sub(hn::Add(value, half), half), value));
        const auto longMantissa = hn::AndNot(below, hn::Ne(hn::And(magnitude, set(0x1FFF)), set(0)));
        const auto tooLarge = greater(magnitude, 0x477F'E000); // 65504
        return hn::And(hn::Or(hn::Or(offGrid, longMantissa), tooLarge), less(magnitude, Inf));
    }
};

template<std::uint32_t Dropped, std::int32_t Smallest, std::int32_t Largest>
HWY_INLINE hn::Mask<Words> notSmall(Word magnitude, float inverseStep)
{
    const Floats df;
    const auto below = less(magnitude, Smallest);
    const auto scaled = hn::Mul(hn::BitCast(df, hn::IfThenElseZero(below, magnitude)), hn::Set(df, inverseStep)); // below 8
    const auto offGrid = hn::RebindMask(Words(), hn::Ne(hn::ConvertTo(df, hn::ConvertTo(Ints(), scaled)), scaled));
    const auto longMantissa = hn::AndNot(below, hn::Ne(hn::And(magnitude, set(Dropped)), set(0)));
    return hn::Or(hn::Or(offGrid, longMantissa), greater(magnitude, Largest));
}

struct NotE4m3 {
    static constexpr std::size_t Row = 2;
    static HWY_INLINE hn::Mask<Words> test(Word bits)
    {
        const Word magnitude = magnitudeOf(bits); // from 2^-6 to 448
        return hn::And(notSmall<0xF'FFFFU, 0x3C80'0000, 0x43E0'0000>(magnitude, 0x1p9F), less(magnitude, Inf + 1));
    }
};

struct NotE5m2 {
    static constexpr std::size_t Row = 3;
    static HWY_INLINE hn::Mask<Words> test(Word bits)
    {
        const Word magnitude = magnitudeOf(bits); // from 2^-14 to 57344
        return hn::And(notSmall<0x1F'FFFFU, 0x3880'0000, 0x4760'0000>(magnitude, 0x1p16F), less(magnitude, Inf));
    }
};

struct NotSmallInteger {
    static constexpr std::size_t Row = 4;
    static HWY_INLINE hn::Mask<Words> test(Word bits)
    {
        const Floats df;
        const Word magnitude = magnitudeOf(bits);
        const auto tooLarge = greater(magnitude, 0x4380'0000); // 256
        const auto value = hn::BitCast(df, hn::IfThenZeroElse(tooLarge, magnitude));
        return hn::Or(tooLarge, hn::RebindMask(Words(), hn::Ne(hn::ConvertTo(df, hn::ConvertTo(Ints(), value)), value)));
    }
};

template<class Test>
bool outside(const std::byte* in, std::size_t elements)
{
    const Words d;
    constexpr std::size_t N = hn::MaxLanes(Words());
    const auto* from = reinterpret_cast<const std::uint32_t*>(in);
    std::size_t i = 0;
    for (; i + N <= elements;) {
        const std::size_t end = i + std::min((elements - i) / N * N, 32 * N);
        auto found = hn::MaskFromVec(hn::Zero(d));
        for (; i < end; i += N) {
            found = hn::Or(found, Test::test(hn::LoadU(d, from + i)));
        }
        if (!hn::AllFalse(d, found)) {
            return true;
        }
    }
    return scalarCastKernels().outside[Test::Row](in + i * sizeof(float), elements - i);
}

constexpr CastKernels Table{
    {decode<Bf16>, decode<F16>, decode<E4m3>, decode<E5m2>, decode<Fnuz<3, 8>>, decode<Fnuz<2, 16>>, decode<E8m0>},
    {encode<Bf16>, encode<F16>, encode<E4m3>, encode<E5m2>, encode<Fnuz<3, 8>>, encode<Fnuz<2, 16>>, encode<E8m0>},
    encode<ExactBf16>,
    encode<ExactF16>,
    streamBf16,
    f32ToF64,
    f64ToF32,
    loss,
    loss64,
    {outside<NotBf16>, outside<NotF16>, outside<NotE4m3>, outside<NotE5m2>, outside<NotSmallInteger>},
};

} // namespace
#endif
} // namespace ckptscope::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ckptscope::kernels {

const CastKernels& castKernels(SimdLevel level) noexcept
{
    switch (level) {
        CKPTSCOPE_SIMD_CASES
    default:
        return scalarCastKernels();
    }
}

} // namespace ckptscope::kernels
#endif
