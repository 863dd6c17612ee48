// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

namespace ckptscope::fuzz {

namespace {

constexpr std::size_t HeadBytes = 24; ///< magic, version, counts of tensors and keys
constexpr unsigned TypeString = 8;
constexpr unsigned TypeArray = 9;
constexpr std::array<std::size_t, 13> TypeBytes{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8}; ///< by gguf_type
constexpr std::array<std::uint64_t, 10> Numbers{0, 1, 31, 32, 256, 0x7FFFFFFF, 0xFFFFFFFF, 1ULL << 40U, 0x7FFFFFFFFFFFFFFFULL, 0xFFFFFFFFFFFFFFFFULL};

/// Reads forwards; false once something reaches over the end.
class Walk {
public:
    Walk(std::string_view bytes, std::size_t at)
        : m_bytes(bytes)
        , m_at(at)
    {
    }
    bool skip(std::uint64_t count)
    {
        m_good = m_good && count <= m_bytes.size() - m_at;
        m_at += m_good ? static_cast<std::size_t>(count) : 0;
        return m_good;
    }
    std::uint64_t number(std::size_t count)
    {
        std::uint64_t value = 0;
        const std::size_t from = m_at;
        if (skip(count)) {
            for (std::size_t i = 0; i < count; ++i) {
                value |= static_cast<std::uint64_t>(static_cast<unsigned char>(m_bytes[from + i])) << (8 * i);
            }
        }
        return value;
    }
    bool value(std::uint64_t type, int depth)
    {
        if (type == TypeString) {
            return skip(number(8));
        }
        if (type == TypeArray && depth > 0) {
            const std::uint64_t inner = number(4);
            const std::uint64_t count = number(8);
            for (std::uint64_t i = 0; m_good && i < count; ++i) {
                value(inner, depth - 1);
            }
            return m_good;
        }
        m_good = m_good && type < TypeBytes.size() && TypeBytes[type] > 0; // an unknown type: nobody knows where its value ends
        return m_good && skip(TypeBytes[type]);
    }
    [[nodiscard]] std::size_t at() const noexcept { return m_at; }
    [[nodiscard]] bool good() const noexcept { return m_good; }

private:
    std::string_view m_bytes;
    std::size_t m_at;
    bool m_good = true;
};

void put(std::string& to, std::size_t at, std::uint64_t value, std::size_t count)
{
    for (std::size_t i = 0; i < count && at + i < to.size(); ++i) {
        to[at + i] = static_cast<char>(value >> (8 * i) & 0xFFU);
    }
}

/// A key with its value, or a tensor's record: a name with its length in front, then the rest.
void changeRecord(std::string& record, std::minstd_rand& random, std::size_t most)
{
    Walk walk(record, 0);
    const std::size_t nameBytes = static_cast<std::size_t>(std::min<std::uint64_t>(walk.number(8), record.size() - 8));
    if (random() % 2 == 0) {
        std::string name = record.substr(8, nameBytes);
        mutateText(name, std::min<std::size_t>(most, 300));
        record.replace(8, nameBytes, name);
        put(record, 0, name.size(), 8);
        return;
    }
    std::string rest = record.substr(8 + nameBytes);
    if (random() % 2 == 0) {
        mutateText(rest, most);
    } else if (!rest.empty()) {
        const std::size_t width = random() % 2 == 0 ? 4 : 8;
        put(rest, random() % rest.size() / 4 * 4, random() % 3 == 0 ? random() % 42 : Numbers[random() % Numbers.size()], width);
    }
    record.resize(8 + nameBytes);
    record += rest;
}

} // namespace

void mutateGguf(std::string& file, std::size_t most, unsigned seed)
{
    std::minstd_rand random(seed);
    if (file.size() < HeadBytes || random() % 6 == 0) {
        mutateText(file, most);
        return;
    }
    std::array<std::vector<std::string>, 2> records; // keys, tensors
    std::array<std::uint64_t, 2> counts{};
    Walk walk(file, 8);
    counts[1] = walk.number(8);
    counts[0] = walk.number(8);
    for (const std::size_t kind : {0U, 1U}) {
        for (std::uint64_t i = 0; i < counts[kind]; ++i) {
            const std::size_t from = walk.at();
            walk.skip(walk.number(8));
            if (kind == 0) {
                walk.value(walk.number(4), 4);
            } else {
                walk.skip(std::min<std::uint64_t>(walk.number(4), 1U << 20U) * 8);
                walk.skip(4 + 8);
            }
            if (!walk.good() || i > 256) {
                mutateText(file, most);
                return;
            }
            records[kind].push_back(file.substr(from, walk.at() - from));
        }
    }
    std::string data = file.substr(walk.at());
    auto& chosen = records[records[1].empty() ? 0 : random() % 2];
    const auto choice = random() % 8;
    if (choice == 0 || chosen.empty()) {
        mutateText(data, most);
    } else {
        std::string& record = chosen[random() % chosen.size()];
        if (choice == 1) {
            chosen.push_back(std::string(record));
        } else if (choice == 2) {
            record = std::string(chosen.back());
            chosen.pop_back();
        } else if (choice == 3) {
            std::swap(record, chosen.front());
        } else {
            changeRecord(record, random, most / 2);
        }
    }
    std::string out = file.substr(0, HeadBytes);
    put(out, 8, records[1].size(), 8);
    put(out, 16, records[0].size(), 8);
    for (const auto& kind : records) {
        for (const auto& record : kind) {
            out += record;
        }
    }
    // The data section starts at a multiple of 32, unless a key says otherwise.
    if (out.size() % 32 != walk.at() % 32) {
        data = std::string((walk.at() % 32 + 32 - out.size() % 32) % 32, '\0') + data;
    }
    file = out + data;
}

} // namespace ckptscope::fuzz
