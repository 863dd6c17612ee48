// SPDX-License-Identifier: Apache-2.0
#include "ui/icons.h"

#include <QDir>
#include <QFile>
#include <QGuiApplication>
#include <QHash>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

#include <optional>

// The icons lie in a static library, whose resources are linked only where they are asked for. Must stand outside any namespace.
static void initIcons()
{
    Q_INIT_RESOURCE(icons);
}

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr auto Ink = "#1b1e21";   ///< what the files draw strokes and shapes in
constexpr auto Paper = "#ffffff"; ///< and glyphs on filled shapes

QString iconPath(const QString& name)
{
    return u":/icons/"_s + name + u".svg"_s;
}

const QByteArray& source(const QString& name)
{
    static QHash<QString, QByteArray> read; // ui thread only, as all painting is
    auto found = read.constFind(name);
    if (found == read.constEnd()) {
        initIcons();
        QFile file(iconPath(name));
        found = read.insert(name, file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray());
    }
    return *found;
}

class SvgIconEngine : public QIconEngine {
public:
    SvgIconEngine(QString name, std::optional<Mark> mark)
        : m_name(std::move(name))
        , m_mark(mark)
    {
    }

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override
    {
        const auto [ink, paper] = colors(mode);
        paintIcon(*painter, square(rect), m_name, ink, paper);
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override { return scaledPixmap(size, mode, state, 1.0); }

    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State, qreal scale) override
    {
        // Qt hands in device pixels and sets the ratio itself.
        Q_UNUSED(scale);
        const auto [ink, paper] = colors(mode);
        const QString key = u"ckptscope-icon:%1:%2x%3:%4:%5"_s.arg(m_name).arg(size.width()).arg(size.height()).arg(ink.name(), paper.name());
        QPixmap pixmap;
        if (!QPixmapCache::find(key, &pixmap)) {
            pixmap = QPixmap(size);
            pixmap.fill(Qt::transparent);
            QPainter painter(&pixmap);
            paintIcon(painter, square(QRect({}, size)), m_name, ink, paper);
            painter.end();
            QPixmapCache::insert(key, pixmap);
        }
        return pixmap;
    }

    QSize actualSize(const QSize& size, QIcon::Mode, QIcon::State) override { return size; }
    QList<QSize> availableSizes(QIcon::Mode, QIcon::State) override { return {{16, 16}, {24, 24}, {32, 32}, {48, 48}}; }
    QString key() const override { return u"ckptscope-svg"_s; }
    QString iconName() override { return m_name; }
    bool isNull() override { return source(m_name).isEmpty(); }
    QIconEngine* clone() const override { return new SvgIconEngine(*this); }

private:
    static QRectF square(const QRect& rect)
    {
        const int side = qMin(rect.width(), rect.height());
        return QRectF(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2, side, side);
    }

    [[nodiscard]] std::pair<QColor, QColor> colors(QIcon::Mode mode) const
    {
        const QPalette palette = QGuiApplication::palette();
        if (mode == QIcon::Selected) {
            return {palette.color(QPalette::HighlightedText), palette.color(QPalette::Highlight)};
        }
        if (mode == QIcon::Disabled) {
            return {palette.color(QPalette::Disabled, QPalette::ButtonText), palette.color(QPalette::Window)};
        }
        return {m_mark ? markColors(*m_mark, palette).ink : palette.color(QPalette::ButtonText), palette.color(QPalette::Base)};
    }

    QString m_name;
    std::optional<Mark> m_mark;
};

} // namespace

QIcon icon(const QString& name)
{
    return source(name).isEmpty() ? QIcon() : QIcon(new SvgIconEngine(name, std::nullopt));
}

QIcon markIcon(Mark mark)
{
    return QIcon(new SvgIconEngine(markIconName(mark), mark));
}

QIcon appIcon()
{
    QIcon result;
    for (const int size : {16, 24, 32, 48, 64, 128, 256}) {
        QPixmap pixmap(size, size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        QSvgRenderer renderer(source(u"app"_s));
        renderer.render(&painter, QRectF(0, 0, size, size));
        painter.end();
        result.addPixmap(pixmap);
    }
    return result;
}

void paintIcon(QPainter& painter, const QRectF& box, const QString& name, const QColor& ink, const QColor& paper)
{
    QByteArray svg = source(name);
    if (svg.isEmpty()) {
        return;
    }
    svg.replace(Paper, "@paper@"); // first out of the way: the ink may be white too
    svg.replace(Ink, ink.name().toLatin1());
    svg.replace("@paper@", paper.name().toLatin1());
    QSvgRenderer renderer(svg);
    renderer.render(&painter, box);
}

QPixmap iconPixmap(const QString& name, int size, double pixelRatio, const QColor& ink, const QColor& paper)
{
    const int pixels = qRound(size * pixelRatio);
    QPixmap pixmap(pixels, pixels);
    pixmap.setDevicePixelRatio(pixelRatio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    paintIcon(painter, QRectF(0, 0, size, size), name, ink, paper);
    return pixmap;
}

QStringList iconNames()
{
    initIcons();
    QStringList names = QDir(u":/icons"_s).entryList({u"*.svg"_s}, QDir::Files, QDir::Name);
    for (QString& name : names) {
        name.chop(4);
    }
    return names;
}

} // namespace ckptscope::ui
