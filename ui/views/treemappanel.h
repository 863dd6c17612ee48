// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/views/tensorpanel.h"
#include "ui/views/treemapplot.h"

class QComboBox;
class QLabel;
class QPushButton;

namespace ckptscope::ui {

/// The dock around it: what areas and colours stand for, and the way back up.
class TreemapPanel : public TensorPanel {
    Q_OBJECT
public:
    explicit TreemapPanel(QWidget* parent = nullptr);
    [[nodiscard]] TreemapPlot* plot() const noexcept { return m_plot; }

protected:
    void refresh() override;

private:
    void showCrumbs();
    TreemapPlot* m_plot;
    QComboBox* m_weight;
    QComboBox* m_color;
    QPushButton* m_up;
    QWidget* m_crumbs; ///< the way back: a button a group
    QLabel* m_readout;
    DocumentPtr m_read; ///< whose names are shown
};

} // namespace ckptscope::ui
