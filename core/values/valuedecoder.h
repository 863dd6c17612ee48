// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/dtype.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ckptscope {

/// Decodes packed elements of any dtype whose values are known (StatisticsAccumulator::supports) into doubles, through
/// buffers that it keeps.
class ValueDecoder {
public:
    explicit ValueDecoder(DType dtype);

    /// Numbers of one element: 2 where it is complex (real, imaginary), else 1.
    [[nodiscard]] std::uint64_t perElement() const noexcept { return m_perElement; }

    /// elements * perElement() values, valid until the next call. Whole blocks of block types; whole bytes of sub-byte
    /// ones, but for the last.
    [[nodiscard]] std::span<const double> decode(std::span<const std::byte> packed, std::uint64_t elements);

private:
    DType m_dtype;
    DType m_part; ///< of one number
    bool m_blocks;
    std::uint64_t m_perElement;
    std::vector<double> m_wide;
    std::vector<float> m_narrow;
};

} // namespace ckptscope
