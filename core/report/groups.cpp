// SPDX-License-Identifier: Apache-2.0
#include "core/report/groups.h"

#include "core/report/messages.h"

#include <map>

namespace ckptscope::report {

namespace {

std::string keyOf(const Checkpoint& checkpoint, const Finding& finding)
{
    return displayName(finding.tensor && *finding.tensor < checkpoint.tensors().size() ? checkpoint.tensors()[*finding.tensor].key
                                                                                       : std::string_view(finding.key));
}

} // namespace

std::string findingPlace(const Checkpoint& checkpoint, const Finding& finding, const NumberStyle& style)
{
    std::string place = keyOf(checkpoint, finding);
    if (!finding.file.empty() && (place.empty() || finding.what)) {
        place += (place.empty() ? "" : "  ") + displayName(finding.file);
    }
    if (finding.offset && finding.what) {
        place += (place.empty() ? "" : ", ") + std::string("byte ") + groupedNumber(*finding.offset, style);
    }
    return place;
}

std::vector<FindingGroup> groupFindings(const Checkpoint& checkpoint, const CheckReport& report, const NumberStyle& style)
{
    std::vector<FindingGroup> groups;
    std::map<std::pair<std::string, std::string>, std::size_t> places;
    for (const Finding& finding : report.findings) {
        std::string sentence;
        std::string hint;
        if (finding.what) {
            sentence = messageText(*finding.what, style);
            hint = fillMessage(hintTemplate(*finding.what), finding.what->args, style);
        } else {
            std::string_view have = dtypeName(finding.have);
            if (finding.have == DType::Unknown && finding.tensor) {
                have = checkpoint.tensors()[*finding.tensor].dtypeText();
            }
            sentence = displayName(have) + ", "
                + (finding.severity == Severity::Violation    ? dtypeChoice(finding.want) + " is required"
                       : finding.severity == Severity::Advice ? "some loaders keep " + dtypeChoice(finding.want)
                                                              : dtypeChoice(finding.want) + " is usual");
        }
        const auto [place, added] = places.emplace(std::pair(finding.rule + char('0' + static_cast<int>(finding.severity)), sentence), groups.size());
        if (added) {
            groups.push_back({finding.rule, finding.severity, sentence, hint, finding.ruleIndex, {}});
        }
        groups[place->second].findings.push_back(&finding);
    }
    return groups;
}

} // namespace ckptscope::report
