// SPDX-License-Identifier: Apache-2.0
#include "tests/support/gguffile.h"

#include <algorithm>

namespace ckptscope::test {

std::string GgufFile::number(std::uint64_t value, unsigned bytes) const
{
    std::string out;
    for (unsigned i = 0; i < bytes; ++i) {
        out += static_cast<char>(value >> (8U * i) & 0xFFU);
    }
    if (m_bigEndian) {
        std::reverse(out.begin(), out.end());
    }
    return out;
}

std::string GgufFile::text(std::string_view text) const
{
    return number(text.size(), 8) + std::string(text);
}

GgufFile& GgufFile::key(std::string_view name, std::uint32_t type, std::string_view value)
{
    m_keys += text(name) + number(type, 4) + std::string(value);
    ++m_keyCount;
    return *this;
}

GgufFile& GgufFile::tensor(std::string_view name, const std::vector<std::int64_t>& dims, std::int32_t type, std::uint64_t offset)
{
    m_tensors += text(name) + number(dims.size(), 4);
    for (const std::int64_t dim : dims) {
        m_tensors += number(static_cast<std::uint64_t>(dim), 8);
    }
    m_tensors += number(static_cast<std::uint32_t>(type), 4) + number(offset, 8);
    ++m_tensorCount;
    return *this;
}

GgufFile& GgufFile::data(std::string_view bytes)
{
    m_data += bytes;
    return *this;
}

GgufFile& GgufFile::counts(std::int64_t tensors, std::int64_t keys)
{
    m_lies = true;
    m_claimedTensors = tensors;
    m_claimedKeys = keys;
    return *this;
}

std::string GgufFile::header() const
{
    return "GGUF" + number(m_version, 4) + number(static_cast<std::uint64_t>(m_lies ? m_claimedTensors : m_tensorCount), 8)
        + number(static_cast<std::uint64_t>(m_lies ? m_claimedKeys : m_keyCount), 8) + m_keys + m_tensors;
}

std::string GgufFile::bytes() const
{
    std::string out = header();
    if (m_tensorCount > 0) {
        out.append((m_alignment - out.size() % m_alignment) % m_alignment, '\0');
    }
    return out + m_data;
}

} // namespace ckptscope::test
