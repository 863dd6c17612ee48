// SPDX-License-Identifier: Apache-2.0
#include "core/values/elementtext.h"

#include "core/dtypes/convert.h"
#include "core/text/text.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

namespace ckptscope {

namespace {

/// What a number becomes when it is written into the dtype.
double rounded(DType dtype, double value)
{
    const auto wide = static_cast<float>(value);
    switch (dtype) {
    case DType::BF16:
        return static_cast<double>(bf16ToFloat(floatToBf16(wide)));
    case DType::F16:
    case DType::C32:
        return static_cast<double>(f16ToFloat(floatToF16(wide)));
    default:
        return value;
    }
}

double parsed(const char* first, const char* last)
{
    double value = 0;
    std::from_chars(first, last, value);
    return value;
}

/// Whether reading `decimal` gives `value`.
bool readsBack(DType dtype, double decimal, double value)
{
    return rounded(dtype, decimal) == value;
}

/// The decimal of `digits` digits that is nearest to `value`, or one of its two neighbours, where it reads back to `value`.
bool shortDecimal(DType dtype, double value, int digits, double& decimal)
{
    std::array<char, 64> text{};
    const auto nearest = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific, digits - 1);
    decimal = parsed(text.data(), nearest.ptr);
    if (readsBack(dtype, decimal, value)) {
        return true;
    }
    // At a power of two the gap below is half of that above: the second nearest decimal may read back where the nearest does not.
    const double step = std::pow(10.0, std::floor(std::log10(std::abs(value))) - (digits - 1));
    for (const double other : {decimal - step, decimal + step}) {
        const auto end = std::to_chars(text.data(), text.data() + text.size(), other, std::chars_format::scientific, digits - 1);
        decimal = parsed(text.data(), end.ptr);
        if (readsBack(dtype, decimal, value)) {
            return true;
        }
    }
    return false;
}

template<class T>
T load(std::span<const std::byte> packed, std::uint64_t index)
{
    T value{};
    if (index < packed.size() / sizeof(T)) {
        std::memcpy(&value, packed.data() + index * sizeof(T), sizeof(T));
    }
    return value;
}

std::string complexText(DType part, double real, double imaginary)
{
    const std::string second = valueText(part, imaginary);
    return valueText(part, real) + (second.starts_with('-') ? "" : "+") + second + "j";
}

} // namespace

std::string valueText(DType dtype, double value)
{
    if (!std::isfinite(value) || value == 0) {
        return numberText(value);
    }
    // A whole number is itself: 448 is the largest F8_E4M3, though 450 would read back to it. Of eight bits each number has few digits.
    constexpr double MostWhole = 1U << 24U;
    if (std::abs(value) <= MostWhole && value == std::trunc(value)) {
        return numberText(value);
    }
    if (dtype == DType::F32 || dtype == DType::C64 || dtypeInfo(dtype).blockBits <= 8 || dtypeInfo(dtype).family == DTypeFamily::Block) {
        std::array<char, 64> text{};
        const auto end = std::to_chars(text.data(), text.data() + text.size(), static_cast<float>(value));
        return {text.data(), end.ptr};
    }
    if (dtypeInfo(dtype).blockBits <= 32 && (isRealFloat(dtype) || dtype == DType::C32)) {
        for (int digits = 1; digits < 10; ++digits) {
            double decimal = 0;
            if (shortDecimal(dtype, value, digits, decimal)) {
                return numberText(decimal);
            }
        }
    }
    return numberText(value);
}

std::string elementText(DType dtype, std::span<const std::byte> packed, std::uint64_t index)
{
    switch (dtype) {
    case DType::BOOL: {
        const auto byte = load<std::uint8_t>(packed, index);
        return byte == 0 ? "false" : byte == 1 ? "true" : std::to_string(byte);
    }
    case DType::I64:
        return std::to_string(load<std::int64_t>(packed, index));
    case DType::U64:
        return std::to_string(load<std::uint64_t>(packed, index));
    case DType::U8:
    case DType::I8:
    case DType::I16:
    case DType::U16:
    case DType::I32:
    case DType::U32:
        return std::to_string(static_cast<std::int64_t>(decodeElement(dtype, packed, index)));
    case DType::C32:
        return complexText(DType::F16, decodeElement(DType::F16, packed, 2 * index), decodeElement(DType::F16, packed, 2 * index + 1));
    case DType::C64:
        return complexText(DType::F32, decodeElement(DType::F32, packed, 2 * index), decodeElement(DType::F32, packed, 2 * index + 1));
    case DType::C128:
        return complexText(DType::F64, decodeElement(DType::F64, packed, 2 * index), decodeElement(DType::F64, packed, 2 * index + 1));
    default:
        return isRealFloat(dtype) ? valueText(dtype, decodeElement(dtype, packed, index)) : "?";
    }
}

std::string elementBits(DType dtype, std::span<const std::byte> packed, std::uint64_t index)
{
    constexpr std::string_view Digits = "0123456789ABCDEF";
    const DTypeInfo& info = dtypeInfo(dtype);
    if (info.blockElements != 1 || info.blockBits == 0) {
        return "?";
    }
    std::string text = "0x";
    if (info.blockBits < 8) {
        unsigned code = 0;
        for (unsigned bit = 0; bit < info.blockBits; ++bit) { // least significant first, as decodeElement has it
            const std::uint64_t at = index * info.blockBits + bit;
            if (at / 8 < packed.size()) {
                code |= (static_cast<unsigned>(packed[at / 8]) >> (at % 8) & 1U) << bit;
            }
        }
        if (code > 15) {
            text += Digits[code >> 4U];
        }
        return text + Digits[code & 15U];
    }
    const std::size_t bytes = info.blockBits / 8U;
    for (std::size_t i = bytes; i-- > 0;) {
        const std::size_t at = index * bytes + i;
        const auto byte = at < packed.size() ? static_cast<unsigned>(packed[at]) : 0U;
        text += Digits[byte >> 4U];
        text += Digits[byte & 15U];
    }
    return text;
}

} // namespace ckptscope
