// SPDX-License-Identifier: Apache-2.0
#pragma once
// How pickles write text: Python's literals of protocol 0, and escapes.

#include <optional>
#include <string>
#include <string_view>

namespace ckptscope::pickle {

/// As Python writes it, for messages: "0x8c".
std::string hexOf(unsigned value);
/// "raw-unicode-escape": bytes are Latin-1; a backslash with u and four digits, or U and eight, is a character. The result is UTF-8.
std::string unescapeUnicodeLine(std::string_view line);
/// A quoted Python string literal; nullopt where it is not one.
std::optional<std::string> unquote(std::string_view line);

} // namespace ckptscope::pickle
