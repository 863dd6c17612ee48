// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <cstring>
#include <vector>

/// libFuzzer's; weak, since AFL++'s driver mutates by itself and has none.
extern "C" __attribute__((weak)) std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace ckptscope::fuzz {

std::size_t mutateBytes(std::uint8_t* data, std::size_t size, std::size_t most)
{
    return LLVMFuzzerMutate == nullptr ? size : LLVMFuzzerMutate(data, size, most);
}

void mutateText(std::string& text, std::size_t most)
{
    // Room to grow into, but not so much that half of all tries only lengthen it.
    const std::size_t room = std::max<std::size_t>(std::min(text.size() * 2 + 64, most), 1);
    std::vector<std::uint8_t> bytes(room);
    const std::size_t size = std::min(text.size(), room);
    std::memcpy(bytes.data(), text.data(), size);
    text.assign(reinterpret_cast<const char*>(bytes.data()), mutateBytes(bytes.data(), size, room));
}

std::size_t store(std::uint8_t* data, std::size_t most, const std::string& text)
{
    const std::size_t size = std::min(most, text.size());
    std::memcpy(data, text.data(), size);
    return size;
}

void mutateByKind(std::string& file, std::size_t most, unsigned seed)
{
    if (file.starts_with("PK")) {
        mutateZip(file, most, seed);
    } else if (file.starts_with("GGUF")) {
        mutateGguf(file, most, seed);
    } else if (file.size() > 8 && file[8] == '{') {
        mutateSafetensors(file, most, seed);
    } else {
        mutateText(file, most);
    }
}

std::size_t applyMutation(Mutation mutation, std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed)
{
    std::string file(reinterpret_cast<const char*>(data), size);
    mutation(file, most, seed);
    return store(data, most, file);
}

} // namespace ckptscope::fuzz
