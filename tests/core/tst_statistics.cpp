// SPDX-License-Identifier: Apache-2.0
// Against long double arithmetic over sorted values; tests/interop compares with numpy and torch.
#include "core/dtypes/convert.h"
#include "core/dtypes/exact.h"
#include "core/values/elementtext.h"
#include "core/values/statistics.h"

#include <QTest>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <random>

using namespace ckptscope;

namespace {

constexpr double Inf = std::numeric_limits<double>::infinity();

template<class T>
std::vector<std::byte> bytesOf(const std::vector<T>& values)
{
    std::vector<std::byte> bytes(values.size() * sizeof(T));
    if (!values.empty()) {
        std::memcpy(bytes.data(), values.data(), bytes.size());
    }
    return bytes;
}

/// Random bits of a dtype: every code, NaN and Inf among them.
std::vector<std::byte> randomBits(std::size_t bytes, unsigned seed)
{
    std::mt19937 random(seed);
    std::vector<std::byte> out(bytes);
    for (auto& byte : out) {
        byte = static_cast<std::byte>(random());
    }
    return out;
}

std::vector<std::byte> normalValues(DType dtype, std::size_t count, unsigned seed, double mean, double deviation)
{
    std::mt19937 random(seed);
    std::normal_distribution<double> normal(mean, deviation);
    std::vector<double> values(count);
    for (double& value : values) {
        value = normal(random);
    }
    std::vector<std::byte> out(static_cast<std::size_t>(*byteSize(dtype, count)));
    if (dtype == DType::F64) {
        std::memcpy(out.data(), values.data(), out.size());
    } else {
        (void)castElements(DType::F64, std::as_bytes(std::span(values)), dtype, out, count);
    }
    return out;
}

Statistics statisticsOf(DType dtype, const std::vector<std::byte>& bytes, std::uint64_t elements)
{
    StatisticsAccumulator accumulator(dtype);
    accumulator.add(bytes, elements);
    return accumulator.finish();
}

struct Reference {
    std::uint64_t finite = 0, nan = 0, plus = 0, minus = 0, zeros = 0;
    double min = Inf, max = -Inf;
    long double mean = 0, std = 0, meanMagnitude = 0;
};

Reference reference(DType dtype, const std::vector<std::byte>& bytes, std::uint64_t elements)
{
    Reference r;
    std::vector<long double> values;
    for (std::uint64_t i = 0; i < elements; ++i) {
        const double v = decodeElement(dtype, bytes, i);
        if (std::isnan(v)) {
            ++r.nan;
        } else if (std::isinf(v)) {
            ++(v > 0 ? r.plus : r.minus);
        } else {
            values.push_back(static_cast<long double>(v));
            r.min = std::min(r.min, v);
            r.max = std::max(r.max, v);
            r.zeros += v == 0 ? 1U : 0U;
        }
    }
    r.finite = values.size();
    for (const long double v : values) {
        r.mean += v;
        r.meanMagnitude += std::abs(v);
    }
    r.mean /= static_cast<long double>(values.size());
    r.meanMagnitude /= static_cast<long double>(values.size());
    for (const long double v : values) {
        r.std += (v - r.mean) * (v - r.mean);
    }
    r.std = std::sqrt(r.std / static_cast<long double>(values.size()));
    return r;
}

bool near(double have, long double want, long double scale, double tolerance)
{
    return std::abs(static_cast<long double>(have) - want) <= static_cast<long double>(tolerance) * scale;
}

} // namespace

Q_DECLARE_METATYPE(ckptscope::DType)

class TestStatistics : public QObject {
    Q_OBJECT

private slots:
    void againstReference_data()
    {
        QTest::addColumn<DType>("dtype");
        QTest::addColumn<int>("elements");
        QTest::addColumn<bool>("random"); // random bits instead of normal values
        for (const DType dtype : {DType::F32,         DType::F64,     DType::BF16, DType::F16,     DType::F8_E4M3, DType::F8_E5M2, DType::F8_E4M3FNUZ,
                                  DType::F8_E5M2FNUZ, DType::F8_E8M0, DType::F4,   DType::F6_E2M3, DType::F6_E3M2, DType::BOOL,    DType::I8,
                                  DType::U8,          DType::I16,     DType::U16,  DType::I32,     DType::U32,     DType::I64,     DType::U64}) {
            for (const int elements : {8, 64, 4096, 4104, 20'000}) {
                const std::string name = std::string(dtypeName(dtype)) + " " + std::to_string(elements);
                QTest::newRow((name + " bits").c_str()) << dtype << elements << true;
                if (isRealFloat(dtype) && canCast(DType::F64, dtype)) {
                    QTest::newRow((name + " normal").c_str()) << dtype << elements << false;
                }
            }
        }
    }

    void againstReference()
    {
        QFETCH(DType, dtype);
        QFETCH(int, elements);
        QFETCH(bool, random);
        const auto count = static_cast<std::uint64_t>(elements);
        const auto bytes = random ? randomBits(static_cast<std::size_t>(*byteSize(dtype, count)), 7) : normalValues(dtype, count, 11, 3, 0.02);
        if (random && dtype == DType::F64) {
            return; // sums of random exponents overflow, see overflow()
        }
        const Statistics s = statisticsOf(dtype, bytes, count);
        const Reference r = reference(dtype, bytes, count);
        QCOMPARE(s.count, count);
        QCOMPARE(s.finite, r.finite);
        QCOMPARE(s.nan, r.nan);
        QCOMPARE(s.positiveInf, r.plus);
        QCOMPARE(s.negativeInf, r.minus);
        QCOMPARE(s.zeros, r.zeros);
        QCOMPARE(s.min, r.min);
        QCOMPARE(s.max, r.max);
        QCOMPARE(s.absMax, std::max(std::abs(r.min), std::abs(r.max)));
        QVERIFY2(near(s.mean, r.mean, r.meanMagnitude, 1e-15), qPrintable(QString::number(s.mean, 'g', 17)));
        QVERIFY2(near(s.std, r.std, r.std, 1e-13), qPrintable(QString::number(s.std, 'g', 17)));
    }

    void piecesDoNotMatter()
    {
        for (const DType dtype : {DType::F32, DType::BF16}) {
            const std::size_t size = dtypeInfo(dtype).blockBits / 8U;
            const std::uint64_t count = StatisticsAccumulator::PartElements + 12'345;
            std::vector<std::byte> bytes; // a short pattern, repeated: its values do not matter
            const auto pattern = normalValues(dtype, 10'007, 3, 0.1, 1);
            while (bytes.size() < count * size) {
                bytes.insert(bytes.end(), pattern.begin(), pattern.end());
            }
            bytes.resize(count * size);
            const Statistics whole = statisticsOf(dtype, bytes, count);

            StatisticsAccumulator pieces(dtype);
            std::mt19937 random(1);
            for (std::uint64_t at = 0; at < count;) {
                const std::uint64_t now = std::min<std::uint64_t>(count - at, 1 + random() % 100'000);
                pieces.add(std::span(bytes).subspan(at * size, now * size), now);
                at += now;
            }
            StatisticsAccumulator first(dtype);
            StatisticsAccumulator second(dtype);
            const std::uint64_t part = StatisticsAccumulator::PartElements;
            first.add(std::span(bytes).first(part * size), part);
            second.add(std::span(bytes).subspan(part * size), count - part);
            first.merge(std::move(second));
            for (const Statistics& other : {pieces.finish(), first.finish()}) {
                QCOMPARE(std::bit_cast<std::uint64_t>(other.mean), std::bit_cast<std::uint64_t>(whole.mean));
                QCOMPARE(std::bit_cast<std::uint64_t>(other.std), std::bit_cast<std::uint64_t>(whole.std));
                QCOMPARE(other.min, whole.min);
                QCOMPARE(other.max, whole.max);
                QCOMPARE(other.count, whole.count);
                QVERIFY(other.exact == whole.exact);
            }
        }
    }

    /// Blocks of BF16 are mostly looked at as they are stored: as if they were the floats that they stand for.
    void storedAsDecoded_data()
    {
        QTest::addColumn<double>("mean");
        QTest::addColumn<double>("deviation");
        QTest::addColumn<bool>("sparse");
        QTest::newRow("weights") << 0.0 << 0.02 << false;
        QTest::newRow("far from zero") << 100.0 << 1.0 << false;
        QTest::newRow("zeros among them") << 0.0 << 1.0 << true;
        QTest::newRow("denormals among them") << 0.0 << 0x1p-125 << false;
    }
    void storedAsDecoded()
    {
        QFETCH(double, mean);
        QFETCH(double, deviation);
        QFETCH(bool, sparse);
        constexpr std::uint64_t Count = 40'000;
        auto codes = normalValues(DType::BF16, Count, 9, mean, deviation);
        for (std::size_t i = 0; sparse && i < codes.size(); i += 30) {
            codes[i / 2 * 2] = codes[i / 2 * 2 + 1] = std::byte{0};
        }
        std::vector<std::byte> floats(Count * sizeof(float));
        QVERIFY(castElements(DType::BF16, codes, DType::F32, floats, Count));
        const Statistics stored = statisticsOf(DType::BF16, codes, Count);
        const Statistics decoded = statisticsOf(DType::F32, floats, Count);
        QCOMPARE(std::bit_cast<std::uint64_t>(stored.mean), std::bit_cast<std::uint64_t>(decoded.mean));
        QCOMPARE(std::bit_cast<std::uint64_t>(stored.std), std::bit_cast<std::uint64_t>(decoded.std));
        QCOMPARE(stored.min, decoded.min);
        QCOMPARE(stored.max, decoded.max);
        QCOMPARE(stored.zeros, decoded.zeros);
        QCOMPARE(stored.denormals, decoded.denormals);
        QVERIFY(stored.exact == decoded.exact);
        QCOMPARE(stored.zeros > 1000, sparse);
        QCOMPARE(stored.denormals > 1000, deviation < 1e-30);
    }

    void specials()
    {
        const auto f32 = [](const std::vector<float>& values) { return statisticsOf(DType::F32, bytesOf(values), values.size()); };
        const Statistics empty = f32({});
        QVERIFY(empty.count == 0 && std::isnan(empty.min) && std::isnan(empty.mean) && !empty.constant && empty.minText.empty());
        QVERIFY(empty.narrowest == DType::F32 && !empty.laundered(DType::F32));
        const Statistics none = f32({NAN, INFINITY, -INFINITY});
        QVERIFY(none.finite == 0 && std::isnan(none.max) && none.nan == 1 && none.positiveInf == 1 && none.negativeInf == 1);
        QVERIFY(!none.laundered(DType::F32));
        const Statistics zeros = f32({0.0F, -0.0F, 0.0F});
        QVERIFY(zeros.constant && zeros.zeros == 3 && zeros.denormals == 0);
        QVERIFY(f32({-0.0F, 0.0F}).constant);
        const Statistics small = f32({1e-45F, -1e-38F, 1.1754943508222875e-38F, 0.0F});
        QCOMPARE(small.denormals, 2U);
        QCOMPARE(small.minText, std::string("-1e-38"));
        QVERIFY(f32({2.5F, 2.5F}).constant && !f32({2.5F, 2.5000002F}).constant);
        const Statistics huge = statisticsOf(DType::F64, bytesOf(std::vector<double>{1.7e308, 1.7e308}), 2);
        QVERIFY(huge.mean == Inf && huge.max == 1.7e308);
        const Statistics level = statisticsOf(DType::F64, bytesOf(std::vector<double>(5'000, 0x1p600)), 5'000); // their squares are beyond F64
        QVERIFY(level.mean == 0x1p600 && level.std == 0);

        const Statistics big = statisticsOf(DType::I64, bytesOf(std::vector<std::int64_t>{INT64_MIN, INT64_MAX, 5}), 3);
        QCOMPARE(big.minText, std::string("-9223372036854775808"));
        QCOMPARE(big.maxText, std::string("9223372036854775807"));
        const Statistics wide = statisticsOf(DType::U64, bytesOf(std::vector<std::uint64_t>{UINT64_MAX, 0}), 2);
        QCOMPARE(wide.maxText, std::string("18446744073709551615"));
        QCOMPARE(wide.zeros, 1U);
        const Statistics flags = statisticsOf(DType::BOOL, bytesOf(std::vector<std::uint8_t>{0, 1, 1, 2, 255}), 5);
        QCOMPARE(flags.notBool, 2U);
        const Statistics parts = statisticsOf(DType::C64, bytesOf(std::vector<float>{1, -2, NAN, 3}), 2);
        QVERIFY(parts.count == 4 && parts.nan == 1 && parts.min == -2 && parts.max == 3);
        const Statistics halves = statisticsOf(DType::C32, bytesOf(std::vector<std::uint16_t>{0x3C00, 0xC000, 0x7C00, 1}), 2);
        QVERIFY(halves.count == 4 && halves.positiveInf == 1 && halves.min == -2 && halves.denormals == 1);
        // an odd number of nibbles: the padding is no element
        const Statistics nibbles = statisticsOf(DType::F4, {std::byte{0x72}, std::byte{0xF7}}, 3);
        QVERIFY(nibbles.count == 3 && nibbles.min == 1 && nibbles.max == 6);
    }

    void blocks()
    {
        std::vector<std::byte> q8(34 * 3);
        for (std::size_t b = 0; b < 3; ++b) {
            q8[34 * b + 1] = std::byte{0x3C}; // d = 1
            for (std::size_t i = 0; i < 32; ++i) {
                q8[34 * b + 2 + i] = static_cast<std::byte>(static_cast<int>(i) - 16);
            }
        }
        const Statistics s = statisticsOf(DType::GgmlQ8_0, q8, 96);
        QCOMPARE(s.count, 96U);
        QCOMPARE(s.min, -16.0);
        QCOMPARE(s.max, 15.0);
        QCOMPARE(s.mean, -0.5);
        QCOMPARE(s.zeros, 3U);
        QVERIFY(StatisticsAccumulator::supports(DType::GgmlIQ1_S));
        QVERIFY(!StatisticsAccumulator::supports(DType::Unknown));
    }

    void narrowestExact_data()
    {
        QTest::addColumn<QList<float>>("values");
        QTest::addColumn<DType>("narrowest");
        QTest::addColumn<bool>("laundered");
        const float nan = NAN;
        QTest::newRow("one third") << QList<float>{1.0F / 3.0F, 1} << DType::F32 << false;
        QTest::newRow("BF16 third") << QList<float>{0.333984375F, 1} << DType::BF16 << true;
        QTest::newRow("F16 third") << QList<float>{0.333251953125F, 1} << DType::F16 << true;
        QTest::newRow("halves") << QList<float>{1.5F, 448, -0.0F} << DType::F8_E4M3 << true;
        QTest::newRow("beyond E4M3") << QList<float>{1.5F, 57344} << DType::F8_E5M2 << true;
        QTest::newRow("beyond E5M2") << QList<float>{1.5F, 65536} << DType::BF16 << true;
        QTest::newRow("largest F16") << QList<float>{65504, 1} << DType::F16 << true;
        QTest::newRow("beyond F16") << QList<float>{65505, 1} << DType::F32 << false;
        QTest::newRow("least of E4M3") << QList<float>{0x1p-9F, 7 * 0x1p-9F} << DType::F8_E4M3 << true;
        QTest::newRow("below E4M3") << QList<float>{0x1p-10F, 1} << DType::F8_E5M2 << true;
        QTest::newRow("least of E5M2") << QList<float>{0x1p-16F, 1} << DType::F8_E5M2 << true;
        QTest::newRow("least of F16") << QList<float>{0x1p-24F * 1023, 0x1p-24F} << DType::F16 << true;
        QTest::newRow("below F16") << QList<float>{0x1p-25F, 1} << DType::BF16 << true;
        QTest::newRow("least of BF16") << QList<float>{0x1p-133F, 1} << DType::BF16 << true;
        QTest::newRow("below BF16") << QList<float>{0x1p-134F, 1} << DType::F32 << false;
        QTest::newRow("between F16 and BF16") << QList<float>{0.333984375F, 0.333251953125F, 65536} << DType::F32 << false;
        QTest::newRow("NaN says nothing") << QList<float>{nan, 0.333984375F, 1} << DType::BF16 << true;
        QTest::newRow("Inf is none of E4M3") << QList<float>{INFINITY, 1.5F} << DType::F8_E5M2 << true;
        QTest::newRow("whole numbers") << QList<float>{0, 1, -3, 256} << DType::F8_E4M3 << false;
        QTest::newRow("larger whole numbers") << QList<float>{0, 1, -3, 257} << DType::F16 << true;
        QTest::newRow("one value") << QList<float>{1.5F, 1.5F} << DType::F8_E4M3 << false;
    }

    void narrowestExact()
    {
        QFETCH(QList<float>, values);
        QFETCH(DType, narrowest);
        QFETCH(bool, laundered);
        const std::vector<float> floats(values.begin(), values.end());
        const Statistics s = statisticsOf(DType::F32, bytesOf(floats), floats.size());
        QCOMPARE(dtypeName(s.narrowest), dtypeName(narrowest));
        QCOMPARE(s.laundered(DType::F32), laundered);
        std::vector<double> doubles(values.begin(), values.end());
        QCOMPARE(dtypeName(statisticsOf(DType::F64, bytesOf(doubles), doubles.size()).narrowest), dtypeName(narrowest));
        doubles.push_back(0.1);
        QCOMPARE(dtypeName(statisticsOf(DType::F64, bytesOf(doubles), doubles.size()).narrowest), std::string_view("F64"));
        QVERIFY(!s.laundered(DType::BF16));
    }

    /// Every F16 and BF16 code as a float, and floats beside them, judged as casting there and back judges them.
    void exactAgreesWithCasts()
    {
        const std::array<std::pair<ExactKind, DType>, 4> kinds{{{ExactKind::BF16, DType::BF16},
                                                                {ExactKind::F16, DType::F16},
                                                                {ExactKind::F8_E4M3, DType::F8_E4M3},
                                                                {ExactKind::F8_E5M2, DType::F8_E5M2}}};
        std::mt19937 random(5);
        for (std::uint32_t i = 0; i < 160'000; i += i < 131'072 ? 3 : 1) {
            std::uint32_t bits = i < 65'536 ? i << 16U
                : i < 131'072               ? std::bit_cast<std::uint32_t>(f16ToFloat(static_cast<std::uint16_t>(i)))
                                            : static_cast<std::uint32_t>(random()) << random() % 24;
            const auto value = std::bit_cast<float>(bits);
            ExactSet set;
            narrowExactSet(set, std::span(&value, 1));
            for (const auto& [kind, dtype] : kinds) {
                std::array<std::byte, 2> narrow{};
                std::array<std::byte, 4> back{};
                const std::size_t size = dtypeInfo(dtype).blockBits / 8U;
                QVERIFY(castElements(DType::F32, std::as_bytes(std::span(&value, 1)), dtype, std::span(narrow).first(size), 1));
                QVERIFY(castElements(dtype, std::span(narrow).first(size), DType::F32, back, 1));
                float again = 0;
                std::memcpy(&again, back.data(), 4);
                const bool exact = std::isnan(value) ? std::isnan(again) : again == value;
                QVERIFY2(set.has(kind) == exact,
                         qPrintable(QString("%1 %2").arg(QString::number(bits, 16), QString::fromStdString(std::string(dtypeName(dtype))))));
            }
        }
    }

    /// Of BF16 tensors it is known from the smallest and the largest magnitude alone whether F16 holds them: each code, beside an ordinary number.
    void exactOfBf16()
    {
        for (std::uint32_t code = 0; code < 65'536; ++code) {
            const std::array<float, 2> values{std::bit_cast<float>(code << 16U), 1.0F};
            ExactSet set;
            narrowExactSet(set, values);
            const Statistics statistics = statisticsOf(DType::BF16, bytesOf(std::vector<std::uint16_t>{static_cast<std::uint16_t>(code), 0x3F80}), 2);
            QVERIFY2(statistics.exact == set, qPrintable(QString::number(code, 16)));
        }
    }

    void integers_data()
    {
        QTest::addColumn<QList<qint64>>("values");
        QTest::addColumn<DType>("narrowest"); // of an I64 tensor
        QTest::newRow("bytes") << QList<qint64>{0, 255} << DType::U8;
        QTest::newRow("signed bytes") << QList<qint64>{-128, 127} << DType::I8;
        QTest::newRow("beyond") << QList<qint64>{-129, 127} << DType::I16;
        QTest::newRow("words") << QList<qint64>{0, 65535} << DType::U16;
        QTest::newRow("32 bits") << QList<qint64>{0, 4294967295} << DType::U32;
        QTest::newRow("signed 32 bits") << QList<qint64>{-2147483648, 0} << DType::I32;
        QTest::newRow("64 bits") << QList<qint64>{-1, 4294967295} << DType::I64;
    }

    void integers()
    {
        QFETCH(QList<qint64>, values);
        QFETCH(DType, narrowest);
        const std::vector<std::int64_t> numbers(values.begin(), values.end());
        QCOMPARE(dtypeName(statisticsOf(DType::I64, bytesOf(numbers), numbers.size()).narrowest), dtypeName(narrowest));
    }

    void codes()
    {
        StatisticsAccumulator accumulator(DType::BF16, StatisticsAccumulator::Codes::Count);
        const std::vector<std::uint16_t> bits{0x3F80, 0xBF80, 0x3F80, 0x7FC0, 0x0000};
        accumulator.add(bytesOf(bits), bits.size());
        const auto codes = accumulator.codes();
        QCOMPARE(codes.size(), 4U);
        QVERIFY(codes[0].value == -1 && codes[1].value == 0 && codes[2].value == 1 && codes[2].count == 2 && std::isnan(codes[3].value));
    }

    void texts_data()
    {
        QTest::addColumn<DType>("dtype");
        QTest::addColumn<quint64>("bits");
        QTest::addColumn<QString>("text");
        const auto row = [](DType dtype, quint64 bits, const char* text) {
            QTest::addRow("%s %llx", std::string(dtypeName(dtype)).c_str(), bits) << dtype << bits << QString(text);
        };
        row(DType::BF16, 0x3DCD, "0.1");
        row(DType::BF16, 0x7F7F, "3.39e+38");
        row(DType::BF16, 0x0001, "9e-41");
        row(DType::BF16, 0x8000, "-0");
        row(DType::BF16, 0x7F80, "Infinity");
        row(DType::BF16, 0xFF80, "-Infinity");
        row(DType::BF16, 0x7FC1, "NaN");
        row(DType::F16, 0x2E66, "0.1");
        row(DType::F16, 0x7BFF, "65504"); // a whole number is exact
        row(DType::F16, 0x3555, "0.3333");
        row(DType::BF16, 0x4380, "256");
        row(DType::BF16, 0x4381, "258"); // 260 would read back, too
        row(DType::BF16, 0xBE95, "-0.291");
        row(DType::F16, 0x0001, "6e-08");
        row(DType::F32, 0x3DCCCCCD, "0.1");
        row(DType::F32, 1, "1e-45");
        row(DType::F64, 0x3FB999999999999A, "0.1");
        row(DType::F8_E4M3, 0x7E, "448");
        row(DType::F8_E4M3, 0x7F, "NaN");
        row(DType::F8_E5M2, 0x7B, "57344");
        row(DType::F8_E8M0, 0x00, "5.877472e-39");
        row(DType::F8_E5M2, 0xDA, "-192");
        row(DType::F8_E4M3, 0x01, "0.001953125");
        row(DType::F4, 0x05, "3");
        row(DType::F6_E2M3, 0x13, "2.75");
        row(DType::I8, 0xFF, "-1");
        row(DType::U64, UINT64_MAX, "18446744073709551615");
        row(DType::I64, 1ULL << 63U, "-9223372036854775808");
        row(DType::BOOL, 1, "true");
        row(DType::BOOL, 7, "7");
        row(DType::C64, 0xC000'0000'3FC0'0000, "1.5-2j");
        row(DType::C32, 0x3C00'3E00, "1.5+1j");
        row(DType::GgmlQ4_0, 0, "?");
    }

    void texts()
    {
        QFETCH(DType, dtype);
        QFETCH(quint64, bits);
        QFETCH(QString, text);
        std::array<std::byte, 16> packed{};
        std::memcpy(packed.data(), &bits, 8);
        QCOMPARE(QString::fromStdString(elementText(dtype, packed, 0)), text);
    }

    /// Each code of a narrow float: what is shown reads back to it, and one digit less does not.
    void textsReadBack()
    {
        for (const DType dtype : {DType::BF16, DType::F16, DType::F8_E4M3, DType::F8_E5M2, DType::F8_E4M3FNUZ, DType::F8_E5M2FNUZ, DType::F8_E8M0}) {
            const std::size_t size = dtypeInfo(dtype).blockBits / 8U;
            for (std::uint32_t code = 0; code < 1U << (8 * size); code += dtype == DType::BF16 || dtype == DType::F16 ? 13 : 1) {
                std::array<std::byte, 2> packed{};
                std::memcpy(packed.data(), &code, 2);
                const double value = decodeElement(dtype, packed, 0);
                if (!std::isfinite(value)) {
                    continue;
                }
                const std::string text = elementText(dtype, packed, 0);
                const auto parsed = static_cast<float>(std::strtod(text.c_str(), nullptr));
                std::array<std::byte, 2> again{};
                QVERIFY(castElements(DType::F32, std::as_bytes(std::span(&parsed, 1)), dtype, std::span(again).first(size), 1));
                QVERIFY2(again == packed, text.c_str());
                QVERIFY2(text.size() <= 14, text.c_str());
            }
        }
    }

    void bits()
    {
        const std::vector<std::byte> bytes{std::byte{0xCD}, std::byte{0x3D}, std::byte{0x72}, std::byte{0x01}};
        QCOMPARE(elementBits(DType::BF16, bytes, 0), std::string("0x3DCD"));
        QCOMPARE(elementBits(DType::F32, bytes, 0), std::string("0x01723DCD"));
        QCOMPARE(elementBits(DType::U8, bytes, 3), std::string("0x01"));
        QCOMPARE(elementBits(DType::F4, bytes, 4), std::string("0x2"));
        QCOMPARE(elementBits(DType::F4, bytes, 5), std::string("0x7"));
        QCOMPARE(elementBits(DType::F6_E2M3, bytes, 0), std::string("0xD"));
        QCOMPARE(elementBits(DType::F6_E2M3, bytes, 1), std::string("0x37"));
        QCOMPARE(elementBits(DType::U8, bytes, 9), std::string("0x00"));
    }
};

QTEST_APPLESS_MAIN(TestStatistics)
#include "tst_statistics.moc"
