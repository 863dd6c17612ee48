// SPDX-License-Identifier: Apache-2.0
#include "core/formats/gguf.h"

#include "core/dtypes/ggmlblocks.h"
#include "core/formats/ggufvalue.h"
#include "core/formats/partsbuilder.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_set>

// Layout and checks: ggml-org/ggml src/gguf.cpp (gguf_init_from_file_ptr) and docs/gguf.md. Refused as ggml does, except that types of the
// future only make their own tensor unreadable, and that offsets in another order than ggml's are told, not refused.

namespace ckptscope {

namespace {

constexpr std::uint64_t LongValue = 64U << 10U;  ///< a string above this stays a place
constexpr std::uint64_t MaxName = 63;            ///< GGML_MAX_NAME less the terminator
constexpr std::uint64_t MaxRank = 4;             ///< GGML_MAX_DIMS
constexpr std::uint64_t LeastKeyBytes = 13;      ///< key length, a type and one byte
constexpr std::uint64_t LeastTensorBytes = 24;   ///< name length, rank, type, offset
constexpr std::uint64_t MaxElements = INT64_MAX; ///< ggml counts in int64_t

/// What a tensor has beyond its TensorInfo while the header is read.
struct Entry {
    std::int32_t type = 0;
    std::uint64_t offset = 0;           ///< from the start of the data
    std::optional<std::uint64_t> bytes; ///< absent where the type is not known
};

class Reader {
public:
    Reader(const Source& source, const JobContext& job)
        : m_source(source)
        , m_job(job)
        , m_cursor(source.file, 8, false)
        , m_storage(std::make_shared<PartsStorage>())
        , m_problems(m_parts.problems)
    {
    }

    Result<CheckpointParts> read()
    {
        if (!head() || !keys() || !tensors() || !places()) {
            return m_error ? *m_error : m_cursor.error();
        }
        finish();
        return std::move(m_parts);
    }

private:
    bool no(Error error, std::optional<std::uint64_t> offset = std::nullopt)
    {
        m_error = inFile(std::move(error), m_source.name, offset);
        return false;
    }

    void problem(Error error, std::optional<std::uint64_t> offset = std::nullopt, std::optional<std::uint32_t> tensor = std::nullopt)
    {
        m_problems.add(inFile(std::move(error), m_source.name, offset), tensor);
    }

    bool cancelled() { return m_job.stop.stop_requested() ? !no(fail(Code::Cancelled)) : false; }

    bool head()
    {
        std::array<std::byte, 8> start{};
        if (m_source.file.size() < start.size()) {
            return no(fail(Code::GgufHeaderEnds, {"the version"}), m_source.file.size());
        }
        if (auto read = m_source.file.readAt(0, start); !read) {
            return no(std::move(read).error());
        }
        // a version is small: zero low bytes are the high bytes of a file in the other byte order
        m_bigEndian = start[4] == std::byte{0} && start[5] == std::byte{0} && (start[6] != std::byte{0} || start[7] != std::byte{0});
        m_cursor = GgufCursor(m_source.file, 4, m_bigEndian);
        std::uint64_t version = 0;
        if (!m_cursor.number(4, version, "the version")) {
            return false;
        }
        if (version < 2 || version > 3) {
            return no(fail(Code::GgufVersion, {std::to_string(version)}), 4);
        }
        if (m_bigEndian) {
            problem(fail(Code::GgufBigEndian));
        }
        return m_cursor.number(8, m_tensorCount, "the number of tensors") && m_cursor.number(8, m_keyCount, "the number of keys") && counts();
    }

    bool counts()
    {
        const std::uint64_t left = m_cursor.remaining();
        if (m_tensorCount > left / LeastTensorBytes) {
            return no(fail(Code::GgufCount, {std::to_string(m_tensorCount), "tensors", std::to_string(left)}), 8);
        }
        if (m_keyCount > left / LeastKeyBytes) {
            return no(fail(Code::GgufCount, {std::to_string(m_keyCount), "metadata keys", std::to_string(left)}), 16);
        }
        if (m_tensorCount > limits().tensorsPerFile) {
            return no(fail(Code::LimitExceeded, {"the number of tensors", std::to_string(m_tensorCount), std::to_string(limits().tensorsPerFile)}),
                      8);
        }
        if (m_keyCount > limits().ggufKeys) {
            return no(fail(Code::LimitExceeded, {"the number of metadata keys", std::to_string(m_keyCount), std::to_string(limits().ggufKeys)}), 16);
        }
        return true;
    }

    bool keys()
    {
        std::unordered_set<std::string> seen;
        for (std::uint64_t i = 0; i < m_keyCount; ++i) {
            const std::uint64_t at = m_cursor.position();
            MetadataEntry entry;
            entry.origin = "gguf";
            std::uint64_t type = 0;
            if (cancelled() || !m_cursor.string(entry.key, limits().ggufKeyBytes, "a metadata key")) {
                return false;
            }
            if (entry.key.empty()) {
                return no(fail(Code::GgufEmptyKey), at);
            }
            if (!seen.insert(entry.key).second) {
                return no(fail(Code::GgufDuplicateKey, {entry.key}), at);
            }
            if (!m_cursor.number(4, type, entry.key) || !value(entry, static_cast<GgufType>(type))) {
                return false;
            }
            m_held += entry.key.size() + sizeof(MetadataEntry);
            m_parts.metadata.push_back(std::move(entry));
        }
        return true;
    }

    bool value(MetadataEntry& entry, GgufType type)
    {
        const std::uint64_t at = m_cursor.position();
        if (type == GgufType::String) {
            std::uint64_t bytes = 0;
            if (!m_cursor.length(bytes, limits().ggufString, entry.key)) {
                return false;
            }
            if (bytes > LongValue || m_held + bytes > limits().heldMetadata) {
                entry.value = MetadataPlace{0, {m_cursor.position(), bytes}, "string", 0};
                return m_cursor.skip(bytes, entry.key);
            }
            std::string text;
            if (!m_cursor.text(text, bytes, entry.key)) {
                return false;
            }
            if (entry.key == "general.architecture") {
                m_parts.ggufArchitecture = text;
            }
            m_held += bytes;
            entry.value = std::move(text);
            return true;
        }
        if (entry.key == "general.alignment" && type != GgufType::U32) {
            const std::string_view name = ggufTypeName(type);
            return no(fail(Code::GgufAlignment, {"of type " + std::string(name.empty() ? "unknown" : name), std::to_string(limits().ggufAlignment)}),
                      at - 4);
        }
        if (type == GgufType::Array) {
            GgufType element{};
            std::uint64_t count = 0;
            if (!m_cursor.arrayHead(element, count, entry.key)) {
                return false;
            }
            const std::uint64_t first = m_cursor.position();
            if (!m_cursor.skipElements(element, count, limits().ggufNesting, entry.key)) {
                return false;
            }
            entry.value = MetadataPlace{0, {first, m_cursor.position() - first}, "array of " + std::string(ggufTypeName(element)), count};
            return true;
        }
        const auto bytes = static_cast<unsigned>(ggufTypeBytes(type));
        if (bytes == 0) {
            return no(fail(Code::GgufValueType, {entry.key, std::to_string(static_cast<std::int32_t>(type))}), at - 4);
        }
        std::uint64_t bits = 0;
        if (!m_cursor.number(bytes, bits, entry.key)) {
            return false;
        }
        if (type == GgufType::Bool && bits > 1) {
            problem(fail(Code::GgufBool, {entry.key, std::to_string(bits)}), at);
        }
        if (entry.key == "general.alignment") {
            if (bits == 0 || (bits & (bits - 1)) != 0 || bits > limits().ggufAlignment) {
                return no(fail(Code::GgufAlignment, {std::to_string(bits), std::to_string(limits().ggufAlignment)}), at);
            }
            m_alignment = bits;
        }
        entry.value = ggufScalar(type, bits);
        return true;
    }

    bool tensors()
    {
        std::unordered_set<std::string> seen;
        m_parts.tensors.reserve(static_cast<std::size_t>(m_tensorCount));
        m_entries.reserve(static_cast<std::size_t>(m_tensorCount));
        for (std::uint64_t i = 0; i < m_tensorCount; ++i) {
            const std::uint64_t at = m_cursor.position();
            std::string name;
            if (cancelled() || !m_cursor.string(name, limits().ggufKeyBytes, "the name of tensor " + std::to_string(i + 1))) {
                return false;
            }
            if (name.size() > MaxName) {
                return no(fail(Code::GgufTensorName, {name, std::to_string(name.size()), std::to_string(MaxName)}), at);
            }
            if (!seen.insert(name.substr(0, name.find('\0'))).second) { // ggml compares C strings
                return no(fail(Code::GgufDuplicate, {name}), at);
            }
            if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) {
                problem(fail(Code::GgufOddName, {name}), at, static_cast<std::uint32_t>(i));
            }
            TensorInfo& tensor = m_parts.tensors.emplace_back();
            tensor.key = m_storage->text(name);
            if (!shape(tensor, m_entries.emplace_back(), name)) {
                return false;
            }
        }
        return true;
    }

    bool shape(TensorInfo& tensor, Entry& entry, const std::string& name)
    {
        std::uint64_t rank = 0;
        std::uint64_t at = m_cursor.position();
        if (!m_cursor.number(4, rank, name)) {
            return false;
        }
        if (rank > MaxRank) {
            return no(fail(Code::GgufRank, {name, std::to_string(rank), std::to_string(MaxRank)}), at);
        }
        std::array<std::uint64_t, MaxRank> room{};
        const std::span<std::uint64_t> dims = std::span(room).first(static_cast<std::size_t>(rank));
        for (std::size_t i = dims.size(); i-- > 0;) { // stored fastest first, kept slowest first
            at = m_cursor.position();
            if (!m_cursor.number(8, dims[i], name)) {
                return false;
            }
            if (dims[i] > MaxElements) {
                return no(fail(Code::GgufDimension, {name, std::to_string(static_cast<std::int64_t>(dims[i]))}), at);
            }
        }
        tensor.shape = m_storage->shape(dims);
        std::uint64_t type = 0;
        at = m_cursor.position();
        if (!m_cursor.number(4, type, name) || !m_cursor.number(8, entry.offset, name)) {
            return false;
        }
        entry.type = static_cast<std::int32_t>(static_cast<std::uint32_t>(type));
        const GgmlType known = ggmlType(entry.type);
        tensor.dtype = known.dtype;
        std::uint64_t elements = 1;
        for (std::size_t i = dims.size(); i-- > 0;) {
            if (__builtin_mul_overflow(elements, dims[i], &elements) || elements > MaxElements) {
                return no(fail(Code::GgufOverflow, {name}), at);
            }
        }
        if (tensor.dtype == DType::Unknown) {
            return true;
        }
        const DTypeInfo& info = dtypeInfo(tensor.dtype);
        const std::uint64_t row = dims.empty() ? 1 : dims.back();
        if (row % info.blockElements != 0) {
            return no(fail(Code::GgufBlock, {name, std::to_string(row), std::to_string(info.blockElements), std::string(known.name)}), at);
        }
        entry.bytes = byteSize(tensor.dtype, elements);
        if (!entry.bytes || *entry.bytes > MaxElements - m_alignment) {
            return no(fail(Code::GgufOverflow, {name}), at);
        }
        return true;
    }

    [[nodiscard]] std::uint64_t padded(std::uint64_t bytes) const noexcept { return (bytes + m_alignment - 1) & ~(m_alignment - 1); }

    [[nodiscard]] std::string nameOf(std::uint32_t index) const { return std::string(m_parts.tensors[index].key); }

    /// Settles where data start, the sizes of tensors of unknown type, and whether tensors keep apart.
    bool places()
    {
        m_dataStart = m_entries.empty() ? m_cursor.position() : padded(m_cursor.position());
        const std::uint64_t size = m_source.file.size();
        const std::uint64_t dataBytes = size > m_dataStart ? size - m_dataStart : 0;
        std::vector<std::uint32_t> order(m_entries.size());
        std::iota(order.begin(), order.end(), 0U);
        // an empty tensor may share its place with the next
        const auto lengthOf = [&](std::uint32_t i) { return m_entries[i].bytes.value_or(UINT64_MAX); };
        std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
            return m_entries[a].offset != m_entries[b].offset ? m_entries[a].offset < m_entries[b].offset : lengthOf(a) < lengthOf(b);
        });
        std::uint64_t end = 0;
        std::uint32_t last = 0; // the tensor that ends at `end`
        for (std::size_t i = 0; i < order.size(); ++i) {
            Entry& entry = m_entries[order[i]];
            if (entry.offset % m_alignment != 0) {
                return no(fail(Code::GgufOffset, {nameOf(order[i]), std::to_string(entry.offset), std::to_string(m_alignment)}));
            }
            if (!entry.bytes) { // of unknown type: up to the next one
                const std::uint64_t next = i + 1 < order.size() ? m_entries[order[i + 1]].offset : std::max(dataBytes, entry.offset);
                entry.bytes = next - entry.offset;
            }
            if (entry.offset < end) {
                return no(fail(Code::GgufOverlap, {nameOf(order[i]), nameOf(last)}));
            }
            if (__builtin_add_overflow(entry.offset, *entry.bytes, &end) || end > MaxElements - m_dataStart - m_alignment) {
                return no(fail(Code::GgufOverflow, {nameOf(order[i])}));
            }
            last = order[i];
        }
        std::uint64_t expected = 0;
        for (std::uint32_t i = 0; i < m_entries.size(); ++i) {
            const Entry& entry = m_entries[i];
            if (entry.offset != expected) {
                problem(fail(Code::GgufOrder, {nameOf(i), std::to_string(entry.offset), std::to_string(expected)}), std::nullopt, i);
            }
            expected = padded(entry.offset + *entry.bytes);
        }
        const std::uint64_t used = padded(end);
        if (dataBytes > used) {
            problem(fail(Code::GgufTrailing, {std::to_string(dataBytes - used)}), m_dataStart + used);
        }
        return true;
    }

    void finish()
    {
        const std::uint64_t size = m_source.file.size();
        for (std::uint32_t i = 0; i < m_entries.size(); ++i) {
            TensorInfo& tensor = m_parts.tensors[i];
            tensor.bytes = {m_dataStart + m_entries[i].offset, *m_entries[i].bytes};
            if (tensor.bytes.length == 0) {
                tensor.bytes.offset = std::min(tensor.bytes.offset, size); // no byte of it can be missing
            }
            if (m_bigEndian || tensor.dtype == DType::Unknown) {
                TensorExtra* extra = m_storage->extra();
                extra->bigEndian = m_bigEndian;
                tensor.extra = extra;
                if (tensor.dtype == DType::Unknown) {
                    unknown(i, *extra);
                }
            }
            if (tensor.bytes.end() > size) {
                tensor.damaged = true;
                problem(fail(Code::GgufTruncated, {nameOf(i), std::to_string(tensor.bytes.end() - size)}), size, i);
            }
        }
        m_problems.finish();
        Shard shard;
        shard.identity = m_source.file.identity();
        shard.bytes = size;
        shard.dataStart = m_dataStart;
        shard.tensors = static_cast<std::uint32_t>(m_parts.tensors.size());
        m_parts.format = "gguf";
        m_parts.shards.push_back(std::move(shard));
        m_parts.storage.push_back(m_storage);
    }

    void unknown(std::uint32_t index, TensorExtra& extra)
    {
        const GgmlType known = ggmlType(m_entries[index].type);
        const std::string name = known.removed ? std::string(known.name) : std::to_string(m_entries[index].type);
        extra.spelling = "ggml:" + name;
        extra.unreadable = known.removed ? "ggml no longer reads its type " + name : "its ggml type " + name + " is not known";
        problem(fail(known.removed ? Code::GgufRemovedType : Code::GgufUnknownType, {nameOf(index), name}), std::nullopt, index);
    }

    const Source& m_source;
    const JobContext& m_job;
    GgufCursor m_cursor;
    std::shared_ptr<PartsStorage> m_storage;
    std::vector<Entry> m_entries; ///< one a tensor of m_parts
    CheckpointParts m_parts;
    ProblemSink m_problems;
    std::optional<Error> m_error;
    std::uint64_t m_tensorCount = 0;
    std::uint64_t m_keyCount = 0;
    std::uint64_t m_alignment = 32; ///< GGUF_DEFAULT_ALIGNMENT
    std::uint64_t m_dataStart = 0;
    std::uint64_t m_held = 0;
    bool m_bigEndian = false;
};

} // namespace

bool GgufReader::recognises(const Source& source) const noexcept
{
    return !source.isFolder && source.headText().starts_with("GGUF");
}

Result<CheckpointParts> GgufReader::open(const Source& source, const OpenOptions& /*options*/, const JobContext& job) const
{
    return Reader(source, job).read();
}

const FormatReader& ggufReader() noexcept
{
    static const GgufReader reader;
    return reader;
}

} // namespace ckptscope
