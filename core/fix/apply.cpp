// SPDX-License-Identifier: Apache-2.0
#include "core/fix/apply.h"

#include "core/fix/header.h"
#include "core/fix/layout.h"
#include "core/fix/piecewriter.h"
#include "core/io/extentcopy.h"
#include "core/upcast/upcaster.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <exception>
#include <memory>
#include <system_error>
#include <thread>
#include <unordered_map>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace ckptscope {

namespace {

namespace fs = std::filesystem;

constexpr unsigned MaxThreads = 4;                  ///< more only make a disk seek
constexpr std::uint64_t PieceBytes = 32ULL << 20U;  ///< what one thread copies at a time
constexpr std::uint64_t LargestBuffer = 1ULL << 20U; ///< fits a processor's cache: what was written is compared from there

unsigned threadCount(const JobContext& job)
{
    const unsigned offered = job.threads != 0 ? job.threads : std::max(1U, std::thread::hardware_concurrency());
    return std::min(offered, MaxThreads);
}

/// One thing to do on one output file.
struct Task {
    enum class Kind : std::uint8_t { Head, Whole, Copy, Clone, Cast } kind = Kind::Head;
    std::uint32_t file = 0;
    std::uint32_t segment = 0;
    std::uint64_t target = 0;
    std::uint64_t source = 0;
    std::uint64_t length = 0;
};

/// An output file while its tasks run.
struct FileState {
    std::mutex mutex;
    bool opened = false;
    bool linked = false; ///< a hard link: nothing to write
    bool cloned = false; ///< the whole file shares the source's blocks
    File source;
    NewFile target;
    std::atomic<std::uint32_t> left {0}; ///< tasks
};

class Export {
public:
    Export(const Checkpoint& checkpoint, const FixPlan& plan, const JobContext& job)
        : m_checkpoint(checkpoint)
        , m_plan(plan)
        , m_job(job)
        , m_state(job, plan.outputBytes)
    {
        for (const SourceFile& source : plan.sources) {
            m_sources.emplace(source.path, &source);
        }
    }

    Result<Receipt> run()
    {
        const auto start = std::chrono::steady_clock::now();
        if (auto done = checkPlan(); !done) {
            return done.error();
        }
        if (auto done = checkSources(true); !done) {
            return done.error();
        }
        const auto space = checkSpace(m_plan);
        if (!space) {
            return space.error();
        }
        if (!space->enough()) {
            return inFile(fail(Code::FixNoSpace, {std::to_string(space->free), std::to_string(space->needed)}), m_plan.output);
        }
        m_clones = space->sharesBlocks && m_plan.options.link != LinkChoice::Copy;
        if (m_plan.options.link == LinkChoice::Reflink && !m_clones) {
            return inFile(fail(Code::FixLinkRefused, {"the file system does not offer it"}), m_plan.output);
        }
        if (auto done = beginStaging(); !done) {
            return done.error();
        }
        makeTasks();
        runTasks();
        if (auto error = m_state.outcome()) {
            return *std::move(error);
        }
        if (auto done = checkSources(false); !done) {
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
    /// A plan may come from a file: its edits must be of this very checkpoint.
    Result<void> checkPlan()
    {
        if (m_plan.output.empty() || m_plan.partialName.empty()) {
            return fail(Code::UsageError, {"the plan names no output"});
        }
        const auto changed = [&] { return inFile(fail(Code::FileChanged), m_plan.source); };
        for (const DonorMatch& match : m_plan.donorMatches) {
            if (!match.usable() && !m_plan.options.donorPartial) {
                return match.refusal ? *match.refusal : fail(Code::DonorMissing, {std::string(m_checkpoint.tensors()[match.tensor].key)});
            }
        }
        for (const Edit& edit : m_plan.edits) {
            if (edit.tensor >= m_checkpoint.tensors().size()) {
                return changed();
            }
            if (edit.op == EditOp::TakeFromDonor && (!m_plan.options.donor || edit.donorTensor >= m_plan.options.donor->donor()->tensors().size())) {
                return changed();
            }
            const TensorInfo& tensor = m_checkpoint.tensors()[edit.tensor];
            if (tensor.key != edit.key || tensor.dtype != edit.from) {
                return changed();
            }
        }
        for (const OutputFile& file : m_plan.files) {
            for (const Segment& segment : file.segments) {
                if (segment.kind != Segment::Kind::Edited) {
                    continue;
                }
                if (segment.edit >= m_plan.edits.size()) {
                    return changed();
                }
                const Edit& edit = m_plan.edits[segment.edit];
                const auto elements = elementCount(m_checkpoint.tensors()[edit.tensor]);
                if (!elements || byteSize(edit.to, *elements) != segment.length) {
                    return changed();
                }
            }
        }
        return {};
    }

    /// Sizes, times and inodes of all sources, and where asked for the headers, are as they were when the plan was made.
    Result<void> checkSources(bool headers)
    {
        for (const SourceFile& source : m_plan.sources) {
            struct stat status {};
            if (::stat(source.path.c_str(), &status) != 0 || !(identityOf(status) == source.identity)) {
                return inFile(fail(Code::FileChanged), source.path);
            }
            if (m_job.stop.stop_requested()) {
                return fail(Code::Cancelled);
            }
        }
        for (const Shard& shard : m_checkpoint.shards()) {
            const auto source = m_sources.find(shard.path);
            if (!headers || source == m_sources.end() || source->second->headerHash.empty()) {
                continue;
            }
            auto hash = headerHash(shard.path, shard.dataStart);
            if (!hash) {
                return hash.error();
            }
            if (*hash != source->second->headerHash) {
                return inFile(fail(Code::FileChanged), shard.path);
            }
        }
        return {};
    }

    Result<void> beginStaging()
    {
        const bool inPlace = m_plan.options.inPlace;
        const std::string output = inPlace && !m_plan.outputIsFolder ? fs::path(m_plan.output).parent_path().string() : m_plan.output;
        struct stat status {};
        const unsigned mode = ::stat(m_checkpoint.folder().c_str(), &status) == 0 ? status.st_mode & 0777U : 0777U;
        const auto kind = inPlace ? Staging::Kind::InPlace : m_plan.outputIsFolder ? Staging::Kind::Folder : Staging::Kind::File;
        auto staging = Staging::begin(kind, output, m_plan.partialName, mode);
        if (!staging) {
            return staging.error();
        }
        m_staging = *std::move(staging);
        return {};
    }

    void split(Task task, Task::Kind kind, std::uint64_t length)
    {
        task.kind = kind;
        for (std::uint64_t at = 0; at < length || at == 0; at += PieceBytes) {
            Task piece = task;
            piece.target += at;
            piece.source += at;
            piece.length = std::min(PieceBytes, length - at);
            m_tasks.push_back(piece);
        }
    }

    void makeTasks()
    {
        m_files = std::vector<FileState>(m_plan.files.size());
        for (std::uint32_t i = 0; i < m_plan.files.size(); ++i) {
            const OutputFile& file = m_plan.files[i];
            const std::size_t first = m_tasks.size();
            Task task;
            task.file = i;
            if (file.kind == OutputFile::Kind::Whole) {
                split(task, Task::Kind::Whole, file.bytes);
            } else {
                task.kind = Task::Kind::Head;
                m_tasks.push_back(task);
            }
            for (std::uint32_t s = 0; s < file.segments.size(); ++s) {
                const Segment& segment = file.segments[s];
                Task part;
                part.file = i;
                part.segment = s;
                part.target = segment.target;
                part.source = segment.source;
                part.length = segment.length;
                if (segment.kind == Segment::Kind::Edited) {
                    part.kind = Task::Kind::Cast;
                    m_tasks.push_back(part);
                } else if (segment.shareable && m_clones) {
                    part.kind = Task::Kind::Clone;
                    m_tasks.push_back(part);
                } else {
                    split(part, Task::Kind::Copy, segment.length);
                }
            }
            m_files[i].left = static_cast<std::uint32_t>(m_tasks.size() - first);
        }
        m_hashes.resize(m_plan.edits.size());
    }

    void runTasks()
    {
        const auto threads = static_cast<unsigned>(std::min<std::size_t>(threadCount(m_job), m_tasks.size()));
        // Three buffers a thread, in whole blocks, and a little room to spare.
        const std::uint64_t share = m_job.maxMemory / (std::max(threads, 1U) * 4ULL);
        const std::uint64_t buffer = std::clamp<std::uint64_t>(share / ShareBlock * ShareBlock, ShareBlock, LargestBuffer);
        std::uint64_t castBytes = 0;
        for (const Edit& edit : m_plan.edits) {
            castBytes += edit.op == EditOp::Cast ? m_checkpoint.tensors()[edit.tensor].bytes.length : 0;
        }
        std::vector<std::thread> pool;
        std::mutex noting;
        const auto work = [&] {
            try {
                UpcasterChoice choice = chooseUpcaster(m_plan.options.device, castBytes);
                PieceWriter writer(m_state, buffer, *choice.upcaster);
                while (!m_state.stopped()) {
                    const std::size_t next = m_next.fetch_add(1);
                    if (next >= m_tasks.size()) {
                        break;
                    }
                    if (auto done = runTask(m_tasks[next], writer); !done) {
                        m_state.fail(std::move(done).error());
                    }
                }
                const std::scoped_lock lock(noting);
                m_device = choice.upcaster->name();
                m_fallback = !writer.fallback().empty() ? writer.fallback() : !choice.fallback.empty() ? choice.fallback : m_fallback;
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
        struct stat status {};
        unsigned mode = 0644;
        if (!file.sourcePath.empty() && ::stat(file.sourcePath.c_str(), &status) == 0) {
            mode = status.st_mode & 0777U; // as cp does: the source's, less the umask
        }
        const bool whole = file.kind == OutputFile::Kind::Whole;
        if (whole && file.shard != UINT32_MAX && m_plan.options.link == LinkChoice::Hard) {
            std::string why;
            if (!m_staging->link(file.sourcePath, file.name, why)) {
                return inFile(fail(Code::FixLinkRefused, {why}), file.sourcePath);
            }
            state.linked = true;
            state.opened = true;
            return {};
        }
        if (file.kind != OutputFile::Kind::Text) {
            auto source = File::open(file.sourcePath);
            if (!source) {
                return source.error();
            }
            const auto known = m_sources.find(file.sourcePath);
            if (known == m_sources.end() || !(known->second->identity == source->identity())) {
                return inFile(fail(Code::FileChanged), file.sourcePath);
            }
            state.source = *std::move(source);
            (void)::posix_fadvise(state.source.fd(), 0, 0, POSIX_FADV_SEQUENTIAL);
        }
        Result<NewFile> target = fail(Code::Internal);
        {
            const std::scoped_lock creating(m_stagingMutex);
            target = m_staging->create(file.name, mode);
        }
        if (!target) {
            return target.error();
        }
        state.target = *std::move(target);
        if (file.bytes > 0) {
            if (auto done = state.target.setSize(file.bytes); !done) {
                return done;
            }
        }
        if (whole && m_clones && file.bytes > 0) {
            const int why = cloneRange(state.source.fd(), 0, state.target.fd(), 0, file.bytes);
            state.cloned = why == 0;
            if (why != 0 && m_plan.options.link == LinkChoice::Reflink) {
                return inFile(fail(Code::FixLinkRefused, {std::strerror(why)}), file.sourcePath); // NOLINT(concurrency-mt-unsafe)
            }
        }
        state.opened = true;
        return {};
    }

    [[nodiscard]] CastJob castJob(const Segment& segment) const
    {
        const Edit& edit = m_plan.edits[segment.edit];
        const TensorInfo& tensor = m_checkpoint.tensors()[edit.tensor];
        return CastJob{edit.from, edit.to, elementCount(tensor).value_or(0), tensor.bytes.offset, segment.target};
    }

    Result<void> runTask(const Task& task, PieceWriter& writer)
    {
        if (auto done = openFile(task.file); !done) {
            return done;
        }
        FileState& state = m_files[task.file];
        const OutputFile& file = m_plan.files[task.file];
        const bool verify = m_plan.options.verify == VerifyChoice::Edited; // Full compares once all is on the disk
        Result<void> done;
        switch (task.kind) {
        case Task::Kind::Head: {
            const std::string& text = file.kind == OutputFile::Kind::Text ? file.text : file.header;
            done = writer.put(state.target, 0, std::as_bytes(std::span(text.data(), text.size())), verify);
            break;
        }
        case Task::Kind::Whole:
            if (state.linked || state.cloned) {
                m_state.cloned += task.length;
                m_state.advance(Phase::Copying, task.length);
            } else {
                done = writer.copy(state.source, task.source, state.target, task.target, task.length, kernelCopies(state), verify);
            }
            break;
        case Task::Kind::Copy:
            done = writer.copy(state.source, task.source, state.target, task.target, task.length, kernelCopies(state), verify);
            break;
        case Task::Kind::Clone:
            done = clone(task, state, writer, verify);
            break;
        case Task::Kind::Cast: {
            const Segment& segment = file.segments[task.segment];
            const Edit& edit = m_plan.edits[segment.edit];
            if (edit.op == EditOp::TakeFromDonor) {
                Sha256 before;
                Sha256 after;
                const bool hashes = m_plan.options.hashes;
                done = writer.takeFromDonor(*m_plan.options.donor, edit.donorTensor, state.source, castJob(segment), state.target, verify,
                                            hashes ? &before : nullptr, hashes ? &after : nullptr);
                if (hashes && done && !m_state.stopped()) {
                    m_hashes[segment.edit] = {before.hex(), after.hex()};
                }
                break;
            }
            if (!m_plan.options.hashes) {
                done = writer.cast(state.source, castJob(segment), state.target, verify, nullptr, nullptr);
                break;
            }
            Sha256 before;
            Sha256 after;
            done = writer.cast(state.source, castJob(segment), state.target, verify, &before, &after);
            if (done && !m_state.stopped()) {
                m_hashes[segment.edit] = {before.hex(), after.hex()};
            }
            break;
        }
        }
        if (!done || m_state.stopped()) {
            return done;
        }
        if (state.left.fetch_sub(1) == 1) {
            return finishFile(task.file, writer);
        }
        return {};
    }

    [[nodiscard]] static bool kernelCopies(const FileState& state) { return prefersKernelCopy(state.target.fd()); }

    /// The whole blocks of a run are shared, its ends copied.
    Result<void> clone(const Task& task, FileState& state, PieceWriter& writer, bool verify)
    {
        const std::uint64_t bytes = wholeBlockBytes(task.target, task.length);
        const std::uint64_t before = (ShareBlock - task.target % ShareBlock) % ShareBlock;
        if (const int why = cloneRange(state.source.fd(), task.source + before, state.target.fd(), task.target + before, bytes); why != 0) {
            if (m_plan.options.link == LinkChoice::Reflink) {
                return inFile(fail(Code::FixLinkRefused, {std::strerror(why)}), state.source.name()); // NOLINT(concurrency-mt-unsafe)
            }
            return writer.copy(state.source, task.source, state.target, task.target, task.length, kernelCopies(state), verify);
        }
        m_state.cloned += bytes;
        m_state.advance(Phase::Copying, bytes);
        if (auto done = writer.copy(state.source, task.source, state.target, task.target, before, false, verify); !done) {
            return done;
        }
        const std::uint64_t after = before + bytes;
        return writer.copy(state.source, task.source + after, state.target, task.target + after, task.length - after, false, verify);
    }

    /// All of a file's bytes are there: to the disk with them.
    Result<void> finishFile(std::uint32_t index, PieceWriter& writer)
    {
        FileState& state = m_files[index];
        if (!state.linked) {
            if (auto done = state.target.flush(); !done) {
                return done;
            }
            if (m_plan.options.verify == VerifyChoice::Full) {
                // Away with what is cached: the disk itself is to be read.
                (void)::posix_fadvise(state.target.fd(), 0, 0, POSIX_FADV_DONTNEED);
                if (auto done = verifyAll(index, writer); !done) {
                    return done;
                }
            }
        }
        state.source = File();
        state.target = NewFile();
        return {};
    }

    Result<void> verifyAll(std::uint32_t index, PieceWriter& writer)
    {
        FileState& state = m_files[index];
        const OutputFile& file = m_plan.files[index];
        if (file.kind == OutputFile::Kind::Whole) {
            return writer.compare(state.source, 0, state.target, 0, file.bytes);
        }
        const std::string& head = file.kind == OutputFile::Kind::Text ? file.text : file.header;
        if (auto done = writer.compareWith(state.target, 0, std::as_bytes(std::span(head.data(), head.size()))); !done) {
            return done;
        }
        for (const Segment& segment : file.segments) {
            const Edit* edit = segment.kind == Segment::Kind::Edited ? &m_plan.edits[segment.edit] : nullptr;
            auto done = edit == nullptr ? writer.compare(state.source, segment.source, state.target, segment.target, segment.length)
                : edit->op == EditOp::TakeFromDonor
                ? writer.compareDonor(*m_plan.options.donor, edit->donorTensor, castJob(segment), state.target)
                : writer.compareCast(state.source, castJob(segment), state.target);
            if (!done) {
                return done;
            }
        }
        return {};
    }

    Receipt receipt(std::chrono::steady_clock::time_point start)
    {
        Receipt out;
        out.source = m_plan.source;
        out.output = m_plan.output;
        out.profile = m_plan.profile;
        out.device = m_device.empty() ? "cpu" : m_device;
        out.fallback = m_fallback;
        std::vector<std::string> names(m_checkpoint.shards().size());
        for (const OutputFile& file : m_plan.files) {
            if (file.shard < names.size()) {
                names[file.shard] = file.name;
            }
        }
        for (std::size_t i = 0; i < m_plan.edits.size(); ++i) {
            const Edit& edit = m_plan.edits[i];
            ReceiptEdit line;
            line.tensor = edit.key;
            line.newKey = edit.newKey;
            line.op = edit.op;
            line.from = edit.from;
            line.to = edit.to;
            line.file = names[m_checkpoint.tensors()[edit.tensor].shard];
            line.sha256Before = m_hashes[i].first;
            line.sha256After = m_hashes[i].second;
            line.source = edit.op == EditOp::Cast ? (edit.lossless ? "widened" : "narrowed") : edit.op == EditOp::Relabel ? "relabelled" : edit.op == EditOp::TakeFromDonor ? "donor" : "";
            out.edits.push_back(std::move(line));
        }
        out.untouchedTensors = m_plan.untouchedTensors;
        out.untouchedBytes = m_plan.untouchedBytes;
        out.comparedBytes = m_state.compared;
        out.clonedBytes = m_state.cloned;
        out.copiedBytes = m_state.copied;
        out.leftOut = m_plan.leftOut;
        out.findingsLeft = m_plan.findingsLeft;
        out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        struct rusage usage {};
        if (::getrusage(RUSAGE_SELF, &usage) == 0) {
            out.peakRssBytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
        }
        return out;
    }

    const Checkpoint& m_checkpoint;
    const FixPlan& m_plan;
    const JobContext& m_job;
    ExportState m_state;
    std::unordered_map<std::string_view, const SourceFile*> m_sources; ///< by path
    bool m_clones = false;
    std::unique_ptr<Staging> m_staging;
    std::mutex m_stagingMutex;
    std::vector<FileState> m_files;
    std::vector<Task> m_tasks;
    std::atomic<std::size_t> m_next {0};
    std::vector<std::pair<std::string, std::string>> m_hashes; ///< before and after, one an edit
    std::string m_device;
    std::string m_fallback;
};

} // namespace

Result<Receipt> applyPlan(const Checkpoint& checkpoint, const FixPlan& plan, const JobContext& job)
{
    if (plan.empty()) {
        Receipt nothing;
        nothing.source = plan.source;
        nothing.profile = plan.profile;
        nothing.untouchedTensors = plan.untouchedTensors;
        nothing.untouchedBytes = plan.untouchedBytes;
        nothing.findingsLeft = plan.findingsLeft;
        return nothing;
    }
    return Export(checkpoint, plan, job).run();
}

} // namespace ckptscope
