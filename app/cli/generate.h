// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace ckptscope::cli {

/// `--help` of the program or of one command.
[[nodiscard]] std::string helpText(const CLI::App& program, const CLI::App& command);

/// Walks the parser: "completion-bash", "completion-zsh", "completion-fish", "man", a page for man(1), or "markdown",
/// the reference of the documentation.
[[nodiscard]] std::string generateText(const CLI::App& program, const std::string& what);

} // namespace ckptscope::cli
