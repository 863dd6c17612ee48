// SPDX-License-Identifier: Apache-2.0
#include "core/text/jsonscan.h"

#include "core/text/text.h"

#include <array>
#include <bit>
#include <cstring>

namespace ckptscope {

namespace {

constexpr bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// Bytes that end the fast run through a string: quote, backslash, controls, and everything that is not ASCII.
constexpr auto StopsString = [] {
    std::array<bool, 256> stops{};
    for (std::size_t c = 0; c < stops.size(); ++c) {
        stops[c] = c < 0x20 || c >= 0x80 || c == '"' || c == '\\';
    }
    return stops;
}();

/// Where the first byte stands that ends the fast run, from `at` on; the text's size where none does.
std::size_t plainRun(std::string_view text, std::size_t at)
{
    if constexpr (std::endian::native == std::endian::little) { // eight bytes at a time: the first mark is exact
        constexpr std::uint64_t Ones = 0x0101010101010101ULL;
        constexpr std::uint64_t Highs = 0x8080808080808080ULL;
        for (; at + 8 <= text.size(); at += 8) {
            std::uint64_t eight = 0;
            std::memcpy(&eight, text.data() + at, 8);
            const std::uint64_t quote = eight ^ (Ones * '"');
            const std::uint64_t backslash = eight ^ (Ones * '\\');
            const std::uint64_t stops =
                (((quote - Ones) & ~quote) | ((backslash - Ones) & ~backslash) | ((eight - Ones * 0x20) & ~eight) | eight) & Highs;
            if (stops != 0) {
                return at + static_cast<std::size_t>(std::countr_zero(stops)) / 8;
            }
        }
    }
    while (at < text.size() && !StopsString[static_cast<unsigned char>(text[at])]) {
        ++at;
    }
    return at;
}

int hexValue(char c)
{
    if (isDigit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

/// Four hex digits at `at`; -1: not that.
int hex4(std::string_view text, std::size_t at)
{
    if (at + 4 > text.size()) {
        return -1;
    }
    int value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        const int digit = hexValue(text[at + i]);
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

void appendUtf8(std::string& out, std::uint32_t code)
{
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | (code >> 6U));
        out += static_cast<char>(0x80 | (code & 0x3FU));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | (code >> 12U));
        out += static_cast<char>(0x80 | ((code >> 6U) & 0x3FU));
        out += static_cast<char>(0x80 | (code & 0x3FU));
    } else {
        out += static_cast<char>(0xF0 | (code >> 18U));
        out += static_cast<char>(0x80 | ((code >> 12U) & 0x3FU));
        out += static_cast<char>(0x80 | ((code >> 6U) & 0x3FU));
        out += static_cast<char>(0x80 | (code & 0x3FU));
    }
}

} // namespace

JsonScanner::Kind JsonScanner::peek() noexcept
{
    skipSpace();
    if (m_at >= m_text.size()) {
        m_why = "it ends too early";
        return Kind::Invalid;
    }
    switch (m_text[m_at]) {
    case '{':
        return Kind::Object;
    case '[':
        return Kind::Array;
    case '"':
        return Kind::String;
    case 't':
        return Kind::True;
    case 'f':
        return Kind::False;
    case 'n':
        return Kind::Null;
    default:
        if (m_text[m_at] == '-' || isDigit(m_text[m_at])) {
            return Kind::Number;
        }
        m_why = "a value was expected";
        return Kind::Invalid;
    }
}

bool JsonScanner::expected(char c) noexcept
{
    switch (c) {
    case '{':
        return no("'{' was expected");
    case '}':
        return no("'}' was expected");
    case '[':
        return no("'[' was expected");
    case ']':
        return no("']' was expected");
    case ':':
        return no("':' was expected");
    default:
        return no("',' was expected");
    }
}

bool JsonScanner::string(std::string_view& raw, bool& escaped) noexcept
{
    skipSpace();
    if (m_at >= m_text.size() || m_text[m_at] != '"') {
        return no("a string was expected");
    }
    const std::size_t start = ++m_at;
    bool ascii = true;
    escaped = false;
    while (true) {
        m_at = plainRun(m_text, m_at);
        if (m_at >= m_text.size()) {
            return no("a string does not end");
        }
        const char c = m_text[m_at];
        if (c == '"') {
            break;
        }
        if (c == '\\') {
            escaped = true;
            if (m_at + 1 >= m_text.size()) {
                return no("a string does not end");
            }
            const char e = m_text[m_at + 1];
            if (e == 'u') {
                const int unit = hex4(m_text, m_at + 2);
                if (unit < 0) {
                    return no("\\u without four hex digits");
                }
                if (unit >= 0xDC00 && unit <= 0xDFFF) {
                    return no("a lone surrogate");
                }
                m_at += 6;
                if (unit >= 0xD800 && unit <= 0xDBFF) {
                    int low = -1;
                    if (m_at + 1 < m_text.size() && m_text[m_at] == '\\' && m_text[m_at + 1] == 'u') {
                        low = hex4(m_text, m_at + 2);
                    }
                    if (low < 0xDC00 || low > 0xDFFF) {
                        return no("a lone surrogate");
                    }
                    m_at += 6;
                }
            } else if (e == '"' || e == '\\' || e == '/' || e == 'b' || e == 'f' || e == 'n' || e == 'r' || e == 't') {
                m_at += 2;
            } else {
                return no("an unknown escape");
            }
            continue;
        }
        if (static_cast<unsigned char>(c) < 0x20) {
            return no("a control character in a string");
        }
        ascii = false;
        ++m_at;
    }
    raw = m_text.substr(start, m_at - start);
    if (!ascii && !isUtf8(raw)) {
        m_at = start;
        return no("a string that is not UTF-8");
    }
    ++m_at;
    return true;
}

bool JsonScanner::number(std::string_view& raw) noexcept
{
    skipSpace();
    const std::size_t start = m_at;
    const auto digits = [&] {
        const std::size_t first = m_at;
        while (m_at < m_text.size() && isDigit(m_text[m_at])) {
            ++m_at;
        }
        return m_at > first;
    };
    if (m_at < m_text.size() && m_text[m_at] == '-') {
        ++m_at;
    }
    const std::size_t whole = m_at;
    if (!digits()) {
        return no("a number was expected");
    }
    if (m_text[whole] == '0' && m_at > whole + 1) {
        m_at = whole;
        return no("a number with a leading zero");
    }
    if (m_at < m_text.size() && m_text[m_at] == '.') {
        ++m_at;
        if (!digits()) {
            return no("a number that ends in '.'");
        }
    }
    if (m_at < m_text.size() && (m_text[m_at] == 'e' || m_text[m_at] == 'E')) {
        ++m_at;
        if (m_at < m_text.size() && (m_text[m_at] == '+' || m_text[m_at] == '-')) {
            ++m_at;
        }
        if (!digits()) {
            return no("a number without an exponent's digits");
        }
    }
    raw = m_text.substr(start, m_at - start);
    return true;
}

bool JsonScanner::unsignedInteger(std::uint64_t& value) noexcept
{
    skipSpace();
    const std::size_t start = m_at;
    std::uint64_t sum = 0;
    while (m_at < m_text.size() && isDigit(m_text[m_at])) {
        const auto digit = static_cast<std::uint64_t>(m_text[m_at] - '0');
        if (__builtin_mul_overflow(sum, std::uint64_t{10}, &sum) || __builtin_add_overflow(sum, digit, &sum)) {
            m_at = start;
            return no("a number over 64 bits");
        }
        ++m_at;
    }
    if (m_at == start) {
        return no("an unsigned integer was expected");
    }
    if (m_text[start] == '0' && m_at > start + 1) {
        m_at = start;
        return no("a number with a leading zero");
    }
    if (m_at < m_text.size() && (m_text[m_at] == '.' || m_text[m_at] == 'e' || m_text[m_at] == 'E')) {
        m_at = start;
        return no("an unsigned integer was expected, not a fraction");
    }
    value = sum;
    return true;
}

bool JsonScanner::literal(std::string_view word) noexcept
{
    skipSpace();
    if (m_text.substr(m_at, word.size()) != word) {
        return no("a value was expected");
    }
    m_at += word.size();
    return true;
}

bool JsonScanner::skipValue(int levels) noexcept
{
    // A stack of bits: 1 for an object, 0 for an array.
    std::array<bool, MaxDepth> object{};
    int depth = 0;
    std::string_view raw;
    bool escaped = false;
    while (true) {
        bool opened = false;
        switch (peek()) {
        case Kind::Object:
        case Kind::Array: {
            if (depth >= levels || depth >= MaxDepth) {
                return no("it nests deeper than 128 levels");
            }
            const bool isObject = m_text[m_at] == '{';
            ++m_at;
            skipSpace();
            if (m_at < m_text.size() && m_text[m_at] == (isObject ? '}' : ']')) {
                ++m_at;
            } else {
                object[static_cast<std::size_t>(depth++)] = isObject;
                opened = true;
            }
            break;
        }
        case Kind::String:
            if (!string(raw, escaped)) {
                return false;
            }
            break;
        case Kind::Number:
            if (!number(raw)) {
                return false;
            }
            break;
        case Kind::True:
            if (!literal("true")) {
                return false;
            }
            break;
        case Kind::False:
            if (!literal("false")) {
                return false;
            }
            break;
        case Kind::Null:
            if (!literal("null")) {
                return false;
            }
            break;
        case Kind::Invalid:
            return false;
        }
        // A value is complete, or a container was opened: go to where the next value starts.
        while (!opened) {
            if (depth == 0) {
                return true;
            }
            skipSpace();
            const bool inObject = object[static_cast<std::size_t>(depth - 1)];
            if (m_at < m_text.size() && m_text[m_at] == ',') {
                ++m_at;
                break;
            }
            if (!take(inObject ? '}' : ']')) {
                return false;
            }
            --depth;
        }
        if (object[static_cast<std::size_t>(depth - 1)]) {
            if (!string(raw, escaped) || !take(':')) {
                return false;
            }
        }
    }
}

bool JsonScanner::atEnd() noexcept
{
    skipSpace();
    return m_at >= m_text.size();
}

bool JsonScanner::unescape(std::string_view raw, std::string& out)
{
    out.clear();
    out.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '\\') {
            out += raw[i];
            continue;
        }
        if (++i >= raw.size()) {
            return false;
        }
        switch (raw[i]) {
        case '"':
        case '\\':
        case '/':
            out += raw[i];
            break;
        case 'b':
            out += '\b';
            break;
        case 'f':
            out += '\f';
            break;
        case 'n':
            out += '\n';
            break;
        case 'r':
            out += '\r';
            break;
        case 't':
            out += '\t';
            break;
        case 'u': {
            const int unit = hex4(raw, i + 1);
            if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) {
                return false;
            }
            i += 4;
            auto code = static_cast<std::uint32_t>(unit);
            if (unit >= 0xD800 && unit <= 0xDBFF) {
                const int low = i + 2 < raw.size() && raw[i + 1] == '\\' && raw[i + 2] == 'u' ? hex4(raw, i + 3) : -1;
                if (low < 0xDC00 || low > 0xDFFF) {
                    return false;
                }
                i += 6;
                code = 0x10000 + ((code - 0xD800) << 10U) + (static_cast<std::uint32_t>(low) - 0xDC00);
            }
            appendUtf8(out, code);
            break;
        }
        default:
            return false;
        }
    }
    return true;
}

} // namespace ckptscope
