// SPDX-License-Identifier: Apache-2.0
// Statistics that a device made: the same bits as the CPU's, whatever the device does.
#include "core/upcast/blockfacts.h"
#include "core/values/devicescan.h"
#include "core/values/valuescan.h"
#include "tests/support/castinputs.h"
#include "tests/support/devicedouble/devicedouble.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/safetensorsfile.h"

#include <QTest>

#include <bit>
#include <cstring>
#include <map>
#include <random>

using namespace ckptscope;
using namespace ckptscope::test;

namespace {

/// All that Statistics says, doubles by their bits.
QString told(const Statistics& s)
{
    QStringList all;
    for (const std::uint64_t number : {s.count, s.finite, s.nan, s.positiveInf, s.negativeInf, s.zeros, s.denormals, s.notBool}) {
        all << QString::number(number);
    }
    for (const double number : {s.min, s.max, s.mean, s.std, s.absMax}) {
        all << (number != number ? QString("NaN")
                                 : QString::number(std::bit_cast<std::uint64_t>(number), 16) + " (" + QString::number(number, 'g', 17) + ")");
    }
    all << QString::fromStdString(s.minText) << QString::fromStdString(s.maxText) << (s.constant ? "constant" : "varied")
        << QString::fromLatin1(dtypeName(s.narrowest).data());
    for (int kind = 0; kind < ExactKinds; ++kind) {
        all << (s.exact.has(static_cast<ExactKind>(kind)) ? "in" : "out");
    }
    return all.join(' ');
}

Statistics onCpu(DType dtype, std::span<const std::byte> packed)
{
    StatisticsAccumulator accumulator(dtype);
    accumulator.add(packed, packed.size() * 8 / dtypeInfo(dtype).blockBits);
    return accumulator.finish();
}

/// Values with which statistics could go wrong.
std::vector<std::byte> values(DType dtype, const QString& kind, std::size_t elements)
{
    const std::size_t width = dtypeInfo(dtype).blockBits / 8U;
    std::vector<std::byte> all = kind == "every code" ? castInputs(dtype) : std::vector<std::byte>();
    all.reserve(elements * width);
    std::mt19937_64 random(5); // NOLINT(cert-msc32-c,cert-msc51-cpp)
    std::normal_distribution<double> normal(0.01, 0.02);
    while (all.size() < elements * width) {
        double value = normal(random);
        if (kind == "sparse") {
            value = random() % 4096 == 0 ? value : -0.0;
        } else if (kind == "constant") {
            value = 1.5;
        } else if (kind == "some not finite") {
            const auto which = random() % 1000;
            value = which == 0 ? std::numeric_limits<double>::quiet_NaN() : which == 1 ? -std::numeric_limits<double>::infinity() : value;
        } else if (kind == "whole numbers") {
            value = static_cast<double>(static_cast<int>(random() % 513) - 256);
        } else if (kind == "laundered") {
            value = std::bit_cast<float>(std::uint32_t{static_cast<std::uint16_t>(0x3C00U + random() % 0x300U)} << 16U);
        }
        std::array<std::byte, 8> bytes{};
        if (dtype == DType::F64) {
            std::memcpy(bytes.data(), &value, 8);
        } else {
            const auto single = std::as_bytes(std::span(&value, 1));
            (void)castElements(DType::F64, single, dtype, std::span(bytes).first(width), 1);
        }
        all.insert(all.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(width));
    }
    return all;
}

} // namespace

class TestDeviceScan : public QObject {
    Q_OBJECT

private slots:
    void kindsOfAValue()
    {
        for (const DType dtype : {DType::BF16, DType::F16, DType::F32}) {
            const auto in = castInputs(dtype);
            std::vector<float> floats(elementsIn(dtype, in));
            QVERIFY(castElements(dtype, in, DType::F32, std::as_writable_bytes(std::span(floats)), floats.size()));
            for (const float value : floats) {
                ExactSet set;
                narrowExactSet(set, std::span(&value, 1));
                const std::uint32_t missed = blocks::missedBy(std::bit_cast<std::uint32_t>(value));
                for (int kind = 0; kind < ExactKinds; ++kind) {
                    QVERIFY2(set.has(static_cast<ExactKind>(kind)) == ((missed >> kind & 1U) == 0),
                             qPrintable(QString("%1, kind %2").arg(value, 0, 'g', 12).arg(kind)));
                }
            }
        }
    }

    void sameStatistics_data()
    {
        QTest::addColumn<int>("dtype");
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("elements");
        for (const DType dtype : {DType::BF16, DType::F16, DType::F32, DType::F64, DType::F8_E4M3, DType::F8_E5M2, DType::F8_E8M0}) {
            for (const char* kind : {"weights", "sparse", "constant", "some not finite", "whole numbers", "laundered", "every code"}) {
                QTest::addRow("%s, %s", dtypeName(dtype).data(), kind) << static_cast<int>(dtype) << QString(kind) << 50'000;
            }
            for (const int elements : {0, 1, 511, 4095, 4096, 4097}) {
                QTest::addRow("%s, %d elements", dtypeName(dtype).data(), elements) << static_cast<int>(dtype) << "weights" << elements;
            }
        }
    }
    void sameStatistics()
    {
        QFETCH(int, dtype);
        QFETCH(QString, kind);
        QFETCH(int, elements);
        const auto type = static_cast<DType>(dtype);
        const auto packed = values(type, kind, static_cast<std::size_t>(elements));
        DeviceDouble backend;
        DeviceUse use(backend.open(0).value());
        {
            DeviceScanner scanner(use, 3 * 70'000);
            QVERIFY(DeviceScanner::supports(type) && scanner.begin(type));
            const std::size_t odd = 12'345 * (dtypeInfo(type).blockBits / 8U);
            for (std::size_t at = 0; at < packed.size(); at += odd) {
                scanner.add(std::span(packed).subspan(at, std::min(odd, packed.size() - at)));
            }
            StatisticsAccumulator accumulator(type);
            QVERIFY(scanner.finish(accumulator));
            QCOMPARE(told(accumulator.finish()), told(onCpu(type, packed)));
        }
        QCOMPARE(use.fallback(), std::string());
        QCOMPARE(use.elementsDone(), elementsIn(type, packed));
        QCOMPARE(backend.state().pieces.load() + backend.state().streams.load(), 0);
    }

    void survives_data()
    {
        QTest::addColumn<DeviceFaults>("faults");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, DeviceFaults faults, const char* reason) { QTest::newRow(name) << faults << QString(reason); };
        row("well", {}, "");
        row("slow", {.slow = std::chrono::microseconds(300)}, "");
        row("no driver", {.absent = "no CUDA driver"}, "no CUDA driver");
        row("no pinned memory", {.mostPinned = 0}, "allocating pinned memory");
        row("copy is refused", {.refuseUpload = 1}, "refused");
        row("copy fails", {.failUpload = 1}, "it went wrong");
        row("copy back fails", {.failDownload = 1}, "it went wrong");
        row("lost", {.loseAtCast = 1}, "gone");
        row("wrong", {.wrongScan = 0}, "wrong result");
    }
    /// A whole checkpoint, on several threads.
    void survives()
    {
        QFETCH(DeviceFaults, faults);
        QFETCH(QString, reason);
        const TempDir dir;
        SafetensorsFile file;
        std::mt19937 random(3);                                                                       // NOLINT(cert-msc32-c,cert-msc51-cpp)
        for (const DType dtype : {DType::F8_E4M3, DType::BF16, DType::F32, DType::F64, DType::I32}) { // the last is none for a device
            for (int i = 0; i < 3; ++i) {
                std::string bytes(40'000, '\0');
                for (char& one : bytes) {
                    one = static_cast<char>(random());
                }
                file.add(std::string(dtypeName(dtype)) + std::to_string(i), std::string(dtypeName(dtype)),
                         {bytes.size() * 8 / dtypeInfo(dtype).blockBits}, bytes);
            }
        }
        file.write(dir.path("m.safetensors"));
        const auto checkpoint = openOrDie(dir.path("m.safetensors"));
        std::vector<std::uint32_t> all(checkpoint->tensors().size());
        for (std::uint32_t i = 0; i < all.size(); ++i) {
            all[i] = i;
        }
        const auto scan = [&](const char* device, ValueScanSummary& summary) {
            JobContext job;
            job.threads = 3;
            job.maxMemory = 2U << 20U;
            std::map<std::uint32_t, QString> found;
            const ValueSink sink = [&](const TensorValues& one) { found[one.tensor] = one.statistics ? told(*one.statistics) : "unreadable"; };
            auto done = scanValues(checkpoint, all, nullptr, sink, job, device);
            summary = done ? *std::move(done) : ValueScanSummary{};
            return found;
        };
        ValueScanSummary want;
        ValueScanSummary got;
        const auto cpu = scan("cpu", want);
        QCOMPARE(want.device, std::string("cpu"));
        QVERIFY(want.fallback.empty());
        const WithDeviceDouble device(faults);
        const auto gpu = scan("cuda", got);
        QCOMPARE(gpu.size(), all.size());
        for (const auto& [tensor, text] : cpu) {
            QCOMPARE(gpu.at(tensor), text);
        }
        QCOMPARE(got.bytes, want.bytes);
        QCOMPARE(got.findings.size(), want.findings.size());
        QVERIFY2(QString::fromStdString(got.fallback).contains(reason), got.fallback.c_str());
        QCOMPARE(got.fallback.empty(), reason.isEmpty());
        if (reason.isEmpty()) {
            QCOMPARE(got.device, std::string("cuda:0 (double)"));
        }
        QCOMPARE(device.state().pieces.load() + device.state().streams.load(), 0);
    }
};

QTEST_GUILESS_MAIN(TestDeviceScan)
#include "tst_devicescan.moc"
