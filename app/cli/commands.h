// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace ckptscope::cli {

class Session;

// Each adds one command to the parser; choosing it sets Session::command. A new command is a file and a line here and in program.cpp.
void addLs(CLI::App& app, Session& session);
void addCheck(CLI::App& app, Session& session);
void addFix(CLI::App& app, Session& session);
void addApply(CLI::App& app, Session& session);
void addFinish(CLI::App& app, Session& session);
void addConvert(CLI::App& app, Session& session);
void addStats(CLI::App& app, Session& session);
void addDiff(CLI::App& app, Session& session);
void addShow(CLI::App& app, Session& session);
void addRules(CLI::App& app, Session& session);
void addKeys(CLI::App& app, Session& session);
void addDoctor(CLI::App& app, Session& session);

/// `--device NAME`, for commands that work on elements; another name than auto, cpu, cuda or cuda:N is a wrong option.
void addDeviceOption(CLI::App& command, std::string& device, const std::string& what);

} // namespace ckptscope::cli
