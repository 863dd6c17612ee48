// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fixreport.h"

namespace ckptscope::test {

CheckReport fp32Report(const Checkpoint& checkpoint)
{
    CheckReport report;
    report.profile = "default";
    report.rules = RuleSet::builtin();
    report.tensors.resize(checkpoint.tensors().size());
    for (std::uint32_t i = 0; i < checkpoint.tensors().size(); ++i) {
        const TensorInfo& tensor = checkpoint.tensors()[i];
        const bool tracked = tensor.key.ends_with("A_log") || tensor.key.ends_with("dt_bias");
        if (!tracked || tensor.dtype == DType::F32 || !isRealFloat(tensor.dtype)) {
            continue;
        }
        Finding finding;
        finding.rule = tensor.key.ends_with("A_log") ? "test.a_log" : "test.dt_bias";
        finding.severity = Severity::Violation;
        finding.tensor = i;
        finding.have = tensor.dtype;
        finding.want = {DType::F32};
        finding.fix = FindingFix{FindingFix::Op::Cast, DType::F32, isLosslessCast(tensor.dtype, DType::F32), {}};
        report.findings.push_back(finding);
    }
    report.counts[static_cast<std::size_t>(Severity::Violation)] = report.findings.size();
    report.verdict = report.findings.empty() ? Verdict::Clean : Verdict::Violations;
    return report;
}

} // namespace ckptscope::test
