// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/job.h"

#include <QElapsedTimer>
#include <QPointer>
#include <QString>
#include <QTimer>
#include <QWidget>

#include <vector>

class QVBoxLayout;

namespace ckptscope::ui {

class JobLine;
class JobRunner;

/// "Reading headers", "Casting" ...: what a phase is called.
[[nodiscard]] QString phaseText(Phase phase);
/// "12.4 of 65.3 GiB", "9 of 14 shards"; empty where the phase has no amount worth saying.
[[nodiscard]] QString amountText(const Progress& progress);

/// How fast a job goes and how long it will take, from what it reported over the last seconds.
class RateMeter {
public:
    void reset();
    /// `ms` since the job started.
    void add(qint64 ms, const Progress& progress);
    [[nodiscard]] double perSecond() const noexcept { return m_rate; } ///< 0: not known yet
    /// "about 2 min": rounded, only after 3 s and where something is known; else empty.
    [[nodiscard]] QString timeLeft(qint64 ms) const;

private:
    Phase m_phase = Phase::Headers;
    qint64 m_lastMs = 0;
    std::uint64_t m_lastDone = 0;
    std::uint64_t m_total = 0;
    double m_rate = 0;
    bool m_any = false;
};

/// The running jobs, one line each: verb, amount, rate, time left, bar, Cancel. A job is shown once it has run for 300 ms.
/// For the status bar; takes no room while nothing runs.
class JobStrip : public QWidget {
    Q_OBJECT
public:
    explicit JobStrip(QWidget* parent = nullptr);
    ~JobStrip() override;

    /// Shows this runner's jobs from now on; call once a runner.
    void watch(JobRunner* runner);
    /// A sentence that fades after some seconds: "Copied 12 keys."
    void showNote(const QString& text);

    [[nodiscard]] bool anyRunning() const;
    /// 0 to 100 over the newest job that knows its total, -1: none. For the window title.
    [[nodiscard]] int percent() const noexcept { return m_percent; }

public Q_SLOTS:
    void cancelNewest();

Q_SIGNALS:
    void percentChanged(int percent);
    void runningChanged(bool any);

private:
    void refresh();
    void jobEnded(JobRunner* runner, bool cancelled);
    JobLine* lineOf(const JobRunner* runner) const;

    std::vector<JobLine*> m_lines; ///< one a watched runner, in the order of their starts
    QVBoxLayout* m_layout;
    JobLine* m_note;
    QTimer m_timer;
    QTimer m_noteTimer;
    int m_percent = -1;
    bool m_running = false;
};

} // namespace ckptscope::ui
