// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace ckptscope {

struct RuleFile;

/// A file of resources/ that was compiled in, see cmake/EmbedFiles.cmake.
struct EmbeddedFile {
    std::string_view name; ///< without folder: "gdn.json"
    std::string_view text;
};

/// parseRuleFile() of a file that was compiled in: every start of the program would try its patterns and examples anew, so the tests do
/// it instead.
[[nodiscard]] RuleFile parseEmbeddedRules(const EmbeddedFile& embedded);

extern const EmbeddedFile EmbeddedRules[]; ///< resources/contracts/*.json, by name
extern const std::size_t EmbeddedRulesCount;
extern const EmbeddedFile EmbeddedScore[]; ///< resources/coverage/score.md: how the rules score, as the scoring script wrote it
extern const std::size_t EmbeddedScoreCount;

} // namespace ckptscope
