// SPDX-License-Identifier: Apache-2.0
// The command line gives up what it does not need, and follows no link out of a checkpoint's folder unless told to.
#include "tests/support/runprogram.h"
#include "tests/support/tempdir.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QTest>

using namespace ckptscope;
using test::run;

namespace {

QString q(const std::string& text)
{
    return QString::fromStdString(text);
}

constexpr auto Demo = "resources/demo/qwen3-next-tiny-bf16";

/// The line of /proc/PID/status that begins so, without that.
QByteArray status(qint64 pid, const QByteArray& name)
{
    QFile file(QStringLiteral("/proc/%1/status").arg(pid));
    if (file.open(QIODevice::ReadOnly)) {
        for (const QByteArray& line : file.readAll().split('\n')) {
            if (line.startsWith(name + ':')) {
                return line.mid(name.size() + 1).trimmed();
            }
        }
    }
    return {};
}

} // namespace

class TestConfined : public QObject {
    Q_OBJECT

private slots:
    void doctorTells_data()
    {
        QTest::addColumn<QStringList>("more");
        QTest::addColumn<bool>("wanted");
        QTest::newRow("by default") << QStringList{} << true;
        QTest::newRow("not wanted") << QStringList{"--no-sandbox"} << false;
    }
    void doctorTells()
    {
        QFETCH(QStringList, more);
        QFETCH(bool, wanted);
        const auto json = run(QStringList{"doctor", "--json"} + more).json();
        const QString detail = json.value("sandbox_detail").toString();
        const bool on = json.value("sandbox").toBool();
        QVERIFY2(!on || wanted, qPrintable(detail));
        QVERIFY2(on ? detail.startsWith(QLatin1String("Landlock ABI ")) && detail.endsWith(QLatin1String(" + seccomp on"))
                    : detail.contains(QLatin1String("no")),
                 qPrintable(detail));
        const auto text = run(QStringList{"doctor"} + more);
        QVERIFY2(text.out.contains(detail.toUtf8()), text.out.constData());
        QCOMPARE(text.err.contains("Not confined (--no-sandbox)"), !wanted);
    }

    // What the kernel says of a program that waits for names.
    void kernelSaysSo_data()
    {
        QTest::addColumn<QStringList>("more");
        QTest::addColumn<bool>("confined");
        QTest::newRow("by default") << QStringList{} << true;
        QTest::newRow("not wanted") << QStringList{"--no-sandbox"} << false;
    }
    void kernelSaysSo()
    {
        QFETCH(QStringList, more);
        QFETCH(bool, confined);
        if (confined && !run({"doctor", "--json"}).json().value("sandbox").toBool()) {
            QSKIP("no sandbox here");
        }
        QProcess program;
        program.start(q(test::programPath("ckptscope")), QStringList{"keys"} + more);
        QVERIFY(program.waitForStarted());
        program.write("a.A_log\n");
        const QByteArray wanted = confined ? "2" : "0";
        QTRY_COMPARE(status(program.processId(), "Seccomp"), wanted);
        QTRY_COMPARE(status(program.processId(), "NoNewPrivs"), QByteArray(confined ? "1" : "0"));
        program.closeWriteChannel();
        QVERIFY(program.waitForFinished());
        QCOMPARE(program.exitCode(), 0);
    }

    // A link among the files that come along would carry what it points to into the copy.
    void fixCarriesNothingIn_data()
    {
        QTest::addColumn<QStringList>("more");
        QTest::addColumn<bool>("carried");
        QTest::newRow("by default") << QStringList{} << false;
        QTest::newRow("all files") << QStringList{"--files", "all"} << false;
        QTest::newRow("follow") << QStringList{"--follow"} << true;
        QTest::newRow("without a sandbox") << QStringList{"--no-sandbox"} << false;
    }
    void fixCarriesNothingIn()
    {
        QFETCH(QStringList, more);
        QFETCH(bool, carried);
        const test::TempDir dir;
        dir.copyTree("m", test::sourcePath(Demo));
        dir.write("secret", "a key");
        dir.symlink("m/notes.txt", "../secret");
        dir.write("m/sub/readme.txt", "x");
        dir.symlink("m/near.txt", "sub/readme.txt");
        const auto ran = run(QStringList{"fix", "--json", q(dir.path("m")), "-o", q(dir.path("out"))} + more);
        QCOMPARE(ran.code, 0);
        QCOMPARE(dir.exists("out/notes.txt"), carried);
        QCOMPARE(ran.json().value("left_out").toArray().contains(QJsonValue(QStringLiteral("notes.txt"))), !carried);
        QCOMPARE(dir.read("out/near.txt"), std::string("x"));
        const auto converted = run(QStringList{"convert", "--json", q(dir.path("m")), "-o", q(dir.path("converted"))} + more);
        QCOMPARE(converted.code, 0);
        QCOMPARE(dir.exists("converted/notes.txt"), carried);
    }

    // config.json and the index are read, so they are no way out either.
    void readsNoLinkOut_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("config") << "config.json";
        QTest::newRow("index") << "model.safetensors.index.json";
    }
    void readsNoLinkOut()
    {
        QFETCH(QString, name);
        const test::TempDir dir;
        dir.copyTree("m", test::sourcePath(Demo));
        dir.write("there.json", dir.read("m/" + name.toStdString()));
        dir.remove("m/" + name.toStdString());
        dir.symlink("m/" + name.toStdString(), "../there.json");
        const auto refused = run({"ls", "--json", q(dir.path("m"))}).json();
        bool told = false;
        for (const QJsonValue& problem : refused.value("problems").toArray()) {
            told = told || (problem["code"].toString() == QLatin1String("io.link_outside") && problem["file"].toString() == name);
        }
        QVERIFY(told);
        const auto followed = run({"ls", "--json", "--follow", q(dir.path("m"))}).json();
        QVERIFY(followed.value("problems").toArray().isEmpty());
        QVERIFY(!followed.value("architectures").toArray().isEmpty());
    }

    // In every way of naming them that is no checkpoint.
    void namedFiles()
    {
        const test::TempDir dir;
        dir.copyTree("a/m", test::sourcePath(Demo));
        dir.write("rules/my.json",
                  "{\"schema\":\"ckptscope.rules/"
                  "1\",\"profile\":\"default\",\"rules\":[{\"id\":\"my.w\",\"title\":\"w\",\"architectures\":[],"
                  "\"key_regex\":\"nothing\",\"required_dtypes\":[\"F64\"],\"severity\":\"violation\",\"why\":"
                  "\"because\",\"sources\":[\"me/mine#1\"]}]}");
        dir.folder("receipts");
        const auto fixed = run({"fix", q(dir.path("a/m")), "--rules", q(dir.path("rules/my.json")), "-o", q(dir.path("out")), "--receipt",
                                q(dir.path("receipts/r.json"))});
        QVERIFY2(fixed.code == 0, fixed.err.constData());
        QVERIFY(dir.exists("receipts/r.json"));
        QCOMPARE(run({"rules", "validate", q(dir.path("rules/my.json"))}).code, 0);
        QCOMPARE(run({"check", q(dir.path("a/m")), "--donor", q(dir.path("out"))}).code, 1);
        QCOMPARE(run({"diff", q(dir.path("a/m")), q(dir.path("out"))}).code, 1);
        const auto shown = run({"show", q(dir.path("a/m")), "model.layers.0.linear_attn.A_log", "--npy", q(dir.path("receipts/a.npy"))});
        QVERIFY2(shown.code == 0, shown.err.constData());
        // an output that is there already and is no file of ours
        QCOMPARE(run({"fix", q(dir.path("a/m")), "-o", q(dir.path("out3")), "--receipt", "/dev/null"}).code, 0);
        QCOMPARE(run({"fix", "m", "--in-place"}, {}, q(dir.path("a"))).code, 0);
        QCOMPARE(run({"check", "m"}, {}, q(dir.path("a"))).code, 0);
        QCOMPARE(run({"check", "."}, {}, q(dir.path("a/m"))).code, 0);
    }
};

QTEST_GUILESS_MAIN(TestConfined)
#include "tst_confined.moc"
