// SPDX-License-Identifier: Apache-2.0
// RUNS: 5000
// A model.safetensors.index.json beside two good shards.
#include "tests/fuzz/fuzz.h"

namespace {

std::string shard(const std::string& name)
{
    std::string header = "{\"" + name + R"(":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}})";
    header.append((8 - header.size() % 8) % 8, ' ');
    return std::string(1, static_cast<char>(header.size())) + std::string(7, '\0') + header + "abcd";
}

/// Two good shards and a config.json.
void fill(const ckptscope::fuzz::MemoryFolder& folder)
{
    folder.write("model-00001-of-00002.safetensors", shard("a.linear_attn.A_log"));
    folder.write("model-00002-of-00002.safetensors", shard("a.linear_attn.dt_bias"));
    folder.write("config.json", R"({"architectures":["Qwen3NextForCausalLM"]})");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace ckptscope;
    static const fuzz::MemoryFolder folder;
    static const bool filled = (fill(folder), true);
    fuzz::require(filled, "the shards are there");
    folder.write("model.safetensors.index.json", fuzz::textOf(data, size));
    JobContext job;
    job.threads = 1;
    const auto opened = openCheckpoint({folder.path()}, {}, job);
    fuzz::require(opened.has_value(), "two good shards open, whatever the index says");
    fuzz::visit(**opened);
    for (const auto& shard : (*opened)->shards()) {
        fuzz::require(shard.path.empty()
                          || (shard.path.starts_with(folder.path() + "/") && shard.path.find('/', folder.path().size() + 1) == std::string::npos),
                      "no shard outside the folder is looked at");
    }
    fuzz::require((*opened)->tensors().size() == 2, "both shards are listed, whatever the index says");
    return 0;
}
