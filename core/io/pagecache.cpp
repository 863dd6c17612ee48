// SPDX-License-Identifier: Apache-2.0
#include "core/io/pagecache.h"

#include "core/io/extentcopy.h"
#include "core/io/output.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace ckptscope {

bool mostlyCached(int fd, std::uint64_t bytes) noexcept
{
    constexpr std::uint64_t Page = 4096;
    constexpr std::uint64_t Samples = 64;
    constexpr std::uint64_t SamplePages = 64;
    if (bytes == 0 || ::sysconf(_SC_PAGESIZE) != static_cast<long>(Page)) {
        return true;
    }
    const std::uint64_t pages = (bytes + Page - 1) / Page;
    // Nothing is read through it: it is there to be asked about.
    void* map = ::mmap(nullptr, static_cast<std::size_t>(bytes), PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        return true;
    }
    std::array<unsigned char, SamplePages> states{};
    std::uint64_t asked = 0;
    std::uint64_t cached = 0;
    for (std::uint64_t i = 0; i < Samples; ++i) {
        const std::uint64_t first = pages * i / Samples;
        const std::uint64_t count = std::min(SamplePages, pages - first);
        if (::mincore(static_cast<std::byte*>(map) + first * Page, static_cast<std::size_t>(count * Page), states.data()) != 0) {
            continue;
        }
        asked += count;
        cached += static_cast<std::uint64_t>(std::count_if(states.begin(), states.begin() + static_cast<std::ptrdiff_t>(count),
                                                           [](unsigned char state) { return (state & 1U) != 0; }));
    }
    ::munmap(map, static_cast<std::size_t>(bytes));
    return cached * 2 >= asked;
}

void dropCached(int fd, std::uint64_t offset, std::uint64_t length) noexcept
{
    (void)::posix_fadvise(fd, static_cast<off_t>(offset), static_cast<off_t>(length), POSIX_FADV_DONTNEED);
}

Result<void> WriteBehind::wrote(int fd, std::uint64_t offset, std::uint64_t length, const std::string& shownAs)
{
    startWriteback(fd, offset, length);
    Stretch soon;
    Stretch oldest;
    {
        const std::scoped_lock lock(m_mutex);
        m_waiting.push_back({offset, length});
        if (m_waiting.size() > Soon) {
            soon = m_waiting[m_waiting.size() - 1 - Soon];
        }
        if (m_waiting.size() > Window) {
            oldest = m_waiting.front();
            m_waiting.pop_front();
        }
    }
    if (soon.length > 0) {
        dropCached(fd, soon.offset, soon.length);
    }
    if (oldest.length == 0) {
        return {};
    }
    constexpr unsigned Wait = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    if (::sync_file_range(fd, static_cast<off_t>(oldest.offset), static_cast<off_t>(oldest.length), Wait) != 0) {
        // The kernel tells of a failed write once for each open file: fsync would not hear of this one any more.
        if (errno == EIO || errno == ENOSPC || errno == EDQUOT) {
            return writeError(errno, shownAs, oldest.offset);
        }
        return {}; // a file system that has no such thing: fsync waits, and says what went wrong
    }
    dropCached(fd, oldest.offset, oldest.length);
    return {};
}

} // namespace ckptscope
