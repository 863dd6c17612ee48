// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

// Who reads or writes a whole model passes by each byte once. What the kernel keeps of it in memory is no use to anybody, and pushes out what
// other programs work with.
namespace ckptscope {

/// Less than this is not worth the trouble.
inline constexpr std::uint64_t WholeModelBytes = 256ULL << 20U;

/// True where at least half of a file is in memory already (by samples): it is somebody's working set then. Also where that cannot be found out.
[[nodiscard]] bool mostlyCached(int fd, std::uint64_t bytes) noexcept;

/// Lets the kernel forget a stretch of a file, as far as nothing of it is still to be written.
void dropCached(int fd, std::uint64_t offset, std::uint64_t length) noexcept;

/// One file that is read once from front to back: what is passed is dropped again, unless the file was in memory before.
class ReadBehind {
public:
    ReadBehind() = default; ///< drops nothing
    ReadBehind(int fd, std::uint64_t bytes) noexcept
        : m_fd(mostlyCached(fd, bytes) ? -1 : fd)
    {
    }
    /// With what came before it, once more: a page that another processor has just looked at stays the first time.
    void passed(std::uint64_t offset, std::uint64_t length) const noexcept
    {
        if (m_fd >= 0) {
            const std::uint64_t before = std::min(offset, Again);
            dropCached(m_fd, offset - before, length + before);
        }
    }
    /// Nobody is going to read it any more.
    void end() const noexcept
    {
        if (m_fd >= 0) {
            dropCached(m_fd, 0, 0);
        }
    }

private:
    static constexpr std::uint64_t Again = 8ULL << 20U;
    int m_fd = -1; ///< the file's owner closes it
};

/// One file that is written in long stretches, by several threads. Each stretch is handed to the disk at once. One that is a few behind is dropped
/// as far as it is written, and its memory is used again for what comes next; one that is many behind is waited for first. So the disk never
/// rests, no more than Window stretches wait for it, and who writes waits only where the disk is the slower one.
class WriteBehind {
public:
    static constexpr std::uint64_t Step = 8ULL << 20U; ///< a stretch worth handing over
    static constexpr std::size_t Soon = 4;             ///< stretches behind: dropped as far as they are written
    static constexpr std::size_t Window = 16;          ///< waited for

    /// Code::FileWrite where the disk failed: who waits for it is told so, and only who waits first.
    Result<void> wrote(int fd, std::uint64_t offset, std::uint64_t length, const std::string& shownAs);

private:
    struct Stretch {
        std::uint64_t offset = 0;
        std::uint64_t length = 0;
    };
    std::mutex m_mutex;
    std::deque<Stretch> m_waiting;
};

} // namespace ckptscope
