// SPDX-License-Identifier: Apache-2.0
// RUNS: 50000
// The pickle machine alone: whatever the bytes say, it ends, and its graph can be walked and worded.
#include "core/formats/pickle.h"
#include "core/formats/pickleglobals.h"
#include "core/formats/torchvalue.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace ckptscope;
    const auto bytes = std::as_bytes(std::span(data, size));
    MemoryBudget budget(16ULL << 20U);
    const auto parsed = pickle::parse(ByteSource::borrowed(bytes), 0, budget, {});
    fuzz::require(parsed.end <= size, "it ends in its source");
    fuzz::require(parsed.stopped.has_value() || parsed.root != pickle::NoNode, "a pickle that does not break off has a value");
    fuzz::require(!parsed.stopped || parsed.stopped->offset.value_or(0) <= size, "it breaks off in its source");
    for (const auto& global : parsed.graph.globals()) {
        fuzz::require(global.offset < size, "a global stands in its source");
        (void)pickle::gradeGlobal(global.module, global.name);
    }
    for (pickle::NodeId id = 0; id < parsed.graph.size(); ++id) {
        if (id < 64) {
            (void)torch::describe(parsed.graph, id, 200);
            (void)torch::keyText(parsed.graph, id);
            (void)torch::numpyType(parsed.graph, id);
        }
        (void)torch::readTensor(parsed.graph, id);
        (void)torch::readStorage(parsed.graph, id);
    }
    (void)pickle::looksLikePickle(bytes);
    (void)pickle::walksAsPickle(bytes, size % 2 == 0);
    return 0;
}
