// SPDX-License-Identifier: Apache-2.0
#include "core/audits/list.h"
#include "core/audits/pershape.h"
#include "core/audits/sink.h"

namespace ckptscope {

void auditRope(const Checkpoint& checkpoint, const ArchitectureChoice&, std::vector<Finding>& findings)
{
    AuditSink sink(checkpoint, findings);
    const TensorInfo* first = nullptr;
    std::uint64_t count = 0;
    const auto stale = perShape(
        checkpoint, [](std::string_view key) { return key.ends_with("rotary_emb.inv_freq") || key.ends_with("rotary_emb.original_inv_freq"); });
    for (std::uint32_t row = 0; stale.any() && row < checkpoint.tensors().size(); ++row) {
        if (stale(row)) {
            first = count++ == 0 ? &checkpoint.tensors()[row] : first;
        }
    }
    if (first != nullptr) {
        sink.add(Code::AuditStaleInvFreq, *first, {std::to_string(count), std::string(first->key)});
    }
}

void auditGgufSsm(const Checkpoint& checkpoint, const ArchitectureChoice&, std::vector<Finding>& findings)
{
    if (checkpoint.format() != "gguf") {
        return;
    }
    // ggml-org/llama.cpp conversion/base.py keeps these in F32, and ggml's ssm and gated-delta-net operators assert it.
    AuditSink sink(checkpoint, findings);
    for (const auto& tensor : checkpoint.tensors()) {
        const bool wanted = tensor.key.ends_with(".ssm_a") || tensor.key.ends_with(".ssm_d") || tensor.key.ends_with(".ssm_dt.bias")
            || tensor.key.ends_with(".ssm_conv1d.weight");
        if (wanted && tensor.dtype != DType::F32) {
            sink.addOfRole(Code::AuditGgufSsm, tensor, {std::string(tensor.key), std::string(tensor.dtypeText())});
        }
    }
}

} // namespace ckptscope
