// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ckptscope {

struct JsonNodeMember;

/// A JSON value that knows where it stands, for files that people write: an error can name its line, and double keys stay visible.
/// Small files only (rule files): it holds everything.
struct JsonNode {
    enum class Kind : std::uint8_t { Null, Bool, Integer, Number, String, Array, Object } kind = Kind::Null;
    std::size_t offset = 0; ///< of its first byte; of a scalar in an object: somewhere on the line of its key
    bool boolean = false;
    std::int64_t integer = 0;
    double number = 0;
    std::string text;
    std::vector<JsonNode> items;         ///< of an array
    std::vector<JsonNodeMember> members; ///< of an object, in file order, doubles kept

    [[nodiscard]] const JsonNode* find(std::string_view key) const noexcept; ///< the first of this name; nullptr: none
};

/// A type of its own: Clang 14 takes no std::pair of a JsonNode inside JsonNode.
struct JsonNodeMember {
    std::string key;
    JsonNode value;
};

/// What stopped a parse.
struct JsonTreeError {
    std::size_t offset = 0;
    std::string why;
};

/// Parses all of `text`; nests at most 64 deep.
[[nodiscard]] std::variant<JsonNode, JsonTreeError> parseJsonTree(std::string_view text);

/// 1-based line of a byte.
[[nodiscard]] std::uint64_t lineOf(std::string_view text, std::size_t offset) noexcept;

} // namespace ckptscope
