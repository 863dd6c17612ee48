// SPDX-License-Identifier: Apache-2.0
#include "core/audits/quantfacts.h"

#include <algorithm>
#include <map>

namespace ckptscope {

namespace {

/// quantization_config.config_groups.NAME.weights.*, by name.
std::vector<WeightScheme> weightSchemes(const ModelConfig& config)
{
    constexpr std::string_view Groups = "quantization_config.config_groups.";
    constexpr std::string_view Weights = ".weights.";
    std::map<std::string_view, WeightScheme> groups;
    for (const auto& [path, value] : config.values) {
        const auto at = path.find(Groups);
        const auto weights = path.find(Weights);
        if (at == std::string::npos || weights == std::string::npos || weights < at + Groups.size()) {
            continue;
        }
        WeightScheme& scheme = groups[std::string_view(path).substr(0, weights)];
        const std::string_view name = std::string_view(path).substr(weights + Weights.size());
        const auto* number = std::get_if<std::int64_t>(&value);
        const auto size = number != nullptr && *number > 0 ? static_cast<std::uint64_t>(*number) : 0;
        if (const auto* text = std::get_if<std::string>(&value); text != nullptr && name == "strategy") {
            scheme.strategy = *text;
        } else if (name == "group_size") {
            scheme.groupSize = size;
        } else if (name == "block_structure.0") {
            scheme.rows = size;
        } else if (name == "block_structure.1") {
            scheme.columns = size;
        }
    }
    std::vector<WeightScheme> schemes;
    schemes.reserve(groups.size());
    for (auto& [name, scheme] : groups) {
        schemes.push_back(std::move(scheme));
    }
    return schemes;
}

} // namespace

QuantizationFacts::QuantizationFacts(const ModelConfig& modelConfig)
    : config(modelConfig)
    , method(text("quant_method"))
    , format(text("format"))
    , algorithm(text("quant_algo"))
    , blockRows(number("weight_block_size.0"))
    , blockColumns(number("weight_block_size.1"))
    , schemes(weightSchemes(modelConfig))
    , perModule(std::any_of(modelConfig.values.begin(), modelConfig.values.end(), [](const auto& entry) {
        return entry.first.find("quantization_config.dynamic.") != std::string::npos || entry.first.ends_with("quantization_config.pack_dtype");
    }))
{
}

const ConfigValue* QuantizationFacts::value(std::string_view name) const
{
    for (const std::string_view part : {"", "text_config.", "language_config.", "llm_config."}) {
        if (const auto* found = config.find(std::string(part) + "quantization_config." + std::string(name))) {
            return found;
        }
    }
    return nullptr;
}

std::string QuantizationFacts::text(std::string_view name) const
{
    const auto* found = value(name);
    const auto* words = found != nullptr ? std::get_if<std::string>(found) : nullptr;
    return words != nullptr ? *words : std::string();
}

std::optional<std::uint64_t> QuantizationFacts::number(std::string_view name) const
{
    const auto* found = value(name);
    const auto* whole = found != nullptr ? std::get_if<std::int64_t>(found) : nullptr;
    return whole != nullptr && *whole > 0 ? std::optional(static_cast<std::uint64_t>(*whole)) : std::nullopt;
}

} // namespace ckptscope
