// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/values/histogram.h"
#include "ui/views/plot.h"

#include <optional>

namespace ckptscope::ui {

/// Counts of values as bars, of one tensor, or of two in the same bins. Dragging over a part of the bins zooms in.
class HistogramPlot : public Plot {
    Q_OBJECT
public:
    explicit HistogramPlot(QWidget* parent = nullptr);
    /// `axis`: what is counted, "value" where it is empty.
    void setHistogram(Histogram histogram, const QString& title, bool magnitude, const QString& axis = {});
    /// The second as a line over the first; both have the same bins.
    void setPair(Histogram a, Histogram b, const QString& title, bool magnitude);
    void setMessage(const QString& text);
    void setLogCounts(bool log);
    /// A part of the values is shown: Esc asks for all of them.
    void setZoomed(bool zoomed) { m_zoomed = zoomed; }
    [[nodiscard]] const Histogram& histogram() const noexcept { return m_histogram; }
    [[nodiscard]] QString summary() const override;
    [[nodiscard]] QString csv() const override;

Q_SIGNALS:
    /// Only these bins, in the numbers of the scale; none: all values again.
    void rangeWanted(std::optional<ckptscope::HistogramRange> range);
    void logCountsWanted(bool log);

protected:
    void draw(QPainter& painter, const QRectF& whole, const QPalette& colors) const override;
    [[nodiscard]] int marks() const override { return static_cast<int>(m_histogram.counts.size()); }
    [[nodiscard]] int markAt(const QPointF& point) const override;
    [[nodiscard]] QString textOf(int mark) const override;
    void addActions(QMenu& menu) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    bool m_zoomed = false;
    [[nodiscard]] double heightOf(std::uint64_t count, const PlotAxis& y, const QRectF& box) const;
    void drawSecond(QPainter& painter, const QRectF& box, const PlotAxis& y, const QPalette& colors) const;
    void drawMarks(QPainter& painter, const QRectF& box, const PlotAxis& x, const QPalette& colors) const;
    void zoomAround(int mark, double factor);

    Histogram m_histogram;
    std::optional<Histogram> m_second;
    QString m_title;
    QString m_axis;
    QString m_message;
    bool m_magnitude = false;
    bool m_log = false;
    std::optional<double> m_press; ///< where a drag began
    double m_drag = 0;
};

} // namespace ckptscope::ui
