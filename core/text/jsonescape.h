// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace ckptscope {

/// How JSON spells one byte that may not stand in a string as it is: a quote, a backslash, anything below 0x20 (RFC 8259, section 7).
inline void appendJsonEscape(std::string& out, unsigned char c)
{
    static constexpr char Digits[] = "0123456789abcdef";
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

} // namespace ckptscope
