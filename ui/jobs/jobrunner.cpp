// SPDX-License-Identifier: Apache-2.0
#include "ui/jobs/jobrunner.h"

#include "core/io/machinelimits.h"

namespace ckptscope::ui {

namespace {

JobGate& theGate()
{
    static JobGate gate;
    return gate;
}

struct JobLimits {
    unsigned threads = 0;
    std::uint64_t maxMemory = defaultMaxMemory(machineLimits());
};

JobLimits& jobLimits()
{
    static JobLimits limits;
    return limits;
}

} // namespace

JobRunner::JobRunner(QObject* parent)
    : QObject(parent)
{
    // A superseded task may still hang in a read from a dead network mount; the next one must not wait behind it.
    m_pool.setMaxThreadCount(4);
}

JobRunner::~JobRunner()
{
    abandon();
}

void JobRunner::cancel()
{
    if (m_current == nullptr || m_cancelling) {
        return;
    }
    m_cancelling = true;
    m_stop.request_stop();
    Q_EMIT cancelling();
}

void JobRunner::abandon()
{
    if (m_current == nullptr) {
        return;
    }
    m_stop.request_stop();
    m_current->disconnect(this);
    connect(static_cast<QFutureWatcherBase*>(m_current), &QFutureWatcherBase::finished, m_current, &QObject::deleteLater);
    m_current = nullptr;
    m_cancelling = false;
    m_progress.reset();
}

void JobRunner::setLimits(unsigned threads, std::uint64_t maxMemory)
{
    jobLimits() = {threads, maxMemory};
}

void JobRunner::setGate(JobGate gate)
{
    theGate() = std::move(gate);
}

const JobGate& JobRunner::gate()
{
    return theGate();
}

void JobRunner::begin(const QString& title, QObject* watcher)
{
    m_title = title;
    m_current = watcher;
    m_cancelling = false;
    m_clock.start();
    Q_EMIT started();
}

void JobRunner::end(bool cancelled)
{
    Q_UNUSED(cancelled);
    m_current = nullptr;
    m_cancelling = false;
    m_progress.reset();
}

JobContext JobRunner::context() const
{
    JobContext context;
    context.stop = m_stop.get_token();
    context.report = [progress = m_progress](const Progress& now) { progress->set(now); };
    if (theGate()) {
        context.report = [progress = m_progress, gate = theGate(), name = objectName(), stop = m_stop.get_token(),
                          first = std::make_shared<std::once_flag>()](const Progress& now) {
            progress->set(now);
            std::call_once(*first, [&] { gate(JobPoint::Reported, name, stop); });
        };
    }
    context.threads = jobLimits().threads;
    context.maxMemory = jobLimits().maxMemory;
    return context;
}

} // namespace ckptscope::ui
