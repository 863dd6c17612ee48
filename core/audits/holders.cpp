// SPDX-License-Identifier: Apache-2.0
#include "core/audits/list.h"
#include "core/audits/pershape.h"
#include "core/contracts/gated_delta_net_fp32.h"

#include <algorithm>

namespace ckptscope {

namespace {

constexpr std::string_view Holder = "._fp32_params.";
/// Layers whose holder NeMo AutoModel strips on saving by leaving it out, nothing else: components/models/common/gated_delta_net_fp32.py
/// and components/models/kimi_linear/state_dict_adapter.py. Elsewhere (Inkling) the name changes too.
constexpr std::string_view PlainLayers[]{".linear_attn", ".self_attn"};

/// Releases of these keep the holder in their mixers, and transformers looks for it there: src/transformers/conversion_mapping.py (5.23).
constexpr std::string_view KeepsHolder = "Nemotron3_5Transcribe";

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

void auditHolders(const Checkpoint& checkpoint, const ArchitectureChoice& architecture, std::vector<Finding>& findings)
{
    const bool kept =
        std::any_of(architecture.names.begin(), architecture.names.end(), [](const std::string& name) { return name.starts_with(KeepsHolder); });
    const auto held = perShape(checkpoint, [](std::string_view key) { return key.find(Holder) != std::string_view::npos; });
    if (!held.any()) {
        return;
    }
    for (const auto& tensor : checkpoint.tensors()) {
        if (!held(checkpoint.indexOf(tensor)) || (kept && tensor.key.find(".mixer._fp32_params.") != std::string_view::npos)) {
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
