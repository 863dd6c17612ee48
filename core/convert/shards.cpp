// SPDX-License-Identifier: Apache-2.0
#include "core/convert/shards.h"

#include "core/fix/jsonedit.h"

#include <algorithm>
#include <cstdio>

namespace ckptscope::convert {

namespace {

constexpr std::uint64_t MaxHeader = 100'000'000; ///< huggingface/safetensors safetensors/src/tensor.rs MAX_HEADER_SIZE

} // namespace

std::uint32_t splitIntoShards(std::vector<ConvertItem>& items, std::uint64_t maxBytes)
{
    std::uint32_t shards = 0;
    std::vector<ConvertItem*> open;
    std::uint64_t openBytes = 0;
    const auto close = [&] {
        for (ConvertItem* item : open) {
            item->file = shards;
        }
        shards += open.empty() ? 0 : 1;
        open.clear();
        openBytes = 0;
    };
    for (ConvertItem& item : items) {
        if (item.bytes > maxBytes) {
            item.file = shards++;
            continue;
        }
        if (openBytes + item.bytes > maxBytes) {
            close();
        }
        open.push_back(&item);
        openBytes += item.bytes;
    }
    close();
    return shards;
}

std::string shardName(std::uint32_t index, std::uint32_t count)
{
    if (count == 1) {
        return "model.safetensors";
    }
    char text[64];
    std::snprintf(text, sizeof text, "model-%05u-of-%05u.safetensors", index + 1, count);
    return text;
}

Result<std::string> layOutShard(std::vector<ConvertItem>& all, std::vector<std::uint32_t>& items, const Checkpoint& source,
                                const std::map<std::string, std::string>& metadata, const std::string& name, std::uint64_t& end)
{
    // DType has safetensors' own order, which is by alignment.
    std::sort(items.begin(), items.end(),
              [&](std::uint32_t a, std::uint32_t b) { return all[a].dtype != all[b].dtype ? all[a].dtype > all[b].dtype : all[a].key < all[b].key; });
    std::string text(8, '\0');
    text += '{';
    if (!metadata.empty()) {
        text += "\"__metadata__\":{";
        bool comma = false;
        for (const auto& [key, value] : metadata) {
            text += (comma ? "," : "") + jsonQuoted(key) + ':' + jsonQuoted(value);
            comma = true;
        }
        text += '}';
    }
    std::uint64_t at = 0;
    for (const std::uint32_t i : items) {
        ConvertItem& item = all[i];
        text += text.size() > 9 ? "," : "";
        text += jsonQuoted(item.key);
        text += R"(:{"dtype":")";
        text += dtypeName(item.dtype);
        text += R"(","shape":[)";
        bool comma = false;
        for (const std::uint64_t dim : source.tensors()[item.tensor].shape) {
            text += (comma ? "," : "") + std::to_string(dim);
            comma = true;
        }
        text += "],\"data_offsets\":[" + std::to_string(at) + ',' + std::to_string(at + item.bytes) + "]}";
        item.target = at;
        at += item.bytes;
    }
    text += '}';
    text.resize((text.size() + 7) / 8 * 8, ' ');
    const std::uint64_t length = text.size() - 8;
    if (length > MaxHeader) {
        return inFile(fail(Code::LimitExceeded, {"the header's length", std::to_string(length), std::to_string(MaxHeader)}), name);
    }
    for (std::size_t i = 0; i < 8; ++i) {
        text[i] = static_cast<char>(length >> (8 * i) & 0xFFU);
    }
    for (const std::uint32_t i : items) {
        all[i].target += text.size();
    }
    end = text.size() + at;
    return text;
}

std::string indexText(const ConvertPlan& plan)
{
    std::vector<const ConvertItem*> byName;
    byName.reserve(plan.items.size());
    for (const ConvertItem& item : plan.items) {
        byName.push_back(&item);
    }
    std::sort(byName.begin(), byName.end(), [](const ConvertItem* a, const ConvertItem* b) { return a->key < b->key; });
    std::string text = "{\n  \"metadata\": {\n    \"total_size\": " + std::to_string(plan.tensorBytes) + "\n  },\n  \"weight_map\": {";
    for (std::size_t i = 0; i < byName.size(); ++i) {
        text += i > 0 ? ",\n    " : "\n    ";
        text += jsonQuoted(byName[i]->key) + ": \"" + plan.files[byName[i]->file].name + '"';
    }
    return text + "\n  }\n}\n";
}

} // namespace ckptscope::convert
