// SPDX-License-Identifier: Apache-2.0
// LABELS: slow
// A repair or conversion is killed at random moments: the source is as it was, OUT is absent or complete (or, with
// force, the old one; or, in place, each file old or new), and the next run succeeds and leaves nothing behind. 210
// kills; CKPTSCOPE_KILLS=N sets how many (script/kills).
#include "tests/support/fixprocess.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/torchfile.h"

#include <QElapsedTimer>
#include <QTest>

#include <array>
#include <filesystem>
#include <random>

using namespace ckptscope::test;
namespace fs = std::filesystem;

namespace {

const std::array<QStringList, 7> Ways{{{}, {"force"}, {"inplace"}, {"convert"}, {"convert", "force"}, {"torch"}, {"torch", "inplace"}}};

/// How many of a way are to be killed.
int wanted()
{
    const int all = qEnvironmentVariableIntValue("CKPTSCOPE_KILLS");
    constexpr int Usual = 30;
    return all > 0 ? (all + static_cast<int>(Ways.size()) - 1) / static_cast<int>(Ways.size()) : Usual;
}

} // namespace

class TestKill : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { useMemoryForTempDirs(); }

    void killed_data()
    {
        QTest::addColumn<QStringList>("words");
        for (const QStringList& words : Ways) {
            QTest::newRow(qPrintable(words.isEmpty() ? QString("plain") : words.join(' '))) << words;
        }
    }
    void killed()
    {
        QFETCH(QStringList, words);
        const bool force = words.contains("force");
        const bool inPlace = words.contains("inplace");
        QStringList plain = words;
        plain.removeAll("force");
        plain.removeAll("inplace");
        const TempDir dir;
        GdnFolder what;
        what.longElements = 32 * 1024;
        const std::string source = words.contains("torch") ? writeTorchFolder(dir, "in") : writeGdnFolder(dir, "in", what);
        const auto before = readTree(source);
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(runFix(source, dir.path("out"), plain).word, QString("done"));
        const qint64 usual = std::max<qint64>(timer.nsecsElapsed() / 1000, 2000);
        auto after = readTree(dir.path("out"));
        fs::remove_all(dir.path("out"));
        const std::map<std::string, std::string> old{{"old.txt", "old"}};
        if (inPlace) {
            for (const auto& [name, bytes] : before) {
                after.try_emplace(name, bytes);
            }
        }

        std::mt19937 random(20251129U + static_cast<unsigned>(words.join(' ').size()));
        int killed = 0;
        int ended = 0;
        int complete = 0;
        int mixed = 0;
        while (killed < wanted()) {
            QVERIFY2(ended < 3 * wanted() + 50, "too few runs are killed: the test says nothing");
            if (force) {
                dir.write("out/old.txt", "old");
            }
            FixSetting setting;
            setting.killAfterUs = static_cast<qint64>(random() % static_cast<unsigned>(usual));
            const FixProcess run = runFixWith(source, dir.path("out"), words, setting);
            (run.killed ? killed : ended)++;
            const QByteArray when = QString("killed after %1 us of some %2").arg(setting.killAfterUs).arg(usual).toUtf8();
            const auto now = readTree(source);
            if (inPlace) {
                for (const auto& [name, bytes] : before) {
                    const auto found = now.find(name);
                    QVERIFY2(found != now.end() && (found->second == bytes || found->second == after.at(name)), when + ": " + name.c_str());
                }
                complete += run.killed && now == after ? 1 : 0;
                mixed += run.killed && now != after && now != before ? 1 : 0;
                QCOMPARE(runFix(source, dir.path("out"), words).exitCode, 0);
                QVERIFY2(readTree(source) == after, when);
                fs::remove_all(source);
                for (const auto& [name, bytes] : before) {
                    dir.write("in/" + name, bytes);
                }
                continue;
            }
            QVERIFY2(now == before, when);
            const bool there = dir.exists("out");
            if (there) {
                const auto out = readTree(dir.path("out"));
                QVERIFY2(out == after || (force && out == old), when);
                complete += run.killed && out == after ? 1 : 0;
                if (!force) {
                    fs::remove_all(dir.path("out"));
                }
            }
            QCOMPARE(runFix(source, dir.path("out"), words).word, QString("done"));
            QVERIFY2(readTree(dir.path("out")) == after, when);
            QCOMPARE(dir.list(), (std::vector<std::string>{"in", "out"}));
            fs::remove_all(dir.path("out"));
        }
        if (inPlace) {
            std::printf("kills, %s: %d killed, each file old or new in all (%d times all new, %d times files lay "
                        "beside them); a new run completed all\n",
                        QTest::currentDataTag(), killed, complete, mixed);
        } else {
            std::printf("kills, %s: %d killed, source unchanged in all, OUT complete in %d and %s in %d; a new run "
                        "completed all\n",
                        QTest::currentDataTag(), killed, complete, force ? "the old one" : "absent", killed - complete);
        }
        std::fflush(stdout);
    }
};

QTEST_GUILESS_MAIN(TestKill)
#include "tst_kill.moc"
