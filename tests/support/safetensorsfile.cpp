// SPDX-License-Identifier: Apache-2.0
#include "tests/support/safetensorsfile.h"

#include <array>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace ckptscope::test {
namespace {

[[noreturn]] void die(const std::string& why)
{
    std::fprintf(stderr, "tests/support/safetensorsfile.cpp: %s\n", why.c_str());
    std::abort();
}

/// huggingface/safetensors safetensors/src/tensor.rs, Dtype::bitsize.
struct DTypeBits {
    std::string_view name;
    std::uint64_t bits;
};
constexpr std::array Bits{
    DTypeBits{"BOOL", 8},        DTypeBits{"F4", 4},      DTypeBits{"F6_E2M3", 6}, DTypeBits{"F6_E3M2", 6}, DTypeBits{"U8", 8},
    DTypeBits{"I8", 8},          DTypeBits{"F8_E5M2", 8}, DTypeBits{"F8_E4M3", 8}, DTypeBits{"F8_E8M0", 8}, DTypeBits{"F8_E4M3FNUZ", 8},
    DTypeBits{"F8_E5M2FNUZ", 8}, DTypeBits{"I16", 16},    DTypeBits{"U16", 16},    DTypeBits{"F16", 16},    DTypeBits{"BF16", 16},
    DTypeBits{"I32", 32},        DTypeBits{"U32", 32},    DTypeBits{"F32", 32},    DTypeBits{"C64", 64},    DTypeBits{"F64", 64},
    DTypeBits{"I64", 64},        DTypeBits{"U64", 64},
};

std::string jsonString(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            std::array<char, 8> buffer{};
            std::snprintf(buffer.data(), buffer.size(), "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
            out += buffer.data();
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::uint64_t product(const std::vector<std::uint64_t>& shape)
{
    std::uint64_t elements = 1;
    for (const auto dimension : shape) {
        elements *= dimension;
    }
    return elements;
}

std::string littleEndian(std::uint64_t value, std::size_t bytes)
{
    std::string out;
    for (std::size_t i = 0; i < bytes; ++i) {
        out += static_cast<char>((value >> (8 * i)) & 0xffU);
    }
    return out;
}

/// Only values that F16 holds exactly are asked of it, so rounding needs no thought.
std::uint64_t halfBits(float value)
{
    const auto single = std::bit_cast<std::uint32_t>(value);
    const auto sign = (single >> 16U) & 0x8000U;
    const auto exponent = static_cast<int>((single >> 23U) & 0xffU) - 127 + 15;
    if (value == 0) {
        return sign;
    }
    if (exponent <= 0 || exponent >= 31 || (single & 0x1fffU) != 0) {
        die("addValue: not a normal F16 number");
    }
    return sign | (static_cast<unsigned>(exponent) << 10U) | ((single >> 13U) & 0x3ffU);
}

std::string element(std::string_view dtype, double value)
{
    const auto single = std::bit_cast<std::uint32_t>(static_cast<float>(value));
    if (dtype == "F64") {
        return littleEndian(std::bit_cast<std::uint64_t>(value), 8);
    }
    if (dtype == "F32") {
        return littleEndian(single, 4);
    }
    if (dtype == "BF16") {
        return littleEndian(single >> 16U, 2);
    }
    if (dtype == "F16") {
        return littleEndian(halfBits(static_cast<float>(value)), 2);
    }
    if (dtype.front() == 'I' || dtype.front() == 'U' || dtype == "BOOL") {
        return littleEndian(static_cast<std::uint64_t>(static_cast<std::int64_t>(value)), SafetensorsFile::bits(dtype) / 8);
    }
    die("addValue: give the bytes of " + std::string(dtype) + " yourself, with add()");
}

} // namespace

std::string le64(std::uint64_t value)
{
    return littleEndian(value, 8);
}

std::string rawSafetensors(std::string_view header, std::string_view data)
{
    return rawSafetensors(header.size(), header, data);
}

std::string rawSafetensors(std::uint64_t length, std::string_view header, std::string_view data)
{
    return le64(length).append(header).append(data);
}

std::string safetensorsEntry(std::string_view name, std::string_view dtype, const std::vector<std::uint64_t>& shape, std::uint64_t begin,
                             std::uint64_t end)
{
    std::string out = jsonString(name) + ":{\"dtype\":" + jsonString(dtype) + ",\"shape\":[";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        out += (i != 0 ? "," : "") + std::to_string(shape[i]);
    }
    return out + "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(end) + "]}";
}

std::uint64_t SafetensorsFile::bits(std::string_view dtype)
{
    for (const auto& row : Bits) {
        if (row.name == dtype) {
            return row.bits;
        }
    }
    die("no such dtype: " + std::string(dtype));
}

SafetensorsFile& SafetensorsFile::add(std::string name, std::string dtype, std::vector<std::uint64_t> shape, std::string data)
{
    if (product(shape) * bits(dtype) != data.size() * 8) {
        die("tensor " + name + ": the bytes do not fit the dtype and shape");
    }
    const auto length = data.size();
    m_entries.push_back({std::move(name), std::move(dtype), std::move(shape), length, std::move(data)});
    return *this;
}

SafetensorsFile& SafetensorsFile::addValue(std::string name, std::string dtype, std::vector<std::uint64_t> shape, double value)
{
    const auto one = element(dtype, value);
    const auto elements = product(shape);
    std::string data;
    data.reserve(elements * one.size());
    for (std::uint64_t i = 0; i < elements; ++i) {
        data += one;
    }
    return add(std::move(name), std::move(dtype), std::move(shape), std::move(data));
}

SafetensorsFile& SafetensorsFile::addSparse(std::string name, std::string dtype, std::vector<std::uint64_t> shape)
{
    const auto length = product(shape) * bits(dtype) / 8;
    m_entries.push_back({std::move(name), std::move(dtype), std::move(shape), length, {}});
    return *this;
}

SafetensorsFile& SafetensorsFile::metadata(std::string key, std::string value)
{
    m_metadata.emplace_back(std::move(key), std::move(value));
    return *this;
}

SafetensorsFile& SafetensorsFile::metadataLast() noexcept
{
    m_metadataLast = true;
    return *this;
}

std::string SafetensorsFile::header() const
{
    std::string metadata;
    if (!m_metadata.empty()) {
        for (const auto& [key, value] : m_metadata) {
            metadata += (metadata.empty() ? "" : ",") + jsonString(key) + ":" + jsonString(value);
        }
        metadata = "\"__metadata__\":{" + metadata + "}";
    }
    std::string body = m_metadataLast ? "" : metadata;
    std::uint64_t at = 0;
    for (const auto& entry : m_entries) {
        body += (body.empty() ? "" : ",") + safetensorsEntry(entry.name, entry.dtype, entry.shape, at, at + entry.length);
        at += entry.length;
    }
    if (m_metadataLast && !metadata.empty()) {
        body += (body.empty() ? "" : ",") + metadata;
    }
    std::string out = "{" + body + "}";
    out.append((8 - out.size() % 8) % 8, ' ');
    return out;
}

std::uint64_t SafetensorsFile::dataBytes() const
{
    std::uint64_t bytes = 0;
    for (const auto& entry : m_entries) {
        bytes += entry.length;
    }
    return bytes;
}

std::string SafetensorsFile::bytes() const
{
    std::string out = rawSafetensors(header());
    for (const auto& entry : m_entries) {
        if (entry.data.empty()) {
            out.append(entry.length, '\0');
        } else {
            out += entry.data;
        }
    }
    return out;
}

void SafetensorsFile::write(const std::string& path) const
{
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    const auto head = rawSafetensors(header());
    out.write(head.data(), static_cast<std::streamsize>(head.size()));
    std::uint64_t at = head.size();
    for (const auto& entry : m_entries) {
        if (!entry.data.empty()) {
            out.seekp(static_cast<std::streamoff>(at));
            out.write(entry.data.data(), static_cast<std::streamsize>(entry.data.size()));
        }
        at += entry.length;
    }
    out.close();
    if (out.fail()) {
        die("cannot write " + path);
    }
    std::filesystem::resize_file(path, at, error);
    if (error) {
        die("cannot resize " + path);
    }
}

std::string indexJson(const std::vector<std::pair<std::string, std::string>>& weightMap, std::uint64_t totalSize)
{
    std::string out = "{\n  \"metadata\": {\n    \"total_size\": " + std::to_string(totalSize) + "\n  },\n  \"weight_map\": {\n";
    for (std::size_t i = 0; i < weightMap.size(); ++i) {
        out += "    " + jsonString(weightMap[i].first) + ": " + jsonString(weightMap[i].second) + (i + 1 < weightMap.size() ? ",\n" : "\n");
    }
    return out + "  }\n}\n";
}

} // namespace ckptscope::test
