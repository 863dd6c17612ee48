// SPDX-License-Identifier: Apache-2.0
// How a file that shares no blocks is best copied, read back and put on the disk: `script/bench copies [--mib N] [--rounds N] [--folder FOLDER]`.
// Each way copies the same file of random bytes, in turn; wall and processor time, medians, as a Markdown table.
#include "core/io/extentcopy.h"
#include "core/io/output.h"
#include "core/io/pagecache.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <random>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace ckptscope;

namespace {

constexpr std::uint64_t Piece = 32ULL << 20U; ///< what a thread copies at a time, as core/fix does

struct Way {
    const char* name;
    enum class By { Program, Kernel, Direct } by = By::Program;
    std::uint64_t step = 256U << 10U;
    bool verify = true;
    enum class Writeback { AtTheEnd, Early, Behind } writeback = Writeback::Behind;
    std::vector<double> wall;
    std::vector<double> cpu;
};

struct Free {
    void operator()(std::byte* memory) const noexcept { std::free(memory); }
};

[[noreturn]] void die(const char* what)
{
    std::perror(what);
    std::exit(2);
}

void check(ssize_t got, std::uint64_t wanted, const char* what)
{
    if (got != static_cast<ssize_t>(wanted)) {
        die(what);
    }
}

double cpuSeconds()
{
    rusage use{};
    ::getrusage(RUSAGE_SELF, &use);
    const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); };
    return seconds(use.ru_utime) + seconds(use.ru_stime);
}

class Copy {
public:
    Copy(const Way& way, int from, const std::string& to, std::uint64_t bytes)
        : m_way(way)
        , m_from(from)
        , m_to(::open(to.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600))
        , m_direct(way.by == Way::By::Direct ? ::open(to.c_str(), O_RDWR | O_DIRECT | O_CLOEXEC) : -1)
        , m_bytes(bytes)
    {
        if (m_to < 0 || ::ftruncate(m_to, static_cast<off_t>(bytes)) != 0) {
            die("creating");
        }
    }
    ~Copy()
    {
        ::close(m_to);
        ::close(m_direct);
    }
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;

    void run(unsigned threads)
    {
        std::vector<std::jthread> others;
        for (unsigned i = 1; i < threads; ++i) {
            others.emplace_back([this] { work(); });
        }
        work();
        others.clear();
        if (::fsync(m_to) != 0) {
            die("fsync");
        }
        dropCached(m_to, 0, 0);
    }

private:
    void work()
    {
        const std::unique_ptr<std::byte, Free> one(static_cast<std::byte*>(std::aligned_alloc(4096, m_way.step)));
        const std::unique_ptr<std::byte, Free> two(static_cast<std::byte*>(std::aligned_alloc(4096, m_way.step)));
        for (std::uint64_t begin = m_next.fetch_add(Piece); begin < m_bytes; begin = m_next.fetch_add(Piece)) {
            std::uint64_t started = begin;
            const std::uint64_t end = std::min(m_bytes, begin + Piece);
            for (std::uint64_t at = begin; at < end; at += m_way.step) {
                const std::uint64_t length = std::min(m_way.step, end - at);
                step(at, length, one.get(), two.get());
                if (m_way.by != Way::By::Direct && at + length - started >= WriteBehind::Step) {
                    if (m_way.writeback == Way::Writeback::Early) {
                        startWriteback(m_to, started, at + length - started);
                    } else if (m_way.writeback == Way::Writeback::Behind && !m_behind.wrote(m_to, started, at + length - started, {})) {
                        die("waiting");
                    }
                    started = at + length;
                }
            }
        }
    }

    void step(std::uint64_t at, std::uint64_t length, std::byte* one, std::byte* two) const
    {
        const auto offset = static_cast<off_t>(at);
        if (m_way.by == Way::By::Kernel) {
            const auto done = kernelCopy(m_from, at, m_to, at, length, {});
            check(done ? static_cast<ssize_t>(*done) : -1, length, "copy_file_range");
            if (m_way.verify) {
                check(::pread(m_from, one, length, offset), length, "reading");
            }
        } else {
            check(::pread(m_from, one, length, offset), length, "reading");
            check(::pwrite(m_direct >= 0 ? m_direct : m_to, one, length, offset), length, "writing");
        }
        if (m_way.verify) {
            check(::pread(m_direct >= 0 ? m_direct : m_to, two, length, offset), length, "reading back");
            if (std::memcmp(one, two, length) != 0) {
                die("comparing");
            }
        }
    }

    const Way& m_way;
    int m_from;
    int m_to;
    int m_direct;
    std::uint64_t m_bytes;
    std::atomic<std::uint64_t> m_next{0};
    WriteBehind m_behind;
};

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

} // namespace

int main(int argc, char** argv)
{
    std::uint64_t mebibytes = 1024;
    int rounds = 5;
    std::string folder = "/tmp";
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string word = argv[i];
        mebibytes = word == "--mib" ? std::strtoull(argv[i + 1], nullptr, 10) : mebibytes;
        rounds = word == "--rounds" ? std::atoi(argv[i + 1]) : rounds;
        folder = word == "--folder" ? argv[i + 1] : folder;
    }
    using By = Way::By;
    using Back = Way::Writeback;
    std::vector<Way> ways{
        {"read and write, 256 KiB at a time", By::Program, 256U << 10U, false, Back::AtTheEnd, {}, {}},
        {"the same, read back while it is in the cache", By::Program, 256U << 10U, true, Back::AtTheEnd, {}, {}},
        {"the same, write-back begun every 8 MiB", By::Program, 256U << 10U, true, Back::Early, {}, {}},
        {"the same, and dropped behind", By::Program, 256U << 10U, true, Back::Behind, {}, {}},
        {"the same, 1 MiB at a time", By::Program, 1U << 20U, true, Back::Behind, {}, {}},
        {"`copy_file_range`, read back, dropped behind", By::Kernel, 1U << 20U, true, Back::Behind, {}, {}},
        {"`O_DIRECT`, 1 MiB at a time, not read back", By::Direct, 1U << 20U, false, Back::AtTheEnd, {}, {}},
        {"`O_DIRECT`, 1 MiB at a time, read back from the disk", By::Direct, 1U << 20U, true, Back::AtTheEnd, {}, {}},
        {"`O_DIRECT`, 4 MiB at a time, read back from the disk", By::Direct, 4U << 20U, true, Back::AtTheEnd, {}, {}},
    };
    const std::string from = folder + "/copyways-" + std::to_string(::getpid());
    const std::string to = from + "-out";
    const int source = ::open(from.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    std::vector<std::uint64_t> block(1U << 17U);
    std::mt19937_64 random(1);
    for (std::uint64_t i = 0; i < mebibytes; ++i) {
        std::generate(block.begin(), block.end(), random);
        check(::write(source, block.data(), 1U << 20U), 1U << 20U, "making the source");
    }
    ::fsync(source);
    const unsigned threads = std::min(4U, std::max(1U, std::thread::hardware_concurrency()));
    for (int round = 0; round < rounds; ++round) {
        for (Way& way : ways) {
            ::unlink(to.c_str());
            ::sync();
            const double cpu = cpuSeconds();
            const auto begin = std::chrono::steady_clock::now();
            Copy(way, source, to, mebibytes << 20U).run(threads);
            way.wall.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
            way.cpu.push_back(cpuSeconds() - cpu);
        }
    }
    ::unlink(to.c_str());
    ::unlink(from.c_str());
    std::printf("| way, %llu MiB on %u threads | seconds | of processor |\n|---|--:|--:|\n", static_cast<unsigned long long>(mebibytes), threads);
    for (const Way& way : ways) {
        std::printf("| %s | %.2f | %.2f |\n", way.name, median(way.wall), median(way.cpu));
    }
    return 0;
}
