// SPDX-License-Identifier: Apache-2.0
#include "core/model/keyorder.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace ckptscope {

namespace {

/// Eight bytes of a key at some depth, as a number that compares like the bytes, and how many of them are there.
struct Row {
    std::uint64_t bytes = 0;
    std::uint32_t index = 0;
    std::uint32_t left = 0; ///< bytes of the key from this depth on, capped at 9: a shorter key comes first
};

void load(Row& row, std::string_view key, std::size_t depth)
{
    const std::size_t left = key.size() > depth ? key.size() - depth : 0;
    std::uint64_t raw = 0;
    if (left > 0) { // an empty key may have no bytes to point at
        std::memcpy(&raw, key.data() + depth, std::min<std::size_t>(left, 8));
    }
    row.bytes = __builtin_bswap64(raw);
    row.left = static_cast<std::uint32_t>(std::min<std::size_t>(left, 9));
}

bool before(const Row& a, const Row& b)
{
    if (a.bytes != b.bytes) {
        return a.bytes < b.bytes;
    }
    // Equal after padding with NUL: the one that ends sooner comes first ("a" before "a\0").
    const std::uint32_t leftA = std::min(a.left, 8U);
    const std::uint32_t leftB = std::min(b.left, 8U);
    return leftA != leftB ? leftA < leftB : a.index < b.index;
}

} // namespace

std::vector<std::uint32_t> keyOrder(const std::vector<TensorInfo>& tensors)
{
    const auto inOrder = [](const TensorInfo& a, const TensorInfo& b) { return a.key < b.key; };
    if (std::is_sorted(tensors.begin(), tensors.end(), inOrder)) { // as most writers leave them; equal names stay in file order
        std::vector<std::uint32_t> order(tensors.size());
        std::iota(order.begin(), order.end(), 0U);
        return order;
    }
    // Sorts by eight bytes at a time; only keys that agree so far are looked at further. Keys of a checkpoint share long prefixes, where
    // comparing whole strings again and again would cost most. Explicit stack: a hostile key may be 10^8 bytes long.
    std::vector<Row> rows(tensors.size());
    struct Range {
        std::size_t first;
        std::size_t last;
        std::size_t depth;
    };
    std::vector<Range> open;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].index = static_cast<std::uint32_t>(i);
    }
    open.push_back({0, rows.size(), 0});
    while (!open.empty()) {
        const Range range = open.back();
        open.pop_back();
        const auto first = rows.begin() + static_cast<std::ptrdiff_t>(range.first);
        const auto last = rows.begin() + static_cast<std::ptrdiff_t>(range.last);
        if (range.last - range.first < 2) {
            continue;
        }
        if (range.last - range.first < 12) { // few: compare the rest at once
            std::sort(first, last, [&](const Row& a, const Row& b) {
                const int order = tensors[a.index].key.substr(range.depth).compare(tensors[b.index].key.substr(range.depth));
                return order != 0 ? order < 0 : a.index < b.index;
            });
            continue;
        }
        for (auto row = first; row != last; ++row) {
            load(*row, tensors[row->index].key, range.depth);
        }
        if (!std::is_sorted(first, last, before)) {
            std::sort(first, last, before);
        }
        for (std::size_t from = range.first; from < range.last;) {
            std::size_t to = from + 1;
            while (to < range.last && rows[to].bytes == rows[from].bytes && std::min(rows[to].left, 8U) == std::min(rows[from].left, 8U)) {
                ++to;
            }
            const auto goesOn = [&](std::size_t i) { return rows[i].left > 8; };
            bool deeper = false;
            for (std::size_t i = from; i < to && to - from > 1 && !deeper; ++i) {
                deeper = goesOn(i);
            }
            if (deeper) {
                open.push_back({from, to, range.depth + 8});
            }
            from = to;
        }
    }
    std::vector<std::uint32_t> order(rows.size());
    std::transform(rows.begin(), rows.end(), order.begin(), [](const Row& row) { return row.index; });
    return order;
}

} // namespace ckptscope
