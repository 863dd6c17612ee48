// SPDX-License-Identifier: Apache-2.0
#include "core/fix/exporter.h"

#include "core/fix/layout.h"
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

constexpr unsigned MaxThreads = 4;                 ///< more only make a disk seek
constexpr std::uint64_t PieceBytes = 32ULL << 20U; ///< what one thread copies at a time
constexpr std::uint64_t LargestBuffer = 1ULL
    << 20U; ///< fits a processor's cache: what was written is compared from there

bool isPacked(const TensorInfo& tensor) noexcept
{
    return tensor.extra != nullptr && tensor.extra->layout && std::holds_alternative<Packed>(*tensor.extra->layout);
}

/// Its elements stand in the file as they are to be read.
bool isPlain(const TensorInfo& tensor) noexcept
{
    return tensor.extra == nullptr
        || (!tensor.extra->layout && !tensor.extra->bigEndian && !tensor.extra->conjugated && !tensor.extra->negated);
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
    , m_shards(std::make_shared<ShardFiles>(
          std::shared_ptr<const Checkpoint>(std::shared_ptr<void>(), &checkpoint))) // the caller owns it
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

void Exporter::makeTasks()
{
    m_files = std::vector<FileState>(m_plan.files.size());
    std::vector<bool> judged(m_plan.edits.size(), !m_plan.options.hashes);
    for (std::uint32_t i = 0; i < m_plan.files.size(); ++i) {
        const OutputFile& file = m_plan.files[i];
        const std::size_t first = m_tasks.size();
        Task task;
        task.file = i;
        if (file.kind == OutputFile::Kind::Whole) {
            split(task, Task::Kind::Whole, file.bytes);
        } else {
            m_tasks.push_back(task);
        }
        for (std::uint32_t s = 0; s < file.segments.size(); ++s) {
            const Segment& segment = file.segments[s];
            Task part;
            part.file = i;
            part.segment = s;
            part.target = segment.target;
            part.source = segment.kind == Segment::Kind::Gather ? 0 : segment.source;
            part.length = segment.length;
            switch (segment.kind) {
            case Segment::Kind::Edited:
                part.kind = Task::Kind::Edit;
                m_tasks.push_back(part);
                judged[segment.edit] = judged[segment.edit] || segment.view == UINT32_MAX;
                break;
            case Segment::Kind::Literal:
                part.kind = Task::Kind::Literal;
                m_tasks.push_back(part);
                break;
            case Segment::Kind::Gather:
                if (isPacked(m_checkpoint.tensors()[segment.tensor])) { // decoded from the front: once
                    part.kind = Task::Kind::Gather;
                    m_tasks.push_back(part);
                } else {
                    split(part, Task::Kind::Gather, segment.length);
                }
                break;
            case Segment::Kind::Copy:
                if (segment.shareable && m_clones) {
                    part.kind = Task::Kind::Clone;
                    m_tasks.push_back(part);
                } else {
                    split(part, Task::Kind::Copy, segment.length);
                }
            }
        }
        m_files[i].sums.resize(file.sums.size());
        m_files[i].left = static_cast<std::uint32_t>(m_tasks.size() - first);
    }
    // Tensors that are cast with the storage which they share: their own elements are hashed apart.
    for (std::uint32_t e = 0; e < m_plan.edits.size(); ++e) {
        if (!judged[e] && m_plan.edits[e].op == EditOp::Cast) {
            Task task;
            task.kind = Task::Kind::Judge;
            task.segment = e;
            m_tasks.push_back(task);
        }
    }
}

void Exporter::runTasks()
{
    const auto threads =
        static_cast<unsigned>(std::min<std::size_t>(std::min(usableThreads(m_job), MaxThreads), m_tasks.size()));
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
            return inFile(fail(Code::FixLinkRefused, {std::strerror(why)}),
                          file.sourcePath); // NOLINT(concurrency-mt-unsafe)
        }
    }
    state.opened = true;
    return {};
}

Result<const File*> Exporter::sourceOf(FileState& state, const Segment& segment)
{
    if (segment.shard != UINT32_MAX) {
        return m_shards->file(segment.shard);
    }
    if (segment.view != UINT32_MAX) {
        return m_shards->file(m_plan.views[segment.view].shard);
    }
    if (segment.kind == Segment::Kind::Edited && !state.source.isOpen()) {
        return m_shards->file(m_checkpoint.tensors()[m_plan.edits[segment.edit].tensor].shard);
    }
    return static_cast<const File*>(&state.source);
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

Result<void> Exporter::runTask(const Task& task, PieceWriter& writer)
{
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
            done = writer.copy(state.source, task.source, state.target, task.target, task.length,
                               prefersKernelCopy(state.target.fd()), verify);
        }
        break;
    case Task::Kind::Copy: {
        const auto source = sourceOf(state, file.segments[task.segment]);
        done = source ? writer.copy(**source, task.source, state.target, task.target, task.length,
                                    prefersKernelCopy(state.target.fd()), verify)
                      : Result<void>(source.error());
        break;
    }
    case Task::Kind::Clone:
        done = clone(task, state, writer, verify);
        break;
    case Task::Kind::Literal:
        done = writer.put(state.target, task.target,
                          std::as_bytes(std::span(file.text).subspan(task.source, task.length)), verify);
        break;
    case Task::Kind::Gather:
        done = gather(file.segments[task.segment].tensor, task.source, task.length,
                      [&](std::uint64_t at, std::span<const std::byte> bytes) {
                          return writer.put(state.target, task.target + at, bytes, verify);
                      });
        break;
    case Task::Kind::Edit:
        done = edit(task, state, writer, verify);
        break;
    case Task::Kind::Judge:
        break;
    }
    if (!done || m_state.stopped()) {
        return done;
    }
    if (state.left.fetch_sub(1) == 1) {
        return finishFile(task.file, writer);
    }
    return {};
}

/// The whole blocks of a run are shared, its ends copied.
Result<void> Exporter::clone(const Task& task, FileState& state, PieceWriter& writer, bool verify)
{
    const auto found = sourceOf(state, m_plan.files[task.file].segments[task.segment]);
    if (!found) {
        return found.error();
    }
    const File& source = **found;
    const bool kernel = prefersKernelCopy(state.target.fd());
    const std::uint64_t bytes = wholeBlockBytes(task.target, task.length);
    const std::uint64_t before = (ShareBlock - task.target % ShareBlock) % ShareBlock;
    if (const int why = cloneRange(source.fd(), task.source + before, state.target.fd(), task.target + before, bytes);
        why != 0) {
        if (m_plan.options.link == LinkChoice::Reflink) {
            return inFile(fail(Code::FixLinkRefused, {std::strerror(why)}),
                          source.name()); // NOLINT(concurrency-mt-unsafe)
        }
        return writer.copy(source, task.source, state.target, task.target, task.length, kernel, verify);
    }
    m_state.cloned += bytes;
    m_state.advance(Phase::Copying, bytes);
    if (auto done = writer.copy(source, task.source, state.target, task.target, before, false, verify); !done) {
        return done;
    }
    const std::uint64_t after = before + bytes;
    return writer.copy(source, task.source + after, state.target, task.target + after, task.length - after, false,
                       verify);
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
        done = done ? writer.takeFromDonor(*m_plan.options.donor, edit.donorTensor, edit.to, state.target,
                                           segment.target, verify, notes)
                    : done;
    } else if (streamed(segment)) {
        done = castStream(edit, own ? nullptr : &m_plan.views[segment.view], notes,
                          [&](std::uint64_t at, std::span<const std::byte> bytes) {
                              return writer.put(state.target, segment.target + at, bytes, verify);
                          });
    } else {
        const auto source = sourceOf(state, segment);
        done = source ? writer.cast(**source, castJob(segment), state.target, verify, notes)
                      : Result<void>(source.error());
    }
    if (!done || m_state.stopped()) {
        return done;
    }
    if (own) {
        m_outcomes[segment.edit] = {hashes ? before.hex() : std::string(), hashes ? after.hex() : std::string(),
                                    notes.loss};
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
Result<void> Exporter::writeSums(const FileState& state, const OutputFile& file) const
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
            if (auto done = verifyAll(index, writer); !done) {
                return done;
            }
        }
    }
    state.source = File();
    state.target = NewFile();
    return {};
}

Result<void> Exporter::verifyAll(std::uint32_t index, PieceWriter& writer)
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
        if (auto done = verifySegment(state, file, segment, writer); !done) {
            return done;
        }
    }
    return {};
}

Result<void> Exporter::verifySegment(FileState& state, const OutputFile& file, const Segment& segment,
                                     PieceWriter& writer)
{
    const auto compare = [&](std::uint64_t at, std::span<const std::byte> bytes) {
        return writer.compareWith(state.target, segment.target + at, bytes);
    };
    switch (segment.kind) {
    case Segment::Kind::Gather:
        return gather(segment.tensor, 0, segment.length, compare);
    case Segment::Kind::Literal: {
        std::string text = file.text.substr(segment.source, segment.length);
        for (std::size_t i = 0; i < file.sums.size(); ++i) {
            for (const std::uint64_t place : file.sums[i].places) {
                if (place >= segment.target && place - segment.target + 4 <= text.size()) {
                    const auto sum = sumBytes(state.sums[i]);
                    std::memcpy(text.data() + (place - segment.target), sum.data(), sum.size());
                }
            }
        }
        return compare(0, std::as_bytes(std::span(text)));
    }
    case Segment::Kind::Copy: {
        const auto source = sourceOf(state, segment);
        return source ? writer.compare(**source, segment.source, state.target, segment.target, segment.length)
                      : Result<void>(source.error());
    }
    case Segment::Kind::Edited:
        break;
    }
    const Edit& edit = m_plan.edits[segment.edit];
    if (edit.op == EditOp::TakeFromDonor) {
        return writer.compareDonor(*m_plan.options.donor, edit.donorTensor, edit.to, state.target, segment.target);
    }
    if (streamed(segment)) {
        CastNotes notes;
        return castStream(edit, segment.view == UINT32_MAX ? nullptr : &m_plan.views[segment.view], notes, compare);
    }
    const auto source = sourceOf(state, segment);
    if (!source) {
        return source.error();
    }
    const auto equal = writer.compareCast(**source, castJob(segment), state.target);
    return equal ? Result<void>() : Result<void>(equal.error());
}

} // namespace ckptscope
