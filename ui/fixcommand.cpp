// SPDX-License-Identifier: Apache-2.0
#include "ui/fixcommand.h"

#include "ui/text.h"

#include <map>
#include <string_view>

namespace ckptscope::ui {

namespace {

struct RuleChoice {
    std::size_t all = 0;
    std::size_t chosen = 0;
    Severity severity = Severity::Violation;
};

} // namespace

std::string fixCommand(const Checkpoint& checkpoint, const CheckReport& report, const FixOptions& options, const std::vector<Edit>& proposed,
                       const std::vector<bool>& chosen, bool rulesMuted)
{
    std::string command = "ckptscope fix";
    const auto add = [&command](std::string_view option, std::string_view value = {}) {
        command += ' ';
        command += option;
        if (!value.empty()) {
            command += ' ';
            command += shellQuoted(value);
        }
    };
    const std::string& path = checkpoint.path();
    if (path.starts_with('-')) {
        add("./" + shellQuoted(path));
    } else {
        add(shellQuoted(path));
    }
    if (options.inPlace) {
        add("--in-place");
    } else {
        add("-o", options.output);
    }
    if (options.donor) {
        const std::string& donor = options.donor->donor()->path();
        add("--donor", donor.starts_with('-') ? "./" + donor : donor);
        if (options.donorPartial) {
            add("--donor-partial");
        }
    }
    if (report.profile != "default" && !report.profile.empty()) {
        add("--profile", report.profile);
    }
    if (report.architecture.from == ArchitectureChoice::From::Argument && !report.architecture.names.empty()) {
        add("--arch", report.architecture.names.front());
    }
    std::map<std::string_view, RuleChoice> rules;
    std::size_t violations = 0;
    std::size_t violationsChosen = 0;
    std::size_t advice = 0;
    std::size_t adviceChosen = 0;
    for (std::size_t i = 0; i < proposed.size(); ++i) {
        const Edit& edit = proposed[i];
        RuleChoice& rule = rules[edit.rule];
        rule.severity = edit.severity;
        ++rule.all;
        const bool asked = edit.severity >= Severity::Violation;
        ++(asked ? violations : advice);
        if (chosen[i]) {
            ++rule.chosen;
            ++(asked ? violationsChosen : adviceChosen);
        }
    }
    if (adviceChosen > 0) {
        add("--advice");
    }
    // Without --only, `fix` takes every violation, and with --advice every advice too; it knows nothing of muted rules.
    if (rulesMuted || violationsChosen != violations || (adviceChosen > 0 && adviceChosen != advice)) {
        for (const auto& [id, rule] : rules) {
            if (rule.chosen == rule.all) {
                add("--only", id);
            }
        }
        for (std::size_t i = 0; i < proposed.size(); ++i) {
            if (const RuleChoice& rule = rules[proposed[i].rule]; chosen[i] && rule.chosen != rule.all) {
                add("--only", proposed[i].key); // a glob of ours: brackets stand for themselves, * and ? also for themselves
            }
        }
    }
    if (options.device != "auto") {
        add("--device", options.device);
    }
    if (options.verify == VerifyChoice::Full) {
        add("--verify", "full");
    }
    if (options.link == LinkChoice::Hard) {
        add("--link", "hard");
    }
    if (options.force) {
        add("--force");
    }
    return command;
}

std::string fixCommand(const Checkpoint& checkpoint, const CheckReport& report, const FixPlan& plan)
{
    FixOptions options = plan.options;
    if (!options.inPlace) {
        options.output = plan.output;
    }
    return fixCommand(checkpoint, report, options, plan.edits, std::vector<bool>(plan.edits.size(), true));
}

} // namespace ckptscope::ui
