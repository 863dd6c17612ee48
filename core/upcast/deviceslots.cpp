// SPDX-License-Identifier: Apache-2.0
#include "core/upcast/deviceslots.h"

#include <algorithm>
#include <string>
#include <utility>

namespace ckptscope {

std::string deviceWords(const Error& error)
{
    return error.args.empty() ? std::string(codeInfo(error.code).id) : error.args.front();
}

DeviceSlots::DeviceSlots(DeviceUse& use, std::uint64_t pinnedBytes)
    : m_use(use)
    , m_pinnedBytes(pinnedBytes)
{
}

DeviceSlots::~DeviceSlots()
{
    close();
}

void DeviceSlots::close()
{
    for (Slot& slot : m_slots) {
        slot.stream.reset(); // first: it waits for what uses the memory
    }
    m_slots.clear();
}

bool DeviceSlots::tryOpen(Device& device, std::size_t bytes)
{
    std::string why;
    for (std::size_t i = 0; i < Count; ++i) {
        Slot slot;
        auto host = device.allocatePinned(bytes);
        auto memory = host ? device.allocate(bytes) : Result<std::unique_ptr<DeviceMemory>>(host.error());
        auto stream = memory ? device.stream() : Result<std::unique_ptr<DeviceStream>>(memory.error());
        if (!stream) {
            why = deviceWords(stream.error());
            break;
        }
        slot.host = *std::move(host);
        slot.device = *std::move(memory);
        slot.stream = *std::move(stream);
        m_slots.push_back(std::move(slot));
    }
    if (m_slots.size() >= 2) {
        return true;
    }
    close();
    if (bytes / 2 < LeastBytes) {
        m_use.giveUp(why);
    }
    return false;
}

bool DeviceSlots::open()
{
    Device* device = m_use.device();
    if (device == nullptr) {
        return false;
    }
    if (std::exchange(m_tried, true)) {
        return !m_slots.empty();
    }
    const auto free = device->freeBytes();
    if (!free) {
        m_use.giveUp(deviceWords(free.error()));
        return false;
    }
    // A quarter of what is free for one thread: there are several, and others use the device, too.
    const std::uint64_t most = std::min(m_pinnedBytes, *free / 4) / Count;
    auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(most, MostBytes)) / Align * Align;
    if (bytes < LeastBytes) {
        m_use.giveUp(*free / 4 / Count < LeastBytes ? "its memory is full" : "the memory limit leaves no room for its buffers");
        return false;
    }
    for (; m_use.device() != nullptr; bytes = std::max<std::size_t>(bytes / 2 / Align * Align, LeastBytes)) {
        if (tryOpen(*device, bytes)) {
            return true;
        }
    }
    return false;
}

} // namespace ckptscope
