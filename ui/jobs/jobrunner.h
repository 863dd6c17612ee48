// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/job.h"
#include "core/result.h"

#include <QElapsedTimer>
#include <QFutureWatcher>
#include <QObject>
#include <QPointer>
#include <QPromise>
#include <QString>
#include <QThreadPool>
#include <QtConcurrentRun>

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

namespace ckptscope::ui {

/// What a job reported last; written by its threads, read by the ui's timers. Never blocks a worker for longer than a copy.
class JobProgress {
public:
    void set(const Progress& progress)
    {
        const std::scoped_lock lock(m_mutex);
        m_progress = progress;
        m_reported = true;
    }
    /// False: nothing was reported yet.
    [[nodiscard]] bool get(Progress& progress) const
    {
        const std::scoped_lock lock(m_mutex);
        progress = m_progress;
        return m_reported;
    }

private:
    mutable std::mutex m_mutex;
    Progress m_progress;
    bool m_reported = false;
};

/// Where a test can hold a job: on its thread, before it works, at its first report, and with its result in hand.
enum class JobPoint { Begun, Reported, Worked };
/// Called there, on the job's thread; `runner` is the object name of the job's runner, `stop` the job's own.
using JobGate = std::function<void(JobPoint point, const QString& runner, const std::stop_token& stop)>;

/// Runs one long task at a time off the ui thread; starting another supersedes it: the older one is told to stop and its `done`
/// is never called. The only place that turns core's jobs into Qt signals. Lives on the ui thread; its destructor tells the
/// task to stop and waits for it.
class JobRunner : public QObject {
    Q_OBJECT
public:
    explicit JobRunner(QObject* parent = nullptr);
    ~JobRunner() override;

    /// `work(const JobContext&)` -> Result<T> on a pool thread; `done(Result<T>)` on this one. `title` stands in the job strip
    /// until the first report names a phase; empty: the phase alone. What `work` captures must be its own (shared_ptr<const>).
    template<class Work, class Done>
    void start(const QString& title, Work work, Done done);

    /// Tells the task to stop; `done` then gets Code::Cancelled, or the result if it was just ready. Does nothing when idle.
    void cancel();
    /// Tells the task to stop and forgets it: `done` is not called.
    void abandon();

    [[nodiscard]] bool isRunning() const noexcept { return m_current != nullptr; }
    [[nodiscard]] bool isCancelling() const noexcept { return m_cancelling; }
    [[nodiscard]] QString title() const { return m_title; }
    [[nodiscard]] qint64 elapsedMs() const { return m_current != nullptr ? m_clock.elapsed() : 0; }
    /// False: idle, or nothing was reported yet.
    [[nodiscard]] bool progress(Progress& progress) const { return m_progress != nullptr && m_progress->get(progress); }

    /// What the strip says once a cancelled job has stopped: "Cancelled. Nothing was written." Empty: "Cancelled."
    void setCancelledText(const QString& text) { m_cancelledText = text; }
    [[nodiscard]] QString cancelledText() const { return m_cancelledText; }

    /// The caps that every job of this process gets; ui thread only, before jobs start.
    static void setLimits(unsigned threads, std::uint64_t maxMemory);
    /// For tests: what every job that starts from now on passes; empty, as in every program: nothing. ui thread only.
    static void setGate(JobGate gate);

Q_SIGNALS:
    void started();
    /// The task is over, after its `done` ran; not sent for one that was superseded or abandoned.
    void finished(bool cancelled);
    void cancelling();

private:
    void begin(const QString& title, QObject* watcher);
    void end(bool cancelled);
    [[nodiscard]] JobContext context() const;
    [[nodiscard]] static const JobGate& gate();

    QString m_title;
    QString m_cancelledText;
    QElapsedTimer m_clock;
    std::shared_ptr<JobProgress> m_progress;
    std::stop_source m_stop;
    QObject* m_current = nullptr; ///< the watcher of the task that counts; owned by this
    bool m_cancelling = false;
    QThreadPool m_pool; ///< last: it waits for its threads before the rest goes
};

template<class Work, class Done>
void JobRunner::start(const QString& title, Work work, Done done)
{
    using R = std::invoke_result_t<Work&, const JobContext&>;
    abandon();
    m_stop = std::stop_source();
    m_progress = std::make_shared<JobProgress>();
    auto* watcher = new QFutureWatcher<R>(this);
    begin(title, watcher);
    connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, done = std::move(done)]() mutable {
        R result = watcher->future().takeResult();
        bool cancelled = false;
        if (!result) {
            cancelled = result.error().code == Code::Cancelled;
        }
        watcher->deleteLater();
        end(cancelled);
        const QPointer<JobRunner> self(this); // `done` may close the window that owns this
        done(std::move(result));
        if (self) {
            Q_EMIT self->finished(cancelled);
        }
    });
    auto task = [work = std::move(work), context = context(), gate = gate(), name = objectName()](QPromise<R>& promise) mutable {
        try {
            if (gate) {
                gate(JobPoint::Begun, name, context.stop);
            }
            R result = work(context);
            if (gate) {
                gate(JobPoint::Worked, name, context.stop);
            }
            promise.addResult(std::move(result));
        } catch (const std::exception& e) { // bad_alloc and bugs: the one catch-all
            promise.addResult(R(fail(Code::Internal, {e.what()})));
        }
    };
    watcher->setFuture(QtConcurrent::run(&m_pool, std::move(task)));
}

} // namespace ckptscope::ui
