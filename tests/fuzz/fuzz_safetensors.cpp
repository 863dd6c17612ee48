// SPDX-License-Identifier: Apache-2.0
// One safetensors file, whole: length, header, bytes.
#include "core/formats/safetensors.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutate.h"

namespace {

/// Several threads must read out of a header what one does.
void compareSlices(std::string_view header)
{
    using namespace ckptscope;
    JobContext one;
    one.threads = 1;
    JobContext three;
    three.threads = 3;
    const std::uint64_t bytes = header.size() + 1000;
    const auto a = parseSafetensorsHeader(header, header.size(), bytes, "x", one);
    const auto b = parseSafetensorsHeader(header, header.size(), bytes, "x", three, {}, 64);
    const auto sameTensor = [](const TensorInfo& x, const TensorInfo& y) {
        return x.key == y.key && std::equal(x.shape.begin(), x.shape.end(), y.shape.begin(), y.shape.end()) && x.bytes == y.bytes
            && x.headerOffset == y.headerOffset && x.dtype == y.dtype && x.damaged == y.damaged;
    };
    const auto sameProblem = [](const Problem& x, const Problem& y) { return x.severity == y.severity && x.what == y.what && x.tensor == y.tensor; };
    fuzz::require(std::equal(a.tensors.begin(), a.tensors.end(), b.tensors.begin(), b.tensors.end(), sameTensor), "threads read the same tensors");
    fuzz::require(std::equal(a.problems.begin(), a.problems.end(), b.problems.begin(), b.problems.end(), sameProblem),
                  "threads find the same problems");
    fuzz::require(a.metadata.size() == b.metadata.size(), "threads read the same metadata");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto text = ckptscope::fuzz::textOf(data, size);
    ckptscope::fuzz::readEverything("safetensors", text);
    if (size > 8 + 200 && size % 4 == 0) { // threads are slow to start: not each time
        compareSlices(std::string_view(text).substr(8));
    }
    return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed)
{
    return ckptscope::fuzz::applyMutation(ckptscope::fuzz::mutateSafetensors, data, size, most, seed);
}
