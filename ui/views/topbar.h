// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

namespace ckptscope::ui {

/// The widget in the top tool bar. A tool bar asks for a size once and knows nothing of text that wraps, so this one
/// keeps its own height as its width and its rows change.
class TopBar : public QWidget {
    Q_OBJECT
public:
    using QWidget::QWidget;
    void fit();

Q_SIGNALS:
    void fitted(int height);

protected:
    bool event(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
};

} // namespace ckptscope::ui
