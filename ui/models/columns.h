// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/query/order.h"
#include "ui/models/document.h"

#include <QString>
#include <QVariant>

#include <array>
#include <optional>
#include <string_view>

namespace ckptscope::ui {

/// What the flat list and the tree show of a tensor. A column is one enumerator and one line of columns().
enum class Column : int {
    Key,
    Verdict,
    DType,
    Wants,
    Shape,
    Elements,
    Size,
    Rule,
    BitsPerWeight,
    Shard,
    Offset,
    Min,
    Max,
    Mean,
    Std,
    Nan,
    Inf,
    Zero
};
inline constexpr int ColumnCount = 18;

struct ColumnSpec {
    Column column;
    const char* id;     ///< for settings
    const char* header; ///< QT_TRANSLATE_NOOP in context ckptscope::ui::Column
    SortKey sort;       ///< of the flat list; Key: path order
    bool right;         ///< aligned right, header and cells
    bool elideMiddle;
    int digits; ///< first width, in widths of "0"
};
[[nodiscard]] const std::array<ColumnSpec, ColumnCount>& columnSpecs() noexcept;
[[nodiscard]] const ColumnSpec& columnSpec(Column column) noexcept;
[[nodiscard]] QString columnHeader(Column column);
/// The statistic that a column shows; nullopt: it needs no scan.
[[nodiscard]] std::optional<Statistic> statisticOf(Column column) noexcept;
/// "-4.2", "12,345", "0.1 %", as this column writes it; a dash where nothing was scanned. `elements` is for shares.
[[nodiscard]] QString statisticText(std::optional<double> value, Column column, std::uint64_t elements);
/// Whether a column is shown before the user has chosen.
[[nodiscard]] bool shownFirst(Column column, const Document& document);

/// Columns that a scan brings into sight.
inline constexpr std::array ScanColumns{Column::Min, Column::Max, Column::Nan, Column::Inf, Column::Zero};

/// What a cell says of one tensor, as painted.
[[nodiscard]] QString cellText(const Document& document, std::uint32_t tensor, Column column);
/// The same with exact numbers and no units, for copies; the key as stored.
[[nodiscard]] QString exactText(const Document& document, std::uint32_t tensor, Column column);
[[nodiscard]] QString cellToolTip(const Document& document, std::uint32_t tensor, Column column);
/// The roles that are the same in list and tree: alignment, MarkRole, StrongRole, DTypeRole ...
[[nodiscard]] QVariant cellRole(const Document& document, std::uint32_t tensor, Column column, int role);
/// A whole row in one sentence, for screen readers: "A_log, violation, BF16, wants F32, 64 elements".
[[nodiscard]] QString spokenRow(const Document& document, std::uint32_t tensor, const QString& name);

/// Why a missing tensor is missing, in one sentence.
[[nodiscard]] QString missingText(const Document& document, std::uint32_t tensor);

/// "F32", "F32 or BF16"; empty where no rule covers the tensor.
[[nodiscard]] QString wantsText(const Document& document, std::uint32_t tensor);
/// Stored bits a weight; nullopt for an empty tensor.
[[nodiscard]] std::optional<double> bitsPerWeight(std::uint64_t bytes, std::uint64_t elements) noexcept;
[[nodiscard]] QString bitsText(std::uint64_t bytes, std::uint64_t elements);

} // namespace ckptscope::ui
