// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/io/file.h"
#include "core/model/tensorinfo.h"
#include "core/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

// Private to core/values.
namespace ckptscope::values {

/// Bytes that can be read by position, cheapest forwards.
class RangeReader {
public:
    virtual ~RangeReader() = default;
    virtual Result<void> read(std::uint64_t offset, std::span<std::byte> out) = 0;
};

/// A range of a file.
class FileRange : public RangeReader {
public:
    FileRange(const File& file, ByteRange range)
        : m_file(file)
        , m_range(range)
    {
    }
    Result<void> read(std::uint64_t offset, std::span<std::byte> out) override;

private:
    const File& m_file;
    ByteRange m_range;
};

/// Decoded bytes of a raw deflate stream (a zip member). Reading backwards starts again from the front.
class DeflatedRange : public RangeReader {
public:
    DeflatedRange(const File& file, ByteRange packed);
    ~DeflatedRange() override;
    Result<void> read(std::uint64_t offset, std::span<std::byte> out) override;

private:
    struct State;
    Result<void> restart();
    Result<void> decode(std::span<std::byte> out);

    const File& m_file;
    ByteRange m_packed;
    std::unique_ptr<State> m_state;
    std::uint64_t m_at = 0; ///< decoded bytes so far
};

/// Bytes that are spelled as the characters U+0000 to U+00FF of UTF-8. Reading backwards starts again from the front.
class LatinRange : public RangeReader {
public:
    LatinRange(const File& file, ByteRange text)
        : m_file(file)
        , m_text(text)
    {
    }
    Result<void> read(std::uint64_t offset, std::span<std::byte> out) override;

private:
    Result<std::byte> next();

    const File& m_file;
    ByteRange m_text;
    std::vector<std::byte> m_window;
    std::size_t m_held = 0;    ///< bytes of the window that are not taken yet
    std::uint64_t m_taken = 0; ///< bytes of text so far
    std::uint64_t m_at = 0;    ///< characters so far
};

/// Copies a box of elements between two strided places. Dimensions and strides run parallel; strides in bytes.
struct BoxCopy {
    std::uint64_t from = 0; ///< of the box's first element in the reader
    std::size_t elementBytes = 1;
    std::vector<std::uint64_t> shape;
    std::vector<std::uint64_t> fromStrides;
    std::vector<std::uint64_t> toStrides;
};
/// Reads in ascending order of position, through a window where elements are small and near each other.
Result<void> copyBox(RangeReader& reader, BoxCopy box, std::byte* to);

} // namespace ckptscope::values
