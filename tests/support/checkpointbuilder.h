// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/checkpoint.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ckptscope::test {

/// Puts a Checkpoint together without any file. Shards: the first is made by itself; add() puts tensors into the last one.
class CheckpointBuilder {
public:
    CheckpointBuilder();
    CheckpointBuilder& shard(std::string file, bool listed = true, Shard::State state = Shard::State::Ok);
    /// dtype as safetensors spells it, or with a prefix ("ggml:Q4_K"). Bytes follow from dtype and shape.
    CheckpointBuilder& add(std::string key, std::string_view dtype, std::vector<std::uint64_t> shape = {8});
    /// config.json's text.
    CheckpointBuilder& config(std::string json);
    /// {"architectures": [NAME]}.
    CheckpointBuilder& architecture(const std::string& name);
    CheckpointBuilder& metadata(std::string key, std::string value); ///< __metadata__ of the last shard
    CheckpointBuilder& problem(Severity severity, Error what);
    CheckpointBuilder& global(std::string module, std::string name, PickleGlobal::Grade grade, std::uint64_t offset);
    [[nodiscard]] std::shared_ptr<const Checkpoint> make();

    CheckpointParts parts; ///< what no function above sets

private:
    std::vector<std::pair<std::string, std::vector<std::uint64_t>>> m_texts; ///< stable until make()
    std::vector<std::uint32_t> m_shardOf;
    std::vector<DType> m_dtypes;
    bool m_ownShard = false;
};

/// One model of tests/core/data/saved_models.txt.
struct SavedModel {
    std::string name;
    std::string config;
    struct Tensor {
        std::string key;
        std::string dtype;
        std::vector<std::uint64_t> shape;
    };
    std::vector<Tensor> tensors;
    /// As one shard "model.safetensors" with format pt, with its config.json or without.
    [[nodiscard]] CheckpointBuilder builder(bool withConfig) const;
};

/// Read once; ends the program where the file is not there.
[[nodiscard]] const std::vector<SavedModel>& savedModels();

} // namespace ckptscope::test
