// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/views/heatmapplot.h"
#include "ui/views/tensorpanel.h"

#include <QList>

class QComboBox;
class QHBoxLayout;
class QLabel;
class QPushButton;
class QSpinBox;

namespace ckptscope::ui {

/// The dock around it: which slice, which of a cell's numbers, how far the colours reach.
class HeatmapPanel : public TensorPanel {
    Q_OBJECT
public:
    explicit HeatmapPanel(QWidget* parent = nullptr);
    [[nodiscard]] HeatmapPlot* plot() const noexcept { return m_plot; }

Q_SIGNALS:
    void elementChosen(std::uint32_t tensor, const QString& index);  ///< "0, 3, 17", to be brought to the front
    void elementPointed(std::uint32_t tensor, const QString& index); ///< clicked

protected:
    void refresh() override;

private:
    void buildSlices(const TensorInfo& tensor);

    HeatmapPlot* m_plot;
    QComboBox* m_value;
    QComboBox* m_range;
    QHBoxLayout* m_slices;
    QList<QSpinBox*> m_outer;
    QPushButton* m_reset;
    QLabel* m_readout;
    HeatmapOptions m_part;
    DocumentPtr m_of;
    std::uint32_t m_shown = UINT32_MAX; ///< the tensor of it that the part is of
};

} // namespace ckptscope::ui
