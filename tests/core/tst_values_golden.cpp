// SPDX-License-Identifier: Apache-2.0
// Blocks as gguf-py decodes them, tensors as numpy describes them: tests/fixtures/make_values_golden.py.
#include "core/dtypes/convert.h"
#include "core/dtypes/ggmlblocks.h"
#include "core/formats/formatreader.h"
#include "core/values/histogram.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"

#include <QCryptographicHash>
#include <QTest>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

using namespace ckptscope;
using ckptscope::test::SafetensorsFile;
using ckptscope::test::TempDir;

namespace {

class Generator {
public:
    explicit Generator(std::uint64_t seed)
        : m_state(seed)
    {
    }
    std::uint64_t next()
    {
        m_state = m_state * 6364136223846793005ULL + 1442695040888963407ULL;
        return m_state;
    }

private:
    std::uint64_t m_state;
};

std::string randomBytes(std::size_t count, std::uint64_t seed)
{
    Generator generator(seed);
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        out += static_cast<char>(generator.next() >> 56U);
    }
    return out;
}

QByteArray sha(const void* data, std::size_t bytes)
{
    return QCryptographicHash::hash(QByteArray::fromRawData(static_cast<const char*>(data), static_cast<qsizetype>(bytes)),
                                    QCryptographicHash::Sha256)
        .toHex();
}

struct BlockRow {
    DType dtype;
    std::size_t blocks;
    const char* input;
    const char* output;
};
#define GGML_GOLDEN(type, blocks, input, output) BlockRow{DType::Ggml##type, blocks, input, output},
const std::vector<BlockRow> BlockRows{
#include "tests/fixtures/values_golden.inc"
};
#undef GGML_GOLDEN

struct ValueRow {
    DType dtype;
    const char* kind;
    std::size_t elements;
    const char* input;
    std::uint64_t nan, plus, minus, zeros;
    double min, max, mean, std;
    const char* counts;
    std::array<double, 3> quantiles;
};
#define VALUES_GOLDEN(type, kind, elements, input, nan, plus, minus, zeros, min, max, mean, std, counts, q1, q2, q3)                                 \
    ValueRow{DType::type, kind, elements, input, nan, plus, minus, zeros, min, max, mean, std, counts, {q1, q2, q3}},
const std::vector<ValueRow> ValueRows{
#include "tests/fixtures/values_golden.inc"
};
#undef VALUES_GOLDEN

/// The generator's seeds follow the script's order of dtypes.
constexpr std::array Order{DType::F64,     DType::F32, DType::F16, DType::BF16, DType::F8_E4M3, DType::F8_E5M2,
                           DType::F8_E8M0, DType::I8,  DType::U8,  DType::I16,  DType::I32,     DType::I64};

std::string uniform(DType dtype, std::size_t elements, std::uint64_t seed)
{
    Generator generator(seed);
    std::string out(elements * dtypeInfo(dtype).blockBits / 8U, '\0');
    for (std::size_t i = 0; i < elements; ++i) {
        const double unit = static_cast<double>(generator.next() >> 11U) * 0x1p-53;
        const double value = (unit - 0.25) * (isRealFloat(dtype) ? 1.0 : 100.0);
        if (isRealFloat(dtype)) {
            const std::size_t size = dtypeInfo(dtype).blockBits / 8U;
            const auto to = std::as_writable_bytes(std::span(out)).subspan(i * size, size);
            if (dtype == DType::F64) {
                std::memcpy(to.data(), &value, 8);
            } else if (!castElements(DType::F64, std::as_bytes(std::span(&value, 1)), dtype, to, 1)) {
                return {};
            }
        } else {
            const auto number = static_cast<std::int64_t>(value);
            std::memcpy(out.data() + i * dtypeInfo(dtype).blockBits / 8U, &number, dtypeInfo(dtype).blockBits / 8U);
        }
    }
    return out;
}

} // namespace

class TestValuesGolden : public QObject {
    Q_OBJECT

private slots:
    void blocks_data()
    {
        QTest::addColumn<int>("row");
        for (std::size_t i = 0; i < BlockRows.size(); ++i) {
            QTest::newRow(std::string(dtypeName(BlockRows[i].dtype)).c_str()) << static_cast<int>(i);
        }
    }

    void blocks()
    {
        QFETCH(int, row);
        const BlockRow& wanted = BlockRows[static_cast<std::size_t>(row)];
        const std::string bytes = randomBytes(wanted.blocks * dtypeInfo(wanted.dtype).blockBits / 8U, 100 + static_cast<std::uint64_t>(row));
        QCOMPARE(sha(bytes.data(), bytes.size()), QByteArray(wanted.input));
        std::vector<float> values(wanted.blocks * dtypeInfo(wanted.dtype).blockElements);
        QVERIFY(decodeGgmlBlocks(wanted.dtype, std::as_bytes(std::span(bytes)), values));
        std::vector<std::uint32_t> bits;
        for (const float value : values) {
            bits.push_back(std::isnan(value) ? UINT32_MAX : std::bit_cast<std::uint32_t>(value));
        }
        QCOMPARE(sha(bits.data(), bits.size() * 4), QByteArray(wanted.output));
    }

    void statistics_data()
    {
        QTest::addColumn<int>("row");
        for (std::size_t i = 0; i < ValueRows.size(); ++i) {
            QTest::addRow("%s %s %zu", std::string(dtypeName(ValueRows[i].dtype)).c_str(), ValueRows[i].kind, ValueRows[i].elements)
                << static_cast<int>(i);
        }
    }

    void statistics()
    {
        QFETCH(int, row);
        const ValueRow& wanted = ValueRows[static_cast<std::size_t>(row)];
        const auto seed = static_cast<std::uint64_t>(std::find(Order.begin(), Order.end(), wanted.dtype) - Order.begin());
        const std::string bytes = std::string(wanted.kind) == "bits"
            ? randomBytes(wanted.elements * dtypeInfo(wanted.dtype).blockBits / 8U, 200 + seed)
            : uniform(wanted.dtype, wanted.elements, 300 + seed);
        QCOMPARE(sha(bytes.data(), bytes.size()), QByteArray(wanted.input));
        const TempDir dir;
        const auto checkpoint = openCheckpoint(
            {dir.write("a.safetensors", SafetensorsFile().add("a", std::string(dtypeName(wanted.dtype)), {wanted.elements}, bytes).bytes())});
        QVERIFY(checkpoint);
        const auto histogram = computeHistogram(std::make_shared<ShardFiles>(*checkpoint), 0);
        QVERIFY(histogram);
        const Statistics& have = histogram->statistics;
        QCOMPARE(have.nan, wanted.nan);
        QCOMPARE(have.positiveInf, wanted.plus);
        QCOMPARE(have.negativeInf, wanted.minus);
        QCOMPARE(have.zeros, wanted.zeros);
        QVERIFY(have.min == wanted.min && have.max == wanted.max);
        const double scale = have.absMax;
        QVERIFY2(std::abs(have.mean - wanted.mean) <= 1e-15 * scale, qPrintable(QString::number(have.mean - wanted.mean)));
        QVERIFY2(std::abs(have.std - wanted.std) <= 1e-14 * wanted.std, qPrintable(QString::number(have.std - wanted.std)));
        QCOMPARE(histogram->counts.size(), 256U);
        QCOMPARE(sha(histogram->counts.data(), 256 * 8), QByteArray(wanted.counts));
        QVERIFY(histogram->percentiles == wanted.quantiles);
    }
};

QTEST_GUILESS_MAIN(TestValuesGolden)
#include "tst_values_golden.moc"
