// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/checkpoint.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace ckptscope {

/// A tensor that one or both of two checkpoints hold. At least one side is there.
struct ComparisonRow {
    std::optional<std::uint32_t> a; ///< index into a().tensors(); absent: added in B
    std::optional<std::uint32_t> b; ///< index into b().tensors(); absent: removed from A
    bool dtype = false;             ///< the dtypes differ
    bool shape = false;             ///< the shapes differ
    bool renamed = false;           ///< matched by plainName(), not by key; no difference in itself
    [[nodiscard]] bool added() const noexcept { return !a; }
    [[nodiscard]] bool removed() const noexcept { return !b; }
    /// What the headers alone tell.
    [[nodiscard]] bool differs() const noexcept { return !a || !b || dtype || shape; }
    /// Both hold it in one shape, so that its values can be compared.
    [[nodiscard]] bool comparable() const noexcept { return a && b && !shape; }
};

/// Two checkpoints side by side, from their headers alone; see compareValues() for what they hold. Immutable. They may
/// be of different formats.
class Comparison {
public:
    /// Matches by key, then by the plain name (holders and prefixes left out) where that is no guess. Of several
    /// tensors of one key only the one that a loader takes is compared. Rows stand in A's file order, then what B adds
    /// in B's.
    static std::shared_ptr<const Comparison> make(std::shared_ptr<const Checkpoint> a, std::shared_ptr<const Checkpoint> b);

    [[nodiscard]] const std::shared_ptr<const Checkpoint>& a() const noexcept { return m_a; }
    [[nodiscard]] const std::shared_ptr<const Checkpoint>& b() const noexcept { return m_b; }
    [[nodiscard]] const std::vector<ComparisonRow>& rows() const noexcept { return m_rows; }
    /// The tensor whose key and place a row is shown under: A's, or B's where it is added.
    [[nodiscard]] const TensorInfo& shown(const ComparisonRow& row) const noexcept { return row.a ? m_a->tensors()[*row.a] : m_b->tensors()[*row.b]; }

    /// For each row its place when rows stand in path order of the keys they are shown under: layers.2 before layers.10. Made when first
    /// asked for; from any thread.
    [[nodiscard]] const std::vector<std::uint32_t>& pathPlaces() const;

private:
    Comparison() = default;
    std::shared_ptr<const Checkpoint> m_a;
    std::shared_ptr<const Checkpoint> m_b;
    std::vector<ComparisonRow> m_rows;
    mutable std::once_flag m_placesMade;
    mutable std::vector<std::uint32_t> m_places;
};

/// How many rows differ in what. A row counts once for each.
struct ComparisonCounts {
    std::uint64_t matched = 0; ///< rows that both sides hold
    std::uint64_t added = 0;
    std::uint64_t removed = 0;
    std::uint64_t dtype = 0;
    std::uint64_t shape = 0;
    std::uint64_t renamed = 0;
    std::uint64_t value = 0;      ///< of the compared ones; 0 while none was
    std::uint64_t unreadable = 0; ///< whose values could not be compared
    /// No difference was found. A tensor that could not be read was not found equal.
    [[nodiscard]] bool same() const noexcept { return added + removed + dtype + shape + value + unreadable == 0; }
};
[[nodiscard]] ComparisonCounts countChanges(const std::vector<ComparisonRow>& rows) noexcept;

} // namespace ckptscope
