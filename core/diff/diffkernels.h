// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/simd/simd.h"

#include <cstddef>
#include <cstdint>

/// The loops that compare values, one table an instruction set; all give the same bits. Private to core/diff.
namespace ckptscope::kernels {

struct DifferenceSums {
    std::uint64_t differing = 0;
    std::uint64_t beyond = 0; ///< |A-B| above the tolerance
    double maxAbs = 0;
    double squaresA = 0; ///< sums: element i adds to sum i % SumLanes (statkernels.h), which are added up in the end
    double squaresB = 0;
    double product = 0;
    double squaresOff = 0;
};

struct DifferenceOf {
    double tolerance = 0;
    bool bits = false; ///< elements differ in their bits, -0 and 0 too; else as numbers
};

/// Compares packed elements at any address; at most 2^30. False where one of them is NaN or Inf: then `sums` says
/// nothing.
using CompareLoop = bool (*)(const std::byte* a, const std::byte* b, std::size_t count, const DifferenceOf& options, DifferenceSums& sums);

struct DiffKernels {
    CompareLoop singles; ///< floats
    CompareLoop doubles;
};

[[nodiscard]] const DiffKernels& diffKernels(SimdLevel level) noexcept;
[[nodiscard]] inline const DiffKernels& diffKernels() noexcept
{
    return diffKernels(simdLevel());
}

} // namespace ckptscope::kernels
