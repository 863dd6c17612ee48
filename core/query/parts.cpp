// SPDX-License-Identifier: Apache-2.0
#include "core/query/parts.h"

#include "core/query/order.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <iterator>
#include <numeric>
#include <utility>

namespace ckptscope::query {

namespace {

/// Numbers distinct texts from 0 on; open addressing, since a million keys have seven million parts and few distinct ones.
class Interner {
public:
    Interner()
        : m_slots(1024, Free)
    {
        m_small.fill(Free);
    }

    std::uint32_t number(std::string_view text)
    {
        const std::size_t place = smallPlace(text);
        if (place < m_small.size() && m_small[place] != Free) {
            return m_small[place];
        }
        const std::uint32_t id = hashed(text);
        if (place < m_small.size()) {
            m_small[place] = id;
        }
        return id;
    }

    std::vector<std::string_view> takeTexts() { return std::move(m_texts); }

private:
    static constexpr std::uint32_t Free = UINT32_MAX;
    static constexpr std::size_t NoPlace = SIZE_MAX;

    /// Numbers of layers and experts are most of what is looked up: those of up to three digits have places of their own.
    static std::size_t smallPlace(std::string_view text) noexcept
    {
        if (text.empty() || text.size() > 3) {
            return NoPlace;
        }
        std::size_t place = text.size() == 1 ? 0 : text.size() == 2 ? 10 : 110; // "7", "07" and "007" are three texts
        std::size_t value = 0;
        for (const char c : text) {
            const auto digit = static_cast<unsigned>(static_cast<unsigned char>(c)) - '0';
            if (digit > 9) {
                return NoPlace;
            }
            value = value * 10 + digit;
        }
        place += value;
        return place;
    }

    std::uint32_t hashed(std::string_view text)
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

    std::array<std::uint32_t, 1110> m_small{};
    std::vector<std::uint32_t> m_slots;
    std::vector<std::string_view> m_texts;
    std::vector<std::uint64_t> m_hashes;
};

/// A part that is all digits, at most 18 of them, by value.
std::uint64_t numberOf(std::string_view part) noexcept
{
    if (part.empty() || part.size() > 18) {
        return KeyParts::NoNumber;
    }
    std::uint64_t value = 0;
    for (const char c : part) {
        if (c < '0' || c > '9') {
            return KeyParts::NoNumber;
        }
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return value;
}

/// How many bytes two texts have in common at their start.
std::size_t commonStart(std::string_view a, std::string_view b) noexcept
{
    const std::size_t most = std::min(a.size(), b.size());
    std::size_t at = 0;
    for (; at + 8 <= most; at += 8) {
        std::uint64_t x = 0;
        std::uint64_t y = 0;
        std::memcpy(&x, a.data() + at, 8);
        std::memcpy(&y, b.data() + at, 8);
        if (x != y) {
            break;
        }
    }
    while (at < most && a[at] == b[at]) {
        ++at;
    }
    return at;
}

/// So many parts of a key are looked at closely; a hostile one may have millions.
constexpr std::size_t Tracked = 64;

/// A row and as much of its list as fits 64 bits, packed so that comparing the numbers compares the lists.
struct Packed {
    std::uint64_t key = 0;
    std::uint32_t row = 0;
};

/// Stable, by key; only the bytes in which keys differ are looked at.
void sortPacked(std::vector<Packed>& rows)
{
    std::uint64_t ones = 0;
    std::uint64_t zeros = 0;
    bool sorted = true;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        ones |= rows[i].key;
        zeros |= ~rows[i].key;
        sorted = sorted && (i == 0 || rows[i - 1].key <= rows[i].key);
    }
    if (sorted) {
        return;
    }
    constexpr unsigned Digit = 8;
    constexpr std::size_t Fewest = 4096; ///< below, counting 256 digits a pass costs more than comparing
    if (rows.size() < Fewest) {
        std::stable_sort(rows.begin(), rows.end(), [](const Packed& a, const Packed& b) { return a.key < b.key; });
        return;
    }
    std::vector<Packed> other(rows.size());
    for (unsigned shift = 0; shift < 64; shift += Digit) {
        if ((((ones & zeros) >> shift) & 0xFFU) == 0) {
            continue;
        }
        std::array<std::size_t, 256> places{};
        for (const Packed& row : rows) {
            ++places[(row.key >> shift) & 0xFFU];
        }
        std::exclusive_scan(places.begin(), places.end(), places.begin(), std::size_t{0});
        for (const Packed& row : rows) {
            other[places[(row.key >> shift) & 0xFFU]++] = row;
        }
        rows.swap(other);
    }
}

} // namespace

KeyParts::KeyParts(const Checkpoint& checkpoint)
{
    // Neighbours in a file share most of their parts: only what differs from the key before is looked up.
    Interner interner;
    m_starts.reserve(checkpoint.tensors().size() + 1);
    m_ranks.reserve(checkpoint.tensors().size() * 7);
    std::string_view before;
    std::array<std::size_t, Tracked> ends{}; // of the first parts of the key before
    std::size_t known = 0;                   // how many of them
    std::size_t first = 0;                   // where its list starts
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        const std::string_view key = tensor.key;
        const std::size_t start = m_ranks.size();
        m_starts.push_back(start);
        const std::size_t same = commonStart(before, key);
        std::size_t i = 0;
        std::size_t at = 0;
        for (; i < known && ends[i] < same; ++i) { // the dot behind it is the same too
            const std::uint32_t id = m_ranks[first + i];
            m_ranks.push_back(id);
            at = ends[i] + 1;
        }
        std::size_t old = at; // where part i of the key before starts
        for (;; ++i) {
            const std::size_t end = std::min(key.find('.', at), key.size());
            const std::string_view part = key.substr(at, end - at);
            const bool asBefore = i < known && part == before.substr(old, ends[i] - old);
            const std::uint32_t id = asBefore ? m_ranks[first + i] : interner.number(part);
            m_ranks.push_back(id);
            if (i < Tracked) {
                old = i < known ? ends[i] + 1 : old;
                ends[i] = end;
            }
            if (end == key.size()) {
                break;
            }
            at = end + 1;
        }
        known = std::min(i + 1, Tracked);
        m_deepest = std::max(m_deepest, m_ranks.size() - start);
        before = key;
        first = start;
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
    m_numbers.reserve(m_parts.size());
    std::transform(m_parts.begin(), m_parts.end(), std::back_inserter(m_numbers), numberOf);
    findShapes();
}

std::shared_ptr<const KeyParts> KeyParts::of(const Checkpoint& checkpoint)
{
    struct Made {
        std::once_flag once;
        std::shared_ptr<const KeyParts> parts;
    };
    static std::mutex mutex;
    static std::vector<std::pair<const Checkpoint*, std::weak_ptr<Made>>> all;
    std::shared_ptr<Made> made;
    {
        const std::lock_guard lock(mutex);
        std::erase_if(all, [](const auto& one) { return one.second.expired(); });
        for (const auto& [of, one] : all) {
            made = of == &checkpoint ? one.lock() : made;
        }
        if (made == nullptr) {
            made = std::make_shared<Made>();
            all.emplace_back(&checkpoint, made);
        }
    }
    std::call_once(made->once, [&] { made->parts = std::make_shared<const KeyParts>(checkpoint); });
    return {made, made->parts.get()}; // who holds the parts holds the entry
}

void KeyParts::findShapes()
{
    constexpr std::uint32_t Number = 1U << 31U; // ranks are smaller
    std::vector<std::uint32_t> marks(m_parts.size());
    for (std::uint32_t rank = 0; rank < marks.size(); ++rank) {
        marks[rank] = m_numbers[rank] == NoNumber ? rank : Number | static_cast<std::uint32_t>(m_parts[rank].size());
    }
    ListNumbers lists;
    std::vector<std::uint32_t> list;
    m_shapes.reserve(rows());
    for (std::uint32_t row = 0; row < rows(); ++row) {
        list.clear();
        for (const std::uint32_t rank : ranksOf(row)) {
            list.push_back(marks[rank]);
        }
        const std::uint32_t shape = lists.number(list);
        m_shapes.push_back(shape);
        if (shape == m_firstOfShape.size()) {
            m_firstOfShape.push_back(row);
        }
    }
}

const std::vector<std::uint32_t>& KeyParts::pathOrder() const
{
    std::call_once(m_orderMade, [this] { m_order = sorted(false); });
    return m_order;
}

std::vector<std::uint32_t> KeyParts::sorted(bool descending) const
{
    // At each depth few parts occur: numbered anew there they need few bits, and most lists fit one number.
    std::vector<Packed> packed(rows());
    for (std::uint32_t row = 0; row < packed.size(); ++row) {
        packed[row].row = row;
    }
    std::vector<std::uint32_t> dense(m_parts.size(), 0); // by rank; cleared again after each depth
    std::vector<std::uint32_t> here;
    unsigned used = 0;
    std::size_t depths = 0; // that are packed
    for (; depths < std::min(m_deepest, Tracked); ++depths) {
        here.clear();
        std::uint32_t absent = 0; // 1: some lists end before
        for (std::size_t row = 0; row < rows(); ++row) {
            if (m_starts[row] + depths >= m_starts[row + 1]) {
                absent = 1;
                continue;
            }
            std::uint32_t& seen = dense[m_ranks[m_starts[row] + depths]];
            if (seen == 0) {
                seen = 1;
                here.push_back(m_ranks[m_starts[row] + depths]);
            }
        }
        std::sort(here.begin(), here.end());
        for (std::uint32_t n = 0; n < here.size(); ++n) {
            dense[here[n]] = n + absent;
        }
        const auto bits = static_cast<unsigned>(std::bit_width(here.size() - 1 + absent));
        const bool fits = used + bits <= 64;
        if (fits && bits > 0) {
            used += bits;
            for (std::size_t row = 0; row < rows(); ++row) {
                const std::size_t at = m_starts[row] + depths;
                packed[row].key = packed[row].key << bits | (at < m_starts[row + 1] ? dense[m_ranks[at]] : 0);
            }
        }
        for (const std::uint32_t rank : here) {
            dense[rank] = 0;
        }
        if (!fits) {
            break;
        }
    }
    if (descending) {
        for (Packed& row : packed) {
            row.key = ~row.key;
        }
    }
    sortPacked(packed);
    if (depths < m_deepest) { // what did not fit decides among those that are alike so far
        const auto rest = [&](const Packed& row) {
            const auto ranks = ranksOf(row.row);
            return ranks.subspan(std::min(depths, ranks.size()));
        };
        const auto less = [&](const Packed& a, const Packed& b) {
            const auto left = rest(descending ? b : a);
            const auto right = rest(descending ? a : b);
            return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end());
        };
        for (std::size_t from = 0; from < packed.size();) {
            std::size_t to = from + 1;
            while (to < packed.size() && packed[to].key == packed[from].key) {
                ++to;
            }
            if (to - from > 1) {
                std::stable_sort(packed.begin() + static_cast<std::ptrdiff_t>(from), packed.begin() + static_cast<std::ptrdiff_t>(to), less);
            }
            from = to;
        }
    }
    std::vector<std::uint32_t> order(packed.size());
    std::transform(packed.begin(), packed.end(), order.begin(), [](const Packed& row) { return row.row; });
    return order;
}

std::uint32_t ListNumbers::number(std::span<const std::uint32_t> list)
{
    std::uint64_t hash = list.size();
    for (const std::uint32_t item : list) {
        hash = (hash ^ item) * 0x9e3779b97f4a7c15ULL;
        hash ^= hash >> 29U;
    }
    std::size_t slot = hash & (m_slots.size() - 1);
    while (m_slots[slot] != Free) {
        const std::uint32_t known = m_slots[slot];
        if (m_hashes[known] == hash) {
            const auto items = this->list(known);
            if (std::equal(items.begin(), items.end(), list.begin(), list.end())) {
                return known;
            }
        }
        slot = (slot + 1) & (m_slots.size() - 1);
    }
    const auto fresh = static_cast<std::uint32_t>(m_hashes.size());
    m_slots[slot] = fresh;
    m_hashes.push_back(hash);
    m_items.insert(m_items.end(), list.begin(), list.end());
    m_ends.push_back(m_items.size());
    if (m_hashes.size() * 2 > m_slots.size()) {
        grow();
    }
    return fresh;
}

void ListNumbers::grow()
{
    m_slots.assign(m_slots.size() * 2, Free);
    for (std::uint32_t known = 0; known < m_hashes.size(); ++known) {
        std::size_t slot = m_hashes[known] & (m_slots.size() - 1);
        while (m_slots[slot] != Free) {
            slot = (slot + 1) & (m_slots.size() - 1);
        }
        m_slots[slot] = known;
    }
}

} // namespace ckptscope::query
