// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace ckptscope {

/// The files that a task needs; the sandbox refuses all others.
struct SandboxAccess {
    std::vector<std::string> reads;  ///< files, or folders with all below; what does not exist is passed over
    std::vector<std::string> lists;  ///< folders whose names (and those of folders below) may be listed, but no file opened
    std::vector<std::string> writes; ///< the same, to be made, changed and removed too
    bool gpu = false;                ///< also what a GPU's driver needs: its devices, libraries and caches

    void read(const std::string& path) { reads.push_back(path); }
    /// An output of this name: it is put together beside its final place, so its folder is written.
    void writeBeside(const std::string& output);
    /// This file alone where it exists (it may be a device or a pipe), else its folder.
    void writeFile(const std::string& file);
};

/// What holds after enterSandbox().
struct SandboxState {
    int landlockAbi = 0;  ///< 0: files are not confined
    bool seccomp = false; ///< no network, no program can be started
    std::string why;      ///< what is not on, and why; empty where all is
    [[nodiscard]] bool on() const noexcept { return landlockAbi > 0 && seccomp; }
    /// "Landlock ABI 7 + seccomp", or what is missing: for `doctor`.
    [[nodiscard]] std::string text() const;
};

/// Takes this process's rights away, for good: from now on only these files can be opened (Landlock), no socket made
/// and no program started (seccomp). Call it before the first thread is started. Where the kernel has none of it,
/// everything works as before and the state says why. Rights of files that are open already stay.
[[nodiscard]] SandboxState enterSandbox(const SandboxAccess& access);

} // namespace ckptscope
