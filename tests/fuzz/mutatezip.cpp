// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <string_view>
#include <utility>
#include <vector>
#include <zlib.h>

namespace ckptscope::fuzz {

namespace {

constexpr std::size_t EndBytes = 22;
constexpr std::size_t DirectoryBytes = 46;
constexpr std::size_t LocalBytes = 30;
constexpr std::size_t MostUnpacked = 64 * 1024;
constexpr std::size_t Alignment = 64; ///< torch.save's, of contents
constexpr std::array<std::string_view, 12> Names{"data.pkl",
                                                 "archive/data.pkl",
                                                 "archive/data/0",
                                                 "archive/data/1",
                                                 "archive/byteorder",
                                                 "archive/version",
                                                 "archive/constants.pkl",
                                                 "archive/code/__torch__.py",
                                                 "a.npy",
                                                 "b.npy",
                                                 "../x",
                                                 "archive/.data/serialization_id"};

struct Entry {
    std::string name;
    std::string content; ///< unpacked
    bool deflated = false;
};

std::uint64_t number(std::string_view bytes, std::size_t at, std::size_t count)
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count && at + i < bytes.size(); ++i) {
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
    }
    return value;
}

void put(std::string& to, std::uint64_t value, std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i) {
        to += static_cast<char>(i < 8 ? value >> (8 * i) & 0xFFU : 0U);
    }
}

std::optional<std::string> inflated(std::string_view packed)
{
    std::string out(MostUnpacked, '\0');
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
        return std::nullopt;
    }
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data())); // zlib only reads it
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int end = inflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return end == Z_STREAM_END ? std::optional(out) : std::nullopt;
}

std::string deflated(std::string_view bytes)
{
    std::string out(bytes.size() + 64, '\0');
    z_stream stream{};
    if (deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return {};
    }
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    (void)deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

/// What its directory lists; empty where it has none that is simple.
std::vector<Entry> entriesOf(std::string_view file)
{
    std::vector<Entry> entries;
    const auto end = file.rfind("PK\5\6");
    if (end == std::string_view::npos || file.size() - end < EndBytes) {
        return entries;
    }
    const std::uint64_t count = number(file, end + 10, 2);
    std::uint64_t at = number(file, end + 16, 4);
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(count, 64) && at + DirectoryBytes <= file.size(); ++i) {
        const std::uint64_t nameBytes = number(file, at + 28, 2);
        const std::uint64_t packed = number(file, at + 20, 4);
        const std::uint64_t local = number(file, at + 42, 4);
        if (at + DirectoryBytes + nameBytes > file.size() || local + LocalBytes > file.size()) {
            return {};
        }
        const std::uint64_t data = local + LocalBytes + number(file, local + 26, 2) + number(file, local + 28, 2);
        if (data > file.size() || packed > file.size() - data) {
            return {};
        }
        Entry entry;
        entry.name = file.substr(at + DirectoryBytes, nameBytes);
        entry.content = file.substr(data, packed);
        if (number(file, at + 10, 2) == 8) {
            if (auto whole = inflated(entry.content)) {
                entry.content = *std::move(whole);
                entry.deflated = true;
            }
        }
        at += DirectoryBytes + nameBytes + number(file, at + 30, 2) + number(file, at + 32, 2);
        entries.push_back(std::move(entry));
    }
    return entries;
}

std::string archiveOf(const std::vector<Entry>& entries, bool aligned)
{
    std::string file;
    std::string directory;
    for (const Entry& entry : entries) {
        const std::string stored = entry.deflated ? deflated(entry.content) : entry.content;
        const std::size_t local = file.size();
        const std::size_t unpadded = local + LocalBytes + entry.name.size() + 4;
        const std::size_t padding = aligned ? (Alignment - unpadded % Alignment) % Alignment : 0;
        std::string common;
        put(common, 0, 2); // flags
        put(common, entry.deflated ? 8 : 0, 2);
        put(common, 0, 4); // time
        put(common, ::crc32(0, reinterpret_cast<const Bytef*>(entry.content.data()), static_cast<uInt>(entry.content.size())), 4);
        put(common, stored.size(), 4);
        put(common, entry.content.size(), 4);
        put(common, entry.name.size(), 2);
        file += "PK\3\4";
        put(file, 20, 2);
        file += common;
        put(file, aligned ? padding + 4 : 0, 2);
        file += entry.name;
        if (aligned) {
            file += "FB"; // as torch pads
            put(file, padding, 2);
            file.append(padding, 'Z');
        }
        file += stored;
        directory += "PK\1\2";
        put(directory, 20, 2);
        put(directory, 20, 2);
        directory += common;
        put(directory, 0, 12); // extra, comment, disk, attributes
        put(directory, local, 4);
        directory += entry.name;
    }
    const std::size_t start = file.size();
    file += directory + "PK\5\6";
    put(file, 0, 4);
    put(file, entries.size(), 2);
    put(file, entries.size(), 2);
    put(file, directory.size(), 4);
    put(file, start, 4);
    put(file, 0, 2);
    return file;
}

} // namespace

void mutateZip(std::string& file, std::size_t most, unsigned seed)
{
    std::minstd_rand random(seed);
    auto entries = entriesOf(file);
    if (entries.empty() || random() % 8 == 0) {
        mutateText(file, most);
        return;
    }
    const auto choice = random() % 16;
    Entry& entry = entries[random() % entries.size()];
    if (choice < 11) {
        // Where there is a pickle it is what matters: the rest are numbers.
        const auto pickle = std::find_if(entries.begin(), entries.end(), [](const Entry& one) { return one.name.ends_with("data.pkl"); });
        mutateText(pickle != entries.end() && choice < 8 ? pickle->content : entry.content, most / 2);
    } else if (choice == 11) {
        mutateText(entry.name, 200);
    } else if (choice == 12) {
        entry.name = Names[random() % Names.size()];
    } else if (choice == 13) {
        entries.push_back(Entry(entry));
    } else if (choice == 14 && entries.size() > 1) {
        entry = Entry(entries.back());
        entries.pop_back();
    } else {
        entry.deflated = !entry.deflated;
    }
    file = archiveOf(entries, random() % 4 != 0);
}

} // namespace ckptscope::fuzz
