// SPDX-License-Identifier: Apache-2.0
#include "core/query/manywords.h"

#include <algorithm>

namespace ckptscope::query {

namespace {

constexpr std::uint32_t None = UINT32_MAX;

std::uint64_t edge(std::uint32_t state, char c) noexcept
{
    return std::uint64_t{state} << 8U | static_cast<unsigned char>(c);
}

} // namespace

std::uint32_t ManyWordsSearch::child(std::uint32_t state, char c) const noexcept
{
    const auto found = m_edges.find(edge(state, c));
    return found == m_edges.end() ? None : found->second;
}

ManyWordsSearch::ManyWordsSearch(std::span<const std::string_view> words)
    : m_fail(1, 0)
    , m_accepts(1, 0)
{
    struct Made {
        std::uint32_t parent;
        char c;
    };
    std::vector<Made> made{{0, '\0'}};
    for (const std::string_view word : words) {
        std::uint32_t state = 0;
        for (const char c : word) {
            const auto [place, added] = m_edges.emplace(edge(state, c), static_cast<std::uint32_t>(made.size()));
            if (added) {
                made.push_back({state, c});
                m_accepts.push_back(0);
            }
            state = place->second;
        }
        m_accepts[state] = 1;
    }
    // Failure links, breadth first: a state's own depth is one more than its parent's.
    m_fail.assign(made.size(), 0);
    std::vector<std::uint32_t> depth(made.size(), 0);
    std::uint32_t deepest = 0;
    for (std::uint32_t state = 1; state < made.size(); ++state) { // parents come before children
        depth[state] = depth[made[state].parent] + 1;
        deepest = std::max(deepest, depth[state]);
    }
    std::vector<std::vector<std::uint32_t>> levels(deepest + 1);
    for (std::uint32_t state = 1; state < made.size(); ++state) {
        levels[depth[state]].push_back(state);
    }
    for (const auto& level : levels) {
        for (const std::uint32_t state : level) {
            if (depth[state] > 1) {
                std::uint32_t at = m_fail[made[state].parent];
                std::uint32_t next = child(at, made[state].c);
                while (next == None && at != 0) {
                    at = m_fail[at];
                    next = child(at, made[state].c);
                }
                m_fail[state] = next == None ? 0 : next;
            }
            m_accepts[state] |= m_accepts[m_fail[state]];
        }
    }
}

void ManyWordsSearch::mark(std::string_view buffer, const std::vector<std::uint64_t>& starts, std::vector<std::uint8_t>& hits,
                           const std::stop_token& stop) const
{
    for (std::size_t row = 0; row + 1 < starts.size(); ++row) {
        if (row % 4096 == 0 && stop.stop_requested()) {
            return;
        }
        std::uint32_t state = 0;
        bool hit = m_accepts[0] != 0; // an empty word is in every key
        for (std::size_t at = starts[row]; !hit && at + 1 < starts[row + 1]; ++at) {
            std::uint32_t next = child(state, buffer[at]);
            while (next == None && state != 0) {
                state = m_fail[state];
                next = child(state, buffer[at]);
            }
            state = next == None ? 0 : next;
            hit = m_accepts[state] != 0;
        }
        if (hit) {
            hits[row] = 1;
        }
    }
}

} // namespace ckptscope::query
