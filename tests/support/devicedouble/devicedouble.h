// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/upcast/device.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

namespace ckptscope::test {

/// What a double does wrong. Numbers count from 0, over all streams of the backend; -1: never.
struct DeviceFaults {
    static constexpr std::size_t NoLimit = std::numeric_limits<std::size_t>::max();
    std::string absent{}; ///< why there is no device
    unsigned devices = 1;
    std::uint64_t freeBytes = 1ULL << 30U;
    std::size_t mostPinned = NoLimit; ///< a larger piece of pinned memory is refused
    std::size_t mostMemory = NoLimit; ///< a larger piece of device memory is refused
    int failAllocation = -1;          ///< this one is refused, of either kind, and all that follow
    bool noStreams = false;
    int refuseUpload = -1; ///< this copy cannot be queued
    int failUpload = -1;   ///< this copy fails while nobody looks: finish() says so
    int failDownload = -1;
    int loseAtCast = -1;               ///< from this cast (or scan) on, nothing works any more
    int wrongCast = -1;                ///< from this cast on, of the first that has it ...
    std::uint64_t wrongElement = 0;    ///< ... this element (UINT64_MAX: the last) has one wrong bit
    int wrongLoss = -1;                ///< of this cast the losses are miscounted
    int wrongScan = -1;                ///< of this scan one byte is taken for another, or the first block's sum is off by one
    std::chrono::microseconds slow{0}; ///< each copy takes so long
};

/// A device that computes on the host, with the kernels of core/upcast/kernels.h on Thrust's CPP backend. Each stream
/// is a thread, so that what is queued really happens later: memory that is touched too soon gives wrong results (and a
/// report of the thread sanitizer).
class DeviceDouble final : public DeviceBackend {
public:
    explicit DeviceDouble(DeviceFaults faults = {});
    [[nodiscard]] std::vector<DeviceFacts> list() override;
    Result<std::shared_ptr<Device>> open(unsigned index) override;

    /// What its devices share.
    struct State {
        explicit State(DeviceFaults wanted)
            : faults(std::move(wanted))
        {
        }
        const DeviceFaults faults;
        std::atomic<int> pieces{0};      ///< of memory, alive now
        std::atomic<int> streams{0};     ///< alive now
        std::atomic<int> allocations{0}; ///< ever asked for
        std::atomic<int> uploads{0};
        std::atomic<int> downloads{0};
        std::atomic<int> casts{0};
        std::atomic<int> scans{0};
        std::atomic<int> underWay{0}; ///< streams with work that nobody has waited for
        std::atomic<int> mostUnderWay{0};
        std::atomic<bool> lost{false};
        std::atomic<bool> wrong{false}; ///< it was, once
    };
    [[nodiscard]] const State& state() const noexcept { return *m_state; }

private:
    std::shared_ptr<State> m_state;
};

/// Puts a double in the place of this build's backend, for as long as it lives.
class WithDeviceDouble {
public:
    explicit WithDeviceDouble(DeviceFaults faults = {})
        : m_double(std::make_shared<DeviceDouble>(std::move(faults)))
    {
        replaceDeviceBackend(m_double);
    }
    WithDeviceDouble(const WithDeviceDouble&) = delete;
    WithDeviceDouble& operator=(const WithDeviceDouble&) = delete;
    ~WithDeviceDouble() { replaceDeviceBackend(nullptr); }
    [[nodiscard]] const DeviceDouble::State& state() const noexcept { return m_double->state(); }

private:
    std::shared_ptr<DeviceDouble> m_double;
};

} // namespace ckptscope::test
