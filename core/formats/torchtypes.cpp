// SPDX-License-Identifier: Apache-2.0
// Names of element types, as torch's and NumPy's pickles spell them.
#include "core/formats/torchvalue.h"
#include "core/text/text.h"

#include <algorithm>
#include <array>

namespace ckptscope::torch {

using pickle::Kind;

namespace {

struct NamedType {
    std::string_view name;
    DType dtype;
    std::uint32_t bytes;
};

// pytorch/pytorch c10/core/ScalarType.h. Unknown: types that no spelling of ours fits, listed as "torch:NAME".
constexpr std::array TorchTypes{
    NamedType{"float32", DType::F32, 4},
    NamedType{"float64", DType::F64, 8},
    NamedType{"float16", DType::F16, 2},
    NamedType{"bfloat16", DType::BF16, 2},
    NamedType{"int8", DType::I8, 1},
    NamedType{"uint8", DType::U8, 1},
    NamedType{"int16", DType::I16, 2},
    NamedType{"uint16", DType::U16, 2},
    NamedType{"int32", DType::I32, 4},
    NamedType{"uint32", DType::U32, 4},
    NamedType{"int64", DType::I64, 8},
    NamedType{"uint64", DType::U64, 8},
    NamedType{"bool", DType::BOOL, 1},
    NamedType{"complex32", DType::C32, 4},
    NamedType{"complex64", DType::C64, 8},
    NamedType{"complex128", DType::C128, 16},
    NamedType{"float8_e4m3fn", DType::F8_E4M3, 1},
    NamedType{"float8_e5m2", DType::F8_E5M2, 1},
    NamedType{"float8_e4m3fnuz", DType::F8_E4M3FNUZ, 1},
    NamedType{"float8_e5m2fnuz", DType::F8_E5M2FNUZ, 1},
    NamedType{"float8_e8m0fnu", DType::F8_E8M0, 1},
    NamedType{"float4_e2m1fn_x2", DType::F4, 1},
    NamedType{"qint8", DType::I8, 1},
    NamedType{"quint8", DType::U8, 1},
    NamedType{"qint32", DType::I32, 4},
    NamedType{"half", DType::F16, 2},
    NamedType{"float", DType::F32, 4},
    NamedType{"double", DType::F64, 8},
    NamedType{"long", DType::I64, 8},
    NamedType{"int", DType::I32, 4},
    NamedType{"short", DType::I16, 2},
    NamedType{"cfloat", DType::C64, 8},
    NamedType{"cdouble", DType::C128, 16},
    NamedType{"chalf", DType::C32, 4},
    NamedType{"bcomplex32", DType::Unknown, 4},
    NamedType{"bits8", DType::Unknown, 1},
    NamedType{"bits16", DType::Unknown, 2},
    NamedType{"bits1x8", DType::Unknown, 1},
    NamedType{"bits2x4", DType::Unknown, 1},
    NamedType{"bits4x2", DType::Unknown, 1},
    NamedType{"quint4x2", DType::Unknown, 1},
    NamedType{"quint2x4", DType::Unknown, 1},
    NamedType{"uint1", DType::Unknown, 1},
    NamedType{"uint2", DType::Unknown, 1},
    NamedType{"uint3", DType::Unknown, 1},
    NamedType{"uint4", DType::Unknown, 1},
    NamedType{"uint5", DType::Unknown, 1},
    NamedType{"uint6", DType::Unknown, 1},
    NamedType{"uint7", DType::Unknown, 1},
    NamedType{"int1", DType::Unknown, 1},
    NamedType{"int2", DType::Unknown, 1},
    NamedType{"int3", DType::Unknown, 1},
    NamedType{"int4", DType::Unknown, 1},
    NamedType{"int5", DType::Unknown, 1},
    NamedType{"int6", DType::Unknown, 1},
    NamedType{"int7", DType::Unknown, 1},
};

// Prefix of the storage (and old tensor) class, torch's dtype name.
constexpr std::array<std::pair<std::string_view, std::string_view>, 18> Classes{{{"Float", "float32"},
                                                                                 {"Double", "float64"},
                                                                                 {"Half", "float16"},
                                                                                 {"BFloat16", "bfloat16"},
                                                                                 {"Long", "int64"},
                                                                                 {"Int", "int32"},
                                                                                 {"Short", "int16"},
                                                                                 {"Char", "int8"},
                                                                                 {"Byte", "uint8"},
                                                                                 {"Bool", "bool"},
                                                                                 {"ComplexFloat", "complex64"},
                                                                                 {"ComplexDouble", "complex128"},
                                                                                 {"QInt8", "qint8"},
                                                                                 {"QUInt8", "quint8"},
                                                                                 {"QInt32", "qint32"},
                                                                                 {"QUInt4x2", "quint4x2"},
                                                                                 {"QUInt2x4", "quint2x4"},
                                                                                 {"Untyped", "uint8"}}};

std::optional<ElementType> classType(std::string_view name, std::string_view suffix)
{
    if (!name.ends_with(suffix)) {
        return std::nullopt;
    }
    name.remove_suffix(suffix.size());
    if (name.starts_with('_')) {
        name.remove_prefix(1);
    }
    for (const auto& [prefix, type] : Classes) {
        if (prefix == name) {
            return elementTypeOf(type);
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<ElementType> elementTypeOf(std::string_view torchName)
{
    for (const auto& row : TorchTypes) {
        if (row.name == torchName) {
            return ElementType{row.dtype, row.dtype == DType::Unknown ? "torch:" + std::string(torchName) : std::string(), row.bytes, false};
        }
    }
    return std::nullopt;
}

std::optional<ElementType> storageTypeOf(std::string_view className)
{
    return classType(className, "Storage");
}

std::string_view torchNameOfStorage(std::string_view className)
{
    for (const auto& [prefix, type] : Classes) {
        if (className.starts_with(prefix) && className.substr(prefix.size()) == "Storage") {
            return type;
        }
    }
    return {};
}

std::optional<ElementType> tensorTypeOf(std::string_view className)
{
    return classType(className, "Tensor");
}

std::optional<ElementType> dtypeNode(const Graph& graph, NodeId node)
{
    if (graph.kind(node) == Kind::Global && graph.global(node).module == "torch") {
        return elementTypeOf(graph.global(node).name);
    }
    return std::nullopt;
}

std::optional<ElementType> numpyType(const Graph& graph, NodeId node)
{
    if (!graph.isCallOf(node, {}, "dtype")) {
        // ml_dtypes pickle their dtype as numpy.dtype(ml_dtypes.bfloat16)
        return std::nullopt;
    }
    const auto& object = graph.object(node);
    const auto first = graph.item(object.args, 0);
    ElementType type;
    if (graph.kind(first) == Kind::Global) {
        type.dtype = dtypeFromAlias(graph.global(first).name).value_or(DType::Unknown);
        type.bytes = type.dtype == DType::Unknown ? 0 : dtypeInfo(type.dtype).blockBits / 8U;
        type.spelling = type.dtype == DType::Unknown ? "numpy:" + graph.global(first).name : std::string();
        return type;
    }
    if (graph.kind(first) != Kind::Text) {
        return std::nullopt;
    }
    const auto code = graph.text(first);
    std::string_view order = "|";
    NodeId state = NoNode;
    Graph::Cursor states(graph, object.states);
    while (states.next(state)) {
        if (const auto mark = graph.item(state, 1); graph.kind(mark) == Kind::Text) {
            order = graph.text(mark);
        }
        if (const auto fields = graph.item(state, 3); graph.kind(fields) != Kind::None) {
            type.spelling = "numpy:" + std::string(code); // a structured type
            return type;
        }
    }
    constexpr std::array Codes{
        NamedType{"f2", DType::F16, 2}, NamedType{"f4", DType::F32, 4},    NamedType{"f8", DType::F64, 8}, NamedType{"i1", DType::I8, 1},
        NamedType{"i2", DType::I16, 2}, NamedType{"i4", DType::I32, 4},    NamedType{"i8", DType::I64, 8}, NamedType{"u1", DType::U8, 1},
        NamedType{"u2", DType::U16, 2}, NamedType{"u4", DType::U32, 4},    NamedType{"u8", DType::U64, 8}, NamedType{"b1", DType::BOOL, 1},
        NamedType{"c8", DType::C64, 8}, NamedType{"c16", DType::C128, 16},
    };
    for (const auto& row : Codes) {
        if (row.name == code) {
            type.dtype = row.dtype;
            type.bytes = row.bytes;
            type.bigEndian = order == ">" && row.bytes > 1;
            return type;
        }
    }
    type.spelling = "numpy:" + std::string(order == "<" || order == ">" ? order : "") + std::string(code.substr(0, 64));
    return type;
}

} // namespace ckptscope::torch
