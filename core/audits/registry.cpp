// SPDX-License-Identifier: Apache-2.0
#include "core/audits/audit.h"
#include "core/audits/list.h"

#include <array>

namespace ckptscope {

std::span<const Audit> audits() noexcept
{
    static constexpr std::array All {
        Audit {"index", "the index against the headers and the disk", auditIndex},
        Audit {"folder", "which files of the folder a loader takes", auditFolder},
        Audit {"metadata", "__metadata__ and its 'format'", auditMetadata},
        Audit {"holder", "keys that still name NeMo's fp32 holder", auditHolders},
        Audit {"siblings", "one dtype in each repeated role", auditSiblings},
        Audit {"shape", "layers and embeddings against config.json", auditShapes},
        Audit {"shape", "heads against config.json", auditHeads},
        Audit {"tied", "tied embeddings against config.json", auditTied},
        Audit {"rope", "rotary tables that loaders compute themselves", auditRope},
        Audit {"quant", "quantised weights and their scales", auditQuantized},
        Audit {"gguf", "recurrent tensors that ggml's kernels want in F32", auditGgufSsm},
    };
    return All;
}

} // namespace ckptscope
