// SPDX-License-Identifier: Apache-2.0
// LABELS: slow
// Somebody who may write beside the output swaps a folder for a symlink to another folder while a repair runs: the partial
// output, a folder in it, or the folder that the output is to lie in; at any system call. Nothing is ever written to, taken
// from or removed from where the symlink leads, the source is as it was, and OUT is absent or complete.
#include "tests/support/fixprocess.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/torchfile.h"

#include <QTest>

#include <algorithm>
#include <filesystem>

using namespace ckptscope::test;
namespace fs = std::filesystem;

namespace {

using Tree = std::map<std::string, std::string>;

/// DIR is a folder that holds `in`, `victim` and `place`, in which `out` is to be made. What is swapped comes to lie in DIR/moved.
const QMap<QString, QString> Swaps{
    {"partial", "for p in DIR/place/out.partial-*; do [ -d \"$p\" ] && mv \"$p\" DIR/moved && ln -s DIR/victim \"$p\"; done; true"},
    {"folder below", "for p in DIR/place/out.partial-*/assets; do [ -d \"$p\" ] && mv \"$p\" DIR/moved && ln -s DIR/victim \"$p\"; done; true"},
    {"parent", "mv DIR/place DIR/moved && ln -s DIR/victim DIR/place"},
    {"source", "mv DIR/in DIR/moved && ln -s DIR/victim DIR/in"},
};

GdnFolder small()
{
    GdnFolder what;
    what.shards = 1;
    what.layersPerShard = 1;
    what.heads = 8;
    what.longElements = 512;
    return what;
}

bool isFolder(const std::string& path)
{
    return fs::symlink_status(path).type() == fs::file_type::directory;
}

} // namespace

class TestSwapped : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        useMemoryForTempDirs();
        const TempDir dir;
        for (const bool torch : {false, true}) {
            Tree& before = torch ? m_torchBefore : m_before;
            Tree& after = torch ? m_torchAfter : m_after;
            const std::string source = writeSource(dir, torch ? "torch" : "gdn", torch);
            const std::string out = dir.path(torch ? "torch-out" : "gdn-out");
            QCOMPARE(runFix(source, out, torch ? QStringList{"torch"} : QStringList{}).word, QString("done"));
            before = readTree(source);
            after = readTree(out);
        }
        QVERIFY(m_after.contains("assets/chat.jinja")); // "folder below" has something to swap
    }

    void leadsNowhere_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("swap");
        QTest::addColumn<QString>("call");
        for (const QStringList& words : {QStringList{}, QStringList{"force"}, QStringList{"torch"}, QStringList{"inplace"}}) {
            for (auto swap = Swaps.begin(); swap != Swaps.end(); ++swap) {
                for (const char* call : {"mkdir", "openat", "pwrite", "fsync", "rename", "renameat2", "unlinkat"}) {
                    const bool none = swap.key() == "folder below" && words.contains("torch"); // it has none
                    if (!none && (swap.key() == "source") == words.contains("inplace")) {
                        QTest::addRow("%s, %s at %s", words.isEmpty() ? "plain" : qPrintable(words.join(' ')), qPrintable(swap.key()), call)
                            << words << swap.value() << QString(call);
                    }
                }
            }
        }
    }
    void leadsNowhere()
    {
        QFETCH(QStringList, words);
        QFETCH(QString, swap);
        QFETCH(QString, call);
        const bool torch = words.contains("torch");
        const bool force = words.contains("force");
        const bool inPlace = words.contains("inplace");
        const Tree& before = torch ? m_torchBefore : m_before;
        const Tree& after = torch ? m_torchAfter : m_after;
        // A folder in the partial that is swapped once all in it was written: as if it were swapped in the finished output.
        Tree swappedLast = after;
        if (QByteArray(QTest::currentDataTag()).contains("folder below")) {
            std::erase_if(swappedLast, [](const auto& entry) { return entry.first.starts_with("assets/"); });
        }
        int count = 1;
        int done = 0;
        for (int n = 1; n <= count; ++n) {
            const TempDir dir;
            const std::string source = writeSource(dir, "in", torch);
            const std::string out = dir.path("place/out");
            dir.folder("place");
            // What a name that leads there could hit: files of the output's names, and what a tidying run would take for its own.
            for (const auto& [name, bytes] : after) {
                dir.write("victim/" + name, "a stranger's");
            }
            dir.write("victim/out/model.safetensors", "a stranger's");
            dir.write("victim/chat.jinja", "a stranger's");
            const Tree victim = readTree(dir.path("victim"));
            if (force) {
                dir.write("place/out/old.txt", "old");
            }
            FixSetting setting;
            setting.libraries << "ckptscope_faults";
            setting.environment["CKPTSCOPE_FAULT_RUN"] = QString(swap).replace("DIR", QString::fromStdString(dir.path()));
            if (n == 1) {
                const TempDir other;
                other.folder("place");
                if (force) {
                    other.write("place/out/old.txt", "old");
                }
                count = runFix(writeSource(other, "in", torch), other.path("place/out"), words, "count").calls[call.toStdString()];
                if (count == 0) {
                    QSKIP("not called here");
                }
            }
            setting.environment["CKPTSCOPE_FAULT"] = QString("%1:%2:run").arg(call).arg(n);
            const FixProcess run = runFixWith(source, out, words, setting);
            const QByteArray where = QString("at %1 %2 of %3: %4 %5").arg(call).arg(n).arg(count).arg(run.exitCode).arg(run.word).toUtf8();
            QVERIFY2(!run.killed && (run.exitCode == 0) == (run.word == "done"), where);
            QVERIFY2(readTree(dir.path("victim")) == victim, where);
            done += run.word == "done" ? 1 : 0;
            if (inPlace) {
                const Tree now = readTree(isFolder(dir.path("in")) ? dir.path("in") : dir.path("moved"));
                for (const auto& [name, bytes] : before) {
                    const auto fixed = after.find(name);
                    QVERIFY2(now.contains(name) && (now.at(name) == bytes || (fixed != after.end() && now.at(name) == fixed->second)),
                             where + ' ' + name.c_str());
                }
                continue;
            }
            QVERIFY2(readTree(source) == before, where);
            // The folder that OUT was to lie in, wherever it is now; under its old name there is only the stranger's.
            const std::string there = isFolder(dir.path("place")) ? out : dir.path("moved/out");
            QVERIFY2(fs::symlink_status(there).type() != fs::file_type::symlink, where);
            QVERIFY2(isFolder(there) || !force, where);
            if (isFolder(there)) {
                const Tree tree = readTree(there);
                QVERIFY2(tree == after || tree == swappedLast || (force && tree == Tree{{"old.txt", "old"}}), where);
                QVERIFY2(run.word != "done" || tree == after || tree == swappedLast, where);
            } else {
                QVERIFY2(run.word != "done", where);
            }
        }
        std::printf("a folder becomes a symlink, %s: at each of %d calls; %d runs ended well all the same, nothing was touched behind it\n",
                    QTest::currentDataTag(), count, done);
        std::fflush(stdout);
    }

private:
    static std::string writeSource(const TempDir& dir, const std::string& name, bool torch)
    {
        return torch ? writeTorchFolder(dir, name) : writeGdnFolder(dir, name, small());
    }

    Tree m_before;
    Tree m_after;
    Tree m_torchBefore;
    Tree m_torchAfter;
};

QTEST_GUILESS_MAIN(TestSwapped)
#include "tst_swapped.moc"
