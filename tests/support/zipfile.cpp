// SPDX-License-Identifier: Apache-2.0
#include "tests/support/zipfile.h"

namespace ckptscope::test {

namespace {

std::string number(std::uint64_t value, int bytes)
{
    std::string out;
    for (int i = 0; i < bytes; ++i) {
        out += static_cast<char>(i < 8 ? value >> (8 * i) & 0xFFU : 0); // wider fields are padded
    }
    return out;
}

} // namespace

std::uint32_t ZipFile::crc32(const std::string& data)
{
    std::uint32_t crc = 0xFFFFFFFF;
    for (const char c : data) {
        crc ^= static_cast<unsigned char>(c);
        for (int i = 0; i < 8; ++i) {
            crc = crc >> 1U ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
        }
    }
    return ~crc;
}

ZipFile& ZipFile::add(std::string name, std::string data)
{
    Entry entry;
    entry.name = std::move(name);
    entry.data = std::move(data);
    return add(std::move(entry));
}

ZipFile& ZipFile::add(Entry entry)
{
    m_entries.push_back(std::move(entry));
    return *this;
}

ZipFile& ZipFile::leading(std::string bytes)
{
    m_leading = std::move(bytes);
    return *this;
}

ZipFile& ZipFile::comment(std::string bytes)
{
    m_comment = std::move(bytes);
    return *this;
}

std::string ZipFile::bytes() const
{
    std::string out = m_leading;
    std::string directory;
    for (const auto& entry : m_entries) {
        const auto at = out.size();
        const auto name = entry.localName.value_or(entry.name);
        const auto unpadded = at + 30 + name.size() + 4;
        const auto padding = (64 - unpadded % 64) % 64;
        out += "PK\x03\x04" + number(0, 2) + number(entry.localFlags, 2) + number(entry.method, 2) + number(0, 4) + number(0, 12)
            + number(name.size(), 2) + number(padding + 4, 2) + name + "FB" + number(padding, 2) + std::string(padding, 'Z');
        out += entry.data;
        const auto crc = entry.crc.value_or(crc32(entry.data));
        const auto compressed = entry.compressed.value_or(entry.data.size());
        const auto bytes = entry.bytes.value_or(entry.data.size());
        out += "PK\x07\x08" + number(crc, 4) + number(compressed, 4) + number(bytes, 4);
        const bool large = compressed >= 0xFFFFFFFF || bytes >= 0xFFFFFFFF;
        directory += "PK\x01\x02" + number(0, 4) + number(entry.flags, 2) + number(entry.method, 2) + number(0, 4) + number(crc, 4)
            + number(large ? 0xFFFFFFFF : compressed, 4) + number(large ? 0xFFFFFFFF : bytes, 4) + number(entry.name.size(), 2)
            + number(large ? 20 : 0, 2) + number(0, 2) + number(0, 8) + number(entry.header.value_or(static_cast<std::uint32_t>(at)), 4) + entry.name;
        if (large) {
            directory += number(1, 2) + number(16, 2) + number(bytes, 8) + number(compressed, 8);
        }
    }
    const auto start = out.size();
    out += directory;
    const auto end64 = out.size();
    out += "PK\x06\x06" + number(44, 8) + number(0x031e, 2) + number(0x002d, 2) + number(0, 8) + number(m_entries.size(), 8)
        + number(m_entries.size(), 8) + number(directory.size(), 8) + number(start, 8);
    out += "PK\x06\x07" + number(0, 4) + number(end64, 8) + number(1, 4);
    out += "PK\x05\x06" + number(0, 4) + number(m_entries.size(), 2) + number(m_entries.size(), 2) + number(directory.size(), 4) + number(start, 4)
        + number(m_comment.size(), 2) + m_comment;
    return out;
}

} // namespace ckptscope::test
