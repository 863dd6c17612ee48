// SPDX-License-Identifier: Apache-2.0
// Opcodes: python/cpython Lib/pickletools.py; those that weights_only takes: pytorch/pytorch
// torch/_weights_only_unpickler.py.
#include "core/fix/pickleedit.h"

#include <algorithm>
#include <cstring>

namespace ckptscope {

namespace {

constexpr std::size_t DepthCap = 100'000; ///< of the stack and its marks

struct Opcode {
    enum class Does : std::uint8_t {
        Push,
        Replace,  ///< takes `takes` values, gives one
        FromMark, ///< takes all down to the mark, gives one
        ToBelow,  ///< takes all down to the mark, changes the one below
        Mark,
        Put,
        Memoize,
        Frame,
        Nothing,
        Stop,
        Cannot,
    } does = Does::Cannot;
    std::uint8_t takes = 0;
    std::int8_t argument = 0; ///< bytes; -1, -2: text lines; -11, -14, -18: bytes with a length of 1, 4, 8 bytes in front
    bool plain = false;
};

Opcode opcodeOf(char code)
{
    using Does = Opcode::Does;
    switch (code) {
    case 'N':
    case '\x88':
    case '\x89':
    case ')':
        return {Does::Push, 0, 0, true};
    case ']':
    case '}':
    case '\x8f':
    case '\x97':
        return {Does::Push, 0, 0, false};
    case 'K':
    case '\x82':
        return {Does::Push, 0, 1, true};
    case 'M':
    case '\x83':
        return {Does::Push, 0, 2, true};
    case 'J':
    case '\x84':
        return {Does::Push, 0, 4, true};
    case 'G':
        return {Does::Push, 0, 8, true};
    case 'I':
    case 'L':
    case 'S':
    case 'V':
    case 'F':
        return {Does::Push, 0, -1, true};
    case 'P':
        return {Does::Push, 0, -1, false};
    case 'c':
        return {Does::Push, 0, -2, true};
    case '\x8a':
    case 'U':
    case 'C':
    case '\x8c':
        return {Does::Push, 0, -11, true};
    case '\x8b':
    case 'T':
    case 'B':
    case 'X':
        return {Does::Push, 0, -14, true};
    case '\x8e':
    case '\x8d':
        return {Does::Push, 0, -18, true};
    case '\x96':
        return {Does::Push, 0, -18, false};
    case 'h':
        return {Does::Push, 0, 1, true};
    case 'j':
        return {Does::Push, 0, 4, true};
    case 'g':
        return {Does::Push, 0, -1, true};
    case '\x85':
        return {Does::Replace, 1, 0, true};
    case '\x86':
        return {Does::Replace, 2, 0, true};
    case '\x87':
        return {Does::Replace, 3, 0, true};
    case 'Q':
    case '\x98':
        return {Does::Replace, 1, 0, false};
    case '\x93':
        return {Does::Replace, 2, 0, true};
    case 'R':
    case '\x81':
    case 'b':
    case 'a':
        return {Does::Replace, 2, 0, false};
    case '\x92':
    case 's':
        return {Does::Replace, 3, 0, false};
    case 't':
        return {Does::FromMark, 0, 0, true};
    case 'l':
    case 'd':
    case '\x91':
    case 'o':
        return {Does::FromMark, 0, 0, false};
    case 'i':
        return {Does::FromMark, 0, -2, false};
    case 'e':
    case 'u':
    case '\x90':
        return {Does::ToBelow, 0, 0, false};
    case '(':
        return {Does::Mark, 0, 0, false};
    case 'p':
        return {Does::Put, 0, -1, false};
    case 'q':
        return {Does::Put, 0, 1, false};
    case 'r':
        return {Does::Put, 0, 4, false};
    case '\x94':
        return {Does::Memoize, 0, 0, false};
    case '\x95':
        return {Does::Frame, 0, 8, false};
    case '\x80':
        return {Does::Nothing, 0, 1, false};
    case '.':
        return {Does::Stop, 0, 0, false};
    default:
        return {};
    }
}

std::uint64_t little(std::string_view bytes)
{
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
        value = value << 8U | static_cast<unsigned char>(bytes[i]);
    }
    return value;
}

std::string littleBytes(std::uint64_t value, std::size_t count)
{
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        out += static_cast<char>(i < sizeof(value) ? value >> (8 * i) & 0xFFU : 0U);
    }
    return out;
}

/// Where the opcode at `at` ends; npos: not within `bytes`.
std::size_t endOf(std::string_view bytes, std::size_t at, const Opcode& opcode)
{
    std::size_t end = at + 1;
    if (opcode.argument >= 0) {
        end += static_cast<std::uint8_t>(opcode.argument); // not negative
    } else if (opcode.argument > -10) {
        for (int line = opcode.argument; line < 0; ++line) {
            const auto newline = bytes.find('\n', end);
            if (newline == std::string_view::npos) {
                return newline;
            }
            end = newline + 1;
        }
    } else {
        const auto width = static_cast<std::size_t>(-10 - opcode.argument);
        if (width > bytes.size() - end) {
            return std::string_view::npos;
        }
        const std::uint64_t length = little(bytes.substr(end, width));
        end += width;
        if (length > bytes.size() - end) {
            return std::string_view::npos;
        }
        end += static_cast<std::size_t>(length);
    }
    return end > bytes.size() ? std::string_view::npos : end;
}

/// The memo's index that a PUT or GET names.
std::uint32_t indexOf(std::string_view opcode)
{
    if (opcode.front() == 'p' || opcode.front() == 'g') {
        std::uint64_t value = 0;
        for (const char c : opcode.substr(1, opcode.size() - 2)) {
            value = c >= '0' && c <= '9' && value < UINT32_MAX ? value * 10 + static_cast<unsigned>(c - '0') : UINT32_MAX;
        }
        return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, UINT32_MAX));
    }
    return static_cast<std::uint32_t>(little(opcode.substr(1)));
}

Error cannot(std::string why)
{
    return fail(Code::FixTorchCannot, {"the pickle", std::move(why)});
}

} // namespace

std::string PickleEditor::text(std::string_view text)
{
    return 'X' + littleBytes(text.size(), 4) + std::string(text);
}

std::string PickleEditor::global(std::string_view module, std::string_view name)
{
    return 'c' + std::string(module) + '\n' + std::string(name) + '\n';
}

std::string PickleEditor::integer(std::uint64_t value)
{
    if (value < 0x100U) {
        return 'K' + littleBytes(value, 1);
    }
    if (value < 0x10000U) {
        return 'M' + littleBytes(value, 2);
    }
    if (value < 0x80000000U) {
        return 'J' + littleBytes(value, 4);
    }
    const std::string bytes = littleBytes(value, value >> 63U != 0 ? 9 : 8);
    return '\x8a' + littleBytes(bytes.size(), 1) + bytes;
}

Result<PickleEditor> PickleEditor::open(std::string bytes)
{
    PickleEditor editor;
    if (bytes.size() >= UINT32_MAX) {
        return cannot("it is over 4 GiB long");
    }
    editor.m_bytes = std::move(bytes);
    if (auto done = editor.walk(); !done) {
        return done.error();
    }
    return editor;
}

Result<void> PickleEditor::walk()
{
    using Does = Opcode::Does;
    struct Value : Item {
        bool plain = false;
    };
    std::vector<Value> stack;
    std::vector<std::pair<std::size_t, std::uint32_t>> marks; // height, where it stands
    const std::string_view bytes = m_bytes;
    std::uint32_t stored = 0;
    const auto tuple = [&](std::size_t from) {
        m_tuples.emplace_back(static_cast<std::uint32_t>(m_children.size()), static_cast<std::uint32_t>(stack.size() - from));
        m_children.insert(m_children.end(), stack.begin() + static_cast<std::ptrdiff_t>(from), stack.end());
        return static_cast<std::uint32_t>(m_tuples.size() - 1);
    };
    for (std::size_t at = 0;;) {
        if (at >= bytes.size()) {
            return cannot("it has no end");
        }
        const Opcode opcode = opcodeOf(bytes[at]);
        const std::size_t end = endOf(bytes, at, opcode);
        if (opcode.does == Does::Cannot || end == std::string_view::npos) {
            return cannot("its opcode at byte " + std::to_string(at) + " cannot be followed");
        }
        const auto here = static_cast<std::uint32_t>(at);
        Value value;
        value.begin = here;
        value.end = static_cast<std::uint32_t>(end);
        value.op = bytes[at];
        value.plain = opcode.plain;
        std::size_t from = stack.size();
        const std::size_t floor = marks.empty() ? 0 : marks.back().first;
        switch (opcode.does) {
        case Does::Push:
            break;
        case Does::Replace:
            if (stack.size() - floor < opcode.takes) {
                return cannot("its stack runs empty at byte " + std::to_string(at));
            }
            from = stack.size() - opcode.takes;
            value.begin = stack[from].begin;
            break;
        case Does::FromMark:
        case Does::ToBelow:
            if (marks.empty()) {
                return cannot("a mark is missing at byte " + std::to_string(at));
            }
            from = marks.back().first;
            value.begin = marks.back().second;
            marks.pop_back();
            if (opcode.does == Does::ToBelow) {
                if (from <= (marks.empty() ? 0 : marks.back().first)) {
                    return cannot("its stack runs empty at byte " + std::to_string(at));
                }
                value.begin = stack[--from].begin;
            }
            break;
        case Does::Mark:
            marks.emplace_back(stack.size(), here);
            if (marks.size() > DepthCap) {
                return cannot("it nests too deeply");
            }
            break;
        case Does::Put:
        case Does::Memoize: {
            if (stack.size() <= floor) {
                return cannot("its stack runs empty at byte " + std::to_string(at));
            }
            const std::uint32_t index = opcode.does == Does::Memoize ? stored++ : indexOf(bytes.substr(at, end - at));
            stack.back().end = value.end;
            if (!m_memo.emplace(index, Definition{stack.back().begin, value.end, stack.back().plain, false}).second) {
                return cannot("it remembers two values under one number");
            }
            m_puts.emplace_back(here, index);
            break;
        }
        case Does::Frame:
        case Does::Nothing:
            break;
        case Does::Stop:
            m_bytes.resize(end); // what stands behind it is no part of it
            return {};
        case Does::Cannot:
            break;
        }
        if (opcode.does == Does::Push || opcode.does == Does::Replace || opcode.does == Does::FromMark || opcode.does == Does::ToBelow) {
            for (std::size_t i = from; i < stack.size(); ++i) {
                value.plain = value.plain && stack[i].plain;
            }
            if (value.op == 't' || value.op == '\x85' || value.op == '\x86' || value.op == '\x87') {
                value.tuple = tuple(from);
            }
            if (value.op == 'R') {
                m_calls.emplace(here, stack.back());
            }
            stack.resize(from);
            stack.push_back(value);
            if (stack.size() > DepthCap * 100) {
                return cannot("it nests too deeply");
            }
        }
        at = end;
    }
}

std::span<const PickleEditor::Item> PickleEditor::children(const Item& tuple) const
{
    if (tuple.tuple == None) {
        return {};
    }
    const auto [first, count] = m_tuples[tuple.tuple];
    return std::span(m_children).subspan(first, count);
}

std::span<const PickleEditor::Item> PickleEditor::arguments(std::uint64_t offset) const
{
    const auto found = offset < UINT32_MAX ? m_calls.find(static_cast<std::uint32_t>(offset)) : m_calls.end();
    return found == m_calls.end() ? std::span<const Item>() : children(found->second);
}

void PickleEditor::replace(const Item& item, std::string with)
{
    m_replacements.push_back({item, std::move(with)});
}

/// Copies opcodes; false: something lost is needed that cannot be defined anew.
bool PickleEditor::emitRange(std::uint32_t begin, std::uint32_t end, bool replacing, std::string& out, int depth)
{
    using Does = Opcode::Does;
    const std::string_view bytes = m_bytes;
    for (std::size_t at = begin; at < end;) {
        if (replacing && m_next < m_replacements.size() && m_replacements[m_next].item.begin == at) {
            const Replacement& change = m_replacements[m_next++];
            out += change.with;
            auto put = std::lower_bound(m_puts.begin(), m_puts.end(), std::pair(change.item.begin, 0U));
            for (; put != m_puts.end() && put->first < change.item.end; ++put) {
                m_memo[put->second].lost = true;
            }
            at = change.item.end;
            continue;
        }
        const Opcode opcode = opcodeOf(bytes[at]);
        const std::size_t next = endOf(bytes, at, opcode);
        const std::string_view whole = bytes.substr(at, next - at);
        if (opcode.does == Does::Frame) { // its length would be another
        } else if (opcode.does == Does::Memoize || opcode.does == Does::Put) {
            // MEMOIZE counts what is remembered, which may have become less: PUT names its number.
            const auto put = std::lower_bound(m_puts.begin(), m_puts.end(), std::pair(static_cast<std::uint32_t>(at), 0U));
            m_memo[put->second].lost = false;
            if (opcode.does == Does::Put) {
                out += whole;
            } else {
                out += put->second < 256 ? 'q' + littleBytes(put->second, 1) : 'r' + littleBytes(put->second, 4);
            }
        } else if (bytes[at] == 'h' || bytes[at] == 'j' || bytes[at] == 'g') {
            const auto known = m_memo.find(indexOf(whole));
            if (known == m_memo.end() || !known->second.lost) {
                out += whole;
            } else if (!known->second.plain || depth > 64 || !emitRange(known->second.begin, known->second.end, false, out, depth + 1)) {
                return false;
            }
        } else {
            out += whole;
        }
        at = next;
    }
    return true;
}

Result<std::string> PickleEditor::finish()
{
    std::stable_sort(m_replacements.begin(), m_replacements.end(),
                     [](const Replacement& a, const Replacement& b) { return a.item.begin < b.item.begin; });
    m_replacements.erase(std::unique(m_replacements.begin(), m_replacements.end(),
                                     [](const Replacement& a, const Replacement& b) {
                                         return a.item.begin == b.item.begin && a.item.end == b.item.end && a.with == b.with;
                                     }),
                         m_replacements.end());
    for (std::size_t i = 1; i < m_replacements.size(); ++i) {
        if (m_replacements[i].item.begin < m_replacements[i - 1].item.end) {
            return cannot("two changes of it overlap");
        }
    }
    m_next = 0;
    std::string out;
    out.reserve(m_bytes.size() + 64 * m_replacements.size());
    if (!emitRange(0, static_cast<std::uint32_t>(m_bytes.size()), true, out, 0)) {
        return cannot("it refers back to what would be replaced");
    }
    return out;
}

} // namespace ckptscope
