// SPDX-License-Identifier: Apache-2.0
#include "core/simd/simd.h"

#include "core/simd/targets.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <utility>

namespace ckptscope {

namespace {

constexpr std::array Names{
    std::pair{SimdLevel::Scalar, std::string_view("scalar")}, std::pair{SimdLevel::Neon, std::string_view("neon")},
    std::pair{SimdLevel::Sse4, std::string_view("sse4")},     std::pair{SimdLevel::Avx2, std::string_view("avx2")},
    std::pair{SimdLevel::Avx512, std::string_view("avx512")},
};

std::vector<SimdLevel> detect()
{
    std::vector<SimdLevel> levels{SimdLevel::Scalar};
#if HWY_ARCH_X86
    // What Highway compiles each target with; __builtin_cpu_supports also asks whether the system saves the registers.
    __builtin_cpu_init();
    const bool sse4 = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
    const bool avx2 =
        sse4 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512bw");
    if (sse4 && ((HWY_TARGETS)&HWY_SSE4) != 0) {
        levels.push_back(SimdLevel::Sse4);
    }
    if (avx2 && ((HWY_TARGETS)&HWY_AVX2) != 0) {
        levels.push_back(SimdLevel::Avx2);
    }
    if (avx512 && ((HWY_TARGETS)&HWY_AVX3) != 0) {
        levels.push_back(SimdLevel::Avx512);
    }
#elif (HWY_TARGETS) & HWY_NEON
    levels.push_back(SimdLevel::Neon); // every 64-bit ARM has it
#endif
    return levels;
}

SimdLevel choose()
{
    const auto& levels = simdLevels();
    const char* asked = std::getenv("CKPTSCOPE_SIMD"); // nothing here changes the environment
    const auto level = asked != nullptr ? simdFromName(asked) : std::nullopt;
    return level && std::find(levels.begin(), levels.end(), *level) != levels.end() ? *level : levels.back();
}

std::atomic<SimdLevel>& inUse() noexcept
{
    static std::atomic<SimdLevel> level{choose()};
    return level;
}

} // namespace

std::string_view simdName(SimdLevel level) noexcept
{
    const auto row = std::find_if(Names.begin(), Names.end(), [level](const auto& name) { return name.first == level; });
    return row == Names.end() ? std::string_view() : row->second;
}

std::optional<SimdLevel> simdFromName(std::string_view name) noexcept
{
    const auto row = std::find_if(Names.begin(), Names.end(), [name](const auto& known) { return known.second == name; });
    return row == Names.end() ? std::nullopt : std::optional(row->first);
}

const std::vector<SimdLevel>& simdLevels()
{
    static const std::vector<SimdLevel> levels = detect();
    return levels;
}

SimdLevel simdLevel() noexcept
{
    return inUse().load(std::memory_order_relaxed);
}

void setSimdLevel(SimdLevel level) noexcept
{
    inUse().store(level, std::memory_order_relaxed);
}

} // namespace ckptscope
