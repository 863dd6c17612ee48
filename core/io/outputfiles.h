// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

// Private to core/io: what every way of putting an output together needs of the file system.
namespace ckptscope {

inline constexpr std::string_view PartialMark = ".partial-";
inline constexpr std::size_t MarkedTail = PartialMark.size() + 8;
/// In a partial folder that a saved plan owns: whose it is, locks and receipts of its parts.
inline constexpr std::string_view PlanState = ".ckptscope-plan";

class Descriptor {
public:
    explicit Descriptor(int fd = -1) noexcept
        : m_fd(fd)
    {
    }
    Descriptor(Descriptor&& other) noexcept
        : m_fd(std::exchange(other.m_fd, -1))
    {
    }
    Descriptor& operator=(Descriptor&& other) noexcept
    {
        std::swap(m_fd, other.m_fd);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor()
    {
        if (m_fd >= 0) {
            ::close(m_fd);
        }
    }
    [[nodiscard]] int get() const noexcept { return m_fd; }
    explicit operator bool() const noexcept { return m_fd >= 0; }

private:
    int m_fd;
};

/// STEM.partial-XXXXXXXX.
[[nodiscard]] bool isMarked(std::string_view name, std::string_view stem);
/// A partial that a saved plan owns: nobody else removes it.
[[nodiscard]] bool isOfPlan(const std::string& partial);
/// fsync of a folder, where the file system knows that.
Result<void> syncFolder(const std::string& path);
/// Follows no symlink; what cannot be removed stays.
void removeTree(const std::string& path);
/// Sorted; empty where it cannot be listed.
[[nodiscard]] std::vector<std::string> namesIn(const std::string& folder);
/// An open file that must not be there yet; -1 and errno.
[[nodiscard]] int createExclusive(const std::string& path, unsigned mode);
/// Renames, refusing to replace. 0 or errno.
[[nodiscard]] int renameNew(const std::string& from, const std::string& to);
/// Swaps two names. 0 or errno.
[[nodiscard]] int swapNames(const std::string& a, const std::string& b);

} // namespace ckptscope
