// SPDX-License-Identifier: Apache-2.0
#include "core/query/nothingmatches.h"

#include "core/text/text.h"

#include <algorithm>
#include <vector>

namespace ckptscope {

namespace {

constexpr std::size_t MaxName = 1000; ///< longer ones are no slip of the finger, and the distance costs their product

/// Names that a distance is worth being computed of.
void addNear(std::string_view name, const Checkpoint& checkpoint, std::vector<std::string_view>& names)
{
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        const std::size_t apart = std::max(tensor.key.size(), name.size()) - std::min(tensor.key.size(), name.size());
        if (tensor.key.size() <= MaxName && apart <= name.size() / 3 + 1) {
            names.push_back(tensor.key);
        }
    }
}

} // namespace

Error nothingMatches(const std::string& glob, const Checkpoint& checkpoint, std::span<const std::string_view> others)
{
    if (glob.empty() || glob.size() > MaxName) {
        return fail(Code::FixNothingMatches, {glob});
    }
    const auto& tensors = checkpoint.tensors();
    const std::string ending = "*." + glob;
    if (std::any_of(tensors.begin(), tensors.end(), [&](const TensorInfo& tensor) { return globMatch(ending, tensor.key); })) {
        return fail(Code::FixNothingMatches, {glob, ending});
    }
    std::vector<std::string_view> names(others.begin(), others.end());
    addNear(glob, checkpoint, names);
    const std::string_view near = nearestWord(glob, names.data(), names.size());
    return near.empty() ? fail(Code::FixNothingMatches, {glob}) : fail(Code::FixNothingMatches, {glob, std::string(near)});
}

std::string_view tensorMeant(std::string_view name, const Checkpoint& checkpoint)
{
    if (name.empty() || name.size() > MaxName) {
        return {};
    }
    const auto& tensors = checkpoint.tensors();
    const auto ends = std::find_if(tensors.begin(), tensors.end(), [name](const TensorInfo& tensor) {
        return tensor.key.size() > name.size() && tensor.key.ends_with(name) && tensor.key[tensor.key.size() - name.size() - 1] == '.';
    });
    if (ends != tensors.end()) {
        return ends->key;
    }
    std::vector<std::string_view> names;
    addNear(name, checkpoint, names);
    return nearestWord(name, names.data(), names.size());
}

} // namespace ckptscope
