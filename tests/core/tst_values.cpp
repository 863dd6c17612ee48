// SPDX-License-Identifier: Apache-2.0
// Slices, histograms, half-lives and the scan of a whole checkpoint, over real files.
#include "core/dtypes/convert.h"
#include "core/formats/formatreader.h"
#include "core/values/decay.h"
#include "core/values/elementtext.h"
#include "core/values/histogram.h"
#include "core/values/slice.h"
#include "core/values/valuescan.h"
#include "tests/support/gguffile.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"

#include <QTest>

#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <numbers>
#include <random>

using namespace ckptscope;
using ckptscope::test::GgufFile;
using ckptscope::test::SafetensorsFile;
using ckptscope::test::TempDir;

namespace {

template<class T>
std::string bytesOf(const std::vector<T>& values)
{
    std::string bytes(values.size() * sizeof(T), '\0');
    if (!values.empty()) {
        std::memcpy(bytes.data(), values.data(), bytes.size());
    }
    return bytes;
}

std::string bf16(const std::vector<float>& values)
{
    std::vector<std::uint16_t> bits;
    for (const float value : values) {
        bits.push_back(floatToBf16(value));
    }
    return bytesOf(bits);
}

std::vector<float> normal(std::size_t count, unsigned seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> distribution(0.0F, 0.02F);
    std::vector<float> values(count);
    for (float& value : values) {
        value = distribution(random);
    }
    return values;
}

std::shared_ptr<const Checkpoint> opened(const std::string& path)
{
    auto checkpoint = openCheckpoint({path});
    if (!checkpoint) {
        qFatal("%s", std::string(codeInfo(checkpoint.error().code).id).c_str());
    }
    return *checkpoint;
}

std::vector<double> decoded(const SliceData& data)
{
    std::uint64_t count = 1;
    for (const std::uint64_t dim : data.shape) {
        count *= dim;
    }
    std::vector<double> out(static_cast<std::size_t>(count));
    decodeElements(data.dtype, data.packed, out);
    return out;
}

std::vector<std::uint32_t> all(const Checkpoint& checkpoint)
{
    std::vector<std::uint32_t> out(checkpoint.tensors().size());
    for (std::uint32_t i = 0; i < out.size(); ++i) {
        out[i] = i;
    }
    return out;
}

QStringList rules(const std::vector<Finding>& findings)
{
    QStringList out;
    for (const Finding& finding : findings) {
        out << QString::fromStdString(finding.rule);
    }
    return out;
}

} // namespace

class TestValues : public QObject {
    Q_OBJECT

private slots:
    void parsesSlices_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("wanted"); // start+count*step, "!" behind an index; empty: refused. Of shape 4, 6, 8
        QTest::newRow("all") << ""
                             << "0+4*1 0+6*1 0+8*1";
        QTest::newRow("ranges") << "0:4,:3"
                                << "0+4*1 0+3*1 0+8*1";
        QTest::newRow("index") << "1"
                               << "1+1*1! 0+6*1 0+8*1";
        QTest::newRow("negative") << "-1, -3:, :-7"
                                  << "3+1*1! 3+3*1 0+1*1";
        QTest::newRow("steps") << "::2,1::2,::100"
                               << "0+2*2 1+3*2 0+1*100";
        QTest::newRow("ellipsis") << "...,7"
                                  << "0+4*1 0+6*1 7+1*1!";
        QTest::newRow("ellipsis in the middle") << "0,...,7"
                                                << "0+1*1! 0+6*1 7+1*1!";
        QTest::newRow("ellipsis for nothing") << "0,0,...,0"
                                              << "0+1*1! 0+1*1! 0+1*1!";
        QTest::newRow("beyond is cut") << "2:99,9:12,5:3"
                                       << "2+2*1 6+0*1 5+0*1";
        QTest::newRow("far below") << "-99:2"
                                   << "0+2*1 0+6*1 0+8*1";
        QTest::newRow("index beyond") << "4"
                                      << "";
        QTest::newRow("index far below") << "-5"
                                         << "";
        QTest::newRow("too many") << "0,0,0,0"
                                  << "";
        QTest::newRow("two ellipses") << "...,..."
                                      << "";
        QTest::newRow("step 0") << "::0"
                                << "";
        QTest::newRow("step -1") << "::-1"
                                 << "";
        QTest::newRow("junk") << "a:b"
                              << "";
        QTest::newRow("comma") << "0,"
                               << "";
        QTest::newRow("huge") << "99999999999999999999:"
                              << "";
        QTest::newRow("least") << "-9223372036854775808:"
                               << "0+4*1 0+6*1 0+8*1";
    }

    void parsesSlices()
    {
        QFETCH(QString, text);
        QFETCH(QString, wanted);
        const std::vector<std::uint64_t> shape{4, 6, 8};
        const auto slice = parseSlice(text.toStdString(), shape);
        QStringList parts;
        for (const SliceRange& range : slice ? *slice : Slice()) {
            parts << QString("%1+%2*%3%4").arg(range.start).arg(range.count).arg(range.step).arg(range.index ? "!" : "");
        }
        QCOMPARE(parts.join(' '), wanted);
        QVERIFY(slice || slice.error().code == Code::UsageError);
    }

    void readsSlices_data()
    {
        QTest::addColumn<QString>("file");
        QTest::newRow("safetensors F32") << "a.safetensors";
        QTest::newRow("npy, Fortran order, big endian") << "a.npy";
        QTest::newRow("gguf F16") << "a.gguf";
        QTest::newRow("gguf Q8_0, big endian") << "q.gguf";
    }

    void readsSlices()
    {
        QFETCH(QString, file);
        const TempDir dir;
        constexpr std::uint64_t D0 = 3;
        constexpr std::uint64_t D1 = 5;
        constexpr std::uint64_t D2 = 64;
        // element i, j, k is 100 i + 10 j + k % 64, within what F16 and Q8_0 with d = 1..32 hold
        const auto valueAt = [&](std::uint64_t i, std::uint64_t j, std::uint64_t k) {
            return file == "q.gguf" ? static_cast<double>((static_cast<int>(k) - 32) * static_cast<int>(1 + i)) + 0 * static_cast<double>(j)
                                    : static_cast<double>(100 * i + 10 * j + k);
        };
        std::string bytes;
        std::vector<float> rowMajor;
        std::vector<std::uint16_t> halves;
        std::string q8;
        for (std::uint64_t i = 0; i < D0; ++i) {
            for (std::uint64_t j = 0; j < D1; ++j) {
                for (std::uint64_t k = 0; k < D2; ++k) {
                    rowMajor.push_back(static_cast<float>(valueAt(i, j, k)));
                    halves.push_back(floatToF16(rowMajor.back()));
                    if (k % 32 == 0) {
                        const std::uint16_t d = floatToF16(static_cast<float>(1 + i));
                        q8 += static_cast<char>(d >> 8U);
                        q8 += static_cast<char>(d & 0xFFU);
                    }
                    q8 += static_cast<char>(static_cast<int>(k) - 32);
                }
            }
        }
        if (file == "a.safetensors") {
            bytes = SafetensorsFile().add("a", "F32", {D0, D1, D2}, bytesOf(rowMajor)).bytes();
        } else if (file == "a.gguf") {
            bytes = GgufFile().tensor("a", {D2, D1, D0}, 1, 0).data(bytesOf(halves)).bytes();
        } else if (file == "q.gguf") {
            bytes = GgufFile(true).tensor("a", {D2, D1, D0}, 8, 0).data(q8).bytes();
        } else {
            bytes = std::string("\x93NUMPY\x01\x00v\x00", 10) + "{'descr': '>f4', 'fortran_order': True, 'shape': (3, 5, 64), }";
            bytes.append(127 - bytes.size(), ' ');
            bytes += '\n';
            for (std::uint64_t k = 0; k < D2; ++k) {
                for (std::uint64_t j = 0; j < D1; ++j) {
                    for (std::uint64_t i = 0; i < D0; ++i) {
                        auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(valueAt(i, j, k)));
                        bits = __builtin_bswap32(bits);
                        bytes.append(reinterpret_cast<const char*>(&bits), 4);
                    }
                }
            }
        }
        const auto checkpoint = opened(dir.write(file.toStdString(), bytes));
        const TensorInfo& tensor = checkpoint->tensors().at(0);
        auto reader = ElementReader::open(std::make_shared<ShardFiles>(checkpoint), tensor);
        QVERIFY(reader);
        for (const char* text : {"", "1", "1,2", "1,2,3", ":,1:3", "::2,::3,::5", "2,:,33:35", "...,63", "0:0", "1:,4,10:60:7"}) {
            const auto slice = parseSlice(text, tensor.shape);
            QVERIFY(slice);
            const auto data = readSlice(*reader, tensor, *slice);
            QVERIFY2(data, text);
            std::vector<double> wanted;
            for (std::uint64_t i = 0; i < (*slice)[0].count; ++i) {
                for (std::uint64_t j = 0; j < (*slice)[1].count; ++j) {
                    for (std::uint64_t k = 0; k < (*slice)[2].count; ++k) {
                        wanted.push_back(valueAt((*slice)[0].start + i * (*slice)[0].step, (*slice)[1].start + j * (*slice)[1].step,
                                                 (*slice)[2].start + k * (*slice)[2].step));
                    }
                }
            }
            QVERIFY2(decoded(*data) == wanted, text);
        }
        const auto tooMany = readSlice(*reader, tensor, *parseSlice("", tensor.shape), 10);
        QVERIFY(!tooMany && tooMany.error().code == Code::LimitExceeded);
    }

    void histograms_data()
    {
        QTest::addColumn<QString>("dtype");
        for (const char* dtype : {"F32", "F64", "BF16", "F16", "I32"}) {
            QTest::newRow(dtype) << QString(dtype);
        }
    }

    /// Counts by comparing with each edge, as the definition has it; the interop tests compare with NumPy.
    void histograms()
    {
        QFETCH(QString, dtype);
        const TempDir dir;
        std::vector<float> values = normal(5000, 3);
        values.insert(values.end(), {NAN, INFINITY, -INFINITY, 0.0F, -0.0F, 0.0F, 0.1F, 0.1F});
        std::string bytes;
        if (dtype == "F32") {
            bytes = bytesOf(values);
        } else if (dtype == "F64") {
            bytes = bytesOf(std::vector<double>(values.begin(), values.end()));
        } else if (dtype == "BF16") {
            bytes = bf16(values);
        } else if (dtype == "F16") {
            std::vector<std::uint16_t> halves;
            for (const float value : values) {
                halves.push_back(floatToF16(value));
            }
            bytes = bytesOf(halves);
        } else {
            std::vector<std::int32_t> numbers;
            for (const float value : values) {
                numbers.push_back(std::isfinite(value) ? static_cast<std::int32_t>(value * 1e6F) : 7);
            }
            bytes = bytesOf(numbers);
        }
        const auto checkpoint = opened(dir.write("a.safetensors", SafetensorsFile().add("a", dtype.toStdString(), {values.size()}, bytes).bytes()));
        const auto files = std::make_shared<ShardFiles>(checkpoint);
        std::vector<double> wide(values.size());
        decodeElements(checkpoint->tensors()[0].dtype, std::as_bytes(std::span(bytes)), wide);
        for (const HistogramScale scale : {HistogramScale::Value, HistogramScale::Log10Magnitude}) {
            const auto histogram = computeHistogram(files, 0, {100, scale});
            QVERIFY(histogram);
            std::vector<double> shown;
            std::vector<double> finite;
            for (const double value : wide) {
                if (std::isfinite(value)) {
                    finite.push_back(value);
                    if (scale == HistogramScale::Value || value != 0) {
                        shown.push_back(scale == HistogramScale::Value ? value : std::log10(std::abs(value)));
                    }
                }
            }
            std::sort(finite.begin(), finite.end());
            QCOMPARE(histogram->low, *std::min_element(shown.begin(), shown.end()));
            QCOMPARE(histogram->high, *std::max_element(shown.begin(), shown.end()));
            QCOMPARE(histogram->counts.size(), 100U);
            for (std::uint64_t bin = 0; bin < 100; ++bin) {
                const auto wanted = static_cast<std::uint64_t>(std::count_if(
                    shown.begin(), shown.end(), [&](double v) { return v >= histogram->edge(bin) && (v < histogram->edge(bin + 1) || bin == 99); }));
                QCOMPARE(histogram->counts[bin], wanted);
            }
            QCOMPARE(histogram->percentiles[0], finite[static_cast<std::size_t>(std::ceil(0.01 * static_cast<double>(finite.size()))) - 1]);
            QCOMPARE(histogram->percentiles[1], finite[static_cast<std::size_t>(std::ceil(0.5 * static_cast<double>(finite.size()))) - 1]);
            QCOMPARE(histogram->percentiles[2], finite[static_cast<std::size_t>(std::ceil(0.99 * static_cast<double>(finite.size()))) - 1]);
        }
    }

    void histogramEdges()
    {
        const TempDir dir;
        SafetensorsFile file;
        file.add("empty", "F32", {0}, "")
            .add("nan", "F32", {1}, bytesOf(std::vector<float>{NAN}))
            .add("same", "F32", {2}, bytesOf(std::vector<float>{3, 3}));
        file.add("zero", "F32", {2}, std::string(8, '\0')).add("flags", "BOOL", {2}, std::string("\0\1", 2));
        const auto checkpoint = opened(dir.write("a.safetensors", file.bytes()));
        const auto files = std::make_shared<ShardFiles>(checkpoint);
        QVERIFY(computeHistogram(files, 0)->counts.empty());
        QVERIFY(computeHistogram(files, 1)->counts.empty() && std::isnan(computeHistogram(files, 1)->percentiles[1]));
        const auto same = computeHistogram(files, 2, {4});
        QCOMPARE(same->low, 2.5);
        QCOMPARE(same->counts, (std::vector<std::uint64_t>{0, 0, 2, 0}));
        const auto zero = computeHistogram(files, 3, {4, HistogramScale::Log10Magnitude});
        QVERIFY(zero->counts.empty() && zero->percentiles[1] == 0);
        QCOMPARE(computeHistogram(files, 4, {2})->counts, (std::vector<std::uint64_t>{1, 1}));
        QVERIFY(!computeHistogram(files, 4, {0}));
    }

    void halfLives()
    {
        // exp(0) * softplus(0) = log 2: one token
        const auto one = decayOf(DType::F32, std::vector<double>{0}, DType::F32, std::vector<double>{0}, false);
        QVERIFY(one);
        QCOMPARE(one->halfLives.at(0).tokens, 1.0);
        QVERIFY(one->decayIsNarrow && one->drift[0] < 1e-300);
        // values computed by hand with mpmath: A_log = 0.7, dt_bias = -3
        const auto some = decayOf(DType::F32, std::vector<double>{0.7F}, DType::F32, std::vector<double>{-3}, false);
        const double rate = std::exp(static_cast<double>(0.7F)) * std::log1p(std::exp(-3.0));
        QCOMPARE(some->halfLives[0].tokens, std::numbers::ln2 / rate);
        const double narrowRate = std::exp(0.69921875) * std::log1p(std::exp(-3.0)); // 0.7 as BF16
        QCOMPARE(some->halfLives[0].narrow, std::numbers::ln2 / narrowRate);
        QCOMPARE(some->drift[0], 1 - std::exp(-std::abs(rate - narrowRate) * 4096));
        QVERIFY(some->halfLives[0].low < some->halfLives[0].tokens && some->halfLives[0].tokens < some->halfLives[0].high);
        // stored as BF16, nothing finer is known: half a step of 2^-8 relative decides
        const auto narrow = decayOf(DType::BF16, std::vector<double>{0.69921875}, DType::BF16, std::vector<double>{-3}, false);
        QCOMPARE(narrow->halfLives[0].narrow, narrow->halfLives[0].tokens);
        const double fast = std::exp(0.69921875 + 0x1p-9) * std::log1p(std::exp(-3.0 + 0x1p-7));
        QCOMPARE(narrow->halfLives[0].low, std::numbers::ln2 / fast);
        QVERIFY(narrow->drift[0] > some->drift[0]);
        // an F32 tensor of BF16 numbers has no finer steps either
        QCOMPARE(decayOf(DType::F32, std::vector<double>{0.69921875}, DType::F32, std::vector<double>{-3}, false)->halfLives[0].low,
                 narrow->halfLives[0].low);
        // never decays; decays at once; GGUF's sign
        const auto never = decayOf(DType::F32, std::vector<double>{-std::numeric_limits<double>::infinity(), 100}, DType::F32, {}, false);
        QVERIFY(std::isinf(never->halfLives[0].tokens) && never->halfLives[1].tokens < 1e-40);
        const auto gguf = decayOf(DType::F32, std::vector<double>{-2}, DType::F32, std::vector<double>{0}, true);
        QCOMPARE(gguf->halfLives[0].tokens, 0.5);
        // two heads over four channels; three do not fit
        const auto spread = decayOf(DType::F32, std::vector<double>{0, 1}, DType::F32, std::vector<double>{0, 0, 0, 0}, false);
        QCOMPARE(spread->halfLives.size(), 4U);
        QCOMPARE(spread->halfLives[1].tokens, 1.0);
        QCOMPARE(spread->halfLives[2].tokens, 1 / std::numbers::e);
        QVERIFY(!decayOf(DType::F32, std::vector<double>{0, 1}, DType::F32, std::vector<double>{0, 0, 0}, false));
        QVERIFY(decayOf(DType::F32, {}, DType::F32, {}, false)->halfLives.empty());
    }

    void findsDecayPairs()
    {
        const TempDir dir;
        SafetensorsFile file;
        const std::string four(4, '\0');
        for (const char* name : {"l.0.linear_attn.A_log", "l.0.linear_attn.dt_bias", "l.1.linear_attn._fp32_params.A_log", "l.1.linear_attn.dt_bias",
                                 "l.2.mixer.A_log", "l.2.mixer.dt_proj.bias", "blk.0.ssm_a", "blk.0.ssm_dt.bias", "alone.A_log", "xA_log"}) {
            file.add(name, "F32", {1}, four);
        }
        const auto checkpoint = opened(dir.write("a.safetensors", file.bytes()));
        QStringList found;
        for (const DecayPair& pair : findDecayPairs(*checkpoint)) {
            found << QString::fromStdString(std::string(checkpoint->tensors()[pair.decay].key) + "+"
                                            + (pair.bias ? std::string(checkpoint->tensors()[*pair.bias].key) : "") + (pair.negativeExp ? "-" : ""));
        }
        QCOMPARE(found,
                 (QStringList{"alone.A_log+", "blk.0.ssm_a+blk.0.ssm_dt.bias-", "l.0.linear_attn.A_log+l.0.linear_attn.dt_bias",
                              "l.1.linear_attn._fp32_params.A_log+l.1.linear_attn.dt_bias", "l.2.mixer.A_log+l.2.mixer.dt_proj.bias"}));
        const auto decay = computeDecay(std::make_shared<ShardFiles>(checkpoint), findDecayPairs(*checkpoint)[0]);
        QVERIFY(decay);
        QCOMPARE(decay->halfLives.at(0).tokens, 1.0);
        QVERIFY(isDecayKey("a.dt_bias") && isDecayKey("A_log") && !isDecayKey("a.xdt_bias"));
    }

    void scan_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("dtype");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QList<quint64>>("shape");
        QTest::addColumn<QStringList>("found");
        const auto f32 = [](const std::vector<float>& values) { return QByteArray::fromStdString(bytesOf(values)); };
        const QList<quint64> four{2, 2};
        QTest::newRow("sound") << "a"
                               << "F32" << f32({0.1F, 0.2F, 0.3F, 0.4F}) << four << QStringList();
        QTest::newRow("nan") << "a"
                             << "F32" << f32({0.1F, NAN, 0.3F, 0.4F}) << four << QStringList{"values.nan error"};
        QTest::newRow("inf") << "a"
                             << "F32" << f32({0.1F, INFINITY, 0.3F, 0.4F}) << four << QStringList{"values.inf error"};
        QTest::newRow("a mask") << "a.causal_mask"
                                << "F32" << f32({0.1F, -INFINITY, 0.3F, 0.4F}) << four << QStringList{"values.inf note"};
        QTest::newRow("zero weight") << "a.weight"
                                     << "F32" << f32({0, -0.0F, 0, 0}) << four << QStringList{"values.zero advice"};
        QTest::newRow("zero bias") << "a.bias"
                                   << "F32" << f32({0, 0, 0, 0}) << QList<quint64>{4} << QStringList{"values.zero note"};
        QTest::newRow("zero scalar") << "a"
                                     << "F32" << f32({0}) << QList<quint64>{} << QStringList();
        QTest::newRow("empty") << "a"
                               << "F32" << f32({}) << QList<quint64>{0} << QStringList();
        QTest::newRow("constant") << "a"
                                  << "F32" << f32({1, 1, 1, 1}) << four << QStringList{"values.constant note"};
        QTest::newRow("laundered") << "a"
                                   << "F32" << f32({0.5F, 1.5F, 0.333984375F, 2}) << four << QStringList{"values.laundered note"};
        QTest::newRow("one bit more") << "a"
                                      << "F32" << f32({0.5F, 1.5F, std::bit_cast<float>(0x3EAB0001U), 65536}) << four << QStringList();
        QTest::newRow("laundered A_log") << "l.linear_attn.A_log"
                                         << "F32" << f32({0.5F, 1.5F, 0.333984375F, 2}) << QList<quint64>{4} << QStringList{"values.laundered note"};
        QTest::newRow("A_log too large") << "l.linear_attn.A_log"
                                         << "F32" << f32({0.1F, 0.2F, 10.1F, 0.4F}) << QList<quint64>{4} << QStringList{"values.range advice"};
        QTest::newRow("A_log -Inf") << "l.linear_attn.A_log"
                                    << "F32" << f32({0.1F, 0.2F, -INFINITY, 0.4F}) << QList<quint64>{4} << QStringList{"values.inf error"};
        QTest::newRow("ssm_a positive") << "blk.0.ssm_a"
                                        << "F32" << f32({-0.1F, -0.2F, 0.3F, -0.4F}) << QList<quint64>{4} << QStringList{"values.range advice"};
        QTest::newRow("ssm_a") << "blk.0.ssm_a"
                               << "F32" << f32({-0.1F, -0.2F, -0.3F, -0.4F}) << QList<quint64>{4} << QStringList();
        QTest::newRow("denormal") << "a"
                                  << "F32" << f32(std::vector<float>(8, 1e-40F)) << QList<quint64>{8}
                                  << QStringList{"values.constant note", "values.denormal advice"};
        QTest::newRow("bool") << "a"
                              << "BOOL" << QByteArray("\0\1\2\1", 4) << four << QStringList{"values.bool advice"};
    }

    void scan()
    {
        QFETCH(QString, key);
        QFETCH(QString, dtype);
        QFETCH(QByteArray, bytes);
        QFETCH(QList<quint64>, shape);
        QFETCH(QStringList, found);
        const TempDir dir;
        const auto checkpoint = opened(
            dir.write("a.safetensors",
                      SafetensorsFile().add(key.toStdString(), dtype.toStdString(), {shape.begin(), shape.end()}, bytes.toStdString()).bytes()));
        const auto summary = scanValues(checkpoint, all(*checkpoint));
        QVERIFY(summary);
        QStringList have;
        for (const Finding& finding : summary->findings) {
            have << QString::fromStdString(finding.rule + " " + std::string(severityName(finding.severity)));
            QVERIFY(finding.what && finding.tensor == 0U && finding.file == "a.safetensors");
        }
        have.sort();
        QCOMPARE(have, found);
        QCOMPARE(summary->bytes, static_cast<std::uint64_t>(bytes.size()));
    }

    void contractTensorsSayMore()
    {
        const TempDir dir;
        dir.write("config.json", R"({"architectures":["Qwen3NextForCausalLM"]})");
        const std::string path = dir.write(
            "model.safetensors",
            SafetensorsFile().add("model.layers.0.linear_attn.A_log", "F32", {4}, bytesOf(std::vector<float>{0.5F, 1.5F, 0.333984375F, 2})).bytes());
        const auto checkpoint = opened(dir.path());
        const auto report = runChecks(*checkpoint);
        QVERIFY(report);
        const auto summary = scanValues(checkpoint, all(*checkpoint), report->get());
        QVERIFY(summary);
        QCOMPARE(rules(summary->findings), QStringList{"values.laundered"});
        QVERIFY(summary->findings[0].what->code == Code::ValuesLaunderedContract);
        QVERIFY(summary->findings[0].severity == Severity::Advice);
        const auto both = withFindings(*checkpoint, **report, summary->findings);
        QCOMPARE(both->count(Severity::Advice), (*report)->count(Severity::Advice) + 1);
        QVERIFY(both->tensors[0].finding != UINT32_MAX);
    }

    void threadsAgree()
    {
        const TempDir dir;
        SafetensorsFile file;
        const std::size_t large = StatisticsAccumulator::PartElements * 2 + 1000;
        std::vector<float> values = normal(large, 1);
        file.add("large", "F32", {values.size()}, bytesOf(values));
        file.add("large16", "BF16", {values.size()}, bf16(values));
        for (int i = 0; i < 50; ++i) {
            file.add("small." + std::to_string(i), "F32", {100}, bytesOf(normal(100, static_cast<unsigned>(i))));
        }
        const auto checkpoint = opened(dir.write("a.safetensors", file.bytes()));
        std::vector<std::vector<Statistics>> results;
        for (const unsigned threads : {1U, 2U, 5U}) {
            std::vector<Statistics> got(checkpoint->tensors().size());
            std::vector<int> times(got.size(), 0);
            JobContext job;
            job.threads = threads;
            std::atomic<std::uint64_t> last = 0;
            job.report = [&](const Progress& progress) { last = std::max<std::uint64_t>(last, progress.done); };
            const auto summary = scanValues(
                checkpoint, all(*checkpoint), nullptr,
                [&](const TensorValues& one) {
                    got[one.tensor] = *one.statistics;
                    ++times[one.tensor];
                },
                job);
            QVERIFY(summary && summary->unreadable == 0 && summary->tensors == got.size());
            QCOMPARE(summary->bytes, checkpoint->tensorBytes());
            QCOMPARE(last.load(), checkpoint->tensorBytes());
            QVERIFY(std::all_of(times.begin(), times.end(), [](int n) { return n == 1; }));
            results.push_back(std::move(got));
        }
        const auto direct = computeStatistics(std::make_shared<ShardFiles>(checkpoint), 0);
        QVERIFY(direct);
        results.push_back(results[0]);
        results.back()[0] = *direct;
        for (const auto& other : results) {
            for (std::size_t i = 0; i < other.size(); ++i) {
                QCOMPARE(std::bit_cast<std::uint64_t>(other[i].mean), std::bit_cast<std::uint64_t>(results[0][i].mean));
                QCOMPARE(std::bit_cast<std::uint64_t>(other[i].std), std::bit_cast<std::uint64_t>(results[0][i].std));
                QVERIFY(other[i].min == results[0][i].min && other[i].max == results[0][i].max && other[i].count == results[0][i].count);
            }
        }
    }

    void stopsAndFails()
    {
        const TempDir dir;
        const auto bytes = SafetensorsFile().add("a", "F32", {4}, bytesOf(normal(4, 1))).add("b", "F32", {4}, bytesOf(normal(4, 2))).bytes();
        const std::string path = dir.write("a.safetensors", bytes);
        const auto checkpoint = opened(path);
        std::stop_source stop;
        stop.request_stop();
        JobContext job;
        job.stop = stop.get_token();
        const auto cancelled = scanValues(checkpoint, all(*checkpoint), nullptr, {}, job);
        QVERIFY(!cancelled && cancelled.error().code == Code::Cancelled);
        // the file shrinks behind our back: told for the tensor, the others go on
        dir.truncate("a.safetensors", bytes.size() - 1);
        QStringList codes;
        const auto summary = scanValues(checkpoint, all(*checkpoint), nullptr, [&](const TensorValues& one) {
            codes << QString::fromStdString(one.error ? std::string(codeInfo(one.error->code).id) : "ok");
        });
        QVERIFY(summary);
        QVERIFY(summary->unreadable >= 1);
        QVERIFY(codes.contains("io.changed") || codes.contains("io.shrank"));
    }

    void damagedTensorsAreTold()
    {
        const TempDir dir;
        const auto checkpoint = opened(dir.write("a.gguf",
                                                 GgufFile()
                                                     .tensor("a", {5}, 99, 0)
                                                     .tensor("b", {2}, 0, 32)
                                                     .tensor("c", {256}, 19, 64)
                                                     .data(std::string(64, 'x') + std::string(50, 'y'))
                                                     .bytes()));
        QStringList codes;
        const auto summary = scanValues(checkpoint, all(*checkpoint), nullptr, [&](const TensorValues& one) {
            codes << QString::fromStdString(std::string(checkpoint->tensors()[one.tensor].key) + " "
                                            + (one.error ? std::string(codeInfo(one.error->code).id) : "ok"));
        });
        QVERIFY(summary);
        codes.sort();
        QCOMPARE(codes, (QStringList{"a values.unreadable", "b ok", "c ok"}));
    }
};

QTEST_GUILESS_MAIN(TestValues)
#include "tst_values.moc"
