// SPDX-License-Identifier: Apache-2.0
#include "core/values/covered.h"

#include <algorithm>

namespace ckptscope {

std::vector<std::uint32_t> coveredTensors(const Checkpoint& checkpoint, const CheckReport& report, std::uint64_t maxBytes)
{
    std::vector<std::uint32_t> covered;
    const std::size_t known = std::min(checkpoint.tensors().size(), report.tensors.size());
    for (std::uint32_t i = 0; i < known; ++i) {
        const TensorInfo& tensor = checkpoint.tensors()[i];
        if (report.tensors[i].judged && tensor.readable() && tensor.bytes.length <= maxBytes) {
            covered.push_back(i);
            maxBytes -= tensor.bytes.length;
        }
    }
    return covered;
}

} // namespace ckptscope
