// SPDX-License-Identifier: Apache-2.0
// The loops of diffkernels.h: one element at a time, which is the reference, and through Highway.
#include "core/diff/diffkernels.h"

#include "core/values/statkernels.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/diff/diffkernels.cpp"
#include "core/simd/targets.h"

#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef CKPTSCOPE_DIFFKERNELS_REFERENCE
#define CKPTSCOPE_DIFFKERNELS_REFERENCE
namespace ckptscope::kernels::diffreference {

/// What each of the sums is while elements are added.
struct Lanes {
    double squaresA[SumLanes] = {};
    double squaresB[SumLanes] = {};
    double product[SumLanes] = {};
    double squaresOff[SumLanes] = {};
    double maxAbs = 0;
    std::uint64_t differing = 0;
    std::uint64_t beyond = 0;
};

/// Elements [first, count); false where one is not finite.
template<class T>
bool addElements(const std::byte* a, const std::byte* b, std::size_t first, std::size_t count, const DifferenceOf& options, Lanes& lanes)
{
    for (std::size_t i = first; i < count; ++i) {
        T one{};
        T two{};
        std::memcpy(&one, a + i * sizeof(T), sizeof(T));
        std::memcpy(&two, b + i * sizeof(T), sizeof(T));
        if (!std::isfinite(one) || !std::isfinite(two)) {
            return false;
        }
        const auto x = static_cast<double>(one);
        const auto y = static_cast<double>(two);
        const double away = std::abs(x - y);
        lanes.squaresA[i % SumLanes] += x * x;
        lanes.squaresB[i % SumLanes] += y * y;
        lanes.product[i % SumLanes] += x * y;
        lanes.squaresOff[i % SumLanes] += away * away;
        lanes.maxAbs = std::max(lanes.maxAbs, away);
        lanes.beyond += away > options.tolerance ? 1U : 0U;
        lanes.differing += (options.bits ? std::memcmp(&one, &two, sizeof(T)) != 0 : one != two) ? 1U : 0U;
    }
    return true;
}

inline void finish(const Lanes& lanes, DifferenceSums& sums)
{
    sums.differing = lanes.differing;
    sums.beyond = lanes.beyond;
    sums.maxAbs = lanes.maxAbs;
    sums.squaresA = joinLanes(lanes.squaresA);
    sums.squaresB = joinLanes(lanes.squaresB);
    sums.product = joinLanes(lanes.product);
    sums.squaresOff = joinLanes(lanes.squaresOff);
}

template<class T>
bool compare(const std::byte* a, const std::byte* b, std::size_t count, const DifferenceOf& options, DifferenceSums& sums)
{
    Lanes lanes;
    if (!addElements<T>(a, b, 0, count, options, lanes)) {
        return false;
    }
    finish(lanes, sums);
    return true;
}

constexpr DiffKernels Table{compare<float>, compare<double>};

} // namespace ckptscope::kernels::diffreference
#endif

HWY_BEFORE_NAMESPACE();
namespace ckptscope::kernels::HWY_NAMESPACE {
#if CKPTSCOPE_SIMD_TARGET
namespace {

namespace hn = hwy::HWY_NAMESPACE;

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

/// Counts elements that differ and says whether all are finite, in vectors as wide as they are stored; `count` is a
/// multiple of SumLanes.
template<class T, bool Bits>
HWY_INLINE bool countDiffering(const T* a, const T* b, std::size_t count, std::uint64_t& differing)
{
    using D = hn::CappedTag<T, SumLanes>;
    const D d;
    using DI = hn::RebindToSigned<D>;
    const DI di;
    using Int = hn::TFromD<DI>;
    constexpr std::size_t N = hn::MaxLanes(D());
    constexpr Int InfBits = sizeof(T) == 4 ? static_cast<Int>(0x7F80'0000) : static_cast<Int>(0x7FF0'0000'0000'0000LL);
    const auto magnitude = hn::Set(di, std::numeric_limits<Int>::max());
    auto differ = hn::Zero(di);
    auto largest = hn::Zero(di);
    for (std::size_t i = 0; i < count; i += N) {
        const auto one = hn::LoadU(d, a + i);
        const auto two = hn::LoadU(d, b + i);
        const auto bitsA = hn::BitCast(di, one);
        const auto bitsB = hn::BitCast(di, two);
        if constexpr (Bits) {
            differ = hn::Sub(differ, hn::VecFromMask(di, hn::Ne(bitsA, bitsB)));
        } else {
            differ = hn::Sub(differ, hn::BitCast(di, hn::VecFromMask(d, hn::Ne(one, two))));
        }
        largest = hn::Max(largest, hn::Max(hn::And(bitsA, magnitude), hn::And(bitsB, magnitude)));
    }
    if (!hn::AllTrue(di, hn::Lt(largest, hn::Set(di, InfBits)))) {
        return false;
    }
    Int lanes[N];
    hn::StoreU(differ, di, lanes);
    for (const Int lane : lanes) {
        differing += static_cast<std::uint64_t>(lane);
    }
    return true;
}

template<class T>
bool compare(const std::byte* a, const std::byte* b, std::size_t count, const DifferenceOf& options, DifferenceSums& sums)
{
    const Wide d;
    const hn::RebindToSigned<Wide> di;
    const auto* one = reinterpret_cast<const T*>(a);
    const auto* two = reinterpret_cast<const T*>(b);
    const std::size_t whole = count / SumLanes * SumLanes;
    diffreference::Lanes lanes;
    const bool finite =
        options.bits ? countDiffering<T, true>(one, two, whole, lanes.differing) : countDiffering<T, false>(one, two, whole, lanes.differing);
    if (!finite) {
        return false;
    }
    hn::Vec<Wide> squaresA[Sums];
    hn::Vec<Wide> squaresB[Sums];
    hn::Vec<Wide> product[Sums];
    hn::Vec<Wide> squaresOff[Sums];
    for (std::size_t k = 0; k < Sums; ++k) {
        squaresA[k] = squaresB[k] = product[k] = squaresOff[k] = hn::Zero(d);
    }
    auto most = hn::Zero(d);
    auto beyond = hn::Zero(di);
    const auto tolerance = hn::Set(d, options.tolerance);
    for (std::size_t i = 0; i < whole; i += SumLanes) {
        for (std::size_t k = 0; k < Sums; ++k) {
            const auto x = widen(one + i + k * WideLanes);
            const auto y = widen(two + i + k * WideLanes);
            const auto away = hn::Abs(hn::Sub(x, y));
            squaresA[k] = hn::Add(squaresA[k], hn::Mul(x, x));
            squaresB[k] = hn::Add(squaresB[k], hn::Mul(y, y));
            product[k] = hn::Add(product[k], hn::Mul(x, y));
            squaresOff[k] = hn::Add(squaresOff[k], hn::Mul(away, away));
            most = hn::Max(most, away);
            beyond = hn::Sub(beyond, hn::BitCast(di, hn::VecFromMask(d, hn::Gt(away, tolerance))));
        }
    }
    for (std::size_t k = 0; k < Sums; ++k) {
        hn::StoreU(squaresA[k], d, lanes.squaresA + k * WideLanes);
        hn::StoreU(squaresB[k], d, lanes.squaresB + k * WideLanes);
        hn::StoreU(product[k], d, lanes.product + k * WideLanes);
        hn::StoreU(squaresOff[k], d, lanes.squaresOff + k * WideLanes);
    }
    double largest[WideLanes];
    std::int64_t counts[WideLanes];
    hn::StoreU(most, d, largest);
    hn::StoreU(beyond, di, counts);
    for (std::size_t lane = 0; lane < WideLanes; ++lane) {
        lanes.maxAbs = lanes.maxAbs < largest[lane] ? largest[lane] : lanes.maxAbs;
        lanes.beyond += static_cast<std::uint64_t>(counts[lane]);
    }
    if (!diffreference::addElements<T>(a, b, whole, count, options, lanes)) {
        return false;
    }
    diffreference::finish(lanes, sums);
    return true;
}

constexpr DiffKernels Table{compare<float>, compare<double>};

} // namespace
#endif
} // namespace ckptscope::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ckptscope::kernels {

const DiffKernels& diffKernels(SimdLevel level) noexcept
{
    switch (level) {
        CKPTSCOPE_SIMD_CASES
    default:
        return diffreference::Table;
    }
}

} // namespace ckptscope::kernels
#endif
