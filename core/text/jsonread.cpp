// SPDX-License-Identifier: Apache-2.0
#include "core/text/jsonread.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace ckptscope {

bool JsonReader::text(std::string& out)
{
    std::string_view raw;
    bool escaped = false;
    if (m_scan.peek() != JsonScanner::Kind::String || !m_scan.string(raw, escaped)) {
        return no("a text is expected");
    }
    if (!escaped) {
        out = raw;
        return true;
    }
    out.clear();
    return JsonScanner::unescape(raw, out) || no("a broken escape");
}

bool JsonReader::textOrNull(std::string& out)
{
    if (atNull()) {
        out.clear();
        return null();
    }
    return text(out);
}

bool JsonReader::number(std::uint64_t& out)
{
    return (m_scan.peek() == JsonScanner::Kind::Number && m_scan.unsignedInteger(out)) || no("a whole number is expected");
}

bool JsonReader::number(std::uint32_t& out)
{
    std::uint64_t wide = 0;
    if (!number(wide) || wide > UINT32_MAX) {
        return no("a number that is too large");
    }
    out = static_cast<std::uint32_t>(wide);
    return true;
}

bool JsonReader::number(std::int64_t& out)
{
    std::string_view raw;
    if (m_scan.peek() != JsonScanner::Kind::Number || !m_scan.number(raw)) {
        return no("a whole number is expected");
    }
    const auto [end, why] = std::from_chars(raw.data(), raw.data() + raw.size(), out);
    return (why == std::errc() && end == raw.data() + raw.size()) || no("a whole number is expected");
}

bool JsonReader::number(double& out)
{
    if (m_scan.peek() == JsonScanner::Kind::String) {
        std::string word;
        constexpr double Infinity = std::numeric_limits<double>::infinity();
        if (!text(word)) {
            return false;
        }
        out = word == "Infinity" ? Infinity : word == "-Infinity" ? -Infinity : std::numeric_limits<double>::quiet_NaN();
        return word == "NaN" || std::isinf(out) || no("a number is expected");
    }
    std::string_view raw;
    if (m_scan.peek() != JsonScanner::Kind::Number || !m_scan.number(raw)) {
        return no("a number is expected");
    }
    const auto [end, why] = std::from_chars(raw.data(), raw.data() + raw.size(), out);
    return (why == std::errc() && end == raw.data() + raw.size()) || no("a number is expected");
}

bool JsonReader::boolean(bool& out)
{
    const auto kind = m_scan.peek();
    out = kind == JsonScanner::Kind::True;
    if (kind == JsonScanner::Kind::True) {
        return m_scan.literal("true");
    }
    return (kind == JsonScanner::Kind::False && m_scan.literal("false")) || no("true or false is expected");
}

namespace {

constexpr std::string_view Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

} // namespace

std::string base64(std::string_view bytes)
{
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = bytes.size() - i;
        const auto at = [&](std::size_t k) { return k < left ? std::uint32_t{static_cast<unsigned char>(bytes[i + k])} : 0U; };
        const std::uint32_t group = at(0) << 16U | at(1) << 8U | at(2);
        out += Digits[group >> 18U];
        out += Digits[group >> 12U & 63U];
        out += left > 1 ? Digits[group >> 6U & 63U] : '=';
        out += left > 2 ? Digits[group & 63U] : '=';
    }
    return out;
}

bool unbase64(std::string_view text, std::string& out)
{
    static const auto Values = [] {
        std::array<std::uint8_t, 256> values{};
        values.fill(255);
        for (std::size_t i = 0; i < Digits.size(); ++i) {
            values[static_cast<unsigned char>(Digits[i])] = static_cast<std::uint8_t>(i);
        }
        return values;
    }();
    out.clear();
    if (text.size() % 4 != 0) {
        return false;
    }
    out.reserve(text.size() / 4 * 3);
    for (std::size_t i = 0; i < text.size(); i += 4) {
        const bool last = i + 4 == text.size();
        const std::size_t padding = !last ? 0 : text[i + 2] == '=' ? 2 : text[i + 3] == '=' ? 1 : 0;
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 4; ++k) {
            const std::uint8_t value = k >= 4 - padding ? 0 : Values[static_cast<unsigned char>(text[i + k])];
            if (value == 255 || (k >= 4 - padding && text[i + k] != '=')) {
                return false;
            }
            group = group << 6U | value;
        }
        for (std::size_t k = 0; k < 3 - padding; ++k) {
            out += static_cast<char>(group >> (16 - 8 * k) & 0xFFU);
        }
    }
    return true;
}

} // namespace ckptscope
