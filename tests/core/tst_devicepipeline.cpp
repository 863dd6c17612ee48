// SPDX-License-Identifier: Apache-2.0
// Whatever a device does, the output is right, the reason is kept, and nothing is left behind.
#include "core/upcast/breakeven.h"
#include "core/upcast/pipeline.h"
#include "tests/support/castinputs.h"
#include "tests/support/devicedouble/devicedouble.h"

#include <QTest>

#include <cstring>
#include <limits>
#include <thread>

using namespace ckptscope;
using namespace ckptscope::test;

namespace {

/// What came out of a pipeline.
struct Outcome {
    std::vector<std::byte> out;
    CastLoss loss;
    std::uint64_t onDevice = 0; ///< elements
    std::uint64_t next = 0;     ///< that of the chunk to come
    bool inOrder = true;
};

CastSteps stepsInto(Outcome& outcome, DType from, DType to, const std::vector<std::byte>& in)
{
    CastSteps steps;
    steps.read = [&in, from](std::uint64_t first, std::span<std::byte> bytes) {
        std::memcpy(bytes.data(), in.data() + byteSize(from, first).value_or(0), bytes.size());
        return Result<void>();
    };
    steps.take = [&outcome, to](const CastChunk& chunk) {
        outcome.inOrder = outcome.inOrder && chunk.first == outcome.next && byteSize(to, chunk.elements) == chunk.out.size();
        outcome.next = chunk.first + chunk.elements;
        std::memcpy(outcome.out.data() + byteSize(to, chunk.first).value_or(0), chunk.out.data(), chunk.out.size());
        outcome.loss.inexact += chunk.loss.inexact;
        outcome.loss.overflowed += chunk.loss.overflowed;
        outcome.loss.flushed += chunk.loss.flushed;
        outcome.onDevice += chunk.onDevice ? chunk.elements : 0;
        return Result<void>();
    };
    steps.stopped = [] { return false; };
    return steps;
}

} // namespace

class TestDevicePipeline : public QObject {
    Q_OBJECT

private slots:
    void survives_data()
    {
        QTest::addColumn<DeviceFaults>("faults");
        QTest::addColumn<QString>("reason"); ///< empty: none
        QTest::addColumn<bool>("some");      ///< whether the device did a part of it
        const auto row = [](const char* name, const char* reason, bool some, auto set) {
            DeviceFaults faults;
            set(faults);
            QTest::newRow(name) << faults << QString(reason) << some;
        };
        row("nothing goes wrong", "", true, [](DeviceFaults&) {});
        row("slow copies", "", true, [](DeviceFaults& f) { f.slow = std::chrono::microseconds(500); });
        row("no pinned memory", "allocating pinned memory: out of memory", false, [](DeviceFaults& f) { f.mostPinned = 1000; });
        row("little pinned memory", "", true, [](DeviceFaults& f) { f.mostPinned = 100'000; });
        row("no device memory", "allocating its memory: out of memory", false, [](DeviceFaults& f) { f.mostMemory = 1000; });
        row("little device memory", "", true, [](DeviceFaults& f) { f.mostMemory = 100'000; });
        row("one slot only", "out of memory", false, [](DeviceFaults& f) { f.failAllocation = 3; });
        row("two slots only", "", true, [](DeviceFaults& f) { f.failAllocation = 4; });
        row("memory is full", "its memory is full", false, [](DeviceFaults& f) { f.freeBytes = 100'000; });
        row("memory is short", "", true, [](DeviceFaults& f) { f.freeBytes = 1'000'000; });
        row("no streams", "making a stream: refused", false, [](DeviceFaults& f) { f.noStreams = true; });
        row("first copy is refused", "copying to the device: refused", false, [](DeviceFaults& f) { f.refuseUpload = 0; });
        row("a later copy is refused", "copying to the device: refused", true, [](DeviceFaults& f) { f.refuseUpload = 4; });
        row("first copy fails", "copying to the device: it went wrong", false, [](DeviceFaults& f) { f.failUpload = 0; });
        row("a later copy fails", "copying to the device: it went wrong", true, [](DeviceFaults& f) { f.failUpload = 3; });
        row("a copy back fails", "copying from the device: it went wrong", true, [](DeviceFaults& f) { f.failDownload = 2; });
        row("lost at once", "the device is gone", false, [](DeviceFaults& f) { f.loseAtCast = 0; });
        row("lost in the middle", "", true, [](DeviceFaults& f) { f.loseAtCast = 5; }); // the reason depends on who sees it first
        row("wrong at the start", "wrong result", true, [](DeviceFaults& f) { f.wrongCast = 2; });
        row("wrong at the end", "wrong result", true, [](DeviceFaults& f) { f.wrongCast = 2, f.wrongElement = UINT64_MAX; });
        row("wrong in the first chunk", "wrong result", false, [](DeviceFaults& f) { f.wrongCast = 0; });
    }
    void survives()
    {
        QFETCH(DeviceFaults, faults);
        QFETCH(QString, reason);
        QFETCH(bool, some);
        const auto in = castInputs(DType::F32);
        const std::uint64_t elements = in.size() / 4;
        Outcome want;
        want.out.resize(elements * 2);
        want.loss = castElements(DType::F32, in, DType::BF16, want.out, elements).value();
        DeviceDouble backend(faults);
        auto use = std::make_shared<DeviceUse>(backend.open(0).value());
        {
            std::vector<std::byte> a(4096);
            std::vector<std::byte> b(4096);
            CastPipeline pipeline(*use, a, b, 3 * 70'000);
            for (int round = 0; round < 2; ++round) { // a pipeline is used for many tensors
                Outcome got;
                got.out.resize(want.out.size());
                QVERIFY(pipeline.run(DType::F32, DType::BF16, elements, stepsInto(got, DType::F32, DType::BF16, in)));
                QVERIFY(got.inOrder);
                QCOMPARE(got.next, elements);
                QVERIFY(got.out == want.out);
                QCOMPARE(got.loss, want.loss);
                if (round == 0) {
                    QCOMPARE(got.onDevice > 0, some);
                    QCOMPARE(use->elementsDone(), got.onDevice);
                } else if (use->device() == nullptr) {
                    QCOMPARE(got.onDevice, std::uint64_t{0});
                }
                QCOMPARE(backend.state().underWay.load(), 0);
            }
        }
        const bool lost = use->device() == nullptr;
        const QString said = QString::fromStdString(use->fallback());
        QCOMPARE(!said.isEmpty(), lost);
        QCOMPARE(lost, faults.loseAtCast >= 0 || !reason.isEmpty());
        QVERIFY2(said.contains(reason), qPrintable(said));
        QCOMPARE(use->name(), some || !lost ? std::string("cuda:0 (double)") : std::string("cpu"));
        if (!lost) {
            QVERIFY(backend.state().mostUnderWay.load() >= 2);
        }
        QCOMPARE(backend.state().pieces.load(), 0);
        QCOMPARE(backend.state().streams.load(), 0);
    }

    /// Widths that do not divide one another, and elements that do not fill bytes.
    void allWidths_data()
    {
        QTest::addColumn<int>("from");
        QTest::addColumn<int>("to");
        const auto row = [](DType from, DType to) {
            QTest::addRow("%s to %s", dtypeName(from).data(), dtypeName(to).data()) << static_cast<int>(from) << static_cast<int>(to);
        };
        row(DType::F4, DType::F64);
        row(DType::F6_E3M2, DType::F32);
        row(DType::F8_E8M0, DType::BF16);
        row(DType::BF16, DType::F32);
        row(DType::F64, DType::F8_E5M2);
        row(DType::F16, DType::F16); // nothing to do on a device
    }
    void allWidths()
    {
        QFETCH(int, from);
        QFETCH(int, to);
        const auto source = static_cast<DType>(from);
        const auto target = static_cast<DType>(to);
        std::vector<std::byte> in;
        for (int i = 0; in.size() < 400'000; ++i) {
            const auto more = castInputs(source);
            in.insert(in.end(), more.begin(), more.end());
        }
        const std::uint64_t elements = elementsIn(source, in);
        Outcome want;
        want.out.resize(byteSize(target, elements).value_or(0));
        want.loss = castElements(source, in, target, want.out, elements).value();
        DeviceDouble backend;
        DeviceUse use(backend.open(0).value());
        std::vector<std::byte> a(4096);
        std::vector<std::byte> b(4096);
        CastPipeline pipeline(use, a, b, 3 * 70'000);
        Outcome got;
        got.out.resize(want.out.size());
        QVERIFY(pipeline.run(source, target, elements, stepsInto(got, source, target, in)));
        QVERIFY(got.inOrder && got.out == want.out);
        QCOMPARE(got.loss, want.loss);
        QCOMPARE(got.onDevice, source == target ? 0 : elements);
        QCOMPARE(use.fallback(), std::string());
    }

    /// An error of a step, or a stop, leaves nothing under way.
    void endsEarly_data()
    {
        QTest::addColumn<QString>("where");
        QTest::newRow("read") << "read";
        QTest::newRow("take") << "take";
        QTest::newRow("stop") << "stop";
    }
    void endsEarly()
    {
        QFETCH(QString, where);
        DeviceFaults faults;
        faults.slow = std::chrono::microseconds(2000);
        DeviceDouble backend(faults);
        DeviceUse use(backend.open(0).value());
        std::vector<std::byte> a(4096);
        std::vector<std::byte> b(4096);
        const auto in = castInputs(DType::F32);
        Outcome got;
        got.out.resize(in.size() / 2);
        CastSteps steps = stepsInto(got, DType::F32, DType::BF16, in);
        int calls = 0;
        const auto fails = [&](std::uint64_t first, std::span<std::byte> bytes) {
            return ++calls == 4 ? Result<void>(fail(Code::FileRead)) : stepsInto(got, DType::F32, DType::BF16, in).read(first, bytes);
        };
        if (where == "read") {
            steps.read = fails;
        } else if (where == "take") {
            steps.take = [&](const CastChunk&) { return Result<void>(fail(Code::FileWrite)); };
        } else {
            steps.stopped = [&] { return ++calls > 5; };
        }
        {
            CastPipeline pipeline(use, a, b, 3 * 70'000);
            const auto done = pipeline.run(DType::F32, DType::BF16, in.size() / 4, steps);
            QCOMPARE(done.has_value(), where == "stop");
            QCOMPARE(backend.state().underWay.load(), 0);
        }
        QVERIFY(got.next < in.size() / 4);
        QCOMPARE(backend.state().pieces.load(), 0);
        QVERIFY(use.device() != nullptr); // not its fault
    }

    /// Several threads share a device, and its end.
    void threadsShareIt()
    {
        DeviceFaults faults;
        faults.loseAtCast = 12;
        DeviceDouble backend(faults);
        DeviceUse use(backend.open(0).value());
        const auto in = castInputs(DType::F32);
        std::vector<std::byte> want(in.size() / 2);
        QVERIFY(castElements(DType::F32, in, DType::F16, want, in.size() / 4));
        std::vector<Outcome> outcomes(3);
        std::vector<std::jthread> threads;
        for (Outcome& outcome : outcomes) {
            threads.emplace_back([&] {
                outcome.out.resize(want.size());
                std::vector<std::byte> a(4096);
                std::vector<std::byte> b(4096);
                CastPipeline pipeline(use, a, b, 3 * 70'000);
                outcome.inOrder =
                    pipeline.run(DType::F32, DType::F16, in.size() / 4, stepsInto(outcome, DType::F32, DType::F16, in)) && outcome.inOrder;
            });
        }
        threads.clear();
        for (const Outcome& outcome : outcomes) {
            QVERIFY(outcome.inOrder && outcome.out == want);
        }
        QVERIFY(use.device() == nullptr);
        QCOMPARE(backend.state().pieces.load(), 0);
    }

    void breakEven_data()
    {
        QTest::addColumn<double>("cpu");
        QTest::addColumn<double>("device");
        QTest::addColumn<double>("setup");
        QTest::addColumn<quint64>("bytes");
        constexpr quint64 Never = UINT64_MAX;
        QTest::newRow("twice as fast") << 0.5 << 0.25 << 1000.0 << quint64{4000};
        QTest::newRow("as fast") << 0.5 << 0.5 << 0.0 << Never;
        QTest::newRow("slower") << 0.25 << 0.5 << 0.0 << Never;
        QTest::newRow("failed") << 0.5 << std::numeric_limits<double>::infinity() << 0.0 << Never;
        QTest::newRow("hardly faster") << 1e-9 << 1e-9 * (1 - 1e-15) << 1e9 << Never;
        QTest::newRow("no setup") << 0.5 << 0.25 << 0.0 << quint64{0};
    }
    void breakEven()
    {
        QFETCH(double, cpu);
        QFETCH(double, device);
        QFETCH(double, setup);
        QFETCH(quint64, bytes);
        const BreakEven found{cpu, device, setup};
        QCOMPARE(found.bytes(), std::uint64_t{bytes});
        QVERIFY(!found.deviceWins(BreakEven::LeastBytes - 1));
        QCOMPARE(found.deviceWins(UINT64_MAX - 1), bytes != UINT64_MAX);
    }

    /// Nothing is decided by a device's presence alone; what is small does not even ask.
    void autoMeasures()
    {
        const WithDeviceDouble one({.slow = std::chrono::microseconds(3000)});
        QCOMPARE(chooseDevice("auto", 1000)->name(), std::string("cpu"));
        QCOMPARE(one.state().allocations.load(), 0);
        QCOMPARE(chooseDevice("auto", 1ULL << 40U)->name(), std::string("cpu")); // it is slower than this CPU
        const int asked = one.state().uploads.load();
        QVERIFY(asked > 0);
        QCOMPARE(chooseDevice("auto", 1ULL << 41U)->fallback(), std::string()); // nobody asked for a device
        QCOMPARE(one.state().uploads.load(), asked);                            // measured once
        QCOMPARE(one.state().pieces.load(), 0);
    }
    void autoOnABrokenDevice()
    {
        const WithDeviceDouble one({.loseAtCast = 0});
        const auto use = chooseDevice("auto", 1ULL << 40U);
        QCOMPARE(use->name(), std::string("cpu"));
        QCOMPARE(one.state().pieces.load(), 0);
    }

    void choosesByName_data()
    {
        QTest::addColumn<QString>("device");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("fallback");
        QTest::newRow("cuda") << "cuda"
                              << "cuda:0 (double)"
                              << "";
        QTest::newRow("cuda:1") << "cuda:1"
                                << "cuda:1 (double)"
                                << "";
        QTest::newRow("cuda:2") << "cuda:2"
                                << "cpu"
                                << "there is no device cuda:2";
        QTest::newRow("cuda:") << "cuda:"
                               << "cpu"
                               << "there is no device cuda:";
        QTest::newRow("cuda:1x") << "cuda:1x"
                                 << "cpu"
                                 << "there is no device cuda:1x";
        QTest::newRow("cpu") << "cpu"
                             << "cpu"
                             << "";
    }
    void choosesByName()
    {
        QFETCH(QString, device);
        QFETCH(QString, name);
        QFETCH(QString, fallback);
        const WithDeviceDouble two({.devices = 2});
        const auto use = chooseDevice(device.toStdString(), 1);
        QCOMPARE(QString::fromStdString(use->name()), name);
        QVERIFY(QString::fromStdString(use->fallback()).startsWith(fallback));
        QCOMPARE(use->fallback().empty(), fallback.isEmpty());
        QCOMPARE(upcastDevices().size(), std::size_t{3});
    }
    void noDevice()
    {
        const WithDeviceDouble none({.absent = "no CUDA driver"});
        QCOMPARE(chooseDevice("cuda", 1)->fallback(), std::string("no CUDA driver"));
        QCOMPARE(chooseDevice("auto", 1ULL << 40U)->fallback(), std::string());
        QCOMPARE(upcastDevices().back().absent, std::string("no CUDA driver"));
    }
};

QTEST_APPLESS_MAIN(TestDevicePipeline)
#include "tst_devicepipeline.moc"
