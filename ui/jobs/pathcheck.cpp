// SPDX-License-Identifier: Apache-2.0
#include "ui/jobs/pathcheck.h"

#include <algorithm>
#include <atomic>
#include <sys/stat.h>
#include <system_error>
#include <thread>

namespace ckptscope::ui {

/// Owned by the object and by each thread: whoever goes last frees it.
struct PathCheck::Shared {
    explicit Shared(std::vector<std::string> asked)
        : paths(std::move(asked))
        , states(paths.size())
    {
    }
    const std::vector<std::string> paths;
    std::vector<std::atomic<int>> states; ///< a State
    std::atomic<std::size_t> next = 0;
    std::atomic<bool> stop = false;
};

PathCheck::PathCheck(QObject* parent)
    : QObject(parent)
{
    m_timer.setInterval(50);
    connect(&m_timer, &QTimer::timeout, this, &PathCheck::poll);
}

PathCheck::~PathCheck()
{
    if (m_shared) {
        m_shared->stop = true;
    }
}

void PathCheck::start(const std::vector<std::string>& paths)
{
    if (m_shared) {
        m_shared->stop = true;
    }
    m_shared = std::make_shared<Shared>(paths);
    m_told.assign(paths.size(), State::Unknown);
    // Threads are let go of: one that hangs in a dead mount cannot be joined. They touch only what they share.
    const std::size_t threads = std::min<std::size_t>(paths.size(), 4);
    for (std::size_t i = 0; i < threads; ++i) {
        try {
            std::thread([shared = m_shared] {
                for (std::size_t at = shared->next++; at < shared->paths.size() && !shared->stop; at = shared->next++) {
                    struct stat info { };
                    shared->states[at] = static_cast<int>(::stat(shared->paths[at].c_str(), &info) == 0 ? State::Exists : State::Missing);
                }
            }).detach();
        } catch (const std::system_error&) { // no more threads: these paths stay unknown
            break;
        }
    }
    if (!paths.empty()) {
        m_timer.start();
    }
}

void PathCheck::poll()
{
    bool open = false;
    const std::shared_ptr<Shared> shared = m_shared; // a slot may start anew
    for (std::size_t i = 0; i < shared->states.size(); ++i) {
        const auto state = static_cast<State>(shared->states[i].load());
        if (state == State::Unknown) {
            open = true;
        } else if (m_told[i] == State::Unknown) {
            m_told[i] = state;
            Q_EMIT answered(static_cast<int>(i), state);
            if (shared != m_shared) {
                return;
            }
        }
    }
    if (!open) {
        m_timer.stop();
    }
}

} // namespace ckptscope::ui
