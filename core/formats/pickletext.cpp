// SPDX-License-Identifier: Apache-2.0
#include "core/formats/pickletext.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>

namespace ckptscope::pickle {

namespace {

int hexDigit(char c) noexcept
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void appendUtf8(std::string& out, std::uint32_t c)
{
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0U | c >> 6U);
        out += static_cast<char>(0x80U | (c & 0x3FU));
    } else if (c < 0x10000) { // lone surrogates too, as Python's "surrogatepass"
        out += static_cast<char>(0xE0U | c >> 12U);
        out += static_cast<char>(0x80U | (c >> 6U & 0x3FU));
        out += static_cast<char>(0x80U | (c & 0x3FU));
    } else {
        out += static_cast<char>(0xF0U | (c >> 18U & 7U));
        out += static_cast<char>(0x80U | (c >> 12U & 0x3FU));
        out += static_cast<char>(0x80U | (c >> 6U & 0x3FU));
        out += static_cast<char>(0x80U | (c & 0x3FU));
    }
}

} // namespace

std::string hexOf(unsigned value)
{
    std::array<char, 8> text{};
    char* const end = std::to_chars(text.data(), text.data() + text.size(), value, 16).ptr;
    return "0x" + std::string(text.data(), end);
}

std::string unescapeUnicodeLine(std::string_view line)
{
    std::string out;
    for (std::size_t i = 0; i < line.size();) {
        const std::size_t digits = line[i] != '\\' || i + 1 >= line.size() ? 0 : line[i + 1] == 'u' ? 4 : line[i + 1] == 'U' ? 8 : 0;
        std::uint32_t value = 0;
        bool good = digits > 0 && i + 2 + digits <= line.size();
        for (std::size_t d = 0; good && d < digits; ++d) {
            const auto digit = hexDigit(line[i + 2 + d]);
            good = digit >= 0;
            value = value << 4U | static_cast<std::uint32_t>(digit & 15);
        }
        if (good) {
            appendUtf8(out, value);
            i += 2 + digits;
        } else {
            appendUtf8(out, static_cast<unsigned char>(line[i]));
            ++i;
        }
    }
    return out;
}

std::optional<std::string> unquote(std::string_view line)
{
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) {
        line.remove_suffix(1);
    }
    if (line.size() < 2 || (line.front() != '"' && line.front() != '\'') || line.back() != line.front()) {
        return std::nullopt;
    }
    line = line.substr(1, line.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] != '\\' || i + 1 >= line.size()) {
            out += line[i];
            continue;
        }
        const auto c = line[++i];
        constexpr std::string_view From = "nrtabfv\\'\"0";
        constexpr std::string_view To{"\n\r\t\a\b\f\v\\'\"\0", 11};
        if (c == 'x' && i + 2 < line.size() + 0 && hexDigit(line[i + 1]) >= 0 && hexDigit(line[i + 2]) >= 0) {
            out += static_cast<char>(hexDigit(line[i + 1]) << 4 | hexDigit(line[i + 2]));
            i += 2;
        } else if (c >= '0' && c <= '7') {
            unsigned value = 0;
            std::size_t n = 0;
            for (; n < 3 && i + n < line.size() && line[i + n] >= '0' && line[i + n] <= '7'; ++n) {
                value = value << 3U | static_cast<unsigned>(line[i + n] - '0');
            }
            out += static_cast<char>(value);
            i += n - 1;
        } else if (const auto at = From.find(c); at != std::string_view::npos) {
            out += To[at];
        } else {
            out += '\\';
            out += c;
        }
    }
    return out;
}

} // namespace ckptscope::pickle
