// SPDX-License-Identifier: Apache-2.0
#include "app/cli/checking.h"
#include "app/cli/commands.h"
#include "app/cli/plans.h"
#include "app/cli/session.h"
#include "core/fix/donoredits.h"
#include "core/fix/planfile.h"
#include "core/io/output.h"
#include "core/query/nothingmatches.h"
#include "core/query/order.h"
#include "core/report/html.h"
#include "core/report/json.h"
#include "core/report/sarif.h"
#include "core/values/decay.h"
#include "core/values/valueparts.h"
#include "core/values/valuescan.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

namespace ckptscope::cli {

namespace {

constexpr std::string_view CheckSchema = "ckptscope.check/1";

struct CheckCommand {
    std::vector<std::string> paths;
    Judging judging;
    std::string explain;
    bool explains = false;
    std::string donor;
    std::string device = "auto";
    bool sarif = false;
    bool html = false;
    bool values = false;
    std::string part;
    std::string partFile;
    std::vector<std::string> merge;
};

int fails(Session& session, const CheckCommand& options, const Error& error)
{
    if (options.sarif) {
        report::writeFailedSarif(error, session.out());
    }
    return session.fails(options.explains ? "ckptscope.explain/1" : CheckSchema, error);
}

/// What the donor could give to `fix --advice`; writes nothing.
Result<report::DonorAnswer> askDonor(Session& session, const std::shared_ptr<const Checkpoint>& checkpoint, const CheckReport& report,
                                     const std::string& path)
{
    auto donor = session.open({path});
    if (!donor) {
        return std::move(donor).error();
    }
    FixOptions fix;
    fix.advice = true;
    fix.donor = std::make_shared<DonorMatcher>(checkpoint, *donor);
    auto edits = proposeEdits(*checkpoint, report, fix);
    if (!edits) {
        return std::move(edits).error();
    }
    auto matches = matchDonor(*checkpoint, report, fix, *edits, session.job());
    session.endProgress();
    if (!matches) {
        return std::move(matches).error();
    }
    return report::DonorAnswer{*donor, *std::move(matches)};
}

/// One part of a scan of all values: its statistics go into a file, for --merge to judge.
int runPart(Session& session, const CheckCommand& options)
{
    const auto given = partOf(options.part);
    if (!given) {
        return fails(session, options, fail(Code::UsageError, {"--part " + options.part + ": write I/N, for instance 1/8"}));
    }
    if (options.partFile.empty()) {
        return fails(session, options, fail(Code::UsageError, {"say where the part's statistics go: --part-out FILE"}));
    }
    if (isStandard(options.partFile) && session.common.json) {
        return fails(session, options, fail(Code::UsageError, {"--part-out - writes to standard output, and so does --json"}));
    }
    const auto opened = session.open(options.paths);
    if (!opened) {
        return fails(session, options, opened.error());
    }
    const auto part = scanPart(*opened, given->part, given->parts, session.job());
    session.endProgress();
    if (!part) {
        return fails(session, options, part.error());
    }
    if (isStandard(options.partFile)) {
        session.out()(valuesPartText(*part));
        return Fine;
    }
    if (auto done = writeWhole(options.partFile, valuesPartText(*part)); !done) {
        return fails(session, options, done.error());
    }
    if (session.common.json) {
        report::JsonWriter json(session.out());
        json.open('{').key("schema").text("ckptscope.values-part/1").key("file").text(options.partFile).key("part").number(std::uint64_t{part->part});
        json.key("parts")
            .number(std::uint64_t{part->parts})
            .key("tensors")
            .number(std::uint64_t{part->values.size()})
            .key("bytes")
            .number(part->bytes)
            .closeNamed()
            .finish();
    } else {
        session.out()("Part " + groupedNumber(part->part) + " of " + groupedNumber(part->parts) + ": " + groupedNumber(part->values.size())
                      + " tensors, " + byteText(part->bytes) + " read, saved as " + displayName(options.partFile)
                      + ". Judge all with check --values --merge.\n");
    }
    return Fine;
}

/// What all parts found, judged as if it had been read here.
Result<ValueScanSummary> mergeFiles(Session& session, const CheckCommand& options, const std::shared_ptr<const Checkpoint>& checkpoint,
                                    const CheckReport& report)
{
    std::vector<ValuesPart> parts;
    for (const std::string& file : options.merge) {
        const auto text = readSmallFile(file, MostPlanBytes);
        if (!text) {
            return text.error();
        }
        auto part = readValuesPart(*text, file, *checkpoint);
        if (!part) {
            return part.error();
        }
        parts.push_back(*std::move(part));
    }
    return mergeParts(checkpoint, report, parts, session.job());
}

int run(Session& session, const CheckCommand& options)
{
    if ((!options.part.empty() || !options.partFile.empty() || !options.merge.empty())
        && (!options.values || options.explains || (!options.part.empty() && !options.merge.empty()))) {
        return fails(session, options, fail(Code::UsageError, {"--part with --part-out, or --merge, go with --values, and not with each other"}));
    }
    if (!options.part.empty() || !options.partFile.empty()) {
        return runPart(session, options);
    }
    if (options.sarif && (session.common.json || options.explains)) {
        session.error("--sarif goes with neither --json nor --explain");
        return CouldNot;
    }
    if (options.html && (session.common.json || options.sarif || options.explains)) {
        session.error("--html goes with neither --json, --sarif nor --explain");
        return CouldNot;
    }
    bool allRules = true;
    const CheckOptions how = options.judging.options(session, allRules);
    auto opened = session.open(options.paths);
    if (!opened) {
        return fails(session, options, opened.error());
    }
    const Checkpoint& checkpoint = **opened;
    auto checked = runChecks(checkpoint, how, session.job());
    session.endProgress();
    if (!checked) {
        return fails(session, options, checked.error());
    }
    std::vector<Decay> decays;
    report::HtmlExtras extras;
    if (options.values && !options.explains) {
        std::vector<std::uint32_t> all(checkpoint.tensors().size());
        std::iota(all.begin(), all.end(), 0U);
        ValueSink sink;
        if (options.html) { // what rules speak of, or what was found, is worth a row of the page
            sink = [&](const TensorValues& values) {
                const bool judged = values.tensor < (*checked)->tensors.size() && (*checked)->tensors[values.tensor].judged;
                if (judged || !values.findings.empty() || values.error) {
                    extras.statistics.push_back(values);
                } else {
                    ++extras.moreStatistics;
                }
            };
        }
        auto scanned = options.merge.empty() ? scanValues(*opened, all, checked->get(), sink, session.job(), options.device)
                                             : mergeFiles(session, options, *opened, **checked);
        if (!scanned) {
            return fails(session, options, scanned.error());
        }
        auto computed = computeDecays(*opened, session.job());
        session.endProgress();
        if (!computed) {
            return fails(session, options, computed.error());
        }
        decays = *std::move(computed);
        session.noteDevice(scanned->device, scanned->fallback);
        if (scanned->unreadable > 0) {
            session.note(groupedNumber(scanned->unreadable) + (scanned->unreadable == 1 ? " tensor has" : " tensors have")
                         + " values that cannot be read.");
        }
        checked = withFindings(checkpoint, **checked, std::move(scanned->findings));
    }
    const CheckReport& report = **checked;
    if (options.explains) {
        const auto explanations = explainKey(checkpoint, report, options.explain);
        if (session.common.json) {
            report::writeExplainJson(checkpoint, report, options.explain, explanations, session.out());
        } else {
            report::writeExplainText(checkpoint, report, options.explain, explanations, session.outStyle(), session.out());
        }
        if (checkpoint.find(options.explain) == nullptr) { // what rules say of a name that is nowhere may be asked, or be a slip
            if (const std::string_view near = tensorMeant(options.explain, checkpoint); !near.empty()) {
                session.note("There is no tensor " + displayName(options.explain) + ". Did you mean " + displayName(near) + "?");
            }
        }
        return allRules ? Fine : CouldNot;
    }
    std::optional<report::DonorAnswer> donor;
    if (!options.donor.empty()) {
        auto asked = askDonor(session, *opened, report, options.donor);
        if (!asked) {
            return fails(session, options, asked.error());
        }
        donor = *std::move(asked);
    }
    if (session.common.json) {
        report::writeCheckJson(checkpoint, report, session.out(), options.values ? &decays : nullptr, donor ? &*donor : nullptr);
    } else if (options.sarif) {
        report::writeSarif(checkpoint, report, session.out());
    } else if (options.html) {
        auto plots = report::readHtmlExtras(*opened, session.job());
        session.endProgress();
        if (!plots) {
            return fails(session, options, plots.error());
        }
        plots->statistics = std::move(extras.statistics);
        plots->moreStatistics = extras.moreStatistics;
        std::sort(plots->statistics.begin(), plots->statistics.end(), [&](const TensorValues& a, const TensorValues& b) {
            const int order = comparePaths(checkpoint.tensors()[a.tensor].key, checkpoint.tensors()[b.tensor].key);
            return order != 0 ? order < 0 : a.tensor < b.tensor;
        });
        if (!options.donor.empty()) {
            auto theirs = computeDonorDecays(checkpoint, plots->decays, donor->donor, session.job());
            if (!theirs) {
                return fails(session, options, theirs.error());
            }
            plots->donor = *std::move(theirs);
        }
        report::writeCheckHtml(*opened, report, findRoles(checkpoint), session.out(), {}, *plots);
    } else {
        report::writeCheckText(checkpoint, report, session.outStyle(), session.out());
        if (donor) {
            report::writeDonorText(*donor, session.outStyle(), session.out());
        }
    }
    const int code = std::max(
        session.grade(report.count(Severity::Error), report.count(Severity::Violation), report.count(Severity::Advice), report.count(Severity::Note)),
        session.gradeVerdict(report.verdict));
    if (code == Fine && !allRules) {
        session.error("rules that you gave were not understood, so this verdict is not the one that was asked for.");
        return CouldNot;
    }
    return code;
}

} // namespace

void addCheck(CLI::App& app, Session& session)
{
    auto options = std::make_shared<CheckCommand>();
    CLI::App* command = app.add_subcommand("check", "Say which tensors are stored in a dtype that the model cannot bear, and what is damaged");
    command->add_option("PATH", options->paths, "A file, a folder, an index, or several shards of one checkpoint")->required()->type_name("");
    options->judging.addTo(*command);
    CLI::Option* explain =
        command->add_option("--explain", options->explain, "Every rule that was considered for KEY, and why it did or did not apply")
            ->type_name("KEY");
    command->add_flag("--values", options->values, "Also read every element: NaN, Inf, zeros, precision that was lost before this file was written");
    addDeviceOption(*command, options->device, "With --values, where elements are looked at");
    command->add_option("--part", options->part, "With --values: read one part of N only; its statistics go into --part-out")->type_name("I/N");
    command->add_option("--part-out", options->partFile, "Where they go")->type_name("FILE");
    command->add_option("--merge", options->merge, "With --values: judge what all parts wrote, instead of reading; repeated for each")
        ->type_name("FILE")
        ->allow_extra_args(false);
    command->add_option("--donor", options->donor, "Also say which lost bits this checkpoint, in any format, could give back to `fix --donor`")
        ->type_name("PATH");
    command->add_flag("--sarif", options->sarif, "Print SARIF 2.1.0");
    command->add_flag("--html", options->html, "Print a web page that stands alone, with plots; with --values also statistics");
    command->footer("Example, in a script (exit code 1: there are violations):\n  ckptscope check Qwen3-Next-80B-A3B --json > findings.json\n");
    command->callback([&session, options, explain] {
        options->explains = explain->count() > 0;
        session.needs = [&session, options](SandboxAccess& access) {
            session.needsCheckpoint(access, options->paths);
            session.needsCheckpoint(access, {options->donor});
            options->judging.needs(access);
            allowFile(access, options->partFile);
            for (const std::string& file : options->merge) {
                access.read(file);
            }
            access.gpu = options->values && options->device != "cpu";
        };
        session.command = [&session, options] { return run(session, *options); };
    });
}

} // namespace ckptscope::cli
