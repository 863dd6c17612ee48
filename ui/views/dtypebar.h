// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/dtype.h"
#include "ui/models/document.h"

#include <QRect>
#include <QString>
#include <QWidget>

#include <vector>

namespace ckptscope::ui {

/// How the bytes of a checkpoint are shared between dtypes: a bar and its legend. A click, or arrows and Enter, filter.
class DTypeBar : public QWidget {
    Q_OBJECT
public:
    explicit DTypeBar(QWidget* parent = nullptr);
    void setDocument(const Document* document);
    [[nodiscard]] QString summary() const; ///< "BF16 99.9 %, F32 0.1 %"
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
    void dtypeClicked(const QString& spelling);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    bool event(QEvent* event) override;

private:
    struct Part {
        DType dtype = DType::Unknown;
        QString name;
        std::uint64_t bytes = 0;
        std::uint64_t tensors = 0;
        QString label; ///< "BF16 99.9 %"
    };
    [[nodiscard]] std::vector<QRect> barRects() const;
    [[nodiscard]] std::vector<QRect> legendRects() const;
    [[nodiscard]] int partAt(const QPoint& pos) const;

    std::vector<Part> m_parts; ///< most bytes first
    std::uint64_t m_total = 0;
    int m_current = 0;
};

/// Lets assistive technology read painted widgets: call once at start.
void installAccessibility();

} // namespace ckptscope::ui
