// SPDX-License-Identifier: Apache-2.0
#include "ui/jobs/jobrunner.h"
#include "ui/jobs/jobstrip.h"
#include "ui/translation.h"

#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

#include <atomic>
#include <semaphore>
#include <stdexcept>
#include <thread>

using namespace ckptscope;
using namespace ckptscope::ui;

namespace {

/// Works until it is told to stop, as core's tasks do.
Result<int> untilStopped(const JobContext& job)
{
    std::uint64_t done = 0;
    while (!job.stop.stop_requested()) {
        job.progress(Phase::Scanning, ++done << 20U, 1ULL << 40U);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return fail(Code::Cancelled);
}

} // namespace

class TestJobs : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { ckptscope::ui::installTranslations(*QCoreApplication::instance(), QLocale::c()); }
    void handsTheResultOver();
    void exceptionsBecomeErrors();
    void supersedes();
    void cancels();
    void destructorStops();
    void doneMayDeleteTheRunner();
    void amounts_data();
    void amounts();
    void timeLeft_data();
    void timeLeft();
    void stripShowsAfterAWhileAndCancels();
    void stripForgetsARunnerThatIsGone();
};

void TestJobs::handsTheResultOver()
{
    JobRunner runner;
    QSignalSpy finished(&runner, &JobRunner::finished);
    int got = 0;
    Qt::HANDLE worker = nullptr;
    runner.start(
        QString(),
        [&worker](const JobContext&) -> Result<std::unique_ptr<int>> {
            worker = QThread::currentThreadId();
            return std::make_unique<int>(7); // what can only be moved arrives too
        },
        [&got](Result<std::unique_ptr<int>> result) { got = result ? **result : -1; });
    QVERIFY(runner.isRunning());
    QVERIFY(finished.wait());
    QCOMPARE(got, 7);
    QVERIFY(worker != QThread::currentThreadId());
    QVERIFY(!runner.isRunning());
    QCOMPARE(finished.at(0).at(0).toBool(), false);
}

void TestJobs::exceptionsBecomeErrors()
{
    JobRunner runner;
    Error got;
    runner.start(
        QString(), [](const JobContext&) -> Result<int> { throw std::runtime_error("boom"); }, [&got](Result<int> result) { got = result.error(); });
    QTRY_VERIFY(!runner.isRunning());
    QCOMPARE(got.code, Code::Internal);
    QCOMPARE(got.args, std::vector<std::string>{"boom"});
}

void TestJobs::supersedes()
{
    JobRunner runner;
    QSignalSpy finished(&runner, &JobRunner::finished);
    bool first = false;
    int second = 0;
    std::atomic<bool> stopped = false;
    runner.start(
        QString(),
        [&stopped](const JobContext& job) {
            Result<int> result = untilStopped(job);
            stopped = true;
            return result;
        },
        [&first](const Result<int>&) { first = true; });
    runner.start(
        QString(), [](const JobContext&) -> Result<int> { return 2; }, [&second](Result<int> result) { second = *result; });
    QTRY_COMPARE(second, 2);
    QTRY_VERIFY(stopped);
    QCoreApplication::processEvents();
    QVERIFY(!first);
    QCOMPARE(finished.size(), 1);
}

void TestJobs::cancels()
{
    JobRunner runner;
    QSignalSpy cancelling(&runner, &JobRunner::cancelling);
    QSignalSpy finished(&runner, &JobRunner::finished);
    Code got = Code::Internal;
    runner.start(QString(), untilStopped, [&got](const Result<int>& result) { got = result.error().code; });
    runner.cancel();
    runner.cancel(); // twice is once
    QVERIFY(runner.isCancelling());
    QCOMPARE(cancelling.size(), 1);
    QTRY_COMPARE(finished.size(), 1);
    QCOMPARE(got, Code::Cancelled);
    QCOMPARE(finished.at(0).at(0).toBool(), true);
}

void TestJobs::destructorStops()
{
    std::atomic<bool> stopped = false;
    bool done = false;
    {
        std::binary_semaphore entered(0);
        JobRunner runner;
        runner.start(
            QString(),
            [&](const JobContext& job) {
                entered.release();
                Result<int> result = untilStopped(job);
                stopped = true;
                return result;
            },
            [&done](const Result<int>&) { done = true; });
        entered.acquire();
    }
    QVERIFY(stopped);
    QCoreApplication::processEvents();
    QVERIFY(!done);
}

void TestJobs::doneMayDeleteTheRunner()
{
    auto* runner = new JobRunner;
    const QPointer<JobRunner> guard(runner);
    runner->start(
        QString(), [](const JobContext&) -> Result<int> { return 1; }, [runner](const Result<int>&) { delete runner; });
    QTRY_VERIFY(guard.isNull());
}

void TestJobs::amounts_data()
{
    QTest::addColumn<int>("phase");
    QTest::addColumn<quint64>("done");
    QTest::addColumn<quint64>("total");
    QTest::addColumn<QString>("text");
    const auto row = [](const char* name, Phase phase, quint64 done, quint64 total, const char* text) {
        QTest::newRow(name) << static_cast<int>(phase) << done << total << QString::fromUtf8(text);
    };
    row("shards", Phase::Headers, 9, 14, "9 of 14 shards");
    row("one file", Phase::Headers, 0, 1, "");
    row("same unit once", Phase::Scanning, 13314398618, 70115341926, "12.4 of 65.3 GiB");
    row("two units", Phase::Copying, 512, 4299161, "512 B of 4.10 MiB");
    row("total not known", Phase::Copying, 512, 0, "512 B");
    row("no amount", Phase::Planning, 5, 10, "");
}

void TestJobs::amounts()
{
    QFETCH(int, phase);
    QFETCH(quint64, done);
    QFETCH(quint64, total);
    QFETCH(QString, text);
    QCOMPARE(amountText(Progress{static_cast<Phase>(phase), done, total}), text);
}

void TestJobs::timeLeft_data()
{
    QTest::addColumn<qint64>("ms");
    QTest::addColumn<quint64>("perSecond");
    QTest::addColumn<quint64>("total");
    QTest::addColumn<QString>("text");
    QTest::newRow("too early") << qint64(2900) << quint64(100) << quint64(1000000) << QString();
    QTest::newRow("total not known") << qint64(4000) << quint64(100) << quint64(0) << QString();
    QTest::newRow("nothing moves") << qint64(4000) << quint64(0) << quint64(1000000) << QString();
    QTest::newRow("seconds") << qint64(4000) << quint64(100) << quint64(700) << QStringLiteral("a few seconds left");
    QTest::newRow("tens of seconds") << qint64(4000) << quint64(100) << quint64(3400) << QStringLiteral("about 30 s left");
    QTest::newRow("minutes") << qint64(4000) << quint64(100) << quint64(12400) << QStringLiteral("about 2 min left");
    QTest::newRow("hours") << qint64(4000) << quint64(100) << quint64(720400) << QStringLiteral("about 2 h left");
    QTest::newRow("done") << qint64(4000) << quint64(100) << quint64(400) << QString();
}

void TestJobs::timeLeft()
{
    QFETCH(qint64, ms);
    QFETCH(quint64, perSecond);
    QFETCH(quint64, total);
    QFETCH(QString, text);
    RateMeter meter;
    for (qint64 at = 0; at <= ms; at += 500) {
        meter.add(at, Progress{Phase::Scanning, static_cast<quint64>(at) * perSecond / 1000, total});
    }
    QCOMPARE(meter.timeLeft(ms), text);
}

void TestJobs::stripShowsAfterAWhileAndCancels()
{
    JobRunner runner;
    JobStrip strip;
    strip.watch(&runner);
    strip.show();
    QSignalSpy percent(&strip, &JobStrip::percentChanged);
    runner.setCancelledText(QStringLiteral("Cancelled. Nothing was written."));
    runner.start(
        QStringLiteral("Opening"),
        [](const JobContext& job) -> Result<int> {
            while (!job.stop.stop_requested()) {
                job.progress(Phase::Scanning, 1ULL << 30U, 1ULL << 32U);
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
            }
            return fail(Code::Cancelled);
        },
        [](const Result<int>&) {});
    auto* line = strip.findChild<QWidget*>(QStringLiteral("jobLine"));
    QVERIFY(line != nullptr);
    QVERIFY(!line->isVisible()); // not before 300 ms
    QTRY_VERIFY(line->isVisible());
    auto* label = line->findChild<QLabel*>();
    QVERIFY2(label->text().startsWith(QStringLiteral("Scanning values: 1.00 of 4.00 GiB")), qPrintable(label->text()));
    QCOMPARE(label->textFormat(), Qt::PlainText);
    QCOMPARE(strip.percent(), 25);
    QVERIFY(!percent.isEmpty());
    auto* cancel = line->findChild<QPushButton*>(QStringLiteral("cancelJob"));
    QTest::mouseClick(cancel, Qt::LeftButton);
    QCOMPARE(label->text(), QStringLiteral("Cancelling…")); // answers at once, whatever the task does
    QVERIFY(!cancel->isEnabled());
    QTRY_VERIFY(!runner.isRunning());
    QTRY_VERIFY(!line->isVisible());
    QCOMPARE(strip.percent(), -1);
    const auto labels = strip.findChildren<QLabel*>();
    QVERIFY(std::any_of(labels.begin(), labels.end(),
                        [](const QLabel* l) { return l->isVisible() && l->text() == QStringLiteral("Cancelled. Nothing was written."); }));
}

void TestJobs::stripForgetsARunnerThatIsGone()
{
    JobStrip strip;
    {
        JobRunner runner;
        strip.watch(&runner);
        runner.start(QString(), untilStopped, [](const Result<int>&) {});
        QVERIFY(strip.anyRunning());
    }
    QVERIFY(!strip.anyRunning());
    strip.cancelNewest();
}

QTEST_MAIN(TestJobs)
#include "tst_jobs.moc"
