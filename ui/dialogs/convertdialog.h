// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/convert/convert.h"
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
class QVBoxLayout;

namespace ckptscope::ui {

class ConvertModel;
class FactLine;
class PlaceField;

/// What the dialog starts from.
struct ConvertDialogInput {
    std::shared_ptr<const Checkpoint> checkpoint;
    HandEdits hand;                 ///< edits by hand, applied unless the user says no
    std::vector<std::string> muted; ///< rules that are not asked
    CheckOptions check;             ///< how rules judge the result where it is repaired in the same pass
    std::string output;
    QString shardSize; ///< as the user wrote it last; empty: core's own
    std::string device = "auto";
};

/// "Save as safetensors": where to, how large the shards, what names and dtypes become. Core plans the whole result in
/// a job after every change, and the dialog shows that plan; the write button waits for it. Accepted: plan() is what to
/// apply.
class ConvertDialog : public QDialog {
    Q_OBJECT
public:
    explicit ConvertDialog(ConvertDialogInput input, QWidget* parent = nullptr);
    ~ConvertDialog() override;

    /// The plan that was made last; only after accept().
    [[nodiscard]] const std::shared_ptr<const ConvertPlan>& plan() const { return m_plan; }
    [[nodiscard]] QString command() const; ///< the line that Copy Command copies
    [[nodiscard]] QString shardSize() const;

Q_SIGNALS:
    /// "Copied" and the like; for the job strip.
    void noted(const QString& text);

protected:
    void done(int result) override;

private:
    void buildHead(QVBoxLayout* layout);
    void buildNames(QGridLayout* grid, int row);
    void buildPlan(QVBoxLayout* layout);
    void buildFoot(QVBoxLayout* layout);
    void schedule(); ///< something changed: the last plan no longer counts
    void startPlan();
    void showPlan();
    [[nodiscard]] QString handText() const;
    void showProblem(const Error& error);
    void updateButton();
    void copyCommand();
    [[nodiscard]] ConvertOptions options() const;

    ConvertDialogInput m_input;
    ConvertModel* m_model;
    PlaceField* m_place = nullptr;
    QComboBox* m_shards = nullptr;
    QLabel* m_dequantizeLabel = nullptr;
    QComboBox* m_dequantize = nullptr; ///< hidden where no block is quantised
    QLineEdit* m_strip = nullptr;
    QLineEdit* m_drop = nullptr;
    QCheckBox* m_keep = nullptr;
    QCheckBox* m_fix = nullptr;
    QCheckBox* m_advice = nullptr;
    QCheckBox* m_hand = nullptr; ///< hidden where nothing was asked by hand
    FactLine* m_problem = nullptr;
    QTreeView* m_tree = nullptr;
    QLabel* m_summary = nullptr;
    QPushButton* m_copy = nullptr;
    QPushButton* m_write = nullptr;
    QLabel* m_reason = nullptr;
    std::shared_ptr<const ConvertPlan> m_plan; ///< null while nothing is planned
    bool m_enough = false;                     ///< room for it
    bool m_badSize = false;                    ///< the shard size is none
    std::optional<Error> m_error;
    bool m_firstAnswer = true;
    QTimer m_wait;
    JobRunner m_job; ///< last: it waits for its threads before the rest goes
};

/// Where a conversion goes by default: NAME-safetensors beside the source, as bytes.
[[nodiscard]] std::string defaultConvertOutput(const Checkpoint& checkpoint);

} // namespace ckptscope::ui
