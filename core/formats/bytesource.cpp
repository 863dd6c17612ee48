// SPDX-License-Identifier: Apache-2.0
#include "core/formats/bytesource.h"

#include <algorithm>
#include <cstring>

namespace ckptscope {

ByteSource ByteSource::ofFile(const File& file, ByteRange range) noexcept
{
    ByteSource source;
    source.m_file = &file;
    source.m_start = std::min(range.offset, file.size());
    source.m_size = std::min(range.length, file.size() - source.m_start);
    return source;
}

ByteSource ByteSource::ofMemory(std::shared_ptr<const std::vector<std::byte>> bytes, std::uint64_t origin) noexcept
{
    ByteSource source;
    source.m_memory = bytes->data();
    source.m_size = bytes->size();
    source.m_owner = std::move(bytes);
    source.m_start = origin;
    return source;
}

ByteSource ByteSource::borrowed(std::span<const std::byte> bytes, std::uint64_t origin) noexcept
{
    ByteSource source;
    source.m_memory = bytes.data();
    source.m_size = bytes.size();
    source.m_start = origin;
    return source;
}

Result<void> ByteSource::read(std::uint64_t at, std::span<std::byte> out) const
{
    if (at > m_size || out.size() > m_size - at) {
        auto error = fail(Code::FileShrank, {std::to_string(out.size() - (at > m_size ? 0 : m_size - at))});
        if (m_file != nullptr) {
            error = inFile(std::move(error), m_file->name(), m_start + m_size);
        }
        return error;
    }
    if (out.empty()) {
        return {};
    }
    if (m_file != nullptr) {
        return m_file->readAt(m_start + at, out);
    }
    std::memcpy(out.data(), m_memory + at, out.size());
    return {};
}

ByteSource ByteSource::part(std::uint64_t at, std::uint64_t length) const noexcept
{
    ByteSource source = *this;
    at = std::min(at, m_size);
    source.m_size = std::min(length, m_size - at);
    if (m_file != nullptr) {
        source.m_start += at;
    } else if (m_memory != nullptr) {
        source.m_memory += at;
    }
    return source;
}

ByteWindow::ByteWindow(ByteSource source, std::size_t windowBytes)
    : m_source(std::move(source))
    , m_window(static_cast<std::size_t>(std::min<std::uint64_t>(windowBytes, m_source.size())))
{
}

std::span<const std::byte> ByteWindow::view(std::uint64_t at, std::size_t length)
{
    if (at >= m_source.size()) {
        return {};
    }
    length = std::min(
        {length, m_window.size(), static_cast<std::size_t>(std::min<std::uint64_t>(m_source.size() - at, SIZE_MAX))});
    if (at < m_start || at + length > m_start + m_held) {
        m_held = 0;
        const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(m_window.size(), m_source.size() - at));
        if (auto read = m_source.read(at, std::span(m_window).first(want)); !read) {
            if (!m_failure) {
                m_failure = std::move(read.error());
            }
            return {};
        }
        m_start = at;
        m_held = want;
    }
    return std::span(m_window).subspan(static_cast<std::size_t>(at - m_start), length);
}

std::span<const std::byte> ByteWindow::peekHeld(std::uint64_t at, std::size_t length) const noexcept
{
    if (at < m_start || at >= m_start + m_held) {
        return {};
    }
    const auto skip = static_cast<std::size_t>(at - m_start);
    return std::span(m_window).subspan(skip, std::min(length, m_held - skip));
}

} // namespace ckptscope
