// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace ckptscope {

/// A file of resources/ that was compiled in, see cmake/EmbedFiles.cmake.
struct EmbeddedFile {
    std::string_view name; ///< without folder: "gdn.json"
    std::string_view text;
};

extern const EmbeddedFile EmbeddedRules[]; ///< resources/contracts/*.json, by name
extern const std::size_t EmbeddedRulesCount;
extern const EmbeddedFile EmbeddedScore[]; ///< resources/coverage/score.md: how the rules score, as the scoring script wrote it
extern const std::size_t EmbeddedScoreCount;

} // namespace ckptscope
