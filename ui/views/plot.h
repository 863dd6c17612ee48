// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/report/plotaxis.h"

#include <QPalette>
#include <QRectF>
#include <QString>
#include <QWidget>

#include <vector>

class QContextMenuEvent;
class QLabel;
class QMenu;

namespace ckptscope::ui {

/// Short text of a number on an axis.
[[nodiscard]] QString tickText(double value);

/// A label beside buttons that says what a plot reads out: in up to two lines, whose room is kept, so that nothing below moves with the mouse.
void makeReadout(QLabel* label);

/// A painted chart: the keyboard and the mouse move a cursor, a line under the plot says what stands there; the context menu copies and saves it.
class Plot : public QWidget {
    Q_OBJECT
public:
    explicit Plot(QWidget* parent = nullptr);
    /// What the plot shows, in a sentence made from its data: for screen readers.
    [[nodiscard]] virtual QString summary() const = 0;
    /// What is drawn, with full precision; RFC 4180.
    [[nodiscard]] virtual QString csv() const = 0;
    /// PNG at twice the size, SVG with text as text, or CSV, by the name's ending. Empty: written; else what went wrong.
    [[nodiscard]] QString save(const QString& file);
    /// A file's name with the ending of the kind that was chosen for it, "SVG (*.svg)": dialogs leave it as it was typed.
    [[nodiscard]] static QString withEnding(const QString& file, const QString& kind);
    [[nodiscard]] QString readout() const { return m_readout; }
    [[nodiscard]] int cursorIndex() const noexcept { return m_cursor; }
    [[nodiscard]] QSize minimumSizeHint() const override; ///< axes and a few lines between them, in any font size

Q_SIGNALS:
    void noted(const QString& text);
    void readoutChanged(const QString& text);

protected:
    virtual void draw(QPainter& painter, const QRectF& whole, const QPalette& colors) const = 0;
    /// Marks that the cursor can stand on, from left to right.
    [[nodiscard]] virtual int marks() const = 0;
    [[nodiscard]] virtual int markAt(const QPointF& point) const = 0; ///< -1: none
    [[nodiscard]] virtual QString textOf(int mark) const = 0;
    virtual void addActions(QMenu&) { }
    virtual void activated(int) { }
    void changed(); ///< data changed: repaints and tells screen readers
    void setCursorIndex(int mark);
    /// Room for the axes; the plot itself lies in what is left.
    [[nodiscard]] QRectF inner(const QRectF& whole, bool namedLeft = false) const;
    void drawAxes(QPainter& painter, const QRectF& box, const PlotAxis& x, const PlotAxis& y, const QString& title, const QString& below,
                  const QPalette& colors, const QString& left = {}) const;

    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    QString m_readout;
    int m_cursor = -1;
};

} // namespace ckptscope::ui
