// SPDX-License-Identifier: Apache-2.0
#include "core/model/tensorinfo.h"

namespace ckptscope {

std::optional<std::uint64_t> elementCount(std::span<const std::uint64_t> shape) noexcept
{
    std::uint64_t product = 1;
    for (const std::uint64_t dim : shape) {
        if (__builtin_mul_overflow(product, dim, &product)) {
            return std::nullopt;
        }
    }
    return product;
}

} // namespace ckptscope
