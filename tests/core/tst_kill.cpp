// SPDX-License-Identifier: Apache-2.0
// LABELS: slow
// A repair is killed at 200 moments: the source is as it was, OUT is absent or complete (or, with force, the old one; or, in place, each file
// old or new), and the next run succeeds.
#include "tests/support/fixprocess.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/torchfile.h"

#include <QElapsedTimer>
#include <QTest>

#include <filesystem>
#include <random>

using namespace ckptscope::test;
namespace fs = std::filesystem;

class TestKill : public QObject {
    Q_OBJECT

private slots:
    void killed_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::newRow("plain") << QStringList {};
        QTest::newRow("force") << QStringList {"force"};
        QTest::newRow("convert") << QStringList {"convert"};
        QTest::newRow("torch") << QStringList {"torch"};
        QTest::newRow("in place") << QStringList {"inplace"};
    }
    void killed()
    {
        QFETCH(QStringList, words);
        const bool force = words.contains("force");
        const bool inPlace = words.contains("inplace");
        const TempDir dir;
        const std::string source = words.contains("torch") ? writeTorchFolder(dir, "in") : writeGdnFolder(dir, "in");
        const auto before = readTree(source);
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(runFix(source, dir.path("out"), force || inPlace ? QStringList {} : words).word, QString("done"));
        const auto usual = std::max<qint64>(timer.elapsed(), 4);
        const auto after = readTree(dir.path("out"));
        const std::map<std::string, std::string> old {{"old.txt", "old"}};

        std::mt19937 random(words.size() + (force ? 2 : 0));
        int survived = 0;
        for (int round = 0; round < 40; ++round) {
            fs::remove_all(dir.path("out"));
            if (force) {
                dir.write("out/old.txt", "old");
            }
            const int moment = static_cast<int>(random() % static_cast<unsigned>(usual + 1));
            const FixProcess run = runFix(source, dir.path("out"), words, {}, moment);
            survived += run.killed ? 0 : 1;
            const auto now = readTree(source);
            if (inPlace) {
                for (const auto& [name, bytes] : before) {
                    const auto found = now.find(name);
                    QVERIFY2(found != now.end(), name.c_str());
                    QVERIFY2(found->second == bytes || (after.count(name) != 0 && found->second == after.at(name)), name.c_str());
                }
                QCOMPARE(runFix(source, dir.path("out"), words).exitCode, 0);
                for (const auto& [name, bytes] : readTree(source)) {
                    QVERIFY2(name.find(".partial-") == std::string::npos, name.c_str());
                    QVERIFY2(bytes == (after.count(name) != 0 ? after.at(name) : before.at(name)), name.c_str());
                }
                fs::remove_all(source);
                for (const auto& [name, bytes] : before) {
                    dir.write("in/" + name, bytes);
                }
                continue;
            }
            QVERIFY(now == before);
            if (dir.exists("out")) {
                const auto out = readTree(dir.path("out"));
                QVERIFY2(out == after || (force && out == old), qPrintable(QString::number(moment)));
                fs::remove_all(dir.path("out"));
            }
            QCOMPARE(runFix(source, dir.path("out"), words).word, QString("done"));
            QVERIFY(readTree(dir.path("out")) == after);
            QCOMPARE(dir.list(), (std::vector<std::string> {"in", "out"}));
        }
        QVERIFY2(survived < 40, "nothing was killed: the test says nothing");
    }
};

QTEST_GUILESS_MAIN(TestKill)
#include "tst_kill.moc"
