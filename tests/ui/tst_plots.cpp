// SPDX-License-Identifier: Apache-2.0
// The docks that read values, on a real window: numbers, keys, export, and what happens when the checkpoint goes while they read.
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"
#include "ui/mainwindow.h"
#include "ui/models/valuesmodel.h"
#include "ui/settings.h"
#include "ui/translation.h"
#include "ui/views/halflifepanel.h"
#include "ui/views/histogrampanel.h"
#include "ui/views/valuespanel.h"

#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QAction>
#include <QCheckBox>
#include <QClipboard>
#include <QDockWidget>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTableView>
#include <QTest>

#include <cstring>
#include <memory>
#include <numeric>

using namespace ckptscope;
using namespace ckptscope::ui;

namespace {

constexpr int Patience = 20'000; // ms

std::string floats(const std::vector<float>& values)
{
    std::string bytes(values.size() * sizeof(float), '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

} // namespace

class TestPlots : public QObject {
    Q_OBJECT

    std::unique_ptr<test::TempDir> m_dir;
    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<MainWindow> m_window;

    void open(const std::string& path)
    {
        QSignalSpy changed(m_window.get(), &MainWindow::documentChanged);
        m_window->open({path});
        QTRY_VERIFY_WITH_TIMEOUT(changed.count() > 0 && m_window->idle(), Patience);
        QVERIFY(m_window->document() != nullptr);
    }
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
    void initTestCase() { installTranslations(*QCoreApplication::instance(), QLocale::c()); }
    void init()
    {
        m_dir = std::make_unique<test::TempDir>();
        m_settings = std::make_unique<Settings>(QString::fromStdString(m_dir->path("settings.ini")));
        m_window = std::make_unique<MainWindow>(m_settings.get());
        m_window->resize(1280, 820);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    }
    void cleanup()
    {
        m_window.reset();
        m_settings.reset();
        m_dir.reset();
    }

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
        QVERIFY(!plot->save(QStringLiteral("/nowhere/at/all.png")).isEmpty());
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
        QVERIFY(plot->csv().startsWith(QStringLiteral("layer,head,tokens,bf16,low,high\r\n0,0,1,1,")));
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
        m_window.reset(); // while whatever still reads
    }
};

QTEST_MAIN(TestPlots)
#include "tst_plots.moc"
