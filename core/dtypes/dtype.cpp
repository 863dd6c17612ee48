// SPDX-License-Identifier: Apache-2.0
#include "core/dtypes/dtype.h"

#include <algorithm>
#include <array>
#include <string>

namespace ckptscope {

namespace {

using enum DTypeFamily;

// name, elements a block, bits a block, family, safetensors, mantissa, exponent.
// ggml sizes: ggml-org/ggml src/ggml-common.h; the rest huggingface/safetensors safetensors/src/tensor.rs `Dtype::bitsize`.
constexpr std::array Table{
    DTypeInfo{DType::Unknown, "unknown", 1, 0, Other, false, 0, 0},
    DTypeInfo{DType::BOOL, "BOOL", 1, 8, Bool, true, 0, 0},
    DTypeInfo{DType::F4, "F4", 1, 4, Float, true, 1, 2},
    DTypeInfo{DType::F6_E2M3, "F6_E2M3", 1, 6, Float, true, 3, 2},
    DTypeInfo{DType::F6_E3M2, "F6_E3M2", 1, 6, Float, true, 2, 3},
    DTypeInfo{DType::U8, "U8", 1, 8, Integer, true, 0, 0},
    DTypeInfo{DType::I8, "I8", 1, 8, Integer, true, 0, 0},
    DTypeInfo{DType::F8_E5M2, "F8_E5M2", 1, 8, Float, true, 2, 5},
    DTypeInfo{DType::F8_E4M3, "F8_E4M3", 1, 8, Float, true, 3, 4},
    DTypeInfo{DType::F8_E8M0, "F8_E8M0", 1, 8, Float, true, 0, 8},
    DTypeInfo{DType::F8_E4M3FNUZ, "F8_E4M3FNUZ", 1, 8, Float, true, 3, 4},
    DTypeInfo{DType::F8_E5M2FNUZ, "F8_E5M2FNUZ", 1, 8, Float, true, 2, 5},
    DTypeInfo{DType::I16, "I16", 1, 16, Integer, true, 0, 0},
    DTypeInfo{DType::U16, "U16", 1, 16, Integer, true, 0, 0},
    DTypeInfo{DType::F16, "F16", 1, 16, Float, true, 10, 5},
    DTypeInfo{DType::BF16, "BF16", 1, 16, Float, true, 7, 8},
    DTypeInfo{DType::I32, "I32", 1, 32, Integer, true, 0, 0},
    DTypeInfo{DType::U32, "U32", 1, 32, Integer, true, 0, 0},
    DTypeInfo{DType::F32, "F32", 1, 32, Float, true, 23, 8},
    DTypeInfo{DType::C64, "C64", 1, 64, Complex, true, 23, 8},
    DTypeInfo{DType::F64, "F64", 1, 64, Float, true, 52, 11},
    DTypeInfo{DType::I64, "I64", 1, 64, Integer, true, 0, 0},
    DTypeInfo{DType::U64, "U64", 1, 64, Integer, true, 0, 0},
    DTypeInfo{DType::C32, "torch:complex32", 1, 32, Complex, false, 10, 5},
    DTypeInfo{DType::C128, "torch:complex128", 1, 128, Complex, false, 52, 11},
    DTypeInfo{DType::GgmlQ4_0, "ggml:Q4_0", 32, 18 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlQ4_1, "ggml:Q4_1", 32, 20 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlQ5_0, "ggml:Q5_0", 32, 22 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlQ5_1, "ggml:Q5_1", 32, 24 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlQ8_0, "ggml:Q8_0", 32, 34 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlQ8_1, "ggml:Q8_1", 32, 36 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlQ2_K, "ggml:Q2_K", 256, 84 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlQ3_K, "ggml:Q3_K", 256, 110 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlQ4_K, "ggml:Q4_K", 256, 144 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlQ5_K, "ggml:Q5_K", 256, 176 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlQ6_K, "ggml:Q6_K", 256, 210 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlQ8_K, "ggml:Q8_K", 256, 292 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlIQ2_XXS, "ggml:IQ2_XXS", 256, 66 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlIQ2_XS, "ggml:IQ2_XS", 256, 74 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlIQ3_XXS, "ggml:IQ3_XXS", 256, 98 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlIQ1_S, "ggml:IQ1_S", 256, 50 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlIQ4_NL, "ggml:IQ4_NL", 32, 18 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlIQ3_S, "ggml:IQ3_S", 256, 110 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlIQ2_S, "ggml:IQ2_S", 256, 82 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlIQ4_XS, "ggml:IQ4_XS", 256, 136 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlIQ1_M, "ggml:IQ1_M", 256, 56 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlTQ1_0, "ggml:TQ1_0", 256, 54 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlTQ2_0, "ggml:TQ2_0", 256, 66 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlMXFP4, "ggml:MXFP4", 32, 17 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlNVFP4, "ggml:NVFP4", 64, 36 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlQ1_0, "ggml:Q1_0", 128, 18 * 8, Block, false, 0, 0},
    DTypeInfo{DType::GgmlQ2_0, "ggml:Q2_0", 64, 18 * 8, Block, false, 0, 0},
};

constexpr bool tableInOrder()
{
    for (std::size_t i = 0; i < Table.size(); ++i) {
        if (static_cast<std::size_t>(Table[i].dtype) != i) {
            return false;
        }
    }
    return true;
}
static_assert(tableInOrder(), "a row for every DType, in its order");

struct Alias {
    std::string_view name;
    DType dtype;
};

// PyTorch's, NumPy's and people's names, lower case.
constexpr std::array Aliases{
    Alias{"bool_", DType::BOOL},
    Alias{"uint8", DType::U8},
    Alias{"byte", DType::U8},
    Alias{"int8", DType::I8},
    Alias{"char", DType::I8},
    Alias{"int16", DType::I16},
    Alias{"short", DType::I16},
    Alias{"uint16", DType::U16},
    Alias{"int32", DType::I32},
    Alias{"int", DType::I32},
    Alias{"uint32", DType::U32},
    Alias{"int64", DType::I64},
    Alias{"long", DType::I64},
    Alias{"uint64", DType::U64},
    Alias{"float16", DType::F16},
    Alias{"half", DType::F16},
    Alias{"fp16", DType::F16},
    Alias{"bfloat16", DType::BF16},
    Alias{"bf16", DType::BF16},
    Alias{"float32", DType::F32},
    Alias{"fp32", DType::F32},
    Alias{"float", DType::F32},
    Alias{"float64", DType::F64},
    Alias{"double", DType::F64},
    Alias{"fp64", DType::F64},
    Alias{"complex64", DType::C64},
    Alias{"complex32", DType::C32},
    Alias{"complex128", DType::C128},
    Alias{"c32", DType::C32},
    Alias{"c128", DType::C128},
    Alias{"float8_e4m3fn", DType::F8_E4M3},
    Alias{"float8_e4m3", DType::F8_E4M3},
    Alias{"f8_e4m3fn", DType::F8_E4M3},
    Alias{"e4m3", DType::F8_E4M3},
    Alias{"float8_e5m2", DType::F8_E5M2},
    Alias{"e5m2", DType::F8_E5M2},
    Alias{"float8_e8m0fnu", DType::F8_E8M0},
    Alias{"e8m0", DType::F8_E8M0},
    Alias{"float8_e4m3fnuz", DType::F8_E4M3FNUZ},
    Alias{"float8_e5m2fnuz", DType::F8_E5M2FNUZ},
    Alias{"float4_e2m1fn_x2", DType::F4},
    Alias{"e2m1", DType::F4},
};

std::string lower(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

} // namespace

const DTypeInfo& dtypeInfo(DType dtype) noexcept
{
    const auto row = static_cast<std::size_t>(dtype);
    return Table[row < Table.size() ? row : 0];
}

std::span<const DTypeInfo> dtypeTable() noexcept
{
    return Table;
}

std::optional<DType> dtypeFromSafetensors(std::string_view name) noexcept
{
    for (const DTypeInfo& row : Table) {
        if (row.safetensors && row.name == name) {
            return row.dtype;
        }
    }
    return std::nullopt;
}

std::optional<DType> dtypeFromAlias(std::string_view name) noexcept
{
    std::string wanted = lower(name);
    if (wanted.starts_with("torch.")) {
        wanted.erase(0, 6);
    }
    for (const DTypeInfo& row : Table) {
        if (row.dtype == DType::Unknown) {
            continue;
        }
        const std::string own = lower(row.name);
        if (own == wanted || (own.starts_with("ggml:") && own.compare(5, std::string::npos, wanted) == 0)) {
            return row.dtype;
        }
    }
    for (const Alias& alias : Aliases) {
        if (alias.name == wanted) {
            return alias.dtype;
        }
    }
    return std::nullopt;
}

bool isRealFloat(DType dtype) noexcept
{
    return dtypeInfo(dtype).family == Float;
}

std::optional<std::uint64_t> byteSize(DType dtype, std::uint64_t elements) noexcept
{
    const DTypeInfo& info = dtypeInfo(dtype);
    if (info.blockBits == 0 || elements % info.blockElements != 0) {
        return std::nullopt;
    }
    std::uint64_t bits = 0;
    if (__builtin_mul_overflow(elements / info.blockElements, std::uint64_t{info.blockBits}, &bits) || bits % 8 != 0) {
        return std::nullopt;
    }
    return bits / 8;
}

bool isLosslessCast(DType from, DType to) noexcept
{
    if (from == to) {
        return true;
    }
    const DTypeInfo& a = dtypeInfo(from);
    const DTypeInfo& b = dtypeInfo(to);
    if (a.family != Float || b.family != Float) {
        return false;
    }
    if (to != DType::F16 && to != DType::BF16 && to != DType::F32 && to != DType::F64) {
        return false; // the small kinds differ in bias, Inf and NaN: never called lossless
    }
    // Unsigned exponents of F8_E8M0 reach 2^127, which only the 8-bit-exponent kinds hold (2^-127 is a subnormal there).
    if (b.mantissaBits < a.mantissaBits || b.exponentBits < a.exponentBits) {
        return false;
    }
    return true;
}

} // namespace ckptscope
