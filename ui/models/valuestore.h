// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/query/filter.h"
#include "core/values/valuescan.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace ckptscope::ui {

/// What scans have found of a checkpoint's values so far, one entry a tensor. Workers put, the ui reads; only grows.
class ValueStore {
public:
    explicit ValueStore(std::size_t tensors);

    void put(const TensorValues& values);
    /// nullopt: not scanned, or its elements cannot be read.
    [[nodiscard]] std::optional<double> get(std::uint32_t tensor, Statistic statistic) const;
    /// Everything that a scan said of a tensor; nullopt: not scanned, or its elements cannot be read.
    [[nodiscard]] std::optional<Statistics> statistics(std::uint32_t tensor) const;
    /// At 1, 50 and 99 %, as Histogram has them; NaN where there is no finite value; nullopt: nobody asked yet.
    [[nodiscard]] std::optional<std::array<double, 3>> percentiles(std::uint32_t tensor) const;
    void putPercentiles(std::uint32_t tensor, const std::array<double, 3>& percentiles);
    [[nodiscard]] std::optional<Error> error(std::uint32_t tensor) const; ///< why it could not be read
    [[nodiscard]] bool known(std::uint32_t tensor) const;                 ///< one of the two
    /// Of several tensors: least, greatest, or the sum of counts; nullopt where none was scanned, and for Mean and Std.
    [[nodiscard]] std::optional<double> over(std::span<const std::uint32_t> tensors, Statistic statistic) const;
    /// What only a whole scan can say: tensors that hold the very bytes of others. Takes the place of what an earlier one said.
    void putDuplicates(std::optional<Finding> finding);
    /// What the statistics so far say, worded for this report.
    [[nodiscard]] std::vector<Finding> findings(const Checkpoint& checkpoint, const CheckReport& report) const;

    [[nodiscard]] std::uint64_t scanned() const noexcept { return m_scanned; } ///< tensors, the unreadable ones too
    [[nodiscard]] std::uint64_t unreadable() const noexcept { return m_unreadable; }
    [[nodiscard]] std::uint64_t found() const noexcept { return m_found; } ///< findings so far
    /// The first error that is damage; else the first of any kind.
    [[nodiscard]] std::optional<Error> firstError() const;

private:
    std::size_t m_tensors;
    mutable std::mutex m_mutex;
    std::vector<std::optional<Statistics>> m_statistics;          ///< made with the first result
    std::map<std::uint32_t, std::array<double, 3>> m_percentiles; ///< of few: they cost passes of their own
    std::map<std::uint32_t, Error> m_errors;
    std::optional<Error> m_error;
    std::optional<Finding> m_duplicates;
    std::atomic<std::uint64_t> m_scanned = 0;
    std::atomic<std::uint64_t> m_unreadable = 0;
    std::atomic<std::uint64_t> m_found = 0;
};

} // namespace ckptscope::ui
