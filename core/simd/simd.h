// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ckptscope {

/// Instruction sets that the loops over elements exist for. All give the same bits; Scalar is the reference that the
/// others are tested against. Which one is used is decided at run time, once a process: the best that the processor
/// has, or what the environment variable CKPTSCOPE_SIMD names (a name that is not there means the best).
enum class SimdLevel : std::uint8_t { Scalar, Neon, Sse4, Avx2, Avx512 };

/// "scalar", "neon", "sse4", "avx2", "avx512".
[[nodiscard]] std::string_view simdName(SimdLevel level) noexcept;
[[nodiscard]] std::optional<SimdLevel> simdFromName(std::string_view name) noexcept;
/// What this processor can run and this build holds, the slowest first: Scalar always.
[[nodiscard]] const std::vector<SimdLevel>& simdLevels();
/// The one in use.
[[nodiscard]] SimdLevel simdLevel() noexcept;
/// For tests and benchmarks: another of simdLevels() from now on.
void setSimdLevel(SimdLevel level) noexcept;

} // namespace ckptscope
