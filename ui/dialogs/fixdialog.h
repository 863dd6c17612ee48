// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/mute.h"
#include "core/fix/repair.h"
#include "ui/jobs/jobrunner.h"

#include <QDialog>
#include <QTimer>

#include <memory>
#include <optional>

class QCheckBox;
class QComboBox;
class QGridLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QTreeView;
class QUndoStack;
class QVBoxLayout;

namespace ckptscope::ui {

class DeviceBox;
class DonorField;
class EditTreeModel;
class FactLine;
class PlaceField;

/// What the dialog starts from.
struct FixDialogInput {
    std::shared_ptr<const Checkpoint> checkpoint;
    std::shared_ptr<const CheckReport> report;
    FixOptions options;            ///< output, device, verify, link; the rest is the dialog's
    CheckOptions check;            ///< how the report was made: what a change of profile starts from
    MutedRules muted;              ///< what the report lacks, and another one will lack too
    std::string suffix = "-fixed"; ///< of a copy's name where another format takes another name
};

/// "Write a repaired copy": which edits, where to, with what. Core lays the output out and checks the place in a job after every
/// change; the write button waits for it. Accepted: plan() is what to apply.
class FixDialog : public QDialog {
    Q_OBJECT
public:
    explicit FixDialog(FixDialogInput input, QWidget* parent = nullptr);
    ~FixDialog() override;

    /// The plan that was checked last; only after accept().
    [[nodiscard]] const FixPlan& plan() const { return m_checked->plan; }
    /// The report that the plan stands on: another one than the input's where the profile was changed.
    [[nodiscard]] std::shared_ptr<const CheckReport> report() const { return m_input.report; }
    [[nodiscard]] QString command() const; ///< the line that Copy Command copies

Q_SIGNALS:
    /// "Copied" and the like; for the job strip.
    void noted(const QString& text);

protected:
    void done(int result) override;

private:
    void buildHead(QVBoxLayout* layout);
    void buildTarget(QGridLayout* grid, int row);
    void changeTarget();
    [[nodiscard]] bool wantsDonor() const; ///< tensors are to come from one, and none is named
    [[nodiscard]] bool setsMetadata() const { return !m_input.options.hand.metadata.empty(); }
    [[nodiscard]] QString metadataText() const; ///< what becomes of `__metadata__`; empty: nothing
    void buildEdits(QVBoxLayout* layout);
    void buildFoot(QVBoxLayout* layout);
    void listDevices();
    /// Asks core for the edits on offer, after judging anew where `recheck` says how; opens the donor and compares it.
    void loadEdits(std::optional<CheckOptions> recheck);
    void showProposal(FixProposal proposal);
    void dropDonor(); ///< its path is being edited
    void changeProfile();
    void scheduleCheck(); ///< something changed: the last answer no longer counts
    void startCheck();
    void showProblem(const Error& error);
    void updateSummary();
    void updateButton();
    void confirm();
    void savePlan();
    void copyCommand();
    [[nodiscard]] FixOptions currentOptions() const;

    FixDialogInput m_input;
    QUndoStack* m_undo;
    EditTreeModel* m_model;
    QComboBox* m_profile = nullptr;
    QComboBox* m_target = nullptr; ///< of torch sources: what they become
    DeviceBox* m_device = nullptr;
    PlaceField* m_place = nullptr;
    DonorField* m_donor = nullptr;
    QLineEdit* m_filter = nullptr;
    QLabel* m_count = nullptr;
    QTreeView* m_tree = nullptr;
    FactLine* m_problem = nullptr;
    QLabel* m_summary = nullptr;
    QCheckBox* m_inPlace = nullptr;
    QPushButton* m_savePlan = nullptr;
    QPushButton* m_copy = nullptr;
    QPushButton* m_write = nullptr;
    QLabel* m_reason = nullptr;
    std::optional<FixCheck> m_checked; ///< absent while nothing valid was checked
    std::optional<Error> m_error;
    std::optional<Error> m_donorError;               ///< why the donor that is asked for is not there; Code::Cancelled too
    std::shared_ptr<const CheckReport> m_offeredFor; ///< the report that the edits in sight are of
    bool m_loading = true;                           ///< the edits are not known yet
    bool m_firstAnswer = true;
    QTimer m_wait;
    JobRunner m_editsJob;
    JobRunner m_checkJob;
};

} // namespace ckptscope::ui
