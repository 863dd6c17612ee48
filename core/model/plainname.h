// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/checkpoint.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ckptscope {

/// A key without what trainers and loaders put around it. Anywhere: NeMo's holder `_fp32_params.` and the modules of torch's wrappers
/// `_fsdp_wrapped_module.`, `_checkpoint_wrapped_module.`, `_orig_mod.`; in front: `module.`, `state_dict.`, `model.`, `language_model.`
/// and the like. Two keys of one tensor in two checkpoints have one plain name.
[[nodiscard]] std::string plainName(std::string_view key);

/// Finds the namesakes of other checkpoints' tensors in one checkpoint.
class NameMatcher {
public:
    /// `checkpoint` must outlive the matcher.
    explicit NameMatcher(const Checkpoint& checkpoint);

    /// The tensor of the same key first, else the only one of the same plainName() (of several, the only one of this
    /// shape): no guesses.
    [[nodiscard]] std::optional<std::uint32_t> find(const TensorInfo& tensor) const;

private:
    const Checkpoint& m_checkpoint;
    std::unordered_map<std::string, std::vector<std::uint32_t>> m_byPlainName;
};

} // namespace ckptscope
