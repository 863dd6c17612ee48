// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/values/heatmap.h"
#include "ui/views/plot.h"
#include "ui/views/tensorpanel.h"

#include <QImage>
#include <QList>

#include <optional>

class QComboBox;
class QHBoxLayout;
class QLabel;
class QPushButton;
class QSpinBox;

namespace ckptscope::ui {

/// A matrix as coloured cells: blue below zero, the paper at zero, orange above. Dragging over a part of it zooms in.
class HeatmapPlot : public Plot {
    Q_OBJECT
public:
    explicit HeatmapPlot(QWidget* parent = nullptr);
    void setHeatmap(Heatmap map, const QString& title);
    void setMessage(const QString& text);
    void setValue(HeatmapValue value, bool robust);
    [[nodiscard]] const Heatmap& heatmap() const noexcept { return m_map; }
    [[nodiscard]] QString summary() const override;
    [[nodiscard]] QString csv() const override;
    /// The colour of a value between -1 and 1: darkness is even on both sides of the paper's colour.
    [[nodiscard]] static QColor colorOf(double place, const QPalette& colors);

Q_SIGNALS:
    /// A part of the matrix, in its rows and columns; no rows: all of it.
    void zoomWanted(std::uint64_t firstRow, std::uint64_t rows, std::uint64_t firstColumn, std::uint64_t columns);
    void elementChosen(std::uint64_t row, std::uint64_t column);

protected:
    void draw(QPainter& painter, const QRectF& whole, const QPalette& colors) const override;
    [[nodiscard]] int marks() const override { return static_cast<int>(m_map.cells.size()); }
    [[nodiscard]] int markAt(const QPointF& point) const override;
    [[nodiscard]] QString textOf(int mark) const override;
    void activated(int mark) override;
    void addActions(QMenu& menu) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    [[nodiscard]] QRectF boxOf(const QRectF& whole) const;
    [[nodiscard]] QRectF cellRect(const QRectF& box, int mark) const;
    [[nodiscard]] QImage picture(const QPalette& colors) const;
    void drawLegend(QPainter& painter, const QRectF& box, const QPalette& colors) const;
    void zoomTo(int from, int to);
    void zoomAround(int mark, double factor);

    Heatmap m_map;
    QString m_title;
    QString m_message;
    HeatmapValue m_value = HeatmapValue::Mean;
    bool m_robust = true;
    double m_limit = 0;
    std::optional<QPointF> m_press;
    QPointF m_drag;
    mutable QImage m_image; ///< of the cells, in m_imagePalette
    mutable qint64 m_imagePalette = -1;
};

/// The dock around it: which slice, which of a cell's numbers, how far the colours reach.
class HeatmapPanel : public TensorPanel {
    Q_OBJECT
public:
    explicit HeatmapPanel(QWidget* parent = nullptr);
    [[nodiscard]] HeatmapPlot* plot() const noexcept { return m_plot; }

Q_SIGNALS:
    void elementChosen(std::uint32_t tensor, const QString& index); ///< "0, 3, 17"

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
