// SPDX-License-Identifier: Apache-2.0
// What the rules cost: 93,696 tensors (61 layers of 512 experts with three matrices each, as many as the largest public
// models have) against all rules, on one core. `script/bench` runs it; the bar is 50 ms.
#include "core/contracts/check.h"
#include "core/contracts/rule.h"
#include "tests/support/checkpointbuilder.h"

#include <benchmark/benchmark.h>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace ckptscope;

constexpr std::size_t Tensors = 93'696;
constexpr int Experts = 512;

struct Family {
    const char* architecture;
    const char* prefix;             ///< of a layer
    std::vector<const char*> layer; ///< what stands in each layer beside the experts
    const char* experts;            ///< between the layer and the expert's number
};

const std::vector<Family>& families()
{
    static const std::vector<Family> all{
        {"Qwen3NextForCausalLM",
         "model.layers.",
         {"input_layernorm.weight", "linear_attn.A_log", "linear_attn.conv1d.weight", "linear_attn.dt_bias", "linear_attn.in_proj_ba.weight",
          "linear_attn.in_proj_qkvz.weight", "linear_attn.norm.weight", "linear_attn.out_proj.weight", "mlp.gate.weight",
          "mlp.shared_expert.down_proj.weight", "mlp.shared_expert.gate_proj.weight", "mlp.shared_expert.up_proj.weight",
          "mlp.shared_expert_gate.weight", "post_attention_layernorm.weight"},
         "mlp.experts."},
        {"KimiK3ForConditionalGeneration",
         "language_model.model.layers.",
         {"input_layernorm.weight", "self_attn.A_log", "self_attn.dt_bias", "self_attn.q_conv1d.weight", "self_attn.k_conv1d.weight",
          "self_attn.v_conv1d.weight", "self_attn.f_a_proj.weight", "self_attn.f_b_proj.weight", "self_attn.b_proj.weight", "self_attn.o_norm.weight",
          "self_attn.o_proj.weight", "block_sparse_moe.gate.weight", "block_sparse_moe.gate.e_score_correction_bias",
          "post_attention_layernorm.weight"},
         "block_sparse_moe.experts."},
        {"DeepseekV3ForCausalLM",
         "model.layers.",
         {"input_layernorm.weight", "self_attn.kv_a_layernorm.weight", "self_attn.kv_a_proj_with_mqa.weight", "self_attn.kv_b_proj.weight",
          "self_attn.o_proj.weight", "self_attn.q_a_layernorm.weight", "self_attn.q_a_proj.weight", "self_attn.q_b_proj.weight", "mlp.gate.weight",
          "mlp.gate.e_score_correction_bias", "mlp.shared_experts.down_proj.weight", "post_attention_layernorm.weight"},
         "mlp.experts."},
    };
    return all;
}

/// In the order in which loaders write them; the last layer is cut off where there are enough.
std::vector<std::string> keysOf(const Family& family)
{
    std::vector<std::string> keys{"model.embed_tokens.weight", "lm_head.weight", "model.norm.weight"};
    for (int layer = 0; keys.size() < Tensors; ++layer) {
        const std::string prefix = family.prefix + std::to_string(layer) + '.';
        for (const char* name : family.layer) {
            keys.push_back(prefix + name);
        }
        for (int expert = 0; expert < Experts; ++expert) {
            for (const char* name : {".down_proj.weight", ".gate_proj.weight", ".up_proj.weight"}) {
                keys.push_back(prefix + family.experts + std::to_string(expert) + name);
            }
        }
    }
    keys.resize(Tensors);
    return keys;
}

/// Every key against the patterns of all rules, whatever their architectures.
void matchAllRules(benchmark::State& state)
{
    const Family& family = families()[static_cast<std::size_t>(state.range(0))];
    const std::vector<std::string> keys = keysOf(family);
    const auto rules = RuleSet::builtin();
    std::vector<std::uint32_t> found;
    std::size_t matches = 0;
    for (auto _ : state) {
        matches = 0;
        for (const std::string& key : keys) {
            rules->matchKey(key, found);
            matches += found.size();
        }
        benchmark::DoNotOptimize(matches);
    }
    state.SetLabel(std::string(family.architecture) + ", " + std::to_string(rules->rules().size()) + " rules");
    state.counters["matches"] = static_cast<double>(matches);
}

/// The whole of `check` once the headers are read: rules that fit the architecture, audits, findings, verdict.
void wholeCheck(benchmark::State& state)
{
    const Family& family = families()[static_cast<std::size_t>(state.range(0))];
    test::CheckpointBuilder builder;
    builder.architecture(family.architecture);
    for (const std::string& key : keysOf(family)) {
        builder.add(key, "BF16");
    }
    const auto checkpoint = builder.make();
    for (auto _ : state) {
        auto report = runChecks(*checkpoint);
        benchmark::DoNotOptimize(report);
    }
    state.SetLabel(family.architecture);
}

} // namespace

BENCHMARK(matchAllRules)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);
BENCHMARK(wholeCheck)->DenseRange(0, 2)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime(); // of all threads
