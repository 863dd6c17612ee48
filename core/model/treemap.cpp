// SPDX-License-Identifier: Apache-2.0
#include "core/model/treemap.h"

#include "core/query/order.h"
#include "core/query/parts.h"

#include <algorithm>

namespace ckptscope {

namespace {

constexpr std::uint32_t DeepestLevel = 12; ///< of groups in a picture; deeper ones are drawn as one

std::uint64_t saturated(std::uint64_t a, std::uint64_t b) noexcept
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

struct Area {
    double x = 0;
    double y = 0;
    double width = 0;
    double height = 0;
    [[nodiscard]] double size() const noexcept { return width * height; }
};

/// Places weights, largest first, in rows along the shorter side, each row as square as it gets.
class Squarifier {
public:
    Squarifier(Area area, const std::vector<double>& sizes)
        : m_area(area)
        , m_sizes(sizes)
    {
        m_out.reserve(sizes.size());
    }

    std::vector<Area> run()
    {
        std::size_t from = 0;
        while (from < m_sizes.size()) {
            const double side = std::min(m_area.width, m_area.height);
            std::size_t to = from + 1;
            double sum = m_sizes[from];
            double worst = worstOf(from, to, sum, side);
            while (to < m_sizes.size()) {
                const double next = worstOf(from, to + 1, sum + m_sizes[to], side);
                if (next > worst) {
                    break;
                }
                sum += m_sizes[to++];
                worst = next;
            }
            place(from, to, sum, to == m_sizes.size());
            from = to;
        }
        return std::move(m_out);
    }

private:
    /// The worst ratio of sides in a row of these; sizes fall from `from` on.
    [[nodiscard]] double worstOf(std::size_t from, std::size_t to, double sum, double side) const noexcept
    {
        const double square = side * side;
        const double whole = sum * sum;
        return std::max(square * m_sizes[from] / whole, whole / (square * m_sizes[to - 1]));
    }

    void place(std::size_t from, std::size_t to, double sum, bool last)
    {
        const bool upright = m_area.width >= m_area.height; // the row is a column at the left
        const double along = upright ? m_area.height : m_area.width;
        const double across = last ? (upright ? m_area.width : m_area.height) : sum / along;
        double at = 0;
        for (std::size_t i = from; i < to; ++i) {
            const double length = i + 1 == to ? along - at : along * m_sizes[i] / sum;
            m_out.push_back(upright ? Area{m_area.x, m_area.y + at, across, length} : Area{m_area.x + at, m_area.y, length, across});
            at += length;
        }
        if (upright) {
            m_area.x += across;
            m_area.width -= across;
        } else {
            m_area.y += across;
            m_area.height -= across;
        }
    }

    Area m_area;
    const std::vector<double>& m_sizes;
    std::vector<Area> m_out;
};

} // namespace

class Treemap::Layout {
public:
    Layout(const Treemap& map, TreemapWeight weight, const TreemapStyle& style)
        : m_map(map)
        , m_weight(weight)
        , m_style(style)
    {
    }

    std::vector<TreemapRect> run(const TreemapNode& node, Area area)
    {
        fill(node, area, 0);
        return std::move(m_out);
    }

private:
    struct Child {
        TreemapNode node;
        std::uint64_t weight = 0;
    };

    void fill(const TreemapNode& node, Area area, std::uint32_t level)
    {
        const std::uint64_t all = m_map.weightOf(node, m_weight);
        if (all == 0 || area.size() <= 0) {
            return;
        }
        const double scale = area.size() / static_cast<double>(all);
        std::vector<Child> children;
        for (const TreemapNode& child : m_map.childrenOf(node)) {
            children.push_back({child, m_map.weightOf(child, m_weight)});
        }
        std::stable_sort(children.begin(), children.end(), [](const Child& a, const Child& b) { return a.weight > b.weight; });
        std::size_t shown = children.size();
        double rest = 0; // of what is merged
        while (shown > 0 && static_cast<double>(children[shown - 1].weight) * scale < m_style.least) {
            rest += static_cast<double>(children[--shown].weight);
        }
        std::vector<double> sizes;
        for (std::size_t i = 0; i < shown; ++i) {
            sizes.push_back(static_cast<double>(children[i].weight) * scale);
        }
        if (rest > 0) {
            sizes.push_back(rest * scale);
        }
        if (sizes.size() > 1 && rest > 0) { // largest first
            std::rotate(std::upper_bound(sizes.begin(), sizes.end() - 1, sizes.back(), std::greater<>()), sizes.end() - 1, sizes.end());
        }
        const auto restAt = static_cast<std::size_t>(std::find(sizes.begin(), sizes.end(), rest * scale) - sizes.begin());
        const std::vector<Area> areas = Squarifier(area, sizes).run();
        std::size_t next = 0;
        for (std::size_t i = 0; i < areas.size(); ++i) {
            if (rest > 0 && i == restAt) {
                merge(children, shown, areas[i], level);
            } else {
                draw(node, children[next++].node, areas[i], level);
            }
        }
    }

    /// What is too small lies in several ranges: the picture names the one that spans them all, and how many they are
    /// is told by it.
    void merge(const std::vector<Child>& children, std::size_t from, const Area& area, std::uint32_t level)
    {
        TreemapRect rect = rectOf(area, level);
        rect.kind = TreemapRect::Kind::Merged;
        rect.node = children[from].node;
        for (std::size_t i = from; i < children.size(); ++i) {
            rect.members.push_back(children[i].node);
        }
        std::sort(rect.members.begin(), rect.members.end(), [](const TreemapNode& a, const TreemapNode& b) { return a.first < b.first; });
        m_out.push_back(std::move(rect));
    }

    void draw(const TreemapNode& in, const TreemapNode& node, const Area& area, std::uint32_t level)
    {
        TreemapRect rect = rectOf(area, level);
        rect.node = node;
        rect.members = {node};
        rect.name = m_map.partsOf(node, in.depth);
        if (node.last - node.first == 1) {
            m_out.push_back(std::move(rect));
            return;
        }
        rect.kind = TreemapRect::Kind::Group;
        const bool titled = area.height >= 3 * m_style.title && area.width >= 2 * m_style.title;
        const double top = titled ? m_style.title : m_style.border;
        const Area inside{area.x + m_style.border, area.y + top, area.width - 2 * m_style.border, area.height - top - m_style.border};
        if (level + 1 >= DeepestLevel || inside.width <= m_style.border || inside.height <= m_style.border || inside.size() < 2 * m_style.least) {
            rect.kind = TreemapRect::Kind::Merged; // too small to look into
            m_out.push_back(std::move(rect));
            return;
        }
        rect.titled = titled;
        m_out.push_back(std::move(rect));
        fill(node, inside, level + 1);
    }

    static TreemapRect rectOf(const Area& area, std::uint32_t level)
    {
        TreemapRect rect;
        rect.x = area.x;
        rect.y = area.y;
        rect.width = area.width;
        rect.height = area.height;
        rect.level = level;
        return rect;
    }

    const Treemap& m_map;
    TreemapWeight m_weight;
    const TreemapStyle& m_style;
    std::vector<TreemapRect> m_out;
};

Treemap::Treemap(std::shared_ptr<const Checkpoint> checkpoint)
    : m_checkpoint(std::move(checkpoint))
    , m_parts(std::make_unique<query::KeyParts>(*m_checkpoint))
    , m_order(m_parts->pathOrder())
{
    const auto& tensors = m_checkpoint->tensors();
    m_bytes.reserve(tensors.size() + 1);
    m_elements.reserve(tensors.size() + 1);
    m_bytes.push_back(0);
    m_elements.push_back(0);
    for (const std::uint32_t tensor : m_order) {
        m_bytes.push_back(saturated(m_bytes.back(), tensors[tensor].bytes.length));
        m_elements.push_back(saturated(m_elements.back(), elementCount(tensors[tensor]).value_or(0)));
    }
}

Treemap::~Treemap() = default;

TreemapNode Treemap::root() const noexcept
{
    return {0, static_cast<std::uint32_t>(m_order.size()), 0};
}

std::uint32_t Treemap::partCount(std::uint32_t at) const noexcept
{
    return static_cast<std::uint32_t>(m_parts->ranksOf(m_order[at]).size());
}

std::string Treemap::partsOf(const TreemapNode& node, std::uint32_t from) const
{
    std::string name;
    if (node.first >= node.last) {
        return name;
    }
    const auto ranks = m_parts->ranksOf(m_order[node.first]);
    for (std::uint32_t i = from; i < std::min<std::size_t>(node.depth, ranks.size()); ++i) {
        name += i > from ? "." : "";
        name += m_parts->part(ranks[i]);
    }
    return name;
}

std::string Treemap::nameOf(const TreemapNode& node) const
{
    return partsOf(node, 0);
}

TreemapNode Treemap::parentOf(const TreemapNode& node) const
{
    TreemapNode at = root();
    for (;;) { // down from the root to the last that is larger
        bool found = false;
        for (const TreemapNode& child : childrenOf(at)) {
            if (child.first <= node.first && child.last >= node.last && child.last - child.first > node.last - node.first) {
                at = child;
                found = true;
                break;
            }
        }
        if (!found) {
            return at;
        }
    }
}

std::uint64_t Treemap::weightOf(const TreemapNode& node, TreemapWeight weight) const noexcept
{
    switch (weight) {
    case TreemapWeight::Bytes:
        return m_bytes[node.last] - m_bytes[node.first];
    case TreemapWeight::Elements:
        return m_elements[node.last] - m_elements[node.first];
    case TreemapWeight::Count:
        return node.last - node.first;
    }
    return 0;
}

/// The next parts of a node's names; what has one child only is folded into it: "0.linear_attn".
std::vector<TreemapNode> Treemap::childrenOf(const TreemapNode& node) const
{
    std::vector<TreemapNode> children;
    if (node.last - node.first <= 1) {
        return children;
    }
    const auto rankAt = [this](std::uint32_t at, std::uint32_t depth) {
        const auto ranks = m_parts->ranksOf(m_order[at]);
        return depth < ranks.size() ? ranks[depth] : UINT32_MAX; // a name that ends here
    };
    for (std::uint32_t at = node.first; at < node.last;) {
        const std::uint32_t rank = rankAt(at, node.depth);
        std::uint32_t end = at + 1;
        if (rank != UINT32_MAX) {
            while (end < node.last && rankAt(end, node.depth) == rank) {
                ++end;
            }
        }
        TreemapNode child{at, end, node.depth + 1};
        if (end - at == 1) {
            child.depth = std::max(partCount(at), child.depth);
        } else { // as far as all agree: the first and the last of a sorted range do only where all do
            while (rankAt(at, child.depth) != UINT32_MAX && rankAt(at, child.depth) == rankAt(end - 1, child.depth)) {
                ++child.depth;
            }
        }
        children.push_back(child);
        at = end;
    }
    if (children.size() == 1 && children.front().last - children.front().first == node.last - node.first) {
        return childrenOf(children.front());
    }
    return children;
}

std::vector<TreemapRect> Treemap::layout(const TreemapNode& node, TreemapWeight weight, double width, double height, const TreemapStyle& style) const
{
    if (node.last > m_order.size() || node.first >= node.last || !(width > 0) || !(height > 0)) {
        return {};
    }
    if (node.last - node.first == 1) {
        TreemapRect rect;
        rect.width = width;
        rect.height = height;
        rect.node = node;
        rect.members = {node};
        rect.name = nameOf({node.first, node.last, partCount(node.first)});
        return {rect};
    }
    return Layout(*this, weight, style).run(node, {0, 0, width, height});
}

} // namespace ckptscope
