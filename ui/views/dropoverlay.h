// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

class QMimeData;

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

/// Covers the window during a drag and names what a drop will do.
class DropOverlay : public QWidget {
    Q_OBJECT
public:
    explicit DropOverlay(QWidget* parent);
    void showPlan(const DropPlan& plan);
    [[nodiscard]] QString sentence() const { return m_sentence; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_sentence;
    bool m_accepted = false;
};

} // namespace ckptscope::ui
