// SPDX-License-Identifier: Apache-2.0
// One .npy file.
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    ckptscope::fuzz::readEverything("npy", ckptscope::fuzz::textOf(data, size));
    return 0;
}
