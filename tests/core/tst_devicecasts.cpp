// SPDX-License-Identifier: Apache-2.0
// The kernels of a GPU, on the host through Thrust: bit for bit what the CPU makes.
#include "core/dtypes/elementfunctors.h"
#include "core/upcast/codetable.h"
#include "tests/support/castinputs.h"
#include "tests/support/devicedouble/devicedouble.h"

#include <QTest>

#include <cstring>

using namespace ckptscope;
using namespace ckptscope::test;

class TestDeviceCasts : public QObject {
    Q_OBJECT

private slots:
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
        QVERIFY(loss);
        DeviceDouble backend;
        const auto device = backend.open(0);
        QVERIFY(device);
        const auto made = castOn(**device, static_cast<DType>(from), static_cast<DType>(to), in);
        QVERIFY(made);
        const std::size_t width = dtypeInfo(static_cast<DType>(to)).blockBits / 8U;
        for (std::uint64_t i = 0; i < elements; ++i) {
            QVERIFY2(std::memcmp(made->out.data() + i * width, want.data() + i * width, width) == 0, qPrintable(QString("element %1").arg(i)));
        }
        QCOMPARE(made->loss.inexact, loss->inexact);
        QCOMPARE(made->loss.overflowed, loss->overflowed);
        QCOMPARE(made->loss.flushed, loss->flushed);
    }

    /// What a narrowing loses must not be all of one kind, or the comparison above proves little.
    void lossesAreThere()
    {
        const auto in = castInputs(DType::F32);
        std::vector<std::byte> out(in.size() / 4);
        const auto loss = castElements(DType::F32, in, DType::F8_E4M3, out, in.size() / 4);
        QVERIFY(loss);
        QVERIFY(loss->inexact > 1000 && loss->overflowed > 1000 && loss->flushed > 1000);
        QVERIFY(loss->inexact != loss->overflowed + loss->flushed);
    }

    /// The table of a packed dtype says what one code loses, not what its group does.
    void tableOfOneCode()
    {
        const CodeTable table = codeTable(DType::F4, DType::F8_E8M0); // has no zero and no sign
        QCOMPARE(table[0].loss.inexact, 1U);                          // 0 becomes 2^-127
        QCOMPARE(table[2].loss.inexact, 0U);                          // 1
        QCOMPARE(table[2].bits, std::uint64_t{0x7F});
        QCOMPARE(table[10].loss.inexact, 1U); // -1 becomes 1
    }

    void countsBytes()
    {
        const std::vector<std::byte> in = castInputs(DType::F8_E4M3);
        std::vector<std::uint32_t> want(256);
        for (const std::byte one : in) {
            ++want[std::to_integer<std::size_t>(one)];
        }
        DeviceDouble backend;
        const auto device = backend.open(0);
        constexpr std::size_t CounterBytes = 256 * CounterCopies * 4;
        auto source = (*device)->allocate(in.size());
        auto counters = (*device)->allocate(CounterBytes);
        auto host = (*device)->allocatePinned(CounterBytes + in.size());
        auto stream = (*device)->stream();
        QVERIFY(source && counters && host && stream);
        std::memcpy((*host)->data(), in.data(), in.size());
        QVERIFY((*stream)->upload((*source)->data(), {(*host)->data(), in.size()}));
        QVERIFY((*stream)->clear((*counters)->data(), CounterBytes));
        QVERIFY((*stream)->countBytes((*source)->data(), in.size(), (*counters)->data()));
        QVERIFY((*stream)->countBytes((*source)->data(), in.size(), (*counters)->data()));
        QVERIFY((*stream)->finish());
        QVERIFY((*stream)->download({(*host)->data(), CounterBytes}, (*counters)->data()));
        QVERIFY((*stream)->finish());
        std::vector<std::uint32_t> got(256);
        for (std::size_t i = 0; i < 256 * CounterCopies; ++i) {
            std::uint32_t one = 0;
            std::memcpy(&one, (*host)->data() + i * 4, 4);
            got[i % 256] += one;
        }
        for (std::size_t code = 0; code < 256; ++code) {
            QCOMPARE(got[code], want[code] * 2);
        }
    }
};

QTEST_APPLESS_MAIN(TestDeviceCasts)
#include "tst_devicecasts.moc"
