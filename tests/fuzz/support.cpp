// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/check.h"
#include "core/report/messages.h"
#include "core/text/text.h"
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/mman.h>
#include <unistd.h>

namespace {

constexpr double LongestSeconds = 1.0; ///< of processor time, so that a busy machine finds no hang that is none

double processorSeconds()
{
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

} // namespace

#undef LLVMFuzzerTestOneInput
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const double start = processorSeconds();
    const int answer = ckptscopeFuzzOneInput(data, size);
    ckptscope::fuzz::require(processorSeconds() - start < LongestSeconds, "no input takes a second of processor time");
    return answer;
}

namespace ckptscope::fuzz {

namespace fs = std::filesystem;

MemoryFile::MemoryFile(std::string_view bytes)
    : m_fd(::memfd_create("fuzz", MFD_CLOEXEC))
    , m_path("/proc/self/fd/" + std::to_string(m_fd))
{
    require(m_fd >= 0, "memfd_create works");
    while (!bytes.empty()) {
        const auto written = ::write(m_fd, bytes.data(), bytes.size());
        require(written > 0, "a file in memory can be written");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

MemoryFile::~MemoryFile()
{
    ::close(m_fd);
}

MemoryFolder::MemoryFolder()
{
    for (std::string name : {"/dev/shm/ckptscope-fuzz-XXXXXX", "/tmp/ckptscope-fuzz-XXXXXX"}) {
        if (::mkdtemp(name.data()) != nullptr) {
            m_path = name;
            return;
        }
    }
    require(false, "a folder can be made");
}

MemoryFolder::~MemoryFolder()
{
    std::error_code code;
    fs::remove_all(m_path, code);
}

void MemoryFolder::write(const std::string& name, std::string_view bytes) const
{
    std::ofstream out(m_path + '/' + name, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    require(!out.fail(), "a file in memory can be written");
}

std::string MemoryFolder::read(const std::string& name) const
{
    std::ifstream in(m_path + '/' + name, std::ios::binary);
    require(in.is_open(), "a file that was written is there");
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void MemoryFolder::remove(const std::string& name) const
{
    std::error_code code;
    fs::remove_all(m_path + '/' + name, code);
}

Source sourceOf(const MemoryFile& file, std::string name)
{
    Source source;
    source.path = file.path();
    source.name = std::move(name);
    auto opened = File::open(file.path(), source.name);
    require(opened.has_value(), "a file in memory can be opened");
    source.file = std::move(opened).value();
    const auto size = source.file.size();
    source.head.resize(static_cast<std::size_t>(std::min<std::uint64_t>(size, 4096)));
    source.tail.resize(static_cast<std::size_t>(std::min<std::uint64_t>(size, 66'000)));
    require(source.file.readAt(0, source.head).has_value(), "its head can be read");
    require(source.file.readAt(size - source.tail.size(), source.tail).has_value(), "its tail can be read");
    return source;
}

void visit(const Checkpoint& checkpoint)
{
    const auto& tensors = checkpoint.tensors();
    std::string_view before;
    for (const auto i : checkpoint.byName()) {
        require(i < tensors.size(), "byName() names tensors");
        require(before <= tensors[i].key, "byName() is sorted");
        before = tensors[i].key;
        require(checkpoint.find(before) != nullptr, "every tensor is found by its key");
    }
    require(checkpoint.byName().size() == tensors.size(), "byName() names every tensor");
    for (const auto& tensor : tensors) {
        require(tensor.shard < checkpoint.shards().size(), "a tensor lies in a shard");
        require(!displayName(tensor.key).empty() || tensor.key.empty(), "a name can be shown");
        const auto& shard = checkpoint.shards()[tensor.shard];
        if (tensor.bytes.length > 0 && tensor.readable() && (tensor.extra == nullptr || !tensor.extra->layout)) {
            require(tensor.bytes.offset <= shard.bytes && tensor.bytes.length <= shard.bytes - tensor.bytes.offset,
                    "a readable tensor lies in its file");
        }
    }
    for (const auto& problem : checkpoint.problems()) {
        require(!problem.tensor || *problem.tensor < tensors.size(), "a problem's tensor exists");
        require(!errorText(problem.what).empty(), "every problem has words");
    }
    const auto report = runChecks(checkpoint);
    if (report) {
        require((*report)->tensors.size() == tensors.size(), "the checks judge every tensor");
        require(!checkpoint.damaged() || (*report)->verdict == Verdict::Damaged, "what is damaged is called so");
    }
}

void readEverything(std::string_view format, std::string_view bytes)
{
    const MemoryFile file(bytes);
    const auto source = sourceOf(file, "input");
    for (const auto* reader : formatReaders()) {
        (void)reader->recognises(source); // whatever it says: the reader must stand what it did not recognise
        if (reader->name() != format) {
            continue;
        }
        auto parts = reader->open(source, {}, {});
        if (!parts) {
            require(!errorText(parts.error()).empty(), "every error has words");
            continue;
        }
        require(parts->shards.size() == 1, "a file is one shard");
        parts->shards[0].file = "input";
        parts->shards[0].path = file.path();
        visit(*Checkpoint::make(std::move(parts).value()));
    }
}

} // namespace ckptscope::fuzz
