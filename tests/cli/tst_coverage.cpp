// SPDX-License-Identifier: Apache-2.0
// docs/coverage.md is what the program prints, and the program prints what the rule files say.
#include "tests/support/runprogram.h"
#include "tests/support/tempdir.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMap>
#include <QTest>

using namespace ckptscope;
using test::run;

namespace {

QByteArray contents(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QString source(const char* relative)
{
    return QString::fromStdString(test::sourcePath(relative));
}

/// Architecture -> ids of the rules that name it, from the JSON files themselves.
QMap<QString, QStringList> declared()
{
    QMap<QString, QStringList> result;
    const QDir folder(source("resources/contracts"));
    for (const QString& name : folder.entryList({"*.json"}, QDir::Files, QDir::Name)) {
        for (const QJsonValue rule : QJsonDocument::fromJson(contents(folder.filePath(name)))["rules"].toArray()) {
            for (const QJsonValue architecture : rule["architectures"].toArray()) {
                result[architecture.toString()] << rule["id"].toString();
            }
        }
    }
    return result;
}

} // namespace

class TestCoverage : public QObject {
    Q_OBJECT

private slots:
    void docIsUpToDate()
    {
        const auto ran = run({"rules", "coverage", "--markdown"});
        QCOMPARE(ran.code, 0);
        const QList<QByteArray> have = contents(source("docs/coverage.md")).split('\n');
        const QList<QByteArray> want = ran.out.split('\n');
        for (qsizetype i = 0; i < qMax(have.size(), want.size()); ++i) {
            if (have.value(i) != want.value(i)) {
                QFAIL(qPrintable(QString("docs/coverage.md is stale at line %1; make it again with\n  ckptscope rules "
                                         "coverage --markdown > "
                                         "docs/coverage.md\nhave: %2\nwant: %3")
                                     .arg(i + 1)
                                     .arg(QString::fromUtf8(have.value(i)), QString::fromUtf8(want.value(i)))));
            }
        }
        QCOMPARE(have.size(), want.size());
    }

    void everyArchitectureWithEveryRule()
    {
        const auto files = declared();
        QVERIFY(files.size() > 200);
        QMap<QString, QStringList> printed;
        for (const QByteArray& line : run({"rules", "coverage", "-q"}).out.split('\n')) {
            const QStringList words = QString::fromUtf8(line).simplified().split(' ', Qt::SkipEmptyParts);
            if (words.size() > 2) {
                printed[words[0]] = words.mid(2).join("").split(',');
                QCOMPARE(words[1].toInt(), printed[words[0]].size());
            }
        }
        QCOMPARE(printed.keys(), files.keys());
        const QByteArray document = run({"rules", "coverage", "--markdown"}).out;
        for (auto it = files.begin(); it != files.end(); ++it) {
            QStringList ids = it.value();
            QStringList shown = printed[it.key()];
            ids.sort();
            shown.sort();
            QCOMPARE(shown, ids);
            QStringList row;
            const qsizetype at = document.indexOf(("\n| `" + it.key() + "` | ").toUtf8());
            QVERIFY2(at >= 0, qPrintable(it.key()));
            const QByteArray line = document.mid(at + 1, document.indexOf('\n', at + 1) - at - 1);
            QCOMPARE(line.count("<br>") + 1, ids.size());
            for (const QString& id : ids) {
                QVERIFY2(line.contains(('`' + id + "` (").toUtf8()), qPrintable(it.key() + ' ' + id));
            }
        }
    }

    /// A bar in a pattern must not end its cell: every row of a table has as many cells as the table's head.
    void rowsHaveTheirTablesCells()
    {
        int columns = 0;
        int rows = 0;
        for (QByteArray line : run({"rules", "coverage", "--markdown"}).out.split('\n')) {
            if (!line.startsWith('|')) {
                columns = 0;
                continue;
            }
            const int bars = int(line.replace("\\|", "").count('|'));
            columns = columns == 0 ? bars : columns;
            QVERIFY2(bars == columns, line.constData());
            ++rows;
        }
        QVERIFY(rows > 400);
    }

    /// Patterns stand as the rule files have them, but for the bars.
    void patternsAreVerbatim()
    {
        const QByteArray document = run({"rules", "coverage", "--markdown"}).out;
        const auto rules = run({"rules", "list", "--json"}).json()["rules"].toArray();
        QVERIFY(rules.size() > 100);
        for (const QJsonValue rule : rules) {
            const QString pattern = rule["key_regex"].toString();
            QVERIFY(!pattern.isEmpty());
            QVERIFY2(document.contains((" | `" + QString(pattern).replace("|", "\\|") + "` | ").toUtf8()), qPrintable(pattern));
        }
    }

    void markdownGoesAlone()
    {
        QCOMPARE(run({"rules", "coverage", "--markdown", "Qwen3NextForCausalLM"}).code, 2);
        QCOMPARE(run({"rules", "coverage", "--markdown", "--json"}).code, 2);
        QCOMPARE(run({"rules", "coverage", "--json"}).json(), run({"rules", "list", "--json"}).json());
    }
};

QTEST_GUILESS_MAIN(TestCoverage)
#include "tst_coverage.moc"
