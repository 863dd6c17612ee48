// SPDX-License-Identifier: Apache-2.0
// Values of a pickle in words, for people.
#include "core/formats/torchvalue.h"
#include "core/text/text.h"

#include <algorithm>
#include <array>

namespace ckptscope::torch {

using pickle::Kind;

namespace {

void describeInto(const Graph& graph, NodeId node, std::string& out, std::size_t limit, int depth, std::uint32_t& budget)
{
    if (out.size() > limit || depth > 8 || budget == 0) {
        out += "…";
        return;
    }
    --budget;
    const auto list = [&](const pickle::Sequence& sequence, std::string_view open, std::string_view close, bool pairs) {
        out += open;
        Graph::Cursor cursor(graph, sequence);
        NodeId item = NoNode;
        for (std::uint32_t i = 0; cursor.next(item); ++i) {
            if (i > 0) {
                out += pairs && i % 2 == 1 ? ": " : ", ";
            }
            if (out.size() > limit || budget == 0) {
                out += "… " + std::to_string(pairs ? sequence.count / 2 : sequence.count) + " items";
                break;
            }
            describeInto(graph, item, out, limit, depth + 1, budget);
        }
        out += close;
    };
    switch (graph.kind(node)) {
    case Kind::None:
        out += "None";
        break;
    case Kind::Bool:
        out += graph.node(node).flag ? "True" : "False";
        break;
    case Kind::Int:
        out += std::to_string(graph.integer(node));
        break;
    case Kind::BigInt:
        out += graph.text(node).substr(0, limit);
        break;
    case Kind::Float:
        out += numberText(graph.real(node));
        break;
    case Kind::Text:
        out += "'";
        out += graph.isLong(node) ? "…" : graph.text(node).substr(0, limit);
        out += graph.text(node).size() > limit ? "…'" : "'";
        break;
    case Kind::Bytes:
        out += std::to_string(graph.place(node).length) + " bytes";
        break;
    case Kind::List:
        list(graph.items(node), "[", "]", false);
        break;
    case Kind::Set:
        list(graph.items(node), "{", "}", false);
        break;
    case Kind::Tuple:
        list(graph.items(node), "(", graph.count(node) == 1 ? ",)" : ")", false);
        break;
    case Kind::Dict:
        list(graph.items(node), "{", "}", true);
        break;
    case Kind::Global:
        out += graph.global(node).module.substr(0, limit) + "." + graph.global(node).name.substr(0, limit);
        break;
    case Kind::Object: {
        const auto& object = graph.object(node);
        if (graph.isCallOf(node, "torch", "device") && graph.count(object.args) >= 1) {
            const auto type = graph.item(object.args, 0);
            const auto index = graph.item(object.args, 1);
            if (graph.kind(type) == Kind::Text) {
                out += graph.text(type);
                out += graph.kind(index) == Kind::Int ? ":" + std::to_string(graph.integer(index)) : "";
                break;
            }
        }
        if (graph.isCallOf(node, {}, "Size") && graph.count(object.args) == 1) {
            describeInto(graph, graph.item(object.args, 0), out, limit, depth + 1, budget);
            break;
        }
        if (object.dict.count > 0 && object.list.count == 0) {
            list(object.dict, "{", "}", true);
            break;
        }
        if (object.list.count > 0) {
            list(object.list, "[", "]", false);
            break;
        }
        describeInto(graph, object.callee, out, limit, depth + 1, budget);
        if (graph.kind(object.args) == Kind::Tuple) {
            list(graph.items(object.args), "(", ")", false);
        }
        break;
    }
    case Kind::Persistent:
        out += "a storage";
        break;
    case Kind::Extension:
        out += "extension " + std::to_string(graph.node(node).b);
        break;
    }
}

} // namespace

std::string describe(const Graph& graph, NodeId node, std::size_t limit)
{
    std::string out;
    std::uint32_t budget = 4096;
    describeInto(graph, node, out, limit, 0, budget);
    return out;
}

std::string keyText(const Graph& graph, NodeId node)
{
    if (graph.kind(node) == Kind::Text) {
        return graph.isLong(node) ? "(a text of " + std::to_string(graph.place(node).length) + " bytes)" : std::string(graph.text(node));
    }
    return describe(graph, node, 200);
}

} // namespace ckptscope::torch
