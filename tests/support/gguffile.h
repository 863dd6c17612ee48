// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope::test {

/// Writes GGUF files, right or wrong, piece by piece; knows nothing of core. Numbers in the byte order given.
class GgufFile {
public:
    explicit GgufFile(bool bigEndian = false, std::uint32_t version = 3)
        : m_bigEndian(bigEndian)
        , m_version(version)
    {
    }
    [[nodiscard]] std::string number(std::uint64_t value, unsigned bytes) const;
    [[nodiscard]] std::string text(std::string_view text) const; ///< length and bytes

    /// A key with raw value bytes behind its type.
    GgufFile& key(std::string_view name, std::uint32_t type, std::string_view value);
    GgufFile& u32(std::string_view name, std::uint32_t value) { return key(name, 4, number(value, 4)); }
    GgufFile& u16(std::string_view name, std::uint16_t value) { return key(name, 2, number(value, 2)); }
    GgufFile& i32(std::string_view name, std::int32_t value) { return key(name, 5, number(static_cast<std::uint32_t>(value), 4)); }
    GgufFile& string(std::string_view name, std::string_view value) { return key(name, 8, text(value)); }
    /// A tensor's entry; `dims` fastest first, as stored.
    GgufFile& tensor(std::string_view name, const std::vector<std::int64_t>& dims, std::int32_t type, std::uint64_t offset);
    /// The bytes behind the header.
    GgufFile& data(std::string_view bytes);
    GgufFile& alignment(std::uint32_t bytes)
    {
        m_alignment = bytes;
        return *this;
    }
    GgufFile& counts(std::int64_t tensors, std::int64_t keys); ///< what the header claims instead of the truth

    [[nodiscard]] std::string header() const; ///< without padding
    [[nodiscard]] std::string bytes() const;  ///< header, padding, data; no padding where there is neither data nor a tensor

private:
    bool m_bigEndian;
    std::uint32_t m_version;
    std::uint32_t m_alignment = 32;
    std::string m_keys;
    std::string m_tensors;
    std::string m_data;
    std::int64_t m_keyCount = 0;
    std::int64_t m_tensorCount = 0;
    bool m_lies = false;
    std::int64_t m_claimedTensors = 0;
    std::int64_t m_claimedKeys = 0;
};

} // namespace ckptscope::test
