// SPDX-License-Identifier: Apache-2.0
#include "core/fix/parttruth.h"

#include "core/io/digest.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <thread>

namespace ckptscope {

namespace {

constexpr std::size_t StepBytes = 1U << 20U;
constexpr unsigned MostThreads = 4; ///< more only make a disk seek

/// Reads a stretch in steps; a full check may be asked to stop.
template<class Take>
Result<void> readAll(const File& file, std::uint64_t offset, std::uint64_t length, const JobContext& job, Take&& take)
{
    std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(StepBytes, length)));
    for (std::uint64_t at = 0; at < length; at += buffer.size()) {
        if (job.stop.stop_requested()) {
            return fail(Code::Cancelled);
        }
        const auto step = std::span(buffer).first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), length - at)));
        if (auto done = file.readAt(offset + at, step); !done) {
            return done;
        }
        if (auto done = take(at, step); !done) {
            return done;
        }
    }
    return {};
}

Error untrue(unsigned part, std::string what, const std::string& file, std::optional<std::uint64_t> offset = std::nullopt)
{
    return inFile(fail(Code::PlanUntrue, {std::to_string(part), std::move(what)}), file, offset);
}

} // namespace

PartTruth::PartTruth(const BoundPlan& bound, const PartFolder& folder, const JobContext& job)
    : m_bound(bound)
    , m_folder(folder)
    , m_job(job)
    , m_shards(std::make_shared<ShardFiles>(bound.checkpoint))
    , m_throttle(job.ioRate)
{
}

Result<void> PartTruth::check(const std::vector<PartFile>& files, unsigned part, bool full) const
{
    for (const PartFile& file : files) {
        if (auto done = checkFile(file, part, full); !done) {
            return done;
        }
    }
    return {};
}

Result<void> PartTruth::checkAll(const std::vector<PartReceipt>& receipts, bool full) const
{
    struct Work {
        const PartFile* file;
        unsigned part;
        std::uint64_t bytes;
    };
    std::vector<Work> work;
    std::uint64_t total = 0;
    for (const PartReceipt& receipt : receipts) {
        for (const PartFile& file : receipt.files) {
            std::uint64_t bytes = 0;
            for (const PieceRecord& piece : file.record.pieces) {
                bytes += piece.length;
            }
            work.push_back({&file, receipt.part, bytes});
            total += bytes;
        }
    }
    std::vector<std::optional<Error>> errors(work.size());
    std::atomic<std::size_t> next{0};
    std::atomic<std::uint64_t> done{0};
    std::atomic<bool> failed{false};
    const auto run = [&] {
        for (std::size_t i = next++; i < work.size() && !failed; i = next++) {
            auto checked = checkFile(*work[i].file, work[i].part, full);
            if (!checked) {
                errors[i] = checked.error();
                failed = true;
            }
            m_job.progress(Phase::Verifying, done += work[i].bytes, total);
        }
    };
    {
        std::vector<std::jthread> threads;
        for (unsigned i = 1; full && i < std::min(usableThreads(m_job), MostThreads) && i < work.size(); ++i) {
            threads.emplace_back(run);
        }
        run();
    }
    const auto first = std::find_if(errors.begin(), errors.end(), [](const auto& error) { return error.has_value(); });
    return first == errors.end() ? Result<void>() : Result<void>(**first);
}

Result<void> PartTruth::checkFile(const PartFile& file, unsigned part, bool full) const
{
    const OutputFile& planned = m_bound.plan.files[file.record.file];
    const auto opened = m_folder.openFile(planned.name);
    if (!opened) {
        return untrue(part, "it is not there, or cannot be read", planned.name);
    }
    if (opened->size() != planned.bytes) {
        return untrue(part, "it has " + std::to_string(opened->size()) + " bytes, and should have " + std::to_string(planned.bytes), planned.name);
    }
    for (const PieceRecord& piece : file.record.pieces) {
        const bool head = piece.offset == 0 && planned.kind == OutputFile::Kind::Rewritten;
        if (!full && !(head && !piece.xxh3.empty())) {
            continue;
        }
        if (piece.xxh3.empty()) {
            if (auto done = comparePiece(*opened, planned, piece, part); !done) {
                return done;
            }
            continue;
        }
        Digest128 digest;
        auto done = readAll(*opened, piece.offset, piece.length, m_job, [&](std::uint64_t, std::span<const std::byte> bytes) {
            m_throttle.pass(bytes.size(), m_job.stop);
            digest.add(bytes);
            return Result<void>();
        });
        if (!done) {
            return done;
        }
        if (digest.hex() != piece.xxh3) {
            return untrue(part, "its bytes are others", planned.name, piece.offset);
        }
    }
    return {};
}

/// Bytes that share the source's blocks have no hash: they are compared.
Result<void> PartTruth::comparePiece(const File& file, const OutputFile& planned, const PieceRecord& piece, unsigned part) const
{
    std::uint64_t from = piece.offset;
    const File* source = nullptr;
    File own;
    const Segment* segment = nullptr;
    if (planned.kind == OutputFile::Kind::Rewritten) {
        const auto next = std::upper_bound(planned.segments.begin(), planned.segments.end(), piece.offset,
                                           [](std::uint64_t offset, const Segment& each) { return offset < each.target; });
        segment = next == planned.segments.begin() ? nullptr : &*std::prev(next);
        if (segment == nullptr || segment->kind != Segment::Kind::Copy || piece.length > segment->target + segment->length - piece.offset) {
            return untrue(part, "it is said to share blocks that no source has", planned.name, piece.offset);
        }
        from = segment->source + (piece.offset - segment->target);
    }
    if (segment != nullptr && segment->shard != UINT32_MAX) {
        auto shard = m_shards->file(segment->shard);
        if (!shard) {
            return shard.error();
        }
        source = *shard;
    } else {
        auto opened = File::open(planned.sourcePath);
        if (!opened) {
            return opened.error();
        }
        own = *std::move(opened);
        source = &own;
    }
    std::vector<std::byte> theirs(StepBytes);
    return readAll(file, piece.offset, piece.length, m_job, [&](std::uint64_t at, std::span<const std::byte> ours) -> Result<void> {
        const auto step = std::span(theirs).first(ours.size());
        m_throttle.pass(2 * ours.size(), m_job.stop);
        if (auto done = source->readAt(from + at, step); !done) {
            return done;
        }
        return std::memcmp(ours.data(), step.data(), ours.size()) == 0
            ? Result<void>()
            : Result<void>(untrue(part, "its bytes are others", planned.name, piece.offset + at));
    });
}

} // namespace ckptscope
