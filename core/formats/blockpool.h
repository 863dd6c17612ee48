// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace ckptscope {

/// What a parser of a hostile file may still allocate. A parser that takes from one budget stays under it as a whole.
class MemoryBudget {
public:
    explicit MemoryBudget(std::uint64_t bytes) noexcept
        : m_total(bytes)
        , m_left(bytes)
    {
    }
    /// False: nothing was taken, the caller must stop.
    [[nodiscard]] bool take(std::uint64_t bytes) noexcept
    {
        if (bytes > m_left) {
            m_left = 0;
            return false;
        }
        m_left -= bytes;
        return true;
    }
    void giveBack(std::uint64_t bytes) noexcept { m_left += bytes; }
    [[nodiscard]] bool spent() const noexcept { return m_left == 0; }

    /// What it held at first.
    [[nodiscard]] std::uint64_t total() const noexcept { return m_total; }

private:
    std::uint64_t m_total;
    std::uint64_t m_left;
};

/// An array that grows by blocks: it never copies what it holds, so its peak is its size. For trivial types.
template<class T>
class BlockPool {
public:
    static constexpr std::size_t BlockItems = 1024; ///< small, since a folder may hold thousands of small pickles

    [[nodiscard]] std::size_t size() const noexcept { return m_size; }
    [[nodiscard]] bool empty() const noexcept { return m_size == 0; }
    T& operator[](std::size_t i) noexcept { return m_blocks[i / BlockItems][i % BlockItems]; }
    const T& operator[](std::size_t i) const noexcept { return m_blocks[i / BlockItems][i % BlockItems]; }
    /// False where the budget is spent; then nothing was added.
    [[nodiscard]] bool push(const T& value, MemoryBudget& budget)
    {
        if (m_size == m_blocks.size() * BlockItems) {
            if (!budget.take(BlockItems * sizeof(T))) {
                return false;
            }
            m_blocks.emplace_back(new T[BlockItems]); // NOLINT: not cleared, push() writes each item before it is read
        }
        (*this)[m_size++] = value;
        return true;
    }
    /// Keeps the blocks for later.
    void truncate(std::size_t size) noexcept { m_size = size < m_size ? size : m_size; }

private:
    std::vector<std::unique_ptr<T[]>> m_blocks;
    std::size_t m_size = 0;
};

} // namespace ckptscope
