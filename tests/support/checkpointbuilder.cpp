// SPDX-License-Identifier: Apache-2.0
#include "checkpointbuilder.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

namespace ckptscope::test {

namespace {

[[noreturn]] void stop(const std::string& why)
{
    std::cerr << why << '\n';
    std::abort();
}

DType dtypeOf(std::string_view name)
{
    for (const auto& row : dtypeTable()) {
        if (row.name == name) {
            return row.dtype;
        }
    }
    stop("no dtype " + std::string(name));
}

} // namespace

CheckpointBuilder::CheckpointBuilder()
{
    parts.path = "model";
    parts.folder = "/model";
    parts.isFolder = true;
    parts.format = "safetensors";
    Shard first;
    first.file = "model.safetensors";
    parts.shards.push_back(first);
}

CheckpointBuilder& CheckpointBuilder::shard(std::string file, bool listed, Shard::State state)
{
    if (!m_ownShard && m_texts.empty()) {
        parts.shards.clear();
    }
    m_ownShard = true;
    Shard shard;
    shard.file = std::move(file);
    shard.listed = listed;
    shard.state = state;
    shard.firstTensor = static_cast<std::uint32_t>(m_texts.size());
    parts.shards.push_back(std::move(shard));
    return *this;
}

CheckpointBuilder& CheckpointBuilder::add(std::string key, std::string_view dtype, std::vector<std::uint64_t> shape)
{
    m_texts.emplace_back(std::move(key), std::move(shape));
    m_dtypes.push_back(dtypeOf(dtype));
    m_shardOf.push_back(static_cast<std::uint32_t>(parts.shards.size() - 1));
    ++parts.shards.back().tensors;
    return *this;
}

CheckpointBuilder& CheckpointBuilder::config(std::string json)
{
    parts.config = ModelConfig::parse(std::move(json), "config.json");
    return *this;
}

CheckpointBuilder& CheckpointBuilder::architecture(const std::string& name)
{
    return config("{\"architectures\": [\"" + name + "\"]}");
}

CheckpointBuilder& CheckpointBuilder::metadata(std::string key, std::string value)
{
    MetadataEntry entry;
    entry.key = std::move(key);
    entry.value = std::move(value);
    entry.origin = "__metadata__";
    entry.shard = static_cast<std::uint32_t>(parts.shards.size() - 1);
    parts.metadata.push_back(std::move(entry));
    parts.shards.back().hasMetadata = true;
    return *this;
}

CheckpointBuilder& CheckpointBuilder::problem(Severity severity, Error what)
{
    parts.problems.push_back(Problem{severity, std::move(what), std::nullopt});
    return *this;
}

CheckpointBuilder& CheckpointBuilder::global(std::string module, std::string name, PickleGlobal::Grade grade, std::uint64_t offset)
{
    PickleGlobal entry;
    entry.module = std::move(module);
    entry.name = std::move(name);
    entry.grade = grade;
    entry.offset = offset;
    parts.globals.push_back(std::move(entry));
    return *this;
}

std::shared_ptr<const Checkpoint> CheckpointBuilder::make()
{
    const auto owner = std::make_shared<const std::vector<std::pair<std::string, std::vector<std::uint64_t>>>>(std::move(m_texts));
    std::uint64_t offset = 8;
    for (std::size_t n = 0; n < owner->size(); ++n) {
        TensorInfo tensor;
        tensor.key = (*owner)[n].first;
        tensor.shape = (*owner)[n].second;
        tensor.dtype = m_dtypes[n];
        tensor.shard = m_shardOf[n];
        const auto bytes = byteSize(tensor.dtype, elementCount(tensor.shape).value_or(0)).value_or(0);
        tensor.bytes = {offset, bytes};
        offset += bytes;
        parts.tensors.push_back(tensor);
    }
    parts.storage.push_back(owner);
    return Checkpoint::make(std::move(parts));
}

CheckpointBuilder SavedModel::builder(bool withConfig) const
{
    CheckpointBuilder builder;
    builder.shard("model.safetensors").metadata("format", "pt");
    for (const auto& tensor : tensors) {
        builder.add(tensor.key, tensor.dtype, tensor.shape);
    }
    if (withConfig) {
        builder.config(config);
    }
    return builder;
}

const std::vector<SavedModel>& savedModels()
{
    static const std::vector<SavedModel> all = [] {
        std::vector<SavedModel> models;
        std::ifstream file(CKPTSCOPE_SOURCE_DIR "/tests/core/data/saved_models.txt");
        std::string line;
        while (std::getline(file, line)) {
            if (line.starts_with("## ")) {
                models.push_back({line.substr(3), {}, {}});
                std::getline(file, models.back().config);
            } else if (!line.starts_with('#')) {
                std::istringstream words(line);
                SavedModel::Tensor tensor;
                std::string shape;
                words >> tensor.key >> tensor.dtype >> shape;
                std::istringstream dims(shape == "-" ? std::string() : shape);
                for (std::string dim; std::getline(dims, dim, 'x');) {
                    tensor.shape.push_back(std::stoull(dim));
                }
                models.back().tensors.push_back(std::move(tensor));
            }
        }
        if (models.empty()) {
            stop("tests/core/data/saved_models.txt is not there");
        }
        return models;
    }();
    return all;
}

} // namespace ckptscope::test
