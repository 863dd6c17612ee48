// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/model/checkpoint.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope {

/// Why a filter expression was not understood.
struct FilterError {
    Error what;              ///< code and args
    std::size_t position = 0;///< byte position in the expression of the wrong part
    std::size_t length = 0;
    std::string suggestion;  ///< the nearest word; empty: none
};

/// What a filter can look at, beside the tensors themselves. Any pointer may be null: then its fields match nothing.
struct FilterContext {
    const Checkpoint* checkpoint = nullptr;
    const CheckReport* report = nullptr;
};

/// A parsed filter expression; the language is that of ui.md: `dtype:BF16 rule:gdn *.A_log size>1MiB violation`.
class Filter {
public:
    struct Node;
    static std::variant<Filter, FilterError> parse(std::string_view text);
    Filter(Filter&&) noexcept;
    Filter& operator=(Filter&&) noexcept;
    ~Filter();
    /// An empty expression matches everything.
    [[nodiscard]] bool matchesAll() const noexcept;
    /// One byte a tensor of the checkpoint, 1 where it matches.
    [[nodiscard]] std::vector<std::uint8_t> match(const FilterContext& context, const JobContext& job = {}) const;

private:
    Filter();
    std::unique_ptr<Node> m_root;
};

/// Completions for the word at `cursor`: fields and values, at most 12.
struct FilterCompletion {
    std::size_t start = 0; ///< byte range of the expression that a choice replaces
    std::size_t length = 0;
    std::vector<std::string> choices;
};
[[nodiscard]] FilterCompletion completeFilter(std::string_view text, std::size_t cursor, const FilterContext& context);

/// One row of the language's table, for help.
struct FilterHelpRow {
    std::string_view write;
    std::string_view means;
};
[[nodiscard]] std::span<const FilterHelpRow> filterHelp() noexcept;

} // namespace ckptscope
