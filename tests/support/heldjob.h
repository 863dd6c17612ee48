// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/jobs/jobrunner.h"

#include <QTest>

#include <condition_variable>
#include <memory>
#include <mutex>

namespace ckptscope::test {

/// Holds the next job of one runner at one point, until it is released or told to stop. What happens meanwhile happens
/// in the middle of the job, on every machine. Header only: the other tests' support knows nothing of the window.
class HeldJob {
public:
    HeldJob(const char* runner, ui::JobPoint point)
    {
        ui::JobRunner::setGate(
            [state = m_state, runner = QLatin1String(runner), point](ui::JobPoint at, const QString& name, const std::stop_token& stop) {
                if (at != point || name != runner) {
                    return;
                }
                std::unique_lock lock(state->mutex);
                if (state->caught) {
                    return; // the first one only
                }
                state->caught = true;
                state->change.wait(lock, stop, [&] { return state->released; });
                state->stopped = stop.stop_requested();
            });
    }
    HeldJob(const HeldJob&) = delete;
    HeldJob& operator=(const HeldJob&) = delete;
    ~HeldJob()
    {
        ui::JobRunner::setGate({});
        release();
    }

    /// False: no such job came to that point in time.
    [[nodiscard]] bool waitForIt(int ms) const
    {
        return QTest::qWaitFor(
            [this] {
                const std::scoped_lock lock(m_state->mutex);
                return m_state->caught;
            },
            ms);
    }
    void release()
    {
        const std::scoped_lock lock(m_state->mutex);
        m_state->released = true;
        m_state->change.notify_all();
    }
    /// The job was told to stop while it was held.
    [[nodiscard]] bool wasStopped() const
    {
        const std::scoped_lock lock(m_state->mutex);
        return m_state->stopped;
    }

private:
    struct State {
        std::mutex mutex;
        std::condition_variable_any change;
        bool caught = false;
        bool released = false;
        bool stopped = false;
    };
    std::shared_ptr<State> m_state = std::make_shared<State>();
};

} // namespace ckptscope::test
