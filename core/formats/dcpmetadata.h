// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/formats/pickle.h"
#include "core/formats/torchvalue.h"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace ckptscope::dcp {

/// A box of a tensor, in elements.
struct Box {
    std::vector<std::uint64_t> start;
    std::vector<std::uint64_t> shape;
};

/// Where one item's bytes are: a whole torch.save archive.
struct Item {
    std::string file; ///< as the metadata spells it; may be anything
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::string transforms; ///< what must be undone first, "stream.zstd"; empty: nothing
    static constexpr std::uint32_t NoTask = UINT32_MAX;
    std::uint32_t task = NoTask; ///< the reader's number for it; NoTask: nothing asks for it
};

struct TensorRecord {
    std::string name;
    torch::ElementType element;
    std::vector<std::uint64_t> shape;
    std::vector<Box> chunks;
    std::string broken; ///< its record makes no sense: why
};

/// What `.metadata` says; pytorch/pytorch torch/distributed/checkpoint/metadata.py. Classes are told by their names, since they moved between modules.
struct Metadata {
    std::vector<TensorRecord> tensors;                   ///< in the dictionary's order
    std::vector<std::string> objects;                    ///< names of byte items
    std::unordered_map<std::string, std::uint32_t> keys; ///< itemKey() to items
    std::vector<Item> items;
    std::string writtenTo;        ///< the folder's path on the machine that wrote it
    std::uint64_t oddEntries = 0; ///< of storage_data that make no sense
};

/// A tensor's chunk is found by name and offset; an object by name alone.
[[nodiscard]] std::string itemKey(std::string_view name, const std::vector<std::uint64_t>* start);

/// nullopt: the object is not a Metadata.
[[nodiscard]] std::optional<Metadata> readMetadata(const pickle::Graph& graph, pickle::NodeId root);

/// What boxes leave out of, or hold twice of, a shape.
struct Coverage {
    std::string broken; ///< a box has another rank, or reaches out of the shape; empty: none does
    bool overlaps = false;
    std::uint64_t missing = 0; ///< elements that no box holds, where nothing overlaps
};
[[nodiscard]] Coverage coverage(const std::vector<std::uint64_t>& shape, const std::vector<Box>& boxes);

} // namespace ckptscope::dcp
