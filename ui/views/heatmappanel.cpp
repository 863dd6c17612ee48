// SPDX-License-Identifier: Apache-2.0
#include "ui/views/heatmappanel.h"

#include "core/report/plots.h"
#include "ui/text.h"
#include "ui/theme.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

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
    m_limit = m_map.limit(m_value, m_robust);
    m_imagePalette = -1;
    changed();
}

void HeatmapPlot::setMessage(const QString& text)
{
    m_map = {};
    m_message = text;
    m_imagePalette = -1;
    changed();
}

void HeatmapPlot::setValue(HeatmapValue value, bool robust)
{
    m_value = value;
    m_robust = robust;
    m_limit = m_map.limit(value, robust);
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
    const bool dark = isDark(colors);
    const QColor paper = colors.color(QPalette::Base);
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

QRectF HeatmapPlot::cellRect(const QRectF& box, int mark) const
{
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
    m_image = QImage(static_cast<int>(m_map.cellColumns), static_cast<int>(m_map.cellRows), QImage::Format_RGB32);
    for (int r = 0; r < m_image.height(); ++r) {
        auto* line = reinterpret_cast<QRgb*>(m_image.scanLine(r));
        for (int c = 0; c < m_image.width(); ++c) {
            const double value = m_map.cells[static_cast<std::size_t>(r) * m_map.cellColumns + static_cast<std::size_t>(c)].value(m_value);
            line[c] = std::isfinite(value) ? colorOf(m_limit > 0 ? value / m_limit : 0, colors).rgb() : mutedText(colors).rgb();
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
    const PlotAxis x{static_cast<double>(m_map.firstColumn), static_cast<double>(m_map.firstColumn + m_map.columns), false};
    const PlotAxis y{static_cast<double>(m_map.firstRow), static_cast<double>(m_map.firstRow + m_map.rows), false, true};
    drawAxes(painter, box, x, y, m_title, tr("column; rows from top to bottom"), colors);
    painter.drawImage(box, picture(colors));
    painter.setPen(QPen(outline(colors), 1.0));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(box);
    int hatched = 0;
    for (int mark = 0; mark < marks() && hatched < MostHatches; ++mark) {
        if (m_map.cells[static_cast<std::size_t>(mark)].odd > 0) {
            ++hatched;
            painter.fillRect(cellRect(box, mark), QBrush(colors.color(QPalette::Text), Qt::BDiagPattern));
        }
    }
    drawLegend(painter, box, colors);
    if (m_press && (m_drag - *m_press).manhattanLength() > DragStarts) {
        painter.setPen(QPen(colors.color(QPalette::Text), 1.0, Qt::DashLine));
        painter.drawRect(QRectF(*m_press, m_drag).normalized().intersected(box));
    }
    if (cursorIndex() >= 0 && cursorIndex() < marks()) {
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
    const QRectF box = boxOf(QRectF(rect()));
    if (m_map.cells.empty() || !box.contains(point)) {
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
    Q_EMIT zoomWanted(row, m_map.rowStart(static_cast<std::uint32_t>(bottom) + 1) - row, column,
                      m_map.columnStart(static_cast<std::uint32_t>(right) + 1) - column);
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
    const auto [row, rows] = part(m_map.rowStart(at / m_map.cellColumns), m_map.rows, m_map.tensorRows);
    const auto [column, columns] = part(m_map.columnStart(at % m_map.cellColumns), m_map.columns, m_map.tensorColumns);
    Q_EMIT zoomWanted(row, rows, column, columns);
}

void HeatmapPlot::mousePressEvent(QMouseEvent* event)
{
    setCursorIndex(markAt(event->position()));
    m_press.reset();
    if (event->button() == Qt::LeftButton && cursorIndex() >= 0) {
        m_press = event->position();
        m_drag = *m_press;
    }
}

void HeatmapPlot::mouseMoveEvent(QMouseEvent* event)
{
    if (m_press) {
        m_drag = event->position();
        update();
    }
    Plot::mouseMoveEvent(event);
}

void HeatmapPlot::mouseReleaseEvent(QMouseEvent* event)
{
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
        if (!m_map.cells.empty() && (m_map.rows < m_map.tensorRows || m_map.columns < m_map.tensorColumns)) {
            Q_EMIT zoomWanted(0, 0, 0, 0);
            return;
        }
        break;
    default:
        break;
    }
    Plot::keyPressEvent(event);
}

HeatmapPanel::HeatmapPanel(QWidget* parent)
    : TensorPanel(parent)
    , m_plot(new HeatmapPlot(this))
    , m_value(new QComboBox(this))
    , m_range(new QComboBox(this))
    , m_slices(new QHBoxLayout)
    , m_reset(new QPushButton(tr("Reset &Zoom"), this))
    , m_readout(new QLabel(this))
{
    m_value->setObjectName(u"heatmapValue"_s);
    m_value->setAccessibleName(tr("What a cell shows"));
    m_value->addItem(tr("Mean of a cell"), static_cast<int>(HeatmapValue::Mean));
    m_value->addItem(tr("Smallest of a cell"), static_cast<int>(HeatmapValue::Min));
    m_value->addItem(tr("Largest of a cell"), static_cast<int>(HeatmapValue::Max));
    m_value->addItem(tr("Largest magnitude of a cell"), static_cast<int>(HeatmapValue::AbsMax));
    m_range->setObjectName(u"heatmapRange"_s);
    m_range->setAccessibleName(tr("How far the colours reach"));
    m_range->addItems({tr("Colours for 99 % of the cells"), tr("Colours for all cells")});
    m_reset->setObjectName(u"heatmapReset"_s);
    m_reset->setAutoDefault(false);
    m_reset->setToolTip(tr("Show the whole matrix again (Esc). Drag over a part of it, or press +, to zoom in."));
    m_reset->setEnabled(false);
    m_readout->setTextFormat(Qt::PlainText);
    m_readout->setObjectName(u"heatmapReadout"_s);
    m_slices->setSpacing(4);
    auto* top = new QHBoxLayout;
    top->setSpacing(8);
    top->addLayout(m_slices);
    top->addWidget(m_value);
    top->addWidget(m_range);
    top->addWidget(m_reset);
    top->addWidget(m_readout, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 4);
    layout->setSpacing(4);
    layout->addLayout(top);
    layout->addWidget(m_plot, 1);
    const auto value = [this] { m_plot->setValue(static_cast<HeatmapValue>(m_value->currentData().toInt()), m_range->currentIndex() == 0); };
    connect(m_value, &QComboBox::currentIndexChanged, this, value);
    connect(m_range, &QComboBox::currentIndexChanged, this, value);
    connect(m_plot, &Plot::readoutChanged, m_readout, &QLabel::setText);
    connect(m_plot, &Plot::noted, this, &TensorPanel::noted);
    connect(m_plot, &HeatmapPlot::zoomWanted, this,
            [this](std::uint64_t firstRow, std::uint64_t rows, std::uint64_t firstColumn, std::uint64_t columns) {
                m_part.firstRow = firstRow;
                m_part.rows = rows;
                m_part.firstColumn = firstColumn;
                m_part.columns = columns;
                invalidate();
            });
    connect(m_reset, &QPushButton::clicked, m_plot, [this] { Q_EMIT m_plot->zoomWanted(0, 0, 0, 0); });
    connect(m_plot, &HeatmapPlot::elementChosen, this, [this](std::uint64_t row, std::uint64_t column) {
        QStringList index;
        for (const QSpinBox* box : std::as_const(m_outer)) {
            index << QString::number(box->value());
        }
        if (document() && m_shown < document()->size() && document()->tensor(m_shown).shape.size() > 1) {
            index << QString::number(row);
        }
        index << QString::number(column);
        Q_EMIT elementChosen(m_shown, index.join(u", "_s));
    });
}

/// A spin box for each dimension but the last two.
void HeatmapPanel::buildSlices(const TensorInfo& tensor)
{
    qDeleteAll(m_outer);
    m_outer.clear();
    for (std::size_t d = 0; d + 2 < tensor.shape.size(); ++d) {
        auto* box = new QSpinBox(this);
        box->setObjectName(u"heatmapDim%1"_s.arg(d));
        box->setAccessibleName(tr("Index in dimension %1").arg(d));
        box->setRange(0, static_cast<int>(std::min<std::uint64_t>(tensor.shape[d] > 0 ? tensor.shape[d] - 1 : 0, INT_MAX)));
        connect(box, &QSpinBox::valueChanged, this, [this] { invalidate(); });
        m_slices->addWidget(box);
        m_outer.append(box);
    }
}

void HeatmapPanel::refresh()
{
    if (!document() || tensors().size() != 1) {
        m_shown = UINT32_MAX;
        m_of.reset();
        qDeleteAll(m_outer);
        m_outer.clear();
        m_reset->setEnabled(false);
        m_plot->setMessage(emptyText(tr("Select one tensor to see it as a picture.")));
        return;
    }
    const std::uint32_t tensor = tensors().front();
    const TensorInfo& info = document()->tensor(tensor);
    if (m_shown != tensor || m_of != document()) {
        m_of = document();
        m_shown = tensor;
        m_part = {};
        buildSlices(info);
    }
    m_part.outer.clear();
    for (const QSpinBox* box : std::as_const(m_outer)) {
        m_part.outer.push_back(static_cast<std::uint64_t>(box->value()));
    }
    m_plot->setMessage(tr("Reading\u2026"));
    m_job.start(
        tr("Reading values"), [shards = files(), tensor, part = m_part](const JobContext& job) { return computeHeatmap(shards, tensor, part, job); },
        [this, tensor](Result<Heatmap> result) {
            if (!result) {
                m_plot->setMessage(result.error().code == Code::Cancelled ? tr("Cancelled.") : errorTitle(result.error()));
                return;
            }
            m_reset->setEnabled(result->rows < result->tensorRows || result->columns < result->tensorColumns);
            const TensorInfo& shown = document()->tensor(tensor);
            m_plot->setHeatmap(
                *std::move(result),
                tr("%1, %2, %3", "key, dtype, shape").arg(shownName(shown.key, 200), shownName(shown.dtypeText(), 40), shapeText(shown)));
        });
}

} // namespace ckptscope::ui
