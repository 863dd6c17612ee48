// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace ckptscope {

/// Keeps a job's reads and writes at or below a rate, over all of its threads.
class Throttle {
public:
    explicit Throttle(std::uint64_t bytesPerSecond) noexcept ///< 0: no limit
        : m_rate(bytesPerSecond)
    {
    }
    /// Waits until `bytes` more may flow; returns at once when stopped.
    void pass(std::uint64_t bytes, const std::stop_token& stop)
    {
        if (m_rate == 0) {
            return;
        }
        using namespace std::chrono;
        std::unique_lock lock(m_mutex);
        const auto now = steady_clock::now();
        m_free = std::max(m_free, now); // what was not used is not saved up
        const auto until = m_free;
        m_free += duration_cast<steady_clock::duration>(duration<double>(static_cast<double>(bytes) / static_cast<double>(m_rate)));
        std::condition_variable_any wake;
        wake.wait_until(lock, stop, until, [] { return false; });
    }

private:
    std::uint64_t m_rate;
    std::mutex m_mutex;
    std::chrono::steady_clock::time_point m_free{};
};

} // namespace ckptscope
