// SPDX-License-Identifier: Apache-2.0
#include "core/io/output.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <random>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace ckptscope {

Error writeError(int number, const std::string& shownAs, std::optional<std::uint64_t> offset)
{
    return inFile(fail(number == EACCES || number == EPERM ? Code::FileWriteDenied : Code::FileWrite, {std::strerror(number)}), shownAs, offset);
}

std::string newPartialName(const std::string& output)
{
    std::uint32_t chance = 0;
    if (::getrandom(&chance, sizeof(chance), 0) != static_cast<ssize_t>(sizeof(chance))) {
        chance = std::random_device{}();
    }
    static constexpr std::string_view Hex = "0123456789abcdef";
    std::string name = std::filesystem::path(output).filename().string() + ".partial-";
    for (unsigned i = 0; i < 8; ++i) {
        name += Hex[chance >> (4 * i) & 15U];
    }
    return name;
}

NewFile::NewFile(int fd, std::string shownAs) noexcept
    : m_fd(fd)
    , m_name(std::move(shownAs))
{
}

NewFile::NewFile(NewFile&& other) noexcept
    : m_fd(std::exchange(other.m_fd, -1))
    , m_name(std::move(other.m_name))
{
}

NewFile& NewFile::operator=(NewFile&& other) noexcept
{
    if (this != &other) {
        if (m_fd >= 0) {
            ::close(m_fd);
        }
        m_fd = std::exchange(other.m_fd, -1);
        m_name = std::move(other.m_name);
    }
    return *this;
}

NewFile::~NewFile()
{
    if (m_fd >= 0) {
        ::close(m_fd);
    }
}

Result<void> NewFile::setSize(std::uint64_t bytes) const
{
    while (::ftruncate(m_fd, static_cast<off_t>(bytes)) != 0) {
        if (errno != EINTR) {
            return writeError(errno, m_name);
        }
    }
    return {};
}

Result<void> NewFile::writeAt(std::uint64_t offset, std::span<const std::byte> bytes) const
{
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto put = ::pwrite(m_fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
        if (put > 0) {
            done += static_cast<std::size_t>(put);
        } else if (put == 0) {
            return writeError(ENOSPC, m_name, offset + done);
        } else if (errno != EINTR) {
            return writeError(errno, m_name, offset + done);
        }
    }
    return {};
}

Result<void> NewFile::readAt(std::uint64_t offset, std::span<std::byte> out) const
{
    std::size_t done = 0;
    while (done < out.size()) {
        const auto got = ::pread(m_fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
        if (got > 0) {
            done += static_cast<std::size_t>(got);
        } else if (got == 0) {
            return inFile(fail(Code::FileShrank, {std::to_string(out.size() - done)}), m_name, offset + done);
        } else if (errno != EINTR) {
            return inFile(fail(Code::FileRead, {std::strerror(errno)}), m_name, offset + done);
        }
    }
    return {};
}

Result<void> NewFile::flush() const
{
    while (::fsync(m_fd) != 0) {
        if (errno != EINTR) {
            return writeError(errno, m_name);
        }
    }
    return {};
}

} // namespace ckptscope
