// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/fix/apply.h"
#include "core/model/checkpoint.h"
#include "core/model/roles.h"
#include "core/report/jsonwriter.h"
#include "core/text/text.h"
#include "core/values/drift.h"
#include "core/values/valuescan.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope::report {

/// Text between tags, or in a quoted attribute: & < > " ' as entities. A name out of a file goes through displayName()
/// first.
[[nodiscard]] std::string htmlText(std::string_view text);

/// What a page shows beside a check: plots of what was read, and a repair's receipt.
struct HtmlExtras {
    std::vector<Decay> decays; ///< none: no section about half-lives
    std::vector<DecayValues> decayValues;
    std::optional<DonorDecays> donor;     ///< of these decays
    std::vector<TensorValues> statistics; ///< none: no section about statistics
    std::uint64_t moreStatistics = 0;     ///< tensors that were read and are not in the list
    std::optional<Receipt> receipt;       ///< then the page is about the repair, and the check is what was before
};
/// Rows of statistics in a page.
inline constexpr std::size_t HtmlStatistics = 1000;

/// Reads the decay parameters, kilobytes of a checkpoint, for a page's plots. Fails only with Code::Cancelled.
Result<HtmlExtras> readHtmlExtras(const std::shared_ptr<const Checkpoint>& checkpoint, const JobContext& job = {});

/// A check as one HTML page that stands alone (no script, no link but to a rule's own https sources, nothing loaded)
/// and can be mailed: verdict, facts, where the bytes are, findings with why and where, half-lives, statistics, roles,
/// files; with a receipt that first. Plots are inline SVG. Light or dark as the reader's system is. At most 200 places
/// of a finding, 500 roles, 1,000 rows of statistics and 1,000 edits are listed, the rest counted.
void writeCheckHtml(const std::shared_ptr<const Checkpoint>& checkpoint, const CheckReport& report, const std::vector<Role>& roles,
                    const Write& write, const NumberStyle& style = {}, const HtmlExtras& extras = {});

} // namespace ckptscope::report
