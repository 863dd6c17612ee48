// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/io/file.h"
#include "core/result.h"

#include <cstdint>
#include <string>

namespace ckptscope {

/// Lets the file system share a range between two files (FICLONERANGE). 0, or the errno: it cannot be done here (another file system, no
/// such feature, not in whole blocks); the target may then be copied instead. Whole blocks only, unless the range ends both files.
[[nodiscard]] int cloneRange(int from, std::uint64_t source, int to, std::uint64_t target, std::uint64_t length) noexcept;

/// True where blocks of `source` can be shared with a new file in `folder`; tried with a nameless file that is gone afterwards.
[[nodiscard]] bool canShareBlocks(const std::string& folder, const std::string& source);

/// True where the server behind the files can copy by itself (NFS 4.2, SMB, Ceph), so that no byte need travel.
[[nodiscard]] bool prefersKernelCopy(int fd) noexcept;

/// Copies up to `length` bytes without bringing them into the program (copy_file_range). Gives how many; 0: it cannot be done here.
/// Fails where the target's disk does (full, broken): copying otherwise would fail just so.
Result<std::uint64_t> kernelCopy(int from, std::uint64_t source, int to, std::uint64_t target, std::uint64_t length, const std::string& shownAs);

/// Asks for what was written to go to the disk, without waiting.
void startWriteback(int fd, std::uint64_t offset, std::uint64_t length) noexcept;

} // namespace ckptscope
