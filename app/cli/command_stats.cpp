// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/filtering.h"
#include "app/cli/session.h"
#include "core/contracts/check.h"
#include "core/report/values.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <unordered_map>

namespace ckptscope::cli {

namespace {

constexpr std::string_view Schema = "ckptscope.stats/1";

struct StatsOptions {
    std::vector<std::string> paths;
    std::string filter;
};

int run(Session& session, const StatsOptions& options)
{
    const auto filter = parseFilter(session, Schema, options.filter);
    if (!filter) {
        return CouldNot;
    }
    auto opened = session.open(options.paths);
    if (!opened) {
        return session.fails(Schema, opened.error());
    }
    const auto& checkpoint = *opened;
    FilterContext context;
    context.checkpoint = checkpoint.get();
    std::shared_ptr<const CheckReport> judged;
    if (filter->needsReport()) {
        auto checked = runChecks(*checkpoint, {}, session.job());
        if (!checked) {
            return session.fails(Schema, checked.error());
        }
        judged = *checked;
        context.report = judged.get();
    }
    const auto hits = filter->match(context, session.job());
    if (session.stop.stop_requested()) {
        return session.fails(Schema, fail(Code::Cancelled));
    }
    std::vector<std::uint32_t> rows;
    std::unordered_map<std::uint32_t, std::size_t> places;
    for (std::uint32_t row = 0; row < checkpoint->tensors().size(); ++row) {
        if (hits[row] != 0) {
            places.emplace(row, rows.size());
            rows.push_back(row);
        }
    }
    std::vector<TensorValues> values(rows.size());
    auto scanned = scanValues(checkpoint, rows, nullptr, [&](const TensorValues& one) { values[places.at(one.tensor)] = one; }, session.job());
    if (!scanned) {
        return session.fails(Schema, scanned.error());
    }
    auto decays = computeDecays(checkpoint, session.job());
    session.endProgress();
    if (!decays) {
        return session.fails(Schema, decays.error());
    }
    std::erase_if(*decays, [&](const Decay& decay) { return !places.contains(decay.pair.decay); });
    if (session.common.json) {
        report::writeStatsJson(*checkpoint, values, *decays, session.out());
    } else {
        report::writeStatsText(*checkpoint, values, *decays, session.outStyle(), session.out());
        session.tellProblems(*checkpoint);
    }
    return session.gradeProblems(*checkpoint);
}

} // namespace

void addStats(CLI::App& app, Session& session)
{
    auto options = std::make_shared<StatsOptions>();
    CLI::App* command = app.add_subcommand("stats", "Statistics of each tensor's values; half-lives of decay parameters");
    command->add_option("PATH", options->paths, "A file, a folder, an index, or several shards of one checkpoint")->required()->type_name("");
    command->add_option("--filter", options->filter, "Only tensors that match, for instance 'A_log layer:0..3'")->type_name("EXPR");
    command->footer("Example, the decay parameters:\n  ckptscope stats --filter A_log Qwen3-Next-80B-A3B\n");
    command->callback([&session, options] { session.command = [&session, options] { return run(session, *options); }; });
}

} // namespace ckptscope::cli
