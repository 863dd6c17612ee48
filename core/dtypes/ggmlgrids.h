// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ckptscope::ggml {

/// Codebooks of ggml's IQ1, IQ2 and IQ3 blocks, packed; gridValue2() and gridValue4() unpack a value's place in its map.
extern const std::array<std::uint8_t, 512> Iq2XxsGrid; ///< 256 entries of 8 values, 2 bits each
extern const std::array<std::uint8_t, 1024> Iq2XsGrid; ///< 512 of 8
extern const std::array<std::uint8_t, 2048> Iq2SGrid;  ///< 1024 of 8
extern const std::array<std::uint8_t, 512> Iq3XxsGrid; ///< 256 of 4, 4 bits each
extern const std::array<std::uint8_t, 1024> Iq3SGrid;  ///< 512 of 4
extern const std::array<std::uint8_t, 4096> Iq1Grid;   ///< 2048 of 8, 2 bits each

/// `n`-th value of a grid of 2 bits a value: entry * 8 + place.
template<std::size_t N>
[[nodiscard]] unsigned gridValue2(const std::array<std::uint8_t, N>& grid, std::size_t n) noexcept
{
    return grid[n / 4] >> (2 * (n % 4)) & 3U;
}
/// The same of 4 bits a value: entry * 4 + place.
template<std::size_t N>
[[nodiscard]] unsigned gridValue4(const std::array<std::uint8_t, N>& grid, std::size_t n) noexcept
{
    return grid[n / 2] >> (4 * (n % 2)) & 7U;
}

/// Decodes one block of 256 elements of each type; `block` is little-endian, as decodeGgmlBlocks() takes it.
void iq2Xxs(const std::uint8_t* block, float* out) noexcept;
void iq2Xs(const std::uint8_t* block, float* out) noexcept;
void iq2S(const std::uint8_t* block, float* out) noexcept;
void iq3Xxs(const std::uint8_t* block, float* out) noexcept;
void iq3S(const std::uint8_t* block, float* out) noexcept;
void iq1S(const std::uint8_t* block, float* out) noexcept;
void iq1M(const std::uint8_t* block, float* out) noexcept;

} // namespace ckptscope::ggml
