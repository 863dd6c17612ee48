// SPDX-License-Identifier: Apache-2.0
// RUNS: 5000
// A distributed checkpoint: two bytes say how long its .metadata is, which follows; the rest is its __0_0.distcp.
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutate.h"

#include <algorithm>

namespace {

constexpr std::size_t Prefix = 2;

std::size_t metadataBytes(const std::uint8_t* data) noexcept
{
    return static_cast<std::size_t>(data[0]) | static_cast<std::size_t>(data[1]) << 8U;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const ckptscope::fuzz::MemoryFolder folder;
    auto bytes = ckptscope::fuzz::textOf(data, size);
    if (bytes.size() < Prefix) {
        return 0;
    }
    const auto length = metadataBytes(data);
    bytes.remove_prefix(Prefix);
    folder.write(".metadata", bytes.substr(0, length));
    folder.write("__0_0.distcp", bytes.substr(std::min(length, bytes.size())));
    ckptscope::JobContext job;
    job.threads = 1;
    if (const auto checkpoint = ckptscope::openCheckpoint({folder.path()}, {}, job)) {
        ckptscope::fuzz::visit(**checkpoint);
    }
    return 0;
}

/// The pickle or the archive, with the length that stands in front kept right.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed)
{
    using namespace ckptscope::fuzz;
    if (size <= Prefix) {
        return mutateBytes(data, size, most);
    }
    std::string metadata(textOf(data, size).substr(Prefix, metadataBytes(data)));
    std::string archive(textOf(data, size).substr(Prefix + metadata.size()));
    if (seed % 4 != 0) {
        mutateText(metadata, std::min<std::size_t>(most - Prefix, 0xFFFF));
    } else {
        mutateZip(archive, most, seed / 4);
    }
    return store(data, most, std::string{static_cast<char>(metadata.size() & 0xFFU), static_cast<char>(metadata.size() >> 8U)} + metadata + archive);
}
