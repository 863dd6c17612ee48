// SPDX-License-Identifier: Apache-2.0
#include "core/formats/npz.h"

#include "core/formats/npy.h"
#include "core/formats/partsbuilder.h"
#include "core/formats/zip.h"

#include <algorithm>
#include <array>
#include <zlib.h>

namespace ckptscope {

namespace {

constexpr std::uint64_t SumsChecked = 4ULL << 20U; ///< checksums are compared on opening for as many bytes; more would not be quick
constexpr std::uint64_t MostDeflate = 1100;        ///< deflate reaches 1032; elements are unpacked in bounded pieces, so no ratio is a bomb
constexpr std::string_view Extension = ".npy";

/// The first bytes of a raw deflate stream: `want` of them, or fewer where it ends or breaks off.
std::vector<std::byte> inflatedStart(const ByteSource& packed, std::size_t want)
{
    std::vector<std::byte> out(want);
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
        return {};
    }
    std::array<std::byte, 16384> input;
    std::uint64_t at = 0;
    int state = Z_OK;
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(want);
    while (state == Z_OK && stream.avail_out > 0) {
        if (stream.avail_in == 0) {
            const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), packed.size() - at));
            if (now == 0 || !packed.read(at, std::span(input).first(now))) {
                break;
            }
            at += now;
            stream.next_in = reinterpret_cast<Bytef*>(input.data());
            stream.avail_in = static_cast<uInt>(now);
        }
        state = inflate(&stream, Z_SYNC_FLUSH);
    }
    out.resize(want - stream.avail_out);
    inflateEnd(&stream);
    return out;
}

class Reader {
public:
    Reader(const Source& source, const JobContext& job)
        : m_source(source)
        , m_job(job)
        , m_bytes(ByteSource::ofFile(source.file, {0, source.file.size()}))
        , m_storage(std::make_shared<PartsStorage>())
        , m_problems(m_parts.problems)
    {
    }

    Result<CheckpointParts> read()
    {
        std::vector<Problem> zipProblems;
        auto archive = ZipArchive::open(m_bytes, m_source.name, zipProblems, m_job, MostDeflate);
        if (!archive) {
            return std::move(archive).error();
        }
        archive->checkSums(SumsChecked, m_source.name, zipProblems);
        for (const ZipEntry& entry : archive->entries()) {
            if (m_job.stop.stop_requested()) {
                return fail(Code::Cancelled);
            }
            if (m_parts.tensors.size() >= limits().tensorsPerFile) {
                return inFile(fail(Code::LimitExceeded,
                                   {"the number of arrays", std::to_string(archive->entries().size()), std::to_string(limits().tensorsPerFile)}),
                              m_source.name);
            }
            if (!entry.name.ends_with(Extension)) {
                problem(fail(Code::NpzOther, {entry.name}), entry.header);
            } else if (!entry.broken && !entry.shared) { // what is wrong with the others was told
                member(*archive, entry, zipProblems);
            }
        }
        for (Problem& one : zipProblems) {
            m_problems.add(one.severity, std::move(one.what));
        }
        m_problems.finish();
        Shard shard;
        shard.identity = m_source.file.identity();
        shard.bytes = m_source.file.size();
        shard.tensors = static_cast<std::uint32_t>(m_parts.tensors.size());
        m_parts.format = "npz";
        m_parts.shards.push_back(std::move(shard));
        m_parts.storage.push_back(m_storage);
        return std::move(m_parts);
    }

private:
    void problem(Error error, std::uint64_t offset, std::optional<std::uint32_t> tensor = std::nullopt)
    {
        m_problems.add(inFile(std::move(error), m_source.name, offset), tensor);
    }

    /// The member's first bytes, unpacked.
    std::vector<std::byte> startOf(const ZipEntry& entry, std::uint64_t want) const
    {
        const auto bytes = static_cast<std::size_t>(std::min(want, entry.bytes));
        const ByteSource packed = m_bytes.part(entry.data, entry.compressed);
        if (!entry.stored()) {
            return inflatedStart(packed, bytes);
        }
        std::vector<std::byte> out(bytes);
        if (!packed.read(0, out)) {
            out.clear();
        }
        return out;
    }

    void member(const ZipArchive& archive, const ZipEntry& entry, std::vector<Problem>& zipProblems)
    {
        const auto start = startOf(entry, 12);
        const auto dataStart = npyDataStart(start);
        auto header = dataStart ? parseNpyHeader(startOf(entry, *dataStart)) : Result<NpyHeader>(dataStart.error());
        if (!header) {
            const std::string why = header.error().args.empty() ? std::string(codeInfo(header.error().code).message) : header.error().args.front();
            problem(fail(Code::NpzMember, {entry.name, header.error().code == Code::NpyVersion ? "it is version " + why : why}), entry.data);
            return;
        }
        if (!entry.stored() && entry.bytes <= SumsChecked && m_unpacked + entry.bytes <= SumsChecked) {
            m_unpacked += entry.bytes;
            if (auto unpacked = archive.unpack(entry, m_source.name, zipProblems); !unpacked) {
                m_problems.add(std::move(unpacked).error());
            }
        }
        const auto index = static_cast<std::uint32_t>(m_parts.tensors.size());
        std::vector<Error> problems;
        const std::uint64_t behind = entry.bytes - std::min(entry.bytes, header->dataStart);
        const ByteRange place{entry.stored() ? entry.data + header->dataStart : 0, behind};
        TensorInfo tensor =
            npyTensor(*header, std::string_view(entry.name).substr(0, entry.name.size() - Extension.size()), place, *m_storage, problems);
        if (!entry.stored()) {
            pack(tensor, entry, *header);
        }
        m_parts.tensors.push_back(tensor);
        for (Error& error : problems) {
            problem(std::move(error), entry.data, index);
        }
    }

    void pack(TensorInfo& tensor, const ZipEntry& entry, const NpyHeader& header) const
    {
        TensorExtra* extra = m_storage->extra();
        if (tensor.extra != nullptr) {
            *extra = *tensor.extra;
        }
        Packed packed;
        packed.codec = "deflate";
        packed.bytes = {entry.data, entry.compressed};
        packed.skip = header.dataStart;
        if (extra->layout) { // column-major
            packed.strides = std::get<Strided>(*extra->layout).strides;
        }
        extra->layout = std::move(packed);
        tensor.extra = extra;
        tensor.bytes = {0, header.object ? entry.compressed : header.dataBytes};
    }

    const Source& m_source;
    const JobContext& m_job;
    ByteSource m_bytes;
    std::shared_ptr<PartsStorage> m_storage;
    CheckpointParts m_parts;
    ProblemSink m_problems;
    std::uint64_t m_unpacked = 0;
};

} // namespace

bool NpzReader::recognises(const Source& source) const noexcept
{
    const std::span<const std::byte> head(source.head);
    if (source.isFolder || !startsLikeZip(head) || head.size() < 30) {
        return false;
    }
    const std::string_view name = asText(head.subspan(30)).substr(0, le16(head.data() + 26)); // the first entry's
    return name.ends_with(Extension);
}

Result<CheckpointParts> NpzReader::open(const Source& source, const OpenOptions& /*options*/, const JobContext& job) const
{
    return Reader(source, job).read();
}

const FormatReader& npzReader() noexcept
{
    static const NpzReader reader;
    return reader;
}

} // namespace ckptscope
