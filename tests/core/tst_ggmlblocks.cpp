// SPDX-License-Identifier: Apache-2.0
// What ggml's own functions (ggml-org/ggml src/ggml-quants.c) gave for one block of each type; tests/interop compares random blocks with gguf-py.
#include "core/dtypes/ggmlblocks.h"

#include <QTest>

#include <array>
#include <cstring>
#include <numeric>
#include <vector>

using namespace ckptscope;

Q_DECLARE_METATYPE(ckptscope::DType)

class TestGgmlBlocks : public QObject {
    Q_OBJECT

private:
    static std::vector<std::byte> block(DType dtype, const std::vector<std::pair<int, QByteArray>>& patches)
    {
        std::vector<std::byte> bytes(dtypeInfo(dtype).blockBits / 8U);
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            bytes[i] = static_cast<std::byte>((37 * i + 11) % 256);
        }
        for (const auto& [at, patch] : patches) {
            std::memcpy(bytes.data() + at, patch.data(), static_cast<std::size_t>(patch.size()));
        }
        return bytes;
    }

private slots:
    void golden_data()
    {
        QTest::addColumn<DType>("dtype");
        QTest::addColumn<int>("d");                // offset of d := 0.5
        QTest::addColumn<int>("m");                // offset of m or dmin := 0.25; -1: none
        QTest::addColumn<QList<double>>("wanted"); // y[0] y[1] y[2] y[17] y[last] sum wsum
        const auto row = [](DType dtype, int d, int m, const QList<double>& wanted) {
            QTest::newRow(std::string(dtypeName(dtype)).c_str()) << dtype << d << m << wanted;
        };
        row(DType::GgmlQ4_0, 0, -1, {-1.5, 1, 3.5, -0.5, 0, -10.5, -259});
        row(DType::GgmlQ4_1, 0, 2, {7.75, 2.25, 4.75, 6.25, 6.25, 130.5, 2123.5});
        row(DType::GgmlQ5_0, 0, -1, {4.5, -1, 1.5, 0, 0.5, 7.5, 56});
        row(DType::GgmlQ5_1, 0, 2, {9.75, 12.25, 14.75, 2.75, 2.75, 260.5, 4082.5});
        row(DType::GgmlQ8_0, 0, -1, {42.5, 61, -48.5, -27, -24, -88, -4040});
        row(DType::GgmlQ2_K, 80, 82, {16.5, 0, 5.5, -0.75, 2.25, 1029.5, 121565});
        row(DType::GgmlQ3_K, 108, -1, {40.5, -54, 13.5, 64, 21, 479, 88572.5});
        row(DType::GgmlQ4_K, 0, 2, {157.75, -12.75, 64.75, -12.75, 24.25, 27220, 3786420});
        row(DType::GgmlQ5_K, 0, 2, {405.75, -12.75, 312.75, -12.75, 54.25, 58108, 8013724});
        row(DType::GgmlQ6_K, 208, -1, {-715.5, 848, 291.5, 256, -30, 2306, 392210});
        row(DType::GgmlQ8_K, 0, -1, {-48.5, -30, -11.5, 10, 61, -64, 22720});
        row(DType::GgmlIQ4_NL, 0, -1, {-17.5, 12.5, 56.5, -5, 0.5, -128.5, -3459.5});
        row(DType::GgmlIQ4_XS, 0, -1, {32.5, -0.5, -34.5, 17.5, -8, -5502.5, -1045567});
        row(DType::GgmlMXFP4, 0, -1, {0, 1.5, -0.5, 1.5, 1.5, 6.25, 159.5});
        row(DType::GgmlNVFP4, 0, -1, {-6, 2, -0.5, -4, 0.0078125, -4.4140625, -173.3828125});
        row(DType::GgmlTQ1_0, 52, -1, {-0.5, -0.5, -0.5, 0, -0.5, -1, -65.5});
        row(DType::GgmlTQ2_0, 64, -1, {1, -0.5, 0, -0.5, -0.5, 64.5, 8622.5});
        row(DType::GgmlIQ2_XXS, 0, -1, {-29.5625, 29.5625, 17.1875, 29.5625, -40.3125, 381.875, 18396.5});
        row(DType::GgmlIQ2_XS, 0, -1, {-5.5, 17.1875, -5.5, -9.5, -9.5, 745.25, 61599.0625});
        row(DType::GgmlIQ2_S, 0, -1, {-72.5625, 42.1875, -13.5, -61.8125, 39.0625, -400.3125, -31040.3125});
        row(DType::GgmlIQ3_XXS, 0, -1, {-6.5, 4.5, -3.5, -0.5, -7.5, -342, 1511.5});
        row(DType::GgmlIQ3_S, 0, -1, {-40.5, 121.5, -175.5, -121.5, 112.5, 728, 101395});
        row(DType::GgmlIQ1_S, 0, -1, {-1.3125, 0.1875, 1.6875, -1.3125, -2.1875, 10, -5914.5});
        row(DType::GgmlIQ1_M, 48, -1, {-0.4375, 3.0625, -0.4375, 0.9375, -0.9375, 20.5, -1118});
        row(DType::GgmlQ1_0, 0, -1, {0.5, -0.5, 0.5, 0.5, 0.5, 0, -266});
        row(DType::GgmlQ2_0, 0, -1, {0, 0, 0, 0.5, 0.5, 15, 406.5});
    }

    void golden()
    {
        QFETCH(DType, dtype);
        QFETCH(int, d);
        QFETCH(int, m);
        QFETCH(QList<double>, wanted);
        const QByteArray half("\x00\x38", 2);
        std::vector<std::pair<int, QByteArray>> patches{{d,
                                                         dtype == DType::GgmlQ8_K ? QByteArray("\x00\x00\x00\x3f", 4)
                                                             : dtype == DType::GgmlIQ1_M // in the high nibbles of four words
                                                             ? QByteArray("\xfb\x00\x45\x0a\x8f\x84\xd9\x3e", 8)
                                                             : dtype == DType::GgmlMXFP4     ? QByteArray("\x7e", 1)
                                                                 : dtype == DType::GgmlNVFP4 ? QByteArray("\x38\x40\x30\x08", 4)
                                                                                             : half}};
        if (m >= 0) {
            patches.emplace_back(m, QByteArray("\x00\x34", 2));
        }
        const auto bytes = block(dtype, patches);
        std::vector<float> y(dtypeInfo(dtype).blockElements);
        QVERIFY(decodeGgmlBlocks(dtype, bytes, y));
        double sum = 0;
        double weighted = 0;
        for (std::size_t i = 0; i < y.size(); ++i) {
            sum += static_cast<double>(y[i]);
            weighted += static_cast<double>(y[i]) * static_cast<double>(i + 1);
        }
        const QList<double> got{static_cast<double>(y[0]),
                                static_cast<double>(y[1]),
                                static_cast<double>(y[2]),
                                static_cast<double>(y[17]),
                                static_cast<double>(y.back()),
                                sum,
                                weighted};
        QCOMPARE(got, wanted);
    }

    void edges()
    {
        std::vector<float> y(32);
        std::vector<std::byte> q8(34);
        q8[2] = std::byte{5};
        QVERIFY(decodeGgmlBlocks(DType::GgmlQ8_0, q8, y));
        QVERIFY(!decodeGgmlBlocks(DType::GgmlQ8_0, std::span(q8).first(33), y));
        QVERIFY(!decodeGgmlBlocks(DType::GgmlQ8_0, q8, std::span(y).first(31)));
        QVERIFY(!decodeGgmlBlocks(DType::F32, q8, y));
        QVERIFY(!canDecodeGgml(DType::BF16));
        QVERIFY(!canDecodeGgml(DType::Unknown));
        QVERIFY(decodeGgmlBlocks(DType::GgmlQ8_0, {}, {}));

        // E8M0 scales at both ends: 2^-128 and 2^-127 halves are subnormal floats; 255 is a number to ggml
        std::vector<std::byte> fp4(17, std::byte{0x11});
        const std::array<std::pair<int, float>, 4> scales{{{0, 0x1p-128F}, {1, 0x1p-127F}, {2, 0x1p-126F}, {255, 0x1p127F}}};
        for (const auto& [code, wanted] : scales) {
            fp4[0] = static_cast<std::byte>(code);
            QVERIFY(decodeGgmlBlocks(DType::GgmlMXFP4, fp4, y));
            QCOMPARE(y[0], wanted);
        }
    }

    void swaps()
    {
        const std::array<std::pair<DType, std::vector<int>>, 4> rows{
            {{DType::GgmlQ4_1, {0, 2}}, {DType::GgmlQ2_K, {80, 82}}, {DType::GgmlQ6_K, {208}}, {DType::GgmlMXFP4, {}}}};
        for (const auto& [dtype, halves] : rows) {
            const auto one = block(dtype, {});
            auto two = one;
            two.insert(two.end(), one.begin(), one.end());
            auto wanted = two;
            for (const int at : halves) {
                for (const std::size_t start : {std::size_t{0}, one.size()}) {
                    std::swap(wanted[start + static_cast<std::size_t>(at)], wanted[start + static_cast<std::size_t>(at) + 1]);
                }
            }
            swapGgmlBlocks(dtype, two);
            QVERIFY(two == wanted);
        }
    }

    void types()
    {
        QCOMPARE(ggmlType(0).dtype, DType::F32);
        QCOMPARE(ggmlType(30).dtype, DType::BF16);
        QCOMPARE(ggmlType(12).dtype, DType::GgmlQ4_K);
        QCOMPARE(ggmlType(42).dtype, DType::GgmlQ2_0);
        QVERIFY(ggmlType(4).removed && ggmlType(31).removed && ggmlType(36).removed);
        QVERIFY(ggmlType(43).name.empty() && ggmlType(-1).name.empty() && ggmlType(INT32_MIN).name.empty());
    }
};

QTEST_APPLESS_MAIN(TestGgmlBlocks)
#include "tst_ggmlblocks.moc"
