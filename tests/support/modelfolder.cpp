// SPDX-License-Identifier: Apache-2.0
#include "tests/support/modelfolder.h"

#include "core/formats/formatreader.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/safetensorsfile.h"

#include <QtTest>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>

namespace ckptscope::test {

namespace {

constexpr const char* One = "model-00001-of-00002.safetensors";
constexpr const char* Two = "model-00002-of-00002.safetensors";

std::uint64_t bytesOf(const ModelFolder::Tensor& tensor)
{
    std::uint64_t count = 1;
    for (const auto dimension : tensor.shape) {
        count *= dimension;
    }
    return count * SafetensorsFile::bits(tensor.dtype) / 8;
}

std::string indexOf(const std::vector<std::pair<std::string, std::string>>& map, const std::string& metadata)
{
    std::string text = metadata.empty() ? "{" : "{\n  \"metadata\": " + metadata + ",";
    text += "\n  \"weight_map\": {";
    for (std::size_t n = 0; n < map.size(); ++n) {
        text += (n > 0 ? "," : "") + ("\n    \"" + map[n].first) + "\": \"" + map[n].second + '"';
    }
    return text + "\n  }\n}\n";
}

std::string lineOf(const Checkpoint& checkpoint, const Finding& finding)
{
    std::string place = finding.tensor ? std::string(checkpoint.tensors()[*finding.tensor].key) : !finding.key.empty() ? finding.key : finding.file;
    place = place.empty() ? "-" : place;
    std::string line = finding.rule + ' ' + place;
    if (finding.what) {
        for (const auto& argument : finding.what->args) {
            line += argument == place ? std::string() : " | " + argument;
        }
    } else {
        line += " | " + std::string(dtypeName(finding.have));
        for (const auto dtype : finding.want) {
            line += " | " + std::string(dtypeName(dtype));
        }
    }
    return line;
}

std::string joined(const std::vector<std::string>& lines)
{
    std::string text;
    for (const auto& line : lines) {
        text += "\n    \"" + line + '"';
    }
    return lines.empty() ? "\n    (nothing)" : text;
}

} // namespace

ModelFolder ModelFolder::llama()
{
    ModelFolder folder;
    folder.config = "{\"architectures\": [\"LlamaForCausalLM\"], \"model_type\": \"llama\", \"num_hidden_layers\": 4, "
                    "\"hidden_size\": 8, "
                    "\"vocab_size\": 16, \"num_attention_heads\": 2, \"num_key_value_heads\": 1, \"head_dim\": 4, "
                    "\"tie_word_embeddings\": false}";
    folder.add(One, "model.embed_tokens.weight", "BF16", {16, 8});
    for (int layer = 0; layer < 4; ++layer) {
        const std::string shard = layer < 2 ? One : Two;
        const std::string prefix = "model.layers." + std::to_string(layer) + '.';
        folder.add(shard, prefix + "input_layernorm.weight", "BF16", {8});
        folder.add(shard, prefix + "mlp.up_proj.weight", "BF16", {32, 8});
        folder.add(shard, prefix + "self_attn.k_proj.weight", "BF16", {4, 8});
        folder.add(shard, prefix + "self_attn.q_proj.weight", "BF16", {8, 8});
    }
    folder.add(Two, "model.norm.weight", "BF16", {8});
    folder.add(Two, "lm_head.weight", "BF16", {16, 8});
    return folder;
}

ModelFolder ModelFolder::single(std::string config, std::vector<Tensor> tensors)
{
    ModelFolder folder;
    folder.config = std::move(config);
    folder.hasIndex = false;
    folder.shards["model.safetensors"] = std::move(tensors);
    return folder;
}

ModelFolder ModelFolder::saved(const std::string& name, std::size_t times)
{
    const auto& all = savedModels();
    const auto model = std::find_if(all.begin(), all.end(), [&](const SavedModel& candidate) { return candidate.name == name; });
    if (model == all.end()) {
        std::fprintf(stderr, "no saved model %s\n", name.c_str());
        std::abort();
    }
    std::vector<Tensor> tensors;
    for (const auto& tensor : model->tensors) {
        tensors.push_back({tensor.key, tensor.dtype, tensor.shape});
    }
    const auto report = runChecks(*model->builder(true).make());
    for (const auto& finding : (*report)->findings) {
        if (finding.fix && finding.tensor) {
            tensors.at(*finding.tensor).dtype = dtypeName(finding.fix->to);
        }
    }
    constexpr std::string_view Layers = ".layers.";
    std::size_t layers = 0;
    const auto layerOf = [&](const std::string& key) -> std::optional<std::size_t> {
        const auto at = key.find(Layers);
        return at == std::string::npos ? std::nullopt : std::optional<std::size_t>(std::stoul(key.substr(at + Layers.size())));
    };
    for (const auto& tensor : tensors) {
        layers = std::max(layers, layerOf(tensor.key).value_or(0) + 1);
    }
    const std::size_t once = tensors.size();
    for (std::size_t copy = 1; copy < times; ++copy) {
        for (std::size_t n = 0; n < once; ++n) {
            if (const auto layer = layerOf(tensors[n].key)) {
                Tensor next = tensors[n];
                const auto at = next.key.find(Layers) + Layers.size();
                next.key.replace(at, std::to_string(*layer).size(), std::to_string(*layer + copy * layers));
                tensors.push_back(std::move(next));
            }
        }
    }
    ModelFolder folder = single(model->config, std::move(tensors));
    if (times > 1 && folder.config.find("\"num_hidden_layers\"") != std::string::npos) {
        folder.say("\"num_hidden_layers\": " + std::to_string(layers), "\"num_hidden_layers\": " + std::to_string(layers * times));
    }
    return folder;
}

ModelFolder& ModelFolder::say(const std::string& from, const std::string& to)
{
    const auto at = config.find(from);
    if (at == std::string::npos) {
        std::fprintf(stderr, "config.json has no %s\n", from.c_str());
        std::abort();
    }
    config.replace(at, from.size(), to);
    return *this;
}

ModelFolder& ModelFolder::freeze()
{
    weightMap.emplace();
    for (const auto& [file, tensors] : shards) {
        for (const auto& tensor : tensors) {
            weightMap->emplace_back(tensor.key, file);
        }
    }
    metadata = "{\"total_size\": " + std::to_string(totalSize()) + "}";
    return *this;
}

ModelFolder& ModelFolder::add(const std::string& shard, std::string key, std::string dtype, std::vector<std::uint64_t> shape)
{
    shards[shard].push_back({std::move(key), std::move(dtype), std::move(shape)});
    return *this;
}

ModelFolder& ModelFolder::drop(const std::string& key)
{
    for (auto& [file, tensors] : shards) {
        std::erase_if(tensors, [&](const Tensor& tensor) { return tensor.key == key; });
    }
    return *this;
}

ModelFolder::Tensor& ModelFolder::at(const std::string& key)
{
    for (auto& [file, tensors] : shards) {
        for (auto& tensor : tensors) {
            if (tensor.key == key) {
                return tensor;
            }
        }
    }
    std::fprintf(stderr, "no tensor %s\n", key.c_str());
    std::abort();
}

ModelFolder& ModelFolder::renameShard(const std::string& from, const std::string& to)
{
    auto node = shards.extract(from);
    node.key() = to;
    shards.insert(std::move(node));
    return *this;
}

ModelFolder& ModelFolder::move(const std::string& key, const std::string& shard)
{
    const Tensor tensor = at(key);
    drop(key);
    shards[shard].push_back(tensor);
    return *this;
}

std::uint64_t ModelFolder::totalSize() const
{
    std::uint64_t total = 0;
    for (const auto& [file, tensors] : shards) {
        for (const auto& tensor : tensors) {
            total += bytesOf(tensor);
        }
    }
    return total;
}

std::string ModelFolder::write(const TempDir& dir) const
{
    for (const auto& [name, tensors] : shards) {
        SafetensorsFile file;
        const auto format = formats.find(name);
        if (format == formats.end() || !format->second.empty()) {
            file.metadata("format", format == formats.end() ? "pt" : format->second);
        }
        for (const auto& tensor : tensors) {
            file.addSparse(tensor.key, tensor.dtype, tensor.shape);
        }
        file.write(dir.path(name));
    }
    if (hasIndex) {
        ModelFolder whole = *this;
        whole.freeze();
        dir.write(indexName, indexText ? *indexText : indexOf(weightMap ? *weightMap : *whole.weightMap, metadata ? *metadata : *whole.metadata));
    }
    if (!config.empty()) {
        dir.write("config.json", config);
    }
    for (const auto& [name, bytes] : files) {
        dir.write(name, bytes);
    }
    return dir.path();
}

std::vector<std::string> findingLines(const std::string& path)
{
    const auto opened = openCheckpoint({path});
    if (!opened) {
        return {"refused " + std::string(codeInfo(opened.error().code).id)};
    }
    const auto report = runChecks(**opened);
    if (!report) {
        return {"no report " + std::string(codeInfo(report.error().code).id)};
    }
    std::vector<std::string> lines;
    for (const auto& finding : (*report)->findings) {
        lines.push_back(lineOf(**opened, finding));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

std::string mismatch(const FolderCase& row)
{
    const TempDir dir;
    const auto lines = findingLines(row.make().write(dir));
    auto expected = row.expected;
    std::sort(expected.begin(), expected.end());
    return lines == expected ? std::string() : "found" + joined(lines) + "\n  expected" + joined(expected);
}

std::vector<FolderCase> gathered(std::initializer_list<FolderCases> parts)
{
    std::vector<FolderCase> rows;
    for (const auto part : parts) {
        auto list = part();
        std::move(list.begin(), list.end(), std::back_inserter(rows));
    }
    return rows;
}

void addFolderRows(const std::vector<FolderCase>& rows)
{
    QTest::addColumn<int>("row");
    for (std::size_t n = 0; n < rows.size(); ++n) {
        QTest::newRow(rows[n].name) << static_cast<int>(n);
    }
}

} // namespace ckptscope::test
