// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/report/html.h"

#include <string>
#include <string_view>

/// Parts of the HTML page; private to it.
namespace ckptscope::report {

/// A name out of a file, on one line, as text of the page.
[[nodiscard]] std::string shown(std::string_view name, std::size_t limit = 500);

/// "Written and verified: OUT. 72 tensors changed, 93,624 byte-identical.": plain text.
[[nodiscard]] std::string receiptSentence(const Receipt& receipt, const NumberStyle& style);
void writeReceiptSection(const Receipt& receipt, const Write& write, const NumberStyle& style);

/// Half-lives, drift and values of decay parameters; nothing where there are none.
void writeDecaySection(const Checkpoint& checkpoint, const HtmlExtras& extras, const Write& write, const NumberStyle& style);
void writeStatisticsSection(const Checkpoint& checkpoint, const HtmlExtras& extras, const Write& write, const NumberStyle& style);

} // namespace ckptscope::report
