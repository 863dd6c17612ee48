// SPDX-License-Identifier: Apache-2.0
// The banner's two sentences. The words follow one pattern: numbers first, then what is, then why it matters.
#include "core/report/messages.h"
#include "core/report/saying.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_set>
#include <vector>

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

std::set<std::string, std::less<>> shown(const std::set<std::string, std::less<>>& words)
{
    std::set<std::string, std::less<>> names;
    for (const auto& word : words) {
        names.insert(displayName(word));
    }
    return names;
}

constexpr const char* Or = QT_TRANSLATE_NOOP("verdict", "{0} or {1}");
constexpr const char* And = QT_TRANSLATE_NOOP("verdict", "{0} and {1}");

/// "36 A_log", "36 norm weights", "1 norm weight".
std::string kindText(const KindCount& kind, const Saying& say)
{
    std::string name = displayName(kind.kind, 80);
    const std::string count = say.number(kind.count);
    if (name.ends_with(".weight") && name.size() > 7) {
        name.resize(name.size() - 7);
        return say.counted(kind.count, QT_TRANSLATE_NOOP("verdict", "{0} {1} weight"), QT_TRANSLATE_NOOP("verdict", "{0} {1} weights"),
                           {count, name});
    }
    return count + ' ' + name;
}

/// "36 A_log, 36 dt_bias and 12 D"; beyond three "... and 4 other rules".
std::string kindsText(const DTypeComplaints& all, const Saying& say)
{
    const std::size_t some = std::min(all.kinds.size(), KindsShown);
    std::set<std::uint32_t> named;
    std::vector<std::string> kinds;
    for (std::size_t i = 0; i < some; ++i) {
        kinds.push_back(kindText(all.kinds[i], say));
        named.insert(all.kinds[i].rule);
    }
    if (some < all.kinds.size()) {
        const std::size_t otherRules = all.rules.size() > named.size() ? all.rules.size() - named.size() : 0;
        std::uint64_t rest = 0;
        for (std::size_t i = some; i < all.kinds.size(); ++i) {
            rest += all.kinds[i].count;
        }
        kinds.push_back(otherRules > 0 ? say.counted(otherRules, QT_TRANSLATE_NOOP("verdict", "1 other rule"),
                                                     QT_TRANSLATE_NOOP("verdict", "{0} other rules"), {say.number(otherRules)})
                                       : say.counted(rest, QT_TRANSLATE_NOOP("verdict", "{0} other"), QT_TRANSLATE_NOOP("verdict", "{0} others"),
                                                     {say.number(rest)}));
    }
    return say.list(kinds, And);
}

std::string whyOf(const CheckReport& report, const DTypeComplaints& all)
{
    if (all.kinds.empty() || !report.rules || all.kinds.front().rule >= report.rules->rules().size()) {
        return {};
    }
    return report.rules->rules()[all.kinds.front().rule].why;
}

VerdictText violations(const Checkpoint& checkpoint, const CheckReport& report, const Saying& say)
{
    const DTypeComplaints all = collect(checkpoint, report, Severity::Violation);
    const std::string have = say.list(shown(all.have), Or);
    const std::string need = all.want.size() == 1 ? *all.want.begin() : say.list(all.want, And);
    VerdictText text;
    text.detail = whyOf(report, all);
    const std::string count = say.number(all.tensors);
    if (all.kinds.size() == 1) {
        text.title = say.counted(all.tensors, QT_TRANSLATE_NOOP("verdict", "{0} {1} tensor is stored as {2}; this model needs {3}."),
                                 QT_TRANSLATE_NOOP("verdict", "{0} {1} tensors are stored as {2}; this model needs {3}."),
                                 {count, displayName(all.kinds.front().kind, 80), have, need});
        return text;
    }
    text.title =
        say(all.narrower ? QT_TRANSLATE_NOOP("verdict", "{0} tensors are stored too narrow: {1} are {2}, this model needs {3}.")
                         : QT_TRANSLATE_NOOP("verdict", "{0} tensors are not stored as this model needs them: {1} are {2}, this model needs {3}."),
            {count, kindsText(all, say), have, need});
    return text;
}

/// What an audit found, said of its tensor where it has one: a shard may hold thousands.
Error ofTensor(const Checkpoint& checkpoint, const Finding& finding, Error what)
{
    if (finding.tensor && *finding.tensor < checkpoint.tensors().size() && !what.offset) {
        const std::string key(checkpoint.tensors()[*finding.tensor].key);
        if (std::find(what.args.begin(), what.args.end(), key) == what.args.end()) {
            what.file = key;
            return what;
        }
    }
    if (what.file.empty()) {
        what.file = finding.file;
    }
    return what;
}

VerdictText damaged(const Checkpoint& checkpoint, const CheckReport& report, const Saying& say)
{
    VerdictText text;
    const auto& shards = checkpoint.shards();
    const auto unread = std::count_if(shards.begin(), shards.end(), [](const Shard& shard) {
        return shard.state == Shard::State::Missing || shard.state == Shard::State::Unreadable;
    });
    std::optional<Error> first;
    bool firstIsMissing = false; // a tensor that is not there follows from a file that is cut: the file is told first
    std::uint64_t errors = 0;
    for (const Finding& finding : report.findings) {
        if (finding.severity == Severity::Error) {
            if (finding.what && (!first || (firstIsMissing && finding.key.empty()))) {
                first = ofTensor(checkpoint, finding, *finding.what);
                firstIsMissing = !finding.key.empty();
            }
            ++errors;
        }
    }
    if (!first) {
        for (const Problem& problem : checkpoint.problems()) {
            if (problem.severity == Severity::Error) {
                first = problem.what;
                ++errors;
                break;
            }
        }
    }
    if (unread > 0) {
        const std::string gone = say.number(static_cast<std::uint64_t>(unread));
        const std::string of = say.number(shards.size());
        if (checkpoint.index()) {
            std::unordered_set<std::string_view> named;
            for (const auto& [key, file] : checkpoint.index()->weightMap) {
                named.insert(key);
            }
            for (const TensorInfo& tensor : checkpoint.tensors()) {
                named.insert(tensor.key);
            }
            text.title = say(QT_TRANSLATE_NOOP("verdict", "{0} of {1} shards cannot be read; {2} of {3} tensors are shown."),
                             {gone, of, say.number(checkpoint.tensors().size()), say.number(named.size())});
        } else {
            text.title = say(QT_TRANSLATE_NOOP("verdict", "{0} of {1} shards cannot be read."), {gone, of});
        }
        text.detail = first ? say.placed(*first) + '.' : "";
        return text;
    }
    if (!first) {
        text.title = say(QT_TRANSLATE_NOOP("verdict", "This checkpoint is damaged."));
        return text;
    }
    text.title =
        say.counted(errors, QT_TRANSLATE_NOOP("verdict", "This checkpoint is damaged: {0}."),
                    QT_TRANSLATE_NOOP("verdict", "This checkpoint is damaged in {1} places. First: {0}."), {say.placed(*first), say.number(errors)});
    text.detail = say.hint(*first);
    return text;
}

VerdictText dangerous(const Checkpoint& checkpoint, const Saying& say)
{
    std::set<std::string, std::less<>> names;
    for (const PickleGlobal& global : checkpoint.globals()) {
        if (global.grade == PickleGlobal::Grade::Dangerous && names.size() < KindsShown) {
            names.insert(displayName(global.module + '.' + global.name));
        }
    }
    return {names.empty() ? say(QT_TRANSLATE_NOOP("verdict", "This file names code to run. It was read as data; nothing was run."))
                          : say(QT_TRANSLATE_NOOP("verdict", "This file names code to run ({0}). It was read as data; nothing was run."),
                                {say.list(names, "{0}, {1}")}),
            say(QT_TRANSLATE_NOOP("verdict", "Do not load it with anything that unpickles."))};
}

std::string howChosen(const Checkpoint& checkpoint, const CheckReport& report, const Saying& say)
{
    if (report.architecture.from != ArchitectureChoice::From::Inferred) {
        return {};
    }
    if (checkpoint.config().adapter) {
        return say(QT_TRANSLATE_NOOP("verdict", "An adapter does not name its model's architecture, so rules were chosen by key names."));
    }
    switch (checkpoint.config().state) {
    case ModelConfig::State::Absent:
        return say(QT_TRANSLATE_NOOP("verdict", "config.json is missing, so rules were chosen by key names."));
    case ModelConfig::State::Broken:
        return say(QT_TRANSLATE_NOOP("verdict", "config.json is not readable, so rules were chosen by key names."));
    case ModelConfig::State::Ok:
        return say(QT_TRANSLATE_NOOP("verdict", "config.json names no architecture, so rules were chosen by key names."));
    }
    return {};
}

void append(std::string& text, const std::string& sentence)
{
    if (!sentence.empty()) {
        text += (text.empty() ? "" : " ") + sentence;
    }
}

/// The first finding that is advice, as an audit says it or as a dtype rule does.
std::optional<Error> firstAdvice(const Checkpoint& checkpoint, const CheckReport& report, const NumberStyle& style, const Translate& translate)
{
    const auto first =
        std::find_if(report.findings.begin(), report.findings.end(), [](const Finding& finding) { return finding.severity == Severity::Advice; });
    if (first == report.findings.end()) {
        return std::nullopt;
    }
    return ofTensor(checkpoint, *first, first->what.value_or(fail(Code::UsageError, {findingText(checkpoint, *first, style, translate)})));
}

VerdictText notJudged(const Checkpoint& checkpoint, const CheckReport& report, const Saying& say, const NumberStyle& style,
                      const Translate& translate)
{
    std::set<std::string, std::less<>> names(report.architecture.names.begin(), report.architecture.names.end());
    if (const auto what = firstAdvice(checkpoint, report, style, translate)) { // audits judge what no rule covers: "nothing" would be untrue
        VerdictText text;
        text.title = names.empty() ? say(QT_TRANSLATE_NOOP("verdict", "No file names this checkpoint's architecture, and no rule covers its keys."))
                                   : say(QT_TRANSLATE_NOOP("verdict", "No rule covers {0}."), {say.list(shown(names), Or)});
        append(text.title, say(QT_TRANSLATE_NOOP("verdict", "Advice: {0}."), {say.placed(*what)}));
        text.detail = say.hint(*what);
        append(text.detail, say(QT_TRANSLATE_NOOP("verdict", "That is no verdict on its dtypes: nobody has told ckptscope what this model needs.")));
        return text;
    }
    return {names.empty()
                ? say(QT_TRANSLATE_NOOP("verdict", "No file names this checkpoint's architecture, and no rule covers its keys. Nothing was judged."))
                : say(QT_TRANSLATE_NOOP("verdict", "No rule covers {0}. Nothing was judged."), {say.list(shown(names), Or)}),
            say(QT_TRANSLATE_NOOP("verdict", "That is no verdict: nobody has told ckptscope what this model needs."))};
}

VerdictText advice(const Checkpoint& checkpoint, const CheckReport& report, const Saying& say, const NumberStyle& style, const Translate& translate)
{
    VerdictText text{say(QT_TRANSLATE_NOOP("verdict", "Nothing breaks a rule.")), {}};
    const DTypeComplaints all = collect(checkpoint, report, Severity::Advice);
    if (all.tensors > 0) {
        const std::string have = say.list(shown(all.have), Or);
        append(text.title,
               all.want.size() == 1
                   ? say.counted(all.tensors, QT_TRANSLATE_NOOP("verdict", "{0} is {1} where some loaders keep {2}."),
                                 QT_TRANSLATE_NOOP("verdict", "{0} are {1} where some loaders keep {2}."),
                                 {kindsText(all, say), have, *all.want.begin()})
                   : say.counted(all.tensors, QT_TRANSLATE_NOOP("verdict", "{0} is {1} where some loaders keep another dtype."),
                                 QT_TRANSLATE_NOOP("verdict", "{0} are {1} where some loaders keep another dtype."), {kindsText(all, say), have}));
        text.detail = whyOf(report, all);
        return text;
    }
    if (const auto what = firstAdvice(checkpoint, report, style, translate)) {
        append(text.title, say(QT_TRANSLATE_NOOP("verdict", "Advice: {0}."), {say.placed(*what)}));
        text.detail = say.hint(*what);
    }
    return text;
}

VerdictText clean(const Checkpoint& checkpoint, const CheckReport& report, const Saying& say)
{
    VerdictText text;
    if (checkpoint.tensors().empty()) {
        return {say(QT_TRANSLATE_NOOP("verdict", "This checkpoint holds no tensors.")), {}};
    }
    const std::uint64_t covered = report.tensorsChecked;
    text.title = say.counted(covered, QT_TRANSLATE_NOOP("verdict", "The one tensor that rules cover is stored as required."),
                             QT_TRANSLATE_NOOP("verdict", "All {0} tensors that rules cover are stored as required."), {say.number(covered)});
    append(text.detail, howChosen(checkpoint, report, say));
    const std::uint64_t rules = report.rulesApplied.size();
    const std::uint64_t others = checkpoint.tensors().size() - std::min<std::uint64_t>(covered, checkpoint.tensors().size());
    const std::string used = say.counted(rules, QT_TRANSLATE_NOOP("verdict", "{0} rule of profile {1}"),
                                         QT_TRANSLATE_NOOP("verdict", "{0} rules of profile {1}"), {say.number(rules), displayName(report.profile)});
    append(text.detail,
           others == 0 ? used + '.'
                       : say.counted(others, QT_TRANSLATE_NOOP("verdict", "{0}; {1} tensor has no rule."),
                                     QT_TRANSLATE_NOOP("verdict", "{0}; {1} tensors have no rule."), {used, say.number(others)}));
    return text;
}

} // namespace

VerdictText verdictText(const Checkpoint& checkpoint, const CheckReport& report, const NumberStyle& style, const Translate& translate)
{
    const Saying say(style, translate);
    VerdictText text;
    switch (report.verdict) {
    case Verdict::Damaged:
        return damaged(checkpoint, report, say);
    case Verdict::Dangerous:
        return dangerous(checkpoint, say);
    case Verdict::NoContract:
        return notJudged(checkpoint, report, say, style, translate);
    case Verdict::Violations:
        text = violations(checkpoint, report, say);
        break;
    case Verdict::Advice:
        text = advice(checkpoint, report, say, style, translate);
        break;
    case Verdict::Clean:
        return clean(checkpoint, report, say);
    }
    append(text.detail, howChosen(checkpoint, report, say));
    return text;
}

} // namespace ckptscope
