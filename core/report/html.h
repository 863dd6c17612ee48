// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/model/checkpoint.h"
#include "core/model/roles.h"
#include "core/report/jsonwriter.h"
#include "core/text/text.h"

#include <string>
#include <string_view>
#include <vector>

namespace ckptscope::report {

/// Text between tags, or in a quoted attribute: & < > " ' as entities. A name out of a file goes through displayName()
/// first.
[[nodiscard]] std::string htmlText(std::string_view text);

/// A check as one HTML page that stands alone (no script, no link but to a rule's own https sources, nothing loaded)
/// and can be mailed: verdict, facts, dtypes, findings with why and where, roles, files. Light or dark as the reader's
/// system is. At most 200 places of a finding and 500 roles are listed, the rest counted.
void writeCheckHtml(const Checkpoint& checkpoint, const CheckReport& report, const std::vector<Role>& roles,
                    const Write& write, const NumberStyle& style = {});

} // namespace ckptscope::report
