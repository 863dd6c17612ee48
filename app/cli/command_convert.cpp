// SPDX-License-Identifier: Apache-2.0
#include "app/cli/checking.h"
#include "app/cli/commands.h"
#include "app/cli/plans.h"
#include "app/cli/session.h"
#include "core/convert/convert.h"
#include "core/fix/planfile.h"
#include "core/report/convertreport.h"
#include "core/report/messages.h"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace ckptscope::cli {

namespace {

struct ConvertCommand {
    std::vector<std::string> paths;
    Judging judging;
    ConvertOptions options;
    std::string to = "safetensors";
    std::string shardSize = "5GB";
    std::string dequantize;
    std::vector<std::string> casts;
    std::vector<std::string> metadata;
    std::string files = "needed";
    std::string planFile;
    bool dryRun = false;
};

std::optional<Error> takeOver(ConvertCommand& command)
{
    ConvertOptions& options = command.options;
    const auto size = parseSize(command.shardSize);
    if (!size || *size == 0) {
        return fail(Code::UsageError, {"--max-shard-size " + command.shardSize + " is not a size such as 5GB"});
    }
    options.maxShardBytes = *size;
    if (!command.dequantize.empty()) {
        const auto dtype = dtypeFromAlias(command.dequantize);
        if (!dtype || (*dtype != DType::F32 && *dtype != DType::F16 && *dtype != DType::BF16)) {
            return fail(Code::UsageError, {"--dequantize " + command.dequantize + ": write F16, BF16 or F32"});
        }
        options.dequantize = *dtype;
    }
    for (const std::string& text : command.casts) {
        const std::size_t at = text.rfind('='); // a key may hold one, a dtype not
        const auto dtype = at == std::string::npos || at == 0 ? std::nullopt : dtypeFromAlias(text.substr(at + 1));
        if (!dtype) {
            return fail(Code::UsageError, {"--cast " + text + ": write GLOB=DTYPE, for instance *.A_log=F32"});
        }
        options.edits.casts.emplace_back(text.substr(0, at), *dtype);
    }
    for (const std::string& text : command.metadata) {
        const std::size_t at = text.find('=');
        if (at == std::string::npos || at == 0) {
            return fail(Code::UsageError, {"--set-metadata " + text + ": write KEY=VALUE"});
        }
        options.edits.metadata.emplace_back(text.substr(0, at), text.substr(at + 1));
    }
    if (isStandard(options.output)) {
        return fail(Code::UsageError, {"-o -: a checkpoint is read back before it appears, so it cannot go to standard output"});
    }
    options.files = command.files == "all" ? FilesChoice::All : FilesChoice::Needed;
    if (!command.planFile.empty() && command.dryRun) {
        return fail(Code::UsageError, {"--plan and --dry-run exclude each other"});
    }
    if (options.output.empty() && !command.dryRun) {
        return fail(Code::UsageError, {"say where the safetensors folder goes: -o OUT"});
    }
    return std::nullopt;
}

int run(Session& session, ConvertCommand& command)
{
    const std::string_view schema = command.dryRun ? "ckptscope.convert-plan/1" : "ckptscope.convert/1";
    if (const auto complaint = takeOver(command)) {
        return session.fails(schema, *complaint);
    }
    if (const auto taken = onlyOneStandard(session, {{"--plan", command.planFile}})) {
        return session.fails(schema, *taken);
    }
    command.options.followOutside = session.common.follow;
    bool allRules = true;
    const CheckOptions how = command.judging.options(session, allRules);
    if (!allRules) {
        return session.fails(schema, fail(Code::UsageError, {"rules that you gave were not understood; nothing was written"}));
    }
    if (!command.planFile.empty()) { // others open it from where they stand
        command.paths = absolutePaths(command.paths);
    }
    auto opened = session.open(command.paths);
    if (!opened) {
        return session.fails(schema, opened.error());
    }
    auto plan = planConvert(*opened, command.options, how, session.job());
    session.endProgress();
    if (!plan) {
        return session.fails(schema, plan.error());
    }
    if (command.dryRun) {
        if (session.common.json) {
            report::writeConvertJson(*plan, nullptr, session.out());
        } else {
            report::writeConvertText(*plan, nullptr, session.outStyle(), session.out());
        }
        return Fine;
    }
    if (!session.common.json) {
        for (const Error& note : plan->notes) {
            session.note(messageText(note) + '.');
        }
    }
    if (!command.planFile.empty()) {
        FixPlan saved = planToApply(**opened, *plan);
        if (auto done = makeSavable(saved, **opened, command.paths, session.common.follow); !done) {
            return session.fails(schema, done.error());
        }
        return tellSavedPlan(session, saved, nullptr, command.planFile);
    }
    auto receipt = applyConvert(*opened, *plan, session.job());
    session.endProgress();
    if (!receipt) {
        return session.fails(schema, receipt.error());
    }
    if (session.common.json) {
        report::writeConvertJson(*plan, &*receipt, session.out());
    } else {
        report::writeConvertText(*plan, &*receipt, session.outStyle(), session.out());
    }
    return plan->unmendable > 0 ? Complaints : Fine;
}

} // namespace

void addConvert(CLI::App& app, Session& session)
{
    auto values = std::make_shared<ConvertCommand>();
    ConvertOptions& options = values->options;
    CLI::App* command = app.add_subcommand("convert", "Write any readable checkpoint as a Hugging Face safetensors folder");
    command->add_option("PATH", values->paths, "A file, a folder, an index, or several shards of one checkpoint")->required()->type_name("");
    command->add_option("-o,--output", options.output, "The folder to write; it must not exist yet")->type_name("OUT");
    command->add_option("--to", values->to, "The format to write (default: safetensors)")->type_name("FORMAT")->check(CLI::IsMember({"safetensors"}));
    command->add_option("--max-shard-size", values->shardSize, "Most bytes of tensors in a shard (default: 5GB)")->type_name("SIZE");
    command->add_flag("--fix", options.fix, "Also cast what the rules ask for, in the same pass");
    values->judging.addTo(*command);
    command->add_flag("--advice", options.edits.advice, "With --fix, also do what advice asks for");
    command->add_option("--only", options.only, "Only tensors of such names; may be repeated")->type_name("GLOB")->allow_extra_args(false);
    command->add_option("--drop", options.drops, "Leave tensors of such names out; may be repeated")->type_name("GLOB")->allow_extra_args(false);
    command->add_option("--cast", values->casts, "Cast tensors of such names in the result to a dtype; may be repeated")
        ->type_name("GLOB=DTYPE")
        ->allow_extra_args(false);
    command->add_option("--set-metadata", values->metadata, "Set a key of __metadata__; may be repeated")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    command->add_option("--strip-prefix", options.strip, "Take this off names that begin with it; may be repeated")
        ->type_name("PREFIX")
        ->allow_extra_args(false);
    command->add_flag("--keep-names", options.keepNames, "Write everything under its own name: choose no part, take off no wrapper");
    command->add_option("--dequantize", values->dequantize, "Write the values of quantised GGUF blocks as F16, BF16 or F32")->type_name("DTYPE");
    command->add_option("--files", values->files, "Which other files come along: needed (config, tokenizer, code; the default) or all")
        ->type_name("WHICH")
        ->check(CLI::IsMember({"needed", "all"}));
    addDeviceOption(*command, options.edits.device, "With --fix, where casts run");
    command
        ->add_option("--plan", values->planFile,
                     "Save what would be written as JSON into this file, and stop; `apply` and `finish` carry it out, in parts and on other machines")
        ->type_name("FILE");
    command->add_flag("--dry-run", values->dryRun, "Say what would be written, and write nothing");
    command->add_flag("--force", options.force, "Replace an OUT that exists, in one step, once the new one is complete");
    command->footer("Example:\n  ckptscope convert step_1000/ -o model-hf --max-shard-size 5GB\n");
    command->callback([&session, values] {
        session.needs = [&session, values](SandboxAccess& access) {
            session.needsCheckpoint(access, values->paths);
            values->judging.needs(access);
            allowFile(access, values->planFile);
            access.gpu = values->options.fix && values->options.edits.device != "cpu";
            access.writeBeside(values->options.output.empty() ? values->paths.front() : values->options.output);
        };
        session.command = [&session, values] { return run(session, *values); };
    });
}

} // namespace ckptscope::cli
