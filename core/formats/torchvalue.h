// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/formats/picklegraph.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ckptscope::torch {

using pickle::Graph;
using pickle::NodeId;
using pickle::NoNode;

/// An element type as torch or NumPy names it.
struct ElementType {
    DType dtype = DType::Unknown;
    std::string spelling;    ///< where dtype is Unknown: "torch:bits8", "numpy:<U3"
    std::uint32_t bytes = 0; ///< of one element of torch's (F4 pairs: one byte); 0: not known
    bool bigEndian = false;  ///< NumPy says so of each array
    bool operator==(const ElementType&) const = default;
};
/// "bfloat16", "float8_e4m3fn", "bits8" ... as in torch.NAME.
[[nodiscard]] std::optional<ElementType> elementTypeOf(std::string_view torchName);
/// "FloatStorage", "cuda.FloatStorage"'s last part ...; UntypedStorage is U8.
[[nodiscard]] std::optional<ElementType> storageTypeOf(std::string_view className);
/// torch's own name of a storage class's element type: "QInt8Storage" is "qint8"; empty where it is none.
[[nodiscard]] std::string_view torchNameOfStorage(std::string_view className);
/// "FloatTensor" ..., as files before torch 0.4 have them.
[[nodiscard]] std::optional<ElementType> tensorTypeOf(std::string_view className);
/// The torch dtype that a node names: GLOBAL `torch float32`, or getattr-free spellings of old files.
[[nodiscard]] std::optional<ElementType> dtypeNode(const Graph& graph, NodeId node);
/// A numpy.dtype node, as numpy pickles it.
[[nodiscard]] std::optional<ElementType> numpyType(const Graph& graph, NodeId node);

/// ("storage", type, key, location, numel[, view]), pytorch/pytorch torch/serialization.py.
struct StorageRef {
    std::string_view key;
    std::string_view location;
    std::string_view typeName;
    ElementType element;
    std::uint64_t elements = 0;
    NodeId embedded = NoNode;                  ///< pickle.dumps(tensor): the bytes of a legacy file that holds the storage; the rest is not set
    std::uint64_t viewOffset = 0;              ///< legacy: in elements
    std::optional<std::uint64_t> viewElements; ///< legacy
};
[[nodiscard]] std::optional<StorageRef> readStorage(const Graph& graph, NodeId node);

/// What a rebuild call says of a tensor; nothing is checked against a storage yet.
struct TensorView {
    enum class Holds : std::uint8_t {
        Storage,
        Nothing /* meta, wrapper subclasses */,
        Parts /* sparse, nested */,
        Bytes /* NumPy */
    } holds = Holds::Storage;
    ElementType element;
    StorageRef storage;
    std::uint64_t offset = 0; ///< in elements
    std::vector<std::uint64_t> shape;
    std::vector<std::uint64_t> strides; ///< in elements; empty with Holds::Bytes unless Fortran
    bool conjugated = false;
    bool negated = false;
    bool untyped = false;  ///< _rebuild_tensor_v3: the storage does not know its element type
    std::string broken;    ///< the arguments make no sense: why
    std::string note;      ///< what else there is to say: "conjugated", the class of a subclass
    std::string why;       ///< with Holds::Nothing: why there are no elements
    std::string quantizer; ///< JSON object
    std::string sparse;    ///< "sparse_coo" ...
    std::vector<std::pair<std::string, NodeId>> parts;
    NodeId bytes = NoNode;      ///< Holds::Bytes: Text or Bytes; NoNode: none
    bool latin = false;         ///< with a Text: one byte a character, as protocol 2 spells bytes
    NodeId call = NoNode;       ///< the innermost call that rebuilds it; NoNode: a bare storage
    std::vector<NodeId> states; ///< attributes that hang on the tensor
};
/// nullopt: the node is not a tensor.
[[nodiscard]] std::optional<TensorView> readTensor(const Graph& graph, NodeId node);

/// A value for people, on one line, at most about `limit` bytes: "0.9", "[0.9, 0.999]", "torch.bfloat16",
/// "pathlib.PosixPath('/', 'a')".
[[nodiscard]] std::string describe(const Graph& graph, NodeId node, std::size_t limit = 512);
/// A dictionary key as a part of a dotted name.
[[nodiscard]] std::string keyText(const Graph& graph, NodeId node);
/// A list of non-negative integers (a tuple, list or torch.Size); nullopt: it is not.
[[nodiscard]] std::optional<std::vector<std::uint64_t>> readSizes(const Graph& graph, NodeId node);
/// The node behind torch.Size(x), Parameter-like and container wrappers that add nothing.
[[nodiscard]] NodeId unwrapSize(const Graph& graph, NodeId node);

} // namespace ckptscope::torch
