// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ckptscope {

/// One "key": value of a JSON object, as places in its text.
struct JsonMember {
    std::size_t keyAt = 0;  ///< of the key's opening quote
    std::size_t keyEnd = 0; ///< behind its closing quote
    std::size_t valueAt = 0;
    std::size_t valueEnd = 0;
};

struct JsonMembers {
    std::size_t open = 0;  ///< of '{'
    std::size_t close = 0; ///< of '}'
    std::vector<JsonMember> members;
};

/// Lists the members of the object that begins at `at` (white space in front is skipped); nullopt: there is none, or its JSON is broken.
[[nodiscard]] std::optional<JsonMembers> jsonMembers(std::string_view text, std::size_t at = 0);
/// The key of a member, escapes resolved; nullopt: an escape is broken.
[[nodiscard]] std::optional<std::string> jsonKey(std::string_view text, const JsonMember& member);
/// A string value, escapes resolved; nullopt: the value is no string.
[[nodiscard]] std::optional<std::string> jsonStringValue(std::string_view text, const JsonMember& member);
/// The last member of that key, as parsers take it; nullptr: none.
[[nodiscard]] const JsonMember* jsonFind(std::string_view text, const JsonMembers& object, std::string_view key);
/// A JSON string with its quotes; bytes from 0x80 on stay as they are.
[[nodiscard]] std::string jsonQuoted(std::string_view text);

/// Changes to a text that leave everything else as it is. They must not overlap.
class TextPatch {
public:
    explicit TextPatch(std::string_view text)
        : m_text(text)
    {
    }
    void replace(std::size_t from, std::size_t to, std::string with);
    /// Takes members out of an object, with the comma that then is one too many; `drop` has one entry a member.
    void dropMembers(const JsonMembers& object, const std::vector<bool>& drop);
    [[nodiscard]] bool empty() const noexcept { return m_changes.empty(); }
    [[nodiscard]] std::string text() const;

private:
    struct Change {
        std::size_t from = 0;
        std::size_t to = 0;
        std::string with;
    };
    std::string_view m_text;
    std::vector<Change> m_changes;
};

} // namespace ckptscope
