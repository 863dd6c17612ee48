// SPDX-License-Identifier: Apache-2.0
// One safetensors file, whole: length, header, bytes.
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    ckptscope::fuzz::readEverything("safetensors", ckptscope::fuzz::textOf(data, size));
    return 0;
}
