// SPDX-License-Identifier: Apache-2.0
#include "core/upcast/upcaster.h"

#include <QTest>

#include <array>
#include <cstring>

using namespace ckptscope;

class TestUpcaster : public QObject {
    Q_OBJECT

private slots:
    void choosesAndSaysWhy_data()
    {
        QTest::addColumn<QString>("device");
        QTest::addColumn<bool>("fallsBack");
        QTest::newRow("auto") << "auto" << false;
        QTest::newRow("cpu") << "cpu" << false;
        QTest::newRow("none of that name") << "tpu" << true;
        // Whether cuda is there depends on the build and the machine: the list of devices has the word.
        bool cuda = false;
        for (const UpcastDevice& device : upcastDevices()) {
            cuda = cuda || (device.id.starts_with("cuda") && device.absent.empty());
        }
        QTest::newRow("cuda") << "cuda" << !cuda;
        QTest::newRow("cuda:7") << "cuda:7" << true;
    }
    void choosesAndSaysWhy()
    {
        QFETCH(QString, device);
        QFETCH(bool, fallsBack);
        const UpcasterChoice choice = chooseUpcaster(device.toStdString(), 1024);
        QVERIFY(choice.upcaster != nullptr);
        QCOMPARE(!choice.fallback.empty(), fallsBack);
        const std::array<std::uint16_t, 2> in {0x3F80, 0xC000};
        std::array<float, 2> out {};
        const auto loss = choice.upcaster->cast(DType::BF16, std::as_bytes(std::span(in)), DType::F32, std::as_writable_bytes(std::span(out)), 2);
        QVERIFY(loss);
        QCOMPARE(out[0], 1.0F);
        QCOMPARE(out[1], -2.0F);
    }

    void cpuIsAlwaysThere()
    {
        const auto devices = upcastDevices();
        QVERIFY(!devices.empty());
        QCOMPARE(QString::fromStdString(devices.front().id), QStringLiteral("cpu"));
        QVERIFY(devices.front().absent.empty());
    }
};

QTEST_APPLESS_MAIN(TestUpcaster)
#include "tst_upcaster.moc"
