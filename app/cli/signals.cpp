// SPDX-License-Identifier: Apache-2.0
#include "app/cli/signals.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

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

} // namespace

Signals::Signals(std::stop_source stop)
{
    std::signal(SIGPIPE, SIG_IGN); // a reader that went away must not kill a run that writes a checkpoint
    std::signal(SIGXFSZ, SIG_IGN); // a write past the size limit fails instead
    const sigset_t set = waitedFor();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::thread([stop, set]() mutable {
        while (true) {
            int number = 0;
            if (sigwait(&set, &number) != 0) {
                continue;
            }
            if (g_signal.exchange(number) != 0) {
                _exit(128 + number); // asked twice
            }
            stop.request_stop();
        }
    }).detach();
}

Signals::~Signals() = default;

int Signals::exitCode() noexcept
{
    const int number = g_signal.load();
    return number == 0 ? 0 : 128 + number;
}

} // namespace ckptscope::cli
