// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/profile.h"

#include "core/contracts/gated_delta_net_fp32.h"
#include "core/dtypes/convert.h"

#include <algorithm>
#include <array>

namespace ckptscope {

namespace {

/// A config value by its path. A quantization_config that stands in the language model's part of the file counts too: multimodal
/// models put it there.
const ConfigValue* configValue(const ModelConfig& config, const std::string& path)
{
    if (const auto* value = config.find(path)) {
        return value;
    }
    constexpr std::string_view Quantization = "quantization_config.";
    if (path.starts_with(Quantization)) {
        for (const std::string_view part : {"text_config.", "language_config.", "llm_config."}) {
            if (const auto* value = config.find(std::string(part) + path)) {
                return value;
            }
        }
    }
    return nullptr;
}

std::optional<double> asNumber(const ConfigValue& value)
{
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        return static_cast<double>(*integer);
    }
    if (const auto* number = std::get_if<double>(&value)) {
        return *number;
    }
    return std::nullopt;
}

bool equals(const ConfigValue* have, const ConfigValue& want)
{
    if (have == nullptr) {
        return std::holds_alternative<std::nullptr_t>(want);
    }
    if (have->index() != want.index()) { // 1 and 1.0 are one number in JSON
        const auto a = asNumber(*have);
        const auto b = asNumber(want);
        return a && b && *a == *b;
    }
    return *have == want;
}

bool namesArchitecture(const Rule& rule, std::span<const std::string> architectures)
{
    return rule.architectures.empty() || std::any_of(architectures.begin(), architectures.end(), [&](const std::string& name) {
               return std::find(rule.architectures.begin(), rule.architectures.end(), name) != rule.architectures.end();
           });
}

/// The first few names of a list that may be long.
std::string someOf(const std::vector<std::string>& names)
{
    constexpr std::size_t Shown = 3;
    std::string text;
    for (std::size_t n = 0; n < std::min(names.size(), Shown); ++n) {
        text += (n > 0 ? ", " : "") + names[n];
    }
    return names.size() > Shown ? text + " and " + std::to_string(names.size() - Shown) + " more" : text;
}

} // namespace

RuleFit ruleFit(const Rule& rule, const RuleContext& context)
{
    if ((rule.family == NemoFamily) != context.nemo) {
        return {RuleFit::State::NotInProfile, {}};
    }
    if (!namesArchitecture(rule, context.architectures)) {
        return {RuleFit::State::OtherArchitecture, someOf(rule.architectures)};
    }
    for (const auto& [path, values] : rule.when) {
        const ConfigValue* have = configValue(context.config, path);
        if (std::none_of(values.begin(), values.end(), [&](const ConfigValue& want) { return equals(have, want); })) {
            return {RuleFit::State::ConfigDiffers, path + (have == nullptr ? std::string(" is not there") : " is " + configText(*have))};
        }
    }
    return {};
}

bool decidesOver(const std::vector<Rule>& rules, std::uint32_t a, std::uint32_t b) noexcept
{
    const Rule& left = rules[a];
    const Rule& right = rules[b];
    if (left.severity != right.severity) {
        return left.severity > right.severity;
    }
    if (left.architectures.empty() != right.architectures.empty()) {
        return right.architectures.empty();
    }
    if (left.when.empty() != right.when.empty()) {
        return right.when.empty();
    }
    return a < b;
}

namespace {

bool namesOne(const Rule& rule, const std::string& name)
{
    return std::find(rule.architectures.begin(), rule.architectures.end(), name) != rule.architectures.end();
}

bool ofSeveral(const ArchitectureChoice& architecture) noexcept
{
    return architecture.from == ArchitectureChoice::From::Inferred && architecture.names.size() > 1;
}

} // namespace

bool rulesDiffer(const std::vector<Rule>& rules, std::span<const std::uint32_t> applying, const ArchitectureChoice& architecture)
{
    return ofSeveral(architecture) && std::any_of(applying.begin(), applying.end(), [&](std::uint32_t a) {
               return !rules[a].architectures.empty() && std::any_of(applying.begin(), applying.end(), [&](std::uint32_t b) {
                   return rules[b].severity < rules[a].severity
                       && std::any_of(architecture.names.begin(), architecture.names.end(),
                                      [&](const std::string& name) { return namesOne(rules[b], name) && !namesOne(rules[a], name); });
               });
           });
}

std::uint32_t decidingRule(const std::vector<Rule>& rules, std::span<const std::uint32_t> matching, const ArchitectureChoice& architecture)
{
    std::uint32_t deciding = matching.front();
    for (const std::uint32_t n : matching) {
        deciding = decidesOver(rules, n, deciding) ? n : deciding;
    }
    if (!ofSeveral(architecture) || rules[deciding].architectures.empty()) {
        return deciding;
    }
    std::uint32_t mildest = deciding;
    for (const std::string& name : architecture.names) {
        std::optional<std::uint32_t> own;
        for (const std::uint32_t n : matching) {
            if (namesOne(rules[n], name)) {
                own = !own || decidesOver(rules, n, *own) ? n : own;
            }
        }
        mildest = own && rules[*own].severity < rules[mildest].severity ? *own : mildest;
    }
    return mildest;
}

std::optional<FindingFix> fixTo(std::span<const DType> want, DType have)
{
    const auto wants = [want](DType dtype) { return std::find(want.begin(), want.end(), dtype) != want.end(); };
    FindingFix fix;
    if ((have == DType::U8 && wants(DType::F8_E8M0)) || (have == DType::F8_E8M0 && wants(DType::U8))) {
        fix.op = FindingFix::Op::Relabel;
        fix.to = have == DType::U8 ? DType::F8_E8M0 : DType::U8;
        return fix;
    }
    if (!isRealFloat(have)) {
        return std::nullopt;
    }
    // Narrower than 16 bits nothing is cast: such a tensor is one half of a quantised pair, and its other half would have to follow.
    static constexpr std::array Targets{DType::F64, DType::F32, DType::F16, DType::BF16};
    const auto target = [](DType dtype) { return std::find(Targets.begin(), Targets.end(), dtype) != Targets.end(); };
    const auto possible = [&](DType dtype) { return target(dtype) && canCast(have, dtype); };
    const auto exact = std::find_if(want.begin(), want.end(), [&](DType dtype) { return possible(dtype) && isLosslessCast(have, dtype); });
    const auto first = exact != want.end() ? exact : std::find_if(want.begin(), want.end(), possible);
    if (first == want.end()) {
        return std::nullopt;
    }
    fix.op = FindingFix::Op::Cast;
    fix.to = *first;
    fix.lossless = exact != want.end();
    return fix;
}

std::shared_ptr<const RuleSet> nemoRules()
{
    static const std::shared_ptr<const RuleSet> set = [] {
        namespace gdn = gated_delta_net_fp32;
        std::vector<Rule> rules = RuleSet::builtin()->rules();
        constexpr std::array<std::string_view, 2> Ids{"nemo.gated_delta_net_fp32.a_log", "nemo.gated_delta_net_fp32.dt_bias"};
        for (std::size_t n = 0; n < gdn::FP32_GDN_PARAM_NAMES.size(); ++n) {
            const std::string name(gdn::FP32_GDN_PARAM_NAMES[n]);
            Rule rule;
            rule.id = Ids[n];
            rule.title = "NeMo AutoModel's fp32 contract: " + name;
            rule.architectures.assign(gdn::GDN_FP32_CHECKPOINT_ARCHITECTURES.begin(), gdn::GDN_FP32_CHECKPOINT_ARCHITECTURES.end());
            // is_gated_delta_net_fp32_param_key() in RE2's words: \C is any byte, also one that is not UTF-8
            rule.keyRegex = R"(\.linear_attn\.\C*)" + name + "$";
            rule.requiredDtypes = {DType::F32};
            rule.severity = Severity::Violation;
            rule.shape = "[linear_num_value_heads]";
            rule.why = n == 0 ? "NeMo AutoModel keeps A_log in F32 on every load and export: it is exponentiated into the decay rate, so BF16 "
                                "rounding is a proportional error that the recurrence compounds at every token. Widening restores storage, not "
                                "lost bits."
                              : "NeMo AutoModel keeps dt_bias in F32 on every load and export: it feeds the same decay gate as A_log. Official "
                                "releases may ship BF16; widening restores storage, not lost bits.";
            rule.sources = {"NVIDIA-NeMo/Automodel/nemo_automodel/components/models/common/gated_delta_net_fp32.py:FP32_GDN_PARAM_NAMES (0.7.0)"};
            rule.family = NemoFamily;
            rules.push_back(std::move(rule));
        }
        return RuleSet::make(std::move(rules));
    }();
    return set;
}

} // namespace ckptscope
