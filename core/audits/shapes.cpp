// SPDX-License-Identifier: Apache-2.0
#include "core/audits/list.h"
#include "core/audits/pershape.h"
#include "core/audits/sink.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_map>

namespace ckptscope {

namespace {

constexpr std::uint64_t MaxLayers = 100'000; ///< a number above is not a layer's
constexpr std::size_t FewestLayers = 4;      ///< below, a list of modules may have gaps on purpose

/// Layers that share a prefix: "model.layers.".
struct Stack {
    std::string_view prefix;
    std::vector<std::uint32_t> tensors; ///< a layer, by its number
    std::uint64_t all = 0;
    [[nodiscard]] std::uint64_t present() const
    {
        return static_cast<std::uint64_t>(std::count_if(tensors.begin(), tensors.end(), [](std::uint32_t n) { return n > 0; }));
    }
};

bool isStackName(std::string_view part) noexcept
{
    return part == "layers" || part == "blocks" || part == "h" || part == "block" || part == "layer";
}

/// Where the number of the first "layers.N." of a key stands, and how long it is; 0: there is none.
std::pair<std::size_t, std::size_t> numberOf(std::string_view key)
{
    std::size_t at = 0;
    std::string_view before;
    for (;;) {
        const auto dot = key.find('.', at);
        if (dot == std::string_view::npos) {
            return {};
        }
        const auto part = key.substr(at, dot - at);
        if (isStackName(before) && !part.empty() && part.size() < 7 && part.find_first_not_of("0123456789") == std::string_view::npos) {
            return {at, part.size()};
        }
        before = part;
        at = dot + 1;
    }
}

std::vector<Stack> stacksOf(const Checkpoint& checkpoint)
{
    std::vector<Stack> stacks;
    std::unordered_map<std::string_view, std::size_t> places;
    // In all names of a shape the number stands at the same place.
    const auto numbers = perShape(checkpoint, numberOf);
    std::size_t last = 0; // neighbours are mostly of one stack
    for (const auto& tensor : checkpoint.tensors()) {
        const auto& [at, length] = numbers(checkpoint.indexOf(tensor));
        if (length == 0) {
            continue;
        }
        std::uint64_t number = 0;
        std::from_chars(tensor.key.data() + at, tensor.key.data() + at + length, number);
        if (number >= MaxLayers) {
            continue;
        }
        const std::string_view prefix = tensor.key.substr(0, at);
        if (last >= stacks.size() || stacks[last].prefix != prefix) {
            const auto [place, fresh] = places.emplace(prefix, stacks.size());
            if (fresh) {
                stacks.push_back(Stack{prefix, {}, 0});
            }
            last = place->second;
        }
        Stack& stack = stacks[last];
        if (stack.tensors.size() <= number) {
            stack.tensors.resize(number + 1);
        }
        ++stack.tensors[number];
        ++stack.all;
    }
    return stacks;
}

/// The language model's layers, where config.json's num_hidden_layers speaks of them.
constexpr std::array<std::string_view, 6> MainStacks{
    "model.layers.",  "model.language_model.layers.",   "language_model.model.layers.", "backbone.layers.",
    "transformer.h.", "language_model.backbone.layers."};

bool isMain(const Stack& stack) noexcept
{
    return std::find(MainStacks.begin(), MainStacks.end(), stack.prefix) != MainStacks.end();
}

void gaps(const std::vector<Stack>& stacks, AuditSink& sink)
{
    for (const auto& stack : stacks) {
        const std::uint64_t present = stack.present();
        // a gap is a lost layer only where the others are many and each a layer's worth of tensors
        const bool layers = std::all_of(stack.tensors.begin(), stack.tensors.end(), [](std::uint32_t n) { return n == 0 || n >= 3; });
        // elsewhere a list may hold modules without parameters (Encodec's ELU): few gaps only
        const std::uint64_t lost = stack.tensors.size() - present;
        const bool few = isMain(stack) ? present >= lost : lost * 8 <= stack.tensors.size();
        if (lost == 0 || present < FewestLayers || !layers || !few) {
            continue;
        }
        std::vector<std::uint64_t> missing;
        for (std::size_t n = 0; n < stack.tensors.size(); ++n) {
            if (stack.tensors[n] == 0) {
                missing.push_back(n);
            }
        }
        sink.add(Code::AuditMissingLayers, std::string(), {numberRanges(missing), std::string(stack.prefix.substr(0, stack.prefix.size() - 1))});
    }
}

/// Layers that guess further tokens lie behind the others, and num_hidden_layers does not count them.
bool predictsFurther(const ModelConfig& config)
{
    return std::any_of(config.values.begin(), config.values.end(), [](const auto& value) {
        return value.first.find("nextn") != std::string::npos || value.first.find("mtp") != std::string::npos;
    });
}

void layerCount(const Checkpoint& checkpoint, const std::vector<Stack>& stacks, AuditSink& sink)
{
    const auto count = checkpoint.config().dimension("num_hidden_layers");
    if (!count || *count <= 0 || checkpoint.config().dimension("num_layers")) { // the latter: each layer counts twice, or means another part
        return;
    }
    const auto said = static_cast<std::uint64_t>(*count);
    for (const auto& stack : stacks) {
        const std::uint64_t there = stack.tensors.size();
        // surplus layers are layers where each is made of as many tensors as one that is said to be there
        const auto counted = stack.tensors.begin() + static_cast<std::ptrdiff_t>(std::min(said, there));
        const bool alike =
            std::all_of(counted, stack.tensors.end(), [&](std::uint32_t n) { return std::find(stack.tensors.begin(), counted, n) != counted; });
        if (isMain(stack) && (there < said || (there > said && alike && !predictsFurther(checkpoint.config())))) {
            sink.add(Code::AuditLayerCount, std::string(),
                     {std::to_string(said), std::to_string(there), std::string(stack.prefix.substr(0, stack.prefix.size() - 1))});
        }
    }
}

constexpr std::array<std::string_view, 6> Embeddings{
    "model.embed_tokens.weight", "model.language_model.embed_tokens.weight", "language_model.model.embed_tokens.weight", "backbone.embeddings.weight",
    "transformer.wte.weight",    "language_model.backbone.embeddings.weight"};

void embeddings(const Checkpoint& checkpoint, AuditSink& sink)
{
    const ModelConfig& config = checkpoint.config();
    const auto vocabulary = config.dimension("vocab_size");
    const auto hidden = config.dimension("hidden_size");
    // A config that gives two vocabularies, or an embedding of its own width, says nothing sure about this tensor.
    const auto* inner = config.find("text_config.vocab_size");
    const bool twice = config.find("vocab_size") != nullptr && inner != nullptr && *config.find("vocab_size") != *inner;
    if (!vocabulary || !hidden || *vocabulary <= 0 || *hidden <= 0 || twice || config.find("embedding_size") != nullptr
        || config.find("word_embed_proj_dim") != nullptr) {
        return;
    }
    for (const auto name : Embeddings) {
        const TensorInfo* tensor = checkpoint.find(name);
        const bool plain = tensor != nullptr
            && (tensor->dtype == DType::BF16 || tensor->dtype == DType::F16 || tensor->dtype == DType::F32 || tensor->dtype == DType::F64);
        if (!plain || tensor->shape.size() != 2) {
            continue;
        }
        // more rows than words are padding; fewer cannot serve every token
        if (tensor->shape[0] < static_cast<std::uint64_t>(*vocabulary) || tensor->shape[1] != static_cast<std::uint64_t>(*hidden)) {
            sink.add(Code::AuditEmbedding, *tensor,
                     {std::string(tensor->key), shapeOf(*tensor), std::to_string(*vocabulary), std::to_string(*hidden)});
        }
    }
}

} // namespace

void auditShapes(const Checkpoint& checkpoint, const ArchitectureChoice&, std::vector<Finding>& findings)
{
    AuditSink sink(checkpoint, findings);
    embeddings(checkpoint, sink);
    if (!isPartial(checkpoint)) {
        const auto stacks = stacksOf(checkpoint);
        gaps(stacks, sink);
        layerCount(checkpoint, stacks, sink);
    }
}

} // namespace ckptscope
