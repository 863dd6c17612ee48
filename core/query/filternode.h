// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/query/filter.h"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

// Private to core/query: what a parsed filter is made of, and the tables that parser, matcher and completion share.
namespace ckptscope::query {

enum class Field : std::uint8_t { DType, Rule, Wants, Shard, Layer, Is, Size, Elements, Rank, Offset, Shape, Dim, Statistic, Change };

/// What a field's values look like, and with what it can be compared.
enum class FieldKind : std::uint8_t {
    Words, ///< only `name:list`
    Bytes, ///< `name:list` of numbers and ranges, and op number; units of bytes
    Count, ///< the same; units K M B T
    Real   ///< the same; any number, % where a share makes sense
};

struct FieldSpec {
    std::string_view name;
    Field field;
    FieldKind kind;
    Statistic statistic = Statistic::Min; ///< for Field::Statistic
};
[[nodiscard]] std::span<const FieldSpec> fieldSpecs() noexcept;
/// ASCII case ignored; nullptr: none.
[[nodiscard]] const FieldSpec* findField(std::string_view name) noexcept;

enum class State : std::uint8_t { Error, Violation, Advice, Note, Laundered, Nan, Inf, Zero, Constant, Empty, Scalar, Damaged, Missing, Edited };

struct StateSpec {
    std::string_view name;
    State state;
    bool bare;             ///< may stand alone as a word
    std::string_view scan; ///< the finding's id that a scan gives; empty: no scan needed
};
[[nodiscard]] std::span<const StateSpec> stateSpecs() noexcept;

struct ChangeSpec {
    std::string_view name;
    Change change;
};
[[nodiscard]] std::span<const ChangeSpec> changeSpecs() noexcept;

/// Families that `dtype:` knows beside single dtypes.
struct DTypeGroup {
    std::string_view name;
    bool (*holds)(DType dtype) noexcept;
};
[[nodiscard]] std::span<const DTypeGroup> dtypeGroups() noexcept;

/// Numbers from `low` to `high`; infinities where open.
struct Interval {
    long double low = 0;
    long double high = 0;
    bool lowOpen = false; ///< `low` itself is not in it
    bool highOpen = false;
    bool percent = false; ///< of the tensor's elements
    [[nodiscard]] bool holds(long double value) const noexcept
    {
        return (lowOpen ? value > low : value >= low) && (highOpen ? value < high : value <= high);
    }
};

/// "64", "4096x*": nullopt in `dims` is a wildcard.
struct ShapePattern {
    std::vector<std::optional<std::uint64_t>> dims;
};

[[nodiscard]] std::string lowerAscii(std::string_view text);

} // namespace ckptscope::query

namespace ckptscope {

struct Filter::Node {
    enum class Kind : std::uint8_t { And, Or, Not, Text, Glob, Regex, FieldTest } kind = Kind::And;
    std::vector<std::unique_ptr<Node>> children; ///< And, Or, Not
    std::string text;                            ///< Text: lower-cased; Glob
    std::unique_ptr<re2::RE2> regex;
    query::Field field = query::Field::DType;
    Statistic statistic = Statistic::Min;
    std::array<bool, 256> dtypes{};         ///< DType, Wants: by DType
    std::vector<std::string> words;         ///< DType: other spellings and globs; Rule, Shard: lower-cased
    std::vector<query::Interval> intervals; ///< numbers
    std::vector<query::State> states;
    std::vector<query::ShapePattern> shapes;
    std::vector<Change> changes;
    std::string_view scanWord; ///< not empty: needs a scan
    Node();
    ~Node();
};

} // namespace ckptscope
