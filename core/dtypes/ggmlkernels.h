// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/simd/simd.h"

#include <cstddef>
#include <cstdint>

/// Decoders of the ggml blocks that models are full of, one table an instruction set. Bit for bit what ggmlblocks.cpp
/// gives one element at a time. Private to core/dtypes.
namespace ckptscope::kernels {

struct GgmlKernels {
    /// `count` blocks, one after the other. Null: the reference is used.
    using Decode = void (*)(const std::uint8_t* blocks, float* out, std::size_t count);
    Decode q4_0 = nullptr;
    Decode q4_1 = nullptr;
    Decode q8_0 = nullptr;
    Decode q4_k = nullptr;
    Decode q5_k = nullptr;
    Decode q6_k = nullptr;
};

[[nodiscard]] const GgmlKernels& ggmlKernels(SimdLevel level) noexcept;
[[nodiscard]] inline const GgmlKernels& ggmlKernels() noexcept
{
    return ggmlKernels(simdLevel());
}

} // namespace ckptscope::kernels
