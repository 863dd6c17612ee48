// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/simd/simd.h"

#include <cstddef>
#include <cstdint>
#include <limits>

/// The loops that statistics are made of, one table an instruction set. All give the same bits: sums are kept in
/// SumLanes sums (element i adds to sum i % SumLanes), which joinLanes() adds up. Private to core/values. Elements are
/// packed floats or doubles at any address.
namespace ckptscope::kernels {

inline constexpr std::size_t SumLanes = 16;

/// Of the values as signed numbers that ascend as the floats do (see keyOf), NaN and Inf among them.
template<class Key>
struct Extremes {
    Key low = std::numeric_limits<Key>::max();
    Key high = std::numeric_limits<Key>::min();
    Key least = std::numeric_limits<Key>::max(); ///< smallest magnitude, as bits

    void join(const Extremes& other) noexcept
    {
        low = other.low < low ? other.low : low;
        high = other.high > high ? other.high : high;
        least = other.least < least ? other.least : least;
    }
};

/// What is told apart from ordinary numbers.
struct OddValues {
    std::uint64_t nan = 0;
    std::uint64_t positiveInf = 0;
    std::uint64_t negativeInf = 0;
    std::uint64_t zeros = 0;
    std::uint64_t denormals = 0; ///< below `leastNormal`, and not zero
};

/// Of finite values, in one pass.
struct Sums {
    double values = 0;
    double squares = 0;
};

template<class T, class Key>
struct StatLoops {
    Extremes<Key> (*extremes)(const std::byte* values, std::size_t count);
    OddValues (*odd)(const std::byte* values, std::size_t count, T leastNormal);
    Sums (*sums)(const std::byte* values, std::size_t count);                    ///< of finite ones
    double (*squares)(const std::byte* values, std::size_t count, double about); ///< of the distances from `about`
};

/// The same of elements of 16 bits as they are stored.
struct StatLoops16 {
    Extremes<std::int16_t> (*extremes)(const std::byte* codes, std::size_t count);           ///< of BF16 or F16: decoding keeps their order
    OddValues (*small)(const std::byte* codes, std::size_t count, std::int16_t leastNormal); ///< zeros and denormals among finite ones
    Sums (*sumsOfBf16)(const std::byte* codes, std::size_t count);                           ///< as singles.sums of what they decode to
    double (*squaresOfBf16)(const std::byte* codes, std::size_t count, double about);        ///< likewise
};

struct StatKernels {
    StatLoops16 codes;
    StatLoops<float, std::int32_t> singles;
    StatLoops<double, std::int64_t> doubles;
};

/// Bits of a float as a signed number in the floats' order: negative ones have their magnitude turned round. Its own
/// inverse.
template<class Key>
[[nodiscard]] constexpr Key keyOf(Key bits) noexcept
{
    constexpr int Sign = 8 * sizeof(Key) - 1;
    return static_cast<Key>(bits ^ ((bits >> Sign) & std::numeric_limits<Key>::max()));
}

[[nodiscard]] inline double joinLanes(const double* lanes) noexcept
{
    double eight[SumLanes / 2];
    for (std::size_t i = 0; i < SumLanes / 2; ++i) {
        eight[i] = lanes[i] + lanes[i + SumLanes / 2];
    }
    return ((eight[0] + eight[4]) + (eight[2] + eight[6])) + ((eight[1] + eight[5]) + (eight[3] + eight[7]));
}

[[nodiscard]] const StatKernels& statKernels(SimdLevel level) noexcept;
[[nodiscard]] inline const StatKernels& statKernels() noexcept
{
    return statKernels(simdLevel());
}

} // namespace ckptscope::kernels
