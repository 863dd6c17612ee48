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

template<class T>
double sum(const std::byte* values, std::size_t count)
{
    double lanes[SumLanes] = {};
    for (std::size_t i = 0; i < count; ++i) {
        lanes[i % SumLanes] += static_cast<double>(load<T>(values, i));
    }
    return joinLanes(lanes);
}

template<class T>
double squares(const std::byte* values, std::size_t count, double about)
{
    double lanes[SumLanes] = {};
    for (std::size_t i = 0; i < count; ++i) {
        const double away = static_cast<double>(load<T>(values, i)) - about;
        const double square = away * away;
        lanes[i % SumLanes] += square;
    }
    return joinLanes(lanes);
}

constexpr StatKernels Table{extremes<std::int16_t>,
                            {extremes<std::int32_t>, odd<float>, sum<float>, squares<float>},
                            {extremes<std::int64_t>, odd<double>, sum<double>, squares<double>}};

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

using Wide = hn::CappedTag<double, SumLanes>;
constexpr std::size_t WideLanes = hn::MaxLanes(Wide());
constexpr std::size_t Sums = SumLanes / WideLanes;

HWY_INLINE hn::Vec<Wide> widen(const float* from)
{
    return hn::PromoteTo(Wide(), hn::LoadU(hn::Rebind<float, Wide>(), from));
}

HWY_INLINE hn::Vec<Wide> widen(const double* from)
{
    return hn::LoadU(Wide(), from);
}

/// Adds up term(value) of all elements.
template<class T, class Term>
HWY_INLINE double sumOver(const std::byte* values, std::size_t count, const Term& term)
{
    const Wide d;
    const auto* from = reinterpret_cast<const T*>(values);
    hn::Vec<Wide> sums[Sums];
    for (auto& each : sums) {
        each = hn::Zero(d);
    }
    std::size_t i = 0;
    for (; i + SumLanes <= count; i += SumLanes) {
        for (std::size_t k = 0; k < Sums; ++k) {
            sums[k] = hn::Add(sums[k], term(widen(from + i + k * WideLanes)));
        }
    }
    double lanes[SumLanes];
    for (std::size_t k = 0; k < Sums; ++k) {
        hn::StoreU(sums[k], d, lanes + k * WideLanes);
    }
    if (i < count) { // what is there of the last sixteen
        T tail[SumLanes] = {};
        double terms[SumLanes];
        std::memcpy(tail, values + i * sizeof(T), (count - i) * sizeof(T));
        for (std::size_t k = 0; k < Sums; ++k) {
            hn::StoreU(term(widen(tail + k * WideLanes)), d, terms + k * WideLanes);
        }
        for (std::size_t lane = 0; lane < count - i; ++lane) {
            lanes[lane] += terms[lane];
        }
    }
    return joinLanes(lanes);
}

template<class T>
double sum(const std::byte* values, std::size_t count)
{
    return sumOver<T>(values, count, [](auto value) HWY_ATTR { return value; });
}

template<class T>
double squares(const std::byte* values, std::size_t count, double about)
{
    const auto middle = hn::Set(Wide(), about);
    return sumOver<T>(values, count, [middle](auto value) HWY_ATTR {
        const auto away = hn::Sub(value, middle);
        return hn::Mul(away, away);
    });
}

constexpr StatKernels Table{extremes<std::int16_t>,
                            {extremes<std::int32_t>, odd<float>, sum<float>, squares<float>},
                            {extremes<std::int64_t>, odd<double>, sum<double>, squares<double>}};

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
