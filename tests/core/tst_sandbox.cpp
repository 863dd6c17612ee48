// SPDX-License-Identifier: Apache-2.0
// What an injected instruction could still do inside the sandbox: a program of ours goes in and tries.
#include "core/formats/access.h"
#include "core/io/links.h"
#include "tests/support/tempdir.h"

#include <QProcess>
#include <QTest>

#include <algorithm>

using namespace ckptscope;

namespace {

QString q(const std::string& text)
{
    return QString::fromStdString(text);
}

/// "allowed", "refused: ...", or "no sandbox: ...".
QString tried(const QStringList& rights, const QStringList& what)
{
    QProcess process;
    process.start(QStringLiteral(CKPTSCOPE_TEST_BIN_DIR "/ckptscope_sandboxed"), rights + QStringList{QStringLiteral("--")} + what);
    if (!process.waitForFinished(60'000) || process.exitStatus() != QProcess::NormalExit) {
        return QStringLiteral("it crashed");
    }
    return QString::fromUtf8(process.readAllStandardOutput()).trimmed();
}

} // namespace

class TestSandbox : public QObject {
    Q_OBJECT

private slots:
    void refuses_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("name"); // in the folder; absolute: elsewhere
        QTest::addColumn<bool>("allowed");
        const auto row = [](const char* title, const char* what, const char* name, bool allowed) {
            QTest::newRow(title) << QString::fromLatin1(what) << QString::fromLatin1(name) << allowed;
        };
        row("reads its checkpoint", "open", "in/model", true);
        row("lists its checkpoint", "list", "in", true);
        row("reads /etc/passwd", "open", "/etc/passwd", false);
        row("reads /etc/passwd in a child", "fork", "/etc/passwd", false);
        row("reads itself", "open", "/proc/self/environ", false);
        row("reads memory", "open", "/proc/self/mem", false);
        row("reads a link out of its checkpoint", "open", "in/link", false);
        row("lists the folder above", "list", ".", false);
        row("reads beside its checkpoint", "open", "other", false);
        row("reads through ..", "open", "in/../other", false);
        row("overwrites its checkpoint", "overwrite", "in/model", false);
        row("truncates its checkpoint", "truncate", "in/model", false);
        row("removes from its checkpoint", "remove", "in/model", false);
        row("renames in its checkpoint", "rename", "in/model", false);
        row("writes into its checkpoint", "create", "in/new", false);
        row("writes beside its output", "create", "out/new", true);
        row("makes a folder beside its output", "folder", "out/folder", true);
        row("reads back beside its output", "open", "out/old", true);
        row("links beside its output", "symlink", "out/link", false);
        row("writes into /tmp", "create", "/tmp/ckptscope-sandbox-test", false);
        row("overwrites the receipt", "overwrite", "receipt", true);
        row("removes the receipt", "remove", "receipt", false);
        row("writes beside the receipt", "create", "receipt2", false);
        row("changes permissions of its output", "chmod", "out/old", false);
        row("changes permissions elsewhere", "chmod", "other", false);
        row("sets an attribute", "xattr", "out/old", false);
        row("speaks to the network", "socket", "", false);
        row("speaks to a local service", "unixsocket", "", false);
        row("starts a program", "exec", "", false);
        row("starts a program from memory", "fexec", "", false);
        row("types into the terminal", "type", "", false);
    }
    void refuses()
    {
        QFETCH(QString, what);
        QFETCH(QString, name);
        QFETCH(bool, allowed);
        const test::TempDir dir;
        dir.write("in/model", "weights");
        dir.write("other", "secret");
        dir.write("receipt", "{}");
        dir.write("out/old", "x");
        dir.symlink("in/link", "../other");
        const QString path = name.isEmpty() || name.startsWith(QLatin1Char('/')) ? name : q(dir.path(name.toStdString()));
        const QString said = tried({"read", q(dir.path("in")), "beside", q(dir.path("out/result")), "file", q(dir.path("receipt"))}, {what, path});
        if (said.startsWith(QLatin1String("no sandbox"))) {
            QSKIP(qPrintable(said));
        }
        QVERIFY2(allowed ? said == QLatin1String("allowed") : said.startsWith(QLatin1String("refused")), qPrintable(said));
        QCOMPARE(dir.read("in/model"), std::string("weights"));
        QCOMPARE(dir.read("other"), std::string("secret"));
    }

    // What a checkpoint's own links may open.
    void checkpointPlaces()
    {
        const test::TempDir dir;
        dir.write("elsewhere/weights", "x");
        dir.write("m/model.safetensors", "x");
        dir.symlink("m/out", "../elsewhere/weights");
        dir.write("hub/models--o--n/blobs/0123", "x");
        dir.symlink("hub/models--o--n/snapshots/rev/model.safetensors", "../../blobs/0123");
        const auto reads = [](const std::string& path, bool follow) {
            SandboxAccess access;
            allowCheckpoint(access, {path}, OpenOptions{follow});
            std::sort(access.reads.begin(), access.reads.end());
            return access.reads;
        };
        using Paths = std::vector<std::string>;
        QCOMPARE(reads(dir.path("m"), false), Paths{dir.path("m")});
        dir.write("alone/.secret", "x");
        dir.write("alone/below/file", "x");
        dir.write("alone/config.json", "x");
        dir.write("alone/model.safetensors", "x");
        dir.symlink("alone/link", "../elsewhere/weights");
        QCOMPARE(reads(dir.path("alone/model.safetensors"), false),
                 (Paths{dir.path("alone/.hf_metadata"), dir.path("alone/config.json"), dir.path("alone/model.safetensors"),
                        dir.path("alone/model.safetensors")}));
        dir.write("alone/model.safetensors.index.json", "{}");
        QCOMPARE(reads(dir.path("alone/model.safetensors"), false), (Paths{dir.path("alone"), dir.path("alone/model.safetensors")}));
        QCOMPARE(reads(dir.path("m"), true), (Paths{dir.path("elsewhere/weights"), dir.path("m")}));
        QCOMPARE(reads(dir.path("hub/models--o--n/snapshots/rev"), false),
                 (Paths{dir.path("hub/models--o--n/blobs"), dir.path("hub/models--o--n/snapshots/rev")}));
        QCOMPARE(reads({}, false), Paths{});
    }

    void links_data()
    {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("leaves");
        QTest::newRow("a file") << "m"
                                << "m/file" << false;
        QTest::newRow("a link to a neighbour") << "m"
                                               << "m/near" << false;
        QTest::newRow("a link into a folder below") << "m"
                                                    << "m/below" << false;
        QTest::newRow("a link out") << "m"
                                    << "m/out" << true;
        QTest::newRow("a file behind a folder that leads out") << "m"
                                                               << "m/door/secret" << true;
        QTest::newRow("a dangling link") << "m"
                                         << "m/nothing" << false;
        QTest::newRow("a name that begins like the folder") << "m"
                                                            << "m/longer" << true;
        QTest::newRow("the cache's blobs") << "hub/snapshots/rev"
                                           << "hub/snapshots/rev/blob" << false;
        QTest::newRow("the cache's blobs, from a folder of the snapshot") << "hub/snapshots/rev/unet"
                                                                          << "hub/snapshots/rev/unet/blob" << false;
        QTest::newRow("out of the cache") << "hub/snapshots/rev"
                                          << "hub/snapshots/rev/out" << true;
        QTest::newRow("a folder of the cache that is none of its blobs") << "hub/snapshots/rev"
                                                                         << "hub/snapshots/rev/refs" << true;
    }
    void links()
    {
        QFETCH(QString, folder);
        QFETCH(QString, name);
        QFETCH(bool, leaves);
        const test::TempDir dir;
        dir.write("secret/secret", "x");
        dir.write("m/file", "x");
        dir.write("m/sub/file", "x");
        dir.write("m-longer/file", "x");
        dir.symlink("m/near", "file");
        dir.symlink("m/below", "sub/file");
        dir.symlink("m/out", "../secret/secret");
        dir.symlink("m/door", "../secret");
        dir.symlink("m/nothing", "../nothing");
        dir.symlink("m/longer", "../m-longer/file");
        dir.write("hub/blobs/1", "x");
        dir.write("hub/refs/main", "x");
        dir.symlink("hub/snapshots/rev/blob", "../../blobs/1");
        dir.symlink("hub/snapshots/rev/unet/blob", "../../../blobs/1");
        dir.symlink("hub/snapshots/rev/out", "../../../secret/secret");
        dir.symlink("hub/snapshots/rev/refs", "../../refs/main");
        QCOMPARE(leavesFolder(dir.path(folder.toStdString()), dir.path(name.toStdString())), leaves);
    }
};

QTEST_APPLESS_MAIN(TestSandbox)
#include "tst_sandbox.moc"
