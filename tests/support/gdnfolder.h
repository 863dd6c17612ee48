// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/checkpoint.h"
#include "tests/support/tempdir.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace ckptscope::test {

/// What a small all-BF16 Qwen3-Next folder is made of.
struct GdnFolder {
    unsigned shards = 2;
    unsigned layersPerShard = 2;             ///< each with A_log, conv1d, dt_bias and the long in_proj and out_proj
    std::uint64_t heads = 32;                ///< elements of A_log and dt_bias
    std::uint64_t longElements = 160 * 1024; ///< BF16 elements of a long tensor
    bool metadataLast = false;
    bool plainShardAtEnd = true; ///< one more shard without a linear_attn layer
};

/// Writes it, with index, config.json and small companions, random bytes in every tensor (seeded, so that each call gives the same).
/// Returns the folder's path.
std::string writeGdnFolder(const TempDir& dir, const std::string& name, const GdnFolder& what = {});

/// Opens what must open; ends the program where it does not.
std::shared_ptr<const Checkpoint> openOrDie(const std::string& path);

/// Every tensor of a checkpoint: key -> (dtype, bytes).
using Tensors = std::map<std::string, std::pair<std::string, std::string>>;
Tensors readTensors(const Checkpoint& checkpoint);

/// All files below a folder: name -> bytes.
std::map<std::string, std::string> readTree(const std::string& folder);

/// Bytes of BF16 elements as F32: each gets two zero bytes in front.
std::string widenBf16(const std::string& bytes);

} // namespace ckptscope::test
