// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/values/histogram.h"
#include "ui/views/plot.h"
#include "ui/views/tensorpanel.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QStackedWidget;

namespace ckptscope::ui {

/// Counts of a tensor's values, as bars.
class HistogramPlot : public Plot {
    Q_OBJECT
public:
    explicit HistogramPlot(QWidget* parent = nullptr);
    void setHistogram(Histogram histogram, const QString& title, bool magnitude);
    void setMessage(const QString& text);
    void setLogCounts(bool log);
    [[nodiscard]] const Histogram& histogram() const noexcept { return m_histogram; }
    [[nodiscard]] QString summary() const override;
    [[nodiscard]] QString csv() const override;

protected:
    void draw(QPainter& painter, const QRectF& whole, const QPalette& colors) const override;
    [[nodiscard]] int marks() const override { return static_cast<int>(m_histogram.counts.size()); }
    [[nodiscard]] int markAt(const QPointF& point) const override;
    [[nodiscard]] QString textOf(int mark) const override;

private:
    Histogram m_histogram;
    QString m_title;
    QString m_message;
    bool m_magnitude = false;
    bool m_log = false;
};

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
    QStackedWidget* m_pages; ///< one tensor, several
    SelectionStats* m_selection;
};

} // namespace ckptscope::ui
