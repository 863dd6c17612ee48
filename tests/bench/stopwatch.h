// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QApplication>
#include <QString>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

class QWidget;

namespace ckptscope::bench {

/// Milliseconds since some fixed moment.
[[nodiscard]] double nowMs();

/// An application that knows when a widget's paint has reached the screen, and which event held the event loop longest.
class StopwatchApplication : public QApplication {
    Q_OBJECT
public:
    using QApplication::QApplication;
    bool notify(QObject* receiver, QEvent* event) override;

    /// Milliseconds from just before `change` until `widget` was painted and flushed, by the first paint at which
    /// `ready` holds (not set: the first one). Negative: that did not come within `patience` ms.
    double untilPainted(QWidget* widget, const std::function<void()>& change, const std::function<bool()>& ready = {}, double patience = 30'000);

    /// The event that took longest since the last call, as "230 ms (cpu 228): Timer to QTimer". A question inside of
    /// which events are handled counts as one.
    [[nodiscard]] std::string longestEvent();

private:
    QWidget* m_widget = nullptr;
    std::function<bool()> m_ready;
    bool m_painted = false;
    double m_paintedAt = -1;
    int m_depth = 0;
    double m_longest = 0;
    std::string m_longestName;
};

/// Handles events until `done` holds; false: it does not after `patience` ms. Sleeps only as the event loop does.
bool runUntil(const std::function<bool()>& done, double patience = 120'000);
/// Handles what waits to be handled, and what comes within some 40 ms.
void settle();

/// Asks the event loop every two milliseconds to answer, from a thread of its own, and keeps the longest answer of each
/// job.
class Watchdog : public QObject {
    Q_OBJECT
public:
    Watchdog();
    ~Watchdog() override;
    /// What is measured from now on belongs to this job.
    void begin(const std::string& job);
    void end();
    struct Row {
        std::string job;
        double worst = 0;  ///< ms
        double wall = 0;   ///< ms of the job
        std::string event; ///< the longest
    };
    [[nodiscard]] const std::vector<Row>& rows() const { return m_rows; }

protected:
    void customEvent(QEvent* event) override;

private:
    std::vector<Row> m_rows;
    bool m_active = false;
    double m_beganAt = 0;
    std::atomic<double> m_postedAt{0};
    std::atomic<bool> m_pending{false};
    std::jthread m_thread; ///< last
};

} // namespace ckptscope::bench
