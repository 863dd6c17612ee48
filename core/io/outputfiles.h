// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

// Private to core/io: what every way of putting an output together needs of the file system.
namespace ckptscope {

class Staging;

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

// Everything below an output's folder is named relative to an open folder: whoever swaps a name on the way there for a symlink
// meanwhile does not lead us elsewhere. Where a `name` is asked for it is one component; none follows a symlink at its end.

/// A name in an open folder.
struct Entry {
    int folder = -1;
    std::string name;
};

/// The folder that a path names just now (follows symlinks), and one in an open folder (follows none); empty and errno.
[[nodiscard]] Descriptor openFolder(const std::string& path);
[[nodiscard]] Descriptor openFolderAt(const Entry& entry);
/// The open folder in which the last component of `name` ("a/b/file") lies, walked to from `root` without a symlink; with `make`, folders
/// that are missing are made. `shownAs` is what errors call it.
Result<Descriptor> openParentOf(int root, const std::string& name, bool make, const std::string& shownAs);
[[nodiscard]] std::string lastName(const std::string& name);
/// Whether a name is what is open.
[[nodiscard]] bool isSame(int fd, const Entry& entry);
/// Opens and locks a leftover; empty where a living process holds it, or it is not to be had.
[[nodiscard]] Descriptor lockLeftover(const Entry& entry);
/// Takes the lock of what was just made. False: a sweep of another run was faster, make it anew. A file system without locks is no reason
/// to refuse: then nothing is taken for a leftover either.
[[nodiscard]] bool lockOwn(int fd, const Entry& entry);
/// How often something is made anew that another run took for a leftover.
inline constexpr int Tries = 8;
/// A partial that a saved plan owns: nobody else removes it.
[[nodiscard]] bool isOfPlan(const Entry& partial);
/// Removes what dead runs of OUT ("stem") left in its parent folder; of what plans own, only what `ofPlan` names.
void sweepLeftovers(int parent, const std::string& stem, const std::function<bool(const Entry&)>& ofPlan = {});
/// fsync of a folder, where the file system knows that.
Result<void> syncFolder(int folder, const std::string& shownAs);
/// A file, or a folder with all in it. What cannot be removed stays.
void removeTree(const Entry& entry);
/// All in a folder.
void emptyFolder(int folder);
/// Sorted; empty where it cannot be listed.
[[nodiscard]] std::vector<std::string> namesIn(int folder);
/// An open file that must not be there yet; -1 and errno.
[[nodiscard]] int createExclusive(const Entry& entry, unsigned mode);
/// Renames, refusing to replace. 0 or errno.
[[nodiscard]] int renameNew(const Entry& from, const Entry& to);
/// Swaps two names. 0 or errno.
[[nodiscard]] int swapNames(const Entry& a, const Entry& b);
/// writeWhole() (core/io/output.h) into an open folder.
Result<void> writeWholeAt(const Entry& entry, const std::string& shownAs,
                          const std::function<void(const std::function<void(std::string_view)>&)>& produce);
/// Staging::begin() of Kind::InPlace (inplacestaging.cpp).
Result<std::unique_ptr<Staging>> beginInPlace(const std::string& folder, const std::string& partialName);

} // namespace ckptscope
