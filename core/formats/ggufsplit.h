// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/checkpoint.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ckptscope {

/// "PREFIX-00002-of-00003.gguf", as llama.cpp names the parts of a split model (ggml-org/llama.cpp include/llama.h llama_split_path).
struct GgufPartName {
    std::string_view prefix;
    std::uint32_t number = 0; ///< from 1
    std::uint32_t count = 0;
};
[[nodiscard]] std::optional<GgufPartName> parseGgufPartName(std::string_view file) noexcept;
[[nodiscard]] std::string ggufPartName(std::string_view prefix, std::uint32_t number, std::uint32_t count);

/// Compares the parts of a split GGUF with one another as llama.cpp's loader does (src/llama-model-loader.cpp): parts that are missing,
/// numbers and counts that contradict names, tensors that two parts hold. Adds to parts.problems; does nothing to a file that is whole.
void checkGgufSplit(CheckpointParts& parts);

} // namespace ckptscope
