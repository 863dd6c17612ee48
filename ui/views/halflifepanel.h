// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/values/decay.h"
#include "ui/views/plot.h"
#include "ui/views/tensorpanel.h"

#include <vector>

class QLabel;

namespace ckptscope::ui {

/// How long each head of each layer remembers, on a log axis of tokens.
class HalfLifePlot : public Plot {
    Q_OBJECT
public:
    explicit HalfLifePlot(QWidget* parent = nullptr);
    void setDecays(DocumentPtr document, std::vector<Decay> decays);
    void setMessage(const QString& text);
    void setShownTensors(const Rows& tensors);
    [[nodiscard]] QString summary() const override;
    [[nodiscard]] QString csv() const override;

Q_SIGNALS:
    void tensorClicked(std::uint32_t tensor);

protected:
    void draw(QPainter& painter, const QRectF& whole, const QPalette& colors) const override;
    [[nodiscard]] int marks() const override { return static_cast<int>(m_marks.size()); }
    [[nodiscard]] int markAt(const QPointF& point) const override;
    [[nodiscard]] QString textOf(int mark) const override;
    void activated(int mark) override;

private:
    struct MarkPlace {
        std::uint32_t layer = 0; ///< index into m_decays
        std::uint32_t head = 0;
    };
    [[nodiscard]] QPointF pointOf(const MarkPlace& mark, const QRectF& box) const;
    DocumentPtr m_document;
    std::vector<Decay> m_decays;
    std::vector<MarkPlace> m_marks;
    Rows m_selected;
    PlotAxis m_y{1, 10, true};
    QString m_message;
};

class HalfLifePanel : public TensorPanel {
    Q_OBJECT
public:
    explicit HalfLifePanel(QWidget* parent = nullptr);
    [[nodiscard]] HalfLifePlot* plot() const noexcept { return m_plot; }

protected:
    void refresh() override;

private:
    HalfLifePlot* m_plot;
    QLabel* m_caption;
    QLabel* m_readout;
    DocumentPtr m_read; ///< whose decays are shown
};

} // namespace ckptscope::ui
