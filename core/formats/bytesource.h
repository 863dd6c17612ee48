// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/io/file.h"
#include "core/model/tensorinfo.h"
#include "core/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ckptscope {

/// Bytes to parse: a range of an open file, or decoded bytes held in memory. Cheap to copy; a file must outlive it.
class ByteSource {
public:
    ByteSource() = default;
    /// A range of a file, cut to what the file has.
    static ByteSource ofFile(const File& file, ByteRange range) noexcept;
    /// As ofFile(), with up to `edge` bytes of both ends read at once and kept: an archive's directory and first records without a system call each.
    static ByteSource ofFileEdges(const File& file, ByteRange range, std::size_t edge);
    /// Decoded bytes. `origin`: where in the file they were decoded from, for messages.
    static ByteSource ofMemory(std::shared_ptr<const std::vector<std::byte>> bytes, std::uint64_t origin) noexcept;
    /// Bytes that the caller keeps alive.
    static ByteSource borrowed(std::span<const std::byte> bytes, std::uint64_t origin = 0) noexcept;

    [[nodiscard]] std::uint64_t size() const noexcept { return m_size; }
    /// Fills `out` from `at`; Code::FileShrank where there are too few bytes.
    Result<void> read(std::uint64_t at, std::span<std::byte> out) const;
    /// A part, cut to what there is.
    [[nodiscard]] ByteSource part(std::uint64_t at, std::uint64_t length) const noexcept;
    /// Whether bytes stand in the file as they are here, so that a place here is a place there.
    [[nodiscard]] bool stored() const noexcept { return m_file != nullptr; }
    /// Where byte `at` stands in the file; for decoded bytes, where they were decoded from.
    [[nodiscard]] std::uint64_t fileOffset(std::uint64_t at) const noexcept { return stored() ? m_start + at : m_start; }

private:
    /// Bytes of the file that are held; places are the file's.
    struct Edges {
        std::vector<std::byte> bytes; ///< the first ones, then the last ones
        std::size_t first = 0;        ///< how many are the first ones
        std::uint64_t firstAt = 0;
        std::uint64_t lastAt = 0;
        /// Whether they hold the range; fills `out` then.
        bool copy(std::uint64_t at, std::span<std::byte> out) const noexcept;
    };

    const File* m_file = nullptr;
    std::shared_ptr<const Edges> m_edges; ///< of a file only
    std::shared_ptr<const std::vector<std::byte>> m_owner;
    const std::byte* m_memory = nullptr;
    std::uint64_t m_start = 0;
    std::uint64_t m_size = 0;
};

/// Reads a ByteSource forwards, or back and forth, through a window, so that small pieces cost no system call each.
class ByteWindow {
public:
    explicit ByteWindow(ByteSource source, std::size_t windowBytes = 64U << 10U);

    [[nodiscard]] const ByteSource& source() const noexcept { return m_source; }
    /// `length` bytes at `at`, valid until the next call; shorter only at the end of the source or when reading fails,
    /// see failure(). At most the window's size is given at once.
    [[nodiscard]] std::span<const std::byte> view(std::uint64_t at, std::size_t length);
    /// As view(), but only of what the window holds already: never reads.
    [[nodiscard]] std::span<const std::byte> peekHeld(std::uint64_t at, std::size_t length) const noexcept;
    [[nodiscard]] const std::optional<Error>& failure() const noexcept { return m_failure; }

private:
    ByteSource m_source;
    std::size_t m_capacity;
    std::unique_ptr<std::byte[]> m_window; // not cleared; null until the first read
    std::uint64_t m_start = 0;
    std::size_t m_held = 0;
    std::optional<Error> m_failure;
};

[[nodiscard]] inline std::uint16_t le16(const std::byte* p) noexcept
{
    return static_cast<std::uint16_t>(std::to_integer<unsigned>(p[0]) | std::to_integer<unsigned>(p[1]) << 8U);
}
[[nodiscard]] inline std::uint32_t le32(const std::byte* p) noexcept
{
    return static_cast<std::uint32_t>(le16(p)) | static_cast<std::uint32_t>(le16(p + 2)) << 16U;
}
[[nodiscard]] inline std::uint64_t le64(const std::byte* p) noexcept
{
    return static_cast<std::uint64_t>(le32(p)) | static_cast<std::uint64_t>(le32(p + 4)) << 32U;
}
[[nodiscard]] inline std::string_view asText(std::span<const std::byte> bytes) noexcept
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
}

} // namespace ckptscope
