// SPDX-License-Identifier: Apache-2.0
// LABELS: slow
// What the machine does not allow: a quota, a file system that is read-only from the start or becomes so, folders and
// files without permission. The repair says so and writes nothing; the source is as it was. Needs root, to become
// somebody else and to mount.
#include "tests/support/fixprocess.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/mount.h"

#include <QTest>

#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

using namespace ckptscope::test;
namespace fs = std::filesystem;

namespace {

using Tree = std::map<std::string, std::string>;

std::string writeSource(const TempDir& dir, std::uint64_t elements = 1024)
{
    GdnFolder what;
    what.layersPerShard = 1;
    what.longElements = elements;
    return writeGdnFolder(dir, "in", what);
}

/// Somebody who owns nothing here.
const QStringList Nobody{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};

} // namespace

class TestDenied : public QObject {
    Q_OBJECT

private slots:
    void permission_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("place"); ///< whose mode changes
        QTest::addColumn<int>("mode");
        QTest::addColumn<QString>("answer");
        QTest::newRow("a parent that may not be written") << QStringList{} << "." << 0555 << "fix.output_parent";
        QTest::newRow("a parent that may not be entered") << QStringList{} << "." << 0666 << "";
        QTest::newRow("a parent, with force") << QStringList{"force"} << "." << 0555 << "fix.output_parent";
        QTest::newRow("a parent, of a conversion") << QStringList{"convert"} << "." << 0555 << "fix.output_parent";
        QTest::newRow("a shard that may not be read") << QStringList{} << "in/model-00001-of-00003.safetensors" << 0000 << "";
        QTest::newRow("a small file that may not be read") << QStringList{} << "in/tokenizer.json" << 0000 << "";
        QTest::newRow("a folder that may not be listed") << QStringList{} << "in" << 0311 << "";
        QTest::newRow("in place, a folder that may not be written") << QStringList{"inplace"} << "in" << 0555 << "io.write_denied";
        QTest::newRow("in place, a shard that may not be read") << QStringList{"inplace"} << "in/model-00002-of-00003.safetensors" << 0000 << "";
        QTest::newRow("an old output's folder that may not be written") << QStringList{"force"} << "out" << 0555 << "done";
    }
    void permission()
    {
        QFETCH(QStringList, words);
        QFETCH(QString, place);
        QFETCH(int, mode);
        QFETCH(QString, answer);
        if (::geteuid() != 0) {
            QSKIP("becoming somebody else needs root");
        }
        const TempDir dir;
        const std::string source = writeSource(dir);
        if (words.contains("force")) {
            dir.write("out/old.txt", "old");
        }
        const Tree before = readTree(source);
        // All is nobody's, so that only the mode stands in the way.
        for (const auto& entry : fs::recursive_directory_iterator(dir.path())) {
            QCOMPARE(::chown(entry.path().c_str(), 65534, 65534), 0);
        }
        QCOMPARE(::chown(dir.path().c_str(), 65534, 65534), 0);
        FixSetting setting;
        setting.through = Nobody;
        {
            const TempDir probe;
            QCOMPARE(::chmod(probe.path().c_str(), 0777), 0);
            const FixProcess can = runFixWith(probe.path(), probe.path("out"), {}, setting);
            if (can.exitCode != 2) {
                QSKIP("the programs of this build are not for everybody to run");
            }
        }
        QCOMPARE(::chmod(dir.path(place.toStdString()).c_str(), static_cast<mode_t>(mode)), 0);
        const FixProcess run = runFixWith(source, dir.path("out"), words, setting);
        QCOMPARE(::chmod(dir.path(place.toStdString()).c_str(), 0755), 0);
        QVERIFY2(!run.killed, qPrintable(run.word));
        QVERIFY2(answer.isEmpty() ? run.exitCode == 2 && run.word != "done" : run.word == answer, qPrintable(run.word));
        if (run.word == "done") {
            return;
        }
        QCOMPARE(readTree(source), before);
        QCOMPARE(dir.exists("out"), words.contains("force"));
        for (const std::string& name : dir.list()) {
            QVERIFY2(name == "in" || name == "out", name.c_str());
        }
        std::printf("denied, %s: %s, nothing written\n", QTest::currentDataTag(), qPrintable(run.word));
        std::fflush(stdout);
    }

    void readOnly_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<bool>("meanwhile");
        for (const char* kind : {"tmpfs", "ext4", "xfs", "btrfs"}) {
            QTest::addRow("%s, from the start", kind) << kind << false;
            QTest::addRow("%s, meanwhile", kind) << kind << true;
        }
    }
    void readOnly()
    {
        QFETCH(QString, kind);
        QFETCH(bool, meanwhile);
        const TempDir dir;
        const Mount mount(dir, kind.toStdString(), 320ULL << 20U);
        if (!mount.why().isEmpty()) {
            QSKIP(qPrintable(mount.why()));
        }
        const std::string source = writeSource(dir);
        const Tree before = readTree(source);
        const QStringList remount{"-o", "remount,ro", QString::fromStdString(mount.path(""))};
        for (const QStringList& words : {QStringList{}, QStringList{"convert"}}) {
            FixSetting setting;
            if (meanwhile) {
                // Right before the output appears nothing is open for writing any more, and the kernel lets it become
                // read-only.
                setting.libraries << "ckptscope_faults";
                setting.environment = {{"CKPTSCOPE_FAULT", "renameat2:1:run"}, {"CKPTSCOPE_FAULT_RUN", "mount " + remount.join(' ')}};
            } else {
                QVERIFY(succeeds("mount", remount));
            }
            const FixProcess run = runFixWith(source, mount.path("out"), words, setting);
            QVERIFY2(run.exitCode == 2 && run.word.startsWith(meanwhile ? "io." : "fix."), qPrintable(run.word));
            QVERIFY(!fs::exists(mount.path("out")));
            QCOMPARE(readTree(source), before);
            QVERIFY(succeeds("mount", {"-o", "remount,rw", QString::fromStdString(mount.path(""))}));
            QCOMPARE(runFix(source, mount.path("out"), words).word, QString("done"));
            for (const auto& entry : fs::directory_iterator(mount.path(""))) {
                QVERIFY2(entry.path().filename() == "out" || entry.path().filename() == "lost+found", entry.path().c_str());
            }
            fs::remove_all(mount.path("out"));
        }
    }

    void quota_data()
    {
        QTest::addColumn<QStringList>("words");
        for (const QStringList& words : {QStringList{}, QStringList{"convert"}, QStringList{"force"}, QStringList{"inplace"}}) {
            QTest::newRow(qPrintable(words.isEmpty() ? QString("plain") : words.join(' '))) << words;
        }
    }
    /// A group of btrfs: its limit holds for root, too, and the free space that statvfs tells is far above it.
    void quota()
    {
        QFETCH(QStringList, words);
        const TempDir dir;
        const Mount mount(dir, "btrfs", 256ULL << 20U);
        if (!mount.why().isEmpty()) {
            QSKIP(qPrintable(mount.why()));
        }
        const QString place = QString::fromStdString(mount.path("sub"));
        if (!succeeds("btrfs", {"subvolume", "create", place}) || !succeeds("btrfs", {"quota", "enable", QString::fromStdString(mount.path(""))})) {
            QSKIP("this kernel has no quota groups of btrfs");
        }
        // The source lies on another file system: no blocks can be shared, every byte counts.
        const bool inPlace = words.contains("inplace");
        std::string source = writeSource(dir, 4U << 20U);
        const Tree before = readTree(source);
        if (inPlace) {
            fs::copy(source, mount.path("sub/in"), fs::copy_options::recursive);
            source = mount.path("sub/in");
            ::sync();
        }
        if (words.contains("force")) {
            fs::create_directory(mount.path("sub/out"));
        }
        const QStringList copied = inPlace ? words + QStringList{"copy"} : words;
        QVERIFY(succeeds("btrfs", {"qgroup", "limit", inPlace ? "42M" : "8M", place}));
        const FixProcess run = runFix(source, mount.path("sub/out"), copied);
        QVERIFY2(run.exitCode == 2 && run.word == "io.write", qPrintable(run.word));
        QCOMPARE(readTree(source), before);
        for (const auto& entry : fs::directory_iterator(mount.path("sub"))) {
            const std::string name = entry.path().filename().string();
            QVERIFY2((name == "in" && inPlace) || (name == "out" && words.contains("force") && fs::is_empty(entry.path())), name.c_str());
        }
        QVERIFY(succeeds("btrfs", {"qgroup", "limit", "none", place}));
        ::sync();
        QCOMPARE(runFix(source, mount.path("sub/out"), copied).word, QString("done"));
        std::printf("denied, quota, %s: %s, nothing written; without it a new run completes\n", QTest::currentDataTag(), qPrintable(run.word));
        std::fflush(stdout);
    }
};

QTEST_GUILESS_MAIN(TestDenied)
#include "tst_denied.moc"
