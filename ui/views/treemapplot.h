// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/treemap.h"
#include "ui/models/document.h"
#include "ui/views/plot.h"

#include <QStringList>

#include <memory>
#include <vector>

namespace ckptscope::ui {

/// Where the bytes of a checkpoint are: nested rectangles. Enter or a double click zooms into a group, Backspace out;
/// violations are pins.
class TreemapPlot : public Plot {
    Q_OBJECT
public:
    enum class Color { DType, Verdict, Shard, Layer };

    explicit TreemapPlot(QWidget* parent = nullptr);
    void setTreemap(DocumentPtr document, std::shared_ptr<const Treemap> map);
    void setMessage(const QString& text);
    void setWeight(TreemapWeight weight);
    void setColor(Color color);
    void setShownTensors(const Rows& tensors);
    [[nodiscard]] const TreemapNode& root() const noexcept { return m_root; }
    /// What is shown and the groups around it, the whole checkpoint first.
    [[nodiscard]] std::vector<TreemapNode> path() const;
    /// What the last of a path's names has more than the one before it.
    [[nodiscard]] QString crumbOf(const std::vector<TreemapNode>& path, std::size_t at) const;
    void zoomTo(const TreemapNode& node);
    void zoomOut();
    [[nodiscard]] QString summary() const override;
    [[nodiscard]] QString csv() const override;
    /// What the colours mean: the entries of the line below the map, the most bytes first. A scale from the first layer to the last has two.
    [[nodiscard]] QStringList legend() const;

Q_SIGNALS:
    void tensorClicked(std::uint32_t tensor);
    void zoomed(const QString& name); ///< the names' beginning that is shown; empty: everything

protected:
    void draw(QPainter& painter, const QRectF& whole, const QPalette& colors) const override;
    [[nodiscard]] int marks() const override;
    [[nodiscard]] int markAt(const QPointF& point) const override;
    [[nodiscard]] QString textOf(int mark) const override;
    void activated(int mark) override;
    void addActions(QMenu& menu) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Facts { ///< of what a rectangle stands for
        std::uint64_t tensors = 0;
        std::uint64_t bytes = 0;
        std::uint64_t elements = 0;
        std::uint64_t violations = 0;
        std::uint32_t largest = UINT32_MAX; ///< the tensor of most bytes
    };
    struct LegendEntry {
        std::uint32_t tensor = UINT32_MAX; ///< one of this colour
        QString text;
        std::uint64_t bytes = 0;
    };
    const std::vector<TreemapRect>& rects(const QSizeF& size) const;
    /// Of the whole widget, as it is on the screen.
    const std::vector<TreemapRect>& shownRects() const { return rects(mapSize(QSizeF(size()))); }
    [[nodiscard]] QSizeF mapSize(const QSizeF& whole) const; ///< the legend lies below
    [[nodiscard]] QString legendText(std::uint32_t tensor) const;
    void collectLegend();
    void drawLegend(QPainter& painter, const QRectF& line, const QPalette& colors) const;
    void drawName(QPainter& painter, const QRectF& rect, const QString& name) const;
    [[nodiscard]] Facts factsOf(const TreemapRect& rect) const;
    [[nodiscard]] QString nameOf(const TreemapRect& rect) const;
    [[nodiscard]] QColor colorOf(const Facts& facts, const QPalette& colors) const;
    void relayout();

    DocumentPtr m_document;
    std::shared_ptr<const Treemap> m_map;
    TreemapNode m_root;
    TreemapWeight m_weight = TreemapWeight::Bytes;
    Color m_color = Color::DType;
    std::uint64_t m_firstLayer = UINT64_MAX;
    std::uint64_t m_lastLayer = 0;
    std::vector<LegendEntry> m_legend;
    bool m_pins = false; ///< there are violations
    QString m_message;
    Rows m_selected;
    mutable std::vector<TreemapRect> m_rects; ///< laid out for m_size
    mutable std::vector<Facts> m_facts;       ///< one a rectangle
    mutable QSizeF m_size;
};

} // namespace ckptscope::ui
