// SPDX-License-Identifier: Apache-2.0
// The docks that read values, on a real window: numbers, keys, export, and what happens when the checkpoint goes while they read.
#include "core/report/plotaxis.h"
#include "core/report/plots.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/windowfixture.h"
#include "ui/models/valuesmodel.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/translation.h"
#include "ui/views/filestrip.h"
#include "ui/views/halflifepanel.h"
#include "ui/views/halflifeplot.h"
#include "ui/views/heatmappanel.h"
#include "ui/views/histogrampanel.h"
#include "ui/views/treemappanel.h"
#include "ui/views/valuespanel.h"

#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QAction>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDockWidget>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTableView>
#include <QTableWidget>
#include <QToolButton>
#include <QWheelEvent>

#include <cstring>
#include <memory>
#include <numeric>

using namespace ckptscope;
using namespace ckptscope::ui;
using test::Patience;

namespace {

std::string floats(const std::vector<float>& values)
{
    std::string bytes(values.size() * sizeof(float), '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

} // namespace

class TestPlots : public QObject {
    Q_OBJECT

    std::unique_ptr<test::WindowFixture> m_fixture;
    const test::TempDir* m_dir = nullptr;
    MainWindow* m_window = nullptr;

    void open(const std::string& path) { QVERIFY(m_fixture->open(path)); }
    void show(const char* key, const char* view)
    {
        const TensorInfo* tensor = m_window->document()->checkpoint().find(key);
        QVERIFY(tensor != nullptr);
        QVERIFY(m_window->tensorView()->select(m_window->document()->checkpoint().indexOf(*tensor)));
        m_window->action(QLatin1String(view))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
    }
    template<class T>
    T* find(const char* name = "") const
    {
        return m_window->findChild<T*>(QLatin1String(name));
    }
    std::string model() const
    {
        std::vector<float> counted(2 * 3 * 100);
        std::iota(counted.begin(), counted.end(), 0.0F);
        test::SafetensorsFile file;
        file.add("cube", "F32", {2, 3, 100}, floats(counted));
        file.add("odd", "F32", {6}, floats({-1.5F, 0.0F, 0.0F, 2.5F, NAN, INFINITY}));
        file.add("layers.0.A_log", "F32", {2}, floats({0.0F, 1.0F}));
        file.add("layers.0.dt_bias", "F32", {2}, floats({0.0F, 0.0F}));
        const std::string path = m_dir->path("model.safetensors");
        file.write(path);
        return path;
    }

private Q_SLOTS:
    /// Rows, heads and counts have no halves.
    void wholeAxesHaveNoParts()
    {
        const auto ticks = [](double high, bool whole) { return PlotAxis{0, high, false, false, whole}.ticks(8); };
        QCOMPARE(ticks(1, true), (std::vector<double>{0, 1}));
        QCOMPARE(ticks(3, true), (std::vector<double>{0, 1, 2, 3}));
        QVERIFY(ticks(1, false).size() > 2);
        QCOMPARE(ticks(1000, true), ticks(1000, false));
    }
    void initTestCase() { installTranslations(*QCoreApplication::instance(), QLocale::c()); }
    void init()
    {
        m_fixture = std::make_unique<test::WindowFixture>();
        m_dir = &m_fixture->dir;
        m_window = &m_fixture->window;
        QVERIFY(QTest::qWaitForWindowActive(m_window));
    }
    void cleanup() { m_fixture.reset(); }

    void showsValues()
    {
        open(model());
        auto* grid = m_window->findChild<ValuesPanel*>()->model();
        const QAbstractItemModelTester tester(grid, QAbstractItemModelTester::FailureReportingMode::QtTest);
        show("cube", "view.values");
        QCOMPARE(grid->rowCount(), 3);
        QCOMPARE(grid->columnCount(), 100);
        QTRY_COMPARE(grid->index(1, 5).data().toString(), QStringLiteral("105"));
        find<QSpinBox>("valuesDim0")->setValue(1);
        QTRY_COMPARE(grid->index(1, 5).data().toString(), QStringLiteral("405"));
        QTest::keyClicks(find<QLineEdit>("valuesGoTo"), QStringLiteral("[0, 2, 99]"));
        QTest::keyClick(find<QLineEdit>("valuesGoTo"), Qt::Key_Return);
        const QModelIndex current = find<QTableView>("valuesView")->currentIndex();
        QCOMPARE(current.row(), 2);
        QCOMPARE(current.column(), 99);
        QTRY_COMPARE(current.data().toString(), QStringLiteral("299"));
        find<QCheckBox>("valuesBits")->setChecked(true);
        QCOMPARE(current.data().toString(), QStringLiteral("0x43958000"));
        // an index that does not exist is said, and nothing moves
        find<QLineEdit>("valuesGoTo")->setText(QStringLiteral("0, 3, 0"));
        QTest::keyClick(find<QLineEdit>("valuesGoTo"), Qt::Key_Return);
        QVERIFY(find<QLabel>("valuesMessage")->text().contains(QStringLiteral("outside")));
        QCOMPARE(find<QTableView>("valuesView")->currentIndex(), current);
    }

    /// A matrix of more rows and columns than a page: buttons go on and back, and say where one is.
    void turnsPages()
    {
        test::SafetensorsFile file;
        file.addSparse("tall", "F16", {ValuesModel::PageRows * 2 + 10, 2}).addSparse("wide", "F16", {2, ValuesModel::PageColumns + 3});
        const std::string path = m_dir->path("pages.safetensors");
        file.write(path);
        open(path);
        auto* grid = m_window->findChild<ValuesPanel*>()->model();
        show("tall", "view.values");
        auto* where = find<QLabel>("valuesRowsWhere");
        auto* on = find<QToolButton>("valuesRowsOn");
        auto* back = find<QToolButton>("valuesRowsBack");
        QVERIFY(where->isVisible());
        QVERIFY(!find<QWidget>("valuesColumnsPages")->isVisible());
        QCOMPARE(where->text(),
                 QStringLiteral("Rows 0 to %1 of %2").arg(grouped(ValuesModel::PageRows - 1), grouped(ValuesModel::PageRows * 2 + 10)));
        QVERIFY(on->isEnabled() && !back->isEnabled());
        QVERIFY(!on->accessibleName().isEmpty());
        on->setFocus();
        QTest::keyClick(on, Qt::Key_Space);
        QTest::mouseClick(on, Qt::LeftButton);
        QCOMPARE(grid->firstRow(), ValuesModel::PageRows * 2);
        QCOMPARE(grid->rowCount(), 10);
        QCOMPARE(grid->headerData(9, Qt::Vertical).toString(), QString::number(ValuesModel::PageRows * 2 + 9));
        QVERIFY(!on->isEnabled());
        QTRY_COMPARE_WITH_TIMEOUT(grid->index(9, 1).data().toString(), QStringLiteral("0"), Patience);
        QTest::mouseClick(back, Qt::LeftButton);
        QCOMPARE(grid->firstRow(), ValuesModel::PageRows);
        show("wide", "view.tree");
        m_window->dock(QStringLiteral("values"))->raise();
        QTRY_VERIFY_WITH_TIMEOUT(find<QWidget>("valuesColumnsPages")->isVisible(), Patience);
        QTest::mouseClick(find<QToolButton>("valuesColumnsOn"), Qt::LeftButton);
        QCOMPARE(grid->firstColumn(), ValuesModel::PageColumns);
        QCOMPARE(grid->columnCount(), 3);
        show("tall", "view.tree");
        QTRY_COMPARE_WITH_TIMEOUT(grid->firstColumn(), std::uint64_t(0), Patience);
    }

    /// Ctrl+C in the grid copies cells, not the tensor that they are of.
    void copiesCells()
    {
        open(model());
        show("cube", "view.values");
        auto* view = find<QTableView>("valuesView");
        QTRY_COMPARE_WITH_TIMEOUT(view->model()->index(1, 5).data().toString(), QStringLiteral("105"), Patience);
        view->setFocus();
        view->setCurrentIndex(view->model()->index(1, 5));
        view->selectionModel()->select(QItemSelection(view->model()->index(1, 5), view->model()->index(2, 6)), QItemSelectionModel::ClearAndSelect);
        QTest::keyClick(view, Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("105\t106\n205\t206"));
    }

    void showsAHistogram()
    {
        open(model());
        show("odd", "view.histogram");
        auto* panel = m_window->findChild<HistogramPanel*>();
        QTRY_VERIFY(!panel->plot()->histogram().counts.empty());
        const Histogram& shown = panel->plot()->histogram();
        QCOMPARE(std::accumulate(shown.counts.begin(), shown.counts.end(), std::uint64_t{0}), std::uint64_t{4});
        QVERIFY2(panel->numbers().contains(QStringLiteral("1 NaN, 1 +Inf")), qPrintable(panel->numbers()));
        QVERIFY(panel->numbers().contains(QStringLiteral("2 zero")));
        auto* plot = panel->plot();
        QAccessibleInterface* spoken = QAccessible::queryAccessibleInterface(plot);
        QCOMPARE(spoken->role(), QAccessible::Chart);
        QCOMPARE(spoken->text(QAccessible::Name), QStringLiteral("Histogram"));
        QVERIFY2(spoken->text(QAccessible::Description).startsWith(QStringLiteral("6 values from -1.5 to 2.5")),
                 qPrintable(spoken->text(QAccessible::Description)));
        plot->setFocus();
        QTest::keyClick(plot, Qt::Key_End);
        QVERIFY2(plot->readout().endsWith(QStringLiteral("1 values, 25.00 %")), qPrintable(plot->readout()));
        QTest::keyClick(plot, Qt::Key_Home);
        QCOMPARE(plot->cursorIndex(), 0);
        // what is saved is what is drawn
        for (const char* name : {"plot.png", "plot.svg", "plot.csv"}) {
            QCOMPARE(plot->save(QString::fromStdString(m_dir->path(name))), QString());
        }
        QVERIFY(m_dir->read("plot.png").starts_with("\x89PNG"));
        QVERIFY(m_dir->read("plot.svg").find("<text") != std::string::npos);
        const std::string csv = m_dir->read("plot.csv");
        QCOMPARE(std::count(csv.begin(), csv.end(), '\n'), 257);
        const auto files = std::make_shared<ShardFiles>(m_window->document()->sharedCheckpoint());
        const std::uint32_t odd = m_window->document()->checkpoint().indexOf(*m_window->document()->checkpoint().find("odd"));
        QCOMPARE(csv, report::histogramCsv(*computeHistogram(files, odd))); // as core, and so the command line, has them
        find<QComboBox>("histogramScale")->setCurrentIndex(1);
        QTRY_COMPARE(plot->csv().toStdString(), report::histogramCsv(*computeHistogram(files, odd, {256, HistogramScale::Log10Magnitude})));
        QVERIFY(!plot->save(QStringLiteral("/nowhere/at/all.png")).isEmpty());
    }

    /// Dragging over bins, keys, and the way back.
    void zoomsIntoAHistogram()
    {
        open(model());
        show("cube", "view.histogram");
        auto* panel = m_window->findChild<HistogramPanel*>();
        auto* plot = panel->plot();
        QTRY_COMPARE(plot->histogram().high, 599.0);
        const int middle = plot->height() / 2;
        QTest::mousePress(plot, Qt::LeftButton, {}, QPoint(plot->width() / 2, middle));
        QTest::mouseMove(plot, QPoint(plot->width() - 40, middle));
        QTest::mouseRelease(plot, Qt::LeftButton, {}, QPoint(plot->width() - 40, middle));
        QTRY_VERIFY_WITH_TIMEOUT(plot->histogram().low > 200, Patience);
        const Histogram& shown = plot->histogram();
        const auto files = std::make_shared<ShardFiles>(m_window->document()->sharedCheckpoint());
        const std::uint32_t cube = m_window->document()->checkpoint().indexOf(*m_window->document()->checkpoint().find("cube"));
        HistogramOptions part;
        part.range = HistogramRange{shown.low, shown.high};
        QCOMPARE(plot->csv().toStdString(), report::histogramCsv(*computeHistogram(files, cube, part)));
        QCOMPARE(shown.statistics.count, 600U); // the numbers beside it are of all values
        QVERIFY(find<QPushButton>("histogramReset")->isEnabled());
        QTest::keyClick(plot, Qt::Key_Escape);
        QTRY_COMPARE_WITH_TIMEOUT(plot->histogram().high, 599.0, Patience);
        QCOMPARE(plot->histogram().low, 0.0);
        plot->setFocus();
        QTest::keyClick(plot, Qt::Key_End);
        QTest::keyClick(plot, Qt::Key_Plus);
        QTRY_VERIFY_WITH_TIMEOUT(plot->histogram().low > 400, Patience);
        QVERIFY(m_window->tensorView()->select(
            m_window->document()->checkpoint().indexOf(*m_window->document()->checkpoint().find("odd")))); // shown whole
        QTRY_COMPARE_WITH_TIMEOUT(plot->histogram().low, -1.5, Patience);
    }

    void showsHalfLives()
    {
        open(model());
        show("layers.0.A_log", "view.halflife");
        auto* plot = m_window->findChild<HalfLifePlot*>();
        QTRY_VERIFY(plot->summary().startsWith(QStringLiteral("1 layer, 2 heads each")));
        plot->setFocus();
        QTest::keyClick(plot, Qt::Key_Home);
        // log(2) / (exp(0) * softplus(0)) = 1
        QVERIFY2(plot->readout().contains(QStringLiteral("head 0: 1 tokens")), qPrintable(plot->readout()));
        QVERIFY2(
            plot->csv().startsWith(QStringLiteral("layer,tensor,head,tokens,bf16,low,high,drift_4k,drift_32k,drift_256k\r\n0,layers.0.A_log,0,1,1,")),
            qPrintable(plot->csv()));
        // both heads have forgotten everything after 4096 tokens: what drift says of them nothing feels
        auto* drift = find<QTableWidget>("halfLifeDrift");
        QTRY_VERIFY(drift->isVisible());
        QCOMPARE(drift->item(0, 0)->text(), grouped(4096));
        QVERIFY(drift->item(0, 2)->text() == QStringLiteral("none") || drift->item(0, 2)->text().startsWith(QStringLiteral("not felt")));
        QVERIFY(!drift->item(0, 2)->data(Qt::AccessibleDescriptionRole).toString().isEmpty());
        auto* formula = find<QPushButton>("halfLifeFormula");
        QVERIFY(!find<QLabel>("halfLifeCaption")->isVisible());
        QTest::mouseClick(formula, Qt::LeftButton);
        QVERIFY(find<QLabel>("halfLifeCaption")->isVisible());
    }

    /// A donor's half-lives stand beside ours, joined head by head, for as long as this checkpoint is shown.
    void joinsADonor()
    {
        test::SafetensorsFile donor;
        donor.add("model.layers.0._fp32_params.A_log", "F32", {2}, floats({0.01F, 1.0F}));
        donor.add("model.layers.0.dt_bias", "F32", {2}, floats({0.0F, 0.0F}));
        const std::string path = m_dir->path("donor.safetensors");
        donor.write(path);
        open(model());
        show("layers.0.A_log", "view.halflife");
        auto* plot = m_window->findChild<HalfLifePlot*>();
        QTRY_VERIFY(!plot->summary().contains(QStringLiteral("donor")) && plot->summary().startsWith(QStringLiteral("1 layer")));
        auto* panel = m_window->findChild<HalfLifePanel*>();
        panel->openDonor(path);
        QTRY_VERIFY_WITH_TIMEOUT(plot->donor() != nullptr, Patience);
        QVERIFY2(plot->summary().endsWith(QStringLiteral("the donor has 1 of these layers")), qPrintable(plot->summary()));
        plot->setFocus();
        QTest::keyClick(plot, Qt::Key_Home);
        QVERIFY2(plot->readout().contains(QStringLiteral("; the donor's 0.9")), qPrintable(plot->readout()));
        QVERIFY(plot->csv().contains(QStringLiteral(",donor\r\n")));
        for (const char* name : {"half.png", "half.svg", "half.csv"}) {
            QCOMPARE(plot->save(QString::fromStdString(m_dir->path(name))), QString());
        }
        QVERIFY(m_dir->read("half.svg").find("the donor's") != std::string::npos);
        panel->openDonor(m_dir->path("nowhere.safetensors")); // ours alone again
        QTRY_VERIFY_WITH_TIMEOUT(plot->donor() == nullptr && plot->summary().startsWith(QStringLiteral("1 layer")), Patience);
        panel->openDonor(path);
        QTRY_VERIFY_WITH_TIMEOUT(plot->donor() != nullptr, Patience);
        open(m_fixture->demo());
        QTRY_VERIFY_WITH_TIMEOUT(plot->summary().startsWith(QStringLiteral("12 layers")) && plot->donor() == nullptr, Patience);
    }

    void savesAsTheKindThatWasChosen_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("saved");
        QTest::newRow("as it stands") << "plot.png"
                                      << "PNG (*.png)"
                                      << "plot.png";
        QTest::newRow("another kind") << "plot.png"
                                      << "SVG (*.svg)"
                                      << "plot.svg";
        QTest::newRow("no ending") << "my.plot"
                                   << "CSV (*.csv)"
                                   << "my.plot.csv";
        QTest::newRow("capitals") << "A.PNG"
                                  << "CSV (*.csv)"
                                  << "A.csv";
        QTest::newRow("no kind") << "a.svg" << QString() << "a.svg";
    }
    void savesAsTheKindThatWasChosen()
    {
        QFETCH(QString, file);
        QFETCH(QString, kind);
        QTEST(Plot::withEnding(file, kind), "saved");
    }

    /// Every plot saves as a picture for screens, one for print, and as the numbers that it draws.
    void everyPlotSaves_data()
    {
        QTest::addColumn<QString>("view");
        QTest::addColumn<QString>("plot");
        QTest::newRow("histogram") << "view.histogram"
                                   << "histogramPlot";
        QTest::newRow("heatmap") << "view.heatmap"
                                 << "heatmapPlot";
        QTest::newRow("half-life") << "view.halflife"
                                   << "halfLifePlot";
        QTest::newRow("map") << "view.map"
                             << "treemapPlot";
        QTest::newRow("file") << "view.shards"
                              << "fileStrip";
    }
    void everyPlotSaves()
    {
        QFETCH(QString, view);
        QFETCH(QString, plot);
        open(model());
        show("cube", view.toLatin1().constData());
        auto* shown = m_window->findChild<Plot*>(plot);
        QVERIFY(shown != nullptr);
        QTRY_VERIFY_WITH_TIMEOUT(shown->csv().count(QLatin1Char('\n')) > 1 && m_window->idle(), Patience);
        for (const char* ending : {"png", "svg", "csv"}) {
            const std::string name = std::string("plot.") + ending;
            QCOMPARE(shown->save(QString::fromStdString(m_dir->path(name))), QString());
            QVERIFY(m_dir->read(name).size() > 20);
        }
        QVERIFY(m_dir->read("plot.png").starts_with("\x89PNG"));
        QVERIFY(m_dir->read("plot.svg").find("<text") != std::string::npos);
        QCOMPARE(QString::fromStdString(m_dir->read("plot.csv")), shown->csv());
        QVERIFY(!shown->save(QStringLiteral("/nowhere/plot.svg")).isEmpty());
    }

    void showsAHeatmap()
    {
        open(model());
        show("cube", "view.heatmap");
        auto* plot = m_window->findChild<HeatmapPlot*>();
        QTRY_COMPARE(plot->heatmap().cells.size(), std::size_t(300));
        const auto files = std::make_shared<ShardFiles>(m_window->document()->sharedCheckpoint());
        const std::uint32_t cube = m_window->document()->checkpoint().indexOf(*m_window->document()->checkpoint().find("cube"));
        QCOMPARE(plot->csv().toStdString(), report::heatmapCsv(*computeHeatmap(files, cube)));
        QVERIFY2(plot->summary().startsWith(QStringLiteral("3 \u00d7 100, block means 0 to 299")), qPrintable(plot->summary()));
        plot->setFocus();
        QTest::keyClick(plot, Qt::Key_Home);
        QCOMPARE(plot->readout(), QStringLiteral("[0, 0]: 0"));
        QTest::keyClick(plot, Qt::Key_Down);
        QTest::keyClick(plot, Qt::Key_Right);
        QCOMPARE(plot->readout(), QStringLiteral("[1, 1]: 101"));
        // + shows half of it, at the cursor; Esc all of it
        QTest::keyClick(plot, Qt::Key_Plus);
        QTRY_COMPARE_WITH_TIMEOUT(plot->heatmap().columns, std::uint64_t(50), Patience);
        QVERIFY(find<QPushButton>("heatmapReset")->isEnabled());
        QTest::keyClick(plot, Qt::Key_Escape);
        QTRY_COMPARE_WITH_TIMEOUT(plot->heatmap().columns, std::uint64_t(100), Patience);
        // a drag from cell to cell shows these and what lies between
        const QPoint middle = plot->rect().center();
        QTest::mousePress(plot, Qt::LeftButton, {}, middle);
        QTest::mouseMove(plot, middle + QPoint(40, 2));
        QTest::mouseRelease(plot, Qt::LeftButton, {}, middle + QPoint(40, 2));
        QTRY_VERIFY_WITH_TIMEOUT(plot->heatmap().columns < 50 && plot->heatmap().columns > 0, Patience);
        QCOMPARE(plot->heatmap().rows, std::uint64_t(1));
        QTest::mouseClick(find<QPushButton>("heatmapReset"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(plot->heatmap().columns, std::uint64_t(100), Patience);
        // colours that are kept stay those of what was shown then
        find<QComboBox>("heatmapRange")->setCurrentIndex(1);
        QCOMPARE(plot->limit(), 299.0);
        find<QComboBox>("heatmapRange")->setCurrentIndex(2);
        find<QSpinBox>("heatmapDim0")->setValue(1);
        QTRY_VERIFY_WITH_TIMEOUT(!plot->heatmap().cells.empty() && plot->heatmap().cells.front().mean == 300, Patience);
        QCOMPARE(plot->limit(), 299.0);
        find<QComboBox>("heatmapRange")->setCurrentIndex(1);
        QCOMPARE(plot->limit(), 599.0);
        find<QSpinBox>("heatmapDim0")->setValue(0);
        // the other slice, and from a cell to its value
        find<QSpinBox>("heatmapDim0")->setValue(1);
        QTRY_VERIFY_WITH_TIMEOUT(!plot->heatmap().cells.empty() && plot->heatmap().cells.front().mean == 300, Patience);
        plot->setFocus();
        QTest::keyClick(plot, Qt::Key_End);
        QTest::keyClick(plot, Qt::Key_Return);
        auto* grid = find<QTableView>("valuesView");
        QTRY_COMPARE_WITH_TIMEOUT(grid->currentIndex().data().toString(), QStringLiteral("599"), Patience);
        for (const char* name : {"heat.png", "heat.svg", "heat.csv"}) {
            QCOMPARE(plot->save(QString::fromStdString(m_dir->path(name))), QString());
        }
        const std::string csv = m_dir->read("heat.csv");
        QCOMPARE(std::count(csv.begin(), csv.end(), '\n'), 301);
        // what cannot be a picture is said
        QVERIFY(m_window->tensorView()->select(m_window->document()->checkpoint().indexOf(*m_window->document()->checkpoint().find("odd"))));
        m_window->action(QStringLiteral("view.heatmap"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(plot->heatmap().cells.size() == 6, Patience);
        QVERIFY2(plot->summary().endsWith(QStringLiteral("2 NaN or Inf")), qPrintable(plot->summary()));
    }

    /// The wheel zooms at the pointer and keeps what lies under it; Shift and the arrows, and a drag with Ctrl, move the part.
    void movesOverAHeatmap()
    {
        open(model());
        show("cube", "view.heatmap");
        auto* plot = m_window->findChild<HeatmapPlot*>();
        QTRY_COMPARE_WITH_TIMEOUT(plot->heatmap().cells.size(), std::size_t(300), Patience);
        const auto wheel = [plot](int delta, Qt::KeyboardModifiers modifiers = {}) {
            const QPointF at = QRectF(plot->rect()).center();
            QWheelEvent event(at, plot->mapToGlobal(at), {}, {0, delta}, Qt::NoButton, modifiers, Qt::NoScrollPhase, false);
            QCoreApplication::sendEvent(plot, &event);
        };
        wheel(240);
        QCOMPARE(plot->part().columns, std::uint64_t(50)); // at once, before it is read
        QVERIFY(!plot->heatmap().cells.empty());           // what was read stays until then
        QTRY_COMPARE_WITH_TIMEOUT(plot->heatmap().columns, std::uint64_t(50), Patience);
        QVERIFY(plot->heatmap().firstColumn > 10 && plot->heatmap().firstColumn < 40);
        QVERIFY(find<QPushButton>("heatmapReset")->isEnabled());
        const std::uint64_t first = plot->part().firstColumn;
        plot->setFocus();
        QTest::keyClick(plot, Qt::Key_Right, Qt::ShiftModifier);
        QTRY_COMPARE_WITH_TIMEOUT(plot->heatmap().firstColumn, first + 13, Patience); // a quarter of 50, rounded
        QTest::keyClick(plot, Qt::Key_Left, Qt::ShiftModifier);
        QTRY_COMPARE_WITH_TIMEOUT(plot->heatmap().firstColumn, first + 1, Patience);
        wheel(120, Qt::ShiftModifier);
        QTRY_VERIFY_WITH_TIMEOUT(plot->heatmap().firstColumn < first, Patience);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
        const std::uint64_t before = plot->heatmap().firstColumn;
        const QPoint middle = plot->rect().center();
        QTest::mousePress(plot, Qt::LeftButton, Qt::ControlModifier, middle);
        QTest::mouseMove(plot, middle - QPoint(60, 0));
        QTest::mouseRelease(plot, Qt::LeftButton, Qt::ControlModifier, middle - QPoint(60, 0));
        QTRY_VERIFY_WITH_TIMEOUT(plot->heatmap().firstColumn > before, Patience);
        QCOMPARE(plot->heatmap().columns, std::uint64_t(50));
        // never beyond the matrix
        for (int i = 0; i < 12; ++i) {
            QTest::keyClick(plot, Qt::Key_Right, Qt::ShiftModifier);
        }
        QTRY_COMPARE_WITH_TIMEOUT(plot->heatmap().firstColumn, std::uint64_t(50), Patience);
        for (int i = 0; i < 12; ++i) {
            wheel(-240);
        }
        QTRY_COMPARE_WITH_TIMEOUT(plot->heatmap().columns, std::uint64_t(100), Patience);
        // + zooms at the cursor, again and again: it stays on its element
        QTest::keyClick(plot, Qt::Key_End);
        QCOMPARE(plot->readout(), QStringLiteral("[2, 99]: 299"));
        for (const std::uint64_t columns : {50U, 25U, 13U}) {
            QTest::keyClick(plot, Qt::Key_Plus);
            QTRY_COMPARE_WITH_TIMEOUT(plot->heatmap().columns, columns, Patience);
            QTRY_COMPARE_WITH_TIMEOUT(plot->readout(), QStringLiteral("[2, 99]: 299"), Patience);
        }
    }

    void heatmapColoursAreEven_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::newRow("light") << false;
        QTest::newRow("dark") << true;
    }

    void heatmapColoursAreEven()
    {
        QFETCH(bool, dark);
        const QPalette colors = dark ? darkPalette() : lightPalette();
        QCOMPARE(HeatmapPlot::colorOf(0, colors).rgb(), colors.color(QPalette::Base).rgb());
        for (const double side : {-1.0, 1.0}) {
            double before = luminance(HeatmapPlot::colorOf(0, colors));
            for (int i = 1; i <= 100; ++i) { // away from the paper, never back
                const double now = luminance(HeatmapPlot::colorOf(side * i / 100, colors));
                QVERIFY(dark ? now >= before - 1e-9 : now <= before + 1e-9);
                before = now;
            }
            QVERIFY(contrast(HeatmapPlot::colorOf(side, colors), colors.color(QPalette::Base)) > 4.5);
        }
    }

    void showsAMap()
    {
        open(m_fixture->demo());
        m_window->action(QStringLiteral("view.map"))->trigger();
        auto* plot = m_window->findChild<TreemapPlot*>();
        QTRY_VERIFY_WITH_TIMEOUT(plot->summary().startsWith(QStringLiteral("415 tensors")) && m_window->idle(), Patience);
        const QString csv = plot->csv();
        QVERIFY(csv.startsWith(QStringLiteral("name,level,tensors,bytes,elements,violations\r\n")));
        QVERIFY(csv.contains(QStringLiteral("\r\nmodel.layers,")));
        const TreemapNode all = plot->root();
        plot->setFocus();
        // to the first group, into it and out again
        QTest::keyClick(plot, Qt::Key_Home);
        for (int i = 0; i < 50 && !plot->readout().contains(QStringLiteral("tensors")); ++i) {
            QTest::keyClick(plot, Qt::Key_Right);
        }
        const QString group = plot->readout();
        QVERIFY2(group.contains(QStringLiteral("violations")), qPrintable(group));
        QTest::keyClick(plot, Qt::Key_Return);
        QVERIFY(plot->root() != all);
        auto* back = find<QToolButton>("treemapCrumb0");
        QVERIFY(back != nullptr && back->isEnabled());
        QTRY_VERIFY(back->isVisible());
        QCOMPARE(back->text(), QStringLiteral("All"));
        QCOMPARE(find<QToolButton>("treemapCrumb1")->text(), QStringLiteral("model"));
        QVERIFY(!find<QToolButton>("treemapCrumb1")->isEnabled()); // here one is
        QTest::mouseClick(back, Qt::LeftButton);
        QVERIFY(plot->root() == all);
        QTest::keyClick(plot, Qt::Key_Home);
        for (int i = 0; i < 50 && plot->readout() != group; ++i) {
            QTest::keyClick(plot, Qt::Key_Right);
        }
        QTest::keyClick(plot, Qt::Key_Return);
        QVERIFY(plot->root() != all);
        QTest::keyClick(plot, Qt::Key_Backspace);
        QVERIFY(plot->root() == all);
        QCOMPARE(plot->readout(), group); // where one came from
        QVERIFY(!find<QPushButton>("treemapUp")->isEnabled());
        // a tensor is selected by Enter
        QTest::keyClick(plot, Qt::Key_Home);
        for (int i = 0; i < 50 && plot->readout().contains(QStringLiteral("tensors")); ++i) {
            QTest::keyClick(plot, Qt::Key_Right);
        }
        QTest::keyClick(plot, Qt::Key_Return);
        const auto current = m_window->tensorView()->currentTensor();
        QVERIFY(current.has_value());
        const std::string_view key = m_window->document()->tensor(*current).key;
        QVERIFY2(plot->readout().startsWith(QString::fromUtf8(key.data(), static_cast<qsizetype>(key.size()))), qPrintable(plot->readout()));
        QCOMPARE(plot->legend(), QStringList{QStringLiteral("BF16")});
        find<QComboBox>("treemapColor")->setCurrentIndex(1);
        QVERIFY(plot->legend().contains(QStringLiteral("violation")) && plot->legend().contains(QStringLiteral("no rule")));
        find<QComboBox>("treemapColor")->setCurrentIndex(2);
        QCOMPARE(plot->legend().size(), 2); // a file each
        find<QComboBox>("treemapColor")->setCurrentIndex(3);
        QCOMPARE(plot->legend(), (QStringList{QStringLiteral("layer 0"), QStringLiteral("layer 15"), QStringLiteral("in no layer")}));
        for (const int choice : {1, 2, 3}) {
            find<QComboBox>("treemapWeight")->setCurrentIndex(choice % 3);
            find<QComboBox>("treemapColor")->setCurrentIndex(choice);
            for (const char* name : {"map.png", "map.svg", "map.csv"}) {
                QCOMPARE(plot->save(QString::fromStdString(m_dir->path(name))), QString());
            }
        }
        QVERIFY(m_dir->read("map.svg").find("<text") != std::string::npos);
    }

    void showsAFile()
    {
        test::SafetensorsFile file;
        file.add("a", "F32", {2}, floats({1, 2})).add("layers.0.A_log", "BF16", {2}, std::string(4, '\x3f')).addSparse("large", "F32", {1000});
        const std::string path = m_dir->path("model.safetensors");
        file.write(path);
        open(path);
        m_window->action(QStringLiteral("view.shards"))->trigger();
        auto* strip = m_window->findChild<FileStrip*>();
        QTRY_VERIFY(strip->isVisible());
        QCOMPARE(strip->pieces().size(), std::size_t(4)); // the header and three tensors
        QVERIFY2(strip->summary().startsWith(QStringLiteral("model.safetensors: 3 tensors, 0 B of no tensor")), qPrintable(strip->summary()));
        strip->setFocus();
        QTest::keyClick(strip, Qt::Key_Home);
        QVERIFY(strip->readout().startsWith(QStringLiteral("header: bytes 0 to")));
        QTest::keyClick(strip, Qt::Key_Right);
        QTest::keyClick(strip, Qt::Key_Right);
        QVERIFY2(strip->readout().startsWith(QStringLiteral("layers.0.A_log: bytes")), qPrintable(strip->readout()));
        QTest::keyClick(strip, Qt::Key_Return); // selects it
        QCOMPARE(m_window->document()->tensor(*m_window->tensorView()->currentTensor()).key, std::string_view("layers.0.A_log"));
        // and what is selected has the cursor
        QVERIFY(m_window->tensorView()->select(m_window->document()->checkpoint().indexOf(*m_window->document()->checkpoint().find("large"))));
        QTRY_VERIFY(strip->readout().startsWith(QStringLiteral("large: bytes")));
        for (int i = 0; i < 20; ++i) {
            QTest::keyClick(strip, Qt::Key_Plus);
        }
        QTest::mouseClick(strip, Qt::LeftButton, {}, strip->rect().center() - QPoint(0, 8));
        QVERIFY(strip->readout().startsWith(QStringLiteral("large: bytes")));
        QTest::keyClick(strip, Qt::Key_Escape);
        const QString csv = strip->csv();
        QVERIFY(csv.contains(QStringLiteral(",4,tensor,layers.0.A_log\r\n")));
        QCOMPARE(strip->save(QString::fromStdString(m_dir->path("strip.png"))), QString());
        m_window->closeDocument();
        QVERIFY(strip->pieces().empty());
    }

    void survivesWhatGoesWhileItReads()
    {
        test::SafetensorsFile file;
        file.addSparse("large", "F32", {1024, 16384});
        const std::string path = m_dir->path("large.safetensors");
        file.write(path);
        const std::string other = model();
        open(path);
        const TensorInfo* tensor = m_window->document()->checkpoint().find("large");
        QVERIFY(m_window->tensorView()->select(m_window->document()->checkpoint().indexOf(*tensor)));
        m_window->action(QStringLiteral("view.histogram"))->trigger();
        m_window->open({other});
        QTRY_VERIFY_WITH_TIMEOUT(m_window->document()->size() == 4 && m_window->idle(), Patience);
        show("odd", "view.histogram");
        QTRY_VERIFY(!m_window->findChild<HistogramPlot*>()->histogram().counts.empty());
        open(path);
        m_window->tensorView()->select(0);
        m_window->closeDocument();
        QVERIFY(!m_window->findChild<HistogramPanel*>()->busy());
        open(path);
        m_window->tensorView()->select(0);
        m_dir->truncate("large.safetensors", 4096);
        m_window->action(QStringLiteral("view.values"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(!find<QLabel>("valuesMessage")->text().isEmpty() && m_window->idle(), Patience);
        m_fixture.reset(); // while whatever still reads
    }
};

QTEST_MAIN(TestPlots)
#include "tst_plots.moc"
