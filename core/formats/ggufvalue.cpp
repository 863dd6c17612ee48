// SPDX-License-Identifier: Apache-2.0
#include "core/formats/ggufvalue.h"

#include "core/formats/formatreader.h"
#include "core/text/text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

namespace ckptscope {

namespace {

struct TypeRow {
    std::string_view name;
    std::uint8_t bytes;
};

constexpr std::array<TypeRow, 13> Rows{{{"u8", 1},
                                        {"i8", 1},
                                        {"u16", 2},
                                        {"i16", 2},
                                        {"u32", 4},
                                        {"i32", 4},
                                        {"f32", 4},
                                        {"bool", 1},
                                        {"string", 8},
                                        {"array", 12},
                                        {"u64", 8},
                                        {"i64", 8},
                                        {"f64", 8}}};

constexpr std::size_t WindowBytes = 256U << 10U;
constexpr std::uint64_t ShownStringBytes = 4096; ///< of an array's string on a page

const TypeRow* rowOf(GgufType type) noexcept
{
    const auto row = static_cast<std::size_t>(type);
    return row < Rows.size() ? &Rows[row] : nullptr;
}

std::string scalarText(GgufType type, std::uint64_t bits)
{
    const MetadataValue value = ggufScalar(type, bits);
    if (const auto* flag = std::get_if<bool>(&value)) {
        return *flag ? "true" : "false";
    }
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        return std::to_string(*number);
    }
    if (const auto* number = std::get_if<std::uint64_t>(&value)) {
        return std::to_string(*number);
    }
    if (const auto* number = std::get_if<double>(&value)) {
        return numberText(*number);
    }
    return {};
}

/// Places know no byte order: the file's version field tells it again.
Result<bool> isBigEndian(const File& file)
{
    std::array<std::byte, 4> version{};
    if (auto read = file.readAt(4, version); !read) {
        return read.error();
    }
    return version[0] == std::byte{0} && version[1] == std::byte{0};
}

} // namespace

std::string_view ggufTypeName(GgufType type) noexcept
{
    const TypeRow* row = rowOf(type);
    return row == nullptr ? std::string_view() : row->name;
}

std::uint64_t ggufTypeBytes(GgufType type) noexcept
{
    const TypeRow* row = rowOf(type);
    return row == nullptr ? 0 : row->bytes;
}

GgufCursor::GgufCursor(const File& file, std::uint64_t position, bool bigEndian)
    : m_file(&file)
    , m_position(std::min(position, file.size()))
    , m_bigEndian(bigEndian)
{
}

bool GgufCursor::fail(Error error)
{
    if (m_error.file.empty()) {
        m_error = inFile(std::move(error), m_file->name());
        if (!m_error.offset) {
            m_error.offset = m_position;
        }
    }
    return false;
}

bool GgufCursor::fill(std::size_t bytes, std::string_view what)
{
    if (remaining() < bytes) {
        return fail(ckptscope::fail(Code::GgufHeaderEnds, {std::string(what)}));
    }
    if (m_position >= m_windowStart && m_position + bytes <= m_windowStart + m_windowBytes) {
        return true;
    }
    m_window.resize(std::max(WindowBytes, bytes));
    auto got = m_file->readSome(m_position, m_window);
    if (!got) {
        return fail(std::move(got).error());
    }
    m_windowStart = m_position;
    m_windowBytes = *got;
    if (m_windowBytes < bytes) {
        return fail(ckptscope::fail(Code::FileShrank, {std::to_string(bytes - m_windowBytes)}));
    }
    return true;
}

bool GgufCursor::number(unsigned bytes, std::uint64_t& value, std::string_view what)
{
    if (!fill(bytes, what)) {
        return false;
    }
    const std::byte* at = m_window.data() + (m_position - m_windowStart);
    value = 0;
    for (unsigned i = 0; i < bytes; ++i) {
        const unsigned shift = 8U * (m_bigEndian ? bytes - 1 - i : i);
        value |= static_cast<std::uint64_t>(at[i]) << shift;
    }
    m_position += bytes;
    return true;
}

bool GgufCursor::length(std::uint64_t& bytes, std::uint64_t limit, std::string_view what)
{
    if (!number(8, bytes, what)) {
        return false;
    }
    if (bytes > remaining()) {
        return fail(ckptscope::fail(Code::GgufString, {std::string(what), std::to_string(bytes), std::to_string(remaining())}));
    }
    if (bytes > limit) {
        return fail(ckptscope::fail(Code::LimitExceeded, {"the length of " + std::string(what), std::to_string(bytes), std::to_string(limit)}));
    }
    return true;
}

bool GgufCursor::string(std::string& out, std::uint64_t limit, std::string_view what)
{
    std::uint64_t bytes = 0;
    return length(bytes, limit, what) && text(out, bytes, what);
}

bool GgufCursor::text(std::string& out, std::uint64_t bytes, std::string_view what)
{
    if (!fill(static_cast<std::size_t>(bytes), what)) {
        return false;
    }
    out.assign(reinterpret_cast<const char*>(m_window.data() + (m_position - m_windowStart)), static_cast<std::size_t>(bytes));
    m_position += bytes;
    return true;
}

bool GgufCursor::skip(std::uint64_t bytes, std::string_view what)
{
    if (bytes > remaining()) {
        return fail(ckptscope::fail(Code::GgufHeaderEnds, {std::string(what)}));
    }
    m_position += bytes;
    return true;
}

bool GgufCursor::arrayHead(GgufType& type, std::uint64_t& count, std::string_view key)
{
    std::uint64_t id = 0;
    if (!number(4, id, key)) {
        return false;
    }
    type = static_cast<GgufType>(id);
    const std::uint64_t least = ggufTypeBytes(type);
    if (least == 0) {
        return fail(ckptscope::fail(Code::GgufValueType, {std::string(key), std::to_string(static_cast<std::int32_t>(id))}));
    }
    if (!number(8, count, key)) {
        return false;
    }
    if (count > limits().ggufArray || count > remaining() / least) {
        return fail(ckptscope::fail(Code::GgufArray,
                                    {std::string(key), std::to_string(count), std::string(ggufTypeName(type)), std::to_string(remaining())}));
    }
    return true;
}

bool GgufCursor::skipElements(GgufType type, std::uint64_t count, int depth, std::string_view key)
{
    if (type == GgufType::String) {
        for (std::uint64_t i = 0; i < count; ++i) {
            std::uint64_t bytes = 0;
            if (!length(bytes, limits().ggufString, key) || !skip(bytes, key)) {
                return false;
            }
        }
        return true;
    }
    if (type == GgufType::Array) {
        if (depth <= 0) {
            return fail(ckptscope::fail(Code::GgufNesting, {std::string(key)}));
        }
        for (std::uint64_t i = 0; i < count; ++i) {
            GgufType inner{};
            std::uint64_t elements = 0;
            if (!arrayHead(inner, elements, key) || !skipElements(inner, elements, depth - 1, key)) {
                return false;
            }
        }
        return true;
    }
    return skip(count * ggufTypeBytes(type), key); // arrayHead() compared the product with what remains
}

MetadataValue ggufScalar(GgufType type, std::uint64_t bits)
{
    switch (type) {
    case GgufType::U8:
    case GgufType::U16:
    case GgufType::U32:
    case GgufType::U64:
        return bits;
    case GgufType::I8:
        return std::int64_t{static_cast<std::int8_t>(bits)};
    case GgufType::I16:
        return std::int64_t{static_cast<std::int16_t>(bits)};
    case GgufType::I32:
        return std::int64_t{static_cast<std::int32_t>(bits)};
    case GgufType::I64:
        return static_cast<std::int64_t>(bits);
    case GgufType::Bool:
        return bits != 0;
    case GgufType::F64:
        return std::bit_cast<double>(bits);
    case GgufType::F32: {
        const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        std::array<char, 32> text{};
        const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
        double wide = static_cast<double>(value);
        std::from_chars(text.data(), end.ptr, wide); // NaN and Inf as they are
        return wide;
    }
    case GgufType::String:
    case GgufType::Array:
        break;
    }
    return nullptr;
}

Result<std::vector<std::string>> readGgufElements(const File& file, const MetadataPlace& place, std::uint64_t first, std::uint64_t count)
{
    constexpr std::string_view Prefix = "array of ";
    const std::string_view elementName =
        std::string_view(place.type).starts_with(Prefix) ? std::string_view(place.type).substr(Prefix.size()) : std::string_view();
    const auto row = std::find_if(Rows.begin(), Rows.end(), [&](const TypeRow& r) { return r.name == elementName; });
    if (row == Rows.end()) {
        return fail(Code::Internal, {"not a GGUF array"});
    }
    const auto type = static_cast<GgufType>(row - Rows.begin());
    const auto bigEndian = isBigEndian(file);
    if (!bigEndian) {
        return bigEndian.error();
    }
    first = std::min(first, place.count);
    count = std::min(count, place.count - first);
    GgufCursor cursor(file, place.bytes.offset, *bigEndian);
    if (!cursor.skipElements(type, first, limits().ggufNesting, {})) {
        return cursor.error();
    }
    std::vector<std::string> out;
    for (std::uint64_t i = 0; i < count; ++i) {
        std::uint64_t value = 0;
        std::string text;
        if (type == GgufType::String) {
            if (!cursor.length(value, limits().ggufString, {})) {
                return cursor.error();
            }
            auto shown = readGgufText(file, {place.shard, {cursor.position(), value}, {}, 0}, 0, ShownStringBytes);
            if (!shown) {
                return shown.error();
            }
            text = std::move(*shown);
            if (!cursor.skip(value, {})) {
                return cursor.error();
            }
        } else if (type == GgufType::Array) {
            GgufType inner{};
            if (!cursor.arrayHead(inner, value, {}) || !cursor.skipElements(inner, value, limits().ggufNesting, {})) {
                return cursor.error();
            }
            text = "[" + std::string(ggufTypeName(inner)) + " x " + std::to_string(value) + "]";
        } else {
            if (!cursor.number(row->bytes, value, {})) {
                return cursor.error();
            }
            text = scalarText(type, value);
        }
        out.push_back(std::move(text));
    }
    return out;
}

Result<std::string> readGgufText(const File& file, const MetadataPlace& place, std::uint64_t first, std::uint64_t count)
{
    first = std::min(first, place.bytes.length);
    count = std::min(count, place.bytes.length - first);
    std::string text(static_cast<std::size_t>(count), '\0');
    if (auto read = file.readAt(place.bytes.offset + first, std::as_writable_bytes(std::span(text))); !read) {
        return read.error();
    }
    return text;
}

} // namespace ckptscope
