// SPDX-License-Identifier: Apache-2.0
#include "core/io/extentcopy.h"

#include "core/io/output.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace ckptscope {

int cloneRange(int from, std::uint64_t source, int to, std::uint64_t target, std::uint64_t length) noexcept
{
    file_clone_range range{};
    range.src_fd = from;
    range.src_offset = source;
    range.src_length = length;
    range.dest_offset = target;
    while (::ioctl(to, FICLONERANGE, &range) != 0) {
        if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

bool canShareBlocks(const std::string& folder, const std::string& source)
{
    constexpr std::uint64_t Block = 4096;
    const auto file = File::open(source);
    if (!file || file->size() < Block) {
        return false;
    }
    const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    const bool shares = cloneRange(file->fd(), 0, fd, 0, Block) == 0;
    ::close(fd);
    return shares;
}

bool prefersKernelCopy(int fd) noexcept
{
    struct statfs volume { };
    if (::fstatfs(fd, &volume) != 0) {
        return false;
    }
    switch (static_cast<std::uint32_t>(volume.f_type)) {
    case 0x6969U:     // NFS
    case 0xFF534D42U: // CIFS
    case 0xFE534D42U: // SMB2
    case 0x00C36400U: // Ceph
        return true;
    default:
        return false;
    }
}

Result<std::uint64_t> kernelCopy(int from, std::uint64_t source, int to, std::uint64_t target, std::uint64_t length, const std::string& shownAs)
{
    std::uint64_t done = 0;
    while (done < length) {
        auto readAt = static_cast<off_t>(source + done);
        auto writeAt = static_cast<off_t>(target + done);
        const auto got = ::copy_file_range(from, &readAt, to, &writeAt, length - done, 0);
        if (got > 0) {
            done += static_cast<std::uint64_t>(got);
        } else if (got < 0 && (errno == ENOSPC || errno == EIO || errno == EDQUOT || errno == EFBIG)) {
            return writeError(errno, shownAs, target + done);
        } else if (got == 0 || errno != EINTR) {
            break; // the source's end, or a file system that has nothing to say: plain reading finds out
        }
    }
    return done;
}

void startWriteback(int fd, std::uint64_t offset, std::uint64_t length) noexcept
{
    (void)::sync_file_range(fd, static_cast<off_t>(offset), static_cast<off_t>(length), SYNC_FILE_RANGE_WRITE);
}

} // namespace ckptscope
