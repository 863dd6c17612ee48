// SPDX-License-Identifier: Apache-2.0
#include "core/report/coverage.h"

#include "core/contracts/embedded.h"
#include "core/report/messages.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>

namespace ckptscope::report {

namespace {

/// What the figures cannot say.
constexpr std::string_view ReadingThis = R"(## How to read this

- The GatedDeltaNet contract is compared with its original, NeMo AutoModel's `gated_delta_net_fp32` functions, key by key
  (`tests/interop/test_contract.py`, profile `nemo-automodel`).
- The number of sources counts references that a rule gives. It is no measure of how sure a rule is; `ckptscope rules show ID` prints each
  reference and the reason. References into transformers and NeMo AutoModel are looked up in the installed packages by
  `tests/interop/test_declarations.py`; those into other repositories are not.
- A model whose architecture is not in the first table, and none of whose tensors a rule without architectures speaks of, gets no verdict ("no
  contract"). That is not the same as being fine.
)";

/// Rules by architecture, in byte order: the same everywhere.
std::map<std::string_view, std::vector<const Rule*>> byArchitecture(const std::vector<Rule>& rules)
{
    std::map<std::string_view, std::vector<const Rule*>> result;
    for (const Rule& rule : rules) {
        for (const std::string& name : rule.architectures) {
            auto& named = result[name];
            if (named.empty() || named.back() != &rule) { // a name that stands twice in one rule
                named.push_back(&rule);
            }
        }
    }
    return result;
}

/// Plain text inside a table's cell.
std::string cellText(std::string_view text)
{
    std::string out;
    for (const char c : patternText(text)) {
        if (std::string_view("\\`*_<>[]|").find(c) != std::string_view::npos) {
            out += '\\';
        }
        out += c;
    }
    return out;
}

/// A code span inside a table's cell: the bar ends a cell even there, and the fence is longer than any run of backticks
/// in the text.
std::string cellCode(std::string_view text)
{
    std::string out;
    std::size_t run = 0;
    std::size_t longest = 0;
    const std::string shown = patternText(text);
    for (const char c : shown) {
        run = c == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
        out += c == '|' ? "\\|" : std::string(1, c);
    }
    const std::string fence(longest + 1, '`');
    const std::string_view gap = shown.starts_with('`') || shown.ends_with('`') ? " " : "";
    return fence + std::string(gap) + out + std::string(gap) + fence;
}

std::string modelsText(const Rule& rule)
{
    return rule.architectures.empty() ? "any" : std::to_string(rule.architectures.size());
}

std::string whenText(const Rule& rule)
{
    std::string text;
    for (const auto& [path, values] : rule.when) {
        text += (text.empty() ? "" : " and ") + cellCode(path) + " is ";
        for (std::size_t i = 0; i < values.size(); ++i) {
            text += (i > 0 ? " or " : "") + cellCode(configText(values[i]));
        }
    }
    return text;
}

void writeSummary(const std::vector<Rule>& rules, std::size_t architectures, const Write& write)
{
    std::array<std::size_t, 4> severities{};
    std::size_t any = 0;
    for (const Rule& rule : rules) {
        ++severities[static_cast<std::size_t>(rule.severity)];
        any += rule.architectures.empty() ? 1U : 0U;
    }
    write(std::to_string(rules.size()) + " rules");
    std::string_view before = ": ";
    for (const Severity severity : {Severity::Error, Severity::Violation, Severity::Advice, Severity::Note}) {
        if (const std::size_t count = severities[static_cast<std::size_t>(severity)]; count > 0) {
            write(std::string(before) + std::to_string(count) + " of severity " + std::string(severityName(severity)));
            before = ", ";
        }
    }
    write(".\n" + std::to_string(architectures) + " architectures are named by at least one; " + std::to_string(any)
          + " rules name none and speak of any model whose keys and `config.json` fit.\n\n");
}

void writeFamily(const std::vector<const Rule*>& rules, const Write& write)
{
    write("\n### " + cellText(rules.front()->family)
          + "\n\n| Rule | Severity | Wants | Keys (RE2, searched) | Only when | Models | Sources "
            "|\n|---|---|---|---|---|--:|--:|\n");
    for (const Rule* rule : rules) {
        write("| " + cellCode(rule->id) + "<br>" + cellText(rule->title) + " | " + std::string(severityName(rule->severity)) + " | "
              + dtypeChoice(rule->requiredDtypes) + " | " + cellCode(rule->keyRegex) + " | " + whenText(*rule) + " | " + modelsText(*rule) + " | "
              + std::to_string(rule->sources.size()) + " |\n");
    }
}

} // namespace

void writeCoverageText(const std::vector<Rule>& rules, const TextStyle& style, const Write& write)
{
    Table table("lrl");
    if (style.headings && !rules.empty()) {
        table.row({"MODEL", "RULES", "WHICH"}, Ink::Muted);
    }
    for (const auto& [name, named] : byArchitecture(rules)) {
        std::string ids;
        for (const Rule* rule : named) {
            ids += (ids.empty() ? "" : ", ") + displayName(rule->id);
        }
        table.row({displayName(name), groupedNumber(named.size(), style.numbers), ids});
    }
    table.write(style, "", write);
}

void writeCoverageMarkdown(const std::vector<Rule>& rules, std::string_view version, const Write& write)
{
    const auto architectures = byArchitecture(rules);
    std::map<std::string_view, std::vector<const Rule*>> families;
    for (const Rule& rule : rules) {
        families[rule.family].push_back(&rule);
    }
    write("# Which rules speak of which models\n\n"
          "Made by `ckptscope rules coverage --markdown > docs/coverage.md`; don't edit it by hand. The test "
          "`tst_coverage` fails where it is not what\n"
          "that command prints. Rule database: ");
    write(displayName(version));
    write(".\n\n");
    writeSummary(rules, architectures.size(), write);
    for (std::size_t n = 0; n < EmbeddedScoreCount; ++n) {
        write(EmbeddedScore[n].text);
    }
    write("\n");
    write(ReadingThis);
    write("\n## By architecture\n\nIn brackets: the severity, and the dtype that the rule wants. What keys each rule "
          "speaks of stands in the tables below.\n\n"
          "| Architecture | Rules |\n|---|---|\n");
    for (const auto& [name, named] : architectures) {
        std::string cell;
        for (const Rule* rule : named) {
            cell += (cell.empty() ? "" : "<br>") + cellCode(rule->id) + " (" + std::string(severityName(rule->severity)) + ", "
                + dtypeChoice(rule->requiredDtypes) + ')';
        }
        write("| " + cellCode(name) + " | " + cell + " |\n");
    }
    write("\n## By rule\n\nOne table a file of `resources/contracts/`. *Models*: how many architectures the rule "
          "names; *any*: it asks for none.\n"
          "*Sources*: how many references it gives.\n");
    for (const auto& [family, members] : families) {
        writeFamily(members, write);
    }
}

} // namespace ckptscope::report
