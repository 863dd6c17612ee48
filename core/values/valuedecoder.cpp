// SPDX-License-Identifier: Apache-2.0
#include "core/values/valuedecoder.h"

#include "core/dtypes/convert.h"
#include "core/dtypes/ggmlblocks.h"

#include <algorithm>

namespace ckptscope {

ValueDecoder::ValueDecoder(DType dtype)
    : m_dtype(dtype)
    , m_part(dtype == DType::C64        ? DType::F32
                 : dtype == DType::C128 ? DType::F64
                 : dtype == DType::C32  ? DType::F16
                                        : dtype)
    , m_blocks(dtypeInfo(dtype).family == DTypeFamily::Block)
    , m_perElement(dtypeInfo(dtype).family == DTypeFamily::Complex ? 2 : 1)
{
}

std::span<const double> ValueDecoder::decode(std::span<const std::byte> packed, std::uint64_t elements)
{
    const auto values = static_cast<std::size_t>(elements * m_perElement);
    if (m_wide.size() < values) {
        m_wide.resize(values);
    }
    const auto out = std::span(m_wide).first(values);
    if (m_blocks) {
        if (m_narrow.size() < values) {
            m_narrow.resize(values);
        }
        decodeGgmlBlocks(m_dtype, packed, std::span(m_narrow).first(values));
        std::copy_n(m_narrow.begin(), values, out.begin());
    } else {
        decodeElements(m_part, packed, out);
    }
    return out;
}

} // namespace ckptscope
