// SPDX-License-Identifier: Apache-2.0
#include "core/io/outputfiles.h"

#include "core/io/output.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>

namespace ckptscope {

namespace fs = std::filesystem;

bool isMarked(std::string_view name, std::string_view stem)
{
    return name.size() == stem.size() + MarkedTail && name.starts_with(stem) && name.substr(stem.size(), PartialMark.size()) == PartialMark
        && name.substr(stem.size() + PartialMark.size()).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Descriptor openFolder(const std::string& path)
{
    return Descriptor(::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

Descriptor openFolderAt(const Entry& entry)
{
    return Descriptor(::openat(entry.folder, entry.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

Result<Descriptor> openParentOf(int root, const std::string& name, bool make, const std::string& shownAs)
{
    Descriptor at = openFolderAt({root, "."});
    for (std::size_t from = 0, slash = name.find('/'); at && slash != std::string::npos; from = slash + 1, slash = name.find('/', from)) {
        const std::string step = name.substr(from, slash - from);
        if (step.empty() || step == "." || step == "..") {
            return fail(Code::Internal, {"a name that leaves the output: " + name});
        }
        if (make && ::mkdirat(at.get(), step.c_str(), 0777) != 0 && errno != EEXIST) {
            return writeError(errno, shownAs);
        }
        at = openFolderAt({at.get(), step});
    }
    return at ? Result<Descriptor>(std::move(at)) : Result<Descriptor>(writeError(errno, shownAs));
}

std::string lastName(const std::string& name)
{
    const std::size_t slash = name.rfind('/');
    return slash == std::string::npos ? name : name.substr(slash + 1);
}

bool isSame(int fd, const Entry& entry)
{
    struct stat open { };
    struct stat named { };
    return ::fstat(fd, &open) == 0 && ::fstatat(entry.folder, entry.name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 && open.st_dev == named.st_dev
        && open.st_ino == named.st_ino;
}

Descriptor lockLeftover(const Entry& entry)
{
    Descriptor fd(::openat(entry.folder, entry.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 || !isSame(fd.get(), entry)) {
        return Descriptor();
    }
    return fd;
}

bool lockOwn(int fd, const Entry& entry)
{
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        return false;
    }
    return isSame(fd, entry);
}

bool isOfPlan(const Entry& partial)
{
    struct stat status { };
    const Descriptor folder = openFolderAt(partial);
    if (!folder) {
        return errno != ENOTDIR && errno != ELOOP && errno != ENOENT; // in doubt it is left alone
    }
    return ::fstatat(folder.get(), std::string(PlanState).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

void sweepLeftovers(int parent, const std::string& stem, const std::function<bool(const Entry&)>& ofPlan)
{
    for (const std::string& name : namesIn(parent)) {
        const Entry leftover{parent, name};
        if (!isMarked(name, stem) || (isOfPlan(leftover) && !(ofPlan && ofPlan(leftover)))) {
            continue; // parts of a saved plan come and go, on other machines too
        }
        if (const Descriptor lock = lockLeftover(leftover)) {
            removeTree(leftover);
        }
    }
}

Result<void> syncFolder(int folder, const std::string& shownAs)
{
    while (::fsync(folder) != 0) {
        if (errno == EINTR) {
            continue;
        }
        if (errno == EINVAL || errno == ENOTSUP) {
            return {}; // a file system that does not know fsync of folders
        }
        return writeError(errno, shownAs);
    }
    return {};
}

void removeTree(const Entry& entry)
{
    const Descriptor folder = openFolderAt(entry);
    if (!folder) {
        (void)::unlinkat(entry.folder, entry.name.c_str(), 0);
        return;
    }
    emptyFolder(folder.get());
    (void)::unlinkat(entry.folder, entry.name.c_str(), AT_REMOVEDIR);
}

void emptyFolder(int folder)
{
    for (const std::string& name : namesIn(folder)) {
        removeTree({folder, name}); // what cannot be removed is left to the next run
    }
}

std::vector<std::string> namesIn(int folder)
{
    std::vector<std::string> names;
    const int fd = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); // of its own: a copy would share the place in the listing
    DIR* const listing = fd >= 0 ? ::fdopendir(fd) : nullptr;
    if (listing == nullptr) {
        const Descriptor closed(fd);
        return names;
    }
    while (const dirent* const entry = ::readdir(listing)) { // the listing is ours alone
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") {
            names.emplace_back(name);
        }
    }
    ::closedir(listing);
    std::sort(names.begin(), names.end());
    return names;
}

int createExclusive(const Entry& entry, unsigned mode)
{
    int fd = -1;
    do {
        fd = ::openat(entry.folder, entry.name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC,
                      static_cast<mode_t>((mode & 0777U) | 0600U));
    } while (fd < 0 && errno == EINTR);
    return fd;
}

int renameNew(const Entry& from, const Entry& to)
{
    if (::renameat2(from.folder, from.name.c_str(), to.folder, to.name.c_str(), RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) {
        return errno;
    }
    struct stat status { };
    if (::fstatat(to.folder, to.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) { // an older file system: as good as it gets
        return EEXIST;
    }
    return ::renameat(from.folder, from.name.c_str(), to.folder, to.name.c_str()) == 0 ? 0 : errno;
}

int swapNames(const Entry& a, const Entry& b)
{
    if (::renameat2(a.folder, a.name.c_str(), b.folder, b.name.c_str(), RENAME_EXCHANGE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) {
        return errno;
    }
    const std::string aside = newPartialName(b.name);
    if (::renameat(b.folder, b.name.c_str(), b.folder, aside.c_str()) != 0) {
        return errno;
    }
    if (::renameat(a.folder, a.name.c_str(), b.folder, b.name.c_str()) != 0) {
        const int why = errno;
        (void)::renameat(b.folder, aside.c_str(), b.folder, b.name.c_str());
        return why;
    }
    return ::renameat(b.folder, aside.c_str(), a.folder, a.name.c_str()) == 0 ? 0 : errno;
}

Result<void> writeWholeAt(const Entry& entry, const std::string& shownAs,
                          const std::function<void(const std::function<void(std::string_view)>&)>& produce)
{
    const Entry aside{entry.folder, newPartialName(entry.name)};
    const int fd = createExclusive(aside, 0644);
    if (fd < 0) {
        return writeError(errno, shownAs);
    }
    const NewFile file(fd, shownAs);
    Result<void> done;
    std::uint64_t at = 0;
    produce([&](std::string_view text) {
        if (done) {
            done = file.writeAt(at, std::as_bytes(std::span(text.data(), text.size())));
            at += text.size();
        }
    });
    done = done ? file.flush() : done;
    if (done && ::renameat(aside.folder, aside.name.c_str(), entry.folder, entry.name.c_str()) != 0) {
        done = writeError(errno, shownAs);
    }
    if (!done) {
        (void)::unlinkat(aside.folder, aside.name.c_str(), 0);
    }
    return done;
}

Result<void> writeWhole(const std::string& path, const std::function<void(const std::function<void(std::string_view)>&)>& produce)
{
    const Descriptor folder = openFolder(fs::path(path).parent_path().string());
    return folder ? writeWholeAt({folder.get(), fs::path(path).filename().string()}, path, produce) : Result<void>(writeError(errno, path));
}

Result<void> writeWhole(const std::string& path, std::string_view text)
{
    return writeWhole(path, [text](const auto& put) { put(text); });
}

} // namespace ckptscope
