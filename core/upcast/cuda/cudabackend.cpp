// SPDX-License-Identifier: Apache-2.0
#include "core/upcast/cuda/cudabackend.h"

#include "core/upcast/codetable.h"
#include "core/upcast/cuda/cudakernels.h"

#include <array>
#include <cstring>
#include <new>
#include <string>
#include <utility>

namespace ckptscope {

namespace {

/// "copying to the device: an illegal memory access was encountered"
Error failed(const char* doing, cudaError_t error)
{
    (void)cudaGetLastError(); // what can be forgotten is not blamed on the next call
    return deviceFailed(std::string(doing) + ": " + cudaGetErrorString(error));
}

Result<void> outcome(const char* doing, cudaError_t error)
{
    return error == cudaSuccess ? Result<void>() : Result<void>(failed(doing, error));
}

/// The runtime's current device is each thread's own: said before every call that depends on it.
cudaError_t on(int device)
{
    return cudaSetDevice(device);
}

class CudaMemory final : public DeviceMemory {
public:
    CudaMemory(std::byte* data, std::size_t size, int device, bool pinned)
        : DeviceMemory(data, size)
        , m_device(device)
        , m_pinned(pinned)
    {
    }
    CudaMemory(const CudaMemory&) = delete;
    CudaMemory& operator=(const CudaMemory&) = delete;
    ~CudaMemory() override
    {
        (void)on(m_device); // a lost device refuses: then its memory is gone with it
        (void)(m_pinned ? cudaFreeHost(data()) : cudaFree(data()));
    }

private:
    int m_device;
    bool m_pinned;
};

Result<std::unique_ptr<DeviceMemory>> allocateOn(int device, std::size_t bytes, bool pinned)
{
    void* data = nullptr;
    cudaError_t error = on(device);
    if (error == cudaSuccess) {
        error = pinned ? cudaHostAlloc(&data, bytes, cudaHostAllocPortable) : cudaMalloc(&data, bytes);
    }
    if (error != cudaSuccess) {
        return failed(pinned ? "allocating pinned memory" : "allocating its memory", error);
    }
    return std::unique_ptr<DeviceMemory>(std::make_unique<CudaMemory>(static_cast<std::byte*>(data), bytes, device, pinned));
}

class CudaStream final : public DeviceStream {
public:
    /// Small things of a stream's own, in its own memory: what casts lost, the table of a narrow dtype, room for
    /// reductions.
    struct Layout {
        static constexpr std::size_t Loss = 0;
        static constexpr std::size_t Table = 256;
        static constexpr std::size_t Scratch = Table + sizeof(CodeTable);
        static constexpr std::size_t Device = Scratch + cuda::ScratchBytes;
        static constexpr std::size_t Pinned = Scratch;
    };

    CudaStream(int device, cudaStream_t stream, std::unique_ptr<DeviceMemory> memory, std::unique_ptr<DeviceMemory> pinned)
        : m_device(device)
        , m_stream(stream)
        , m_memory(std::move(memory))
        , m_pinned(std::move(pinned))
    {
    }
    CudaStream(const CudaStream&) = delete;
    CudaStream& operator=(const CudaStream&) = delete;
    ~CudaStream() override
    {
        (void)on(m_device);
        (void)cudaStreamSynchronize(m_stream);
        (void)cudaStreamDestroy(m_stream);
    }

    Result<void> upload(std::byte* device, std::span<const std::byte> host) override
    {
        return call("copying to the device", [&] { return cudaMemcpyAsync(device, host.data(), host.size(), cudaMemcpyHostToDevice, m_stream); });
    }
    Result<void> download(std::span<std::byte> host, const std::byte* device) override
    {
        return call("copying from the device", [&] { return cudaMemcpyAsync(host.data(), device, host.size(), cudaMemcpyDeviceToHost, m_stream); });
    }
    Result<void> clear(std::byte* device, std::size_t bytes) override
    {
        return call("clearing its memory", [&] { return cudaMemsetAsync(device, 0, bytes, m_stream); });
    }

    Result<void> cast(DType from, const std::byte* in, DType to, std::byte* out, std::uint64_t elements) override
    {
        return call("casting", [&] {
            std::byte* loss = m_memory->data() + Layout::Loss;
            std::byte* table = m_memory->data() + Layout::Table;
            cudaError_t error = dtypeInfo(from).blockBits <= 8 ? sendTable(from, to, table) : cudaSuccess;
            if (error == cudaSuccess) {
                error = cudaMemsetAsync(loss, 0, sizeof(elements::Loss), m_stream);
            }
            if (error == cudaSuccess) {
                error = cuda::cast(from, in, to, out, elements, std::launder(reinterpret_cast<elements::CodeRow*>(table)),
                                   std::launder(reinterpret_cast<elements::Loss*>(loss)), m_memory->data() + Layout::Scratch, m_stream);
            }
            if (error == cudaSuccess) {
                m_hasLoss = true;
                error = cudaMemcpyAsync(m_pinned->data() + Layout::Loss, loss, sizeof(elements::Loss), cudaMemcpyDeviceToHost, m_stream);
            }
            return error;
        });
    }

    Result<void> countBytes(const std::byte* in, std::uint64_t bytes, std::byte* counters) override
    {
        return call("counting", [&] { return cuda::countBytes(in, bytes, counters, m_stream); });
    }
    Result<void> lookAtBlocks(DType dtype, const std::byte* in, std::uint64_t elements, std::byte* facts) override
    {
        return call("looking at values", [&] { return cuda::lookAtBlocks(dtype, in, elements, facts, m_stream); });
    }

    Result<CastLoss> finish() override
    {
        const bool hasLoss = std::exchange(m_hasLoss, false);
        if (auto done = call("waiting for the device", [&] { return cudaStreamSynchronize(m_stream); }); !done) {
            return done.error();
        }
        elements::Loss loss;
        if (hasLoss) {
            std::memcpy(&loss, m_pinned->data() + Layout::Loss, sizeof(loss));
        }
        return CastLoss{loss.inexact, loss.overflowed, loss.flushed};
    }

private:
    template<class Work>
    Result<void> call(const char* doing, Work work)
    {
        const cudaError_t error = on(m_device);
        return outcome(doing, error == cudaSuccess ? work() : error);
    }

    /// Once for each pair of dtypes; the device may still be reading the one before, and the host's copy is being read
    /// from.
    cudaError_t sendTable(DType from, DType to, std::byte* device)
    {
        if (m_table == std::pair(from, to)) {
            return cudaSuccess;
        }
        m_table = {DType::Unknown, DType::Unknown};
        const cudaError_t error = cudaStreamSynchronize(m_stream);
        if (error != cudaSuccess) {
            return error;
        }
        const CodeTable table = codeTable(from, to);
        std::memcpy(m_pinned->data() + Layout::Table, table.data(), sizeof(table));
        const cudaError_t sent = cudaMemcpyAsync(device, m_pinned->data() + Layout::Table, sizeof(table), cudaMemcpyHostToDevice, m_stream);
        if (sent == cudaSuccess) {
            m_table = {from, to};
        }
        return sent;
    }

    int m_device;
    cudaStream_t m_stream;
    std::unique_ptr<DeviceMemory> m_memory;
    std::unique_ptr<DeviceMemory> m_pinned;
    std::pair<DType, DType> m_table{DType::Unknown, DType::Unknown};
    bool m_hasLoss = false;
};

class CudaDevice final : public Device {
public:
    CudaDevice(int device, std::string name)
        : m_device(device)
        , m_name(std::move(name))
    {
    }

    [[nodiscard]] std::string name() const override { return m_name; }

    Result<std::uint64_t> freeBytes() override
    {
        std::size_t free = 0;
        std::size_t total = 0;
        cudaError_t error = on(m_device);
        error = error == cudaSuccess ? cudaMemGetInfo(&free, &total) : error;
        if (error != cudaSuccess) {
            return failed("asking for its free memory", error);
        }
        return std::uint64_t{free};
    }
    Result<std::unique_ptr<DeviceMemory>> allocate(std::size_t bytes) override { return allocateOn(m_device, bytes, false); }
    Result<std::unique_ptr<DeviceMemory>> allocatePinned(std::size_t bytes) override { return allocateOn(m_device, bytes, true); }

    Result<std::unique_ptr<DeviceStream>> stream() override
    {
        auto memory = allocate(CudaStream::Layout::Device);
        if (!memory) {
            return memory.error();
        }
        auto pinned = allocatePinned(CudaStream::Layout::Pinned);
        if (!pinned) {
            return pinned.error();
        }
        cudaStream_t stream = nullptr;
        cudaError_t error = on(m_device);
        error = error == cudaSuccess ? cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) : error;
        if (error != cudaSuccess) {
            return failed("making a stream", error);
        }
        return std::unique_ptr<DeviceStream>(std::make_unique<CudaStream>(m_device, stream, *std::move(memory), *std::move(pinned)));
    }

private:
    int m_device;
    std::string m_name;
};

class CudaBackend final : public DeviceBackend {
public:
    std::vector<DeviceFacts> list() override
    {
        int count = 0;
        if (const std::string why = absence(count); !why.empty()) {
            return {DeviceFacts{"CUDA", why, 0, 0}};
        }
        std::vector<DeviceFacts> all;
        for (int i = 0; i < count; ++i) {
            all.push_back(factsOf(i));
        }
        return all;
    }

    Result<std::shared_ptr<Device>> open(unsigned index) override
    {
        int count = 0;
        if (const std::string why = absence(count); !why.empty()) {
            return deviceFailed(why);
        }
        if (index >= static_cast<unsigned>(count)) {
            return deviceFailed("there is no device cuda:" + std::to_string(index) + ", only " + std::to_string(count) + " from cuda:0 on");
        }
        const DeviceFacts facts = factsOf(static_cast<int>(index));
        const std::string id = "cuda:" + std::to_string(index);
        if (!facts.absent.empty()) {
            return deviceFailed(id + ": " + facts.absent);
        }
        return std::shared_ptr<Device>(std::make_shared<CudaDevice>(static_cast<int>(index), id + " (" + facts.name + ")"));
    }

private:
    /// Why there is no device at all; empty: there are `count`.
    static std::string absence(int& count)
    {
        int driver = 0;
        if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0) {
            (void)cudaGetLastError();
            return "no CUDA driver";
        }
        const cudaError_t error = cudaGetDeviceCount(&count);
        if (error != cudaSuccess) {
            (void)cudaGetLastError();
            return error == cudaErrorNoDevice ? "no CUDA device"
                : error == cudaErrorInsufficientDriver
                ? "the CUDA driver is too old: it has " + versionText(driver) + ", and " + versionText(CUDART_VERSION) + " is needed"
                : std::string("CUDA does not start: ") + cudaGetErrorString(error);
        }
        return count > 0 ? std::string() : "no CUDA device";
    }

    static std::string versionText(int version) { return std::to_string(version / 1000) + '.' + std::to_string(version % 1000 / 10); }

    static DeviceFacts factsOf(int index)
    {
        DeviceFacts facts;
        cudaDeviceProp properties{};
        if (const cudaError_t error = cudaGetDeviceProperties(&properties, index); error != cudaSuccess) {
            (void)cudaGetLastError();
            facts.name = "CUDA";
            facts.absent = cudaGetErrorString(error);
            return facts;
        }
        facts.name = properties.name;
        facts.totalBytes = properties.totalGlobalMem;
        if (properties.major < 8) {
            facts.absent = "compute capability " + std::to_string(properties.major) + '.' + std::to_string(properties.minor) + "; 8.0 is needed";
            return facts;
        }
        std::size_t free = 0;
        std::size_t total = 0;
        cudaError_t error = on(index);
        error = error == cudaSuccess ? cudaMemGetInfo(&free, &total) : error;
        if (error != cudaSuccess) { // in exclusive mode and taken, or broken
            (void)cudaGetLastError();
            facts.absent = cudaGetErrorString(error);
        }
        facts.freeBytes = free;
        return facts;
    }
};

} // namespace

std::shared_ptr<DeviceBackend> makeCudaBackend()
{
    return std::make_shared<CudaBackend>();
}

} // namespace ckptscope
