// SPDX-License-Identifier: Apache-2.0
// RUNS: 20000
// The zip reader alone: every entry that it calls whole lies in the archive and unpacks to what is promised.
#include "core/formats/zip.h"
#include "core/report/messages.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace ckptscope;
    const auto source = ByteSource::borrowed(std::as_bytes(std::span(data, size)));
    const std::string file = "input";
    std::vector<Problem> problems;
    auto archive = ZipArchive::open(source, file, problems, {});
    if (!archive) {
        fuzz::require(!errorText(archive.error()).empty(), "every error has words");
        return 0;
    }
    archive->checkSums(1U << 20U, file, problems);
    int unpacked = 0;
    for (const auto& entry : archive->entries()) {
        fuzz::require(archive->find(entry.name) != nullptr, "every entry is found by its name");
        if (!entry.broken) {
            fuzz::require(entry.data <= size && entry.compressed <= size - entry.data, "an entry lies in its archive");
        }
        if (++unpacked > 64) {
            continue;
        }
        if (const auto bytes = archive->unpack(entry, file, problems)) {
            fuzz::require((*bytes)->size() == entry.bytes, "an entry unpacks to its size");
        }
        if (const auto content = archive->content(entry, file, problems)) {
            fuzz::require(content->size() == entry.bytes, "an entry's content has its size");
        }
    }
    for (const auto& problem : problems) {
        fuzz::require(!errorText(problem.what).empty(), "every problem has words");
    }
    return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed)
{
    return ckptscope::fuzz::applyMutation(ckptscope::fuzz::mutateZip, data, size, most, seed);
}
