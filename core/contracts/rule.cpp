// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/rule.h"

#include "core/contracts/embedded.h"
#include "core/contracts/keymatcher.h"

#include <algorithm>
#include <cassert>
#include <mutex>
#include <unordered_map>

namespace ckptscope {

namespace {

struct Builtin {
    std::vector<Rule> rules;
    std::string updated;
};

const Builtin& builtinRules()
{
    static const Builtin all = [] {
        Builtin result;
        for (std::size_t n = 0; n < EmbeddedRulesCount; ++n) {
            RuleFile parsed = parseEmbeddedRules(EmbeddedRules[n]); // NOLINT(cppcoreguidelines-pro-bounds-pointer-arithmetic)
            assert(parsed.problems.empty());
            std::move(parsed.rules.begin(), parsed.rules.end(), std::back_inserter(result.rules));
            result.updated = std::max(result.updated, parsed.updated);
        }
        return result;
    }();
    return all;
}

} // namespace

struct RuleSet::Matcher {
    std::once_flag made; ///< compiled when first asked: most checks ask for few of the rules
    std::unique_ptr<KeyMatcher> keys;
    std::unordered_map<std::string_view, std::uint32_t> byId;
};

RuleSet::RuleSet()
    : m_matcher(std::make_unique<Matcher>())
{
}

RuleSet::~RuleSet() = default;

std::shared_ptr<const RuleSet> RuleSet::builtin()
{
    static const std::shared_ptr<const RuleSet> set = make(builtinRules().rules);
    return set;
}

std::shared_ptr<const RuleSet> RuleSet::make(std::vector<Rule> rules)
{
    std::shared_ptr<RuleSet> set(new RuleSet);
    set->m_rules = std::move(rules);
    for (std::size_t n = 0; n < set->m_rules.size(); ++n) {
        set->m_matcher->byId.emplace(set->m_rules[n].id, static_cast<std::uint32_t>(n));
    }
    return set;
}

const Rule* RuleSet::find(std::string_view id) const noexcept
{
    const auto found = m_matcher->byId.find(id);
    return found == m_matcher->byId.end() ? nullptr : &m_rules[found->second];
}

void RuleSet::matchKey(std::string_view key, std::vector<std::uint32_t>& out) const
{
    std::call_once(m_matcher->made, [this] {
        std::vector<std::string_view> patterns;
        patterns.reserve(m_rules.size());
        for (const auto& rule : m_rules) {
            patterns.emplace_back(rule.keyRegex);
        }
        m_matcher->keys = std::make_unique<KeyMatcher>(patterns);
    });
    m_matcher->keys->match(key, out);
}

std::string RuleSet::databaseVersion()
{
    const Builtin& all = builtinRules();
    return all.updated + " (" + std::to_string(all.rules.size()) + " rules)";
}

} // namespace ckptscope
