// SPDX-License-Identifier: Apache-2.0
#include "core/fix/layout.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace ckptscope {

namespace {

/// At most this many edited tensors are put between two runs: more would starve the gaps that follow.
constexpr unsigned MaxFillers = 8;
/// Kinds of filler sizes that are looked at, the most frequent ones.
constexpr std::size_t MaxClasses = 8;

using Indexes = std::vector<std::uint32_t>;

/// Neighbouring untouched tensors, in source order.
struct Run {
    std::uint32_t first = 0; ///< item indexes [first, last)
    std::uint32_t last = 0;
    std::uint64_t source = 0;
    std::uint64_t length = 0;
    std::uint32_t align = 1; ///< largest in it
};

std::uint64_t forward(std::uint64_t from, std::uint64_t to) noexcept
{
    return (to - from) % ShareBlock; // modulo 2^64, of which ShareBlock is a divisor
}

/// Puts pieces one behind the other from `at` (a place modulo ShareBlock) so that each is aligned: in the given order where that works, else
/// the widest that fits first. False: it cannot be done this way.
bool arrange(std::span<const LayoutItem> items, std::uint64_t at, Indexes& pieces)
{
    const auto aligned = [&](std::uint64_t place, std::uint32_t item) { return items[item].newLength == 0 || place % items[item].align == 0; };
    std::uint64_t place = at;
    bool asGiven = true;
    for (const std::uint32_t item : pieces) {
        asGiven = asGiven && aligned(place, item);
        place += items[item].newLength;
    }
    if (asGiven) {
        return true;
    }
    // One queue an alignment keeps this linear.
    std::array<Indexes, 5> queues; // 16, 8, 4, 2, 1
    std::array<std::size_t, 5> next{};
    for (const std::uint32_t item : pieces) {
        std::size_t queue = 4;
        for (std::uint32_t align = items[item].align; align > 1 && queue > 0; align /= 2) {
            --queue;
        }
        queues[queue].push_back(item);
    }
    Indexes out;
    out.reserve(pieces.size());
    place = at;
    while (out.size() < pieces.size()) {
        std::size_t queue = 0;
        while (queue < queues.size() && (next[queue] == queues[queue].size() || !aligned(place, queues[queue][next[queue]]))) {
            ++queue;
        }
        if (queue == queues.size()) {
            return false;
        }
        const std::uint32_t item = queues[queue][next[queue]++];
        out.push_back(item);
        place += items[item].newLength;
    }
    pieces = std::move(out);
    return true;
}

/// Edited tensors that have no place yet, by size.
class Pool {
public:
    Pool(std::span<const LayoutItem> items)
        : m_items(items)
    {
        std::map<std::uint64_t, Indexes> bySize;
        for (std::uint32_t i = 0; i < items.size(); ++i) {
            if (items[i].edited && items[i].newLength > 0) {
                bySize[items[i].newLength].push_back(i);
            }
        }
        for (auto& [size, members] : bySize) {
            m_classes.push_back(Class{size, std::move(members), {}});
        }
        std::stable_sort(m_classes.begin(), m_classes.end(), [](const Class& a, const Class& b) { return a.members.size() > b.members.size(); });
        for (Class& own : m_classes) {
            own.used.resize(own.members.size());
            own.left = own.members.size();
        }
    }

    /// The fewest tensors whose sizes add up to `need` modulo `modulus` (a power of two up to ShareBlock); those that lie near `source` first.
    /// nullopt: there are none.
    [[nodiscard]] std::optional<Indexes> pick(std::uint64_t need, std::uint64_t modulus, std::uint64_t source) const
    {
        need %= modulus;
        if (need == 0) {
            return Indexes{};
        }
        const std::size_t classes = std::min(m_classes.size(), MaxClasses);
        // Breadth first over sums; a sum is reached by its smallest number of tensors.
        std::array<std::int8_t, ShareBlock> by{};
        by.fill(-1);
        by[0] = static_cast<std::int8_t>(MaxClasses);
        std::vector<std::uint16_t> front{0};
        for (unsigned depth = 0; depth < MaxFillers && !front.empty() && by[need] < 0; ++depth) {
            std::vector<std::uint16_t> reached;
            for (const std::uint16_t sum : front) {
                for (std::size_t c = 0; c < classes; ++c) {
                    const auto to = static_cast<std::uint16_t>((sum + m_classes[c].size) % modulus);
                    if (by[to] < 0 && m_classes[c].left > 0) {
                        by[to] = static_cast<std::int8_t>(c);
                        reached.push_back(to);
                    }
                }
            }
            front = std::move(reached);
        }
        if (by[need] < 0) {
            return std::nullopt;
        }
        std::array<std::size_t, MaxClasses> counts{};
        for (std::uint64_t sum = need; sum != 0;) {
            const std::size_t c = static_cast<std::uint8_t>(by[sum]); // set: not negative
            ++counts[c];
            sum = (sum + ShareBlock - m_classes[c].size % modulus) % modulus;
        }
        Indexes out;
        for (std::size_t c = 0; c < classes; ++c) {
            if (counts[c] > m_classes[c].left) {
                return std::nullopt;
            }
            m_classes[c].nearest(m_items, source, counts[c], out);
        }
        std::sort(out.begin(), out.end());
        return out;
    }

    void take(const Indexes& taken)
    {
        for (const std::uint32_t item : taken) {
            for (Class& own : m_classes) {
                if (own.size == m_items[item].newLength) {
                    const auto at = std::lower_bound(own.members.begin(), own.members.end(), item);
                    own.used[static_cast<std::size_t>(at - own.members.begin())] = 1;
                    --own.left;
                }
            }
        }
    }

    [[nodiscard]] Indexes rest() const
    {
        Indexes out;
        for (const Class& own : m_classes) {
            for (std::size_t i = 0; i < own.members.size(); ++i) {
                if (own.used[i] == 0) {
                    out.push_back(own.members[i]);
                }
            }
        }
        std::sort(out.begin(), out.end());
        return out;
    }

private:
    struct Class {
        std::uint64_t size = 0;
        Indexes members; ///< ascending
        std::vector<std::uint8_t> used;
        std::size_t left = 0;

        Class(std::uint64_t bytes, Indexes list, std::vector<std::uint8_t> flags)
            : size(bytes)
            , members(std::move(list))
            , used(std::move(flags))
        {
        }

        void nearest(std::span<const LayoutItem> items, std::uint64_t source, std::size_t count, Indexes& out) const
        {
            const auto start = std::lower_bound(members.begin(), members.end(), source,
                                                [&](std::uint32_t item, std::uint64_t place) { return items[item].source < place; });
            auto at = static_cast<std::size_t>(start - members.begin());
            for (std::size_t seen = 0; seen < members.size() && count > 0; ++seen, ++at) {
                at = at >= members.size() ? 0 : at;
                if (used[at] == 0) {
                    out.push_back(members[at]);
                    --count;
                }
            }
        }
    };

    std::span<const LayoutItem> m_items;
    std::vector<Class> m_classes;
};

/// Long runs, and the untouched tensors between them.
struct Parts {
    std::vector<Run> runs;
    std::vector<Indexes> gaps; ///< gaps[k] lie in front of runs[k]; the last one behind all; untouched only
    std::uint32_t align = 1;   ///< largest of all items
    std::uint64_t runBytes = 0;
};

Parts split(std::span<const LayoutItem> items)
{
    Parts parts;
    parts.gaps.emplace_back();
    Run run;
    const auto close = [&] {
        if (run.length >= LongRun) {
            parts.runBytes += wholeBlockBytes(run.source, run.length);
            parts.runs.push_back(run);
            parts.gaps.emplace_back();
        } else {
            for (std::uint32_t i = run.first; i < run.last; ++i) {
                parts.gaps.back().push_back(i);
            }
        }
        run = Run{};
    };
    for (std::uint32_t i = 0; i < items.size(); ++i) {
        const LayoutItem& item = items[i];
        parts.align = std::max(parts.align, item.newLength == 0 ? 1U : item.align);
        if (item.edited) {
            close();
            if (item.newLength == 0) {
                parts.gaps.back().push_back(i);
            }
            continue;
        }
        const bool aligned = item.source % item.align == 0 || item.newLength == 0;
        const bool follows = run.last == i && run.length > 0 && run.source + run.length == item.source;
        if (!follows || !aligned) {
            close();
        }
        if (!aligned) { // it may end up anywhere, but not where it was
            parts.gaps.back().push_back(i);
            continue;
        }
        if (run.length == 0) {
            run = Run{i, i, item.source, 0, 1};
        }
        run.last = i + 1;
        run.length += item.length;
        run.align = std::max(run.align, item.newLength == 0 ? 1U : item.align);
    }
    close();
    return parts;
}

/// Where the buffer must begin so that most bytes stay in step, and what is then shared. False: something is not aligned.
bool evaluate(std::span<const LayoutItem> items, const Parts& parts, BufferLayout& layout)
{
    layout.begins.assign(items.size(), 0);
    std::uint64_t at = 0;
    for (const std::uint32_t item : layout.order) {
        if (items[item].newLength > 0 && at % items[item].align != 0) {
            return false;
        }
        layout.begins[item] = at;
        at += items[item].newLength;
    }
    layout.bytes = at;
    std::map<std::uint64_t, std::uint64_t> votes;
    for (const Run& run : parts.runs) {
        const std::uint64_t residue = forward(layout.begins[run.first], run.source);
        bool whole = true; // not torn apart by an order that puts the widest first
        for (std::uint32_t i = run.first; i < run.last; ++i) {
            whole = whole && layout.begins[i] - layout.begins[run.first] == items[i].source - run.source;
        }
        if (whole && residue % parts.align == 0) {
            votes[residue] += wholeBlockBytes(run.source, run.length);
        }
    }
    layout.residue.reset();
    layout.shareable = 0;
    for (const auto& [residue, bytes] : votes) {
        if (bytes > layout.shareable) {
            layout.shareable = bytes;
            layout.residue = residue;
        }
    }
    return true;
}

/// One way of building the order: the runs before `anchor` stay where they come to lie, those from it on are brought into step.
/// The leftovers that the front cannot take (`keepBack` of them) go to the end.
bool build(std::span<const LayoutItem> items, const Parts& parts, std::size_t anchor, std::size_t keepBack, Indexes& order)
{
    Pool pool(items);
    Indexes body;
    body.reserve(items.size());
    std::uint64_t at = 0; // place in the file modulo 2^64, up to a constant that is fixed at the anchor
    if (anchor < parts.runs.size()) {
        at = parts.runs[anchor].source;
        for (std::size_t k = 0; k <= anchor; ++k) {
            for (const std::uint32_t item : parts.gaps[k]) {
                at -= items[item].newLength;
            }
            at -= k < anchor ? parts.runs[k].length : 0;
        }
    }
    Indexes homeless;
    for (std::size_t k = 0; k < parts.gaps.size(); ++k) {
        Indexes pieces = parts.gaps[k];
        std::uint64_t bytes = 0;
        for (const std::uint32_t item : pieces) {
            bytes += items[item].newLength;
        }
        bool placed = false;
        if (k > anchor && k < parts.runs.size()) {
            const Run& run = parts.runs[k];
            // Into step; where no sizes give that, at least aligned.
            for (const std::uint64_t modulus : {ShareBlock, std::uint64_t{run.align}}) {
                const std::uint64_t gapStart = parts.runs[k - 1].source;
                const auto fillers = pool.pick(run.source - at - bytes, modulus, gapStart);
                if (!fillers) {
                    continue;
                }
                Indexes all;
                std::merge(pieces.begin(), pieces.end(), fillers->begin(), fillers->end(), std::back_inserter(all));
                if (arrange(items, at, all)) {
                    pool.take(*fillers);
                    pieces = std::move(all);
                    placed = true;
                    break;
                }
            }
        }
        if (!placed && !arrange(items, at, pieces)) {
            homeless.insert(homeless.end(), pieces.begin(), pieces.end());
            pieces.clear();
        }
        for (const std::uint32_t item : pieces) {
            body.push_back(item);
            at += items[item].newLength;
        }
        if (k < parts.runs.size()) {
            for (std::uint32_t item = parts.runs[k].first; item < parts.runs[k].last; ++item) {
                body.push_back(item);
            }
            at += parts.runs[k].length;
        }
    }
    Indexes front = pool.rest();
    front.insert(front.end(), homeless.begin(), homeless.end());
    std::sort(front.begin(), front.end());
    keepBack = std::min(keepBack, front.size());
    Indexes back(front.end() - static_cast<std::ptrdiff_t>(keepBack), front.end());
    front.resize(front.size() - keepBack);
    if (!arrange(items, 0, front) || !arrange(items, at, back)) {
        return false;
    }
    order = std::move(front);
    order.insert(order.end(), body.begin(), body.end());
    order.insert(order.end(), back.begin(), back.end());
    return true;
}

} // namespace

std::uint64_t wholeBlockBytes(std::uint64_t target, std::uint64_t length) noexcept
{
    const std::uint64_t first = (target + ShareBlock - 1) / ShareBlock * ShareBlock;
    const std::uint64_t end = (target + length) / ShareBlock * ShareBlock;
    return end > first ? end - first : 0;
}

BufferLayout chooseLayout(std::span<const LayoutItem> items)
{
    const Parts parts = split(items);
    BufferLayout best;
    bool found = false;
    const auto consider = [&](Indexes order) {
        BufferLayout layout;
        layout.order = std::move(order);
        if (evaluate(items, parts, layout) && (!found || layout.shareable > best.shareable)) {
            best = std::move(layout);
            found = true;
        }
    };
    if (parts.runs.empty()) {
        // Nothing to keep in step: source order where that is aligned.
        Indexes order(items.size());
        for (std::uint32_t i = 0; i < items.size(); ++i) {
            order[i] = i;
        }
        if (arrange(items, 0, order)) {
            consider(std::move(order));
        }
    }
    for (std::size_t anchor = 0; anchor < std::min<std::size_t>(parts.runs.size(), 4); ++anchor) {
        for (const std::size_t keepBack : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{3}, items.size()}) {
            if (found && best.shareable == parts.runBytes) {
                break;
            }
            Indexes order;
            if (build(items, parts, anchor, keepBack, order)) {
                consider(std::move(order));
            }
        }
    }
    if (!found) {
        // Widest first is always aligned: every size is a multiple of its element's.
        Indexes order(items.size());
        for (std::uint32_t i = 0; i < items.size(); ++i) {
            order[i] = i;
        }
        std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return items[a].align > items[b].align; });
        consider(std::move(order));
    }
    return best;
}

} // namespace ckptscope
