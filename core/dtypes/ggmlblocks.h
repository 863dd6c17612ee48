// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/dtype.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace ckptscope {

/// What a `ggml_type` number of a GGUF file means (ggml-org/ggml include/ggml.h).
struct GgmlType {
    DType dtype = DType::Unknown; ///< plain types (F32, BF16, I8 ...) give the plain dtype; Unknown: removed, or of the future
    std::string_view name;        ///< ggml's own name; empty: no number that ggml knows
    bool removed = false;         ///< once existed; ggml refuses it today
};
[[nodiscard]] GgmlType ggmlType(std::int32_t id) noexcept;

/// True for the block types whose elements decodeGgmlBlocks gives.
[[nodiscard]] bool canDecodeGgml(DType dtype) noexcept;

/// Decodes whole blocks, bit for bit as ggml-org/llama.cpp gguf-py/gguf/quants.py and ggml's src/ggml-quants.c do: multiplications in
/// float32 in their order, no fused operations. `blocks` holds out.size() / blockElements blocks, any alignment. False, with `out`
/// untouched, where canDecodeGgml() says no or the sizes do not fit together.
bool decodeGgmlBlocks(DType dtype, std::span<const std::byte> blocks, std::span<float> out) noexcept;

/// Swaps the multi-byte fields (scales, sums) of whole blocks in place: what a big-endian file holds becomes what decodeGgmlBlocks takes.
void swapGgmlBlocks(DType dtype, std::span<std::byte> blocks) noexcept;

} // namespace ckptscope
