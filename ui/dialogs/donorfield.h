// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/donor.h"

#include <QTimer>
#include <QWidget>

#include <string>
#include <vector>

class QCheckBox;
class QLineEdit;
class QPushButton;

namespace ckptscope::ui {

class FactLine;
class JobRunner;
class JobStrip;

/// Where a repair's values come from: a path to a donor (empty: none, values are widened), what came of comparing it, and the job
/// that does so, with Cancel. It opens nothing itself: the dialog does when path() changed.
class DonorField : public QWidget {
    Q_OBJECT
public:
    explicit DonorField(QWidget* parent = nullptr);

    [[nodiscard]] QLineEdit* edit() const noexcept { return m_edit; }
    [[nodiscard]] std::string path() const; ///< absolute, as bytes; empty: no donor
    [[nodiscard]] bool partial() const;     ///< what the donor is refused for is widened
    void watch(JobRunner* runner);          ///< shows its jobs
    void take(const QString& path);         ///< as if it had been chosen

    void showNothing();
    void showPending();
    void showError(const Error& error); ///< it does not open; Code::Cancelled: it was not compared
    void showMatches(const std::vector<DonorMatch>& matches);

Q_SIGNALS:
    void pathEdited();  ///< at once, with every key: what was known of the donor no longer counts
    void pathChanged(); ///< open it now; also Enter on the same path, after a cancel
    void partialChanged();

private:
    void chooseFile();
    void chooseFolder();

    QLineEdit* m_edit;
    QPushButton* m_choose;
    QCheckBox* m_partial;
    FactLine* m_fact;
    JobStrip* m_jobs;
    QTimer m_wait;
    bool m_open = false; ///< edited, or cancelled: Enter has something to do
    std::vector<DonorMatch> m_matches;
};

} // namespace ckptscope::ui
