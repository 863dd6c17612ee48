// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ckptscope {

/// A stretch of an output file that one process writes.
struct FileRange {
    std::uint32_t file = 0; ///< index into FixPlan::files
    std::uint64_t begin = 0;
    std::uint64_t end = UINT64_MAX; ///< UINT64_MAX: to the file's end, whatever its size
    [[nodiscard]] bool whole() const noexcept { return begin == 0 && end == UINT64_MAX; }
    [[nodiscard]] bool holds(std::uint64_t offset) const noexcept { return begin <= offset && offset < end; }
    bool operator==(const FileRange&) const = default;
};

/// A piece of an output file that was written and read back.
struct PieceRecord {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::string xxh3; ///< hex xxh3-128 of what was read back; empty: it shares the source's blocks, or is a link
    bool operator==(const PieceRecord&) const = default;
};

/// What one process wrote of one file, flushed and verified.
struct FileRecord {
    std::uint32_t file = 0;          ///< index into FixPlan::files
    std::vector<PieceRecord> pieces; ///< ascending
    bool operator==(const FileRecord&) const = default;
};

} // namespace ckptscope
