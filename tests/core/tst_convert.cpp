// SPDX-License-Identifier: Apache-2.0
#include "core/dtypes/convert.h"

#include <QCryptographicHash>
#include <QTest>

#include <bit>
#include <cmath>
#include <cstring>
#include <set>
#include <vector>

using namespace ckptscope;

namespace {

struct Golden {
    const char* from;
    const char* to;
    const char* kind;
    const char* inputSha;
    const char* outputSha;
    CastLoss loss;
};

#pragma GCC diagnostic push // Clang wants braces around the counts of each row
#pragma GCC diagnostic ignored "-Wmissing-braces"
constexpr Golden Goldens[] = {
#include "tests/fixtures/cast_golden.inc"
};
#pragma GCC diagnostic pop

using Bytes = std::vector<std::byte>;

std::set<std::uint64_t> patterns(unsigned mantissaBits)
{
    const std::uint64_t full = (std::uint64_t{1} << mantissaBits) - 1;
    std::set<std::uint64_t> out{0, full};
    for (unsigned k = 0; k < mantissaBits; ++k) {
        const std::uint64_t bit = std::uint64_t{1} << k;
        for (const std::uint64_t base : {bit, full & ~(bit - 1), std::uint64_t{3} << k, std::uint64_t{5} << k}) {
            for (const std::uint64_t step : {~std::uint64_t{0}, std::uint64_t{0}, std::uint64_t{1}}) {
                out.insert((base + step) & full);
            }
        }
    }
    return out;
}

template<class T>
void append(Bytes& out, T value)
{
    const std::size_t at = out.size();
    out.resize(at + sizeof(value));
    std::memcpy(out.data() + at, &value, sizeof(value));
}

Bytes adversarial(DType dtype)
{
    Bytes out;
    std::uint64_t state = dtype == DType::F32 ? 1 : 2;
    const auto next = [&] { return state = state * 6364136223846793005ULL + 1442695040888963407ULL; };
    if (dtype == DType::F32) {
        for (std::uint32_t sign = 0; sign < 2; ++sign) {
            for (std::uint32_t exponent = 0; exponent < 256; ++exponent) {
                for (const std::uint64_t mantissa : patterns(23)) {
                    append(out, (sign << 31U) | (exponent << 23U) | static_cast<std::uint32_t>(mantissa));
                }
            }
        }
        for (int i = 0; i < 20000; ++i) {
            append(out, static_cast<std::uint32_t>(next() >> 32U));
        }
        return out;
    }
    std::vector<std::uint64_t> exponents{0, 1, 2046, 2047};
    const auto range = [&](std::uint64_t from, std::uint64_t to) {
        for (std::uint64_t e = from; e < to; ++e) {
            exponents.push_back(e);
        }
    };
    range(1023 - 155, 1023 - 120);
    range(1023 - 30, 1023 + 20);
    range(1023 + 120, 1023 + 130);
    for (std::uint64_t sign = 0; sign < 2; ++sign) {
        for (const std::uint64_t exponent : exponents) {
            for (const std::uint64_t mantissa : patterns(52)) {
                append(out, (sign << 63U) | (exponent << 52U) | mantissa);
            }
        }
    }
    for (int i = 0; i < 20000; ++i) {
        append(out, next());
    }
    return out;
}

Bytes allCodes(DType dtype)
{
    Bytes out;
    switch (dtypeInfo(dtype).blockBits) {
    case 16:
        for (std::uint32_t code = 0; code < 65536; ++code) {
            append(out, static_cast<std::uint16_t>(code));
        }
        break;
    case 8:
        for (std::uint32_t code = 0; code < 256; ++code) {
            append(out, static_cast<std::uint8_t>(code));
        }
        break;
    default: {
        const unsigned width = dtypeInfo(dtype).blockBits;
        std::uint32_t pending = 0;
        unsigned bits = 0;
        for (std::uint32_t code = 0; code < (1U << width); ++code) {
            pending |= code << bits;
            for (bits += width; bits >= 8; bits -= 8) {
                append(out, static_cast<std::uint8_t>(pending));
                pending >>= 8U;
            }
        }
    }
    }
    return out;
}

std::uint64_t elementsOf(DType dtype, const Bytes& bytes)
{
    return bytes.size() * 8 / dtypeInfo(dtype).blockBits;
}

/// Every NaN all ones: which NaN it is has its own test, since torch's own paths differ.
Bytes withPlainNan(DType dtype, Bytes bytes)
{
    const std::size_t width = dtypeInfo(dtype).blockBits / 8U;
    for (std::uint64_t i = 0; i < bytes.size() / width; ++i) {
        if (std::isnan(decodeElement(dtype, bytes, i))) {
            std::memset(bytes.data() + i * width, 0xFF, width);
        }
    }
    return bytes;
}

QByteArray sha256(const Bytes& bytes)
{
    return QCryptographicHash::hash(QByteArray::fromRawData(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())),
                                    QCryptographicHash::Sha256)
        .toHex();
}

template<class T>
T castOne(DType from, std::uint64_t code, DType to)
{
    Bytes in(dtypeInfo(from).blockBits / 8U);
    std::memcpy(in.data(), &code, in.size());
    Bytes out(sizeof(T));
    if (!castElements(from, in, to, out, 1)) {
        qFatal("cast refused");
    }
    T value{};
    std::memcpy(&value, out.data(), sizeof(T));
    return value;
}

} // namespace

class TestConvert : public QObject {
    Q_OBJECT

private slots:
    void equalsTorch_data()
    {
        QTest::addColumn<int>("row");
        for (int i = 0; i < static_cast<int>(std::size(Goldens)); ++i) {
            QTest::addRow("%s to %s", Goldens[i].from, Goldens[i].to) << i;
        }
    }
    void equalsTorch()
    {
        QFETCH(int, row);
        const Golden& golden = Goldens[row];
        const DType from = *dtypeFromSafetensors(golden.from);
        const DType to = *dtypeFromSafetensors(golden.to);
        const Bytes in = std::strcmp(golden.kind, "codes") == 0 ? allCodes(from) : adversarial(from);
        QCOMPARE(sha256(in), QByteArray(golden.inputSha));
        const std::uint64_t elements = elementsOf(from, in);
        Bytes out(*byteSize(to, elements));
        const auto loss = castElements(from, in, to, out, elements);
        QVERIFY(loss);
        QCOMPARE(sha256(withPlainNan(to, out)), QByteArray(golden.outputSha));
        QCOMPARE(loss->inexact, golden.loss.inexact);
        QCOMPARE(loss->overflowed, golden.loss.overflowed);
        QCOMPARE(loss->flushed, golden.loss.flushed);
        QCOMPARE(isLosslessCast(from, to) ? loss->inexact : 0, std::uint64_t{0});
    }

    void unalignedEqualsAligned()
    {
        const Bytes in = allCodes(DType::BF16);
        Bytes shifted(1);
        shifted.insert(shifted.end(), in.begin(), in.end()); // GCC 12, optimising, takes std::copy into a vector of size() + 1 for an overflow
        Bytes out(in.size() * 2);
        Bytes outShifted(out.size() + 3);
        QVERIFY(castElements(DType::BF16, in, DType::F32, out, 65536));
        QVERIFY(castElements(DType::BF16, std::span(shifted).subspan(1), DType::F32, std::span(outShifted).subspan(3), 65536));
        QVERIFY(std::equal(out.begin(), out.end(), outShifted.begin() + 3));
    }

    void scalarEqualsLoops()
    {
        const Bytes singles = adversarial(DType::F32);
        const std::uint64_t elements = singles.size() / 4;
        for (const DType to : {DType::BF16, DType::F16, DType::F8_E4M3, DType::F8_E5M2, DType::F8_E4M3FNUZ, DType::F8_E5M2FNUZ, DType::F8_E8M0}) {
            Bytes out(*byteSize(to, elements));
            QVERIFY(castElements(DType::F32, singles, to, out, elements));
            for (std::uint64_t i = 0; i < elements; ++i) {
                float value = 0;
                std::memcpy(&value, singles.data() + i * 4, 4);
                std::uint16_t have = 0;
                std::memcpy(&have, out.data() + i * dtypeInfo(to).blockBits / 8U, dtypeInfo(to).blockBits / 8U);
                const std::uint16_t want = to == DType::BF16 ? floatToBf16(value)
                    : to == DType::F16                       ? floatToF16(value)
                                                             : floatToSmallFloat(to, value);
                if (have != want) {
                    QFAIL(qPrintable(QStringLiteral("%1: element %2").arg(QLatin1String(dtypeName(to).data())).arg(i)));
                }
            }
        }
    }

    /// Values from an independent table (sums and single codes worked out by hand from the format definitions).
    void checkValues_data()
    {
        QTest::addColumn<int>("dtype");
        QTest::addColumn<int>("code");
        QTest::addColumn<double>("value");
        const auto row = [](DType dtype, int code, double value) {
            QTest::addRow("%s %02x", dtypeName(dtype).data(), code) << static_cast<int>(dtype) << code << value;
        };
        const double inf = std::numeric_limits<double>::infinity();
        const double nan = std::numeric_limits<double>::quiet_NaN();
        const struct {
            int code;
            double e4m3, e5m2, e4m3fnuz, e5m2fnuz;
        } table[] = {
            {0x01, 0.001953125, 1.52587890625e-05, 0.0009765625, 7.62939453125e-06},
            {0x07, 0.013671875, 0.0001068115234375, 0.0068359375, 5.340576171875e-05},
            {0x08, 0.015625, 0.0001220703125, 0.0078125, 6.103515625e-05},
            {0x38, 1, 0.5, 0.5, 0.25},
            {0x3C, 1.5, 1, 0.75, 0.5},
            {0x55, 13, 80, 6.5, 40},
            {0x7B, 352, 57344, 176, 28672},
            {0x7C, 384, inf, 192, 32768},
            {0x7F, nan, nan, 240, 57344},
            {0x80, -0.0, -0.0, nan, nan},
            {0xFF, nan, nan, -240, -57344},
        };
        for (const auto& line : table) {
            row(DType::F8_E4M3, line.code, line.e4m3);
            row(DType::F8_E5M2, line.code, line.e5m2);
            row(DType::F8_E4M3FNUZ, line.code, line.e4m3fnuz);
            row(DType::F8_E5M2FNUZ, line.code, line.e5m2fnuz);
        }
        row(DType::F6_E2M3, 0x13, 2.75);
        row(DType::F6_E2M3, 0x1F, 7.5);
        row(DType::F6_E2M3, 0x2A, -1.25);
        row(DType::F6_E3M2, 0x13, 3.5);
        row(DType::F6_E3M2, 0x1F, 28);
        row(DType::F6_E3M2, 0x2A, -0.75);
        row(DType::F4, 7, 6);
        row(DType::F4, 9, -0.5);
        row(DType::F8_E8M0, 0, 0x1p-127);
        row(DType::F8_E8M0, 0xFE, 0x1p127);
        row(DType::F8_E8M0, 0xFF, nan);
    }
    void checkValues()
    {
        QFETCH(int, dtype);
        QFETCH(int, code);
        QFETCH(double, value);
        const double have = static_cast<double>(smallFloatToFloat(static_cast<DType>(dtype), static_cast<std::uint8_t>(code)));
        if (std::isnan(value)) {
            QVERIFY(std::isnan(have));
        } else {
            QCOMPARE(std::bit_cast<std::uint64_t>(have), std::bit_cast<std::uint64_t>(value));
        }
    }

    void nanRules_data()
    {
        QTest::addColumn<int>("from");
        QTest::addColumn<quint64>("code");
        QTest::addColumn<int>("to");
        QTest::addColumn<quint64>("want");
        const auto row = [](DType from, quint64 code, DType to, quint64 want) {
            QTest::addRow("%s %llx to %s", dtypeName(from).data(), static_cast<unsigned long long>(code), dtypeName(to).data())
                << static_cast<int>(from) << code << static_cast<int>(to) << want;
        };
        // widening: sign and payload stay, signalling NaNs stay signalling
        row(DType::BF16, 0x7F81, DType::F32, 0x7F810000);
        row(DType::BF16, 0xFFC5, DType::F32, 0xFFC50000);
        row(DType::BF16, 0x7F81, DType::F64, 0x7FF0200000000000);
        row(DType::F16, 0x7C01, DType::F32, 0x7F802000);
        row(DType::F16, 0xFE00, DType::F32, 0xFFC00000);
        row(DType::F32, 0x7F800001, DType::F64, 0x7FF0000020000000);
        row(DType::F32, 0xFFC00000, DType::F64, 0xFFF8000000000000);
        row(DType::F8_E5M2, 0x7D, DType::F32, 0x7FA00000);
        row(DType::F8_E5M2, 0xFD, DType::F16, 0xFD00);
        row(DType::F8_E5M2, 0x7D, DType::BF16, 0x7FA0);
        row(DType::F8_E4M3, 0xFF, DType::F32, 0xFFF00000);
        row(DType::F8_E4M3FNUZ, 0x80, DType::F32, 0x7FC00000);
        row(DType::F8_E8M0, 0xFF, DType::BF16, 0x7FC0);
        // narrowing: sign stays, quiet
        row(DType::F32, 0x7F800001, DType::BF16, 0x7FC0);
        row(DType::F32, 0xFFFFFFFF, DType::BF16, 0xFFFF);
        row(DType::F32, 0xFF812345, DType::F16, 0xFE09);
        row(DType::F32, 0xFFC00000, DType::F8_E4M3, 0xFF);
        row(DType::F32, 0x7F800001, DType::F8_E5M2, 0x7F);
        row(DType::F32, 0xFFC00000, DType::F8_E4M3FNUZ, 0x80);
        row(DType::F32, 0xFFC00000, DType::F8_E8M0, 0xFF);
        row(DType::F64, 0xFFF0000000000001, DType::F32, 0xFFC00000);
        row(DType::F64, 0x7FF0000000000001, DType::BF16, 0x7FC0);
        row(DType::F16, 0x7C01, DType::BF16, 0x7FC0);
        row(DType::BF16, 0xFF81, DType::F16, 0xFE08);
    }
    void nanRules()
    {
        QFETCH(int, from);
        QFETCH(quint64, code);
        QFETCH(int, to);
        QFETCH(quint64, want);
        const auto target = static_cast<DType>(to);
        quint64 have = 0;
        switch (dtypeInfo(target).blockBits) {
        case 64:
            have = castOne<std::uint64_t>(static_cast<DType>(from), code, target);
            break;
        case 32:
            have = castOne<std::uint32_t>(static_cast<DType>(from), code, target);
            break;
        case 16:
            have = castOne<std::uint16_t>(static_cast<DType>(from), code, target);
            break;
        default:
            have = castOne<std::uint8_t>(static_cast<DType>(from), code, target);
        }
        QCOMPARE(have, want);
    }

    void refuses()
    {
        Bytes four(4);
        Bytes eight(8);
        const auto wrong = castElements(DType::I32, four, DType::F32, eight, 1);
        QVERIFY(!wrong);
        QCOMPARE(wrong.error().code, Code::CastUnsupported);
        QCOMPARE(castElements(DType::F32, four, DType::F4, eight, 1).error().code, Code::CastUnsupported);
        QCOMPARE(castElements(DType::BF16, four, DType::F32, eight, 3).error().code, Code::Internal);
        QCOMPARE(castElements(DType::BF16, four, DType::F32, four, 2).error().code, Code::Internal);
        QVERIFY(castElements(DType::BF16, {}, DType::F32, {}, 0));
        QVERIFY(canCast(DType::F8_E4M3, DType::F8_E4M3));
        QVERIFY(!canCast(DType::C64, DType::F32));
        QVERIFY(!canCast(DType::GgmlQ4_K, DType::F32));
    }

    void decodesOthers()
    {
        const auto bytes = [](std::initializer_list<int> list) {
            Bytes out;
            for (const int b : list) {
                out.push_back(static_cast<std::byte>(b));
            }
            return out;
        };
        QCOMPARE(decodeElement(DType::I8, bytes({1, 0xFF}), 1), -1.0);
        QCOMPARE(decodeElement(DType::U16, bytes({0xFF, 0xFF}), 0), 65535.0);
        QCOMPARE(decodeElement(DType::I64, bytes({0xFE, 255, 255, 255, 255, 255, 255, 255}), 0), -2.0);
        QCOMPARE(decodeElement(DType::C64, bytes({0, 0, 0x80, 0x3F, 0, 0, 0, 0x40}), 0), 1.0);
        QCOMPARE(decodeImag(DType::C64, bytes({0, 0, 0x80, 0x3F, 0, 0, 0, 0x40}), 0), 2.0);
        QCOMPARE(decodeElement(DType::C32, bytes({0, 0x3C, 0, 0x40}), 0), 1.0);
        QCOMPARE(decodeImag(DType::C32, bytes({0, 0x3C, 0, 0x40}), 0), 2.0);
        QCOMPARE(decodeElement(DType::F4, bytes({0x21}), 0), 0.5);
        QCOMPARE(decodeElement(DType::F4, bytes({0x21}), 1), 1.0);
        QVERIFY(std::isnan(decodeElement(DType::GgmlQ4_0, bytes({1, 2}), 0)));
        double sum = 0;
        for (int code = 0; code < 0x20; ++code) {
            sum += static_cast<double>(smallFloatToFloat(DType::F6_E3M2, static_cast<std::uint8_t>(code)));
        }
        QCOMPARE(sum, 175.0);
    }
};

QTEST_APPLESS_MAIN(TestConvert)
#include "tst_convert.moc"
