// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/plan.h"
#include "core/fix/share.h"

#include <vector>

namespace ckptscope {

inline constexpr unsigned MostParts = 65536;
/// Where a file is cut, in bytes: a multiple of what file systems share and of what disks and networks like to write.
inline constexpr std::uint64_t CutBytes = 1ULL << 20U;
/// A file that comes along and is no larger than this is left to `finish`.
inline constexpr std::uint64_t SmallFile = 16ULL << 20U;

/// What `finish` writes: the index, config.json, tokenizers, code.
[[nodiscard]] bool isSmall(const OutputFile& file) noexcept;
[[nodiscard]] std::vector<FileRange> smallFiles(const FixPlan& plan);

/// Which stretches of which files each of `parts` processes writes: whole files, the largest first, each to whoever has
/// least; a file that is much larger than a fair share is cut into stretches. Depends on the plan and the number alone,
/// so that every process comes to the same answer; each byte is somebody's, and nobody else's. Ascending in each part;
/// a part may be empty.
[[nodiscard]] std::vector<std::vector<FileRange>> cutIntoParts(const FixPlan& plan, unsigned parts);

/// The part that hashes an edit's tensor apart, where that is asked for (0-based).
[[nodiscard]] unsigned judgeOf(std::uint32_t edit, unsigned parts) noexcept;

} // namespace ckptscope
