// SPDX-License-Identifier: Apache-2.0
#include "core/fix/fixable.h"

#include <algorithm>

namespace ckptscope {

Fixable fixable(const Checkpoint& checkpoint, const CheckReport& report)
{
    Fixable out;
    out.whole = !checkpoint.damaged();
    bool several = false;
    for (const Finding& finding : report.findings) {
        out.laundered += finding.what && finding.what->code == Code::ValuesLaunderedContract ? 1 : 0;
        if (!finding.fix) {
            continue;
        }
        ++out.any;
        if (finding.severity != Severity::Violation) {
            continue;
        }
        ++out.violations;
        if (finding.fix->op == FindingFix::Op::Cast) {
            several = several || (out.to != DType::Unknown && out.to != finding.fix->to);
            out.to = finding.fix->to;
        }
    }
    out.to = several ? DType::Unknown : out.to;
    if (!report.rules) {
        return out;
    }
    const auto& rules = report.rules->rules();
    const std::size_t count = std::min(report.tensors.size(), checkpoint.tensors().size());
    for (std::size_t i = 0; i < count; ++i) {
        const TensorVerdict& verdict = report.tensors[i];
        const TensorInfo& tensor = checkpoint.tensors()[i];
        if (!verdict.judged || verdict.rule >= rules.size() || tensor.dtype != DType::F32 || !tensor.readable()) {
            continue;
        }
        const auto& wanted = rules[verdict.rule].requiredDtypes;
        out.widened += std::find(wanted.begin(), wanted.end(), DType::F32) != wanted.end() ? 1 : 0;
    }
    return out;
}

} // namespace ckptscope
