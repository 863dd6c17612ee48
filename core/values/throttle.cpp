// SPDX-License-Identifier: Apache-2.0
#include "core/values/throttle.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>

namespace ckptscope {

namespace {

PaceClock g_machine;
std::atomic<PaceClock*> g_clock{&g_machine};

} // namespace

PaceClock::Time PaceClock::now()
{
    return std::chrono::steady_clock::now();
}

void PaceClock::sleepUntil(Time time, const std::stop_token& stop)
{
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any wake;
    wake.wait_until(lock, stop, time, [] { return false; });
}

void PaceClock::replace(PaceClock* clock) noexcept
{
    g_clock = clock != nullptr ? clock : &g_machine;
}

Throttle::Throttle(std::uint64_t bytesPerSecond)
    : m_rate(bytesPerSecond)
    , m_clock(*g_clock)
{
}

void Throttle::pass(std::uint64_t bytes, const std::stop_token& stop)
{
    if (m_rate == 0) {
        return;
    }
    using namespace std::chrono;
    PaceClock::Time until;
    {
        const std::scoped_lock lock(m_mutex);
        m_free = std::max(m_free, m_clock.now());
        until = m_free;
        m_free += duration_cast<steady_clock::duration>(duration<double>(static_cast<double>(bytes) / static_cast<double>(m_rate)));
    }
    m_clock.sleepUntil(until, stop);
}

} // namespace ckptscope
