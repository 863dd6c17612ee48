// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "core/report/machine.h"

#include <CLI/CLI.hpp>

namespace ckptscope::cli {

void addDoctor(CLI::App& app, Session& session)
{
    auto path = std::make_shared<std::string>();
    CLI::App* command = app.add_subcommand("doctor", "Say what this machine offers, and whether PATH's file system shares blocks");
    command->add_option("PATH", *path, "A checkpoint: where would its repaired copy go, and what would that cost?")->type_name("");
    command->footer("Example:\n  ckptscope doctor Qwen3-Next-80B-A3B\n");
    command->callback([&session, path] {
        session.needs = [&session, path](SandboxAccess& access) {
            session.needsCheckpoint(access, {*path});
            access.writeBeside(*path);
            access.gpu = true;
        };
        session.command = [&session, path]() -> int {
            auto facts = report::probeMachine(*path);
            if (!facts) {
                return session.fails("ckptscope.doctor/1", facts.error());
            }
            facts->sandbox = session.sandbox().on();
            facts->sandboxText = session.sandbox().text();
            if (session.common.json) {
                report::writeMachineJson(*facts, session.out());
            } else {
                report::writeMachineText(*facts, session.outStyle(), session.out());
            }
            return Fine;
        };
    });
}

} // namespace ckptscope::cli
