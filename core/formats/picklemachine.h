// SPDX-License-Identifier: Apache-2.0
#pragma once
// Walks a pickle opcode by opcode and builds the graph of what it would make; nothing is ever called. The opcodes are in picklemachine.cpp,
// those that make containers and objects in pickleobjects.cpp.

#include "core/formats/pickle.h"

#include <array>
#include <unordered_map>
#include <unordered_set>

namespace ckptscope::pickle {

/// Memo slots; a pickle may leave gaps (LONG_BINPUT 4,000,000,000), so far ones are hashed.
class Memo {
public:
    [[nodiscard]] NodeId get(std::uint64_t slot) const noexcept
    {
        if (slot < m_dense.size()) {
            return m_dense[slot];
        }
        const auto found = m_sparse.find(slot);
        return found == m_sparse.end() ? NoNode : found->second;
    }
    [[nodiscard]] bool put(std::uint64_t slot, NodeId node, MemoryBudget& budget)
    {
        if (slot < m_dense.size()) {
            m_count += m_dense[slot] == NoNode ? 1 : 0;
            m_dense[slot] = node;
            return true;
        }
        if (slot == m_dense.size() && m_sparse.empty()) {
            ++m_count;
            return m_dense.push(node, budget);
        }
        if (!m_sparse.contains(slot)) {
            ++m_count;
            if (!budget.take(64)) { // node, bucket and allocator
                return false;
            }
        }
        m_sparse[slot] = node;
        return true;
    }
    [[nodiscard]] std::uint64_t count() const noexcept { return m_count; }

private:
    BlockPool<NodeId> m_dense;
    std::unordered_map<std::uint64_t, NodeId> m_sparse;
    std::uint64_t m_count = 0;
};

class Machine {
public:
    Machine(const ByteSource& source, std::uint64_t start, MemoryBudget& budget, const JobContext& job, std::uint64_t opcodes, Parsed& out)
        : m_window(source)
        , m_at(start)
        , m_start(start)
        , m_opcodes(opcodes)
        , m_budget(budget)
        , m_job(job)
        , m_out(out)
        , m_graph(out.graph)
    {
        m_small.fill(NoNode);
    }

    void run();

private:
    bool step();
    bool stepContainer(unsigned char op);
    bool stepObject(unsigned char op);
    bool stepScalar(unsigned char op);
    bool stepText(unsigned char op);
    bool stepMemo(unsigned char op);

    bool broken(std::string why) // the pickle, at the current opcode
    {
        return stop(fail(Code::PickleMalformed, {std::move(why)}));
    }
    bool over(std::string what, std::uint64_t is, std::uint64_t limit)
    {
        return stop(fail(Code::LimitExceeded, {std::move(what), std::to_string(is), std::to_string(limit)}));
    }
    bool noMemory() { return over("the memory that the pickle takes", m_budget.total(), m_budget.total()); }
    bool stop(Error error)
    {
        if (!m_out.stopped) {
            error.offset = m_opcode;
            m_out.stopped = std::move(error);
        }
        return false;
    }
    void odd(Oddity::What what)
    {
        auto& seen = m_odd[static_cast<std::size_t>(what)];
        if (seen++ < 3) {
            m_out.oddities.push_back({what, m_opcode});
        }
    }

    /// `n` bytes of argument behind the opcode; false: there are fewer.
    bool fixed(std::size_t n, const std::byte*& p)
    {
        const auto bytes = m_window.view(m_at, n);
        if (bytes.size() < n) {
            (void)cut();
            return false;
        }
        p = bytes.data();
        m_at += n;
        return true;
    }
    bool cut() { return m_window.failure() ? stop(*m_window.failure()) : broken("it is cut short"); }
    bool counted(unsigned char op, std::uint64_t& length);
    bool line(std::string& out);

    bool push(NodeId node) { return (node != NoNode && m_stack.push(node, m_budget)) || noMemory(); }
    bool push(const Node& node) { return push(m_graph.add(node, m_budget)); }
    bool pushInteger(std::int64_t value);
    bool pushCached(Kind kind, bool flag, std::size_t slot);
    bool pushBig(std::span<const std::byte> bytes);
    [[nodiscard]] std::size_t fence() const noexcept { return m_marks.empty() ? 0 : m_marks[m_marks.size() - 1]; }
    /// At least `n` items stand above the last mark.
    bool need(std::size_t n) { return m_stack.size() - fence() >= n || broken("an opcode finds too few items on the stack"); }
    bool popMark(std::size_t& from)
    {
        if (m_marks.empty()) {
            return broken("an opcode finds no MARK");
        }
        from = m_marks[m_marks.size() - 1];
        m_marks.truncate(m_marks.size() - 1);
        return true;
    }
    NodeId pop()
    {
        const auto node = m_stack[m_stack.size() - 1];
        m_stack.truncate(m_stack.size() - 1);
        return node;
    }
    [[nodiscard]] NodeId top(std::size_t below = 0) const noexcept { return m_stack[m_stack.size() - 1 - below]; }

    bool pushGlobal(const std::string& module, const std::string& name);
    NodeId globalNode(const std::string& module, const std::string& name);
    bool pushCall(Made made, NodeId callee, NodeId args, NodeId kwargs = NoNode);
    void noteCall(NodeId callee, NodeId args);
    bool addTo(NodeId container, NodeId child, bool dictionary);
    void noteEmbedded(NodeId id);
    void keepEmbedded(NodeId id);

    ByteWindow m_window;
    std::uint64_t m_at;
    std::uint64_t m_opcode = 0; ///< offset of the current opcode
    std::uint64_t m_start;
    std::uint64_t m_opcodes; ///< cap on them
    std::uint64_t m_skipped = 0;
    MemoryBudget& m_budget;
    const JobContext& m_job;
    Parsed& m_out;
    Graph& m_graph;
    BlockPool<NodeId> m_stack;
    BlockPool<std::size_t> m_marks;
    Memo m_memo;
    std::unordered_map<std::string, std::uint32_t> m_globalIndex;
    std::array<NodeId, 1024 + 4> m_small{}; ///< shared nodes of None, False, True, () and small integers
    std::array<std::uint32_t, 8> m_odd{};
    std::unordered_set<NodeId> m_embeddedSeen;
    std::string m_line;
    bool m_done = false;
};

} // namespace ckptscope::pickle
