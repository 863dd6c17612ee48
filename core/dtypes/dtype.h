// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace ckptscope {

/// Element types. The first group are safetensors' own, in upstream's enum order, which is its alignment order
/// (huggingface/safetensors safetensors/src/tensor.rs `Dtype`); the others are spelled with a prefix.
enum class DType : std::uint8_t {
    Unknown, ///< the file's own spelling is in TensorInfo::spelling
    BOOL,
    F4,
    F6_E2M3,
    F6_E3M2,
    U8,
    I8,
    F8_E5M2,
    F8_E4M3, ///< the "fn" kind: no infinity
    F8_E8M0,
    F8_E4M3FNUZ,
    F8_E5M2FNUZ,
    I16,
    U16,
    F16,
    BF16,
    I32,
    U32,
    F32,
    C64, ///< two F32: re, im
    F64,
    I64,
    U64,
    // not in safetensors
    C32,  ///< torch complex32: two F16
    C128, ///< two F64
    // ggml block types (ggml-org/ggml include/ggml.h `ggml_type`); plain ones (F32, F16, I8 ...) use the names above
    GgmlQ4_0,
    GgmlQ4_1,
    GgmlQ5_0,
    GgmlQ5_1,
    GgmlQ8_0,
    GgmlQ8_1,
    GgmlQ2_K,
    GgmlQ3_K,
    GgmlQ4_K,
    GgmlQ5_K,
    GgmlQ6_K,
    GgmlQ8_K,
    GgmlIQ2_XXS,
    GgmlIQ2_XS,
    GgmlIQ3_XXS,
    GgmlIQ1_S,
    GgmlIQ4_NL,
    GgmlIQ3_S,
    GgmlIQ2_S,
    GgmlIQ4_XS,
    GgmlIQ1_M,
    GgmlTQ1_0,
    GgmlTQ2_0,
    GgmlMXFP4,
    GgmlNVFP4,
    GgmlQ1_0,
    GgmlQ2_0,
};

/// What a dtype is, for colours, filters and rules.
enum class DTypeFamily : std::uint8_t { Bool, Integer, Float, Complex, Block, Other };

struct DTypeInfo {
    DType dtype = DType::Unknown;
    std::string_view name;           ///< as printed: "BF16", "ggml:Q4_K"
    std::uint16_t blockElements = 1; ///< elements that share a block; 1 for plain types
    std::uint16_t blockBits = 0;     ///< bits of a block; 0 for Unknown
    DTypeFamily family = DTypeFamily::Other;
    bool safetensors = false;      ///< can be written to a safetensors header under this name
    std::uint8_t mantissaBits = 0; ///< stored mantissa bits of a float; the "narrower" order among floats
    std::uint8_t exponentBits = 0;
};

[[nodiscard]] const DTypeInfo& dtypeInfo(DType dtype) noexcept;
[[nodiscard]] inline std::string_view dtypeName(DType dtype) noexcept
{
    return dtypeInfo(dtype).name;
}
/// All rows, Unknown first.
[[nodiscard]] std::span<const DTypeInfo> dtypeTable() noexcept;

/// Exact and case-sensitive, as safetensors demands; only dtypes that safetensors has.
[[nodiscard]] std::optional<DType> dtypeFromSafetensors(std::string_view name) noexcept;
/// What people write: any case, "bf16", "bfloat16", "torch.bfloat16", "float8_e4m3fn", "half", "q4_k", "ggml:Q4_K".
[[nodiscard]] std::optional<DType> dtypeFromAlias(std::string_view name) noexcept;

/// Real floating point as torch's `is_floating_point()` sees it: F64, F32, F16, BF16 and every F8, F6, F4 kind.
[[nodiscard]] bool isRealFloat(DType dtype) noexcept;

/// Bytes of `elements` elements; nullopt where they overflow, or do not fill whole bytes or blocks, or Unknown.
[[nodiscard]] std::optional<std::uint64_t> byteSize(DType dtype, std::uint64_t elements) noexcept;

/// True where every value of `from` is a value of `to` (NaN payloads aside): the cast loses nothing.
[[nodiscard]] bool isLosslessCast(DType from, DType to) noexcept;

} // namespace ckptscope
