// SPDX-License-Identifier: Apache-2.0
// The loops over elements: casts, decoders, statistics, hashes and differences, at every instruction set that this
// machine has, in the caches and beyond them, beside copies of the same traffic (as STREAM's Copy: what is read plus
// what is written). `script/bench --benchmark_filter=cast`.
#include "core/diff/diffkernels.h"
#include "core/dtypes/castkernels.h"
#include "core/dtypes/convert.h"
#include "core/dtypes/ggmlblocks.h"
#include "core/io/sha256.h"
#include "core/simd/simd.h"
#include "core/values/statistics.h"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <cstddef>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace ckptscope;

constexpr std::size_t Cached = 32U << 10U;  ///< bytes of input
constexpr std::size_t Memory = 256U << 20U; ///< beyond every cache

/// Normal values of deviation 0.02, as weights have them.
std::vector<std::byte> weights(DType dtype, std::size_t bytes)
{
    const std::size_t elements = bytes * 8 / dtypeInfo(dtype).blockBits;
    std::vector<float> pattern(std::min<std::size_t>(elements, 1U << 16U));
    std::mt19937 random(1);
    std::normal_distribution<float> normal(0, 0.02F);
    std::generate(pattern.begin(), pattern.end(), [&] { return normal(random); });
    std::vector<std::byte> once(byteSize(dtype, pattern.size()).value_or(0));
    if (dtype == DType::F32) {
        std::memcpy(once.data(), pattern.data(), once.size());
    } else {
        (void)castElements(DType::F32, std::as_bytes(std::span(pattern)), dtype, once, pattern.size());
    }
    std::vector<std::byte> all(byteSize(dtype, elements).value_or(0));
    for (std::size_t at = 0; at < all.size(); at += once.size()) {
        std::copy_n(once.begin(), std::min(once.size(), all.size() - at), all.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return all;
}

/// `bytes` of one round, read and written together.
void setBytes(benchmark::State& state, std::size_t bytes)
{
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(bytes));
}

/// Splits `elements` over `threads`, one call of part(first, count) each.
template<class Part>
void onThreads(std::size_t elements, unsigned threads, const Part& part)
{
    std::vector<std::jthread> others;
    const std::size_t each = (elements / threads + 4095) / 4096 * 4096;
    for (unsigned i = 1; i < threads; ++i) {
        const std::size_t first = std::min(elements, i * each);
        others.emplace_back([&part, first, count = std::min(each, elements - first)] { part(first, count); });
    }
    part(0, std::min(each, elements));
}

void cast(benchmark::State& state, DType from, DType to, std::size_t bytes, unsigned threads, SimdLevel level)
{
    setSimdLevel(level);
    const auto in = weights(from, bytes);
    const std::size_t elements = in.size() * 8 / dtypeInfo(from).blockBits;
    std::vector<std::byte> out(byteSize(to, elements).value_or(0));
    const std::size_t inBytes = dtypeInfo(from).blockBits / 8U;
    const std::size_t outBytes = dtypeInfo(to).blockBits / 8U;
    for (auto _ : state) {
        onThreads(elements, threads, [&](std::size_t first, std::size_t count) {
            benchmark::DoNotOptimize(castElements(from, std::span(in).subspan(first * inBytes, count * inBytes), to,
                                                  std::span(out).subspan(first * outBytes, count * outBytes), count));
        });
        benchmark::ClobberMemory();
    }
    setBytes(state, in.size() + out.size());
    setSimdLevel(simdLevels().back());
}

/// Reads and writes half of `traffic` each.
void copy(benchmark::State& state, std::size_t traffic, unsigned threads)
{
    std::vector<std::byte> in(traffic / 2, std::byte{1});
    std::vector<std::byte> out(traffic / 2, std::byte{2});
    for (auto _ : state) {
        onThreads(in.size(), threads, [&](std::size_t first, std::size_t count) { std::memcpy(out.data() + first, in.data() + first, count); });
        benchmark::ClobberMemory();
    }
    setBytes(state, traffic);
}

void statistics(benchmark::State& state, DType dtype, SimdLevel level)
{
    setSimdLevel(level);
    const auto in = weights(dtype, 1U << 20U);
    const std::size_t elements = in.size() * 8 / dtypeInfo(dtype).blockBits;
    for (auto _ : state) {
        StatisticsAccumulator accumulator(dtype);
        accumulator.add(in, elements);
        benchmark::DoNotOptimize(accumulator.finish());
    }
    setBytes(state, in.size());
    setSimdLevel(simdLevels().back());
}

void decode(benchmark::State& state, DType dtype, SimdLevel level)
{
    setSimdLevel(level);
    const std::size_t blocks = Cached / (dtypeInfo(dtype).blockBits / 8U);
    std::vector<std::byte> in(blocks * (dtypeInfo(dtype).blockBits / 8U));
    std::mt19937 random(2);
    std::generate(in.begin(), in.end(), [&] { return static_cast<std::byte>(random() & 0x3FU); }); // scales are finite
    std::vector<float> out(blocks * dtypeInfo(dtype).blockElements);
    for (auto _ : state) {
        benchmark::DoNotOptimize(decodeGgmlBlocks(dtype, in, out));
        benchmark::ClobberMemory();
    }
    setBytes(state, in.size() + out.size() * sizeof(float));
    setSimdLevel(simdLevels().back());
}

void difference(benchmark::State& state, SimdLevel level)
{
    const auto a = weights(DType::F32, 4096);
    auto b = a;
    std::rotate(b.begin(), b.begin() + 4, b.end());
    const kernels::DifferenceOf options{0, true};
    for (auto _ : state) {
        kernels::DifferenceSums sums;
        benchmark::DoNotOptimize(kernels::diffKernels(level).singles(a.data(), b.data(), a.size() / sizeof(float), options, sums));
        benchmark::DoNotOptimize(sums);
    }
    setBytes(state, a.size() + b.size());
}

void sha256(benchmark::State& state)
{
    const auto in = weights(DType::BF16, 1U << 20U);
    for (auto _ : state) {
        Sha256 hash;
        hash.add(in);
        benchmark::DoNotOptimize(hash.hex());
    }
    setBytes(state, in.size());
}

std::string named(DType dtype)
{
    return std::string(dtypeName(dtype));
}

template<class Run>
void add(const std::string& name, Run run, bool realTime = false)
{
    auto* made = benchmark::RegisterBenchmark(name.c_str(), run);
    if (realTime) {
        made->UseRealTime()->Unit(benchmark::kMillisecond);
    }
}

const bool Registered = [] {
    constexpr std::pair<DType, DType> Casts[]{{DType::BF16, DType::F32},    {DType::F16, DType::F32},     {DType::F8_E4M3, DType::BF16},
                                              {DType::F8_E5M2, DType::F32}, {DType::F32, DType::BF16},    {DType::F32, DType::F16},
                                              {DType::F32, DType::F8_E4M3}, {DType::F32, DType::F8_E8M0}, {DType::F64, DType::F32},
                                              {DType::F32, DType::F64}};
    for (const auto& [from, to] : Casts) {
        for (const SimdLevel level : simdLevels()) {
            add("cast/" + named(from) + "-" + named(to) + "/" + std::string(simdName(level)),
                [f = from, t = to, level](benchmark::State& state) { cast(state, f, t, Cached, 1, level); });
        }
    }
    add("copy/cached", [](benchmark::State& state) { copy(state, 3 * Cached, 1); });
    for (const unsigned threads : {1U, 2U, 4U}) {
        if (threads > std::max(1U, std::thread::hardware_concurrency())) {
            break;
        }
        const std::string suffix = "/threads:" + std::to_string(threads);
        add(
            "memory/cast/BF16-F32" + suffix,
            [threads](benchmark::State& state) { cast(state, DType::BF16, DType::F32, Memory, threads, simdLevels().back()); }, true);
        add(
            "memory/copy" + suffix, [threads](benchmark::State& state) { copy(state, 3 * Memory, threads); }, true);
    }
    for (const DType dtype : {DType::BF16, DType::F16, DType::F32, DType::F64, DType::F8_E4M3}) {
        for (const SimdLevel level : simdLevels()) {
            add("statistics/" + named(dtype) + "/" + std::string(simdName(level)),
                [dtype, level](benchmark::State& state) { statistics(state, dtype, level); });
        }
    }
    for (const DType dtype : {DType::GgmlQ4_0, DType::GgmlQ8_0, DType::GgmlQ4_K, DType::GgmlQ5_K, DType::GgmlQ6_K}) {
        for (const SimdLevel level : simdLevels()) {
            add("decode/" + named(dtype) + "/" + std::string(simdName(level)),
                [dtype, level](benchmark::State& state) { decode(state, dtype, level); });
        }
    }
    for (const SimdLevel level : simdLevels()) {
        add("difference/F32/" + std::string(simdName(level)), [level](benchmark::State& state) { difference(state, level); });
    }
    add("sha256", sha256);
    return true;
}();

} // namespace
