// SPDX-License-Identifier: Apache-2.0
#include "core/formats/picklemachine.h"
#include "core/formats/pickleopcodes.h"
#include "core/formats/pickletext.h"

#include <algorithm>
#include <bit>
#include <charconv>

namespace ckptscope::pickle {

namespace {

bool looksEmbedded(std::span<const std::byte> head) noexcept
{
    const auto text = asText(head);
    return looksLikePickle(head) || text.starts_with("PK\x03\x04") || text.starts_with("7z\xBC\xAF");
}

} // namespace

bool Machine::stepText(unsigned char op)
{
    if (op == StringLine || op == UnicodeLine) {
        if (!line(m_line)) {
            return false;
        }
        std::string text;
        if (op == UnicodeLine) {
            text = unescapeUnicodeLine(m_line);
        } else if (auto unquoted = unquote(m_line)) {
            text = std::move(*unquoted);
        } else {
            return broken("a string has no quotes");
        }
        const auto id = m_graph.addText(Kind::Text, op == StringLine, {m_opcode + 1, text.size(), UINT64_MAX, true}, text, m_budget);
        if (!push(id)) {
            return false;
        }
        noteEmbedded(id);
        return true;
    }
    std::uint64_t length = 0;
    if (!counted(op, length)) {
        return false;
    }
    const bool bytes = op == BinBytes || op == ShortBinBytes || op == BinBytes8 || op == ByteArray8;
    const TextPlace place{m_at, length, UINT64_MAX, false};
    std::string_view copy;
    if (!bytes && length <= limits().keptText && length > 0) {
        copy = asText(m_window.view(m_at, static_cast<std::size_t>(length)));
        if (copy.size() < length) {
            return cut();
        }
    }
    const bool raw = op == BinString || op == ShortBinString;
    const auto id = m_graph.addText(bytes ? Kind::Bytes : Kind::Text, raw, place, copy, m_budget);
    if (!push(id)) {
        return false;
    }
    noteEmbedded(id);
    m_at += length;
    m_skipped += length > limits().keptText ? length : 0;
    return true;
}

void Machine::noteEmbedded(NodeId id)
{
    const auto& place = m_graph.place(id);
    if (place.length < 4) {
        return;
    }
    std::array<std::byte, 8> head{};
    std::size_t n = 0;
    const auto text =
        m_graph.kind(id) == Kind::Text && place.pool != UINT64_MAX ? std::as_bytes(std::span(m_graph.text(id))) : m_window.view(place.offset, 16);
    const bool latin = m_graph.kind(id) == Kind::Text && !m_graph.node(id).flag; // characters that stand for bytes (protocol 2)
    for (std::size_t i = 0; i < text.size() && n < head.size(); ++i) {
        auto c = std::to_integer<unsigned>(text[i]);
        if (latin && (c == 0xC2 || c == 0xC3) && i + 1 < text.size()) {
            c = (c & 3U) << 6U | (std::to_integer<unsigned>(text[++i]) & 0x3FU);
        }
        head[n++] = static_cast<std::byte>(c);
    }
    if (looksEmbedded(std::span(head).first(n))) {
        keepEmbedded(id);
    }
}

void Machine::keepEmbedded(NodeId id)
{
    if (m_embeddedSeen.contains(id)) {
        return;
    }
    if (m_out.embedded.size() >= limits().embedded) {
        m_out.embeddedLeftOut = true;
        return;
    }
    m_embeddedSeen.insert(id);
    m_out.embedded.push_back(id);
}

bool Machine::stepContainer(unsigned char op)
{
    constexpr std::uint64_t NoItems = UINT64_MAX; // first and last segment
    std::size_t from = 0;
    switch (op) {
    case EmptyTuple:
        if (m_small[3] == NoNode) {
            m_small[3] = m_graph.add(Node{Kind::Tuple, false, 0, NoItems}, m_budget);
        }
        return push(m_small[3]);
    case EmptyList:
        return push(Node{Kind::List, false, 0, NoItems});
    case EmptyDict:
        return push(Node{Kind::Dict, false, 0, NoItems});
    case EmptySet:
        return push(Node{Kind::Set, false, 0, NoItems});
    case Tuple1:
    case Tuple2:
    case Tuple3: {
        const auto n = static_cast<std::size_t>(op - Tuple1 + 1);
        if (!need(n)) {
            return false;
        }
        const auto tuple = m_graph.addTuple(m_stack, m_stack.size() - n, m_budget);
        m_stack.truncate(m_stack.size() - n);
        return push(tuple);
    }
    case TupleOp: {
        if (!popMark(from)) {
            return false;
        }
        const auto tuple = m_graph.addTuple(m_stack, from, m_budget);
        m_stack.truncate(from);
        return push(tuple);
    }
    case ListOp:
    case DictOp:
    case FrozenSet: {
        if (!popMark(from)) {
            return false;
        }
        if (op == DictOp && (m_stack.size() - from) % 2 != 0) {
            return broken("a dictionary has a key without a value");
        }
        const auto kind = op == ListOp ? Kind::List : op == DictOp ? Kind::Dict : Kind::Set;
        const auto container = m_graph.add(Node{kind, false, 0, NoItems}, m_budget);
        if (container == NoNode) {
            return noMemory();
        }
        for (auto i = from; i < m_stack.size(); ++i) {
            if (!m_graph.appendItem(container, m_stack[i], m_budget)) {
                return noMemory();
            }
        }
        m_stack.truncate(from);
        return push(container);
    }
    case Append: {
        if (!need(2)) {
            return false;
        }
        const auto child = pop();
        return addTo(top(), child, false);
    }
    case SetItem: {
        if (!need(3)) {
            return false;
        }
        const auto value = pop();
        const auto key = pop();
        return addTo(top(), key, true) && addTo(top(), value, true);
    }
    default: { // Appends, SetItems, AddItems
        if (!popMark(from)) {
            return false;
        }
        if (from <= fence()) {
            return broken("an opcode finds too few items on the stack");
        }
        if (op == SetItems && (m_stack.size() - from) % 2 != 0) {
            return broken("a dictionary has a key without a value");
        }
        const auto container = m_stack[from - 1];
        for (auto i = from; i < m_stack.size(); ++i) {
            if (!addTo(container, m_stack[i], op == SetItems)) {
                return false;
            }
        }
        m_stack.truncate(from);
        return true;
    }
    }
}

bool Machine::addTo(NodeId container, NodeId child, bool dictionary)
{
    switch (m_graph.kind(container)) {
    case Kind::Object: {
        auto& object = m_graph.mutableObject(container);
        return m_graph.append(dictionary ? object.dict : object.list, child, m_budget) || noMemory();
    }
    case Kind::Dict:
        return !dictionary ? broken("an item is appended to a dictionary") : m_graph.appendItem(container, child, m_budget) || noMemory();
    case Kind::List:
    case Kind::Set:
        return dictionary ? broken("an item of a list is set by key") : m_graph.appendItem(container, child, m_budget) || noMemory();
    default:
        return broken("an item is added to what is not a container");
    }
}

bool Machine::stepObject(unsigned char op)
{
    const std::byte* p = nullptr;
    switch (op) {
    case GlobalOp: {
        std::string module;
        std::string name;
        return line(module) && line(name) && pushGlobal(module, name);
    }
    case StackGlobal: {
        if (!need(2)) {
            return false;
        }
        const auto name = pop();
        const auto module = pop();
        if (m_graph.kind(name) != Kind::Text || m_graph.kind(module) != Kind::Text || m_graph.isLong(name) || m_graph.isLong(module)) {
            odd(Oddity::What::ComputedName);
            return pushGlobal("(computed)", "(computed)");
        }
        return pushGlobal(std::string(m_graph.text(module)), std::string(m_graph.text(name)));
    }
    case Reduce: {
        if (!need(2)) {
            return false;
        }
        const auto args = pop();
        return pushCall(Made::Call, pop(), args);
    }
    case NewObj: {
        if (!need(2)) {
            return false;
        }
        const auto args = pop();
        return pushCall(Made::New, pop(), args);
    }
    case NewObjEx: {
        if (!need(3)) {
            return false;
        }
        const auto kwargs = pop();
        const auto args = pop();
        return pushCall(Made::New, pop(), args, kwargs);
    }
    case Inst: {
        std::string module;
        std::string name;
        std::size_t from = 0;
        if (!line(module) || !line(name) || !popMark(from)) {
            return false;
        }
        const auto args = m_graph.addTuple(m_stack, from, m_budget);
        m_stack.truncate(from);
        const auto callee = globalNode(module, name);
        return args == NoNode || callee == NoNode ? noMemory() : pushCall(Made::Instance, callee, args);
    }
    case Obj: {
        std::size_t from = 0;
        if (!popMark(from)) {
            return false;
        }
        if (m_stack.size() == from) {
            return broken("OBJ names no class");
        }
        const auto callee = m_stack[from];
        const auto args = m_graph.addTuple(m_stack, from + 1, m_budget);
        m_stack.truncate(from);
        return args == NoNode ? noMemory() : pushCall(Made::Instance, callee, args);
    }
    case Build: {
        if (!need(2)) {
            return false;
        }
        const auto state = pop();
        if (m_graph.kind(top()) != Kind::Object) {
            odd(Oddity::What::OddBuild);
            return true;
        }
        auto& object = m_graph.mutableObject(top());
        if (!m_graph.append(object.states, state, m_budget)) {
            return noMemory();
        }
        return true;
    }
    case PersId: {
        if (!line(m_line)) {
            return false;
        }
        const auto text = m_graph.addText(Kind::Text, false, {m_opcode + 1, m_line.size(), UINT64_MAX, true}, m_line, m_budget);
        return text == NoNode ? noMemory() : push(Node{Kind::Persistent, false, text, m_opcode});
    }
    case BinPersId:
        return need(1) && push(Node{Kind::Persistent, false, pop(), m_opcode});
    default: { // Ext1, Ext2, Ext4
        const auto bytes = op == Ext1 ? 1U : op == Ext2 ? 2U : 4U;
        if (!fixed(bytes, p)) {
            return false;
        }
        odd(Oddity::What::ExtensionCode);
        const auto code = bytes == 1 ? std::to_integer<std::uint32_t>(*p) : bytes == 2 ? le16(p) : le32(p);
        return push(Node{Kind::Extension, false, 0, code});
    }
    }
}

NodeId Machine::globalNode(const std::string& module, const std::string& name)
{
    auto key = module;
    key += '\n';
    key += name;
    auto found = m_globalIndex.find(key);
    if (found == m_globalIndex.end()) {
        if (m_graph.globals().size() >= limits().globals) {
            over("the number of different globals", limits().globals + 1ULL, limits().globals);
            return NoNode;
        }
        if (!m_budget.take(2 * key.size() + 256)) {
            return NoNode;
        }
        found = m_globalIndex.emplace(std::move(key), static_cast<std::uint32_t>(m_graph.globals().size())).first;
        m_graph.globals().push_back({module, name, m_opcode, 0, 0});
    }
    return m_graph.add(Node{Kind::Global, false, found->second, 0}, m_budget);
}

bool Machine::pushGlobal(const std::string& module, const std::string& name)
{
    return push(globalNode(module, name));
}

bool Machine::pushCall(Made made, NodeId callee, NodeId args, NodeId kwargs)
{
    noteCall(callee, args);
    ObjectData object;
    object.callee = callee;
    object.args = args;
    object.kwargs = kwargs;
    object.made = made;
    object.offset = m_opcode;
    return push(m_graph.addObject(object, m_budget));
}

void Machine::noteCall(NodeId callee, NodeId args)
{
    if (m_graph.kind(callee) != Kind::Global) {
        if (m_graph.kind(callee) != Kind::Persistent) { // legacy torch hands classes over as persistent ids
            odd(Oddity::What::ComputedCall);
        }
        return;
    }
    auto& global = m_graph.globals()[m_graph.node(callee).a];
    global.calls += global.calls < UINT32_MAX ? 1 : 0;
    const auto first = m_graph.item(args, 0);
    // What Python itself writes for a member of an enum on CPython 3.11: getattr(torch...metadata._MEM_FORMAT_ENCODING,
    // "TORCH_...").
    if (global.name == "getattr" && m_graph.count(args) == 2 && m_graph.isGlobal(first, {}, "_MEM_FORMAT_ENCODING")
        && m_graph.global(first).module.starts_with("torch.distributed.")) {
        const auto member = m_graph.item(args, 1);
        if (m_graph.isText(member, "TORCH_CONTIGUOUS_FORMAT") || m_graph.isText(member, "TORCH_CHANNELS_LAST")
            || m_graph.isText(member, "TORCH_PRESERVE_FORMAT")) {
            ++global.benignCalls;
        }
    }
    // Whatever is handed to something that loads: look into it, also where its first bytes tell nothing (protocol 0).
    const auto& name = global.name;
    if (name == "loads" || name == "_loads" || name == "load" || name == "_load_from_bytes" || name == "Unpickler" || name == "read_pickle") {
        auto data = first;
        if (m_graph.isCallOf(data, {}, "encode") || m_graph.isCallOf(data, {}, "BytesIO") || m_graph.isCallOf(data, {}, "bytes")) {
            data = m_graph.item(m_graph.object(data).args, 0);
        }
        if (m_graph.kind(data) == Kind::Bytes || m_graph.kind(data) == Kind::Text) {
            keepEmbedded(data);
        }
    }
}

} // namespace ckptscope::pickle
