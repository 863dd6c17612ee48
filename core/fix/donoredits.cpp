// SPDX-License-Identifier: Apache-2.0
#include "core/fix/donoredits.h"

#include "core/text/text.h"

#include <algorithm>
#include <map>
#include <set>

namespace ckptscope {

namespace {

const Rule* ruleOf(const CheckReport& report, std::uint32_t tensor)
{
    if (tensor >= report.tensors.size() || !report.rules || !report.tensors[tensor].judged) {
        return nullptr;
    }
    const auto& rules = report.rules->rules();
    return report.tensors[tensor].rule < rules.size() ? &rules[report.tensors[tensor].rule] : nullptr;
}

bool chosen(const FixOptions& options, const Rule& rule, std::string_view key, std::uint32_t tensor)
{
    if (options.tensors && std::find(options.tensors->begin(), options.tensors->end(), tensor) == options.tensors->end()) {
        return false;
    }
    return options.only.empty()
        || std::any_of(options.only.begin(), options.only.end(), [&](const std::string& only) { return only == rule.id || globMatch(only, key); });
}

} // namespace

Result<std::vector<DonorMatch>> matchDonor(const Checkpoint& checkpoint, const CheckReport& report, const FixOptions& options,
                                           std::vector<Edit>& edits, const JobContext& job)
{
    std::map<std::uint32_t, Edit*> cast; // what is widened so far
    std::set<std::uint32_t> edited;
    for (Edit& edit : edits) {
        if (edit.op != EditOp::Rename) {
            edited.insert(edit.tensor);
        }
        if (edit.op == EditOp::Cast && (edit.to == DType::F32 || edit.to == DType::F64) && edit.rule != "--cast") {
            cast.emplace(edit.tensor, &edit);
        }
    }
    std::set<std::uint32_t> asked;
    for (const auto& [tensor, edit] : cast) {
        asked.insert(tensor);
    }
    for (std::uint32_t i = 0; i < checkpoint.tensors().size(); ++i) {
        const TensorInfo& tensor = checkpoint.tensors()[i];
        const Rule* rule = tensor.dtype == DType::F32 && tensor.readable() && !edited.contains(i) ? ruleOf(report, i) : nullptr;
        if (options.hand.donor.contains(i) && tensor.dtype == DType::F32 && tensor.readable() && !edited.contains(i)
            && (!options.tensors || std::find(options.tensors->begin(), options.tensors->end(), i) != options.tensors->end())) {
            asked.insert(i); // whether it is laundered or not: somebody pointed at it
            continue;
        }
        if (options.hand.leftOut.contains(i)) {
            continue;
        }
        const bool weighs = rule != nullptr && (rule->severity >= Severity::Violation || (rule->severity == Severity::Advice && options.advice));
        if (weighs && std::find(rule->requiredDtypes.begin(), rule->requiredDtypes.end(), DType::F32) != rule->requiredDtypes.end()
            && chosen(options, *rule, tensor.key, i)) {
            const auto laundered = options.donor->launderedHere(i, job);
            if (!laundered) {
                return laundered.error();
            }
            if (*laundered) { // F32 that has lost nothing needs no donor
                asked.insert(i);
            }
        }
    }
    const std::vector<std::uint32_t> list(asked.begin(), asked.end());
    auto matches = options.donor->match(list, job);
    if (!matches) {
        return matches;
    }
    std::vector<Edit> more;
    for (const DonorMatch& match : *matches) {
        if (!match.usable()) {
            continue;
        }
        const auto found = cast.find(match.tensor);
        if (found != cast.end()) {
            found->second->op = EditOp::TakeFromDonor;
            found->second->lossless = true;
            found->second->donorTensor = *match.donorTensor;
            continue;
        }
        Edit made;
        made.tensor = match.tensor;
        made.op = EditOp::TakeFromDonor;
        made.from = made.to = checkpoint.tensors()[match.tensor].dtype;
        made.key = std::string(checkpoint.tensors()[match.tensor].key);
        const Rule* rule = ruleOf(report, match.tensor);
        made.rule = rule != nullptr ? rule->id : std::string("--donor-take");
        made.severity = rule != nullptr ? rule->severity : Severity::Note;
        made.donorTensor = *match.donorTensor;
        more.push_back(std::move(made));
    }
    edits.insert(edits.end(), more.begin(), more.end());
    std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.tensor < b.tensor; });
    return matches;
}

} // namespace ckptscope
