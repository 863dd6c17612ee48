// SPDX-License-Identifier: Apache-2.0
// LABELS: cuda
// On a real GPU: the same bits as the CPU's. Skipped with a word where there is none.
#include "core/upcast/breakeven.h"
#include "core/upcast/pipeline.h"
#include "tests/support/castinputs.h"

#include <QTest>

#include <cstring>

using namespace ckptscope;
using namespace ckptscope::test;

class TestCuda : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const auto backend = deviceBackend();
        if (backend == nullptr) {
            QSKIP("this build has no CUDA backend");
        }
        const auto devices = backend->list();
        if (!devices.front().absent.empty()) {
            QSKIP(devices.front().absent.c_str());
        }
        auto device = backend->open(0);
        QVERIFY2(device.has_value(), device.has_value() ? "" : device.error().args.front().c_str());
        m_device = *device;
        qInfo("%s", m_device->name().c_str());
    }

    void sameBits_data()
    {
        QTest::addColumn<int>("from");
        QTest::addColumn<int>("to");
        for (const auto& [from, to] : castPairs()) {
            QTest::addRow("%s to %s", dtypeName(from).data(), dtypeName(to).data()) << static_cast<int>(from) << static_cast<int>(to);
        }
    }
    void sameBits()
    {
        QFETCH(int, from);
        QFETCH(int, to);
        const auto in = castInputs(static_cast<DType>(from));
        const std::uint64_t elements = elementsIn(static_cast<DType>(from), in);
        std::vector<std::byte> want(byteSize(static_cast<DType>(to), elements).value_or(0));
        const auto loss = castElements(static_cast<DType>(from), in, static_cast<DType>(to), want, elements);
        const auto made = castOn(*m_device, static_cast<DType>(from), static_cast<DType>(to), in);
        QVERIFY2(made.has_value(), made.has_value() ? "" : made.error().args.front().c_str());
        QVERIFY(made->out == want);
        QCOMPARE(made->loss, *loss);
    }

    void pipeline()
    {
        DeviceUse use(m_device);
        std::vector<std::byte> a(1U << 20U);
        std::vector<std::byte> b(1U << 20U);
        CastPipeline pipeline(use, a, b, 24U << 20U);
        constexpr std::uint64_t Elements = (64U << 20U) + 24;
        std::uint64_t next = 0;
        bool right = true;
        CastSteps steps;
        steps.read = [](std::uint64_t first, std::span<std::byte> in) {
            for (std::size_t i = 0; i + 2 <= in.size(); i += 2) {
                const auto code = static_cast<std::uint16_t>((first + i / 2) * 40503U);
                std::memcpy(in.data() + i, &code, 2);
            }
            return Result<void>();
        };
        steps.take = [&](const CastChunk& chunk) {
            right = right && chunk.first == next && chunk.onDevice;
            for (std::uint64_t i = 0; i < chunk.elements; ++i) {
                std::uint32_t bits = 0;
                std::memcpy(&bits, chunk.out.data() + i * 4, 4);
                right = right && bits == std::uint32_t{static_cast<std::uint16_t>((chunk.first + i) * 40503U)} << 16U;
            }
            next = chunk.first + chunk.elements;
            return Result<void>();
        };
        steps.stopped = [] { return false; };
        QVERIFY(pipeline.run(DType::BF16, DType::F32, Elements, steps));
        QVERIFY2(use.fallback().empty(), use.fallback().c_str());
        QVERIFY(right);
        QCOMPARE(next, Elements);
    }

    void memoryIsRefusedNotFatal()
    {
        const auto far = m_device->allocate(std::size_t{1} << 50U);
        QVERIFY(!far);
        const auto near = m_device->allocate(1U << 20U); // and it still works
        QVERIFY(near);
    }

    void breakEven()
    {
        const BreakEven found = measuredBreakEven(deviceBackend(), 0, castWork());
        qInfo("cast: CPU %.3g s/GB, device %.3g s/GB, opening %.3g s: break-even at %.3g GB", found.cpuSecondsPerByte * 1e9,
              found.deviceSecondsPerByte * 1e9, found.setupSeconds, static_cast<double>(found.bytes()) / 1e9);
        QVERIFY(found.deviceSecondsPerByte > 0 && found.deviceSecondsPerByte < 1e-3);
    }

private:
    std::shared_ptr<Device> m_device;
};

QTEST_APPLESS_MAIN(TestCuda)
#include "tst_cuda.moc"
