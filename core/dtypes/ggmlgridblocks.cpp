// SPDX-License-Identifier: Apache-2.0
// Blocks whose values stand in a codebook. Layouts and arithmetic: ggml-org/ggml src/ggml-common.h, ggml-org/llama.cpp gguf-py/gguf/quants.py.
// Products and sums are separate statements, as in ggmlblocks.cpp.
#include "core/dtypes/convert.h"
#include "core/dtypes/ggmlgrids.h"

#include <bit>

namespace ckptscope::ggml {

namespace {

using Byte = std::uint8_t;

constexpr std::array<float, 4> Map2{8, 25, 43, 0}; ///< IQ2; the fourth does not occur in the grids
constexpr std::array<float, 8> Map3Xxs{4, 12, 20, 28, 36, 44, 52, 62};
constexpr std::array<float, 8> Map3{1, 3, 5, 7, 9, 11, 13, 15};
constexpr std::array<float, 4> Map1{-1, 0, 1, 0};

std::uint16_t word16(const Byte* at) noexcept
{
    return static_cast<std::uint16_t>(at[0] | at[1] << 8);
}

std::uint32_t word32(const Byte* at) noexcept
{
    return word16(at) | static_cast<std::uint32_t>(word16(at + 2)) << 16U;
}

/// Seven sign bits and their parity as the eighth: ggml's ksigns_iq2xs.
unsigned signsOf(std::uint32_t seven) noexcept
{
    return seven | (static_cast<unsigned>(std::popcount(seven)) & 1U) << 7U;
}

float signedAs(float value, unsigned signs, unsigned bit) noexcept
{
    return (signs >> bit & 1U) != 0 ? -value : value;
}

/// Scale of a group: d * (0.5 + s) * by.
float groupScale(float d, unsigned s, float by) noexcept
{
    const float half = 0.5F + static_cast<float>(s);
    const float scaled = d * half;
    return scaled * by;
}

template<std::size_t N>
void eight2(const std::array<Byte, N>& grid, std::size_t entry, float scale, unsigned signs, float* y) noexcept
{
    for (unsigned j = 0; j < 8; ++j) {
        const float value = scale * Map2[gridValue2(grid, entry * 8 + j)];
        y[j] = signedAs(value, signs, j);
    }
}

template<std::size_t N>
void eight3(const std::array<Byte, N>& grid, const std::array<float, 8>& map, std::size_t first, std::size_t second, float scale, unsigned signs,
            float* y) noexcept
{
    for (unsigned j = 0; j < 8; ++j) {
        const float value = scale * map[gridValue4(grid, (j < 4 ? first : second) * 4 + j % 4)];
        y[j] = signedAs(value, signs, j);
    }
}

void eight1(std::size_t entry, float scale, float delta, float* y) noexcept
{
    for (unsigned j = 0; j < 8; ++j) {
        const float shifted = Map1[gridValue2(Iq1Grid, entry * 8 + j)] + delta;
        y[j] = scale * shifted;
    }
}

} // namespace

void iq2Xxs(const Byte* b, float* y) noexcept
{
    const float d = f16ToFloat(word16(b));
    for (unsigned group = 0; group < 8; ++group) {
        const Byte* q = b + 2 + 8 * group;
        const std::uint32_t rest = word32(q + 4); // four times seven signs, and the scale
        const float scale = groupScale(d, rest >> 28U, 0.25F);
        for (unsigned i = 0; i < 4; ++i) {
            eight2(Iq2XxsGrid, q[i], scale, signsOf(rest >> (7 * i) & 0x7FU), y + 32 * group + 8 * i);
        }
    }
}

void iq2Xs(const Byte* b, float* y) noexcept
{
    const float d = f16ToFloat(word16(b));
    for (unsigned i = 0; i < 32; ++i) {
        const std::uint32_t q = word16(b + 2 + 2 * i);
        const float scale = groupScale(d, b[66 + i / 4] >> (4 * (i / 2 % 2)) & 0xFU, 0.25F);
        eight2(Iq2XsGrid, q & 511U, scale, signsOf(q >> 9U), y + 8 * i);
    }
}

void iq2S(const Byte* b, float* y) noexcept
{
    const float d = f16ToFloat(word16(b));
    for (unsigned i = 0; i < 32; ++i) {
        const std::size_t entry = b[2 + i] | (b[66 + i / 4] >> (2 * (i % 4)) & 3U) << 8U;
        const float scale = groupScale(d, b[74 + i / 4] >> (4 * (i / 2 % 2)) & 0xFU, 0.25F);
        eight2(Iq2SGrid, entry, scale, b[34 + i], y + 8 * i);
    }
}

void iq3Xxs(const Byte* b, float* y) noexcept
{
    const float d = f16ToFloat(word16(b));
    for (unsigned group = 0; group < 8; ++group) {
        const std::uint32_t rest = word32(b + 66 + 4 * group);
        const float scale = groupScale(d, rest >> 28U, 0.5F);
        for (unsigned i = 0; i < 4; ++i) {
            const Byte* q = b + 2 + 8 * group + 2 * i;
            eight3(Iq3XxsGrid, Map3Xxs, q[0], q[1], scale, signsOf(rest >> (7 * i) & 0x7FU), y + 32 * group + 8 * i);
        }
    }
}

void iq3S(const Byte* b, float* y) noexcept
{
    const float d = f16ToFloat(word16(b));
    for (unsigned i = 0; i < 32; ++i) {
        const Byte* q = b + 2 + 2 * i;
        const unsigned highs = b[66 + i / 4] >> (2 * (i % 4));
        const unsigned s = b[106 + i / 8] >> (4 * (i / 4 % 2)) & 0xFU;
        const float scale = d * static_cast<float>(1 + 2 * s);
        eight3(Iq3SGrid, Map3, q[0] | (highs & 1U) << 8U, q[1] | (highs >> 1U & 1U) << 8U, scale, b[74 + i], y + 8 * i);
    }
}

void iq1S(const Byte* b, float* y) noexcept
{
    const float d = f16ToFloat(word16(b));
    for (unsigned group = 0; group < 8; ++group) {
        const unsigned highs = word16(b + 34 + 2 * group);
        const float scale = d * static_cast<float>(2 * (highs >> 12U & 7U) + 1);
        for (unsigned i = 0; i < 4; ++i) {
            const std::size_t entry = b[2 + 4 * group + i] | (highs >> (3 * i) & 7U) << 8U;
            eight1(entry, scale, (highs & 0x8000U) != 0 ? -0.125F : 0.125F, y + 32 * group + 8 * i);
        }
    }
}

void iq1M(const Byte* b, float* y) noexcept
{
    unsigned bits = 0; // the scale of the block: the high nibbles of four words
    for (unsigned i = 0; i < 4; ++i) {
        bits |= static_cast<unsigned>(word16(b + 48 + 2 * i) >> 12U) << (4 * i);
    }
    const float d = f16ToFloat(static_cast<std::uint16_t>(bits));
    for (unsigned i = 0; i < 32; ++i) {
        const unsigned packed = b[32 + i / 2] >> (4 * (i % 2));
        const unsigned s = word16(b + 48 + 2 * (i / 8)) >> (3 * (i / 2 % 4)) & 7U;
        const float scale = d * static_cast<float>(2 * s + 1);
        eight1(b[i] | (packed & 7U) << 8U, scale, (packed & 8U) != 0 ? -0.125F : 0.125F, y + 8 * i);
    }
}

} // namespace ckptscope::ggml
