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
        const auto use = chooseDevice(device.toStdString(), 1024);
        QVERIFY(use != nullptr);
        QCOMPARE(!use->fallback().empty(), fallsBack);
        QCOMPARE(use->device() == nullptr, use->name() == "cpu");
        use->giveUp("nothing"); // of the CPU there is nothing to give up
        QCOMPARE(use->device() == nullptr && !use->fallback().empty(), fallsBack || device == "cuda");
    }

    void names()
    {
        for (const char* name : {"auto", "cpu", "cuda", "cuda:0", "cuda:12"}) {
            QVERIFY2(isDeviceName(name), name);
        }
        for (const char* name : {"", "gpu", "cuda:", "cuda:-1", "cuda:x", "cuda:1 ", "CUDA"}) {
            QVERIFY2(!isDeviceName(name), name);
        }
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
