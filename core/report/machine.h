// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/report/text.h"
#include "core/result.h"
#include "core/upcast/upcaster.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ckptscope::report {

/// What this machine offers; nothing is changed by asking.
struct MachineFacts {
    unsigned cpus = 0;        ///< that this process may use
    std::uint64_t memory = 0; ///< bytes that this process may use
    std::string simd;         ///< vector instructions that the loops over elements use: "AVX-512", "AVX2", "SSE4", "NEON", "none"
    std::vector<UpcastDevice> devices;
    bool sandbox = false;    ///< this process has given up the rights that it does not need: files (Landlock), network and programs (seccomp)
    std::string sandboxText; ///< SandboxState::text(): what of it is on, and what is not and why
    std::string path;        ///< empty: none was asked about
    std::string folder;      ///< where a repaired copy would go
    std::string fileSystem;  ///< "xfs", "btrfs", "nfs" ..., or its number
    std::uint64_t freeBytes = 0;
    bool writable = false;            ///< a repaired copy can be put there
    std::optional<bool> sharesBlocks; ///< nullopt: nothing to try it with
};

/// Tries cloning with nameless files, which leave nothing behind.
Result<MachineFacts> probeMachine(const std::string& path);
void writeMachineText(const MachineFacts& facts, const TextStyle& style, const Write& write);
/// ckptscope.doctor/1
void writeMachineJson(const MachineFacts& facts, const Write& write);

} // namespace ckptscope::report
