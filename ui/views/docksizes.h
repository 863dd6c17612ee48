// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QHash>
#include <QList>
#include <QObject>
#include <QString>

class QDockWidget;
class QMainWindow;

namespace ckptscope::ui {

/// Gives docks back what a small window took from them: QMainWindow lets them shrink with it, but has only the centre grow. What a
/// dock is to have is the width of one at a side and the height of one below with its tabs, as the user drew it last.
class DockSizes : public QObject {
    Q_OBJECT
public:
    DockSizes(QMainWindow* window, const QList<QDockWidget*>& docks);

    /// In pixels; its dock and those behind the same tabs.
    void want(QDockWidget* dock, int size);
    [[nodiscard]] QString save() const; ///< "detailsDock:320,findingsDock:300"
    void restore(const QString& saved); ///< what cannot be read is left out
    /// As much of it as there is room for now.
    void giveBack();

protected:
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    [[nodiscard]] bool inFront(const QDockWidget* dock) const;
    [[nodiscard]] Qt::Orientation grows(QDockWidget* dock) const;
    [[nodiscard]] int sizeOf(QDockWidget* dock) const;    ///< with its tabs, as resizeDocks() takes it
    [[nodiscard]] QHash<QDockWidget*, int> sizes() const; ///< of those in sight
    /// Those that have another size than before are what the user made them.
    void take(const QHash<QDockWidget*, int>& before);

    QMainWindow* m_window;
    QList<QDockWidget*> m_docks;
    QHash<QDockWidget*, int> m_wanted;
    QHash<QDockWidget*, int> m_pressed; ///< sizes when the user took hold of an edge
    bool m_drawing = false;
    bool m_giving = false;
};

} // namespace ckptscope::ui
