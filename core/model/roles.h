// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/checkpoint.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ckptscope {

/// One name pattern, numbers collapsed to how many there are: "model.layers.[48].mlp.experts.[512].up_proj.weight".
struct Role {
    std::string pattern;
    std::vector<std::uint32_t> tensors;                        ///< indexes, in path order
    std::vector<std::vector<std::uint64_t>> shapes;            ///< distinct, first seen first; at most 64
    std::vector<std::pair<std::string, std::uint64_t>> dtypes; ///< spelling, count; most frequent first
    std::uint64_t bytes = 0;
    std::uint64_t elements = 0; ///< saturating
    /// Number tuples absent from a sequence that should be whole: {{17}} where layer 17 has no such tensor, {{3, 511}} where layer 3
    /// lacks expert 511; ascending, at most 1,000. See rolegaps.h for what "should" means.
    std::vector<std::vector<std::uint64_t>> missing;
    std::vector<std::uint32_t> odd; ///< tensors whose dtype differs from most of their siblings, where fewer than a quarter do
};

/// Groups tensors by pattern, in path order of the patterns. A dotted part that is all digits (at most 18) is a number.
[[nodiscard]] std::vector<Role> findRoles(const Checkpoint& checkpoint);

} // namespace ckptscope
