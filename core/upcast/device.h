// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/convert.h"
#include "core/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// What the pipelines need of an accelerator, and no more: CUDA (core/upcast/cuda) is behind it, and in the tests a
/// double that computes on the host and fails where it is told to. All errors are deviceFailed(). Nothing here throws.
namespace ckptscope {

/// `what` failed, in English: "copying to the device: out of memory". Such an error ends as the reason of a fallback,
/// never as an answer to a user.
[[nodiscard]] inline Error deviceFailed(std::string what)
{
    return fail(Code::Internal, {std::move(what)});
}

/// Memory of a device, or host memory that a device copies to and from on its own (pinned). Given back when it is
/// destroyed.
class DeviceMemory {
public:
    DeviceMemory(const DeviceMemory&) = delete;
    DeviceMemory& operator=(const DeviceMemory&) = delete;
    virtual ~DeviceMemory() = default;
    /// Only pinned memory may be looked at by the host.
    [[nodiscard]] std::byte* data() const noexcept { return m_data; }
    [[nodiscard]] std::size_t size() const noexcept { return m_size; }

protected:
    DeviceMemory(std::byte* data, std::size_t size) noexcept
        : m_data(data)
        , m_size(size)
    {
    }

private:
    std::byte* m_data;
    std::size_t m_size;
};

/// Work that a device does in order, while the host goes on. Used by one thread at a time. Host memory given to it is
/// pinned, and is left alone until finish() has returned.
class DeviceStream {
public:
    DeviceStream() = default;
    DeviceStream(const DeviceStream&) = delete;
    DeviceStream& operator=(const DeviceStream&) = delete;
    virtual ~DeviceStream() = default; ///< waits for what is queued
    virtual Result<void> upload(std::byte* device, std::span<const std::byte> host) = 0;
    virtual Result<void> download(std::span<std::byte> host, const std::byte* device) = 0;
    /// As castElements(), of fewer than 2^31 elements that fill whole bytes; `in` and `out` in device memory, aligned
    /// to 16 bytes. `from` and `to` differ. One cast between two calls of finish().
    virtual Result<void> cast(DType from, const std::byte* in, DType to, std::byte* out, std::uint64_t elements) = 0;
    /// Sets bytes to zero.
    virtual Result<void> clear(std::byte* device, std::size_t bytes) = 0;
    /// Adds how often each of the 256 bytes stands there to 32-bit counters in device memory: CounterCopies tables of
    /// 256, which add up to the answer; several, so that equal bytes don't wait for one counter.
    virtual Result<void> countBytes(const std::byte* in, std::uint64_t bytes, std::byte* counters) = 0;
    /// Puts a BlockFacts for every BlockFacts::Values elements of BF16, F16, F32 or F64 (the last block may be shorter)
    /// into device memory.
    virtual Result<void> lookAtBlocks(DType dtype, const std::byte* in, std::uint64_t elements, std::byte* facts) = 0;
    /// Waits until all is done; what the cast lost.
    virtual Result<CastLoss> finish() = 0;
};
inline constexpr std::size_t CounterCopies = 32;

/// One device, opened. May be used from several threads at once.
class Device {
public:
    Device() = default;
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;
    virtual ~Device() = default;
    [[nodiscard]] virtual std::string name() const = 0; ///< "cuda:0 (NVIDIA H100)"
    virtual Result<std::uint64_t> freeBytes() = 0;
    virtual Result<std::unique_ptr<DeviceMemory>> allocate(std::size_t bytes) = 0;
    virtual Result<std::unique_ptr<DeviceMemory>> allocatePinned(std::size_t bytes) = 0;
    virtual Result<std::unique_ptr<DeviceStream>> stream() = 0;
};

/// A device that is there, or why none is.
struct DeviceFacts {
    std::string name;            ///< "NVIDIA H100"
    std::string absent;          ///< why it cannot be used; empty: it can
    std::uint64_t freeBytes = 0; ///< of its memory
    std::uint64_t totalBytes = 0;
};

/// A kind of accelerators. May be used from several threads at once.
class DeviceBackend {
public:
    DeviceBackend() = default;
    DeviceBackend(const DeviceBackend&) = delete;
    DeviceBackend& operator=(const DeviceBackend&) = delete;
    virtual ~DeviceBackend() = default;
    /// By index. Where there is none, one row that says why. May take a second the first time: it wakes the driver.
    [[nodiscard]] virtual std::vector<DeviceFacts> list() = 0;
    virtual Result<std::shared_ptr<Device>> open(unsigned index) = 0;
};

/// The backend of this build; null: it has none.
[[nodiscard]] std::shared_ptr<DeviceBackend> deviceBackend();
/// Tests put a double in its place; null puts the build's own back.
void replaceDeviceBackend(std::shared_ptr<DeviceBackend> backend);
/// Whether this build has a backend of its own, be there a device or not.
[[nodiscard]] bool hasDeviceBackend() noexcept;

} // namespace ckptscope
