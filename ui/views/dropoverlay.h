// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QPoint>
#include <QWidget>

class QMimeData;
class QPainter;

namespace ckptscope::ui {

/// What a drop would do, said before it happens.
struct DropPlan {
    QStringList paths;     ///< empty: refused
    QString sentence;      ///< "Open NAME", "Compare A with B", "Not a local file"
    bool compares = false; ///< the two paths are two checkpoints
};
/// One local path opens; several files of one folder open together; two that are no shards of one set are compared. Touches no file: a dead network mount must not
/// block.
[[nodiscard]] DropPlan planDrop(const QMimeData* data);

/// Covers the window during a drag and names what a drop will do. Where a checkpoint is open, a second one can be dropped on two places: one opens
/// it, the other compares.
class DropOverlay : public QWidget {
    Q_OBJECT
public:
    explicit DropOverlay(QWidget* parent);
    /// `compare`: what a drop on the second half does; empty: there is one place.
    void showPlan(const DropPlan& plan, const QString& compare = {});
    [[nodiscard]] QString sentence() const { return m_sentence; }
    void point(const QPoint& at); ///< where the drag is
    /// A drop there compares.
    [[nodiscard]] bool comparesAt(const QPoint& at) const;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void paintPlace(QPainter& painter, const QRect& place, const QString& icon, const QString& sentence, bool pointed) const;
    QString m_sentence;
    QString m_compare;
    QPoint m_at;
    bool m_accepted = false;
};

} // namespace ckptscope::ui
