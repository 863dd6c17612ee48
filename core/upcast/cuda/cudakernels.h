// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/dtype.h"
#include "core/dtypes/elementfunctors.h"

#include <cstddef>
#include <cstdint>
#include <cuda_runtime_api.h>

/// core/upcast/kernels.h on a GPU: what nvcc compiles, as functions that any compiler can call. All work is queued on
/// `stream`.
namespace ckptscope::cuda {

/// Room for what reductions need on the way.
inline constexpr std::size_t ScratchBytes = 1U << 20U;

cudaError_t cast(DType from, const std::byte* in, DType to, std::byte* out, std::uint64_t count, const elements::CodeRow* table, elements::Loss* loss,
                 std::byte* scratch, cudaStream_t stream);
cudaError_t countBytes(const std::byte* in, std::uint64_t count, std::byte* counters, cudaStream_t stream);
cudaError_t lookAtBlocks(DType dtype, const std::byte* in, std::uint64_t count, std::byte* facts, cudaStream_t stream);

} // namespace ckptscope::cuda
