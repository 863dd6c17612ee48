// SPDX-License-Identifier: Apache-2.0
#include "core/formats/dcpmetadata.h"

#include <algorithm>
#include <numeric>

namespace ckptscope::dcp {

using pickle::Graph;
using pickle::Kind;
using pickle::NodeId;
using pickle::NoNode;

namespace {

constexpr std::uint64_t ComparedBoxes = 20'000'000; ///< pairs; beyond, only volumes are added up

/// An object of a class of this name in torch.distributed.
bool isObject(const Graph& graph, NodeId node, std::string_view name)
{
    return graph.isCallOf(node, {}, name) && graph.global(graph.object(node).callee).module.starts_with("torch.distributed.");
}

/// The object's first state, which holds its attributes.
NodeId stateOf(const Graph& graph, NodeId node)
{
    if (graph.kind(node) != Kind::Object) {
        return NoNode;
    }
    NodeId state = NoNode;
    Graph::Cursor states(graph, graph.object(node).states);
    return states.next(state) ? state : NoNode;
}

NodeId attribute(const Graph& graph, NodeId node, std::string_view name)
{
    const auto state = stateOf(graph, node);
    return graph.kind(state) == Kind::Dict ? graph.lookup(graph.items(state), name) : NoNode;
}

std::optional<std::uint64_t> unsignedOf(const Graph& graph, NodeId node)
{
    if (graph.kind(node) != Kind::Int || graph.integer(node) < 0) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(graph.integer(node));
}

TensorRecord readTensorRecord(const Graph& graph, NodeId node, std::string name)
{
    TensorRecord record;
    record.name = std::move(name);
    const auto properties = attribute(graph, node, "properties");
    const auto state = stateOf(graph, properties);
    const auto type = graph.kind(state) == Kind::Tuple ? graph.item(state, 0) : attribute(graph, properties, "dtype");
    if (const auto element = graph.kind(type) == Kind::Global ? torch::elementTypeOf(graph.global(type).name) : std::nullopt) {
        record.element = *element;
    } else {
        record.broken = "has a dtype that is not known";
    }
    if (auto size = torch::readSizes(graph, attribute(graph, node, "size"))) {
        record.shape = *std::move(size);
    } else {
        record.broken = "has sizes that are not non-negative numbers";
        return record;
    }
    const auto chunks = attribute(graph, node, "chunks");
    if (graph.kind(chunks) != Kind::List && graph.kind(chunks) != Kind::Tuple) {
        record.broken = "has no list of chunks";
        return record;
    }
    Graph::Cursor cursor(graph, graph.items(chunks));
    NodeId chunk = NoNode;
    while (cursor.next(chunk)) {
        auto start = torch::readSizes(graph, attribute(graph, chunk, "offsets"));
        auto shape = torch::readSizes(graph, attribute(graph, chunk, "sizes"));
        if (!start || !shape) {
            record.broken = "has a chunk whose place is not made of non-negative numbers";
            return record;
        }
        record.chunks.push_back({*std::move(start), *std::move(shape)});
    }
    return record;
}

std::optional<Item> readItem(const Graph& graph, NodeId node)
{
    const auto path = attribute(graph, node, "relative_path");
    const auto offset = unsignedOf(graph, attribute(graph, node, "offset"));
    const auto length = unsignedOf(graph, attribute(graph, node, "length"));
    if (graph.kind(path) != Kind::Text || !offset || !length) {
        return std::nullopt;
    }
    Item item;
    item.file = graph.text(path);
    item.offset = *offset;
    item.length = *length;
    const auto transforms = attribute(graph, node, "transform_descriptors");
    Graph::Cursor cursor(graph, graph.items(transforms));
    NodeId transform = NoNode;
    while (cursor.next(transform) && item.transforms.size() < 256) {
        item.transforms += (item.transforms.empty() ? "" : ", ") + torch::keyText(graph, transform);
    }
    return item;
}

} // namespace

std::string itemKey(std::string_view name, const std::vector<std::uint64_t>* start)
{
    std::string key(name);
    if (start != nullptr) {
        key += '\0';
        for (const auto at : *start) {
            key += std::to_string(at);
            key += ',';
        }
    }
    return key;
}

std::optional<Metadata> readMetadata(const Graph& graph, NodeId root)
{
    if (!isObject(graph, root, "Metadata")) {
        return std::nullopt;
    }
    Metadata metadata;
    const auto records = attribute(graph, root, "state_dict_metadata");
    const auto storage = attribute(graph, root, "storage_data");
    if (graph.kind(records) != Kind::Dict) {
        return std::nullopt;
    }
    NodeId key = NoNode;
    NodeId value = NoNode;
    Graph::Cursor cursor(graph, graph.items(records));
    while (cursor.next(key) && cursor.next(value)) {
        auto name = torch::keyText(graph, key);
        if (isObject(graph, value, "TensorStorageMetadata")) {
            metadata.tensors.push_back(readTensorRecord(graph, value, std::move(name)));
        } else {
            metadata.objects.push_back(std::move(name));
        }
    }
    Graph::Cursor places(graph, graph.items(storage));
    while (places.next(key) && places.next(value)) {
        const auto fqn = attribute(graph, key, "fqn");
        auto item = readItem(graph, value);
        if (!item || graph.kind(fqn) != Kind::Text) {
            ++metadata.oddEntries;
            continue;
        }
        const auto start = attribute(graph, key, "offset");
        const auto sizes = graph.kind(start) == Kind::None ? std::nullopt : torch::readSizes(graph, start);
        metadata.keys.insert_or_assign(itemKey(graph.text(fqn), sizes ? &*sizes : nullptr), static_cast<std::uint32_t>(metadata.items.size()));
        metadata.items.push_back(*std::move(item));
    }
    const auto id = attribute(graph, attribute(graph, root, "storage_meta"), "checkpoint_id");
    if (graph.kind(id) == Kind::Text) {
        metadata.writtenTo = graph.text(id);
    } else if (graph.kind(id) == Kind::Object) { // pathlib.PosixPath("/", "a", "b"), or one text since 3.13
        Graph::Cursor parts(graph, graph.items(graph.object(id).args));
        while (parts.next(key) && metadata.writtenTo.size() < 4096) {
            if (graph.kind(key) == Kind::Text) {
                metadata.writtenTo += metadata.writtenTo.empty() || metadata.writtenTo.ends_with('/') ? "" : "/";
                metadata.writtenTo += graph.text(key);
            }
        }
    }
    return metadata;
}

Coverage coverage(const std::vector<std::uint64_t>& shape, const std::vector<Box>& boxes)
{
    Coverage found;
    const auto total = elementCount(shape);
    if (!total) {
        found.broken = "has sizes that multiply to more than 64 bits can count";
        return found;
    }
    std::vector<std::uint32_t> order;
    std::uint64_t held = 0;
    for (std::uint32_t i = 0; i < boxes.size(); ++i) {
        const auto& box = boxes[i];
        if (box.start.size() != shape.size() || box.shape.size() != shape.size()) {
            found.broken = "has a chunk of " + std::to_string(box.shape.size()) + " dimensions, but " + std::to_string(shape.size()) + " itself";
            return found;
        }
        std::uint64_t volume = 1;
        for (std::size_t d = 0; d < shape.size(); ++d) {
            if (box.start[d] > shape[d] || box.shape[d] > shape[d] - box.start[d]) {
                found.broken = "has a chunk that reaches out of it";
                return found;
            }
            volume *= box.shape[d]; // at most the tensor's own
        }
        if (volume > 0) {
            order.push_back(i);
            if (__builtin_add_overflow(held, volume, &held)) {
                held = UINT64_MAX;
            }
        }
    }
    if (!shape.empty()) {
        std::sort(order.begin(), order.end(), [&](auto a, auto b) { return boxes[a].start < boxes[b].start; });
        const auto overlap = [&](const Box& a, const Box& b) {
            for (std::size_t d = 0; d < shape.size(); ++d) {
                if (a.start[d] + a.shape[d] <= b.start[d] || b.start[d] + b.shape[d] <= a.start[d]) {
                    return false;
                }
            }
            return true;
        };
        // Boxes that still reach the row where the next one begins.
        std::vector<std::uint32_t> open;
        std::uint64_t compared = 0;
        for (const auto i : order) {
            std::erase_if(open, [&](auto j) { return boxes[j].start[0] + boxes[j].shape[0] <= boxes[i].start[0]; });
            compared += open.size();
            if (compared > ComparedBoxes) {
                break;
            }
            found.overlaps = found.overlaps || std::any_of(open.begin(), open.end(), [&](auto j) { return overlap(boxes[i], boxes[j]); });
            open.push_back(i);
        }
    } else {
        found.overlaps = order.size() > 1;
    }
    found.overlaps = found.overlaps || held > *total;
    found.missing = found.overlaps ? 0 : *total - held;
    return found;
}

} // namespace ckptscope::dcp
