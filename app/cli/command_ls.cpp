// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/filtering.h"
#include "app/cli/session.h"
#include "core/contracts/check.h"
#include "core/model/roles.h"
#include "core/query/filter.h"
#include "core/query/order.h"
#include "core/report/json.h"
#include "core/report/messages.h"
#include "core/values/hash.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace ckptscope::cli {

namespace {

struct LsOptions {
    std::vector<std::string> paths;
    bool roles = false;
    bool hash = false;
    std::string filter;
    std::string sort = "file";
};

int run(Session& session, const LsOptions& options)
{
    const std::string_view schema = options.roles ? "ckptscope.roles/1" : "ckptscope.ls/1";
    const auto parsed = parseFilter(session, schema, options.filter);
    if (!parsed) {
        return CouldNot;
    }
    const Filter& filter = *parsed;
    auto opened = session.open(options.paths);
    if (!opened) {
        return session.fails(schema, opened.error());
    }
    const auto& checkpoint = *opened;
    FilterContext context;
    context.checkpoint = checkpoint.get();
    std::shared_ptr<const CheckReport> judged;
    if (filter.needsReport()) {
        auto checked = runChecks(*checkpoint, {}, session.job());
        if (!checked) {
            return session.fails(schema, checked.error());
        }
        judged = *checked;
        context.report = judged.get();
    }
    const auto hits = filter.match(context, session.job());
    if (session.stop.stop_requested()) {
        return session.fails(schema, fail(Code::Cancelled));
    }
    const int code = session.gradeProblems(*checkpoint);
    const auto style = session.outStyle();
    const auto tell = [&](const std::string& facts) {
        if (session.common.json) {
            return;
        }
        session.tellProblems(*checkpoint);
        session.note(facts);
    };
    if (options.roles) {
        auto roles = findRoles(*checkpoint);
        if (!filter.matchesAll()) { // a role is listed when one of its tensors is
            std::erase_if(roles, [&](const Role& role) {
                return std::none_of(role.tensors.begin(), role.tensors.end(), [&](std::uint32_t row) { return hits[row] != 0; });
            });
        }
        if (session.common.json) {
            report::writeRolesJson(*checkpoint, roles, session.out());
        } else {
            report::writeRolesText(*checkpoint, roles, style, session.out());
        }
        tell(report::factsText(*checkpoint) + ", " + groupedNumber(roles.size()) + (roles.size() == 1 ? " pattern" : " patterns"));
        return code;
    }
    std::vector<std::uint32_t> rows = sortedOrder(*checkpoint, judged.get(), *sortKeyFromName(options.sort));
    std::erase_if(rows, [&](std::uint32_t row) { return hits[row] == 0; });
    std::vector<ElementsHash> hashes;
    if (options.hash) {
        auto hashed = hashTensors(checkpoint, rows, session.job());
        session.endProgress();
        if (!hashed) {
            return session.fails(schema, hashed.error());
        }
        hashes = std::move(*hashed);
    }
    if (session.common.json) {
        report::writeListJson(*checkpoint, rows, hashes, session.out());
    } else {
        report::writeListText(*checkpoint, rows, hashes, style, session.out());
    }
    tell(filter.matchesAll() ? report::factsText(*checkpoint)
                             : groupedNumber(rows.size()) + " of " + groupedNumber(checkpoint->tensors().size()) + " tensors");
    return code;
}

} // namespace

void addLs(CLI::App& app, Session& session)
{
    auto options = std::make_shared<LsOptions>();
    CLI::App* command = app.add_subcommand("ls", "List the tensors of a checkpoint, one a line");
    command->add_option("PATH", options->paths, "A file, a folder, an index, or several shards of one checkpoint")->required()->type_name("");
    command->add_flag("--roles", options->roles, "One line a name pattern, numbers collapsed: layers.[48].mlp.experts.[512]");
    command
        ->add_option("--filter", options->filter,
                     "Only tensors that match, for instance 'dtype:BF16 layer:0..3 -experts'; see the filter language in the manual")
        ->type_name("EXPR");
    command->add_option("--sort", options->sort, "Order: name, size, dtype, file or offset; smallest first (default: file)")
        ->type_name("ORDER")
        ->check(CLI::IsMember({"name", "size", "dtype", "file", "offset"}));
    command->add_flag("--hash", options->hash, "SHA-256 of each tensor's elements, row-major and little-endian: equal across formats");
    command->footer("Example, the ten largest tensors:\n  ckptscope ls --sort size model | tail -n 10\n");
    command->callback([&session, options] {
        session.needs = [&session, options](SandboxAccess& access) { session.needsCheckpoint(access, options->paths); };
        session.command = [&session, options] { return run(session, *options); };
    });
}

} // namespace ckptscope::cli
