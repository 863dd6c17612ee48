// SPDX-License-Identifier: Apache-2.0
// Fields and numbers: PKWARE APPNOTE.TXT 4.3.7 to 4.5.3.
#include "core/fix/ziplayout.h"

#include <algorithm>
#include <zlib.h>

namespace ckptscope {

namespace {

constexpr std::uint64_t Large = UINT32_MAX; ///< from here on 32 bits mean "see the zip64 field"
constexpr std::uint16_t Utf8Names = 1U << 11U;
constexpr std::uint16_t SizesBehind = 1U << 3U;

void put(std::string& out, std::uint64_t value, std::size_t bytes)
{
    for (std::size_t i = 0; i < bytes; ++i) {
        out += static_cast<char>(i < sizeof value ? value >> (8 * i) & 0xFFU : 0U); // fields may be wider: zeros
    }
}

} // namespace

ZipLayout::ZipLayout(OutputFile& out, std::uint64_t alignment)
    : m_out(out)
    , m_alignment(alignment)
{
}

void ZipLayout::segment(Segment segment)
{
    segment.target = m_at;
    m_at += segment.length;
    m_out.segments.push_back(segment);
}

void ZipLayout::append(std::string_view bytes)
{
    if (bytes.empty()) {
        return;
    }
    if (m_out.segments.empty() || m_out.segments.back().kind != Segment::Kind::Literal) {
        Segment literal;
        literal.kind = Segment::Kind::Literal;
        literal.source = m_out.text.size();
        segment(literal);
    }
    m_out.segments.back().length += bytes.size();
    m_out.text += bytes;
    m_at += bytes.size();
}

void ZipLayout::appendSum(const Entry& entry)
{
    if (entry.sum != UINT32_MAX) {
        m_out.sums[entry.sum].places.push_back(m_at);
    }
    std::string field;
    put(field, entry.crc, 4);
    append(field);
}

void ZipLayout::begin(Entry entry)
{
    entry.header = m_at;
    const bool wide = entry.bytes >= Large || entry.packed >= Large;
    std::string head = "PK\x03\x04";
    put(head, wide ? 45 : 0, 2);
    put(head, entry.packed > 0 ? Utf8Names | SizesBehind : Utf8Names, 2);
    put(head, entry.method, 2);
    put(head, 0, 8); // time, date, CRC
    put(head, wide ? Large : 0, 4);
    put(head, wide ? Large : 0, 4);
    put(head, entry.name.size(), 2);
    const std::uint64_t fixed = m_at + 30 + entry.name.size() + (wide ? 20 : 0) + 4;
    const std::uint64_t padding = (m_alignment - fixed % m_alignment) % m_alignment;
    put(head, (wide ? 20U : 0U) + 4U + padding, 2);
    head += entry.name;
    if (wide) {
        put(head, 1, 2);
        put(head, 16, 2);
        put(head, entry.bytes, 8);
        put(head, entry.packed, 8);
    }
    head += "FB";
    put(head, padding, 2);
    head.append(static_cast<std::size_t>(padding), 'Z');
    append(head);
    m_entries.push_back(std::move(entry));
}

void ZipLayout::end()
{
    const Entry& entry = m_entries.back();
    if (entry.packed == 0) {
        return;
    }
    append("PK\x07\x08");
    appendSum(entry);
    const bool wide = entry.bytes >= Large || entry.packed >= Large;
    std::string sizes;
    put(sizes, entry.packed, wide ? 8 : 4);
    put(sizes, entry.bytes, wide ? 8 : 4);
    append(sizes);
}

void ZipLayout::text(std::string_view name, std::string_view bytes)
{
    Entry entry;
    entry.name = name;
    entry.packed = bytes.size();
    entry.bytes = bytes.size();
    entry.crc = static_cast<std::uint32_t>(::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()),
                                                     bytes.size())); // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
    begin(std::move(entry));
    append(bytes);
    end();
}

void ZipLayout::copy(const ZipEntry& source, std::uint32_t shard)
{
    Entry entry;
    entry.name = source.name;
    entry.method = source.method;
    entry.crc = source.crc;
    entry.packed = source.compressed;
    entry.bytes = source.bytes;
    begin(std::move(entry));
    if (source.compressed > 0) {
        Segment bytes;
        bytes.source = source.data;
        bytes.length = source.compressed;
        bytes.shard = shard;
        segment(bytes);
    }
    end();
}

void ZipLayout::edited(std::string_view name, Segment bytes)
{
    Entry entry;
    entry.name = name;
    entry.packed = bytes.length;
    entry.bytes = bytes.length;
    if (bytes.length > 0) {
        entry.sum = static_cast<std::uint32_t>(m_out.sums.size());
        m_out.sums.emplace_back();
    }
    begin(std::move(entry));
    if (bytes.length > 0) {
        m_out.sums.back().segment = static_cast<std::uint32_t>(m_out.segments.size());
        segment(bytes);
    }
    end();
}

void ZipLayout::finish()
{
    const std::uint64_t start = m_at;
    for (const Entry& entry : m_entries) {
        std::string extra;
        if (entry.bytes >= Large) {
            put(extra, entry.bytes, 8);
        }
        if (entry.packed >= Large) {
            put(extra, entry.packed, 8);
        }
        if (entry.header >= Large) {
            put(extra, entry.header, 8);
        }
        std::string head = "PK\x01\x02";
        put(head, 0, 2);
        put(head, extra.empty() ? 0 : 45, 2);
        put(head, entry.packed > 0 ? Utf8Names | SizesBehind : Utf8Names, 2);
        put(head, entry.method, 2);
        put(head, 0, 4);
        append(head);
        appendSum(entry);
        std::string rest;
        put(rest, std::min(entry.packed, Large), 4);
        put(rest, std::min(entry.bytes, Large), 4);
        put(rest, entry.name.size(), 2);
        put(rest, extra.empty() ? 0 : extra.size() + 4, 2);
        put(rest, 0, 10); // comment, disk, attributes
        put(rest, std::min(entry.header, Large), 4);
        rest += entry.name;
        if (!extra.empty()) {
            put(rest, 1, 2);
            put(rest, extra.size(), 2);
            rest += extra;
        }
        append(rest);
    }
    const std::uint64_t length = m_at - start;
    std::string tail;
    if (m_entries.size() >= UINT16_MAX || start >= Large || length >= Large) {
        const std::uint64_t record = m_at;
        tail += "PK\x06\x06";
        put(tail, 44, 8);
        put(tail, 45, 2);
        put(tail, 45, 2);
        put(tail, 0, 8); // disks
        put(tail, m_entries.size(), 8);
        put(tail, m_entries.size(), 8);
        put(tail, length, 8);
        put(tail, start, 8);
        tail += "PK\x06\x07";
        put(tail, 0, 4);
        put(tail, record, 8);
        put(tail, 1, 4);
    }
    tail += "PK\x05\x06";
    put(tail, 0, 4);
    put(tail, std::min<std::uint64_t>(m_entries.size(), UINT16_MAX), 2);
    put(tail, std::min<std::uint64_t>(m_entries.size(), UINT16_MAX), 2);
    put(tail, std::min(length, Large), 4);
    put(tail, std::min(start, Large), 4);
    put(tail, 0, 2);
    append(tail);
    m_out.bytes = m_at;
}

} // namespace ckptscope
