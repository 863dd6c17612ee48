// SPDX-License-Identifier: Apache-2.0
#include "ui/views/heatmapplot.h"

#include "core/report/plots.h"
#include "ui/text.h"
#include "ui/theme.h"

#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr double DragStarts = 4;  ///< px; less is a click
constexpr int MostHatches = 4096; ///< cells with NaN that are hatched one by one
constexpr int LegendWidth = 84;

QString number(double value)
{
    return std::isfinite(value) ? QString::number(value, 'g', 5) : u"\u2013"_s;
}

int blend(int from, int to, double part)
{
    return static_cast<int>(std::lround(from + (to - from) * part));
}

} // namespace

HeatmapPlot::HeatmapPlot(QWidget* parent)
    : Plot(parent)
{
    setObjectName(u"heatmapPlot"_s);
    setAccessibleName(tr("Heatmap"));
}

void HeatmapPlot::setHeatmap(Heatmap map, const QString& title)
{
    m_map = std::move(map);
    m_title = title;
    m_message = m_map.cells.empty() ? tr("This tensor holds no elements.") : QString();
    updateLimit();
    m_part = {m_map.firstRow, m_map.rows, m_map.firstColumn, m_map.columns};
    m_grip.reset();
    const auto kept = std::exchange(m_kept, std::nullopt);
    changed();
    if (!kept || m_map.cells.empty() || kept->first < m_map.firstRow || kept->first - m_map.firstRow >= m_map.rows || kept->second < m_map.firstColumn
        || kept->second - m_map.firstColumn >= m_map.columns) {
        return;
    }
    const auto cellOf = [](std::uint64_t at, std::uint32_t cells, auto start) {
        std::uint32_t low = 0; // the last cell that begins at it or before
        for (std::uint32_t high = cells; high - low > 1;) {
            const std::uint32_t middle = low + (high - low) / 2;
            (start(middle) <= at ? low : high) = middle;
        }
        return low;
    };
    const std::uint32_t row = cellOf(kept->first, m_map.cellRows, [this](std::uint32_t cell) { return m_map.rowStart(cell); });
    const std::uint32_t column = cellOf(kept->second, m_map.cellColumns, [this](std::uint32_t cell) { return m_map.columnStart(cell); });
    setCursorIndex(static_cast<int>(row * m_map.cellColumns + column));
}

void HeatmapPlot::setMessage(const QString& text)
{
    m_map = {};
    m_part = {};
    m_grip.reset();
    m_kept.reset();
    m_message = text;
    m_imagePalette = -1;
    changed();
}

void HeatmapPlot::setValue(HeatmapValue value, bool robust)
{
    m_value = value;
    m_robust = robust;
    updateLimit();
}

void HeatmapPlot::setFixedLimit(std::optional<double> limit)
{
    m_fixed = limit && *limit > 0 ? limit : std::nullopt;
    updateLimit();
}

void HeatmapPlot::updateLimit()
{
    m_limit = m_fixed ? *m_fixed : m_map.limit(m_value, m_robust);
    m_imagePalette = -1;
    update();
}

QString HeatmapPlot::summary() const
{
    if (!m_message.isEmpty()) {
        return m_message;
    }
    double low = 0;
    double high = 0;
    bool any = false;
    for (const Heatmap::Cell& cell : m_map.cells) {
        if (std::isfinite(cell.mean)) {
            low = any ? std::min(low, cell.mean) : cell.mean;
            high = any ? std::max(high, cell.mean) : cell.mean;
            any = true;
        }
    }
    return tr("%1 \u00d7 %2, block means %3 to %4, %5 NaN or Inf", "rows, columns, smallest, largest, count")
        .arg(grouped(m_map.rows), grouped(m_map.columns), number(low), number(high), grouped(m_map.odd()));
}

QString HeatmapPlot::csv() const
{
    return fromUtf8(report::heatmapCsv(m_map));
}

QColor HeatmapPlot::colorOf(double place, const QPalette& colors)
{
    return colorOf(place, colors.color(QPalette::Base), isDark(colors));
}

QColor HeatmapPlot::colorOf(double place, const QColor& paper, bool dark)
{
    const QColor end =
        place < 0 ? (dark ? QColor(0x8A, 0xB8, 0xF5) : QColor(0x0B, 0x3C, 0x7D)) : (dark ? QColor(0xF7, 0xA3, 0x4A) : QColor(0x8F, 0x3D, 0x00));
    const double part = std::clamp(std::abs(place), 0.0, 1.0);
    // half way to the end the colour is fully there, then it darkens (or brightens): small values are seen
    const QColor middle = place < 0 ? QColor(0x3D, 0x86, 0xD6) : QColor(0xE0, 0x7B, 0x1A);
    const QColor& from = part < 0.5 ? paper : middle;
    const QColor& to = part < 0.5 ? middle : end;
    const double along = part < 0.5 ? part * 2 : part * 2 - 1;
    return {blend(from.red(), to.red(), along), blend(from.green(), to.green(), along), blend(from.blue(), to.blue(), along)};
}

QRectF HeatmapPlot::boxOf(const QRectF& whole) const
{
    return inner(whole).adjusted(0, 0, -LegendWidth, 0);
}

/// Where what was read lies: in all of the box, unless another part is asked for and not read yet.
QRectF HeatmapPlot::mapRect(const QRectF& box) const
{
    const auto along = [](std::uint64_t first, std::uint64_t count, std::uint64_t shownFirst, std::uint64_t shown, double from, double length) {
        const double step = length / static_cast<double>(std::max<std::uint64_t>(shown, 1));
        return std::pair(from + (static_cast<double>(first) - static_cast<double>(shownFirst)) * step, static_cast<double>(count) * step);
    };
    const auto [left, width] = along(m_map.firstColumn, m_map.columns, m_part.firstColumn, m_part.columns, box.left(), box.width());
    const auto [top, height] = along(m_map.firstRow, m_map.rows, m_part.firstRow, m_part.rows, box.top(), box.height());
    return {left, top, width, height};
}

QRectF HeatmapPlot::cellRect(const QRectF& whole, int mark) const
{
    const QRectF box = mapRect(whole);
    const int row = mark / static_cast<int>(m_map.cellColumns);
    const int column = mark % static_cast<int>(m_map.cellColumns);
    const double width = box.width() / m_map.cellColumns;
    const double height = box.height() / m_map.cellRows;
    return {box.left() + column * width, box.top() + row * height, width, height};
}

QImage HeatmapPlot::picture(const QPalette& colors) const
{
    if (m_imagePalette == colors.cacheKey()) {
        return m_image;
    }
    // asked once, not for each of some 100,000 cells: luminance takes longer than all else here
    const bool dark = isDark(colors);
    const QColor paper = colors.color(QPalette::Base);
    const QRgb odd = mutedText(colors).rgb();
    m_image = QImage(static_cast<int>(m_map.cellColumns), static_cast<int>(m_map.cellRows), QImage::Format_RGB32);
    for (int r = 0; r < m_image.height(); ++r) {
        auto* line = reinterpret_cast<QRgb*>(m_image.scanLine(r));
        for (int c = 0; c < m_image.width(); ++c) {
            const double value = m_map.cells[static_cast<std::size_t>(r) * m_map.cellColumns + static_cast<std::size_t>(c)].value(m_value);
            line[c] = std::isfinite(value) ? colorOf(m_limit > 0 ? value / m_limit : 0, paper, dark).rgb() : odd;
        }
    }
    m_imagePalette = colors.cacheKey();
    return m_image;
}

void HeatmapPlot::draw(QPainter& painter, const QRectF& whole, const QPalette& colors) const
{
    if (!m_message.isEmpty() || m_map.cells.empty()) {
        painter.setPen(mutedText(colors));
        painter.drawText(whole.adjusted(12, 8, -12, -8), Qt::AlignCenter | Qt::TextWordWrap, m_message);
        return;
    }
    const QRectF box = boxOf(whole);
    const PlotAxis x{static_cast<double>(m_part.firstColumn), static_cast<double>(m_part.firstColumn + m_part.columns), false, false, true};
    const PlotAxis y{static_cast<double>(m_part.firstRow), static_cast<double>(m_part.firstRow + m_part.rows), false, true, true};
    drawAxes(painter, box, x, y, m_title, tr("column; rows from top to bottom"), colors);
    const QRectF shown = mapRect(box);
    painter.save();
    if (shown != box) {
        painter.setClipRect(box);
    }
    painter.drawImage(shown, picture(colors));
    int hatched = 0;
    for (int mark = 0; mark < marks() && hatched < MostHatches; ++mark) {
        if (m_map.cells[static_cast<std::size_t>(mark)].odd > 0) {
            ++hatched;
            painter.fillRect(cellRect(box, mark), QBrush(colors.color(QPalette::Text), Qt::BDiagPattern));
        }
    }
    painter.restore();
    painter.setPen(QPen(outline(colors), 1.0));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(box);
    drawLegend(painter, box, colors);
    if (m_press && (m_drag - *m_press).manhattanLength() > DragStarts) {
        painter.setPen(QPen(colors.color(QPalette::Text), 1.0, Qt::DashLine));
        painter.drawRect(QRectF(*m_press, m_drag).normalized().intersected(box));
    }
    if (cursorIndex() >= 0 && cursorIndex() < marks() && shown == box) {
        painter.setPen(QPen(colors.color(QPalette::Text), 1.5));
        painter.drawRect(cellRect(box, cursorIndex()).adjusted(-1, -1, 1, 1));
    }
}

void HeatmapPlot::drawLegend(QPainter& painter, const QRectF& box, const QPalette& colors) const
{
    const QFontMetricsF metrics(font());
    const QRectF bar(box.right() + 12, box.top(), 12, box.height());
    const double low = m_value == HeatmapValue::AbsMax ? 0 : -1;
    const int steps = std::max(2, static_cast<int>(bar.height()));
    for (int i = 0; i < steps; ++i) {
        const double place = 1 - (1 - low) * (i + 0.5) / steps;
        painter.fillRect(QRectF(bar.left(), bar.top() + bar.height() * i / steps, bar.width(), bar.height() / steps + 0.5), colorOf(place, colors));
    }
    painter.setPen(QPen(outline(colors), 1.0));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(bar);
    painter.setPen(colors.color(QPalette::Text));
    const double line = metrics.height();
    const auto label = [&](double place, double value) {
        const double at = bar.top() + bar.height() * (1 - place) / (1 - low);
        painter.drawText(QRectF(bar.right() + 4, std::clamp(at - line / 2, bar.top(), bar.bottom() - line), LegendWidth - 24, line),
                         Qt::AlignLeft | Qt::AlignVCenter, QString::number(value, 'g', 3));
    };
    label(1, m_limit);
    if (low < 0) {
        label(0, 0);
    }
    label(low, low * m_limit);
}

int HeatmapPlot::markAt(const QPointF& point) const
{
    const QRectF whole = boxOf(QRectF(rect()));
    const QRectF box = mapRect(whole);
    if (m_map.cells.empty() || !whole.contains(point) || !box.contains(point)) {
        return -1;
    }
    const auto columns = static_cast<int>(m_map.cellColumns);
    const int column = std::clamp(static_cast<int>((point.x() - box.left()) / box.width() * columns), 0, columns - 1);
    const int row = std::clamp(static_cast<int>((point.y() - box.top()) / box.height() * m_map.cellRows), 0, static_cast<int>(m_map.cellRows) - 1);
    return row * columns + column;
}

QString HeatmapPlot::textOf(int mark) const
{
    const auto row = static_cast<std::uint32_t>(mark) / m_map.cellColumns;
    const auto column = static_cast<std::uint32_t>(mark) % m_map.cellColumns;
    const Heatmap::Cell& cell = m_map.cells[static_cast<std::size_t>(mark)];
    const std::uint64_t rows = m_map.rowStart(row + 1) - m_map.rowStart(row);
    const std::uint64_t columns = m_map.columnStart(column + 1) - m_map.columnStart(column);
    const QString odd = cell.odd > 0 ? tr(", %1 NaN or Inf").arg(grouped(cell.odd)) : QString();
    if (rows == 1 && columns == 1) {
        return tr("[%1, %2]: %3", "row, column, value")
                   .arg(QString::number(m_map.rowStart(row)), QString::number(m_map.columnStart(column)), number(cell.mean))
            + odd;
    }
    return tr("[%1 to %2, %3 to %4]: mean %5, min %6, max %7", "rows, columns, numbers")
               .arg(QString::number(m_map.rowStart(row)), QString::number(m_map.rowStart(row + 1) - 1), QString::number(m_map.columnStart(column)),
                    QString::number(m_map.columnStart(column + 1) - 1), number(cell.mean), number(cell.min), number(cell.max))
        + odd;
}

void HeatmapPlot::activated(int mark)
{
    const auto at = static_cast<std::uint32_t>(mark);
    Q_EMIT elementChosen(m_map.rowStart(at / m_map.cellColumns), m_map.columnStart(at % m_map.cellColumns));
}

void HeatmapPlot::addActions(QMenu& menu)
{
    menu.addSeparator();
    if (const int mark = cursorIndex(); mark >= 0) {
        connect(menu.addAction(tr("Show in Values")), &QAction::triggered, this, [this, mark] { activated(mark); });
        connect(menu.addAction(tr("Zoom In")), &QAction::triggered, this, [this, mark] { zoomAround(mark, 0.5); });
    }
    connect(menu.addAction(tr("Reset Zoom")), &QAction::triggered, this, [this] { Q_EMIT zoomWanted(0, 0, 0, 0); });
}

void HeatmapPlot::zoomTo(int from, int to)
{
    const auto columns = static_cast<int>(m_map.cellColumns);
    const auto [top, bottom] = std::minmax({from / columns, to / columns}); // braces: the other form would dangle
    const auto [left, right] = std::minmax({from % columns, to % columns});
    const std::uint64_t row = m_map.rowStart(static_cast<std::uint32_t>(top));
    const std::uint64_t column = m_map.columnStart(static_cast<std::uint32_t>(left));
    ask({row, m_map.rowStart(static_cast<std::uint32_t>(bottom) + 1) - row, column,
         m_map.columnStart(static_cast<std::uint32_t>(right) + 1) - column});
}

/// The same place larger (below 1) or smaller.
void HeatmapPlot::zoomAround(int mark, double factor)
{
    const auto at = static_cast<std::uint32_t>(mark);
    const auto part = [factor](std::uint64_t middle, std::uint64_t count, std::uint64_t all) {
        const auto wanted = static_cast<std::uint64_t>(std::clamp(std::ceil(static_cast<double>(count) * factor), 1.0, static_cast<double>(all)));
        const std::uint64_t first = middle - std::min(middle, wanted / 2);
        return std::pair(std::min(first, all - wanted), wanted);
    };
    const auto [row, rows] = part(m_map.rowStart(at / m_map.cellColumns), m_part.rows, m_map.tensorRows);
    const auto [column, columns] = part(m_map.columnStart(at % m_map.cellColumns), m_part.columns, m_map.tensorColumns);
    ask({row, rows, column, columns});
}

/// Larger or smaller, with what lies under the pointer staying there.
void HeatmapPlot::zoomAt(const QPointF& at, double factor)
{
    const QRectF box = boxOf(QRectF(rect()));
    const auto part = [factor](std::uint64_t first, std::uint64_t count, std::uint64_t all, double place) {
        const double wished = std::round(static_cast<double>(count) * factor);
        const double least = factor > 1 ? static_cast<double>(count) + 1 : 1; // a step is a step, of few rows too
        const double most = factor < 1 ? std::max(static_cast<double>(count) - 1, 1.0) : static_cast<double>(all);
        const auto wanted = std::min(static_cast<std::uint64_t>(std::clamp(wished, std::min(least, most), most)), all);
        const double pointed = static_cast<double>(first) + place * static_cast<double>(count);
        const double begin = std::max(std::round(pointed - place * static_cast<double>(wanted)), 0.0);
        return std::pair(std::min(static_cast<std::uint64_t>(begin), all - wanted), wanted);
    };
    const auto place = [](double value, double from, double length) { return std::clamp((value - from) / std::max(length, 1.0), 0.0, 1.0); };
    const auto [row, rows] = part(m_part.firstRow, m_part.rows, m_map.tensorRows, place(at.y(), box.top(), box.height()));
    const auto [column, columns] = part(m_part.firstColumn, m_part.columns, m_map.tensorColumns, place(at.x(), box.left(), box.width()));
    ask({row, rows, column, columns});
}

/// Moves what is shown, in parts of what is shown; with `read` it is read, too.
void HeatmapPlot::panBy(double columns, double rows, bool read)
{
    const auto moved = [](std::uint64_t first, std::uint64_t count, std::uint64_t all, double by) {
        const double to = std::round(static_cast<double>(first) + by * static_cast<double>(count));
        return static_cast<std::uint64_t>(std::clamp(to, 0.0, static_cast<double>(all - std::min(count, all))));
    };
    const HeatmapPart& from = m_grip ? m_gripPart : m_part;
    const HeatmapPart to{moved(from.firstRow, from.rows, m_map.tensorRows, rows), from.rows,
                         moved(from.firstColumn, from.columns, m_map.tensorColumns, columns), from.columns};
    if (read) {
        ask(to);
    } else {
        m_part = to;
        update();
    }
}

void HeatmapPlot::ask(const HeatmapPart& part)
{
    const HeatmapPart read{m_map.firstRow, m_map.rows, m_map.firstColumn, m_map.columns};
    if (part == m_part && part == read) {
        return;
    }
    keepCursor();
    m_part = part;
    update();
    Q_EMIT zoomWanted(part.firstRow, part.rows, part.firstColumn, part.columns);
}

void HeatmapPlot::keepCursor()
{
    if (const int mark = cursorIndex(); mark >= 0 && mark < marks()) {
        const auto at = static_cast<std::uint32_t>(mark);
        m_kept = {m_map.rowStart(at / m_map.cellColumns), m_map.columnStart(at % m_map.cellColumns)};
    }
}

void HeatmapPlot::mousePressEvent(QMouseEvent* event)
{
    setCursorIndex(markAt(event->position()));
    m_press.reset();
    if (!m_map.cells.empty()
        && (event->button() == Qt::MiddleButton || (event->button() == Qt::LeftButton && event->modifiers().testFlag(Qt::ControlModifier)))) {
        m_grip = event->position();
        m_gripPart = m_part;
        setCursor(Qt::ClosedHandCursor);
        return;
    }
    if (event->button() == Qt::LeftButton && cursorIndex() >= 0) {
        m_press = event->position();
        m_drag = *m_press;
    }
}

void HeatmapPlot::mouseMoveEvent(QMouseEvent* event)
{
    if (m_grip) {
        const QRectF box = boxOf(QRectF(rect()));
        const QPointF by = *m_grip - event->position();
        panBy(by.x() / std::max(box.width(), 1.0), by.y() / std::max(box.height(), 1.0), false);
        return;
    }
    if (m_press) {
        m_drag = event->position();
        update();
    }
    Plot::mouseMoveEvent(event);
}

void HeatmapPlot::mouseReleaseEvent(QMouseEvent* event)
{
    if (m_grip) {
        m_grip.reset();
        unsetCursor();
        ask(m_part);
        return;
    }
    if (!m_press || event->button() != Qt::LeftButton) {
        return;
    }
    const QPointF from = *m_press;
    const QRectF box = boxOf(QRectF(rect()));
    const QPointF to(std::clamp(event->position().x(), box.left(), box.right() - 1), std::clamp(event->position().y(), box.top(), box.bottom() - 1));
    m_press.reset();
    update();
    if ((event->position() - from).manhattanLength() > DragStarts && markAt(from) >= 0 && markAt(to) >= 0) {
        zoomTo(markAt(from), markAt(to));
    } else if (const int mark = markAt(from); mark >= 0) {
        const auto at = static_cast<std::uint32_t>(mark);
        Q_EMIT elementPointed(m_map.rowStart(at / m_map.cellColumns), m_map.columnStart(at % m_map.cellColumns));
    }
}

void HeatmapPlot::mouseDoubleClickEvent(QMouseEvent*)
{
    m_press.reset();
    Q_EMIT zoomWanted(0, 0, 0, 0);
}

void HeatmapPlot::keyPressEvent(QKeyEvent* event)
{
    const auto columns = static_cast<int>(m_map.cellColumns);
    const int mark = std::max(0, cursorIndex());
    if (event->modifiers().testFlag(Qt::ShiftModifier) && !m_map.cells.empty()) {
        constexpr double Step = 0.25;
        const int key = event->key();
        const double across = key == Qt::Key_Left ? -Step : key == Qt::Key_Right ? Step : 0;
        const double down = key == Qt::Key_Up ? -Step : key == Qt::Key_Down ? Step : 0;
        if (across != 0 || down != 0) {
            panBy(across, down, true);
            return;
        }
    }
    switch (event->key()) {
    case Qt::Key_Up:
    case Qt::Key_Down:
        if (const int next = mark + (event->key() == Qt::Key_Up ? -columns : columns); columns > 0 && next >= 0 && next < marks()) {
            setCursorIndex(next);
        }
        return;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
    case Qt::Key_Minus:
        if (!m_map.cells.empty()) {
            zoomAround(mark, event->key() == Qt::Key_Minus ? 2.0 : 0.5);
        }
        return;
    case Qt::Key_Escape:
        if (!m_map.cells.empty() && (m_part.rows < m_map.tensorRows || m_part.columns < m_map.tensorColumns)) {
            keepCursor();
            Q_EMIT zoomWanted(0, 0, 0, 0);
            return;
        }
        break;
    default:
        break;
    }
    Plot::keyPressEvent(event);
}

/// The wheel zooms at the pointer; sideways, or with Shift, it moves what is shown.
void HeatmapPlot::wheelEvent(QWheelEvent* event)
{
    if (m_map.cells.empty() || !boxOf(QRectF(rect())).contains(event->position())) {
        Plot::wheelEvent(event);
        return;
    }
    event->accept();
    constexpr double Notch = 120;
    const QPoint turned = event->angleDelta();
    if (turned.x() != 0 || event->modifiers().testFlag(Qt::ShiftModifier)) {
        panBy(-0.1 * (turned.x() != 0 ? turned.x() : turned.y()) / Notch, 0, true);
    } else if (turned.y() != 0) {
        zoomAt(event->position(), std::pow(0.5, turned.y() / (2 * Notch)));
    }
}

} // namespace ckptscope::ui
