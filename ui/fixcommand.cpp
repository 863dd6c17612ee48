// SPDX-License-Identifier: Apache-2.0
#include "ui/fixcommand.h"

#include "core/text/text.h"
#include "ui/text.h"

#include <algorithm>
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
    std::string_view byHand; ///< a name that an option takes anyway
    for (std::size_t i = 0; i < proposed.size(); ++i) {
        const Edit& edit = proposed[i];
        if (edit.asked()) {
            byHand = chosen[i] ? std::string_view(edit.key) : byHand;
            continue;
        }
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
    if (violationsChosen == 0 && adviceChosen == 0 && (violations > 0 || rulesMuted)) { // a name that no rule asks anything of: none of theirs
        const auto offered = [&](const TensorInfo& tensor) {
            return std::any_of(proposed.begin(), proposed.end(), [&](const Edit& edit) { return edit.key == tensor.key; });
        };
        const auto& tensors = checkpoint.tensors();
        const auto free = std::find_if_not(tensors.begin(), tensors.end(), offered);
        add("--only", globQuoted(!byHand.empty() || free == tensors.end() ? byHand : free->key));
    } else if (rulesMuted || violationsChosen != violations || (adviceChosen > 0 && adviceChosen != advice)) {
        for (const auto& [id, rule] : rules) {
            if (rule.chosen == rule.all) {
                add("--only", id);
            }
        }
        for (std::size_t i = 0; i < proposed.size(); ++i) {
            if (const RuleChoice& rule = rules[proposed[i].rule]; !proposed[i].asked() && chosen[i] && rule.chosen != rule.all) {
                add("--only", globQuoted(proposed[i].key));
            }
        }
    }
    for (std::size_t i = 0; i < proposed.size(); ++i) {
        const Edit& edit = proposed[i];
        if (!edit.asked() || !chosen[i]) {
            continue;
        }
        if (edit.op == EditOp::Drop) {
            add("--drop", globQuoted(edit.key));
        } else if (edit.rule == "--donor-take" && options.donor) {
            add("--donor-take", globQuoted(edit.key));
        } else if (edit.op == EditOp::Cast) {
            add("--cast", globQuoted(edit.key) + '=' + std::string(dtypeName(edit.to)));
        }
    }
    for (const auto& [key, value] : options.metadata) {
        add("--set-metadata", key + '=' + value);
    }
    for (const std::string& key : options.metadataRemovals) {
        add("--remove-metadata", key);
    }
    for (const auto& [key, value] : options.hand.metadata) {
        value ? add("--set-metadata", key + '=' + *value) : add("--remove-metadata", key);
    }
    if (options.to == FixTarget::Torch) {
        add("--to", "torch");
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

std::string fixCommand(const Checkpoint& checkpoint, const CheckReport& report, const FixPlan& plan, bool rulesMuted)
{
    FixOptions options = plan.options;
    if (!options.inPlace) {
        options.output = plan.output;
    }
    std::vector<Edit> proposed = plan.edits;
    std::vector<bool> chosen(proposed.size(), true);
    if (!options.hand.leftOut.empty()) { // what was left out must be named as such: without it the rules would take it
        FixOptions all = options;
        all.hand.leftOut.clear();
        if (auto offered = proposeEdits(checkpoint, report, all)) {
            proposed = std::move(*offered);
            chosen.assign(proposed.size(), true);
            for (std::size_t i = 0; i < proposed.size(); ++i) {
                chosen[i] = !options.hand.leftOut.contains(proposed[i].tensor);
            }
        }
    }
    return fixCommand(checkpoint, report, options, proposed, chosen, rulesMuted);
}

} // namespace ckptscope::ui
