// SPDX-License-Identifier: Apache-2.0
#pragma once

class QWidget;

namespace ckptscope::ui {

/// Asks a widget for its context menu as the Menu key does: at the current row of a list, else at its cursor, else in
/// its middle. What has none leaves it to its parents.
void openContextMenu(QWidget* widget);

/// Makes Shift+F10 do what the Menu key does, in a whole window: on X11 and Wayland Qt only knows the one key.
void enableContextKey(QWidget* window);

} // namespace ckptscope::ui
