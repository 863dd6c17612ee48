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

std::vector<std::uint64_t> unravelIndex(std::uint64_t position, std::span<const std::uint64_t> shape)
{
    std::vector<std::uint64_t> index(shape.size());
    for (std::size_t d = shape.size(); d-- > 0;) {
        index[d] = position % shape[d];
        position /= shape[d];
    }
    return index;
}

std::string indexText(std::uint64_t position, std::span<const std::uint64_t> shape)
{
    std::string text;
    for (const std::uint64_t part : unravelIndex(position, shape)) {
        text += (text.empty() ? "" : ", ") + std::to_string(part);
    }
    return '[' + text + ']';
}

} // namespace ckptscope
