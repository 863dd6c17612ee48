// SPDX-License-Identifier: Apache-2.0
// Comparing two checkpoints as a user does: the window, its list, values in a job, and the way back as a donor.
#include "core/diff/tensordifference.h"
#include "core/report/plots.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"
#include "ui/comparewindow.h"
#include "ui/dialogs/donorfield.h"
#include "ui/mainwindow.h"
#include "ui/models/comparisonmodel.h"
#include "ui/settings.h"
#include "ui/views/differencepanel.h"
#include "ui/views/dropoverlay.h"
#include "ui/views/filteredit.h"
#include "ui/views/heatmappanel.h"
#include "ui/views/histogramplot.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QHeaderView>
#include <QLabel>
#include <QMimeData>
#include <QPointer>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QTreeView>
#include <QUrl>

#include <memory>

using namespace ckptscope;
using namespace ckptscope::ui;

namespace {

constexpr int Patience = 20'000; // ms; a loaded machine is slow

std::string fileOf(const test::TempDir& dir, const char* name, double changed, bool extra)
{
    test::SafetensorsFile file;
    file.addValue("model.layers.0.linear_attn.A_log", extra ? "F32" : "BF16", {4}, extra ? 1.0009765625 : 1.0);
    file.addValue("model.layers.1.w", "F32", {2, 3}, 1.5).addValue("model.layers.2.w", "F32", {2, 3}, changed);
    file.addValue(extra ? "b" : "a", "I64", {2}, 7).addValue("shape", "F32", {extra ? 6U : 5U}, 1);
    return dir.write(name, file.bytes());
}

QStringList keys(const QTreeView* view)
{
    QStringList out;
    for (int row = 0; row < view->model()->rowCount(); ++row) {
        out << view->model()->index(row, 0).data().toString() + QLatin1String(": ")
                + view->model()->index(row, int(DiffColumn::Change)).data().toString();
    }
    return out;
}

} // namespace

class TestCompare : public QObject {
    Q_OBJECT

    std::unique_ptr<test::TempDir> m_dir;
    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<MainWindow> m_main;
    QPointer<CompareWindow> m_window;
    std::string m_a;
    std::string m_b;

    void compare()
    {
        m_window = m_main->compare({m_a}, {m_b});
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle() && m_window->state(), Patience);
    }
    [[nodiscard]] QString sentence() const { return m_window->findChild<QLabel*>(QStringLiteral("compareSentence"))->text(); }
    [[nodiscard]] QString details() const { return m_window->findChild<QLabel*>(QStringLiteral("compareDetails"))->text(); }
    void values()
    {
        auto* button = m_window->findChild<QPushButton*>(QStringLiteral("compareValuesButton"));
        QVERIFY(button->isVisible());
        QTest::mouseClick(button, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
        QVERIFY(!button->isVisible());
    }

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<test::TempDir>();
        m_a = fileOf(*m_dir, "a.safetensors", 2, false);
        m_b = fileOf(*m_dir, "b.safetensors", 2.5, true);
        m_settings = std::make_unique<Settings>(QString::fromStdString(m_dir->path("settings.ini")));
        m_main = std::make_unique<MainWindow>(m_settings.get());
        m_main->show();
    }
    void cleanup()
    {
        m_main.reset();
        QVERIFY(!m_window);
        m_settings.reset();
        m_dir.reset();
    }

    void headersThenValues()
    {
        compare();
        const QAbstractItemModelTester tester(m_window->view()->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(keys(m_window->view()),
                 QStringList({QStringLiteral("a: only in A"), QStringLiteral("b: only in B"),
                              QStringLiteral("model.layers.0.linear_attn.A_log: dtype"), QStringLiteral("shape: shape")}));
        QVERIFY2(
            sentence().contains(QStringLiteral("4 keys in both, 1 only in A, 1 only in B; 1 differ in dtype, 1 in shape; values not compared yet.")),
            qPrintable(sentence()));
        m_window->view()->setCurrentIndex(m_window->view()->model()->index(2, 0));
        QVERIFY(details().contains(QStringLiteral("BF16")) && details().contains(QStringLiteral("not compared yet")));
        values();
        QVERIFY2(sentence().endsWith(QStringLiteral("2 in value.")), qPrintable(sentence()));
        QVERIFY(keys(m_window->view()).contains(QStringLiteral("model.layers.2.w: value")));
        QVERIFY(keys(m_window->view()).contains(QStringLiteral("model.layers.0.linear_attn.A_log: dtype, value")));
        const auto* model = qobject_cast<ComparisonModel*>(m_window->view()->model());
        for (int row = 0; row < model->rowCount(); ++row) {
            if (model->index(row, 0).data().toString() == QStringLiteral("model.layers.2.w")) {
                QCOMPARE(model->index(row, int(DiffColumn::MaxAbs)).data().toString(), QStringLiteral("0.5"));
                QCOMPARE(model->index(row, int(DiffColumn::Differing)).data().toString(), QStringLiteral("100 %"));
                m_window->view()->setCurrentIndex(model->index(row, 0));
            }
        }
        QVERIFY2(details().contains(QStringLiteral("first at [0, 0]: A 2, B 2.5")), qPrintable(details()));
    }

    void filterSortAndAll()
    {
        compare();
        values();
        auto* only = m_window->findChild<QCheckBox*>(QStringLiteral("onlyDifferences"));
        QTest::mouseClick(only, Qt::LeftButton, {}, QPoint(8, only->height() / 2));
        QVERIFY(!only->isChecked());
        QCOMPARE(m_window->view()->model()->rowCount(), 6);
        QVERIFY(keys(m_window->view()).contains(QStringLiteral("model.layers.1.w: equal")));
        auto* filter = m_window->findChild<FilterEdit*>();
        QTest::keyClick(m_window, Qt::Key_F, Qt::ControlModifier);
        QTest::keyClicks(filter, QStringLiteral("change:value"));
        QCOMPARE(m_window->view()->model()->rowCount(), 2);
        filter->setText(QStringLiteral("change:value dtype:"));
        QVERIFY(m_window->findChild<QLabel*>(QStringLiteral("compareFilterError"))->isVisible());
        QCOMPARE(m_window->view()->model()->rowCount(), 2); // the last good rows stay
        filter->clear();
        QHeaderView* header = m_window->view()->header();
        const auto click = [&](DiffColumn column) {
            QTest::mouseClick(header->viewport(), Qt::LeftButton, {},
                              QPoint(header->sectionViewportPosition(int(column)) + 12, header->height() / 2));
        };
        click(DiffColumn::MaxAbs);
        click(DiffColumn::MaxAbs); // greatest first
        QCOMPARE(keys(m_window->view()).front(), QStringLiteral("model.layers.2.w: value"));
        QCOMPARE(m_window->view()->model()->index(0, int(DiffColumn::MaxAbs)).data().toString(), QStringLiteral("0.5"));
        m_window->view()->selectAll();
        QTest::keyClick(m_window->view(), Qt::Key_C, Qt::ControlModifier);
        QTRY_COMPARE(QApplication::clipboard()->text().count(QLatin1Char('\n')), 7);
    }

    /// The plots below the list, as core has them of the same tensor.
    void plotsOfTheDifference()
    {
        compare();
        auto* plots = m_window->plots();
        auto* only = m_window->findChild<QCheckBox*>(QStringLiteral("onlyDifferences"));
        only->setChecked(false);
        const auto select = [&](const char* key) {
            const auto* model = qobject_cast<ComparisonModel*>(m_window->view()->model());
            for (int row = 0; row < model->rowCount(); ++row) {
                if (model->index(row, 0).data().toString() == QLatin1String(key)) {
                    m_window->view()->setCurrentIndex(model->index(row, 0));
                    return *model->rowAt(model->index(row, 0));
                }
            }
            return UINT32_MAX;
        };
        const std::uint32_t row = select("model.layers.2.w");
        QVERIFY(row != UINT32_MAX);
        QTRY_VERIFY_WITH_TIMEOUT(!plots->busy() && !plots->histogram()->histogram().counts.empty(), Patience);
        const Comparison& comparison = *m_window->state()->comparison;
        QCOMPARE(plots->histogram()->csv().toStdString(), report::histogramCsv(*differenceHistogram(comparison, row)));
        QVERIFY2(plots->histogram()->summary().startsWith(QStringLiteral("6 values from -0.5 to -0.5")), qPrintable(plots->histogram()->summary()));
        plots->histogram()->setFocus();
        QTest::keyClick(plots->histogram(), Qt::Key_Home);
        QVERIFY(m_window->findChild<QLabel*>(QStringLiteral("differenceReadout"))->text().startsWith(QStringLiteral("bin [-1, ")));

        QTest::keyClick(m_window, Qt::Key_2, Qt::AltModifier); // both sides
        QTRY_VERIFY_WITH_TIMEOUT(!plots->busy() && plots->histogram()->summary().startsWith(QStringLiteral("A: 6 values")), Patience);
        const auto pair = sideHistograms(comparison, row);
        QCOMPARE(plots->histogram()->csv().toStdString(), report::histogramCsv(pair->a, pair->b));
        QVERIFY(plots->histogram()->csv().startsWith(QStringLiteral("low,high,count_a,count_b\r\n2,2.00195")));

        QTest::keyClick(m_window, Qt::Key_3, Qt::AltModifier);
        QTRY_VERIFY_WITH_TIMEOUT(!plots->busy() && plots->heatmap()->heatmap().cells.size() == 6, Patience);
        QCOMPARE(plots->heatmap()->csv().toStdString(), report::heatmapCsv(*differenceHeatmap(comparison, row)));

        select("shape"); // no difference element by element
        QTRY_VERIFY(plots->heatmap()->summary().contains(QStringLiteral("shapes differ")));
        select("a");
        QTRY_VERIFY(plots->heatmap()->summary().contains(QStringLiteral("Only A")));
        m_window->findChild<QAction*>(QStringLiteral("compare.plots"))->trigger();
        QVERIFY(!plots->isVisible());
        QTRY_VERIFY(m_window->idle());
    }

    void missingSideIsSaid()
    {
        m_b = m_dir->path("absent.safetensors");
        m_window = m_main->compare({m_a}, {m_b});
        QSignalSpy failed(m_window, &CompareWindow::failed);
        QTRY_VERIFY_WITH_TIMEOUT(failed.count() == 1, Patience);
        QCOMPARE(sentence(), QStringLiteral("Not compared."));
    }

    /// What is open is not read again, and B becomes its donor.
    void donor()
    {
        QSignalSpy changed(m_main.get(), &MainWindow::documentChanged);
        m_main->open({m_a});
        QTRY_VERIFY_WITH_TIMEOUT(changed.count() > 0 && m_main->idle(), Patience);
        compare();
        QCOMPARE(m_window->state()->comparison->a(), m_main->document()->sharedCheckpoint());
        auto* use = m_window->findChild<QPushButton*>(QStringLiteral("compareDonorButton"));
        QVERIFY(use->isVisible() && use->isEnabled());
        use->click();
        auto* field = m_main->findChild<DonorField*>();
        QVERIFY(field != nullptr);
        QCOMPARE(field->path(), m_b);
    }

    void swaps()
    {
        compare();
        values();
        m_window->findChild<QAction*>(QStringLiteral("compare.swap"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle() && m_window->state()->view.valuesCompared, Patience);
        QVERIFY(keys(m_window->view()).contains(QStringLiteral("b: only in A")));
        QVERIFY(sentence().endsWith(QStringLiteral("2 in value.")));
    }

    /// Closed, or its owner gone, while values are compared.
    void closedInTheMiddle()
    {
        test::SafetensorsFile large;
        large.addSparse("w", "F32", {1U << 26U});
        m_a = m_dir->path("large-a.safetensors");
        m_b = m_dir->path("large-b.safetensors");
        large.write(m_a);
        large.write(m_b);
        compare();
        m_window->compareValues();
        QVERIFY(!m_window->idle());
        m_window->close();
        QTRY_VERIFY(!m_window);
        compare();
        m_window->compareValues(); // cleanup() closes the main window over it
    }

    void drops_data()
    {
        QTest::addColumn<QStringList>("paths");
        QTest::addColumn<bool>("compares");
        QTest::newRow("one") << QStringList{QStringLiteral("/m/a.safetensors")} << false;
        QTest::newRow("two folders") << QStringList{QStringLiteral("/m/a"), QStringLiteral("/n/b")} << true;
        QTest::newRow("two files side by side") << QStringList{QStringLiteral("/m/a.safetensors"), QStringLiteral("/m/b.pt")} << true;
        QTest::newRow("two shards") << QStringList{QStringLiteral("/m/model-00001-of-00002.safetensors"),
                                                   QStringLiteral("/m/model-00002-of-00002.safetensors")}
                                    << false;
        QTest::newRow("three files") << QStringList{QStringLiteral("/m/a"), QStringLiteral("/m/b"), QStringLiteral("/m/c")} << false;
    }
    void drops()
    {
        QFETCH(QStringList, paths);
        QMimeData data;
        QList<QUrl> urls;
        for (const QString& path : paths) {
            urls << QUrl::fromLocalFile(path);
        }
        data.setUrls(urls);
        const DropPlan plan = planDrop(&data);
        QTEST(plan.compares, "compares");
        QCOMPARE(plan.paths, paths);
        QVERIFY(!plan.sentence.isEmpty());
    }
};

QTEST_MAIN(TestCompare)
#include "tst_compare.moc"
