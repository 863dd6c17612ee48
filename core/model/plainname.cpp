// SPDX-License-Identifier: Apache-2.0
#include "core/model/plainname.h"

#include <algorithm>
#include <array>

namespace ckptscope {

namespace {

constexpr std::array<std::string_view, 4> Anywhere{"_fp32_params", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_orig_mod"};
constexpr std::array<std::string_view, 8> InFront{"module",     "_forward_module", "state_dict", "model",
                                                  "base_model", "language_model",  "text_model", "llm"};

template<std::size_t N>
bool isOneOf(const std::array<std::string_view, N>& words, std::string_view word) noexcept
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

} // namespace

std::string plainName(std::string_view key)
{
    std::string name;
    while (!key.empty()) {
        const std::size_t dot = key.find('.');
        const std::string_view part = key.substr(0, dot);
        const bool last = dot == std::string_view::npos;
        key = last ? std::string_view() : key.substr(dot + 1);
        if (!last && (isOneOf(Anywhere, part) || (name.empty() && isOneOf(InFront, part)))) {
            continue;
        }
        name += name.empty() ? "" : ".";
        name += part;
    }
    return name;
}

NameMatcher::NameMatcher(const Checkpoint& checkpoint)
    : m_checkpoint(checkpoint)
{
    m_byPlainName.reserve(checkpoint.tensors().size());
    for (std::uint32_t i = 0; i < checkpoint.tensors().size(); ++i) {
        m_byPlainName[plainName(checkpoint.tensors()[i].key)].push_back(i);
    }
}

std::optional<std::uint32_t> NameMatcher::find(const TensorInfo& tensor) const
{
    if (const TensorInfo* same = m_checkpoint.find(tensor.key)) {
        return m_checkpoint.indexOf(*same);
    }
    const auto named = m_byPlainName.find(plainName(tensor.key));
    if (named == m_byPlainName.end()) {
        return std::nullopt;
    }
    if (named->second.size() == 1) {
        return named->second.front();
    }
    std::optional<std::uint32_t> found;
    for (const std::uint32_t candidate : named->second) {
        const auto shape = m_checkpoint.tensors()[candidate].shape;
        if (std::equal(shape.begin(), shape.end(), tensor.shape.begin(), tensor.shape.end())) {
            if (found) {
                return std::nullopt; // two of them fit
            }
            found = candidate;
        }
    }
    return found;
}

} // namespace ckptscope
