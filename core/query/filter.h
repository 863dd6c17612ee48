// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/model/checkpoint.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ckptscope {

/// Why a filter expression was not understood.
struct FilterError {
    Error what;               ///< code and args
    std::size_t position = 0; ///< byte position in the expression of the wrong part
    std::size_t length = 0;
    std::string suggestion; ///< the nearest word; empty: none
};

/// Numbers that only a scan of the elements gives.
enum class Statistic : std::uint8_t { Min, Max, Mean, Std, AbsMax, Nan, Inf, Zero };

/// How a tensor of one checkpoint differs from its namesake in another.
enum class Change : std::uint8_t { DType, Shape, Value, Added, Removed };

/// Every key, ASCII-lower-cased, in one buffer: a substring search then walks memory once. Build it once a checkpoint and hand it in;
/// a filter without it builds its own each time.
struct KeyText {
    std::string buffer;                ///< keys with '\n' between
    std::vector<std::uint64_t> starts; ///< where key i starts; the last one is the end
    static std::shared_ptr<const KeyText> make(const Checkpoint& checkpoint);
};

/// What a filter can look at, beside the tensors themselves. Anything may be null or empty: then its fields match nothing.
struct FilterContext {
    const Checkpoint* checkpoint = nullptr;
    const CheckReport* report = nullptr;
    const KeyText* keys = nullptr;
    const std::vector<std::uint8_t>* edited = nullptr; ///< one a tensor: a fix would change it
    /// nullopt: this tensor was not scanned yet. Nan, Inf and Zero are counts.
    std::function<std::optional<double>(std::uint32_t tensor, Statistic statistic)> statistic;
    std::function<bool(std::uint32_t tensor, Change change)> change;
};

/// A parsed filter expression; the language is `dtype:BF16 rule:gdn *.A_log size>1MiB violation`, see filterHelp().
///
///     query = alt { "OR" alt }          alt  = term { term }            (a space means AND)
///     term  = [ "-" ] ( "(" query ")" | field | word )
///     word  = text | "quoted text" | glob with * ? | /regex/
///     field = name ( ":" list | op number )      op = > >= < <= =
///
/// Text is a substring of the key with ASCII case ignored; globs match the whole key and regexes (RE2) are searched, both by case.
/// Inside quotes a backslash takes the next character as it is.
class Filter {
public:
    struct Node;
    /// Never throws; refuses what is longer than 4 MiB or nests deeper than 100.
    static std::variant<Filter, FilterError> parse(std::string_view text);
    Filter(Filter&&) noexcept;
    Filter& operator=(Filter&&) noexcept;
    ~Filter();
    /// An empty expression matches everything.
    [[nodiscard]] bool matchesAll() const noexcept;
    /// The first word that only a scan of the elements can answer ("nan", "laundered"); empty: none.
    [[nodiscard]] std::string_view needsScan() const noexcept;
    /// The first word that only a second checkpoint can answer ("change"); empty: none.
    [[nodiscard]] std::string_view needsComparison() const noexcept;
    /// It asks for findings, rules or wanted dtypes: without a report those words match nothing.
    [[nodiscard]] bool needsReport() const noexcept;
    /// It asks for what a fix would change (is:edited): its answer changes with every edit by hand.
    [[nodiscard]] bool needsEdits() const noexcept;
    /// One byte a tensor of the checkpoint, 1 where it matches. After a stop request what it returns means nothing.
    [[nodiscard]] std::vector<std::uint8_t> match(const FilterContext& context, const JobContext& job = {}) const;

private:
    Filter();
    std::unique_ptr<Node> m_root;
};

/// A key as a quoted word that finds it again.
[[nodiscard]] std::string filterQuoted(std::string_view key);

/// "unknown field 'dtyp'. Did you mean dtype?"
[[nodiscard]] std::string filterErrorText(const FilterError& error);

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
