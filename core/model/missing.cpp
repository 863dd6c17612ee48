// SPDX-License-Identifier: Apache-2.0
#include "core/model/missing.h"

#include "core/contracts/check.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

namespace ckptscope {

namespace {

/// One for all: a tensor that has it is missing.
const TensorExtra& missingExtra()
{
    static const TensorExtra Extra = [] {
        TensorExtra extra;
        extra.unreadable = "no shard holds it";
        return extra;
    }();
    return Extra;
}

constexpr std::array<std::uint64_t, 1> NoElements{0};

struct Entry {
    std::string_view key;
    std::string_view file;
};

/// In key order, each key once, with the file that JSON readers keep.
std::vector<Entry> notStored(const Checkpoint& checkpoint)
{
    std::vector<Entry> entries;
    if (!checkpoint.index()) {
        return entries;
    }
    std::unordered_set<std::string_view> whole; // of these files is known what they lack
    for (const Shard& shard : checkpoint.shards()) {
        if (shard.state == Shard::State::Ok) {
            whole.insert(shard.file);
        }
    }
    // Writers name tensors in order: one walk over both lists then answers for all; what is out of order is looked up.
    const auto& names = checkpoint.byName();
    std::size_t at = 0;
    std::string_view largest; // of those walked to
    const auto stored = [&](std::string_view key) {
        if (key < largest) {
            return checkpoint.find(key) != nullptr;
        }
        largest = key;
        while (at < names.size() && checkpoint.tensors()[names[at]].key < key) {
            ++at;
        }
        return at < names.size() && checkpoint.tensors()[names[at]].key == key;
    };
    for (const auto& [key, file] : checkpoint.index()->weightMap) {
        if (!stored(key) && !(mayBeTied(checkpoint, key) && whole.count(file) != 0)) {
            entries.push_back({key, file});
        }
    }
    const auto less = [](const Entry& a, const Entry& b) { return a.key < b.key; };
    std::stable_sort(entries.begin(), entries.end(), less);
    std::vector<Entry> once;
    once.reserve(entries.size());
    for (const Entry& entry : entries) {
        if (!once.empty() && once.back().key == entry.key) {
            once.back() = entry;
        } else {
            once.push_back(entry);
        }
    }
    return once;
}

} // namespace

std::shared_ptr<const Checkpoint> withMissing(const std::shared_ptr<const Checkpoint>& checkpoint, std::size_t most)
{
    auto missing = notStored(*checkpoint);
    if (missing.empty() || most == 0) {
        return checkpoint;
    }
    missing.resize(std::min(missing.size(), most));
    CheckpointParts parts;
    parts.path = checkpoint->path();
    parts.folder = checkpoint->folder();
    parts.isFolder = checkpoint->isFolder();
    parts.format = checkpoint->format();
    parts.shards = checkpoint->shards();
    parts.tensors = checkpoint->tensors();
    parts.storage.push_back(checkpoint); // keys and shapes point into it
    std::unordered_map<std::string_view, std::uint32_t> shards;
    for (std::uint32_t n = 0; n < checkpoint->shards().size(); ++n) {
        shards.emplace(checkpoint->shards()[n].file, n);
    }
    parts.tensors.reserve(parts.tensors.size() + missing.size());
    for (const Entry& entry : missing) {
        const auto [place, fresh] = shards.emplace(entry.file, static_cast<std::uint32_t>(parts.shards.size()));
        if (fresh) {
            Shard shard;
            shard.file = entry.file;
            shard.state = Shard::State::Missing;
            parts.shards.push_back(std::move(shard));
        }
        TensorInfo tensor;
        tensor.key = entry.key;
        tensor.shape = NoElements;
        tensor.extra = &missingExtra();
        tensor.shard = place->second;
        tensor.dtype = DType::Unknown;
        parts.tensors.push_back(tensor);
    }
    return Checkpoint::make(std::move(parts));
}

bool isMissing(const TensorInfo& tensor) noexcept
{
    return tensor.extra != nullptr && tensor.extra == &missingExtra();
}

std::uint64_t missingTensors(const Checkpoint& checkpoint)
{
    return notStored(checkpoint).size();
}

std::vector<std::uint32_t> missingFindings(const Checkpoint& listed, const CheckReport& report)
{
    std::size_t first = report.tensors.size();
    const auto& tensors = listed.tensors();
    if (first >= tensors.size()) {
        return {};
    }
    std::unordered_map<std::string_view, std::uint32_t> byKey;
    std::unordered_map<std::string_view, std::uint32_t> byFile;
    for (std::uint32_t n = 0; n < report.findings.size(); ++n) {
        const Finding& finding = report.findings[n];
        if (!finding.key.empty()) {
            byKey.emplace(finding.key, n);
        } else if (!finding.tensor && finding.severity == Severity::Error && !finding.file.empty()) {
            byFile.emplace(finding.file, n);
        }
    }
    std::vector<std::uint32_t> found;
    found.reserve(tensors.size() - first);
    for (; first < tensors.size(); ++first) {
        const TensorInfo& tensor = tensors[first];
        const Shard& shard = listed.shards()[tensor.shard];
        const auto own = byKey.find(tensor.key);
        const auto ofShard = shard.state == Shard::State::Ok ? byFile.end() : byFile.find(shard.file);
        found.push_back(own != byKey.end() ? own->second : ofShard != byFile.end() ? ofShard->second : UINT32_MAX);
    }
    return found;
}

bool mayBeTied(const Checkpoint& checkpoint, std::string_view key)
{
    if (!key.ends_with("lm_head.weight") && !key.ends_with("embed_tokens.weight") && !key.ends_with("embed_out.weight")) {
        return false;
    }
    for (const std::string_view path : {"tie_word_embeddings", "text_config.tie_word_embeddings"}) {
        if (const auto* value = checkpoint.config().find(path)) {
            if (const auto* tied = std::get_if<bool>(value)) {
                return *tied;
            }
        }
    }
    return false;
}

} // namespace ckptscope
