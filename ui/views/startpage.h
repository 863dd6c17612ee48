// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>
#include <QWidget>

class QAction;
class QLabel;
class QListView;
class QPushButton;

namespace ckptscope::ui {

class RecentModel;
class Settings;

/// What stands in the window before a checkpoint is open: what to open on the left, what was opened lately on the right.
class StartPage : public QWidget {
    Q_OBJECT
public:
    explicit StartPage(Settings* settings, QWidget* parent = nullptr);

    /// Puts these actions' shortcuts into the buttons' tooltips, so that both always agree. Any may be null.
    void setActions(const QAction* openFolder, const QAction* openFile, const QAction* openDemo);
    [[nodiscard]] RecentModel* recent() const noexcept { return m_model; }

Q_SIGNALS:
    void openFolderRequested();
    void openFileRequested();
    void openDemoRequested();
    void openRequested(const QString& path);
    void openInNewWindowRequested(const QString& path);
    void noted(const QString& text);

protected:
    void changeEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    void restyle();
    void updateEmpty();
    void showMenu(const QPoint& at);

    Settings* m_settings;
    RecentModel* m_model;
    QPushButton* m_folder;
    QPushButton* m_file;
    QPushButton* m_demo;
    QLabel* m_logo;
    QLabel* m_title;
    QLabel* m_tagline;
    QLabel* m_dropIcon;
    QLabel* m_drop;
    QLabel* m_heading;
    QLabel* m_empty;
    QListView* m_list;
};

} // namespace ckptscope::ui
