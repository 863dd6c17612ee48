// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"

#include <optional>
#include <string>
#include <vector>

namespace ckptscope {

/// What the keys alone say.
struct ArchitectureGuess {
    std::vector<std::string> names;    ///< several where keys do not tell them apart
    std::vector<std::string> evidence; ///< one sentence each
};

/// Looks for layers that only some architectures have; nullopt: the keys are not distinctive.
[[nodiscard]] std::optional<ArchitectureGuess> inferArchitecture(const Checkpoint& checkpoint);

/// What a check goes by, and what must be said about it.
struct ArchitectureDecision {
    ArchitectureChoice choice;
    std::vector<Finding> findings; ///< inferred, contradicted, or not known
};

/// The argument, else config.json's `architectures` (diffusers: `_class_name`), else GGUF's, else what the keys say.
/// A config.json that names an architecture whose own layers are missing while another one's are there is not believed;
/// one that names an architecture nobody knows is believed, and the likeness is told.
[[nodiscard]] ArchitectureDecision chooseArchitecture(const Checkpoint& checkpoint, const std::string& argument, const RuleSet& rules);

} // namespace ckptscope
