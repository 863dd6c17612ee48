// SPDX-License-Identifier: Apache-2.0
#include "ui/views/topbar.h"

#include <QEvent>
#include <QLayout>
#include <QResizeEvent>

#include <algorithm>

namespace ckptscope::ui {

void TopBar::fit()
{
    if (layout() == nullptr) {
        return;
    }
    layout()->activate();
    const int wanted = layout()->hasHeightForWidth() ? layout()->heightForWidth(width()) : layout()->sizeHint().height();
    const int height = std::max(0, wanted);
    if (height != minimumHeight() || height != maximumHeight()) {
        setFixedHeight(height);
        Q_EMIT fitted(height);
    }
}

bool TopBar::event(QEvent* event)
{
    const bool handled = QWidget::event(event);
    if (event->type() == QEvent::LayoutRequest || event->type() == QEvent::Show) {
        fit();
    }
    return handled;
}

void TopBar::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fit();
}

} // namespace ckptscope::ui
