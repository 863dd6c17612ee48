// SPDX-License-Identifier: Apache-2.0
// Which of Highway's targets are compiled, and how a file of vector loops hands them out. Such a file reads:
//
//     #include "core/x/xkernels.h"
//     #undef HWY_TARGET_INCLUDE
//     #define HWY_TARGET_INCLUDE "core/x/xkernels.cpp"
//     #include "core/simd/targets.h"
//     #include <hwy/foreach_target.h>
//     #include <hwy/highway.h>
//     HWY_BEFORE_NAMESPACE();
//     namespace ckptscope::HWY_NAMESPACE {
//     #if CKPTSCOPE_SIMD_TARGET
//     namespace { ... constexpr XKernels Table {...}; }
//     #endif
//     }
//     HWY_AFTER_NAMESPACE();
//     #if HWY_ONCE
//     ... switch (level) { CKPTSCOPE_SIMD_CASES default: return ScalarTable; }
//     #endif
//
// Only Highway's headers are used: libhwy's own part, which asks the processor, is a shared library that would have to
// be shipped.
#pragma once

// SSSE3 without SSE4 is older than any machine with room for a checkpoint; the longer ones bring nothing that the loops
// use.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)

#include <hwy/detect_targets.h>

/// Not for the targets without vectors: there the reference is used.
#define CKPTSCOPE_SIMD_TARGET (HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128)

#if (HWY_TARGETS) & HWY_AVX3
#define CKPTSCOPE_SIMD_AVX3                                                                                                                          \
    case SimdLevel::Avx512:                                                                                                                          \
        return N_AVX3::Table;
#else
#define CKPTSCOPE_SIMD_AVX3
#endif
#if (HWY_TARGETS) & HWY_AVX2
#define CKPTSCOPE_SIMD_AVX2                                                                                                                          \
    case SimdLevel::Avx2:                                                                                                                            \
        return N_AVX2::Table;
#else
#define CKPTSCOPE_SIMD_AVX2
#endif
#if (HWY_TARGETS) & HWY_SSE4
#define CKPTSCOPE_SIMD_SSE4                                                                                                                          \
    case SimdLevel::Sse4:                                                                                                                            \
        return N_SSE4::Table;
#else
#define CKPTSCOPE_SIMD_SSE4
#endif
#if (HWY_TARGETS) & HWY_NEON
#define CKPTSCOPE_SIMD_NEON                                                                                                                          \
    case SimdLevel::Neon:                                                                                                                            \
        return N_NEON::Table;
#else
#define CKPTSCOPE_SIMD_NEON
#endif
#define CKPTSCOPE_SIMD_CASES CKPTSCOPE_SIMD_AVX3 CKPTSCOPE_SIMD_AVX2 CKPTSCOPE_SIMD_SSE4 CKPTSCOPE_SIMD_NEON
