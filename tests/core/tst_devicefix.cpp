// SPDX-License-Identifier: Apache-2.0
// Repairs whose casts run on a device: the same bytes as on the CPU, whatever the device does, and a receipt that says
// what happened.
#include "core/fix/apply.h"
#include "tests/support/devicedouble/devicedouble.h"
#include "tests/support/fixreport.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/safetensorsfile.h"

#include <QTest>

#include <map>
#include <memory>
#include <string>

using namespace ckptscope;
using namespace ckptscope::test;

namespace {

Result<Receipt> castAll(const std::string& source, FixOptions options, const JobContext& job)
{
    const auto checkpoint = openOrDie(source);
    const auto plan = planFix(*checkpoint, fp32Report(*checkpoint), options, job);
    return plan ? applyPlan(*checkpoint, *plan, job) : Result<Receipt>(plan.error());
}

} // namespace

class TestDeviceFix : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        GdnFolder what;
        what.longElements = 100 * 1024;
        m_source = writeGdnFolder(m_dir, "in", what);
        FixOptions options;
        options.casts = {{"*", DType::F16}};
        options.output = m_dir.path("cpu");
        options.device = "cpu";
        auto receipt = castAll(m_source, options, {});
        QVERIFY(receipt);
        m_onCpu = std::make_unique<Receipt>(*std::move(receipt));
        m_tree = readTree(m_dir.path("cpu"));
    }

    void sameBytes_data()
    {
        QTest::addColumn<DeviceFaults>("faults");
        QTest::addColumn<bool>("full");
        QTest::addColumn<unsigned>("threads");
        QTest::addColumn<QString>("device");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, DeviceFaults faults, const char* device, const char* reason, bool full = false, unsigned threads = 1) {
            QTest::newRow(name) << faults << full << threads << QString(device) << QString(reason);
        };
        row("well", {}, "cuda:0 (double)", "");
        row("well, full verification", {}, "cuda:0 (double)", "", true);
        row("well, threads", {}, "cuda:0 (double)", "", false, 4);
        row("no driver", {.absent = "no CUDA driver"}, "cpu", "no CUDA driver");
        row("no memory", {.mostMemory = 0}, "cpu", "allocating its memory");
        row("lost", {.loseAtCast = 3}, "cuda:0 (double)", "cuda:0 (double) was given up for the CPU", false, 1);
        row("lost, threads", {.loseAtCast = 3}, "", "was given up for the CPU", false, 4);
        row("copy fails", {.failDownload = 2}, "cuda:0 (double)", "copying from the device");
        row("wrong where a sample is taken", {.wrongCast = 1}, "cuda:0 (double)", "it gave a wrong result");
        // The 3,000th of a chunk of many thousand: no sample has it.
        row("wrong where none is", {.wrongCast = 1, .wrongElement = 3000}, "cuda:0 (double)", "wrong result, which verification found");
        row("wrong, full verification", {.wrongCast = 1, .wrongElement = 3000}, "cuda:0 (double)", "wrong result, which verification found", true);
        row("miscounted", {.wrongLoss = 1}, "cuda:0 (double)", "miscounted");
    }
    void sameBytes()
    {
        QFETCH(DeviceFaults, faults);
        QFETCH(bool, full);
        QFETCH(unsigned, threads);
        QFETCH(QString, device);
        QFETCH(QString, reason);
        const TempDir dir;
        JobContext job;
        job.threads = threads;
        job.maxMemory = 2U << 20U; // chunks of some 100 KB
        FixOptions options;
        options.casts = {{"*", DType::F16}}; // BF16 to F16 loses much
        options.verify = full ? VerifyChoice::Full : VerifyChoice::Edited;
        options.output = dir.path("device");
        options.device = "cuda";
        const WithDeviceDouble double_(faults);
        const auto got = castAll(m_source, options, job);
        QVERIFY(got);
        const auto& want = m_onCpu;
        QVERIFY(m_tree == readTree(dir.path("device")));
        QCOMPARE(got->edits.size(), want->edits.size());
        for (std::size_t i = 0; i < want->edits.size(); ++i) {
            QCOMPARE(got->edits[i].sha256Before, want->edits[i].sha256Before);
            QCOMPARE(got->edits[i].sha256After, want->edits[i].sha256After);
            QCOMPARE(got->edits[i].loss, want->edits[i].loss);
        }
        QVERIFY(want->fallback.empty() && want->device == "cpu");
        if (!device.isEmpty()) {
            QCOMPARE(QString::fromStdString(got->device), device);
        }
        QVERIFY2(QString::fromStdString(got->fallback).contains(reason), got->fallback.c_str());
        QCOMPARE(got->fallback.empty(), reason.isEmpty());
        QCOMPARE(double_.state().pieces.load(), 0);
        QCOMPARE(double_.state().streams.load(), 0);
    }

    void memoryIsCapped()
    {
        const TempDir dir;
        JobContext job;
        job.maxMemory = 100'000;
        FixOptions options;
        options.casts = {{"*", DType::F32}};
        options.output = dir.path("out");
        options.device = "cuda";
        const WithDeviceDouble double_;
        const auto got = castAll(m_source, options, job);
        QVERIFY(got);
        QCOMPARE(got->device, std::string("cpu"));
        QVERIFY(got->fallback.find("memory limit") != std::string::npos);
        QCOMPARE(double_.state().allocations.load(), 0);
    }

private:
    TempDir m_dir;
    std::string m_source;
    std::unique_ptr<Receipt> m_onCpu;
    std::map<std::string, std::string> m_tree;
};

QTEST_GUILESS_MAIN(TestDeviceFix)
#include "tst_devicefix.moc"
