// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/checkpoint.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ckptscope::query {

/// The dotted parts of every key, each distinct part stored once and numbered in path order: keys then compare as short lists of numbers.
///
/// Keys that differ only in numbers of equal length have one *shape*: `layers.17.experts.203.up` and `layers.42.experts.511.up`, but not
/// `layers.5.experts.203.up`. 93,696 keys have some sixty shapes, so what can be said of a shape need not be asked of each key.
class KeyParts {
public:
    explicit KeyParts(const Checkpoint& checkpoint);
    /// Those of a checkpoint, made once for all who ask while anybody holds them; nobody may hold them longer than the checkpoint lives.
    static std::shared_ptr<const KeyParts> of(const Checkpoint& checkpoint);

    /// Numbers of the parts of tensor `row`; comparing two lists lexicographically is path order.
    [[nodiscard]] std::span<const std::uint32_t> ranksOf(std::size_t row) const noexcept
    {
        return std::span(m_ranks).subspan(m_starts[row], m_starts[row + 1] - m_starts[row]);
    }
    /// The text of a part by its number; valid as long as the checkpoint lives.
    [[nodiscard]] std::string_view part(std::uint32_t rank) const noexcept { return m_parts[rank]; }
    [[nodiscard]] std::size_t parts() const noexcept { return m_parts.size(); }
    [[nodiscard]] std::size_t rows() const noexcept { return m_starts.size() - 1; }
    /// The value of a part that is all digits, at most 18 of them; NoNumber: it is a name.
    [[nodiscard]] std::uint64_t number(std::uint32_t rank) const noexcept { return m_numbers[rank]; }
    static constexpr std::uint64_t NoNumber = UINT64_MAX;

    /// Shapes are numbered from 0 on as they are met.
    [[nodiscard]] std::size_t shapes() const noexcept { return m_firstOfShape.size(); }
    [[nodiscard]] std::uint32_t shapeOf(std::size_t row) const noexcept { return m_shapes[row]; }
    /// The first row of a shape.
    [[nodiscard]] std::uint32_t firstOf(std::uint32_t shape) const noexcept { return m_firstOfShape[shape]; }

    /// All rows in path order, equal keys in file order; made when first asked for.
    [[nodiscard]] const std::vector<std::uint32_t>& pathOrder() const;
    /// The same from the last to the first; equal keys stay in file order.
    [[nodiscard]] std::vector<std::uint32_t> reversePathOrder() const { return sorted(true); }

private:
    void findShapes();
    [[nodiscard]] std::vector<std::uint32_t> sorted(bool descending) const;

    std::vector<std::string_view> m_parts; ///< in order
    std::vector<std::uint64_t> m_numbers;  ///< one a part
    std::vector<std::uint32_t> m_ranks;
    std::vector<std::size_t> m_starts;
    std::vector<std::uint32_t> m_shapes; ///< one a row
    std::vector<std::uint32_t> m_firstOfShape;
    std::size_t m_deepest = 0; ///< parts of the longest list
    mutable std::once_flag m_orderMade;
    mutable std::vector<std::uint32_t> m_order;
};

/// Numbers the lists of numbers that occur; for many lists of which few are distinct.
class ListNumbers {
public:
    /// The list's number, from 0 on; the next one where it is new.
    std::uint32_t number(std::span<const std::uint32_t> list);
    [[nodiscard]] std::span<const std::uint32_t> list(std::uint32_t number) const noexcept
    {
        const std::size_t start = number == 0 ? 0 : m_ends[number - 1];
        return std::span(m_items).subspan(start, m_ends[number] - start);
    }

private:
    static constexpr std::uint32_t Free = UINT32_MAX;
    void grow();

    std::vector<std::uint32_t> m_slots = std::vector<std::uint32_t>(256, Free); ///< open addressing
    std::vector<std::uint64_t> m_hashes;
    std::vector<std::uint32_t> m_items; ///< of all lists, one behind the other
    std::vector<std::size_t> m_ends;
};

} // namespace ckptscope::query
