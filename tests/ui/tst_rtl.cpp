// SPDX-License-Identifier: Apache-2.0
// From right to left: lists, bars and buttons turn round; plots, matrices and numbers do not; and what is clicked is what is seen there.
#include "tests/support/safetensorsfile.h"
#include "tests/support/windowfixture.h"
#include "ui/theme.h"
#include "ui/translation.h"
#include "ui/views/bannerwidget.h"
#include "ui/views/dtypebar.h"
#include "ui/views/filestrip.h"
#include "ui/views/filterbar.h"
#include "ui/views/heatmappanel.h"
#include "ui/views/histogrampanel.h"
#include "ui/views/treemappanel.h"

#include <QAction>
#include <QDockWidget>
#include <QHeaderView>
#include <QImage>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QTreeView>

#include <cstring>
#include <functional>
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

/// The first point of the picture that is wanted, from its left; (-1, -1): none.
QPoint findPoint(const QImage& picture, const QRect& within, const std::function<bool(QRgb)>& wanted)
{
    for (int x = within.left(); x <= within.right(); ++x) {
        for (int y = within.top(); y <= within.bottom(); ++y) {
            if (wanted(picture.pixel(x, y) | 0xFF000000U)) {
                return {x, y};
            }
        }
    }
    return {-1, -1};
}

} // namespace

class TestRtl : public QObject {
    Q_OBJECT

    std::unique_ptr<test::WindowFixture> m_fixture;
    MainWindow* m_window = nullptr;

    std::string model() const
    {
        std::vector<float> counted(4 * 100);
        std::iota(counted.begin(), counted.end(), 0.0F);
        test::SafetensorsFile file;
        file.add("layers.0.counted", "F32", {4, 100}, floats(counted));
        file.addSparse("layers.0.half", "BF16", {100, 100});
        const std::string path = m_fixture->dir.path("model.safetensors");
        file.write(path);
        return path;
    }
    void show(const char* key, const char* view)
    {
        const TensorInfo* tensor = m_window->document()->checkpoint().find(key);
        QVERIFY(tensor != nullptr);
        QVERIFY(m_window->tensorView()->select(m_window->document()->checkpoint().indexOf(*tensor)));
        m_window->action(QLatin1String(view))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
    }

private Q_SLOTS:
    void initTestCase()
    {
        installTranslations(*QCoreApplication::instance(), QLocale::c());
        QGuiApplication::setLayoutDirection(Qt::RightToLeft);
        applyTheme(*qApp, Theme::Light);
    }
    void init()
    {
        m_fixture = std::make_unique<test::WindowFixture>();
        m_window = &m_fixture->window;
        QVERIFY(QTest::qWaitForWindowActive(m_window));
        QCOMPARE(m_window->layoutDirection(), Qt::RightToLeft);
    }
    void cleanup() { m_fixture.reset(); }

    /// What a click on a colour of the bar filters to is what has that colour.
    void dtypeBarAnswersWhereItIsPainted_data()
    {
        QTest::addColumn<int>("dtype");
        QTest::addColumn<QString>("filter");
        QTest::newRow("large part") << static_cast<int>(DType::BF16) << "dtype:BF16";
        QTest::newRow("small part") << static_cast<int>(DType::F32) << "dtype:F32";
    }
    void dtypeBarAnswersWhereItIsPainted()
    {
        QFETCH(int, dtype);
        QFETCH(QString, filter);
        QVERIFY(m_fixture->open(model()));
        auto* bar = m_fixture->find<DTypeBar>("dtypeBar");
        const QRgb ink = dtypeColor(static_cast<DType>(dtype), bar->palette()).rgb();
        QPoint at;
        const auto painted = [&] { // once it has its place
            const QImage picture = bar->grab().toImage();
            at = findPoint(picture, picture.rect(), [ink](QRgb pixel) { return pixel == ink; });
            return at.x() >= 0;
        };
        QTRY_VERIFY(painted());
        QTest::mouseClick(bar, Qt::LeftButton, {}, at + QPoint(2, 2));
        QCOMPARE(m_window->filterBar()->text(), filter);
    }

    /// The verdict's stripe stands at the beginning of the line, the buttons at its end.
    void bannerTurnsRound()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        auto* banner = m_fixture->find<BannerWidget>("banner");
        QTRY_VERIFY(banner->width() > m_window->width() / 2 && banner->button("fix")->width() > 0 && banner->height() > 30);
        const QImage picture = banner->grab().toImage();
        const QRgb ink = markColors(Mark::Violation, banner->palette()).ink.rgb();
        QCOMPARE(picture.pixel(picture.width() - 2, picture.height() - 2) | 0xFF000000U, ink);
        QVERIFY((picture.pixel(1, picture.height() - 2) | 0xFF000000U) != ink);
        QVERIFY(banner->button("fix")->x() < banner->button("show")->x());
        const auto* title = m_fixture->find<QLabel>("bannerTitle");
        QVERIFY(title->x() > banner->button("fix")->x());
    }

    void listsTurnRound()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        const QHeaderView* header = m_window->tensorView()->view()->header();
        QVERIFY(header->sectionViewportPosition(0) > header->sectionViewportPosition(1)); // the key is at the right
        QVERIFY(m_window->dock(QStringLiteral("details"))->x() >= 0);
    }

    /// Axes grow to the right: the last bin is at the right edge, and the pointer says so.
    void histogramKeepsItsAxis()
    {
        QVERIFY(m_fixture->open(model()));
        show("layers.0.counted", "view.histogram");
        auto* plot = m_window->findChild<HistogramPanel*>()->plot();
        QTRY_VERIFY_WITH_TIMEOUT(!plot->histogram().counts.empty(), Patience);
        const QImage picture = plot->grab().toImage();
        const QRgb bar = dtypeColor(DType::F32, plot->palette()).rgb();
        const QRect inside = picture.rect().adjusted(4, 4, -4, -4); // the ring around what has the focus is as blue
        const QPoint first = findPoint(picture, inside, [bar](QRgb pixel) { return pixel == bar; });
        QVERIFY(first.x() > 0);
        QTest::mouseMove(plot, first);
        QTRY_VERIFY2_WITH_TIMEOUT(plot->readout().startsWith(QStringLiteral("bin [0, ")), qPrintable(plot->readout()), Patience);
        plot->setFocus();
        QTest::keyClick(plot, Qt::Key_Right);
        QVERIFY(!plot->readout().startsWith(QStringLiteral("bin [0, "))); // on to greater values
        QTest::keyClick(plot, Qt::Key_End);
        QVERIFY2(plot->readout().contains(QStringLiteral(", 399]")), qPrintable(plot->readout()));
    }

    /// A matrix has its first column at the left, in the heatmap and in the grid.
    void matricesKeepTheirOrder()
    {
        QVERIFY(m_fixture->open(model()));
        show("layers.0.counted", "view.heatmap");
        auto* plot = m_window->findChild<HeatmapPlot*>();
        QTRY_COMPARE_WITH_TIMEOUT(plot->heatmap().cells.size(), std::size_t(400), Patience);
        const QImage picture = plot->grab().toImage();
        const QRgb lowest = HeatmapPlot::colorOf(0, plot->palette()).rgb();
        const QRgb highest = HeatmapPlot::colorOf(1, plot->palette()).rgb();
        QVERIFY(lowest != highest);
        const QPoint dark = findPoint(picture, picture.rect(), [highest](QRgb pixel) { return pixel == highest; });
        QVERIFY(dark.x() > 0);
        QTest::mouseMove(plot, dark + QPoint(1, 1));
        QTRY_VERIFY2_WITH_TIMEOUT(plot->readout().startsWith(QStringLiteral("[3, 9")), qPrintable(plot->readout()), Patience);
        m_window->action(QStringLiteral("view.values"))->trigger();
        const auto* grid = m_fixture->find<QTableView>("valuesView");
        QTRY_VERIFY_WITH_TIMEOUT(grid->isVisible() && m_window->idle(), Patience);
        QVERIFY(grid->columnViewportPosition(0) < grid->columnViewportPosition(1));
    }

    void mapAnswersWhereItIsPainted()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        m_window->action(QStringLiteral("view.map"))->trigger();
        auto* plot = m_window->findChild<TreemapPlot*>();
        QTRY_VERIFY_WITH_TIMEOUT(plot->summary().startsWith(QStringLiteral("415 tensors")) && m_window->idle(), Patience);
        const QImage picture = plot->grab().toImage();
        // what is under each pin is what has a violation: the pin's middle is that of its tensor, or of the small ones that it counts
        const QRgb pin = markColors(Mark::Violation, plot->palette()).ink.rgb();
        const QRect map = picture.rect().adjusted(4, 4, -4, -2 * plot->fontMetrics().height()); // above the legend
        const QPoint left = findPoint(picture, map, [pin](QRgb pixel) { return pixel == pin; });
        QVERIFY(left.x() > 0);
        int right = left.x();
        while (right + 1 <= map.right() && (picture.pixel(right + 1, left.y()) | 0xFF000000U) != plot->palette().color(QPalette::Base).rgb()) {
            ++right; // to the pin's edge
        }
        bool said = false;
        for (int x = left.x(); x <= right && !said; ++x) {
            QTest::mouseMove(plot, QPoint(x, left.y()));
            said = QTest::qWaitFor([plot] { return plot->readout().contains(QStringLiteral("violation")); }, 50);
        }
        QVERIFY2(said, qPrintable(plot->readout()));
    }

    /// A file begins at the left.
    void stripAnswersWhereItIsPainted()
    {
        QVERIFY(m_fixture->open(model()));
        m_window->action(QStringLiteral("view.shards"))->trigger();
        auto* strip = m_window->findChild<FileStrip*>();
        QTRY_VERIFY_WITH_TIMEOUT(strip->isVisible() && m_window->idle(), Patience);
        const QImage picture = strip->grab().toImage();
        const QRgb half = dtypeColor(DType::BF16, strip->palette()).rgb();
        const QRgb full = dtypeColor(DType::F32, strip->palette()).rgb();
        const QPoint first = findPoint(picture, picture.rect(), [full](QRgb pixel) { return pixel == full; });
        const QPoint second = findPoint(picture, picture.rect(), [half](QRgb pixel) { return pixel == half; });
        QVERIFY(first.x() > 0 && first.x() < second.x());
        QTest::mouseMove(strip, second + QPoint(3, 3));
        QTRY_VERIFY2_WITH_TIMEOUT(strip->readout().startsWith(QStringLiteral("layers.0.half: bytes")), qPrintable(strip->readout()), Patience);
        QTest::mouseClick(strip, Qt::LeftButton, {}, first + QPoint(3, 3));
        QCOMPARE(m_window->document()->tensor(*m_window->tensorView()->currentTensor()).key, std::string_view("layers.0.counted"));
    }
};

QTEST_MAIN(TestRtl)
#include "tst_rtl.moc"
