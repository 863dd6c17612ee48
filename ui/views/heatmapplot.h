// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/values/heatmap.h"
#include "ui/views/plot.h"

#include <QImage>

#include <optional>
#include <utility>

namespace ckptscope::ui {

/// Rows and columns of a matrix.
struct HeatmapPart {
    std::uint64_t firstRow = 0;
    std::uint64_t rows = 0;
    std::uint64_t firstColumn = 0;
    std::uint64_t columns = 0;
    bool operator==(const HeatmapPart&) const = default;
};

/// A matrix as coloured cells: blue below zero, the paper at zero, orange above. Dragging over a part of it, the wheel and + zoom in; with
/// Ctrl or the middle button a drag moves what is shown, as Shift and the arrow keys do. What was read is drawn in its new place until the new part is read.
class HeatmapPlot : public Plot {
    Q_OBJECT
public:
    explicit HeatmapPlot(QWidget* parent = nullptr);
    void setHeatmap(Heatmap map, const QString& title);
    void setMessage(const QString& text);
    void setValue(HeatmapValue value, bool robust);
    /// The colours end there, whatever is shown: to compare one tensor with the next. nullopt, or 0: where setValue() says.
    void setFixedLimit(std::optional<double> limit);
    [[nodiscard]] double limit() const noexcept { return m_limit; } ///< the magnitude at which the colours end
    [[nodiscard]] const Heatmap& heatmap() const noexcept { return m_map; }
    /// The part that is asked for: what the axes say. heatmap() follows once it is read.
    [[nodiscard]] const HeatmapPart& part() const noexcept { return m_part; }
    [[nodiscard]] QString summary() const override;
    [[nodiscard]] QString csv() const override;
    /// The colour of a value between -1 and 1: darkness is even on both sides of the paper's colour.
    [[nodiscard]] static QColor colorOf(double place, const QPalette& colors);

Q_SIGNALS:
    /// A part of the matrix, in its rows and columns; no rows: all of it.
    void zoomWanted(std::uint64_t firstRow, std::uint64_t rows, std::uint64_t firstColumn, std::uint64_t columns);
    void elementChosen(std::uint64_t row, std::uint64_t column);  ///< to be brought to the front
    void elementPointed(std::uint64_t row, std::uint64_t column); ///< clicked: Values goes there where it is

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
    void wheelEvent(QWheelEvent* event) override;

private:
    static QColor colorOf(double place, const QColor& paper, bool dark);
    [[nodiscard]] QRectF boxOf(const QRectF& whole) const;
    [[nodiscard]] QRectF mapRect(const QRectF& box) const;
    [[nodiscard]] QRectF cellRect(const QRectF& box, int mark) const;
    [[nodiscard]] QImage picture(const QPalette& colors) const;
    void drawLegend(QPainter& painter, const QRectF& box, const QPalette& colors) const;
    void zoomTo(int from, int to);
    void zoomAround(int mark, double factor);
    void zoomAt(const QPointF& at, double factor);
    void panBy(double columns, double rows, bool read);
    void ask(const HeatmapPart& part);
    void keepCursor();
    void updateLimit();

    Heatmap m_map;
    QString m_title;
    QString m_message;
    HeatmapValue m_value = HeatmapValue::Mean;
    bool m_robust = true;
    double m_limit = 0;
    std::optional<double> m_fixed;
    std::optional<QPointF> m_press;
    QPointF m_drag;
    std::optional<QPointF> m_grip; ///< where what is shown was taken hold of, to move it
    HeatmapPart m_gripPart;
    HeatmapPart m_part;
    std::optional<std::pair<std::uint64_t, std::uint64_t>> m_kept; ///< row and column of the cursor, for when the part is read
    mutable QImage m_image;                                        ///< of the cells, in m_imagePalette
    mutable qint64 m_imagePalette = -1;
};

} // namespace ckptscope::ui
