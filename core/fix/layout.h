// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace ckptscope {

/// File systems share whole blocks; this is a constant, so that every machine writes the same bytes.
inline constexpr std::uint64_t ShareBlock = 4096;
/// An untouched run of at least this many bytes is worth keeping in step with its source.
inline constexpr std::uint64_t LongRun = 128ULL << 10U;

/// One tensor of a shard that is laid out anew; dropped ones are left out.
struct LayoutItem {
    std::uint64_t source = 0;    ///< where it begins in the source file
    std::uint64_t length = 0;    ///< in the source
    std::uint64_t newLength = 0; ///< in the output
    std::uint32_t align = 1;     ///< element size in the output, a power of two
    bool edited = false;         ///< its bytes change: it need not stay in step with anything
};

/// An order for the byte buffer: dense, every tensor aligned to its element.
struct BufferLayout {
    std::vector<std::uint32_t> order;     ///< indexes of items, as they lie in the buffer
    std::vector<std::uint64_t> begins;    ///< one an item: its place in the buffer
    std::uint64_t bytes = 0;              ///< of the buffer
    std::optional<std::uint64_t> residue; ///< what the buffer's place in the file must be modulo ShareBlock; nullopt: any multiple of 8
    std::uint64_t shareable = 0;          ///< bytes in whole blocks that can then be shared with the source
};

/// Chooses the order in which most bytes keep their place modulo ShareBlock (see docs/layout.md): long untouched runs stay in source order;
/// between two of them go those edited tensors whose sizes bring the next run back into step; what is left over goes to the front.
/// `items` come in source order (by place in the file). Deterministic.
[[nodiscard]] BufferLayout chooseLayout(std::span<const LayoutItem> items);

/// Bytes of a range that lie in whole blocks, and so can be shared where source and target agree modulo ShareBlock.
[[nodiscard]] std::uint64_t wholeBlockBytes(std::uint64_t target, std::uint64_t length) noexcept;

} // namespace ckptscope
