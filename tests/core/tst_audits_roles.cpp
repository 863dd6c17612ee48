// SPDX-License-Identifier: Apache-2.0
#include "tests/support/modelfolder.h"

#include <QtTest>

using namespace ckptscope::test;

namespace {

const std::string File = "model.safetensors";

/// A model that transformers saved, with one thing done to it.
std::function<ModelFolder()> saved(const std::string& name, std::size_t times, const std::function<void(ModelFolder&)>& breakIt)
{
    return [=] {
        ModelFolder folder = ModelFolder::saved(name, times);
        breakIt(folder);
        return folder;
    };
}

std::string layer(int number, const std::string& rest)
{
    return "model.layers." + std::to_string(number) + '.' + rest;
}

/// 16 layers.
std::function<ModelFolder()> llama(const std::function<void(ModelFolder&)>& breakIt)
{
    return saved("llama", 4, breakIt);
}

/// As many layers and experts, in Mixtral's names.
std::function<ModelFolder()> mixtral(int layers, int experts, const std::function<void(ModelFolder&)>& breakIt)
{
    return [=] {
        ModelFolder folder =
            ModelFolder::single("{\"architectures\": [\"MixtralForCausalLM\"], \"num_hidden_layers\": " + std::to_string(layers) + "}",
                                {{"model.embed_tokens.weight", "BF16", {16, 8}}});
        for (int l = 0; l < layers; ++l) {
            folder.add(File, layer(l, "input_layernorm.weight"), "BF16", {8});
            folder.add(File, layer(l, "block_sparse_moe.gate.weight"), "BF16", {8, 8});
            for (int e = 0; e < experts; ++e) {
                for (const char* part : {"w1", "w2", "w3"}) {
                    folder.add(File, layer(l, "block_sparse_moe.experts." + std::to_string(e) + '.' + part + ".weight"), "BF16", {8, 8});
                }
            }
        }
        breakIt(folder);
        return folder;
    };
}

void dropLayer(ModelFolder& folder, int number)
{
    std::erase_if(folder.shards[File], [&](const ModelFolder::Tensor& tensor) { return tensor.key.starts_with(layer(number, "")); });
}

std::vector<FolderCase> siblings()
{
    const std::string norm = "input_layernorm.weight";
    const std::string experts = "block_sparse_moe.experts.";
    return {
        {"16 layers, nothing wrong", llama([](ModelFolder&) {}), {}},
        {"one layer's norm is F32",
         llama([=](ModelFolder& f) { f.at(layer(9, norm)).dtype = "F32"; }),
         {"siblings.odd " + layer(9, norm) + " | F32 | BF16 | 1 | 16"}},
        {"three layers' norms are F32: one finding",
         llama([=](ModelFolder& f) {
             for (const int n : {2, 10, 9}) {
                 f.at(layer(n, norm)).dtype = "F32";
             }
         }),
         {"siblings.odd " + layer(2, norm) + " | F32 | BF16 | 3 | 16"}},
        {"two kinds of exception",
         llama([=](ModelFolder& f) {
             f.at(layer(2, norm)).dtype = "F32";
             f.at(layer(3, norm)).dtype = "F16";
         }),
         {"siblings.odd " + layer(2, norm) + " | F32 | BF16 | 1 | 16", "siblings.odd " + layer(3, norm) + " | F16 | BF16 | 1 | 16"}},
        {"a quarter is a mixture, no exception",
         llama([=](ModelFolder& f) {
             for (const int n : {2, 5, 9, 13}) {
                 f.at(layer(n, norm)).dtype = "F32";
             }
         }),
         {}},
        {"quantised layers are chosen", llama([](ModelFolder& f) { f.at(layer(5, "mlp.up_proj.weight")).dtype = "F8_E4M3"; }), {}},
        {"an expert of one layer",
         mixtral(4, 8, [=](ModelFolder& f) { f.at(layer(2, experts + "7.w1.weight")).dtype = "F16"; }),
         {"siblings.odd " + layer(2, experts + "7.w1.weight") + " | F16 | BF16 | 1 | 32"}},
        {"all layers of another dtype than the rest",
         llama([=](ModelFolder& f) {
             for (int n = 0; n < 16; ++n) {
                 f.at(layer(n, norm)).dtype = "F32";
             }
         }),
         {}},
        {"one tensor of one layer is missing",
         llama([=](ModelFolder& f) { f.drop(layer(9, norm)); }),
         {"siblings.missing " + layer(9, norm) + " | " + norm + " | 9 | model.layers | 15"}},
        {"missing in three layers: one finding",
         llama([=](ModelFolder& f) { f.drop(layer(3, norm)).drop(layer(4, norm)).drop(layer(9, norm)); }),
         {"siblings.missing - | " + norm + " | 3 to 4, 9 | model.layers | 13"}},
        {"two tensors of one layer",
         llama([=](ModelFolder& f) { f.drop(layer(9, norm)).drop(layer(9, "mlp.up_proj.weight")); }),
         {"siblings.missing " + layer(9, norm) + " | " + norm + " | 9 | model.layers | 15",
          "siblings.missing " + layer(9, "mlp.up_proj.weight") + " | mlp.up_proj.weight | 9 | model.layers | 15"}},
        {"the first and the last layer may be special", llama([=](ModelFolder& f) { f.drop(layer(0, norm)).drop(layer(15, norm)); }), {}},
        {"missing at equal distances: another kind of layer",
         llama([=](ModelFolder& f) { f.drop(layer(3, norm)).drop(layer(7, norm)).drop(layer(11, norm)); }),
         {}},
        {"config.json tells these layers from the others",
         llama([=](ModelFolder& f) {
             f.say("\"model_type\"", "\"layer_types\": [0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], \"model_type\"")
                 .drop(layer(3, norm))
                 .drop(layer(8, norm));
         }),
         {}},
        {"config.json does not tell them from the others",
         llama([=](ModelFolder& f) {
             f.say("\"model_type\"", "\"layer_types\": [0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0], \"model_type\"")
                 .drop(layer(3, norm))
                 .drop(layer(8, norm));
         }),
         {"siblings.missing - | " + norm + " | 3, 8 | model.layers | 14"}},
        {"a list of something else",
         llama([=](ModelFolder& f) {
             f.say("\"model_type\"",
                   "\"moe_layers\": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], \"depths\": [0, 0, 0, 0, "
                   "1], "
                   "\"model_type\"")
                 .drop(layer(4, norm));
         }),
         {"siblings.missing " + layer(4, norm) + " | " + norm + " | 4 | model.layers | 15"}},
        {"all experts of one layer lack the same",
         mixtral(8, 4,
                 [=](ModelFolder& f) {
                     for (int e = 0; e < 4; ++e) {
                         f.drop(layer(5, experts + std::to_string(e) + ".w2.weight"));
                     }
                 }),
         {"siblings.missing - | block_sparse_moe.experts.[4].w2.weight | 5 | model.layers | 28"}},
        {"the first and the last module of a stage may be special",
         [] {
             ModelFolder f = ModelFolder::single("{}", {});
             for (int stage = 0; stage < 5; ++stage) {
                 for (int block = 0; block < 4; ++block) {
                     const std::string prefix = "stages." + std::to_string(stage) + ".blocks." + std::to_string(block);
                     f.add(File, prefix + ".conv.weight", "F32", {4});
                     if (stage != 3 || block > 0) {
                         f.add(File, prefix + ".identity.weight", "F32", {4});
                     }
                 }
             }
             return f;
         },
         {"architecture.unknown -"}},
        {"a stand-in: another kind of layer",
         llama([=](ModelFolder& f) {
             for (const char* part : {"q_proj", "k_proj", "v_proj", "o_proj"}) {
                 f.drop(layer(9, std::string("self_attn.") + part + ".weight"));
             }
             f.add(File, layer(9, "conv.in_proj.weight"), "BF16", {64, 64});
         }),
         {}},
        {"chosen by search, as config.json says",
         llama([=](ModelFolder& f) {
             f.say("\"model_type\"", "\"block_configs\": [{\"ffn\": {\"no_op\": true}}], \"model_type\"").drop(layer(9, "mlp.up_proj.weight"));
         }),
         {}},
        {"a scale that a quantiser left out",
         llama([=](ModelFolder& f) {
             for (int n = 0; n < 16; ++n) {
                 if (n != 9) {
                     f.at(layer(n, "mlp.up_proj.weight")).dtype = "F8_E4M3";
                     f.add(File, layer(n, "mlp.up_proj.weight_scale"), "F32", {});
                 }
             }
         }),
         {}},
        {"an expert's tensor is missing",
         mixtral(4, 8, [=](ModelFolder& f) { f.drop(layer(2, experts + "5.w1.weight")); }),
         {"siblings.missing " + layer(2, experts + "5.w1.weight") + " | w1.weight | 5 | model.layers.2.block_sparse_moe.experts | 31"}},
        {"an expert is missing",
         mixtral(4, 8,
                 [=](ModelFolder& f) {
                     for (const char* part : {"w1", "w2", "w3"}) {
                         f.drop(layer(2, experts + "5." + part + ".weight"));
                     }
                 }),
         {"shape.missing_layers - | 5 | model.layers.2.block_sparse_moe.experts"}},
        {"the last expert of one layer is missing",
         mixtral(4, 8,
                 [=](ModelFolder& f) {
                     for (const char* part : {"w1", "w2", "w3"}) {
                         f.drop(layer(2, experts + "7." + part + ".weight"));
                     }
                 }),
         {"shape.missing_layers - | 7 | model.layers.2.block_sparse_moe.experts"}},
        {"a pyramid of experts",
         mixtral(12, 8,
                 [=](ModelFolder& f) {
                     for (const auto& [at, from] : {std::pair(10, 4), std::pair(11, 6)}) {
                         for (int e = from; e < 8; ++e) {
                             for (const char* part : {"w1", "w2", "w3"}) {
                                 f.drop(layer(at, experts + std::to_string(e) + '.' + part + ".weight"));
                             }
                         }
                     }
                 }),
         {}},
        {"fewer experts in all layers", mixtral(4, 7, [](ModelFolder&) {}), {}},
        {"a Sequential has places without parameters",
         [] {
             ModelFolder f = ModelFolder::single("{}", {});
             for (const int n : {0, 1, 2, 3, 4, 6, 7, 8, 9}) {
                 f.add(File, "features." + std::to_string(n) + ".conv.weight", "F32", {4});
                 f.add(File, "features." + std::to_string(n) + ".norm.weight", "F32", {4});
             }
             return f;
         },
         {"architecture.unknown -"}},
    };
}

std::vector<FolderCase> layers()
{
    return {
        {"a layer is missing", llama([](ModelFolder& f) { dropLayer(f, 7); }), {"shape.missing_layers - | 7 | model.layers"}},
        {"five layers are missing",
         llama([](ModelFolder& f) {
             for (const int n : {1, 5, 6, 7, 11}) {
                 dropLayer(f, n);
             }
         }),
         {"shape.missing_layers - | 1, 5 to 7, 11 | model.layers"}},
        {"the first layer is missing", llama([](ModelFolder& f) { dropLayer(f, 0); }), {"shape.missing_layers - | 0 | model.layers"}},
        {"the last layers are missing",
         llama([](ModelFolder& f) {
             dropLayer(f, 14);
             dropLayer(f, 15);
         }),
         {"shape.layer_count - | 16 | 14 | model.layers"}},
        {"more layers than config.json says",
         llama([](ModelFolder& f) { f.say("\"num_hidden_layers\": 16", "\"num_hidden_layers\": 14"); }),
         {"shape.layer_count - | 14 | 16 | model.layers"}},
        {"the one more guesses the next tokens",
         llama([](ModelFolder& f) { f.say("\"num_hidden_layers\": 16", "\"num_hidden_layers\": 15, \"num_nextn_predict_layers\": 1"); }),
         {}},
        {"the one more is of another kind",
         llama([](ModelFolder& f) {
             f.say("\"num_hidden_layers\": 16", "\"num_hidden_layers\": 15").add(File, layer(15, "eh_proj.weight"), "BF16", {64, 128});
         }),
         {}},
        {"config.json counts otherwise",
         llama([](ModelFolder& f) { f.say("\"num_hidden_layers\": 16", "\"num_hidden_layers\": 32, \"num_layers\": 16"); }),
         {}},
        {"a shard is missing: no more is told",
         [] {
             ModelFolder f = ModelFolder::llama();
             f.freeze().shards.erase("model-00002-of-00002.safetensors");
             return f;
         },
         {"index.missing_shard model-00002-of-00002.safetensors | 10"}},
        {"Encodec's layers: some have no parameters",
         [] {
             ModelFolder f = ModelFolder::single("{\"architectures\": [\"EncodecModel\"], \"num_hidden_layers\": 2}", {});
             for (int n = 0; n < 16; ++n) {
                 for (const char* part : {"conv.bias", "conv.weight", "norm.weight"}) {
                     if (n % 3 != 2) {
                         f.add(File, "encoder.layers." + std::to_string(n) + '.' + part, "F32", {4});
                     }
                 }
             }
             return f;
         },
         {}},
        {"fewer words than config.json says",
         llama([](ModelFolder& f) {
             f.at("model.embed_tokens.weight").shape = {255, 64};
         }),
         {"shape.embedding model.embed_tokens.weight | 255 × 64 | 256 | 64"}},
        {"padded words",
         llama([](ModelFolder& f) {
             f.at("model.embed_tokens.weight").shape = {320, 64};
         }),
         {}},
        {"another width",
         llama([](ModelFolder& f) {
             f.at("model.embed_tokens.weight").shape = {256, 32};
         }),
         {"shape.embedding model.embed_tokens.weight | 256 × 32 | 256 | 64"}},
        {"quantised words",
         llama([](ModelFolder& f) {
             f.at("model.embed_tokens.weight").shape = {256, 8};
             f.at("model.embed_tokens.weight").dtype = "I32";
         }),
         {}},
    };
}

std::vector<FolderCase> heads()
{
    const std::string a = "model.layers.0.linear_attn.A_log";
    const std::string conv = "model.layers.4.linear_attn.conv1d.weight";
    const std::string all = "linear_num_key_heads 2, linear_key_head_dim 16, linear_num_value_heads 4 and linear_value_head_dim 16";
    const auto next = [](const std::function<void(ModelFolder&)>& breakIt) { return saved("qwen3next", 2, breakIt); };
    const auto reshape = [](const std::string& key, const std::vector<std::uint64_t>& shape) {
        return [=](ModelFolder& f) { f.at(key).shape = shape; };
    };
    const auto row = [](const std::string& key, const std::string& rest) { return "shape.heads " + key + " | " + rest; };
    return {
        {"gdn, nothing wrong", next([](ModelFolder&) {}), {}},
        {"gdn, one A_log", next(reshape(a, {8})), {row(a, "8 | linear_num_value_heads 4 | 4 | 1 | 6")}},
        {"gdn, all of dt_bias: one finding",
         next([](ModelFolder& f) {
             for (auto& tensor : f.shards[File]) {
                 if (tensor.key.ends_with("linear_attn.dt_bias")) {
                     tensor.shape = {2};
                 }
             }
         }),
         {row("model.layers.0.linear_attn.dt_bias", "2 | linear_num_value_heads 4 | 4 | 6 | 6")}},
        {"gdn, A_log of more dimensions", next(reshape(a, {1, 1, 4, 1})), {}},
        {"gdn, convolution", next(reshape(conv, {96, 1, 4})), {row(conv, "96 × 1 × 4 | " + all + " | 128 × 1 × 4 | 1 | 6")}},
        {"gdn, MLX's convolution without a dimension", next(reshape(conv, {128, 4})), {}},
        {"gdn, q, k, v and z",
         next(reshape("model.layers.1.linear_attn.in_proj_qkvz.weight", {128, 64})),
         {row("model.layers.1.linear_attn.in_proj_qkvz.weight", "128 × 64 | " + all + " | 192 × 64 | 1 | 6")}},
        {"gdn, b and a",
         next(reshape("model.layers.1.linear_attn.in_proj_ba.weight", {4, 64})),
         {row("model.layers.1.linear_attn.in_proj_ba.weight", "4 × 64 | linear_num_value_heads 4 | 8 × 64 | 1 | 6")}},
        {"gdn, out",
         next(reshape("model.layers.1.linear_attn.out_proj.weight", {64, 32})),
         {row("model.layers.1.linear_attn.out_proj.weight", "64 × 32 | linear_num_value_heads 4 and linear_value_head_dim 16 | 64 × 64 | 1 | 6")}},
        {"gdn, norm",
         next([](ModelFolder& f) { f.at("model.layers.1.linear_attn.norm.weight").shape = {32}; }),
         {row("model.layers.1.linear_attn.norm.weight", "32 | linear_value_head_dim 16 | 16 | 1 | 6")}},
        {"gdn, packed weights have shapes of their own",
         next([](ModelFolder& f) {
             f.at("model.layers.1.linear_attn.out_proj.weight").shape = {64, 32};
             f.at("model.layers.1.linear_attn.out_proj.weight").dtype = "U8";
         }),
         {}},
        {"gdn, the fact is not in config.json",
         next([](ModelFolder& f) {
             f.say("\"linear_num_value_heads\": 4, ", "");
             f.at("model.layers.0.linear_attn.A_log").shape = {8};
         }),
         {}},
        {"qwen3.5, qkv",
         saved("qwen3_5", 1, reshape("model.layers.0.linear_attn.in_proj_qkv.weight", {64, 64})),
         {row("model.layers.0.linear_attn.in_proj_qkv.weight", "64 × 64 | " + all + " | 128 × 64 | 1 | 3")}},
        {"qwen3.5, z",
         saved("qwen3_5", 1, reshape("model.layers.0.linear_attn.in_proj_z.weight", {128, 64})),
         {row("model.layers.0.linear_attn.in_proj_z.weight", "128 × 64 | linear_num_value_heads 4 and linear_value_head_dim 16 | 64 × 64 | 1 | 3")}},
        {"olmo hybrid, q",
         saved("olmo_hybrid", 1, reshape("model.layers.0.linear_attn.q_proj.weight", {96, 64})),
         {row("model.layers.0.linear_attn.q_proj.weight", "96 × 64 | linear_num_key_heads 4 and linear_key_head_dim 12 | 48 × 64 | 1 | 3")}},
        {"mamba2, D",
         saved("mamba2", 2, reshape("backbone.layers.3.mixer.D", {64})),
         {row("backbone.layers.3.mixer.D", "64 | num_heads 4 | 4 | 1 | 4")}},
        {"mamba2, in_proj",
         saved("mamba2", 2, reshape("backbone.layers.3.mixer.in_proj.weight", {132, 32})),
         {row("backbone.layers.3.mixer.in_proj.weight", "132 × 32 | num_heads 4, head_dim 16, n_groups 1 and state_size 8 | 148 × 32 | 1 | 4")}},
        {"mamba2, config.json contradicts itself",
         saved("mamba2", 2,
               [=](ModelFolder& f) {
                   f.say("\"expand\": 2", "\"expand\": 4");
                   f.at("backbone.layers.3.mixer.in_proj.weight").shape = {132, 32};
               }),
         {}},
        {"nemotron-h, convolution",
         saved("nemotron_h", 1, reshape("backbone.layers.0.mixer.conv1d.weight", {64, 1, 4})),
         {row("backbone.layers.0.mixer.conv1d.weight",
              "64 × 1 × 4 | mamba_num_heads 4, mamba_head_dim 16, n_groups 2 and ssm_state_size 8 | 96 × 1 × 4 | 1 | "
              "1")}},
        {"bamba, A_log",
         saved("bamba", 1, reshape("model.layers.0.mamba.A_log", {4})),
         {row("model.layers.0.mamba.A_log", "4 | mamba_n_heads 8 | 8 | 1 | 3")}},
        {"falcon-h1, out",
         saved("falcon_h1", 1, reshape("model.layers.0.mamba.out_proj.weight", {64, 64})),
         {row("model.layers.0.mamba.out_proj.weight", "64 × 64 | mamba_n_heads 8 and mamba_d_head 16 | 64 × 128 | 1 | 4")}},
        {"zamba2, convolution's bias",
         saved("zamba2", 1, reshape("model.layers.0.mamba.conv1d.bias", {128})),
         {row("model.layers.0.mamba.conv1d.bias", "128 | n_mamba_heads 8, mamba_headdim 16, mamba_ngroups 1 and mamba_d_state 8 | 144 | 1 | 2")}},
        {"llama, k of one layer",
         llama(reshape(layer(3, "self_attn.k_proj.weight"), {64, 64})),
         {row(layer(3, "self_attn.k_proj.weight"), "64 × 64 | num_key_value_heads 2 and head_dim 16 | 32 × 64 | 1 | 16")}},
        {"llama, config.json of another model",
         llama([](ModelFolder& f) { f.say("\"num_attention_heads\": 4", "\"num_attention_heads\": 8"); }),
         {row(layer(0, "self_attn.q_proj.weight"), "64 × 64 | num_attention_heads 8 and head_dim 16 | 128 × 64 | 16 | 16"),
          row(layer(0, "self_attn.o_proj.weight"), "64 × 64 | num_attention_heads 8 and head_dim 16 | 64 × 128 | 16 | 16")}},
        {"llama, head_dim follows from hidden_size",
         llama([](ModelFolder& f) {
             f.say("\"head_dim\": 16, ", "");
             f.at(layer(3, "self_attn.v_proj.weight")).shape = {16, 64};
         }),
         {row(layer(3, "self_attn.v_proj.weight"), "16 × 64 | num_key_value_heads 2, num_attention_heads 4 and hidden_size 64 | 32 × 64 | 1 | 16")}},
        {"several classes are named: q_proj may be the gated one",
         next([](ModelFolder& f) { f.say("\"Qwen3NextForCausalLM\"", "\"LlamaForCausalLM\", \"Qwen3NextForCausalLM\""); }),
         {}},
        {"a gated q_proj is no plain attention",
         next([](ModelFolder& f) {
             f.at("model.layers.3.self_attn.q_proj.weight").shape = {256, 64};
         }),
         {}},
    };
}

std::vector<FolderCase> others()
{
    const std::string head = "lm_head.weight";
    const std::string embedding = "model.embed_tokens.weight";
    return {
        {"tied, and stored once", saved("llama_tied", 1, [](ModelFolder&) {}), {}},
        {"tied, and stored twice",
         saved("llama_tied", 1,
               [=](ModelFolder& f) {
                   f.add(File, head, "BF16", {256, 64});
               }),
         {"tied.stored " + head + " | " + embedding + " | 32768"}},
        {"tied, of another shape",
         saved("llama_tied", 1,
               [=](ModelFolder& f) {
                   f.add(File, head, "BF16", {128, 64});
               }),
         {"tied.differs " + head + " | BF16 | 128 × 64 | " + embedding + " | BF16 | 256 × 64"}},
        {"tied, of another dtype",
         saved("llama_tied", 1,
               [=](ModelFolder& f) {
                   f.add(File, head, "F32", {256, 64});
               }),
         {"tied.differs " + head + " | F32 | 256 × 64 | " + embedding + " | BF16 | 256 × 64"}},
        {"not tied, and no head", llama([=](ModelFolder& f) { f.drop(head); }), {"tied.absent - | " + head}},
        {"config.json does not say, and no head", llama([=](ModelFolder& f) { f.say("\"tie_word_embeddings\": false, ", "").drop(head); }), {}},
        {"the trunk alone has no head", llama([=](ModelFolder& f) { f.say("LlamaForCausalLM", "LlamaModel").drop(head); }), {}},
        {"a rotary table of each layer",
         llama([](ModelFolder& f) {
             for (int n = 0; n < 16; ++n) {
                 f.add(File, layer(n, "self_attn.rotary_emb.inv_freq"), "F32", {8});
             }
         }),
         {"rope.stale_inv_freq " + layer(0, "self_attn.rotary_emb.inv_freq") + " | 16"}},
        {"another inv_freq is a parameter", llama([](ModelFolder& f) { f.add(File, "model.pos.inv_freq", "F32", {8}); }), {}},
        {"NeMo's holder was left over",
         saved("qwen3next", 1,
               [](ModelFolder& f) {
                   for (const char* part : {"A_log", "dt_bias"}) {
                       f.at("model.layers.0.linear_attn." + std::string(part)).key = "model.layers.0.linear_attn._fp32_params." + std::string(part);
                   }
               }),
         {"holder.leftover model.layers.0.linear_attn._fp32_params.A_log | model.layers.0.linear_attn.A_log",
          "holder.leftover model.layers.0.linear_attn._fp32_params.dt_bias | model.layers.0.linear_attn.dt_bias"}},
        {"a model whose releases keep the holder",
         [] {
             return ModelFolder::single("{\"architectures\": [\"Nemotron3_5TranscribeForConditionalGeneration\"]}",
                                        {{"llm.backbone.layers.0.mixer._fp32_params.A_log", "F32", {4}}});
         },
         {}},
        {"the holder and the bare name",
         saved("qwen3next", 1, [](ModelFolder& f) { f.add(File, "model.layers.0.linear_attn._fp32_params.A_log", "F32", {4}); }),
         {"holder.collision model.layers.0.linear_attn._fp32_params.A_log | model.layers.0.linear_attn.A_log"}},
        {"a parameter whose name only looks so",
         saved("qwen3next", 1, [](ModelFolder& f) { f.add(File, "model.my_fp32_params_note", "F32", {4}); }),
         {}},
    };
}

std::vector<FolderCase> all()
{
    return gathered({siblings, layers, heads, others});
}

} // namespace

/// Layers, heads, siblings, ties and leftovers: each folder is broken in one way, and exactly that is told; what only
/// looks broken is not.
class TestAuditsRoles : public QObject {
    Q_OBJECT

private slots:
    void folders_data() { addFolderRows(all()); }
    void folders()
    {
        static const auto rows = all();
        QFETCH(int, row);
        const std::string wrong = mismatch(rows.at(static_cast<std::size_t>(row)));
        QVERIFY2(wrong.empty(), wrong.c_str());
    }
};

QTEST_GUILESS_MAIN(TestAuditsRoles)
#include "tst_audits_roles.moc"
