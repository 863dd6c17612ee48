// SPDX-License-Identifier: Apache-2.0
#include "core/report/jsonwriter.h"

#include "core/text/text.h"

#include <charconv>
#include <cmath>

namespace ckptscope::report {

namespace {

constexpr std::size_t FlushBytes = 64 * 1024;

void appendEscaped(std::string& out, std::string_view utf8)
{
    static constexpr char Digits[] = "0123456789abcdef";
    std::size_t plain = 0;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto c = static_cast<unsigned char>(utf8[i]);
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
            continue;
        }
        out.append(utf8.substr(plain, i - plain));
        plain = i + 1;
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            out += "\\u00";
            out += Digits[c >> 4U];
            out += Digits[c & 15U];
        }
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
