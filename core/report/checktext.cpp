// SPDX-License-Identifier: Apache-2.0
#include "core/fix/place.h"
#include "core/report/groups.h"
#include "core/report/messages.h"
#include "core/report/text.h"

#include <algorithm>

namespace ckptscope::report {

namespace {

constexpr std::size_t KeysShown = 5;
constexpr std::size_t WrapColumns = 96;

/// Breaks a sentence at spaces.
void wrapped(std::string_view text, std::string_view indent, const Write& write)
{
    while (!text.empty()) {
        std::size_t end = text.size();
        if (text.size() > WrapColumns) {
            end = text.rfind(' ', WrapColumns);
            if (end == std::string_view::npos || end == 0) {
                end = std::min(text.find(' '), text.size());
            }
        }
        write(std::string(indent) + std::string(text.substr(0, end)) + '\n');
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

void writeGroup(const Checkpoint& checkpoint, const CheckReport& report, const FindingGroup& group, const TextStyle& style, const Write& write)
{
    std::string head = style.paint(severityName(group.severity), severityInk(group.severity)) + "  " + style.paint(group.rule, Ink::Bold);
    if (group.findings.size() > 1) {
        head += "  " + groupedNumber(group.findings.size(), style.numbers) + (group.findings.front()->tensor ? " tensors" : " times");
    }
    write(head + "  " + group.sentence + '\n');
    std::size_t shown = 0;
    std::size_t more = 0;
    const auto writePlace = [&](const std::string& place) {
        if (shown < KeysShown) {
            write("    " + place + '\n');
            ++shown;
        } else {
            ++more;
        }
    };
    for (const Finding* finding : group.findings) {
        if (const std::string place = shown < KeysShown ? findingPlace(checkpoint, *finding, style.numbers) : "more"; !place.empty()) {
            writePlace(place);
        }
        for (const std::uint32_t other : finding->others) {
            writePlace(shown < KeysShown ? displayName(checkpoint.tensors()[other].key) : std::string());
        }
    }
    if (more > 0) {
        write("    " + style.paint("and " + groupedNumber(more, style.numbers) + " more", Ink::Muted) + '\n');
    }
    if (!group.hint.empty()) {
        wrapped(group.hint, "  ", write);
    }
    if (report.rules && group.ruleIndex < report.rules->rules().size()) {
        const Rule& rule = report.rules->rules()[group.ruleIndex];
        wrapped(displayName(rule.why, 0), "  ", write);
        for (const std::string& source : rule.sources) {
            write("  " + style.paint(displayName(source), Ink::Muted) + '\n');
            if (rule.sources.size() > 2) {
                write("  "
                      + style.paint("and " + groupedNumber(rule.sources.size() - 1, style.numbers) + " other sources: ckptscope rules show "
                                        + displayName(rule.id),
                                    Ink::Muted)
                      + '\n');
                break;
            }
        }
    }
    write("\n");
}

/// A path as a shell takes it; empty where it can't be shown as it is.
std::string shellWord(std::string_view path)
{
    if (displayName(path, 0) != path) {
        return {};
    }
    const bool plain = !path.empty() && std::all_of(path.begin(), path.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
            || std::string_view("_-./+:,@%=").find(c) != std::string_view::npos;
    });
    if (plain && !path.starts_with('-')) {
        return std::string(path);
    }
    std::string out = path.starts_with('-') ? "'./" : "'";
    for (const char c : path) {
        out += c == '\'' ? "'\\''" : std::string(1, c);
    }
    return out + '\'';
}

std::string outcomeText(Explanation::Outcome outcome)
{
    switch (outcome) {
    case Explanation::Outcome::Decides:
        return "decides";
    case Explanation::Outcome::Agrees:
        return "agrees with the rule that decides";
    case Explanation::Outcome::Overruled:
        return "overruled";
    case Explanation::Outcome::OtherArchitecture:
        return "is for other architectures";
    case Explanation::Outcome::ConfigDiffers:
        return "config.json does not ask for it";
    case Explanation::Outcome::NotInProfile:
        return "is not in this profile";
    }
    return {};
}

std::string joined(const std::vector<std::string>& words, std::string_view none)
{
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : ", ") + displayName(word);
    }
    return text.empty() ? std::string(none) : text;
}

} // namespace

void writeCheckText(const Checkpoint& checkpoint, const CheckReport& report, const TextStyle& style, const Write& write)
{
    const VerdictText verdict = verdictText(checkpoint, report, style.numbers);
    write(style.paint(verdict.title, verdictInk(report.verdict)) + '\n');
    wrapped(verdict.detail, "", write);
    write("\n");
    Table facts("ll");
    facts.row({"path", displayName(checkpoint.path())}, Ink::Muted);
    facts.row({"holds", factsText(checkpoint, style.numbers)}, Ink::Muted);
    std::string architecture = joined(report.architecture.names, "not known");
    if (report.architecture.from == ArchitectureChoice::From::Inferred) {
        architecture += " (inferred from keys)";
    } else if (report.architecture.from == ArchitectureChoice::From::Argument) {
        architecture += " (as you said)";
    } else if (report.architecture.from == ArchitectureChoice::From::ModelType) {
        architecture += " (by its model_type)";
    } else if (report.architecture.from == ArchitectureChoice::From::Family) {
        architecture += " (by its family)";
    }
    facts.row({"model", architecture}, Ink::Muted);
    facts.row({"profile",
               displayName(report.profile) + ", " + groupedNumber(report.rulesApplied.size(), style.numbers)
                   + (report.rulesApplied.size() == 1 ? " rule covers " : " rules cover ") + groupedNumber(report.tensorsChecked, style.numbers)
                   + (report.tensorsChecked == 1 ? " tensor" : " tensors")},
              Ink::Muted);
    facts.write(style, "", write);
    if (report.architecture.from == ArchitectureChoice::From::Inferred) {
        for (const std::string& evidence : report.architecture.evidence) {
            wrapped(displayName(evidence, 0), "         ", write);
        }
    }
    write("\n");
    for (const FindingGroup& group : groupFindings(checkpoint, report, style.numbers)) {
        writeGroup(checkpoint, report, group, style, write);
    }
    const auto mendable = std::any_of(report.findings.begin(), report.findings.end(),
                                      [](const Finding& finding) { return finding.severity == Severity::Violation && finding.fix; });
    if (mendable && report.verdict == Verdict::Violations) {
        const std::string path = shellWord(checkpoint.path());
        const std::string target = shellWord(defaultOutput(checkpoint, "-fixed"));
        if (!path.empty() && !target.empty()) {
            const bool fixes = checkpoint.format() == "safetensors" || checkpoint.format() == "torch"; // the others have no writer
            const std::string command = fixes ? "ckptscope fix " + path + " -o " + target : "ckptscope convert " + path + " -o " + target + " --fix";
            write("To repair a copy: " + style.paint(command, Ink::Bold) + '\n');
        }
    }
}

void writeDonorText(const DonorAnswer& answer, const TextStyle& style, const Write& write)
{
    std::uint64_t fits = 0;
    for (const DonorMatch& match : answer.matches) {
        fits += match.usable() ? 1U : 0U;
    }
    write('\n' + style.paint("donor", Ink::Bold) + "  " + displayName(answer.donor->path()) + '\n');
    if (answer.matches.empty()) {
        write("  No tensor here has lost bits that a donor could give back.\n");
        return;
    }
    write("  It can give back the lost bits of " + groupedNumber(fits, style.numbers) + " of " + groupedNumber(answer.matches.size(), style.numbers)
          + (answer.matches.size() == 1 ? " tensor" : " tensors") + (fits > 0 ? ": ckptscope fix --donor.\n" : ".\n"));
    std::size_t shown = 0;
    const std::uint64_t refused = answer.matches.size() - fits;
    for (const DonorMatch& match : answer.matches) {
        if (match.refusal) {
            if (shown++ == KeysShown) {
                write("    " + style.paint("and " + groupedNumber(refused - KeysShown, style.numbers) + " more", Ink::Muted) + '\n');
                break;
            }
            wrapped(messageText(*match.refusal, style.numbers), "    ", write);
        }
    }
}

void writeExplainText(const Checkpoint& checkpoint, const CheckReport& report, std::string_view key, const std::vector<Explanation>& explanations,
                      const TextStyle& style, const Write& write)
{
    const TensorInfo* tensor = checkpoint.find(key);
    write(style.paint(displayName(key), Ink::Bold)
          + (tensor != nullptr ? "  " + displayName(tensor->dtypeText()) + "  " + shapeText(tensor->shape.data(), tensor->shape.size())
                               : "  is not in this checkpoint")
          + '\n');
    const bool inferred = report.architecture.from == ArchitectureChoice::From::Inferred;
    write("model " + joined(report.architecture.names, "not known") + (inferred ? " (inferred from keys)" : "") + ", profile "
          + displayName(report.profile) + '\n');
    for (const std::string& evidence : report.architecture.evidence) {
        wrapped(displayName(evidence, 0), "    ", write);
    }
    write("\n");
    if (explanations.empty()) {
        write("No rule's pattern matches this key.\n");
        return;
    }
    for (const Explanation& explanation : explanations) {
        const Rule& rule = report.rules->rules()[explanation.ruleIndex];
        const bool decides = explanation.outcome == Explanation::Outcome::Decides;
        write(style.paint(displayName(rule.id), decides ? Ink::Bold : Ink::Plain) + "  "
              + style.paint(severityName(rule.severity), severityInk(rule.severity)) + "  wants " + dtypeChoice(rule.requiredDtypes) + ": "
              + outcomeText(explanation.outcome) + (explanation.detail.empty() ? "" : " (" + displayName(explanation.detail) + ")") + '\n');
        if (decides) {
            wrapped(displayName(rule.why, 0), "    ", write);
        }
    }
}

std::string patternText(std::string_view text)
{
    std::string out;
    for (std::size_t at = 0;;) {
        const std::size_t next = text.find('\\', at);
        out += displayName(text.substr(at, next == std::string_view::npos ? next : next - at), 0);
        if (next == std::string_view::npos) {
            return out;
        }
        out += '\\';
        at = next + 1;
    }
}

void writeRuleListText(const std::vector<Rule>& rules, const TextStyle& style, const Write& write)
{
    Table table("llll");
    if (style.headings && !rules.empty()) {
        table.row({"RULE", "SEVERITY", "WANTS", "TITLE"}, Ink::Muted);
    }
    for (const Rule& rule : rules) {
        table.row({displayName(rule.id), std::string(severityName(rule.severity)), dtypeChoice(rule.requiredDtypes), displayName(rule.title)},
                  severityInk(rule.severity));
    }
    table.write(style, "", write);
}

void writeRuleText(const Rule& rule, const TextStyle& style, const Write& write)
{
    write(style.paint(displayName(rule.id), Ink::Bold) + "  " + style.paint(severityName(rule.severity), severityInk(rule.severity)) + '\n');
    write(displayName(rule.title) + "\n\n");
    wrapped(displayName(rule.why, 0), "", write);
    write("\n");
    Table table("ll");
    table.row({"wants", dtypeChoice(rule.requiredDtypes)}, Ink::Muted);
    table.row({"keys", patternText(rule.keyRegex)}, Ink::Muted);
    for (std::size_t i = 0; i < std::max<std::size_t>(1, rule.architectures.size()); ++i) {
        table.row({i == 0 ? "models" : "", rule.architectures.empty() ? "any" : displayName(rule.architectures[i])}, Ink::Muted);
    }
    for (const auto& [path, values] : rule.when) {
        std::string text;
        for (const ConfigValue& value : values) {
            text += (text.empty() ? "" : " or ") + displayName(configText(value));
        }
        table.row({"when", displayName(path) + " is " + text}, Ink::Muted);
    }
    if (!rule.shape.empty()) {
        table.row({"shape", displayName(rule.shape)}, Ink::Muted);
    }
    for (std::size_t i = 0; i < rule.sources.size(); ++i) {
        table.row({i == 0 ? "sources" : "", displayName(rule.sources[i])}, Ink::Muted);
    }
    table.row({"from", displayName(rule.family)}, Ink::Muted);
    table.write(style, "", write);
}

} // namespace ckptscope::report
