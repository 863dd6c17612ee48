// SPDX-License-Identifier: Apache-2.0
#include "core/audits/list.h"

#include "core/contracts/gated_delta_net_fp32.h"

#include <algorithm>

namespace ckptscope {

namespace {

constexpr std::string_view Holder = "._fp32_params.";
/// Layers whose holder NeMo AutoModel strips on saving by leaving it out, nothing else: components/models/common/gated_delta_net_fp32.py
/// and components/models/kimi_linear/state_dict_adapter.py. Elsewhere (Inkling) the name changes too.
constexpr std::string_view PlainLayers[] {".linear_attn", ".self_attn"};

/// The key without its holders; empty: not known.
std::string withoutHolders(std::string_view key)
{
    std::string out(key);
    for (auto at = out.find(Holder); at != std::string::npos; at = out.find(Holder, at)) {
        const std::string_view before = std::string_view(out).substr(0, at);
        if (std::none_of(std::begin(PlainLayers), std::end(PlainLayers), [before](std::string_view layer) { return before.ends_with(layer); })) {
            return {};
        }
        out.erase(at, Holder.size() - 1);
    }
    return out;
}

} // namespace

void auditHolders(const Checkpoint& checkpoint, const ArchitectureChoice&, std::vector<Finding>& findings)
{
    for (const auto& tensor : checkpoint.tensors()) {
        if (tensor.key.find(Holder) == std::string_view::npos) {
            continue;
        }
        std::string bare = withoutHolders(tensor.key);
        const bool taken = !bare.empty() && checkpoint.find(bare) != nullptr;
        const Code code = taken ? Code::HolderCollision : Code::HolderLeftover;
        Finding finding;
        finding.rule = codeInfo(code).id;
        finding.severity = Severity::Advice;
        finding.tensor = checkpoint.indexOf(tensor);
        finding.file = checkpoint.shards()[tensor.shard].file;
        finding.what = inFile(fail(code, {std::string(tensor.key), bare.empty() ? "a name without it" : bare}), finding.file);
        if (!bare.empty() && !taken) {
            FindingFix fix;
            fix.op = FindingFix::Op::StripHolder;
            fix.newKey = std::move(bare);
            finding.fix = std::move(fix);
        }
        findings.push_back(std::move(finding));
    }
}

} // namespace ckptscope
