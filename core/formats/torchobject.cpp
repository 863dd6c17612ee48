// SPDX-License-Identifier: Apache-2.0
// A walk over an object's graph: dotted names for its tensors, metadata for its other leaves.
#include "core/formats/torchobject.h"

#include "core/formats/formatreader.h"

#include <algorithm>

namespace ckptscope::torch {

using pickle::Kind;
using pickle::Sequence;

Reading makeReading(CheckpointBuilder& out, const std::string& file, const JobContext& job)
{
    return Reading{out, file, 0, job, MemoryBudget(pickle::limits().memory)};
}

namespace {

constexpr std::size_t ValueText = 4096; ///< bytes of one metadata value

bool isScalar(Kind kind)
{
    return kind == Kind::None || kind == Kind::Bool || kind == Kind::Int || kind == Kind::BigInt || kind == Kind::Float || kind == Kind::Text
        || kind == Kind::Bytes || kind == Kind::Global;
}

/// Part of what hangs below a node, all named in the same way.
struct Group {
    enum class Names : std::uint8_t {
        Positions,
        Keys,
        Pairs /* items that are [key, value] */
    } names = Names::Positions;
    Sequence sequence;
    bool attributes = false; ///< of an object's state
};

struct Frame {
    NodeId node = NoNode;
    std::size_t pathLength = 0; ///< to go back to when it is done
    std::vector<Group> groups;
    std::vector<std::pair<std::string, NodeId>> parts; ///< named children, before the groups
    std::size_t part = 0;
    std::size_t group = 0;
    std::uint64_t position = 0;
    std::optional<Graph::Cursor> cursor;
};

class Walk {
public:
    Walk(const pickle::Parsed& parsed, const ByteSource& source, StorageMap& storages, const EmbeddedStorages& embedded, Reading& reading)
        : m_graph(parsed.graph)
        , m_source(source)
        , m_storages(storages)
        , m_embedded(embedded)
        , m_reading(reading)
        , m_out(reading.out)
        , m_onPath(parsed.graph.size())
    {
    }

    void run(NodeId root, const std::string& prefix, const std::string& bare)
    {
        m_path = prefix;
        m_bare = bare;
        visit(root, false);
        while (!m_frames.empty() && !m_stopped) {
            step();
        }
    }

private:
    void visit(NodeId node, bool attribute);
    void visitObject(NodeId node, bool attribute);
    void step();
    bool child(std::string_view component, NodeId node, bool attribute);
    void enter(NodeId node, std::vector<Group> groups, std::vector<std::pair<std::string, NodeId>> parts = {});
    void states(const Sequence& sequence, std::vector<Group>& groups) const;
    void state(NodeId node, std::vector<Group>& groups) const;
    void value(MetadataValue value);
    void text(NodeId node) { value(describe(m_graph, node, ValueText)); }
    void scalar(NodeId node);
    bool numpyScalar(NodeId node);
    void tensor(TensorView view, NodeId node);
    void storageAlone(NodeId node);
    [[nodiscard]] bool allScalars(const Sequence& sequence) const;
    [[nodiscard]] bool isVersions(NodeId node) const;
    [[nodiscard]] bool isPlainAttribute(NodeId object, const std::string& key, NodeId value) const;
    [[nodiscard]] const std::string& name() const { return m_path.empty() ? m_bare : m_path; }
    void tooMany(Code code, std::uint64_t cap)
    {
        m_out.problem(code, {std::to_string(cap)}, m_reading.file);
        m_stopped = true;
    }

    const Graph& m_graph;
    const ByteSource& m_source;
    StorageMap& m_storages;
    const EmbeddedStorages& m_embedded;
    Reading& m_reading;
    CheckpointBuilder& m_out;
    std::vector<bool> m_onPath;
    std::vector<Frame> m_frames;
    std::string m_path;
    std::string m_bare;
    std::size_t m_back = 0; ///< path length of the parent, while a child is visited
    std::uint64_t m_visits = 0;
    std::unordered_map<std::string, std::uint32_t> m_places; ///< storage and offset to the first tensor there
    bool m_stopped = false;
};

void Walk::enter(NodeId node, std::vector<Group> groups, std::vector<std::pair<std::string, NodeId>> parts)
{
    if (m_frames.size() >= pickle::limits().depth) {
        tooMany(Code::PickleDeep, pickle::limits().depth);
        return;
    }
    m_onPath[node] = true;
    Frame frame;
    frame.node = node;
    frame.pathLength = m_back;
    frame.groups = std::move(groups);
    frame.parts = std::move(parts);
    m_frames.push_back(std::move(frame));
    m_back = m_path.size();
}

bool Walk::child(std::string_view component, NodeId node, bool attribute)
{
    const auto base = m_path.size();
    if (base + component.size() > (64U << 10U)) { // a name that nobody can show
        tooMany(Code::PickleDeep, 64U << 10U);
        return false;
    }
    m_path += base == 0 ? "" : ".";
    m_path += component;
    const auto depth = m_frames.size();
    m_back = base;
    if (attribute && component == "_metadata" && isVersions(node)) {
        text(node);
    } else {
        visit(node, attribute);
    }
    if (m_frames.size() == depth) { // a leaf
        m_path.resize(base);
    }
    return true;
}

void Walk::step()
{
    auto& frame = m_frames.back();
    if (frame.part < frame.parts.size()) {
        const auto& [part, node] = frame.parts[frame.part++];
        child(std::string(part), node, true); // a copy: the frame may move
        return;
    }
    while (frame.group < frame.groups.size()) {
        const auto& group = frame.groups[frame.group];
        if (!frame.cursor) {
            frame.cursor.emplace(m_graph, group.sequence);
            frame.position = 0;
        }
        NodeId item = NoNode;
        if (!frame.cursor->next(item)) {
            frame.cursor.reset();
            ++frame.group;
            continue;
        }
        const bool attributes = group.attributes;
        if (group.names == Group::Names::Positions) {
            child(std::to_string(frame.position++), item, attributes);
        } else if (group.names == Group::Names::Pairs) {
            child(keyText(m_graph, m_graph.item(item, 0)), m_graph.item(item, 1), attributes);
        } else {
            NodeId value = NoNode;
            if (frame.cursor->next(value)) {
                const auto key = keyText(m_graph, item);
                if (attributes && isPlainAttribute(frame.node, key, value)) {
                    const auto base = m_path.size();
                    m_path += (base == 0 ? "" : ".") + key;
                    m_visits += 1;
                    this->value(std::string("a tensor that is neither a parameter nor a buffer"));
                    m_path.resize(base);
                } else {
                    child(key, value, attributes);
                }
            }
        }
        return;
    }
    m_onPath[frame.node] = false;
    m_path.resize(std::min(m_path.size(), frame.pathLength));
    m_frames.pop_back();
}

void Walk::value(MetadataValue value)
{
    const auto* longText = std::get_if<std::string>(&value);
    if (m_reading.budget.take(160 + m_path.size() + (longText == nullptr ? 0 : longText->size()))) {
        m_out.metadata(name(), std::move(value), "pickle", m_reading.shard);
    } else {
        tooMany(Code::PickleUnfolds, m_visits);
    }
}

void Walk::scalar(NodeId node)
{
    switch (m_graph.kind(node)) {
    case Kind::None:
        value(nullptr);
        break;
    case Kind::Bool:
        value(m_graph.node(node).flag);
        break;
    case Kind::Int:
        value(m_graph.integer(node));
        break;
    case Kind::Float:
        value(m_graph.real(node));
        break;
    case Kind::Text: {
        const auto& place = m_graph.place(node);
        if (m_graph.isLong(node) && m_source.stored()) {
            value(MetadataPlace{m_reading.shard, {m_source.fileOffset(place.offset), place.length}, "string", 0});
        } else if (m_graph.isLong(node)) {
            text(node);
        } else {
            value(std::string(m_graph.text(node)));
        }
        break;
    }
    default:
        text(node);
    }
}

bool Walk::allScalars(const Sequence& sequence) const
{
    Graph::Cursor cursor(m_graph, sequence);
    NodeId item = NoNode;
    while (cursor.next(item)) {
        if (!isScalar(m_graph.kind(item))) {
            return false;
        }
    }
    return true;
}

/// state_dict()'s _metadata, {module: {"version": 1}}: an attribute for torch alone, told in one value rather than one
/// a module.
bool Walk::isVersions(NodeId node) const
{
    const auto entries = m_graph.kind(node) == Kind::Object ? m_graph.object(node).dict : m_graph.items(node);
    Graph::Cursor cursor(m_graph, entries);
    NodeId key = NoNode;
    NodeId module = NoNode;
    while (cursor.next(key) && cursor.next(module)) {
        if (m_graph.kind(module) != Kind::Dict || !allScalars(m_graph.items(module))) {
            return false;
        }
    }
    return entries.count > 0;
}

/// TorchScript keeps plain tensor attributes beside parameters and buffers; a state_dict does not hold them.
bool Walk::isPlainAttribute(NodeId object, const std::string& key, NodeId value) const
{
    if (m_reading.scriptTensors == nullptr || m_graph.kind(object) != Kind::Object || m_graph.kind(m_graph.object(object).callee) != Kind::Global) {
        return false;
    }
    const auto& type = m_graph.global(m_graph.object(object).callee);
    const auto names = m_reading.scriptTensors->find(type.module + "." + type.name);
    return names != m_reading.scriptTensors->end() && !names->second.contains(key) && readTensor(m_graph, value).has_value();
}

void Walk::visit(NodeId node, bool attribute)
{
    if (m_stopped || node == NoNode) {
        return;
    }
    if ((m_visits & 0xFFFU) == 0 && m_reading.job.stop.stop_requested()) {
        m_stopped = true;
        return;
    }
    if (++m_visits > pickle::limits().visits) {
        tooMany(Code::PickleUnfolds, pickle::limits().visits);
        return;
    }
    for (int i = 0; i < 8 && m_graph.isCallOf(node, "torch.jit._pickle", "restore_type_tag"); ++i) { // TorchScript: (value, type)
        const auto inner = m_graph.item(m_graph.object(node).args, 0);
        node = inner == NoNode ? node : inner;
    }
    if (m_onPath[node]) {
        value(std::string("(itself)"));
        return;
    }
    switch (m_graph.kind(node)) {
    case Kind::Object:
        visitObject(node, attribute);
        return;
    case Kind::Persistent:
        storageAlone(node);
        return;
    case Kind::List:
    case Kind::Tuple:
    case Kind::Set: {
        const auto items = m_graph.items(node);
        m_visits += items.count / 16; // looking through a long list costs time, too
        if (items.count == 0 && (attribute || m_path.empty())) {
            return;
        }
        if (allScalars(items)) {
            text(node);
        } else {
            enter(node, {{Group::Names::Positions, items, false}});
        }
        return;
    }
    case Kind::Dict: {
        const auto items = m_graph.items(node);
        if (items.count > 0) {
            enter(node, {{Group::Names::Keys, items, false}});
        } else if (!attribute && !m_path.empty()) {
            text(node);
        }
        return;
    }
    default:
        scalar(node);
    }
}

void Walk::state(NodeId node, std::vector<Group>& groups) const
{
    const auto kind = m_graph.kind(node);
    if (kind == Kind::Dict) {
        groups.push_back({Group::Names::Keys, m_graph.items(node), true});
    } else if (kind == Kind::Tuple && m_graph.count(node) == 2
               && (m_graph.kind(m_graph.item(node, 0)) == Kind::Dict || m_graph.kind(m_graph.item(node, 0)) == Kind::None)
               && m_graph.kind(m_graph.item(node, 1)) == Kind::Dict) { // (__dict__, slots)
        groups.push_back({Group::Names::Keys, m_graph.items(m_graph.item(node, 0)), true});
        groups.push_back({Group::Names::Keys, m_graph.items(m_graph.item(node, 1)), true});
    } else if (kind == Kind::Tuple || kind == Kind::List) {
        groups.push_back({Group::Names::Positions, m_graph.items(node), true});
    }
}

void Walk::states(const Sequence& sequence, std::vector<Group>& groups) const
{
    Graph::Cursor cursor(m_graph, sequence);
    NodeId node = NoNode;
    while (cursor.next(node) && groups.size() < 64) {
        state(node, groups);
    }
}

void Walk::visitObject(NodeId node, bool attribute)
{
    if (auto view = readTensor(m_graph, node)) {
        tensor(*std::move(view), node);
        return;
    }
    const auto& object = m_graph.object(node);
    std::vector<Group> groups;
    const auto argument = m_graph.item(object.args, 0);
    const auto* global = m_graph.kind(object.callee) == Kind::Global ? &m_graph.global(object.callee) : nullptr;
    const std::string_view called = global == nullptr ? std::string_view() : std::string_view(global->name);
    bool showArguments = true;
    if (called == "OrderedDict" || called == "defaultdict" || called == "Counter" || called == "dict" || called == "UserDict") {
        showArguments = false;
        if (m_graph.kind(argument) == Kind::List || m_graph.kind(argument) == Kind::Tuple) { // Python 2: a list of [key, value]
            groups.push_back({Group::Names::Pairs, m_graph.items(argument), false});
        } else if (m_graph.kind(argument) == Kind::Dict) {
            groups.push_back({Group::Names::Keys, m_graph.items(argument), false});
        }
    } else if (called == "set" || called == "frozenset" || called == "list" || called == "tuple" || called == "deque"
               || (called.starts_with("build_") && called.ends_with("list"))) { // torch.jit._pickle
        showArguments = false;
        if (m_graph.kind(argument) == Kind::List || m_graph.kind(argument) == Kind::Tuple) {
            if (allScalars(m_graph.items(argument)) && object.list.count == 0) {
                text(argument);
                return;
            }
            groups.push_back({Group::Names::Positions, m_graph.items(argument), false});
        }
    } else if (called == "_reconstructor") {
        showArguments = false;
    } else if (called == "Size" || called == "device" || called == "dtype" || called == "_get_layout") {
        text(node);
        return;
    } else if (called == "scalar" && numpyScalar(node)) {
        return;
    } else if (called == "encode" && m_graph.kind(argument) == Kind::Text) {
        value(std::to_string(m_graph.place(argument).length) + " bytes");
        return;
    }
    if (showArguments && m_graph.kind(object.args) == Kind::Tuple && m_graph.count(object.args) > 0) {
        groups.push_back({Group::Names::Positions, m_graph.items(object.args), false});
    }
    if (object.kwargs != NoNode) {
        state(object.kwargs, groups);
    }
    if (object.dict.count > 0) {
        groups.push_back({Group::Names::Keys, object.dict, false});
    }
    if (object.list.count > 0) {
        groups.push_back({Group::Names::Positions, object.list, false});
    }
    const auto before = groups.size();
    states(object.states, groups);
    // One line says all where only plain values hang on it.
    const bool plain = std::all_of(groups.begin(), groups.end(), [&](const Group& group) {
        return group.names == Group::Names::Positions && group.sequence.count < 256 && allScalars(group.sequence);
    });
    if (plain && before == groups.size()) {
        if (!(groups.empty() && (attribute || !showArguments))) {
            text(node);
        }
        return;
    }
    enter(node, std::move(groups));
}

bool Walk::numpyScalar(NodeId node)
{
    const auto& object = m_graph.object(node);
    const auto type = numpyType(m_graph, m_graph.item(object.args, 0));
    auto data = m_graph.item(object.args, 1);
    if (m_graph.isCallOf(data, {}, "encode")) {
        data = m_graph.item(m_graph.object(data).args, 0);
    }
    if (!type || type->bytes == 0 || type->bytes > 8 || (m_graph.kind(data) != Kind::Bytes && m_graph.kind(data) != Kind::Text)) {
        return false;
    }
    std::array<std::byte, 16> raw{};
    std::size_t n = 0;
    const auto& place = m_graph.place(data);
    if (m_graph.kind(data) == Kind::Bytes) {
        n = static_cast<std::size_t>(std::min<std::uint64_t>(place.length, raw.size()));
        if (!m_source.read(place.offset, std::span(raw).first(n))) {
            return false;
        }
    } else {
        const auto spelled = m_graph.text(data); // Latin-1 in UTF-8, or a Python 2 str
        for (std::size_t i = 0; i < spelled.size() && n < raw.size(); ++i) {
            auto c = static_cast<unsigned char>(spelled[i]);
            if (!m_graph.node(data).flag && (c == 0xC2 || c == 0xC3) && i + 1 < spelled.size()) {
                c = static_cast<unsigned char>((c & 3U) << 6U | (static_cast<unsigned char>(spelled[++i]) & 0x3FU));
            }
            raw[n++] = static_cast<std::byte>(c);
        }
    }
    if (n != type->bytes) {
        return false;
    }
    if (type->bigEndian) {
        std::reverse(raw.begin(), raw.begin() + static_cast<std::ptrdiff_t>(n));
    }
    const auto bits = le64(raw.data());
    switch (type->dtype) {
    case DType::F64:
        value(std::bit_cast<double>(bits));
        return true;
    case DType::F32:
        value(static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits))));
        return true;
    case DType::BOOL:
        value(bits != 0);
        return true;
    case DType::U8:
    case DType::U16:
    case DType::U32:
    case DType::U64:
        value(bits);
        return true;
    case DType::I8:
        value(static_cast<std::int64_t>(static_cast<std::int8_t>(bits)));
        return true;
    case DType::I16:
        value(static_cast<std::int64_t>(static_cast<std::int16_t>(bits)));
        return true;
    case DType::I32:
        value(static_cast<std::int64_t>(static_cast<std::int32_t>(bits)));
        return true;
    case DType::I64:
        value(static_cast<std::int64_t>(bits));
        return true;
    default:
        return false;
    }
}

void Walk::storageAlone(NodeId node)
{
    const auto storage = readStorage(m_graph, node);
    if (!storage) {
        text(node);
        return;
    }
    TensorView view;
    view.element = storage->element;
    view.storage = *storage;
    view.shape = {storage->viewElements.value_or(storage->elements)};
    view.strides = {1};
    view.note = "a storage, not a tensor";
    tensor(std::move(view), node);
}

void Walk::tensor(TensorView view, NodeId node)
{
    if (m_out.tensorCount() >= limits().tensorsPerFile) {
        tooMany(Code::PickleUnfolds, limits().tensorsPerFile);
        return;
    }
    const bool plain = view.holds == TensorView::Holds::Storage && view.element.dtype != DType::Unknown && view.broken.empty() && view.note.empty()
        && view.quantizer.empty();
    const auto extra = plain ? 0 : sizeof(TensorExtra) + 128 + view.broken.size() + view.note.size() + view.why.size();
    if (!m_reading.budget.take(sizeof(TensorInfo) + 64 + name().size() + 8 * view.shape.size() + extra)) {
        tooMany(Code::PickleUnfolds, m_visits);
        return;
    }
    if (view.holds == TensorView::Holds::Storage && view.broken.empty() && view.storage.embedded == NoNode) {
        // The same bytes under another name: tied weights. Both are listed.
        const auto key = std::string(view.storage.key) + '@' + std::to_string(view.offset) + '@' + std::to_string(view.storage.viewOffset);
        if (const auto [first, added] = m_places.try_emplace(key, m_out.tensorCount()); !added && m_reading.budget.take(sizeof(TensorExtra) + 256)) {
            view.note +=
                (view.note.empty() ? "" : "; ") + ("shares its bytes with " + std::string(m_out.parts().tensors[first->second].key.substr(0, 200)));
        }
    }
    std::vector<std::pair<std::string, NodeId>> parts = view.parts;
    std::vector<Group> groups;
    for (const auto attached : view.states) {
        state(attached, groups);
    }
    if (m_reading.seen) {
        m_reading.seen(view, m_graph);
    }
    addTensor(name(), std::move(view), m_graph, m_source, m_storages, m_embedded, m_reading);
    std::erase_if(groups, [](const Group& group) { return group.sequence.count == 0; });
    if (m_path.empty() && (!parts.empty() || !groups.empty())) {
        m_path = m_bare; // parts of a bare tensor: named after it
    }
    if (!parts.empty() || !groups.empty()) {
        enter(node, std::move(groups), std::move(parts));
    }
}

} // namespace

void listObject(const pickle::Parsed& parsed, const ByteSource& source, NodeId root, const std::string& prefix, const std::string& bare,
                StorageMap& storages, const EmbeddedStorages& embedded, Reading& reading)
{
    Walk(parsed, source, storages, embedded, reading).run(root, prefix, bare);
}

} // namespace ckptscope::torch
