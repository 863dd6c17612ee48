// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ckptscope {

/// Bytes of the byte order mark that some editors put in front of UTF-8; 0: there is none. RFC 8259 lets a reader skip it.
[[nodiscard]] constexpr std::size_t byteOrderMark(std::string_view text) noexcept
{
    return text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
}

/// A strict pull scanner over JSON text (RFC 8259, UTF-8 checked in strings). It allocates nothing, keeps no stack and shows every key,
/// so a caller sees duplicates that a DOM would merge. Bounded: containers that a caller skips may nest `MaxDepth` deep.
class JsonScanner {
public:
    static constexpr int MaxDepth = 128; ///< serde_json's recursion limit

    enum class Kind : std::uint8_t { Object, Array, String, Number, True, False, Null, Invalid };

    explicit JsonScanner(std::string_view text) noexcept
        : m_text(text)
    {
    }

    /// Skips white space and says what stands next, without consuming it.
    [[nodiscard]] Kind peek() noexcept;
    /// The next character after white space, not consumed; '\0' at the end.
    [[nodiscard]] char nextChar() noexcept
    {
        skipSpace();
        return m_at < m_text.size() ? m_text[m_at] : '\0';
    }
    /// Consumes one structural character after white space; false: it is another.
    bool take(char c) noexcept
    {
        skipSpace();
        if (m_at < m_text.size() && m_text[m_at] == c) {
            ++m_at;
            return true;
        }
        return expected(c);
    }
    /// Consumes a string; `raw` is what stands between the quotes. `escaped` says whether unescape() is needed.
    bool string(std::string_view& raw, bool& escaped) noexcept;
    /// Consumes a plain unsigned integer (no sign, fraction, exponent or leading zero) that fits 64 bits.
    bool unsignedInteger(std::uint64_t& value) noexcept;
    /// Consumes any number; `raw` is its text.
    bool number(std::string_view& raw) noexcept;
    /// Consumes a literal: true, false or null.
    bool literal(std::string_view word) noexcept;
    /// Consumes any value, iteratively.
    /// `levels` is how deep it may nest, MaxDepth at most: a caller that stands inside containers already has fewer left.
    bool skipValue(int levels = MaxDepth) noexcept;
    /// Only white space is left.
    [[nodiscard]] bool atEnd() noexcept;
    /// Byte position in the text; after a failure, where it stopped.
    [[nodiscard]] std::size_t position() const noexcept { return m_at; }
    void seek(std::size_t position) noexcept { m_at = position; }
    /// A short reason for the last failure ("control character in a string"); a static text.
    [[nodiscard]] std::string_view why() const noexcept { return m_why; }

    /// Resolves escapes; false on a lone surrogate or an unknown escape.
    [[nodiscard]] static bool unescape(std::string_view raw, std::string& out);

private:
    void skipSpace() noexcept
    {
        while (m_at < m_text.size() && static_cast<unsigned char>(m_text[m_at]) <= ' '
               && (m_text[m_at] == ' ' || m_text[m_at] == '\n' || m_text[m_at] == '\t' || m_text[m_at] == '\r')) {
            ++m_at;
        }
    }
    bool expected(char c) noexcept;
    bool no(std::string_view why) noexcept
    {
        m_why = why;
        return false;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    std::string_view m_why;
};

} // namespace ckptscope
