// SPDX-License-Identifier: Apache-2.0
#include "ui/views/plot.h"

#include "ui/dialogs/savedialog.h"
#include "ui/theme.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QDir>
#include <QFileInfo>
#include <QImage>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QPointer>
#include <QSaveFile>
#include <QScopeGuard>
#include <QSvgGenerator>

#include <algorithm>
#include <cmath>

namespace ckptscope::ui {

namespace {

class AccessiblePlot : public QAccessibleWidget {
public:
    explicit AccessiblePlot(Plot* plot)
        : QAccessibleWidget(plot, QAccessible::Chart)
    {
    }
    QString text(QAccessible::Text kind) const override
    {
        return kind == QAccessible::Description ? static_cast<Plot*>(widget())->summary() : QAccessibleWidget::text(kind);
    }
};

QAccessibleInterface* plotFactory(const QString&, QObject* object)
{
    auto* plot = qobject_cast<Plot*>(object);
    return plot != nullptr ? new AccessiblePlot(plot) : nullptr;
}

} // namespace

QString Plot::withEnding(const QString& file, const QString& kind)
{
    return ui::withEnding(file, kind, {QStringLiteral(".png"), QStringLiteral(".svg"), QStringLiteral(".csv")});
}

QString tickText(double value)
{
    return QString::number(value, 'g', 4);
}

void makeReadout(QLabel* label)
{
    label->setTextFormat(Qt::PlainText);
    label->setLayoutDirection(Qt::LeftToRight); // numbers and brackets in their order
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    label->setWordWrap(true);
    label->setFixedHeight(2 * label->fontMetrics().lineSpacing());
}

Plot::Plot(QWidget* parent)
    : QWidget(parent)
{
    static const bool once = [] {
        QAccessible::installFactory(plotFactory);
        return true;
    }();
    (void)once;
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

QSize Plot::minimumSizeHint() const
{
    return {260, std::max(100, 6 * fontMetrics().height())};
}

void Plot::changed()
{
    m_cursor = -1;
    m_readout.clear();
    Q_EMIT readoutChanged(m_readout);
    update();
    QAccessibleEvent event(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&event);
}

void Plot::setCursorIndex(int mark)
{
    if (mark == m_cursor) {
        return;
    }
    m_cursor = mark;
    m_readout = mark < 0 ? QString() : textOf(mark);
    Q_EMIT readoutChanged(m_readout);
    update();
}

QRectF Plot::inner(const QRectF& whole, bool namedLeft) const
{
    const QFontMetricsF metrics(font());
    const double line = metrics.height();
    return whole.adjusted(metrics.horizontalAdvance(QStringLiteral("-0.00e-00")) + (namedLeft ? line : 10), line + 8, -14, -2 * line - 10);
}

void Plot::drawAxes(QPainter& painter, const QRectF& box, const PlotAxis& x, const PlotAxis& y, const QString& title, const QString& below,
                    const QPalette& colors, const QString& left) const
{
    const QFontMetricsF metrics(font());
    const double line = metrics.height();
    painter.setPen(QPen(gridLine(colors), 1.0));
    const auto ys = y.ticks(std::clamp(static_cast<int>(box.height() / (line * 1.6)), 2, 8));
    for (const double tick : ys) {
        const double at = std::floor(box.bottom() - y.place(tick) * box.height()) + 0.5;
        painter.drawLine(QPointF(box.left(), at), QPointF(box.right(), at));
    }
    painter.setPen(colors.color(QPalette::Text));
    for (const double tick : ys) {
        const double at = box.bottom() - y.place(tick) * box.height();
        painter.drawText(QRectF(box.left() - 200, at - line / 2, 194, line), Qt::AlignRight | Qt::AlignVCenter, tickText(tick));
    }
    const double bottom = std::floor(box.bottom()) + 0.5;
    painter.drawLine(QPointF(box.left(), bottom), QPointF(box.right(), bottom));
    for (const double tick : x.ticks(std::clamp(static_cast<int>(box.width() / 90), 2, 8))) {
        const double at = box.left() + x.place(tick) * box.width();
        painter.drawLine(QPointF(at, bottom), QPointF(at, bottom + 3));
        painter.drawText(QRectF(at - 60, bottom + 4, 120, line), Qt::AlignHCenter | Qt::AlignTop, tickText(tick));
    }
    painter.drawText(QRectF(box.left(), bottom + 4 + line, box.width(), line + 2), Qt::AlignHCenter | Qt::AlignTop,
                     metrics.elidedText(below, Qt::ElideMiddle, box.width()));
    if (!left.isEmpty()) { // upwards, in front of the numbers
        painter.save();
        painter.translate(box.left() - metrics.horizontalAdvance(QStringLiteral("-0.00e-00")) - line / 2, box.center().y());
        painter.rotate(-90);
        painter.drawText(QRectF(-box.height() / 2, -line / 2, box.height(), line), Qt::AlignCenter,
                         metrics.elidedText(left, Qt::ElideRight, box.height()));
        painter.restore();
    }
    painter.drawText(QRectF(box.left(), box.top() - line - 6, box.width(), line + 2), Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(title, Qt::ElideMiddle, box.width()));
}

void Plot::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setLayoutDirection(Qt::LeftToRight); // axes grow to the right in every language; only text turns
    painter.fillRect(rect(), palette().color(QPalette::Base));
    draw(painter, QRectF(rect()), palette());
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(palette().color(QPalette::Link), 1.0));
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

void Plot::mouseMoveEvent(QMouseEvent* event)
{
    setCursorIndex(markAt(event->position()));
}

void Plot::mousePressEvent(QMouseEvent* event)
{
    const int mark = markAt(event->position());
    setCursorIndex(mark);
    if (event->button() == Qt::LeftButton && mark >= 0) {
        activated(mark);
    }
}

void Plot::leaveEvent(QEvent* event)
{
    QWidget::leaveEvent(event);
    if (!hasFocus()) {
        setCursorIndex(-1);
    }
}

void Plot::keyPressEvent(QKeyEvent* event)
{
    const int count = marks();
    int next = m_cursor;
    const int far = std::max(1, count / 10);
    switch (event->key()) {
    case Qt::Key_Left:
        next = m_cursor - 1;
        break;
    case Qt::Key_Right:
        next = m_cursor + 1;
        break;
    case Qt::Key_PageUp:
        next = m_cursor - far;
        break;
    case Qt::Key_PageDown:
        next = m_cursor + far;
        break;
    case Qt::Key_Home:
        next = 0;
        break;
    case Qt::Key_End:
        next = count - 1;
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_cursor >= 0) {
            activated(m_cursor);
        }
        return;
    default:
        QWidget::keyPressEvent(event);
        return;
    }
    if (count > 0) {
        setCursorIndex(std::clamp(next, 0, count - 1));
    }
}

QString Plot::save(const QString& file)
{
    const int cursor = std::exchange(m_cursor, -1); // where the mouse is, is of no interest to who opens the file
    const auto back = qScopeGuard([this, cursor] { m_cursor = cursor; });
    const QString name = file.toLower();
    const QSize size = this->size().expandedTo(QSize(640, 320));
    const QPalette paper = lightPalette();
    if (name.endsWith(QLatin1String(".svg"))) {
        QSvgGenerator svg;
        QSaveFile out(file);
        if (!out.open(QIODevice::WriteOnly)) {
            return out.errorString();
        }
        svg.setOutputDevice(&out);
        svg.setSize(size);
        svg.setViewBox(QRect(QPoint(), size));
        svg.setTitle(accessibleName().toHtmlEscaped()); // Qt writes both as they are: names must not become elements
        svg.setDescription(summary().toHtmlEscaped());
        {
            QPainter painter(&svg);
            painter.setLayoutDirection(Qt::LeftToRight);
            painter.setFont(font());
            painter.fillRect(QRect(QPoint(), size), paper.color(QPalette::Base));
            draw(painter, QRectF(QPointF(), QSizeF(size)), paper);
        }
        return out.commit() ? QString() : out.errorString();
    }
    QSaveFile out(file);
    if (!out.open(QIODevice::WriteOnly)) {
        return out.errorString();
    }
    if (name.endsWith(QLatin1String(".csv"))) {
        out.write(csv().toUtf8());
        return out.commit() ? QString() : out.errorString();
    }
    QImage image(size * 2, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(2);
    image.fill(palette().color(QPalette::Base));
    {
        QPainter painter(&image);
        painter.setLayoutDirection(Qt::LeftToRight);
        painter.setFont(font());
        draw(painter, QRectF(QPointF(), QSizeF(size)), palette());
    }
    if (!image.save(&out, "PNG")) {
        return out.errorString();
    }
    return out.commit() ? QString() : out.errorString();
}

void Plot::contextMenuEvent(QContextMenuEvent* event)
{
    QMenu menu(this);
    connect(menu.addAction(tr("Copy Image")), &QAction::triggered, this, [this] {
        QApplication::clipboard()->setPixmap(grab());
        Q_EMIT noted(tr("Copied the image."));
    });
    connect(menu.addAction(tr("Copy Data as CSV")), &QAction::triggered, this, [this] {
        QApplication::clipboard()->setText(csv());
        Q_EMIT noted(tr("Copied the data."));
    });
    connect(menu.addAction(tr("Save As\u2026")), &QAction::triggered, this, [this] {
        static QString folder;                                                         // where the last plot went, whichever it was
        QString name = objectName().isEmpty() ? QStringLiteral("plot") : objectName(); // "histogramPlot"
        name.remove(QStringLiteral("Plot"));
        const QPointer<Plot> self(this);
        const QString file = chooseSaveFile(this, tr("Save Plot"), QDir(folder).filePath(name + QStringLiteral(".png")),
                                            {tr("PNG (*.png)"), tr("SVG (*.svg)"), tr("CSV (*.csv)")});
        if (self && !file.isEmpty()) {
            folder = QFileInfo(file).path();
            const QString wrong = save(file);
            Q_EMIT noted(wrong.isEmpty() ? tr("Saved the plot.") : tr("The plot was not saved: %1.").arg(wrong));
        }
    });
    addActions(menu);
    menu.exec(event->globalPos());
}

} // namespace ckptscope::ui
