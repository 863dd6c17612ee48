// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/job.h"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

namespace ckptscope::cli {

/// Progress on standard error: a bar on a terminal, or one line of JSON a tick. report() may be called from any thread.
class ProgressBar {
public:
    enum class Kind : std::uint8_t { None, Bar, Json };

    void start(Kind kind) { m_kind = kind; }
    [[nodiscard]] bool wanted() const noexcept { return m_kind != Kind::None; }
    void report(const Progress& progress);
    /// Takes the bar away: something else is to be written, or the task has ended.
    void finish();

private:
    using Clock = std::chrono::steady_clock;
    void draw(const Progress& progress, double seconds);

    Kind m_kind = Kind::None;
    std::mutex m_mutex;
    std::optional<Phase> m_phase;
    Clock::time_point m_begin;
    Clock::time_point m_last;
    std::uint64_t m_beginDone = 0;
    Progress m_latest;
    bool m_written = true; ///< m_latest was shown
    bool m_shown = false;  ///< a bar stands on the terminal
};

} // namespace ckptscope::cli
