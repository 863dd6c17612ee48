// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/formats/formatreader.h"
#include "ui/jobs/jobrunner.h"
#include "ui/models/comparisonmodel.h"

#include <QMainWindow>
#include <QTimer>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

class QAction;
class QCheckBox;
class QLabel;
class QMenu;
class QPushButton;
class QTreeView;

namespace ckptscope::ui {

class DifferencePanel;
class ElidedLabel;
class FilterEdit;
class JobStrip;
class MessageBar;

/// Two checkpoints side by side: what differs, by headers at once and by values in a job. A window of its own.
class CompareWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit CompareWindow(OpenOptions options, QWidget* parent = nullptr);
    ~CompareWindow() override;

    /// Opens both in a job. A side that is open already is handed over and not read again; then its paths are only
    /// shown.
    struct Side {
        std::vector<std::string> paths;
        std::shared_ptr<const Checkpoint> checkpoint; ///< null: open it
    };
    void compare(Side a, Side b);
    void compareValues();

    /// Null until both are open.
    [[nodiscard]] const ComparisonPtr& state() const noexcept { return m_state; }
    [[nodiscard]] QTreeView* view() const noexcept { return m_view; }
    [[nodiscard]] DifferencePanel* plots() const noexcept { return m_plots; }
    /// No job runs.
    [[nodiscard]] bool idle() const;

Q_SIGNALS:
    /// The user wants A repaired with B's values.
    void donorWanted(const std::vector<std::string>& ours, const std::string& donor);
    void failed();

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Opened {
        std::shared_ptr<const Checkpoint> a;
        std::shared_ptr<const Checkpoint> b;
        std::shared_ptr<const Comparison> comparison;
    };
    struct Pending; ///< differences that a running job has found
    void buildMenus();
    void buildViewMenu(QMenu* menu);
    void showBoth(Opened opened);
    void takePending();
    void valuesDone(Result<std::vector<ValueDifference>> result);
    void refresh();
    void updateActions();
    void showDetails();
    void copyRows();
    void saveList();
    void swapSides();
    void sortBy(int column);
    [[nodiscard]] QString sentence() const;

    OpenOptions m_options;
    Side m_a;
    Side m_b;
    ComparisonPtr m_state;
    ComparisonModel* m_model;
    QTreeView* m_view;
    ElidedLabel* m_nameA;
    ElidedLabel* m_nameB;
    QLabel* m_sentence;
    QPushButton* m_useDonor = nullptr;
    QPushButton* m_values;
    FilterEdit* m_filter;
    QLabel* m_filterError;
    QCheckBox* m_onlyDifferences;
    QLabel* m_count;
    QLabel* m_details;
    DifferencePanel* m_plots;
    MessageBar* m_messages;
    JobStrip* m_strip;
    QAction* m_swap = nullptr;
    QAction* m_donor = nullptr;
    QAction* m_save = nullptr;
    QAction* m_copy = nullptr;
    QAction* m_showPlots = nullptr;
    int m_sortColumn = -1; ///< -1: path order of the keys
    bool m_descending = false;
    std::shared_ptr<Pending> m_pending;
    QTimer m_tick;
    JobRunner m_openJob;
    JobRunner m_valuesJob;
};

} // namespace ckptscope::ui
