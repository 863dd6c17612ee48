// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/checkpoint.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ckptscope::query {

/// The dotted parts of every key, each distinct part stored once and numbered in path order: keys then compare as short lists of numbers.
class KeyParts {
public:
    explicit KeyParts(const Checkpoint& checkpoint);
    /// Numbers of the parts of tensor `row`; comparing two lists lexicographically is path order.
    [[nodiscard]] std::span<const std::uint32_t> ranksOf(std::size_t row) const noexcept
    {
        return std::span(m_ranks).subspan(m_starts[row], m_starts[row + 1] - m_starts[row]);
    }
    /// The text of a part by its number; valid as long as the checkpoint lives.
    [[nodiscard]] std::string_view part(std::uint32_t rank) const noexcept { return m_parts[rank]; }
    [[nodiscard]] std::size_t parts() const noexcept { return m_parts.size(); }

private:
    std::vector<std::string_view> m_parts; ///< in order
    std::vector<std::uint32_t> m_ranks;
    std::vector<std::size_t> m_starts;
};

} // namespace ckptscope::query
