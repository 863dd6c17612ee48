// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/tensorinfo.h"

#include <cstdint>
#include <vector>

namespace ckptscope {

/// Indexes of the tensors in bytewise order of their keys; ties in file order.
[[nodiscard]] std::vector<std::uint32_t> keyOrder(const std::vector<TensorInfo>& tensors);

} // namespace ckptscope
