// SPDX-License-Identifier: Apache-2.0
#include "core/audits/list.h"
#include "core/audits/pershape.h"
#include "core/audits/sink.h"
#include "core/dtypes/dtype.h"
#include "core/text/text.h"

#include <algorithm>
#include <array>

namespace ckptscope {

namespace {

constexpr std::uint64_t Any = 0;                     ///< a dimension that config.json does not fix
constexpr std::uint64_t MostPlausible = 1ULL << 24U; ///< of one fact: products of two, and sums of some, fit in 64 bits

/// What config.json asks of tensors whose key ends in `tail`.
struct Want {
    std::string tail;
    std::vector<std::uint64_t> shape;
    std::string facts;       ///< "linear_num_value_heads 32"
    bool countOnly = false;  ///< compare the number of elements: releases store [32] and [1, 1, 32, 1]
    std::string_view prefix; ///< empty: any
};

/// Reads whole positive numbers of config.json and remembers their names.
class Facts {
public:
    explicit Facts(const ModelConfig& config)
        : m_config(config)
    {
    }
    /// Any (0): not there.
    std::uint64_t operator()(std::string_view name) const
    {
        auto value = m_config.dimension(name);
        if (const auto* nested = m_config.find(name); !value && nested != nullptr) {
            const auto* number = std::get_if<std::int64_t>(nested);
            value = number != nullptr ? std::optional(*number) : std::nullopt;
        }
        return value && *value > 0 && static_cast<std::uint64_t>(*value) < MostPlausible ? static_cast<std::uint64_t>(*value) : Any;
    }
    /// "a 1, b 2 and c 3".
    [[nodiscard]] std::string text(std::initializer_list<std::string_view> names) const
    {
        std::string out;
        std::size_t n = 0;
        for (const auto name : names) {
            out += n == 0 ? "" : n + 1 == names.size() ? " and " : ", ";
            out += std::string(name) + ' ' + std::to_string((*this)(name));
            ++n;
        }
        return out;
    }

private:
    const ModelConfig& m_config;
};

/// Sources: huggingface/transformers src/transformers/models/qwen3_next/modeling_qwen3_next.py
/// (Qwen3NextGatedDeltaNet), models/qwen3_5/modeling_qwen3_5.py, models/olmo_hybrid/modeling_olmo_hybrid.py.
void gatedDeltaNet(const Facts& fact, std::vector<Want>& wants)
{
    const auto valueHeads = fact("linear_num_value_heads");
    if (valueHeads == Any) {
        return;
    }
    const std::string heads = fact.text({"linear_num_value_heads"});
    for (const std::string holder : {"", "_fp32_params."}) {
        wants.push_back({"linear_attn." + holder + "A_log", {valueHeads}, heads, true, {}});
        wants.push_back({"linear_attn." + holder + "dt_bias", {valueHeads}, heads, true, {}});
    }
    for (const std::string_view gate : {"in_proj_a", "in_proj_b", "a_proj", "b_proj"}) {
        wants.push_back({"linear_attn." + std::string(gate) + ".weight", {valueHeads, Any}, heads, false, {}});
    }
    wants.push_back({"linear_attn.in_proj_ba.weight", {2 * valueHeads, Any}, heads, false, {}});
    const auto valueWidth = fact("linear_value_head_dim");
    if (valueWidth == Any) {
        return;
    }
    const auto value = valueHeads * valueWidth;
    const std::string values = fact.text({"linear_num_value_heads", "linear_value_head_dim"});
    for (const std::string_view norm : {"norm", "o_norm"}) {
        wants.push_back({"linear_attn." + std::string(norm) + ".weight", {valueWidth}, fact.text({"linear_value_head_dim"}), false, {}});
    }
    for (const std::string_view part : {"in_proj_z", "v_proj", "g_proj"}) {
        wants.push_back({"linear_attn." + std::string(part) + ".weight", {value, Any}, values, false, {}});
    }
    for (const std::string_view part : {"out_proj", "o_proj"}) {
        wants.push_back({"linear_attn." + std::string(part) + ".weight", {Any, value}, values, false, {}});
    }
    const auto keyHeads = fact("linear_num_key_heads");
    const auto keyWidth = fact("linear_key_head_dim");
    if (keyHeads == Any || keyWidth == Any) {
        return;
    }
    const auto key = keyHeads * keyWidth;
    const std::string keys = fact.text({"linear_num_key_heads", "linear_key_head_dim"});
    const std::string all = fact.text({"linear_num_key_heads", "linear_key_head_dim", "linear_num_value_heads", "linear_value_head_dim"});
    for (const std::string_view part : {"q_proj", "k_proj"}) {
        wants.push_back({"linear_attn." + std::string(part) + ".weight", {key, Any}, keys, false, {}});
    }
    wants.push_back({"linear_attn.in_proj_qkv.weight", {2 * key + value, Any}, all, false, {}});
    wants.push_back({"linear_attn.in_proj_qkvz.weight", {2 * key + 2 * value, Any}, all, false, {}});
    wants.push_back({"linear_attn.conv1d.weight", {2 * key + value, Any, Any}, all, false, {}});
}

/// moonshotai/Kimi-Linear-48B-A3B-Instruct modeling_kimi.py (KimiDeltaAttention).
void kimiDelta(const Facts& fact, std::vector<Want>& wants)
{
    const auto heads = fact("linear_attn_config.num_heads");
    if (heads == Any) {
        return;
    }
    wants.push_back({"self_attn.A_log", {heads}, fact.text({"linear_attn_config.num_heads"}), true, {}});
    if (const auto width = fact("linear_attn_config.head_dim"); width != Any) {
        wants.push_back({"self_attn.dt_bias", {heads * width}, fact.text({"linear_attn_config.num_heads", "linear_attn_config.head_dim"}), true, {}});
    }
}

/// How an architecture names what a Mamba-2 layer is made of. transformers'
/// models/{mamba2,nemotron_h,bamba,granitemoehybrid,falcon_h1, zamba2}/modeling_*.py.
struct Mamba2Names {
    std::string_view architecture;
    std::string_view layer;
    std::string_view heads;
    std::string_view width;
    std::string_view groups;
    std::string_view states;
    std::string_view expand; ///< where the layer's width is computed from it, both must agree; empty: heads times width it is
};
constexpr std::array Mamba2Families{
    Mamba2Names{"Mamba2ForCausalLM", "mixer", "num_heads", "head_dim", "n_groups", "state_size", "expand"},
    Mamba2Names{"NemotronHForCausalLM", "mixer", "mamba_num_heads", "mamba_head_dim", "n_groups", "ssm_state_size", ""},
    Mamba2Names{"BambaForCausalLM", "mamba", "mamba_n_heads", "mamba_d_head", "mamba_n_groups", "mamba_d_state", "mamba_expand"},
    Mamba2Names{"GraniteMoeHybridForCausalLM", "mamba", "mamba_n_heads", "mamba_d_head", "mamba_n_groups", "mamba_d_state", "mamba_expand"},
    Mamba2Names{"FalconH1ForCausalLM", "mamba", "mamba_n_heads", "mamba_d_head", "mamba_n_groups", "mamba_d_state", "mamba_d_ssm"},
    Mamba2Names{"Zamba2ForCausalLM", "mamba", "n_mamba_heads", "mamba_headdim", "mamba_ngroups", "mamba_d_state", "mamba_expand"},
};

void mamba2(const Facts& fact, const Mamba2Names& names, std::vector<Want>& wants)
{
    const auto heads = fact(names.heads);
    if (heads == Any) {
        return;
    }
    const std::string layer(names.layer);
    for (const std::string_view part : {"A_log", "D", "dt_bias"}) {
        wants.push_back({layer + '.' + std::string(part), {heads}, fact.text({names.heads}), true, {}});
    }
    const auto width = fact(names.width);
    const auto inner = heads * width;
    const auto expand = fact(names.expand);
    const bool direct = names.expand == "mamba_d_ssm";
    const auto computed = direct ? expand : expand * fact("hidden_size");
    if (width == Any || (!names.expand.empty() && computed != inner)) {
        return; // config.json contradicts itself, or leaves it to a default
    }
    wants.push_back({layer + ".out_proj.weight", {Any, inner}, fact.text({names.heads, names.width}), false, {}});
    const auto groups = fact(names.groups);
    const auto states = fact(names.states);
    if (groups == Any || states == Any) {
        return;
    }
    const auto convolved = inner + 2 * groups * states;
    const std::string all = fact.text({names.heads, names.width, names.groups, names.states});
    wants.push_back({layer + ".conv1d.weight", {convolved, Any, Any}, all, false, {}});
    wants.push_back({layer + ".conv1d.bias", {convolved}, all, false, {}});
    wants.push_back({layer + ".in_proj.weight", {inner + convolved + heads, Any}, all, false, {}});
}

/// Decoders whose attention is the plain one: no gate in q_proj, one head size for all layers.
constexpr std::array<std::string_view, 7> PlainAttention{"LlamaForCausalLM",    "MistralForCausalLM", "MixtralForCausalLM", "Qwen2ForCausalLM",
                                                         "Qwen2MoeForCausalLM", "Qwen3ForCausalLM",   "Qwen3MoeForCausalLM"};

void attention(const Facts& fact, std::vector<Want>& wants)
{
    constexpr std::string_view Layers = "model.layers.";
    const auto heads = fact("num_attention_heads");
    const auto hidden = fact("hidden_size");
    auto width = fact("head_dim");
    const bool given = width != Any;
    if (!given && heads != Any && hidden % heads == 0) {
        width = hidden / heads;
    }
    if (heads == Any || width == Any) {
        return;
    }
    const std::string_view second = given ? "head_dim" : "hidden_size";
    const std::string all = fact.text({"num_attention_heads", second});
    wants.push_back({"self_attn.q_proj.weight", {heads * width, Any}, all, false, Layers});
    wants.push_back({"self_attn.o_proj.weight", {Any, heads * width}, all, false, Layers});
    if (const auto shared = fact("num_key_value_heads"); shared != Any) {
        const std::string facts =
            given ? fact.text({"num_key_value_heads", second}) : fact.text({"num_key_value_heads", "num_attention_heads", second});
        wants.push_back({"self_attn.k_proj.weight", {shared * width, Any}, facts, false, Layers});
        wants.push_back({"self_attn.v_proj.weight", {shared * width, Any}, facts, false, Layers});
    }
}

/// Quantised weights are packed: their shapes are those of audits/quantized.cpp. F8 ones keep the shape.
bool keepsShape(DType dtype) noexcept
{
    return isRealFloat(dtype) && dtypeInfo(dtype).blockBits >= 8;
}

bool fits(const TensorInfo& tensor, const Want& want)
{
    if (want.countOnly) {
        return elementCount(tensor) == want.shape.front();
    }
    if (tensor.shape.size() != want.shape.size()) {
        return true; // another layout of the same, such as MLX's
    }
    for (std::size_t n = 0; n < want.shape.size(); ++n) {
        if (want.shape[n] != Any && tensor.shape[n] != want.shape[n]) {
            return false;
        }
    }
    return true;
}

std::string wantedText(const TensorInfo& tensor, const Want& want)
{
    std::vector<std::uint64_t> shape = want.shape;
    for (std::size_t n = 0; n < shape.size(); ++n) {
        shape[n] = shape[n] == Any ? tensor.shape[n] : shape[n];
    }
    return shapeText(shape.data(), shape.size());
}

bool endsIn(std::string_view key, std::string_view tail) noexcept
{
    return key.ends_with(tail) && (key.size() == tail.size() || key[key.size() - tail.size() - 1] == '.');
}

} // namespace

void auditHeads(const Checkpoint& checkpoint, const ArchitectureChoice& architecture, std::vector<Finding>& findings)
{
    const Facts fact(checkpoint.config());
    std::vector<Want> wants;
    gatedDeltaNet(fact, wants);
    kimiDelta(fact, wants);
    const auto named = [&](std::string_view name) {
        return std::find(architecture.names.begin(), architecture.names.end(), name) != architecture.names.end();
    };
    for (const auto& family : Mamba2Families) {
        if (architecture.names.size() == 1 && named(family.architecture)) {
            mamba2(fact, family, wants);
        }
    }
    const auto plain = [](const std::string& name) { return std::find(PlainAttention.begin(), PlainAttention.end(), name) != PlainAttention.end(); };
    // Where several classes are named, the gate of one may be in the projections that another has plain.
    if (!architecture.names.empty() && std::all_of(architecture.names.begin(), architecture.names.end(), plain)) {
        attention(fact, wants);
    }
    if (wants.empty()) {
        return;
    }
    const auto asked = perShape(checkpoint, [&](std::string_view key) {
        std::vector<const Want*> of;
        for (const auto& want : wants) {
            if (endsIn(key, want.tail) && key.starts_with(want.prefix)) {
                of.push_back(&want);
            }
        }
        return of;
    });
    if (!asked.any()) {
        return;
    }
    AuditSink sink(checkpoint, findings);
    for (const auto& tensor : checkpoint.tensors()) {
        for (const Want* one : asked(checkpoint.indexOf(tensor))) {
            const Want& want = *one;
            if (keepsShape(tensor.dtype) && !fits(tensor, want)) {
                sink.addOfRole(Code::AuditHeads, tensor, {std::string(tensor.key), shapeOf(tensor), want.facts, wantedText(tensor, want)});
            }
        }
    }
}

} // namespace ckptscope
