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

ByteSource ByteSource::ofFileEdges(const File& file, ByteRange range, std::size_t edge)
{
    auto source = ofFile(file, range);
    auto edges = std::make_shared<Edges>();
    edges->firstAt = source.m_start;
    edges->first = static_cast<std::size_t>(std::min<std::uint64_t>(source.m_size, source.m_size <= 2 * edge ? source.m_size : edge));
    const auto last = static_cast<std::size_t>(std::min<std::uint64_t>(source.m_size - edges->first, edge));
    edges->lastAt = source.m_start + source.m_size - last;
    edges->bytes.resize(edges->first + last);
    const auto all = std::span(edges->bytes);
    if (file.readAt(edges->firstAt, all.first(edges->first)) && (last == 0 || file.readAt(edges->lastAt, all.last(last)))) {
        source.m_edges = std::move(edges);
    } // else whoever reads meets the failure
    return source;
}

bool ByteSource::Edges::copy(std::uint64_t at, std::span<std::byte> out) const noexcept
{
    const auto held = std::span(bytes);
    for (const auto& [start, part] : {std::pair(firstAt, held.first(first)), std::pair(lastAt, held.subspan(first))}) {
        if (at >= start && at - start <= part.size() && out.size() <= part.size() - (at - start)) {
            std::memcpy(out.data(), part.data() + (at - start), out.size());
            return true;
        }
    }
    return false;
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
        if (m_edges != nullptr && m_edges->copy(m_start + at, out)) {
            return {};
        }
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
    , m_capacity(static_cast<std::size_t>(std::min<std::uint64_t>(windowBytes, m_source.size())))
{
}

std::span<const std::byte> ByteWindow::view(std::uint64_t at, std::size_t length)
{
    if (at >= m_source.size()) {
        return {};
    }
    length = std::min({length, m_capacity, static_cast<std::size_t>(std::min<std::uint64_t>(m_source.size() - at, SIZE_MAX))});
    if (at < m_start || at + length > m_start + m_held) {
        m_held = 0;
        if (m_window == nullptr) {
            m_window.reset(new std::byte[m_capacity]); // NOLINT: not cleared, only what was read is given out
        }
        const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(m_capacity, m_source.size() - at));
        if (auto read = m_source.read(at, std::span(m_window.get(), want)); !read) {
            if (!m_failure) {
                m_failure = std::move(read.error());
            }
            return {};
        }
        m_start = at;
        m_held = want;
    }
    return {m_window.get() + (at - m_start), length};
}

std::span<const std::byte> ByteWindow::peekHeld(std::uint64_t at, std::size_t length) const noexcept
{
    if (at < m_start || at >= m_start + m_held) {
        return {};
    }
    const auto skip = static_cast<std::size_t>(at - m_start);
    return {m_window.get() + skip, std::min(length, m_held - skip)};
}

} // namespace ckptscope
