// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/io/file.h"
#include "core/job.h"
#include "core/model/checkpoint.h"
#include "core/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace ckptscope {

/// The open files of a checkpoint, opened when first asked for. Shareable between threads.
class ShardFiles {
public:
    explicit ShardFiles(std::shared_ptr<const Checkpoint> checkpoint);
    /// Code::FileChanged where it is no longer the file whose header was read.
    Result<const File*> file(std::uint32_t shard);
    [[nodiscard]] const Checkpoint& checkpoint() const noexcept { return *m_checkpoint; }

private:
    std::shared_ptr<const Checkpoint> m_checkpoint;
    std::mutex m_mutex;
    std::vector<std::unique_ptr<File>> m_files;
};

/// The elements of one tensor as bytes in logical order: row-major, dense, little-endian, whatever its layout in the file. Equal tensors of
/// different formats give equal bytes. Dense ones are read straight from the file; strided views, pieces and deflated members are gathered
/// through one bounded buffer, cheapest when read from front to back. Sub-byte and block types, and dtypes without a spelling of ours, give
/// their stored bytes. Not shareable between threads: open one each.
class ElementStream {
public:
    static constexpr std::size_t DefaultBuffer = 4U << 20U;

    class Backend;

    /// Checkpoint::damageOf() where the tensor is damaged, Code::ElementsUnreadable where its elements can't be located, Code::ElementsLayout where its layout contradicts itself.
    /// `bufferBytes` caps what it holds (it may use up to twice that while decoding), at least 64 KiB.
    static Result<ElementStream> open(std::shared_ptr<ShardFiles> files, const TensorInfo& tensor, std::size_t bufferBytes = DefaultBuffer);
    ElementStream(ElementStream&&) noexcept;
    ElementStream& operator=(ElementStream&&) noexcept;
    ~ElementStream();

    /// Logical bytes.
    [[nodiscard]] std::uint64_t bytes() const noexcept { return m_bytes; }
    /// Bytes of one element; 1 for sub-byte and block types and dtypes without a spelling.
    [[nodiscard]] std::uint32_t elementBytes() const noexcept { return m_elementBytes; }
    /// Fills `out` with the bytes from `offset` on; both are multiples of elementBytes() and lie within bytes().
    Result<void> read(std::uint64_t offset, std::span<std::byte> out);
    /// Hands out all bytes in order, in pieces of at most `pieceBytes` (whole elements), until `take` returns false or the job is stopped
    /// (Code::Cancelled). Reports no progress: `take` sees what was read.
    Result<void> forEach(std::size_t pieceBytes, const JobContext& job, const std::function<bool(std::span<const std::byte> piece)>& take);

private:
    ElementStream();
    bool applySigns(DType dtype, bool conjugated, bool negated);
    void changeSigns(std::span<std::byte> bytes) const;
    std::shared_ptr<ShardFiles> m_files; ///< the backend reads from one of them
    std::unique_ptr<Backend> m_backend;
    std::uint64_t m_bytes = 0;
    std::uint32_t m_elementBytes = 1;
    std::uint32_t m_swapBytes = 0; ///< big-endian source: reverse units of so many bytes
    std::uint32_t m_signBytes = 0; ///< conjugated and negated views: units of so many bytes, of which
    bool m_signsOfIntegers = false;
    bool m_flipEven = false; ///< the 1st, 3rd ... change their sign,
    bool m_flipOdd = false;  ///< and the 2nd, 4th ...
};

/// Bytes of the elements in logical order; nullopt where that overflows.
[[nodiscard]] std::optional<std::uint64_t> logicalBytes(const TensorInfo& tensor) noexcept;

/// Threads that a job may use: what it asks for, else the CPUs that this process may run on.
[[nodiscard]] unsigned usableThreads(const JobContext& job) noexcept;

} // namespace ckptscope
