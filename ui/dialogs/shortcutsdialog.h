// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QDialog>
#include <QStringList>

#include <vector>

class QLineEdit;
class QTabWidget;
class QTableWidget;
class QTreeWidget;

namespace ckptscope::ui {

/// One line of Help > Filter and Keys.
struct ShortcutRow {
    QString group; ///< the menu, or "Elsewhere"
    QString action;
    QString keys;
    QString what; ///< the tooltip, where it says more than the action
};
/// Every action of a window that has a shortcut, menu by menu.
[[nodiscard]] std::vector<ShortcutRow> shortcutsOf(const QWidget& window);

/// Help > Filter and Keys: the filter language and all shortcuts of a window, searchable. Not modal: it can stay open beside.
class ShortcutsDialog : public QDialog {
    Q_OBJECT
public:
    explicit ShortcutsDialog(const QWidget& window, QWidget* parent = nullptr);
    /// What `?` in the filter field opens.
    void showFilterLanguage();

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void fitRows();
    void applyFilter(const QString& text);

    QLineEdit* m_filter;
    QTabWidget* m_tabs;
    QTableWidget* m_language;
    QTreeWidget* m_keys;
};

} // namespace ckptscope::ui
