// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/upcast/device.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope {

/// Where casts and scans can run. Absent ones are listed with the reason.
struct UpcastDevice {
    std::string id;              ///< "cpu", "cuda:0"
    std::string label;           ///< for people: "CPU", "cuda:0 (NVIDIA H100)"
    std::string absent;          ///< empty: usable
    std::uint64_t freeBytes = 0; ///< of a GPU's memory
    std::uint64_t totalBytes = 0;
};
[[nodiscard]] std::vector<UpcastDevice> upcastDevices();

/// Where one job's elements are worked on, shared by its threads. A device that fails is given up for the rest of the
/// job, by all of them.
class DeviceUse {
public:
    /// Null: the CPU; `fallback` says why, where something else was asked for.
    explicit DeviceUse(std::shared_ptr<Device> device = {}, std::string fallback = {});

    /// Null: use the CPU. Stays valid as long as this does, given up or not.
    [[nodiscard]] Device* device() const noexcept { return m_lost.load() ? nullptr : m_device.get(); }
    /// `what` went wrong, "copying to the device: out of memory". The first reason is kept.
    void giveUp(std::string_view what);
    void addDone(std::uint64_t elements) noexcept { m_done += elements; }
    [[nodiscard]] std::uint64_t elementsDone() const noexcept { return m_done; } ///< by the device, and right
    /// "cuda:0 (NVIDIA H100)"; "cpu" where no device was chosen, or it was given up before it had done anything.
    [[nodiscard]] std::string name() const;
    /// Why it was not, or not all, done on the device that was asked for; empty: it was.
    [[nodiscard]] std::string fallback() const;

private:
    std::shared_ptr<Device> m_device;
    std::atomic<bool> m_lost{false};
    std::atomic<std::uint64_t> m_done{0};
    mutable std::mutex m_mutex;
    std::string m_fallback;
};

/// A kind of work, done on bytes of its own making: what "auto" measures.
struct DeviceWork {
    std::string_view name;                                           ///< "cast"
    unsigned mostThreads = 1;                                        ///< that the CPU would use for it
    void (*onCpu)(std::uint64_t bytes) = nullptr;                    ///< on one thread
    bool (*onDevice)(DeviceUse& use, std::uint64_t bytes) = nullptr; ///< false: it failed
};
/// BF16 to F32 through a pipeline.
[[nodiscard]] const DeviceWork& castWork() noexcept;

/// `device`: "auto", "cpu", "cuda", "cuda:N". A device that is not there gives the CPU and says so. "auto" takes a
/// device only where so many `bytes` are done sooner there, as measured once in this process (breakeven.h), with the
/// time that it takes to open it.
[[nodiscard]] std::shared_ptr<DeviceUse> chooseDevice(std::string_view device, std::uint64_t bytes, const DeviceWork& work = castWork());

/// Whether `device` is a name that chooseDevice() knows, be there such a device or not.
[[nodiscard]] bool isDeviceName(std::string_view device) noexcept;

} // namespace ckptscope
