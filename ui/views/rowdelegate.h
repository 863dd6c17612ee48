// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/theme.h"

#include <QHash>
#include <QIcon>
#include <QStyledItemDelegate>

namespace ckptscope::ui {

/// Paints rows of every list here: mark icons with their colour, dtype swatches, muted and strong text; rows of one
/// height. On a selected row everything is in the selection's colours, since severity colours are unreadable there.
class RowDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    explicit RowDelegate(QObject* parent = nullptr);
    /// Cells of these columns are cut in their middle, others at their end.
    void setMiddleElided(QList<int> columns) { m_middle = std::move(columns); }

    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    [[nodiscard]] static int rowHeight(const QFontMetrics& metrics) { return metrics.height() + 6; }

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override;

private:
    [[nodiscard]] QIcon swatch(DType dtype, const QPalette& palette, double ratio) const;
    [[nodiscard]] QIcon mark(Mark mark, const QPalette& palette, double ratio) const;
    QList<int> m_middle;
    mutable QHash<QString, QIcon> m_icons; ///< by kind, value, palette and pixel ratio
};

} // namespace ckptscope::ui
