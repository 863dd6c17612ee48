// SPDX-License-Identifier: Apache-2.0
#pragma once

class QWidget;

namespace ckptscope::ui {

/// Help > About: version, rules, licence.
void showAbout(QWidget* parent);

} // namespace ckptscope::ui
