// SPDX-License-Identifier: Apache-2.0
#include "core/fix/exporter.h"

#include "core/fix/layout.h"
#include "core/io/digest.h"
#include "core/io/extentcopy.h"
#include "core/upcast/upcaster.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>

namespace ckptscope {

namespace {

constexpr unsigned MaxThreads = 4;                     ///< more only make a disk seek
constexpr std::uint64_t PieceBytes = 32ULL << 20U;     ///< what one thread copies at a time
constexpr std::uint64_t LargestBuffer = 256ULL << 10U; ///< with what was written and what is read back of it, it fits a core's second-level cache

bool isPacked(const TensorInfo& tensor) noexcept
{
    return tensor.extra != nullptr && tensor.extra->layout && std::holds_alternative<Packed>(*tensor.extra->layout);
}

/// Its elements stand in the file as they are to be read.
bool isPlain(const TensorInfo& tensor) noexcept
{
    return tensor.extra == nullptr || (!tensor.extra->layout && !tensor.extra->bigEndian && !tensor.extra->conjugated && !tensor.extra->negated);
}

std::array<std::byte, 4> sumBytes(std::uint32_t sum) noexcept
{
    std::array<std::byte, 4> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::byte>(sum >> (8 * i) & 0xFFU);
    }
    return bytes;
}

} // namespace

Exporter::Exporter(const Checkpoint& checkpoint, const FixPlan& plan, const JobContext& job, bool clones)
    : m_checkpoint(checkpoint)
    , m_plan(plan)
    , m_job(job)
    , m_state(job, plan.outputBytes)
    , m_clones(clones)
    , m_shards(std::make_shared<ShardFiles>(std::shared_ptr<const Checkpoint>(std::shared_ptr<void>(), &checkpoint))) // the caller owns it
    , m_behind(m_shards, plan.outputBytes)
    , m_outcomes(plan.edits.size())
{
    for (const SourceFile& source : m_plan.sources) {
        m_sources.emplace(source.path, &source);
    }
}

Result<void> Exporter::write(Staging& staging)
{
    m_staging = &staging;
    makeTasks();
    runTasks();
    if (auto error = m_state.outcome()) {
        return *std::move(error);
    }
    return {};
}

void Exporter::split(Task task, Task::Kind kind, std::uint64_t length)
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

bool Exporter::streamed(const Segment& segment) const
{
    if (segment.view != UINT32_MAX) {
        return !m_plan.views[segment.view].codec.empty();
    }
    const Edit& edit = m_plan.edits[segment.edit];
    const TensorInfo& tensor = m_checkpoint.tensors()[edit.tensor];
    return !isPlain(tensor) || edit.op == EditOp::Relabel || dtypeInfo(tensor.dtype).family == DTypeFamily::Block;
}

void Exporter::restrictTo(const std::vector<FileRange>& ranges, const std::function<bool(std::uint32_t edit)>& judges, FileDone done)
{
    m_ranges = ranges;
    m_judges = judges;
    m_done = std::move(done);
}

void Exporter::makeTasks()
{
    m_files = std::vector<FileState>(m_plan.files.size());
    if (!m_done) {
        for (std::uint32_t i = 0; i < m_plan.files.size(); ++i) {
            m_files[i].ranges.push_back({i});
        }
    }
    for (const FileRange& range : m_ranges) {
        m_files[range.file].ranges.push_back(range);
    }
    std::vector<bool> judged(m_plan.edits.size(), !m_plan.options.hashes);
    for (std::uint32_t i = 0; i < m_plan.files.size(); ++i) {
        FileState& state = m_files[i];
        state.sums.resize(m_plan.files[i].sums.size());
        state.firstTask = m_tasks.size();
        makeTasks(i);
        state.tasks = m_tasks.size() - state.firstTask;
        state.left = static_cast<std::uint32_t>(state.tasks);
        for (const Segment& segment : m_plan.files[i].segments) {
            if (segment.kind == Segment::Kind::Edited) {
                judged[segment.edit] = judged[segment.edit] || segment.view == UINT32_MAX;
            }
        }
    }
    // Tensors that are cast with the storage which they share: their own elements are hashed apart.
    for (std::uint32_t e = 0; e < m_plan.edits.size(); ++e) {
        if (!judged[e] && m_plan.edits[e].op == EditOp::Cast && (!m_judges || m_judges(e))) {
            Task task;
            task.kind = Task::Kind::Judge;
            task.segment = e;
            m_tasks.push_back(task);
        }
    }
    if (m_done) {
        m_digests.resize(m_tasks.size());
        m_shared.resize(m_tasks.size());
        std::uint64_t total = 0;
        for (const Task& task : m_tasks) {
            total += task.length;
        }
        m_state.setTotal(total);
    }
}

/// Bytes that are taken as they are: those of them that are ours, cloned or cut into pieces.
void Exporter::share(const Task& task, bool clone)
{
    for (const FileRange& range : m_files[task.file].ranges) {
        const std::uint64_t begin = std::max(range.begin, task.target);
        const std::uint64_t end = std::min(range.end, task.target + task.length);
        if (begin >= end) {
            continue;
        }
        Task part = task;
        part.target = begin;
        part.source += begin - task.target;
        part.length = end - begin;
        if (clone && wholeBlockBytes(part.target, part.length) > 0) {
            part.kind = Task::Kind::Clone;
            m_tasks.push_back(part);
        } else {
            split(part, part.kind, part.length);
        }
    }
}

void Exporter::makeTasks(std::uint32_t index)
{
    const OutputFile& file = m_plan.files[index];
    const std::vector<FileRange>& ranges = m_files[index].ranges;
    const auto ours = [&](std::uint64_t offset) {
        return std::any_of(ranges.begin(), ranges.end(), [&](const FileRange& range) { return range.holds(offset); });
    };
    if (ranges.empty()) {
        return;
    }
    Task task;
    task.file = index;
    if (file.kind == OutputFile::Kind::Whole) {
        task.kind = Task::Kind::Whole;
        task.length = file.bytes;
        if (ranges.front().whole()) {
            split(task, task.kind, task.length);
        } else {
            share(task, m_clones);
        }
        return;
    }
    if (ours(0)) {
        task.length = file.kind == OutputFile::Kind::Text ? file.text.size() : file.header.size();
        m_tasks.push_back(task);
    }
    for (std::uint32_t s = 0; s < file.segments.size(); ++s) {
        const Segment& segment = file.segments[s];
        Task part;
        part.file = index;
        part.segment = s;
        part.target = segment.target;
        part.source = segment.kind == Segment::Kind::Gather ? 0 : segment.source;
        part.length = segment.length;
        switch (segment.kind) {
        case Segment::Kind::Edited:
            part.kind = Task::Kind::Edit;
            break;
        case Segment::Kind::Literal:
            part.kind = Task::Kind::Literal;
            break;
        case Segment::Kind::Gather: // what is decoded from the front is so once
            part.kind = Task::Kind::Gather;
            break;
        case Segment::Kind::Copy:
            part.kind = Task::Kind::Copy;
            share(part, segment.shareable && m_clones);
            continue;
        }
        if (part.kind == Task::Kind::Gather && !isPacked(m_checkpoint.tensors()[segment.tensor])) {
            const std::size_t first = m_tasks.size();
            split(part, part.kind, part.length);
            const auto others = std::remove_if(m_tasks.begin() + static_cast<std::ptrdiff_t>(first), m_tasks.end(),
                                               [&](const Task& piece) { return !ours(piece.target); });
            m_tasks.erase(others, m_tasks.end());
        } else if (ours(part.target)) { // all of it, though it ends in another's stretch: hashes go from front to back
            m_tasks.push_back(part);
        }
    }
}

void Exporter::runTasks()
{
    const auto threads = static_cast<unsigned>(std::min<std::size_t>(std::min(usableThreads(m_job), MaxThreads), m_tasks.size()));
    // Three buffers a thread and a little room to spare; where layouts are gathered, their readers have some, too.
    const bool streams = std::any_of(m_tasks.begin(), m_tasks.end(), [&](const Task& task) {
        return task.kind == Task::Kind::Gather || task.kind == Task::Kind::Judge
            || (task.kind == Task::Kind::Edit && streamed(m_plan.files[task.file].segments[task.segment]));
    });
    std::uint64_t castBytes = 0;
    for (const Edit& edit : m_plan.edits) {
        castBytes += edit.op == EditOp::Cast ? m_checkpoint.tensors()[edit.tensor].bytes.length : 0;
    }
    const std::shared_ptr<DeviceUse> device = chooseDevice(castBytes > 0 ? m_plan.options.device : "cpu", castBytes);
    // A device has half of the memory: what is copied to it and back stays in place meanwhile.
    const std::uint64_t pinned = device->device() != nullptr ? m_job.maxMemory / 2 : 0;
    const std::uint64_t share = (m_job.maxMemory - pinned) / (std::max(threads, 1U) * (streams ? 8ULL : 4ULL));
    m_buffer = std::clamp<std::uint64_t>(share / ShareBlock * ShareBlock, ShareBlock, LargestBuffer);
    std::vector<std::thread> pool;
    const auto work = [&] {
        try {
            PieceWriter writer(m_state, m_buffer, *device, pinned / std::max(threads, 1U));
            while (!m_state.stopped()) {
                const std::size_t next = m_next.fetch_add(1);
                if (next >= m_tasks.size()) {
                    break;
                }
                if (auto done = runTask(next, writer); !done) {
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
    m_device = device->elementsDone() > 0 ? device->name() : "cpu";
    m_fallback = device->fallback();
    if (m_fallback.empty() && device->device() != nullptr && device->elementsDone() == 0 && m_plan.options.device != "auto") {
        m_fallback = device->name() + " had nothing to do: what was cast is not stored as one run of elements";
    }
}

Result<void> Exporter::openFile(std::uint32_t index)
{
    FileState& state = m_files[index];
    const OutputFile& file = m_plan.files[index];
    const std::scoped_lock lock(state.mutex);
    if (state.opened) {
        return {};
    }
    struct stat status { };
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
    if (file.kind != OutputFile::Kind::Text && !file.sourcePath.empty()) {
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
        if (m_plan.outputBytes >= WholeModelBytes) {
            state.read = ReadBehind(state.source.fd(), state.source.size());
        }
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
    if (whole && m_clones && file.bytes > 0 && state.ranges.front().whole()) {
        const int why = cloneRange(state.source.fd(), 0, state.target.fd(), 0, file.bytes);
        state.cloned = why == 0;
        if (why != 0 && m_plan.options.link == LinkChoice::Reflink) {
            return inFile(fail(Code::FixLinkRefused, {std::strerror(why)}), file.sourcePath);
        }
    }
    state.opened = true;
    return {};
}

Result<Exporter::Source> Exporter::shardAt(std::uint32_t shard)
{
    const auto file = m_shards->file(shard);
    return file ? Result<Source>(Source{*file, m_behind.of(shard)}) : Result<Source>(file.error());
}

Result<Exporter::Source> Exporter::sourceOf(FileState& state, const Segment& segment)
{
    if (segment.shard != UINT32_MAX) {
        return shardAt(segment.shard);
    }
    if (segment.view != UINT32_MAX) {
        return shardAt(m_plan.views[segment.view].shard);
    }
    if (segment.kind == Segment::Kind::Edited && !state.source.isOpen()) {
        return shardAt(m_checkpoint.tensors()[m_plan.edits[segment.edit].tensor].shard);
    }
    return Source{&state.source, &state.read};
}

CastJob Exporter::castJob(const Segment& segment) const
{
    const Edit& edit = m_plan.edits[segment.edit];
    if (segment.view != UINT32_MAX) {
        const SourceView& view = m_plan.views[segment.view];
        return CastJob{view.dtype, edit.to, view.elements, view.bytes.offset, segment.target};
    }
    const TensorInfo& tensor = m_checkpoint.tensors()[edit.tensor];
    return CastJob{edit.from, edit.to, elementCount(tensor).value_or(0), tensor.bytes.offset, segment.target};
}

Result<void> Exporter::runTask(std::size_t index, PieceWriter& writer)
{
    const Task& task = m_tasks[index];
    if (task.kind == Task::Kind::Judge) {
        Sha256 before;
        Sha256 after;
        CastNotes notes;
        notes.before = &before;
        notes.after = &after;
        auto done = castStream(m_plan.edits[task.segment], nullptr, notes, {});
        if (done && !m_state.stopped()) {
            m_outcomes[task.segment] = {before.hex(), after.hex(), notes.loss};
        }
        return done;
    }
    if (auto done = openFile(task.file); !done) {
        return done;
    }
    FileState& state = m_files[task.file];
    const OutputFile& file = m_plan.files[task.file];
    const bool verify = m_plan.options.verify == VerifyChoice::Edited; // Full compares once all is on the disk
    Digest128 digest;
    writer.digestInto(m_done && verify ? &digest : nullptr);
    bool shared = false;
    Result<void> done;
    writer.goBehind(&state.written, &state.read);
    switch (task.kind) {
    case Task::Kind::Head: {
        const std::string& text = file.kind == OutputFile::Kind::Text ? file.text : file.header;
        done = writer.put(state.target, 0, std::as_bytes(std::span(text.data(), text.size())), verify);
        break;
    }
    case Task::Kind::Whole:
        if (state.linked || state.cloned) {
            shared = true;
            m_state.cloned += task.length;
            m_state.advanceShared(task.length);
        } else {
            done = writer.copy(state.source, task.source, state.target, task.target, task.length, prefersKernelCopy(state.target.fd()), verify);
        }
        break;
    case Task::Kind::Copy: {
        const auto source = sourceOf(state, file.segments[task.segment]);
        writer.goBehind(&state.written, source ? source->behind : nullptr);
        done = source ? writer.copy(**source, task.source, state.target, task.target, task.length, prefersKernelCopy(state.target.fd()), verify)
                      : Result<void>(source.error());
        break;
    }
    case Task::Kind::Clone:
        done = clone(task, state, writer, verify, shared);
        break;
    case Task::Kind::Literal:
        done = writer.put(state.target, task.target, std::as_bytes(std::span(file.text).subspan(task.source, task.length)), verify);
        break;
    case Task::Kind::Gather:
        done = gather(file.segments[task.segment].tensor, task.source, task.length,
                      [&](std::uint64_t at, std::span<const std::byte> bytes) { return writer.put(state.target, task.target + at, bytes, verify); });
        break;
    case Task::Kind::Edit:
        done = edit(task, state, writer, verify);
        break;
    case Task::Kind::Judge:
        break;
    }
    if (done && !state.linked) {
        done = writer.endBehind(state.target);
    }
    writer.goBehind(nullptr, nullptr);
    if (done && m_done && writer.digestSpoiled()) {
        digest.reset();
        done = writer.digest(state.target, task.target, task.length, digest);
    }
    writer.digestInto(nullptr);
    if (!done || m_state.stopped()) {
        return done;
    }
    if (m_done) {
        m_shared[index] = shared ? 1 : 0;
        m_digests[index] = verify && !shared ? digest.hex() : std::string();
    }
    if (state.left.fetch_sub(1) == 1) {
        return finishFile(task.file, writer);
    }
    return {};
}

/// The whole blocks of a run are shared, its ends copied.
Result<void> Exporter::clone(const Task& task, FileState& state, PieceWriter& writer, bool verify, bool& shared)
{
    const OutputFile& file = m_plan.files[task.file];
    const auto found =
        file.kind == OutputFile::Kind::Whole ? Result<Source>(Source{&state.source, &state.read}) : sourceOf(state, file.segments[task.segment]);
    if (!found) {
        return found.error();
    }
    const File& source = **found;
    const bool kernel = prefersKernelCopy(state.target.fd());
    const std::uint64_t bytes = wholeBlockBytes(task.target, task.length);
    const std::uint64_t before = (ShareBlock - task.target % ShareBlock) % ShareBlock;
    if (const int why = cloneRange(source.fd(), task.source + before, state.target.fd(), task.target + before, bytes); why != 0) {
        if (m_plan.options.link == LinkChoice::Reflink) {
            return inFile(fail(Code::FixLinkRefused, {std::strerror(why)}), source.name());
        }
        return writer.copy(source, task.source, state.target, task.target, task.length, kernel, verify);
    }
    shared = true;
    m_state.cloned += bytes;
    m_state.advanceShared(bytes);
    if (auto done = writer.copy(source, task.source, state.target, task.target, before, false, verify); !done) {
        return done;
    }
    const std::uint64_t after = before + bytes;
    return writer.copy(source, task.source + after, state.target, task.target + after, task.length - after, false, verify);
}

Result<void> Exporter::edit(const Task& task, FileState& state, PieceWriter& writer, bool verify)
{
    const Segment& segment = m_plan.files[task.file].segments[task.segment];
    const Edit& edit = m_plan.edits[segment.edit];
    const bool own = segment.view == UINT32_MAX; // else the tensors in it are judged one by one
    Sha256 before;
    Sha256 after;
    const bool hashes = m_plan.options.hashes && own;
    CastNotes notes;
    notes.before = hashes ? &before : nullptr;
    notes.after = hashes ? &after : nullptr;
    notes.sum = !m_plan.files[task.file].sums.empty();
    Result<void> done;
    if (edit.op == EditOp::TakeFromDonor) {
        if (hashes) {
            done = gather(edit.tensor, 0, logicalBytes(m_checkpoint.tensors()[edit.tensor]).value_or(0),
                          [&](std::uint64_t, std::span<const std::byte> bytes) {
                              before.add(bytes);
                              return Result<void>();
                          });
        }
        done = done ? writer.takeFromDonor(*m_plan.options.donor, edit.donorTensor, edit.to, state.target, segment.target, verify, notes) : done;
    } else if (streamed(segment)) {
        done = castStream(edit, own ? nullptr : &m_plan.views[segment.view], notes, [&](std::uint64_t at, std::span<const std::byte> bytes) {
            return writer.put(state.target, segment.target + at, bytes, verify);
        });
    } else {
        const auto source = sourceOf(state, segment);
        done = source ? writer.cast(**source, castJob(segment), state.target, verify, notes) : Result<void>(source.error());
    }
    if (!done || m_state.stopped()) {
        return done;
    }
    if (own) {
        m_outcomes[segment.edit] = {hashes ? before.hex() : std::string(), hashes ? after.hex() : std::string(), notes.loss};
    }
    const auto& sums = m_plan.files[task.file].sums;
    for (std::size_t i = 0; i < sums.size(); ++i) {
        if (sums[i].segment == task.segment) {
            state.sums[i] = notes.crc;
        }
    }
    return {};
}

/// What was known only once all segments were there.
Result<void> Exporter::writeSums(const FileState& state, const OutputFile& file)
{
    for (std::size_t i = 0; i < file.sums.size(); ++i) {
        for (const std::uint64_t place : file.sums[i].places) {
            if (auto done = state.target.writeAt(place, sumBytes(state.sums[i])); !done) {
                return done;
            }
        }
    }
    return {};
}

Result<void> Exporter::finishFile(std::uint32_t index, PieceWriter& writer)
{
    FileState& state = m_files[index];
    if (!state.linked) {
        if (auto done = writeSums(state, m_plan.files[index]); !done) {
            return done;
        }
        if (auto done = state.target.flush(); !done) {
            return done;
        }
        if (m_plan.options.verify == VerifyChoice::Full) {
            // Away with what is cached: the disk itself is to be read.
            (void)::posix_fadvise(state.target.fd(), 0, 0, POSIX_FADV_DONTNEED);
            for (std::size_t task = state.firstTask; task < state.firstTask + state.tasks; ++task) {
                m_state.pace(2 * m_tasks[task].length); // both files are read
                if (auto done = verify(task, writer); !done) {
                    return done;
                }
            }
        }
        if (m_plan.outputBytes >= WholeModelBytes) {
            dropCached(state.target.fd(), 0, 0); // all of it: it is on the disk
        }
    }
    if (m_done && !m_state.stopped()) {
        if (auto done = tell(index, writer); !done) {
            return done;
        }
    }
    state.read.end();
    state.read = {};
    state.source = File();
    state.target = NewFile();
    return {};
}

/// Reads back what a task wrote, once it is on the disk.
Result<void> Exporter::verify(std::size_t index, PieceWriter& writer)
{
    const Task& task = m_tasks[index];
    FileState& state = m_files[task.file];
    const OutputFile& file = m_plan.files[task.file];
    Digest128 digest;
    writer.digestInto(m_done ? &digest : nullptr);
    const auto compare = [&](std::uint64_t at, std::span<const std::byte> bytes) {
        return writer.compareWith(state.target, task.target + at, bytes);
    };
    Result<void> done;
    switch (task.kind) {
    case Task::Kind::Head: {
        const std::string& head = file.kind == OutputFile::Kind::Text ? file.text : file.header;
        done = compare(0, std::as_bytes(std::span(head.data(), head.size())));
        break;
    }
    case Task::Kind::Whole:
    case Task::Kind::Copy:
    case Task::Kind::Clone: {
        const auto source =
            file.kind == OutputFile::Kind::Whole ? Result<Source>(Source{&state.source, &state.read}) : sourceOf(state, file.segments[task.segment]);
        done = source ? writer.compare(**source, task.source, state.target, task.target, task.length) : Result<void>(source.error());
        break;
    }
    case Task::Kind::Gather:
        done = gather(file.segments[task.segment].tensor, task.source, task.length, compare);
        break;
    case Task::Kind::Literal: {
        std::string text = file.text.substr(task.source, task.length);
        for (std::size_t i = 0; i < file.sums.size(); ++i) {
            for (const std::uint64_t place : file.sums[i].places) {
                if (place >= task.target && place - task.target + 4 <= text.size()) {
                    const auto sum = sumBytes(state.sums[i]);
                    std::memcpy(text.data() + (place - task.target), sum.data(), sum.size());
                }
            }
        }
        done = compare(0, std::as_bytes(std::span(text)));
        break;
    }
    case Task::Kind::Edit: {
        const Segment& segment = file.segments[task.segment];
        const Edit& edit = m_plan.edits[segment.edit];
        if (edit.op == EditOp::TakeFromDonor) {
            done = writer.compareDonor(*m_plan.options.donor, edit.donorTensor, edit.to, state.target, segment.target);
        } else if (streamed(segment)) {
            CastNotes notes;
            done = castStream(edit, segment.view == UINT32_MAX ? nullptr : &m_plan.views[segment.view], notes, compare);
        } else {
            const auto source = sourceOf(state, segment);
            const auto equal = source ? writer.compareCast(**source, castJob(segment), state.target) : Result<CastLoss>(source.error());
            done = equal ? Result<void>() : Result<void>(equal.error());
        }
        break;
    }
    case Task::Kind::Judge:
        break;
    }
    writer.digestInto(nullptr);
    if (m_done && m_shared[index] == 0) {
        m_digests[index] = digest.hex();
    }
    return done;
}

/// Says what was written of a file, now that it is on the disk.
Result<void> Exporter::tell(std::uint32_t index, PieceWriter& writer)
{
    FileState& state = m_files[index];
    const OutputFile& file = m_plan.files[index];
    FileRecord record;
    record.file = index;
    std::vector<std::uint32_t> edits;
    for (std::size_t i = state.firstTask; i < state.firstTask + state.tasks; ++i) {
        const Task& task = m_tasks[i];
        if (task.kind == Task::Kind::Literal && !file.sums.empty()) { // sums were put in behind its back
            Digest128 digest;
            if (auto done = writer.digest(state.target, task.target, task.length, digest); !done) {
                return done;
            }
            m_digests[i] = digest.hex();
        }
        if (task.kind == Task::Kind::Edit && file.segments[task.segment].view == UINT32_MAX) {
            edits.push_back(file.segments[task.segment].edit);
        }
        record.pieces.push_back({task.target, task.length, m_digests[i]});
    }
    std::sort(record.pieces.begin(), record.pieces.end(), [](const PieceRecord& a, const PieceRecord& b) { return a.offset < b.offset; });
    const std::scoped_lock lock(m_doneMutex);
    return m_done(record, edits);
}

} // namespace ckptscope
