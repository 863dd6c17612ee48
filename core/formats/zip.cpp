// SPDX-License-Identifier: Apache-2.0
#include "core/formats/zip.h"

#include "core/formats/pickle.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <zlib.h>

namespace ckptscope {

namespace {

// Record layouts: PKWARE APPNOTE.TXT 4.3; pytorch/pytorch caffe2/serialize/inline_container.cc for what torch writes.
constexpr std::string_view LocalSignature{"PK\x03\x04"};
constexpr std::string_view CentralSignature{"PK\x01\x02"};
constexpr std::string_view EndSignature{"PK\x05\x06"};
constexpr std::string_view Zip64EndSignature{"PK\x06\x06"};
constexpr std::string_view Zip64LocatorSignature{"PK\x06\x07"};
constexpr std::size_t LocalBytes = 30;
constexpr std::size_t CentralBytes = 46;
constexpr std::size_t EndBytes = 22;
constexpr std::size_t Zip64EndBytes = 56;
constexpr std::size_t Zip64LocatorBytes = 20;
constexpr std::uint32_t Max32 = 0xFFFFFFFF;
constexpr std::uint16_t Max16 = 0xFFFF;
constexpr std::uint16_t OddFlags = 0x1 | 0x20 | 0x40 | 0x2000; ///< encrypted, patched, strongly encrypted, masked headers

std::string lowered(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

struct Directory {
    std::uint64_t start = 0; ///< in the source
    std::uint64_t bytes = 0;
    std::uint64_t entries = 0;
    std::uint64_t end = 0;    ///< first byte behind the end record and its comment
    std::uint64_t record = 0; ///< first byte behind the directory: the (zip64) end record
};

} // namespace

ZipLimits& zipLimits() noexcept
{
    static ZipLimits table;
    return table;
}

bool startsLikeZip(std::span<const std::byte> head) noexcept
{
    return asText(head).starts_with(LocalSignature);
}

/// Reads one archive's directory.
class ZipScan {
public:
    ZipScan(ZipArchive& archive, const std::string& file, std::vector<Problem>& problems, const JobContext& job, std::uint64_t ratio)
        : m_archive(archive)
        , m_window(archive.m_source, 64U << 10U)
        , m_file(file)
        , m_problems(problems)
        , m_job(job)
        , m_ratio(ratio)
    {
    }
    Result<void> run();

private:
    Result<Directory> findDirectory();
    std::optional<Directory> candidate(std::span<const std::byte> tail, std::size_t at, std::uint64_t tailStart);
    Result<void> readDirectory(const Directory& directory);
    Result<void> readLocalHeaders();
    void readLocalHeader(ZipEntry& entry, ByteWindow& window);
    void checkNames();
    void checkOverlaps(const Directory& directory);

    Error error(Code code, std::vector<std::string> args, std::uint64_t at) const
    {
        return inFile(fail(code, std::move(args)), m_file, m_archive.m_source.fileOffset(at));
    }
    void problem(Code code, std::vector<std::string> args, std::uint64_t at)
    {
        m_problems.push_back({codeInfo(code).severity, error(code, std::move(args), at), std::nullopt});
    }

    ZipArchive& m_archive;
    ByteWindow m_window;
    const std::string& m_file;
    std::vector<Problem>& m_problems;
    const JobContext& m_job;
    std::uint64_t m_ratio;
};

/// What an end record at tail[at] describes, where that can be: its directory lies in front of it and starts with an
/// entry.
std::optional<Directory> ZipScan::candidate(std::span<const std::byte> tail, std::size_t at, std::uint64_t tailStart)
{
    const auto* p = tail.data() + at;
    const auto size = m_archive.m_source.size();
    const std::uint64_t position = tailStart + at;
    Directory found;
    found.entries = le16(p + 10);
    found.bytes = le32(p + 12);
    found.start = le32(p + 16);
    found.end = position + EndBytes + le16(p + 20);
    found.record = position;
    if (found.end > size) {
        return std::nullopt;
    }
    if (position >= Zip64LocatorBytes) {
        std::array<std::byte, Zip64LocatorBytes> locator{};
        std::array<std::byte, Zip64EndBytes> record{};
        if (m_archive.m_source.read(position - Zip64LocatorBytes, locator) && asText(locator).starts_with(Zip64LocatorSignature)
            && le64(locator.data() + 8) < position && m_archive.m_source.read(le64(locator.data() + 8), record)
            && asText(record).starts_with(Zip64EndSignature)) {
            found.entries = le64(record.data() + 32);
            found.bytes = le64(record.data() + 40);
            found.start = le64(record.data() + 48);
            found.record = le64(locator.data() + 8);
        }
    }
    if (found.start > found.record || found.bytes > found.record - found.start || found.entries > found.bytes / CentralBytes) {
        return std::nullopt;
    }
    if (found.entries > 0) {
        std::array<std::byte, 4> signature{};
        if (!m_archive.m_source.read(found.start, signature) || asText(signature) != CentralSignature) {
            return std::nullopt;
        }
    }
    return found;
}

Result<Directory> ZipScan::findDirectory()
{
    const auto& source = m_archive.m_source;
    // A small look first: archives rarely carry a comment, and a folder may hold thousands of them.
    std::optional<Directory> best;
    std::uint64_t records = 0;
    for (const std::uint64_t look : {std::uint64_t{1024}, std::uint64_t{EndBytes + Max16}}) {
        const auto length = std::min<std::uint64_t>(look, source.size());
        std::vector<std::byte> tail(static_cast<std::size_t>(length));
        const auto start = source.size() - length;
        if (auto read = source.read(start, tail); !read) {
            return read.error();
        }
        best.reset();
        records = 0;
        for (std::size_t at = tail.size() < EndBytes ? 0 : tail.size() - EndBytes + 1; at-- > 0;) {
            if (tail[at] != std::byte{'P'} || !asText(std::span(tail).subspan(at)).starts_with(EndSignature)) {
                continue;
            }
            ++records;
            if (records > 64) {
                break;
            }
            auto found = candidate(tail, at, start);
            // The last one that names entries; one without entries only where there is no better.
            if (found && (!best || (best->entries == 0 && found->entries > 0))) {
                best = found;
            }
        }
        if (best && best->entries > 0) {
            break;
        }
    }
    if (!best) {
        return records == 0 ? error(Code::ZipNoDirectory, {}, source.size())
                            : error(Code::ZipDirectory, {"its end record does not lead to one"}, source.size());
    }
    if (records > 1) {
        problem(Code::ZipSecondEnd, {}, best->end);
    }
    if (best->end < source.size()) {
        problem(Code::ZipTrailing, {std::to_string(source.size() - best->end)}, best->end);
    }
    return *best;
}

Result<void> ZipScan::readDirectory(const Directory& directory)
{
    const auto& limits = zipLimits();
    if (directory.entries > limits.entries) {
        return inFile(fail(Code::LimitExceeded, {"the number of entries", std::to_string(directory.entries), std::to_string(limits.entries)}),
                      m_file);
    }
    if (directory.bytes > limits.directory) {
        return inFile(fail(Code::LimitExceeded, {"the size of the zip directory", std::to_string(directory.bytes), std::to_string(limits.directory)}),
                      m_file);
    }
    // entries <= bytes / CentralBytes was checked, and bytes lie in the file.
    m_archive.m_entries.reserve(static_cast<std::size_t>(directory.entries));
    auto at = directory.start;
    const auto end = directory.start + directory.bytes;
    for (std::uint64_t i = 0; i < directory.entries; ++i) {
        if ((i & 0xFFFU) == 0 && m_job.stop.stop_requested()) {
            return fail(Code::Cancelled);
        }
        if (end - at < CentralBytes) {
            return error(Code::ZipDirectory, {"it ends after " + std::to_string(i) + " of " + std::to_string(directory.entries) + " entries"}, at);
        }
        const auto fixed = m_window.view(at, CentralBytes);
        if (fixed.size() < CentralBytes) {
            return m_window.failure() ? Result<void>(*m_window.failure()) : Result<void>(error(Code::ZipDirectory, {"it is cut short"}, at));
        }
        const auto* p = fixed.data();
        if (asText(fixed.first(4)) != CentralSignature) {
            return error(Code::ZipDirectory, {"entry " + std::to_string(i) + " does not start like one"}, at);
        }
        ZipEntry entry;
        entry.flags = le16(p + 8);
        entry.method = le16(p + 10);
        entry.crc = le32(p + 16);
        entry.compressed = le32(p + 20);
        entry.bytes = le32(p + 24);
        entry.header = le32(p + 42);
        const std::size_t nameBytes = le16(p + 28);
        const std::size_t extraBytes = le16(p + 30);
        const std::size_t commentBytes = le16(p + 32);
        if (end - at - CentralBytes < nameBytes + extraBytes + commentBytes) {
            return error(Code::ZipDirectory, {"entry " + std::to_string(i) + " reaches over its end"}, at);
        }
        entry.name = asText(m_window.view(at + CentralBytes, nameBytes));
        // zip64: 8-byte values of exactly those fields that are all ones, in this order
        const auto extra = m_window.view(at + CentralBytes + nameBytes, extraBytes);
        for (std::size_t x = 0; x + 4 <= extra.size();) {
            const std::size_t length = le16(extra.data() + x + 2);
            if (length > extra.size() - x - 4) {
                break;
            }
            if (le16(extra.data() + x) == 1) {
                auto from = x + 4;
                const auto stop = from + length;
                for (auto* field : {&entry.bytes, &entry.compressed, &entry.header}) {
                    if (*field == Max32 && from + 8 <= stop) {
                        *field = le64(extra.data() + from);
                        from += 8;
                    }
                }
            }
            x += 4 + length;
        }
        m_archive.m_entries.push_back(std::move(entry));
        at += CentralBytes + nameBytes + extraBytes + commentBytes;
    }
    return {};
}

void ZipScan::readLocalHeader(ZipEntry& entry, ByteWindow& window)
{
    const auto size = m_archive.m_source.size();
    const auto fixed = window.view(entry.header, LocalBytes);
    entry.broken = true;
    if (fixed.size() < LocalBytes || asText(fixed.first(4)) != LocalSignature) {
        problem(Code::ZipOutside, {entry.name}, entry.header);
        return;
    }
    const auto* p = fixed.data();
    const auto flags = le16(p + 6);
    const auto method = le16(p + 8);
    const std::uint64_t localCompressed = le32(p + 18);
    const std::uint64_t localBytes = le32(p + 22);
    const std::size_t nameBytes = le16(p + 26);
    const std::size_t extraBytes = le16(p + 28);
    entry.data = entry.header + LocalBytes + nameBytes + extraBytes;
    if (entry.data > size || entry.compressed > size - entry.data) {
        problem(Code::ZipOutside, {entry.name}, entry.header);
        return;
    }
    const auto name = asText((nameBytes <= 2048 ? window : m_window).view(entry.header + LocalBytes, nameBytes));
    if (name != entry.name) {
        problem(Code::ZipLocalName, {entry.name, std::string(name)}, entry.header);
    }
    entry.startsLikePickle = pickle::looksLikePickle(window.peekHeld(entry.data, 4));
    if (((flags ^ entry.flags) & OddFlags) != 0 || method != entry.method) {
        problem(Code::ZipLocalFlags, {entry.name}, entry.header);
    }
    if ((flags & 0x8U) == 0 && localBytes != Max32 && localCompressed != Max32
        && (localBytes != entry.bytes || localCompressed != entry.compressed)) {
        problem(Code::ZipLocalSize, {entry.name, std::to_string(localBytes), std::to_string(entry.bytes)}, entry.header);
    }
    if ((entry.flags & OddFlags) != 0) {
        problem(Code::ZipUnsupported, {entry.name, "is encrypted"}, entry.header);
        return;
    }
    if (entry.method != 0 && entry.method != 8) {
        problem(Code::ZipUnsupported, {entry.name, "is compressed with method " + std::to_string(entry.method)}, entry.header);
        return;
    }
    if (entry.method == 0 && entry.bytes != entry.compressed) {
        problem(Code::ZipSizes, {entry.name, std::to_string(entry.compressed), std::to_string(entry.bytes)}, entry.header);
        return;
    }
    if (entry.method == 8 && entry.bytes > (1U << 20U) && entry.bytes / m_ratio > entry.compressed) {
        problem(Code::ZipRatio, {entry.name, std::to_string(entry.compressed), std::to_string(entry.bytes)}, entry.header);
        return;
    }
    entry.broken = false;
}

Result<void> ZipScan::readLocalHeaders()
{
    // One page holds a header, its padding and the first bytes of its entry.
    ByteWindow window(m_archive.m_source, 4096);
    std::vector<std::uint32_t> order(m_archive.m_entries.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) {
        order[i] = i;
    }
    auto& entries = m_archive.m_entries;
    if (!std::is_sorted(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.header < b.header; })) {
        std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return entries[a].header < entries[b].header; });
    }
    std::size_t n = 0;
    for (const auto i : order) {
        if ((n++ & 0xFFFU) == 0 && m_job.stop.stop_requested()) {
            return fail(Code::Cancelled);
        }
        readLocalHeader(entries[i], window);
        if (window.failure()) {
            return *window.failure();
        }
    }
    return {};
}

void ZipScan::checkNames()
{
    auto& archive = m_archive;
    archive.m_byName.reserve(archive.m_entries.size());
    archive.m_byLowerName.reserve(archive.m_entries.size());
    for (std::uint32_t i = 0; i < archive.m_entries.size(); ++i) {
        const auto& entry = archive.m_entries[i];
        if (const auto [at, added] = archive.m_byName.emplace(entry.name, i); !added) {
            problem(Code::ZipDuplicate, {entry.name}, entry.header);
        } else if (const auto [same, first] = archive.m_byLowerName.emplace(lowered(entry.name), i); !first) {
            problem(Code::ZipCase, {entry.name, archive.m_entries[same->second].name}, entry.header);
        }
        std::string_view odd;
        if (entry.name.empty()) {
            odd = "empty";
        } else if (entry.name.front() == '/' || (entry.name.size() > 1 && entry.name[1] == ':')) {
            odd = "an absolute path";
        } else if (entry.name.find('\0') != std::string::npos) {
            odd = "not text";
        } else if (entry.name.find('\\') != std::string::npos) {
            odd = "written with backslashes";
        } else if (("/" + entry.name + "/").find("/../") != std::string::npos) {
            odd = "a path out of its folder";
        }
        if (!odd.empty()) {
            problem(Code::ZipOddName, {entry.name, std::string(odd)}, entry.header);
        }
    }
}

void ZipScan::checkOverlaps(const Directory& directory)
{
    std::vector<const ZipEntry*> order;
    order.reserve(m_archive.m_entries.size());
    for (const auto& entry : m_archive.m_entries) {
        if (!entry.broken) {
            order.push_back(&entry);
        }
    }
    std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->header < b->header; });
    const ZipEntry* before = nullptr;
    std::unordered_set<const ZipEntry*> overlapping;
    for (const auto* entry : order) {
        if (before != nullptr && entry->header < before->data + before->compressed) {
            problem(Code::ZipOverlap, {entry->name, before->name}, entry->header);
            overlapping.insert(entry);
            overlapping.insert(before);
        }
        if (entry->data + entry->compressed > directory.start) {
            problem(Code::ZipOverlap, {entry->name, "(the directory)"}, entry->header);
            overlapping.insert(entry);
        }
        if (before == nullptr || entry->data + entry->compressed > before->data + before->compressed) {
            before = entry;
        }
    }
    if (!order.empty() && order.front()->header > 0) {
        problem(Code::ZipLeading, {std::to_string(order.front()->header)}, 0);
    }
    for (auto& entry : m_archive.m_entries) {
        entry.shared = overlapping.contains(&entry);
        entry.broken = entry.broken || (entry.shared && !entry.stored());
    }
}

Result<void> ZipScan::run()
{
    auto directory = findDirectory();
    if (!directory) {
        return directory.error();
    }
    if (directory->entries == 0) {
        return error(Code::ZipEmpty, {}, 0);
    }
    if (auto read = readDirectory(*directory); !read) {
        return read;
    }
    if (auto read = readLocalHeaders(); !read) {
        return read;
    }
    checkNames();
    checkOverlaps(*directory);
    return {};
}

Result<ZipArchive> ZipArchive::open(ByteSource source, const std::string& file, std::vector<Problem>& problems, const JobContext& job,
                                    std::uint64_t ratio)
{
    ZipArchive archive;
    archive.m_source = std::move(source);
    if (auto read = ZipScan(archive, file, problems, job, ratio == 0 ? zipLimits().ratio : ratio).run(); !read) {
        return read.error();
    }
    return archive;
}

const ZipEntry* ZipArchive::find(std::string_view name) const
{
    if (const auto exact = m_byName.find(name); exact != m_byName.end()) {
        return &m_entries[exact->second];
    }
    const auto found = m_byLowerName.find(lowered(name));
    return found == m_byLowerName.end() ? nullptr : &m_entries[found->second];
}

Result<std::shared_ptr<const std::vector<std::byte>>> ZipArchive::unpack(const ZipEntry& entry, const std::string& file,
                                                                         std::vector<Problem>& problems) const
{
    const auto place = m_source.fileOffset(entry.data);
    if (entry.broken) {
        return inFile(fail(Code::ZipInflate, {entry.name, "its bytes cannot be located"}), file, place);
    }
    if (entry.bytes > zipLimits().unpacked) {
        return inFile(
            fail(Code::LimitExceeded, {"the unpacked size of " + entry.name, std::to_string(entry.bytes), std::to_string(zipLimits().unpacked)}),
            file, place);
    }
    auto out = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(entry.bytes));
    if (entry.stored()) {
        if (auto read = m_source.read(entry.data, *out); !read) {
            return read.error();
        }
    } else {
        z_stream stream{};
        if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
            return fail(Code::Internal, {"zlib"});
        }
        ByteWindow window(m_source.part(entry.data, entry.compressed), 256U << 10U);
        std::uint64_t at = 0;
        std::size_t made = 0;
        std::byte spare{}; // one byte more than promised shows an entry that is longer
        int state = Z_OK;
        std::optional<Error> failure;
        while (state == Z_OK) {
            const auto input = window.view(at, 256U << 10U);
            if (window.failure()) {
                failure = window.failure();
                break;
            }
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast,cppcoreguidelines-pro-type-reinterpret-cast): zlib's
            // old interface
            stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(input.data()));
            stream.avail_in = static_cast<uInt>(input.size());
            const auto room = out->size() - made;
            const auto give = static_cast<uInt>(std::min<std::size_t>(room, 1U << 30U));
            stream.next_out = reinterpret_cast<Bytef*>(room > 0 ? out->data() + made : &spare); // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
            stream.avail_out = room > 0 ? give : 1;
            const auto before = stream.avail_out;
            state = inflate(&stream, Z_NO_FLUSH);
            const auto produced = before - stream.avail_out;
            at += input.size() - stream.avail_in;
            if (room == 0 && produced > 0) {
                state = Z_DATA_ERROR; // longer than promised
                break;
            }
            made += produced;
            if (state == Z_BUF_ERROR || (state == Z_OK && produced == 0 && input.size() == stream.avail_in)) {
                state = Z_DATA_ERROR;
            }
        }
        inflateEnd(&stream);
        if (failure) {
            return *failure;
        }
        if (state != Z_STREAM_END || made != out->size()) {
            return inFile(
                fail(Code::ZipInflate, {entry.name, state == Z_STREAM_END ? "it is shorter than promised" : "its deflate stream is damaged"}), file,
                place);
        }
    }
    const auto sum = crc32_z(0, reinterpret_cast<const Bytef*>(out->data()),
                             out->size()); // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
    if (sum != entry.crc) {
        problems.push_back({codeInfo(Code::ZipChecksum).severity, inFile(fail(Code::ZipChecksum, {entry.name}), file, place), std::nullopt});
    }
    return std::shared_ptr<const std::vector<std::byte>>(std::move(out));
}

void ZipArchive::checkSums(std::uint64_t bytes, const std::string& file, std::vector<Problem>& problems) const
{
    std::vector<std::byte> buffer;
    for (const auto& entry : m_entries) {
        if (entry.broken || !entry.stored() || entry.bytes > bytes) {
            continue;
        }
        bytes -= entry.bytes;
        buffer.resize(static_cast<std::size_t>(entry.bytes));
        if (!m_source.read(entry.data, buffer)) {
            return;
        }
        if (crc32_z(0, reinterpret_cast<const Bytef*>(buffer.data()), buffer.size())
            != entry.crc) { // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
            problems.push_back({codeInfo(Code::ZipChecksum).severity,
                                inFile(fail(Code::ZipChecksum, {entry.name}), file, m_source.fileOffset(entry.data)), std::nullopt});
        }
    }
}

Result<ByteSource> ZipArchive::content(const ZipEntry& entry, const std::string& file, std::vector<Problem>& problems) const
{
    if (entry.stored() && !entry.broken) {
        return m_source.part(entry.data, entry.bytes);
    }
    auto bytes = unpack(entry, file, problems);
    if (!bytes) {
        return bytes.error();
    }
    return ByteSource::ofMemory(std::move(*bytes), m_source.fileOffset(entry.data));
}

} // namespace ckptscope
