// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/filtering.h"
#include "app/cli/session.h"
#include "core/contracts/check.h"
#include "core/query/statisticof.h"
#include "core/report/values.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <unordered_map>

namespace ckptscope::cli {

namespace {

constexpr std::string_view StatsSchema = "ckptscope.stats/1";

struct StatsOptions {
    std::vector<std::string> paths;
    std::string filter;
    std::string device = "auto";
    bool histogram = false;
    bool log10 = false;
    std::uint32_t bins = 0; ///< 0: not said
    std::string range;
};

constexpr std::size_t MostHistograms = 1000; ///< their counts are held until all are known
constexpr std::uint32_t JsonBins = 256;      ///< as the window has them
constexpr std::uint32_t TextBins = 20;

Result<HistogramOptions> histogramOptions(const StatsOptions& options, bool json)
{
    HistogramOptions out;
    out.bins = options.bins != 0 ? options.bins : json ? JsonBins : TextBins;
    out.scale = options.log10 ? HistogramScale::Log10Magnitude : HistogramScale::Value;
    if (options.range.empty()) {
        return out;
    }
    const std::size_t colon = options.range.find(':');
    HistogramRange range;
    const auto number = [](std::string_view text, double& value) {
        const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
        return read.ec == std::errc() && read.ptr == text.data() + text.size();
    };
    const std::string_view text = options.range;
    if (colon == std::string::npos || !number(text.substr(0, colon), range.low) || !number(text.substr(colon + 1), range.high)
        || !std::isfinite(range.low) || !std::isfinite(range.high) || !(range.low < range.high)) {
        return fail(Code::UsageError, {"--range: LOW:HIGH are two finite numbers, the smaller one first"});
    }
    out.range = range;
    return out;
}

/// One a row, in order; those that cannot be read have none, as their statistics say.
Result<std::vector<std::optional<Histogram>>> histograms(const std::shared_ptr<const Checkpoint>& checkpoint, const std::vector<std::uint32_t>& rows,
                                                         const HistogramOptions& options, const JobContext& job)
{
    const auto files = std::make_shared<ShardFiles>(checkpoint);
    std::vector<std::optional<Histogram>> all;
    for (const std::uint32_t row : rows) {
        auto one = computeHistogram(files, row, options, job);
        if (!one && one.error().code == Code::Cancelled) {
            return std::move(one).error();
        }
        all.push_back(one ? std::optional(*std::move(one)) : std::nullopt);
    }
    return all;
}

int run(Session& session, const StatsOptions& options)
{
    const auto filter = parseFilter(session, StatsSchema, options.filter, Comparing::No, Reading::Yes);
    if (!filter) {
        return CouldNot;
    }
    const auto plot = histogramOptions(options, session.common.json);
    if (!plot) {
        return session.fails(StatsSchema, plot.error());
    }
    auto opened = session.open(options.paths);
    if (!opened) {
        return session.fails(StatsSchema, opened.error());
    }
    const auto& checkpoint = *opened;
    FilterContext context;
    context.checkpoint = checkpoint.get();
    std::shared_ptr<const CheckReport> judged;
    if (filter->needsReport() || !filter->needsScan().empty()) {
        auto checked = runChecks(*checkpoint, {}, session.job());
        if (!checked) {
            return session.fails(StatsSchema, checked.error());
        }
        judged = *checked;
        context.report = judged.get();
    }
    // A filter that asks for values can only be answered once all are read; those that it leaves are not read again.
    std::vector<TensorValues> every;
    std::optional<ValueScanSummary> scanned;
    if (!filter->needsScan().empty()) {
        every.resize(checkpoint->tensors().size());
        std::vector<std::uint32_t> all(every.size());
        std::iota(all.begin(), all.end(), 0U);
        auto read = scanValues(
            checkpoint, all, judged.get(), [&](const TensorValues& one) { every[one.tensor] = one; }, session.job(), options.device);
        if (!read) {
            return session.fails(StatsSchema, read.error());
        }
        judged = withFindings(*checkpoint, *judged, std::move(read->findings));
        context.report = judged.get();
        context.statistic = [&every](std::uint32_t tensor, Statistic which) {
            return every[tensor].statistics ? statisticOf(*every[tensor].statistics, which) : std::nullopt;
        };
        scanned = *std::move(read);
    }
    const auto hits = filter->match(context, session.job());
    if (session.stop.stop_requested()) {
        return session.fails(StatsSchema, fail(Code::Cancelled));
    }
    std::vector<std::uint32_t> rows;
    std::unordered_map<std::uint32_t, std::size_t> places;
    for (std::uint32_t row = 0; row < checkpoint->tensors().size(); ++row) {
        if (hits[row] != 0) {
            places.emplace(row, rows.size());
            rows.push_back(row);
        }
    }
    if (options.histogram && rows.size() > MostHistograms) {
        return session.fails(StatsSchema,
                             fail(Code::UsageError,
                                  {"--histogram is for at most " + groupedNumber(MostHistograms) + " tensors, these are " + groupedNumber(rows.size())
                                   + "; --filter takes fewer"}));
    }
    std::vector<TensorValues> values(rows.size());
    if (scanned) {
        std::transform(rows.begin(), rows.end(), values.begin(), [&](std::uint32_t row) { return std::move(every[row]); });
    } else {
        const ValueSink take = [&](const TensorValues& one) { values[places.at(one.tensor)] = one; };
        auto read = scanValues(checkpoint, rows, nullptr, take, session.job(), options.device);
        if (!read) {
            return session.fails(StatsSchema, read.error());
        }
        scanned = *std::move(read);
    }
    session.noteDevice(scanned->device, scanned->fallback);
    report::StatsHistograms plots{plot->scale, {}};
    if (options.histogram) {
        auto counted = histograms(checkpoint, rows, *plot, session.job());
        if (!counted) {
            return session.fails(StatsSchema, counted.error());
        }
        plots.of = *std::move(counted);
    }
    auto decays = computeDecays(checkpoint, session.job());
    session.endProgress();
    if (!decays) {
        return session.fails(StatsSchema, decays.error());
    }
    std::erase_if(*decays, [&](const Decay& decay) { return !places.contains(decay.pair.decay); });
    if (session.common.json) {
        report::writeStatsJson(*checkpoint, values, *decays, plots, session.out());
    } else {
        report::writeStatsText(*checkpoint, values, *decays, plots, session.outStyle(), session.out());
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
    command->add_option("--filter", options->filter, "Only tensors that match, for instance 'A_log layer:0..3', or by what is read: 'nan>0'")
        ->type_name("EXPR");
    CLI::Option* histogram =
        command->add_flag("--histogram", options->histogram, "Also count values in bins, and give their 1 %, 50 % and 99 % percentiles");
    command->add_option("--bins", options->bins, "How many bins: 256 in JSON, 20 as text unless this says otherwise")
        ->check(CLI::Range(1U, 65536U))
        ->needs(histogram)
        ->type_name("N");
    command->add_option("--range", options->range, "Ends of the bins, for instance -1:1; else the smallest and the largest value")
        ->needs(histogram)
        ->type_name("LOW:HIGH");
    command->add_flag("--log10", options->log10, "Bins of log10 of the magnitude, of values that are not zero")->needs(histogram);
    addDeviceOption(*command, options->device, "Where elements are looked at");
    command->footer("Example, the decay parameters:\n  ckptscope stats --filter A_log Qwen3-Next-80B-A3B\n");
    command->callback([&session, options] {
        session.needs = [&session, options](SandboxAccess& access) {
            session.needsCheckpoint(access, options->paths);
            access.gpu = options->device != "cpu";
        };
        session.command = [&session, options] { return run(session, *options); };
    });
}

} // namespace ckptscope::cli
