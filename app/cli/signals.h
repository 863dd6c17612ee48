// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stop_token>

namespace ckptscope::cli {

/// Turns SIGINT and SIGTERM into a stop request; a second one ends the program at once. Made before any other thread: they inherit that the
/// signals are blocked.
class Signals {
public:
    explicit Signals(const std::stop_source& stop);
    ~Signals() = default;
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    /// 130 or 143 after a signal, else 0.
    [[nodiscard]] static int exitCode() noexcept;
};

} // namespace ckptscope::cli
