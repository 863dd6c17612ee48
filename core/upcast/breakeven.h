// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/upcast/upcaster.h"

#include <cstdint>
#include <memory>

namespace ckptscope {

/// From how many bytes on a device is done sooner than the CPU: opening it takes a while, and every byte travels to it
/// and back.
struct BreakEven {
    double cpuSecondsPerByte = 0;    ///< all threads together
    double deviceSecondsPerByte = 0; ///< copies included
    double setupSeconds = 0;         ///< opening the device, allocating, the first chunk

    /// Below this nothing is asked or measured.
    static constexpr std::uint64_t LeastBytes = 256ULL << 20U;
    /// UINT64_MAX: never.
    [[nodiscard]] std::uint64_t bytes() const noexcept;
    [[nodiscard]] bool deviceWins(std::uint64_t work) const noexcept { return work >= LeastBytes && work >= bytes(); }
};

/// Measures once a process, backend, device and kind of work; takes some tenths of a second. Where the device fails it
/// never wins.
[[nodiscard]] BreakEven measuredBreakEven(const std::shared_ptr<DeviceBackend>& backend, unsigned index, const DeviceWork& work);

} // namespace ckptscope
