// SPDX-License-Identifier: Apache-2.0
#include "core/formats/torchvalue.h"

#include "core/text/text.h"

#include <algorithm>
#include <array>

namespace ckptscope::torch {

using pickle::Kind;

namespace {

std::optional<std::uint64_t> unsignedOf(const Graph& graph, NodeId node)
{
    if (graph.kind(node) != Kind::Int || graph.integer(node) < 0) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(graph.integer(node));
}

bool flagOf(const Graph& graph, NodeId dictionary, std::string_view key)
{
    if (graph.kind(dictionary) != Kind::Dict) {
        return false;
    }
    const auto value = graph.lookup(graph.items(dictionary), key);
    return graph.kind(value) == Kind::Bool && graph.node(value).flag;
}

void add(std::string& note, std::string_view text)
{
    note += note.empty() ? "" : "; ";
    note += text;
}

} // namespace

std::optional<StorageRef> readStorage(const Graph& graph, NodeId node)
{
    if (graph.kind(node) != Kind::Persistent) {
        return std::nullopt;
    }
    const auto id = graph.persistentId(node);
    const auto type = graph.item(id, 1);
    const auto key = graph.item(id, 2);
    const auto location = graph.item(id, 3);
    const auto count = unsignedOf(graph, graph.item(id, 4));
    if (!graph.isText(graph.item(id, 0), "storage") || graph.kind(type) != Kind::Global || graph.kind(key) != Kind::Text || !count) {
        return std::nullopt;
    }
    StorageRef storage;
    storage.typeName = graph.global(type).name;
    auto name = storage.typeName;
    if (const auto dot = name.rfind('.'); dot != std::string_view::npos) {
        name.remove_prefix(dot + 1);
    }
    const auto element = storageTypeOf(name);
    if (!element) {
        return std::nullopt;
    }
    storage.element = *element;
    storage.key = graph.text(key);
    storage.location = graph.kind(location) == Kind::Text ? graph.text(location) : std::string_view();
    storage.elements = *count;
    // Legacy: a storage that is a window of another one: (key of the view, offset, elements).
    if (const auto view = graph.item(id, 5); graph.kind(view) == Kind::Tuple) {
        storage.viewOffset = unsignedOf(graph, graph.item(view, 1)).value_or(0);
        storage.viewElements = unsignedOf(graph, graph.item(view, 2));
    }
    return storage;
}

NodeId unwrapSize(const Graph& graph, NodeId node)
{
    for (int i = 0;
         i < 4 && (graph.isCallOf(node, {}, "Size") || graph.isCallOf(node, "builtins", "tuple") || graph.isCallOf(node, "builtins", "list")); ++i) {
        const auto inner = graph.item(graph.object(node).args, 0);
        if (graph.kind(inner) == Kind::None) {
            return graph.object(node).args; // torch.Size(()) and torch.Size([]) as an empty tuple
        }
        node = inner;
    }
    return node;
}

std::optional<std::vector<std::uint64_t>> readSizes(const Graph& graph, NodeId node)
{
    node = unwrapSize(graph, node);
    if (graph.kind(node) != Kind::Tuple && graph.kind(node) != Kind::List) {
        return std::nullopt;
    }
    std::vector<std::uint64_t> sizes;
    Graph::Cursor items(graph, graph.items(node));
    NodeId item = NoNode;
    while (items.next(item)) {
        const auto size = unsignedOf(graph, item);
        if (!size || sizes.size() >= 256) {
            return std::nullopt;
        }
        sizes.push_back(*size);
    }
    return sizes;
}

namespace {

/// One rebuild call under way.
class TensorReader {
public:
    explicit TensorReader(const Graph& graph, int depth = 0)
        : m_graph(graph)
        , m_depth(depth)
    {
    }
    std::optional<TensorView> read(NodeId node)
    {
        for (int depth = 0; depth < 32 && m_graph.kind(node) == Kind::Object; ++depth) {
            const auto& object = m_graph.object(node);
            addStates(object);
            if (m_graph.kind(object.callee) != Kind::Global) {
                return std::nullopt;
            }
            NodeId inner = NoNode;
            const auto found = call(m_graph.global(object.callee), object.args, &object, inner);
            if (!found) {
                return std::nullopt;
            }
            if (inner == NoNode) {
                m_view.call = node;
                return std::move(m_view);
            }
            node = inner;
        }
        return std::nullopt;
    }

private:
    void addStates(const pickle::ObjectData& object)
    {
        Graph::Cursor states(m_graph, object.states);
        NodeId state = NoNode;
        while (states.next(state) && m_view.states.size() < 16) {
            m_view.states.push_back(state);
        }
    }
    [[nodiscard]] NodeId arg(NodeId args, std::uint32_t i) const noexcept { return m_graph.item(args, i); }

    bool broken(std::string why)
    {
        m_view.broken = m_view.broken.empty() ? std::move(why) : m_view.broken;
        return true;
    }

    /// storage, offset, size, stride at args[from..]
    bool strided(NodeId args, std::uint32_t from)
    {
        auto holder = arg(args, from);
        // torch.storage.TypedStorage objects wrap the untyped one
        if (m_graph.isCallOf(holder, {}, "TypedStorage") || m_graph.isCallOf(holder, {}, "_TypedStorage")) {
            holder = arg(m_graph.object(holder).args, 0);
        }
        if (m_graph.isCallOf(holder, "torch.storage", "_load_from_bytes")) {
            m_view.storage.embedded = arg(m_graph.object(holder).args, 0);
            if (m_graph.isCallOf(m_view.storage.embedded, {}, "encode")) {
                m_view.storage.embedded = arg(m_graph.object(m_view.storage.embedded).args, 0);
            }
        } else if (const auto storage = readStorage(m_graph, holder)) {
            m_view.storage = *storage;
            m_view.element = storage->element;
        } else {
            broken("its storage is not one");
        }
        const auto offset = unsignedOf(m_graph, arg(args, from + 1));
        auto shape = readSizes(m_graph, arg(args, from + 2));
        auto strides = readSizes(m_graph, arg(args, from + 3));
        if (!offset) {
            broken("its offset is not a non-negative number");
        }
        if (!shape) {
            broken("its sizes are not non-negative numbers");
        }
        if (!strides) {
            broken("its strides are not non-negative numbers");
        }
        m_view.offset = offset.value_or(0);
        m_view.shape = shape ? *std::move(shape) : std::vector<std::uint64_t>();
        m_view.strides = strides ? *std::move(strides) : std::vector<std::uint64_t>();
        if (m_view.broken.empty() && m_view.shape.size() != m_view.strides.size()) {
            broken("it has " + std::to_string(m_view.shape.size()) + " sizes, but " + std::to_string(m_view.strides.size()) + " strides");
        }
        return true;
    }

    void flags(NodeId dictionary)
    {
        if (flagOf(m_graph, dictionary, "conj")) {
            m_view.conjugated = true;
            add(m_view.note, "conjugated view: the stored imaginary parts have the other sign");
        }
        if (flagOf(m_graph, dictionary, "neg")) {
            m_view.negated = true;
            add(m_view.note, "negated view: the stored values have the other sign");
        }
    }

    bool nothing(NodeId dtype, NodeId size, std::string why)
    {
        m_view.holds = TensorView::Holds::Nothing;
        m_view.why = std::move(why);
        if (const auto type = dtypeNode(m_graph, dtype)) {
            m_view.element = *type;
        }
        auto shape = readSizes(m_graph, size);
        if (!shape) {
            return broken("its sizes are not non-negative numbers");
        }
        m_view.shape = *std::move(shape);
        return true;
    }

    bool call(const pickle::GlobalName& global, NodeId args, const pickle::ObjectData* object, NodeId& inner);
    bool quantized(NodeId args);
    bool sparse(NodeId args);
    bool nested(NodeId args);
    bool oldTensor(const ElementType& type, const pickle::ObjectData& object);
    bool numpyArray(const pickle::ObjectData& object);

    /// A tensor that this one is made of; parts of parts are not looked at.
    std::optional<TensorView> part(NodeId node) const { return m_depth > 0 ? std::nullopt : TensorReader(m_graph, m_depth + 1).read(node); }

    const Graph& m_graph;
    int m_depth;
    TensorView m_view;
};

bool TensorReader::call(const pickle::GlobalName& global, NodeId args, const pickle::ObjectData* object, NodeId& inner)
{
    const auto& module = global.module;
    const auto& name = global.name;
    if (module == "torch._utils" || module == "torch._tensor" || module == "torch.tensor") {
        if (name == "_rebuild_tensor") {
            return strided(args, 0);
        }
        if (name == "_rebuild_tensor_v2") {
            flags(arg(args, 6));
            return strided(args, 0);
        }
        if (name == "_rebuild_tensor_v3") {
            strided(args, 0);
            flags(arg(args, 7));
            if (const auto type = dtypeNode(m_graph, arg(args, 6))) {
                m_view.untyped = true;
                m_view.element = *type;
                return true;
            }
            return broken("its dtype is not known");
        }
        if (name == "_rebuild_parameter" || name == "_rebuild_parameter_with_state") {
            if (name.ends_with("state") && m_view.states.size() < 16) {
                m_view.states.push_back(arg(args, 3));
            }
            inner = arg(args, 0);
            return m_graph.kind(inner) == Kind::Object;
        }
        if (name == "_rebuild_from_type_v2" || name == "_rebuild_from_type") {
            const auto function = arg(args, 0);
            const auto type = arg(args, 1);
            if (m_graph.kind(function) != Kind::Global) {
                return false;
            }
            if (m_graph.kind(type) == Kind::Global && !m_graph.isGlobal(type, "torch", "Tensor") && !m_graph.isGlobal(type, {}, "Parameter")) {
                add(m_view.note, m_graph.global(type).module + "." + m_graph.global(type).name);
            }
            if (m_view.states.size() < 16) {
                m_view.states.push_back(arg(args, 3));
            }
            return !m_graph.global(function).name.starts_with("_rebuild_from_type") && call(m_graph.global(function), arg(args, 2), nullptr, inner);
        }
        if (name == "_rebuild_wrapper_subclass") {
            const auto type = arg(args, 0);
            if (m_graph.kind(type) == Kind::Global) {
                add(m_view.note, m_graph.global(type).module + "." + m_graph.global(type).name);
            }
            return nothing(arg(args, 1), arg(args, 2), "a wrapper: its elements are in the tensors that hang on it");
        }
        if (name == "_rebuild_meta_tensor_no_storage") {
            return nothing(arg(args, 0), arg(args, 1), "a meta tensor: no elements are stored");
        }
        if (name == "_rebuild_device_tensor_from_numpy") {
            inner = arg(args, 0);
            add(m_view.note, "saved through NumPy from another device");
            if (const auto type = dtypeNode(m_graph, arg(args, 1)); type && type->dtype == DType::BF16) {
                add(m_view.note, "BF16 in the model, widened to F32 when it was saved");
            }
            return m_graph.kind(inner) == Kind::Object;
        }
        if (name == "_rebuild_device_tensor_from_cpu_tensor") {
            inner = arg(args, 0);
            return m_graph.kind(inner) == Kind::Object;
        }
        if (name == "_rebuild_qtensor") {
            return quantized(args);
        }
        if (name == "_rebuild_sparse_tensor" || name == "_rebuild_sparse_csr_tensor") {
            return sparse(args);
        }
        if (name == "_rebuild_nested_tensor") {
            return nested(args);
        }
        return false;
    }
    if (object == nullptr) {
        return false;
    }
    if (module == "torch.nn.parameter" && (name == "Parameter" || name == "Buffer")) {
        inner = arg(args, 0);
        if (m_graph.kind(inner) == Kind::Object) {
            return true;
        }
        inner = m_view.states.empty() ? NoNode : m_graph.item(m_view.states.front(), 0); // (tensor, requires_grad, hooks)
        if (m_graph.kind(inner) == Kind::Object) {
            m_view.states.clear();
            return true;
        }
        return false;
    }
    if (module == "torch" || module == "torch.cuda") {
        if (name == "Tensor") {
            return oldTensor({}, *object);
        }
        if (const auto type = tensorTypeOf(name)) {
            return oldTensor(*type, *object);
        }
        return false;
    }
    if (name == "_reconstruct" || name == "_frombuffer") {
        return (module.starts_with("numpy.core") || module.starts_with("numpy._core")) && numpyArray(*object);
    }
    return false;
}

/// torch.FloatTensor() with a state of (storage, offset, size, stride), as files before 0.4 have it.
bool TensorReader::oldTensor(const ElementType& type, const pickle::ObjectData& object)
{
    NodeId state = NoNode;
    Graph::Cursor states(m_graph, object.states);
    while (states.next(state)) {
        if (m_graph.kind(state) == Kind::Tuple && m_graph.count(state) >= 4) {
            m_view.states.clear();
            strided(state, 0);
            return true;
        }
    }
    if (m_graph.count(object.args) == 0) {
        m_view.element = type;
        m_view.shape = {0};
        m_view.strides = {1};
        m_view.holds = TensorView::Holds::Nothing;
        m_view.why = "it has no state";
        return true;
    }
    return false;
}

bool TensorReader::quantized(NodeId args)
{
    strided(args, 0);
    const auto scheme = arg(args, 4);
    const auto kind = arg(scheme, 0);
    if (m_graph.kind(kind) != Kind::Global) {
        return broken("its quantizer is not known");
    }
    const auto& name = m_graph.global(kind).name;
    auto& json = m_view.quantizer;
    json = "{\"scheme\":\""
        + (name.size() < 64 && std::all_of(name.begin(), name.end(), [](char c) { return c == '_' || (c >= 'a' && c <= 'z'); }) ? name : "unknown")
        + "\",\"dtype\":\"" + std::string(torchNameOfStorage(m_view.storage.typeName)) + "\"";
    if (name.starts_with("per_tensor")) {
        const auto scale = arg(scheme, 1);
        const auto zero = arg(scheme, 2);
        if (m_graph.kind(scale) != Kind::Float || m_graph.kind(zero) != Kind::Int) {
            return broken("its quantizer's scale and zero point are not numbers");
        }
        const auto number = numberText(m_graph.real(scale));
        const bool finite = number.find_first_of("NI") == std::string::npos;
        json += ",\"scale\":" + (finite ? number : "\"" + number + "\"") + ",\"zero_point\":" + std::to_string(m_graph.integer(zero));
    } else if (name.starts_with("per_channel")) {
        const auto axis = unsignedOf(m_graph, arg(scheme, 3));
        if (!axis || *axis >= m_view.shape.size()) {
            return broken("its quantizer's axis is not one of its dimensions");
        }
        json += ",\"axis\":" + std::to_string(*axis);
        m_view.parts = {{"scales", arg(scheme, 1)}, {"zero_points", arg(scheme, 2)}};
    }
    json += "}";
    return true;
}

bool TensorReader::sparse(NodeId args)
{
    m_view.holds = TensorView::Holds::Parts;
    const auto layout = arg(args, 0);
    const auto data = arg(args, 1);
    if (m_graph.isCallOf(layout, {}, "_get_layout")) {
        if (const auto name = arg(m_graph.object(layout).args, 0); m_graph.kind(name) == Kind::Text) {
            m_view.sparse = m_graph.text(name).substr(0, 32);
        }
    } else if (m_graph.kind(layout) == Kind::Global) {
        m_view.sparse = m_graph.global(layout).name.substr(0, 32);
    }
    if (m_view.sparse.starts_with("torch.")) {
        m_view.sparse.erase(0, 6);
    }
    std::uint32_t sizeAt = 2;
    if (m_view.sparse == "sparse_coo") {
        m_view.parts = {{"indices", arg(data, 0)}, {"values", arg(data, 1)}};
    } else if (m_view.sparse == "sparse_csr" || m_view.sparse == "sparse_bsr") {
        m_view.parts = {{"crow_indices", arg(data, 0)}, {"col_indices", arg(data, 1)}, {"values", arg(data, 2)}};
        sizeAt = 3;
    } else if (m_view.sparse == "sparse_csc" || m_view.sparse == "sparse_bsc") {
        m_view.parts = {{"ccol_indices", arg(data, 0)}, {"row_indices", arg(data, 1)}, {"values", arg(data, 2)}};
        sizeAt = 3;
    } else {
        return broken("its layout is not known");
    }
    auto shape = readSizes(m_graph, arg(data, sizeAt));
    if (!shape) {
        return broken("its sizes are not non-negative numbers");
    }
    m_view.shape = *std::move(shape);
    if (const auto values = part(m_view.parts.back().second); values && values->holds == TensorView::Holds::Storage) {
        m_view.element = values->element;
    }
    m_view.why = "a sparse tensor: its elements are in its parts";
    return true;
}

bool TensorReader::nested(NodeId args)
{
    m_view.holds = TensorView::Holds::Parts;
    m_view.sparse = "nested";
    m_view.parts = {{"buffer", arg(args, 0)}, {"sizes", arg(args, 1)}, {"strides", arg(args, 2)}, {"offsets", arg(args, 3)}};
    m_view.why = "a nested tensor: its elements are in its parts";
    m_view.shape = {0};
    if (const auto buffer = part(arg(args, 0)); buffer && buffer->holds == TensorView::Holds::Storage) {
        m_view.element = buffer->element;
    }
    if (const auto sizes = part(arg(args, 1)); sizes && !sizes->shape.empty()) {
        m_view.shape = {sizes->shape[0]};
    }
    return true;
}

bool TensorReader::numpyArray(const pickle::ObjectData& object)
{
    m_view.holds = TensorView::Holds::Bytes;
    m_view.states.clear();
    NodeId type = NoNode;
    NodeId size = NoNode;
    bool fortran = false;
    if (m_graph.global(object.callee).name == "_frombuffer") { // protocol 5: (buffer, dtype, shape, order)
        m_view.bytes = arg(object.args, 0);
        type = arg(object.args, 1);
        size = arg(object.args, 2);
        fortran = m_graph.isText(arg(object.args, 3), "F");
    } else {
        NodeId state = NoNode; // (version, shape, dtype, fortran, bytes)
        Graph::Cursor states(m_graph, object.states);
        if (!states.next(state) || m_graph.count(state) < 5) {
            return false;
        }
        size = arg(state, 1);
        type = arg(state, 2);
        fortran = m_graph.kind(arg(state, 3)) == Kind::Bool && m_graph.node(arg(state, 3)).flag;
        m_view.bytes = arg(state, 4);
    }
    const auto element = numpyType(m_graph, type);
    auto shape = readSizes(m_graph, size);
    if (!element || !shape) {
        return false;
    }
    m_view.element = *element;
    m_view.shape = *std::move(shape);
    if (fortran && m_view.shape.size() > 1) {
        m_view.strides.assign(m_view.shape.size(), 1);
        for (std::size_t i = 1; i < m_view.shape.size(); ++i) {
            if (__builtin_mul_overflow(m_view.strides[i - 1], std::max<std::uint64_t>(m_view.shape[i - 1], 1), &m_view.strides[i])) {
                return broken("its sizes multiply to more than 64 bits can count");
            }
        }
    }
    // Protocol 2 spells bytes as _codecs.encode(text, "latin1"): not byte for byte in the file.
    if (m_graph.isCallOf(m_view.bytes, "_codecs", "encode")) {
        m_view.bytes = arg(m_graph.object(m_view.bytes).args, 0);
        m_view.latin = true;
    } else if (m_graph.isCallOf(m_view.bytes, {}, "bytearray")) {
        m_view.bytes = arg(m_graph.object(m_view.bytes).args, 0);
        m_view.latin = true;
    }
    if (m_graph.isCallOf(m_view.bytes, {}, "bytes") && m_graph.count(m_graph.object(m_view.bytes).args) == 0) {
        m_view.bytes = NoNode; // protocol 2 spells no bytes as bytes()
        return true;
    }
    m_view.latin = m_view.latin && m_graph.kind(m_view.bytes) == Kind::Text && !m_graph.node(m_view.bytes).flag;
    if (m_graph.kind(m_view.bytes) == Kind::List) {
        m_view.why = "an array of Python objects";
    } else if (m_graph.kind(m_view.bytes) != Kind::Bytes && m_graph.kind(m_view.bytes) != Kind::Text) {
        m_view.why = "its bytes are not in the pickle";
    } else if (m_graph.place(m_view.bytes).decoded) {
        m_view.why = "its bytes are spelled as lines of text (pickle protocol 0)";
    } else if (m_graph.kind(m_view.bytes) == Kind::Text && !m_graph.node(m_view.bytes).flag && !m_view.latin) {
        m_view.why = "its bytes are text";
    }
    return true;
}

} // namespace

std::optional<TensorView> readTensor(const Graph& graph, NodeId node)
{
    if (graph.kind(node) != Kind::Object) {
        return std::nullopt;
    }
    return TensorReader(graph).read(node);
}

} // namespace ckptscope::torch
