// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QStackedWidget>

namespace ckptscope::ui {

/// Asks for the room that the page in front needs: one behind it, which may need more, takes none from the docks.
class PageStack : public QStackedWidget {
    Q_OBJECT
public:
    explicit PageStack(QWidget* parent = nullptr)
        : QStackedWidget(parent)
    {
        connect(this, &QStackedWidget::currentChanged, this, [this] { updateGeometry(); });
    }
    [[nodiscard]] QSize sizeHint() const override { return currentWidget() != nullptr ? currentWidget()->sizeHint() : QStackedWidget::sizeHint(); }
    [[nodiscard]] QSize minimumSizeHint() const override
    {
        constexpr int Lines = 7; // a header and some rows
        const QSize least = currentWidget() != nullptr ? currentWidget()->minimumSizeHint() : QStackedWidget::minimumSizeHint();
        return least.expandedTo({0, Lines * fontMetrics().height()});
    }
};

} // namespace ckptscope::ui
