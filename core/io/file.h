// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace ckptscope {

/// Tells whether a file is still the one that was opened.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t bytes = 0;
    std::int64_t modifiedNs = 0; ///< since the epoch
    bool operator==(const FileIdentity&) const = default;
};

/// An open regular file, read by position. Never mapped: a file that shrinks while it is read gives an Error, not SIGBUS.
/// Shareable between threads (pread keeps no position).
class File {
public:
    File() = default;
    File(File&& other) noexcept;
    File& operator=(File&& other) noexcept;
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File();

    /// Refuses what is not a regular file (FIFO, device, socket, folder) without blocking on it. Follows symlinks.
    /// `shownAs` is what errors call the file; the path where empty.
    static Result<File> open(const std::string& path, std::string shownAs = {});

    [[nodiscard]] bool isOpen() const noexcept { return m_fd >= 0; }
    [[nodiscard]] int fd() const noexcept { return m_fd; }
    [[nodiscard]] std::uint64_t size() const noexcept { return m_identity.bytes; } ///< when it was opened
    [[nodiscard]] const FileIdentity& identity() const noexcept { return m_identity; }
    [[nodiscard]] const std::string& name() const noexcept { return m_name; }

    /// Fills `out` from `offset`, or fails with Code::FileShrank (with the offset where it ended) or Code::FileRead.
    Result<void> readAt(std::uint64_t offset, std::span<std::byte> out) const;
    /// Reads up to out.size() bytes; fewer only at the end of the file.
    Result<std::size_t> readSome(std::uint64_t offset, std::span<std::byte> out) const;
    /// What the file is now; compare with identity() to see a change.
    Result<FileIdentity> currentIdentity() const;

private:
    int m_fd = -1;
    FileIdentity m_identity;
    std::string m_name;
};

/// A whole small file as text; Code::FileTooLarge above `limit` bytes.
Result<std::string> readSmallFile(const std::string& path, std::uint64_t limit, std::string shownAs = {});

} // namespace ckptscope
