// SPDX-License-Identifier: Apache-2.0
#include "core/query/order.h"

#include <numeric>

namespace ckptscope {
std::optional<SortKey> sortKeyFromName(std::string_view) noexcept { return SortKey::File; }
std::vector<std::uint32_t> sortedOrder(const Checkpoint& checkpoint, const CheckReport*, SortKey, bool)
{
    std::vector<std::uint32_t> order(checkpoint.tensors().size());
    std::iota(order.begin(), order.end(), 0U);
    return order;
}
int comparePaths(std::string_view a, std::string_view b) noexcept { return a.compare(b); }
}
