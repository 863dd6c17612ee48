// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/mute.h"

#include <algorithm>
#include <iterator>

namespace ckptscope {

namespace {

/// Findings are sorted, so the first that names a tensor is its worst.
void markTensors(CheckReport& report)
{
    for (TensorVerdict& verdict : report.tensors) {
        verdict.finding = UINT32_MAX;
        verdict.worst = Severity::Note;
    }
    for (std::uint32_t n = 0; n < report.findings.size(); ++n) {
        const Finding& finding = report.findings[n];
        const auto mark = [&](std::uint32_t tensor) {
            if (tensor < report.tensors.size() && report.tensors[tensor].finding == UINT32_MAX) {
                report.tensors[tensor].finding = n;
                report.tensors[tensor].worst = finding.severity;
            }
        };
        if (finding.tensor) {
            mark(*finding.tensor);
        }
        std::for_each(finding.others.begin(), finding.others.end(), mark);
    }
}

} // namespace

bool canMute(const CheckReport& report, std::string_view rule) noexcept
{
    bool any = false;
    for (const Finding& finding : report.findings) {
        if (finding.rule == rule) {
            any = true;
            if (finding.severity == Severity::Error) {
                return false;
            }
        }
    }
    return any;
}

std::shared_ptr<const CheckReport> withoutRules(std::shared_ptr<const CheckReport> report, const MutedRules& muted)
{
    MutedRules gone;
    std::copy_if(muted.begin(), muted.end(), std::inserter(gone, gone.end()), [&](const std::string& rule) { return canMute(*report, rule); });
    if (gone.empty()) {
        return report;
    }
    auto out = std::make_shared<CheckReport>(*report);
    std::erase_if(out->findings, [&](const Finding& finding) { return gone.contains(finding.rule); });
    out->counts = {};
    for (const Finding& finding : out->findings) {
        ++out->counts[static_cast<std::size_t>(finding.severity)];
    }
    if (out->rules) {
        for (TensorVerdict& verdict : out->tensors) {
            if (verdict.judged && verdict.rule < out->rules->rules().size() && gone.contains(out->rules->rules()[verdict.rule].id)) {
                verdict.judged = false;
                verdict.rule = UINT32_MAX;
                --out->tensorsChecked;
            }
        }
    }
    std::erase_if(out->rulesApplied, [&](const std::string& rule) { return gone.contains(rule); });
    markTensors(*out);
    // Errors stay, so damage and danger do. Where no rule is left that covers a tensor, nothing was judged.
    const bool errors = out->count(Severity::Error) > 0;
    if (!errors && out->verdict != Verdict::NoContract) {
        out->verdict = out->count(Severity::Violation) > 0           ? Verdict::Violations
            : out->tensorsChecked == 0 && report->tensorsChecked > 0 ? Verdict::NoContract
            : out->count(Severity::Advice) > 0                       ? Verdict::Advice
                                                                     : Verdict::Clean;
    }
    return out;
}

Result<std::shared_ptr<const CheckReport>> runChecksWithout(const MutedRules& muted, const Checkpoint& checkpoint, const CheckOptions& options,
                                                            const JobContext& job)
{
    auto report = runChecks(checkpoint, options, job);
    if (report && !muted.empty()) {
        return withoutRules(*std::move(report), muted);
    }
    return report;
}

} // namespace ckptscope
