// SPDX-License-Identifier: Apache-2.0
// RUNS: 10000
// One .npz archive.
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    ckptscope::fuzz::readEverything("npz", ckptscope::fuzz::textOf(data, size));
    return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed)
{
    return ckptscope::fuzz::applyMutation(ckptscope::fuzz::mutateZip, data, size, most, seed);
}
