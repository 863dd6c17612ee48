// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ckptscope::test {

/// Builds a zip archive as torch does (flags 0x0808, sizes only in the directory and descriptor, payload at a multiple
/// of 64, zip64 end record), or one that lies: each field can be overridden.
class ZipFile {
public:
    struct Entry {
        std::string name;
        std::string data;                        ///< as it stands in the archive
        std::optional<std::string> localName;    ///< default: name
        std::optional<std::uint32_t> crc;        ///< default: of data
        std::optional<std::uint64_t> bytes;      ///< unpacked; default: data.size()
        std::optional<std::uint64_t> compressed; ///< default: data.size()
        std::optional<std::uint32_t> header;     ///< offset of the local header that the directory gives
        std::uint16_t method = 0;
        std::uint16_t flags = 0x0808; ///< in the directory
        std::uint16_t localFlags = 0x0808;
    };
    ZipFile& add(std::string name, std::string data);
    ZipFile& add(Entry entry);
    ZipFile& leading(std::string bytes);
    ZipFile& comment(std::string bytes);
    [[nodiscard]] std::string bytes() const;
    [[nodiscard]] static std::uint32_t crc32(const std::string& data);

private:
    std::vector<Entry> m_entries;
    std::string m_leading;
    std::string m_comment;
};

} // namespace ckptscope::test
