// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/elementfunctors.h"
#include "core/dtypes/exact.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

/// What statistics need to know of a block of values, worked out in the order and with the rounding of core/values
/// (statkernels.h, moments.cpp), so that a tensor's statistics are the same bits wherever they were made. Runs on a
/// GPU, and on the host to check it.
namespace ckptscope {

/// Of a block of BlockFacts::Values values, fewer at the end of a tensor.
struct BlockFacts {
    static constexpr std::uint32_t Values = 4096;
    static constexpr std::uint32_t ShortSum = 512; ///< values whose plain sum is taken before it is compensated
    static constexpr std::uint32_t Lanes = 16;     ///< value i adds to sum i % Lanes

    std::uint32_t count = 0;
    std::uint32_t finite = 0;
    std::uint32_t nan = 0;
    std::uint32_t positiveInf = 0;
    std::uint32_t negativeInf = 0;
    std::uint32_t zeros = 0;
    std::uint32_t denormals = 0;
    std::uint32_t missed = 0; ///< a bit an ExactKind that not all values are in
    std::int64_t low = 0;     ///< keys (see keyOf in statkernels.h) of all values, NaN and Inf among them, -0 as +0
    std::int64_t high = 0;
    std::int64_t first = 0;     ///< of the first value
    std::int64_t finiteLow = 0; ///< of the finite ones, -0 as it is; nothing where there are none
    std::int64_t finiteHigh = 0;
    double sum = 0; ///< of the finite ones: a CompensatedSum's sum and rest
    double rest = 0;
    double mean = 0;
    double squares = 0; ///< of their distances from the mean
    bool operator==(const BlockFacts&) const = default;
};

namespace blocks {

/// Whether `away`, the sum of the values' squares less what their mean accounts for, can stand for the squares of the distances from the mean:
/// where it is a small part of that sum, rounding has eaten too many of its digits, and where the sum overflowed, all. Then they are squared
/// in a pass of their own.
[[nodiscard]] CKPTSCOPE_HD constexpr bool digitsLeft(double squares, double away) noexcept
{
    return away >= squares * 0x1p-4 && away < std::numeric_limits<double>::infinity();
}

/// A bit for each ExactKind that this F32 is not exactly in, as narrowExactSet() has it.
[[nodiscard]] CKPTSCOPE_HD constexpr std::uint32_t missedBy(std::uint32_t bits) noexcept
{
    namespace fb = floatbits;
    constexpr auto bit = [](ExactKind kind) { return 1U << static_cast<unsigned>(kind); };
    const std::uint32_t magnitude = bits & fb::AbsMask;
    if (magnitude > fb::InfBits) { // NaN is in every float kind
        return bit(ExactKind::SmallInteger);
    }
    if (magnitude == fb::InfBits) {
        return bit(ExactKind::SmallInteger) | bit(ExactKind::F8_E4M3);
    }
    const auto value = std::bit_cast<float>(magnitude);
    const bool whole = value <= 256.0F && static_cast<float>(static_cast<std::int32_t>(value <= 256.0F ? value : 0.0F)) == value;
    return ((bits & 0xFFFFU) != 0 ? bit(ExactKind::BF16) : 0U) | (fb::fromF16(fb::toF16(bits)) != bits ? bit(ExactKind::F16) : 0U)
        | (fb::fromSmall(DType::F8_E4M3, fb::toSmall(DType::F8_E4M3, bits)) != bits ? bit(ExactKind::F8_E4M3) : 0U)
        | (fb::fromSmall(DType::F8_E5M2, fb::toSmall(DType::F8_E5M2, bits)) != bits ? bit(ExactKind::F8_E5M2) : 0U)
        | (whole ? 0U : bit(ExactKind::SmallInteger));
}
inline constexpr std::uint32_t MissedAll = (1U << ExactKinds) - 1U;
inline constexpr std::uint32_t MissedAllButF32 = MissedAll & ~(1U << static_cast<unsigned>(ExactKind::F32));

/// An element as the value that statistics are made of: BF16, F16 and F32 as float, F64 as itself.
template<class Stored>
struct Value {
    using Key = std::int32_t;
    using Number = float;
    static constexpr Key Inf = 0x7F80'0000;
    static constexpr std::uint32_t MostMissed = MissedAllButF32;
    [[nodiscard]] CKPTSCOPE_HD static constexpr Key bits(DType kind, Stored stored) noexcept
    {
        return static_cast<Key>(elements::toF32(kind, stored));
    }
    [[nodiscard]] CKPTSCOPE_HD static constexpr std::uint32_t missed(Key bits) noexcept { return missedBy(static_cast<std::uint32_t>(bits)); }
    [[nodiscard]] CKPTSCOPE_HD static constexpr Key leastNormal(DType kind) noexcept { return kind == DType::F16 ? 0x3880'0000 : 0x0080'0000; }
};
template<>
struct Value<std::uint64_t> {
    using Key = std::int64_t;
    using Number = double;
    static constexpr Key Inf = 0x7FF0'0000'0000'0000LL;
    static constexpr std::uint32_t MostMissed = MissedAll;
    [[nodiscard]] CKPTSCOPE_HD static constexpr Key bits(DType, std::uint64_t stored) noexcept { return static_cast<Key>(stored); }
    [[nodiscard]] CKPTSCOPE_HD static constexpr std::uint32_t missed(Key bits) noexcept
    {
        const auto wide = static_cast<std::uint64_t>(bits);
        if (floatbits::isNan64(wide)) {
            return missedBy(floatbits::QuietNan);
        }
        const std::uint32_t single = floatbits::fromF64(wide);
        return floatbits::toF64(single) == wide ? missedBy(single) : MissedAll;
    }
    [[nodiscard]] CKPTSCOPE_HD static constexpr Key leastNormal(DType) noexcept { return 0x0010'0000'0000'0000LL; }
};

/// What each value is, without the sums.
template<class Stored>
CKPTSCOPE_HD constexpr void classify(DType kind, const Stored* values, BlockFacts& facts) noexcept
{
    using V = Value<Stored>;
    using Key = typename V::Key;
    constexpr Key Most = std::numeric_limits<Key>::max();
    facts.low = facts.finiteLow = std::numeric_limits<std::int64_t>::max();
    facts.high = facts.finiteHigh = std::numeric_limits<std::int64_t>::min();
    for (std::uint32_t i = 0; i < facts.count; ++i) {
        const Key bits = V::bits(kind, values[i]);
        const Key magnitude = bits & Most;
        const Key own = bits < 0 ? bits ^ Most : bits;
        const Key key = magnitude == 0 ? Key{0} : own;
        facts.first = i == 0 ? key : facts.first;
        facts.low = key < facts.low ? key : facts.low;
        facts.high = key > facts.high ? key : facts.high;
        if (magnitude >= V::Inf) {
            facts.nan += magnitude > V::Inf ? 1U : 0U;
            facts.positiveInf += bits == V::Inf ? 1U : 0U;
            facts.negativeInf += magnitude == V::Inf && bits < 0 ? 1U : 0U;
        } else {
            ++facts.finite;
            facts.finiteLow = own < facts.finiteLow ? own : facts.finiteLow;
            facts.finiteHigh = own > facts.finiteHigh ? own : facts.finiteHigh;
            facts.zeros += magnitude == 0 ? 1U : 0U;
            facts.denormals += magnitude != 0 && magnitude < V::leastNormal(kind) ? 1U : 0U;
        }
        if (facts.missed != V::MostMissed) { // most blocks have missed all that there is to miss after a few values
            facts.missed |= V::missed(bits);
        }
    }
}

/// Adds up term(value) of the next `terms` finite values from `place` on: in lanes, as statkernels.h does.
template<class Stored, class Term>
CKPTSCOPE_HD constexpr double sumOf(DType kind, const Stored* values, std::uint32_t& place, std::uint32_t terms, const Term& term) noexcept
{
    using V = Value<Stored>;
    double lanes[BlockFacts::Lanes] = {};
    for (std::uint32_t added = 0; added < terms; ++place) {
        const auto bits = V::bits(kind, values[place]);
        if ((bits & std::numeric_limits<typename V::Key>::max()) < V::Inf) {
            lanes[added % BlockFacts::Lanes] += term(static_cast<double>(std::bit_cast<typename V::Number>(bits)));
            ++added;
        }
    }
    double eight[BlockFacts::Lanes / 2] = {};
    for (std::uint32_t i = 0; i < BlockFacts::Lanes / 2; ++i) {
        eight[i] = lanes[i] + lanes[i + BlockFacts::Lanes / 2];
    }
    return ((eight[0] + eight[4]) + (eight[2] + eight[6])) + ((eight[1] + eight[5]) + (eight[3] + eight[7]));
}

struct Itself {
    CKPTSCOPE_HD constexpr double operator()(double value) const noexcept { return value; }
};
struct Square {
    CKPTSCOPE_HD constexpr double operator()(double value) const noexcept { return value * value; }
};
struct SquareAbout {
    double middle;
    CKPTSCOPE_HD constexpr double operator()(double value) const noexcept
    {
        const double away = value - middle;
        return away * away;
    }
};

} // namespace blocks

/// `values`: `count` elements of `kind` (BF16, F16, F32, F64), from 1 to BlockFacts::Values.
template<class Stored>
[[nodiscard]] CKPTSCOPE_HD constexpr BlockFacts factsOf(DType kind, const Stored* values, std::uint32_t count) noexcept
{
    BlockFacts facts;
    facts.count = count;
    blocks::classify(kind, values, facts);
    if (facts.finite == 0) {
        return facts;
    }
    std::uint32_t place = 0;
    std::uint32_t squaresPlace = 0;
    for (std::uint32_t done = 0; done < facts.finite; done += BlockFacts::ShortSum) {
        const std::uint32_t terms = facts.finite - done < BlockFacts::ShortSum ? facts.finite - done : BlockFacts::ShortSum;
        facts.squares += blocks::sumOf(kind, values, squaresPlace, terms, blocks::Square{});
        // CompensatedSum::add(), said again: that class does not run on a GPU
        const double value = blocks::sumOf(kind, values, place, terms, blocks::Itself{});
        const double next = facts.sum + value;
        const double larger = facts.sum < 0 ? -facts.sum : facts.sum;
        const double other = value < 0 ? -value : value;
        facts.rest += larger >= other ? (facts.sum - next) + value : (value - next) + facts.sum;
        facts.sum = next;
    }
    const double compensated = facts.sum + facts.rest;
    const double whole = compensated == compensated ? compensated : facts.sum;
    facts.mean = whole / static_cast<double>(facts.finite);
    const double away = facts.squares - whole * facts.mean;
    if (blocks::digitsLeft(facts.squares, away)) {
        facts.squares = away;
    } else {
        place = 0;
        facts.squares = blocks::sumOf(kind, values, place, facts.finite, blocks::SquareAbout{facts.mean});
    }
    return facts;
}

} // namespace ckptscope
