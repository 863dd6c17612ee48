// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/floatbits.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

/// What happens to one element, on a CPU and on a GPU: the functors of core/upcast/kernels.h. What they give is what
/// castElements() gives, bit for bit. Kinds are run-time values, the same for all elements of a call, so that one
/// kernel serves many pairs; where a compiler knows them, their branches go away. Private to dtypes/ and upcast/.
namespace ckptscope::elements {

namespace fb = floatbits;

/// CastLoss of the elements of one call, which are fewer than 2^32.
struct Loss {
    std::uint32_t inexact = 0;
    std::uint32_t overflowed = 0;
    std::uint32_t flushed = 0;
    bool operator==(const Loss&) const = default;
};
struct AddLoss {
    CKPTSCOPE_HD constexpr Loss operator()(const Loss& a, const Loss& b) const noexcept
    {
        return {a.inexact + b.inexact, a.overflowed + b.overflowed, a.flushed + b.flushed};
    }
};

/// The bits of an F32 with the value of `bits`, which are BF16, F16 or F32 by `kind`.
template<class In>
[[nodiscard]] CKPTSCOPE_HD constexpr std::uint32_t toF32(DType kind, In bits) noexcept
{
    if constexpr (sizeof(In) == 4) {
        return bits;
    } else {
        return kind == DType::BF16 ? fb::fromBf16(bits) : fb::fromF16(bits);
    }
}

/// Rounds an F32 to `kind`.
template<class Out>
[[nodiscard]] CKPTSCOPE_HD constexpr Out fromF32(DType kind, std::uint32_t bits) noexcept
{
    if constexpr (sizeof(Out) == 4) {
        return bits;
    } else if constexpr (sizeof(Out) == 2) {
        return kind == DType::BF16 ? fb::toBf16(bits) : fb::toF16(bits);
    } else {
        return fb::toSmall(kind, bits);
    }
}

/// And back again.
template<class Out>
[[nodiscard]] CKPTSCOPE_HD constexpr std::uint32_t backToF32(DType kind, Out bits) noexcept
{
    if constexpr (sizeof(Out) == 1) {
        return fb::fromSmall(kind, bits);
    } else {
        return toF32(kind, bits);
    }
}

/// Half way between the largest number of F8_E4M3, 448, and the 480 that would follow. Finite values beyond it are
/// counted as overflowed though the result is finite, for that dtype saturates.
inline constexpr float E4m3SaturatesAbove = 464.0F;

/// BF16, F16, F32 to a wider dtype: exact, payloads of NaN too.
template<class In, class Out>
struct Widen {
    DType from;
    CKPTSCOPE_HD constexpr Out operator()(In bits) const noexcept
    {
        if constexpr (sizeof(Out) == 8) {
            return fb::toF64(toF32(from, bits));
        } else {
            return toF32(from, bits);
        }
    }
};

/// BF16, F16, F32, F64 to a dtype that does not hold all of their values: rounds, and says what was lost.
template<class In, class Out>
struct Narrow {
    DType from;
    DType to;
    CKPTSCOPE_HD constexpr Loss operator()(In bits, Out& out) const noexcept
    {
        if constexpr (sizeof(In) == 8) {
            const std::uint32_t single = fb::fromF64(bits);
            out = fromF32<Out>(to, single);
            const std::uint32_t back = backToF32(to, out);
            const auto value = std::bit_cast<double>(bits);
            const bool finite = (bits & 0x7FF0'0000'0000'0000ULL) != 0x7FF0'0000'0000'0000ULL;
            const bool backFinite = (back & fb::InfBits) != fb::InfBits;
            const bool beyond = to == DType::F8_E4M3 && (value > E4m3SaturatesAbove || value < -E4m3SaturatesAbove);
            return {static_cast<std::uint32_t>(finite && !(static_cast<double>(std::bit_cast<float>(back)) == value)),
                    static_cast<std::uint32_t>(finite && (!backFinite || beyond)),
                    static_cast<std::uint32_t>(finite && value != 0 && (back & fb::AbsMask) == 0)};
        } else {
            const std::uint32_t wide = toF32(from, bits);
            out = fromF32<Out>(to, wide);
            const std::uint32_t back = backToF32(to, out);
            const std::uint32_t magnitude = wide & fb::AbsMask;
            const std::uint32_t backMagnitude = back & fb::AbsMask;
            const bool finite = magnitude < fb::InfBits;
            const bool same = wide == back || (magnitude | backMagnitude) == 0;
            const bool over = to == DType::F8_E4M3 ? magnitude > std::bit_cast<std::uint32_t>(E4m3SaturatesAbove) : backMagnitude >= fb::InfBits;
            return {static_cast<std::uint32_t>(finite && !same), static_cast<std::uint32_t>(finite && over),
                    static_cast<std::uint32_t>(magnitude != 0 && backMagnitude == 0)};
        }
    }
};

/// What each code of a dtype of at most 8 bits becomes.
struct CodeRow {
    std::uint64_t bits = 0;
    Loss loss;
    std::uint32_t unused = 0;
};
inline constexpr std::size_t CodeRows = 256;

/// Element `index` of packed codes of 4, 6 or 8 bits, low bits first; four codes of 6 bits fill three bytes.
[[nodiscard]] CKPTSCOPE_HD constexpr std::uint32_t codeAt(const std::uint8_t* packed, unsigned codeBits, std::uint64_t index) noexcept
{
    if (codeBits == 8) {
        return packed[index];
    }
    if (codeBits == 4) {
        return (packed[index / 2] >> (index % 2 * 4)) & 0xFU;
    }
    const std::uint8_t* group = packed + index / 4 * 3;
    const std::uint32_t bits = group[0] | (std::uint32_t{group[1]} << 8U) | (std::uint32_t{group[2]} << 16U);
    return (bits >> (index % 4 * 6)) & 0x3FU;
}

} // namespace ckptscope::elements
