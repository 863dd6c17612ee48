// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/dtype.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace ckptscope {

/// What becomes of a tensor that an index names.
struct IndexEntryChange {
    bool drop = false;
    std::string newKey; ///< empty: as it is
};

/// The text of an index with names and total_size brought up to date; everything else stays byte for byte (order, unknown keys, white space).
/// nullopt: nothing changes, or the text is no index. `change` is asked for each name in weight_map.
[[nodiscard]] std::optional<std::string> rewriteIndex(std::string_view text, const std::function<IndexEntryChange(const std::string&)>& change,
                                                      std::uint64_t totalSize);

/// An index whose weight_map and total_size are these, whatever it said; its other members stay. nullopt: it is no JSON object.
[[nodiscard]] std::optional<std::string> rebuildIndex(std::string_view text, const std::map<std::string, std::string>& weightMap,
                                                      std::uint64_t totalSize);

/// config.json for a model whose main dtype changed: `dtype` and `torch_dtype`, at the top and in sub-configs (not in quantization_config),
/// where they name the old one. nullopt: nothing changes. `to` must be F64, F32, F16 or BF16, or another that torch names.
[[nodiscard]] std::optional<std::string> rewriteConfigDtype(std::string_view text, DType from, DType to);

/// As torch writes it, without "torch.": "bfloat16"; empty: it has no name there.
[[nodiscard]] std::string_view torchDtypeName(DType dtype) noexcept;

} // namespace ckptscope
