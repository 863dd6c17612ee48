// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/plan.h"
#include "core/formats/zip.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Private to core/fix.
namespace ckptscope {

/// Lays out an archive entry by entry as torch.save does (pytorch/pytorch caffe2/serialize/inline_container.cc):
/// stored, each entry's bytes at a multiple of `alignment` behind a padding field "FB", sizes and CRC-32 behind them,
/// zip64 fields where 32 bits do not do.
class ZipLayout {
public:
    /// Adds segments, text and sums to `out`.
    ZipLayout(OutputFile& out, std::uint64_t alignment);

    void text(std::string_view name, std::string_view bytes);
    /// The stored or deflated bytes of a source's entry, as they are.
    void copy(const ZipEntry& entry, std::uint32_t shard);
    /// `segment` is an Edited one of which only the target is open.
    void edited(std::string_view name, Segment segment);
    /// The directory. Nothing may be added then.
    void finish();

private:
    struct Entry {
        std::string name;
        std::uint16_t method = 0;
        std::uint32_t crc = 0;
        std::uint32_t sum = UINT32_MAX; ///< index into OutputFile::sums, where the CRC is not known yet
        std::uint64_t packed = 0;
        std::uint64_t bytes = 0;
        std::uint64_t header = 0;
    };

    void begin(Entry entry);
    void end();
    void append(std::string_view bytes);
    void appendSum(const Entry& entry);
    void segment(Segment segment);

    OutputFile& m_out;
    std::uint64_t m_alignment;
    std::uint64_t m_at = 0;
    std::vector<Entry> m_entries;
};

} // namespace ckptscope
