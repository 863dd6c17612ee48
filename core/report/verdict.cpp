// SPDX-License-Identifier: Apache-2.0
// The banner's two sentences. The words follow one pattern: numbers first, then what is, then why it matters.
#include "core/report/messages.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

namespace ckptscope {

namespace {

constexpr std::size_t KindsShown = 3;

/// Tensors of one kind that a dtype rule complains of.
struct KindCount {
    std::string_view kind;
    std::uint64_t count = 0;
    std::uint32_t rule = UINT32_MAX; ///< the first rule that named it
};

struct DTypeComplaints {
    std::vector<KindCount> kinds; ///< most frequent first
    std::uint64_t tensors = 0;
    std::set<std::string, std::less<>> have;
    std::set<std::string, std::less<>> want;
    std::set<std::uint32_t> rules;
    bool narrower = true; ///< every one is stored in fewer bits than it should be
};

DTypeComplaints collect(const Checkpoint& checkpoint, const CheckReport& report, Severity severity)
{
    DTypeComplaints all;
    std::map<std::string_view, std::size_t> places;
    for (const Finding& finding : report.findings) {
        if (finding.severity != severity || finding.what || !finding.tensor || *finding.tensor >= checkpoint.tensors().size()) {
            continue;
        }
        const TensorInfo& tensor = checkpoint.tensors()[*finding.tensor];
        const auto kind = keyKind(tensor.key);
        const auto [place, added] = places.emplace(kind, all.kinds.size());
        if (added) {
            all.kinds.push_back({kind, 0, finding.ruleIndex});
        }
        ++all.kinds[place->second].count;
        ++all.tensors;
        all.have.emplace(tensor.dtypeText());
        all.want.insert(dtypeChoice(finding.want));
        all.rules.insert(finding.ruleIndex);
        all.narrower = all.narrower && !finding.want.empty() && dtypeInfo(tensor.dtype).blockBits < dtypeInfo(finding.want.front()).blockBits;
    }
    std::stable_sort(all.kinds.begin(), all.kinds.end(), [](const KindCount& a, const KindCount& b) { return a.count > b.count; });
    return all;
}

std::string joined(const std::set<std::string, std::less<>>& words, std::string_view last)
{
    std::string text;
    std::size_t i = 0;
    for (const auto& word : words) {
        if (i > 0) {
            text += i + 1 == words.size() ? std::string(last) : ", ";
        }
        text += displayName(word);
        ++i;
    }
    return text;
}

/// "36 A_log", "36 norm weights", "1 norm weight".
std::string kindText(const KindCount& kind, const NumberStyle& style)
{
    std::string name = displayName(kind.kind, 80);
    if (name.ends_with(".weight") && name.size() > 7) {
        name.replace(name.size() - 7, 7, kind.count == 1 ? " weight" : " weights");
    }
    return groupedNumber(kind.count, style) + ' ' + name;
}

/// "36 A_log, 36 dt_bias and 12 D"; beyond three "... and 4 other rules".
std::string kindsText(const DTypeComplaints& all, const NumberStyle& style)
{
    const std::size_t shown = std::min(all.kinds.size(), KindsShown);
    std::set<std::uint32_t> named;
    std::string text;
    for (std::size_t i = 0; i < shown; ++i) {
        if (i > 0) {
            text += i + 1 == all.kinds.size() ? " and " : ", ";
        }
        text += kindText(all.kinds[i], style);
        named.insert(all.kinds[i].rule);
    }
    if (shown == all.kinds.size()) {
        return text;
    }
    const std::size_t otherRules = all.rules.size() > named.size() ? all.rules.size() - named.size() : 0;
    if (otherRules == 1) {
        return text + " and 1 other rule";
    }
    if (otherRules > 1) {
        return text + " and " + groupedNumber(otherRules, style) + " other rules";
    }
    std::uint64_t rest = 0;
    for (std::size_t i = shown; i < all.kinds.size(); ++i) {
        rest += all.kinds[i].count;
    }
    return text + " and " + groupedNumber(rest, style) + (rest == 1 ? " other" : " others");
}

std::string whyOf(const CheckReport& report, const DTypeComplaints& all)
{
    if (all.kinds.empty() || !report.rules || all.kinds.front().rule >= report.rules->rules().size()) {
        return {};
    }
    return report.rules->rules()[all.kinds.front().rule].why;
}

VerdictText violations(const Checkpoint& checkpoint, const CheckReport& report, const NumberStyle& style)
{
    const DTypeComplaints all = collect(checkpoint, report, Severity::Violation);
    const std::string have = joined(all.have, " or ");
    const std::string need = all.want.size() == 1 ? *all.want.begin() : joined(all.want, " and ");
    VerdictText text;
    text.detail = whyOf(report, all);
    const std::string count = groupedNumber(all.tensors, style);
    if (all.kinds.size() == 1) {
        const bool one = all.tensors == 1;
        text.title = count + ' ' + displayName(all.kinds.front().kind, 80) + (one ? " tensor is" : " tensors are") + " stored as " + have
            + "; this model needs " + need + '.';
        return text;
    }
    text.title = count + (all.narrower ? " tensors are stored too narrow: " : " tensors are not stored as this model needs them: ")
        + kindsText(all, style) + " are " + have + ", this model needs " + need + '.';
    return text;
}

VerdictText damaged(const Checkpoint& checkpoint, const CheckReport& report, const NumberStyle& style)
{
    VerdictText text;
    const auto& shards = checkpoint.shards();
    const auto unread = std::count_if(shards.begin(), shards.end(), [](const Shard& shard) {
        return shard.state == Shard::State::Missing || shard.state == Shard::State::Unreadable;
    });
    const Error* first = nullptr;
    bool firstIsMissing = false; // a tensor that is not there follows from a file that is cut: the file is told first
    std::uint64_t errors = 0;
    for (const Finding& finding : report.findings) {
        if (finding.severity == Severity::Error) {
            if (finding.what && (first == nullptr || (firstIsMissing && finding.key.empty()))) {
                first = &*finding.what;
                firstIsMissing = !finding.key.empty();
            }
            ++errors;
        }
    }
    if (first == nullptr) {
        for (const Problem& problem : checkpoint.problems()) {
            if (problem.severity == Severity::Error) {
                first = &problem.what;
                ++errors;
                break;
            }
        }
    }
    if (unread > 0) {
        text.title = groupedNumber(static_cast<std::uint64_t>(unread), style) + " of " + groupedNumber(shards.size(), style)
            + " shards cannot be read";
        if (checkpoint.index()) {
            std::unordered_set<std::string_view> named;
            for (const auto& [key, file] : checkpoint.index()->weightMap) {
                named.insert(key);
            }
            for (const TensorInfo& tensor : checkpoint.tensors()) {
                named.insert(tensor.key);
            }
            text.title += "; " + groupedNumber(checkpoint.tensors().size(), style) + " of " + groupedNumber(named.size(), style)
                + " tensors are shown";
        }
        text.title += '.';
        text.detail = first != nullptr ? errorText(*first, false, style) + '.' : "";
        return text;
    }
    if (first == nullptr) {
        text.title = "This checkpoint is damaged.";
        return text;
    }
    text.title = (errors > 1 ? "This checkpoint is damaged in " + groupedNumber(errors, style) + " places. First: "
                             : std::string("This checkpoint is damaged: "))
        + errorText(*first, false, style) + '.';
    text.detail = fillMessage(codeInfo(first->code).hint, first->args, style);
    return text;
}

VerdictText dangerous(const Checkpoint& checkpoint)
{
    std::set<std::string, std::less<>> names;
    for (const PickleGlobal& global : checkpoint.globals()) {
        if (global.grade == PickleGlobal::Grade::Dangerous && names.size() < KindsShown) {
            names.insert(global.module + '.' + global.name);
        }
    }
    const std::string which = names.empty() ? "" : " (" + joined(names, ", ") + ')';
    return {"This file names code to run" + which + ". It was read as data; nothing was run.", "Do not load it with anything that unpickles."};
}

std::string howChosen(const Checkpoint& checkpoint, const CheckReport& report)
{
    if (report.architecture.from != ArchitectureChoice::From::Inferred) {
        return {};
    }
    switch (checkpoint.config().state) {
    case ModelConfig::State::Absent:
        return "config.json is missing, so rules were chosen by key names.";
    case ModelConfig::State::Broken:
        return "config.json is not readable, so rules were chosen by key names.";
    case ModelConfig::State::Ok:
        return "config.json names no architecture, so rules were chosen by key names.";
    }
    return {};
}

void append(std::string& text, const std::string& sentence)
{
    if (!sentence.empty()) {
        text += (text.empty() ? "" : " ") + sentence;
    }
}

VerdictText notJudged(const CheckReport& report)
{
    VerdictText text;
    std::set<std::string, std::less<>> names(report.architecture.names.begin(), report.architecture.names.end());
    text.title = names.empty() ? "No file names this checkpoint's architecture, and no rule covers its keys. Nothing was judged."
                               : "No rule covers " + joined(names, " or ") + ". Nothing was judged.";
    text.detail = "That is no verdict: nobody has told ckptscope what this model needs.";
    return text;
}

VerdictText advice(const Checkpoint& checkpoint, const CheckReport& report, const NumberStyle& style)
{
    VerdictText text {"Nothing breaks a rule.", {}};
    const DTypeComplaints all = collect(checkpoint, report, Severity::Advice);
    if (all.tensors > 0) {
        append(text.title, kindsText(all, style) + (all.tensors == 1 ? " is " : " are ") + joined(all.have, " or ")
                   + (all.want.size() == 1 ? " where some loaders keep " + *all.want.begin() + '.' : " where some loaders keep another dtype."));
        text.detail = whyOf(report, all);
        return text;
    }
    const auto first = std::find_if(report.findings.begin(), report.findings.end(),
                                    [](const Finding& finding) { return finding.severity == Severity::Advice; });
    if (first != report.findings.end()) {
        Error what = first->what.value_or(fail(Code::UsageError, {findingText(checkpoint, *first, style)}));
        if (what.file.empty()) {
            what.file = first->file;
        }
        append(text.title, "Advice: " + errorText(what, false, style) + '.');
        text.detail = fillMessage(codeInfo(what.code).hint, what.args, style);
    }
    return text;
}

VerdictText clean(const Checkpoint& checkpoint, const CheckReport& report, const NumberStyle& style)
{
    VerdictText text;
    if (checkpoint.tensors().empty()) {
        return {"This checkpoint holds no tensors.", {}};
    }
    const std::uint64_t covered = report.tensorsChecked;
    if (covered == 1) {
        text.title = "The one tensor that rules cover is stored as required.";
    } else {
        text.title = "All " + groupedNumber(covered, style) + " tensors that rules cover are stored as required.";
    }
    append(text.detail, howChosen(checkpoint, report));
    const std::uint64_t rules = report.rulesApplied.size();
    const std::uint64_t others = checkpoint.tensors().size() - std::min<std::uint64_t>(covered, checkpoint.tensors().size());
    append(text.detail, groupedNumber(rules, style) + (rules == 1 ? " rule" : " rules") + " of profile " + displayName(report.profile)
               + (others == 0 ? "." : "; " + groupedNumber(others, style) + (others == 1 ? " tensor has no rule." : " tensors have no rule.")));
    return text;
}

} // namespace

VerdictText verdictText(const Checkpoint& checkpoint, const CheckReport& report, const NumberStyle& style)
{
    VerdictText text;
    switch (report.verdict) {
    case Verdict::Damaged:
        return damaged(checkpoint, report, style);
    case Verdict::Dangerous:
        return dangerous(checkpoint);
    case Verdict::NoContract:
        return notJudged(report);
    case Verdict::Violations:
        text = violations(checkpoint, report, style);
        break;
    case Verdict::Advice:
        text = advice(checkpoint, report, style);
        break;
    case Verdict::Clean:
        return clean(checkpoint, report, style);
    }
    append(text.detail, howChosen(checkpoint, report));
    return text;
}

} // namespace ckptscope
