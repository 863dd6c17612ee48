// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/checkpoint.h"
#include "core/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope {

/// Value types of GGUF metadata (ggml-org/ggml include/gguf.h `gguf_type`).
enum class GgufType : std::uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64 };
/// "u8" ... "string", "array"; empty for a number that is none.
[[nodiscard]] std::string_view ggufTypeName(GgufType type) noexcept;
/// Bytes of a value; the least that one can have for strings (8) and arrays (12); 0 for a number that is none.
[[nodiscard]] std::uint64_t ggufTypeBytes(GgufType type) noexcept;

/// A forward reader over a GGUF header that keeps a window of it, in the file's byte order. Every read is checked against the end of the
/// file first; the first failure stays in error().
class GgufCursor {
public:
    GgufCursor(const File& file, std::uint64_t position, bool bigEndian);

    [[nodiscard]] std::uint64_t position() const noexcept { return m_position; }
    [[nodiscard]] std::uint64_t remaining() const noexcept { return m_file->size() - m_position; }
    /// An unsigned number of 1, 2, 4 or 8 bytes; `what` is named where the file ends first.
    bool number(unsigned bytes, std::uint64_t& value, std::string_view what);
    /// A length and that many bytes, of which all must be there and no more than `limit`.
    bool string(std::string& out, std::uint64_t limit, std::string_view what);
    /// `bytes` bytes, which length() said; reads no more than is asked for.
    bool text(std::string& out, std::uint64_t bytes, std::string_view what);
    /// Only the length; the bytes follow.
    bool length(std::uint64_t& bytes, std::uint64_t limit, std::string_view what);
    bool skip(std::uint64_t bytes, std::string_view what);
    /// Skips `count` array elements behind an array's head; arrays inside may nest `depth` deep.
    bool skipElements(GgufType type, std::uint64_t count, int depth, std::string_view key);
    /// The head of an array: element type and count, checked against what remains.
    bool arrayHead(GgufType& type, std::uint64_t& count, std::string_view key);
    bool fail(Error error);
    [[nodiscard]] const Error& error() const noexcept { return m_error; }

private:
    bool fill(std::size_t bytes, std::string_view what);

    const File* m_file;
    std::uint64_t m_position;
    bool m_bigEndian;
    std::vector<std::byte> m_window;
    std::uint64_t m_windowStart = 0;
    std::size_t m_windowBytes = 0;
    Error m_error;
};

/// A scalar as metadata holds it. F32 becomes the double with the shortest text that reads back to it ("1e-06").
[[nodiscard]] MetadataValue ggufScalar(GgufType type, std::uint64_t bits);

/// Pages through an array that was kept as a place: elements [first, first + count) as text; fewer at the end. Strings come as stored (the
/// first 4 KiB of each); numbers in their shortest form; arrays inside as "[u32 x 3]". Array elements of varying size are walked from the start.
Result<std::vector<std::string>> readGgufElements(const File& file, const MetadataPlace& place, std::uint64_t first, std::uint64_t count);

/// Bytes [first, first + count) of a string that was kept as a place; fewer at the end.
Result<std::string> readGgufText(const File& file, const MetadataPlace& place, std::uint64_t first, std::uint64_t count);

} // namespace ckptscope
