// SPDX-License-Identifier: Apache-2.0
#include "ui/views/histogramplot.h"

#include "core/report/plots.h"
#include "ui/text.h"
#include "ui/theme.h"

#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace ckptscope::ui {

namespace {

constexpr double DragStarts = 4; ///< px; less is a click

QString number(double value)
{
    return QString::number(value, 'g', 6);
}

std::uint64_t mostOf(const Histogram& histogram)
{
    return histogram.counts.empty() ? 0 : *std::max_element(histogram.counts.begin(), histogram.counts.end());
}

std::uint64_t sumOf(const Histogram& histogram)
{
    return std::accumulate(histogram.counts.begin(), histogram.counts.end(), std::uint64_t{0});
}

} // namespace

HistogramPlot::HistogramPlot(QWidget* parent)
    : Plot(parent)
{
    setObjectName(QStringLiteral("histogramPlot"));
    setAccessibleName(tr("Histogram"));
}

void HistogramPlot::setHistogram(Histogram histogram, const QString& title, bool magnitude, const QString& axis)
{
    m_histogram = std::move(histogram);
    m_second.reset();
    m_title = title;
    m_magnitude = magnitude;
    m_axis = axis;
    m_press.reset();
    m_message = m_histogram.counts.empty() ? tr("There is no finite value to show.") : QString();
    changed();
}

void HistogramPlot::setPair(Histogram a, Histogram b, const QString& title, bool magnitude)
{
    const std::size_t bins = std::max(a.counts.size(), b.counts.size());
    if (a.counts.empty()) { // one of them has nothing finite: its bars are empty
        a.low = b.low;
        a.high = b.high;
    }
    a.counts.resize(bins, 0);
    b.counts.resize(bins, 0);
    setHistogram(std::move(a), title, magnitude);
    m_second = std::move(b);
    changed();
}

void HistogramPlot::setMessage(const QString& text)
{
    m_histogram = {};
    m_second.reset();
    m_title.clear();
    m_press.reset();
    m_message = text;
    changed();
}

void HistogramPlot::setLogCounts(bool log)
{
    m_log = log;
    update();
}

QString HistogramPlot::summary() const
{
    if (!m_message.isEmpty()) {
        return m_message;
    }
    const auto told = [](const Histogram& histogram) {
        const Statistics& known = histogram.statistics;
        return tr("%1 values from %2 to %3, median %4, %5 NaN")
            .arg(grouped(known.count), number(known.min), number(known.max), number(histogram.percentiles[1]), grouped(known.nan));
    };
    return m_second ? tr("A: %1; B: %2").arg(told(m_histogram), told(*m_second)) : told(m_histogram);
}

QString HistogramPlot::csv() const
{
    return fromUtf8(m_second ? report::histogramCsv(m_histogram, *m_second) : report::histogramCsv(m_histogram));
}

double HistogramPlot::heightOf(std::uint64_t count, const PlotAxis& y, const QRectF& box) const
{
    return count == 0 ? 0 : std::max(1.0, y.place(static_cast<double>(count)) * box.height());
}

void HistogramPlot::draw(QPainter& painter, const QRectF& whole, const QPalette& colors) const
{
    if (!m_message.isEmpty() || m_histogram.counts.empty()) {
        painter.setPen(mutedText(colors));
        painter.drawText(whole.adjusted(12, 8, -12, -8), Qt::AlignCenter | Qt::TextWordWrap, m_message);
        return;
    }
    const QRectF box = inner(whole, true);
    const auto most = static_cast<double>(std::max<std::uint64_t>({mostOf(m_histogram), m_second ? mostOf(*m_second) : 0, std::uint64_t{1}}));
    const PlotAxis x{m_histogram.low, m_histogram.high, false};
    const PlotAxis y = m_log ? PlotAxis{0.6, most * 1.2, true} : PlotAxis{0, most * 1.05, false, false, true};
    const QString axis = m_axis.isEmpty() ? tr("value") : m_axis;
    drawAxes(painter, box, x, y, m_title, m_magnitude ? tr("log10 of the magnitude of: %1").arg(axis) : axis, colors, tr("count"));
    const double width = box.width() / static_cast<double>(m_histogram.counts.size());
    const QColor bar = dtypeColor(DType::F32, colors);
    for (std::size_t i = 0; i < m_histogram.counts.size(); ++i) {
        const double height = heightOf(m_histogram.counts[i], y, box);
        if (height > 0) {
            const QRectF rect(box.left() + width * static_cast<double>(i), box.bottom() - height, std::max(1.0, width > 4 ? width - 1 : width),
                              height);
            painter.fillRect(rect, bar);
        }
    }
    if (m_second) {
        drawSecond(painter, box, y, colors);
    }
    if (!m_magnitude && m_histogram.low < 0 && m_histogram.high > 0) {
        const double zero = std::floor(box.left() + x.place(0) * box.width()) + 0.5;
        painter.setPen(QPen(outline(colors), 1.0));
        painter.drawLine(QPointF(zero, box.top()), QPointF(zero, box.bottom()));
    }
    if (!m_magnitude && !m_second) {
        drawMarks(painter, box, x, colors);
    }
    if (cursorIndex() >= 0) { // a bin without values can be stood on too
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colors.color(QPalette::Text), 1.0));
        const double left = std::floor(box.left() + width * cursorIndex()) - 0.5;
        painter.drawRect(QRectF(left, box.top(), std::max(2.0, std::ceil(width) + 1), box.height()));
    }
    if (m_press && std::abs(m_drag - *m_press) > DragStarts) {
        QColor veil = colors.color(QPalette::Highlight);
        veil.setAlpha(70);
        painter.fillRect(QRectF(QPointF(*m_press, box.top()), QPointF(m_drag, box.bottom())).normalized().intersected(box), veil);
    }
}

/// A line over the bars, and which is which.
void HistogramPlot::drawSecond(QPainter& painter, const QRectF& box, const PlotAxis& y, const QPalette& colors) const
{
    const double width = box.width() / static_cast<double>(m_second->counts.size());
    QPainterPath line(box.bottomLeft());
    for (std::size_t i = 0; i < m_second->counts.size(); ++i) {
        const double top = box.bottom() - heightOf(m_second->counts[i], y, box);
        line.lineTo(box.left() + width * static_cast<double>(i), top);
        line.lineTo(box.left() + width * static_cast<double>(i + 1), top);
    }
    line.lineTo(box.bottomRight());
    const QColor ink = dtypeColor(DType::BF16, colors);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(ink, 1.5));
    painter.drawPath(line);
    const double step = QFontMetricsF(font()).height();
    painter.fillRect(QRectF(box.right() - 60, box.top() + step / 2 - 4, 8, 8), dtypeColor(DType::F32, colors));
    painter.drawLine(QPointF(box.right() - 30, box.top() + step / 2), QPointF(box.right() - 18, box.top() + step / 2));
    painter.setPen(colors.color(QPalette::Text));
    painter.drawText(QRectF(box.right() - 49, box.top(), 14, step), Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("A"));
    painter.drawText(QRectF(box.right() - 15, box.top(), 14, step), Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("B"));
}

void HistogramPlot::drawMarks(QPainter& painter, const QRectF& box, const PlotAxis& x, const QPalette& colors) const
{
    const std::array<QString, 3> names{tr("1 %"), tr("50 %"), tr("99 %")};
    const QFontMetricsF metrics(font());
    double free = box.left(); // where the next label may begin
    for (std::size_t i = 0; i < names.size(); ++i) {
        const double value = m_histogram.percentiles[i];
        if (!(value >= m_histogram.low && value <= m_histogram.high)) {
            continue;
        }
        const double at = std::floor(box.left() + x.place(value) * box.width()) + 0.5;
        painter.setPen(QPen(mutedText(colors), 1.0, Qt::DashLine));
        painter.drawLine(QPointF(at, box.top()), QPointF(at, box.bottom()));
        const double width = metrics.horizontalAdvance(names[i]) + 6;
        const double left = at + width > box.right() ? at - width : at + 3;
        if (left >= free) {
            painter.fillRect(QRectF(left, box.top(), width - 3, metrics.height()), colors.color(QPalette::Base));
            painter.setPen(mutedText(colors));
            painter.drawText(QRectF(left, box.top(), width, metrics.height()), Qt::AlignLeft | Qt::AlignVCenter, names[i]);
            free = left + width;
        }
    }
}

int HistogramPlot::markAt(const QPointF& point) const
{
    const QRectF box = inner(QRectF(rect()), true);
    if (m_histogram.counts.empty() || point.x() < box.left() || point.x() >= box.right() || !rect().contains(point.toPoint())) {
        return -1;
    }
    return std::clamp(static_cast<int>((point.x() - box.left()) / box.width() * marks()), 0, marks() - 1);
}

QString HistogramPlot::textOf(int mark) const
{
    const auto bin = static_cast<std::size_t>(mark);
    const QString low = number(m_histogram.edge(bin));
    const QString high = number(m_histogram.edge(bin + 1)) + (bin + 1 == m_histogram.counts.size() ? QStringLiteral("]") : QStringLiteral(")"));
    if (m_second) {
        return tr("bin [%1, %2: A %3, B %4 values").arg(low, high, grouped(m_histogram.counts[bin]), grouped(m_second->counts[bin]));
    }
    const double share = static_cast<double>(m_histogram.counts[bin]) / static_cast<double>(std::max<std::uint64_t>(sumOf(m_histogram), 1));
    return tr("bin [%1, %2: %3 values, %4 %").arg(low, high, grouped(m_histogram.counts[bin]), QString::number(100.0 * share, 'f', 2));
}

void HistogramPlot::addActions(QMenu& menu)
{
    menu.addSeparator();
    QAction* log = menu.addAction(tr("Log Counts"));
    log->setCheckable(true);
    log->setChecked(m_log);
    connect(log, &QAction::toggled, this, &HistogramPlot::logCountsWanted);
    if (const int mark = cursorIndex(); mark >= 0) {
        connect(menu.addAction(tr("Zoom In")), &QAction::triggered, this, [this, mark] { zoomAround(mark, 0.5); });
    }
    connect(menu.addAction(tr("Reset Zoom")), &QAction::triggered, this, [this] { Q_EMIT rangeWanted(std::nullopt); });
}

/// The same place wider (below 1) or narrower.
void HistogramPlot::zoomAround(int mark, double factor)
{
    const double middle = m_histogram.edge(static_cast<std::uint64_t>(mark)) / 2 + m_histogram.edge(static_cast<std::uint64_t>(mark) + 1) / 2;
    const double half = (m_histogram.high / 2 - m_histogram.low / 2) * factor;
    const HistogramRange range{middle - half, middle + half};
    if (std::isfinite(range.low) && std::isfinite(range.high) && range.low < range.high) {
        Q_EMIT rangeWanted(range);
    }
}

void HistogramPlot::mousePressEvent(QMouseEvent* event)
{
    Plot::mousePressEvent(event);
    m_press.reset();
    if (event->button() == Qt::LeftButton && markAt(event->position()) >= 0) {
        m_press = m_drag = event->position().x();
    }
}

void HistogramPlot::mouseMoveEvent(QMouseEvent* event)
{
    if (m_press) {
        m_drag = event->position().x();
        update();
    }
    Plot::mouseMoveEvent(event);
}

void HistogramPlot::mouseReleaseEvent(QMouseEvent* event)
{
    if (!m_press || event->button() != Qt::LeftButton) {
        return;
    }
    const QRectF box = inner(QRectF(rect()), true);
    const double to = std::clamp(event->position().x(), box.left(), box.right() - 1);
    const double from = *m_press;
    m_press.reset();
    update();
    if (std::abs(to - from) > DragStarts) { // whole bins
        const auto [first, last] = std::minmax({markAt(QPointF(from, box.center().y())), markAt(QPointF(to, box.center().y()))});
        const HistogramRange range{m_histogram.edge(static_cast<std::uint64_t>(first)), m_histogram.edge(static_cast<std::uint64_t>(last) + 1)};
        if (first >= 0 && range.low < range.high) {
            Q_EMIT rangeWanted(range);
        }
    }
}

void HistogramPlot::mouseDoubleClickEvent(QMouseEvent*)
{
    m_press.reset();
    Q_EMIT rangeWanted(std::nullopt);
}

void HistogramPlot::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
    case Qt::Key_Minus:
        if (marks() > 0) {
            zoomAround(cursorIndex() >= 0 ? cursorIndex() : marks() / 2, event->key() == Qt::Key_Minus ? 2.0 : 0.5);
        }
        return;
    case Qt::Key_Escape:
        if (m_zoomed) { // one thing at a time: the next Esc is the window's
            Q_EMIT rangeWanted(std::nullopt);
            return;
        }
        break;
    default:
        break;
    }
    Plot::keyPressEvent(event);
}

} // namespace ckptscope::ui
