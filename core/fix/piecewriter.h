// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/plan.h"
#include "core/io/digest.h"
#include "core/io/file.h"
#include "core/io/output.h"
#include "core/io/pagecache.h"
#include "core/io/sha256.h"
#include "core/upcast/pipeline.h"
#include "core/values/throttle.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

namespace ckptscope {

/// What all writers of one export share: when to stop, how fast to go, what was done.
class ExportState {
public:
    ExportState(const JobContext& job, std::uint64_t totalBytes);

    [[nodiscard]] bool stopped() const noexcept { return m_failed.load(std::memory_order_relaxed) || m_job.stop.stop_requested(); }
    /// Keeps the first error; every writer then stops.
    void fail(Error error);
    /// The first error, or Code::Cancelled where a stop was asked for; empty: all went well.
    [[nodiscard]] std::optional<Error> outcome();
    /// Counts bytes of the output that are in place, tells progress, and holds back where an I/O rate is set.
    void advance(Phase phase, std::uint64_t bytes);
    /// The same of bytes that share the source's blocks: nothing moves, and nothing is held back.
    void advanceShared(std::uint64_t bytes);
    /// Holds back for bytes that are only read.
    void pace(std::uint64_t bytes) { m_throttle.pass(bytes, m_halt.get_token()); }
    /// Where only a share of the output is written. Before the first writer starts.
    void setTotal(std::uint64_t bytes) noexcept { m_total = bytes; }

    std::atomic<std::uint64_t> compared{0};
    std::atomic<std::uint64_t> cloned{0};
    std::atomic<std::uint64_t> copied{0};

private:
    void tell(Phase phase, std::uint64_t bytes);

    const JobContext& m_job;
    std::uint64_t m_total;
    std::atomic<std::uint64_t> m_done{0};
    std::atomic<std::uint64_t> m_told{0};
    std::atomic<bool> m_failed{false};
    Throttle m_throttle;
    std::stop_source m_halt; ///< wakes who is held back: stopped, or failed
    std::mutex m_mutex;
    std::optional<Error> m_error;
    std::stop_callback<std::function<void()>> m_linked;
};

/// A tensor that is cast.
struct CastJob {
    DType from = DType::Unknown;
    DType to = DType::Unknown;
    std::uint64_t elements = 0;
    std::uint64_t source = 0; ///< in the source file
    std::uint64_t target = 0; ///< in the new file
};

/// What is taken down of an edit while it is written.
struct CastNotes {
    Sha256* before = nullptr; ///< of our elements; may be null
    Sha256* after = nullptr;  ///< of what is written; may be null
    CastLoss loss;
    bool sum = false;      ///< whether `crc` is wanted
    std::uint32_t crc = 0; ///< CRC-32 of what is written
    void add(std::span<const std::byte> in, std::span<const std::byte> out, const CastLoss& lost);
};

/// Copies, casts and compares through buffers of its own; one a thread.
class PieceWriter {
public:
    /// `bufferBytes` is the size of each of its three buffers; `pinnedBytes` what a device may have beside them.
    PieceWriter(ExportState& state, std::uint64_t bufferBytes, DeviceUse& device, std::uint64_t pinnedBytes);

    /// Writes bytes that are at hand; reads them back where `verify`.
    Result<void> put(const NewFile& to, std::uint64_t target, std::span<const std::byte> bytes, bool verify);
    Result<void> copy(const File& from, std::uint64_t source, const NewFile& to, std::uint64_t target, std::uint64_t length, bool kernel,
                      bool verify);
    Result<void> cast(const File& from, const CastJob& job, const NewFile& to, bool verify, CastNotes& notes);

    /// Writes the donor's values as `dtype`. `notes` takes what is written, nothing of ours.
    Result<void> takeFromDonor(const DonorMatcher& donor, std::uint32_t donorTensor, DType dtype, const NewFile& to, std::uint64_t target,
                               bool verify, CastNotes& notes);
    Result<void> compareDonor(const DonorMatcher& donor, std::uint32_t donorTensor, DType dtype, const NewFile& to, std::uint64_t target);

    /// Reads both and compares: Code::FixVerify with the place of the first block that differs.
    Result<void> compare(const File& from, std::uint64_t source, const NewFile& to, std::uint64_t target, std::uint64_t length);
    Result<void> compareWith(const NewFile& to, std::uint64_t target, std::span<const std::byte> bytes);
    /// Against a second reading and a cast by the CPU, whose losses it gives.
    Result<CastLoss> compareCast(const File& from, const CastJob& job, const NewFile& to);

    /// What is written from now on goes to the disk by this, and what is copied is read by that; nullptr: when the kernel likes.
    void goBehind(WriteBehind* written, const ReadBehind* read) noexcept
    {
        m_written = written;
        m_read = read;
    }
    /// The last stretch.
    Result<void> endBehind(const NewFile& to);

    /// Hashes what is read back from now on, in the order in which it is; nullptr: no longer.
    void digestInto(Digest128* digest) noexcept
    {
        m_digest = digest;
        m_digestSpoiled = false;
    }
    /// What was hashed since is not what stands in the file: a device's mistake was read back, then written over.
    [[nodiscard]] bool digestSpoiled() const noexcept { return m_digestSpoiled; }
    /// Hashes a stretch of a file that is written.
    Result<void> digest(const NewFile& of, std::uint64_t offset, std::uint64_t length, Digest128& into);

private:
    [[nodiscard]] std::uint64_t elementsPerChunk(const CastJob& job) const;
    Result<void> compareChunk(const NewFile& to, std::uint64_t target, std::span<const std::byte> want);
    Result<void> writeCast(const File& from, const CastJob& job, const CastChunk& chunk, const NewFile& to, bool verify, CastNotes& notes);
    Result<void> writeDeviceCast(const File& from, const CastJob& piece, const CastChunk& chunk, const NewFile& to, CastNotes& notes);

    Result<void> behind(const NewFile& to, std::uint64_t target, std::uint64_t length);

    ExportState& m_state;
    DeviceUse& m_device;
    WriteBehind* m_written = nullptr;
    const ReadBehind* m_read = nullptr;
    std::uint64_t m_stretch = 0;    ///< in the new file: begin and
    std::uint64_t m_stretchEnd = 0; ///< end of what was written and is not handed over yet
    Digest128* m_digest = nullptr;
    bool m_digestSpoiled = false;
    std::vector<std::byte> m_in;
    std::vector<std::byte> m_out;
    std::vector<std::byte> m_back;
    CastPipeline m_pipeline;
};

} // namespace ckptscope
