// SPDX-License-Identifier: Apache-2.0
#include "core/text/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

namespace ckptscope {

namespace {

/// Length of the well-formed UTF-8 sequence at `at`, its code point in `code`; 0: not well-formed there.
std::size_t decodeUtf8(std::string_view text, std::size_t at, std::uint32_t& code) noexcept
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) {
        code = lead;
        return 1;
    }
    std::size_t length = 0;
    std::uint32_t least = 0;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
        code = lead & 0x1FU;
        least = 0x80;
    } else if ((lead & 0xF0U) == 0xE0) {
        length = 3;
        code = lead & 0x0FU;
        least = 0x800;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        code = lead & 0x07U;
        least = 0x10000;
    } else {
        return 0;
    }
    if (at + length > text.size()) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80) {
            return 0;
        }
        code = (code << 6U) | (byte(i) & 0x3FU);
    }
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < least || code > 0x10FFFF || surrogate ? 0 : length;
}

/// Characters that change how text around them is shown, or show nothing: controls, bidi marks, zero-width and tag characters.
bool isDeceptive(std::uint32_t code) noexcept
{
    struct Span {
        std::uint32_t first;
        std::uint32_t last;
    };
    static constexpr std::array Spans{
        Span{0x00, 0x1F},     Span{0x7F, 0x9F},       Span{0xAD, 0xAD},       Span{0x34F, 0x34F},   Span{0x61C, 0x61C},
        Span{0x115F, 0x1160}, Span{0x17B4, 0x17B5},   Span{0x180B, 0x180F},   Span{0x200B, 0x200F}, Span{0x2028, 0x202E},
        Span{0x2060, 0x206F}, Span{0x3164, 0x3164},   Span{0xFE00, 0xFE0F},   Span{0xFEFF, 0xFEFF}, Span{0xFFA0, 0xFFA0},
        Span{0xFFF0, 0xFFFC}, Span{0x1D173, 0x1D17A}, Span{0xE0000, 0xE0FFF}, Span{0xE000, 0xF8FF},
    };
    return std::any_of(Spans.begin(), Spans.end(), [&](const Span& s) { return code >= s.first && code <= s.last; });
}

std::string hexByte(unsigned char byte)
{
    constexpr std::string_view Digits = "0123456789abcdef";
    return {'\\', 'x', Digits[byte >> 4U], Digits[byte & 0xFU]};
}

std::string hexCode(std::uint32_t code)
{
    std::array<char, 12> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), code, 16).ptr;
    return "\\u{" + std::string(digits.data(), end) + "}";
}

/// Three significant digits with at least the unit's own precision: "4.10", "65.3", "128".
std::string threeDigits(double value, const NumberStyle& style)
{
    const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals).ptr;
    std::string text(buffer.data(), end);
    if (const auto dot = text.find('.'); dot != std::string::npos) {
        text.replace(dot, 1, style.decimalPoint);
    }
    return text;
}

std::string scaled(std::uint64_t amount, double step, const std::array<std::string_view, 7>& units, const NumberStyle& style)
{
    auto value = static_cast<double>(amount);
    std::size_t unit = 0;
    // The limit is where three digits would round up to the next unit: 1023.6 KiB is "1.00 MiB", 999.6 K is "1.00 M".
    while (value >= (unit == 0 ? step : step - 0.5) && unit + 1 < units.size()) {
        value /= step;
        ++unit;
    }
    if (unit == 0) {
        return groupedNumber(amount, style) + std::string(units[0]);
    }
    std::string number = threeDigits(value, style);
    if (value >= 999.5) { // 1,000 to 1,023 of a binary unit
        number = groupedNumber(static_cast<std::uint64_t>(std::llround(value)), style);
    }
    return number + std::string(units[unit]);
}

} // namespace

std::string groupedNumber(std::uint64_t value, const NumberStyle& style)
{
    const std::string digits = std::to_string(value);
    std::string out;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) {
            out += style.groupSeparator;
        }
        out += digits[i];
    }
    return out;
}

std::string byteText(std::uint64_t bytes, const NumberStyle& style)
{
    static constexpr std::array<std::string_view, 7> Units{" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
    return scaled(bytes, 1024.0, Units, style);
}

std::string countText(std::uint64_t count, const NumberStyle& style)
{
    static constexpr std::array<std::string_view, 7> Units{"", " K", " M", " B", " T", " P", " E"};
    return scaled(count, 1000.0, Units, style);
}

std::string numberText(double value)
{
    if (std::isnan(value)) {
        return "NaN";
    }
    if (std::isinf(value)) {
        return value < 0 ? "-Infinity" : "Infinity";
    }
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return {buffer.data(), end};
}

std::string durationText(double seconds)
{
    const auto whole = static_cast<std::uint64_t>(std::max(0.0, std::round(seconds)));
    if (whole < 60) {
        return std::to_string(whole) + " s";
    }
    if (whole < 3600) {
        return std::to_string(whole / 60) + " min" + (whole % 60 != 0 ? " " + std::to_string(whole % 60) + " s" : "");
    }
    const std::uint64_t minutes = whole / 60 % 60;
    return std::to_string(whole / 3600) + " h" + (minutes != 0 ? " " + std::to_string(minutes) + " min" : "");
}

std::string shapeText(const std::uint64_t* dims, std::size_t rank)
{
    if (rank == 0) {
        return "scalar";
    }
    std::string out;
    for (std::size_t i = 0; i < rank; ++i) {
        if (i > 0) {
            out += " \u00D7 ";
        }
        out += std::to_string(dims[i]);
    }
    return out;
}

std::string displayName(std::string_view raw, std::size_t limit)
{
    // Fast for what nearly every name is: short printable ASCII.
    const auto plain = [](char c) { return c > 0x20 && c < 0x7F && c != '\\'; };
    if ((limit == 0 || raw.size() <= limit) && std::all_of(raw.begin(), raw.end(), plain)) {
        return std::string(raw);
    }
    std::vector<std::string> shown; // one a character, so that the cut falls between characters
    shown.reserve(std::min<std::size_t>(raw.size(), 4096));
    const std::size_t firstInner = raw.find_first_not_of(' ');
    const std::size_t lastInner = raw.find_last_not_of(' ');
    for (std::size_t at = 0; at < raw.size();) {
        // Of a very long name only both ends are looked at.
        if (limit != 0 && raw.size() > limit * 16 && at == limit * 4) {
            at = raw.size() - limit * 4;
            shown.emplace_back();
        }
        std::uint32_t code = 0;
        const std::size_t length = decodeUtf8(raw, at, code);
        if (length == 0) {
            shown.push_back(hexByte(static_cast<unsigned char>(raw[at])));
            ++at;
            continue;
        }
        if (isDeceptive(code)) {
            shown.push_back(hexCode(code));
        } else if (code == '\\') {
            shown.emplace_back("\\\\");
        } else if (code == ' ' && (firstInner == std::string_view::npos || at < firstInner || at > lastInner)) {
            shown.emplace_back("\u2423");
        } else {
            shown.emplace_back(raw.substr(at, length));
        }
        at += length;
    }
    std::string out;
    if (limit == 0 || shown.size() <= limit) {
        for (const std::string& part : shown) {
            out += part;
        }
        return out;
    }
    const std::size_t tail = limit / 2;
    const std::size_t head = limit - tail - 1;
    for (std::size_t i = 0; i < head; ++i) {
        out += shown[i];
    }
    out += "\u2026";
    for (std::size_t i = shown.size() - tail; i < shown.size(); ++i) {
        out += shown[i];
    }
    return out;
}

bool isUtf8(std::string_view text) noexcept
{
    std::uint32_t code = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = decodeUtf8(text, at, code);
        if (length == 0) {
            return false;
        }
        at += length;
    }
    return true;
}

std::string escapeInvalidUtf8(std::string_view text)
{
    std::string out;
    std::uint32_t code = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = decodeUtf8(text, at, code);
        if (length == 0) {
            out += hexByte(static_cast<unsigned char>(text[at]));
            ++at;
        } else {
            out += text.substr(at, length);
            at += length;
        }
    }
    return out;
}

std::optional<std::uint64_t> parseSize(std::string_view text) noexcept
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc() || !(value >= 0)) {
        return std::nullopt;
    }
    std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    while (!unit.empty() && unit.front() == ' ') {
        unit.remove_prefix(1);
    }
    std::string lower(unit);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    struct Unit {
        std::string_view name;
        double factor;
    };
    static constexpr std::array Units{
        Unit{"", 1},
        Unit{"k", 1e3},
        Unit{"m", 1e6},
        Unit{"g", 1e9},
        Unit{"t", 1e12},
        Unit{"kb", 1e3},
        Unit{"mb", 1e6},
        Unit{"gb", 1e9},
        Unit{"tb", 1e12},
        Unit{"kib", 1024.0},
        Unit{"mib", 1048576.0},
        Unit{"gib", 1073741824.0},
        Unit{"tib", 1099511627776.0},
    };
    if (unit == "B") { // alone it is bytes; as a count ("35B") it means billions: callers who count ask parseCount
        lower.clear();
    }
    for (const Unit& row : Units) {
        if (row.name == lower) {
            const double bytes = value * row.factor;
            if (bytes >= 9.2e18) {
                return std::nullopt;
            }
            return static_cast<std::uint64_t>(std::llround(bytes));
        }
    }
    return std::nullopt;
}

namespace {

/// A backslash in front of what is special takes its meaning away.
bool isEscape(std::string_view pattern, std::size_t at) noexcept
{
    return pattern[at] == '\\' && at + 1 < pattern.size() && (pattern[at + 1] == '*' || pattern[at + 1] == '?' || pattern[at + 1] == '\\');
}

} // namespace

bool globMatch(std::string_view pattern, std::string_view text) noexcept
{
    // One star is remembered: backtracking to an earlier one can never help, so the cost is |pattern| * |text| at worst.
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t mark = 0;
    while (t < text.size()) {
        const bool escape = p < pattern.size() && isEscape(pattern, p);
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            mark = t;
        } else if (escape ? pattern[p + 1] == text[t] : p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            p += escape ? 2 : 1;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') {
        ++p;
    }
    return p == pattern.size();
}

bool isGlob(std::string_view pattern) noexcept
{
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        if (isEscape(pattern, at)) {
            ++at;
        } else if (pattern[at] == '*' || pattern[at] == '?') {
            return true;
        }
    }
    return false;
}

std::string globQuoted(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (c == '*' || c == '?' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out;
}

std::string_view nearestWord(std::string_view word, const std::string_view* words, std::size_t count)
{
    std::string_view best;
    std::size_t bestDistance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (std::size_t w = 0; w < count; ++w) {
        const std::string_view other = words[w];
        std::vector<std::size_t> row(other.size() + 1);
        std::vector<std::size_t> above(row);
        std::vector<std::size_t> second(row); // above that
        for (std::size_t j = 0; j <= other.size(); ++j) {
            row[j] = j;
        }
        for (std::size_t i = 1; i <= word.size(); ++i) {
            second.swap(above);
            above.swap(row);
            row[0] = i;
            for (std::size_t j = 1; j <= other.size(); ++j) {
                row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (word[i - 1] == other[j - 1] ? 0U : 1U)});
                if (i > 1 && j > 1 && word[i - 1] == other[j - 2] && word[i - 2] == other[j - 1]) {
                    row[j] = std::min(row[j], second[j - 2] + 1);
                }
            }
        }
        if (row.back() < bestDistance) {
            bestDistance = row.back();
            best = other;
        }
    }
    return best;
}

} // namespace ckptscope
