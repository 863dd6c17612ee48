// SPDX-License-Identifier: Apache-2.0
#include "core/formats/picklegraph.h"

#include <bit>

namespace ckptscope::pickle {

double Graph::real(NodeId id) const noexcept
{
    return std::bit_cast<double>(m_nodes[id].b);
}

std::string_view Graph::text(NodeId id) const noexcept
{
    const auto& where = place(id);
    if (where.pool == UINT64_MAX) {
        return {};
    }
    return std::string_view(m_pool[where.pool / TextBlock]).substr(where.pool % TextBlock, where.length);
}

bool Graph::isGlobal(NodeId id, std::string_view module, std::string_view name) const noexcept
{
    if (kind(id) != Kind::Global) {
        return false;
    }
    const auto& named = global(id);
    return named.name == name && (module.empty() || named.module == module);
}

bool Graph::isCallOf(NodeId id, std::string_view module, std::string_view name) const noexcept
{
    return kind(id) == Kind::Object && isGlobal(object(id).callee, module, name);
}

Sequence Graph::items(NodeId id) const noexcept
{
    switch (kind(id)) {
    case Kind::List:
    case Kind::Set:
    case Kind::Dict:
    case Kind::Tuple: {
        const auto& node = m_nodes[id];
        return {node.a, static_cast<std::uint32_t>(node.b >> 32U), static_cast<std::uint32_t>(node.b)};
    }
    default:
        return {};
    }
}

NodeId Graph::item(NodeId id, std::uint32_t i) const noexcept
{
    const auto sequence = items(id);
    if (i >= sequence.count) {
        return NoNode;
    }
    for (auto at = sequence.first; at != UINT32_MAX; at = m_segments[at].next) {
        const auto& segment = m_segments[at];
        if (i < segment.count) {
            return m_children[segment.start + i];
        }
        i -= segment.count;
    }
    return NoNode;
}

NodeId Graph::lookup(const Sequence& pairs, std::string_view key) const noexcept
{
    Cursor cursor(*this, pairs);
    NodeId name = NoNode;
    NodeId value = NoNode;
    NodeId found = NoNode;
    while (cursor.next(name) && cursor.next(value)) {
        if (isText(name, key)) {
            found = value; // the last one wins, as in a dictionary
        }
    }
    return found;
}

bool Graph::Cursor::next(NodeId& out) noexcept
{
    if (m_segment == UINT32_MAX) {
        return false;
    }
    const auto& segment = m_graph->m_segments[m_segment];
    out = m_graph->m_children[segment.start + m_at];
    if (++m_at == segment.count) {
        m_segment = segment.next;
        m_at = 0;
    }
    return true;
}

NodeId Graph::add(const Node& node, MemoryBudget& budget)
{
    const auto id = static_cast<NodeId>(m_nodes.size());
    return m_nodes.push(node, budget) ? id : NoNode;
}

NodeId Graph::addText(Kind kind, bool raw, const TextPlace& place, std::string_view copy, MemoryBudget& budget)
{
    auto where = place;
    if (!copy.empty()) {
        if (m_pool.empty() || m_pool.back().size() + copy.size() > TextBlock) {
            if (!budget.take(TextBlock)) {
                return NoNode;
            }
            m_pool.emplace_back();
            m_pool.back().reserve(TextBlock);
        }
        where.pool = (m_pool.size() - 1) * TextBlock + m_pool.back().size();
        m_pool.back() += copy;
    }
    const auto index = static_cast<std::uint32_t>(m_texts.size());
    if (!m_texts.push(where, budget)) {
        return NoNode;
    }
    return add(Node{kind, raw, index, 0}, budget);
}

NodeId Graph::addObject(const ObjectData& object, MemoryBudget& budget)
{
    const auto index = static_cast<std::uint32_t>(m_objects.size());
    if (!m_objects.push(object, budget)) {
        return NoNode;
    }
    return add(Node{Kind::Object, false, index, 0}, budget);
}

bool Graph::append(Sequence& sequence, NodeId child, MemoryBudget& budget)
{
    const auto start = static_cast<std::uint32_t>(m_children.size());
    if (sequence.count == UINT32_MAX || !m_children.push(child, budget)) {
        return false;
    }
    if (sequence.last != UINT32_MAX && m_segments[sequence.last].start + m_segments[sequence.last].count == start) {
        ++m_segments[sequence.last].count;
    } else {
        const auto segment = static_cast<std::uint32_t>(m_segments.size());
        if (!m_segments.push({start, 1, UINT32_MAX}, budget)) {
            return false;
        }
        (sequence.last == UINT32_MAX ? sequence.first : m_segments[sequence.last].next) = segment;
        sequence.last = segment;
    }
    ++sequence.count;
    return true;
}

bool Graph::appendItem(NodeId container, NodeId child, MemoryBudget& budget)
{
    auto sequence = items(container);
    if (!append(sequence, child, budget)) {
        return false;
    }
    auto& node = m_nodes[container];
    node.a = sequence.count;
    node.b = static_cast<std::uint64_t>(sequence.first) << 32U | sequence.last;
    return true;
}

NodeId Graph::addTuple(const BlockPool<NodeId>& stack, std::size_t from, MemoryBudget& budget)
{
    Sequence sequence;
    // A segment of its own, so that no later append grows into it and items are found by index.
    for (auto i = from; i < stack.size(); ++i) {
        if (!append(sequence, stack[i], budget)) {
            return NoNode;
        }
    }
    return add(Node{Kind::Tuple, false, sequence.count, static_cast<std::uint64_t>(sequence.first) << 32U | sequence.last}, budget);
}

} // namespace ckptscope::pickle
