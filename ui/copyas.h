// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/document.h"

#include <QList>
#include <QString>

namespace ckptscope::ui {

/// How rows can be copied. Numbers are exact; keys are raw except in Table, where control characters are escaped.
enum class CopyFormat { Table, Key, Csv, Markdown, Json, Filter, Python };

/// The text for the clipboard. `columns` are of enum Column, in the order shown.
[[nodiscard]] QString copyText(const Document& document, const Rows& tensors, const QList<int>& columns, CopyFormat format);
/// The findings, muted ones too, a row for each tensor or file, as Csv or Markdown; numbers are exact and keys raw.
[[nodiscard]] QString findingsText(const Document& document, CopyFormat format);
/// Above this many rows copying is a job.
inline constexpr std::size_t DirectCopy = 10'000;

/// RFC 4180; a cell that a spreadsheet would take for a formula gets a leading apostrophe.
[[nodiscard]] QString csvCell(const QString& text);
/// Python's repr() of a str.
[[nodiscard]] QString pythonRepr(const QString& text);

} // namespace ckptscope::ui
