// SPDX-License-Identifier: Apache-2.0
#include "core/dtypes/convert.h"

#include "core/dtypes/castkernels.h"
#include "core/dtypes/floatbits.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

namespace ckptscope {

namespace {

template<class T>
T load(std::span<const std::byte> packed, std::uint64_t index) noexcept
{
    T value{};
    if (index < packed.size() / sizeof(T)) {
        std::memcpy(&value, packed.data() + index * sizeof(T), sizeof(T));
    }
    return value;
}

double doubleOf(std::uint32_t floatBits) noexcept
{
    return std::bit_cast<double>(floatbits::toF64(floatBits));
}

constexpr double NotANumber = std::numeric_limits<double>::quiet_NaN();

} // namespace

float bf16ToFloat(std::uint16_t bits) noexcept
{
    return std::bit_cast<float>(floatbits::fromBf16(bits));
}

std::uint16_t floatToBf16(float value) noexcept
{
    return floatbits::toBf16(std::bit_cast<std::uint32_t>(value));
}

float f16ToFloat(std::uint16_t bits) noexcept
{
    return std::bit_cast<float>(floatbits::fromF16(bits));
}

std::uint16_t floatToF16(float value) noexcept
{
    return floatbits::toF16(std::bit_cast<std::uint32_t>(value));
}

float smallFloatToFloat(DType dtype, std::uint8_t code) noexcept
{
    return std::bit_cast<float>(floatbits::fromSmall(dtype, code));
}

std::uint8_t floatToSmallFloat(DType dtype, float value) noexcept
{
    return floatbits::toSmall(dtype, std::bit_cast<std::uint32_t>(value));
}

double decodeElement(DType dtype, std::span<const std::byte> packed, std::uint64_t index) noexcept
{
    switch (dtype) {
    case DType::BOOL:
    case DType::U8:
        return load<std::uint8_t>(packed, index);
    case DType::I8:
        return load<std::int8_t>(packed, index);
    case DType::F4: {
        const auto byte = load<std::uint8_t>(packed, index / 2);
        return doubleOf(floatbits::fromSmall(dtype, static_cast<std::uint8_t>((byte >> (index % 2 * 4)) & 0xFU)));
    }
    case DType::F6_E2M3:
    case DType::F6_E3M2: {
        const std::uint64_t group = index / 4 * 3; // four elements fill three bytes
        const std::uint32_t bits = load<std::uint8_t>(packed, group) | (std::uint32_t{load<std::uint8_t>(packed, group + 1)} << 8U)
            | (std::uint32_t{load<std::uint8_t>(packed, group + 2)} << 16U);
        return doubleOf(floatbits::fromSmall(dtype, static_cast<std::uint8_t>((bits >> (index % 4 * 6)) & 0x3FU)));
    }
    case DType::F8_E5M2:
    case DType::F8_E4M3:
    case DType::F8_E8M0:
    case DType::F8_E4M3FNUZ:
    case DType::F8_E5M2FNUZ:
        return doubleOf(floatbits::fromSmall(dtype, load<std::uint8_t>(packed, index)));
    case DType::I16:
        return load<std::int16_t>(packed, index);
    case DType::U16:
        return load<std::uint16_t>(packed, index);
    case DType::F16:
        return doubleOf(floatbits::fromF16(load<std::uint16_t>(packed, index)));
    case DType::BF16:
        return doubleOf(floatbits::fromBf16(load<std::uint16_t>(packed, index)));
    case DType::I32:
        return load<std::int32_t>(packed, index);
    case DType::U32:
        return load<std::uint32_t>(packed, index);
    case DType::F32:
        return doubleOf(load<std::uint32_t>(packed, index));
    case DType::F64:
        return load<double>(packed, index);
    case DType::I64:
        return static_cast<double>(load<std::int64_t>(packed, index));
    case DType::U64:
        return static_cast<double>(load<std::uint64_t>(packed, index));
    case DType::C32:
        return doubleOf(floatbits::fromF16(load<std::uint16_t>(packed, index * 2)));
    case DType::C64:
        return doubleOf(load<std::uint32_t>(packed, index * 2));
    case DType::C128:
        return load<double>(packed, index * 2);
    default:
        return NotANumber;
    }
}

double decodeImag(DType dtype, std::span<const std::byte> packed, std::uint64_t index) noexcept
{
    switch (dtype) {
    case DType::C32:
        return doubleOf(floatbits::fromF16(load<std::uint16_t>(packed, index * 2 + 1)));
    case DType::C64:
        return doubleOf(load<std::uint32_t>(packed, index * 2 + 1));
    case DType::C128:
        return load<double>(packed, index * 2 + 1);
    default:
        return 0;
    }
}

void decodeElements(DType dtype, std::span<const std::byte> packed, std::span<double> out) noexcept
{
    const kernels::CastKernels& loops = kernels::castKernels();
    const auto kind = kernels::narrowKind(dtype);
    const std::size_t bytes = dtypeInfo(dtype).blockBits / 8U;
    const bool whole = (kind || dtype == DType::F32 || dtype == DType::F64) && packed.size() / bytes >= out.size();
    if (!whole) {
        for (std::size_t i = 0; i < out.size(); ++i) {
            out[i] = decodeElement(dtype, packed, i);
        }
        return;
    }
    if (dtype == DType::F64) {
        std::memcpy(out.data(), packed.data(), out.size_bytes());
        return;
    }
    std::array<float, 1024> singles;
    for (std::size_t done = 0; done < out.size();) {
        const std::size_t now = std::min(singles.size(), out.size() - done);
        const std::byte* from = packed.data() + done * bytes;
        const auto to = std::as_writable_bytes(out.subspan(done, now));
        if (kind) {
            const auto buffer = std::as_writable_bytes(std::span(singles));
            loops.decode[static_cast<std::size_t>(*kind)](from, buffer.data(), now);
            from = buffer.data();
        }
        loops.f32ToF64(from, to.data(), now);
        done += now;
    }
}

} // namespace ckptscope
