// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/jsontree.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace ckptscope {

namespace {

constexpr std::size_t MaxDepth = 64;

/// Tells the handler how far nlohmann's lexer has read: its events carry no position of their own.
class CountingIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountingIterator(const char* at, const char** seen)
        : m_at(at)
        , m_seen(seen)
    {
    }
    reference operator*() const { return *m_at; }
    CountingIterator& operator++()
    {
        ++m_at;
        *m_seen = m_at;
        return *this;
    }
    CountingIterator operator++(int)
    {
        auto old = *this;
        ++*this;
        return old;
    }
    bool operator==(const CountingIterator& other) const { return m_at == other.m_at; }
    bool operator!=(const CountingIterator& other) const { return m_at != other.m_at; }

private:
    const char* m_at;
    const char** m_seen;
};

class TreeBuilder {
public:
    TreeBuilder(const char* begin, const char* const* seen)
        : m_begin(begin)
        , m_seen(seen)
    {
    }

    bool null() { return scalar({}); }
    bool boolean(bool value)
    {
        JsonNode node;
        node.kind = JsonNode::Kind::Bool;
        node.boolean = value;
        return scalar(std::move(node));
    }
    bool number_integer(std::int64_t value)
    {
        JsonNode node;
        node.kind = JsonNode::Kind::Integer;
        node.integer = value;
        return scalar(std::move(node));
    }
    bool number_unsigned(std::uint64_t value)
    {
        if (value <= static_cast<std::uint64_t>(INT64_MAX)) {
            return number_integer(static_cast<std::int64_t>(value));
        }
        return number_float(static_cast<double>(value), {});
    }
    bool number_float(double value, const std::string&)
    {
        JsonNode node;
        node.kind = JsonNode::Kind::Number;
        node.number = value;
        return scalar(std::move(node));
    }
    bool string(std::string& value)
    {
        JsonNode node;
        node.kind = JsonNode::Kind::String;
        node.text = std::move(value);
        return scalar(std::move(node));
    }
    static bool binary(nlohmann::json::binary_t&) { return false; }
    bool start_object(std::size_t) { return open(JsonNode::Kind::Object); }
    bool start_array(std::size_t) { return open(JsonNode::Kind::Array); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(std::string& value)
    {
        m_open.back().members.push_back(JsonNodeMember{std::move(value), JsonNode{}});
        m_keyOffset = position();
        return true;
    }
    bool parse_error(std::size_t at, const std::string&, const nlohmann::json::exception& error)
    {
        std::string_view why = error.what();
        // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ...": the place is said by us
        if (const auto colon = why.find(": "); colon != std::string_view::npos) {
            why.remove_prefix(colon + 2);
        }
        m_error = JsonTreeError{at == 0 ? 0 : at - 1, std::string(why)};
        return false;
    }

    JsonNode root;
    JsonTreeError& error() { return m_error; }

private:
    [[nodiscard]] std::size_t position() const
    {
        const auto read = static_cast<std::size_t>(*m_seen - m_begin);
        return read == 0 ? 0 : read - 1;
    }
    bool put(JsonNode node)
    {
        if (m_open.empty()) {
            root = std::move(node);
        } else if (m_open.back().kind == JsonNode::Kind::Array) {
            m_open.back().items.push_back(std::move(node));
        } else {
            m_open.back().members.back().value = std::move(node);
        }
        return true;
    }
    bool scalar(JsonNode node)
    {
        const bool member = !m_open.empty() && m_open.back().kind == JsonNode::Kind::Object;
        node.offset = member ? m_keyOffset : position();
        return put(std::move(node));
    }
    bool open(JsonNode::Kind kind)
    {
        if (m_open.size() == MaxDepth) {
            m_error = JsonTreeError{position(), "nests more than 64 deep"};
            return false;
        }
        JsonNode node;
        node.kind = kind;
        node.offset = position();
        m_open.push_back(std::move(node));
        return true;
    }
    bool close()
    {
        JsonNode node = std::move(m_open.back());
        m_open.pop_back();
        return put(std::move(node));
    }

    const char* m_begin;
    const char* const* m_seen;
    std::vector<JsonNode> m_open;
    std::size_t m_keyOffset = 0;
    JsonTreeError m_error;
};

} // namespace

const JsonNode* JsonNode::find(std::string_view key) const noexcept
{
    const auto found = std::find_if(members.begin(), members.end(), [key](const auto& member) { return member.key == key; });
    return found == members.end() ? nullptr : &found->value;
}

std::variant<JsonNode, JsonTreeError> parseJsonTree(std::string_view text)
{
    const char* seen = text.data();
    TreeBuilder builder(text.data(), &seen);
    const CountingIterator begin(text.data(), &seen);
    const CountingIterator end(text.data() + text.size(), &seen);
    if (!nlohmann::json::sax_parse(begin, end, &builder)) {
        return builder.error();
    }
    return std::move(builder.root);
}

std::uint64_t lineOf(std::string_view text, std::size_t offset) noexcept
{
    const std::string_view before = text.substr(0, offset);
    return 1 + static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n'));
}

} // namespace ckptscope
