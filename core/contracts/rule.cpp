// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/rule.h"

namespace ckptscope {
struct RuleSet::Matcher { };
RuleSet::RuleSet() = default;
RuleSet::~RuleSet() = default;
RuleFile parseRuleFile(std::string_view, const std::string&, const std::string&) { return {}; }
std::shared_ptr<const RuleSet> RuleSet::builtin() { return make({}); }
std::shared_ptr<const RuleSet> RuleSet::withFiles(const std::vector<std::string>&, std::vector<RuleFileProblem>&) { return make({}); }
std::shared_ptr<const RuleSet> RuleSet::make(std::vector<Rule> rules)
{
    std::shared_ptr<RuleSet> set(new RuleSet);
    set->m_rules = std::move(rules);
    return set;
}
const Rule* RuleSet::find(std::string_view) const noexcept { return nullptr; }
void RuleSet::matchKey(std::string_view, std::vector<std::uint32_t>& out) const { out.clear(); }
std::string RuleSet::databaseVersion() { return "0"; }
}
