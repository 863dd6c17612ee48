// SPDX-License-Identifier: Apache-2.0
// The loops of statkernels.h: one element at a time, which is the reference, and through Highway.
#include "core/values/statkernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/values/statkernels.cpp"
#include "core/simd/targets.h"

#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef CKPTSCOPE_STATKERNELS_REFERENCE
#define CKPTSCOPE_STATKERNELS_REFERENCE
namespace ckptscope::kernels::reference {

template<class T>
T load(const std::byte* values, std::size_t index) noexcept
{
    T value{};
    std::memcpy(&value, values + index * sizeof(T), sizeof(T));
    return value;
}

template<class Key>
Extremes<Key> extremes(const std::byte* values, std::size_t count)
{
    Extremes<Key> out;
    for (std::size_t i = 0; i < count; ++i) {
        const auto bits = load<Key>(values, i);
        const Key key = keyOf(bits);
        out.join({key, key, static_cast<Key>(bits & std::numeric_limits<Key>::max())});
    }
    return out;
}

template<class T>
OddValues odd(const std::byte* values, std::size_t count, T leastNormal)
{
    OddValues out;
    for (std::size_t i = 0; i < count; ++i) {
        const auto value = load<T>(values, i);
        if (std::isnan(value)) {
            ++out.nan;
        } else if (std::isinf(value)) {
            ++(value > 0 ? out.positiveInf : out.negativeInf);
        } else if (value == 0) {
            ++out.zeros;
        } else {
            out.denormals += std::abs(value) < leastNormal ? 1U : 0U;
        }
    }
    return out;
}

OddValues small(const std::byte* codes, std::size_t count, std::int16_t leastNormal)
{
    OddValues out;
    for (std::size_t i = 0; i < count; ++i) {
        const int magnitude = load<std::int16_t>(codes, i) & 0x7FFF;
        out.zeros += magnitude == 0 ? 1U : 0U;
        out.denormals += magnitude != 0 && magnitude < leastNormal ? 1U : 0U;
    }
    return out;
}

/// BF16 where they are stored: the upper halves of floats.
struct Bf16 { };

template<class T>
double number(const std::byte* values, std::size_t index) noexcept
{
    if constexpr (std::is_same_v<T, Bf16>) {
        return static_cast<double>(std::bit_cast<float>(std::uint32_t{load<std::uint16_t>(values, index)} << 16U));
    } else {
        return static_cast<double>(load<T>(values, index));
    }
}

template<class T>
Sums sums(const std::byte* values, std::size_t count)
{
    double lanes[SumLanes] = {};
    double squared[SumLanes] = {};
    for (std::size_t i = 0; i < count; ++i) {
        const double value = number<T>(values, i);
        const double square = value * value;
        lanes[i % SumLanes] += value;
        squared[i % SumLanes] += square;
    }
    return {joinLanes(lanes), joinLanes(squared)};
}

template<class T>
double squares(const std::byte* values, std::size_t count, double about)
{
    double lanes[SumLanes] = {};
    for (std::size_t i = 0; i < count; ++i) {
        const double away = number<T>(values, i) - about;
        const double square = away * away;
        lanes[i % SumLanes] += square;
    }
    return joinLanes(lanes);
}

constexpr StatKernels Table{{extremes<std::int16_t>, small, sums<Bf16>, squares<Bf16>},
                            {extremes<std::int32_t>, odd<float>, sums<float>, squares<float>},
                            {extremes<std::int64_t>, odd<double>, sums<double>, squares<double>}};

} // namespace ckptscope::kernels::reference
#endif

HWY_BEFORE_NAMESPACE();
namespace ckptscope::kernels::HWY_NAMESPACE {
#if CKPTSCOPE_SIMD_TARGET
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template<class Key>
Extremes<Key> extremes(const std::byte* values, std::size_t count)
{
    using D = hn::ScalableTag<Key>;
    const D d;
    constexpr std::size_t N = hn::MaxLanes(D());
    constexpr Key Most = std::numeric_limits<Key>::max();
    const auto* from = reinterpret_cast<const Key*>(values);
    const auto magnitudeBits = hn::Set(d, Most);
    auto low = hn::Set(d, Most);
    auto high = hn::Set(d, std::numeric_limits<Key>::min());
    auto least = low;
    std::size_t i = 0;
    for (; i + N <= count; i += N) {
        const auto bits = hn::LoadU(d, from + i);
        const auto key = hn::Xor(bits, hn::And(hn::BroadcastSignBit(bits), magnitudeBits));
        low = hn::Min(low, key);
        high = hn::Max(high, key);
        least = hn::Min(least, hn::And(bits, magnitudeBits));
    }
    Extremes<Key> out = reference::extremes<Key>(values + i * sizeof(Key), count - i);
    Key lanes[3 * N];
    hn::StoreU(low, d, lanes);
    hn::StoreU(high, d, lanes + N);
    hn::StoreU(least, d, lanes + 2 * N);
    for (std::size_t lane = 0; lane < N; ++lane) {
        out.join({lanes[lane], lanes[N + lane], lanes[2 * N + lane]});
    }
    return out;
}

template<class T>
OddValues odd(const std::byte* values, std::size_t count, T leastNormal)
{
    using D = hn::ScalableTag<T>;
    const D d;
    const hn::RebindToSigned<D> di;
    using Int = hn::TFromD<hn::RebindToSigned<D>>;
    constexpr std::size_t N = hn::MaxLanes(D());
    const auto* from = reinterpret_cast<const T*>(values);
    const auto zero = hn::Zero(d);
    const auto inf = hn::Inf(d);
    const auto least = hn::Set(d, leastNormal);
    auto nans = hn::Zero(di);
    auto plus = nans;
    auto minus = nans;
    auto zeros = nans;
    auto small = nans;
    const auto counted = [&](auto sums, auto mask) HWY_ATTR { return hn::Sub(sums, hn::BitCast(di, hn::VecFromMask(d, mask))); };
    std::size_t i = 0;
    for (; i + N <= count; i += N) {
        const auto value = hn::LoadU(d, from + i);
        const auto magnitude = hn::Abs(value);
        nans = counted(nans, hn::IsNaN(value));
        plus = counted(plus, hn::Eq(value, inf));
        minus = counted(minus, hn::Eq(value, hn::Neg(inf)));
        zeros = counted(zeros, hn::Eq(value, zero));
        small = counted(small, hn::And(hn::Lt(magnitude, least), hn::Gt(magnitude, zero)));
    }
    OddValues out = reference::odd<T>(values + i * sizeof(T), count - i, leastNormal);
    const auto total = [&](auto sums) HWY_ATTR {
        Int lanes[N];
        hn::StoreU(sums, di, lanes);
        std::uint64_t all = 0;
        for (const Int lane : lanes) {
            all += static_cast<std::uint64_t>(lane);
        }
        return all;
    };
    out.nan += total(nans);
    out.positiveInf += total(plus);
    out.negativeInf += total(minus);
    out.zeros += total(zeros);
    out.denormals += total(small);
    return out;
}

OddValues small(const std::byte* codes, std::size_t count, std::int16_t leastNormal)
{
    using D = hn::ScalableTag<std::int16_t>;
    const D d;
    constexpr std::size_t N = hn::MaxLanes(D());
    constexpr std::size_t Most = N * std::numeric_limits<std::int16_t>::max(); // what the lanes count to
    const auto* from = reinterpret_cast<const std::int16_t*>(codes);
    const auto magnitudeBits = hn::Set(d, std::numeric_limits<std::int16_t>::max());
    const auto least = hn::Set(d, leastNormal);
    OddValues out;
    std::size_t i = 0;
    while (i + N <= count) {
        auto zeros = hn::Zero(d);
        auto below = zeros; // zeros among them
        const std::size_t end = std::min(count, i + Most);
        for (; i + N <= end; i += N) {
            const auto magnitude = hn::And(hn::LoadU(d, from + i), magnitudeBits);
            zeros = hn::Sub(zeros, hn::VecFromMask(d, hn::Eq(magnitude, hn::Zero(d))));
            below = hn::Sub(below, hn::VecFromMask(d, hn::Lt(magnitude, least)));
        }
        std::int16_t lanes[2 * N];
        hn::StoreU(zeros, d, lanes);
        hn::StoreU(below, d, lanes + N);
        for (std::size_t lane = 0; lane < N; ++lane) {
            out.zeros += static_cast<std::uint64_t>(lanes[lane]);
            out.denormals += static_cast<std::uint64_t>(lanes[N + lane] - lanes[lane]);
        }
    }
    const OddValues rest = reference::small(codes + i * sizeof(std::int16_t), count - i, leastNormal);
    out.zeros += rest.zeros;
    out.denormals += rest.denormals;
    return out;
}

using Wide = hn::CappedTag<double, SumLanes>;
constexpr std::size_t WideLanes = hn::MaxLanes(Wide());
constexpr std::size_t Vectors = SumLanes / WideLanes;

/// How SumLanes elements are widened to Vectors vectors: load() gives vector k, whose lane m holds the element that laneOf(k, m) names.
struct Bf16 {
    using Stored = std::uint16_t;
    /// Two codes are one word: the lower one is shifted up, the upper one is where it belongs already.
    static HWY_INLINE hn::Vec<Wide> load(const Stored* from, std::size_t k)
    {
        const hn::Rebind<std::uint32_t, Wide> words;
        const auto* pairs = reinterpret_cast<const std::uint32_t*>(from + k / 2 * 2 * WideLanes);
        const auto both = hn::LoadU(words, pairs);
        const auto bits = k % 2 == 0 ? hn::ShiftLeft<16>(both) : hn::And(both, hn::Set(words, 0xFFFF0000U));
        return hn::PromoteTo(Wide(), hn::BitCast(hn::Rebind<float, Wide>(), bits));
    }
    static constexpr std::size_t laneOf(std::size_t k, std::size_t m) { return k / 2 * 2 * WideLanes + 2 * m + k % 2; }
    static_assert(Vectors % 2 == 0);
};
struct Single {
    using Stored = float;
    static HWY_INLINE hn::Vec<Wide> load(const Stored* from, std::size_t k)
    {
        return hn::PromoteTo(Wide(), hn::LoadU(hn::Rebind<float, Wide>(), from + k * WideLanes));
    }
    static constexpr std::size_t laneOf(std::size_t k, std::size_t m) { return k * WideLanes + m; }
};
struct Double {
    using Stored = double;
    static HWY_INLINE hn::Vec<Wide> load(const Stored* from, std::size_t k) { return hn::LoadU(Wide(), from + k * WideLanes); }
    static constexpr std::size_t laneOf(std::size_t k, std::size_t m) { return k * WideLanes + m; }
};

/// The square of a float is exact in a double, so that one rounding of square and sum gives the bits of two.
template<class T>
HWY_INLINE hn::Vec<Wide> addSquare(hn::Vec<Wide> sum, hn::Vec<Wide> value)
{
    if constexpr (std::is_same_v<T, Double>) {
        return hn::Add(sum, hn::Mul(value, value));
    } else {
        return hn::MulAdd(value, value, sum);
    }
}

/// One sum of each lane: element i in lane i % SumLanes.
struct Lanes {
    hn::Vec<Wide> vectors[Vectors];

    HWY_INLINE Lanes()
    {
        for (auto& each : vectors) {
            each = hn::Zero(Wide());
        }
    }
    /// With what the last `count` elements, fewer than SumLanes, add, in their order.
    template<class T>
    [[nodiscard]] HWY_INLINE double join(const double* last, std::size_t count) const
    {
        double stored[SumLanes];
        double lanes[SumLanes];
        for (std::size_t k = 0; k < Vectors; ++k) {
            hn::StoreU(vectors[k], Wide(), stored + k * WideLanes);
            for (std::size_t m = 0; m < WideLanes; ++m) {
                lanes[T::laneOf(k, m)] = stored[k * WideLanes + m];
            }
        }
        for (std::size_t lane = 0; lane < count; ++lane) {
            lanes[lane] += last[lane];
        }
        return joinLanes(lanes);
    }
};

/// Hands over each vector of values with its number; the last elements, where fewer than SumLanes are left, one by one to `last`.
template<class T, class Each, class Last>
HWY_INLINE void forEachVector(const std::byte* values, std::size_t count, const Each& each, const Last& last)
{
    const auto* from = reinterpret_cast<const typename T::Stored*>(values);
    std::size_t i = 0;
    for (; i + SumLanes <= count; i += SumLanes) {
        for (std::size_t k = 0; k < Vectors; ++k) {
            each(k, T::load(from + i, k));
        }
    }
    using Plain = std::conditional_t<std::is_same_v<T, Bf16>, reference::Bf16, typename T::Stored>;
    for (std::size_t lane = 0; i < count; ++i, ++lane) {
        last(lane, reference::number<Plain>(values, i));
    }
}

template<class T>
Sums sums(const std::byte* values, std::size_t count)
{
    Lanes plain;
    Lanes squared;
    double lastValues[SumLanes] = {};
    double lastSquares[SumLanes] = {};
    forEachVector<T>(
        values, count,
        [&](std::size_t k, auto value) HWY_ATTR {
            plain.vectors[k] = hn::Add(plain.vectors[k], value);
            squared.vectors[k] = addSquare<T>(squared.vectors[k], value);
        },
        [&](std::size_t lane, double value) {
            lastValues[lane] = value;
            lastSquares[lane] = value * value;
        });
    return {plain.join<T>(lastValues, count % SumLanes), squared.join<T>(lastSquares, count % SumLanes)};
}

template<class T>
double squares(const std::byte* values, std::size_t count, double about)
{
    const auto middle = hn::Set(Wide(), about);
    Lanes squared;
    double last[SumLanes] = {};
    forEachVector<T>(
        values, count,
        [&](std::size_t k, auto value) HWY_ATTR {
            const auto away = hn::Sub(value, middle);
            squared.vectors[k] = hn::Add(squared.vectors[k], hn::Mul(away, away));
        },
        [&](std::size_t lane, double value) { last[lane] = (value - about) * (value - about); });
    return squared.join<T>(last, count % SumLanes);
}

constexpr StatKernels Table{{extremes<std::int16_t>, small, sums<Bf16>, squares<Bf16>},
                            {extremes<std::int32_t>, odd<float>, sums<Single>, squares<Single>},
                            {extremes<std::int64_t>, odd<double>, sums<Double>, squares<Double>}};

} // namespace
#endif
} // namespace ckptscope::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ckptscope::kernels {

const StatKernels& statKernels(SimdLevel level) noexcept
{
    switch (level) {
        CKPTSCOPE_SIMD_CASES
    default:
        return reference::Table;
    }
}

} // namespace ckptscope::kernels
#endif
