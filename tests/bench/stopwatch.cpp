// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/stopwatch.h"

#include <QEvent>
#include <QEventLoop>
#include <QMetaEnum>
#include <QThread>
#include <QTimer>
#include <QWidget>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <utility>

namespace ckptscope::bench {

namespace {

constexpr int Ask = QEvent::User + 417;

double cpuMs()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

StopwatchApplication& application()
{
    return *static_cast<StopwatchApplication*>(QCoreApplication::instance());
}

} // namespace

double nowMs()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

bool StopwatchApplication::notify(QObject* receiver, QEvent* event)
{
    if (QThread::currentThread() != thread()) {
        return QApplication::notify(receiver, event);
    }
    const bool outer = m_depth == 0;
    const bool painting = receiver == m_widget && event->type() == QEvent::Paint && (!m_ready || m_ready());
    const QEvent::Type type = event->type();
    const char* kind = outer ? receiver->metaObject()->className() : nullptr;
    const QString name = outer ? receiver->objectName() : QString();
    const double began = outer ? nowMs() : 0;
    const double cpuBegan = outer ? cpuMs() : 0;
    ++m_depth;
    const bool result = QApplication::notify(receiver, event);
    --m_depth;
    m_painted = m_painted || painting;
    if (!outer) {
        return result;
    }
    const double ended = nowMs();
    if (m_painted && m_paintedAt < 0) {
        m_paintedAt = ended; // the outermost event holds the flush as well
    }
    if (ended - began > m_longest) {
        m_longest = ended - began;
        const char* what = QMetaEnum::fromType<QEvent::Type>().valueToKey(type);
        char text[240];
        std::snprintf(text, sizeof text, "%.0f ms (cpu %.0f): %s to %s %s", m_longest, cpuMs() - cpuBegan, what != nullptr ? what : "event", kind,
                      qPrintable(name));
        m_longestName = text;
    }
    return result;
}

double StopwatchApplication::untilPainted(QWidget* widget, const std::function<void()>& change, const std::function<bool()>& ready, double patience)
{
    settle();
    m_widget = widget;
    m_ready = ready;
    m_painted = false;
    m_paintedAt = -1;
    const double began = nowMs();
    change();
    while (m_paintedAt < 0 && nowMs() - began < patience) {
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents);
    }
    m_widget = nullptr;
    m_ready = {};
    return m_paintedAt < 0 ? -1 : m_paintedAt - began;
}

std::string StopwatchApplication::longestEvent()
{
    m_longest = 0;
    return std::exchange(m_longestName, {});
}

bool runUntil(const std::function<bool()>& done, double patience)
{
    const double began = nowMs();
    QEventLoop loop;
    QTimer poll;
    bool good = false;
    QObject::connect(&poll, &QTimer::timeout, &loop, [&] {
        good = done();
        if (good || nowMs() - began > patience) {
            loop.quit();
        }
    });
    poll.start(5);
    loop.exec();
    return good;
}

void settle()
{
    const double began = nowMs();
    runUntil([began] { return nowMs() - began > 40; });
}

Watchdog::Watchdog()
    : m_thread([this](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            if (!m_pending.exchange(true)) {
                m_postedAt = nowMs();
                QCoreApplication::postEvent(this, new QEvent(static_cast<QEvent::Type>(Ask)), Qt::HighEventPriority);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    })
{
}

Watchdog::~Watchdog() = default;

void Watchdog::customEvent(QEvent* event)
{
    if (event->type() == static_cast<QEvent::Type>(Ask)) {
        if (m_active) {
            m_rows.back().worst = std::max(m_rows.back().worst, nowMs() - m_postedAt);
        }
        m_pending = false;
    }
}

void Watchdog::begin(const std::string& job)
{
    settle();
    static_cast<void>(application().longestEvent());
    m_rows.push_back({job, 0, 0, {}});
    m_beganAt = nowMs();
    m_active = true;
}

void Watchdog::end()
{
    settle(); // what the job's end starts is part of it
    m_active = false;
    m_rows.back().wall = nowMs() - m_beganAt - 40;
    m_rows.back().event = application().longestEvent();
}

} // namespace ckptscope::bench
