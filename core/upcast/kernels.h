// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/elementfunctors.h"
#include "core/upcast/blockfacts.h"
#include "core/upcast/device.h"

#include <cstddef>
#include <cstdint>

/// The kernels, said once for every engine that can run them: CUB (core/upcast/cuda), and Thrust's CPP backend in the
/// tests. An engine has
///     Status transform(const In* in, Out* out, std::uint64_t count, F f)   out[i] = f(in[i])
///     Status sum(std::uint64_t count, F f, elements::Loss* result)         *result = f(0) + f(1) + ...
///     Status forEach(std::uint64_t count, F f)                             f(0), f(1), ... in any order, at once; much
///     to do in each Status forAll(std::uint64_t count, F f)                              the same, little to do in
///     each
/// and a Status that converts from {}. All pointers are into the engine's memory. Pairs of dtypes share kernels: an
/// instantiation costs seconds of nvcc's time, a branch that all elements take alike costs a GPU nothing.
namespace ckptscope::kernels {

/// Narrows element `index`, and stores it.
template<class In, class Out>
struct NarrowAt {
    elements::Narrow<In, Out> narrow;
    const In* in;
    Out* out;
    CKPTSCOPE_HD elements::Loss operator()(std::uint64_t index) const
    {
        Out result{};
        const elements::Loss loss = narrow(in[index], result);
        out[index] = result;
        return loss;
    }
};

/// Looks element `index` up in a table of CodeRows, and stores it.
template<class Out>
struct LookUpAt {
    const elements::CodeRow* table;
    unsigned codeBits;
    const std::uint8_t* in;
    Out* out;
    CKPTSCOPE_HD elements::Loss operator()(std::uint64_t index) const
    {
        const elements::CodeRow& row = table[elements::codeAt(in, codeBits, index)];
        out[index] = static_cast<Out>(row.bits);
        return row.loss;
    }
};

/// Counts byte `index` in one of the CounterCopies tables.
struct CountAt {
    const std::uint8_t* in;
    std::uint32_t* counters;
    CKPTSCOPE_HD void operator()(std::uint64_t index) const
    {
        std::uint32_t* counter = counters + (index % CounterCopies) * 256U + in[index];
#if defined(__CUDA_ARCH__)
        atomicAdd(counter, 1U);
#else
        ++*counter;
#endif
    }
};

/// Looks at block `index` of `count` elements.
template<class Stored>
struct LookAt {
    DType kind;
    const Stored* in;
    std::uint64_t count;
    BlockFacts* facts;
    CKPTSCOPE_HD void operator()(std::uint64_t index) const
    {
        const std::uint64_t first = index * BlockFacts::Values;
        const std::uint64_t left = count - first;
        facts[index] = factsOf(kind, in + first, left < BlockFacts::Values ? static_cast<std::uint32_t>(left) : BlockFacts::Values);
    }
};

template<class T>
const T* as(const std::byte* bytes) noexcept
{
    return reinterpret_cast<const T*>(bytes); // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast): aligned by the caller
}
template<class T>
T* as(std::byte* bytes) noexcept
{
    return reinterpret_cast<T*>(bytes); // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
}

template<class In, class Out, class Engine>
typename Engine::Status widenOn(Engine& engine, DType from, const std::byte* in, std::byte* out, std::uint64_t count)
{
    return engine.transform(as<In>(in), as<Out>(out), count, elements::Widen<In, Out>{from});
}

template<class In, class Out, class Engine>
typename Engine::Status narrowOn(Engine& engine, DType from, const std::byte* in, DType to, std::byte* out, std::uint64_t count, elements::Loss* loss)
{
    return engine.sum(count, NarrowAt<In, Out>{{from, to}, as<In>(in), as<Out>(out)}, loss);
}

template<class Out, class Engine>
typename Engine::Status lookUpOn(Engine& engine, DType from, const std::byte* in, std::byte* out, std::uint64_t count, const elements::CodeRow* table,
                                 elements::Loss* loss)
{
    return engine.sum(count, LookUpAt<Out>{table, dtypeInfo(from).blockBits, as<std::uint8_t>(in), as<Out>(out)}, loss);
}

/// Casts between any two different dtypes that canCast() has. `loss` is zero before. `table`: codeTable(from, to), for
/// 8 bits and fewer.
template<class Engine>
typename Engine::Status castOn(Engine& engine, DType from, const std::byte* in, DType to, std::byte* out, std::uint64_t count,
                               const elements::CodeRow* table, elements::Loss* loss)
{
    const unsigned fromBits = dtypeInfo(from).blockBits;
    const unsigned toBits = dtypeInfo(to).blockBits;
    if (fromBits <= 8) {
        return toBits == 8 ? lookUpOn<std::uint8_t>(engine, from, in, out, count, table, loss)
            : toBits == 16 ? lookUpOn<std::uint16_t>(engine, from, in, out, count, table, loss)
            : toBits == 32 ? lookUpOn<std::uint32_t>(engine, from, in, out, count, table, loss)
                           : lookUpOn<std::uint64_t>(engine, from, in, out, count, table, loss);
    }
    if (fromBits == 16) {
        return toBits == 8 ? narrowOn<std::uint16_t, std::uint8_t>(engine, from, in, to, out, count, loss)
            : toBits == 16 ? narrowOn<std::uint16_t, std::uint16_t>(engine, from, in, to, out, count, loss)
            : toBits == 32 ? widenOn<std::uint16_t, std::uint32_t>(engine, from, in, out, count)
                           : widenOn<std::uint16_t, std::uint64_t>(engine, from, in, out, count);
    }
    if (fromBits == 32) {
        return toBits == 8 ? narrowOn<std::uint32_t, std::uint8_t>(engine, from, in, to, out, count, loss)
            : toBits == 16 ? narrowOn<std::uint32_t, std::uint16_t>(engine, from, in, to, out, count, loss)
                           : widenOn<std::uint32_t, std::uint64_t>(engine, from, in, out, count);
    }
    return toBits == 8 ? narrowOn<std::uint64_t, std::uint8_t>(engine, from, in, to, out, count, loss)
        : toBits == 16 ? narrowOn<std::uint64_t, std::uint16_t>(engine, from, in, to, out, count, loss)
                       : narrowOn<std::uint64_t, std::uint32_t>(engine, from, in, to, out, count, loss);
}

/// See DeviceStream::countBytes().
template<class Engine>
typename Engine::Status countBytesOn(Engine& engine, const std::byte* in, std::uint64_t count, std::byte* counters)
{
    return engine.forAll(count, CountAt{as<std::uint8_t>(in), as<std::uint32_t>(counters)});
}

/// See DeviceStream::lookAtBlocks().
template<class Engine>
typename Engine::Status lookOn(Engine& engine, DType dtype, const std::byte* in, std::uint64_t count, std::byte* facts)
{
    const std::uint64_t blocks = (count + BlockFacts::Values - 1) / BlockFacts::Values;
    auto* out = as<BlockFacts>(facts);
    switch (dtypeInfo(dtype).blockBits) {
    case 16:
        return engine.forEach(blocks, LookAt<std::uint16_t>{dtype, as<std::uint16_t>(in), count, out});
    case 32:
        return engine.forEach(blocks, LookAt<std::uint32_t>{dtype, as<std::uint32_t>(in), count, out});
    default:
        return engine.forEach(blocks, LookAt<std::uint64_t>{dtype, as<std::uint64_t>(in), count, out});
    }
}

} // namespace ckptscope::kernels
