// SPDX-License-Identifier: Apache-2.0
#include "ui/views/filestrip.h"

#include "ui/copyas.h"
#include "ui/text.h"
#include "ui/theme.h"

#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QPolygonF>

#include <algorithm>
#include <array>
#include <cmath>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr double DragStarts = 4; ///< px; less is a click
constexpr double PinSize = 4;
constexpr std::uint64_t LeastShown = 16; ///< bytes

/// How much a piece must be seen where several share a pixel.
int weightOf(FilePiece::Kind kind)
{
    switch (kind) {
    case FilePiece::Kind::Missing:
        return 4;
    case FilePiece::Kind::Overlap:
        return 3;
    case FilePiece::Kind::Tensor:
        return 1;
    case FilePiece::Kind::Header:
    case FilePiece::Kind::Other:
        break;
    }
    return 0;
}

} // namespace

FileStrip::FileStrip(QWidget* parent)
    : Plot(parent)
{
    setObjectName(u"fileStrip"_s);
    setAccessibleName(tr("Bytes of the file"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize FileStrip::minimumSizeHint() const
{
    return {260, fontMetrics().height() * 2 + 30};
}

void FileStrip::setFile(DocumentPtr document, std::uint32_t shard, std::vector<FilePiece> pieces)
{
    m_document = std::move(document);
    m_shard = shard;
    m_pieces = std::move(pieces);
    m_end = m_pieces.empty() ? 0 : m_pieces.back().end();
    m_from = 0;
    m_to = m_end;
    changed();
}

void FileStrip::clear()
{
    setFile(nullptr, 0, {});
}

void FileStrip::showTensor(std::uint32_t tensor)
{
    const auto found = std::find_if(m_pieces.begin(), m_pieces.end(), [tensor](const FilePiece& piece) { return piece.tensor == tensor; });
    if (found != m_pieces.end()) {
        setCursorIndex(static_cast<int>(found - m_pieces.begin()));
    }
}

QString FileStrip::kindText(const FilePiece& piece) const
{
    switch (piece.kind) {
    case FilePiece::Kind::Header:
        return tr("header");
    case FilePiece::Kind::Tensor:
        return shownName(m_document->tensor(piece.tensor).key, 160);
    case FilePiece::Kind::Overlap:
        return tr("of several tensors, %1 among them").arg(shownName(m_document->tensor(piece.tensor).key, 160));
    case FilePiece::Kind::Other:
        return tr("of no tensor");
    case FilePiece::Kind::Missing:
        return piece.tensor != UINT32_MAX ? tr("missing, of %1").arg(shownName(m_document->tensor(piece.tensor).key, 160)) : tr("missing");
    }
    return {};
}

QString FileStrip::summary() const
{
    if (m_pieces.empty()) {
        return tr("No file is shown.");
    }
    std::uint64_t tensors = 0;
    std::uint64_t other = 0;
    std::uint64_t wrong = 0;
    for (const FilePiece& piece : m_pieces) {
        tensors += piece.kind == FilePiece::Kind::Tensor ? 1 : 0;
        other += piece.kind == FilePiece::Kind::Other ? piece.length : 0;
        wrong += piece.kind == FilePiece::Kind::Overlap || piece.kind == FilePiece::Kind::Missing ? piece.length : 0;
    }
    QString text = tr("%1: %2, %3 of no tensor", "file, tensors, size")
                       .arg(shownName(m_document->checkpoint().shards()[m_shard].file, 120), tensorsText(tensors), bytesText(other));
    if (wrong > 0) {
        text += tr(", %1 missing or of several tensors").arg(bytesText(wrong));
    }
    return text;
}

QString FileStrip::csv() const
{
    QString text = u"offset,length,kind,tensor\r\n"_s;
    static constexpr std::array Kinds{"header", "tensor", "overlap", "other", "missing"};
    for (const FilePiece& piece : m_pieces) {
        text += QStringList{QString::number(piece.offset), QString::number(piece.length), QLatin1String(Kinds[static_cast<std::size_t>(piece.kind)]),
                            piece.tensor == UINT32_MAX ? QString() : csvCell(shownName(m_document->tensor(piece.tensor).key, 0))}
                    .join(u',')
            + u"\r\n"_s;
    }
    return text;
}

QRectF FileStrip::stripOf(const QRectF& whole) const
{
    const double line = QFontMetricsF(font()).height();
    return whole.adjusted(12, PinSize * 2 + 6, -12, -line - 10);
}

double FileStrip::placeOf(std::uint64_t offset, const QRectF& strip) const
{
    const double part = (static_cast<double>(offset) - static_cast<double>(m_from)) / static_cast<double>(std::max<std::uint64_t>(m_to - m_from, 1));
    return strip.left() + part * strip.width();
}

std::uint64_t FileStrip::offsetAt(double x, const QRectF& strip) const
{
    const double part = std::clamp((x - strip.left()) / std::max(strip.width(), 1.0), 0.0, 1.0);
    return std::min(m_from + static_cast<std::uint64_t>(part * static_cast<double>(m_to - m_from)), m_to > 0 ? m_to - 1 : 0);
}

std::size_t FileStrip::pieceAt(std::uint64_t offset) const
{
    const auto after =
        std::upper_bound(m_pieces.begin(), m_pieces.end(), offset, [](std::uint64_t at, const FilePiece& piece) { return at < piece.offset; });
    return after == m_pieces.begin() ? 0 : static_cast<std::size_t>(after - m_pieces.begin()) - 1;
}

QColor FileStrip::colorOf(const FilePiece& piece, const QPalette& colors) const
{
    switch (piece.kind) {
    case FilePiece::Kind::Header:
        return mutedText(colors);
    case FilePiece::Kind::Tensor:
        return dtypeColor(m_document->tensor(piece.tensor).dtype, colors);
    case FilePiece::Kind::Overlap:
    case FilePiece::Kind::Missing:
        return markColors(Mark::Violation, colors).ink;
    case FilePiece::Kind::Other:
        break;
    }
    return colors.color(QPalette::Window);
}

/// A pixel shows what of its bytes matters most; no piece is drawn more than once, however many there are.
void FileStrip::drawBytes(QPainter& painter, const QRectF& strip, const QPalette& colors) const
{
    const int width = std::max(1, static_cast<int>(strip.width()));
    std::size_t piece = pieceAt(m_from);
    QColor drawn;
    int from = 0;
    for (int x = 0; x <= width; ++x) {
        QColor color;
        if (x < width) {
            const std::uint64_t end = x + 1 == width ? m_to : std::max(offsetAt(strip.left() + x + 1, strip), m_from + 1);
            std::size_t best = piece;
            while (piece + 1 < m_pieces.size() && m_pieces[piece].end() < end) {
                ++piece;
                const bool more = weightOf(m_pieces[piece].kind) != weightOf(m_pieces[best].kind)
                    ? weightOf(m_pieces[piece].kind) > weightOf(m_pieces[best].kind)
                    : m_pieces[piece].length > m_pieces[best].length;
                best = more ? piece : best;
            }
            color = colorOf(m_pieces[best], colors);
        }
        if (x > 0 && color != drawn) {
            const QRectF part(strip.left() + from, strip.top(), x - from, strip.height());
            painter.fillRect(part, drawn);
            if (drawn == markColors(Mark::Violation, colors).ink) { // not by colour alone
                painter.fillRect(part, QBrush(colors.color(QPalette::Base), Qt::BDiagPattern));
            }
            from = x;
        }
        drawn = color;
    }
    // edges between tensors, where there is room to see them
    painter.setPen(QPen(colors.color(QPalette::Base), 1.0));
    double last = strip.left();
    for (std::size_t i = pieceAt(m_from) + 1; i < m_pieces.size() && m_pieces[i].offset < m_to; ++i) {
        const double at = std::floor(placeOf(m_pieces[i].offset, strip)) + 0.5;
        if (at - last >= 4) {
            painter.drawLine(QPointF(at, strip.top()), QPointF(at, strip.bottom()));
            last = at;
        }
    }
}

void FileStrip::drawTicks(QPainter& painter, const QRectF& strip, const QPalette& colors) const
{
    const double line = QFontMetricsF(font()).height();
    double unit = 1;
    while (static_cast<double>(m_to - m_from) >= unit * 1024 * 4) {
        unit *= 1024;
    }
    const PlotAxis axis{static_cast<double>(m_from) / unit, static_cast<double>(m_to) / unit, false};
    painter.setPen(colors.color(QPalette::Text));
    for (const double tick : axis.ticks(std::clamp(static_cast<int>(strip.width() / 130), 2, 8))) {
        const double at = strip.left() + axis.place(tick) * strip.width();
        painter.drawLine(QPointF(at, strip.bottom()), QPointF(at, strip.bottom() + 3));
        const QString text =
            unit == 1 ? tr("byte %1").arg(grouped(static_cast<std::uint64_t>(tick))) : bytesText(static_cast<std::uint64_t>(tick * unit));
        const double left = std::clamp(at - 60, strip.left() - 10, strip.right() + 10 - 120);
        const Qt::Alignment align = left > at - 60 ? Qt::AlignLeft : left < at - 60 ? Qt::AlignRight : Qt::AlignHCenter;
        painter.drawText(QRectF(left, strip.bottom() + 4, 120, line + 2), int(align | Qt::AlignTop), text);
    }
}

void FileStrip::draw(QPainter& painter, const QRectF& whole, const QPalette& colors) const
{
    if (m_pieces.empty() || m_to <= m_from) {
        return;
    }
    const QRectF strip = stripOf(whole);
    drawBytes(painter, strip, colors);
    painter.setPen(QPen(outline(colors), 1.0));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(strip.adjusted(-0.5, -0.5, 0.5, 0.5));
    drawTicks(painter, strip, colors);
    painter.setPen(Qt::NoPen);
    painter.setBrush(markColors(Mark::Violation, colors).ink);
    double last = -1000;
    for (std::size_t i = pieceAt(m_from); i < m_pieces.size() && m_pieces[i].offset < m_to; ++i) {
        if (m_pieces[i].tensor == UINT32_MAX || m_document->mark(m_pieces[i].tensor) != Mark::Violation) {
            continue;
        }
        const double at = std::clamp(placeOf(m_pieces[i].offset + m_pieces[i].length / 2, strip), strip.left(), strip.right());
        if (at - last >= 2) {
            painter.drawPolygon(QPolygonF{QPointF(at - PinSize, strip.top() - 2 * PinSize), QPointF(at + PinSize, strip.top() - 2 * PinSize),
                                          QPointF(at, strip.top() - 1)});
            last = at;
        }
    }
    painter.setBrush(Qt::NoBrush);
    if (m_press && std::abs(m_drag.x() - m_press->x()) > DragStarts) {
        painter.setPen(QPen(colors.color(QPalette::Text), 1.0, Qt::DashLine));
        painter.drawRect(QRectF(QPointF(m_press->x(), strip.top()), QPointF(m_drag.x(), strip.bottom())).normalized());
    }
    if (cursorIndex() >= 0 && cursorIndex() < marks()) {
        const FilePiece& piece = m_pieces[static_cast<std::size_t>(cursorIndex())];
        const double left = placeOf(piece.offset, strip);
        const double right = placeOf(piece.end(), strip);
        if (right >= strip.left() && left <= strip.right()) {
            painter.setPen(QPen(colors.color(QPalette::Text), 2.0));
            painter.drawRect(QRectF(QPointF(std::max(left, strip.left()) - 1, strip.top() - 2),
                                    QPointF(std::min(std::max(right, left + 2), strip.right()) + 1, strip.bottom() + 2)));
        }
    }
}

int FileStrip::markAt(const QPointF& point) const
{
    const QRectF strip = stripOf(QRectF(rect()));
    if (m_pieces.empty() || point.x() < strip.left() || point.x() >= strip.right() || point.y() < 0 || point.y() >= strip.bottom() + 2) {
        return -1;
    }
    return static_cast<int>(pieceAt(offsetAt(point.x(), strip)));
}

QString FileStrip::textOf(int mark) const
{
    const FilePiece& piece = m_pieces[static_cast<std::size_t>(mark)];
    return tr("%1: bytes %2 to %3 (%4)", "what, first, last, size")
        .arg(kindText(piece), grouped(piece.offset), grouped(piece.end() - 1), bytesText(piece.length));
}

void FileStrip::activated(int mark)
{
    if (const std::uint32_t tensor = m_pieces[static_cast<std::size_t>(mark)].tensor; tensor != UINT32_MAX) {
        Q_EMIT tensorClicked(tensor);
    }
}

void FileStrip::show(std::uint64_t from, std::uint64_t to)
{
    m_from = std::min(from, m_end);
    m_to = std::min(std::max(to, m_from + LeastShown), m_end);
    m_from = std::min(m_from, m_to - std::min(m_to, LeastShown));
    update();
}

void FileStrip::zoomAround(int mark, double factor)
{
    if (m_pieces.empty()) {
        return;
    }
    const FilePiece& piece = m_pieces[static_cast<std::size_t>(std::max(mark, 0))];
    const std::uint64_t middle = piece.offset + piece.length / 2;
    const auto wide = static_cast<std::uint64_t>(
        std::clamp(static_cast<double>(m_to - m_from) * factor, static_cast<double>(LeastShown), static_cast<double>(m_end)));
    const std::uint64_t from = std::min(middle - std::min(middle, wide / 2), m_end - std::min(m_end, wide));
    show(from, from + wide);
}

void FileStrip::addActions(QMenu& menu)
{
    menu.addSeparator();
    if (const int mark = cursorIndex(); mark >= 0) {
        const FilePiece piece = m_pieces[static_cast<std::size_t>(mark)];
        connect(menu.addAction(tr("Zoom to This")), &QAction::triggered, this, [this, piece] { show(piece.offset, piece.end()); });
    }
    connect(menu.addAction(tr("Reset Zoom")), &QAction::triggered, this, [this] { show(0, m_end); });
}

void FileStrip::mousePressEvent(QMouseEvent* event)
{
    setCursorIndex(markAt(event->position()));
    m_press.reset();
    if (event->button() == Qt::LeftButton && cursorIndex() >= 0) {
        m_press = event->position();
        m_drag = *m_press;
    }
}

void FileStrip::mouseMoveEvent(QMouseEvent* event)
{
    if (m_press) {
        m_drag = event->position();
        update();
    }
    Plot::mouseMoveEvent(event);
}

void FileStrip::mouseReleaseEvent(QMouseEvent* event)
{
    if (!m_press || event->button() != Qt::LeftButton) {
        return;
    }
    const QRectF strip = stripOf(QRectF(rect()));
    const double from = m_press->x();
    m_press.reset();
    if (std::abs(event->position().x() - from) > DragStarts) {
        const auto [low, high] = std::minmax({offsetAt(from, strip), offsetAt(event->position().x(), strip)});
        show(low, high + 1);
    } else if (const int mark = markAt(event->position()); mark >= 0) {
        activated(mark);
    }
}

void FileStrip::mouseDoubleClickEvent(QMouseEvent*)
{
    m_press.reset();
    show(0, m_end);
}

void FileStrip::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        zoomAround(cursorIndex(), 0.5);
        return;
    case Qt::Key_Minus:
        zoomAround(cursorIndex(), 2);
        return;
    case Qt::Key_Escape:
        if (m_from > 0 || m_to < m_end) {
            show(0, m_end);
            return;
        }
        break;
    default:
        break;
    }
    Plot::keyPressEvent(event);
    if (const int mark = cursorIndex(); mark >= 0 && mark < marks()) { // the cursor stays in sight
        const FilePiece& piece = m_pieces[static_cast<std::size_t>(mark)];
        if (piece.end() <= m_from || piece.offset >= m_to) {
            const std::uint64_t wide = m_to - m_from;
            const std::uint64_t from = std::min(piece.offset, m_end - std::min(m_end, wide));
            show(from, from + wide);
        }
    }
}

} // namespace ckptscope::ui
