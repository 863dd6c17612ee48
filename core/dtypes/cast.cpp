// SPDX-License-Identifier: Apache-2.0
// The loops of castElements(). Each is one kind in, one kind out, with the conversions of floatbits.h inlined, so that the compiler vectorises it.
#include "core/dtypes/convert.h"

#include "core/dtypes/floatbits.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>

namespace ckptscope {

namespace {

namespace fb = floatbits;

// One struct a kind: Bits, and the way to and from the bits of an F32.
struct Bf16 {
    using Bits = std::uint16_t;
    static std::uint32_t toF32(Bits bits) noexcept { return fb::fromBf16(bits); }
    static Bits fromF32(std::uint32_t bits) noexcept { return fb::toBf16(bits); }
};
struct F16 {
    using Bits = std::uint16_t;
    static std::uint32_t toF32(Bits bits) noexcept { return fb::fromF16(bits); }
    static Bits fromF32(std::uint32_t bits) noexcept { return fb::toF16(bits); }
};
struct F32 {
    using Bits = std::uint32_t;
    static std::uint32_t toF32(Bits bits) noexcept { return bits; }
    static Bits fromF32(std::uint32_t bits) noexcept { return bits; }
};
struct F64 {
    using Bits = std::uint64_t;
};
template<DType Kind>
struct Small {
    using Bits = std::uint8_t;
    static std::uint32_t toF32(Bits bits) noexcept { return fb::fromSmall(Kind, bits); }
    static Bits fromF32(std::uint32_t bits) noexcept { return fb::toSmall(Kind, bits); }
};

template<class Bits>
Bits load(const std::byte* from, std::uint64_t index) noexcept
{
    Bits bits {};
    std::memcpy(&bits, from + index * sizeof(Bits), sizeof(Bits));
    return bits;
}

template<class Bits>
void store(std::byte* to, std::uint64_t index, Bits bits) noexcept
{
    std::memcpy(to + index * sizeof(Bits), &bits, sizeof(Bits));
}

/// Finite values beyond this are counted as overflowed though the result is finite (F8_E4M3 saturates).
template<class To>
constexpr float SaturatesAbove = std::numeric_limits<float>::infinity();
template<>
constexpr float SaturatesAbove<Small<DType::F8_E4M3>> = 464.0F; // half way between 448 and the 480 that would follow

/// Counters of one block stay in 32 bits, as wide as the elements, which is what lets the loop vectorise.
constexpr std::uint64_t BlockElements = 1U << 20U;

template<class From, class To>
CastLoss narrowLoop(const std::byte* in, std::byte* out, std::uint64_t elements)
{
    CastLoss loss;
    for (std::uint64_t start = 0; start < elements; start += BlockElements) {
        const std::uint64_t end = std::min(elements, start + BlockElements);
        std::uint32_t inexact = 0;
        std::uint32_t overflowed = 0;
        std::uint32_t flushed = 0;
        for (std::uint64_t i = start; i < end; ++i) {
            if constexpr (std::is_same_v<From, F64>) {
                const auto bits = load<std::uint64_t>(in, i);
                const auto value = std::bit_cast<double>(bits);
                const std::uint32_t single = fb::fromF64(bits);
                std::uint32_t back = single;
                if constexpr (std::is_same_v<To, F32>) {
                    store(out, i, single);
                } else {
                    const auto result = To::fromF32(single);
                    store(out, i, result);
                    back = To::toF32(result);
                }
                const bool finite = (bits & 0x7FF0'0000'0000'0000ULL) != 0x7FF0'0000'0000'0000ULL;
                const bool backFinite = (back & fb::InfBits) != fb::InfBits;
                inexact += static_cast<std::uint32_t>(finite && !(static_cast<double>(std::bit_cast<float>(back)) == value));
                overflowed += static_cast<std::uint32_t>(finite && (!backFinite || value > SaturatesAbove<To> || value < -SaturatesAbove<To>));
                flushed += static_cast<std::uint32_t>(finite && value != 0 && (back & fb::AbsMask) == 0);
            } else {
                const std::uint32_t bits = From::toF32(load<typename From::Bits>(in, i));
                const auto result = To::fromF32(bits);
                store(out, i, result);
                const std::uint32_t back = To::toF32(result);
                const std::uint32_t magnitude = bits & fb::AbsMask;
                const bool finite = magnitude < fb::InfBits;
                const bool backFinite = (back & fb::AbsMask) < fb::InfBits;
                const bool same = bits == back || (magnitude | (back & fb::AbsMask)) == 0;
                inexact += static_cast<std::uint32_t>(finite & !same);
                if constexpr (SaturatesAbove<To> < std::numeric_limits<float>::infinity()) {
                    overflowed += static_cast<std::uint32_t>(finite & (magnitude > std::bit_cast<std::uint32_t>(SaturatesAbove<To>)));
                } else {
                    overflowed += static_cast<std::uint32_t>(finite & !backFinite);
                }
                flushed += static_cast<std::uint32_t>((magnitude != 0) & ((back & fb::AbsMask) == 0));
            }
        }
        loss.inexact += inexact;
        loss.overflowed += overflowed;
        loss.flushed += flushed;
    }
    return loss;
}

template<class From, class To>
void widenLoop(const std::byte* in, std::byte* out, std::uint64_t elements)
{
    for (std::uint64_t i = 0; i < elements; ++i) {
        const std::uint32_t bits = From::toF32(load<typename From::Bits>(in, i));
        if constexpr (std::is_same_v<To, F64>) {
            store(out, i, fb::toF64(bits));
        } else {
            store(out, i, bits);
        }
    }
}

/// F16 or wider to whatever is no widening.
template<class From>
CastLoss narrow(DType to, const std::byte* in, std::byte* out, std::uint64_t elements)
{
    switch (to) {
    case DType::F32:
        return narrowLoop<From, F32>(in, out, elements);
    case DType::BF16:
        return narrowLoop<From, Bf16>(in, out, elements);
    case DType::F16:
        return narrowLoop<From, F16>(in, out, elements);
    case DType::F8_E4M3:
        return narrowLoop<From, Small<DType::F8_E4M3>>(in, out, elements);
    case DType::F8_E5M2:
        return narrowLoop<From, Small<DType::F8_E5M2>>(in, out, elements);
    case DType::F8_E4M3FNUZ:
        return narrowLoop<From, Small<DType::F8_E4M3FNUZ>>(in, out, elements);
    case DType::F8_E5M2FNUZ:
        return narrowLoop<From, Small<DType::F8_E5M2FNUZ>>(in, out, elements);
    default:
        return narrowLoop<From, Small<DType::F8_E8M0>>(in, out, elements);
    }
}

template<class From>
void widen(DType to, const std::byte* in, std::byte* out, std::uint64_t elements)
{
    if (to == DType::F64) {
        widenLoop<From, F64>(in, out, elements);
    } else {
        widenLoop<From, F32>(in, out, elements);
    }
}

/// What one code of a kind of at most 8 bits becomes.
struct TableRow {
    std::uint64_t bits = 0;
    CastLoss loss;
};

std::array<TableRow, 256> smallTable(DType from, DType to)
{
    std::array<TableRow, 256> table {};
    const bool exact = isLosslessCast(from, to);
    for (std::size_t code = 0; code < table.size(); ++code) {
        const std::uint32_t bits = fb::fromSmall(from, static_cast<std::uint8_t>(code));
        TableRow& row = table[code];
        if (to == DType::F64) {
            row.bits = fb::toF64(bits);
        } else if (to == DType::F32) {
            row.bits = bits;
        } else if (exact && fb::isNan(bits)) { // a widening to 16 bits: sign and payload stay, nothing is made quiet
            row.bits = to == DType::BF16 ? bits >> 16U : ((bits >> 16U) & 0x8000U) | 0x7C00U | ((bits >> 13U) & 0x3FFU);
        } else {
            std::array<std::byte, 4> in {};
            std::memcpy(in.data(), &bits, sizeof(bits));
            std::array<std::byte, 8> out {};
            row.loss = narrow<F32>(to, in.data(), out.data(), 1);
            std::memcpy(&row.bits, out.data(), out.size());
        }
    }
    return table;
}

template<class Bits>
void tableLoop(const std::array<TableRow, 256>& table, DType from, const std::byte* in, std::byte* out, std::uint64_t elements,
               std::array<std::uint64_t, 256>& seen)
{
    std::array<Bits, 256> values {};
    for (std::size_t code = 0; code < values.size(); ++code) {
        values[code] = static_cast<Bits>(table[code].bits);
    }
    const auto put = [&](std::uint64_t i, std::size_t code) {
        ++seen[code];
        store(out, i, values[code]);
    };
    if (from == DType::F4) {
        for (std::uint64_t i = 0; i < elements; ++i) {
            put(i, (std::to_integer<unsigned>(in[i / 2]) >> (i % 2 * 4)) & 0xFU);
        }
    } else if (from == DType::F6_E2M3 || from == DType::F6_E3M2) {
        for (std::uint64_t i = 0; i < elements; ++i) {
            const std::byte* group = in + i / 4 * 3;
            const unsigned bits = std::to_integer<unsigned>(group[0]) | (std::to_integer<unsigned>(group[1]) << 8U)
                | (std::to_integer<unsigned>(group[2]) << 16U);
            put(i, (bits >> (i % 4 * 6)) & 0x3FU);
        }
    } else {
        for (std::uint64_t i = 0; i < elements; ++i) {
            put(i, std::to_integer<std::size_t>(in[i]));
        }
    }
}

CastLoss castSmall(DType from, const std::byte* in, DType to, std::byte* out, std::uint64_t elements)
{
    const auto table = smallTable(from, to);
    std::array<std::uint64_t, 256> seen {};
    switch (dtypeInfo(to).blockBits) {
    case 64:
        tableLoop<std::uint64_t>(table, from, in, out, elements, seen);
        break;
    case 32:
        tableLoop<std::uint32_t>(table, from, in, out, elements, seen);
        break;
    case 16:
        tableLoop<std::uint16_t>(table, from, in, out, elements, seen);
        break;
    default:
        tableLoop<std::uint8_t>(table, from, in, out, elements, seen);
        break;
    }
    CastLoss loss;
    for (std::size_t code = 0; code < seen.size(); ++code) {
        loss.inexact += seen[code] * table[code].loss.inexact;
        loss.overflowed += seen[code] * table[code].loss.overflowed;
        loss.flushed += seen[code] * table[code].loss.flushed;
    }
    return loss;
}

} // namespace

bool canCast(DType from, DType to) noexcept
{
    if (!isRealFloat(from) || !isRealFloat(to)) {
        return false;
    }
    return from == to || (to != DType::F4 && to != DType::F6_E2M3 && to != DType::F6_E3M2);
}

Result<CastLoss> castElements(DType from, std::span<const std::byte> in, DType to, std::span<std::byte> out, std::uint64_t elements)
{
    if (!canCast(from, to)) {
        return fail(Code::CastUnsupported, {std::string(dtypeName(from)), std::string(dtypeName(to))});
    }
    if (byteSize(from, elements) != in.size() || byteSize(to, elements) != out.size()) {
        return fail(Code::Internal, {"castElements: sizes do not fit the number of elements"});
    }
    if (from == to) {
        std::copy(in.begin(), in.end(), out.begin());
        return CastLoss {};
    }
    const bool widening = isLosslessCast(from, to);
    switch (from) {
    case DType::BF16:
        if (widening) {
            widen<Bf16>(to, in.data(), out.data(), elements);
            return CastLoss {};
        }
        return narrow<Bf16>(to, in.data(), out.data(), elements);
    case DType::F16:
        if (widening) {
            widen<F16>(to, in.data(), out.data(), elements);
            return CastLoss {};
        }
        return narrow<F16>(to, in.data(), out.data(), elements);
    case DType::F32:
        if (widening) {
            widen<F32>(to, in.data(), out.data(), elements);
            return CastLoss {};
        }
        return narrow<F32>(to, in.data(), out.data(), elements);
    case DType::F64:
        return narrow<F64>(to, in.data(), out.data(), elements);
    default:
        return castSmall(from, in.data(), to, out.data(), elements);
    }
}

} // namespace ckptscope
