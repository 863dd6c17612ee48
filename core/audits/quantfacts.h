// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/modelconfig.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope {

/// How one group of compressed-tensors' config_groups quantises its weights.
struct WeightScheme {
    std::string strategy; ///< "tensor", "channel", "group", "block" ...
    std::uint64_t groupSize = 0;
    std::uint64_t rows = 0; ///< of a block
    std::uint64_t columns = 0;
};

/// What config.json's quantization_config says, wherever the file keeps it.
struct QuantizationFacts {
    explicit QuantizationFacts(const ModelConfig& modelConfig);

    /// A value by its path below quantization_config; nullptr, empty or nullopt: not there, or of another kind.
    [[nodiscard]] const ConfigValue* value(std::string_view name) const;
    [[nodiscard]] std::string text(std::string_view name) const;
    [[nodiscard]] std::optional<std::uint64_t> number(std::string_view name) const; ///< above 0

    const ModelConfig& config;
    std::string method;                     ///< quant_method
    std::string format;                     ///< compressed-tensors'
    std::string algorithm;                  ///< ModelOpt's quant_algo
    std::optional<std::uint64_t> blockRows; ///< weight_block_size
    std::optional<std::uint64_t> blockColumns;
    std::vector<WeightScheme> schemes; ///< of config_groups
    bool perModule = false;            ///< some modules have settings of their own, or elements are packed in another integer than I32
};

} // namespace ckptscope
