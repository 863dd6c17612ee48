// SPDX-License-Identifier: Apache-2.0
#include "ui/views/rowdelegate.h"

#include "ui/icons.h"
#include "ui/models/marks.h"

#include <QPainter>

namespace ckptscope::ui {

namespace {
constexpr int SwatchSize = 8;
constexpr int IconSize = 16;
} // namespace

RowDelegate::RowDelegate(QObject* parent)
    : QStyledItemDelegate(parent)
{
}

QSize RowDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QSize size = QStyledItemDelegate::sizeHint(option, index);
    size.setHeight(rowHeight(option.fontMetrics));
    return size;
}

QIcon RowDelegate::swatch(DType dtype, const QPalette& palette, double ratio) const
{
    const QColor color = dtypeColor(dtype, palette);
    const QColor frame = palette.color(QPalette::HighlightedText);
    QIcon& made = m_icons[QStringLiteral("s%1:%2@%3").arg(color.rgb()).arg(frame.rgb()).arg(ratio)];
    if (made.isNull()) {
        const auto picture = [&](const QPen& pen, double inset) {
            QPixmap pixmap(QSize(SwatchSize, SwatchSize) * ratio);
            pixmap.setDevicePixelRatio(ratio);
            pixmap.fill(Qt::transparent);
            QPainter painter(&pixmap);
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(pen);
            painter.setBrush(color);
            painter.drawRoundedRect(QRectF(0, 0, SwatchSize, SwatchSize).adjusted(inset, inset, -inset, -inset), 2, 2);
            return pixmap;
        };
        made.addPixmap(picture(Qt::NoPen, 0));
        made.addPixmap(picture(QPen(frame, 1.0), 0.5), QIcon::Selected); // F32's blue is that of a selected row
    }
    return made;
}

QIcon RowDelegate::mark(Mark mark, const QPalette& palette, double ratio) const
{
    const QColor ink = markColors(mark, palette).ink;
    const QString key = QStringLiteral("m%1:%2:%3@%4").arg(int(mark)).arg(ink.rgb()).arg(palette.color(QPalette::Highlight).rgb()).arg(ratio);
    QIcon& made = m_icons[key];
    if (made.isNull()) {
        const QString name = markIconName(mark);
        const QColor base = palette.color(QPalette::Base);
        made.addPixmap(iconPixmap(name, IconSize, ratio, ink, base));
        made.addPixmap(iconPixmap(name, IconSize, ratio, palette.color(QPalette::HighlightedText), palette.color(QPalette::Highlight)),
                       QIcon::Selected);
    }
    return made;
}

void RowDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    if (m_middle.contains(index.column())) {
        option->textElideMode = Qt::ElideMiddle;
    }
    if (option->direction == Qt::RightToLeft && !option->text.isEmpty()) {
        // each cell by its own first letter: 258 x 32 must not be read as 32 x 258
        option->text = QChar(0x2068) + option->text + QChar(0x2069);
    }
    const double ratio = option->widget != nullptr ? option->widget->devicePixelRatioF() : 1.0;
    const QVariant markValue = index.data(MarkRole);
    const QVariant dtype = index.data(DTypeRole);
    if (dtype.isValid()) {
        option->features |= QStyleOptionViewItem::HasDecoration;
        option->decorationSize = QSize(SwatchSize, SwatchSize);
        option->icon = swatch(static_cast<DType>(dtype.toInt()), option->palette, ratio);
    }
    if (markValue.isValid()) {
        const auto value = static_cast<Mark>(markValue.toInt());
        if (!dtype.isValid()) {
            option->features |= QStyleOptionViewItem::HasDecoration;
            option->decorationSize = QSize(IconSize, IconSize);
            option->icon = mark(value, option->palette, ratio);
        }
        option->palette.setColor(QPalette::Text, markColors(value, option->palette).ink);
    } else if (index.data(MutedRole).toBool()) {
        option->palette.setColor(QPalette::Text, mutedText(option->palette));
    }
    if (index.data(StrongRole).toBool()) {
        option->font.setBold(true);
        option->fontMetrics = QFontMetrics(option->font);
    }
}

} // namespace ckptscope::ui
