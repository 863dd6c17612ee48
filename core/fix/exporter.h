// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/piecewriter.h"
#include "core/fix/plan.h"
#include "core/fix/share.h"
#include "core/io/output.h"
#include "core/values/elementstream.h"
#include "core/values/scanbehind.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

// Private to core/fix.
namespace ckptscope {

/// What an edit did to a tensor's elements.
struct EditOutcome {
    std::string sha256Before;
    std::string sha256After;
    CastLoss loss;
};

/// Writes the files of a plan into a staging, on several threads, in bounded memory: copies and clones, casts, gathered
/// views and pieces, donors' values; flushes and verifies each. Repairs and conversions are both written here.
class Exporter {
public:
    Exporter(const Checkpoint& checkpoint, const FixPlan& plan, const JobContext& job, bool clones);

    /// Told of each file once its share is written, flushed and verified, with the edits that were made in it; from any
    /// thread, from one at a time. An error ends the export.
    using FileDone = std::function<Result<void>(const FileRecord& record, std::span<const std::uint32_t> edits)>;
    /// Writes only these stretches of the files: the rest is somebody else's, in the same staging. `judges` says whose
    /// it is to hash edits apart from where they are written (torch storages that views share). Before write().
    void restrictTo(const std::vector<FileRange>& ranges, const std::function<bool(std::uint32_t edit)>& judges, FileDone done);

    /// The first error, or Code::Cancelled; the staging is then good for nothing. Once only.
    Result<void> write(Staging& staging);

    [[nodiscard]] const ExportState& state() const noexcept { return m_state; }
    [[nodiscard]] const std::vector<EditOutcome>& outcomes() const noexcept { return m_outcomes; } ///< one an edit
    [[nodiscard]] const std::string& device() const noexcept { return m_device; }
    [[nodiscard]] const std::string& fallback() const noexcept { return m_fallback; }

private:
    /// One thing to do on one output file.
    struct Task {
        enum class Kind : std::uint8_t { Head, Whole, Copy, Clone, Literal, Gather, Edit, Judge } kind = Kind::Head;
        std::uint32_t file = 0;
        std::uint32_t segment = 0; ///< Judge: an edit
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
        ReadBehind read;
        WriteBehind written;
        std::atomic<std::uint32_t> left{0}; ///< tasks
        std::size_t firstTask = 0;          ///< its tasks stand in a row
        std::size_t tasks = 0;
        std::vector<FileRange> ranges;   ///< what of it is written; empty: nothing
        std::vector<std::uint32_t> sums; ///< CRC-32, one a SegmentSum of the plan
    };

    void makeTasks();
    void split(Task task, Task::Kind kind, std::uint64_t length);
    void makeTasks(std::uint32_t index);
    void share(const Task& task, bool clone);
    void runTasks();
    Result<void> openFile(std::uint32_t index);
    /// Where a segment's bytes come from, and what is to become of them in memory.
    struct Source {
        const File* file = nullptr;
        const ReadBehind* behind = nullptr;
        const File& operator*() const noexcept { return *file; }
    };
    Result<Source> sourceOf(FileState& state, const Segment& segment);
    Result<Source> shardAt(std::uint32_t shard);
    Result<void> runTask(std::size_t index, PieceWriter& writer);
    Result<void> clone(const Task& task, FileState& state, PieceWriter& writer, bool verify, bool& shared);
    Result<void> edit(const Task& task, FileState& state, PieceWriter& writer, bool verify);
    static Result<void> writeSums(const FileState& state, const OutputFile& file);
    Result<void> finishFile(std::uint32_t index, PieceWriter& writer);
    Result<void> verify(std::size_t index, PieceWriter& writer);
    Result<void> tell(std::uint32_t index, PieceWriter& writer);
    [[nodiscard]] CastJob castJob(const Segment& segment) const;
    [[nodiscard]] bool streamed(const Segment& segment) const;

    /// What is to become of a piece of a stream, in order.
    using Take = std::function<Result<void>(std::uint64_t at, std::span<const std::byte> bytes)>;
    Result<void> gather(std::uint32_t tensor, std::uint64_t from, std::uint64_t length, const Take& take);
    /// Reads elements through any layout and casts them; `take` may be empty.
    Result<void> castStream(const Edit& edit, const SourceView* view, CastNotes& notes, const Take& take);

    const Checkpoint& m_checkpoint;
    const FixPlan& m_plan;
    const JobContext& m_job;
    ExportState m_state;
    bool m_clones;
    std::shared_ptr<ShardFiles> m_shards;
    ScanBehind m_behind;
    std::unordered_map<std::string_view, const SourceFile*> m_sources; ///< by path
    Staging* m_staging = nullptr;
    std::mutex m_stagingMutex;
    std::vector<FileState> m_files;
    std::vector<Task> m_tasks;
    std::vector<std::string> m_digests; ///< one a task, where somebody wants to be told
    std::vector<char> m_shared;         ///< likewise: it shares the source's blocks
    std::vector<FileRange> m_ranges;
    std::function<bool(std::uint32_t)> m_judges;
    FileDone m_done;
    std::mutex m_doneMutex;
    std::atomic<std::size_t> m_next{0};
    std::uint64_t m_buffer = 0;
    std::vector<EditOutcome> m_outcomes;
    std::string m_device;
    std::string m_fallback;
};

} // namespace ckptscope
