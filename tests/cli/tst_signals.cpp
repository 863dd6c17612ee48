// SPDX-License-Identifier: Apache-2.0
// A signal stops the program cleanly: exit code 128 + signal, nothing left half-made. Slow rates keep it busy as long as needed.
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"

#include <QProcess>
#include <QTest>

#include <csignal>

using namespace ckptscope;

namespace {

QString q(const std::string& text)
{
    return QString::fromStdString(text);
}

} // namespace

class TestSignals : public QObject {
    Q_OBJECT

private slots:
    void stops_data()
    {
        QTest::addColumn<QString>("command");
        QTest::addColumn<int>("signal");
        QTest::addColumn<int>("code");
        QTest::newRow("hash, interrupt") << "hash" << SIGINT << 130;
        QTest::newRow("hash, terminate") << "hash" << SIGTERM << 143;
        QTest::newRow("fix, interrupt") << "fix" << SIGINT << 130;
        QTest::newRow("fix, terminate") << "fix" << SIGTERM << 143;
        QTest::newRow("fix, interrupt twice") << "fix twice" << SIGINT << 130;
        QTest::newRow("convert, interrupt") << "convert" << SIGINT << 130;
        QTest::newRow("convert, terminate twice") << "convert twice" << SIGTERM << 143;
        QTest::newRow("keys, interrupt") << "keys" << SIGINT << 130;
        QTest::newRow("keys, terminate") << "keys" << SIGTERM << 143;
    }
    void stops()
    {
        QFETCH(QString, command);
        QFETCH(int, signal);
        const test::TempDir dir;
        test::SafetensorsFile()
            .addSparse("model.layers.0.linear_attn.A_log", "BF16", {64})
            .addSparse("big", "BF16", {64U << 20U})
            .write(dir.path("m/model.safetensors"));
        dir.write("m/config.json", R"({"architectures":["Qwen3NextForCausalLM"]})");
        const auto before = dir.list("m");
        const QString model = q(dir.path("m"));
        const QStringList slow{"--progress", "json", "--io-rate", "4MiB/s"};
        const QStringList arguments = command == "hash" ? QStringList{"ls", "--hash", model} + slow
            : command.startsWith("convert")             ? QStringList{"convert", model, "-o", q(dir.path("out"))} + slow
            : command.startsWith("fix")                 ? QStringList{"fix", model, "-o", q(dir.path("out")), "--link", "copy"} + slow
                                                        : QStringList{"keys", "--json"};
        QProcess process;
        process.setReadChannel(QProcess::StandardError);
        process.start(q(test::programPath("ckptscope")), arguments);
        QVERIFY(process.waitForStarted());
        if (command == "keys") {
            process.write("a\n");
            QTest::qWait(200); // it waits for more, and nothing tells when
        } else {               // busy: bytes have been read, or written
            QByteArray err;
            while (!err.contains("\"phase\":\"hashing\"") && !err.contains("\"phase\":\"copying\"") && !err.contains("\"phase\":\"casting\"")) {
                process.waitForReadyRead(1000);
                err += process.readAllStandardError();
                QVERIFY2(process.state() == QProcess::Running, err.constData());
            }
        }
        QCOMPARE(::kill(static_cast<pid_t>(process.processId()), signal), 0);
        if (command.endsWith("twice")) { // what was begun is removed all the same
            ::kill(static_cast<pid_t>(process.processId()), signal);
        }
        QVERIFY(process.waitForFinished(30000));
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QTEST(process.exitCode(), "code");
        QCOMPARE(dir.list("m"), before);
        QCOMPARE(dir.list(), std::vector<std::string>{"m"}); // no output, no partial
    }
};

QTEST_GUILESS_MAIN(TestSignals)
#include "tst_signals.moc"
