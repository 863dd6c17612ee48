// SPDX-License-Identifier: Apache-2.0
// LABELS: slow
// Every system call of a repair fails once in turn, or is cut short, interrupted, or the last one that the program makes. Whatever happens: the
// source is as it was, OUT is absent or complete, and the next run succeeds and leaves nothing behind.
#include "tests/support/fixprocess.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/torchfile.h"

#include <QTest>

#include <algorithm>
#include <cerrno>
#include <filesystem>

using namespace ckptscope::test;
namespace fs = std::filesystem;

namespace {

using Tree = std::map<std::string, std::string>;

GdnFolder small()
{
    GdnFolder what;
    what.shards = 1;
    what.layersPerShard = 1;
    what.heads = 8;
    what.longElements = 1024;
    return what;
}

constexpr const char* Leftover = "out.partial-0123abcd"; ///< of a run that died long ago; one that fails early does not get to it

/// As runFix. The word "kernel" has every volume look like a server's, which is asked to copy by itself (copy_file_range).
FixProcess faulty(const std::string& source, const std::string& output, const QStringList& words, const QString& fault)
{
    FixSetting setting;
    setting.libraries = QStringList{"ckptscope_faults"};
    setting.environment = {{"CKPTSCOPE_FAULT", fault}};
    if (words.contains("kernel")) {
        setting.environment.insert("CKPTSCOPE_FAULT_FSTYPE", "6969");
    }
    return runFixWith(source, output, words, setting);
}

QStringList partialsIn(const TempDir& dir, const std::string& folder = {})
{
    QStringList out;
    for (const std::string& name : dir.list(folder)) {
        if (name.find(".partial-") != std::string::npos && name != Leftover) {
            out << QString::fromStdString(name);
        }
    }
    return out;
}

} // namespace

class TestFaults : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_source = writeGdnFolder(m_dir, "reference", small());
        m_torch.source = writeTorchFolder(m_dir, "torch");
        m_convert.source = m_source;
        const FixProcess done = runFix(m_source, m_dir.path("fixed"));
        QCOMPARE(done.word, QString("done"));
        m_before = readTree(m_source);
        m_after = readTree(m_dir.path("fixed"));
        for (auto& [reference, word] : {std::pair(&m_torch, "torch"), std::pair(&m_convert, "convert")}) {
            const std::string out = m_dir.path(std::string(word) + "-done");
            QCOMPARE(runFix(reference->source, out, {word}).word, QString("done"));
            reference->before = readTree(reference->source);
            reference->after = readTree(out);
            QVERIFY(reference->after.size() >= 4);
        }
        m_inPlaceAfter = m_after;
        m_inPlaceAfter[".git/HEAD"] = m_before.at(".git/HEAD");
        m_inPlaceAfter["pytorch_model.bin"] = m_before.at("pytorch_model.bin");
    }

    void fails_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("call");
        QTest::addColumn<QString>("what");
        const QStringList calls{"open",  "openat", "mkdir",     "pread",  "pwrite", "ftruncate", "fsync", "copy_file_range",
                                "ioctl", "rename", "renameat2", "linkat", "unlink", "unlinkat",  "flock"};
        const QMap<QString, QStringList> whats{
            {"EIO", {}},
            {"ENOSPC", {"open", "openat", "mkdir", "pwrite", "ftruncate", "fsync", "copy_file_range", "ioctl", "rename", "renameat2", "linkat"}},
            {"EACCES", {"open", "openat", "mkdir", "rename", "renameat2", "linkat"}},
            {"EINVAL", {"ioctl", "copy_file_range", "renameat2", "flock", "fsync"}},
            {"EXDEV", {"ioctl", "copy_file_range", "renameat2", "linkat"}},
            {"EOPNOTSUPP", {"ioctl", "copy_file_range"}},
            {"ENOSYS", {"ioctl", "copy_file_range"}},
            {"EPERM", {"ioctl", "copy_file_range"}},
            {"EDQUOT", {"pwrite", "copy_file_range"}},
            {"EINTR", {"pread", "pwrite", "ftruncate", "fsync", "ioctl", "copy_file_range"}},
            {"short", {"pread", "pwrite", "copy_file_range"}},
            {"zero", {"pread", "pwrite", "copy_file_range"}},
            {"kill", {}}};
        for (const QStringList& words : {QStringList{}, QStringList{"force"}, QStringList{"inplace"}, QStringList{"hard"}, QStringList{"full"},
                                         QStringList{"torch"}, QStringList{"convert"}, QStringList{"torch", "full"}, QStringList{"kernel"},
                                         QStringList{"kernel", "full"}, QStringList{"kernel", "convert"}}) {
            for (const QString& call : calls) {
                if (words.contains("kernel") && call != "copy_file_range") {
                    continue; // the others are the same as without it
                }
                for (auto what = whats.begin(); what != whats.end(); ++what) {
                    const bool extra = words.contains("hard") || (words.contains("full") && !words.contains("kernel"));
                    const bool other = words == QStringList{"torch"} || words == QStringList{"convert"};
                    if ((what->isEmpty() || what->contains(call)) && (!extra || what.key() == "EIO")
                        && (!other || what.key() == "EIO" || what.key() == "ENOSPC" || what.key() == "kill" || what.key() == "short")) {
                        QTest::addRow("%s %s %s", qPrintable(words.join(' ')), qPrintable(call), qPrintable(what.key()))
                            << words << call << what.key();
                    }
                }
            }
        }
    }
    void fails()
    {
        QFETCH(QStringList, words);
        QFETCH(QString, call);
        QFETCH(QString, what);
        static const QMap<QString, int> Numbers{{"EIO", EIO},     {"ENOSPC", ENOSPC},         {"EACCES", EACCES}, {"EINVAL", EINVAL},
                                                {"EXDEV", EXDEV}, {"EOPNOTSUPP", EOPNOTSUPP}, {"EINTR", EINTR},   {"ENOSYS", ENOSYS},
                                                {"EPERM", EPERM}, {"EDQUOT", EDQUOT}};
        // A way to copy that is refused: there is another.
        const bool refused = (call == "ioctl" && what != "kill")
            || (call == "copy_file_range" && QStringList{"EINVAL", "EXDEV", "EOPNOTSUPP", "ENOSYS", "EPERM", "zero"}.contains(what));
        const QString effect = Numbers.contains(what) ? QString::number(Numbers[what]) : what;
        const Reference usual{m_source, m_before, m_after};
        const Reference& reference = words.contains("torch") ? m_torch : words.contains("convert") ? m_convert : usual;
        const bool inPlace = words.contains("inplace");
        const bool force = words.contains("force");
        int count = 1;
        // Every call for the two that matter most, a dozen spread over the others.
        const bool every = what == "EIO" || what == "kill";
        for (int n = 1; n <= count; n += every ? 1 : std::max(1, count / 12)) {
            const TempDir dir;
            fs::copy(reference.source, dir.path("in"), fs::copy_options::recursive);
            if (force) {
                dir.write("out/old.txt", "old");
            }
            dir.write(std::string(Leftover) + "/x", "of a dead run");
            const Tree old{{"old.txt", "old"}};
            if (n == 1) {
                const auto counted = faulty(dir.path("in"), dir.path("out"), words, "count").calls;
                count = counted.count(call.toStdString()) != 0 ? counted.at(call.toStdString()) : 0;
                fs::remove_all(dir.path("in"));
                fs::remove_all(dir.path("out"));
                fs::copy(reference.source, dir.path("in"), fs::copy_options::recursive);
                if (force) {
                    dir.write("out/old.txt", "old");
                }
                dir.write(std::string(Leftover) + "/x", "of a dead run");
                if (count == 0) {
                    QVERIFY2(!words.contains("kernel"), "copy_file_range is not called");
                    QSKIP("not called here");
                }
            }
            const FixProcess run = faulty(dir.path("in"), dir.path("out"), words, QString("%1:%2:%3").arg(call).arg(n).arg(effect));
            const QByteArray where = QString("%1:%2:%3 gave %4").arg(call).arg(n).arg(what, run.killed ? "killed" : run.word).toUtf8();
            QVERIFY2(run.killed == (what == "kill"), where);
            QVERIFY2(run.killed || (run.exitCode == 0) == (run.word == "done"), where);
            if (what == "EINTR" || what == "short" || refused) {
                QVERIFY2(run.word == "done", where);
            }
            const Tree source = readTree(dir.path("in"));
            const bool there = dir.exists("out");
            const Tree out = there ? readTree(dir.path("out")) : Tree{};
            if (inPlace) {
                // Each file is the old one or the new one.
                for (const auto& [name, bytes] : m_before) {
                    const auto found = source.find(name);
                    QVERIFY2(found != source.end() && (found->second == bytes || found->second == m_inPlaceAfter.at(name)), where);
                }
                QVERIFY2(run.word != "done" || source == m_inPlaceAfter, where);
            } else {
                QVERIFY2(source == reference.before, where);
                QVERIFY2(!there || out == reference.after || (force && out == old), where);
                QVERIFY2(run.word != "done" || out == reference.after, where);
                QVERIFY2(run.killed || run.word == "done" || (force ? out == old : !there), where);
                // The old output is removed behind the new one's back: where a call fails there, the next run does it.
                if (!run.killed && !call.startsWith("unlink") && !(force && call == "openat" && run.word == "done")) {
                    QVERIFY2(partialsIn(dir).isEmpty(), where + partialsIn(dir).join(' ').toUtf8());
                }
            }
            // The next run brings it to its end and tidies up.
            const FixProcess next = runFix(dir.path("in"), dir.path("out"), words);
            if (inPlace) {
                QVERIFY2(next.exitCode == 0, where);
                QVERIFY2(readTree(dir.path("in")) == m_inPlaceAfter, where + readTree(dir.path("in")).rbegin()->first.c_str());
                QVERIFY2(partialsIn(dir, "in").isEmpty(), where);
                continue;
            }
            QVERIFY2(next.word == "done" || (next.word == "fix.output_exists" && there && out == reference.after),
                     where + " then " + next.word.toUtf8());
            QVERIFY2(readTree(dir.path("out")) == reference.after, where);
            if (next.word == "done") {
                QVERIFY2(partialsIn(dir).isEmpty() && !dir.exists(Leftover), where);
            }
        }
    }

private:
    struct Reference {
        std::string source;
        Tree before;
        Tree after;
    };
    TempDir m_dir;
    Reference m_torch;
    Reference m_convert;
    std::string m_source;
    Tree m_before;
    Tree m_after;
    Tree m_inPlaceAfter;
};

QTEST_GUILESS_MAIN(TestFaults)
#include "tst_faults.moc"
