// SPDX-License-Identifier: Apache-2.0
#include "app/cli/checking.h"
#include "app/cli/commands.h"
#include "app/cli/plans.h"
#include "app/cli/session.h"
#include "core/fix/apply.h"
#include "core/fix/fixable.h"
#include "core/fix/place.h"
#include "core/fix/plan.h"
#include "core/fix/planfile.h"
#include "core/io/output.h"
#include "core/query/nothingmatches.h"
#include "core/report/html.h"
#include "core/report/json.h"
#include "core/report/messages.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <functional>

namespace ckptscope::cli {

namespace {

struct FixCommand {
    std::vector<std::string> paths;
    Judging judging;
    FixOptions options;
    std::vector<std::string> take;
    std::vector<std::string> casts;
    std::vector<std::string> renames;
    std::vector<std::string> metadata;
    std::string files = "needed";
    std::string verify = "edited";
    std::string link = "auto";
    std::string to = "safetensors";
    std::string receiptFile;
    std::string htmlFile;
    std::string donor;
    std::string planFile;
    double donorAgreement = 1;
    bool dryRun = false;

    [[nodiscard]] std::string_view schema() const { return dryRun ? "ckptscope.plan/1" : "ckptscope.receipt/1"; }
};

/// What a web page says of before the repair.
struct Source {
    std::shared_ptr<const Checkpoint> checkpoint;
    std::shared_ptr<const CheckReport> report;
    report::HtmlExtras extras;
};

/// NAME=VALUE at the last or first '='.
std::optional<std::pair<std::string, std::string>> split(const std::string& text, std::size_t at)
{
    if (at == std::string::npos || at == 0) {
        return std::nullopt;
    }
    return std::pair(text.substr(0, at), text.substr(at + 1));
}

/// Takes over what CLI11 left as text; the complaint, or nothing.
std::optional<Error> takeOver(FixCommand& command)
{
    FixOptions& options = command.options;
    for (const std::string& text : command.casts) {
        const auto parts = split(text, text.rfind('=')); // a key may hold one, a dtype not
        const auto dtype = parts ? dtypeFromAlias(parts->second) : std::nullopt;
        if (!dtype) {
            return fail(Code::UsageError, {"--cast " + text + ": write GLOB=DTYPE, for instance *.A_log=F32"});
        }
        options.casts.emplace_back(parts->first, *dtype);
    }
    for (const std::string& text : command.renames) {
        const auto parts = split(text, text.find('='));
        if (!parts) {
            return fail(Code::UsageError, {"--rename " + text + ": write FROM=TO, two prefixes of names"});
        }
        options.renames.push_back(*parts);
    }
    for (const std::string& text : command.metadata) {
        const auto parts = split(text, text.find('='));
        if (!parts) {
            return fail(Code::UsageError, {"--set-metadata " + text + ": write KEY=VALUE"});
        }
        options.metadata.push_back(*parts);
    }
    options.to = command.to == "torch" ? FixTarget::Torch : FixTarget::Safetensors;
    options.files = command.files == "all" ? FilesChoice::All : FilesChoice::Needed;
    options.verify = *verifyChoiceFromName(command.verify);
    options.link = *linkChoiceFromName(command.link);
    if (isStandard(options.output)) {
        return fail(Code::UsageError, {"-o -: a checkpoint is read back before it appears, so it cannot go to standard output"});
    }
    if (!command.planFile.empty() && options.inPlace) {
        return fail(Code::PlanInPlace);
    }
    if (!command.planFile.empty() && command.dryRun) {
        return fail(Code::UsageError, {"--plan and --dry-run exclude each other"});
    }
    if (options.inPlace && !options.output.empty()) {
        return fail(Code::UsageError, {"--in-place and -o exclude each other"});
    }
    if (!options.inPlace && options.output.empty() && !command.dryRun) {
        return fail(Code::UsageError, {"say where the repaired copy goes: -o OUT"});
    }
    return std::nullopt;
}

/// Names that the donor is to give values for, as the tensors that they are.
std::optional<Error> takeDonorGlobs(FixCommand& command, const Checkpoint& checkpoint)
{
    if (!command.take.empty() && command.donor.empty()) {
        return fail(Code::UsageError, {"--donor-take needs --donor"});
    }
    for (const std::string& glob : command.take) {
        bool any = false;
        for (std::uint32_t i = 0; i < checkpoint.tensors().size(); ++i) {
            const TensorInfo& tensor = checkpoint.tensors()[i];
            if (globMatch(glob, tensor.key) && canTakeFromDonor(tensor)) {
                command.options.hand.donor.insert(i);
                any = true;
            }
        }
        if (!any) {
            return nothingMatches(glob, checkpoint);
        }
    }
    return std::nullopt;
}

/// The source as it was, and what was done, as one web page.
void writeHtml(const Source& source, const Receipt& receipt, const report::Write& write)
{
    report::HtmlExtras extras = source.extras;
    extras.receipt = receipt;
    report::writeCheckHtml(source.checkpoint, *source.report, findRoles(*source.checkpoint), write, {}, extras);
}

Result<void> writeHtmlFile(const std::string& path, const Source& source, const Receipt& receipt)
{
    return writeBeside(path, [&](const report::Write& write) { writeHtml(source, receipt, write); });
}

int finish(Session& session, const FixCommand& command, const Source& source, const Receipt& receipt)
{
    const bool toOutput = isStandard(command.htmlFile);
    const int code = tellReceipt(session, receipt, command.receiptFile, toOutput);
    if (toOutput) {
        writeHtml(source, receipt, session.out());
    } else if (code != CouldNot && !command.htmlFile.empty()) {
        if (auto written = writeHtmlFile(command.htmlFile, source, receipt); !written) {
            session.error("the web page was not written, but the repair is complete: " + errorText(written.error(), false));
            return CouldNot;
        }
    }
    return code;
}

int showPlan(Session& session, const FixPlan& plan, const SpaceCheck* space, bool outputTaken = false)
{
    if (session.common.json) {
        report::writePlanJson(plan, session.out());
    } else if (plan.empty() && outputTaken) {
        session.note("Nothing to do: no edit is asked for, and no plan was written.");
    } else if (plan.empty()) {
        session.out()("Nothing to do: no edit is asked for.\n");
    } else {
        report::writePlanText(plan, space, session.outStyle(), session.out());
    }
    return Fine;
}

/// Every tensor that the donor must not be taken for, with the reason.
void sayMatches(Session& session, const FixPlan& plan)
{
    std::uint64_t restored = 0;
    for (const DonorMatch& match : plan.donorMatches) {
        restored += match.usable() ? 1 : 0;
        if (match.refusal) {
            session.error(errorText(*match.refusal, false));
        } else if (match.disagreement) {
            session.note(errorText(*match.disagreement, false));
        }
    }
    if (plan.options.donor) {
        session.note("The donor fits " + groupedNumber(restored) + " of " + groupedNumber(plan.donorMatches.size()) + " tensors.");
    }
}

int run(Session& session, FixCommand& command)
{
    const std::string_view schema = command.schema();
    if (const auto complaint = takeOver(command)) {
        return session.fails(schema, *complaint);
    }
    // With --json the receipt is what standard output has anyway.
    const std::string_view receiptFile = session.common.json ? std::string_view() : command.receiptFile;
    if (const auto taken = onlyOneStandard(session, {{"--receipt", receiptFile}, {"--html", command.htmlFile}, {"--plan", command.planFile}})) {
        return session.fails(schema, *taken);
    }
    command.options.followOutside = session.common.follow;
    bool allRules = true;
    const CheckOptions how = command.judging.options(session, allRules);
    if (!allRules) {
        return session.fails(schema, fail(Code::UsageError, {"rules that you gave were not understood; nothing was written"}));
    }
    if (command.options.inPlace && !command.dryRun) {
        std::error_code code;
        std::filesystem::path folder = std::filesystem::absolute(command.paths.front(), code);
        if (!std::filesystem::is_directory(folder, code)) {
            folder = folder.parent_path();
        }
        auto completed = completeInPlace(folder.string());
        if (!completed) {
            return session.fails(schema, completed.error());
        }
        if (*completed) {
            session.note("A repair that was cut off here has been completed.");
        }
    }
    if (!command.planFile.empty()) { // others open it from where they stand
        command.paths = absolutePaths(command.paths);
        command.donor = command.donor.empty() ? std::string() : absolutePaths({command.donor}).front();
    }
    auto opened = session.open(command.paths);
    if (!opened) {
        return session.fails(schema, opened.error());
    }
    const Checkpoint& checkpoint = **opened;
    auto checked = runChecks(checkpoint, how, session.job());
    if (!checked) {
        return session.fails(schema, checked.error());
    }
    if (!command.options.inPlace && command.options.output.empty()) {
        command.options.output = defaultOutput(checkpoint, "-fixed", command.options.to); // only to be shown
    }
    if (!command.donor.empty()) {
        auto donor = session.open({command.donor});
        if (!donor) {
            return session.fails(schema, donor.error());
        }
        command.options.donor = std::make_shared<DonorMatcher>(*opened, *donor, DonorOptions{command.donorAgreement});
    }
    if (const auto complaint = takeDonorGlobs(command, checkpoint)) {
        return session.fails(schema, *complaint);
    }
    Source source{*opened, *checked, {}};
    if (!command.htmlFile.empty() && !command.dryRun) { // now: in place, the source is gone afterwards
        auto extras = report::readHtmlExtras(*opened, session.job());
        if (extras && command.options.donor) {
            auto theirs = computeDonorDecays(checkpoint, extras->decays, command.options.donor->donor(), session.job());
            if (!theirs) {
                return session.fails(schema, theirs.error());
            }
            extras->donor = *std::move(theirs);
        }
        if (!extras) {
            return session.fails(schema, extras.error());
        }
        source.extras = *std::move(extras);
    }
    auto plan = planFix(checkpoint, **checked, command.options, session.job());
    session.endProgress();
    if (!plan) {
        return session.fails(schema, plan.error());
    }
    sayMatches(session, *plan);
    for (const Error& note : plan->notes) {
        session.note(messageText(note) + '.');
    }
    if (plan->donorRefused() && !command.dryRun) {
        const auto refused =
            std::find_if(plan->donorMatches.begin(), plan->donorMatches.end(), [](const DonorMatch& match) { return !match.usable(); });
        if (session.common.json) {
            report::writeErrorJson(schema, *refused->refusal, session.out());
        }
        session.error("the donor is refused; nothing was written. --donor-partial takes what fits and widens the rest.");
        return CouldNot;
    }
    if (plan->empty()) {
        // "Nothing to do" must not sound as if all were well.
        if ((*checked)->verdict == Verdict::NoContract) {
            session.note(verdictText(checkpoint, **checked).title);
        } else if (const auto able = fixable(checkpoint, **checked); able.any > able.violations && !command.options.advice) {
            session.note("What check calls advice is left as it is; --advice mends it too.");
        }
        if (!command.dryRun && !command.planFile.empty() && session.common.json) {
            return tellNoPlan(session, *plan);
        }
        if (command.dryRun || !command.planFile.empty()) {
            return showPlan(session, *plan, nullptr, isStandard(command.planFile));
        }
        Receipt nothing;
        nothing.source = plan->source;
        nothing.profile = plan->profile;
        nothing.untouchedTensors = checkpoint.tensors().size();
        nothing.untouchedBytes = checkpoint.tensorBytes();
        nothing.findingsLeft = plan->findingsLeft;
        nothing.unmendable = plan->unmendable;
        return std::max(finish(session, command, source, nothing), session.gradeVerdict((*checked)->verdict));
    }
    const auto space = checkSpace(*plan);
    if (!space) {
        return session.fails(schema, space.error());
    }
    if (command.dryRun || !command.planFile.empty()) {
        if (auto done = makeSavable(*plan, checkpoint, absolutePaths(command.paths), session.common.follow,
                                    command.donor.empty() ? std::vector<std::string>() : absolutePaths({command.donor}));
            !done && !plan->options.inPlace) {
            return session.fails(schema, done.error());
        }
        return command.dryRun ? showPlan(session, *plan, &*space) : tellSavedPlan(session, *plan, &*space, command.planFile);
    }
    if (!space->enough()) {
        return session.fails(schema, inFile(fail(Code::FixNoSpace, {std::to_string(space->free), std::to_string(space->needed)}), plan->output));
    }
    if (!session.common.json) {
        std::string text;
        report::writePlanText(*plan, &*space, {}, [&](std::string_view piece) { text += piece; });
        text.pop_back();
        session.note(text);
    }
    auto receipt = applyPlan(checkpoint, *plan, session.job());
    session.endProgress();
    if (!receipt) {
        return session.fails(schema, receipt.error());
    }
    return std::max(finish(session, command, source, *receipt), session.gradeVerdict((*checked)->verdict));
}

void needs(const Session& session, const FixCommand& command, SandboxAccess& access)
{
    session.needsCheckpoint(access, command.paths);
    session.needsCheckpoint(access, {command.donor});
    command.judging.needs(access);
    // A dry run without OUT asks of the default place whether blocks can be shared there.
    access.writeBeside(command.options.output.empty() ? command.paths.front() : command.options.output);
    for (const std::string& file : {command.receiptFile, command.htmlFile}) {
        access.writeFile(isStandard(file) ? std::string() : file);
    }
    allowFile(access, command.planFile);
    // A hard link must not have more rights than its file, so both folders get the same.
    if (command.options.inPlace || command.link == "hard") {
        for (const std::string& path : command.paths) {
            std::error_code code;
            std::filesystem::is_directory(path, code) ? access.writes.push_back(path) : access.writeBeside(path);
        }
    }
    access.gpu = command.options.device != "cpu";
}

} // namespace

void addFix(CLI::App& app, Session& session)
{
    auto values = std::make_shared<FixCommand>();
    FixOptions& options = values->options;
    CLI::App* command = app.add_subcommand("fix", "Write a repaired copy and prove that nothing else changed");
    command->add_option("PATH", values->paths, "A file, a folder, an index, or several shards of one checkpoint")->required()->type_name("");
    command->add_option("-o,--output", options.output, "Where the repaired checkpoint goes; it must not exist yet")->type_name("OUT");
    values->judging.addTo(*command);
    command
        ->add_option("--donor", values->donor,
                     "A checkpoint in any format that still holds the full precision; its values are taken where they round to ours")
        ->type_name("PATH");
    command->add_option("--donor-agreement", values->donorAgreement, "Share of a tensor's values that must agree with the donor's (default: 1, all)")
        ->type_name("SHARE")
        ->check(CLI::Range(0.0, 1.0));
    command->add_flag("--donor-partial", options.donorPartial, "Take what fits from the donor, and widen what it is refused for");
    command->add_flag("--advice", options.advice, "Also do what advice asks for");
    command->add_option("--only", options.only, "Only what this rule, or names like this, ask for; may be repeated")
        ->type_name("RULE|GLOB")
        ->allow_extra_args(false);
    command->add_option("--cast", values->casts, "Cast tensors of such names to a dtype; may be repeated")
        ->type_name("GLOB=DTYPE")
        ->allow_extra_args(false);
    command->add_option("--rename", values->renames, "Rename a prefix of names; may be repeated")->type_name("FROM=TO")->allow_extra_args(false);
    command->add_option("--drop", options.drops, "Leave tensors of such names out; may be repeated")->type_name("GLOB")->allow_extra_args(false);
    command->add_option("--set-metadata", values->metadata, "Set a key of __metadata__; may be repeated")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    command->add_option("--remove-metadata", options.metadataRemovals, "Take a key out of __metadata__; may be repeated")
        ->type_name("KEY")
        ->allow_extra_args(false);
    command->add_option("--donor-take", values->take, "Take tensors of such names from the donor, whether or not a rule asks for it; may be repeated")
        ->type_name("GLOB")
        ->allow_extra_args(false);
    command->add_option("--to", values->to, "What a torch checkpoint becomes: safetensors (default), or torch, which torch.load opens as it did")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"safetensors", "torch"}));
    command->add_option("--files", values->files, "Which other files come along: needed (config, tokenizer, code; the default) or all")
        ->type_name("WHICH")
        ->check(CLI::IsMember({"needed", "all"}));
    command->add_flag("--dry-run", values->dryRun, "Say what would be done, and write nothing");
    command
        ->add_option("--plan", values->planFile,
                     "Save what would be done as JSON into this file, and stop; `apply` and `finish` carry it out, in parts and on other machines")
        ->type_name("FILE");
    command
        ->add_option("--receipt", values->receiptFile, "Also write the receipt as JSON into this file; -: to standard output, in place of its words")
        ->type_name("FILE");
    command
        ->add_option("--html", values->htmlFile,
                     "Also write a web page that stands alone into this file: what was wrong, with plots, and what was changed")
        ->type_name("FILE");
    command->add_flag("--in-place", options.inPlace, "Replace the source's own files; the new ones are written and verified first");
    addDeviceOption(*command, options.device, "Where casts run");
    command->add_option("--verify", values->verify, "Re-read what was cast or copied (edited, the default), or all bytes (full)")
        ->type_name("HOW")
        ->check(CLI::IsMember({"edited", "full"}));
    command->add_option("--link", values->link, "How untouched bytes get there: auto (share blocks where possible), copy, reflink or hard")
        ->type_name("HOW")
        ->check(CLI::IsMember({"auto", "copy", "reflink", "hard"}));
    command->add_flag("--force", options.force, "Replace an OUT that exists, in one step, once the new one is complete");
    command->footer("Example:\n  ckptscope fix Qwen3-Next-80B-A3B -o Qwen3-Next-80B-A3B-fixed\n");
    command->callback([&session, values] {
        session.needs = [&session, values](SandboxAccess& access) { needs(session, *values, access); };
        session.command = [&session, values] { return run(session, *values); };
    });
}

} // namespace ckptscope::cli
