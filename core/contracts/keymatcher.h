// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope {

/// Why RE2 refuses a pattern; empty: it takes it. Caps the memory that a pattern may ask for.
[[nodiscard]] std::string regexProblem(const std::string& pattern);

/// Many patterns, searched at once in time linear in the key's length, whatever the patterns are. Thread-safe once made.
class KeyMatcher {
public:
    /// Patterns must have passed regexProblem(); one that has not never matches.
    /// `memory` caps the automaton of all patterns and its cache, in bytes; beyond it patterns are tried one at a time.
    explicit KeyMatcher(const std::vector<std::string_view>& patterns, std::int64_t memory = 64LL << 20U);
    ~KeyMatcher();
    KeyMatcher(const KeyMatcher&) = delete;
    KeyMatcher& operator=(const KeyMatcher&) = delete;

    /// Numbers of the patterns that are found in the key, ascending.
    void match(std::string_view key, std::vector<std::uint32_t>& out) const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace ckptscope
