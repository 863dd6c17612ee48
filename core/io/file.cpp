// SPDX-License-Identifier: Apache-2.0
#include "core/io/file.h"

#include "core/io/output.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace ckptscope {

namespace {

std::string errorName(int number)
{
    return std::strerror(number); // glibc's is thread-safe for known numbers
}

std::string kindOf(mode_t mode)
{
    if (S_ISDIR(mode)) {
        return "a folder";
    }
    if (S_ISFIFO(mode)) {
        return "a named pipe";
    }
    if (S_ISSOCK(mode)) {
        return "a socket";
    }
    if (S_ISCHR(mode) || S_ISBLK(mode)) {
        return "a device";
    }
    return "something else";
}

Error openError(int number, const std::string& path, const std::string& name)
{
    switch (number) {
    case ENOENT: {
        struct stat link { };
        if (::lstat(path.c_str(), &link) == 0 && S_ISLNK(link.st_mode)) {
            return inFile(fail(Code::DanglingLink), name);
        }
        return inFile(fail(Code::FileNotFound), name);
    }
    case EACCES:
    case EPERM:
        return inFile(fail(Code::FilePermission), name);
    case ENXIO: // a socket, or a device without a driver
        return inFile(fail(Code::NotRegular, {"a socket or device"}), name);
    default:
        return inFile(fail(Code::FileOpen, {errorName(number)}), name);
    }
}

} // namespace

FileIdentity identityOf(const struct ::stat& status) noexcept
{
    // Unsigned: a file may be dated by anybody, also to a second whose nanoseconds no 64 bits hold.
    const auto seconds = static_cast<std::uint64_t>(status.st_mtim.tv_sec);
    const auto modified = seconds * 1'000'000'000U + static_cast<std::uint64_t>(status.st_mtim.tv_nsec);
    return FileIdentity{static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino),
                        static_cast<std::uint64_t>(status.st_size), static_cast<std::int64_t>(modified)};
}

File::File(File&& other) noexcept
    : m_fd(std::exchange(other.m_fd, -1))
    , m_identity(other.m_identity)
    , m_name(std::move(other.m_name))
{
}

File& File::operator=(File&& other) noexcept
{
    if (this != &other) {
        if (m_fd >= 0) {
            ::close(m_fd);
        }
        m_fd = std::exchange(other.m_fd, -1);
        m_identity = other.m_identity;
        m_name = std::move(other.m_name);
    }
    return *this;
}

File::~File()
{
    if (m_fd >= 0) {
        ::close(m_fd);
    }
}

Result<File> File::open(const std::string& path, std::string shownAs)
{
    File file;
    if (shownAs.empty()) {
        shownAs = path;
    }
    file.m_name = std::move(shownAs);
    if (path.find('\0') != std::string::npos) {
        return inFile(fail(Code::FileNotFound), file.m_name);
    }
    // O_NONBLOCK: a FIFO without a writer must not hold us; it has no effect on regular files.
    do {
        file.m_fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    } while (file.m_fd < 0 && errno == EINTR);
    if (file.m_fd < 0) {
        return openError(errno, path, file.m_name);
    }
    struct stat status { };
    if (::fstat(file.m_fd, &status) != 0) {
        return inFile(fail(Code::FileOpen, {errorName(errno)}), file.m_name);
    }
    if (!S_ISREG(status.st_mode)) {
        return inFile(fail(Code::NotRegular, {kindOf(status.st_mode)}), file.m_name);
    }
    file.m_identity = identityOf(status);
    return file;
}

Result<std::size_t> File::readSome(std::uint64_t offset, std::span<std::byte> out) const
{
    std::size_t done = 0;
    while (done < out.size()) {
        const auto got = ::pread(m_fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            return inFile(fail(Code::FileRead, {errorName(errno)}), m_name, offset + done);
        }
        if (got == 0) {
            break;
        }
        done += static_cast<std::size_t>(got);
    }
    return done;
}

Result<void> File::readAt(std::uint64_t offset, std::span<std::byte> out) const
{
    const auto got = readSome(offset, out);
    if (!got) {
        return got.error();
    }
    if (*got < out.size()) {
        return inFile(fail(Code::FileShrank, {std::to_string(out.size() - *got)}), m_name, offset + *got);
    }
    return {};
}

Result<FileIdentity> File::currentIdentity() const
{
    struct stat status { };
    if (::fstat(m_fd, &status) != 0) {
        return inFile(fail(Code::FileRead, {errorName(errno)}), m_name);
    }
    return identityOf(status);
}

Result<std::string> readSmallFile(const std::string& path, std::uint64_t limit, std::string shownAs)
{
    auto file = File::open(path, std::move(shownAs));
    if (!file) {
        return file.error();
    }
    if (file->size() > limit) {
        return inFile(fail(Code::FileTooLarge, {std::to_string(file->size()), std::to_string(limit)}), file->name());
    }
    std::string text(file->size(), '\0');
    const auto got = file->readSome(0, std::as_writable_bytes(std::span(text.data(), text.size())));
    if (!got) {
        return got.error();
    }
    text.resize(*got);
    return text;
}

} // namespace ckptscope
