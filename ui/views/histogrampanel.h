// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/views/histogramplot.h"
#include "ui/views/tensorpanel.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QPushButton;
class QStackedWidget;

namespace ckptscope::ui {

class SelectionStats;

/// The dock around it: the numbers as text, the scales, and what is under the cursor; of several tensors their statistics as a table.
class HistogramPanel : public TensorPanel {
    Q_OBJECT
public:
    explicit HistogramPanel(QWidget* parent = nullptr);
    [[nodiscard]] HistogramPlot* plot() const noexcept { return m_plot; }
    [[nodiscard]] QString numbers() const;
    [[nodiscard]] SelectionStats* selection() const noexcept { return m_selection; }

Q_SIGNALS:
    void scanned(); ///< the store of values knows more

protected:
    void refresh() override;

private:
    HistogramPlot* m_plot;
    QComboBox* m_scale;
    QCheckBox* m_log;
    QLabel* m_numbers;
    QLabel* m_readout;
    QPushButton* m_reset;
    std::optional<HistogramRange> m_range; ///< zoomed in to
    DocumentPtr m_of;
    std::uint32_t m_shown = UINT32_MAX; ///< the tensor of it that the range is of
    QStackedWidget* m_pages;            ///< one tensor, several
    SelectionStats* m_selection;
};

} // namespace ckptscope::ui
