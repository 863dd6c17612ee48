// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/theme.h"

#include <QIcon>
#include <QPixmap>
#include <QString>
#include <QStringList>

class QPainter;
class QRectF;

namespace ckptscope::ui {

/// One of resources/icons/NAME.svg. It is drawn anew for each size, pixel ratio and palette, so that it follows a change of
/// theme by itself; nothing has to be set again. An unknown name gives a null icon.
[[nodiscard]] QIcon icon(const QString& name);
/// The icon of a mark in its colour; on a selected row in the selection's.
[[nodiscard]] QIcon markIcon(Mark mark);
/// The program's own icon, coloured.
[[nodiscard]] QIcon appIcon();

/// Draws the icon into `box`: shape and strokes in `ink`, the glyph of a filled shape in `paper`.
void paintIcon(QPainter& painter, const QRectF& box, const QString& name, const QColor& ink, const QColor& paper);
/// The same as a pixmap of `size` logical pixels; for labels.
[[nodiscard]] QPixmap iconPixmap(const QString& name, int size, double pixelRatio, const QColor& ink, const QColor& paper);

/// Every name, sorted.
[[nodiscard]] QStringList iconNames();

} // namespace ckptscope::ui
