// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/io/sandbox.h"

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace ckptscope::cli {

class Session;

/// The options of commands that judge: which rules, which model.
struct Judging {
    std::string profile = "default";
    std::vector<std::string> ruleFiles;
    std::string architecture;

    void addTo(CLI::App& command);
    /// For Session::needs: the rule files.
    void needs(SandboxAccess& access) const;
    /// Loads the rule files; what is refused in them is said. `complete`: nothing was. A verdict by the rest is worth showing, but it
    /// must not pass for the one that was asked for, nor must anything be written by it.
    [[nodiscard]] CheckOptions options(Session& session, bool& complete) const;
};

} // namespace ckptscope::cli
