// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QStringList>

class QImage;
class QWidget;

namespace ckptscope::bench {

/// What is wrong with the look of a window, as far as a program can tell: text wider than its room, widgets of a layout
/// that overlap or leave their parent, controls without an accessible name, text of too little contrast in the picture.
/// One line each.
[[nodiscard]] QStringList audit(QWidget* window, const QImage& picture);

} // namespace ckptscope::bench
