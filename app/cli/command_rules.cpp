// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "core/contracts/architecture.h"
#include "core/contracts/rule.h"
#include "core/report/coverage.h"
#include "core/report/json.h"
#include "core/report/messages.h"
#include "core/text/text.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace ckptscope::cli {

namespace {

constexpr std::string_view RulesSchema = "ckptscope.rules/1";

void print(Session& session, const std::vector<Rule>& rules)
{
    if (session.common.json) {
        report::writeRulesJson(rules, "default", session.out());
    } else {
        report::writeRuleListText(rules, session.outStyle(), session.out());
    }
}

int list(Session& session)
{
    print(session, RuleSet::builtin()->rules());
    session.note(RuleSet::databaseVersion());
    return Fine;
}

int show(Session& session, const std::string& id)
{
    const auto rules = RuleSet::builtin();
    const Rule* rule = rules->find(id);
    if (rule == nullptr) {
        std::vector<std::string_view> ids;
        for (const Rule& one : rules->rules()) {
            ids.push_back(one.id);
        }
        const std::string_view near = nearestWord(id, ids.data(), ids.size());
        return session.fails(RulesSchema,
                             fail(Code::UsageError, {"there is no rule " + id + (near.empty() ? "" : ". Did you mean " + std::string(near) + "?")}));
    }
    if (session.common.json) {
        report::writeRulesJson({*rule}, "default", session.out());
    } else {
        report::writeRuleText(*rule, session.outStyle(), session.out());
    }
    return Fine;
}

int validate(Session& session, const std::vector<std::string>& files)
{
    int code = Fine;
    report::JsonWriter json(session.out());
    if (session.common.json) {
        json.open('{').key("schema").text("ckptscope.validate/1").key("files").open('[');
    }
    for (const std::string& path : files) {
        constexpr std::uint64_t MaxRuleFile = 64ULL << 20U;
        auto text = readSmallFile(path, MaxRuleFile);
        RuleFile file;
        if (text) {
            file = parseRuleFile(*text, path, path);
            code = std::max<int>(code, file.problems.empty() ? Fine : Complaints);
        } else {
            file.problems.push_back({text.error(), 0, {}});
            code = CouldNot;
        }
        if (session.common.json) {
            json.open('{').key("file").text(path).key("rules").number(std::uint64_t{file.rules.size()}).key("problems").open('[');
            for (const RuleFileProblem& problem : file.problems) {
                json.open('{').key("code").text(codeInfo(problem.what.code).id).key("message").text(messageText(problem.what)).key("line");
                if (problem.line == 0) {
                    json.null();
                } else {
                    json.number(problem.line);
                }
                json.key("rule").textOrNull(problem.rule).closeNamed();
            }
            json.close(']').closeNamed();
            continue;
        }
        for (const RuleFileProblem& problem : file.problems) {
            session.error(errorText(problem.what, true));
        }
        if (text && file.problems.empty()) {
            session.out()(displayName(path) + ": " + groupedNumber(file.rules.size())
                          + (file.rules.size() == 1 ? " rule, nothing wrong\n" : " rules, nothing wrong\n"));
        }
    }
    if (session.common.json) {
        json.close(']').close('}').finish();
    }
    return code;
}

int wholeCoverage(Session& session, bool markdown)
{
    const auto& rules = RuleSet::builtin()->rules();
    if (markdown) {
        report::writeCoverageMarkdown(rules, RuleSet::databaseVersion(), session.out());
    } else if (session.common.json) {
        report::writeRulesJson(rules, "default", session.out());
    } else {
        report::writeCoverageText(rules, session.outStyle(), session.out());
    }
    session.note(RuleSet::databaseVersion());
    return Fine;
}

int coverage(Session& session, const std::string& architecture, bool markdown)
{
    if (markdown && (session.common.json || !architecture.empty())) {
        session.error("--markdown goes with neither --json nor ARCH");
        return CouldNot;
    }
    if (architecture.empty()) {
        return wholeCoverage(session, markdown);
    }
    std::vector<Rule> rules;
    for (const Rule& rule : RuleSet::builtin()->rules()) {
        if (std::find(rule.architectures.begin(), rule.architectures.end(), architecture) != rule.architectures.end()) {
            rules.push_back(rule);
        }
    }
    print(session, rules);
    if (rules.empty()) {
        const std::string meant = architectureMeant(architecture, *RuleSet::builtin());
        session.note("No rule names " + displayName(architecture) + '.' + (meant.empty() ? "" : " Did you mean " + displayName(meant) + '?'));
    } else {
        session.note(groupedNumber(rules.size()) + (rules.size() == 1 ? " rule names " : " rules name ") + displayName(architecture) + '.');
    }
    return Fine;
}

} // namespace

void addRules(CLI::App& app, Session& session)
{
    struct Values {
        std::string id;
        std::string architecture;
        bool markdown = false;
        std::vector<std::string> files;
    };
    auto values = std::make_shared<Values>();
    CLI::App* command = app.add_subcommand("rules", "The rule database: what is known, why, and from where");
    command->require_subcommand(0, 1);
    command->footer("Example:\n  ckptscope rules show gdn.qwen3_next.a_log\n");
    CLI::App* listing = command->add_subcommand("list", "All built-in rules (the default)");
    listing->footer("Example, ids alone:\n  ckptscope rules list | cut -d ' ' -f 1\n");
    CLI::App* showing = command->add_subcommand("show", "One rule with its reason and sources");
    showing->add_option("ID", values->id, "A rule's id")->required()->type_name("");
    showing->footer("Example:\n  ckptscope rules show gdn.qwen3_next.a_log\n");
    CLI::App* validating = command->add_subcommand("validate", "Check rule files of your own: ids, patterns, dtypes, reasons and sources");
    validating->add_option("FILE", values->files, "Files in the format ckptscope.rules/1")->required()->type_name("");
    validating->footer("Example:\n  ckptscope rules validate my-rules.json\n");
    CLI::App* covering = command->add_subcommand("coverage", "The rules that name an architecture, or every architecture with its rules");
    covering->add_option("ARCH", values->architecture, "A name as in config.json (default: all that a rule names)")->type_name("");
    covering->add_flag("--markdown", values->markdown, "Print all architectures and rules as Markdown, for docs/coverage.md");
    covering->footer("Example:\n  ckptscope rules coverage Qwen3NextForCausalLM\n");
    for (CLI::App* one : {listing, showing, validating, covering}) {
        one->fallthrough();
    }
    command->callback([&session, values, showing, validating, covering] {
        session.needs = [values](SandboxAccess& access) { access.reads = values->files; };
        if (showing->parsed()) {
            session.command = [&session, values] { return show(session, values->id); };
        } else if (validating->parsed()) {
            session.command = [&session, values] { return validate(session, values->files); };
        } else if (covering->parsed()) {
            session.command = [&session, values] { return coverage(session, values->architecture, values->markdown); };
        } else {
            session.command = [&session] { return list(session); };
        }
    });
}

} // namespace ckptscope::cli
