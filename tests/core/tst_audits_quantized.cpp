// SPDX-License-Identifier: Apache-2.0
#include "core/formats/formatreader.h"
#include "tests/support/modelfolder.h"

#include <QtTest>

using namespace ckptscope;
using namespace ckptscope::test;

namespace {

using Change = std::function<void(ModelFolder&)>;
using Tensor = ModelFolder::Tensor;

const std::string File = "model.safetensors";
constexpr const char* Up = "model.layers.0.mlp.up_proj.";
constexpr const char* Down = "model.layers.0.mlp.down_proj.";

std::string up(const std::string& part)
{
    return Up + part;
}

/// config.json of a model that no rule names, quantised so; a file of an embedding and one linear layer, 256 to 384
/// wide, then `more`.
std::function<ModelFolder()> model(const std::string& quantization, const std::vector<Tensor>& parts, const Change& breakIt)
{
    return [=] {
        ModelFolder folder = ModelFolder::single("{\"architectures\": [\"LlamaForCausalLM\"], \"quantization_config\": {" + quantization + "}}",
                                                 {{"model.embed_tokens.weight", "BF16", {16, 8}}});
        for (const auto& part : parts) {
            folder.shards[File].push_back(part);
        }
        breakIt(folder);
        return folder;
    };
}

void nothing(ModelFolder&) { }

Change drop(const std::string& key)
{
    return [key](ModelFolder& f) { f.drop(key); };
}
Change reshape(const std::string& key, const std::vector<std::uint64_t>& shape)
{
    return [key, shape](ModelFolder& f) { f.at(key).shape = shape; };
}
Change recast(const std::string& key, const std::string& dtype)
{
    return [key, dtype](ModelFolder& f) { f.at(key).dtype = dtype; };
}
/// One linear layer that the quantiser left alone (modules_to_not_convert, ignore).
Change plain(const std::string& name)
{
    return [name](ModelFolder& f) { f.add(File, name + "weight", "BF16", {384, 256}); };
}

std::string missing(const std::string& key, const std::string& partner, const std::string& counts = "1 | 1")
{
    return "quant.missing_part " + key + " | " + partner + " | " + counts;
}
std::string noScale(const std::string& key, const std::string& dtype, const std::string& counts = "1 | 1")
{
    return "quant.missing_scale " + key + " | " + dtype + " | " + counts;
}
std::string shape(const std::string& key, const std::string& have, const std::string& partner, const std::string& partnerShape,
                  const std::string& want, const std::string& counts = "1 | 1")
{
    return "quant.scale_shape " + key + " | " + have + " | " + partner + " | " + partnerShape + " | " + want + " | " + counts;
}

/// deepseek-ai/DeepSeek-V3, Qwen/Qwen3-8B-FP8.
std::vector<FolderCase> blockScaled()
{
    const std::string config = "\"quant_method\": \"fp8\", \"fmt\": \"e4m3\", \"weight_block_size\": [128, 128], "
                               "\"activation_scheme\": \"dynamic\"";
    const std::vector<Tensor> parts{{up("weight"), "F8_E4M3", {384, 256}}, {up("weight_scale_inv"), "F32", {3, 2}}};
    const auto with = [=](const Change& change) { return model(config, parts, change); };
    const std::string scale = up("weight_scale_inv");
    return {
        {"fp8, nothing wrong", with(nothing), {}},
        {"fp8, a module is left alone", with(plain(Down)), {}},
        {"fp8, weight without scale", with(drop(scale)), {noScale(up("weight"), "F8_E4M3")}},
        {"fp8, scale without weight", with(drop(up("weight"))), {missing(scale, up("weight"))}},
        {"fp8, sizes that blocks do not divide",
         with([=](ModelFolder& f) {
             f.at(up("weight")).shape = {258, 130};
             f.at(scale).shape = {3, 2};
         }),
         {}},
        {"fp8, scale turned", with(reshape(scale, {2, 3})), {shape(scale, "2 × 3", up("weight"), "384 × 256", "3 × 2")}},
        {"fp8, one scale for all", with(reshape(scale, {1})), {shape(scale, "1", up("weight"), "384 × 256", "3 × 2")}},
        {"fp8, scale in F16", with(recast(scale, "F16")), {"fp8.weight_scale_inv " + scale + " | F16 | F32 | F8_E8M0"}},
        {"fp8, scale in E8M0", with(recast(scale, "F8_E8M0")), {}},
        {"fp8, DeepSeek-V3 asks for F32",
         with([=](ModelFolder& f) { f.say("LlamaForCausalLM", "DeepseekV3ForCausalLM").at(scale).dtype = "BF16"; }),
         {"fp8.deepseek.weight_scale_inv " + scale + " | BF16 | F32"}},
        {"fp8, per tensor", with([=](ModelFolder& f) { f.say("[128, 128]", "null").at(scale).shape = {}; }), {}},
        {"fp8, 40 experts lost their scales: one finding",
         with([](ModelFolder& f) {
             for (int n = 0; n < 64; ++n) {
                 const std::string expert = "model.layers.1.mlp.experts." + std::to_string(n) + ".up_proj.weight";
                 f.add(File, expert, "F8_E4M3", {128, 128});
                 if (n >= 40) {
                     f.add(File, expert + "_scale_inv", "F32", {1, 1});
                 }
             }
         }),
         {noScale("model.layers.1.mlp.experts.0.up_proj.weight", "F8_E4M3", "40 | 64")}},
        {"fp8, joined experts",
         with([](ModelFolder& f) {
             f.add(File, "model.layers.1.mlp.experts.gate_up_proj", "F8_E4M3", {4, 256, 128})
                 .add(File, "model.layers.1.mlp.experts.gate_up_proj_scale_inv", "F32", {4, 2, 1});
         }),
         {}},
        {"fp8, joined experts, scale of another shape",
         with([](ModelFolder& f) {
             f.add(File, "model.layers.1.mlp.experts.gate_up_proj", "F8_E4M3", {4, 256, 128})
                 .add(File, "model.layers.1.mlp.experts.gate_up_proj_scale_inv", "F32", {4, 1, 2});
         }),
         {shape("model.layers.1.mlp.experts.gate_up_proj_scale_inv", "4 × 1 × 2", "model.layers.1.mlp.experts.gate_up_proj", "4 × 256 × 128",
                "4 × 2 × 1")}},
        {"fp8, a plain cast of another kind of model has no scales",
         [] {
             return ModelFolder::single("{}", {{"blocks.0.attn.weight", "F8_E4M3", {8, 8}}, {"blocks.1.attn.weight", "F8_E4M3", {8, 8}}});
         },
         {"architecture.unknown -"}},
        {"fp8, part of a plain cast has scales",
         [] {
             return ModelFolder::single("{}", {{"a.weight", "F8_E4M3", {8, 8}}, {"a.scale_weight", "F32", {}}, {"b.weight", "F8_E4M3", {8, 8}}});
         },
         {"architecture.unknown -", noScale("b.weight", "F8_E4M3")}},
        {"fp8, one shard of several",
         [] {
             ModelFolder f = ModelFolder::llama();
             f.say("\"model_type\"", "\"quantization_config\": {\"quant_method\": \"fp8\"}, \"model_type\"");
             f.at("model.layers.0.mlp.up_proj.weight").dtype = "F8_E4M3";
             f.freeze().shards.erase("model-00002-of-00002.safetensors");
             return f;
         },
         {"index.missing_shard model-00002-of-00002.safetensors | 10"}},
    };
}

/// deepseek-ai/DeepSeek-V4-Flash: F8 with E8M0 block scales that are called "scale".
std::vector<FolderCase> exponentScaled()
{
    const std::string config = "\"quant_method\": \"fp8\", \"scale_fmt\": \"ue8m0\", \"weight_block_size\": [128, 128]";
    const std::vector<Tensor> parts{{"layers.0.attn.wkv.weight", "F8_E4M3", {384, 256}}, {"layers.0.attn.wkv.scale", "F8_E8M0", {3, 2}}};
    const auto with = [=](const Change& change) { return model(config, parts, change); };
    return {
        {"e8m0, nothing wrong", with(nothing), {}},
        {"e8m0, no scale", with(drop("layers.0.attn.wkv.scale")), {noScale("layers.0.attn.wkv.weight", "F8_E4M3")}},
        {"e8m0, no weight", with(drop("layers.0.attn.wkv.weight")), {missing("layers.0.attn.wkv.scale", "layers.0.attn.wkv.weight")}},
        {"e8m0, shape",
         with(reshape("layers.0.attn.wkv.scale", {3, 1})),
         {shape("layers.0.attn.wkv.scale", "3 × 1", "layers.0.attn.wkv.weight", "384 × 256", "3 × 2")}},
        {"e8m0, a parameter of the model's own called scale", with([](ModelFolder& f) { f.add(File, "layers.0.norm.scale", "BF16", {8}); }), {}},
    };
}

/// nvidia/DeepSeek-R1-0528-FP4, nvidia/Llama-3.1-8B-Instruct-FP8.
std::vector<FolderCase> modelOpt()
{
    const std::string config = "\"quant_method\": \"modelopt\", \"quant_algo\": \"NVFP4\", \"group_size\": 16, \"ignore\": [\"lm_head\"]";
    const std::vector<Tensor> parts{{up("weight"), "U8", {384, 128}},
                                    {up("weight_scale"), "F8_E4M3", {384, 16}},
                                    {up("weight_scale_2"), "F32", {}},
                                    {up("input_scale"), "F32", {}}};
    const auto with = [=](const Change& change) { return model(config, parts, change); };
    const std::string fp8 = "\"quant_method\": \"modelopt\", \"quant_algo\": \"FP8\"";
    const std::vector<Tensor> fp8Parts{{up("weight"), "F8_E4M3", {384, 256}}, {up("weight_scale"), "F32", {}}, {up("input_scale"), "F32", {}}};
    return {
        {"nvfp4, nothing wrong", with(nothing), {}},
        {"nvfp4, ignored modules", with(plain(Down)), {}},
        {"nvfp4, no scale", with(drop(up("weight_scale"))), {noScale(up("weight"), "U8")}},
        {"nvfp4, no second scale", with(drop(up("weight_scale_2"))), {missing(up("weight"), up("weight_scale_2"))}},
        {"nvfp4, no input scale: weights alone are quantised", with(drop(up("input_scale"))), {}},
        {"nvfp4, no weight", with(drop(up("weight"))), {missing(up("weight_scale"), up("weight")), missing(up("weight_scale_2"), up("weight"))}},
        {"nvfp4, shape", with(reshape(up("weight_scale"), {384, 8})), {shape(up("weight_scale"), "384 × 8", up("weight"), "384 × 128", "384 × 16")}},
        {"nvfp4, a width that 16 does not divide",
         with([](ModelFolder& f) {
             f.at(up("weight")).shape = {384, 132};
             f.at(up("weight_scale")).shape = {384, 17};
         }),
         {}},
        {"nvfp4, scale as U8", with(recast(up("weight_scale"), "U8")), {"modelopt.nvfp4.weight_scale " + up("weight_scale") + " | U8 | F8_E4M3"}},
        {"nvfp4, second scale in BF16",
         with([](ModelFolder& f) { f.drop(up("input_scale")).at(up("weight_scale_2")).dtype = "BF16"; }),
         {"modelopt.nvfp4.scalars " + up("weight_scale_2") + " | BF16 | F32"}},
        {"nvfp4, joined experts keep scales of another name",
         with([](ModelFolder& f) {
             f.add(File, "model.layers.0.feed_forward.experts.gate_up_proj", "U8", {4, 128, 64})
                 .add(File, "model.layers.0.feed_forward.experts.gate_up_proj_weight_scale", "F8_E4M3", {4, 128, 8})
                 .add(File, "model.layers.0.feed_forward.experts.gate_up_proj_weight_scale_2", "F32", {});
         }),
         {}},
        {"modelopt fp8, nothing wrong", model(fp8, fp8Parts, nothing), {}},
        {"modelopt fp8, no scale", model(fp8, fp8Parts, drop(up("weight_scale"))), {noScale(up("weight"), "F8_E4M3")}},
        {"modelopt fp8, one element instead of a scalar", model(fp8, fp8Parts, reshape(up("weight_scale"), {1})), {}},
        {"modelopt fp8, a scale a row",
         model(fp8, fp8Parts, reshape(up("weight_scale"), {384})),
         {shape(up("weight_scale"), "384", up("weight"), "384 × 256", "scalar")}},
        {"modelopt mxfp8, nothing wrong",
         model("\"quant_method\": \"modelopt\", \"quant_algo\": \"MXFP8\"",
               {{up("weight"), "F8_E4M3", {384, 256}}, {up("weight_scale"), "U8", {384, 8}}}, nothing),
         {}},
        {"modelopt mxfp8, shape",
         model("\"quant_method\": \"modelopt\", \"quant_algo\": \"MXFP8\"",
               {{up("weight"), "F8_E4M3", {384, 256}}, {up("weight_scale"), "U8", {384, 16}}}, nothing),
         {shape(up("weight_scale"), "384 × 16", up("weight"), "384 × 256", "384 × 8")}},
    };
}

std::string compressed(const std::string& format, const std::string& weights)
{
    return "\"quant_method\": \"compressed-tensors\", \"format\": \"" + format
        + "\", \"config_groups\": {\"group_0\": {\"targets\": [\"Linear\"], \"weights\": {" + weights + "}}}, \"ignore\": [\"lm_head\"]";
}

/// RedHatAI's releases of the formats: nvfp4, mxfp4, w4a16, w8a8, fp8-dynamic, fp8-block.
std::vector<FolderCase> compressedTensors()
{
    const auto nvfp4 = [](const Change& change) {
        return model(compressed("nvfp4-pack-quantized", "\"num_bits\": 4, \"type\": \"float\", \"strategy\": \"tensor_group\", \"group_size\": 16"),
                     {{up("weight_packed"), "U8", {384, 128}},
                      {up("weight_scale"), "F8_E4M3", {384, 16}},
                      {up("weight_global_scale"), "F32", {1}},
                      {up("input_global_scale"), "F32", {1}}},
                     change);
    };
    const auto mxfp4 = [](const Change& change) {
        return model(compressed("mxfp4-pack-quantized", "\"num_bits\": 4, \"type\": \"float\", \"strategy\": \"group\", \"group_size\": 32"),
                     {{up("weight_packed"), "U8", {384, 128}}, {up("weight_scale"), "U8", {384, 8}}}, change);
    };
    const auto pack = [](const Change& change) {
        return model(compressed("pack-quantized", "\"num_bits\": 4, \"type\": \"int\", \"strategy\": \"group\", \"group_size\": 128"),
                     {{up("weight_packed"), "I32", {384, 32}}, {up("weight_scale"), "BF16", {384, 2}}, {up("weight_shape"), "I64", {2}}}, change);
    };
    const auto int8 = [](const Change& change) {
        return model(compressed("int-quantized", "\"num_bits\": 8, \"type\": \"int\", \"strategy\": \"channel\""),
                     {{up("weight"), "I8", {384, 256}}, {up("weight_scale"), "BF16", {384, 1}}}, change);
    };
    const auto fp8 = [](const std::string& strategy, const std::vector<std::uint64_t>& scale, const Change& change) {
        return model(compressed("float-quantized", "\"num_bits\": 8, \"type\": \"float\", " + strategy),
                     {{up("weight"), "F8_E4M3", {384, 256}}, {up("weight_scale"), "F32", scale}}, change);
    };
    const std::string block = "\"strategy\": \"block\", \"block_structure\": [128, 128]";
    return {
        {"ct nvfp4, nothing wrong", nvfp4(nothing), {}},
        {"ct nvfp4, ignored modules", nvfp4(plain(Down)), {}},
        {"ct nvfp4, no scale", nvfp4(drop(up("weight_scale"))), {missing(up("weight_packed"), up("weight_scale"))}},
        {"ct nvfp4, no global scale", nvfp4(drop(up("weight_global_scale"))), {missing(up("weight_packed"), up("weight_global_scale"))}},
        {"ct nvfp4, no weight",
         nvfp4(drop(up("weight_packed"))),
         {missing(up("weight_global_scale"), up("weight")), missing(up("weight_scale"), up("weight"))}},
        {"ct nvfp4, shape",
         nvfp4(reshape(up("weight_scale"), {384, 8})),
         {shape(up("weight_scale"), "384 × 8", up("weight_packed"), "384 × 128", "384 × 16")}},
        {"ct nvfp4, weight as I8", nvfp4(recast(up("weight_packed"), "I8")), {"ct.nvfp4.weight_packed " + up("weight_packed") + " | I8 | U8"}},
        {"ct nvfp4, global scale in BF16",
         nvfp4([](ModelFolder& f) { f.drop(up("input_global_scale")).at(up("weight_global_scale")).dtype = "BF16"; }),
         {"ct.nvfp4.global_scale " + up("weight_global_scale") + " | BF16 | F32"}},
        {"ct mxfp4, nothing wrong", mxfp4(nothing), {}},
        {"ct mxfp4, the scale's other name", mxfp4(recast(up("weight_scale"), "F8_E8M0")), {}},
        {"ct mxfp4, scale as numbers", mxfp4(recast(up("weight_scale"), "BF16")), {"ct.mxfp4 " + up("weight_scale") + " | BF16 | U8 | F8_E8M0"}},
        {"ct mxfp4, shape",
         mxfp4(reshape(up("weight_scale"), {384, 16})),
         {shape(up("weight_scale"), "384 × 16", up("weight_packed"), "384 × 128", "384 × 8")}},
        {"ct packed, nothing wrong", pack(nothing), {}},
        {"ct packed, no scale", pack(drop(up("weight_scale"))), {missing(up("weight_packed"), up("weight_scale"))}},
        {"ct packed, no shape", pack(drop(up("weight_shape"))), {missing(up("weight_packed"), up("weight_shape"))}},
        {"ct packed, scale of another group size",
         pack(reshape(up("weight_scale"), {384, 8})),
         {shape(up("weight_scale"), "384 × 8", up("weight_packed"), "384 × 32", "384 × 2")}},
        {"ct packed, a width that 8 does not divide",
         pack([](ModelFolder& f) {
             f.at(up("weight_packed")).shape = {384, 33};
             f.at(up("weight_scale")).shape = {384, 3};
         }),
         {}},
        {"ct packed, zero points",
         pack([](ModelFolder& f) {
             f.add(File, up("weight_zero_point"), "I32", {48, 2});
         }),
         {}},
        {"ct packed, zero points of nothing",
         pack([](ModelFolder& f) {
             f.add(File, "model.layers.0.mlp.down_proj.weight_zero_point", "I32", {48, 2});
         }),
         {missing("model.layers.0.mlp.down_proj.weight_zero_point", "model.layers.0.mlp.down_proj.weight")}},
        {"ct packed, weight as I64", pack(recast(up("weight_packed"), "I64")), {"ct.pack.weight_packed " + up("weight_packed") + " | I64 | I32"}},
        {"ct int8, nothing wrong", int8(nothing), {}},
        {"ct int8, no scale", int8(drop(up("weight_scale"))), {noScale(up("weight"), "I8")}},
        {"ct int8, shape", int8(reshape(up("weight_scale"), {256, 1})), {shape(up("weight_scale"), "256 × 1", up("weight"), "384 × 256", "384 × 1")}},
        {"ct fp8, a scale a row", fp8("\"strategy\": \"channel\"", {384, 1}, nothing), {}},
        {"ct fp8, one scale", fp8("\"strategy\": \"tensor\"", {1}, nothing), {}},
        {"ct fp8, one scale where rows have theirs",
         fp8("\"strategy\": \"channel\"", {1}, nothing),
         {shape(up("weight_scale"), "1", up("weight"), "384 × 256", "384 × 1")}},
        {"ct fp8, blocks", fp8(block, {3, 2}, nothing), {}},
        {"ct fp8, blocks turned", fp8(block, {2, 3}, nothing), {shape(up("weight_scale"), "2 × 3", up("weight"), "384 × 256", "3 × 2")}},
        {"ct fp8, a strategy that nobody knows", fp8("\"strategy\": \"spiral\"", {7}, nothing), {}},
        {"ct fp8, no scale", fp8("\"strategy\": \"channel\"", {384, 1}, drop(up("weight_scale"))), {noScale(up("weight"), "F8_E4M3")}},
        {"ct fp8, scale in I32",
         fp8("\"strategy\": \"channel\"", {384, 1}, recast(up("weight_scale"), "I32")),
         {"ct.float.scales " + up("weight_scale") + " | I32 | F32 | BF16 | F16"}},
        {"ct fp8, keys and values have scales too",
         fp8("\"strategy\": \"channel\"", {384, 1},
             [](ModelFolder& f) {
                 f.add(File, "model.layers.0.self_attn.k_scale", "F32", {}).add(File, "model.layers.0.self_attn.v_scale", "F32", {});
             }),
         {}},
    };
}

/// TheBloke's GPTQ and AWQ releases; ModelCloud's of several widths.
std::vector<FolderCase> grouped()
{
    const std::string gptq = "\"quant_method\": \"gptq\", \"bits\": 4, \"group_size\": 128, \"desc_act\": true, \"sym\": true";
    const std::vector<Tensor> gptqParts{
        {up("qweight"), "I32", {32, 384}}, {up("qzeros"), "I32", {2, 48}}, {up("scales"), "F16", {2, 384}}, {up("g_idx"), "I32", {256}}};
    const auto g = [=](const Change& change) { return model(gptq, gptqParts, change); };
    const std::string awq = "\"quant_method\": \"awq\", \"bits\": 4, \"group_size\": 128, \"version\": \"gemm\", \"zero_point\": true";
    const std::vector<Tensor> awqParts{{up("qweight"), "I32", {256, 48}}, {up("qzeros"), "I32", {2, 48}}, {up("scales"), "F16", {2, 384}}};
    const auto a = [=](const Change& change) { return model(awq, awqParts, change); };
    return {
        {"gptq, nothing wrong", g(nothing), {}},
        {"gptq, the head is left alone", g(plain("lm_head.")), {}},
        {"gptq, no scales", g(drop(up("scales"))), {missing(up("qweight"), up("scales"))}},
        {"gptq, no zero points, others have them",
         g([](ModelFolder& f) {
             for (const Tensor& part :
                  std::vector<Tensor>{{"a.qweight", "I32", {32, 384}}, {"a.scales", "F16", {2, 384}}, {"a.g_idx", "I32", {256}}}) {
                 f.shards[File].push_back(part);
             }
         }),
         {missing("a.qweight", "a.qzeros")}},
        {"gptq, no zero points at all", g(drop(up("qzeros"))), {}},
        {"gptq, no weight", g(drop(up("qweight"))), {missing(up("g_idx"), up("qweight")), missing(up("qzeros"), up("qweight"))}},
        {"gptq, no order", g(drop(up("g_idx"))), {}},
        {"gptq, scales turned", g(reshape(up("scales"), {384, 2})), {shape(up("scales"), "384 × 2", up("qweight"), "32 × 384", "2 × 384")}},
        {"gptq, scales of other groups", g(reshape(up("scales"), {8, 384})), {shape(up("scales"), "8 × 384", up("qweight"), "32 × 384", "2 × 384")}},
        {"gptq, zero points not packed", g(reshape(up("qzeros"), {2, 384})), {shape(up("qzeros"), "2 × 384", up("qweight"), "32 × 384", "2 × 48")}},
        {"gptq, order of another length", g(reshape(up("g_idx"), {384})), {shape(up("g_idx"), "384", up("qweight"), "32 × 384", "256")}},
        {"gptq, one group",
         g([](ModelFolder& f) {
             f.say("\"group_size\": 128", "\"group_size\": -1");
             f.at(up("scales")).shape = {1, 384};
             f.at(up("qzeros")).shape = {1, 48};
         }),
         {}},
        {"gptq, three bits",
         g([](ModelFolder& f) {
             f.say("\"bits\": 4", "\"bits\": 3");
             f.at(up("qweight")).shape = {24, 384};
             f.at(up("qzeros")).shape = {2, 36};
         }),
         {}},
        {"gptq, layers each in its own way",
         g([](ModelFolder& f) {
             f.say("\"bits\": 4", "\"dynamic\": {\"+:.*up_proj\": {\"bits\": 8}}, \"bits\": 4").at(up("qweight")).shape = {64, 384};
         }),
         {}},
        {"gptq, Marlin's layout",
         g([](ModelFolder& f) {
             f.say("\"bits\": 4", "\"checkpoint_format\": \"marlin\", \"bits\": 4").at(up("scales")).shape = {4, 192};
         }),
         {}},
        {"gptq, weight as F32", g(recast(up("qweight"), "F32")), {"gptq_awq.packed " + up("qweight") + " | F32 | I32"}},
        {"gptq, order as I64", g(recast(up("g_idx"), "I64")), {"gptq.g_idx " + up("g_idx") + " | I64 | I32"}},
        {"gptq, scales as F32", g(recast(up("scales"), "F32")), {"gptq_awq.scales " + up("scales") + " | F32 | F16 | BF16"}},
        {"awq, nothing wrong", a(nothing), {}},
        {"awq, no scales", a(drop(up("scales"))), {missing(up("qweight"), up("scales"))}},
        {"awq, no weight", a(drop(up("qweight"))), {missing(up("qzeros"), up("qweight"))}},
        {"awq, GPTQ's shapes",
         a([](ModelFolder& f) {
             f.at(up("qweight")).shape = {32, 384};
         }),
         {shape(up("scales"), "2 × 384", up("qweight"), "32 × 384", "1 × 3072"),
          shape(up("qzeros"), "2 × 48", up("qweight"), "32 × 384", "1 × 384")}},
        {"awq, another kernel's layout",
         a([](ModelFolder& f) {
             f.say("gemm", "gemv").at(up("qweight")).shape = {384, 32};
         }),
         {}},
        {"a scales of the model's own",
         [] {
             return ModelFolder::single("{}", {{"model.level.scales", "F32", {4}}});
         },
         {"architecture.unknown -"}},
    };
}

/// unsloth's bnb-4bit releases; transformers' load_in_8bit.
std::vector<FolderCase> bitsAndBytes()
{
    const std::string config4 = "\"quant_method\": \"bitsandbytes\", \"load_in_4bit\": true, \"bnb_4bit_quant_type\": \"nf4\"";
    const std::string state = up("weight.quant_state.bitsandbytes__nf4");
    const std::vector<Tensor> parts4{{up("weight"), "U8", {49152, 1}},         {up("weight.absmax"), "U8", {1536}},
                                     {up("weight.nested_absmax"), "F32", {6}}, {up("weight.nested_quant_map"), "F32", {256}},
                                     {up("weight.quant_map"), "F32", {16}},    {state, "U8", {92}}};
    const auto four = [=](const Change& change) { return model(config4, parts4, change); };
    const std::vector<Tensor> parts8{{up("weight"), "I8", {384, 256}}, {up("SCB"), "F32", {384}}, {up("weight_format"), "U8", {}}};
    const auto eight = [=](const Change& change) { return model("\"quant_method\": \"bitsandbytes\", \"load_in_8bit\": true", parts8, change); };
    return {
        {"bnb 4, nothing wrong", four(nothing), {}},
        {"bnb 4, skipped modules", four(plain(Down)), {}},
        {"bnb 4, no absmax",
         four(drop(up("weight.absmax"))),
         {missing(up("weight"), up("weight.absmax")), missing(up("weight.quant_map"), up("weight.absmax")), missing(state, up("weight.absmax"))}},
        {"bnb 4, no map", four(drop(up("weight.quant_map"))), {missing(up("weight.absmax"), up("weight.quant_map"))}},
        {"bnb 4, no state", four(drop(state)), {missing(up("weight.absmax"), state)}},
        {"bnb 4, no weight", four(drop(up("weight"))), {missing(up("weight.absmax"), up("weight"))}},
        {"bnb 4, no nested absmax", four(drop(up("weight.nested_absmax"))), {missing(up("weight.absmax"), up("weight.nested_absmax"))}},
        {"bnb 4, not nested",
         four([](ModelFolder& f) {
             f.drop(up("weight.nested_absmax")).drop(up("weight.nested_quant_map"));
             f.at(up("weight.absmax")).dtype = "F32";
         }),
         {}},
        {"bnb 4, blocks of 128", four(reshape(up("weight.absmax"), {768})), {}},
        {"bnb 4, absmax of another length",
         four(reshape(up("weight.absmax"), {1000})),
         {shape(up("weight.absmax"), "1000", up("weight"), "49152 × 1", "1536")}},
        {"bnb 4, map in BF16", four(recast(up("weight.quant_map"), "BF16")), {"bnb4.quant_map " + up("weight.quant_map") + " | BF16 | F32"}},
        {"bnb 4, nested absmax in BF16",
         four(recast(up("weight.nested_absmax"), "BF16")),
         {"bnb4.quant_map " + up("weight.nested_absmax") + " | BF16 | F32"}},
        {"bnb 4, absmax in BF16", four(recast(up("weight.absmax"), "BF16")), {"bnb4.absmax " + up("weight.absmax") + " | BF16 | F32 | U8"}},
        {"bnb 8, nothing wrong", eight(nothing), {}},
        {"bnb 8, no scale", eight(drop(up("SCB"))), {noScale(up("weight"), "I8")}},
        {"bnb 8, no weight", eight(drop(up("weight"))), {missing(up("SCB"), up("weight"))}},
        {"bnb 8, shape", eight(reshape(up("SCB"), {256})), {shape(up("SCB"), "256", up("weight"), "384 × 256", "384")}},
        {"bnb 8, scale in F16", eight(recast(up("SCB"), "F16")), {"bnb8.scb " + up("SCB") + " | F16 | F32"}},
    };
}

/// openai/gpt-oss-20b.
std::vector<FolderCase> mxfp4()
{
    const std::string experts = "model.layers.0.mlp.experts.";
    const std::string blocks = experts + "gate_up_proj_blocks";
    const std::string scales = experts + "gate_up_proj_scales";
    const auto with = [=](const Change& change) {
        return [=] {
            ModelFolder f = ModelFolder::single("{\"architectures\": [\"GptOssForCausalLM\"], \"quantization_config\": {\"quant_method\": \"mxfp4\", "
                                                "\"modules_to_not_convert\": [\"model.layers.*.self_attn\"]}}",
                                                {{blocks, "U8", {4, 128, 2, 16}},
                                                 {scales, "U8", {4, 128, 2}},
                                                 {experts + "gate_up_proj_bias", "BF16", {4, 128}},
                                                 {"model.layers.0.self_attn.q_proj.weight", "BF16", {64, 64}}});
            change(f);
            return f;
        };
    };
    return {
        {"mxfp4, nothing wrong", with(nothing), {}},
        {"mxfp4, no scales", with(drop(scales)), {missing(blocks, scales)}},
        {"mxfp4, no blocks", with(drop(blocks)), {missing(scales, blocks)}},
        {"mxfp4, scales of another shape",
         with(reshape(scales, {4, 128, 4})),
         {shape(scales, "4 × 128 × 4", blocks, "4 × 128 × 2 × 16", "4 × 128 × 2")}},
        {"mxfp4, scales as E8M0: the same bytes", with(recast(scales, "F8_E8M0")), {"mxfp4.gpt_oss.blocks " + scales + " | F8_E8M0 | U8"}},
        {"mxfp4, scales as numbers", with(recast(scales, "BF16")), {"mxfp4.gpt_oss.blocks " + scales + " | BF16 | U8"}},
        {"something else called blocks",
         [] {
             return ModelFolder::single("{}", {{"model.pos_blocks", "F32", {4}}, {"model.pos_scales", "F32", {4}}});
         },
         {"architecture.unknown -"}},
    };
}

/// Others that call a part much the same.
std::vector<FolderCase> strangers()
{
    return {
        {"torchao's flattened tensors",
         model("\"quant_method\": \"torchao\"", {{up("_weight_qdata"), "F8_E4M3", {384, 256}}, {up("_weight_scale"), "F32", {384, 1}}}, nothing),
         {}},
        {"BitNet: ternary weights and one scale",
         model("\"quant_method\": \"bitnet\"", {{up("weight"), "U8", {96, 256}}, {up("weight_scale"), "BF16", {1}}}, nothing),
         {}},
        {"a lone weight_scale in a file that is not quantised",
         [] {
             return ModelFolder::single("{}", {{"conv.weight_scale", "F32", {4}}, {"conv.bias", "F32", {4}}});
         },
         {"architecture.unknown -"}},
    };
}

std::vector<FolderCase> all()
{
    return gathered({blockScaled, exponentScaled, modelOpt, compressedTensors, grouped, bitsAndBytes, mxfp4, strangers});
}

} // namespace

/// Weights and their scales: each folder has the names and shapes of a release, is broken in one way, and exactly that
/// is told.
class TestAuditsQuantized : public QObject {
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

    /// Exponents are bytes: their label may change, never their numbers. Whatever else is wrong with a quantised part
    /// is not cast either.
    void relabelsNeverCasts_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("relabels");
        QTest::newRow("mxfp4, scales as E8M0: the same bytes") << "mxfp4, scales as E8M0: the same bytes" << true;
        QTest::newRow("mxfp4, scales as numbers") << "mxfp4, scales as numbers" << false;
        QTest::newRow("nvfp4, scale as U8") << "nvfp4, scale as U8" << false; // F8_E4M3 is no exponent
        QTest::newRow("ct nvfp4, weight as I8") << "ct nvfp4, weight as I8" << false;
        QTest::newRow("ct mxfp4, scale as numbers") << "ct mxfp4, scale as numbers" << false;
        QTest::newRow("gptq, weight as F32") << "gptq, weight as F32" << false;
        QTest::newRow("gptq, order as I64") << "gptq, order as I64" << false;
    }
    void relabelsNeverCasts()
    {
        QFETCH(QString, name);
        QFETCH(bool, relabels);
        const auto rows = all();
        const auto row = std::find_if(rows.begin(), rows.end(), [&](const FolderCase& candidate) { return name == candidate.name; });
        QVERIFY(row != rows.end());
        const TempDir dir;
        const auto opened = openCheckpoint({row->make().write(dir)});
        QVERIFY(opened);
        const auto report = runChecks(**opened);
        const Finding& finding = (*report)->findings.front();
        QCOMPARE(finding.fix.has_value(), relabels);
        if (relabels) {
            QCOMPARE(finding.fix->op, FindingFix::Op::Relabel);
            QCOMPARE(finding.fix->to, DType::U8);
            QVERIFY(finding.fix->lossless);
        }
    }
};

QTEST_GUILESS_MAIN(TestAuditsQuantized)
#include "tst_audits_quantized.moc"
