// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/architecture.h"

#include "core/query/parts.h"
#include "core/text/text.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <unordered_map>
#include <unordered_set>

namespace ckptscope {

namespace {

/// What tells one architecture from the others. A part that ends in '.' stands anywhere in a key, any other at its end;
/// numbers between dots are not looked at. Names as transformers 5.23 saves them, and as the releases have them.
struct Signature {
    std::array<std::string_view, 3> names;
    std::array<std::string_view, 4> has;
    std::array<std::string_view, 3> lacks;
    std::string_view why;       ///< a sentence
    std::size_t rankOfALog = 0; ///< 0: not looked at
};

// The first that holds is taken: the more special stands before the more general.
constexpr std::array Signatures{
    Signature{{"Qwen3NextForCausalLM"},
              {"linear_attn.in_proj_qkvz.weight", "linear_attn.in_proj_ba.weight"},
              {},
              "Qwen3-Next joins q, k, v and z in one projection; Qwen3.5 keeps them apart."},
    Signature{{"Qwen4ExpForConditionalGeneration"},
              {"linear_attn.in_proj_qkv.weight", "linear_attn.in_proj_z.weight", "input_mix_weight_down.weight"},
              {},
              "Qwen4-Exp mixes its residual streams; Qwen3.5 has no such weights."},
    Signature{{"Qwen3_5MoeForConditionalGeneration"},
              {"linear_attn.in_proj_qkv.weight", "linear_attn.in_proj_z.weight", "language_model.", "mlp.experts."},
              {"input_mix_weight_down.weight"},
              "Qwen3.5 keeps qkv, z, a and b apart; the language model is one of several parts, and has experts."},
    Signature{{"Qwen3_5ForConditionalGeneration"},
              {"linear_attn.in_proj_qkv.weight", "linear_attn.in_proj_z.weight", "language_model."},
              {"mlp.experts.", "input_mix_weight_down.weight"},
              "Qwen3.5 keeps qkv, z, a and b apart; the language model is one of several parts, without experts."},
    Signature{{"Qwen3_5MoeForCausalLM"},
              {"linear_attn.in_proj_qkv.weight", "linear_attn.in_proj_z.weight", "mlp.experts."},
              {"language_model.", "input_mix_weight_down.weight"},
              "Qwen3.5 keeps qkv, z, a and b apart; this is the language model alone, with experts."},
    Signature{{"Qwen3_5ForCausalLM"},
              {"linear_attn.in_proj_qkv.weight", "linear_attn.in_proj_z.weight"},
              {"language_model.", "mlp.experts.", "input_mix_weight_down.weight"},
              "Qwen3.5 keeps qkv, z, a and b apart; this is the language model alone, without experts."},
    Signature{{"OlmoHybridForCausalLM"},
              {"linear_attn.A_log", "linear_attn.q_conv1d.weight", "linear_attn.a_proj.weight"},
              {},
              "OLMo Hybrid gives q, k and v projections and convolutions of their own."},
    Signature{{"Glm5NextForConditionalGeneration"},
              {"self_attn.forget_gate.A_log", "attn_hc.fn"},
              {},
              "GLM-5.3 keeps its decay in a forget gate, and has hyper-connections."},
    Signature{{"Glm5NextForConditionalGeneration"}, {"self_attn.A_log", "hc_attn_fn"}, {}, "GLM-5.3 has delta attention and hyper-connections."},
    Signature{{"KimiLinearForCausalLM"},
              {"self_attn.forget_gate.A_log", "self_attn.forget_gate.f_a_proj.weight"},
              {"language_model.", "attn_hc.fn"},
              "Kimi delta attention as transformers names it in memory, a language model alone."},
    Signature{{"KimiK3ForConditionalGeneration"},
              {"self_attn.A_log", "self_attn.q_conv1d.weight", "language_model."},
              {},
              "Kimi delta attention in the language model of several parts."},
    Signature{{"KimiLinearForCausalLM"},
              {"self_attn.A_log", "self_attn.q_conv1d.weight", "self_attn.f_a_proj.weight"},
              {"language_model."},
              "Kimi delta attention, a language model alone."},
    Signature{{"GatedDeltaNetForCausalLM", "KDAForCausalLM"},
              {"attn.A_log", "attn.q_conv1d.weight"},
              {},
              "A delta-rule layer as flash-linear-attention names it; its families share these keys."},
    Signature{{"NemotronHForCausalLM"},
              {"mixer.A_log", "mixer.dt_bias", "mixer.q_proj.weight"},
              {},
              "Nemotron-H calls every layer a mixer, attention too."},
    Signature{{"NemotronHForCausalLM"}, {"mixer.A_log", "mixer.dt_bias", "mixer.experts."}, {}, "Nemotron-H calls every layer a mixer, experts too."},
    Signature{{"Plamo2ForCausalLM"}, {"mixer.A_log", "mixer.bcdt_proj.weight"}, {}, "PLaMo 2 joins B, C and dt in one projection."},
    Signature{{"Mamba3ForCausalLM"}, {"mixer.B_bias", "mixer.C_bias"}, {}, "Mamba-3 gives B and C a bias."},
    Signature{{"Mamba2ForCausalLM"},
              {"mixer.A_log", "mixer.dt_bias", "mixer.norm.weight"},
              {"mixer.x_proj.weight", "mixer.up_proj.weight"},
              "Mamba-2 has one decay a head and a gated norm.",
              1},
    Signature{{"MambaForCausalLM", "FalconMambaForCausalLM"},
              {"mixer.A_log", "mixer.x_proj.weight", "mixer.dt_proj.weight"},
              {},
              "Mamba-1 has a decay for each channel and state; Falcon Mamba has the same keys.",
              2},
    Signature{{"ZambaForCausalLM"}, {"mamba.A_log", "mamba.x_proj_weight"}, {}, "Zamba keeps x_proj as a bare parameter.", 3},
    Signature{
        {"Zamba2ForCausalLM"}, {"mamba_decoder.mamba.A_log", "mamba.dt_bias"}, {}, "Zamba2 puts a Mamba-2 layer behind its shared transformer."},
    Signature{
        {"JambaForCausalLM"}, {"mamba.A_log", "mamba.x_proj.weight", "mamba.dt_proj.weight"}, {}, "Jamba mixes Mamba-1 and attention layers.", 2},
    Signature{{"GraniteMoeHybridForCausalLM"},
              {"mamba.A_log", "mamba.dt_bias", "shared_mlp.input_linear.weight"},
              {},
              "Granite 4 has a shared MLP with joined input weights."},
    Signature{{"BambaForCausalLM", "FalconH1ForCausalLM"},
              {"mamba.A_log", "mamba.dt_bias", "feed_forward.gate_proj.weight"},
              {},
              "Bamba and Falcon-H1 have Mamba-2 layers and a feed_forward; the same rules hold for both."},
    Signature{{"RwkvForCausalLM"},
              {"attention.time_decay", "attention.time_first", "attention.receptance.weight"},
              {},
              "RWKV-4 keeps decay and bonus in its attention."},
    Signature{{"DeepseekV41ForCausalLM"}, {"attn.attn_sink", "ffn.gate.bias_vl"}, {}, "DeepSeek V4.1 has a second router bias."},
    Signature{{"DeepseekV4ForCausalLM"}, {"hc_attn_fn", "attn.attn_sink"}, {}, "DeepSeek V4 has hyper-connections and attention sinks."},
    Signature{{"DeepseekV4ForCausalLM"},
              {"attn_hc.fn", "self_attn.sinks", "compressor.kv_proj.weight"},
              {},
              "DeepSeek V4 has hyper-connections, sinks and a compressor."},
    Signature{
        {"HYV4ForCausalLM"}, {"hc_attn_layer.hc_fn", "self_attn.learnable_sink_param"}, {}, "Hunyuan V4 has hyper-connections and learnable sinks."},
    Signature{{"HYV4ForCausalLM"},
              {"attn_hc.fn", "self_attn.sinks", "self_attn.kv_a_proj_with_mqa.weight"},
              {},
              "Hunyuan V4 has hyper-connections, sinks and latent attention."},
    Signature{{"Dots3NoteForCausalLM", "Dots3NoteForConditionalGeneration"},
              {"self_attn.k_rope_only_layernorm.weight", "indexer.weights_proj.weight"},
              {},
              "dots.note norms the rotary part of its keys alone, and has a sparse indexer."},
    Signature{{"DeepseekV32ForCausalLM", "GlmMoeDsaForCausalLM"},
              {"self_attn.kv_a_proj_with_mqa.weight", "mlp.gate.e_score_correction_bias", "indexer.weights_proj.weight"},
              {},
              "Latent attention with a sparse indexer and a corrected router; DeepSeek V3.2 and GLM-5 share these keys."},
    Signature{{"LongcatFlashForCausalLM"},
              {"mlp.router.classifier.weight", "mlp.router.e_score_correction_bias"},
              {},
              "LongCat-Flash calls its router a classifier."},
    Signature{{"KimiK25ForConditionalGeneration", "Kimi_K25ForConditionalGeneration", "KimiK25VLForConditionalGeneration"},
              {"mm_projector.", "vision_tower.", "self_attn.kv_a_proj_with_mqa.weight", "mlp.gate.e_score_correction_bias"},
              {},
              "Kimi K2.5 is DeepSeek V3's language model beside a vision tower."},
    Signature{{"DeepseekV3ForCausalLM", "Glm4MoeLiteForCausalLM"},
              {"self_attn.kv_a_proj_with_mqa.weight", "mlp.gate.e_score_correction_bias"},
              {"self_attn.A_log"},
              "Latent attention and a router with a correction bias; DeepSeek V3, Kimi K2 and GLM-4.7-Flash share these keys."},
    Signature{{"MiniMaxM3SparseForConditionalGeneration", "MiniMaxM3VLForCausalLM"},
              {"block_sparse_moe.e_score_correction_bias", "block_sparse_moe.shared_experts.", "self_attn.q_norm.weight"},
              {},
              "MiniMax-M3 has shared experts beside those of MiniMax-M2."},
    Signature{{"MiniMaxForCausalLM", "MiniMaxText01ForCausalLM", "MiniMaxM1ForCausalLM"},
              {"block_sparse_moe.gate.weight", "self_attn.output_gate.weight", "self_attn.qkv_proj.weight"},
              {"block_sparse_moe.e_score_correction_bias"},
              "MiniMax-01 gates its lightning attention, beside the experts of Mixtral."},
    Signature{{"MiniMaxM2ForCausalLM"},
              {"block_sparse_moe.e_score_correction_bias", "self_attn.q_norm.weight"},
              {"self_attn.A_log"},
              "MiniMax-M2 has a correction bias in block_sparse_moe."},
    Signature{{"Glm4vMoeForConditionalGeneration"},
              {"visual.", "self_attn.q_proj.bias", "mlp.gate.e_score_correction_bias", "mlp.shared_experts."},
              {},
              "GLM-4.5V is GLM-4.5's language model beside a vision tower."},
    Signature{{"Glm4MoeForCausalLM"},
              {"self_attn.q_proj.bias", "mlp.gate.e_score_correction_bias", "mlp.shared_experts."},
              {"self_attn.kv_a_proj_with_mqa.weight"},
              "GLM-4.5 to 4.7 have biased attention and a router with a correction bias."},
    Signature{{"Ernie4_5_MoeForCausalLM", "Ernie4_5_VLMoeForConditionalGeneration"},
              {"mlp.moe_statics.e_score_correction_bias", "mlp.gate.weight"},
              {},
              "ERNIE 4.5 keeps the correction bias of its router apart, in moe_statics; its families share these keys."},
    Signature{{"Lfm2MoeForCausalLM"},
              {"conv.in_proj.weight", "feed_forward.expert_bias", "feed_forward.gate.weight"},
              {},
              "LFM2 has short convolutions between its attention layers; this one biases its experts."},
    Signature{
        {"HunYuanMoEV1ForCausalLM"}, {"mlp.gate.wg.weight", "mlp.shared_mlp."}, {}, "Hunyuan keeps its router in gate.wg, beside a shared MLP."},
    Signature{
        {"Glm4MoeForCausalLM", "Dots1ForCausalLM", "SolarOpenForCausalLM"},
        {"self_attn.q_proj.weight", "mlp.gate.e_score_correction_bias", "mlp.shared_experts.", "mlp.experts."},
        {"self_attn.A_log", "self_attn.kv_a_proj_with_mqa.weight", "linear_attn.A_log"},
        "Plain attention, shared experts and a router with a correction bias: GLM-4 MoE without attention biases, dots.llm1 and Solar Open share "
        "these keys, and the mildest of their rules judges."},
    Signature{{"GptOssForCausalLM"}, {"self_attn.sinks", "mlp.router.weight", "mlp.experts."}, {}, "gpt-oss has attention sinks and experts."},
    Signature{{"AfmoeForCausalLM"},
              {"mlp.expert_bias", "mlp.router.gate.weight", "self_attn.gate_proj.weight"},
              {},
              "AFMoE gates its attention and biases its experts."},
};

/// Well-known architectures that have none of the layers above: a file that has them is not one of these.
constexpr std::array<std::string_view, 22> Plain{
    "LlamaForCausalLM",    "MistralForCausalLM",  "MixtralForCausalLM",    "Qwen2ForCausalLM",  "Qwen2MoeForCausalLM", "Qwen3ForCausalLM",
    "Qwen3MoeForCausalLM", "GemmaForCausalLM",    "Gemma2ForCausalLM",     "Gemma3ForCausalLM", "PhiForCausalLM",      "Phi3ForCausalLM",
    "GPT2LMHeadModel",     "GPTNeoXForCausalLM",  "FalconForCausalLM",     "OlmoForCausalLM",   "Olmo2ForCausalLM",    "GraniteForCausalLM",
    "CohereForCausalLM",   "StableLmForCausalLM", "Starcoder2ForCausalLM", "BertForMaskedLM"};

bool isNumber(std::string_view part) noexcept
{
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The key with every number between dots replaced by '*'.
void collapse(std::string_view key, std::string& out)
{
    out.clear();
    std::size_t at = 0;
    for (;;) {
        const auto dot = key.find('.', at);
        const auto part = key.substr(at, dot == std::string_view::npos ? std::string_view::npos : dot - at);
        out.append(isNumber(part) ? std::string_view("*") : part);
        if (dot == std::string_view::npos) {
            return;
        }
        out.push_back('.');
        at = dot + 1;
    }
}

/// True where the key is one of an expert other than the first: it says nothing that the first does not.
bool isLaterExpert(std::string_view key) noexcept
{
    constexpr std::string_view Experts = ".experts.";
    const auto found = key.find(Experts);
    if (found == std::string_view::npos || found + Experts.size() >= key.size()) {
        return false;
    }
    const char first = key[found + Experts.size()];
    return first >= '1' && first <= '9';
}

bool fits(std::string_view key, std::string_view part) noexcept
{
    if (part.ends_with('.')) {
        const auto found = key.find(part);
        return found == 0 || (found != std::string_view::npos && key[found - 1] == '.');
    }
    return key.ends_with(part) && (key.size() == part.size() || key[key.size() - part.size() - 1] == '.');
}

class Keys {
public:
    explicit Keys(const Checkpoint& checkpoint)
        : m_checkpoint(checkpoint)
    {
        // Names of one pattern are looked at until one is of no later expert.
        const auto parts = query::KeyParts::of(checkpoint);
        std::unordered_map<std::string, std::uint32_t> numbers;
        std::vector<std::uint32_t> patternOf; // by shape
        std::string collapsed;
        for (std::uint32_t shape = 0; shape < parts->shapes(); ++shape) {
            collapse(checkpoint.tensors()[parts->firstOf(shape)].key, collapsed);
            patternOf.push_back(numbers.emplace(collapsed, static_cast<std::uint32_t>(numbers.size())).first->second);
        }
        std::vector<bool> known(numbers.size(), false);
        for (std::uint32_t row = 0; row < parts->rows() && m_patterns.size() < MaxPatterns; ++row) {
            const std::uint32_t pattern = patternOf[parts->shapeOf(row)];
            const std::string_view key = checkpoint.tensors()[row].key;
            if (!known[pattern] && !isLaterExpert(key)) {
                known[pattern] = true;
                collapse(key, collapsed);
                m_patterns.insert(collapsed);
            }
        }
    }

    [[nodiscard]] bool have(std::string_view part) const
    {
        return std::any_of(m_patterns.begin(), m_patterns.end(), [part](const std::string& key) { return fits(key, part); });
    }

    [[nodiscard]] bool hold(const Signature& signature) const
    {
        for (const auto part : signature.has) {
            if (!part.empty() && !have(part)) {
                return false;
            }
        }
        for (const auto part : signature.lacks) {
            if (!part.empty() && have(part)) {
                return false;
            }
        }
        return signature.rankOfALog == 0 || rank("A_log") == signature.rankOfALog;
    }

    /// "36 keys like model.layers.0.linear_attn.A_log".
    [[nodiscard]] std::string evidence(std::string_view part) const
    {
        std::uint64_t count = 0;
        std::string_view first;
        for (const auto& tensor : m_checkpoint.tensors()) {
            if (fits(tensor.key, part)) {
                first = count++ == 0 ? tensor.key : first;
            }
        }
        const std::string_view verb = count == 1 ? " that ends in " : " that end in ";
        const std::string_view what = part.ends_with('.') ? std::string_view(" with ") : verb;
        return groupedNumber(count) + (count == 1 ? " key" : " keys") + std::string(what) + std::string(part) + ", the first is " + displayName(first)
            + ".";
    }

    /// Dimensions of the first tensor whose key ends so; 0: there is none.
    [[nodiscard]] std::size_t rank(std::string_view part) const
    {
        for (const auto& tensor : m_checkpoint.tensors()) {
            if (fits(tensor.key, part)) {
                return tensor.shape.size();
            }
        }
        return 0;
    }

private:
    static constexpr std::size_t MaxPatterns = 20'000; ///< real models have some hundred
    const Checkpoint& m_checkpoint;
    std::unordered_set<std::string> m_patterns;
};

const Signature* holding(const Keys& keys)
{
    const auto* const found = std::find_if(Signatures.begin(), Signatures.end(), [&](const Signature& signature) { return keys.hold(signature); });
    return found == Signatures.end() ? nullptr : &*found;
}

bool names(const Signature& signature, std::string_view name)
{
    return std::find(signature.names.begin(), signature.names.end(), name) != signature.names.end();
}

ArchitectureGuess guess(const Keys& keys, const Signature& signature)
{
    ArchitectureGuess result;
    for (const auto name : signature.names) {
        if (!name.empty()) {
            result.names.emplace_back(name);
        }
    }
    for (const auto part : signature.has) {
        if (!part.empty()) {
            result.evidence.push_back(keys.evidence(part));
        }
    }
    for (const auto part : signature.lacks) {
        if (!part.empty()) {
            result.evidence.push_back("No key " + std::string(part.ends_with('.') ? "with " : "that ends in ") + std::string(part) + ".");
        }
    }
    if (signature.rankOfALog != 0) {
        result.evidence.push_back("A_log has " + std::to_string(signature.rankOfALog) + (signature.rankOfALog == 1 ? " dimension." : " dimensions."));
    }
    result.evidence.emplace_back(signature.why);
    return result;
}

std::string joined(const std::vector<std::string>& list, std::string_view between)
{
    std::string text;
    for (const auto& item : list) {
        text.append(text.empty() ? std::string_view() : between).append(item);
    }
    return text;
}

Finding note(Severity severity, Code code, std::vector<std::string> args, const std::string& file)
{
    Finding finding;
    finding.rule = codeInfo(code).id;
    finding.severity = severity;
    finding.file = file;
    finding.what = inFile(fail(code, std::move(args)), file);
    return finding;
}

enum class Believe : std::uint8_t { Yes, Likeness, No };

/// True where the file has none of the layers that `claimed` has and `found` has not. Prefixes ('language_model.') and experts do not
/// count: a part of a checkpoint may lack them.
bool contradicts(const Signature& claimed, const Signature& found, const Keys& keys)
{
    bool any = false;
    for (const auto part : claimed.has) {
        if (part.empty() || part.ends_with('.') || std::find(found.has.begin(), found.has.end(), part) != found.has.end()) {
            continue;
        }
        if (keys.have(part)) {
            return false;
        }
        any = true;
    }
    return any;
}

/// True where more tensors of the model may exist than are listed.
bool mayBePart(const Checkpoint& checkpoint)
{
    return checkpoint.damaged() || checkpoint.config().adapter
        || (!checkpoint.isFolder() && std::any_of(checkpoint.shards().begin(), checkpoint.shards().end(), [](const Shard& shard) {
               return shard.file.find("-of-") != std::string::npos;
           }));
}

bool rulesName(const RuleSet& rules, std::string_view name)
{
    return std::any_of(rules.rules().begin(), rules.rules().end(), [name](const Rule& rule) {
        return std::find(rule.architectures.begin(), rule.architectures.end(), name) != rule.architectures.end();
    });
}

/// The class that PyTorch's FSDP2 wrapped: it puts FSDP in front of a class's name, and transformers wrote that into config.json
/// until it took to removing it. Empty: nothing was wrapped, or nobody knows what.
std::string_view unwrapped(std::string_view name, const RuleSet& rules)
{
    constexpr std::string_view Wrapper = "FSDP";
    if (!name.starts_with(Wrapper)) {
        return {};
    }
    name.remove_prefix(Wrapper.size());
    const bool known = std::find(Plain.begin(), Plain.end(), name) != Plain.end() || rulesName(rules, name)
        || std::any_of(Signatures.begin(), Signatures.end(), [name](const Signature& signature) { return names(signature, name); });
    return known ? name : std::string_view();
}

/// "Glm4MoeForCausalLM" and "glm4_moe" are both "glm4moe".
std::string familyOf(std::string_view name)
{
    for (auto at = name.rfind("For"); at != std::string_view::npos && at > 0; at = name.rfind("For", at - 1)) {
        if (at + 3 < name.size() && name[at + 3] >= 'A' && name[at + 3] <= 'Z') {
            name = name.substr(0, at);
            break;
        }
    }
    if (name.ends_with("Model")) {
        name.remove_suffix(std::string_view("Model").size());
    }
    std::string family;
    for (const char c : name) {
        if (c >= 'A' && c <= 'Z') {
            family.push_back(static_cast<char>(c - 'A' + 'a'));
        } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            family.push_back(c);
        }
    }
    return family;
}

/// The architectures that rules speak of and whose family this is. Those that generate, where there are any: what else is built on them has
/// the same layers.
std::vector<std::string> ofFamily(const std::string& family, const RuleSet& rules)
{
    std::vector<std::string> all;
    for (const Rule& rule : rules.rules()) {
        for (const std::string& name : rule.architectures) {
            if (!family.empty() && familyOf(name) == family && std::find(all.begin(), all.end(), name) == all.end()) {
                all.push_back(name);
            }
        }
    }
    std::vector<std::string> generating;
    std::copy_if(all.begin(), all.end(), std::back_inserter(generating),
                 [](const std::string& name) { return name.ends_with("ForCausalLM") || name.ends_with("ForConditionalGeneration"); });
    return generating.empty() ? all : generating;
}

/// The same by config.json's `model_type`: transformers makes the one name of the other.
std::vector<std::string> ofModelType(const ModelConfig& config, const RuleSet& rules)
{
    const auto* value = config.find("model_type");
    const auto* type = value == nullptr ? nullptr : std::get_if<std::string>(value);
    return type == nullptr ? std::vector<std::string>() : ofFamily(familyOf(*type), rules);
}

std::string textOf(const ModelConfig& config, std::string_view path)
{
    const auto* value = config.find(path);
    const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
    return text == nullptr ? std::string() : *text;
}

/// "qwen3next" of "qwen3nexttext": a language model alone is called so where its class is one of several parts.
std::string_view withoutText(std::string_view family) noexcept
{
    constexpr std::string_view Text = "text";
    return family.ends_with(Text) ? family.substr(0, family.size() - Text.size()) : family;
}

/// Those of `found` that are of the same family as a name that no rule knows: Qwen3NextModel has the layers of Qwen3NextForCausalLM.
std::vector<std::string> sameFamily(const std::vector<std::string>& named, const Signature& found)
{
    std::vector<std::string> same;
    for (const std::string_view name : found.names) {
        const std::string family = familyOf(name);
        if (!name.empty() && std::any_of(named.begin(), named.end(), [&](const std::string& one) { return withoutText(familyOf(one)) == family; })) {
            same.emplace_back(name);
        }
    }
    return same;
}

/// The architectures whose family the name of an adapter's base model begins with ("Qwen/Qwen3-Next-80B-A3B-Instruct"), if a rule of theirs
/// speaks of a tensor here: a name alone is too little.
std::vector<std::string> ofBase(const std::string& base, const Checkpoint& checkpoint, const RuleSet& rules)
{
    const std::string model = familyOf(base.substr(base.rfind('/') + 1)); // npos + 1: all of it
    std::string family;
    for (const Rule& rule : rules.rules()) {
        for (const std::string& name : rule.architectures) {
            std::string own = familyOf(name);
            if (own.size() > family.size() && own.size() >= 4 && model.starts_with(own)) {
                family = std::move(own);
            }
        }
    }
    std::vector<std::string> names = ofFamily(family, rules);
    std::vector<std::uint32_t> found;
    const bool any = std::any_of(checkpoint.tensors().begin(), checkpoint.tensors().end(), [&](const TensorInfo& tensor) {
        rules.matchKey(tensor.key, found);
        return std::any_of(found.begin(), found.end(), [&](std::uint32_t rule) {
            const auto& of = rules.rules()[rule].architectures;
            return std::find_first_of(of.begin(), of.end(), names.begin(), names.end()) != of.end();
        });
    });
    return any ? names : std::vector<std::string>();
}

/// Whether config.json's names can be true of a file whose keys hold `found`.
Believe believe(const std::vector<std::string>& named, const Keys& keys, const Signature& found, const RuleSet& rules)
{
    bool known = false;
    for (const auto& name : named) {
        bool own = false;
        for (const auto& signature : Signatures) {
            if (names(signature, name)) {
                own = true;
                if (!contradicts(signature, found, keys)) {
                    return Believe::Yes;
                }
            }
        }
        const bool plain = std::find(Plain.begin(), Plain.end(), name) != Plain.end();
        if (own || plain) {
            known = true; // we know its keys, and these are not its keys
        } else if (rulesName(rules, name)) {
            return Believe::Yes; // the rules know it better than this table does
        }
    }
    return known ? Believe::No : Believe::Likeness;
}

} // namespace

std::optional<ArchitectureGuess> inferArchitecture(const Checkpoint& checkpoint)
{
    const Keys keys(checkpoint);
    const Signature* found = holding(keys);
    return found == nullptr ? std::nullopt : std::optional(guess(keys, *found));
}

std::string architectureMeant(std::string_view name, const RuleSet& rules)
{
    if (rulesName(rules, name) || std::find(Plain.begin(), Plain.end(), name) != Plain.end()) {
        return {};
    }
    std::vector<std::string_view> names;
    for (const Rule& rule : rules.rules()) {
        names.insert(names.end(), rule.architectures.begin(), rule.architectures.end());
    }
    if (const std::string_view near = nearestWord(name, names.data(), names.size()); !near.empty()) {
        return std::string(near);
    }
    const auto family = ofFamily(familyOf(name), rules);
    return family.empty() ? std::string() : family.front();
}

ArchitectureDecision chooseArchitecture(const Checkpoint& checkpoint, const std::string& argument, const RuleSet& rules)
{
    ArchitectureDecision result;
    if (!argument.empty()) {
        result.choice.from = ArchitectureChoice::From::Argument;
        result.choice.names.push_back(argument);
        if (const std::string meant = architectureMeant(argument, rules); !meant.empty()) {
            result.findings.push_back(note(Severity::Advice, Code::ArchitectureMistyped, {argument, meant}, {}));
        }
        return result;
    }
    const ModelConfig& config = checkpoint.config();
    std::vector<std::string> named = config.architectures;
    if (const auto* diffusers = config.find("_class_name"); named.empty() && diffusers != nullptr) {
        if (const auto* name = std::get_if<std::string>(diffusers)) {
            named.push_back(*name);
        }
    }
    if (const std::string base = textOf(config, "auto_mapping.base_model_class"); named.empty() && config.adapter && !base.empty()) {
        named.push_back(base);
    }
    if (named.empty() && !checkpoint.ggufArchitecture().empty()) {
        result.choice.from = ArchitectureChoice::From::Gguf;
        result.choice.names.push_back(checkpoint.ggufArchitecture());
        return result;
    }
    for (std::string& name : named) {
        if (const auto inner = unwrapped(name, rules); !inner.empty()) {
            result.findings.push_back(note(Severity::Advice, Code::ArchitectureWrapped, {name, std::string(inner)}, config.file));
            name = inner;
        }
    }
    const Keys keys(checkpoint);
    const Signature* found = holding(keys);
    if (!named.empty()) {
        result.choice.from = ArchitectureChoice::From::Config;
        result.choice.names = named;
        const Believe trust = found == nullptr || mayBePart(checkpoint) ? Believe::Yes : believe(named, keys, *found, rules);
        if (trust == Believe::Yes) {
            return result;
        }
        ArchitectureGuess own = guess(keys, *found);
        const std::string claim = joined(named, ", ");
        const std::string likeness = joined(own.names, " or ");
        if (const auto same = sameFamily(named, *found); trust == Believe::Likeness && !same.empty()) {
            result.findings.push_back(note(Severity::Note, Code::ArchitectureOfFamily, {claim, joined(same, " or ")}, config.file));
            result.choice = {ArchitectureChoice::From::Family, same, {}};
            return result;
        }
        if (trust == Believe::Likeness) {
            result.findings.push_back(note(Severity::Advice, Code::ArchitectureLikeness, {claim, likeness, own.names.front()}, config.file));
            return result;
        }
        result.findings.push_back(note(Severity::Advice, Code::ArchitectureContradicted, {claim, likeness, claim}, config.file));
        own.evidence.insert(own.evidence.begin(), config.file + " names " + claim + ", which has none of these keys.");
        result.choice = {ArchitectureChoice::From::Inferred, std::move(own.names), std::move(own.evidence)};
        return result;
    }
    if (const std::string base = textOf(config, "base_model_name_or_path"); config.adapter && found == nullptr && !base.empty()) {
        std::vector<std::string> names = ofBase(base, checkpoint, rules);
        result.findings.push_back(names.empty() ? note(Severity::Note, Code::ArchitectureAdapter, {base}, config.file)
                                                : note(Severity::Note, Code::ArchitectureOfBase, {base, joined(names, " or ")}, config.file));
        result.choice.from = names.empty() ? result.choice.from : ArchitectureChoice::From::Family;
        result.choice.names = std::move(names);
        return result;
    }
    const std::vector<std::string> typed = ofModelType(config, rules);
    if (found == nullptr && !typed.empty()) {
        const std::string type = std::get<std::string>(*config.find("model_type"));
        result.findings.push_back(note(Severity::Note, Code::ArchitectureOfType, {type, joined(typed, " or ")}, config.file));
        result.choice = {ArchitectureChoice::From::ModelType, typed, {}};
        return result;
    }
    if (found == nullptr) {
        result.findings.push_back(note(Severity::Note, Code::ArchitectureUnknown, {}, {}));
        return result;
    }
    ArchitectureGuess own = guess(keys, *found);
    if (own.names.size() > 1) { // the keys do not tell them apart; config.json may
        std::vector<std::string> both;
        std::copy_if(own.names.begin(), own.names.end(), std::back_inserter(both),
                     [&](const std::string& name) { return std::find(typed.begin(), typed.end(), name) != typed.end(); });
        if (!both.empty() && both.size() < own.names.size()) {
            own.evidence.insert(own.evidence.end() - 1, config.file + " gives the model_type of " + joined(both, " or ") + ".");
            own.names = std::move(both);
        }
    }
    result.findings.push_back(
        note(Severity::Note, Code::ArchitectureInferred, {joined(own.names, " or "), own.evidence.front() + " " + own.evidence.back()}, {}));
    result.choice = {ArchitectureChoice::From::Inferred, std::move(own.names), std::move(own.evidence)};
    return result;
}

} // namespace ckptscope
