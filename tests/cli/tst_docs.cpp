// SPDX-License-Identifier: Apache-2.0
// What docs/ shows as a session is what the program does: every ```console block is run and compared.
#include "tests/support/runprogram.h"
#include "tests/support/tempdir.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace ckptscope;

namespace {

/// A command of a block, and the lines that the page shows behind it.
struct Step {
    QString command;
    QStringList shown;
    int line = 0; ///< of the page
};

QStringList linesOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()).split('\n') : QStringList();
}

QList<Step> stepsOf(const QString& page)
{
    QList<Step> steps;
    bool inside = false;
    int number = 0;
    for (const QString& line : linesOf(page)) {
        ++number;
        if (line.startsWith("```")) {
            inside = line == "```console";
        } else if (inside && line.startsWith("$ ")) {
            steps.append({line.mid(2), {}, number});
        } else if (inside && !steps.isEmpty()) {
            steps.last().shown.append(line);
        }
    }
    return steps;
}

/// Words of a shell's line: single quotes are all that the pages use.
QStringList wordsOf(const QString& command)
{
    QStringList words;
    bool quoted = false;
    bool open = false;
    for (const QChar c : command) {
        if (c == '\'') {
            if (!open) {
                words.append(QString());
                open = true;
            }
            quoted = !quoted;
        } else if (c == ' ' && !quoted) {
            open = false;
        } else {
            if (!open) {
                words.append(QString());
                open = true;
            }
            words.last() += c;
        }
    }
    return words;
}

/// Whether a shown line, in which "..." stands for anything at its end, is this one.
bool isLike(const QString& shown, const QString& line)
{
    return shown.endsWith(" ...") ? line.startsWith(shown.chopped(4)) : line == shown;
}

/// The first shown line that does not follow, or an empty string. A line "..." stands for any number of lines.
QString missing(const QStringList& shown, const QStringList& printed)
{
    qsizetype at = 0;
    bool skips = false;
    for (const QString& line : shown) {
        if (line == "...") {
            skips = true;
            continue;
        }
        if (line.isEmpty() && skips) {
            continue;
        }
        const qsizetype from = at;
        while (at < printed.size() && !isLike(line, printed[at]) && skips) {
            ++at;
        }
        if (at >= printed.size() || !isLike(line, printed[at])) {
            return QString("'%1', but there is '%2'").arg(line, printed.value(from));
        }
        ++at;
        skips = false;
    }
    return {};
}

void copyFolder(const QString& from, const QString& to)
{
    QVERIFY(QDir().mkpath(to));
    for (const QFileInfo& file : QDir(from).entryInfoList(QDir::Files)) {
        QVERIFY(QFile::copy(file.filePath(), to + '/' + file.fileName()));
    }
}

} // namespace

class TestDocs : public QObject {
    Q_OBJECT

private slots:
    void sessions_data()
    {
        QTest::addColumn<QString>("page");
        const QDir docs(QString::fromStdString(test::sourcePath("docs")));
        for (const QString& name : docs.entryList({"*.md"}, QDir::Files, QDir::Name)) {
            if (!stepsOf(docs.filePath(name)).isEmpty()) {
                QTest::newRow(qPrintable(name)) << docs.filePath(name);
            }
        }
        QVERIFY(!stepsOf(docs.filePath("tutorial.md")).isEmpty());
    }
    void sessions()
    {
        QFETCH(QString, page);
        const QTemporaryDir folder;
        const QString demo = "qwen3-next-tiny-bf16";
        copyFolder(QString::fromStdString(test::sourcePath("resources/demo/")) + demo, folder.filePath(demo));
        int code = 0;
        for (const Step& step : stepsOf(page)) {
            const QByteArray where = QString("%1:%2: %3").arg(QFileInfo(page).fileName()).arg(step.line).arg(step.command).toUtf8();
            if (step.command == "echo $?") {
                QVERIFY2(step.shown.value(0) == QString::number(code), where.constData());
                continue;
            }
            QStringList words = wordsOf(step.command);
            QVERIFY2(words.value(0) == "ckptscope", where.constData());
            words.removeFirst();
            const auto ran = test::run(words, {}, folder.path());
            code = ran.code;
            QStringList shown = step.shown;
            while (!shown.isEmpty() && shown.last().isEmpty()) {
                shown.removeLast();
            }
            const QString fails = missing(shown, QString::fromUtf8(ran.out).split('\n'));
            QVERIFY2(fails.isEmpty(), (where + "\nshows " + fails.toUtf8()).constData());
        }
    }
    void comparing_data()
    {
        QTest::addColumn<QStringList>("shown");
        QTest::addColumn<bool>("same");
        QTest::newRow("equal") << QStringList{"a", "b"} << true;
        QTest::newRow("another line") << QStringList{"a", "c"} << false;
        QTest::newRow("a line left out, and said") << QStringList{"...", "b"} << true;
        QTest::newRow("a line left out, and not said") << QStringList{"b"} << false;
        QTest::newRow("the beginning of a line") << QStringList{"a", "b", "long ..."} << true;
        QTest::newRow("the beginning of another") << QStringList{"a", "b", "lung ..."} << false;
        QTest::newRow("more than there is") << QStringList{"...", "long line", "d"} << false;
    }
    void comparing()
    {
        QFETCH(QStringList, shown);
        QFETCH(bool, same);
        QCOMPARE(missing(shown, {"a", "b", "long line"}).isEmpty(), same);
    }
};

QTEST_GUILESS_MAIN(TestDocs)
#include "tst_docs.moc"
