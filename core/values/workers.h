// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/job.h"
#include "core/values/elementstream.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <system_error>
#include <thread>
#include <vector>

namespace ckptscope {

/// Threads for a job of `units` pieces of work that takes `memoryPerThread` bytes on each: within what the job allows,
/// at least one.
[[nodiscard]] inline unsigned workersFor(const JobContext& job, std::size_t units, std::uint64_t memoryPerThread) noexcept
{
    constexpr std::uint64_t Most = 64;
    const std::uint64_t room = memoryPerThread == 0 ? Most : job.maxMemory / memoryPerThread;
    return static_cast<unsigned>(std::clamp<std::uint64_t>(std::min<std::uint64_t>({usableThreads(job), units, room, Most}), 1, Most));
}

/// Calls work(i) once for each i below `units`, in ascending order of their beginning, on `threads` threads with this
/// one among them, until all are done, the job is stopped, or work() returns false. `work` takes care of what it
/// shares. Where the system has no more threads, those that there are do it all.
template<class Work>
void shareWork(const JobContext& job, std::size_t units, unsigned threads, const Work& work)
{
    std::atomic<std::size_t> next = 0;
    const auto loop = [&] {
        while (!job.stop.stop_requested()) {
            const std::size_t unit = next.fetch_add(1);
            if (unit >= units) {
                return;
            }
            if (!work(unit)) {
                next = units;
                return;
            }
        }
    };
    std::vector<std::jthread> others;
    try {
        for (unsigned i = 1; i < threads; ++i) {
            others.emplace_back(loop);
        }
    } catch (const std::system_error&) {
    }
    loop();
}

} // namespace ckptscope
