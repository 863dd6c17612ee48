// SPDX-License-Identifier: Apache-2.0
// LABELS: slow
// Real file systems in loop-mounted images: XFS and btrfs share blocks (counted by FIEMAP), ext4 does not, a small tmpfs is full. Needs root.
#include "core/convert/convert.h"
#include "core/fix/apply.h"
#include "tests/support/fixprocess.h"
#include "tests/support/fixreport.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/mount.h"
#include "tests/support/torchfile.h"

#include <QTest>

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

using namespace ckptscope;
using namespace ckptscope::test;
namespace fs = std::filesystem;

namespace {

#define VERIFY_OK(result) QVERIFY2((result).has_value(), (result).has_value() ? "" : codeInfo((result).error().code).id.data())

/// Bytes of a file that lie in extents which another file holds too.
std::uint64_t sharedBytes(const std::string& path)
{
    const int fd = ::open(path.c_str(), O_RDONLY);
    constexpr std::uint32_t Most = 4096;
    std::vector<std::uint64_t> room((sizeof(fiemap) + Most * sizeof(fiemap_extent)) / 8 + 1);
    auto* map = reinterpret_cast<fiemap*>(room.data());
    map->fm_length = FIEMAP_MAX_OFFSET;
    map->fm_flags = FIEMAP_FLAG_SYNC;
    map->fm_extent_count = Most;
    std::uint64_t shared = 0;
    if (::ioctl(fd, FS_IOC_FIEMAP, map) == 0) {
        const auto* extents = reinterpret_cast<const fiemap_extent*>(map + 1);
        for (std::uint32_t i = 0; i < map->fm_mapped_extents; ++i) {
            shared += (extents[i].fe_flags & FIEMAP_EXTENT_SHARED) != 0 ? extents[i].fe_length : 0;
        }
    }
    ::close(fd);
    return shared;
}

std::string copyInto(const std::string& folder, const Mount& mount)
{
    fs::copy(folder, mount.path("in"), fs::copy_options::recursive);
    ::sync();
    return mount.path("in");
}

Result<Receipt> fix(const std::string& path, const FixOptions& options, const JobContext& job = {})
{
    const auto checkpoint = openOrDie(path);
    const auto plan = planFix(*checkpoint, fp32Report(*checkpoint), options, job);
    if (!plan) {
        return plan.error();
    }
    return applyPlan(*checkpoint, *plan, job);
}

FixOptions into(const std::string& output, LinkChoice link = LinkChoice::Auto)
{
    FixOptions options;
    options.output = output;
    options.link = link;
    return options;
}

void checkEqual(const std::string& source, const std::string& output)
{
    const auto old = readTensors(*openOrDie(source));
    const auto now = readTensors(*openOrDie(output));
    QCOMPARE(now.size(), old.size());
    for (const auto& [key, value] : old) {
        const bool tracked = key.ends_with("A_log") || key.ends_with("dt_bias");
        QVERIFY2(now.at(key).second == (tracked ? widenBf16(value.second) : value.second), key.c_str());
    }
}

} // namespace

class TestFilesystems : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        GdnFolder what;
        what.layersPerShard = 4;
        what.heads = 32;
        what.longElements = 1U << 20U; // 2 MiB
        m_source = writeGdnFolder(m_dir, "in", what);
    }

    void sharesBlocks_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("verify");
        QTest::newRow("XFS") << "xfs" << static_cast<int>(VerifyChoice::Edited);
        QTest::newRow("XFS, full verification") << "xfs" << static_cast<int>(VerifyChoice::Full);
        QTest::newRow("btrfs") << "btrfs" << static_cast<int>(VerifyChoice::Edited);
    }
    void sharesBlocks()
    {
        QFETCH(QString, kind);
        QFETCH(int, verify);
        const TempDir dir;
        const Mount mount(dir, kind.toStdString(), 512ULL << 20U);
        if (!mount.why().isEmpty()) {
            QSKIP(qPrintable(mount.why()));
        }
        const std::string source = copyInto(m_source, mount);
        FixOptions options = into(mount.path("out"), LinkChoice::Reflink);
        options.verify = static_cast<VerifyChoice>(verify);
        const auto receipt = fix(source, options);
        VERIFY_OK(receipt);
        checkEqual(source, mount.path("out"));
        std::uint64_t shared = 0;
        for (const auto& entry : fs::directory_iterator(mount.path("out"))) {
            shared += sharedBytes(entry.path().string());
        }
        QVERIFY2(shared * 100 >= receipt->untouchedBytes * 99, qPrintable(QString("%1 of %2").arg(shared).arg(receipt->untouchedBytes)));
        QVERIFY(receipt->clonedBytes * 100 >= receipt->untouchedBytes * 99);
        // The same bytes as where nothing can be shared.
        QCOMPARE(fix(m_source, into(m_dir.path("out"), LinkChoice::Copy)).has_value(), true);
        QVERIFY(readTree(mount.path("out")) == readTree(m_dir.path("out")));
        fs::remove_all(m_dir.path("out"));
    }

    /// Each request to share blocks is refused in turn, in all the ways that file systems do: copied instead, or said where sharing was asked for.
    void refusedClones_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("number");
        for (const char* kind : {"xfs", "btrfs"}) {
            for (const auto& [name, number] : {std::pair("EOPNOTSUPP", EOPNOTSUPP), std::pair("EXDEV", EXDEV), std::pair("EINVAL", EINVAL),
                                               std::pair("ENOTTY", ENOTTY), std::pair("EPERM", EPERM), std::pair("EIO", EIO)}) {
                QTest::addRow("%s %s", kind, name) << kind << number;
            }
        }
    }
    void refusedClones()
    {
        QFETCH(QString, kind);
        QFETCH(int, number);
        const TempDir dir;
        const Mount mount(dir, kind.toStdString(), 320ULL << 20U);
        if (!mount.why().isEmpty()) {
            QSKIP(qPrintable(mount.why()));
        }
        GdnFolder what;
        what.shards = 2;
        what.layersPerShard = 2;
        what.longElements = 1U << 17U; // 256 KiB
        const std::string source = copyInto(writeGdnFolder(dir, "plain", what), mount);
        const auto before = readTree(source);
        QCOMPARE(runFix(source, mount.path("whole")).word, QString("done"));
        const auto reference = readTree(mount.path("whole"));
        const FixProcess counted = runFix(source, mount.path("counted"), {}, "count");
        const int clones = counted.calls.at("ioctl");
        QVERIFY(clones > 4); // whether it can be done at all, and each long run
        for (int n = 1; n <= clones; ++n) {
            const QString fault = QString("ioctl:%1:%2").arg(n).arg(number);
            const QByteArray where = fault.toUtf8();
            const FixProcess run = runFix(source, mount.path("out"), {}, fault);
            QVERIFY2(run.word == "done", where + " gave " + run.word.toUtf8());
            QVERIFY2(readTree(mount.path("out")) == reference, where);
            QVERIFY2(run.shared < counted.shared, where + ": it was refused nothing");
            const FixProcess insisted = runFix(source, mount.path("insisted"), {"reflink"}, fault);
            QVERIFY2(insisted.word == "fix.link_refused", where + " gave " + insisted.word.toUtf8());
            QVERIFY2(!fs::exists(mount.path("insisted")), where);
            fs::remove_all(mount.path("out"));
        }
        QVERIFY(readTree(source) == before);
        for (const auto& entry : fs::directory_iterator(mount.path(""))) {
            QVERIFY2(entry.path().string().find(".partial-") == std::string::npos, entry.path().c_str());
        }
    }

    /// The kernel tells of a write that failed behind the program's back once: who waits for stretches must not lose the word.
    void lateWriteError_data()
    {
        QTest::addColumn<int>("number");
        QTest::addColumn<QString>("word");
        QTest::newRow("EIO") << EIO << "io.write";
        QTest::newRow("ENOSPC") << ENOSPC << "io.write";
        QTest::newRow("ENOSYS") << ENOSYS << "done";
        QTest::newRow("killed") << 0 << "";
    }
    void lateWriteError()
    {
        QFETCH(int, number);
        QFETCH(QString, word);
        const TempDir dir;
        GdnFolder what;
        what.shards = 1;
        what.plainShardAtEnd = false;
        what.layersPerShard = 9;
        what.longElements = 4U << 20U; // 8 MiB
        const std::string source = writeGdnFolder(dir, "in", what);
        const auto before = readTree(source);
        const int waits = runFix(source, dir.path("whole"), {"copy"}, "count").calls.at("sync_file_range");
        QVERIFY(waits > 1);
        const auto whole = readTree(dir.path("whole"));
        for (const int n : {1, waits}) { // the first and the last
            const FixProcess run = runFix(source, dir.path("out"), {"copy"},
                                          QString("sync_file_range:%1:%2").arg(n).arg(word.isEmpty() ? "kill" : QString::number(number)));
            QVERIFY2(run.killed == word.isEmpty() && run.word == word, qPrintable(QString("%1: %2").arg(n).arg(run.word)));
            QCOMPARE(dir.exists("out"), word == "done");
            for (const std::string& name : dir.list()) {
                QVERIFY2(run.killed || name.find(".partial-") == std::string::npos, name.c_str());
            }
            QVERIFY(readTree(source) == before);
            if (word != "done") {
                QCOMPARE(runFix(source, dir.path("out"), {"copy"}).word, QString("done"));
            }
            QVERIFY(readTree(dir.path("out")) == whole);
            dir.remove("out");
        }
    }

    void withoutSharing_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::newRow("ext4") << "ext4";
        QTest::newRow("tmpfs") << "tmpfs";
    }
    void withoutSharing()
    {
        QFETCH(QString, kind);
        const TempDir dir;
        const Mount mount(dir, kind.toStdString(), 256ULL << 20U);
        if (!mount.why().isEmpty()) {
            QSKIP(qPrintable(mount.why()));
        }
        const std::string source = copyInto(m_source, mount);
        QCOMPARE(fix(source, into(mount.path("out"), LinkChoice::Reflink)).error().code, Code::FixLinkRefused);
        QVERIFY(!fs::exists(mount.path("out")));
        const auto receipt = fix(source, into(mount.path("out")));
        VERIFY_OK(receipt);
        QCOMPARE(receipt->clonedBytes, std::uint64_t{0});
        checkEqual(source, mount.path("out"));
        // from another file system: copied, and never linked
        QCOMPARE(fix(m_source, into(mount.path("hard"), LinkChoice::Hard)).error().code, Code::FixLinkRefused);
        QVERIFY(!fs::exists(mount.path("hard")));
        VERIFY_OK(fix(m_source, into(mount.path("across"))));
        checkEqual(m_source, mount.path("across"));
    }

    void fullDisk_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<bool>("early");
        for (const char* kind : {"tmpfs", "ext4", "xfs", "btrfs"}) {
            QTest::addRow("%s, known before", kind) << kind << true;
            QTest::addRow("%s, filled meanwhile", kind) << kind << false;
        }
    }
    void fullDisk()
    {
        QFETCH(QString, kind);
        QFETCH(bool, early);
        const TempDir dir;
        const std::uint64_t size = kind == "xfs" ? 320ULL << 20U : 128ULL << 20U;
        const Mount mount(dir, kind.toStdString(), size);
        if (!mount.why().isEmpty()) {
            QSKIP(qPrintable(mount.why()));
        }
        const auto before = readTree(m_source);
        const auto fill = [&] {
            std::ofstream filler(mount.path("filler"), std::ios::binary);
            const std::string block(1U << 20U, 'x');
            while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) { }
        };
        std::atomic<bool> once{false};
        JobContext job;
        job.threads = 2;
        job.report = [&](const Progress& progress) {
            if (!early && progress.phase == Phase::Copying && !once.exchange(true)) {
                fill();
            }
        };
        if (early) {
            fill();
        }
        const auto receipt = fix(m_source, into(mount.path("out")), job);
        QVERIFY(!receipt.has_value());
        QVERIFY2(receipt.error().code == (early ? Code::FixNoSpace : Code::FileWrite), codeInfo(receipt.error().code).id.data());
        for (const auto& entry : fs::directory_iterator(mount.path(""))) {
            QVERIFY2(entry.path().filename() == "filler" || entry.path().filename() == "lost+found", entry.path().c_str());
        }
        QVERIFY(readTree(m_source) == before);
        fs::remove(mount.path("filler"));
        ::sync();
        VERIFY_OK(fix(m_source, into(mount.path("out"))));
        checkEqual(m_source, mount.path("out"));
    }

    void fullDiskOfOthers_data()
    {
        QTest::addColumn<bool>("torch");
        QTest::addColumn<bool>("early");
        for (const bool early : {true, false}) {
            QTest::addRow("convert, %s", early ? "known before" : "filled meanwhile") << false << early;
            QTest::addRow("--to torch, %s", early ? "known before" : "filled meanwhile") << true << early;
        }
    }
    void fullDiskOfOthers()
    {
        QFETCH(bool, torch);
        QFETCH(bool, early);
        const TempDir dir;
        const Mount mount(dir, "ext4", 64ULL << 20U);
        if (!mount.why().isEmpty()) {
            QSKIP(qPrintable(mount.why()));
        }
        std::string source = m_source;
        if (torch) {
            TorchFile file;
            file.dense("model.layers.0.linear_attn.A_log", "BFloat16Storage", 2, {8}, std::string(16, '1'));
            file.dense("w", "BFloat16Storage", 2, {1U << 24U}, std::string(1U << 25U, '2'));
            dir.write("x.pt", file.bytes());
            source = dir.path("x.pt");
        }
        const auto fill = [&] {
            std::ofstream filler(mount.path("filler"), std::ios::binary);
            const std::string block(1U << 20U, 'x');
            while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) { }
        };
        std::atomic<bool> once{false};
        JobContext job;
        job.threads = 2;
        job.report = [&](const Progress& progress) {
            if (!early && progress.phase == Phase::Copying && !once.exchange(true)) {
                fill();
            }
        };
        const auto write = [&](const JobContext& with) -> Result<Receipt> {
            const auto checkpoint = openOrDie(source);
            if (torch) {
                FixOptions options = into(mount.path("out"));
                options.to = FixTarget::Torch;
                return fix(source, options, with);
            }
            ConvertOptions options;
            options.output = mount.path("out");
            const auto plan = planConvert(checkpoint, options, {}, with);
            return plan ? applyConvert(checkpoint, *plan, with) : Result<Receipt>(plan.error());
        };
        if (early) {
            fill();
        }
        const auto receipt = write(job);
        QVERIFY(!receipt.has_value());
        QVERIFY2(receipt.error().code == (early ? Code::FixNoSpace : Code::FileWrite), codeInfo(receipt.error().code).id.data());
        for (const auto& entry : fs::directory_iterator(mount.path(""))) {
            QVERIFY2(entry.path().filename() == "filler" || entry.path().filename() == "lost+found", entry.path().c_str());
        }
        fs::remove(mount.path("filler"));
        ::sync();
        VERIFY_OK(write({}));
        QVERIFY(fs::exists(mount.path("out")));
    }

    void readOnlyPlace()
    {
        const TempDir dir;
        const Mount mount(dir, "tmpfs", 1U << 20U);
        if (!mount.why().isEmpty()) {
            QSKIP(qPrintable(mount.why()));
        }
        QVERIFY(succeeds("mount", {"-o", "remount,ro", QString::fromStdString(mount.path(""))}));
        QCOMPARE(fix(m_source, into(mount.path("out"))).error().code, Code::FixOutputParent);
    }

private:
    TempDir m_dir;
    std::string m_source;
};

QTEST_GUILESS_MAIN(TestFilesystems)
#include "tst_filesystems.moc"
