// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/bigmodel.h"

#include "tests/support/safetensorsfile.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace ckptscope::bench {

namespace {

[[noreturn]] void die(const std::string& what)
{
    std::fprintf(stderr, "tests/bench: %s\n", what.c_str());
    std::exit(2);
}

/// Overwrites a file from `begin` on with BF16 numbers of both signs, magnitudes 2^-5 to 2: what scans and plots find
/// is not one value.
void fill(const std::string& path, std::uint64_t begin, std::uint64_t bytes)
{
    constexpr std::size_t Block = 4U << 20U;
    std::string block(Block, '\0');
    std::uint64_t state = 88'172'645'463'325'252ULL;
    for (std::size_t i = 0; i + 1 < Block; i += 2) {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
        const auto value = static_cast<std::uint16_t>((0x3d00U + (state % 0x300U)) | ((state >> 40U & 1U) << 15U));
        block[i] = static_cast<char>(value & 0xffU);
        block[i + 1] = static_cast<char>(value >> 8U);
    }
    std::fstream out(path, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(static_cast<std::streamoff>(begin));
    while (bytes > 0 && out) {
        const auto now = std::min<std::uint64_t>(bytes, Block);
        out.write(block.data(), static_cast<std::streamsize>(now));
        bytes -= now;
    }
    out.close();
    if (!out) {
        die("cannot write " + path);
    }
}

void write(const test::SafetensorsFile& file, const std::string& path, bool holes)
{
    file.write(path);
    if (!holes) {
        fill(path, std::filesystem::file_size(path) - file.dataBytes(), file.dataBytes());
    }
}

struct Part {
    const char* name;
    std::vector<std::uint64_t> shape;
};

} // namespace

std::string writeBigModel(const std::string& folder, const BigModel& model)
{
    std::error_code error;
    if (!std::filesystem::create_directories(folder, error) || error) {
        die("cannot make " + folder);
    }
    const std::uint64_t wide = model.hidden;
    const std::vector<Part> layer{{"input_layernorm.weight", {wide}},
                                  {"linear_attn.A_log", {32}},
                                  {"linear_attn.conv1d.weight", {4 * wide, 1, 4}},
                                  {"linear_attn.dt_bias", {32}},
                                  {"linear_attn.in_proj_ba.weight", {64, wide}},
                                  {"linear_attn.in_proj_qkvz.weight", {6 * wide, wide}},
                                  {"linear_attn.norm.weight", {128}},
                                  {"linear_attn.out_proj.weight", {wide, 2 * wide}},
                                  {"mlp.gate.weight", {512, wide}},
                                  {"mlp.shared_expert.down_proj.weight", {wide, model.expertWidth}},
                                  {"mlp.shared_expert.gate_proj.weight", {model.expertWidth, wide}},
                                  {"mlp.shared_expert.up_proj.weight", {model.expertWidth, wide}},
                                  {"mlp.shared_expert_gate.weight", {1, wide}},
                                  {"post_attention_layernorm.weight", {wide}}};
    const std::vector<Part> expert{{".down_proj.weight", {wide, model.expertWidth}},
                                   {".gate_proj.weight", {model.expertWidth, wide}},
                                   {".up_proj.weight", {model.expertWidth, wide}}};
    test::SafetensorsFile file;
    file.metadata("format", "pt");
    std::size_t count = 0;
    const auto add = [&](const std::string& key, const std::vector<std::uint64_t>& shape) {
        if (count++ < model.tensors) {
            file.addSparse(key, "BF16", shape);
        }
    };
    add("model.embed_tokens.weight", {64 * wide, wide});
    add("lm_head.weight", {64 * wide, wide});
    add("model.norm.weight", {wide});
    int layers = 0;
    for (; count < model.tensors; ++layers) {
        const std::string prefix = "model.layers." + std::to_string(layers) + '.';
        for (const Part& part : layer) {
            add(prefix + part.name, part.shape);
        }
        for (int i = 0; i < 512; ++i) {
            for (const Part& part : expert) {
                add(prefix + "mlp.experts." + std::to_string(i) + part.name, part.shape);
            }
        }
    }
    write(file, folder + "/model.safetensors", model.holes);
    std::ofstream config(folder + "/config.json");
    config << R"({"architectures":["Qwen3NextForCausalLM"],"model_type":"qwen3_next","torch_dtype":"bfloat16","num_hidden_layers":)" << layers
           << "}\n";
    config.close();
    if (!config) {
        die("cannot write " + folder + "/config.json");
    }
    return folder;
}

std::string writeValues(const std::string& path, std::size_t count, std::uint64_t elements)
{
    test::SafetensorsFile file;
    for (std::size_t i = 0; i < count; ++i) {
        file.addSparse("model.layers." + std::to_string(i) + ".mlp.up_proj.weight", "BF16", {elements / 2048, 2048});
    }
    write(file, path, false);
    return path;
}

} // namespace ckptscope::bench
