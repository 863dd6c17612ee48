// SPDX-License-Identifier: Apache-2.0
#pragma once

class QLineEdit;
class QWidget;

namespace ckptscope::ui {

/// Names the small buttons inside a field (clear, and icons that only decorate), which Qt leaves without a name.
void nameButtonsOf(QLineEdit* edit);
/// Names the tab bars that Qt makes for docks on top of each other. Call it after docks were shown.
void nameDockTabs(QWidget* window);

} // namespace ckptscope::ui
