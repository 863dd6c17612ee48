// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/check.h"

#include "core/audits/audit.h"
#include "core/contracts/architecture.h"
#include "core/contracts/findingorder.h"
#include "core/contracts/gated_delta_net_fp32.h"
#include "core/contracts/keymatcher.h"
#include "core/contracts/numberblind.h"
#include "core/contracts/profile.h"
#include "core/query/parts.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <set>
#include <thread>
#include <tuple>

namespace ckptscope {

namespace {

namespace gdn = gated_delta_net_fp32;

constexpr std::string_view Default = "default";
constexpr std::string_view Nemo = "nemo-automodel";
constexpr std::size_t StopEvery = 4096;     ///< tensors between two looks at the stop token
constexpr std::size_t ManyTensors = 20'000; ///< from here on a thread is worth its start

/// `ls` knows warnings; findings of severity violation are dtype rules only.
Severity findingSeverity(Severity severity) noexcept
{
    return severity == Severity::Violation ? Severity::Advice : severity;
}

void addProblems(const Checkpoint& checkpoint, std::vector<Finding>& findings)
{
    for (const auto& problem : checkpoint.problems()) {
        Finding finding;
        finding.rule = codeInfo(problem.what.code).id;
        finding.severity = findingSeverity(problem.severity);
        finding.tensor = problem.tensor;
        finding.file = problem.what.file;
        finding.offset = problem.what.offset;
        finding.what = problem.what;
        findings.push_back(std::move(finding));
    }
}

void addGlobals(const Checkpoint& checkpoint, std::vector<Finding>& findings)
{
    // A pickle may name one global a thousand times: the first place of each is told.
    using Place = std::tuple<std::uint32_t, std::string_view, std::string_view>; // views of the checkpoint's own names
    std::set<Place> seen;
    for (const auto& global : checkpoint.globals()) {
        if (global.grade == PickleGlobal::Grade::Known || !seen.insert(Place(global.shard, global.module, global.name)).second) {
            continue;
        }
        const bool dangerous = global.grade == PickleGlobal::Grade::Dangerous;
        const Code code = dangerous ? Code::PickleDangerous : Code::PickleUnknown;
        Finding finding;
        finding.rule = codeInfo(code).id;
        finding.severity = dangerous ? Severity::Error : Severity::Advice;
        finding.file = global.shard < checkpoint.shards().size() ? checkpoint.shards()[global.shard].file : std::string();
        finding.offset = global.offset;
        finding.what = inFile(fail(code, {global.module + "." + global.name}), finding.file, global.offset);
        findings.push_back(std::move(finding));
    }
}

Finding ruleFinding(const Checkpoint& checkpoint, const RuleSet& rules, std::uint32_t ruleIndex, std::uint32_t tensorIndex)
{
    const Rule& rule = rules.rules()[ruleIndex];
    const TensorInfo& tensor = checkpoint.tensors()[tensorIndex];
    Finding finding;
    finding.rule = rule.id;
    finding.severity = rule.severity;
    finding.tensor = tensorIndex;
    finding.file = tensor.shard < checkpoint.shards().size() ? checkpoint.shards()[tensor.shard].file : std::string();
    finding.have = tensor.dtype;
    finding.want = rule.requiredDtypes;
    finding.ruleIndex = ruleIndex;
    finding.fix = fixTo(rule.requiredDtypes, tensor.dtype);
    return finding;
}

bool satisfied(const Rule& rule, DType dtype)
{
    return std::find(rule.requiredDtypes.begin(), rule.requiredDtypes.end(), dtype) != rule.requiredDtypes.end();
}

/// Diffusers' classes stand in `_class_name`, so their rules name a model by a condition.
bool namesModel(const Rule& rule)
{
    return !rule.architectures.empty()
        || std::any_of(rule.when.begin(), rule.when.end(), [](const auto& condition) { return condition.first == "_class_name"; });
}

/// One run of the checks.
class Run {
public:
    Run(const Checkpoint& checkpoint, const JobContext& job, CheckReport& report)
        : m_checkpoint(checkpoint)
        , m_job(job)
        , m_report(report)
        , m_nemo(report.profile == Nemo)
    {
    }

    /// False: cancelled.
    bool rules()
    {
        const RuleSet& set = *m_report.rules;
        const RuleContext context{m_checkpoint.config(), m_report.architecture.names, m_nemo};
        std::vector<std::uint32_t> applying;
        for (std::uint32_t n = 0; n < set.rules().size(); ++n) {
            const Rule& rule = set.rules()[n];
            if (ruleFit(rule, context).state == RuleFit::State::Applies) {
                applying.push_back(n);
                m_named = m_named || namesModel(rule);
            }
        }
        std::vector<bool> applied(set.rules().size(), false);
        if (!applying.empty() && !match(applying, applied)) {
            return false;
        }
        for (std::size_t n = 0; n < applied.size(); ++n) {
            if (applied[n]) {
                m_report.rulesApplied.push_back(set.rules()[n].id);
            }
        }
        return true;
    }

    void audit()
    {
        // None needs what another finds, so with many tensors threads share them; findings stay in the order of the audits.
        const auto all = audits();
        std::vector<std::vector<Finding>> found(all.size());
        std::atomic<std::size_t> next{0};
        const auto work = [&] {
            for (std::size_t n = next++; n < all.size(); n = next++) {
                all[n](m_checkpoint, m_report.architecture, found[n]);
            }
        };
        const std::size_t wanted = m_job.threads != 0 ? m_job.threads : std::max(1U, std::thread::hardware_concurrency());
        {
            std::vector<std::jthread> helpers;
            for (std::size_t n = 1; n < std::min(wanted, all.size()) && m_checkpoint.tensors().size() >= ManyTensors; ++n) {
                helpers.emplace_back(work);
            }
            work();
        }
        for (auto& each : found) {
            std::move(each.begin(), each.end(), std::back_inserter(m_report.findings));
        }
        if (m_nemo) {
            keepNemoHolders();
        }
    }

    void finish()
    {
        auto& findings = m_report.findings;
        sortFindings(m_checkpoint, findings);
        bool damaged = false;
        bool dangerous = false;
        const std::string_view pickle = codeInfo(Code::PickleDangerous).id;
        for (std::uint32_t n = 0; n < findings.size(); ++n) {
            const Finding& finding = findings[n];
            ++m_report.counts[static_cast<std::size_t>(finding.severity)];
            if (finding.severity == Severity::Error) {
                (finding.rule == pickle ? dangerous : damaged) = true;
            }
            if (finding.tensor) {
                mark(*finding.tensor, n);
            }
            for (const auto other : finding.others) {
                mark(other, n);
            }
        }
        m_report.verdict = damaged                     ? Verdict::Damaged
            : dangerous                                ? Verdict::Dangerous
            : m_report.count(Severity::Violation) > 0  ? Verdict::Violations
            : !m_named && m_report.tensorsChecked == 0 ? Verdict::NoContract
            : m_report.count(Severity::Advice) > 0     ? Verdict::Advice
                                                       : Verdict::Clean;
    }

private:
    /// Judges every tensor by the rule that decides among those whose patterns match its name. Patterns that cannot tell the names of one
    /// shape apart, nearly all of them, are asked once a shape. False: cancelled.
    bool match(const std::vector<std::uint32_t>& applying, std::vector<bool>& applied)
    {
        const RuleSet& set = *m_report.rules;
        const auto& tensors = m_checkpoint.tensors();
        std::vector<std::uint32_t> byShape; // rules, as those that follow
        std::vector<std::uint32_t> byName;
        const bool differ = rulesDiffer(set.rules(), applying, m_report.architecture);
        for (const std::uint32_t rule : applying) {
            // Which of them is the milder can be told of all that match one name only.
            (!differ && isNumberBlind(set.rules()[rule].keyRegex) ? byShape : byName).push_back(rule);
        }
        const auto patternsOf = [&](const std::vector<std::uint32_t>& rules) {
            std::vector<std::string_view> patterns;
            patterns.reserve(rules.size());
            for (const std::uint32_t rule : rules) {
                patterns.emplace_back(set.rules()[rule].keyRegex);
            }
            return patterns;
        };
        const KeyMatcher shapeMatcher(patternsOf(byShape));
        const KeyMatcher nameMatcher(patternsOf(byName));
        const auto shapes = query::KeyParts::of(m_checkpoint);
        std::vector<std::uint32_t> found;
        std::vector<std::uint32_t> matching;
        const auto decides = [&](std::uint32_t deciding, const std::vector<std::uint32_t>& rules) { // among `found` of `rules`, and `deciding`
            matching.clear();
            for (const std::uint32_t n : found) {
                applied[rules[n]] = true;
                matching.push_back(rules[n]);
            }
            if (deciding != UINT32_MAX) {
                matching.push_back(deciding);
            }
            return matching.empty() ? UINT32_MAX : decidingRule(set.rules(), matching, m_report.architecture);
        };
        std::vector<std::uint32_t> decidingOf(shapes->shapes());
        for (std::uint32_t shape = 0; shape < decidingOf.size(); ++shape) {
            if (shape % StopEvery == 0 && m_job.stop.stop_requested()) {
                return false;
            }
            shapeMatcher.match(tensors[shapes->firstOf(shape)].key, found);
            decidingOf[shape] = decides(UINT32_MAX, byShape);
        }
        for (std::uint32_t t = 0; t < tensors.size(); ++t) {
            if (t % StopEvery == 0) {
                m_job.progress(Phase::Checking, t, tensors.size());
                if (m_job.stop.stop_requested()) {
                    return false;
                }
            }
            std::uint32_t deciding = decidingOf[shapes->shapeOf(t)];
            if (!byName.empty()) {
                nameMatcher.match(tensors[t].key, found);
                deciding = decides(deciding, byName);
            }
            if (deciding != UINT32_MAX) {
                judge(t, deciding);
            }
        }
        return true;
    }

    /// Findings are sorted, so the first that names a tensor is its worst.
    void mark(std::uint32_t tensorIndex, std::uint32_t finding)
    {
        if (tensorIndex < m_report.tensors.size() && m_report.tensors[tensorIndex].finding == UINT32_MAX) {
            m_report.tensors[tensorIndex].finding = finding;
            m_report.tensors[tensorIndex].worst = m_report.findings[finding].severity;
        }
    }

    void judge(std::uint32_t tensorIndex, std::uint32_t ruleIndex)
    {
        const Rule& rule = m_report.rules->rules()[ruleIndex];
        const TensorInfo& tensor = m_checkpoint.tensors()[tensorIndex];
        TensorVerdict& verdict = m_report.tensors[tensorIndex];
        verdict.judged = true;
        verdict.rule = ruleIndex;
        ++m_report.tensorsChecked;
        // NeMo leaves alone what is no real float: its functions ask nothing of such a tensor.
        const bool holds = m_nemo ? !gdn::upcast_gated_delta_net_fp32_state_tensor(tensor.key, tensor.dtype) : satisfied(rule, tensor.dtype);
        if (!holds) {
            m_report.findings.push_back(ruleFinding(m_checkpoint, *m_report.rules, ruleIndex, tensorIndex));
        }
    }

    /// The profile's fix strips what NeMo's own function strips, no other holder.
    void keepNemoHolders()
    {
        const std::string_view leftover = codeInfo(Code::HolderLeftover).id;
        for (auto& finding : m_report.findings) {
            if (finding.rule != leftover || !finding.tensor) {
                continue;
            }
            const std::string_view key = m_checkpoint.tensors()[*finding.tensor].key;
            std::string stripped = m_named ? gdn::strip_fp32_holder_key(key) : std::string(key);
            finding.fix.reset();
            if (stripped != key && m_checkpoint.find(stripped) == nullptr) {
                finding.fix = FindingFix{FindingFix::Op::StripHolder, DType::Unknown, true, std::move(stripped)};
            }
        }
    }

    const Checkpoint& m_checkpoint;
    const JobContext& m_job;
    CheckReport& m_report;
    bool m_nemo = false;
    bool m_named = false; ///< a rule names this architecture
};

} // namespace

std::string_view verdictName(Verdict verdict) noexcept
{
    switch (verdict) {
    case Verdict::Damaged:
        return "damaged";
    case Verdict::Dangerous:
        return "dangerous";
    case Verdict::Violations:
        return "violations";
    case Verdict::NoContract:
        return "no-contract";
    case Verdict::Advice:
        return "advice";
    case Verdict::Clean:
        return "clean";
    }
    return "damaged";
}

Result<std::shared_ptr<const CheckReport>> runChecks(const Checkpoint& checkpoint, const CheckOptions& options, const JobContext& job)
{
    if (options.profile != Default && options.profile != Nemo) {
        return fail(Code::ProfileUnknown, {options.profile, std::string(Default) + ", " + std::string(Nemo)});
    }
    const auto parts = query::KeyParts::of(checkpoint); // rules and audits share them
    auto report = std::make_shared<CheckReport>();
    report->profile = options.profile;
    report->rules = options.profile == Nemo ? nemoRules() : options.rules ? options.rules : RuleSet::builtin();
    report->tensors.resize(checkpoint.tensors().size());
    addProblems(checkpoint, report->findings);
    addGlobals(checkpoint, report->findings);
    ArchitectureDecision decision = chooseArchitecture(checkpoint, options.architecture, *report->rules);
    if (options.profile == Nemo && decision.choice.from == ArchitectureChoice::From::Family) { // its functions know exact names only
        decision.choice = {ArchitectureChoice::From::Config, checkpoint.config().architectures, {}};
        decision.findings.clear();
    }
    report->architecture = std::move(decision.choice);
    std::move(decision.findings.begin(), decision.findings.end(), std::back_inserter(report->findings));
    Run run(checkpoint, job, *report);
    if (!run.rules()) {
        return fail(Code::Cancelled);
    }
    run.audit();
    run.finish();
    return std::shared_ptr<const CheckReport>(std::move(report));
}

std::vector<Explanation> explainKey(const Checkpoint& checkpoint, const CheckReport& report, std::string_view key)
{
    using Outcome = Explanation::Outcome;
    const RuleSet& set = *report.rules;
    const RuleContext context{checkpoint.config(), report.architecture.names, report.profile == Nemo};
    std::vector<std::uint32_t> found;
    set.matchKey(key, found);
    std::vector<Explanation> result;
    std::optional<std::uint32_t> deciding;
    std::vector<std::uint32_t> matching;
    for (const auto n : found) {
        Explanation explanation;
        explanation.ruleIndex = n;
        RuleFit fit = ruleFit(set.rules()[n], context);
        explanation.detail = std::move(fit.detail);
        switch (fit.state) {
        case RuleFit::State::Applies:
            matching.push_back(n);
            break;
        case RuleFit::State::OtherArchitecture:
            explanation.outcome = Outcome::OtherArchitecture;
            break;
        case RuleFit::State::ConfigDiffers:
            explanation.outcome = Outcome::ConfigDiffers;
            break;
        case RuleFit::State::NotInProfile:
            explanation.outcome = Outcome::NotInProfile;
            break;
        }
        result.push_back(std::move(explanation));
    }
    if (!matching.empty()) {
        deciding = decidingRule(set.rules(), matching, report.architecture);
    }
    const TensorInfo* tensor = checkpoint.find(key);
    for (auto& explanation : result) {
        if (!deciding || explanation.outcome != Outcome::Decides || explanation.ruleIndex == *deciding) {
            continue;
        }
        const Rule& own = set.rules()[explanation.ruleIndex];
        const Rule& other = set.rules()[*deciding];
        const bool agrees =
            tensor == nullptr ? own.requiredDtypes == other.requiredDtypes : satisfied(own, tensor->dtype) == satisfied(other, tensor->dtype);
        explanation.outcome = agrees ? Outcome::Agrees : Outcome::Overruled;
        explanation.detail = other.id;
    }
    // the one that decides first, then what agrees, was overruled, and does not apply
    std::stable_sort(result.begin(), result.end(), [](const Explanation& a, const Explanation& b) { return a.outcome < b.outcome; });
    return result;
}

} // namespace ckptscope
