// SPDX-License-Identifier: Apache-2.0
// apply and finish: a saved plan, carried out in parts.
#include "app/cli/commands.h"
#include "app/cli/plans.h"
#include "app/cli/session.h"
#include "core/fix/applyparts.h"
#include "core/report/json.h"
#include "core/report/messages.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace ckptscope::cli {

namespace {

struct ApplyCommand {
    std::string plan;
    std::string part;
    std::string device;
};

struct FinishCommand {
    std::string plan;
    std::string verify = "sizes";
    std::string receiptFile;
    bool discard = false;
};

constexpr std::string_view ApplySchema = "ckptscope.apply/1";
constexpr std::string_view ReceiptSchema = "ckptscope.receipt/1";

/// Every part reads the plan anew, and knows what it belongs to by the file's hash.
Result<SavedPlan> load(const std::string& file)
{
    if (isStandard(file)) {
        return fail(Code::UsageError, {"--plan - cannot be read from standard input: save the plan in a file that every part reads"});
    }
    return loadPlan(absolutePaths({file}).front());
}

Result<BoundPlan> bind(Session& session, const std::string& file)
{
    auto saved = load(file);
    if (!saved) {
        return saved.error();
    }
    auto bound = bindPlan(*std::move(saved), session.job());
    session.endProgress();
    return bound;
}

void writeJson(Session& session, const std::string& file, const BoundPlan& bound, const std::vector<PartReport>& reports)
{
    report::JsonWriter json(session.out());
    json.open('{').key("schema").text(ApplySchema).key("plan").text(file).key("output").text(bound.plan.output);
    json.key("partial").text(reports.front().partial).key("parts").open('[');
    for (const PartReport& part : reports) {
        json.open('{')
            .key("part")
            .number(std::uint64_t{part.part})
            .key("parts")
            .number(std::uint64_t{part.parts})
            .key("already")
            .boolean(part.already);
        json.key("files").number(part.files).key("resumed_files").number(part.resumedFiles).key("written_bytes").number(part.writtenBytes);
        json.key("shared_bytes").number(part.sharedBytes).key("edits").number(part.edits).key("device").text(part.device);
        json.key("fallback").textOrNull(part.fallback).key("seconds").number(part.seconds).key("peak_rss_bytes").number(part.peakRssBytes).close('}');
    }
    json.close(']').closeNamed().finish();
}

void writeText(Session& session, const PartReport& part)
{
    const std::string name = "Part " + groupedNumber(part.part) + " of " + groupedNumber(part.parts);
    if (part.already) {
        session.out()(name + " was done already.\n");
        return;
    }
    std::string text =
        name + ": " + groupedNumber(part.files) + (part.files == 1 ? " file, " : " files, ") + byteText(part.writtenBytes) + " written and verified";
    if (part.sharedBytes > 0) {
        text += ", " + byteText(part.sharedBytes) + " shared with the source";
    }
    if (part.resumedFiles > 0) {
        text += "; " + groupedNumber(part.resumedFiles) + " of them by an earlier run";
    }
    session.out()(text + ".\n");
    if (!part.fallback.empty()) {
        session.note("The CPU did the casts: " + displayName(part.fallback) + '.');
    }
}

int apply(Session& session, const ApplyCommand& command)
{
    const auto given = command.part.empty() ? std::optional(PartOf{0, 0}) : partOf(command.part);
    if (!given) {
        return session.fails(ApplySchema, fail(Code::UsageError, {"--part " + command.part + ": write I/N, for instance 1/8"}));
    }
    auto bound = bind(session, command.plan);
    if (!bound) {
        return session.fails(ApplySchema, bound.error());
    }
    if (!command.device.empty()) {
        bound->plan.options.device = command.device;
    }
    unsigned parts = given->parts;
    unsigned first = given->part;
    unsigned last = given->part;
    if (command.part.empty()) { // all of them, as many as were begun
        const auto begun = begunParts(bound->plan);
        if (!begun) {
            return session.fails(ApplySchema, begun.error());
        }
        parts = std::max(*begun, 1U);
        first = 1;
        last = parts;
    }
    std::vector<PartReport> reports;
    for (unsigned part = first; part <= last; ++part) {
        auto done = applyPart(*bound, part, parts, session.job());
        session.endProgress();
        if (!done) {
            return session.fails(ApplySchema, done.error());
        }
        if (!session.common.json) {
            writeText(session, *done);
        }
        reports.push_back(*std::move(done));
    }
    if (session.common.json) {
        writeJson(session, command.plan, *bound, reports);
    }
    return Fine;
}

int finish(Session& session, const FinishCommand& command)
{
    if (command.discard) {
        const auto saved = load(command.plan);
        const auto discarded = saved ? discardPlan(*saved) : Result<bool>(saved.error());
        if (!discarded) {
            return session.fails(ReceiptSchema, discarded.error());
        }
        if (session.common.json) {
            report::JsonWriter json(session.out());
            json.open('{').key("schema").text("ckptscope.discard/1").key("plan").text(command.plan).key("output").text(saved->plan.output);
            json.key("partial").text(saved->plan.partialName).key("removed").boolean(*discarded).closeNamed().finish();
        }
        session.note(*discarded ? "What the plan's parts had written was removed." : "None of the plan's parts had written anything.");
        return Fine;
    }
    const auto bound = bind(session, command.plan);
    if (!bound) {
        return session.fails(ReceiptSchema, bound.error());
    }
    auto receipt = finishPlan(*bound, command.verify == "full", session.job());
    session.endProgress();
    if (!receipt) {
        return session.fails(ReceiptSchema, receipt.error());
    }
    return tellReceipt(session, *receipt, command.receiptFile);
}

/// What a saved plan speaks of; the plan itself, which the user names, is read before the sandbox closes. `--device` may override its own.
void needs(const std::string& file, const std::string& device, SandboxAccess& access)
{
    if (isStandard(file)) {
        return; // said by the command
    }
    access.read(file);
    const auto saved = load(file);
    if (!saved) {
        return; // said by the command, which reads it again
    }
    const FixPlan& plan = saved->plan;
    for (const PlannedCheckpoint* one : {&plan.opening, &plan.donorOpening}) {
        allowCheckpoint(access, one->paths, OpenOptions{one->follow});
    }
    for (const auto* files : {&plan.sources, &plan.donorSources}) {
        for (const SourceFile& source : *files) {
            access.read(source.path);
        }
    }
    access.writeBeside(plan.output);
    // A hard link must not have more rights than its file, so both folders get the same.
    if (plan.options.link == LinkChoice::Hard) {
        for (const SourceFile& source : plan.sources) {
            access.writeBeside(source.path);
        }
    }
    access.gpu = (device.empty() ? plan.options.device : device) != "cpu";
}

} // namespace

void addApply(CLI::App& app, Session& session)
{
    auto values = std::make_shared<ApplyCommand>();
    CLI::App* command = app.add_subcommand("apply", "Carry out a saved plan, or one part of it; may be run again after any end");
    command->add_option("--plan", values->plan, "What `fix --plan` or `convert --plan` saved")->required()->type_name("FILE");
    command->add_option("--part", values->part, "Which part, and of how many (default: all, one after the other)")->type_name("I/N");
    command->add_option("--device", values->device, "Where casts run on this machine: auto, cpu, cuda or cuda:N (default: as planned)")
        ->type_name("NAME");
    command->footer("Example, on three machines that share a file system:\n  ckptscope apply --plan plan.json --part "
                    "1/3\n\nThen: ckptscope finish --plan plan.json\n");
    command->callback([&session, values] {
        session.needs = [values](SandboxAccess& access) { needs(values->plan, values->device, access); };
        session.command = [&session, values] { return apply(session, *values); };
    });
}

void addFinish(CLI::App& app, Session& session)
{
    auto values = std::make_shared<FinishCommand>();
    CLI::App* command = app.add_subcommand("finish", "See that every part of a saved plan is done, and make its output appear");
    command->add_option("--plan", values->plan, "What `fix --plan` or `convert --plan` saved")->required()->type_name("FILE");
    command->add_option("--verify", values->verify, "What of the parts' receipts is looked at: sizes (and headers; the default), or all bytes (full)")
        ->type_name("HOW")
        ->check(CLI::IsMember({"sizes", "full"}));
    command
        ->add_option("--receipt", values->receiptFile, "Also write the receipt as JSON into this file; -: to standard output, in place of its words")
        ->type_name("FILE");
    command->add_flag("--discard", values->discard, "Give the plan up: remove what its parts have written");
    command->footer("Example:\n  ckptscope finish --plan plan.json --receipt receipt.json\n");
    command->callback([&session, values] {
        session.needs = [values](SandboxAccess& access) {
            needs(values->plan, "cpu", access);
            access.writeFile(isStandard(values->receiptFile) ? std::string() : values->receiptFile);
        };
        session.command = [&session, values] { return finish(session, *values); };
    });
}

} // namespace ckptscope::cli
