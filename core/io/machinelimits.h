// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace ckptscope {

/// What this process may use of the machine: its processors (sched_getaffinity) and its memory, less what its control groups withhold, of which
/// each up to the root has its say (versions 1 and 2 of cgroups: a container's --cpus and --memory, a Slurm job's, a systemd unit's).
struct MachineLimits {
    unsigned processors = 1;        ///< at least 1; a share of one counts as one
    std::uint64_t memory = 0;       ///< bytes; 0: not known
    std::uint64_t cgroupMemory = 0; ///< bytes that the control groups allow; 0: as much as there is
    bool operator==(const MachineLimits&) const = default;
};

/// Read once, when first asked for. Who goes into a sandbox asks before: /proc and /sys are closed then.
[[nodiscard]] const MachineLimits& machineLimits();

/// Under another root than "": tests write one. `machine` is what there is without control groups.
[[nodiscard]] MachineLimits readMachineLimits(const std::string& root, const MachineLimits& machine);

/// What all buffers of a job may hold where nobody says: 64 MiB, in a small control group an eighth of what it allows, at least 1 MiB.
[[nodiscard]] std::uint64_t defaultMaxMemory(const MachineLimits& limits) noexcept;

} // namespace ckptscope
