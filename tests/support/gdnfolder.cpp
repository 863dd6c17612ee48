// SPDX-License-Identifier: Apache-2.0
#include "tests/support/gdnfolder.h"

#include "core/formats/formatreader.h"
#include "tests/support/safetensorsfile.h"

#include <QtGlobal>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

namespace ckptscope::test {

namespace {

std::string fileBytes(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string randomBytes(std::mt19937_64& random, std::uint64_t count)
{
    std::string out(count, '\0');
    for (std::uint64_t i = 0; i + 8 <= count; i += 8) {
        const std::uint64_t value = random();
        for (unsigned k = 0; k < 8; ++k) {
            out[i + k] = static_cast<char>(value >> (8 * k));
        }
    }
    for (std::uint64_t i = count / 8 * 8; i < count; ++i) {
        out[i] = static_cast<char>(random());
    }
    return out;
}

std::string shardName(unsigned index, unsigned count)
{
    char name[64];
    (void)std::snprintf(name, sizeof(name), "model-%05u-of-%05u.safetensors", index + 1, count);
    return name;
}

} // namespace

std::string writeGdnFolder(const TempDir& dir, const std::string& name, const GdnFolder& what)
{
    std::mt19937_64 random(7);
    const unsigned count = what.shards + (what.plainShardAtEnd ? 1 : 0);
    std::vector<std::pair<std::string, std::string>> map;
    std::uint64_t total = 0;
    for (unsigned s = 0; s < count; ++s) {
        SafetensorsFile file;
        file.metadata("format", "pt");
        if (what.metadataLast) {
            file.metadataLast();
        }
        const auto add = [&](const std::string& key, std::uint64_t elements) {
            map.emplace_back(key, shardName(s, count));
            total += elements * 2;
            file.add(key, "BF16", {elements}, randomBytes(random, elements * 2));
        };
        if (s == what.shards) {
            add("model.norm.weight", 64);
            add("lm_head.weight", what.longElements);
        }
        for (unsigned l = 0; s < what.shards && l < what.layersPerShard; ++l) {
            const std::string layer = "model.layers." + std::to_string(s * what.layersPerShard + l) + '.';
            add(layer + "input_layernorm.weight", 64);
            add(layer + "linear_attn.A_log", what.heads);
            add(layer + "linear_attn.conv1d.weight", 1024);
            add(layer + "linear_attn.dt_bias", what.heads);
            add(layer + "linear_attn.in_proj_qkvz.weight", what.longElements);
            add(layer + "linear_attn.out_proj.weight", what.longElements);
        }
        file.write(dir.path(name + '/' + shardName(s, count)));
    }
    dir.write(name + "/model.safetensors.index.json", indexJson(map, total));
    dir.write(name + "/config.json",
              "{\n  \"architectures\": [\n    \"Qwen3NextForCausalLM\"\n  ],\n  \"dtype\": \"bfloat16\",\n  \"hidden_size\": 64\n}\n");
    dir.write(name + "/tokenizer.json", "{\"version\": \"1.0\"}");
    dir.write(name + "/modeling_custom.py", "# code\n");
    dir.write(name + "/assets/chat.jinja", "{{ messages }}");
    dir.write(name + "/.git/HEAD", "ref: refs/heads/main\n");
    dir.write(name + "/pytorch_model.bin", "not needed");
    return dir.path(name);
}

std::shared_ptr<const Checkpoint> openOrDie(const std::string& path)
{
    auto opened = openCheckpoint({path});
    if (!opened) {
        qFatal("cannot open %s: %s", path.c_str(), codeInfo(opened.error().code).id.data());
    }
    return *opened;
}

Tensors readTensors(const Checkpoint& checkpoint)
{
    Tensors out;
    std::vector<std::string> files;
    for (const Shard& shard : checkpoint.shards()) {
        files.push_back(fileBytes(shard.path));
    }
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        out[std::string(tensor.key)] = {std::string(dtypeName(tensor.dtype)), files[tensor.shard].substr(tensor.bytes.offset, tensor.bytes.length)};
    }
    return out;
}

std::map<std::string, std::string> readTree(const std::string& folder)
{
    namespace fs = std::filesystem;
    std::map<std::string, std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) {
            out[fs::relative(entry.path(), folder).string()] = fileBytes(entry.path().string());
        }
    }
    return out;
}

std::string widenBf16(const std::string& bytes)
{
    std::string out;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
        out += std::string(2, '\0') + bytes.substr(i, 2);
    }
    return out;
}

} // namespace ckptscope::test
