// SPDX-License-Identifier: Apache-2.0
#include "core/upcast/breakeven.h"

#include "core/upcast/pipeline.h"
#include "core/values/elementstream.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

namespace ckptscope {

namespace {

constexpr std::uint64_t CpuBytes = 32ULL << 20U; ///< measured on the CPU: a few hundredths of a second
constexpr std::uint64_t DeviceBytes = 128ULL << 20U;
constexpr std::uint64_t FirstBytes = 1ULL << 20U; ///< wakes the device, and makes it load its kernels

double secondsOf(const std::function<void()>& work)
{
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

constexpr std::size_t Buffer = 1U << 20U; ///< as in an export: fits a processor's cache

void castOnCpu(std::uint64_t bytes)
{
    const std::vector<std::byte> in(Buffer / 2);
    std::vector<std::byte> out(Buffer);
    for (std::uint64_t done = 0; done < bytes; done += in.size()) {
        (void)castElements(DType::BF16, in, DType::F32, out, in.size() / 2);
    }
}

bool castOnDevice(DeviceUse& use, std::uint64_t bytes)
{
    std::vector<std::byte> in(Buffer);
    std::vector<std::byte> out(Buffer);
    CastPipeline pipeline(use, in, out, 32ULL << 20U);
    CastSteps steps;
    steps.read = [](std::uint64_t, std::span<std::byte>) { return Result<void>(); }; // whatever is there
    steps.take = [](const CastChunk&) { return Result<void>(); };
    steps.stopped = [&] { return use.device() == nullptr; };
    return pipeline.run(DType::BF16, DType::F32, bytes / 2, steps) && use.device() != nullptr;
}

BreakEven measure(DeviceBackend& backend, unsigned index, const DeviceWork& work)
{
    BreakEven never;
    never.deviceSecondsPerByte = std::numeric_limits<double>::infinity();
    BreakEven found;
    bool right = false;
    std::shared_ptr<DeviceUse> use;
    found.setupSeconds = secondsOf([&] {
        auto device = backend.open(index);
        if (device) {
            use = std::make_shared<DeviceUse>(*std::move(device));
            right = work.onDevice(*use, FirstBytes);
        }
    });
    if (!right) {
        return never;
    }
    found.deviceSecondsPerByte = secondsOf([&] { right = work.onDevice(*use, DeviceBytes); }) / static_cast<double>(DeviceBytes);
    if (!right) {
        return never;
    }
    work.onCpu(FirstBytes);
    const double threads = std::clamp(usableThreads({}), 1U, work.mostThreads);
    found.cpuSecondsPerByte = secondsOf([&] { work.onCpu(CpuBytes); }) / static_cast<double>(CpuBytes) / threads;
    return found;
}

} // namespace

const DeviceWork& castWork() noexcept
{
    static constexpr DeviceWork Cast{"cast", 4, castOnCpu, castOnDevice};
    return Cast;
}

std::uint64_t BreakEven::bytes() const noexcept
{
    const double gain = cpuSecondsPerByte - deviceSecondsPerByte;
    constexpr auto Never = std::numeric_limits<std::uint64_t>::max();
    if (!(gain > 0)) {
        return Never;
    }
    const double least = setupSeconds / gain;
    return least < 0x1p63 ? static_cast<std::uint64_t>(least) : Never;
}

BreakEven measuredBreakEven(const std::shared_ptr<DeviceBackend>& backend, unsigned index, const DeviceWork& work)
{
    static std::mutex mutex;
    static std::map<std::tuple<std::shared_ptr<DeviceBackend>, unsigned, std::string>, BreakEven> known;
    const std::scoped_lock lock(mutex); // a second one who asks waits for the answer of the first
    const auto key = std::tuple(backend, index, std::string(work.name));
    const auto found = known.find(key);
    return found != known.end() ? found->second : known.emplace(key, measure(*backend, index, work)).first->second;
}

} // namespace ckptscope
