// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/formats/blockpool.h"
#include "core/formats/bytesource.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope::pickle {

/// What a pickle describes, as inert nodes. Nothing is looked up, imported or called. Nodes are shared by index, so the
/// graph may hold cycles and may unfold to far more than it holds: every walk needs a budget.
enum class Kind : std::uint8_t {
    None,
    Bool,
    Int,
    BigInt, ///< over 64 bits; text() is "0x..." or "-0x..."
    Float,
    Text,  ///< Unicode, or a Python 2 str (isRaw)
    Bytes, ///< also bytearray
    List,
    Tuple,
    Set, ///< also frozenset
    Dict,
    Global,     ///< module.name, only named
    Object,     ///< a call, or a new object of a class, with its state
    Persistent, ///< persistent id: torch's storages
    Extension,  ///< copyreg extension code
};

using NodeId = std::uint32_t;
constexpr NodeId NoNode = UINT32_MAX;

struct Node {
    Kind kind = Kind::None;
    bool flag = false; ///< Bool: its value; Text: a Python 2 str, bytes rather than characters
    std::uint32_t a = 0;
    std::uint64_t b = 0;
};

/// A run of child nodes; grows at its end.
struct Sequence {
    std::uint32_t count = 0;
    std::uint32_t first = UINT32_MAX; ///< segment
    std::uint32_t last = UINT32_MAX;
};

/// A text or bytes: where it stands in the source, and a copy of it where it is short.
struct TextPlace {
    std::uint64_t offset = 0; ///< in the pickle's source; decoded lines (protocol 0) have no bytes there as they are
    std::uint64_t length = 0; ///< in bytes
    std::uint64_t pool = UINT64_MAX;
    bool decoded = false; ///< not byte for byte in the source
};

/// How an Object came to be.
enum class Made : std::uint8_t { Call /* REDUCE */, New /* NEWOBJ, NEWOBJ_EX */, Instance /* INST, OBJ */ };

struct ObjectData {
    NodeId callee = NoNode;
    NodeId args = NoNode;     ///< a tuple, if the pickle is not crafted
    NodeId kwargs = NoNode;   ///< NEWOBJ_EX
    Sequence states;          ///< arguments of BUILD
    Sequence list;            ///< APPEND(S), ADDITEMS
    Sequence dict;            ///< SETITEM(S): key, value, key, value ...
    std::uint64_t offset = 0; ///< of the opcode that made it
    Made made = Made::Call;
};

/// A name that the pickle would import, once however often it is named.
struct GlobalName {
    std::string module;
    std::string name;
    std::uint64_t offset = 0;      ///< of the first mention, in the pickle's source
    std::uint32_t calls = 0;       ///< by REDUCE, NEWOBJ, OBJ, INST or BUILD; saturating
    std::uint32_t benignCalls = 0; ///< calls of a form that is known to do nothing, see gradeGlobal()
};

class Graph {
public:
    [[nodiscard]] const Node& node(NodeId id) const noexcept { return m_nodes[id]; }
    [[nodiscard]] Kind kind(NodeId id) const noexcept { return id == NoNode ? Kind::None : m_nodes[id].kind; }
    [[nodiscard]] std::size_t size() const noexcept { return m_nodes.size(); }
    [[nodiscard]] std::int64_t integer(NodeId id) const noexcept { return static_cast<std::int64_t>(m_nodes[id].b); }
    [[nodiscard]] double real(NodeId id) const noexcept;
    /// Of Text and BigInt: its text, empty where it is too long to be kept (see isLong). Of a Python 2 str: its bytes.
    [[nodiscard]] std::string_view text(NodeId id) const noexcept;
    [[nodiscard]] bool isLong(NodeId id) const noexcept { return place(id).pool == UINT64_MAX && place(id).length > 0; }
    [[nodiscard]] const TextPlace& place(NodeId id) const noexcept { return m_texts[m_nodes[id].a]; }
    [[nodiscard]] const GlobalName& global(NodeId id) const noexcept { return m_globals[m_nodes[id].a]; }
    [[nodiscard]] const std::vector<GlobalName>& globals() const noexcept { return m_globals; }
    [[nodiscard]] std::vector<GlobalName>& globals() noexcept { return m_globals; }
    [[nodiscard]] const ObjectData& object(NodeId id) const noexcept { return m_objects[m_nodes[id].a]; }
    /// Is an Object whose callee is this global. `module` empty: any.
    [[nodiscard]] bool isCallOf(NodeId id, std::string_view module, std::string_view name) const noexcept;
    [[nodiscard]] bool isGlobal(NodeId id, std::string_view module, std::string_view name) const noexcept;
    [[nodiscard]] bool isText(NodeId id, std::string_view text) const noexcept { return kind(id) == Kind::Text && this->text(id) == text; }

    /// Children of a List, Tuple, Set or Dict (key, value, key, value ...); none of others.
    [[nodiscard]] Sequence items(NodeId id) const noexcept;
    /// Item i of a tuple (or of any node whose children are in one run); NoNode where there is none.
    [[nodiscard]] NodeId item(NodeId id, std::uint32_t i) const noexcept;
    [[nodiscard]] std::uint32_t count(NodeId id) const noexcept { return items(id).count; }
    /// Value of a Dict or of an Object's dictionary items under a text key; NoNode: none. Linear.
    [[nodiscard]] NodeId lookup(const Sequence& pairs, std::string_view key) const noexcept;
    [[nodiscard]] NodeId persistentId(NodeId id) const noexcept { return m_nodes[id].a; }

    /// Walks a Sequence.
    class Cursor {
    public:
        Cursor(const Graph& graph, const Sequence& sequence) noexcept
            : m_graph(&graph)
            , m_segment(sequence.count == 0 ? UINT32_MAX : sequence.first)
        {
        }
        /// False at the end.
        bool next(NodeId& out) noexcept;

    private:
        const Graph* m_graph;
        std::uint32_t m_segment;
        std::uint32_t m_at = 0;
    };

    // --- building; false (or NoNode) where the budget is spent
    [[nodiscard]] NodeId add(const Node& node, MemoryBudget& budget);
    [[nodiscard]] NodeId addText(Kind kind, bool raw, const TextPlace& place, std::string_view copy, MemoryBudget& budget);
    [[nodiscard]] NodeId addObject(const ObjectData& object, MemoryBudget& budget);
    [[nodiscard]] bool append(Sequence& sequence, NodeId child, MemoryBudget& budget);
    [[nodiscard]] bool appendItem(NodeId container, NodeId child, MemoryBudget& budget); ///< List, Set, Dict
    [[nodiscard]] ObjectData& mutableObject(NodeId id) noexcept { return m_objects[m_nodes[id].a]; }
    [[nodiscard]] NodeId addTuple(const BlockPool<NodeId>& stack, std::size_t from, MemoryBudget& budget);

private:
    struct Segment {
        std::uint32_t start = 0;
        std::uint32_t count = 0;
        std::uint32_t next = UINT32_MAX;
    };
    static constexpr std::uint64_t TextBlock = 64U << 10U;

    BlockPool<Node> m_nodes;
    BlockPool<NodeId> m_children;
    BlockPool<Segment> m_segments;
    BlockPool<TextPlace> m_texts;
    BlockPool<ObjectData> m_objects;
    std::vector<GlobalName> m_globals;
    std::vector<std::string> m_pool; ///< blocks whose buffers never move
    friend class Cursor;
};

} // namespace ckptscope::pickle
