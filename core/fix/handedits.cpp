// SPDX-License-Identifier: Apache-2.0
#include "core/fix/handedits.h"

#include "core/dtypes/convert.h"

#include <algorithm>
#include <array>

namespace ckptscope {

void HandEdits::forget(std::uint32_t tensor)
{
    casts.erase(tensor);
    drops.erase(tensor);
    donor.erase(tensor);
    leftOut.erase(tensor);
}

void HandEdits::cast(const Checkpoint& checkpoint, std::uint32_t tensor, DType to, bool hasFinding)
{
    forget(tensor);
    if (checkpoint.tensors()[tensor].dtype != to || hasFinding) {
        casts[tensor] = to;
    }
}

void HandEdits::setMetadata(const Checkpoint& checkpoint, const std::string& key, const std::optional<std::string>& value)
{
    bool there = false;
    bool same = true;
    for (const MetadataEntry& entry : checkpoint.metadata()) {
        if (entry.origin == "__metadata__" && entry.key == key) {
            const auto* text = std::get_if<std::string>(&entry.value);
            there = true;
            same = same && text != nullptr && value && *text == *value;
        }
    }
    if (value ? there && same : !there) {
        metadata.erase(key);
    } else {
        metadata[key] = value;
    }
}

HandEdits carriedOver(const HandEdits& edits, const Checkpoint& before, const Checkpoint& after, std::size_t& lost)
{
    HandEdits out;
    out.metadata = edits.metadata;
    const auto now = [&](std::uint32_t tensor) -> std::optional<std::uint32_t> {
        const TensorInfo& was = before.tensors()[tensor];
        const TensorInfo* is = after.find(was.key);
        if (is == nullptr || is->dtype != was.dtype || !std::equal(is->shape.begin(), is->shape.end(), was.shape.begin(), was.shape.end())) {
            ++lost;
            return std::nullopt;
        }
        return after.indexOf(*is);
    };
    for (const auto& [tensor, to] : edits.casts) {
        if (const auto at = now(tensor)) {
            out.casts.emplace(*at, to);
        }
    }
    const auto carry = [&now](const std::set<std::uint32_t>& from, std::set<std::uint32_t>& to) {
        for (const std::uint32_t tensor : from) {
            if (const auto at = now(tensor)) {
                to.insert(*at);
            }
        }
    };
    carry(edits.drops, out.drops);
    carry(edits.donor, out.donor);
    carry(edits.leftOut, out.leftOut);
    return out;
}

std::vector<DType> castChoices(const Checkpoint& checkpoint, std::span<const std::uint32_t> tensors)
{
    constexpr std::array Choices{DType::F32, DType::BF16, DType::F16, DType::F8_E4M3, DType::F8_E5M2};
    std::vector<DType> out;
    for (const DType to : Choices) {
        bool changes = false;
        const bool possible = std::all_of(tensors.begin(), tensors.end(), [&](std::uint32_t index) {
            const TensorInfo& tensor = checkpoint.tensors()[index];
            changes = changes || tensor.dtype != to;
            return tensor.readable() && canCast(tensor.dtype, to);
        });
        if (possible && changes) {
            out.push_back(to);
        }
    }
    return out;
}

bool canEdit(const Checkpoint& checkpoint) noexcept
{
    return !checkpoint.damaged() && (checkpoint.format() == "safetensors" || checkpoint.format() == "torch");
}

bool canTakeFromDonor(const TensorInfo& tensor) noexcept
{
    return tensor.readable() && isRealFloat(tensor.dtype) && isLosslessCast(tensor.dtype, DType::F32) && canCast(tensor.dtype, DType::F32);
}

} // namespace ckptscope
