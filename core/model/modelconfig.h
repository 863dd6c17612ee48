// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ckptscope {

/// A scalar of config.json.
using ConfigValue = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string>;
[[nodiscard]] std::string configText(const ConfigValue& value);

/// config.json, or an adapter's adapter_config.json, flattened: dotted path -> scalar ("text_config.num_hidden_layers", list items as "architectures.0").
class ModelConfig {
public:
    enum class State : std::uint8_t { Absent, Ok, Broken };

    /// A byte order mark in front is skipped. Never fails: what is not JSON, nests too deep or is no object gives State::Broken and `why`.
    static ModelConfig parse(std::string text, std::string file);

    State state = State::Absent;
    bool adapter = false;                                    ///< it is PEFT's: speaks of an adapter, and names its base model at most
    std::string file;                                        ///< as shown
    std::string text;                                        ///< the file as it is
    std::string why;                                         ///< for Broken
    std::optional<std::uint64_t> brokenAt;                   ///< byte offset of the break
    std::vector<std::pair<std::string, ConfigValue>> values; ///< in file order

    /// `architectures` at the top; where that has none, the first nested object that has it (text_config, llm_config ...).
    /// Only a list of strings counts, as NeMo's functions have it: a plain string, null or a missing key gives none.
    std::vector<std::string> architectures;
    std::string architecturesFrom; ///< dotted path of that list; empty: none

    /// nullptr: not there. Exact dotted path.
    [[nodiscard]] const ConfigValue* find(std::string_view path) const noexcept;
    /// Dimension `name` at the top, else in text_config, language_config, llm_config, thinker_config.text_config.
    [[nodiscard]] std::optional<std::int64_t> dimension(std::string_view name) const noexcept;
};

} // namespace ckptscope
