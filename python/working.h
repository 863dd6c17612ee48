// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/job.h"
#include "core/result.h"

#include <chrono>
#include <future>
#include <nanobind/nanobind.h>
#include <optional>
#include <type_traits>

namespace ckptscope::python {

/// Raises ckptscope.Error.
[[noreturn]] void raise(const Error& error);

/// Runs work(job) on another thread with Python's lock released, so that other Python threads go on; Ctrl+C stops it
/// and is raised once it has tidied up. Its Result's value, or ckptscope.Error raised.
template<class Work>
auto working(unsigned threads, const Work& work)
{
    std::stop_source stop;
    JobContext job;
    job.stop = stop.get_token();
    job.threads = threads;
    std::optional<nanobind::python_error> interrupt;
    std::optional<std::invoke_result_t<const Work&, const JobContext&>> result;
    {
        const nanobind::gil_scoped_release unlocked;
        auto future = std::async(std::launch::async, [&] { return work(job); });
        constexpr auto Tick = std::chrono::milliseconds(50);
        while (future.wait_for(Tick) != std::future_status::ready) {
            const nanobind::gil_scoped_acquire locked;
            if (!interrupt && PyErr_CheckSignals() != 0) {
                interrupt.emplace();
                stop.request_stop();
            }
        }
        result.emplace(future.get());
    }
    if (interrupt) {
        throw nanobind::python_error(*std::move(interrupt));
    }
    if (!*result) {
        raise(result->error());
    }
    return **std::move(result);
}

} // namespace ckptscope::python
