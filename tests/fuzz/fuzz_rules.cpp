// SPDX-License-Identifier: Apache-2.0
// RUNS: 5000
// A user's rule file; then its rules are tried on some keys.
#include "core/contracts/rule.h"
#include "core/report/messages.h"
#include "tests/fuzz/fuzz.h"

#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace ckptscope;
    const auto file = parseRuleFile(fuzz::textOf(data, size), "rules.json", "user");
    for (const auto& problem : file.problems) {
        fuzz::require(!errorText(problem.what).empty(), "every problem has words");
    }
    for (const auto& rule : file.rules) {
        fuzz::require(!rule.id.empty() && !rule.requiredDtypes.empty(), "a rule that was taken is whole");
    }
    const auto rules = RuleSet::make(file.rules);
    std::vector<std::uint32_t> matching;
    for (const auto& key : {std::string("model.layers.0.linear_attn.A_log"), std::string(), std::string(5000, 'a'), std::string("\xff\0x", 3)}) {
        matching.clear();
        rules->matchKey(key, matching);
        for (std::size_t i = 0; i < matching.size(); ++i) {
            fuzz::require(matching[i] < rules->rules().size() && (i == 0 || matching[i - 1] < matching[i]), "matches ascend");
        }
    }
    return 0;
}
