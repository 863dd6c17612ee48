// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/upcast/blockfacts.h"
#include "core/values/statistics.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace ckptscope {

/// What StatisticsAccumulator hands its work to: one kind for dtypes of few codes, one for wide ones. Private to values/.
class StatisticsAccumulator::Impl {
public:
    virtual ~Impl() = default;
    virtual void add(std::span<const std::byte> packed, std::uint64_t elements) = 0;
    virtual void merge(Impl& next) = 0; ///< of the same kind and dtype
    virtual bool addCounts(std::span<const std::uint64_t>) { return false; }
    virtual bool addBlocks(std::span<const BlockFacts>) { return false; }
    [[nodiscard]] virtual Statistics finish() const = 0;
    [[nodiscard]] virtual std::vector<CodeCount> codes() const { return {}; }

    /// For dtypes of at most 16 bits, which it counts; see codecounter.cpp.
    static std::unique_ptr<Impl> codeCounter(DType dtype);
    /// For the others, BF16 and F16; see moments.cpp.
    static std::unique_ptr<Impl> moments(DType dtype);
};

/// A sum that keeps what each addition rounds away (Neumaier's variant of Kahan's).
class CompensatedSum {
public:
    CompensatedSum() = default;
    CompensatedSum(double sum, double rest) noexcept
        : m_sum(sum)
        , m_rest(rest)
    {
    }
    void add(double value) noexcept
    {
        const double next = m_sum + value;
        const double larger = m_sum < 0 ? -m_sum : m_sum;
        const double other = value < 0 ? -value : value;
        m_rest += larger >= other ? (m_sum - next) + value : (value - next) + m_sum;
        m_sum = next;
    }
    void add(const CompensatedSum& other) noexcept
    {
        add(other.m_sum);
        m_rest += other.m_rest;
    }
    /// Where the sum itself overflowed, the rest is NaN and says nothing.
    [[nodiscard]] double value() const noexcept
    {
        const double whole = m_sum + m_rest;
        return whole == whole ? whole : m_sum;
    }

private:
    double m_sum = 0;
    double m_rest = 0;
};

} // namespace ckptscope
