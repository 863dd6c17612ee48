// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/formats/checkpointbuilder.h"
#include "core/formats/dcpmetadata.h"
#include "core/formats/formatreader.h"

namespace ckptscope {

/// Folders of torch.distributed.checkpoint: `.metadata` with `*.distcp`, or the Hugging Face flavour (shard-*-model-*-of-*.safetensors with DCP_SHARDING_INFO).
/// pytorch/pytorch torch/distributed/checkpoint/filesystem.py, hf_storage.py.
class DcpReader : public FormatReader {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "dcp"; }
    [[nodiscard]] bool recognises(const Source& source) const noexcept override;
    Result<CheckpointParts> open(const Source& source, const OpenOptions& options, const JobContext& job) const override;
};

namespace dcp {

/// One piece of a tensor, located.
struct Piece {
    std::uint32_t shard = 0;
    ByteRange bytes;
    std::vector<std::uint64_t> strides; ///< in elements
};
[[nodiscard]] std::vector<std::uint64_t> rowMajor(const std::vector<std::uint64_t>& shape);
/// Adds a tensor made of these boxes, one piece each (of empty boxes they are not looked at): checks that they fill it exactly. `broken`: why it
/// can't be read anyhow; empty: it can. Returns its index.
std::uint32_t addAssembled(CheckpointBuilder& out, const std::string& name, const torch::ElementType& element,
                           const std::vector<std::uint64_t>& shape, const std::vector<Box>& boxes, const std::vector<Piece>& pieces,
                           const std::string& broken, const std::string& file);

/// "shard-00002-model-00001-of-00001.safetensors": the rank's number from 1 on; nullopt: another name.
[[nodiscard]] std::optional<std::uint32_t> huggingFaceRank(std::string_view name) noexcept;
Result<CheckpointParts> openHuggingFace(const Source& source, const OpenOptions& options, const JobContext& job);

} // namespace dcp

} // namespace ckptscope
