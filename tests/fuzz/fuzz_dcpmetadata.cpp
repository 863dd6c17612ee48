// SPDX-License-Identifier: Apache-2.0
// RUNS: 20000
// The .metadata of a distributed checkpoint alone: its pickle, its records, and what their boxes leave out of a shape.
#include "core/formats/dcpmetadata.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace ckptscope;
    MemoryBudget budget(16ULL << 20U);
    const auto parsed = pickle::parse(ByteSource::borrowed(std::as_bytes(std::span(data, size))), 0, budget, {});
    if (parsed.root == pickle::NoNode) {
        return 0;
    }
    const auto metadata = dcp::readMetadata(parsed.graph, parsed.root);
    if (!metadata) {
        return 0;
    }
    for (const auto& [key, item] : metadata->keys) {
        fuzz::require(item < metadata->items.size(), "a key names an item");
    }
    for (const auto& tensor : metadata->tensors) {
        const auto cover = dcp::coverage(tensor.shape, tensor.chunks);
        fuzz::require(!cover.broken.empty() || cover.overlaps || cover.missing > 0 || tensor.shape.empty() || !tensor.chunks.empty()
                          || elementCount(tensor.shape).value_or(1) == 0,
                      "a shape without a box misses its elements");
        for (const auto& chunk : tensor.chunks) {
            (void)metadata->keys.contains(dcp::itemKey(tensor.name, &chunk.start));
        }
    }
    for (const auto& name : metadata->objects) {
        (void)metadata->keys.contains(dcp::itemKey(name, nullptr));
    }
    return 0;
}
