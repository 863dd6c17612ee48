// SPDX-License-Identifier: Apache-2.0
#include "app/cli/checking.h"

#include "app/cli/session.h"
#include "core/report/messages.h"

#include <CLI/CLI.hpp>

namespace ckptscope::cli {

void Judging::addTo(CLI::App& command)
{
    command.add_option("--profile", profile, "Which rules: default (all), or nemo-automodel (exactly NeMo AutoModel's fp32 contract)")
        ->type_name("NAME");
    command.add_option("--rules", ruleFiles, "Rules of your own, added to the built-in ones; may be repeated")
        ->type_name("FILE")
        ->allow_extra_args(false);
    command.add_option("--arch", architecture, "Judge as this architecture, whatever config.json says")->type_name("NAME");
}

void Judging::needs(SandboxAccess& access) const
{
    for (const std::string& file : ruleFiles) {
        access.read(file);
    }
}

CheckOptions Judging::options(Session& session, bool& complete) const
{
    CheckOptions options;
    complete = true;
    options.profile = profile;
    options.architecture = architecture;
    if (!ruleFiles.empty()) {
        std::vector<RuleFileProblem> problems;
        options.rules = RuleSet::withFiles(ruleFiles, problems);
        for (const RuleFileProblem& problem : problems) {
            complete = false;
            session.error(errorText(problem.what, false));
        }
    }
    return options;
}

} // namespace ckptscope::cli
