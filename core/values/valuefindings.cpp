// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/findingorder.h"
#include "core/text/text.h"
#include "core/values/valuescan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>

namespace ckptscope {

namespace {

/// exp(-20) forgets half in about 5e8 tokens, exp(10) within a token: trained models stay far inside (they start from log(1) to log(16)).
constexpr double LeastALog = -20;
constexpr double MostALog = 10;
/// A tensor is called denormal-heavy above this share of its values that are not zero.
constexpr std::uint64_t DenormalShare = 10;
constexpr std::uint64_t FewDenormals = 8;

std::string_view lastPart(std::string_view key) noexcept
{
    const std::size_t dot = key.rfind('.');
    return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

bool contains(std::string_view text, std::string_view word) noexcept
{
    return text.find(word) != std::string_view::npos;
}

class Judge {
public:
    Judge(const Checkpoint& checkpoint, std::uint32_t tensor, const Statistics& statistics, const CheckReport* report)
        : m_checkpoint(checkpoint)
        , m_index(tensor)
        , m_tensor(checkpoint.tensors()[tensor])
        , m_values(statistics)
        , m_report(report)
    {
    }

    std::vector<Finding> judge()
    {
        odd();
        if (m_values.finite == m_values.count && m_values.count > 1) {
            same();
        }
        const bool hasSubnormals =
            m_tensor.dtype == DType::F16 || m_tensor.dtype == DType::BF16 || m_tensor.dtype == DType::F32 || m_tensor.dtype == DType::F64;
        if (hasSubnormals && m_values.denormals >= FewDenormals && m_values.denormals > (m_values.finite - m_values.zeros) / DenormalShare) {
            add(Code::ValuesDenormal, {std::to_string(m_values.denormals), std::to_string(m_values.count)});
        }
        if (m_values.notBool > 0) {
            add(Code::ValuesBool, {std::to_string(m_values.notBool), std::to_string(m_values.count)});
        }
        if (m_values.laundered(m_tensor.dtype)) {
            laundered();
        }
        range();
        return std::move(m_findings);
    }

private:
    void add(Code code, std::vector<std::string> args, std::optional<Severity> severity = std::nullopt, std::string rule = {})
    {
        Finding finding;
        finding.rule = rule.empty() ? std::string(codeInfo(code).id) : std::move(rule);
        finding.severity = severity.value_or(codeInfo(code).severity);
        finding.tensor = m_index;
        finding.file = m_checkpoint.shards()[m_tensor.shard].file;
        finding.have = m_tensor.dtype;
        finding.what = inFile(fail(code, std::move(args)), finding.file);
        m_findings.push_back(std::move(finding));
    }

    void odd()
    {
        if (m_values.nan > 0) {
            add(Code::ValuesNan, {std::to_string(m_values.nan), std::to_string(m_values.count)});
        }
        if (m_values.inf() > 0) {
            const std::string_view part = lastPart(m_tensor.key);
            const bool mask = m_values.positiveInf == 0 && m_values.nan == 0 && (contains(part, "mask") || contains(part, "causal"));
            add(Code::ValuesInf, {std::to_string(m_values.inf()), std::to_string(m_values.negativeInf), std::to_string(m_values.count)},
                mask ? std::optional(Severity::Note) : std::nullopt);
        }
    }

    void same()
    {
        if (m_values.zeros == m_values.count) {
            // biases, norms kept as a difference from one, and fresh LoRA halves are zero in sound models
            const bool weight =
                m_tensor.shape.size() >= 2 && isRealFloat(m_tensor.dtype) && !contains(m_tensor.key, "lora") && !m_tensor.key.ends_with("bias");
            add(Code::ValuesZero, {std::to_string(m_values.count)}, weight ? Severity::Advice : Severity::Note);
        } else if (m_values.constant) {
            add(Code::ValuesConstant, {m_values.minText, std::to_string(m_values.count)});
        }
    }

    [[nodiscard]] bool wantedInF32() const
    {
        if (m_report == nullptr || m_index >= m_report->tensors.size() || m_report->rules == nullptr) {
            return false;
        }
        const TensorVerdict& verdict = m_report->tensors[m_index];
        const auto& rules = m_report->rules->rules();
        if (!verdict.judged || verdict.rule >= rules.size()) {
            return false;
        }
        const auto& wanted = rules[verdict.rule].requiredDtypes;
        return std::find(wanted.begin(), wanted.end(), DType::F32) != wanted.end();
    }

    void laundered()
    {
        const DType from = m_values.launderedFrom();
        std::vector<std::string> args{std::string(m_tensor.dtypeText()), std::string(dtypeName(from))};
        if (!wantedInF32()) {
            add(Code::ValuesLaundered, std::move(args));
            return;
        }
        args.emplace_back(from == DType::BF16 ? "0.2 % (1 part in 512)" : "0.024 % (1 part in 4096)");
        add(Code::ValuesLaunderedContract, std::move(args), std::nullopt, std::string(codeInfo(Code::ValuesLaundered).id));
    }

    void range()
    {
        if (m_values.finite == 0) {
            return;
        }
        const std::string_view part = lastPart(m_tensor.key);
        if (part == "A_log" && (m_values.min < LeastALog || m_values.max > MostALog)) {
            add(Code::ValuesRange, {m_values.minText, m_values.maxText, numberText(LeastALog), numberText(MostALog), "A_log"});
        } else if (part == "ssm_a" && (m_values.max >= 0 || m_values.min < -std::exp(MostALog) || m_values.max > -std::exp(LeastALog))) {
            // GGUF holds -exp(A_log)
            add(Code::ValuesRange, {m_values.minText, m_values.maxText, "-22026", "-2e-09", "ssm_a"});
        }
    }

    const Checkpoint& m_checkpoint;
    std::uint32_t m_index;
    const TensorInfo& m_tensor;
    const Statistics& m_values;
    const CheckReport* m_report;
    std::vector<Finding> m_findings;
};

} // namespace

std::vector<Finding> valueFindings(const Checkpoint& checkpoint, std::uint32_t tensor, const Statistics& statistics, const CheckReport* report)
{
    return Judge(checkpoint, tensor, statistics, report).judge();
}

std::shared_ptr<const CheckReport> withFindings(const Checkpoint& checkpoint, const CheckReport& report, std::vector<Finding> findings)
{
    auto out = std::make_shared<CheckReport>(report);
    for (Finding& finding : findings) {
        ++out->counts[static_cast<std::size_t>(finding.severity)];
        if (finding.severity == Severity::Error) {
            out->verdict = Verdict::Damaged;
        } else if (finding.severity == Severity::Advice && out->verdict == Verdict::Clean) {
            out->verdict = Verdict::Advice;
        }
        out->findings.push_back(std::move(finding));
    }
    sortFindings(checkpoint, out->findings);
    for (TensorVerdict& verdict : out->tensors) {
        verdict.finding = UINT32_MAX;
    }
    for (std::uint32_t n = 0; n < out->findings.size(); ++n) {
        const Finding& finding = out->findings[n];
        const auto mark = [&](std::uint32_t tensor) {
            if (tensor < out->tensors.size() && out->tensors[tensor].finding == UINT32_MAX) {
                out->tensors[tensor].finding = n;
                out->tensors[tensor].worst = finding.severity;
            }
        };
        if (finding.tensor) {
            mark(*finding.tensor);
        }
        std::for_each(finding.others.begin(), finding.others.end(), mark);
    }
    return out;
}

} // namespace ckptscope
