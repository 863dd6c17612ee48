// SPDX-License-Identifier: Apache-2.0
#include "ui/jobs/jobstrip.h"

#include "ui/jobs/jobrunner.h"
#include "ui/text.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QStringList>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(ckptscope::ui::JobStrip)
};

constexpr qint64 ShowAfterMs = 300;
constexpr qint64 TimeLeftAfterMs = 3000;
constexpr int RefreshMs = 100;
constexpr int NoteMs = 6000;

bool countsBytes(Phase phase)
{
    switch (phase) {
    case Phase::Scanning:
    case Phase::Hashing:
    case Phase::Copying:
    case Phase::Casting:
    case Phase::Verifying:
        return true;
    case Phase::Headers:
    case Phase::Checking:
    case Phase::Planning:
    case Phase::Publishing:
        break;
    }
    return false;
}

} // namespace

QString phaseText(Phase phase)
{
    switch (phase) {
    case Phase::Headers:
        return Words::tr("Reading headers");
    case Phase::Checking:
        return Words::tr("Checking");
    case Phase::Scanning:
        return Words::tr("Scanning values");
    case Phase::Hashing:
        return Words::tr("Hashing");
    case Phase::Planning:
        return Words::tr("Planning");
    case Phase::Copying:
        return Words::tr("Copying");
    case Phase::Casting:
        return Words::tr("Writing tensors");
    case Phase::Verifying:
        return Words::tr("Verifying");
    case Phase::Publishing:
        break;
    }
    return Words::tr("Publishing");
}

QString amountText(const Progress& progress)
{
    if (progress.phase == Phase::Headers) {
        if (progress.total <= 1) {
            return {};
        }
        const int plural = static_cast<int>(std::min<std::uint64_t>(progress.total, 1'000'000));
        return Words::tr("%1 of %2 shard(s)", nullptr, plural).arg(grouped(progress.done), grouped(progress.total));
    }
    if (!countsBytes(progress.phase)) {
        return {};
    }
    QString done = bytesText(progress.done);
    if (progress.total == 0) {
        return done;
    }
    const QString total = bytesText(progress.total);
    const qsizetype unit = total.lastIndexOf(u' ');
    if (unit > 0 && done.endsWith(total.mid(unit))) {
        done.truncate(done.size() - (total.size() - unit)); // "12.4 of 65.3 GiB": the unit once
    }
    return Words::tr("%1 of %2", "amount done, whole amount").arg(done, total);
}

void RateMeter::reset()
{
    *this = RateMeter();
}

void RateMeter::add(qint64 ms, const Progress& progress)
{
    if (!m_any || progress.phase != m_phase || progress.done < m_lastDone) {
        m_rate = 0;
        m_any = true;
        m_phase = progress.phase;
        m_lastMs = ms;
        m_lastDone = progress.done;
        m_total = progress.total;
        return;
    }
    m_total = progress.total;
    const qint64 passed = ms - m_lastMs;
    if (passed < 250) {
        return; // shorter steps jump
    }
    const double seconds = static_cast<double>(passed) / 1000.0;
    const double now = static_cast<double>(progress.done - m_lastDone) / seconds;
    const double weight = 1.0 - std::exp(-seconds / 2.0); // half of it is the last second and a half
    m_rate = m_rate > 0 ? m_rate + weight * (now - m_rate) : now;
    m_lastMs = ms;
    m_lastDone = progress.done;
}

QString RateMeter::timeLeft(qint64 ms) const
{
    if (ms < TimeLeftAfterMs || m_total == 0 || m_rate <= 0 || m_lastDone >= m_total) {
        return {};
    }
    const double seconds = static_cast<double>(m_total - m_lastDone) / m_rate;
    if (seconds < 7.5) {
        return Words::tr("a few seconds left");
    }
    if (seconds < 55) {
        return Words::tr("about %1 s left").arg(static_cast<int>(std::lround(seconds / 10.0)) * 10);
    }
    if (seconds < 57.5 * 60) {
        return Words::tr("about %1 min left").arg(std::lround(seconds / 60.0));
    }
    if (seconds < 48.0 * 3600) {
        return Words::tr("about %1 h left").arg(std::lround(seconds / 3600.0));
    }
    return Words::tr("days left");
}

/// One job's line.
class JobLine : public QWidget {
public:
    JobLine(JobRunner* runner, QWidget* parent)
        : QWidget(parent)
        , m_runner(runner)
        , m_label(new QLabel(this))
        , m_bar(new QProgressBar(this))
        , m_cancel(new QPushButton(Words::tr("Cancel"), this))
    {
        auto* row = new QHBoxLayout(this);
        row->setContentsMargins(4, 0, 0, 0);
        row->setSpacing(8);
        m_label->setTextFormat(Qt::PlainText);
        m_bar->setTextVisible(false);
        m_bar->setFixedWidth(160);
        m_bar->setFixedHeight(fontMetrics().height());
        m_bar->setAccessibleName(Words::tr("Progress"));
        m_cancel->setToolTip(Words::tr("Stop this job; what it had not finished is discarded"));
        m_cancel->setMinimumHeight(24);
        row->addWidget(m_label);
        row->addWidget(m_bar);
        row->addWidget(m_cancel);
        row->addStretch(1);
        m_bar->hide();
        m_cancel->hide();
        hide();
        if (runner != nullptr) {
            setObjectName(u"jobLine"_s);
            m_cancel->setObjectName(u"cancelJob"_s);
            QObject::connect(m_cancel, &QPushButton::clicked, runner, &JobRunner::cancel);
        }
    }

    [[nodiscard]] JobRunner* runner() const { return m_runner; }
    void begin()
    {
        m_rate.reset();
        m_widest = 0;
        m_label->setMinimumWidth(0);
    }

    void showText(const QString& text)
    {
        m_label->setText(text);
        m_bar->hide();
        m_cancel->hide();
        m_label->setMinimumWidth(0);
        setVisible(!text.isEmpty());
    }

    /// Percent done, -1: not known.
    int refresh()
    {
        if (m_runner == nullptr || !m_runner->isRunning()) {
            hide();
            return -1;
        }
        Progress now;
        const bool reported = m_runner->progress(now);
        const qint64 ms = m_runner->elapsedMs();
        if (reported) {
            m_rate.add(ms, now);
        }
        const int percent = reported && now.total > 0
            ? static_cast<int>(std::min(100.0, 100.0 * static_cast<double>(now.done) / static_cast<double>(now.total)))
            : -1;
        if (ms >= ShowAfterMs || m_runner->isCancelling()) {
            setText(lineText(reported, now, ms));
            m_bar->setRange(0, percent < 0 ? 0 : 100);
            m_bar->setValue(std::max(percent, 0));
            m_bar->setAccessibleDescription(m_label->text());
            m_cancel->setEnabled(!m_runner->isCancelling());
            m_cancel->setAccessibleName(Words::tr("Cancel: %1", "a running job").arg(reported ? phaseText(now.phase) : m_runner->title()));
            m_bar->show();
            m_cancel->show();
            show();
        }
        return percent;
    }

private:
    [[nodiscard]] QString lineText(bool reported, const Progress& now, qint64 ms) const
    {
        if (m_runner->isCancelling()) {
            return Words::tr("Cancelling\u2026");
        }
        const QString verb = reported || m_runner->title().isEmpty() ? phaseText(now.phase) : m_runner->title();
        if (!reported) {
            return verb;
        }
        QStringList parts;
        if (const QString amount = amountText(now); !amount.isEmpty()) {
            parts.append(amount);
        }
        if (countsBytes(now.phase) && m_rate.perSecond() >= 1) {
            parts.append(Words::tr("%1/s", "size a second").arg(bytesText(static_cast<std::uint64_t>(m_rate.perSecond()))));
        }
        if (const QString left = m_rate.timeLeft(ms); !left.isEmpty()) {
            parts.append(left);
        }
        return parts.isEmpty() ? verb : Words::tr("%1: %2", "job, amount and rate").arg(verb, parts.join(u", "_s));
    }

    void setText(const QString& text)
    {
        m_label->setText(text);
        // The bar stands still while the numbers change: the label only ever grows during a job.
        m_widest = std::max(m_widest, std::min(m_label->sizeHint().width(), 480));
        m_label->setMinimumWidth(m_widest);
    }

    QPointer<JobRunner> m_runner;
    QLabel* m_label;
    QProgressBar* m_bar;
    QPushButton* m_cancel;
    RateMeter m_rate;
    int m_widest = 0;
};

JobStrip::JobStrip(QWidget* parent)
    : QWidget(parent)
    , m_layout(new QVBoxLayout(this))
    , m_note(new JobLine(nullptr, this))
{
    setObjectName(u"jobStrip"_s);
    setAccessibleName(tr("Jobs"));
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(4);
    m_layout->addWidget(m_note);
    m_timer.setInterval(RefreshMs);
    connect(&m_timer, &QTimer::timeout, this, &JobStrip::refresh);
    m_noteTimer.setSingleShot(true);
    connect(&m_noteTimer, &QTimer::timeout, this, [this] { m_note->showText({}); });
}

JobStrip::~JobStrip() = default;

void JobStrip::watch(JobRunner* runner)
{
    auto* line = new JobLine(runner, this);
    m_layout->addWidget(line);
    m_lines.push_back(line);
    connect(runner, &JobRunner::started, this, [this, line] {
        line->begin();
        // the newest stands last
        std::erase(m_lines, line);
        m_lines.push_back(line);
        m_layout->removeWidget(line);
        m_layout->addWidget(line);
        m_timer.start();
        refresh();
    });
    connect(runner, &JobRunner::cancelling, this, &JobStrip::refresh);
    connect(runner, &JobRunner::finished, this, [this, runner](bool cancelled) { jobEnded(runner, cancelled); });
    connect(runner, &QObject::destroyed, this, [this, line] {
        std::erase(m_lines, line);
        line->deleteLater();
        refresh();
    });
    if (runner->isRunning()) {
        line->begin();
        m_timer.start();
        refresh();
    }
}

void JobStrip::showNote(const QString& text)
{
    m_note->showText(text);
    m_noteTimer.start(NoteMs);
}

bool JobStrip::anyRunning() const
{
    return std::any_of(m_lines.begin(), m_lines.end(), [](const JobLine* line) { return line->runner() != nullptr && line->runner()->isRunning(); });
}

void JobStrip::cancelNewest()
{
    const auto newest = std::find_if(m_lines.rbegin(), m_lines.rend(), [](const JobLine* line) {
        return line->runner() != nullptr && line->runner()->isRunning() && !line->runner()->isCancelling();
    });
    if (newest != m_lines.rend()) {
        (*newest)->runner()->cancel();
    }
}

void JobStrip::refresh()
{
    int percent = -1;
    for (JobLine* line : m_lines) {
        if (const int of = line->refresh(); of >= 0) {
            percent = of;
        }
    }
    const bool running = anyRunning();
    if (!running) {
        m_timer.stop();
    }
    if (percent != m_percent) {
        m_percent = percent;
        Q_EMIT percentChanged(percent);
    }
    if (running != m_running) {
        m_running = running;
        Q_EMIT runningChanged(running);
    }
}

void JobStrip::jobEnded(JobRunner* runner, bool cancelled)
{
    if (cancelled) {
        showNote(runner->cancelledText().isEmpty() ? tr("Cancelled.") : runner->cancelledText());
    }
    refresh();
}

} // namespace ckptscope::ui
