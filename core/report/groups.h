// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/model/checkpoint.h"
#include "core/text/text.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ckptscope::report {

/// Findings that are said together: those of one rule, dtype and severity; an audit's each by itself where its sentence
/// names things.
struct FindingGroup {
    std::string rule;
    Severity severity = Severity::Note;
    std::string sentence;                 ///< plain text, names in it made showable
    std::string hint;                     ///< what can be done; may be empty
    std::uint32_t ruleIndex = UINT32_MAX; ///< into CheckReport::rules
    std::vector<const Finding*> findings; ///< of the report: valid while it lives
};
/// In the order of the report: worst first.
[[nodiscard]] std::vector<FindingGroup> groupFindings(const Checkpoint& checkpoint, const CheckReport& report, const NumberStyle& style = {});
/// Key, file and byte of a finding, made showable; empty: it is of the whole checkpoint.
[[nodiscard]] std::string findingPlace(const Checkpoint& checkpoint, const Finding& finding, const NumberStyle& style = {});

} // namespace ckptscope::report
