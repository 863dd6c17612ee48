// SPDX-License-Identifier: Apache-2.0
#include "core/formats/pickle.h"

#include "core/formats/picklemachine.h"
#include "core/formats/pickleopcodes.h"

#include <algorithm>

namespace ckptscope::pickle {

Limits& limits() noexcept
{
    static Limits table;
    return table;
}

Parsed parse(const ByteSource& source, std::uint64_t start, MemoryBudget& budget, const JobContext& job, std::uint64_t opcodes)
{
    Parsed out;
    out.end = start;
    Machine(source, start, budget, job, std::max(opcodes, limits().opcodes), out).run();
    return out;
}

bool looksLikePickle(std::span<const std::byte> head) noexcept
{
    if (head.size() < 3 || head[0] != std::byte{Proto} || head[1] > std::byte{5}) {
        return false;
    }
    const auto op = std::to_integer<unsigned char>(head[2]);
    return Arguments[op] != Argument::Unknown;
}

bool walksAsPickle(std::span<const std::byte> head, bool cut) noexcept
{
    const auto text = asText(head);
    for (std::size_t at = 0; at < head.size();) {
        const auto op = std::to_integer<unsigned char>(head[at++]);
        std::uint64_t skip = 0;
        const auto left = head.size() - at;
        switch (Arguments[op]) {
        case Argument::Unknown:
            return false;
        case Argument::None:
            if (op == Stop) {
                return at > 1;
            }
            break;
        case Argument::Fixed1:
            skip = 1;
            break;
        case Argument::Fixed2:
            skip = 2;
            break;
        case Argument::Fixed4:
            skip = 4;
            break;
        case Argument::Fixed8:
            skip = 8;
            break;
        case Argument::Line:
        case Argument::TwoLines:
            for (int lines = Arguments[op] == Argument::Line ? 1 : 2; lines > 0; --lines) {
                const auto end = text.find('\n', at);
                if (end == std::string_view::npos) {
                    return cut;
                }
                at = end + 1;
            }
            continue;
        case Argument::Counted1:
            skip = left < 1 ? UINT64_MAX : 1 + std::to_integer<std::uint64_t>(head[at]);
            break;
        case Argument::Counted4:
            skip = left < 4 ? UINT64_MAX : 4 + static_cast<std::uint64_t>(le32(head.data() + at));
            break;
        case Argument::Counted8:
            skip = left < 8 || le64(head.data() + at) > left - 8 ? UINT64_MAX : 8 + le64(head.data() + at);
            break;
        }
        if (skip > left) {
            return cut;
        }
        at += static_cast<std::size_t>(skip);
    }
    return cut;
}

} // namespace ckptscope::pickle
