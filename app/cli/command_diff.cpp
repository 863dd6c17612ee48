// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/filtering.h"
#include "app/cli/session.h"
#include "core/diff/differences.h"
#include "core/diff/filtering.h"
#include "core/report/diff.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace ckptscope::cli {

namespace {

constexpr std::string_view DiffSchema = "ckptscope.diff/1";

struct DiffOptions {
    std::string a;
    std::string b;
    std::string filter;
    bool values = false;
    double tolerance = 0;
};

int run(Session& session, const DiffOptions& options)
{
    const auto filter = parseFilter(session, DiffSchema, options.filter, Comparing::Yes);
    if (!filter) {
        return CouldNot;
    }
    auto a = session.open({options.a});
    if (!a) {
        return session.fails(DiffSchema, a.error());
    }
    auto b = session.open({options.b});
    if (!b) {
        return session.fails(DiffSchema, b.error());
    }
    const auto comparison = Comparison::make(*a, *b);
    report::DiffView view;
    view.comparison = comparison.get();
    view.tolerance = options.tolerance;
    view.valuesCompared = options.values;
    view.rows.resize(comparison->rows().size());
    std::iota(view.rows.begin(), view.rows.end(), 0U);
    const auto keep = [&](const std::vector<ValueDifference>& values) -> Result<void> {
        const auto hits = matchRows(*comparison, values, *filter, session.job());
        if (!hits) {
            return hits.error();
        }
        std::erase_if(view.rows, [&](std::uint32_t row) { return (*hits)[row] == 0; });
        std::erase_if(view.values, [&](const ValueDifference& one) { return (*hits)[one.row] == 0; });
        return {};
    };
    const bool late = !filter->needsComparison().empty(); // what it asks for is known only when values are
    if (!late) {
        if (auto kept = keep({}); !kept) {
            return session.fails(DiffSchema, kept.error());
        }
    }
    if (options.values) {
        auto compared = compareValues(*comparison, view.rows, {options.tolerance}, {}, session.job());
        session.endProgress();
        if (!compared) {
            return session.fails(DiffSchema, compared.error());
        }
        view.values = std::move(*compared);
    }
    if (late) {
        if (auto kept = keep(view.values); !kept) {
            return session.fails(DiffSchema, kept.error());
        }
    }
    if (session.common.json) {
        report::writeDiffJson(view, session.out());
    } else {
        report::writeDiffText(view, session.outStyle(), session.out());
        for (const auto& [name, side] : {std::pair("A", *a), std::pair("B", *b)}) {
            if (side->damaged()) {
                session.note(std::string(name) + " is damaged: " + displayName(side->path()));
                session.tellProblems(*side);
            }
        }
        std::string sentence = report::diffSentence(view);
        if (!options.values
            && std::any_of(view.rows.begin(), view.rows.end(), [&](std::uint32_t row) { return comparison->rows()[row].comparable(); })) {
            sentence += " (--values compares them)";
        }
        session.note(sentence);
    }
    const int code = std::max(session.gradeProblems(**a), session.gradeProblems(**b));
    return view.counts().same() ? code : Complaints;
}

} // namespace

void addDiff(CLI::App& app, Session& session)
{
    auto options = std::make_shared<DiffOptions>();
    CLI::App* command = app.add_subcommand("diff", "What differs between two checkpoints, also of different formats; exit 1 where something does");
    command->add_option("A", options->a, "A file, a folder or an index")->required()->type_name("");
    command->add_option("B", options->b, "What to compare it with")->required()->type_name("");
    command->add_flag("--values", options->values, "Read both and compare every element");
    command->add_option("--tolerance", options->tolerance, "With --values: differences up to T, in absolute value, do not count")
        ->type_name("T")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--filter", options->filter, "Only tensors that match, for instance 'A_log change:dtype'")->type_name("EXPR");
    command->footer("Example, what a repair changed:\n  ckptscope diff --values model model-fp32\n");
    command->callback([&session, options] {
        session.needs = [&session, options](SandboxAccess& access) {
            session.needsCheckpoint(access, {options->a});
            session.needsCheckpoint(access, {options->b});
        };
        session.command = [&session, options] { return run(session, *options); };
    });
}

} // namespace ckptscope::cli
