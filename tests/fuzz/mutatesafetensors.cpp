// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <array>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

namespace ckptscope::fuzz {

namespace {

constexpr std::size_t LengthBytes = 8;
constexpr std::array<std::pair<std::string_view, unsigned>, 21> DTypes{
    {{"F32", 32},    {"BF16", 16},   {"F16", 16},    {"F64", 64}, {"I64", 64},    {"U64", 64},    {"I32", 32},
     {"U32", 32},    {"I16", 16},    {"U16", 16},    {"I8", 8},   {"U8", 8},      {"BOOL", 8},    {"C64", 64},
     {"F8_E4M3", 8}, {"F8_E5M2", 8}, {"F8_E8M0", 8}, {"F4", 4},   {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"F8_E4M3FNUZ", 8}}};
constexpr std::array<std::string_view, 18> Names{"model.layers.0.linear_attn.A_log",
                                                 "model.layers.1.linear_attn.dt_bias",
                                                 "model.layers.0.linear_attn.conv1d.weight",
                                                 "lm_head.weight",
                                                 "model.embed_tokens.weight",
                                                 "model.layers.0.linear_attn._fp32_params.A_log",
                                                 "model.layers.0.mlp.gate.e_score_correction_bias",
                                                 "backbone.layers.0.mixer.A_log",
                                                 "backbone.layers.0.mixer.D",
                                                 "module.x",
                                                 "a",
                                                 "",
                                                 "__metadata__",
                                                 "\\u0061",
                                                 "model.layers.3.self_attn.q_proj.weight",
                                                 "model.layers.0.mlp.experts.0.down_proj.weight",
                                                 "model.norm.weight",
                                                 "model.layers.99999999999999999999.x"};
constexpr std::array<std::string_view, 14> Numbers{"0",
                                                   "1",
                                                   "2",
                                                   "7",
                                                   "127",
                                                   "255",
                                                   "65536",
                                                   "4294967295",
                                                   "4294967296",
                                                   "9007199254740993",
                                                   "9223372036854775807",
                                                   "9223372036854775808",
                                                   "18446744073709551615",
                                                   "18446744073709551616"};

/// The top-level entries of a JSON object, each with its key and without its comma, as text; whatever does not parse
/// stays in one piece.
std::vector<std::string> entriesOf(std::string_view header)
{
    std::vector<std::string> entries;
    std::string entry;
    int depth = 0;
    bool inString = false;
    for (std::size_t i = 0; i < header.size(); ++i) {
        const char c = header[i];
        if (inString) {
            entry += c;
            if (c == '\\' && i + 1 < header.size()) {
                entry += header[++i];
            } else if (c == '"') {
                inString = false;
            }
            continue;
        }
        if (c == '"') {
            inString = true;
        } else if (c == '{' || c == '[') {
            if (depth++ == 0) {
                continue;
            }
        } else if (c == '}' || c == ']') {
            if (--depth == 0) {
                break;
            }
        } else if (c == ',' && depth == 1) {
            entries.push_back(std::exchange(entry, {}));
            continue;
        }
        entry += c;
    }
    if (!entry.empty()) {
        entries.push_back(std::move(entry));
    }
    return entries;
}

std::string joined(const std::vector<std::string>& entries)
{
    std::string header = "{";
    for (std::size_t i = 0; i < entries.size(); ++i) {
        header += (i > 0 ? "," : "") + entries[i];
    }
    return header + '}';
}

/// Where the text of `field`'s value begins in an entry; npos: it has none.
std::size_t valueOf(const std::string& entry, std::string_view field)
{
    const auto at = entry.find('"' + std::string(field) + "\":");
    return at == std::string::npos ? at : at + field.size() + 3;
}

void replaceKey(std::string& entry, std::string_view key)
{
    const auto begin = entry.find('"');
    const auto end = begin == std::string::npos ? begin : entry.find("\":", begin + 1);
    if (end != std::string::npos) {
        entry.replace(begin + 1, end - begin - 1, key);
    }
}

/// One of its numbers becomes another.
void replaceNumber(std::string& header, std::minstd_rand& random, std::string_view number)
{
    const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    const std::size_t from = header.empty() ? 0 : random() % header.size();
    const auto begin = std::find_if(header.begin() + static_cast<std::ptrdiff_t>(from), header.end(), isDigit);
    const auto end = std::find_if_not(begin, header.end(), isDigit);
    header.replace(begin, end, number);
}

/// Gives every entry the offsets that its dtype and shape ask for, one behind the other; returns the bytes of the
/// buffer.
std::size_t makeDense(std::vector<std::string>& entries, std::size_t most)
{
    std::size_t at = 0;
    for (std::string& entry : entries) {
        const auto dtype = valueOf(entry, "dtype");
        const auto shape = valueOf(entry, "shape");
        const auto offsets = valueOf(entry, "data_offsets");
        if (dtype == std::string::npos || shape == std::string::npos || offsets == std::string::npos) {
            continue;
        }
        const auto known = std::find_if(DTypes.begin(), DTypes.end(), [&](const auto& row) {
            return dtype + 1 < entry.size() && entry.compare(dtype + 1, row.first.size() + 1, std::string(row.first) + '"') == 0;
        });
        std::size_t elements = 1;
        for (std::size_t i = shape + 1; i < entry.size() && entry[i] != ']'; ++i) {
            if (entry[i] >= '0' && entry[i] <= '9') {
                std::size_t dimension = 0;
                for (; i < entry.size() && entry[i] >= '0' && entry[i] <= '9'; ++i) {
                    dimension = std::min<std::size_t>(dimension * 10 + static_cast<std::size_t>(entry[i] - '0'), most + 1);
                }
                elements = std::min(elements * dimension, most + 1);
                --i;
            }
        }
        const std::size_t bytes = elements * (known == DTypes.end() ? 8 : known->second) / 8;
        const auto close = entry.find(']', offsets);
        if (close == std::string::npos || bytes > most - std::min(at, most)) {
            continue;
        }
        entry.replace(offsets, close - offsets + 1, '[' + std::to_string(at) + ',' + std::to_string(at + bytes) + ']');
        at += bytes;
    }
    return at;
}

} // namespace

void mutateSafetensors(std::string& file, std::size_t most, unsigned seed)
{
    std::minstd_rand random(seed);
    if (file.size() < LengthBytes + 2 || random() % 16 == 0) {
        mutateText(file, most);
        return;
    }
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < LengthBytes; ++i) {
        length |= static_cast<std::uint64_t>(static_cast<unsigned char>(file[i])) << (8 * i);
    }
    std::string header = file.substr(LengthBytes, static_cast<std::size_t>(std::min<std::uint64_t>(length, file.size())));
    std::string buffer = file.substr(LengthBytes + header.size());
    const auto pick = [&](const auto& from) { return from[random() % from.size()]; };
    const auto choice = random() % 16;
    if (choice < 5) {
        mutateText(header, most - LengthBytes);
    } else if (choice < 7) {
        replaceNumber(header, random, choice == 5 ? std::string(pick(Numbers)) : std::to_string(buffer.size() + random() % 3 - 1));
    } else if (choice == 7) {
        mutateText(buffer, most);
    } else if (auto entries = entriesOf(header); !entries.empty()) {
        std::string& entry = entries[random() % entries.size()];
        if (choice == 8) {
            entries.push_back(std::string(entry));
        } else if (choice == 9) {
            entry = std::string(entries.back());
            entries.pop_back();
        } else if (choice == 10) {
            std::swap(entry, entries.front());
        } else if (choice == 11) {
            replaceKey(entry, pick(Names));
        } else if (choice == 12) {
            entries.push_back(std::string(entry));
            replaceKey(entries.back(), pick(Names));
        } else if (const auto dtype = valueOf(entry, "dtype"); dtype != std::string::npos && choice == 13) {
            const auto close = entry.find('"', dtype + 1);
            if (close != std::string::npos) {
                entry.replace(dtype + 1, close - dtype - 1, pick(DTypes).first);
            }
        } else {
            buffer.resize(makeDense(entries, most / 2), 'x');
        }
        header = joined(entries);
        header.append((8 - header.size() % 8) % 8, ' ');
    }
    file.clear();
    for (std::size_t i = 0; i < LengthBytes; ++i) {
        file += static_cast<char>(static_cast<std::uint64_t>(header.size()) >> (8 * i) & 0xFFU);
    }
    file += header + buffer;
}

} // namespace ckptscope::fuzz
