// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/repair.h"
#include "ui/jobs/jobrunner.h"

#include <QObject>
#include <QString>

#include <functional>

class QWidget;

namespace ckptscope::ui {

/// The tooltip of the button that repairs at once: what it writes and where, and, once the pointer or the focus comes to it, how much room
/// that needs. Measured no sooner: it lays out the whole output and asks the file system whether it shares blocks.
class FixRoom : public QObject {
    Q_OBJECT
public:
    using Work = std::function<Result<FixCheck>(const JobContext& job)>;
    /// `ask` gives what measures the room for what the button would do now; run in a job.
    FixRoom(QWidget* button, std::function<Work()> ask, QObject* parent);

    /// What the tooltip begins with; what was measured is forgotten.
    void setTip(const QString& tip, bool measurable);
    [[nodiscard]] JobRunner* job() noexcept { return &m_job; }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void measure();
    void show(const QString& tip);
    QWidget* m_button;
    std::function<Work()> m_ask;
    QString m_tip;
    bool m_measurable = false;
    JobRunner m_job;
};

} // namespace ckptscope::ui
