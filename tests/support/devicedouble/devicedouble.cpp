// SPDX-License-Identifier: Apache-2.0
#include "tests/support/devicedouble/devicedouble.h"

#include "core/upcast/codetable.h"
#include "core/upcast/kernels.h"

#include <queue>

#include <condition_variable>
#include <cstring>
#include <functional>
#include <mutex>
#include <new>
#include <optional>
#include <thread>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/system/cpp/execution_policy.h>
#include <thrust/transform.h>
#include <thrust/transform_reduce.h>
#include <utility>
#include <vector>

namespace ckptscope::test {

namespace {

using State = DeviceDouble::State;

struct ThrustEngine {
    using Status = bool;
    template<class In, class Out, class F>
    Status transform(const In* in, Out* out, std::uint64_t count, F f)
    {
        thrust::transform(thrust::cpp::par, in, in + count, out, f);
        return true;
    }
    template<class F>
    Status sum(std::uint64_t count, F f, elements::Loss* result)
    {
        const thrust::counting_iterator<std::uint64_t> first(0);
        *result =
            thrust::transform_reduce(thrust::cpp::par, first, first + static_cast<std::ptrdiff_t>(count), f, elements::Loss{}, elements::AddLoss{});
        return true;
    }
    template<class F>
    Status forAll(std::uint64_t count, F f)
    {
        return forEach(count, f);
    }
    template<class F>
    Status forEach(std::uint64_t count, F f)
    {
        thrust::for_each_n(thrust::cpp::par, thrust::counting_iterator<std::uint64_t>(0), count, f);
        return true;
    }
};

class DoubleMemory final : public DeviceMemory {
public:
    DoubleMemory(std::shared_ptr<State> state, std::size_t size)
        : DeviceMemory(static_cast<std::byte*>(::operator new (size, std::align_val_t{256})), size)
        , m_state(std::move(state))
    {
        std::memset(data(), 0xA5, size); // a real one is not clean either
        ++m_state->pieces;
    }
    DoubleMemory(const DoubleMemory&) = delete;
    DoubleMemory& operator=(const DoubleMemory&) = delete;
    ~DoubleMemory() override
    {
        ::operator delete (data(), std::align_val_t{256});
        --m_state->pieces;
    }

private:
    std::shared_ptr<State> m_state;
};

class DoubleStream final : public DeviceStream {
public:
    explicit DoubleStream(std::shared_ptr<State> state)
        : m_state(std::move(state))
        , m_thread([this](const std::stop_token& stop) { work(stop); })
    {
        ++m_state->streams;
    }
    DoubleStream(const DoubleStream&) = delete;
    DoubleStream& operator=(const DoubleStream&) = delete;
    ~DoubleStream() override
    {
        (void)finish();
        {
            const std::scoped_lock lock(m_mutex); // else the thread may have looked already, and not wait yet: it would sleep for ever
            m_thread.request_stop();
        }
        m_wake.notify_all();
        m_thread.join();
        --m_state->streams;
    }

    Result<void> upload(std::byte* device, std::span<const std::byte> host) override
    {
        const int number = m_state->uploads++;
        if (number == m_state->faults.refuseUpload) {
            return deviceFailed("copying to the device: refused");
        }
        return queue([this, device, host, number]() -> std::optional<Error> {
            std::this_thread::sleep_for(m_state->faults.slow);
            if (number == m_state->faults.failUpload) {
                return deviceFailed("copying to the device: it went wrong on the way");
            }
            std::memcpy(device, host.data(), host.size());
            return std::nullopt;
        });
    }
    Result<void> download(std::span<std::byte> host, const std::byte* device) override
    {
        const int number = m_state->downloads++;
        return queue([this, device, host, number]() -> std::optional<Error> {
            std::this_thread::sleep_for(m_state->faults.slow);
            if (number == m_state->faults.failDownload) {
                std::memset(host.data(), 0xEE, host.size() / 2); // half of it came through, as it were
                return deviceFailed("copying from the device: it went wrong on the way");
            }
            std::memcpy(host.data(), device, host.size());
            return std::nullopt;
        });
    }
    Result<void> clear(std::byte* device, std::size_t bytes) override
    {
        return queue([device, bytes]() -> std::optional<Error> {
            std::memset(device, 0, bytes);
            return std::nullopt;
        });
    }
    Result<void> cast(DType from, const std::byte* in, DType to, std::byte* out, std::uint64_t count) override
    {
        const int number = m_state->casts++;
        // Which cast is wrong is settled in the order of the calls: when each is carried out is up to the streams' threads.
        const std::uint64_t element = m_state->faults.wrongElement == UINT64_MAX ? count - 1 : m_state->faults.wrongElement;
        const bool wrong = m_state->faults.wrongCast >= 0 && number >= m_state->faults.wrongCast && element < count && !m_state->wrong.exchange(true);
        return queue([this, from, in, to, out, count, number, element, wrong]() -> std::optional<Error> {
            if (auto gone = loseAt(number)) {
                return gone;
            }
            ThrustEngine engine;
            const CodeTable table = dtypeInfo(from).blockBits <= 8 ? codeTable(from, to) : CodeTable{};
            m_loss = {};
            kernels::castOn(engine, from, in, to, out, count, table.data(), &m_loss);
            if (wrong) {
                out[element * dtypeInfo(to).blockBits / 8] ^= std::byte{1};
            }
            m_loss.inexact += number == m_state->faults.wrongLoss ? 1U : 0U;
            return std::nullopt;
        });
    }
    Result<void> countBytes(const std::byte* in, std::uint64_t count, std::byte* counters) override
    {
        const int number = m_state->scans++;
        return queue([this, in, count, counters, number]() -> std::optional<Error> {
            if (auto gone = loseAt(number)) {
                return gone;
            }
            ThrustEngine engine;
            kernels::countBytesOn(engine, in, count, counters);
            if (number == m_state->faults.wrongScan) {
                auto* first = kernels::as<std::uint32_t>(counters);
                --first[kernels::as<std::uint8_t>(in)[0]];
                ++first[kernels::as<std::uint8_t>(in)[0] ^ 1U];
            }
            return std::nullopt;
        });
    }
    Result<void> lookAtBlocks(DType dtype, const std::byte* in, std::uint64_t count, std::byte* facts) override
    {
        const int number = m_state->scans++;
        return queue([this, dtype, in, count, facts, number]() -> std::optional<Error> {
            if (auto gone = loseAt(number)) {
                return gone;
            }
            ThrustEngine engine;
            kernels::lookOn(engine, dtype, in, count, facts);
            if (number == m_state->faults.wrongScan) {
                kernels::as<BlockFacts>(facts)->sum += 1;
            }
            return std::nullopt;
        });
    }

    Result<CastLoss> finish() override
    {
        std::unique_lock lock(m_mutex);
        m_idle.wait(lock, [this] { return m_queue.empty() && !m_busy; });
        if (std::exchange(m_counted, false)) {
            --m_state->underWay;
        }
        if (auto error = std::exchange(m_error, std::nullopt)) {
            return *std::move(error);
        }
        if (m_state->lost) {
            return deviceFailed("waiting for the device: it is gone");
        }
        const elements::Loss loss = std::exchange(m_loss, {});
        return CastLoss{loss.inexact, loss.overflowed, loss.flushed};
    }

private:
    using Job = std::function<std::optional<Error>()>;

    std::optional<Error> loseAt(int number)
    {
        if (m_state->faults.loseAtCast >= 0 && number >= m_state->faults.loseAtCast) {
            m_state->lost = true;
        }
        return m_state->lost ? std::optional<Error>(deviceFailed("running a kernel: the device is gone")) : std::nullopt;
    }

    Result<void> queue(Job job)
    {
        if (m_state->lost) {
            return deviceFailed("queueing work: the device is gone");
        }
        const std::scoped_lock lock(m_mutex);
        if (!std::exchange(m_counted, true)) {
            const int now = ++m_state->underWay;
            for (int most = m_state->mostUnderWay; most < now && !m_state->mostUnderWay.compare_exchange_weak(most, now);) { }
        }
        m_queue.push(std::move(job));
        m_wake.notify_all();
        return {};
    }

    void work(const std::stop_token& stop)
    {
        std::unique_lock lock(m_mutex);
        for (;;) {
            m_wake.wait(lock, [&] { return stop.stop_requested() || !m_queue.empty(); });
            if (m_queue.empty()) {
                return;
            }
            const Job job = std::move(m_queue.front());
            m_queue.pop();
            m_busy = true;
            const bool skip = m_error.has_value();
            lock.unlock();
            auto error = skip ? std::nullopt : job();
            lock.lock();
            m_busy = false;
            if (error) {
                m_error = std::move(error);
            }
            m_idle.notify_all();
        }
    }

    std::shared_ptr<State> m_state;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::condition_variable m_idle;
    std::queue<Job> m_queue;
    bool m_busy = false;
    bool m_counted = false; ///< among State::underWay
    std::optional<Error> m_error;
    elements::Loss m_loss;
    std::jthread m_thread;
};

class DoubleDevice final : public Device {
public:
    DoubleDevice(std::shared_ptr<State> state, unsigned index)
        : m_state(std::move(state))
        , m_name("cuda:" + std::to_string(index) + " (double)")
    {
    }
    [[nodiscard]] std::string name() const override { return m_name; }
    Result<std::uint64_t> freeBytes() override { return m_state->faults.freeBytes; }
    Result<std::unique_ptr<DeviceMemory>> allocate(std::size_t bytes) override
    {
        return allocation(bytes, m_state->faults.mostMemory, "allocating its memory: out of memory");
    }
    Result<std::unique_ptr<DeviceMemory>> allocatePinned(std::size_t bytes) override
    {
        return allocation(bytes, m_state->faults.mostPinned, "allocating pinned memory: out of memory");
    }
    Result<std::unique_ptr<DeviceStream>> stream() override
    {
        if (m_state->faults.noStreams) {
            return deviceFailed("making a stream: refused");
        }
        return std::unique_ptr<DeviceStream>(std::make_unique<DoubleStream>(m_state));
    }

private:
    Result<std::unique_ptr<DeviceMemory>> allocation(std::size_t bytes, std::size_t most, const char* refusal)
    {
        const int number = m_state->allocations++;
        if (bytes > most || (m_state->faults.failAllocation >= 0 && number >= m_state->faults.failAllocation)) {
            return deviceFailed(refusal);
        }
        return std::unique_ptr<DeviceMemory>(std::make_unique<DoubleMemory>(m_state, bytes));
    }

    std::shared_ptr<State> m_state;
    std::string m_name;
};

} // namespace

DeviceDouble::DeviceDouble(DeviceFaults faults)
    : m_state(std::make_shared<State>(std::move(faults)))
{
}

std::vector<DeviceFacts> DeviceDouble::list()
{
    const DeviceFaults& faults = m_state->faults;
    if (!faults.absent.empty()) {
        return {DeviceFacts{"CUDA", faults.absent, 0, 0}};
    }
    return std::vector<DeviceFacts>(faults.devices, DeviceFacts{"double", {}, faults.freeBytes, 1ULL << 30U});
}

Result<std::shared_ptr<Device>> DeviceDouble::open(unsigned index)
{
    const DeviceFaults& faults = m_state->faults;
    if (!faults.absent.empty() || index >= faults.devices) {
        return deviceFailed(!faults.absent.empty() ? faults.absent : "there is no device cuda:" + std::to_string(index));
    }
    return std::shared_ptr<Device>(std::make_shared<DoubleDevice>(m_state, index));
}

} // namespace ckptscope::test
