// SPDX-License-Identifier: Apache-2.0
// RUNS: 20000
// One torch.save file: archive, legacy stream, TorchScript or bare pickle, with its safety report.
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    ckptscope::fuzz::readEverything("torch", ckptscope::fuzz::textOf(data, size));
    return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed)
{
    return ckptscope::fuzz::applyMutation(ckptscope::fuzz::mutateByKind, data, size, most, seed);
}
