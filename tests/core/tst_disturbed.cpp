// SPDX-License-Identifier: Apache-2.0
// LABELS: slow
// Others meddle while a repair runs: a source file is cut, emptied, grown, replaced, overwritten or removed at any
// read, the time of day jumps, or several programs write one OUT. Never a crash or a mixture: the run ends well or says
// why not, OUT is absent or what one state of the source gives, and nothing is left behind.
#include "tests/support/fixprocess.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/torchfile.h"

#include <QProcess>
#include <QTest>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <vector>

using namespace ckptscope::test;
namespace fs = std::filesystem;

namespace {

using Tree = std::map<std::string, std::string>;

const QMap<QString, QString> Meddling{
    {"cut", "truncate -s 300 FILE"},
    {"emptied", "truncate -s 0 FILE"},
    {"grown", "printf more >>FILE"},
    {"replaced", "cp FILE FILE.new && printf X | dd of=FILE.new bs=1 seek=1500 conv=notrunc status=none && mv FILE.new FILE"},
    {"overwritten", "printf X | dd of=FILE bs=1 seek=1500 conv=notrunc status=none"},
    {"removed", "rm -f FILE"},
    {"made a folder", "rm -f FILE && mkdir -p FILE"},
};

std::string writeSource(const TempDir& dir, const QStringList& words)
{
    GdnFolder what;
    what.layersPerShard = 1;
    what.heads = 8;
    what.longElements = 1024;
    return words.contains("torch") ? writeTorchFolder(dir, "in") : writeGdnFolder(dir, "in", what);
}

std::string victim(const QStringList& words)
{
    return words.contains("torch") ? "pytorch_model-00001-of-00002.bin" : "model-00001-of-00003.safetensors";
}

QStringList withoutInPlace(QStringList words)
{
    words.removeAll("inplace");
    return words;
}

} // namespace

class TestDisturbed : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { useMemoryForTempDirs(); }

    void sourceChanges_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("command");
        for (const QStringList& words : {QStringList{}, QStringList{"inplace"}, QStringList{"full"}, QStringList{"convert"}, QStringList{"torch"}}) {
            for (auto it = Meddling.begin(); it != Meddling.end(); ++it) {
                QTest::addRow("%s, %s", qPrintable(words.isEmpty() ? QString("plain") : words.join(' ')), qPrintable(it.key()))
                    << words << it.value();
            }
        }
    }
    void sourceChanges()
    {
        QFETCH(QStringList, words);
        QFETCH(QString, command);
        constexpr int Places = 6; ///< reads at which it happens, spread over all
        const bool inPlace = words.contains("inplace");
        int reads = Places;
        int refused = 0;
        int done = 0;
        for (int n = 1; n <= reads; n += std::max(1, reads / Places)) {
            const TempDir dir;
            const std::string source = writeSource(dir, words);
            if (n == 1) {
                const std::string copy = dir.copyTree("copy", source);
                reads = runFix(copy, dir.path("counted"), words, "count").calls["pread"];
                QVERIFY(reads > 4);
                fs::remove_all(copy);
                fs::remove_all(dir.path("counted"));
            }
            // What either state of the source gives.
            QCOMPARE(runFix(source, dir.path("first"), withoutInPlace(words)).word, QString("done"));
            const Tree first = readTree(dir.path("first"));
            fs::remove_all(dir.path("first"));

            FixSetting setting;
            setting.libraries << "ckptscope_faults";
            const QString file = QString::fromStdString(source + '/' + victim(words));
            setting.environment = {{"CKPTSCOPE_FAULT", QString("pread:%1:run").arg(n)},
                                   {"CKPTSCOPE_FAULT_RUN", QString(command).replace("FILE", file)}};
            const FixProcess run = runFixWith(source, dir.path("out"), words, setting);
            const QByteArray where = QString("at read %1 of %2: %3 %4").arg(n).arg(reads).arg(run.exitCode).arg(run.word).toUtf8();
            QVERIFY2(!run.killed && (run.exitCode == 0 || run.exitCode == 2), where);
            for (const std::string& name : dir.list()) {
                QVERIFY2(name == "in" || (name == "out" && run.exitCode == 0), where + " left " + name.c_str());
            }
            for (const std::string& name : dir.list("in")) {
                QVERIFY2(name.find(".partial-") == std::string::npos, where + " left " + name.c_str());
            }
            ++(run.word == "done" ? done : refused);
            if (run.word != "done") {
                continue;
            }
            // The same files once more, changed before anything reads them.
            const TempDir other;
            const std::string changed = writeSource(other, words);
            const QString there = QString::fromStdString(changed + '/' + victim(words));
            QCOMPARE(QProcess::execute("sh", {"-c", QString(command).replace("FILE", there)}), 0);
            Tree second;
            if (runFix(changed, other.path("second"), withoutInPlace(words)).word == "done") {
                second = readTree(other.path("second"));
            }
            const Tree out = readTree(inPlace ? source : dir.path("out"));
            const auto holds = [&](const Tree& expected) {
                return !expected.empty() && std::all_of(expected.begin(), expected.end(), [&](const auto& entry) {
                    const auto found = out.find(entry.first);
                    return found != out.end() && found->second == entry.second;
                });
            };
            QVERIFY2(holds(first) || holds(second), where + ": neither the old source nor the new gives this");
        }
        QVERIFY2(refused > 0, "it is never noticed");
        std::printf("a source file changes, %s: at %d reads; refused %d times, done from one state %d times, no "
                    "mixture, nothing left\n",
                    QTest::currentDataTag(), done + refused, refused, done);
        std::fflush(stdout);
    }

    void clockJumps_data()
    {
        QTest::addColumn<QString>("clock");
        QTest::addColumn<QStringList>("words");
        for (const char* clock : {"back", "forth", "still", "zero", "far"}) {
            for (const char* word : {"copy", "slowly", "inplace", "convert"}) {
                QTest::addRow("%s, %s", clock, word) << QString(clock) << QStringList{word};
            }
        }
    }
    void clockJumps()
    {
        QFETCH(QString, clock);
        QFETCH(QStringList, words);
        const TempDir dir;
        const std::string source = writeSource(dir, words);
        QCOMPARE(runFix(source, dir.path("first"), withoutInPlace(words)).word, QString("done"));
        FixSetting setting;
        setting.libraries << "ckptscope_clock";
        setting.environment = {{"CKPTSCOPE_CLOCK", clock}};
        QCOMPARE(runFixWith(source, dir.path("out"), words, setting).word, QString("done"));
        const Tree out = readTree(words.contains("inplace") ? source : dir.path("out"));
        for (const auto& [name, bytes] : readTree(dir.path("first"))) {
            QVERIFY2(out.at(name) == bytes, name.c_str());
        }
    }
    /// Dates that no clock of ours shows: a file's own.
    void oddDates_data()
    {
        QTest::addColumn<QString>("date");
        QTest::newRow("before the epoch") << "@-100000000";
        QTest::newRow("the year 2300, whose nanoseconds no 64 bits hold") << "@10413792000";
    }
    void oddDates()
    {
        QFETCH(QString, date);
        const TempDir dir;
        const std::string source = writeSource(dir, {});
        for (const auto& entry : fs::directory_iterator(source)) {
            if (entry.is_regular_file()) {
                QCOMPARE(QProcess::execute("touch", {"-d", date, QString::fromStdString(entry.path().string())}), 0);
            }
        }
        QCOMPARE(runFix(source, dir.path("out")).word, QString("done"));
    }

    void severalPrograms_data()
    {
        QTest::addColumn<QStringList>("words");
        for (const QStringList& words : {QStringList{}, QStringList{"force"}, QStringList{"inplace"}, QStringList{"convert"}}) {
            QTest::newRow(qPrintable(words.isEmpty() ? QString("plain") : words.join(' '))) << words;
        }
    }
    void severalPrograms()
    {
        QFETCH(QStringList, words);
        constexpr int Programs = 4;
        constexpr int Rounds = 8;
        const bool inPlace = words.contains("inplace");
        const bool force = words.contains("force");
        QMap<QString, int> answers;
        for (int round = 0; round < Rounds; ++round) {
            const TempDir dir;
            const std::string source = writeSource(dir, words);
            QCOMPARE(runFix(source, dir.path("first"), withoutInPlace(words)).word, QString("done"));
            const Tree first = readTree(dir.path("first"));
            fs::remove_all(dir.path("first"));
            std::vector<std::unique_ptr<QProcess>> running;
            for (int i = 0; i < Programs; ++i) {
                auto& process = running.emplace_back(std::make_unique<QProcess>());
                process->setProcessChannelMode(QProcess::MergedChannels);
                process->start(QStringLiteral(CKPTSCOPE_TEST_BIN_DIR "/ckptscope_fixonce"),
                               QStringList{QString::fromStdString(source), QString::fromStdString(dir.path("out"))} + words);
            }
            int well = 0;
            for (const auto& process : running) {
                QVERIFY(process->waitForFinished(60000) && process->exitStatus() == QProcess::NormalExit);
                const QString word = QString::fromUtf8(process->readAll()).section(' ', 0, 0).trimmed();
                ++answers[word];
                well += word == "done" ? 1 : 0;
                QVERIFY2(process->exitCode() == 0 || process->exitCode() == 2, qPrintable(word));
            }
            QVERIFY2(force || inPlace ? well >= 1 : well == 1, qPrintable(QString::number(well)));
            const Tree out = readTree(inPlace ? source : dir.path("out"));
            for (const auto& [name, bytes] : first) {
                QVERIFY2(out.contains(name) && out.at(name) == bytes, name.c_str());
            }
            for (const std::string& name : dir.list(inPlace ? "in" : "")) {
                QVERIFY2(name.find(".partial-") == std::string::npos, name.c_str());
            }
        }
        QStringList told;
        for (auto it = answers.begin(); it != answers.end(); ++it) {
            told << QString("%1 %2 times").arg(it.key()).arg(it.value());
        }
        std::printf("%d programs on one output, %s: %d rounds; %s; the result whole in all, nothing left\n", Programs, QTest::currentDataTag(),
                    Rounds, qPrintable(told.join(", ")));
        std::fflush(stdout);
    }
};

QTEST_GUILESS_MAIN(TestDisturbed)
#include "tst_disturbed.moc"
