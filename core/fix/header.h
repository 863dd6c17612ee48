// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/layout.h"
#include "core/model/tensorinfo.h"
#include "core/result.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ckptscope {

/// What becomes of one tensor's header entry.
struct EntryChange {
    bool drop = false;
    std::string newKey;           ///< empty: as it is
    DType dtype = DType::Unknown; ///< in the output
    std::uint64_t begin = 0;      ///< data_offsets
    std::uint64_t end = 0;
};

/// Keys of __metadata__ with their new value; nullopt: they go.
using MetadataEdits = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// Writes the header of an edited shard: every byte of the source's JSON stays (order, white space, __metadata__) but for names, dtypes and
/// data_offsets that change, `metadata` that is set or removed, and the padding behind the object. Returns length, JSON and padding; the result's size
/// is where the buffer begins: it agrees with `residue` modulo ShareBlock, or is a multiple of 8.
/// `tensors` are the shard's, in header order, with one change each. Code::FileChanged where the text no longer fits them.
Result<std::string> rewriteHeader(std::string_view json, const std::string& file, std::span<const TensorInfo> tensors,
                                  std::span<const EntryChange> changes, const MetadataEdits& metadata, std::optional<std::uint64_t> residue);

/// Hex xxh3-128 of the first `dataStart` bytes of a shard: its header.
Result<std::string> headerHash(const std::string& path, std::uint64_t dataStart);

} // namespace ckptscope
