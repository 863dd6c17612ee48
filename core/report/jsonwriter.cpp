// SPDX-License-Identifier: Apache-2.0
#include "core/report/jsonwriter.h"

#include "core/text/jsonescape.h"
#include "core/text/text.h"

#include <charconv>
#include <cmath>

namespace ckptscope::report {

namespace {

constexpr std::size_t FlushBytes = 64 * 1024;

/// The code point at `at` where it is one that steers a terminal or turns the reading direction (C1 controls, zero-width and bidi marks,
/// line separators): JSON may escape any character, and a document that is looked at must not play tricks. 0: it is none.
std::uint32_t steering(std::string_view utf8, std::size_t at, std::size_t& length) noexcept
{
    const auto byte = [&](std::size_t i) { return at + i < utf8.size() ? static_cast<unsigned char>(utf8[at + i]) : 0U; };
    if (byte(0) == 0xC2 && byte(1) < 0xA0) {
        length = 2;
        return byte(1);
    }
    if (byte(0) != 0xE2 && byte(0) != 0xEF) {
        return 0;
    }
    length = 3;
    const std::uint32_t code = (byte(0) & 15U) << 12U | (byte(1) & 63U) << 6U | (byte(2) & 63U);
    const bool steers =
        (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF;
    return steers ? code : 0;
}

void appendEscaped(std::string& out, std::string_view utf8)
{
    static constexpr char Digits[] = "0123456789abcdef";
    std::size_t plain = 0;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto c = static_cast<unsigned char>(utf8[i]);
        if (c >= 0x20 && c < 0xC2 && c != '"' && c != '\\' && c != 0x7f) {
            continue;
        }
        if (c >= 0xC2) {
            std::size_t length = 1;
            if (const std::uint32_t code = steering(utf8, i, length); code != 0) {
                out.append(utf8.substr(plain, i - plain)) += "\\u";
                for (const unsigned shift : {12U, 8U, 4U, 0U}) {
                    out += Digits[code >> shift & 15U];
                }
                i += length - 1;
                plain = i + 1;
            }
            continue;
        }
        out.append(utf8.substr(plain, i - plain));
        plain = i + 1;
        appendJsonEscape(out, c);
    }
    out.append(utf8.substr(plain));
}

} // namespace

void JsonWriter::separate()
{
    if (m_comma) {
        m_buffer += ',';
    }
    m_comma = true;
    if (m_buffer.size() >= FlushBytes) {
        flush();
    }
}

void JsonWriter::quoted(std::string_view value)
{
    m_buffer += '"';
    if (isUtf8(value)) {
        appendEscaped(m_buffer, value);
    } else {
        m_lossy = true;
        appendEscaped(m_buffer, escapeInvalidUtf8(value));
    }
    m_buffer += '"';
}

JsonWriter& JsonWriter::open(char bracket)
{
    separate();
    m_buffer += bracket;
    m_comma = false;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket)
{
    m_buffer += bracket;
    m_comma = true;
    return *this;
}

JsonWriter& JsonWriter::closeNamed()
{
    if (m_lossy) {
        key("lossy_name").boolean(true);
        m_lossy = false;
    }
    return close('}');
}

JsonWriter& JsonWriter::key(std::string_view name)
{
    separate();
    m_buffer += '"';
    m_buffer += name;
    m_buffer += "\":";
    m_comma = false;
    return *this;
}

JsonWriter& JsonWriter::nameKey(std::string_view name)
{
    separate();
    quoted(name);
    m_buffer += ':';
    m_comma = false;
    return *this;
}

JsonWriter& JsonWriter::text(std::string_view value)
{
    separate();
    quoted(value);
    return *this;
}

JsonWriter& JsonWriter::textOrNull(std::string_view value)
{
    return value.empty() ? null() : text(value);
}

JsonWriter& JsonWriter::number(std::uint64_t value)
{
    separate();
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    m_buffer.append(digits, end);
    return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value)
{
    separate();
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    m_buffer.append(digits, end);
    return *this;
}

JsonWriter& JsonWriter::number(double value)
{
    separate();
    if (std::isnan(value)) {
        m_buffer += "\"NaN\"";
    } else if (std::isinf(value)) {
        m_buffer += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    } else {
        char digits[40];
        const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        m_buffer.append(digits, end);
    }
    return *this;
}

JsonWriter& JsonWriter::boolean(bool value)
{
    return raw(value ? "true" : "false");
}

JsonWriter& JsonWriter::null()
{
    return raw("null");
}

JsonWriter& JsonWriter::raw(std::string_view json)
{
    separate();
    m_buffer += json;
    return *this;
}

void JsonWriter::finish()
{
    m_buffer += '\n';
    flush();
}

void JsonWriter::flush()
{
    if (!m_buffer.empty()) {
        m_write(m_buffer);
        m_buffer.clear();
    }
}

} // namespace ckptscope::report
