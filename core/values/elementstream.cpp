// SPDX-License-Identifier: Apache-2.0
#include "core/values/elementstream.h"

#include "core/io/machinelimits.h"
#include "core/values/rangereader.h"

#include <algorithm>
#include <cstring>

namespace ckptscope {

namespace {

using namespace values;

std::uint32_t wholeElementBytes(DType dtype) noexcept
{
    const DTypeInfo& info = dtypeInfo(dtype);
    return info.blockElements == 1 && info.blockBits != 0 && info.blockBits % 8 == 0 ? info.blockBits / 8U : 0U;
}

/// Bytes that a big-endian source has the wrong way round together.
std::uint32_t swapUnit(DType dtype) noexcept
{
    const std::uint32_t bytes = wholeElementBytes(dtype);
    return dtypeInfo(dtype).family == DTypeFamily::Complex ? bytes / 2 : bytes;
}

std::vector<std::uint64_t> rowMajor(std::span<const std::uint64_t> shape, std::uint64_t elementBytes)
{
    std::vector<std::uint64_t> strides(shape.size());
    std::uint64_t step = elementBytes;
    for (std::size_t i = shape.size(); i-- > 0;) {
        strides[i] = step;
        step *= std::max<std::uint64_t>(shape[i], 1);
    }
    return strides;
}

/// A box of elements with these strides lies in so many elements; false where it does not.
bool fits(std::span<const std::uint64_t> shape, const std::vector<std::uint64_t>& strides, std::uint64_t offset, std::uint64_t elements)
{
    if (shape.size() != strides.size()) {
        return false;
    }
    std::uint64_t last = offset;
    if (std::find(shape.begin(), shape.end(), 0U) != shape.end()) {
        return true;
    }
    for (std::size_t i = 0; i < shape.size(); ++i) {
        std::uint64_t reach = 0;
        if (__builtin_mul_overflow(shape[i] - 1, strides[i], &reach) || __builtin_add_overflow(last, reach, &last)) {
            return false;
        }
    }
    return last < elements;
}

} // namespace

class ElementStream::Backend {
public:
    virtual ~Backend() = default;
    virtual Result<void> read(std::uint64_t offset, std::span<std::byte> out) = 0;
};

namespace {

/// The logical bytes as they stand in a reader.
class Dense : public ElementStream::Backend {
public:
    Dense(std::unique_ptr<RangeReader> reader, std::uint64_t skip)
        : m_reader(std::move(reader))
        , m_skip(skip)
    {
    }
    Result<void> read(std::uint64_t offset, std::span<std::byte> out) override { return m_reader->read(m_skip + offset, out); }

private:
    std::unique_ptr<RangeReader> m_reader;
    std::uint64_t m_skip;
};

/// Gathers a slab of the tensor (all of its last dimensions, a range of one, one index of the first ones) into a buffer, and serves from it.
class Gathered : public ElementStream::Backend {
public:
    Gathered(std::span<const std::uint64_t> shape, std::uint32_t elementBytes, std::size_t bufferBytes)
        : m_shape(shape.begin(), shape.end())
        , m_elementBytes(elementBytes)
    {
        const std::uint64_t most = std::max<std::uint64_t>(1, bufferBytes / elementBytes);
        m_inner = 1;
        m_split = m_shape.size();
        while (m_split > 0 && m_shape[m_split - 1] <= most / m_inner) {
            m_inner *= std::max<std::uint64_t>(1, m_shape[--m_split]); // an empty tensor is never read
        }
        m_rows = m_split == 0 ? 1 : std::min(m_shape[m_split - 1], most / m_inner);
    }

    Result<void> read(std::uint64_t offset, std::span<std::byte> out) override
    {
        while (!out.empty()) {
            if (offset < m_start || offset >= m_start + m_buffer.size()) {
                if (auto loaded = load(offset / m_elementBytes); !loaded) {
                    return loaded;
                }
            }
            const auto at = static_cast<std::size_t>(offset - m_start);
            const std::size_t length = std::min(out.size(), m_buffer.size() - at);
            std::memcpy(out.data(), m_buffer.data() + at, length);
            out = out.subspan(length);
            offset += length;
        }
        return {};
    }

protected:
    /// Fills `to`, row-major, with the box at `start` of shape `shape`.
    virtual Result<void> gather(const std::vector<std::uint64_t>& start, const std::vector<std::uint64_t>& shape, std::byte* to) = 0;

    std::vector<std::uint64_t> m_shape;
    std::uint32_t m_elementBytes;

private:
    Result<void> load(std::uint64_t element)
    {
        std::vector<std::uint64_t> start(m_shape.size(), 0);
        std::vector<std::uint64_t> shape = m_shape;
        std::uint64_t slab = element / m_inner; // counts rows of dimension m_split - 1
        std::uint64_t first = 0;
        if (m_split > 0) {
            const std::uint64_t dim = m_shape[m_split - 1];
            const std::uint64_t row = slab % dim / m_rows * m_rows;
            first = (slab - slab % dim + row) * m_inner;
            start[m_split - 1] = row;
            shape[m_split - 1] = std::min(m_rows, dim - row);
            slab /= dim;
            for (std::size_t d = m_split - 1; d-- > 0;) {
                start[d] = slab % m_shape[d];
                shape[d] = 1;
                slab /= m_shape[d];
            }
        }
        const std::uint64_t elements = m_inner * (m_split > 0 ? shape[m_split - 1] : 1);
        m_buffer.assign(static_cast<std::size_t>(elements * m_elementBytes), std::byte{0});
        m_start = first * m_elementBytes;
        auto done = gather(start, shape, m_buffer.data());
        if (!done) {
            m_buffer.clear();
        }
        return done;
    }

    std::size_t m_split = 0;   ///< dimensions from here on are whole in a slab; the one before is cut into ranges
    std::uint64_t m_inner = 1; ///< elements of the whole dimensions
    std::uint64_t m_rows = 1;  ///< of dimension m_split - 1 in a slab
    std::uint64_t m_start = 0; ///< of the buffer, in logical bytes
    std::vector<std::byte> m_buffer;
};

class GatheredStrides : public Gathered {
public:
    GatheredStrides(std::unique_ptr<RangeReader> reader, std::uint64_t skip, std::uint64_t offset, std::vector<std::uint64_t> strides,
                    std::span<const std::uint64_t> shape, std::uint32_t elementBytes, std::size_t bufferBytes)
        : Gathered(shape, elementBytes, bufferBytes)
        , m_reader(std::move(reader))
        , m_base(skip + offset * elementBytes)
        , m_strides(std::move(strides))
    {
        for (std::uint64_t& stride : m_strides) {
            stride *= elementBytes;
        }
    }

protected:
    Result<void> gather(const std::vector<std::uint64_t>& start, const std::vector<std::uint64_t>& shape, std::byte* to) override
    {
        BoxCopy box{m_base, m_elementBytes, shape, m_strides, rowMajor(shape, m_elementBytes)};
        for (std::size_t d = 0; d < start.size(); ++d) {
            box.from += start[d] * m_strides[d];
        }
        return copyBox(*m_reader, std::move(box), to);
    }

private:
    std::unique_ptr<RangeReader> m_reader;
    std::uint64_t m_base;
    std::vector<std::uint64_t> m_strides; ///< bytes
};

class GatheredChunks : public Gathered {
public:
    GatheredChunks(std::shared_ptr<ShardFiles> files, const Chunks& chunks, std::span<const std::uint64_t> shape, std::uint32_t elementBytes,
                   std::size_t bufferBytes)
        : Gathered(shape, elementBytes, bufferBytes)
        , m_files(std::move(files))
        , m_chunks(chunks)
    {
    }

protected:
    Result<void> gather(const std::vector<std::uint64_t>& start, const std::vector<std::uint64_t>& shape, std::byte* to) override
    {
        const auto toStrides = rowMajor(shape, m_elementBytes);
        for (const Chunk& chunk : m_chunks.chunks) {
            BoxCopy box{0, m_elementBytes, {}, {}, toStrides};
            std::byte* place = to;
            bool meets = true;
            for (std::size_t d = 0; d < shape.size() && meets; ++d) {
                const std::uint64_t low = std::max(start[d], chunk.start[d]);
                const std::uint64_t high = std::min(start[d] + shape[d], chunk.start[d] + chunk.shape[d]);
                meets = low < high;
                box.shape.push_back(meets ? high - low : 0);
                box.fromStrides.push_back(chunk.strides[d] * m_elementBytes);
                box.from += (low - chunk.start[d]) * chunk.strides[d] * m_elementBytes;
                place += (low - start[d]) * toStrides[d];
            }
            if (!meets) {
                continue;
            }
            const auto file = m_files->file(chunk.shard);
            if (!file) {
                return file.error();
            }
            FileRange reader(**file, chunk.bytes);
            if (auto done = copyBox(reader, std::move(box), place); !done) {
                return done;
            }
        }
        return {};
    }

private:
    std::shared_ptr<ShardFiles> m_files;
    const Chunks& m_chunks;
};

/// Every chunk lies in the tensor and in its bytes, and together they have as many elements as the tensor.
bool chunksFit(const Chunks& chunks, std::span<const std::uint64_t> shape, std::uint64_t elements, std::uint32_t elementBytes)
{
    std::uint64_t sum = 0;
    for (const Chunk& chunk : chunks.chunks) {
        if (chunk.start.size() != shape.size() || chunk.shape.size() != shape.size()) {
            return false;
        }
        for (std::size_t d = 0; d < shape.size(); ++d) {
            if (chunk.start[d] > shape[d] || chunk.shape[d] > shape[d] - chunk.start[d]) {
                return false;
            }
        }
        if (!fits(chunk.shape, chunk.strides, 0, chunk.bytes.length / elementBytes)) {
            return false;
        }
        sum += elementCount(chunk.shape).value_or(0);
    }
    return sum == elements;
}

} // namespace

ShardFiles::ShardFiles(std::shared_ptr<const Checkpoint> checkpoint)
    : m_checkpoint(std::move(checkpoint))
    , m_files(m_checkpoint->shards().size())
{
}

Result<const File*> ShardFiles::file(std::uint32_t shard)
{
    if (shard >= m_files.size()) {
        return fail(Code::Internal, {"shard"});
    }
    const std::lock_guard lock(m_mutex);
    if (!m_files[shard]) {
        const Shard& facts = m_checkpoint->shards()[shard];
        auto opened = File::open(facts.path, facts.file);
        if (!opened) {
            return opened.error();
        }
        if (opened->identity() != facts.identity) {
            return inFile(fail(Code::FileChanged), facts.file);
        }
        m_files[shard] = std::make_unique<File>(std::move(*opened));
    }
    return static_cast<const File*>(m_files[shard].get());
}

ElementStream::ElementStream() = default;
ElementStream::ElementStream(ElementStream&&) noexcept = default;
ElementStream& ElementStream::operator=(ElementStream&&) noexcept = default;
ElementStream::~ElementStream() = default;

std::optional<std::uint64_t> logicalBytes(const TensorInfo& tensor) noexcept
{
    if (wholeElementBytes(tensor.dtype) == 0) {
        return tensor.bytes.length; // what is stored is what there is
    }
    const auto elements = elementCount(tensor);
    return elements ? byteSize(tensor.dtype, *elements) : std::nullopt;
}

Result<ElementStream> ElementStream::open(std::shared_ptr<ShardFiles> files, const TensorInfo& tensor, std::size_t bufferBytes)
{
    const std::string& shardName =
        tensor.shard < files->checkpoint().shards().size() ? files->checkpoint().shards()[tensor.shard].file : std::string();
    if (!tensor.readable()) {
        if (tensor.extra != nullptr && !tensor.extra->unreadable.empty()) {
            return inFile(fail(Code::ElementsUnreadable, {std::string(tensor.key), tensor.extra->unreadable}), shardName);
        }
        if (const Problem* damage = files->checkpoint().damageOf(tensor)) {
            return damage->what;
        }
        return inFile(fail(Code::ElementsUnreadable, {std::string(tensor.key), "damaged"}), shardName);
    }
    bufferBytes = std::max<std::size_t>(bufferBytes, 64U << 10U);
    const std::uint32_t elementBytes = wholeElementBytes(tensor.dtype);
    const auto bytes = logicalBytes(tensor);
    const auto elements = elementCount(tensor);
    const Error contradiction = inFile(fail(Code::ElementsLayout, {std::string(tensor.key)}), shardName, tensor.bytes.offset);
    if (!bytes || !elements) {
        return contradiction;
    }
    ElementStream stream;
    stream.m_files = std::move(files);
    stream.m_bytes = *bytes;
    stream.m_elementBytes = std::max(1U, elementBytes);
    if (tensor.extra != nullptr && tensor.extra->bigEndian) {
        stream.m_swapBytes = swapUnit(tensor.dtype);
    }
    if (tensor.extra != nullptr && (tensor.extra->conjugated || tensor.extra->negated)) {
        if (!stream.applySigns(tensor.dtype, tensor.extra->conjugated, tensor.extra->negated)) {
            return inFile(fail(Code::ElementsUnreadable, {std::string(tensor.key), "a conjugated or negated view of a dtype that has no signs"}),
                          shardName);
        }
    }
    const Layout* layout = tensor.extra != nullptr && tensor.extra->layout ? &*tensor.extra->layout : nullptr;
    if (layout != nullptr && std::holds_alternative<Chunks>(*layout)) {
        const auto& chunks = std::get<Chunks>(*layout);
        if (elementBytes == 0 || !chunksFit(chunks, tensor.shape, *elements, elementBytes)) {
            return contradiction;
        }
        stream.m_backend = std::make_unique<GatheredChunks>(stream.m_files, chunks, tensor.shape, elementBytes, bufferBytes);
        return stream;
    }
    const auto file = stream.m_files->file(tensor.shard);
    if (!file) {
        return file.error();
    }
    if (layout == nullptr) {
        if (tensor.bytes.length < *bytes) {
            return contradiction;
        }
        stream.m_backend = std::make_unique<Dense>(std::make_unique<FileRange>(**file, tensor.bytes), 0);
        return stream;
    }
    if (const auto* strided = std::get_if<Strided>(layout)) {
        auto reader = std::make_unique<FileRange>(**file, strided->storage);
        if (elementBytes == 0) {
            stream.m_bytes = strided->storage.length; // no elements to count off: what is stored
            stream.m_backend = std::make_unique<Dense>(std::move(reader), 0);
            return stream;
        }
        if (!fits(tensor.shape, strided->strides, strided->offset, strided->storage.length / elementBytes)) {
            return contradiction;
        }
        stream.m_backend =
            std::make_unique<GatheredStrides>(std::move(reader), 0, strided->offset, strided->strides, tensor.shape, elementBytes, bufferBytes);
        return stream;
    }
    const auto& packed = std::get<Packed>(*layout);
    if ((packed.codec != "deflate" && packed.codec != "latin1") || (!packed.strides.empty() && elementBytes == 0)) {
        return inFile(fail(Code::ElementsUnreadable, {std::string(tensor.key), "packed as " + packed.codec}), shardName, packed.bytes.offset);
    }
    std::unique_ptr<RangeReader> reader;
    if (packed.codec == "latin1") {
        reader = std::make_unique<LatinRange>(**file, packed.bytes);
    } else {
        reader = std::make_unique<DeflatedRange>(**file, packed.bytes);
    }
    if (packed.strides.empty()) {
        stream.m_backend = std::make_unique<Dense>(std::move(reader), packed.skip);
        return stream;
    }
    if (!fits(tensor.shape, packed.strides, 0, UINT64_MAX / elementBytes)) {
        return contradiction;
    }
    stream.m_backend = std::make_unique<GatheredStrides>(std::move(reader), packed.skip, 0, packed.strides, tensor.shape, elementBytes, bufferBytes);
    return stream;
}

bool ElementStream::applySigns(DType dtype, bool conjugated, bool negated)
{
    const auto family = dtypeInfo(dtype).family;
    const bool complex = family == DTypeFamily::Complex;
    const bool integer = family == DTypeFamily::Integer;
    const bool real = dtype == DType::F64 || dtype == DType::F32 || dtype == DType::F16 || dtype == DType::BF16;
    if (m_elementBytes > 16 || (!complex && (conjugated || !(real || integer)))) {
        return false;
    }
    m_signBytes = complex ? m_elementBytes / 2 : m_elementBytes;
    m_signsOfIntegers = integer;
    m_flipEven = negated; // real parts, or every element
    m_flipOdd = complex ? negated != conjugated : negated;
    return true;
}

/// `bytes` starts at a whole element and is little-endian by now: the sign is the top bit of a unit's last byte.
void ElementStream::changeSigns(std::span<std::byte> bytes) const
{
    bool odd = false;
    for (std::size_t at = 0; at + m_signBytes <= bytes.size(); at += m_signBytes, odd = !odd) {
        if (!(odd ? m_flipOdd : m_flipEven)) {
            continue;
        }
        if (!m_signsOfIntegers) {
            bytes[at + m_signBytes - 1] ^= std::byte{0x80};
            continue;
        }
        unsigned carry = 1; // two's complement
        for (std::byte& byte : bytes.subspan(at, m_signBytes)) {
            carry += std::to_integer<unsigned>(~byte);
            byte = static_cast<std::byte>(carry & 0xFFU);
            carry >>= 8U;
        }
    }
}

Result<void> ElementStream::read(std::uint64_t offset, std::span<std::byte> out)
{
    if (offset > m_bytes || out.size() > m_bytes - offset || offset % m_elementBytes != 0 || out.size() % m_elementBytes != 0) {
        return fail(Code::Internal, {"elements out of range"});
    }
    if (out.empty()) {
        return {};
    }
    if (auto done = m_backend->read(offset, out); !done) {
        return done;
    }
    if (m_swapBytes > 1) {
        for (std::size_t at = 0; at + m_swapBytes <= out.size(); at += m_swapBytes) {
            std::reverse(out.begin() + static_cast<std::ptrdiff_t>(at), out.begin() + static_cast<std::ptrdiff_t>(at + m_swapBytes));
        }
    }
    if (m_signBytes > 0) {
        changeSigns(out);
    }
    return {};
}

Result<void> ElementStream::forEach(std::size_t pieceBytes, const JobContext& job, const std::function<bool(std::span<const std::byte>)>& take)
{
    const std::size_t whole = std::max<std::size_t>(1, pieceBytes / m_elementBytes) * m_elementBytes;
    std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(whole, m_bytes)));
    for (std::uint64_t at = 0; at < m_bytes;) {
        if (job.stop.stop_requested()) {
            return fail(Code::Cancelled);
        }
        const auto piece = std::span(buffer).first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), m_bytes - at)));
        if (auto done = read(at, piece); !done) {
            return done;
        }
        if (!take(piece)) {
            return {};
        }
        at += piece.size();
    }
    return {};
}

unsigned usableThreads(const JobContext& job) noexcept
{
    if (job.threads != 0) {
        return job.threads;
    }
    return machineLimits().processors;
}

} // namespace ckptscope
