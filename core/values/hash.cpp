// SPDX-License-Identifier: Apache-2.0
#include "core/values/hash.h"

#include "core/values/elementstream.h"
#include "core/values/throttle.h"
#include "core/values/workers.h"

#include <openssl/evp.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>

namespace ckptscope {

namespace {

constexpr std::uint64_t ExpandedLimit = 1ULL << 30U;
constexpr std::size_t PieceBytes = 256U << 10U; ///< stays in a core's second-level cache, from which it is hashed

class Sha256 {
public:
    Sha256()
        : m_context(EVP_MD_CTX_new())
    {
        m_ok = m_context != nullptr && EVP_DigestInit_ex(m_context, EVP_sha256(), nullptr) == 1;
    }
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    ~Sha256() { EVP_MD_CTX_free(m_context); }
    void add(std::span<const std::byte> bytes) { m_ok = m_ok && EVP_DigestUpdate(m_context, bytes.data(), bytes.size()) == 1; }
    /// Empty where OpenSSL refused.
    std::string hex()
    {
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned length = 0;
        if (!m_ok || EVP_DigestFinal_ex(m_context, digest, &length) != 1) {
            return {};
        }
        static constexpr char Digits[] = "0123456789abcdef";
        std::string text;
        for (unsigned i = 0; i < length; ++i) {
            text += Digits[digest[i] >> 4U];
            text += Digits[digest[i] & 15U];
        }
        return text;
    }

private:
    EVP_MD_CTX* m_context;
    bool m_ok = false;
};

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
        shareWork(m_job, m_tensors.size(), threads, [this](std::size_t i) { return work(i); });
        if (m_error) {
            return *m_error;
        }
        if (m_job.stop.stop_requested()) {
            return fail(Code::Cancelled);
        }
        return std::move(m_hashes);
    }

private:
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
        auto done = stream->forEach(PieceBytes, m_job, [&](std::span<const std::byte> piece) {
            m_throttle.pass(piece.size(), m_job.stop);
            sha.add(piece);
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
