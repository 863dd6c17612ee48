// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ckptscope::query {

/// Finds which of many keys hold any of many words, in one walk over the text (Aho and Corasick, CACM 18(6), 1975).
class ManyWordsSearch {
public:
    explicit ManyWordsSearch(std::span<const std::string_view> words);
    /// Sets hits[i] for each key i of `buffer` ([starts[i], starts[i + 1] - 1)) that holds a word; leaves the others.
    void mark(std::string_view buffer, const std::vector<std::uint64_t>& starts, std::vector<std::uint8_t>& hits, const std::stop_token& stop) const;

private:
    [[nodiscard]] std::uint32_t child(std::uint32_t state, char c) const noexcept;

    std::unordered_map<std::uint64_t, std::uint32_t> m_edges; ///< state and byte to state
    std::vector<std::uint32_t> m_fail;
    std::vector<std::uint8_t> m_accepts; ///< the state, or one on its failure path, ends a word
};

} // namespace ckptscope::query
