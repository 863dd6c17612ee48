// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Marks a function that also runs on a GPU. Says nothing to a compiler that knows no GPU. A marked function works on
/// integers, and on floats only where the result is exact or rounded once, so that every machine gives the same bits.
#if defined(__CUDACC__)
#define CKPTSCOPE_HD __host__ __device__
#else
#define CKPTSCOPE_HD
#endif
