// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/job.h"
#include "core/model/checkpoint.h"
#include "core/result.h"
#include "core/values/elementstream.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace ckptscope {

/// A tensor's elements by number instead of by byte: what statistics, slices and donors read. Elements come packed, little-endian and in
/// row-major order; block types in whole blocks (those of a big-endian file swapped), sub-byte types in whole bytes. Not shareable between threads.
class ElementReader {
public:
    /// Code::ElementsUnreadable, ElementsLayout as ElementStream; Code::ValuesUnreadable for dtypes that have no known elements.
    static Result<ElementReader> open(std::shared_ptr<ShardFiles> files, const TensorInfo& tensor, std::size_t bufferBytes = 1U << 20U);

    [[nodiscard]] std::uint64_t elements() const noexcept { return m_elements; }
    /// Reads may start only at multiples of this: 1, the elements of a block, or 8 (sub-byte types).
    [[nodiscard]] std::uint64_t grain() const noexcept { return m_grain; }
    /// Bytes of `count` elements from a multiple of grain() on.
    [[nodiscard]] std::uint64_t bytesOf(std::uint64_t count) const noexcept;

    /// Elements [first, first + count); `first` a multiple of grain(), `count` one too or up to the end. Valid until the next call.
    Result<std::span<const std::byte>> read(std::uint64_t first, std::uint64_t count);

    using Sink = std::function<void(std::span<const std::byte> packed, std::uint64_t elements)>;
    /// Hands out [first, first + count) in pieces of the buffer's size; Code::Cancelled when the job is stopped.
    Result<void> forEach(std::uint64_t first, std::uint64_t count, const JobContext& job, const Sink& sink);

private:
    ElementReader(std::shared_ptr<ShardFiles> files, ElementStream stream, const TensorInfo& tensor, std::size_t bufferBytes);

    std::shared_ptr<ShardFiles> m_files; ///< the stream reads from them
    ElementStream m_stream;
    DType m_dtype;
    bool m_swapBlocks;
    std::uint64_t m_elements;
    std::uint64_t m_grain;
    std::uint64_t m_grainBytes;
    std::size_t m_bufferBytes;
    std::vector<std::byte> m_buffer;
};

} // namespace ckptscope
