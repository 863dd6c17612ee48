// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/numberblind.h"

#include <cstddef>

namespace ckptscope {

namespace {

bool isDigit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

bool isLetter(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Reads a pattern once, token by token. `m_behind`: the token before is text that no number between dots can have in front of a digit,
/// and this token follows it in the name as well: nothing is repeated, optional or alternative between the two.
class Reader {
public:
    explicit Reader(std::string_view pattern) noexcept
        : m_pattern(pattern)
    {
    }

    bool blind() noexcept
    {
        while (m_at < m_pattern.size()) {
            if (!token()) {
                return false;
            }
        }
        return true;
    }

private:
    [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept { return m_at + ahead < m_pattern.size() ? m_pattern[m_at + ahead] : '\0'; }

    bool token() noexcept
    {
        const char c = peek();
        switch (c) {
        case '\\':
            return escape(false);
        case '[':
            return charClass();
        case '(':
            return group();
        case '{':
            repetition();
            m_behind = false;
            return true;
        case ')':
        case '|':
        case '^':
        case '$':
        case '*':
        case '+':
        case '?':
        case '.':
            m_behind = false;
            ++m_at;
            return true;
        default:
            ++m_at;
            if (isDigit(c)) {
                return m_behind; // and what follows it stands behind the same letter
            }
            m_behind = true;
            return true;
        }
    }

    /// `\d`, `\.`, `\pN` ...; what names characters by number, or quotes, is not looked into.
    bool escape(bool inClass) noexcept
    {
        const char c = peek(1);
        m_at += 2;
        if (c == 'p' || c == 'P') {
            m_behind = false;
            if (peek() != '{') {
                ++m_at;
                return true;
            }
            const std::size_t end = m_pattern.find('}', m_at);
            m_at = end == std::string_view::npos ? m_pattern.size() : end + 1;
            return true;
        }
        if (isLetter(c)) {
            constexpr std::string_view Kinds = "dDwWsSbBAzC"; // each takes all digits, or none
            m_behind = false;
            return Kinds.find(c) != std::string_view::npos;
        }
        m_behind = !inClass && c != '.';
        return c != '\0' && !isDigit(c);
    }

    bool charClass() noexcept
    {
        const bool behind = m_behind;
        bool digits = false; // some but not all
        ++m_at;
        if (peek() == '^') {
            ++m_at;
        }
        bool first = true;
        char before = '\0';
        while (m_at < m_pattern.size() && (first || peek() != ']')) {
            first = false;
            const char c = peek();
            if (c == '[' && peek(1) == ':') {
                const std::size_t end = m_pattern.find(":]", m_at + 2);
                if (end == std::string_view::npos) {
                    return false;
                }
                m_at = end + 2;
                before = '\0';
                continue;
            }
            if (c == '\\') {
                if (!escape(true)) {
                    return false;
                }
                before = '\0';
                continue;
            }
            if (c == '0' && peek(1) == '-' && peek(2) == '9' && before != '-' && peek(3) != '-') {
                m_at += 3;
                before = '9';
                continue;
            }
            // A range whose ends are no digits holds all digits or none.
            digits = digits || isDigit(c);
            before = c;
            ++m_at;
        }
        if (m_at >= m_pattern.size()) {
            return false;
        }
        ++m_at;
        m_behind = false; // it may have taken a dot
        return !digits || behind;
    }

    bool group() noexcept
    {
        m_behind = false;
        ++m_at;
        if (peek() != '?') {
            return true;
        }
        // (?:...), (?i:...), (?i), (?P<name>...)
        while (m_at < m_pattern.size() && peek() != ':' && peek() != ')' && peek() != '>') {
            ++m_at;
        }
        const bool closed = m_at < m_pattern.size();
        ++m_at;
        return closed;
    }

    /// {3}, {3,} and {3,5}; any other brace is text.
    void repetition() noexcept
    {
        std::size_t at = m_at + 1;
        const std::size_t low = at;
        while (at < m_pattern.size() && isDigit(m_pattern[at])) {
            ++at;
        }
        bool good = at > low;
        if (good && at < m_pattern.size() && m_pattern[at] == ',') {
            ++at;
            while (at < m_pattern.size() && isDigit(m_pattern[at])) {
                ++at;
            }
        }
        good = good && at < m_pattern.size() && m_pattern[at] == '}';
        m_at = good ? at + 1 : m_at + 1;
    }

    std::string_view m_pattern;
    std::size_t m_at = 0;
    bool m_behind = false;
};

} // namespace

bool isNumberBlind(std::string_view pattern) noexcept
{
    return Reader(pattern).blind();
}

} // namespace ckptscope
