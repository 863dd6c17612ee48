// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/convert/convert.h"

#include <map>
#include <span>
#include <string>
#include <vector>

// Private to core/convert.
namespace ckptscope::convert {

/// Gives every item its shard, greedy in order, and returns how many there are: a tensor above the limit has one to itself, which comes first
/// of what is still open (huggingface/huggingface_hub src/huggingface_hub/serialization/_base.py `split_state_dict_into_shards_factory`).
std::uint32_t splitIntoShards(std::vector<ConvertItem>& items, std::uint64_t maxBytes);

/// "model.safetensors", "model-00002-of-00014.safetensors".
[[nodiscard]] std::string shardName(std::uint32_t index, std::uint32_t count);

/// A safetensors header as the reference writer has it (huggingface/safetensors safetensors/src/tensor.rs `prepare`): tensors by dtype, widest
/// first, then by name; compact JSON padded with spaces to a multiple of 8. Sets each item's target; `end` is the finished file's size.
/// `items` index into `all`; `shapes` gives an item's shape.
Result<std::string> layOutShard(std::vector<ConvertItem>& all, std::vector<std::uint32_t>& items, const Checkpoint& source,
                                const std::map<std::string, std::string>& metadata, const std::string& name, std::uint64_t& end);

/// model.safetensors.index.json as transformers writes it: indent 2, sorted keys, a line end.
[[nodiscard]] std::string indexText(const ConvertPlan& plan);

} // namespace ckptscope::convert
