// SPDX-License-Identifier: Apache-2.0
#include "core/values/valuescan.h"

#include "core/values/devicescan.h"
#include "core/values/duplicates.h"
#include "core/values/scanbehind.h"
#include "core/values/throttle.h"
#include "core/values/units.h"
#include "core/values/workers.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace ckptscope {

namespace {

/// Of each thread: stays in a core's second-level cache, from which it is read again.
constexpr std::uint64_t LargestBuffer = 256U << 10U;

using Unit = TensorUnit;

/// What is known of one tensor while its parts are scanned.
struct Progressing {
    std::uint32_t parts = 0;
    std::uint32_t merged = 0;
    std::optional<StatisticsAccumulator> whole;
    std::vector<std::pair<std::uint32_t, StatisticsAccumulator>> waiting; ///< parts that are done before one in front of them; few
    std::unique_ptr<Error> error;
};

class Scan {
public:
    Scan(const std::shared_ptr<const Checkpoint>& checkpoint, std::span<const std::uint32_t> tensors, const CheckReport* report,
         const ValueSink& sink, const JobContext& job, const std::string& device)
        : m_checkpoint(*checkpoint)
        , m_files(std::make_shared<ShardFiles>(checkpoint))
        , m_tensors(tensors)
        , m_report(report)
        , m_sink(sink)
        , m_job(job)
        , m_deviceName(device)
        , m_throttle(job.ioRate)
        , m_states(tensors.size())
        , m_results(tensors.size())
    {
    }

    Result<ValueScanSummary> run()
    {
        cut();
        m_behind.emplace(m_files, m_total);
        const unsigned threads = workersFor(m_job, m_units.size(), 0);
        m_device = chooseDevice(m_deviceName, m_total, scanWork());
        const std::uint64_t pinned = m_device->device() != nullptr ? m_job.maxMemory / 2 : 0;
        m_pinnedBytes = pinned / threads;
        m_bufferBytes = static_cast<std::size_t>(std::clamp<std::uint64_t>((m_job.maxMemory - pinned) / threads / 4, 64U << 10U, LargestBuffer));
        shareWork(m_job, m_units.size(), threads, [this](std::size_t unit) { return work(m_units[unit]); });
        if (m_job.stop.stop_requested()) {
            return fail(Code::Cancelled);
        }
        for (auto& findings : m_results) {
            std::move(findings.begin(), findings.end(), std::back_inserter(m_summary.findings));
        }
        m_summary.bytes = m_bytes;
        m_summary.device = m_device->elementsDone() > 0 ? m_device->name() : "cpu";
        m_summary.fallback = m_device->fallback();
        if (auto copies = m_report == nullptr ? std::nullopt : m_duplicates.find(m_checkpoint, m_files, m_job, [this](std::uint64_t bytes) {
                m_throttle.pass(bytes, m_job.stop);
            })) {
            m_summary.findings.push_back(std::move(*copies));
        }
        if (m_job.stop.stop_requested()) {
            return fail(Code::Cancelled);
        }
        m_job.progress(Phase::Scanning, m_total, m_total);
        return std::move(m_summary);
    }

private:
    [[nodiscard]] const TensorInfo& tensorAt(std::uint32_t place) const { return m_checkpoint.tensors()[m_tensors[place]]; }

    /// Lists what there is to do in the order in which it lies on disk.
    void cut()
    {
        for (const std::uint32_t place : inFileOrder(m_tensors.size(), [this](std::uint32_t at) -> const TensorInfo& { return tensorAt(at); })) {
            const TensorInfo& tensor = tensorAt(place);
            m_total += logicalBytes(tensor).value_or(0);
            const std::uint64_t elements = elementCount(tensor).value_or(0);
            const bool dense = tensor.extra == nullptr || !tensor.extra->layout;
            const std::uint64_t part = dense && tensor.readable() ? StatisticsAccumulator::PartElements : std::max<std::uint64_t>(elements, 1);
            m_states[place].parts = cutTensor(m_units, place, elements, part);
        }
    }

    bool work(const Unit& unit)
    {
        auto values = scan(unit);
        if (!values && values.error().code == Code::Cancelled) {
            return false;
        }
        take(unit, std::move(values));
        return true;
    }

    Result<StatisticsAccumulator> scan(const Unit& unit)
    {
        const TensorInfo& tensor = tensorAt(unit.place);
        if (!StatisticsAccumulator::supports(tensor.dtype)) {
            return fail(Code::ValuesUnreadable, {"ckptscope knows no values of " + std::string(tensor.dtypeText())});
        }
        StatisticsAccumulator accumulator(tensor.dtype);
        if (m_device->device() != nullptr) {
            std::unique_ptr<DeviceScanner> scanner = borrowScanner();
            bool handedOver = false;
            std::uint64_t bytes = 0;
            Result<void> read;
            if (scanner->begin(tensor.dtype)) {
                read = readUnit(unit, bytes, [&](std::span<const std::byte> packed, std::uint64_t) { scanner->add(packed); });
                handedOver = read && scanner->finish(accumulator);
            }
            giveBack(std::move(scanner));
            if (!read) {
                return std::move(read).error();
            }
            if (handedOver) {
                return accumulator;
            }
            m_bytes -= bytes; // they come once more
        }
        std::uint64_t bytes = 0;
        auto read = readUnit(unit, bytes, [&](std::span<const std::byte> packed, std::uint64_t elements) { accumulator.add(packed, elements); });
        if (!read) {
            return std::move(read).error();
        }
        return accumulator;
    }

    Result<void> readUnit(const Unit& unit, std::uint64_t& bytes, const ElementReader::Sink& sink)
    {
        auto reader = ElementReader::open(m_files, tensorAt(unit.place), m_bufferBytes);
        if (!reader) {
            return std::move(reader).error();
        }
        TensorBehind behind(*m_behind, tensorAt(unit.place), reader->bytesOf(unit.first));
        return reader->forEach(unit.first, unit.count, m_job, [&](std::span<const std::byte> packed, std::uint64_t elements) {
            m_throttle.pass(packed.size(), m_job.stop);
            behind.read(packed.size());
            sink(packed, elements);
            bytes += packed.size();
            m_job.progress(Phase::Scanning, m_bytes += packed.size(), m_total);
        });
    }

    /// There are as many as threads that scan at once.
    std::unique_ptr<DeviceScanner> borrowScanner()
    {
        const std::lock_guard lock(m_scannersMutex);
        if (m_scanners.empty()) {
            return std::make_unique<DeviceScanner>(*m_device, m_pinnedBytes);
        }
        auto one = std::move(m_scanners.back());
        m_scanners.pop_back();
        return one;
    }

    void giveBack(std::unique_ptr<DeviceScanner> scanner)
    {
        const std::lock_guard lock(m_scannersMutex);
        m_scanners.push_back(std::move(scanner));
    }

    /// Joins a part to its tensor; the last one finishes it.
    void take(const Unit& unit, Result<StatisticsAccumulator> values)
    {
        TensorValues done;
        std::optional<StatisticsAccumulator> whole;
        {
            const std::lock_guard lock(m_mutex);
            Progressing& state = m_states[unit.place];
            if (!values && !state.error) {
                state.error = std::make_unique<Error>(values.error());
            }
            state.waiting.emplace_back(unit.part, values ? std::move(*values) : StatisticsAccumulator(DType::U8));
            while (mergeNext(state)) { }
            if (state.merged < state.parts) {
                return;
            }
            whole = std::move(state.whole);
            state.whole.reset();
            done.tensor = m_tensors[unit.place];
            if (state.error) {
                done.error = *state.error;
            }
        }
        if (!done.error) {
            done.statistics = whole->finish();
            done.findings = valueFindings(m_checkpoint, done.tensor, *done.statistics, m_report);
        }
        const std::lock_guard lock(m_sinkMutex);
        ++m_summary.tensors;
        m_summary.unreadable += done.error ? 1U : 0U;
        if (done.statistics) {
            m_duplicates.add(m_checkpoint, done.tensor, *done.statistics);
        }
        if (m_sink) {
            m_sink(done);
        }
        m_results[unit.place] = std::move(done.findings);
    }

    static bool mergeNext(Progressing& state)
    {
        const auto next = std::find_if(state.waiting.begin(), state.waiting.end(), [&](const auto& part) { return part.first == state.merged; });
        if (next == state.waiting.end()) {
            return false;
        }
        if (!state.error) {
            if (state.whole) {
                state.whole->merge(std::move(next->second));
            } else {
                state.whole.emplace(std::move(next->second));
            }
        }
        state.waiting.erase(next);
        ++state.merged;
        return true;
    }

    const Checkpoint& m_checkpoint;
    std::shared_ptr<ShardFiles> m_files;
    std::optional<ScanBehind> m_behind;
    std::span<const std::uint32_t> m_tensors;
    const CheckReport* m_report;
    const ValueSink& m_sink;
    const JobContext& m_job;
    const std::string& m_deviceName;
    Throttle m_throttle;
    std::vector<Progressing> m_states;           ///< by place in m_tensors
    std::vector<std::vector<Finding>> m_results; ///< likewise
    std::vector<Unit> m_units;
    std::size_t m_bufferBytes = 0;
    std::uint64_t m_total = 0;
    std::atomic<std::uint64_t> m_bytes = 0;
    std::mutex m_mutex; ///< of m_states
    DuplicateSearch m_duplicates;
    std::shared_ptr<DeviceUse> m_device;
    std::uint64_t m_pinnedBytes = 0; ///< for one scanner
    std::mutex m_scannersMutex;
    std::vector<std::unique_ptr<DeviceScanner>> m_scanners; ///< that no thread has just now
    std::mutex m_sinkMutex;                                 ///< of m_results, m_duplicates, m_summary and whoever listens
    ValueScanSummary m_summary;
};

} // namespace

Result<ValueScanSummary> scanValues(const std::shared_ptr<const Checkpoint>& checkpoint, std::span<const std::uint32_t> tensors,
                                    const CheckReport* report, const ValueSink& sink, const JobContext& job, const std::string& device)
{
    return Scan(checkpoint, tensors, report, sink, job, device).run();
}

} // namespace ckptscope
