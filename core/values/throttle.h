// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace ckptscope {

/// Where a throttle has its time from.
class PaceClock {
public:
    using Time = std::chrono::steady_clock::time_point;
    virtual ~PaceClock() = default;
    [[nodiscard]] virtual Time now();
    /// Returns at once when stopped.
    virtual void sleepUntil(Time time, const std::stop_token& stop);
    /// For tests: another clock for every throttle that is made from now on; nullptr: the machine's again.
    static void replace(PaceClock* clock) noexcept;
};

/// Keeps a job's reads and writes at or below a rate, over all of its threads. What was not used is not saved up.
class Throttle {
public:
    explicit Throttle(std::uint64_t bytesPerSecond); ///< 0: no limit
    /// Waits until `bytes` more may flow; returns at once when stopped.
    void pass(std::uint64_t bytes, const std::stop_token& stop);

private:
    std::uint64_t m_rate;
    PaceClock& m_clock;
    std::mutex m_mutex;
    PaceClock::Time m_free{};
};

} // namespace ckptscope
