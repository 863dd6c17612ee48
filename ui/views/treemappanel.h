// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/treemap.h"
#include "ui/views/plot.h"
#include "ui/views/tensorpanel.h"

#include <memory>
#include <vector>

class QComboBox;
class QLabel;
class QPushButton;

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
    const std::vector<TreemapRect>& rects(const QSizeF& size) const;
    [[nodiscard]] Facts factsOf(const TreemapRect& rect) const;
    [[nodiscard]] QString nameOf(const TreemapRect& rect) const;
    [[nodiscard]] QColor colorOf(const Facts& facts, const QPalette& colors) const;
    void relayout();

    DocumentPtr m_document;
    std::shared_ptr<const Treemap> m_map;
    TreemapNode m_root;
    TreemapWeight m_weight = TreemapWeight::Bytes;
    Color m_color = Color::DType;
    std::uint64_t m_lastLayer = 0;
    QString m_message;
    Rows m_selected;
    mutable std::vector<TreemapRect> m_rects; ///< laid out for m_size
    mutable std::vector<Facts> m_facts;       ///< one a rectangle
    mutable QSizeF m_size;
};

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
