// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/jsontree.h"
#include "core/contracts/rule.h"
#include "core/io/file.h"

#include <algorithm>
#include <unordered_map>

namespace ckptscope {

namespace {

constexpr std::uint64_t RuleFileLimit = 16ULL << 20U; ///< bytes; the built-in rules together have 0.15 MB

} // namespace

std::shared_ptr<const RuleSet> RuleSet::withFiles(const std::vector<std::string>& paths, std::vector<RuleFileProblem>& problems)
{
    if (paths.empty()) {
        return builtin();
    }
    std::vector<Rule> rules = builtin()->rules();
    std::unordered_map<std::string, std::string> owner;
    for (const auto& rule : rules) {
        owner.emplace(rule.id, "the built-in rules");
    }
    for (const auto& path : paths) {
        const auto text = readSmallFile(path, RuleFileLimit);
        if (!text) {
            problems.push_back({text.error(), 0, {}});
            continue;
        }
        RuleFile parsed = parseRuleFile(*text, path, path);
        std::move(parsed.problems.begin(), parsed.problems.end(), std::back_inserter(problems));
        for (auto& rule : parsed.rules) {
            const auto [place, fresh] = owner.emplace(rule.id, path);
            if (fresh) {
                rules.push_back(std::move(rule));
                continue;
            }
            // a rule that silently replaced a built-in one could turn a verdict
            const auto at = text->find('"' + rule.id + '"');
            const std::size_t offset = at == std::string::npos ? 0 : at;
            const auto line = lineOf(*text, offset);
            Error error = fail(Code::RuleRefused, {std::to_string(line), rule.id, "its id is taken by " + place->second});
            problems.push_back({inFile(std::move(error), path, offset), line, rule.id});
        }
    }
    return make(std::move(rules));
}

} // namespace ckptscope
