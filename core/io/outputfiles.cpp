// SPDX-License-Identifier: Apache-2.0
#include "core/io/outputfiles.h"

#include "core/io/output.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>

namespace ckptscope {

namespace fs = std::filesystem;

bool isMarked(std::string_view name, std::string_view stem)
{
    return name.size() == stem.size() + MarkedTail && name.starts_with(stem) && name.substr(stem.size(), PartialMark.size()) == PartialMark
        && name.substr(stem.size() + PartialMark.size()).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool isOfPlan(const std::string& partial)
{
    struct stat status { };
    return ::lstat((fs::path(partial) / PlanState).c_str(), &status) == 0;
}

Result<void> syncFolder(const std::string& path)
{
    const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) {
        return writeError(errno, path);
    }
    while (::fsync(folder.get()) != 0) {
        if (errno == EINTR) {
            continue;
        }
        if (errno == EINVAL || errno == ENOTSUP) {
            return {}; // a file system that does not know fsync of folders
        }
        return writeError(errno, path);
    }
    return {};
}

void removeTree(const std::string& path)
{
    std::error_code code;
    fs::remove_all(path, code); // follows no symlink; what cannot be removed is left to the next run
}

std::vector<std::string> namesIn(const std::string& folder)
{
    std::vector<std::string> names;
    std::error_code code;
    for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
        names.push_back(it->path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

int createExclusive(const std::string& path, unsigned mode)
{
    int fd = -1;
    do {
        fd = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, static_cast<mode_t>((mode & 0777U) | 0600U));
    } while (fd < 0 && errno == EINTR);
    return fd;
}

int renameNew(const std::string& from, const std::string& to)
{
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) {
        return errno;
    }
    struct stat status { };
    if (::lstat(to.c_str(), &status) == 0) { // an older file system: as good as it gets
        return EEXIST;
    }
    return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

int swapNames(const std::string& a, const std::string& b)
{
    if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) {
        return errno;
    }
    const std::string aside = (fs::path(b).parent_path() / newPartialName(b)).string();
    if (::rename(b.c_str(), aside.c_str()) != 0) {
        return errno;
    }
    if (::rename(a.c_str(), b.c_str()) != 0) {
        const int why = errno;
        (void)::rename(aside.c_str(), b.c_str());
        return why;
    }
    return ::rename(aside.c_str(), a.c_str()) == 0 ? 0 : errno;
}

Result<void> writeWhole(const std::string& path, const std::function<void(const std::function<void(std::string_view)>&)>& produce)
{
    const std::string aside = (fs::path(path).parent_path() / newPartialName(path)).string();
    const int fd = createExclusive(aside, 0644);
    if (fd < 0) {
        return writeError(errno, path);
    }
    const NewFile file(fd, path);
    Result<void> done;
    std::uint64_t at = 0;
    produce([&](std::string_view text) {
        if (done) {
            done = file.writeAt(at, std::as_bytes(std::span(text.data(), text.size())));
            at += text.size();
        }
    });
    done = done ? file.flush() : done;
    if (done && ::rename(aside.c_str(), path.c_str()) != 0) {
        done = writeError(errno, path);
    }
    if (!done) {
        (void)::unlink(aside.c_str());
    }
    return done;
}

Result<void> writeWhole(const std::string& path, std::string_view text)
{
    return writeWhole(path, [text](const auto& put) { put(text); });
}

} // namespace ckptscope
