// SPDX-License-Identifier: Apache-2.0
// One GGUF file, and paging through every value that the reader left in the file.
#include "core/formats/gguf.h"
#include "core/formats/ggufvalue.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace ckptscope;
    const auto bytes = fuzz::textOf(data, size);
    fuzz::readEverything("gguf", bytes);

    const fuzz::MemoryFile memory(bytes);
    const Source source = fuzz::sourceOf(memory, "model.gguf");
    const auto parts = GgufReader().open(source, {}, {});
    if (!parts) {
        return 0;
    }
    for (const MetadataEntry& entry : parts->metadata) {
        const auto* place = std::get_if<MetadataPlace>(&entry.value);
        if (place == nullptr) {
            continue;
        }
        if (place->type == "string") {
            fuzz::require(readGgufText(source.file, *place, 0, 100).has_value(), "a long string can be read");
            continue;
        }
        const auto page = readGgufElements(source.file, *place, place->count / 2, 5);
        fuzz::require(page.has_value(), "a place that the reader gave can be read");
        fuzz::require(page->size() <= 5, "a page holds no more than was asked for");
    }
    return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed)
{
    return ckptscope::fuzz::applyMutation(ckptscope::fuzz::mutateGguf, data, size, most, seed);
}
