// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ckptscope {

/// What decides whether a rule is looked at, whatever the keys are.
struct RuleContext {
    const ModelConfig& config;
    std::span<const std::string> architectures;
    bool nemo = false; ///< profile nemo-automodel
};

struct RuleFit {
    enum class State : std::uint8_t { Applies, OtherArchitecture, ConfigDiffers, NotInProfile } state = State::Applies;
    std::string detail; ///< the architectures that it is for, or the config path that differs and what stands there
};

[[nodiscard]] RuleFit ruleFit(const Rule& rule, const RuleContext& context);

/// True where `a` decides over `b`: the more severe, then the one that names the architecture, then the one with a `when`, then the earlier.
[[nodiscard]] bool decidesOver(const std::vector<Rule>& rules, std::uint32_t a, std::uint32_t b) noexcept;

/// The edit that gives a tensor one of the wanted dtypes; nullopt: none makes sense. Floats are cast (without loss where one of
/// the dtypes allows it, else to the first float), U8 and F8_E8M0 are two names of the same bytes, integers are left alone.
[[nodiscard]] std::optional<FindingFix> fixTo(std::span<const DType> want, DType have);

/// The rules of profile nemo-automodel behind the built-in ones, which the profile only shows in explanations.
[[nodiscard]] std::shared_ptr<const RuleSet> nemoRules();
/// Marks its rules: Rule::family.
inline constexpr std::string_view NemoFamily = "nemo-automodel";

/// Whether rules of one of the architectures demand what another's only advise, or note: then decidingRule() may take the milder.
[[nodiscard]] bool rulesDiffer(const std::vector<Rule>& rules, std::span<const std::uint32_t> applying, const ArchitectureChoice& architecture);

/// Of rules that apply and match one name, the one that decides; they must be some. Where the keys are those of several architectures and do
/// not tell which, nothing is demanded that one of them does not demand.
[[nodiscard]] std::uint32_t decidingRule(const std::vector<Rule>& rules, std::span<const std::uint32_t> matching,
                                         const ArchitectureChoice& architecture);

} // namespace ckptscope
