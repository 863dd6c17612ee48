// SPDX-License-Identifier: Apache-2.0
// What a job may take of a machine: processors and memory of control groups, bytes a second, the page cache.
#include "core/convert/convert.h"
#include "core/diff/differences.h"
#include "core/fix/applyparts.h"
#include "core/io/machinelimits.h"
#include "core/io/pagecache.h"
#include "core/values/hash.h"
#include "core/values/throttle.h"
#include "core/values/valuescan.h"
#include "tests/support/fixreport.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/plannedwork.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"

#include <QTest>

#include <atomic>
#include <fcntl.h>
#include <functional>
#include <map>
#include <numeric>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <vector>

using namespace ckptscope;
using namespace ckptscope::test;
using namespace std::chrono_literals;

namespace {

/// Evaluates its argument once: a second run would move as many bytes again.
#define VERIFY_OK(result)                                                                                                                            \
    do {                                                                                                                                             \
        const auto& once = (result);                                                                                                                 \
        QVERIFY2(once.has_value(), once.has_value() ? "" : codeInfo(once.error().code).id.data());                                                   \
    } while (false)

using Files = std::map<std::string, std::string>;

/// Time that passes only while somebody waits for it.
class FakeClock : public PaceClock {
public:
    FakeClock() { PaceClock::replace(this); }
    ~FakeClock() override { PaceClock::replace(nullptr); }
    FakeClock(const FakeClock&) = delete;
    FakeClock& operator=(const FakeClock&) = delete;
    Time now() override { return Time(std::chrono::steady_clock::duration(m_now.load())); }
    void sleepUntil(Time time, const std::stop_token& stop) override
    {
        if (stop.stop_requested()) {
            return;
        }
        auto before = m_now.load();
        const auto wanted = time.time_since_epoch().count();
        while (before < wanted && !m_now.compare_exchange_weak(before, wanted)) { }
    }
    void pass(std::chrono::steady_clock::duration time) { m_now += time.count(); }
    [[nodiscard]] double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::duration(m_now.load())).count(); }

private:
    std::atomic<std::chrono::steady_clock::rep> m_now{0};
};

std::vector<std::uint32_t> allOf(const Checkpoint& checkpoint)
{
    std::vector<std::uint32_t> rows(checkpoint.tensors().size());
    std::iota(rows.begin(), rows.end(), 0U);
    return rows;
}

std::uint64_t bytesOf(const Checkpoint& checkpoint)
{
    std::uint64_t bytes = 0;
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        bytes += tensor.bytes.length;
    }
    return bytes;
}

/// Of all files, in the page cache.
std::uint64_t cachedBytes(const std::string& path)
{
    const int fd = ::open(path.c_str(), O_RDONLY);
    const auto bytes = static_cast<std::size_t>(::lseek(fd, 0, SEEK_END));
    void* map = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0);
    std::vector<unsigned char> states((bytes + 4095) / 4096);
    const bool known = map != MAP_FAILED && ::mincore(map, bytes, states.data()) == 0;
    ::munmap(map, bytes);
    ::close(fd);
    if (!known) {
        qFatal("mincore does not work here");
    }
    return 4096 * static_cast<std::uint64_t>(std::count_if(states.begin(), states.end(), [](unsigned char state) { return (state & 1U) != 0; }));
}

/// A shard of holes, which fill the page cache as any other bytes do.
std::string bigModel(const TempDir& dir, const std::string& name, std::uint64_t mebibytes)
{
    constexpr std::uint64_t Tensors = 10;
    const std::uint64_t elements = (mebibytes << 20U) / Tensors / 2;
    std::string header = "{";
    for (std::uint64_t i = 0; i < Tensors; ++i) {
        header += QString("%1\"t%2\":{\"dtype\":\"BF16\",\"shape\":[%3],\"data_offsets\":[%4,%5]}")
                      .arg(i == 0 ? "" : ",")
                      .arg(i)
                      .arg(elements)
                      .arg(i * elements * 2)
                      .arg((i + 1) * elements * 2)
                      .toStdString();
    }
    header += "}";
    header.resize((header.size() + 7) / 8 * 8, ' ');
    std::string file(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) {
        file[i] = static_cast<char>(header.size() >> (8 * i) & 0xFFU);
    }
    file += header;
    const std::uint64_t size = file.size() + Tensors * elements * 2;
    const std::string path = dir.write(name, file);
    dir.truncate(name, size);
    return path;
}

} // namespace

class TestLimits : public QObject {
    Q_OBJECT

private slots:
    void controlGroups_data()
    {
        QTest::addColumn<Files>("files");
        QTest::addColumn<unsigned>("processors");
        QTest::addColumn<quint64>("memory");
        const std::string v2 = "proc/self/cgroup";
        QTest::newRow("none") << Files{} << 8U << quint64(0);
        QTest::newRow("no limits") << Files{{v2, "0::/a\n"}, {"sys/fs/cgroup/a/cpu.max", "max 100000\n"}, {"sys/fs/cgroup/a/memory.max", "max\n"}}
                                   << 8U << quint64(0);
        QTest::newRow("one and a half processors") << Files{{v2, "0::/a\n"}, {"sys/fs/cgroup/a/cpu.max", "150000 100000\n"}} << 2U << quint64(0);
        QTest::newRow("a tenth of a processor") << Files{{v2, "0::/a\n"}, {"sys/fs/cgroup/a/cpu.max", "10000 100000\n"}} << 1U << quint64(0);
        QTest::newRow("more than there are") << Files{{v2, "0::/a\n"}, {"sys/fs/cgroup/a/cpu.max", "6400000 100000\n"}} << 8U << quint64(0);
        QTest::newRow("a parent's") << Files{{v2, "0::/job/step/task\n"},
                                             {"sys/fs/cgroup/job/cpu.max", "300000 100000\n"},
                                             {"sys/fs/cgroup/job/step/memory.max", "1073741824\n"}}
                                    << 3U << (quint64(1) << 30U);
        QTest::newRow("the least of several") << Files{{v2, "0::/a/b\n"},
                                                       {"sys/fs/cgroup/a/memory.max", "1000000\n"},
                                                       {"sys/fs/cgroup/a/b/memory.max", "3000000\n"},
                                                       {"sys/fs/cgroup/a/b/memory.high", "2000000\n"}}
                                              << 8U << quint64(1000000);
        QTest::newRow("a container's own root") << Files{{v2, "0::/\n"}, {"sys/fs/cgroup/cpu.max", "400000 100000\n"}} << 4U << quint64(0);
        QTest::newRow("outside of what is seen") << Files{{v2, "0::/../../x\n"}, {"sys/fs/cgroup/cpu.max", "400000 100000\n"}} << 4U << quint64(0);
        QTest::newRow("version 1") << Files{{v2, "4:memory:/m\n2:cpu,cpuacct:/c\n"},
                                            {"sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_quota_us", "200000\n"},
                                            {"sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_period_us", "100000\n"},
                                            {"sys/fs/cgroup/memory/m/memory.limit_in_bytes", "2000000\n"}}
                                   << 2U << quint64(2000000);
        QTest::newRow("version 1, no limits") << Files{{v2, "4:memory:/m\n2:cpu:/\n"},
                                                       {"sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
                                                       {"sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"},
                                                       {"sys/fs/cgroup/memory/m/memory.limit_in_bytes", "9223372036854771712\n"}}
                                              << 8U << quint64(0);
        QTest::newRow("nonsense") << Files{{v2, ":\n0:\nx\n0::a/b\n"}, {"sys/fs/cgroup/cpu.max", "-5 0 7\n"}, {"sys/fs/cgroup/memory.max", "0\n"}}
                                  << 8U << quint64(0);
    }
    void controlGroups()
    {
        QFETCH(Files, files);
        QFETCH(unsigned, processors);
        QFETCH(quint64, memory);
        const TempDir dir;
        for (const auto& [name, text] : files) {
            dir.write(name, text);
        }
        const MachineLimits machine{8, 64ULL << 30U, 0};
        const MachineLimits limits = readMachineLimits(dir.path(), machine);
        QCOMPARE(limits.processors, processors);
        QCOMPARE(quint64(limits.cgroupMemory), memory);
        QCOMPARE(quint64(limits.memory), memory == 0 ? quint64(machine.memory) : memory);
    }

    void memoryOfBuffers()
    {
        QCOMPARE(defaultMaxMemory({8, 64ULL << 30U, 0}), 64ULL << 20U);
        QCOMPARE(defaultMaxMemory({8, 16ULL << 30U, 16ULL << 30U}), 64ULL << 20U);
        QCOMPARE(defaultMaxMemory({8, 128ULL << 20U, 128ULL << 20U}), 16ULL << 20U);
        QCOMPARE(defaultMaxMemory({8, 1000, 1000}), 1ULL << 20U);
        QVERIFY(machineLimits().processors >= 1);
    }

    void throttle()
    {
        FakeClock clock;
        const std::stop_source stop;
        Throttle throttle(1000);
        throttle.pass(500, stop.get_token()); // at once
        QCOMPARE(clock.seconds(), 0.0);
        throttle.pass(500, stop.get_token());
        QCOMPARE(clock.seconds(), 0.5);
        throttle.pass(1, stop.get_token());
        QCOMPARE(clock.seconds(), 1.0);
        clock.pass(100s); // what was not used is not saved up
        throttle.pass(2000, stop.get_token());
        QCOMPARE(clock.seconds(), 101.0);
        throttle.pass(1, stop.get_token());
        QCOMPARE(clock.seconds(), 103.0);
        stop.request_stop();
        throttle.pass(1000, stop.get_token());
        throttle.pass(1000, stop.get_token());
        QCOMPARE(clock.seconds(), 103.0);
        Throttle free(0);
        free.pass(UINT64_MAX, {});
        QCOMPARE(clock.seconds(), 103.0);
    }

    /// Every way of reading or writing much waits for the bytes that it moves.
    void ioRate_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<double>("times"); ///< so often the model's bytes
        QTest::newRow("check --values, stats") << "scan" << 1.0;
        QTest::newRow("ls --hash") << "hash" << 1.0;
        QTest::newRow("diff --values") << "diff" << 2.0;
        QTest::newRow("fix") << "fix" << 1.0;
        QTest::newRow("fix --verify full") << "full" << 3.0;
        QTest::newRow("convert") << "convert" << 1.0;
    }
    void ioRate()
    {
        QFETCH(QString, what);
        QFETCH(double, times);
        const TempDir dir;
        GdnFolder shape;
        shape.longElements = 1U << 20U; // 2 MiB
        const auto checkpoint = openOrDie(writeGdnFolder(dir, "in", shape));
        const auto other = openOrDie(writeGdnFolder(dir, "other", shape));
        const double bytes = times * static_cast<double>(bytesOf(*checkpoint));
        for (const unsigned threads : {1U, 3U}) {
            FakeClock clock;
            JobContext job;
            job.threads = threads;
            job.ioRate = 1U << 20U;
            if (what == "scan") {
                VERIFY_OK(scanValues(checkpoint, allOf(*checkpoint), nullptr, {}, job));
            } else if (what == "hash") {
                VERIFY_OK(hashTensors(checkpoint, allOf(*checkpoint), job));
            } else if (what == "diff") {
                const auto comparison = Comparison::make(checkpoint, other);
                VERIFY_OK(compareValues(*comparison, allOf(*checkpoint), {}, {}, job));
            } else if (what == "convert") {
                ConvertOptions options;
                options.output = dir.path("converted" + std::to_string(threads));
                const auto plan = planConvert(checkpoint, options, {}, job);
                VERIFY_OK(plan);
                VERIFY_OK(applyConvert(checkpoint, *plan, job));
            } else {
                FixOptions options;
                options.output = dir.path("fixed" + std::to_string(threads));
                options.link = LinkChoice::Copy;
                options.verify = what == "full" ? VerifyChoice::Full : VerifyChoice::Edited;
                const auto plan = planFix(*checkpoint, fp32Report(*checkpoint), options, job);
                VERIFY_OK(plan);
                VERIFY_OK(applyPlan(*checkpoint, *plan, job));
            }
            const double moved = clock.seconds() * static_cast<double>(job.ioRate);
            const double last = std::max(6U, 4 * threads) << 20U; // what was charged last, up to a buffer, is not waited for, by any thread
            QVERIFY2(moved >= bytes - last && moved <= bytes * 1.1 + last,
                     qPrintable(QString("%1 of %2, %3 threads").arg(moved).arg(bytes).arg(threads)));
        }
    }
    void ioRateOfParts()
    {
        const TempDir dir;
        const PlannedWork work = planWork(dir, "folder, copies");
        FakeClock clock;
        JobContext job;
        job.ioRate = 1U << 20U;
        const auto bound = saveAndBind(dir, work);
        VERIFY_OK(bound);
        VERIFY_OK(applyPart(*bound, 1, 1, job));
        const double written = clock.seconds();
        QVERIFY2(written > 0, qPrintable(QString::number(written)));
        VERIFY_OK(finishPlan(*bound, true, job));
        QVERIFY(clock.seconds() > written * 1.5); // all of it was read again
    }

    /// A stop, or another thread's failure, wakes who is held back.
    void ioRateAndStop()
    {
        const TempDir dir;
        const auto checkpoint = openOrDie(writeGdnFolder(dir, "in"));
        std::stop_source stop;
        JobContext job;
        job.ioRate = 1; // years
        job.threads = 2;
        job.stop = stop.get_token();
        job.report = [&](const Progress& progress) {
            if (progress.phase == Phase::Copying && progress.done > 0) {
                stop.request_stop();
            }
        };
        FixOptions options;
        options.output = dir.path("out");
        const auto plan = planFix(*checkpoint, fp32Report(*checkpoint), options);
        VERIFY_OK(plan);
        const auto receipt = applyPlan(*checkpoint, *plan, job);
        QVERIFY(!receipt.has_value());
        QCOMPARE(receipt.error().code, Code::Cancelled);
        QVERIFY(!dir.exists("out"));
    }

    void pageCache_data()
    {
        QTest::addColumn<QString>("what");
        for (const char* what : {"scan", "hash", "diff", "fix"}) {
            QTest::newRow(what) << what;
        }
    }
    void pageCache()
    {
        QFETCH(QString, what);
        const TempDir dir;
        struct statfs volume { };
        constexpr std::uint32_t Memory = 0x01021994U; // tmpfs is page cache
        QVERIFY(::statfs(dir.path().c_str(), &volume) == 0);
        if (static_cast<std::uint32_t>(volume.f_type) == Memory) {
            QSKIP("temporary files lie in memory here");
        }
        constexpr std::uint64_t Size = WholeModelBytes + (64ULL << 20U);
        const std::string path = bigModel(dir, "model.safetensors", Size >> 20U);
        const std::string second = what == "diff" ? bigModel(dir, "other.safetensors", Size >> 20U) : std::string();
        const auto drop = [&] {
            for (const std::string& file : {path, second}) {
                if (const int fd = ::open(file.c_str(), O_RDONLY); fd >= 0) {
                    ::fsync(fd);
                    dropCached(fd, 0, 0);
                    ::close(fd);
                }
            }
        };
        const auto checkpoint = openOrDie(path);
        const auto run = [&](unsigned number) {
            JobContext job;
            job.threads = 2;
            if (what == "scan") {
                VERIFY_OK(scanValues(checkpoint, allOf(*checkpoint), nullptr, {}, job));
            } else if (what == "hash") {
                VERIFY_OK(hashTensors(checkpoint, allOf(*checkpoint), job));
            } else if (what == "diff") {
                const auto comparison = Comparison::make(checkpoint, openOrDie(second));
                VERIFY_OK(compareValues(*comparison, allOf(*checkpoint), {}, {}, job));
            } else {
                FixOptions options;
                options.output = dir.path("out" + std::to_string(number) + ".safetensors");
                options.link = LinkChoice::Copy;
                options.casts = {{"t0", DType::F32}};
                const auto plan = planFix(*checkpoint, {}, options, job);
                VERIFY_OK(plan);
                VERIFY_OK(applyPlan(*checkpoint, *plan, job));
                QVERIFY(cachedBytes(options.output) * 10 < Size);
                dir.remove("out" + std::to_string(number) + ".safetensors");
            }
        };
        drop();
        if (cachedBytes(path) * 10 > Size) {
            QSKIP("this file system drops nothing");
        }
        run(1);
        QVERIFY2(cachedBytes(path) * 4 < Size, qPrintable(QString::number(cachedBytes(path))));
        // What was in memory before stays there.
        const int fd = ::open(path.c_str(), O_RDONLY);
        std::vector<char> piece(1U << 20U);
        for (off_t at = 0; ::pread(fd, piece.data(), piece.size(), at) > 0; at += static_cast<off_t>(piece.size())) { }
        ::close(fd);
        if (cachedBytes(path) * 10 < Size * 9) {
            QSKIP("there is not enough memory to keep it");
        }
        run(2);
        QVERIFY2(cachedBytes(path) * 2 > Size, qPrintable(QString::number(cachedBytes(path))));
    }
};

QTEST_GUILESS_MAIN(TestLimits)
#include "tst_limits.moc"
