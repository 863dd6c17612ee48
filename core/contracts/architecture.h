// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope {

/// What the keys alone say.
struct ArchitectureGuess {
    std::vector<std::string> names;    ///< several where keys do not tell them apart
    std::vector<std::string> evidence; ///< one sentence each
};

/// Looks for layers that only some architectures have; nullopt: the keys are not distinctive.
[[nodiscard]] std::optional<ArchitectureGuess> inferArchitecture(const Checkpoint& checkpoint);

/// What somebody may have meant by a name that no rule has: an architecture of that family ("qwen3_next"), or of nearly that name. Empty: none.
[[nodiscard]] std::string architectureMeant(std::string_view name, const RuleSet& rules);

/// What a check goes by, and what must be said about it.
struct ArchitectureDecision {
    ArchitectureChoice choice;
    std::vector<Finding> findings; ///< inferred, contradicted, or not known
};

/// The argument, else config.json's `architectures` (diffusers: `_class_name`), else GGUF's, else what the keys say, else `model_type`.
/// A config.json that names an architecture whose own layers are missing while another one's are there is not believed;
/// one that names an architecture nobody knows is believed, and the likeness is told. FSDP in front of a known name is left out.
[[nodiscard]] ArchitectureDecision chooseArchitecture(const Checkpoint& checkpoint, const std::string& argument, const RuleSet& rules);

} // namespace ckptscope
