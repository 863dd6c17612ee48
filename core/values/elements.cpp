// SPDX-License-Identifier: Apache-2.0
#include "core/values/elements.h"

#include "core/dtypes/ggmlblocks.h"

#include <algorithm>

namespace ckptscope {

ElementReader::ElementReader(std::shared_ptr<ShardFiles> files, ElementStream stream, const TensorInfo& tensor, std::size_t bufferBytes)
    : m_files(std::move(files))
    , m_stream(std::move(stream))
    , m_dtype(tensor.dtype)
    , m_swapBlocks(dtypeInfo(tensor.dtype).family == DTypeFamily::Block && tensor.extra != nullptr && tensor.extra->bigEndian)
    , m_elements(elementCount(tensor).value_or(0))
    , m_grain(dtypeInfo(tensor.dtype).blockBits % 8 == 0 ? dtypeInfo(tensor.dtype).blockElements : 8)
    , m_grainBytes(m_grain / dtypeInfo(tensor.dtype).blockElements * dtypeInfo(tensor.dtype).blockBits / 8)
    , m_bufferBytes(bufferBytes)
{
}

Result<ElementReader> ElementReader::open(std::shared_ptr<ShardFiles> files, const TensorInfo& tensor, std::size_t bufferBytes)
{
    const auto& shards = files->checkpoint().shards();
    const std::string file = tensor.shard < shards.size() ? shards[tensor.shard].file : std::string();
    const DTypeInfo& info = dtypeInfo(tensor.dtype);
    if (info.blockBits == 0) {
        return inFile(fail(Code::ValuesUnreadable, {"ckptscope knows no values of " + std::string(tensor.dtypeText())}), file);
    }
    auto stream = ElementStream::open(files, tensor, bufferBytes);
    if (!stream) {
        return std::move(stream).error();
    }
    ElementReader reader(std::move(files), std::move(*stream), tensor, bufferBytes);
    if (!elementCount(tensor) || reader.m_stream.bytes() < reader.bytesOf(reader.m_elements)) {
        return inFile(fail(Code::ElementsLayout, {std::string(tensor.key)}), file, tensor.bytes.offset);
    }
    return reader;
}

std::uint64_t ElementReader::bytesOf(std::uint64_t count) const noexcept
{
    const std::uint64_t rest = count % m_grain; // only of a sub-byte type's last bytes
    return count / m_grain * m_grainBytes + (rest * dtypeInfo(m_dtype).blockBits + 7) / 8;
}

Result<std::span<const std::byte>> ElementReader::read(std::uint64_t first, std::uint64_t count)
{
    if (first % m_grain != 0 || first > m_elements || count > m_elements - first) {
        return fail(Code::Internal, {"elements out of range"});
    }
    const auto bytes = static_cast<std::size_t>(bytesOf(count));
    if (m_buffer.size() < bytes) {
        m_buffer.resize(bytes);
    }
    const auto piece = std::span(m_buffer).first(bytes);
    if (auto done = m_stream.read(bytesOf(first), piece); !done) {
        return std::move(done).error();
    }
    if (m_swapBlocks) {
        swapGgmlBlocks(m_dtype, piece);
    }
    return std::span<const std::byte>(piece);
}

Result<void> ElementReader::forEach(std::uint64_t first, std::uint64_t count, const JobContext& job, const Sink& sink)
{
    const std::uint64_t most = std::max<std::uint64_t>(1, m_bufferBytes / m_grainBytes) * m_grain;
    for (std::uint64_t at = first; at < first + count;) {
        if (job.stop.stop_requested()) {
            return fail(Code::Cancelled);
        }
        const std::uint64_t now = std::min(most, first + count - at);
        const auto piece = read(at, now);
        if (!piece) {
            return piece.error();
        }
        sink(*piece, now);
        at += now;
    }
    return {};
}

} // namespace ckptscope
