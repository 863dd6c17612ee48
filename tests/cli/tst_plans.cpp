// SPDX-License-Identifier: Apache-2.0
// fix --plan, convert --plan, apply, finish, check --part and --merge: the programs themselves, as a job script runs
// them.
#include "tests/support/gdnfolder.h"
#include "tests/support/runprogram.h"
#include "tests/support/tempdir.h"
#include "tests/support/torchfile.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QTest>
#include <QThread>

#include <filesystem>
#include <random>

using namespace ckptscope::test;
namespace fs = std::filesystem;

namespace {

QString q(const std::string& text)
{
    return QString::fromStdString(text);
}

/// Findings alone: a document's `decay` and the rest are compared with it.
QJsonObject checked(const QStringList& words)
{
    const Ran ran = run(QStringList{"check"} + words + QStringList{"--json"});
    return ran.json();
}

} // namespace

class TestPlans : public QObject {
    Q_OBJECT

private slots:
    void inParts_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("source");
        QTest::newRow("fix") << QStringList{"fix"} << "gdn";
        QTest::newRow("fix with casts") << QStringList{"fix", "--cast", "*_proj*=F32", "--verify", "full"} << "gdn";
        QTest::newRow("fix a file") << QStringList{"fix", "--cast", "*=F16"} << "file";
        QTest::newRow("fix torch") << QStringList{"fix", "--to", "torch"} << "torch";
        QTest::newRow("convert torch") << QStringList{"convert", "--fix", "--max-shard-size", "8KB"} << "torch";
    }
    void inParts()
    {
        QFETCH(QStringList, words);
        QFETCH(QString, source);
        const TempDir dir;
        std::string in = source == "torch" ? writeTorchFolder(dir, "in") : writeGdnFolder(dir, "in");
        QString one = "one";
        QString out = "out";
        if (source == "file") {
            in = dir.path("in/model-00001-of-00003.safetensors");
            fs::remove(dir.path("in/model.safetensors.index.json"));
            one = "one/out.safetensors";
            out = "out.safetensors";
            dir.folder("one");
        }
        const QString name = words.takeFirst();
        const QString folder = q(dir.path());
        // A relative path, from another folder: the plan holds where it is.
        const QString path = q(fs::relative(in, dir.path()).string());
        QCOMPARE(run(QStringList{name, path, "-o", one} + words, {}, folder).code, 0);
        const Ran planned = run(QStringList{name, path, "-o", out, "--plan", "plan.json", "--json"} + words, {}, folder);
        QVERIFY2(planned.code == 0, planned.err.constData());
        QCOMPARE(planned.json()["schema"].toString(), QString("ckptscope.saved-plan/1"));
        QVERIFY(!dir.exists(out.toStdString()));
        const QString plan = q(dir.path("plan.json"));
        for (const QString& part : {QString("2/3"), QString("3/3"), QString("3/3")}) {
            const Ran ran = run({"apply", "--plan", plan, "--part", part, "--json"});
            QVERIFY2(ran.code == 0, ran.err.constData());
            QCOMPARE(ran.json()["schema"].toString(), QString("ckptscope.apply/1"));
        }
        const Ran early = run({"finish", "--plan", plan, "--json"});
        QCOMPARE(early.code, 2);
        QCOMPARE(early.json()["error"].toObject()["code"].toString(), QString("plan.missing"));
        QVERIFY2(early.err.contains("part 1 of 3"), early.err.constData());
        const Ran all = run({"apply", "--plan", plan}); // what is left, of as many as were begun
        QVERIFY2(all.code == 0, all.err.constData());
        QVERIFY2(all.out.contains("Part 2 of 3 was done already"), all.out.constData());
        const Ran finished = run({"finish", "--plan", plan, "--verify", "full", "--json", "--receipt", q(dir.path("receipt.json"))});
        QVERIFY2(finished.code == 0, finished.err.constData());
        QCOMPARE(finished.json()["schema"].toString(), QString("ckptscope.receipt/1"));
        QCOMPARE(QJsonDocument::fromJson(QByteArray::fromStdString(dir.read("receipt.json"))).object(), finished.json());
        if (source == "file") {
            QCOMPARE(dir.read("out.safetensors"), dir.read("one/out.safetensors"));
        } else {
            QVERIFY(readTree(dir.path("out")) == readTree(dir.path("one")));
        }
        const Ran twice = run({"finish", "--plan", plan}); // nothing is left to finish
        QCOMPARE(twice.code, 2);
        QVERIFY2(twice.err.contains("finish has run before"), twice.err.constData());
    }

    void usage_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("says");
        QTest::newRow("part") << QStringList{"apply", "--plan", "plan.json", "--part", "3"} << "write I/N";
        QTest::newRow("part 0") << QStringList{"apply", "--plan", "plan.json", "--part", "0/3"} << "write I/N";
        QTest::newRow("part 4 of 3") << QStringList{"apply", "--plan", "plan.json", "--part", "4/3"} << "write I/N";
        QTest::newRow("no plan") << QStringList{"apply", "--plan", "none.json"} << "no such file";
        QTest::newRow("not a plan") << QStringList{"apply", "--plan", "in/config.json"} << "no plan that can be carried out";
        QTest::newRow("in place") << QStringList{"fix", "in", "--in-place", "--plan", "other.json"} << "exclude each other";
        QTest::newRow("dry run") << QStringList{"fix", "in", "-o", "o", "--dry-run", "--plan", "other.json"} << "exclude each other";
        QTest::newRow("not begun") << QStringList{"finish", "--plan", "plan.json"} << "no part has been begun";
        QTest::newRow("check part alone") << QStringList{"check", "in", "--part", "1/2"} << "go with --values";
        QTest::newRow("check part to nowhere") << QStringList{"check", "in", "--values", "--part", "1/2"} << "--part-out FILE";
        QTest::newRow("check merges nothing of it") << QStringList{"check", "in", "--values", "--merge", "in/config.json"} << "is no part of a scan";
    }
    void usage()
    {
        QFETCH(QStringList, words);
        QFETCH(QString, says);
        const TempDir dir;
        writeGdnFolder(dir, "in");
        QCOMPARE(run({"fix", "in", "-o", "out", "--plan", "plan.json"}, {}, q(dir.path())).code, 0);
        const Ran ran = run(words, {}, q(dir.path()));
        QCOMPARE(ran.code, 2);
        QVERIFY2(ran.err.contains(says.toUtf8()), ran.err.constData());
        QCOMPARE(dir.list(), (std::vector<std::string>{"in", "plan.json"}));
    }

    void discard()
    {
        const TempDir dir;
        writeGdnFolder(dir, "in");
        const QString folder = q(dir.path());
        QCOMPARE(run({"fix", "in", "-o", "out", "--plan", "plan.json"}, {}, folder).code, 0);
        QCOMPARE(run({"apply", "--plan", "plan.json", "--part", "1/2"}, {}, folder).code, 0);
        QCOMPARE(dir.list().size(), std::size_t{3});
        const Ran discarded = run({"finish", "--plan", "plan.json", "--discard", "--json"}, {}, folder);
        QCOMPARE(discarded.code, 0);
        QCOMPARE(discarded.json()["schema"].toString(), QString("ckptscope.discard/1"));
        QCOMPARE(discarded.json()["removed"].toBool(), true);
        QCOMPARE(dir.list(), (std::vector<std::string>{"in", "plan.json"}));
        const Ran again = run({"finish", "--plan", "plan.json", "--discard", "--json"}, {}, folder);
        QCOMPARE(again.code, 0);
        QCOMPARE(again.json()["removed"].toBool(true), false);
        QCOMPARE(run({"finish", "--plan", "plan.json", "--discard"}, {}, folder).out, QByteArray());
    }

    void nothingToDo()
    {
        const TempDir dir;
        writeGdnFolder(dir, "in");
        QCOMPARE(run({"fix", "in", "-o", "out"}, {}, q(dir.path())).code, 0);
        const Ran ran = run({"fix", "out", "-o", "again", "--plan", "plan.json"}, {}, q(dir.path()));
        QCOMPARE(ran.code, 0);
        QVERIFY(ran.out.contains("Nothing to do"));
        QVERIFY(!dir.exists("plan.json"));
        const QJsonObject json = run({"fix", "out", "-o", "again", "--plan", "plan.json", "--json"}, {}, q(dir.path())).json();
        QCOMPARE(json["schema"].toString(), QString("ckptscope.saved-plan/1"));
        QVERIFY(json.contains("plan") && json["plan"].isNull() && json["output"].isNull());
        QCOMPARE(json["edits"].toInt(-1), 0);
    }

    /// Parts are killed at moments by chance, two of one part at once among them; those that are run again complete it.
    void killed()
    {
        const TempDir dir;
        GdnFolder what;
        what.longElements = 1024 * 1024;
        writeGdnFolder(dir, "in", what);
        const QString folder = q(dir.path());
        QCOMPARE(run({"fix", "in", "-o", "one"}, {}, folder).code, 0);
        QCOMPARE(run({"fix", "in", "-o", "out", "--plan", "plan.json", "--link", "copy"}, {}, folder).code, 0);
        std::mt19937 chance(11);
        int killed = 0;
        for (int round = 0; round < 12; ++round) {
            QProcess first;
            QProcess second;
            for (QProcess* process : {&first, &second}) {
                process->setWorkingDirectory(folder);
                process->start(q(programPath("ckptscope")),
                               {"apply", "--plan", "plan.json", "--part", QString::number(round % 3 + 1) + "/3", "--io-rate", "40MB/s"});
                QVERIFY(process->waitForStarted());
            }
            QThread::msleep(20 + chance() % 200);
            first.kill();
            second.kill();
            QVERIFY(first.waitForFinished() && second.waitForFinished());
            killed += first.exitStatus() == QProcess::CrashExit || second.exitStatus() == QProcess::CrashExit ? 1 : 0;
            QVERIFY(!dir.exists("out"));
        }
        QVERIFY2(killed > 0, "nothing was killed: the test says nothing");
        QCOMPARE(run({"apply", "--plan", "plan.json"}, {}, folder).code, 0);
        QCOMPARE(run({"finish", "--plan", "plan.json", "--verify", "full"}, {}, folder).code, 0);
        QVERIFY(readTree(dir.path("out")) == readTree(dir.path("one")));
        const auto left = dir.list();
        QVERIFY2(left == (std::vector<std::string>{"in", "one", "out", "plan.json"}), left.size() > 1 ? left[1].c_str() : "");
    }

    void valuesInParts_data()
    {
        QTest::addColumn<int>("parts");
        QTest::addColumn<QStringList>("words");
        QTest::newRow("one") << 1 << QStringList{};
        QTest::newRow("three") << 3 << QStringList{};
        QTest::newRow("more than tensors") << 40 << QStringList{"--profile", "nemo-automodel"};
    }
    void valuesInParts()
    {
        QFETCH(int, parts);
        QFETCH(QStringList, words);
        const TempDir dir;
        GdnFolder what;
        what.longElements = 4096;
        writeGdnFolder(dir, "in", what); // random bytes: NaN, Inf and subnormals in every tensor
        const std::string name = "in/model-00002-of-00003.safetensors";
        const std::string bytes = dir.read(name);
        dir.patch(name, bytes.size() - 8192, bytes.substr(bytes.size() - 16384, 8192)); // a copy, if not in its last tensors' order
        const QJsonObject whole = checked(QStringList{q(dir.path("in")), "--values"} + words);
        QVERIFY(whole["findings"].toArray().size() > 5);
        QStringList merge;
        for (int part = parts; part >= 1; --part) {
            const QString file = q(dir.path("part-" + std::to_string(part)));
            const Ran ran = run({"check", q(dir.path("in")), "--values", "--part", QString("%1/%2").arg(part).arg(parts), "--part-out", file});
            QVERIFY2(ran.code == 0, ran.err.constData());
            merge << "--merge" << file;
        }
        const QStringList in{q(dir.path("in")), "--values"};
        QCOMPARE(checked(in + merge + words), whole);
        if (parts > 1) {
            const Ran less = run(QStringList{"check"} + in + merge.mid(2));
            QCOMPARE(less.code, 2);
            QVERIFY2(less.err.contains("the scan is not complete"), less.err.constData());
            QCOMPARE(run(QStringList{"check"} + in + merge + merge.mid(2)).code, 2); // twice
        }
        const std::string first = "in/model-00001-of-00003.safetensors";
        const std::size_t name1 = dir.read(first).find("linear_attn");
        QVERIFY(name1 != std::string::npos);
        dir.patch(first, name1, "Z"); // another tensor
        QCOMPARE(run(QStringList{"check"} + in + merge).code, 2);
    }
};

QTEST_GUILESS_MAIN(TestPlans)
#include "tst_plans.moc"
