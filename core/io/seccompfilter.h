// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace ckptscope {

/// Refuses, for good and in every thread of this process, system calls that no task of ours makes: sockets, starting
/// programs, other processes' memory, namespaces, mounts, permissions of files, typing into the terminal. Needs
/// no_new_privs. Empty, or why it could not be.
[[nodiscard]] std::string denySystemCalls();

} // namespace ckptscope
