// SPDX-License-Identifier: Apache-2.0
// `ckptscope stats --filter`: what is read may be asked for, too. And what is said where elements cannot be read.
#include "tests/support/runprogram.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QTest>

#include <cmath>
#include <filesystem>
#include <limits>

using namespace ckptscope;
using test::run;

class TestStats : public QObject {
    Q_OBJECT

private slots:
    void filtersByValues_data()
    {
        QTest::addColumn<QString>("filter");
        QTest::addColumn<QStringList>("names");
        QTest::newRow("NaN") << "nan>0" << QStringList{"broken.nan"};
        QTest::newRow("its state") << "is:nan" << QStringList{"broken.nan"};
        QTest::newRow("infinity") << "inf>=1" << QStringList{"broken.inf"};
        QTest::newRow("all zeros") << "is:zero" << QStringList{"empty.zeros"};
        QTest::newRow("share of zeros") << "zero>50%" << QStringList{"empty.zeros"};
        QTest::newRow("smallest") << "min<-20" << QStringList{"low.w"};
        QTest::newRow("not") << "-min<-20 -is:nan -is:inf -is:zero" << QStringList{"one.w", "two.w"};
        QTest::newRow("either, by name") << "two OR is:inf" << QStringList{"broken.inf", "two.w"};
        QTest::newRow("both") << "w max>1.5" << QStringList{"two.w"};
        QTest::newRow("none") << "max>1e30" << QStringList{};
        QTest::newRow("names alone") << "w" << QStringList{"low.w", "one.w", "two.w"};
    }
    void filtersByValues()
    {
        QFETCH(QString, filter);
        QFETCH(QStringList, names);
        const test::TempDir dir;
        test::SafetensorsFile()
            .addValue("broken.nan", "F32", {4}, std::nan(""))
            .addValue("broken.inf", "BF16", {4}, std::numeric_limits<double>::infinity())
            .addValue("empty.zeros", "F16", {4}, 0)
            .addValue("low.w", "F32", {4}, -30)
            .addValue("one.w", "F32", {4}, 1)
            .addValue("two.w", "BF16", {4}, 2)
            .write(dir.path("m.safetensors"));
        const QString path = QString::fromStdString(dir.path("m.safetensors"));
        const auto done = run({"stats", "--json", "--filter", filter, path});
        QCOMPARE(done.code, 0);
        QStringList found;
        for (const auto& one : done.json()["tensors"].toArray()) {
            found << one.toObject()["name"].toString();
        }
        found.sort();
        QCOMPARE(found, names);

        // the same numbers as without a filter, and in text too
        const auto all = run({"stats", "--json", path}).json()["tensors"].toArray();
        for (const auto& one : done.json()["tensors"].toArray()) {
            QVERIFY(all.contains(one));
        }
        const auto text = run({"stats", "--filter", filter, path});
        QCOMPARE(text.code, 0);
        for (const QString& name : names) {
            QVERIFY2(text.out.contains(name.toUtf8()), text.out);
        }
        // a list of names reads no values: it says so
        if (filter.contains("nan")) {
            const auto listed = run({"ls", "--filter", filter, path});
            QCOMPARE(listed.code, 2);
            QVERIFY2(listed.err.contains("needs a scan of the values"), listed.err);
        }
    }

    void placeholdersAreWhole()
    {
        const QByteArray help = run({"stats", "--help"}).out;
        QVERIFY2(help.contains("--range LOW:HIGH"), help);
        QVERIFY2(help.contains("--bins N ") && !help.contains("UINT"), help);
        QVERIFY2(!run({"diff", "--help"}).out.contains("NONNEGATIVE"), help);
    }

    /// What cannot be read says why, with file and reason; in JSON too.
    void saysWhyItCannotRead()
    {
        const test::TempDir dir;
        test::SafetensorsFile().addValue("first", "F32", {4}, 1).addValue("last", "F32", {400}, 1).write(dir.path("cut.safetensors"));
        dir.truncate("cut.safetensors", std::filesystem::file_size(dir.path("cut.safetensors")) - 10);
        const QString path = QString::fromStdString(dir.path("cut.safetensors"));
        const auto shown = run({"show", path, "last"});
        QCOMPARE(shown.code, 2);
        QVERIFY2(shown.err.contains("cut.safetensors") && shown.err.contains("the file ends 10 bytes early"), shown.err);
        QCOMPARE(run({"show", path, "first"}).code, 0);
        for (const auto& one : run({"ls", "--json", path}).json()["tensors"].toArray()) {
            const bool last = one.toObject()["name"].toString() == "last";
            QCOMPARE(one.toObject()["reason"].toString().contains("the file ends 10 bytes early"), last);
        }
    }
};

QTEST_GUILESS_MAIN(TestStats)
#include "tst_stats.moc"
