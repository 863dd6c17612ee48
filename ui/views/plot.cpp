// SPDX-License-Identifier: Apache-2.0
#include "ui/views/plot.h"

#include "ui/theme.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFileDialog>
#include <QImage>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QSaveFile>
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

double PlotAxis::place(double value) const
{
    if (log) {
        return (std::log10(value) - std::log10(low)) / (std::log10(high) - std::log10(low));
    }
    const double at = (value - low) / (high - low);
    return down ? 1 - at : at;
}

std::vector<double> PlotAxis::ticks(int most) const
{
    std::vector<double> out;
    if (!(high > low) || !std::isfinite(high - low) || most < 1 || (log && low <= 0)) {
        return out;
    }
    if (log) {
        const int first = static_cast<int>(std::ceil(std::log10(low) - 1e-9));
        const int last = static_cast<int>(std::floor(std::log10(high) + 1e-9));
        constexpr int Few = 3; // decades; fewer say little of where a mark stands
        if (last - first + 1 < Few) {
            for (int e = first - 1; e <= last; ++e) {
                for (const double part : {1.0, 2.0, 5.0}) {
                    const double value = part * std::pow(10.0, e);
                    if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) {
                        out.push_back(value);
                    }
                }
            }
            if (static_cast<int>(out.size()) <= most) {
                return out;
            }
            out.clear();
        }
        const int step = std::max(1, (last - first + most) / most);
        for (int e = first; e <= last; e += step) {
            out.push_back(std::pow(10.0, e));
        }
        return out;
    }
    const double rough = (high - low) / most;
    const double ten = std::pow(10.0, std::floor(std::log10(rough)));
    const double step = rough <= ten ? ten : rough <= 2 * ten ? 2 * ten : rough <= 5 * ten ? 5 * ten : 10 * ten;
    if (!(step > 0)) {
        return out;
    }
    const double first = std::ceil(low / step - 1e-9);
    for (int i = 0; i <= most + 1; ++i) {
        const double value = (first + i) * step;
        if (value > high + step * 1e-9) {
            break;
        }
        out.push_back(std::abs(value) < step * 1e-9 ? 0 : value);
    }
    return out;
}

QString tickText(double value)
{
    return QString::number(value, 'g', 4);
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

QRectF Plot::inner(const QRectF& whole) const
{
    const QFontMetricsF metrics(font());
    const double line = metrics.height();
    return whole.adjusted(metrics.horizontalAdvance(QStringLiteral("-0.00e-00")) + 10, line + 8, -14, -2 * line - 10);
}

void Plot::drawAxes(QPainter& painter, const QRectF& box, const PlotAxis& x, const PlotAxis& y, const QString& title, const QString& below,
                    const QPalette& colors) const
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
    painter.drawText(QRectF(box.left(), box.top() - line - 6, box.width(), line + 2), Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(title, Qt::ElideMiddle, box.width()));
}

void Plot::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
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

QString Plot::save(const QString& file) const
{
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
        const QString file = QFileDialog::getSaveFileName(this, tr("Save Plot"), QStringLiteral("plot.png"),
                                                          tr("PNG (*.png);;SVG (*.svg);;CSV (*.csv)"));
        if (!file.isEmpty()) {
            const QString wrong = save(file);
            Q_EMIT noted(wrong.isEmpty() ? tr("Saved the plot.") : tr("The plot was not saved: %1.").arg(wrong));
        }
    });
    addActions(menu);
    menu.exec(event->globalPos());
}

} // namespace ckptscope::ui
