// SPDX-License-Identifier: Apache-2.0
#include "ui/icons.h"
#include "ui/theme.h"
#include "ui/views/rowdelegate.h"

#include <QApplication>
#include <QImage>
#include <QPainter>
#include <QSet>
#include <QStandardItemModel>
#include <QTest>

using namespace ckptscope;
using namespace ckptscope::ui;
using namespace Qt::StringLiterals;

namespace {

constexpr std::array AllMarks{Mark::Violation, Mark::Advice, Mark::Note, Mark::Clean, Mark::Unjudged, Mark::Damaged, Mark::Missing, Mark::Laundered};

} // namespace

Q_DECLARE_METATYPE(QPalette)

class TestTheme : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cellsKeepTheirOrder();
    void contrastIsWcags();
    void paletteReads_data();
    void paletteReads();
    void marksRead_data();
    void marksRead();
    void dtypesRead_data();
    void dtypesRead();
    void marksDifferByWordAndShape();
    void readableReachesWhatIsWanted();
    void everyIconDraws();
    void iconsFollowThePalette();
    void namesRoundTrip();
};

void TestTheme::contrastIsWcags()
{
    // the worked examples of WCAG 2.1, 1.4.3: black on white is 21:1, #767676 on white 4.54:1
    QCOMPARE(contrast(Qt::black, Qt::white), 21.0);
    QVERIFY(std::abs(contrast(QColor(0x76, 0x76, 0x76), Qt::white) - 4.54) < 0.01);
    QCOMPARE(contrast(Qt::white, Qt::white), 1.0);
}

static void palettes()
{
    QTest::addColumn<QPalette>("palette");
    QTest::newRow("light") << lightPalette();
    QTest::newRow("dark") << darkPalette();
    QPalette olive; // a platform's own, with nothing of ours
    olive.setColor(QPalette::Base, QColor(0xF5, 0xF1, 0xDC));
    olive.setColor(QPalette::Window, QColor(0xDD, 0xD8, 0xBE));
    olive.setColor(QPalette::Text, QColor(0x22, 0x22, 0x10));
    olive.setColor(QPalette::WindowText, QColor(0x22, 0x22, 0x10));
    QTest::newRow("foreign") << olive;
}

void TestTheme::paletteReads_data()
{
    palettes();
}

void TestTheme::paletteReads()
{
    QFETCH(QPalette, palette);
    QVERIFY(contrast(mutedText(palette), palette.color(QPalette::Base)) >= 4.5);
    QVERIFY(contrast(mutedText(palette), palette.color(QPalette::Window)) >= 4.5);
    QVERIFY(contrast(outline(palette), palette.color(QPalette::Base)) >= 3.0);
    QVERIFY(contrast(outline(palette), palette.color(QPalette::Window)) >= 3.0);
    if (QTest::currentDataTag() == "foreign"_L1) {
        return;
    }
    const auto reads = [&palette](QPalette::ColorRole ink, QPalette::ColorRole paper, double wanted) {
        return contrast(palette.color(ink), palette.color(paper)) >= wanted;
    };
    QVERIFY(reads(QPalette::Text, QPalette::Base, 7));
    QVERIFY(reads(QPalette::Text, QPalette::AlternateBase, 7));
    QVERIFY(reads(QPalette::WindowText, QPalette::Window, 7));
    QVERIFY(reads(QPalette::ButtonText, QPalette::Button, 7));
    QVERIFY(reads(QPalette::HighlightedText, QPalette::Highlight, 4.5));
    QVERIFY(reads(QPalette::PlaceholderText, QPalette::Base, 4.5));
    QVERIFY(reads(QPalette::ToolTipText, QPalette::ToolTipBase, 7));
    QVERIFY(reads(QPalette::Link, QPalette::Window, 4.5));
    QVERIFY(reads(QPalette::Mid, QPalette::Window, 3));
    QVERIFY(contrast(palette.color(QPalette::Disabled, QPalette::Text), palette.color(QPalette::Window)) >= 3);
}

void TestTheme::marksRead_data()
{
    palettes();
}

void TestTheme::marksRead()
{
    QFETCH(QPalette, palette);
    for (const Mark mark : AllMarks) {
        const MarkColors colors = markColors(mark, palette);
        QVERIFY2(contrast(colors.ink, palette.color(QPalette::Base)) >= 4.5, qPrintable(markWord(mark)));
        QVERIFY2(contrast(colors.ink, palette.color(QPalette::Window)) >= 4.5, qPrintable(markWord(mark)));
        QVERIFY2(contrast(colors.ink, colors.tint) >= 4.5, qPrintable(markWord(mark)));
    }
}

void TestTheme::dtypesRead_data()
{
    palettes();
}

void TestTheme::dtypesRead()
{
    QFETCH(QPalette, palette);
    const bool ours = QTest::currentDataTag() != "foreign"_L1;
    for (const DTypeInfo& info : dtypeTable()) {
        const QColor color = dtypeColor(info.dtype, palette);
        QVERIFY(color.isValid());
        if (ours) {
            QVERIFY2(contrast(color, palette.color(QPalette::Base)) >= 4.5, info.name.data());
            QVERIFY2(contrast(color, dtypeLabelColor(palette)) >= 4.5, info.name.data());
        }
    }
}

void TestTheme::marksDifferByWordAndShape()
{
    QSet<QString> words;
    QSet<QByteArray> shapes;
    for (const Mark mark : AllMarks) {
        words.insert(markWord(mark));
        QImage image(64, 64, QImage::Format_ARGB32);
        image.fill(Qt::white);
        QPainter painter(&image);
        paintIcon(painter, QRectF(0, 0, 64, 64), markIconName(mark), Qt::black, Qt::white); // one colour for all
        painter.end();
        shapes.insert(QByteArray(reinterpret_cast<const char*>(image.constBits()), image.sizeInBytes()));
    }
    QCOMPARE(words.size(), qsizetype(AllMarks.size()));
    QCOMPARE(shapes.size(), qsizetype(AllMarks.size()));
}

void TestTheme::readableReachesWhatIsWanted()
{
    for (const QColor& paper : {QColor(Qt::white), QColor(Qt::black), QColor(0x2F, 0x6F, 0xB5), QColor(0x80, 0x80, 0x80)}) {
        for (int hue = 0; hue < 360; hue += 30) {
            const QColor ink = readable(QColor::fromHsl(hue, 200, 128), paper);
            QVERIFY2(contrast(ink, paper) >= 4.5, qPrintable(ink.name() + u" on "_s + paper.name()));
        }
    }
}

void TestTheme::everyIconDraws()
{
    const QStringList wanted =
        u"app file folder clock filter help tree flat columns violation advice note clean unjudged damaged missing "
        "laundered fix review donor compare grid histogram heatmap halflife map shard tags copy export cancel close cpu gpu"_s.split(u' ');
    const QStringList names = iconNames();
    for (const QString& name : wanted) {
        QVERIFY2(names.contains(name), qPrintable(name));
    }
    for (const QString& name : names) {
        QVERIFY2(!icon(name).isNull(), qPrintable(name));
        for (const double ratio : {1.0, 1.5, 2.0}) {
            const QImage image = iconPixmap(name, 16, ratio, Qt::black, Qt::white).toImage();
            QCOMPARE(image.width(), qRound(16 * ratio));
            int inked = 0;
            for (int y = 0; y < image.height(); ++y) {
                for (int x = 0; x < image.width(); ++x) {
                    inked += qAlpha(image.pixel(x, y)) > 100 ? 1 : 0;
                }
            }
            QVERIFY2(inked * 20 > image.width() * image.height(), qPrintable(name)); // at least a twentieth
        }
    }
    QVERIFY(icon(u"no such icon"_s).isNull());
    QVERIFY(!appIcon().isNull());
}

void TestTheme::iconsFollowThePalette()
{
    const auto darkest = [](const QIcon& from, QIcon::Mode mode) {
        const QImage image = from.pixmap(QSize(32, 32), 1.0, mode).toImage();
        QColor ink = Qt::transparent;
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x) {
                const QColor at = image.pixelColor(x, y);
                if (at.alpha() == 255) {
                    ink = at;
                    break;
                }
            }
        }
        return ink;
    };
    const QIcon folder = icon(u"folder"_s);
    const QIcon clean = markIcon(Mark::Clean);
    for (const Theme theme : {Theme::Light, Theme::Dark}) {
        applyTheme(*qApp, theme);
        const QPalette palette = QApplication::palette();
        QCOMPARE(isDark(palette), theme == Theme::Dark);
        QCOMPARE(darkest(folder, QIcon::Normal).name(), palette.color(QPalette::ButtonText).name());
        QCOMPARE(darkest(folder, QIcon::Selected).name(), palette.color(QPalette::HighlightedText).name());
        QCOMPARE(darkest(clean, QIcon::Normal).name(), markColors(Mark::Clean, palette).ink.name());
    }
    // white ink on a selection must not swallow its glyph
    const QImage selected = markIcon(Mark::Violation).pixmap(QSize(32, 32), 1.0, QIcon::Selected).toImage();
    QCOMPARE(selected.pixelColor(16, 3).name(), QApplication::palette().color(QPalette::HighlightedText).name());
    QCOMPARE(selected.pixelColor(16, 16).name(), QApplication::palette().color(QPalette::Highlight).name());
    applyTheme(*qApp, Theme::System);
}

void TestTheme::namesRoundTrip()
{
    for (const Theme theme : {Theme::System, Theme::Light, Theme::Dark}) {
        QCOMPARE(themeFromName(themeName(theme)), theme);
    }
    QCOMPARE(themeFromName(u"mauve"_s), Theme::System);
}

/// Right to left a shape is still rows by columns, and a size its number and unit.
void TestTheme::cellsKeepTheirOrder()
{
    struct Shown : RowDelegate {
        using RowDelegate::initStyleOption;
    };
    QStandardItemModel model(1, 1);
    model.setData(model.index(0, 0), QStringLiteral("258 \u00d7 32"));
    const Shown delegate;
    for (const auto direction : {Qt::LeftToRight, Qt::RightToLeft}) {
        QStyleOptionViewItem option;
        option.direction = direction;
        delegate.initStyleOption(&option, model.index(0, 0));
        QCOMPARE(option.text, direction == Qt::LeftToRight ? QStringLiteral("258 \u00d7 32") : QStringLiteral("\u2068258 \u00d7 32\u2069"));
    }
}

QTEST_MAIN(TestTheme)
#include "tst_theme.moc"
