// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace ckptscope::cli {

/// Parses the command line and runs its command. Gives the exit code: 0 nothing to complain of, 1 findings, 2 it could not be done,
/// 130 and 143 after SIGINT and SIGTERM.
int runProgram(int argc, char** argv);

} // namespace ckptscope::cli
