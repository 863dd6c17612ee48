// SPDX-License-Identifier: Apache-2.0
#include "core/convert/convert.h"

#include "core/convert/space.h"
#include "core/dtypes/convert.h"
#include "core/dtypes/ggmlblocks.h"
#include "core/fix/piecewriter.h"
#include "core/values/elements.h"
#include "core/values/elementstream.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <system_error>
#include <thread>

#include <sys/resource.h>
#include <sys/stat.h>

namespace ckptscope {

namespace {

namespace fs = std::filesystem;

constexpr unsigned MaxThreads = 4;
constexpr std::uint64_t PieceBytes = 32ULL << 20U;
constexpr std::uint64_t LargestBuffer = 1ULL << 20U;

struct Task {
    enum class Kind : std::uint8_t { Head, Whole, Dense, Gather, Cast } kind = Kind::Head;
    std::uint32_t file = 0;
    std::uint32_t item = 0;
    std::uint64_t offset = 0; ///< in the tensor, or the companion
    std::uint64_t length = 0;
};

struct FileState {
    std::mutex mutex;
    bool opened = false;
    File source; ///< of a companion
    NewFile target;
    std::atomic<std::uint32_t> left {0};
};

class Export {
public:
    Export(const std::shared_ptr<const Checkpoint>& checkpoint, const ConvertPlan& plan, const JobContext& job)
        : m_checkpoint(checkpoint)
        , m_plan(plan)
        , m_job(job)
        , m_state(job, plan.outputBytes)
        , m_shards(std::make_shared<ShardFiles>(checkpoint))
    {
    }

    Result<Receipt> run()
    {
        const auto start = std::chrono::steady_clock::now();
        if (m_plan.output.empty() || m_plan.partialName.empty()) {
            return fail(Code::UsageError, {"the plan names no output"});
        }
        if (auto done = checkSources(); !done) {
            return done.error();
        }
        if (auto done = checkRoom(); !done) {
            return done.error();
        }
        struct stat status {};
        const unsigned mode = ::stat(m_checkpoint->folder().c_str(), &status) == 0 ? status.st_mode & 0777U : 0777U;
        const auto kind = m_plan.options.target == ConvertTarget::Folder ? Staging::Kind::Folder : Staging::Kind::File;
        auto staging = Staging::begin(kind, m_plan.output, m_plan.partialName, mode);
        if (!staging) {
            return staging.error();
        }
        m_staging = *std::move(staging);
        makeTasks();
        runTasks();
        if (auto error = m_state.outcome()) {
            return *std::move(error);
        }
        if (auto done = checkSources(); !done) {
            return done.error();
        }
        m_job.progress(Phase::Publishing, m_plan.outputBytes, m_plan.outputBytes);
        if (auto done = m_staging->publish(m_plan.options.force); !done) {
            return done.error();
        }
        m_staging.reset();
        return receipt(start);
    }

private:
    Result<void> checkSources()
    {
        for (const SourceFile& source : m_plan.sources) {
            struct stat status {};
            if (::stat(source.path.c_str(), &status) != 0 || !(identityOf(status) == source.identity)) {
                return inFile(fail(Code::FileChanged), source.path);
            }
        }
        return {};
    }

    Result<void> checkRoom() const
    {
        const auto space = checkSpace(m_plan);
        if (!space) {
            return space.error();
        }
        return space->enough() ? Result<void>() : inFile(fail(Code::FixNoSpace, {std::to_string(space->free), std::to_string(space->needed)}), m_plan.output);
    }

    void split(Task task, std::uint64_t length)
    {
        for (std::uint64_t at = 0; at < length || at == 0; at += PieceBytes) {
            task.offset = at;
            task.length = std::min(PieceBytes, length - at);
            m_tasks.push_back(task);
        }
    }

    void makeTasks()
    {
        m_files = std::vector<FileState>(m_plan.files.size());
        m_hashes.resize(m_plan.edits.size());
        for (std::uint32_t i = 0; i < m_plan.files.size(); ++i) {
            Task task;
            task.file = i;
            if (m_plan.files[i].kind == OutputFile::Kind::Whole) {
                task.kind = Task::Kind::Whole;
                split(task, m_plan.files[i].bytes);
            } else {
                m_tasks.push_back(task);
            }
        }
        for (std::uint32_t i = 0; i < m_plan.items.size(); ++i) {
            const ConvertItem& item = m_plan.items[i];
            if (item.bytes == 0) {
                continue;
            }
            const TensorInfo& tensor = m_checkpoint->tensors()[item.tensor];
            Task task;
            task.file = item.file;
            task.item = i;
            const bool plain = tensor.extra == nullptr
                || (!tensor.extra->layout && !tensor.extra->bigEndian && !tensor.extra->conjugated && !tensor.extra->negated);
            if (item.edit != UINT32_MAX) {
                task.kind = Task::Kind::Cast;
                task.length = item.bytes;
                m_tasks.push_back(task);
            } else if (plain) {
                task.kind = Task::Kind::Dense;
                split(task, item.bytes);
            } else {
                task.kind = Task::Kind::Gather;
                const bool packed = tensor.extra->layout && std::holds_alternative<Packed>(*tensor.extra->layout);
                if (packed) { // decoded from the front: once
                    task.length = item.bytes;
                    m_tasks.push_back(task);
                } else {
                    split(task, item.bytes);
                }
            }
        }
        for (const Task& task : m_tasks) {
            ++m_files[task.file].left;
        }
        // File by file, so that few are open at a time.
        std::stable_sort(m_tasks.begin(), m_tasks.end(), [](const Task& a, const Task& b) { return a.file < b.file; });
    }

    void runTasks()
    {
        const auto threads = static_cast<unsigned>(std::min<std::size_t>(std::min(usableThreads(m_job), MaxThreads), m_tasks.size()));
        const std::uint64_t share = m_job.maxMemory / (std::max(threads, 1U) * 8ULL);
        m_buffer = std::clamp<std::uint64_t>(share / 4096 * 4096, 64ULL << 10U, LargestBuffer);
        std::vector<std::thread> pool;
        const auto work = [&] {
            try {
                UpcasterChoice choice = chooseUpcaster("cpu", 0);
                PieceWriter writer(m_state, m_buffer, *choice.upcaster);
                while (!m_state.stopped()) {
                    const std::size_t next = m_next.fetch_add(1);
                    if (next >= m_tasks.size()) {
                        break;
                    }
                    if (auto done = runTask(m_tasks[next], writer); !done) {
                        m_state.fail(std::move(done).error());
                    }
                }
            } catch (const std::exception& error) { // no memory: on a thread of its own it would end the program
                m_state.fail(fail(Code::Internal, {error.what()}));
            }
        };
        try {
            for (unsigned i = 1; i < threads; ++i) {
                pool.emplace_back(work);
            }
        } catch (const std::system_error&) {
            // No more threads to be had: those that are do it all.
        }
        work();
        for (std::thread& thread : pool) {
            thread.join();
        }
    }

    Result<void> openFile(std::uint32_t index)
    {
        FileState& state = m_files[index];
        const OutputFile& file = m_plan.files[index];
        const std::scoped_lock lock(state.mutex);
        if (state.opened) {
            return {};
        }
        unsigned mode = 0644;
        if (file.kind == OutputFile::Kind::Whole) {
            auto source = File::open(file.sourcePath);
            if (!source) {
                return source.error();
            }
            struct stat status {};
            mode = ::fstat(source->fd(), &status) == 0 ? status.st_mode & 0777U : mode;
            state.source = *std::move(source);
            if (state.source.size() != file.bytes) {
                return inFile(fail(Code::FileChanged), file.sourcePath);
            }
        }
        const std::scoped_lock creating(m_stagingMutex);
        auto target = m_staging->create(file.name, mode);
        if (!target) {
            return target.error();
        }
        state.target = *std::move(target);
        if (file.bytes > 0) {
            if (auto done = state.target.setSize(file.bytes); !done) {
                return done;
            }
        }
        state.opened = true;
        return {};
    }

    Result<void> runTask(const Task& task, PieceWriter& writer)
    {
        if (auto done = openFile(task.file); !done) {
            return done;
        }
        FileState& state = m_files[task.file];
        const OutputFile& file = m_plan.files[task.file];
        Result<void> done;
        switch (task.kind) {
        case Task::Kind::Head: {
            const std::string& text = file.kind == OutputFile::Kind::Text ? file.text : file.header;
            done = writer.put(state.target, 0, std::as_bytes(std::span(text.data(), text.size())), m_plan.options.verify);
            break;
        }
        case Task::Kind::Whole:
            done = writer.copy(state.source, task.offset, state.target, task.offset, task.length, false, m_plan.options.verify);
            break;
        case Task::Kind::Dense: {
            const ConvertItem& item = m_plan.items[task.item];
            const TensorInfo& tensor = m_checkpoint->tensors()[item.tensor];
            const auto shard = m_shards->file(tensor.shard);
            done = shard ? writer.copy(**shard, tensor.bytes.offset + task.offset, state.target, item.target + task.offset, task.length, false, m_plan.options.verify)
                         : Result<void>(shard.error());
            break;
        }
        case Task::Kind::Gather:
            done = gather(task, state.target, writer);
            break;
        case Task::Kind::Cast:
            done = cast(task, state.target, writer);
            break;
        }
        if (!done || m_state.stopped()) {
            return done;
        }
        if (state.left.fetch_sub(1) == 1) {
            if (auto flushed = state.target.flush(); !flushed) {
                return flushed;
            }
            state.source = File();
            state.target = NewFile();
        }
        return {};
    }

    Result<void> gather(const Task& task, const NewFile& to, PieceWriter& writer)
    {
        const ConvertItem& item = m_plan.items[task.item];
        auto stream = ElementStream::open(m_shards, m_checkpoint->tensors()[item.tensor], m_buffer * 2);
        if (!stream) {
            return stream.error();
        }
        const std::uint64_t step = m_buffer / stream->elementBytes() * stream->elementBytes();
        std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(step, task.length)));
        for (std::uint64_t at = 0; at < task.length && !m_state.stopped(); at += step) {
            const auto piece = std::span(buffer).first(static_cast<std::size_t>(std::min(step, task.length - at)));
            if (auto done = stream->read(task.offset + at, piece); !done) {
                return done;
            }
            if (auto done = writer.put(to, item.target + task.offset + at, piece, m_plan.options.verify); !done) {
                return done;
            }
        }
        return {};
    }

    Result<void> cast(const Task& task, const NewFile& to, PieceWriter& writer)
    {
        const ConvertItem& item = m_plan.items[task.item];
        const TensorInfo& tensor = m_checkpoint->tensors()[item.tensor];
        auto reader = ElementReader::open(m_shards, tensor, m_buffer);
        if (!reader) {
            return reader.error();
        }
        const bool blocks = dtypeInfo(tensor.dtype).family == DTypeFamily::Block;
        const bool relabel = m_plan.edits[item.edit].op == EditOp::Relabel;
        const std::uint64_t grain = std::max<std::uint64_t>(reader->grain(), 8);
        const std::uint64_t step = std::max<std::uint64_t>(grain, m_buffer / 8 / grain * grain);
        std::vector<float> decoded(blocks ? step : 0);
        std::vector<std::byte> out;
        Sha256 before;
        Sha256 after;
        std::uint64_t target = item.target;
        for (std::uint64_t at = 0; at < reader->elements() && !m_state.stopped();) {
            const std::uint64_t count = std::min(step, reader->elements() - at);
            const auto in = reader->read(at, count);
            if (!in) {
                return in.error();
            }
            before.add(*in);
            out.resize(static_cast<std::size_t>(byteSize(item.dtype, count).value_or(0)));
            Result<CastLoss> made = CastLoss {};
            if (relabel) {
                std::copy(in->begin(), in->end(), out.begin());
            } else if (blocks) {
                const auto values = std::span(decoded).first(static_cast<std::size_t>(count));
                if (!decodeGgmlBlocks(tensor.dtype, *in, values)) {
                    return fail(Code::CastUnsupported, {std::string(dtypeName(tensor.dtype)), std::string(dtypeName(item.dtype))});
                }
                made = castElements(DType::F32, std::as_bytes(values), item.dtype, out, count);
            } else {
                made = castElements(tensor.dtype, *in, item.dtype, out, count);
            }
            if (!made) {
                return made.error();
            }
            after.add(out);
            if (auto done = writer.put(to, target, out, m_plan.options.verify); !done) {
                return done;
            }
            target += out.size();
            at += count;
        }
        m_hashes[item.edit] = {before.hex(), after.hex()};
        (void)task;
        return {};
    }

    Receipt receipt(std::chrono::steady_clock::time_point start)
    {
        Receipt out;
        out.source = m_plan.source;
        out.output = m_plan.output;
        out.profile = m_plan.profile;
        out.untouchedTensors = m_plan.items.size();
        out.untouchedBytes = m_plan.tensorBytes;
        for (const ConvertItem& item : m_plan.items) {
            if (item.edit == UINT32_MAX) {
                continue;
            }
            const Edit& edit = m_plan.edits[item.edit];
            --out.untouchedTensors;
            out.untouchedBytes -= item.bytes;
            ReceiptEdit line;
            line.tensor = edit.key;
            line.newKey = item.key == edit.key ? std::string() : item.key;
            line.op = edit.op;
            line.from = edit.from;
            line.to = edit.to;
            line.file = m_plan.files[item.file].name;
            line.sha256Before = m_hashes[item.edit].first;
            line.sha256After = m_hashes[item.edit].second;
            line.source = edit.rule == "--dequantize" ? "dequantized" : edit.op == EditOp::Relabel ? "relabelled" : edit.lossless ? "widened" : "narrowed";
            out.edits.push_back(std::move(line));
        }
        out.comparedBytes = m_state.compared;
        out.copiedBytes = m_state.copied;
        out.equal = m_plan.options.verify;
        out.leftOut = m_plan.leftOut;
        out.findingsLeft = m_plan.findingsLeft;
        out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        struct rusage usage {};
        if (::getrusage(RUSAGE_SELF, &usage) == 0) {
            out.peakRssBytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
        }
        return out;
    }

    std::shared_ptr<const Checkpoint> m_checkpoint;
    const ConvertPlan& m_plan;
    const JobContext& m_job;
    ExportState m_state;
    std::shared_ptr<ShardFiles> m_shards;
    std::unique_ptr<Staging> m_staging;
    std::mutex m_stagingMutex;
    std::vector<FileState> m_files;
    std::vector<Task> m_tasks;
    std::atomic<std::size_t> m_next {0};
    std::uint64_t m_buffer = LargestBuffer;
    std::vector<std::pair<std::string, std::string>> m_hashes; ///< before and after, one an edit
};

} // namespace

Result<Receipt> applyConvert(const std::shared_ptr<const Checkpoint>& checkpoint, const ConvertPlan& plan, const JobContext& job)
{
    return Export(checkpoint, plan, job).run();
}

} // namespace ckptscope
