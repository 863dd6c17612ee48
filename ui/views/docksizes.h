// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QHash>
#include <QList>
#include <QObject>
#include <QString>

class QDockWidget;
class QMainWindow;

namespace ckptscope::ui {

/// Shares a window's room between docks and centre: QMainWindow lets docks shrink with it after the centre has nothing left, and has only
/// the centre grow. What a dock is to have is the width of one at a side and the height of one below with its tabs, as the user drew it last, unless the window is too small for that and a centre to work in.
class DockSizes : public QObject {
    Q_OBJECT
public:
    DockSizes(QMainWindow* window, const QList<QDockWidget*>& docks);

    /// In pixels; its dock and those behind the same tabs. `share`: of what it and the centre have together, that it may take at least.
    void want(QDockWidget* dock, int size, double share = 0);
    [[nodiscard]] QString save() const; ///< "detailsDock:320:25,findingsDock:300:49": pixels and percent
    void restore(const QString& saved); ///< what cannot be read is left out
    /// Gives each dock in sight as much of it as there is room for now.
    void share();

protected:
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    [[nodiscard]] Qt::Orientation grows(QDockWidget* dock) const;
    [[nodiscard]] int sizeOf(QDockWidget* dock) const; ///< with its tabs, as resizeDocks() takes it
    /// What it and the centre have together.
    [[nodiscard]] int room(QDockWidget* dock) const;
    [[nodiscard]] QHash<QDockWidget*, int> sizes() const; ///< of those in sight
    /// Those that have another size than before are what the user made them.
    void take(const QHash<QDockWidget*, int>& before);

    QMainWindow* m_window;
    QList<QDockWidget*> m_docks;
    struct Wanted {
        int size = 0;
        double share = 0;
    };
    QHash<QDockWidget*, Wanted> m_wanted;
    QHash<QDockWidget*, int> m_pressed; ///< sizes when the user took hold of an edge
    bool m_drawing = false;
    bool m_sharing = false;
};

} // namespace ckptscope::ui
