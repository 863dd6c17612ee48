// SPDX-License-Identifier: Apache-2.0
#include "core/upcast/codetable.h"

#include "core/dtypes/convert.h"

#include <cstring>

namespace ckptscope {

CodeTable codeTable(DType from, DType to)
{
    CodeTable table{};
    const unsigned bits = dtypeInfo(from).blockBits;
    // The fewest elements that fill whole bytes; the code is the first, in the low bits.
    const unsigned count = bits == 4 ? 2 : bits == 6 ? 4 : 1;
    const std::size_t width = dtypeInfo(to).blockBits / 8U;
    std::array<std::byte, 32> out{};
    for (std::size_t code = 0; code < std::size_t{1} << bits; ++code) {
        std::array<std::byte, 3> in{static_cast<std::byte>(code)};
        const auto made = castElements(from, std::span(in).first(count * bits / 8U), to, std::span(out).first(count * width), count);
        if (!made) {
            continue;
        }
        elements::CodeRow& row = table[code];
        std::memcpy(&row.bits, out.data(), width);
        row.loss = {static_cast<std::uint32_t>(made->inexact), static_cast<std::uint32_t>(made->overflowed),
                    static_cast<std::uint32_t>(made->flushed)};
    }
    // The other elements of a group were zeros: what they lost is not the code's.
    if (count > 1) {
        const elements::Loss zero = table[0].loss;
        const auto share = [&](std::uint32_t all, std::uint32_t ofZeros) { return all - ofZeros / count * (count - 1); };
        for (auto& row : table) {
            row.loss = {share(row.loss.inexact, zero.inexact), share(row.loss.overflowed, zero.overflowed), share(row.loss.flushed, zero.flushed)};
        }
    }
    return table;
}

} // namespace ckptscope
