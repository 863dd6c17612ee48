// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/model/checkpoint.h"

#include <cstdint>
#include <vector>

namespace ckptscope {

/// The readable tensors that a rule covers, in file order, as far as their stored bytes together stay within
/// `maxBytes`: those that do not fit are left out.
[[nodiscard]] std::vector<std::uint32_t> coveredTensors(const Checkpoint& checkpoint, const CheckReport& report, std::uint64_t maxBytes);

} // namespace ckptscope
