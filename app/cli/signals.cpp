// SPDX-License-Identifier: Apache-2.0
#include "app/cli/signals.h"

#include "core/io/unfinished.h"
#include "core/text/text.h"

#include <atomic>
#include <csignal>
#include <pthread.h>
#include <string>
#include <thread>
#include <unistd.h>

namespace ckptscope::cli {

namespace {

std::atomic<int> g_signal = 0;

sigset_t waitedFor()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    return set;
}

void say(const std::string& text)
{
    (void)!::write(STDERR_FILENO, text.data(), text.size()); // stdio may be locked by what is to end
}

} // namespace

Signals::Signals(const std::stop_source& stop)
{
    std::signal(SIGPIPE, SIG_IGN); // a reader that went away must not kill a run that writes a checkpoint
    std::signal(SIGXFSZ, SIG_IGN); // a write past the size limit fails instead
    const sigset_t set = waitedFor();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::thread([stop, set]() mutable {
        int again = 0;
        while (true) {
            int number = 0;
            if (sigwait(&set, &number) != 0) {
                continue;
            }
            stop.request_stop();
            if (g_signal.exchange(number) == 0) {
                continue;
            }
            // Asked again: tidying up takes a moment, and is better waited for.
            const auto left = unfinishedOutputs();
            if (left.empty() || ++again > 1) {
                for (const std::string& path : left) {
                    say("ckptscope: stopped at once; the next run removes " + displayName(path) + "\n");
                }
                _exit(128 + number);
            }
            say("ckptscope: stopping, and removing what was begun; once more stops at once\n");
        }
    }).detach();
}

int Signals::exitCode() noexcept
{
    const int number = g_signal.load();
    return number == 0 ? 0 : 128 + number;
}

} // namespace ckptscope::cli
