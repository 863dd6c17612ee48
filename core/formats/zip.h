// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/formats/bytesource.h"
#include "core/job.h"
#include "core/model/checkpoint.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ckptscope {

/// One entry of a zip archive: what its directory says, and where its bytes are.
struct ZipEntry {
    std::string name;         ///< as the directory spells it
    std::uint16_t method = 0; ///< 0 stored, 8 deflated
    std::uint16_t flags = 0;
    std::uint32_t crc = 0;
    std::uint64_t compressed = 0;
    std::uint64_t bytes = 0;       ///< unpacked
    std::uint64_t header = 0;      ///< of the local header, in the source
    std::uint64_t data = 0;        ///< of the stored or deflated bytes, in the source
    bool broken = false;           ///< its bytes can't be located; a problem says why
    bool shared = false;           ///< its bytes overlap those of another entry; never unpacked, but stored bytes can be looked at
    bool startsLikePickle = false; ///< its first bytes, where they came along with the header
    [[nodiscard]] bool stored() const noexcept { return method == 0; }
};

/// Caps on archives; tests lower them.
struct ZipLimits {
    std::uint64_t entries = 4'000'000;
    std::uint64_t directory = 1ULL << 30U; ///< bytes of the central directory
    std::uint64_t unpacked = 64ULL << 20U; ///< of one entry that is unpacked into memory
    std::uint64_t ratio = 200;             ///< of unpacked to deflated bytes, from 1 MiB on
};
[[nodiscard]] ZipLimits& zipLimits() noexcept;

/// The directory of an archive that fills a ByteSource. Reads the end record, the directory and each local header; no
/// contents.
class ZipArchive {
public:
    ZipArchive() = default;
    ZipArchive(ZipArchive&&) = default;
    ZipArchive& operator=(ZipArchive&&) = default;
    ZipArchive(const ZipArchive&) = delete; // names are looked up by views of the entries
    ZipArchive& operator=(const ZipArchive&) = delete;
    ~ZipArchive() = default;
    /// Fails where no directory can be read; what is odd about single entries goes to `problems` (places are in the
    /// source's file). `file` is what messages call it.
    /// `ratio` replaces ZipLimits::ratio for callers that unpack piece by piece; 0: it does not.
    static Result<ZipArchive> open(ByteSource source, const std::string& file, std::vector<Problem>& problems, const JobContext& job,
                                   std::uint64_t ratio = 0);

    [[nodiscard]] const ByteSource& source() const noexcept { return m_source; }
    [[nodiscard]] const std::vector<ZipEntry>& entries() const noexcept { return m_entries; }
    /// Exactly this name, else the first one that differs only in case (as torch looks names up); of duplicates the
    /// first.
    [[nodiscard]] const ZipEntry* find(std::string_view name) const;
    /// Unpacks an entry into memory (stored ones too); caps apply, a wrong checksum is a problem and not a failure.
    Result<std::shared_ptr<const std::vector<std::byte>>> unpack(const ZipEntry& entry, const std::string& file,
                                                                 std::vector<Problem>& problems) const;
    /// Compares the checksums of stored entries, in directory order, while they fit into `bytes` in sum: differences
    /// become problems.
    void checkSums(std::uint64_t bytes, const std::string& file, std::vector<Problem>& problems) const;
    /// The entry's bytes: a part of the source where stored, unpacked where deflated.
    Result<ByteSource> content(const ZipEntry& entry, const std::string& file, std::vector<Problem>& problems) const;

private:
    ByteSource m_source;
    std::vector<ZipEntry> m_entries;
    std::unordered_map<std::string, std::uint32_t> m_byLowerName; ///< first entry of each
    std::unordered_map<std::string_view, std::uint32_t> m_byName;
    friend class ZipScan;
};

/// Whether a file that starts so may be a zip archive with something in it.
[[nodiscard]] bool startsLikeZip(std::span<const std::byte> head) noexcept;

} // namespace ckptscope
