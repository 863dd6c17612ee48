// SPDX-License-Identifier: Apache-2.0
#include "core/fix/texts.h"

#include "core/fix/jsonedit.h"

#include <nlohmann/json.hpp>

#include <vector>

namespace ckptscope {

namespace {

constexpr int MaxConfigDepth = 32;

void patchConfig(std::string_view text, std::size_t at, DType from, std::string_view to, int depth, TextPatch& patch)
{
    const auto object = jsonMembers(text, at);
    if (!object || depth > MaxConfigDepth) {
        return;
    }
    for (const JsonMember& member : object->members) {
        const auto key = jsonKey(text, member);
        if ((key == "dtype" || key == "torch_dtype") && text[member.valueAt] == '"') {
            const auto value = jsonStringValue(text, member);
            if (value && dtypeFromAlias(*value) == from) {
                patch.replace(member.valueAt, member.valueEnd, jsonQuoted((value->starts_with("torch.") ? "torch." : "") + std::string(to)));
            }
        } else if (text[member.valueAt] == '{' && key != "quantization_config") {
            patchConfig(text, member.valueAt, from, to, depth + 1, patch);
        }
    }
}

} // namespace

std::string_view torchDtypeName(DType dtype) noexcept
{
    switch (dtype) {
    case DType::F64:
        return "float64";
    case DType::F32:
        return "float32";
    case DType::F16:
        return "float16";
    case DType::BF16:
        return "bfloat16";
    case DType::F8_E4M3:
        return "float8_e4m3fn";
    case DType::F8_E5M2:
        return "float8_e5m2";
    case DType::F8_E4M3FNUZ:
        return "float8_e4m3fnuz";
    case DType::F8_E5M2FNUZ:
        return "float8_e5m2fnuz";
    case DType::F8_E8M0:
        return "float8_e8m0fnu";
    default:
        return {};
    }
}

std::optional<std::string> rewriteIndex(std::string_view text, const std::function<IndexEntryChange(const std::string&)>& change,
                                        std::uint64_t totalSize)
{
    const auto top = jsonMembers(text);
    if (!top) {
        return std::nullopt;
    }
    TextPatch patch(text);
    if (const JsonMember* map = jsonFind(text, *top, "weight_map")) {
        const auto entries = jsonMembers(text, map->valueAt);
        if (!entries) {
            return std::nullopt;
        }
        std::vector<bool> drop(entries->members.size());
        bool anyDrop = false;
        for (std::size_t i = 0; i < entries->members.size(); ++i) {
            const JsonMember& member = entries->members[i];
            const auto key = jsonKey(text, member);
            if (!key) {
                return std::nullopt;
            }
            const IndexEntryChange wish = change(*key);
            if (wish.drop) {
                drop[i] = true;
                anyDrop = true;
            } else if (!wish.newKey.empty() && wish.newKey != *key) {
                patch.replace(member.keyAt, member.keyEnd, jsonQuoted(wish.newKey));
            }
        }
        if (anyDrop) {
            patch.dropMembers(*entries, drop);
        }
    }
    if (const JsonMember* metadata = jsonFind(text, *top, "metadata")) {
        if (const auto members = jsonMembers(text, metadata->valueAt)) {
            if (const JsonMember* size = jsonFind(text, *members, "total_size")) {
                const std::string_view old = text.substr(size->valueAt, size->valueEnd - size->valueAt);
                const std::string now = std::to_string(totalSize);
                if (old != now && old != now + ".0") { // some writers store a float
                    patch.replace(size->valueAt, size->valueEnd, now);
                }
            }
        }
    }
    if (patch.empty()) {
        return std::nullopt;
    }
    return patch.text();
}

std::optional<std::string> rewriteConfigDtype(std::string_view text, DType from, DType to)
{
    const std::string_view name = torchDtypeName(to);
    if (name.empty()) {
        return std::nullopt;
    }
    TextPatch patch(text);
    patchConfig(text, 0, from, name, 0, patch);
    if (patch.empty()) {
        return std::nullopt;
    }
    return patch.text();
}

std::optional<std::string> rebuildIndex(std::string_view text, const std::map<std::string, std::string>& weightMap, std::uint64_t totalSize)
{
    using Json = nlohmann::ordered_json;
    Json index = Json::parse(text, nullptr, false);
    if (!index.is_object()) {
        return std::nullopt;
    }
    if (!index.contains("metadata") || !index["metadata"].is_object()) {
        index["metadata"] = Json::object();
    }
    index["metadata"]["total_size"] = totalSize;
    Json map = Json::object();
    for (const auto& [key, file] : weightMap) {
        map.push_back({key, file}); // sorted and distinct already: operator[] would search
    }
    index["weight_map"] = std::move(map);
    return index.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

} // namespace ckptscope
