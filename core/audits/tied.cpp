// SPDX-License-Identifier: Apache-2.0
#include "core/audits/list.h"
#include "core/audits/sink.h"

#include <algorithm>

namespace ckptscope {

namespace {

/// What config.json says outright; most classes have a default of their own, so silence says nothing.
std::optional<bool> saysTied(const ModelConfig& config)
{
    for (const std::string_view path : {"tie_word_embeddings", "text_config.tie_word_embeddings"}) {
        if (const auto* value = config.find(path)) {
            const auto* tied = std::get_if<bool>(value);
            return tied != nullptr ? std::optional(*tied) : std::nullopt;
        }
    }
    return std::nullopt;
}

struct Pair {
    std::string_view embedding;
    std::string_view head;
};
constexpr Pair Pairs[]{
    {"model.embed_tokens.weight", "lm_head.weight"},
    {"model.language_model.embed_tokens.weight", "lm_head.weight"},
    {"language_model.model.embed_tokens.weight", "language_model.lm_head.weight"},
    {"backbone.embeddings.weight", "lm_head.weight"},
    {"transformer.wte.weight", "lm_head.weight"},
};

bool generates(const ArchitectureChoice& architecture)
{
    return architecture.from == ArchitectureChoice::From::Config
        && std::any_of(architecture.names.begin(), architecture.names.end(), [](const std::string& name) { return name.ends_with("ForCausalLM"); });
}

bool hasAnyHead(const Checkpoint& checkpoint)
{
    return std::any_of(checkpoint.tensors().begin(), checkpoint.tensors().end(), [](const TensorInfo& tensor) {
        return tensor.key.find("head") != std::string_view::npos || tensor.key.find("output") != std::string_view::npos
            || tensor.key.find("embed_out") != std::string_view::npos;
    });
}

/// Whether the index has it: then the index audit tells that it is missing.
bool isNamed(const Checkpoint& checkpoint, std::string_view key)
{
    const auto& index = checkpoint.index();
    return index && std::any_of(index->weightMap.begin(), index->weightMap.end(), [key](const auto& entry) { return entry.first == key; });
}

} // namespace

void auditTied(const Checkpoint& checkpoint, const ArchitectureChoice& architecture, std::vector<Finding>& findings)
{
    const auto tied = saysTied(checkpoint.config());
    if (!tied) {
        return;
    }
    AuditSink sink(checkpoint, findings);
    for (const auto& pair : Pairs) {
        const TensorInfo* embedding = checkpoint.find(pair.embedding);
        const TensorInfo* head = checkpoint.find(pair.head);
        if (embedding == nullptr) {
            continue;
        }
        if (*tied && head != nullptr) {
            const bool equal = std::equal(embedding->shape.begin(), embedding->shape.end(), head->shape.begin(), head->shape.end())
                && embedding->dtype == head->dtype;
            if (equal) {
                sink.add(Code::AuditTiedTwice, *head, {std::string(head->key), std::string(embedding->key), std::to_string(head->bytes.length)});
            } else {
                sink.add(Code::AuditTiedDiffers, *head,
                         {std::string(head->key), std::string(head->dtypeText()), shapeOf(*head), std::string(embedding->key),
                          std::string(embedding->dtypeText()), shapeOf(*embedding)});
            }
        } else if (!*tied && head == nullptr && generates(architecture) && !isPartial(checkpoint) && !hasAnyHead(checkpoint)
                   && !isNamed(checkpoint, pair.head)) {
            sink.add(Code::AuditUntiedAbsent, std::string(), {std::string(pair.head)});
        }
    }
}

} // namespace ckptscope
