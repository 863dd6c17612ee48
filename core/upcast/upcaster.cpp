// SPDX-License-Identifier: Apache-2.0
#include "core/upcast/upcaster.h"

#include "core/upcast/breakeven.h"
#include "core/upcast/deviceslots.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace ckptscope {

namespace {

constexpr std::string_view NoBackend = "this build has no CUDA backend";
constexpr std::string_view Cuda = "cuda";

/// 0 for "cuda", N for "cuda:N".
std::optional<unsigned> deviceIndex(std::string_view device) noexcept
{
    if (device == Cuda) {
        return 0U;
    }
    if (!device.starts_with("cuda:")) {
        return std::nullopt;
    }
    unsigned index = 0;
    const char* end = device.data() + device.size();
    const auto [stopped, error] = std::from_chars(device.data() + Cuda.size() + 1, end, index);
    return error == std::errc() && stopped == end ? std::optional(index) : std::nullopt;
}

std::shared_ptr<DeviceUse> onCpu(std::string fallback = {})
{
    return std::make_shared<DeviceUse>(nullptr, std::move(fallback));
}

/// The usable device with the most free memory; nullopt: none.
std::optional<unsigned> roomiest(const std::vector<DeviceFacts>& devices)
{
    std::optional<unsigned> best;
    for (unsigned i = 0; i < devices.size(); ++i) {
        if (devices[i].absent.empty() && (!best || devices[i].freeBytes > devices[*best].freeBytes)) {
            best = i;
        }
    }
    return best;
}

std::shared_ptr<DeviceUse> automatic(const std::shared_ptr<DeviceBackend>& backend, std::uint64_t bytes, const DeviceWork& work)
{
    if (bytes < BreakEven::LeastBytes) {
        return onCpu(); // not even worth asking a driver
    }
    const auto index = roomiest(backend->list());
    if (!index || !measuredBreakEven(backend, *index, work).deviceWins(bytes)) {
        return onCpu();
    }
    auto device = backend->open(*index);
    return device ? std::make_shared<DeviceUse>(*std::move(device)) : onCpu(deviceWords(device.error()));
}

} // namespace

std::vector<UpcastDevice> upcastDevices()
{
    std::vector<UpcastDevice> all{UpcastDevice{"cpu", "CPU", {}, 0, 0}};
    const auto backend = deviceBackend();
    const auto found = backend != nullptr ? backend->list() : std::vector<DeviceFacts>{DeviceFacts{"CUDA", std::string(NoBackend), 0, 0}};
    for (std::size_t i = 0; i < found.size(); ++i) {
        const DeviceFacts& facts = found[i];
        const std::string id = "cuda:" + std::to_string(i);
        all.push_back({id, facts.absent.empty() ? id + " (" + facts.name + ")" : facts.name, facts.absent, facts.freeBytes, facts.totalBytes});
    }
    return all;
}

DeviceUse::DeviceUse(std::shared_ptr<Device> device, std::string fallback)
    : m_device(std::move(device))
    , m_fallback(std::move(fallback))
{
}

void DeviceUse::giveUp(std::string_view what)
{
    const std::scoped_lock lock(m_mutex);
    if (m_device == nullptr || m_lost.exchange(true)) {
        return;
    }
    m_fallback = m_device->name() + " was given up for the CPU: " + std::string(what);
}

std::string DeviceUse::name() const
{
    return m_device == nullptr || (m_lost.load() && m_done == 0) ? "cpu" : m_device->name();
}

std::string DeviceUse::fallback() const
{
    const std::scoped_lock lock(m_mutex);
    return m_fallback;
}

bool isDeviceName(std::string_view device) noexcept
{
    return device == "auto" || device == "cpu" || deviceIndex(device).has_value();
}

std::shared_ptr<DeviceUse> chooseDevice(std::string_view device, std::uint64_t bytes, const DeviceWork& work)
{
    if (device == "cpu") {
        return onCpu();
    }
    const auto backend = deviceBackend();
    if (device == "auto") {
        return backend != nullptr ? automatic(backend, bytes, work) : onCpu();
    }
    const auto index = deviceIndex(device);
    if (!index) {
        return onCpu("there is no device " + std::string(device));
    }
    if (backend == nullptr) {
        return onCpu(std::string(NoBackend));
    }
    auto opened = backend->open(*index);
    return opened ? std::make_shared<DeviceUse>(*std::move(opened)) : onCpu(deviceWords(opened.error()));
}

} // namespace ckptscope
