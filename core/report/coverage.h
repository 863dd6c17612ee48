// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/rule.h"
#include "core/report/text.h"

#include <string_view>
#include <vector>

/// Which rules speak of which models.
namespace ckptscope::report {

/// One line an architecture, in the order of their names: how many rules name it, and which.
void writeCoverageText(const std::vector<Rule>& rules, const TextStyle& style, const Write& write);

/// docs/coverage.md: every architecture with its rules, every rule with what it asks for and where that stands. The
/// same rules give the same bytes, whatever the locale. `version` is RuleSet::databaseVersion().
void writeCoverageMarkdown(const std::vector<Rule>& rules, std::string_view version, const Write& write);

} // namespace ckptscope::report
