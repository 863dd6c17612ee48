// SPDX-License-Identifier: Apache-2.0
// Statistics of several tensors: the numbers are core's, sorted and copied with every digit, read in a job that another
// selection replaces.
#include "core/values/histogram.h"
#include "core/values/statistics.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/windowfixture.h"
#include "ui/models/columns.h"
#include "ui/models/statisticsmodel.h"
#include "ui/text.h"
#include "ui/views/filterbar.h"
#include "ui/views/histogrampanel.h"
#include "ui/views/selectionstats.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QDockWidget>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTreeView>

#include <memory>

using namespace ckptscope;
using namespace ckptscope::ui;
using test::Patience;

class TestSelectionStats : public QObject {
    Q_OBJECT

    std::unique_ptr<test::WindowFixture> m_fixture;
    MainWindow* m_window = nullptr;
    SelectionStats* m_stats = nullptr;

    [[nodiscard]] StatisticsModel* model() const { return m_stats->model(); }
    void showDock()
    {
        QDockWidget* dock = m_window->dock(QStringLiteral("histogram"));
        dock->show();
        dock->raise();
    }
    void filterTo(const char* text)
    {
        m_window->tensorView()->setMode(TensorView::Mode::Flat);
        m_window->filterBar()->setText(QLatin1String(text));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
    }
    void selectAll()
    {
        m_window->tensorView()->view()->setFocus();
        m_window->tensorView()->view()->selectAll();
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
    }
    [[nodiscard]] QString cell(int row, int column) const { return model()->index(row, column).data().toString(); }

private Q_SLOTS:
    void init()
    {
        m_fixture = std::make_unique<test::WindowFixture>();
        m_window = &m_fixture->window;
        m_stats = m_window->findChild<SelectionStats*>();
        QVERIFY(m_stats != nullptr);
        QVERIFY(QTest::qWaitForWindowActive(m_window));
    }
    void cleanup() { m_fixture.reset(); }

    void oneRowATensorWithCoresNumbers()
    {
        QAbstractItemModelTester tester(model(), QAbstractItemModelTester::FailureReportingMode::Fatal);
        QVERIFY(m_fixture->open(m_fixture->demo()));
        showDock();
        filterTo("*.A_log OR *.dt_bias");
        selectAll();
        QTRY_VERIFY_WITH_TIMEOUT(m_stats->isVisible() && m_window->idle(), Patience);
        const Document& document = *m_window->document();
        QCOMPARE(model()->rowCount(), 24);
        const auto files = std::make_shared<ShardFiles>(document.sharedCheckpoint());
        for (int row = 0; row < model()->rowCount(); ++row) {
            const std::uint32_t tensor = model()->rows()[static_cast<std::size_t>(row)];
            const auto known = computeStatistics(files, tensor);
            QVERIFY(known);
            QCOMPARE(cell(row, StatisticsModel::Key), fromUtf8(document.tensor(tensor).key));
            QCOMPARE(cell(row, StatisticsModel::Min), fromUtf8(known->minText));
            QCOMPARE(cell(row, StatisticsModel::Max), fromUtf8(known->maxText));
            QCOMPARE(cell(row, StatisticsModel::Values), grouped(known->count));
            QCOMPARE(cell(row, StatisticsModel::Nan), grouped(known->nan));
            QCOMPARE(cell(row, StatisticsModel::Narrowest), fromUtf8(dtypeName(known->narrowest)));
            const auto histogram = computeHistogram(files, tensor);
            QVERIFY(histogram);
            for (int i = 0; i < 3; ++i) {
                QCOMPARE(model()->text(tensor, StatisticsModel::P1 + i, true),
                         fromUtf8(numberText(histogram->percentiles[static_cast<std::size_t>(i)])));
            }
            QCOMPARE(model()->text(tensor, StatisticsModel::Mean, true), fromUtf8(numberText(known->mean)));
            QCOMPARE(model()->text(tensor, StatisticsModel::Std, true), fromUtf8(numberText(known->std)));
        }
        // what was read here is known everywhere, and the selection is still what it was
        QCOMPARE(document.values()->scanned(), std::uint64_t{24});
        QCOMPARE(m_window->tensorView()->selectedTensors().size(), std::size_t{24});
        QVERIFY(!m_window->findChild<QPushButton*>(QStringLiteral("selectionRead"))->isVisible());
    }

    void sortsCopiesAndSaves()
    {
        QAbstractItemModelTester tester(model(), QAbstractItemModelTester::FailureReportingMode::Fatal);
        test::SafetensorsFile file;
        file.addValue("a", "F32", {4}, 2).addValue("=b", "BF16", {2}, -3).addValue("c", "F32", {1}, 10).add("e", "F32", {0}, "");
        const std::string nan("\0\0\xc0\x7f", 4);
        file.add("d", "F32", {1}, nan);
        file.write(m_fixture->dir.path("m.safetensors"));
        QVERIFY(m_fixture->open(m_fixture->dir.path("m.safetensors")));
        showDock();
        filterTo("");
        selectAll();
        QTRY_VERIFY_WITH_TIMEOUT(m_stats->isVisible() && m_window->idle() && model()->rowCount() == 5, Patience);
        const auto keys = [this] {
            QString all;
            for (int row = 0; row < model()->rowCount(); ++row) {
                all += cell(row, StatisticsModel::Key) + QLatin1Char(' ');
            }
            return all;
        };
        QHeaderView* header = m_stats->view()->header();
        const auto click = [&](int column) {
            const QPoint at(header->sectionViewportPosition(column) + 5, header->height() / 2);
            QTest::mouseClick(header->viewport(), Qt::LeftButton, {}, at);
        };
        header->setSectionResizeMode(QHeaderView::Fixed);
        m_stats->view()->setColumnWidth(StatisticsModel::Key, 60);
        click(StatisticsModel::Max); // what holds no finite value comes last either way
        QVERIFY2(keys().startsWith(QStringLiteral("=b a c ")), qPrintable(keys()));
        click(StatisticsModel::Max);
        QVERIFY2(keys().startsWith(QStringLiteral("c a =b ")), qPrintable(keys()));
        model()->sort(StatisticsModel::Median, Qt::DescendingOrder);
        QVERIFY2(keys().startsWith(QStringLiteral("c a =b ")), qPrintable(keys()));
        model()->sort(StatisticsModel::Nan, Qt::DescendingOrder);
        QVERIFY2(keys().startsWith(QStringLiteral("d ")), qPrintable(keys()));
        model()->sort(StatisticsModel::Key, Qt::AscendingOrder);

        m_stats->view()->setFocus();
        m_stats->view()->selectAll();
        QTest::keyClick(m_window, Qt::Key_C, Qt::ControlModifier);
        const QStringList lines = QApplication::clipboard()->text().split(QLatin1Char('\n'), Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 6);
        QVERIFY(lines.front().startsWith(QStringLiteral("Key\tDType\tValues\t")));
        QVERIFY2(lines.at(2).startsWith(QStringLiteral("a\tF32\t4\t2")), qPrintable(lines.join(QLatin1Char('|'))));
        m_stats->save(QString::fromStdString(m_fixture->dir.path("s.csv")));
        const std::string csv = m_fixture->dir.read("s.csv");
        QVERIFY(csv.starts_with("Key,DType,Values,Min,Max,Mean,Std,Max |x|,1 %,50 %,99 %,Zeros,NaN,Inf,Narrowest Exact\r\n"));
        QVERIFY(csv.find("\r\n'=b,BF16,2,-3") != std::string::npos);
        QCOMPARE(std::count(csv.begin(), csv.end(), '\n'), 6);
    }

    /// Gigabytes are read only when somebody asks; a cancel keeps what came in; one selected tensor shows its histogram
    /// again.
    void largeSelectionsWaitForAClick()
    {
        test::SafetensorsFile file;
        for (int i = 0; i < 40; ++i) {
            file.addSparse("w." + std::to_string(i), "BF16", {4096, 1024});
        }
        file.write(m_fixture->dir.path("big.safetensors"));
        QVERIFY(m_fixture->open(m_fixture->dir.path("big.safetensors")));
        showDock();
        filterTo("");
        selectAll();
        auto* read = m_window->findChild<QPushButton*>(QStringLiteral("selectionRead"));
        QTRY_VERIFY_WITH_TIMEOUT(m_stats->isVisible() && read->isVisible() && read->isEnabled(), Patience);
        QCOMPARE(m_window->document()->values()->scanned(), std::uint64_t{0});
        QTest::mouseClick(read, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->document()->values()->scanned() > 0, Patience);
        m_window->action(QStringLiteral("job.cancel"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
        const std::uint64_t kept = m_window->document()->values()->scanned();
        if (kept < 40) { // a fast machine may have been done
            QVERIFY(read->isVisible() && read->isEnabled());
            QTest::mouseClick(read, Qt::LeftButton);
        }
        // another selection takes the job's place
        m_window->tensorView()->select(0);
        m_window->tensorView()->view()->clearSelection();
        m_window->tensorView()->select(3);
        QTRY_VERIFY_WITH_TIMEOUT(!m_stats->isVisible() && m_window->idle(), Patience);
        QVERIFY(m_window->document()->values()->scanned() >= kept);
    }
};

QTEST_MAIN(TestSelectionStats)
#include "tst_selectionstats.moc"
