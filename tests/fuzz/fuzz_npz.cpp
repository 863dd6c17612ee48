// SPDX-License-Identifier: Apache-2.0
// RUNS: 10000
// One .npz archive.
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    ckptscope::fuzz::readEverything("npz", ckptscope::fuzz::textOf(data, size));
    return 0;
}
