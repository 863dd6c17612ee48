// SPDX-License-Identifier: Apache-2.0
#include "core/upcast/cuda/cudakernels.h"
#include "core/upcast/kernels.h"

#include <cub/device/device_for.cuh>
#include <cub/device/device_reduce.cuh>
#include <cub/device/device_transform.cuh>
#include <thrust/iterator/counting_iterator.h>

namespace ckptscope::cuda {

namespace {

constexpr unsigned Warp = 32;

template<class F>
__global__ void __launch_bounds__(Warp) each(std::uint64_t count, F f)
{
    const std::uint64_t index = std::uint64_t{blockIdx.x} * Warp + threadIdx.x;
    if (index < count) {
        f(index);
    }
}

/// CUB's algorithms on one stream, in memory that is there already: nothing is allocated, nothing waits.
struct CubEngine {
    using Status = cudaError_t;
    std::byte* scratch;
    cudaStream_t stream;

    template<class In, class Out, class F>
    Status transform(const In* in, Out* out, std::uint64_t count, F f)
    {
        return cub::DeviceTransform::Transform(in, out, count, f, stream);
    }
    template<class F>
    Status sum(std::uint64_t count, F f, elements::Loss* result)
    {
        const thrust::counting_iterator<std::uint64_t> first(0);
        std::size_t needed = 0;
        Status status = cub::DeviceReduce::TransformReduce(nullptr, needed, first, result, count, elements::AddLoss{}, f, elements::Loss{}, stream);
        if (status != cudaSuccess) {
            return status;
        }
        if (needed > ScratchBytes) {
            return cudaErrorMemoryAllocation;
        }
        return cub::DeviceReduce::TransformReduce(scratch, needed, first, result, count, elements::AddLoss{}, f, elements::Loss{}, stream);
    }
    template<class F>
    Status forAll(std::uint64_t count, F f)
    {
        return cub::DeviceFor::Bulk(count, f, stream);
    }
    /// A warp each: few and long ones are to spread over all multiprocessors.
    template<class F>
    Status forEach(std::uint64_t count, F f)
    {
        if (count > 0) {
            each<<<static_cast<unsigned>((count + Warp - 1) / Warp), Warp, 0, stream>>>(count, f);
        }
        return cudaPeekAtLastError();
    }
};

} // namespace

cudaError_t cast(DType from, const std::byte* in, DType to, std::byte* out, std::uint64_t count, const elements::CodeRow* table, elements::Loss* loss,
                 std::byte* scratch, cudaStream_t stream)
{
    CubEngine engine{scratch, stream};
    return kernels::castOn(engine, from, in, to, out, count, table, loss);
}

cudaError_t countBytes(const std::byte* in, std::uint64_t count, std::byte* counters, cudaStream_t stream)
{
    CubEngine engine{nullptr, stream};
    return kernels::countBytesOn(engine, in, count, counters);
}

cudaError_t lookAtBlocks(DType dtype, const std::byte* in, std::uint64_t count, std::byte* facts, cudaStream_t stream)
{
    CubEngine engine{nullptr, stream};
    return kernels::lookOn(engine, dtype, in, count, facts);
}

} // namespace ckptscope::cuda
