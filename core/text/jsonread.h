// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/text/jsonscan.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope {

/// Reads JSON of a known shape, from files that ckptscope writes and anybody may have changed: keys in any order, none
/// twice, unknown ones for the caller to skip(); no tree is held. Every function is false from the first slip on; why()
/// and position() tell of it.
class JsonReader {
public:
    static constexpr std::size_t MostKeys = 256; ///< of an object of a known shape

    explicit JsonReader(std::string_view text) noexcept
        : m_scan(text)
    {
    }

    /// Calls `onKey(key)` once a member; it must consume the value and say whether that went well.
    template<class OnKey>
    bool object(OnKey&& onKey)
    {
        std::vector<std::string_view> seen;
        if (!m_scan.take('{')) {
            return no("an object is expected");
        }
        if (m_scan.nextChar() == '}') {
            return m_scan.take('}');
        }
        do {
            std::string_view key;
            bool escaped = false;
            if (!m_scan.string(key, escaped) || !m_scan.take(':')) {
                return no(m_scan.why());
            }
            if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
                return no("a key that stands twice");
            }
            seen.push_back(key);
            if (seen.size() > MostKeys) {
                return no("an object of too many keys");
            }
            if (!onKey(escaped ? std::string_view() : key)) {
                return no("a value of another kind");
            }
        } while (m_scan.nextChar() == ',' && m_scan.take(','));
        return m_scan.take('}') || no(m_scan.why());
    }
    /// The same where keys are names: they are given unescaped, and doubles are the caller's to find.
    template<class OnName>
    bool names(OnName&& onName)
    {
        if (!m_scan.take('{')) {
            return no("an object is expected");
        }
        if (m_scan.nextChar() == '}') {
            return m_scan.take('}');
        }
        do {
            std::string name;
            if (!text(name) || !m_scan.take(':') || !onName(std::move(name))) {
                return no("a value of another kind");
            }
        } while (m_scan.nextChar() == ',' && m_scan.take(','));
        return m_scan.take('}') || no(m_scan.why());
    }
    /// Calls `onItem()` once an item.
    template<class OnItem>
    bool array(OnItem&& onItem)
    {
        if (!m_scan.take('[')) {
            return no("a list is expected");
        }
        if (m_scan.nextChar() == ']') {
            return m_scan.take(']');
        }
        do {
            if (!onItem()) {
                return no("an item of another kind");
            }
        } while (m_scan.nextChar() == ',' && m_scan.take(','));
        return m_scan.take(']') || no(m_scan.why());
    }
    bool text(std::string& out);
    bool textOrNull(std::string& out); ///< null: empty
    bool number(std::uint64_t& out);
    bool number(std::uint32_t& out);
    bool number(std::int64_t& out);
    bool number(double& out); ///< also "NaN", "Infinity", "-Infinity"
    bool boolean(bool& out);
    [[nodiscard]] bool atNull() noexcept { return m_scan.peek() == JsonScanner::Kind::Null; }
    bool null() { return m_scan.literal("null") || no("null is expected"); }
    bool skip() { return m_scan.skipValue(64) || no(m_scan.why()); }
    /// Nothing stands behind what was read.
    bool end() { return m_scan.atEnd() || no("something behind the end"); }
    /// Remembers the first reason; always false.
    bool no(std::string_view why)
    {
        if (m_why.empty()) {
            m_why = why;
            m_where = m_scan.position();
        }
        return false;
    }
    [[nodiscard]] const std::string& why() const noexcept { return m_why; }
    [[nodiscard]] std::size_t position() const noexcept { return m_why.empty() ? m_scan.position() : m_where; }

private:
    JsonScanner m_scan;
    std::string m_why;
    std::size_t m_where = 0;
};

/// Base64 (RFC 4648), with padding.
[[nodiscard]] std::string base64(std::string_view bytes);
/// False where it is none.
[[nodiscard]] bool unbase64(std::string_view text, std::string& out);

} // namespace ckptscope
