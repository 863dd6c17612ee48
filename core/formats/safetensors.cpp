// SPDX-License-Identifier: Apache-2.0
#include "core/formats/safetensors.h"

#include "core/formats/compactentries.h"
#include "core/formats/partsbuilder.h"
#include "core/formats/shardset.h"
#include "core/text/jsonscan.h"
#include "core/text/text.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <sys/mman.h>
#include <thread>

namespace ckptscope {

namespace {

constexpr std::uint64_t LengthBytes = 8;
constexpr std::uint64_t HubHeaderLimit = 25'000'000; ///< huggingface_hub src/huggingface_hub/constants.py SAFETENSORS_MAX_HEADER_LENGTH
constexpr std::string_view MetadataKey = "__metadata__";

std::uint64_t littleEndian64(const std::byte* bytes)
{
    std::uint64_t value = 0;
    for (unsigned i = 0; i < 8; ++i) {
        value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
    }
    return value;
}

bool isJsonStart(std::byte b)
{
    const char c = static_cast<char>(b);
    return c == '{' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// One pass over the header's JSON, then upstream's checks.
class HeaderParser {
public:
    HeaderParser(std::string_view header, std::uint64_t headerBytes, std::uint64_t fileBytes, const std::string& file, std::size_t sliceBytes)
        : m_scan(header)
        , m_header(header)
        , m_file(file)
        , m_dataStart(LengthBytes + headerBytes)
        , m_bufferBytes(fileBytes > m_dataStart ? fileBytes - m_dataStart : 0)
        , m_fileBytes(fileBytes)
        , m_storage(std::make_shared<PartsStorage>())
        , m_compact(*m_storage)
        , m_problems(m_parts.problems)
        , m_sliceBytes(sliceBytes)
    {
        m_parts.format = "safetensors";
        Shard shard;
        shard.file = file;
        shard.bytes = fileBytes;
        shard.headerBytes = headerBytes;
        shard.dataStart = m_dataStart;
        m_parts.shards.push_back(std::move(shard));
        // Virtual room only: about one tensor in 100 bytes of header; pages are touched as they fill.
        const auto room = std::min<std::uint64_t>(header.size() / 50 + 1, limits().tensorsPerFile);
        m_parts.tensors.reserve(room);
    }

    CheckpointParts run(const JobContext& job, const std::function<void(std::size_t)>& release)
    {
        if (m_dataStart > m_fileBytes) {
            problem(Code::SafetensorsHeaderLength, 0,
                    {std::to_string(m_dataStart - LengthBytes), std::to_string(m_fileBytes - std::min(m_fileBytes, LengthBytes))});
        } else if (m_dataStart - LengthBytes > HubHeaderLimit) {
            problem(Code::SafetensorsLargeHeader, 0, {std::to_string(m_dataStart - LengthBytes)});
        }
        parseObject(job, release);
        if (!m_ascending) { // where each name is larger than the one before none comes twice
            findDuplicates();
        }
        validate();
        noteUnaligned();
        Shard& shard = m_parts.shards.front();
        shard.tensors = static_cast<std::uint32_t>(m_parts.tensors.size());
        m_parts.storage.insert(m_parts.storage.begin(), m_storage);
        m_problems.finish();
        return std::move(m_parts);
    }

private:
    void problem(Code code, std::uint64_t offset, std::vector<std::string> args, std::optional<std::uint32_t> tensor = std::nullopt)
    {
        m_problems.add(inFile(fail(code, std::move(args)), m_file, offset), tensor);
    }

    [[nodiscard]] std::uint64_t fileOffset() const { return LengthBytes + m_scan.position(); }

    void broken()
    {
        problem(m_scan.why().find("UTF-8") != std::string_view::npos ? Code::SafetensorsUtf8 : Code::SafetensorsJson, fileOffset(),
                {std::string(m_scan.why())});
    }

    void parseObject(const JobContext& job, const std::function<void(std::size_t)>& release)
    {
        if (!m_header.empty() && m_header.front() != '{') {
            const auto first = m_header.find_first_not_of(" \t\r\n");
            if (first != std::string_view::npos && m_header[first] == '{') {
                problem(Code::SafetensorsLeadingSpace, LengthBytes, {});
            }
        }
        if (!m_scan.take('{')) {
            broken();
            return;
        }
        bool first = true;
        std::size_t released = 0;
        while (true) {
            if (m_scan.take('}')) {
                if (!first && m_afterComma) {
                    problem(Code::SafetensorsJson, fileOffset() - 1, {"a comma in front of '}'"});
                }
                if (!m_scan.atEnd()) {
                    problem(Code::SafetensorsJson, fileOffset(), {"text follows the object"});
                }
                return;
            }
            first = false;
            m_afterComma = false;
            if (!member()) {
                return;
            }
            if (m_scan.take(',')) {
                m_afterComma = true;
                takeSlices(job);
            } else if (m_scan.nextChar() != '}') {
                m_scan.take(','); // words the failure
                broken();
                return;
            }
            if (m_scan.position() - released > (4U << 20U)) {
                released = m_scan.position();
                if (release) {
                    release(released);
                }
                if (job.stop.stop_requested()) {
                    return;
                }
            }
        }
    }

    /// Where many entries follow, threads read the next ones ahead as far as they are compact. What they read is what entry() would have.
    void takeSlices(const JobContext& job)
    {
        constexpr std::size_t Window = 16U << 20U; // bytes at a time, so that text can be given back in between
        const std::size_t from = m_scan.position();
        const std::size_t left = m_header.size() - from;
        if (!m_slices || left < 2 * m_sliceBytes) {
            return;
        }
        const std::size_t to = from + std::min(left, Window);
        const auto threads = static_cast<unsigned>(std::min<std::size_t>(threadsFor(job), (to - from) / m_sliceBytes));
        if (threads < 2) {
            m_slices = false;
            return;
        }
        for (EntrySlice& slice : readEntrySlices(m_header, from, to, threads, job.stop)) {
            auto& tensors = m_parts.tensors;
            if (tensors.size() + slice.tensors.size() > limits().tensorsPerFile) {
                m_slices = false; // entry by entry to the limit
                break;
            }
            if (!slice.tensors.empty()) {
                m_ascending = m_ascending && slice.ascending && (tensors.empty() || tensors.back().key < slice.tensors.front().key);
                tensors.insert(tensors.end(), slice.tensors.begin(), slice.tensors.end());
                m_parts.storage.push_back(std::move(slice.storage));
                m_scan.seek(slice.end);
                m_afterComma = m_header[slice.end - 1] == ',';
            }
            if (!slice.whole) {
                m_slices = false; // another spelling: no use in trying again
                break;
            }
        }
    }

    static unsigned threadsFor(const JobContext& job) { return job.threads != 0 ? job.threads : std::max(1U, std::thread::hardware_concurrency()); }

    /// One "name": {...}; false: the JSON is broken, or a limit is reached.
    bool member()
    {
        (void)m_scan.nextChar(); // to where the key's quote stands
        const auto keyAt = static_cast<std::uint32_t>(m_scan.position());
        std::string_view raw;
        bool escaped = false;
        if (!m_scan.string(raw, escaped)) {
            broken();
            return false;
        }
        std::string_view key = raw;
        if (escaped) {
            if (!JsonScanner::unescape(raw, m_unescaped)) {
                problem(Code::SafetensorsJson, LengthBytes + keyAt, {"an unknown escape"});
                return false;
            }
            key = m_unescaped;
        }
        if (!m_scan.take(':')) {
            broken();
            return false;
        }
        if (key == MetadataKey) {
            return metadata(keyAt);
        }
        if (m_parts.tensors.size() >= limits().tensorsPerFile) {
            problem(Code::LimitExceeded, LengthBytes + keyAt,
                    {"the number of tensors", std::to_string(m_parts.tensors.size() + 1), std::to_string(limits().tensorsPerFile)});
            return false;
        }
        TensorInfo tensor;
        tensor.headerOffset = keyAt;
        tensor.key = m_storage->text(key);
        return entry(tensor);
    }

    bool metadata(std::uint32_t keyAt)
    {
        Shard& shard = m_parts.shards.front();
        if (m_metadataSeen) {
            problem(Code::SafetensorsMetadata, LengthBytes + keyAt, {"it stands there twice"});
        }
        m_metadataSeen = true;
        const auto kind = m_scan.peek();
        if (kind == JsonScanner::Kind::Null) {
            problem(Code::SafetensorsMetadataNull, LengthBytes + keyAt, {});
            return m_scan.literal("null") || (broken(), false);
        }
        if (kind != JsonScanner::Kind::Object) {
            problem(Code::SafetensorsMetadata, LengthBytes + keyAt, {"it is not an object"});
            return m_scan.skipValue() || (broken(), false);
        }
        shard.hasMetadata = true;
        shard.metadataOffset = keyAt;
        m_scan.take('{');
        if (m_scan.take('}')) {
            return true;
        }
        const std::size_t firstEntry = m_parts.metadata.size();
        while (true) {
            std::string_view raw;
            bool escaped = false;
            const std::uint64_t at = fileOffset();
            if (!m_scan.string(raw, escaped)) {
                broken();
                return false;
            }
            std::string key(raw);
            if (escaped && !JsonScanner::unescape(raw, key)) {
                problem(Code::SafetensorsJson, at, {"an unknown escape"});
                return false;
            }
            if (!m_scan.take(':')) {
                broken();
                return false;
            }
            if (m_scan.peek() == JsonScanner::Kind::String) {
                const std::size_t valueAt = m_scan.position();
                if (!m_scan.string(raw, escaped)) {
                    broken();
                    return false;
                }
                MetadataEntry entry;
                entry.key = std::move(key);
                entry.origin = std::string(MetadataKey);
                if (raw.size() > MaxHeldMetadata) {
                    entry.value = MetadataPlace{0, {LengthBytes + valueAt, m_scan.position() - valueAt}, "JSON string", 0};
                } else {
                    std::string value(raw);
                    if (escaped && !JsonScanner::unescape(raw, value)) {
                        problem(Code::SafetensorsJson, at, {"an unknown escape"});
                        return false;
                    }
                    entry.value = std::move(value);
                }
                for (std::size_t i = firstEntry; i < m_parts.metadata.size() && i < firstEntry + 64; ++i) {
                    if (m_parts.metadata[i].key == entry.key) {
                        problem(Code::SafetensorsMetadataDuplicate, at, {entry.key});
                    }
                }
                if (m_parts.metadata.size() < MaxMetadataEntries) {
                    m_parts.metadata.push_back(std::move(entry));
                }
            } else {
                problem(Code::SafetensorsMetadata, at, {"the value of " + displayName(key, 80) + " is not a string"});
                if (!m_scan.skipValue()) {
                    broken();
                    return false;
                }
            }
            if (m_scan.take(',')) {
                continue;
            }
            if (!m_scan.take('}')) {
                broken();
                return false;
            }
            return true;
        }
    }

    /// The value of a tensor's name. Where it is sound JSON but no sound entry, the tensor is skipped and told.
    bool entry(TensorInfo& tensor)
    {
        const std::size_t start = m_scan.position();
        const char* const text = m_header.data();
        if (const char* end = m_compact.value(text + start, text + m_header.size(), tensor)) {
            m_scan.seek(static_cast<std::size_t>(end - text));
            keep(tensor);
            return true;
        }
        m_fields = Fields{};
        m_scan.seek(start);
        std::string_view why;
        const auto kind = m_scan.peek();
        if (kind == JsonScanner::Kind::Object) {
            why = objectEntry(tensor);
        } else if (kind == JsonScanner::Kind::Array) {
            why = arrayEntry(tensor);
        } else {
            why = "it is not an object";
        }
        if (!why.empty()) {
            // Is the JSON broken, or only its meaning?
            JsonScanner again(m_header);
            again.seek(start);
            if (!again.skipValue()) {
                m_scan.seek(again.position());
                m_scan = again;
                broken();
                return false;
            }
            m_scan.seek(again.position());
            wordEntry(tensor, why);
            return true;
        }
        if (!m_fields.dtype || !m_fields.shape || !m_fields.offsets) {
            wordEntry(tensor, !m_fields.dtype ? "dtype is missing" : !m_fields.shape ? "shape is missing" : "data_offsets is missing");
            return true;
        }
        if (m_fields.oddEncoding) {
            m_problems.add(Severity::Advice,
                           inFile(fail(Code::SafetensorsEntry, {std::string(tensor.key), "it is spelled in a way that only serde reads"}), m_file,
                                  LengthBytes + tensor.headerOffset));
        }
        if (tensor.dtype == DType::Unknown) {
            problem(Code::SafetensorsUnknownDType, LengthBytes + tensor.headerOffset, {std::string(tensor.key), tensor.extra->spelling}, index());
        }
        if (m_fields.longRank != 0) {
            // The format sets no limit, so this is no damage.
            m_problems.add(
                Severity::Advice,
                inFile(fail(Code::SafetensorsRank, {std::string(tensor.key), std::to_string(m_fields.longRank), std::to_string(limits().rank)}),
                       m_file, LengthBytes + tensor.headerOffset),
                index());
            m_longShapes.emplace_back(index(), m_elementsOverflow ? std::nullopt : std::optional(m_elements));
        }
        tensor.bytes = {m_fields.begin, m_fields.end};
        keep(tensor);
        return true;
    }

    /// `bytes` holds {begin, end} until validate().
    void keep(const TensorInfo& tensor)
    {
        if (const auto odd = oddName(tensor.key); !odd.empty()) {
            problem(Code::SafetensorsOddName, LengthBytes + tensor.headerOffset, {std::string(tensor.key), std::string(odd)}, index());
        }
        m_ascending = m_ascending && (m_parts.tensors.empty() || m_parts.tensors.back().key < tensor.key);
        m_parts.tensors.push_back(tensor);
    }

    void wordEntry(const TensorInfo& tensor, std::string_view why)
    {
        if (m_problems.wants(Code::SafetensorsEntry)) {
            problem(Code::SafetensorsEntry, LengthBytes + tensor.headerOffset, {std::string(tensor.key), std::string(why)});
        } else {
            m_problems.count(Code::SafetensorsEntry);
        }
    }

    [[nodiscard]] std::uint32_t index() const { return static_cast<std::uint32_t>(m_parts.tensors.size()); }

    struct Fields {
        bool dtype = false;
        bool shape = false;
        bool offsets = false;
        bool oddEncoding = false;
        std::uint64_t longRank = 0; ///< of a shape that has too many dimensions to keep
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
    };

    std::string_view objectEntry(TensorInfo& tensor)
    {
        m_scan.take('{');
        if (m_scan.take('}')) {
            return {};
        }
        while (true) {
            std::string_view field;
            bool escaped = false;
            if (!m_scan.string(field, escaped)) {
                return m_scan.why();
            }
            std::string plain;
            if (escaped && JsonScanner::unescape(field, plain)) {
                field = plain;
            }
            if (!m_scan.take(':')) {
                return m_scan.why();
            }
            std::string_view why;
            if (field == "dtype") {
                why = m_fields.dtype ? "dtype stands there twice" : dtype(tensor);
            } else if (field == "shape") {
                why = m_fields.shape ? "shape stands there twice" : shape(tensor);
            } else if (field == "data_offsets") {
                why = m_fields.offsets ? "data_offsets stands there twice" : offsets();
            } else {
                problem(Code::SafetensorsUnknownField, LengthBytes + tensor.headerOffset, {std::string(tensor.key), std::string(field)});
                // serde_json enters 127 containers at most; the header and this entry are two.
                why = m_scan.skipValue(JsonScanner::MaxDepth - 3) ? std::string_view() : m_scan.why();
            }
            if (!why.empty()) {
                return why;
            }
            if (m_scan.take(',')) {
                continue;
            }
            return m_scan.take('}') ? std::string_view() : m_scan.why();
        }
    }

    /// serde also reads a struct as a list of its fields in order.
    std::string_view arrayEntry(TensorInfo& tensor)
    {
        m_fields.oddEncoding = true;
        m_scan.take('[');
        if (const auto why = dtype(tensor); !why.empty()) {
            return why;
        }
        if (!m_scan.take(',')) {
            return "it is a list without a shape";
        }
        if (const auto why = shape(tensor); !why.empty()) {
            return why;
        }
        if (!m_scan.take(',')) {
            return "it is a list without data_offsets";
        }
        if (const auto why = offsets(); !why.empty()) {
            return why;
        }
        return m_scan.take(']') ? std::string_view() : "it is a list of more than three";
    }

    std::string_view dtype(TensorInfo& tensor)
    {
        m_fields.dtype = true;
        std::string_view raw;
        bool escaped = false;
        if (m_scan.peek() == JsonScanner::Kind::Object) { // serde also reads a unit variant as {"U8": null}
            m_fields.oddEncoding = true;
            m_scan.take('{');
            if (!m_scan.string(raw, escaped) || !m_scan.take(':') || m_scan.peek() != JsonScanner::Kind::Null || !m_scan.literal("null")
                || !m_scan.take('}')) {
                return "dtype is not a string";
            }
        } else if (m_scan.peek() != JsonScanner::Kind::String) {
            return "dtype is not a string";
        } else if (!m_scan.string(raw, escaped)) {
            return m_scan.why();
        }
        std::string plain;
        if (escaped && JsonScanner::unescape(raw, plain)) {
            raw = plain;
        }
        if (raw == m_lastDTypeName) {
            tensor.dtype = m_lastDType;
            return {};
        }
        if (const auto known = dtypeFromSafetensors(raw)) {
            tensor.dtype = *known;
            m_lastDType = *known;
            m_lastDTypeName = dtypeName(*known);
            return {};
        }
        tensor.dtype = DType::Unknown;
        TensorExtra* extra = m_storage->extra();
        extra->spelling = raw.substr(0, 200);
        extra->unreadable = "its dtype is not known";
        tensor.extra = extra;
        return {};
    }

    std::string_view shape(TensorInfo& tensor)
    {
        m_fields.shape = true;
        if (m_scan.peek() != JsonScanner::Kind::Array) {
            return "shape is not a list";
        }
        m_scan.take('[');
        m_dims.clear();
        std::uint64_t rank = 0;
        m_elements = 1;
        m_elementsOverflow = false;
        if (!m_scan.take(']')) {
            while (true) {
                std::uint64_t dim = 0;
                if (!m_scan.unsignedInteger(dim)) {
                    return "shape holds something other than unsigned 64-bit integers";
                }
                ++rank;
                m_elementsOverflow = __builtin_mul_overflow(m_elements, dim, &m_elements) || m_elementsOverflow;
                if (m_dims.size() < limits().rank) {
                    m_dims.push_back(dim);
                }
                if (m_scan.take(',')) {
                    continue;
                }
                if (!m_scan.take(']')) {
                    return m_scan.why();
                }
                break;
            }
        }
        if (rank > limits().rank) {
            TensorExtra* extra = m_storage->extra();
            extra->unreadable = "it has " + std::to_string(rank) + " dimensions";
            tensor.extra = extra;
            m_fields.longRank = rank;
            return {};
        }
        tensor.shape = m_storage->shape(m_dims);
        return {};
    }

    std::string_view offsets()
    {
        m_fields.offsets = true;
        if (m_scan.peek() != JsonScanner::Kind::Array) {
            return "data_offsets is not a list";
        }
        m_scan.take('[');
        if (!m_scan.unsignedInteger(m_fields.begin) || !m_scan.take(',') || !m_scan.unsignedInteger(m_fields.end) || !m_scan.take(']')) {
            return "data_offsets is not two unsigned 64-bit integers";
        }
        return {};
    }

    void findDuplicates()
    {
        const auto& tensors = m_parts.tensors;
        std::size_t slots = 16;
        while (slots < tensors.size() * 2) {
            slots *= 2;
        }
        std::vector<std::uint32_t> table(slots, UINT32_MAX);
        for (std::uint32_t i = 0; i < tensors.size(); ++i) {
            std::size_t slot = XXH3_64bits(tensors[i].key.data(), tensors[i].key.size()) & (slots - 1);
            while (table[slot] != UINT32_MAX && tensors[table[slot]].key != tensors[i].key) {
                slot = (slot + 1) & (slots - 1);
            }
            if (table[slot] == UINT32_MAX) {
                table[slot] = i;
            } else {
                problem(Code::SafetensorsDuplicate, LengthBytes + tensors[i].headerOffset, {std::string(tensors[i].key)}, i);
            }
        }
    }

    /// Steps 6 to 11 of upstream's validation, tensor by tensor in the order of their bytes; goes on after a failure.
    void validate()
    {
        auto& tensors = m_parts.tensors;
        const auto before = [](const TensorInfo& a, const TensorInfo& b) {
            return a.bytes.offset != b.bytes.offset ? a.bytes.offset < b.bytes.offset : a.bytes.length < b.bytes.length;
        };
        std::vector<std::uint32_t> order; // empty: as they stand
        if (!std::is_sorted(tensors.begin(), tensors.end(), before)) {
            order.resize(tensors.size());
            std::iota(order.begin(), order.end(), 0U);
            std::sort(order.begin(), order.end(),
                      [&](std::uint32_t a, std::uint32_t b) { return before(tensors[a], tensors[b]) || (!before(tensors[b], tensors[a]) && a < b); });
        }
        std::uint64_t cursor = 0;
        std::uint32_t previous = UINT32_MAX;
        for (std::uint32_t n = 0; n < tensors.size(); ++n) {
            const std::uint32_t i = order.empty() ? n : order[n];
            TensorInfo& tensor = tensors[i];
            const std::uint64_t begin = tensor.bytes.offset;
            const std::uint64_t end = tensor.bytes.length;
            const std::uint64_t at = LengthBytes + tensor.headerOffset;
            const auto tell = [&](Code code, std::vector<std::string> args) {
                tensor.damaged = true;
                args.insert(args.begin(), std::string(tensor.key));
                problem(code, at, std::move(args), i);
            };
            if (end < begin) {
                tell(Code::SafetensorsOffsets, {std::to_string(begin), std::to_string(end)});
                tensor.bytes = {m_dataStart, 0};
                continue;
            }
            if (begin > cursor && begin <= m_bufferBytes) {
                problem(Code::SafetensorsHole, m_dataStart + cursor, {std::to_string(begin - cursor), std::string(tensor.key)}, i);
            } else if (begin > cursor) { // behind the end of the file, and not next in line
                tell(Code::SafetensorsOffsets, {std::to_string(begin), std::to_string(end)});
            } else if (begin < cursor) {
                tell(Code::SafetensorsOverlap, {previous == UINT32_MAX ? "?" : std::string(tensors[previous].key)});
            }
            checkSize(tensor, i, end - begin);
            if (end > m_bufferBytes) {
                tensor.damaged = true; // told once, below
            }
            std::uint64_t offset = 0;
            if (__builtin_add_overflow(m_dataStart, begin, &offset)) {
                offset = m_dataStart;
            }
            tensor.bytes = {offset, end - begin};
            std::uint64_t unused = 0;
            if (__builtin_add_overflow(offset, tensor.bytes.length, &unused)) {
                tensor.bytes.length = 0;
                tensor.damaged = true;
            }
            if (end >= cursor) {
                cursor = end;
                previous = i;
            }
        }
        if (m_dataStart > m_fileBytes) {
            return; // the header itself is cut
        }
        if (cursor > m_bufferBytes) {
            std::uint64_t promised = 0;
            if (__builtin_add_overflow(m_dataStart, cursor, &promised)) {
                promised = UINT64_MAX;
            }
            problem(Code::SafetensorsTruncated, m_fileBytes,
                    {std::to_string(promised - m_fileBytes), std::to_string(promised), std::to_string(m_fileBytes)});
        } else if (cursor < m_bufferBytes) {
            problem(Code::SafetensorsTrailing, m_dataStart + cursor, {std::to_string(m_bufferBytes - cursor)});
        }
    }

    void checkSize(TensorInfo& tensor, std::uint32_t i, std::uint64_t stored)
    {
        if (tensor.dtype == DType::Unknown) {
            tensor.damaged = true;
            return;
        }
        const std::uint64_t at = LengthBytes + tensor.headerOffset;
        if (tensor.shape.data() != m_lastShape.data() || tensor.shape.size() != m_lastShape.size()) { // neighbours share theirs
            m_lastShape = tensor.shape;
            m_lastElements = elementCount(tensor.shape);
        }
        std::optional<std::uint64_t> elements = m_lastElements;
        if (!m_longShapes.empty()) {
            const auto found = std::find_if(m_longShapes.begin(), m_longShapes.end(), [&](const auto& row) { return row.first == i; });
            if (found != m_longShapes.end()) {
                elements = found->second;
            }
        }
        const std::uint64_t bits = dtypeInfo(tensor.dtype).blockBits;
        std::uint64_t total = 0;
        const auto tell = [&](Code code, std::vector<std::string> args) {
            tensor.damaged = true;
            args.insert(args.begin(), std::string(tensor.key));
            problem(code, at, std::move(args), i);
        };
        if (!elements || __builtin_mul_overflow(*elements, bits, &total)) {
            tell(Code::SafetensorsOverflow, {});
            return;
        }
        if (total % 8 != 0) {
            tell(Code::SafetensorsMisaligned, {std::to_string(*elements), std::to_string(bits)});
            return;
        }
        if (total / 8 != stored) {
            tell(Code::SafetensorsSize, {std::to_string(total / 8), std::to_string(stored)});
            return;
        }
        if (*elements == 0 && tensor.shape.size() > 1) {
            std::uint64_t product = 1;
            for (const std::uint64_t dim : tensor.shape) {
                if (dim != 0 && __builtin_mul_overflow(product, dim, &product)) {
                    problem(Code::SafetensorsHugeEmpty, at, {std::string(tensor.key)}, i);
                    break;
                }
            }
        }
    }

    void noteUnaligned()
    {
        std::uint64_t count = 0;
        std::uint64_t firstAt = 0;
        DType last = DType::Unknown;
        std::uint64_t element = 0;
        for (const TensorInfo& tensor : m_parts.tensors) {
            if (tensor.dtype != last) {
                last = tensor.dtype;
                element = dtypeInfo(last).blockBits / 8;
            }
            if (element > 1 && tensor.bytes.length != 0 && tensor.bytes.offset % element != 0 && count++ == 0) {
                firstAt = tensor.bytes.offset;
            }
        }
        if (count > 0) {
            problem(Code::SafetensorsUnaligned, firstAt, {std::to_string(count)});
        }
    }

    static constexpr std::size_t MaxHeldMetadata = 64U << 10U;
    static constexpr std::size_t MaxMetadataEntries = 100'000;

    JsonScanner m_scan;
    std::string_view m_header;
    const std::string& m_file;
    std::uint64_t m_dataStart = 0;
    std::uint64_t m_bufferBytes = 0;
    std::uint64_t m_fileBytes = 0;
    std::shared_ptr<PartsStorage> m_storage;
    CompactEntries m_compact;
    CheckpointParts m_parts;
    ProblemSink m_problems;
    std::span<const std::uint64_t> m_lastShape;
    std::optional<std::uint64_t> m_lastElements = 1; ///< of a scalar
    std::vector<std::pair<std::uint32_t, std::optional<std::uint64_t>>> m_longShapes;
    std::vector<std::uint64_t> m_dims;
    std::uint64_t m_elements = 1;
    bool m_elementsOverflow = false;
    bool m_metadataSeen = false;
    bool m_afterComma = false;
    bool m_ascending = true; ///< the names so far
    bool m_slices = true;    ///< threads may read ahead
    std::size_t m_sliceBytes;
    Fields m_fields;
    DType m_lastDType = DType::Unknown;
    std::string_view m_lastDTypeName = "\x01";
    std::string m_unescaped;
};

/// Header text in pages of its own: what is parsed can be given back, so that a header of 10^8 bytes and its two million tensors
/// do not stand in memory together.
class HeaderBuffer {
public:
    explicit HeaderBuffer(std::size_t bytes)
        : m_bytes(bytes)
        , m_data(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    {
        if (ok() && bytes >= (4U << 20U)) { // fewer page faults; no matter where it is refused
            ::madvise(m_data, bytes, MADV_HUGEPAGE);
        }
    }
    HeaderBuffer(const HeaderBuffer&) = delete;
    HeaderBuffer& operator=(const HeaderBuffer&) = delete;
    ~HeaderBuffer()
    {
        if (ok()) {
            ::munmap(m_data, m_bytes);
        }
    }
    [[nodiscard]] bool ok() const { return m_data != MAP_FAILED; }
    [[nodiscard]] std::span<std::byte> bytes() { return {static_cast<std::byte*>(m_data), m_bytes}; }
    [[nodiscard]] std::string_view text() const { return {static_cast<const char*>(m_data), m_bytes}; }
    void release(std::size_t upTo)
    {
        constexpr std::size_t Page = 65536;
        ::madvise(m_data, upTo / Page * Page, MADV_DONTNEED);
    }

private:
    std::size_t m_bytes;
    void* m_data;
};

} // namespace

CheckpointParts parseSafetensorsHeader(std::string_view header, std::uint64_t headerBytes, std::uint64_t fileBytes, const std::string& file,
                                       const JobContext& job, const std::function<void(std::size_t)>& release, std::size_t sliceBytes)
{
    HeaderParser parser(header, headerBytes, fileBytes, file, std::max<std::size_t>(sliceBytes, 1));
    return parser.run(job, release);
}

bool SafetensorsReader::recognises(const Source& source) const noexcept
{
    if (source.isFolder) {
        return false;
    }
    // By its name alone only where the content is nothing that can be named better; then open() says what is wrong with it.
    const auto byName = [&] { return source.hasExtension(".safetensors") && describeUnknown(source).code == Code::FormatUnknown; };
    if (source.head.size() <= LengthBytes) {
        return byName();
    }
    const std::uint64_t length = littleEndian64(source.head.data());
    const std::uint64_t size = source.file.size();
    if (length >= 2 && length <= limits().safetensorsHeader && length <= size - LengthBytes && isJsonStart(source.head[LengthBytes])) {
        return true;
    }
    return byName();
}

Result<CheckpointParts> SafetensorsReader::open(const Source& source, const OpenOptions& /*options*/, const JobContext& job) const
{
    const std::uint64_t size = source.file.size();
    if (size < LengthBytes) {
        return inFile(fail(Code::SafetensorsTooSmall, {std::to_string(size)}), source.name, 0);
    }
    std::array<std::byte, LengthBytes> length{};
    if (auto read = source.file.readAt(0, length); !read) {
        return read.error();
    }
    const std::uint64_t headerBytes = littleEndian64(length.data());
    if (headerBytes > limits().safetensorsHeader) {
        return inFile(fail(Code::SafetensorsHeaderTooLarge, {std::to_string(headerBytes), std::to_string(limits().safetensorsHeader)}), source.name,
                      0);
    }
    const std::uint64_t available = std::min(headerBytes, size - LengthBytes);
    if (available == 0) {
        return inFile(headerBytes == 0 ? fail(Code::SafetensorsJson, {"it is empty"})
                                       : fail(Code::SafetensorsHeaderLength, {std::to_string(headerBytes), "0"}),
                      source.name, headerBytes == 0 ? LengthBytes : 0);
    }
    HeaderBuffer header(available);
    if (!header.ok()) {
        return inFile(fail(Code::LimitExceeded, {"the header", std::to_string(available), "the memory that is free"}), source.name);
    }
    if (auto read = source.file.readAt(LengthBytes, header.bytes()); !read) {
        return read.error();
    }
    CheckpointParts parts =
        parseSafetensorsHeader(header.text(), headerBytes, size, source.name, job, [&](std::size_t upTo) { header.release(upTo); });
    if (job.stop.stop_requested()) {
        return fail(Code::Cancelled);
    }
    // Nothing to list, and a reason why: not opened at all.
    if (parts.tensors.empty()) {
        for (const Problem& problem : parts.problems) {
            if (problem.severity == Severity::Error && problem.what.code != Code::SafetensorsTrailing && problem.what.code != Code::MoreOfThese) {
                return problem.what;
            }
        }
    }
    return parts;
}

const FormatReader& safetensorsReader() noexcept
{
    static const SafetensorsReader reader;
    return reader;
}

} // namespace ckptscope
