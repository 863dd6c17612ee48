// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/upcast/upcaster.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace ckptscope {

/// Places in which chunks are under way: pinned host memory, as much device memory, and a stream each. One set a
/// thread.
class DeviceSlots {
public:
    struct Slot {
        std::unique_ptr<DeviceMemory> host;
        std::unique_ptr<DeviceMemory> device;
        std::unique_ptr<DeviceStream> stream;
    };
    static constexpr std::size_t Count = 3; ///< wanted; two will do, for then a copy and a kernel overlap
    static constexpr std::size_t LeastBytes = 64U << 10U;
    static constexpr std::size_t MostBytes = 32U << 20U;
    static constexpr std::size_t Align = 256; ///< the least that slots and their parts are aligned to

    /// `pinnedBytes`: how much host memory they may take together.
    DeviceSlots(DeviceUse& use, std::uint64_t pinnedBytes);
    DeviceSlots(const DeviceSlots&) = delete;
    DeviceSlots& operator=(const DeviceSlots&) = delete;
    ~DeviceSlots();

    /// Once: takes what the budget and the device's free memory allow, and less where even that is refused. Where
    /// nothing is to be had the device is given up. False also where it was before.
    bool open();
    void close(); ///< waits for what is under way

    [[nodiscard]] std::size_t size() const noexcept { return m_slots.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return m_slots.front().host->size(); } ///< of one slot
    [[nodiscard]] Slot& operator[](std::size_t index) noexcept { return m_slots[index]; }

private:
    bool tryOpen(Device& device, std::size_t bytes);

    DeviceUse& m_use;
    std::uint64_t m_pinnedBytes;
    bool m_tried = false;
    std::vector<Slot> m_slots;
};

/// What an error of a device says, without its code: "copying to the device: out of memory".
[[nodiscard]] std::string deviceWords(const Error& error);

} // namespace ckptscope
