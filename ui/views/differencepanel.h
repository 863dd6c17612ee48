// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/values/heatmap.h"
#include "core/values/histogram.h"
#include "ui/jobs/jobrunner.h"
#include "ui/models/comparisonmodel.h"

#include <QTimer>
#include <QWidget>

#include <cstdint>
#include <memory>
#include <optional>

class QCheckBox;
class QComboBox;
class QLabel;
class QPushButton;
class QStackedWidget;

namespace ckptscope::ui {

class HeatmapPlot;
class HistogramPlot;

/// How the values of one compared tensor differ, as a histogram and as a heatmap of A-B. It reads only while it is in
/// sight; another tensor stops what it read before.
class DifferencePanel : public QWidget {
    Q_OBJECT
public:
    enum class What { Histogram, Both, Heatmap };

    explicit DifferencePanel(QWidget* parent = nullptr);
    /// A row of the comparison; none: nothing is selected.
    void setRow(ComparisonPtr state, std::optional<std::uint32_t> row);
    void setWhat(What what);
    [[nodiscard]] JobRunner* job() noexcept { return &m_job; }
    [[nodiscard]] bool busy() const noexcept { return m_job.isRunning() || m_later.isActive(); }
    [[nodiscard]] HistogramPlot* histogram() const noexcept { return m_histogram; }
    [[nodiscard]] HeatmapPlot* heatmap() const noexcept { return m_heatmap; }

Q_SIGNALS:
    void noted(const QString& text);

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    void invalidate();
    void resetZoom();
    void refresh();
    void readHistogram();
    void readHeatmap();
    void say(const QString& text);
    void failed(const Error& error);
    [[nodiscard]] What what() const;
    [[nodiscard]] QString title() const;

    ComparisonPtr m_state;
    std::optional<std::uint32_t> m_row;
    bool m_stale = true;
    bool m_sameMatrix = false; ///< the row that was shown last is the one that is read
    std::optional<HistogramRange> m_range;
    HeatmapOptions m_part;
    QComboBox* m_what;
    QComboBox* m_scale;
    QCheckBox* m_log;
    QPushButton* m_reset;
    QLabel* m_readout;
    QStackedWidget* m_pages;
    HistogramPlot* m_histogram;
    HeatmapPlot* m_heatmap;
    QTimer m_later;  ///< keys held down select many rows
    JobRunner m_job; ///< last: it waits for its thread before the rest goes
};

} // namespace ckptscope::ui
