// SPDX-License-Identifier: Apache-2.0
#include "core/query/parts.h"

#include "core/query/order.h"

#include <xxhash.h>

#include <algorithm>
#include <numeric>

namespace ckptscope::query {

namespace {

/// Numbers distinct texts from 0 on; open addressing, since a million keys have seven million parts and few distinct ones.
class Interner {
public:
    Interner()
        : m_slots(1024, Free)
    {
    }

    std::uint32_t number(std::string_view text)
    {
        const std::uint64_t hash = XXH3_64bits(text.data(), text.size());
        std::size_t slot = hash & (m_slots.size() - 1);
        while (m_slots[slot] != Free) {
            const std::uint32_t id = m_slots[slot];
            if (m_hashes[id] == hash && m_texts[id] == text) {
                return id;
            }
            slot = (slot + 1) & (m_slots.size() - 1);
        }
        const auto id = static_cast<std::uint32_t>(m_texts.size());
        m_slots[slot] = id;
        m_texts.push_back(text);
        m_hashes.push_back(hash);
        if (m_texts.size() * 2 > m_slots.size()) {
            grow();
        }
        return id;
    }

    std::vector<std::string_view> takeTexts() { return std::move(m_texts); }

private:
    static constexpr std::uint32_t Free = UINT32_MAX;

    void grow()
    {
        m_slots.assign(m_slots.size() * 2, Free);
        for (std::uint32_t id = 0; id < m_texts.size(); ++id) {
            std::size_t slot = m_hashes[id] & (m_slots.size() - 1);
            while (m_slots[slot] != Free) {
                slot = (slot + 1) & (m_slots.size() - 1);
            }
            m_slots[slot] = id;
        }
    }

    std::vector<std::uint32_t> m_slots;
    std::vector<std::string_view> m_texts;
    std::vector<std::uint64_t> m_hashes;
};

} // namespace

KeyParts::KeyParts(const Checkpoint& checkpoint)
{
    Interner interner;
    m_starts.reserve(checkpoint.tensors().size() + 1);
    m_ranks.reserve(checkpoint.tensors().size() * 7);
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        m_starts.push_back(m_ranks.size());
        const std::string_view key = tensor.key;
        for (std::size_t at = 0;;) {
            const std::size_t end = std::min(key.find('.', at), key.size());
            m_ranks.push_back(interner.number(key.substr(at, end - at)));
            if (end == key.size()) {
                break;
            }
            at = end + 1;
        }
    }
    m_starts.push_back(m_ranks.size());
    const std::vector<std::string_view> texts = interner.takeTexts();
    std::vector<std::uint32_t> byText(texts.size());
    std::iota(byText.begin(), byText.end(), 0U);
    std::sort(byText.begin(), byText.end(), [&](std::uint32_t a, std::uint32_t b) { return compareNatural(texts[a], texts[b]) < 0; });
    std::vector<std::uint32_t> rank(texts.size());
    m_parts.reserve(texts.size());
    for (std::uint32_t i = 0; i < byText.size(); ++i) {
        rank[byText[i]] = i;
        m_parts.push_back(texts[byText[i]]);
    }
    for (std::uint32_t& part : m_ranks) {
        part = rank[part];
    }
}

} // namespace ckptscope::query
