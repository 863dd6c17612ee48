// SPDX-License-Identifier: Apache-2.0
// The Hugging Face flavour of distributed checkpoints: each rank's boxes in one safetensors file, their places in __metadata__ as DCP_SHARDING_INFO.
// pytorch/pytorch torch/distributed/checkpoint/hf_storage.py, _hf_utils.py.
#include "core/formats/dcp.h"
#include "core/formats/shardset.h"
#include "core/text/jsonscan.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

namespace ckptscope::dcp {

namespace {

constexpr std::uint64_t ShardingInfoBytes = 64ULL << 20U; ///< cap on DCP_SHARDING_INFO

using Offsets = std::map<std::string, std::vector<std::uint64_t>, std::less<>>;

/// The text of a metadata value, read from the file where it is long.
std::optional<std::string> textOf(const MetadataValue& value, const std::string& path)
{
    if (const auto* text = std::get_if<std::string>(&value)) {
        return *text;
    }
    const auto* place = std::get_if<MetadataPlace>(&value);
    if (place == nullptr || place->bytes.length > ShardingInfoBytes) {
        return std::nullopt;
    }
    const auto file = File::open(path);
    std::string raw(static_cast<std::size_t>(place->bytes.length), '\0');
    if (!file || !file->readAt(place->bytes.offset, std::as_writable_bytes(std::span(raw)))) {
        return std::nullopt;
    }
    JsonScanner scan(raw);
    std::string_view inner;
    bool escaped = false;
    std::string text;
    if (!scan.string(inner, escaped) || !JsonScanner::unescape(inner, text)) {
        return std::nullopt;
    }
    return text;
}

/// {"name": {"saved_offsets": [0, 0]}}; nullopt: it is not so.
std::optional<Offsets> parseSharding(const std::string& text)
{
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object()) {
        return std::nullopt;
    }
    Offsets offsets;
    for (const auto& [name, info] : json.items()) {
        const auto saved = info.is_object() ? info.find("saved_offsets") : info.end();
        if (!info.is_object() || saved == info.end() || !saved->is_array()) {
            return std::nullopt;
        }
        std::vector<std::uint64_t> start;
        for (const auto& at : *saved) {
            if (!at.is_number_unsigned()) {
                return std::nullopt;
            }
            start.push_back(at.get<std::uint64_t>());
        }
        offsets.emplace(name, std::move(start));
    }
    return offsets;
}

struct Assembly {
    std::vector<std::uint32_t> tensors; ///< of the parts, one a chunk
    std::vector<Box> boxes;
};

} // namespace

std::optional<std::uint32_t> huggingFaceRank(std::string_view name) noexcept
{
    constexpr std::string_view Pattern = "shard-#####-model-#####-of-#####.safetensors";
    if (name.size() != Pattern.size()) {
        return std::nullopt;
    }
    std::uint32_t rank = 0;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool digit = name[i] >= '0' && name[i] <= '9';
        if (Pattern[i] == '#' ? !digit : name[i] != Pattern[i]) {
            return std::nullopt;
        }
        if (i >= 6 && i < 11) {
            rank = rank * 10 + static_cast<std::uint32_t>(name[i] - '0');
        }
    }
    return rank;
}

Result<CheckpointParts> openHuggingFace(const Source& source, const OpenOptions& options, const JobContext& job)
{
    std::vector<std::string> names;
    std::set<std::uint32_t> ranks;
    for (const auto& entry : source.entries) {
        if (const auto rank = huggingFaceRank(entry.name)) {
            names.push_back(entry.name);
            ranks.insert(*rank);
        }
    }
    auto parts = openShards(source.path, names, options, job);
    if (!parts) {
        return parts.error();
    }
    CheckpointBuilder out;
    out.parts().format = "dcp";
    out.parts().isFolder = true;
    out.parts().folder = source.path;
    out.parts().shards = parts->shards;
    out.parts().storage = parts->storage;
    for (auto& problem : parts->problems) { // tensors get other numbers: chunks become one
        problem.tensor.reset();
    }
    out.problems(std::move(parts->problems));

    std::vector<std::optional<Offsets>> offsets(parts->shards.size());
    for (auto& entry : parts->metadata) {
        if (entry.key != "DCP_SHARDING_INFO") {
            out.metadata(std::move(entry.key), std::move(entry.value), std::move(entry.origin), entry.shard);
            continue;
        }
        const auto& shard = parts->shards[entry.shard];
        const auto text = textOf(entry.value, (std::filesystem::path(source.path) / shard.file).string());
        offsets[entry.shard] = text ? parseSharding(*text) : std::nullopt;
        if (!offsets[entry.shard]) {
            out.problem(Code::DcpShardingInfo, {}, shard.file);
        }
    }
    // Chunks of one name, in file order; a file without sharding info holds whole tensors.
    std::vector<std::string_view> order;
    std::map<std::string_view, Assembly> whole;
    for (std::uint32_t i = 0; i < parts->tensors.size(); ++i) {
        const auto& tensor = parts->tensors[i];
        auto [at, added] = whole.try_emplace(tensor.key);
        if (added) {
            order.push_back(tensor.key);
        }
        Box box;
        box.shape.assign(tensor.shape.begin(), tensor.shape.end());
        box.start.assign(box.shape.size(), 0);
        if (offsets[tensor.shard]) {
            if (const auto saved = offsets[tensor.shard]->find(tensor.key); saved != offsets[tensor.shard]->end()) {
                box.start = saved->second;
            }
        }
        // Replicated tensors stand in several files, box for box.
        const auto same = std::find_if(at->second.boxes.begin(), at->second.boxes.end(),
                                       [&](const Box& known) { return known.start == box.start && known.shape == box.shape; });
        if (same == at->second.boxes.end()) {
            at->second.tensors.push_back(i);
            at->second.boxes.push_back(std::move(box));
        }
    }
    for (const auto name : order) {
        const auto& assembly = whole[name];
        const auto& first = parts->tensors[assembly.tensors.front()];
        torch::ElementType element{first.dtype, std::string(first.dtypeText()), dtypeInfo(first.dtype).blockBits / 8U, false};
        std::string broken;
        std::vector<std::uint64_t> shape(first.shape.size(), 0);
        std::vector<Piece> pieces;
        bool overflow = false;
        for (std::size_t c = 0; c < assembly.tensors.size(); ++c) {
            const auto& tensor = parts->tensors[assembly.tensors[c]];
            const auto& box = assembly.boxes[c];
            if (tensor.dtype != first.dtype) {
                broken = "has chunks of dtype " + std::string(first.dtypeText()) + " and " + std::string(tensor.dtypeText());
            }
            if (tensor.shape.size() != first.shape.size() || box.start.size() != tensor.shape.size()) {
                broken = "has chunks of different rank";
                break;
            }
            if (!tensor.readable()) {
                broken = "has a chunk in " + parts->shards[tensor.shard].file + " that cannot be read";
            }
            std::vector<std::uint64_t> strides(box.shape.size(), 1);
            std::uint64_t step = 1;
            for (std::size_t d = box.shape.size(); d-- > 0;) {
                strides[d] = step;
                overflow = overflow || __builtin_mul_overflow(step, std::max<std::uint64_t>(box.shape[d], 1), &step);
                std::uint64_t end = 0;
                overflow = overflow || __builtin_add_overflow(box.start[d], box.shape[d], &end);
                shape[d] = std::max(shape[d], end);
            }
            pieces.push_back({tensor.shard, tensor.bytes, std::move(strides)});
        }
        if (overflow) {
            broken = "has chunks whose places 64 bits cannot count";
        }
        const bool alone = assembly.boxes.size() == 1
            && std::all_of(assembly.boxes[0].start.begin(), assembly.boxes[0].start.end(), [](auto at) { return at == 0; });
        if (alone && broken.empty()) { // as it stands in its file
            auto& tensor = out.tensor(name, shape, first.dtype, first.shard);
            tensor.bytes = first.bytes;
            tensor.headerOffset = first.headerOffset;
            tensor.extra = first.extra;
            continue;
        }
        if (!broken.empty()) {
            const auto index = out.tensorCount();
            auto& tensor = out.tensor(name, shape, first.dtype, first.shard);
            if (first.dtype == DType::Unknown) {
                out.extra(tensor).spelling = first.dtypeText();
            }
            out.unreadable(tensor, "it " + broken);
            tensor.damaged = true;
            out.problem(Code::DcpTensor, {std::string(name), broken}, parts->shards[first.shard].file, std::nullopt, index);
            continue;
        }
        addAssembled(out, std::string(name), element, shape, assembly.boxes, pieces, {}, parts->shards[first.shard].file);
    }
    if (!ranks.empty() && *ranks.rbegin() > ranks.size()) {
        for (std::uint32_t rank = 1; rank < *ranks.rbegin(); ++rank) {
            if (!ranks.contains(rank)) {
                out.problem(Code::DcpMissingShard, {std::to_string(rank), std::to_string(*ranks.rbegin())}, source.name);
            }
        }
    }
    if (ranks.size() > 1) {
        out.problem(Code::DcpNoShapes, {}, source.name);
    }
    auto done = out.finish();
    const auto unread = [](const Shard& shard) { return shard.state != Shard::State::Ok && shard.tensors == 0; };
    if (std::all_of(done.shards.begin(), done.shards.end(), unread)) {
        const auto reason = std::find_if(done.problems.begin(), done.problems.end(), [](const Problem& p) { return p.severity == Severity::Error; });
        return reason != done.problems.end() ? reason->what : inFile(fail(Code::FolderEmpty), source.name);
    }
    return done;
}

} // namespace ckptscope::dcp
