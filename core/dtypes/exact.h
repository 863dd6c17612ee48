// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/dtype.h"

#include <cstdint>
#include <span>

namespace ckptscope {

/// Narrow types that a wider float's values are tried against, narrowest first; also the order in which a "narrowest"
/// one is named.
enum class ExactKind : std::uint8_t { F8_E4M3, F8_E5M2, BF16, F16, F32, SmallInteger };
inline constexpr int ExactKinds = 6;

/// A set of ExactKinds that all values seen so far are exactly in.
class ExactSet {
public:
    constexpr ExactSet() = default; ///< all
    [[nodiscard]] static constexpr ExactSet none() noexcept
    {
        ExactSet set;
        set.m_bits = 0;
        return set;
    }
    [[nodiscard]] static constexpr ExactSet of(ExactKind kind) noexcept
    {
        ExactSet set;
        set.m_bits = static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
        return set;
    }
    [[nodiscard]] constexpr bool has(ExactKind kind) const noexcept { return (m_bits >> static_cast<unsigned>(kind) & 1U) != 0; }
    constexpr void drop(ExactKind kind) noexcept { m_bits = static_cast<std::uint8_t>(m_bits & ~(1U << static_cast<unsigned>(kind))); }
    constexpr ExactSet& operator&=(ExactSet other) noexcept
    {
        m_bits = static_cast<std::uint8_t>(m_bits & other.m_bits);
        return *this;
    }
    [[nodiscard]] constexpr bool empty() const noexcept { return m_bits == 0; }
    bool operator==(const ExactSet&) const = default;

private:
    std::uint8_t m_bits = (1U << ExactKinds) - 1U;
};

/// Drops from `set` every kind that one of these values is not exactly in: casting there and back gives another number.
/// NaN (any payload) is in every float kind; Inf in all but F8_E4M3; -0 in all of them. SmallInteger: whole numbers
/// from -256 to 256, which say nothing about the precision that a tensor once had. Kinds that are dropped already cost
/// nothing, nor do `known` ones: the caller knows that all are in them.
void narrowExactSet(ExactSet& set, std::span<const float> values, ExactSet known = ExactSet::none()) noexcept;
void narrowExactSet(ExactSet& set, std::span<const double> values) noexcept;

/// The narrowest float dtype that holds all values of a tensor stored as `stored`, which is what `set` says; `stored`
/// where none is narrower.
[[nodiscard]] DType narrowestOf(ExactSet set, DType stored) noexcept;

} // namespace ckptscope
