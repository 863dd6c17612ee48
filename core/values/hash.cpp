// SPDX-License-Identifier: Apache-2.0
#include "core/values/hash.h"

#include "core/io/sha256.h"
#include "core/values/elementstream.h"
#include "core/values/scanbehind.h"
#include "core/values/throttle.h"
#include "core/values/units.h"
#include "core/values/workers.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>

namespace ckptscope {

namespace {

constexpr std::uint64_t ExpandedLimit = 1ULL << 30U;
constexpr std::size_t PieceBytes = 256U << 10U; ///< stays in a core's second-level cache, from which it is hashed

class Hasher {
public:
    Hasher(const std::shared_ptr<const Checkpoint>& checkpoint, const std::vector<std::uint32_t>& tensors, const JobContext& job)
        : m_checkpoint(*checkpoint)
        , m_tensors(tensors)
        , m_job(job)
        , m_files(std::make_shared<ShardFiles>(checkpoint))
        , m_throttle(job.ioRate)
        , m_hashes(tensors.size())
    {
        for (const std::uint32_t row : tensors) {
            const TensorInfo& tensor = m_checkpoint.tensors()[row];
            m_total += tensor.readable() ? logicalBytes(tensor).value_or(0) : 0;
        }
    }

    Result<std::vector<ElementsHash>> run()
    {
        // each thread holds a piece and, for gathered layouts, up to two buffers
        const unsigned threads = workersFor(m_job, m_tensors.size(), PieceBytes + 2 * ElementStream::DefaultBuffer);
        m_behind.emplace(m_files, m_total);
        const std::vector<std::uint32_t> order = inOrder(threads);
        shareWork(m_job, order.size(), threads, [&](std::size_t i) { return work(order[i]); });
        if (m_error) {
            return *m_error;
        }
        if (m_job.stop.stop_requested()) {
            return fail(Code::Cancelled);
        }
        return std::move(m_hashes);
    }

private:
    /// As they lie on disk; but a hash goes from front to back on one thread, so the largest come first: no thread is left with one at the end.
    [[nodiscard]] std::vector<std::uint32_t> inOrder(unsigned threads) const
    {
        const auto tensorAt = [this](std::uint32_t place) -> const TensorInfo& { return m_checkpoint.tensors()[m_tensors[place]]; };
        std::vector<std::uint32_t> order = inFileOrder(m_tensors.size(), tensorAt);
        const std::uint64_t large = m_total / threads / 4;
        const auto small =
            std::stable_partition(order.begin(), order.end(), [&](std::uint32_t place) { return logicalBytes(tensorAt(place)).value_or(0) > large; });
        std::stable_sort(order.begin(), small, [&](std::uint32_t a, std::uint32_t b) {
            return logicalBytes(tensorAt(a)).value_or(0) > logicalBytes(tensorAt(b)).value_or(0);
        });
        return order;
    }

    bool work(std::size_t i)
    {
        auto hash = one(m_checkpoint.tensors()[m_tensors[i]]);
        if (!hash) {
            const std::lock_guard lock(m_mutex);
            m_error = m_error ? m_error : hash.error();
            return false;
        }
        m_hashes[i] = std::move(*hash);
        return true;
    }

    Result<ElementsHash> one(const TensorInfo& tensor)
    {
        if (!tensor.readable()) {
            return ElementsHash{{}, tensor.extra != nullptr && !tensor.extra->unreadable.empty() ? tensor.extra->unreadable : "damaged"};
        }
        const auto bytes = logicalBytes(tensor);
        if (!bytes || (*bytes > ExpandedLimit && *bytes > tensor.bytes.length)) {
            const bool packed = tensor.extra != nullptr && tensor.extra->layout && std::holds_alternative<Packed>(*tensor.extra->layout);
            if (!bytes || !packed) { // deflated bytes are fewer too, but every one of the elements is there
                return ElementsHash{{}, "an expanded view of " + std::to_string(tensor.bytes.length) + " stored bytes"};
            }
        }
        auto stream = ElementStream::open(m_files, tensor);
        if (!stream) {
            if (stream.error().code == Code::ElementsUnreadable || stream.error().code == Code::ElementsLayout) {
                return ElementsHash{{}, "its elements cannot be located"};
            }
            return stream.error();
        }
        Sha256 sha;
        TensorBehind behind(*m_behind, tensor);
        auto done = stream->forEach(PieceBytes, m_job, [&](std::span<const std::byte> piece) {
            m_throttle.pass(piece.size(), m_job.stop);
            sha.add(piece);
            behind.read(piece.size());
            m_job.progress(Phase::Hashing, m_done += piece.size(), m_total);
            return true;
        });
        if (!done) {
            return done.error();
        }
        return ElementsHash{sha.hex(), {}};
    }

    const Checkpoint& m_checkpoint;
    const std::vector<std::uint32_t>& m_tensors;
    const JobContext& m_job;
    std::shared_ptr<ShardFiles> m_files;
    std::optional<ScanBehind> m_behind;
    Throttle m_throttle;
    std::vector<ElementsHash> m_hashes;
    std::atomic<std::uint64_t> m_done = 0;
    std::uint64_t m_total = 0;
    std::mutex m_mutex;
    std::optional<Error> m_error;
};

} // namespace

Result<std::vector<ElementsHash>> hashTensors(const std::shared_ptr<const Checkpoint>& checkpoint, const std::vector<std::uint32_t>& tensors,
                                              const JobContext& job)
{
    return Hasher(checkpoint, tensors, job).run();
}

} // namespace ckptscope
