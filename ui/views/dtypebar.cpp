// SPDX-License-Identifier: Apache-2.0
#include "ui/views/dtypebar.h"

#include "ui/text.h"
#include "ui/theme.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QStyle>
#include <QStyleOptionFocusRect>
#include <QToolTip>

#include <algorithm>

namespace ckptscope::ui {

namespace {

constexpr int BarWidth = 160;
constexpr int SmallestPart = 6;
constexpr int Swatch = 8;
constexpr std::size_t MostLegend = 4;

class AccessibleBar : public QAccessibleWidget {
public:
    explicit AccessibleBar(DTypeBar* bar)
        : QAccessibleWidget(bar, QAccessible::Chart)
    {
    }
    QString text(QAccessible::Text kind) const override
    {
        return kind == QAccessible::Description ? static_cast<DTypeBar*>(widget())->summary() : QAccessibleWidget::text(kind);
    }
};

QAccessibleInterface* accessibleFactory(const QString&, QObject* object)
{
    auto* bar = qobject_cast<DTypeBar*>(object);
    return bar != nullptr ? new AccessibleBar(bar) : nullptr;
}

QString share(std::uint64_t part, std::uint64_t whole)
{
    if (whole == 0) {
        return QStringLiteral("0\u00a0%");
    }
    const double value = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
    if (part == whole) {
        return QStringLiteral("100\u00a0%");
    }
    return value < 0.1 ? QStringLiteral("<\u00a00.1\u00a0%") : QLocale().toString(std::min(value, 99.9), 'f', 1) + QStringLiteral("\u00a0%");
}

} // namespace

void installAccessibility()
{
    static const bool once = [] {
        QAccessible::installFactory(accessibleFactory);
        return true;
    }();
    (void)once;
}

DTypeBar::DTypeBar(QWidget* parent)
    : QWidget(parent)
{
    installAccessibility();
    setObjectName(QStringLiteral("dtypeBar"));
    setAccessibleName(tr("Bytes by dtype"));
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setMouseTracking(true);
    setCursor(Qt::PointingHandCursor);
}

void DTypeBar::setDocument(const Document* document)
{
    m_parts.clear();
    m_total = 0;
    m_current = 0;
    if (document != nullptr) {
        for (const TensorInfo& tensor : document->checkpoint().tensors()) {
            m_total += tensor.bytes.length;
            const auto same = [&tensor](const Part& part) { return part.dtype == tensor.dtype; };
            auto part = std::find_if(m_parts.begin(), m_parts.end(), same);
            if (part == m_parts.end()) {
                m_parts.push_back({tensor.dtype, tensor.dtype == DType::Unknown ? tr("other") : fromUtf8(dtypeName(tensor.dtype)), 0, 0, {}});
                part = m_parts.end() - 1;
            }
            part->bytes += tensor.bytes.length;
            ++part->tensors;
        }
        std::stable_sort(m_parts.begin(), m_parts.end(), [](const Part& a, const Part& b) { return a.bytes > b.bytes; });
        for (Part& part : m_parts) {
            part.label = part.name + QLatin1Char(' ') + share(part.bytes, m_total);
        }
    }
    setVisible(!m_parts.empty());
    updateGeometry();
    update();
    QAccessibleEvent event(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&event);
}

QString DTypeBar::summary() const
{
    QStringList labels;
    for (const Part& part : m_parts) {
        labels << part.label;
    }
    return labels.join(QLatin1String(", "));
}

std::vector<QRect> DTypeBar::barRects() const
{
    std::vector<QRect> rects;
    const int height = 12;
    const int top = (this->height() - height) / 2;
    // the small parts get their minimum first, the large ones share what is left
    int left = BarWidth;
    std::uint64_t large = 0;
    for (const Part& part : m_parts) {
        if (static_cast<double>(part.bytes) * BarWidth < static_cast<double>(SmallestPart) * static_cast<double>(m_total)) {
            left -= SmallestPart;
        } else {
            large += part.bytes;
        }
    }
    int x = 2;
    for (const Part& part : m_parts) {
        const bool tiny = static_cast<double>(part.bytes) * BarWidth < static_cast<double>(SmallestPart) * static_cast<double>(m_total);
        const int width = tiny || large == 0
            ? SmallestPart
            : std::max(SmallestPart, static_cast<int>(static_cast<double>(part.bytes) / static_cast<double>(large) * left));
        rects.emplace_back(x, top, width, height);
        x += width;
    }
    return rects;
}

std::vector<QRect> DTypeBar::legendRects() const
{
    std::vector<QRect> rects;
    const auto bars = barRects();
    int x = bars.empty() ? 0 : bars.back().right() + 13;
    for (std::size_t i = 0; i < m_parts.size() && i < MostLegend; ++i) {
        const int width = Swatch + 4 + fontMetrics().horizontalAdvance(m_parts[i].label);
        rects.emplace_back(x, 0, width, height());
        x += width + 12;
    }
    return rects;
}

QSize DTypeBar::sizeHint() const
{
    const auto legend = legendRects();
    const auto bars = barRects();
    const int right = !legend.empty() ? legend.back().right() : !bars.empty() ? bars.back().right() : 0;
    return {right + 4, std::max(24, fontMetrics().height() + 6)};
}

QSize DTypeBar::minimumSizeHint() const
{
    const auto legend = legendRects();
    return {legend.empty() ? 0 : legend.front().right() + 4, sizeHint().height()};
}

int DTypeBar::partAt(const QPoint& pos) const
{
    const auto bars = barRects();
    for (std::size_t i = 0; i < bars.size(); ++i) {
        if (pos.x() >= bars[i].left() && pos.x() <= bars[i].right()) {
            return static_cast<int>(i);
        }
    }
    const auto legend = legendRects();
    for (std::size_t i = 0; i < legend.size(); ++i) {
        if (legend[i].contains(pos)) {
            return static_cast<int>(i);
        }
    }
    return -1;
}

void DTypeBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setLayoutDirection(Qt::LeftToRight); // "BF16 100 %", as its parts are laid out
    painter.setRenderHint(QPainter::Antialiasing);
    const auto bars = barRects();
    if (bars.empty()) {
        return;
    }
    QPainterPath outline;
    outline.addRoundedRect(QRectF(bars.front().topLeft(), QPointF(bars.back().right() + 1, bars.back().bottom() + 1)), 3, 3);
    painter.save();
    painter.setClipPath(outline);
    for (std::size_t i = 0; i < bars.size(); ++i) {
        painter.fillRect(bars[i], dtypeColor(m_parts[i].dtype, palette()));
        if (i != 0) { // neighbours of one family must not run together
            painter.fillRect(QRect(bars[i].left(), bars[i].top(), 1, bars[i].height()), palette().color(QPalette::Window));
        }
    }
    painter.restore();
    const auto legend = legendRects();
    for (std::size_t i = 0; i < legend.size(); ++i) {
        const QRect box = legend[i];
        if (box.right() > width()) {
            break; // the tooltip has the rest
        }
        painter.setPen(Qt::NoPen);
        painter.setBrush(dtypeColor(m_parts[i].dtype, palette()));
        painter.drawRoundedRect(QRectF(box.left(), (height() - Swatch) / 2.0, Swatch, Swatch), 2, 2);
        painter.setPen(palette().color(QPalette::WindowText));
        painter.drawText(box.adjusted(Swatch + 4, 0, 2, 0), Qt::AlignVCenter | Qt::AlignLeft, m_parts[i].label);
    }
    if (hasFocus()) {
        const auto current = static_cast<std::size_t>(m_current);
        QRect ring = bars[std::min(current, bars.size() - 1)].adjusted(-2, -3, 2, 3);
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setPen(QPen(palette().color(QPalette::Link), 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(ring.adjusted(0, 0, -1, -1));
    }
}

void DTypeBar::mousePressEvent(QMouseEvent* event)
{
    const int part = event->button() == Qt::LeftButton ? partAt(event->position().toPoint()) : -1;
    if (part >= 0) {
        m_current = part;
        update();
        Q_EMIT dtypeClicked(m_parts[static_cast<std::size_t>(part)].name);
    }
}

void DTypeBar::keyPressEvent(QKeyEvent* event)
{
    const int last = static_cast<int>(m_parts.size()) - 1;
    switch (event->key()) {
    case Qt::Key_Left:
        m_current = std::max(0, m_current - 1);
        break;
    case Qt::Key_Right:
        m_current = std::min(last, m_current + 1);
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        if (last >= 0) {
            Q_EMIT dtypeClicked(m_parts[static_cast<std::size_t>(m_current)].name);
        }
        return;
    default:
        QWidget::keyPressEvent(event);
        return;
    }
    setAccessibleDescription(m_parts.empty() ? QString() : m_parts[static_cast<std::size_t>(m_current)].label);
    update();
}

void DTypeBar::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    update();
}

bool DTypeBar::event(QEvent* event)
{
    if (event->type() == QEvent::FocusOut) {
        update();
    }
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int at = partAt(help->pos());
        if (at >= 0) {
            const Part& part = m_parts[static_cast<std::size_t>(at)];
            QToolTip::showText(
                help->globalPos(),
                forToolTip(tr("%1: %2, %3. Click to show only these.").arg(part.label, tensorsText(part.tensors), exactBytesText(part.bytes))), this);
        } else {
            QToolTip::hideText();
        }
        return true;
    }
    return QWidget::event(event);
}

} // namespace ckptscope::ui
