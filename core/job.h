// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>

namespace ckptscope {

/// What a long task is doing just now; the ui words it.
enum class Phase : std::uint8_t { Headers, Checking, Scanning, Hashing, Planning, Copying, Casting, Verifying, Publishing };

struct Progress {
    Phase phase = Phase::Headers;
    std::uint64_t done = 0;  ///< in the unit of total
    std::uint64_t total = 0; ///< bytes, or shards while Phase::Headers; 0: not known
};

/// Handed to every core function that may take over 50 ms. Both members may be called from any thread.
struct JobContext {
    std::stop_token stop;                        ///< poll it at least every 50 ms; then return Code::Cancelled
    std::function<void(const Progress&)> report; ///< may be empty
    unsigned threads = 0;                        ///< 0: as many as the machine (or its cgroup) offers
    std::uint64_t maxMemory = 64ULL << 20U;      ///< cap of all buffers together, in bytes
    std::uint64_t ioRate = 0;                    ///< bytes a second, 0: no limit

    void progress(Phase phase, std::uint64_t done, std::uint64_t total) const
    {
        if (report) {
            report(Progress{phase, done, total});
        }
    }
};

} // namespace ckptscope
