// SPDX-License-Identifier: Apache-2.0
#include "core/dtypes/convert.h"
#include "core/fix/donor.h"
#include "core/formats/formatreader.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"

#include <QTest>

#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <random>

using namespace ckptscope;
using ckptscope::test::SafetensorsFile;
using ckptscope::test::TempDir;

namespace {

constexpr std::size_t Count = 300'000; // more than two pieces of the comparison

std::vector<float> fullPrecision(unsigned seed, std::size_t count = Count)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0.0F, 1.0F);
    std::vector<float> values(count);
    for (float& value : values) {
        value = normal(random);
    }
    return values;
}

template<class T>
std::string bytesOf(const std::vector<T>& values)
{
    std::string bytes(values.size() * sizeof(T), '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

std::string as(DType dtype, const std::vector<float>& values)
{
    std::string out(static_cast<std::size_t>(*byteSize(dtype, values.size())), '\0');
    if (!castElements(DType::F32, std::as_bytes(std::span(values)), dtype, std::as_writable_bytes(std::span(out)), values.size())) {
        qFatal("no cast");
    }
    return out;
}

std::vector<float> laundered(const std::vector<float>& values)
{
    std::vector<float> out;
    for (const float value : values) {
        out.push_back(bf16ToFloat(floatToBf16(value)));
    }
    return out;
}

std::shared_ptr<const Checkpoint> opened(const std::string& path)
{
    auto checkpoint = openCheckpoint({path});
    if (!checkpoint) {
        qFatal("%s", std::string(codeInfo(checkpoint.error().code).id).c_str());
    }
    return *checkpoint;
}

QString codeOf(const std::optional<Error>& error)
{
    return error ? QString::fromStdString(std::string(codeInfo(error->code).id)) : QString();
}

struct Pair {
    TempDir dir;
    std::shared_ptr<const Checkpoint> ours;
    std::shared_ptr<const Checkpoint> donor;
    Pair(const SafetensorsFile& a, const SafetensorsFile& b)
        : ours(opened(dir.write("ours.safetensors", a.bytes())))
        , donor(opened(dir.write("donor.safetensors", b.bytes())))
    {
    }
};

} // namespace

class TestDonor : public QObject {
    Q_OBJECT

private slots:
    void names_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("name");
        const char* plain = "layers.0.linear_attn.A_log";
        for (const char* key : {"layers.0.linear_attn.A_log", "model.layers.0.linear_attn.A_log", "model.layers.0.linear_attn._fp32_params.A_log",
                                "module._orig_mod.model.layers.0.linear_attn.A_log", "model.language_model.layers.0.linear_attn.A_log",
                                "state_dict.model.layers.0._checkpoint_wrapped_module.linear_attn.A_log"}) {
            QTest::newRow(key) << key << plain;
        }
        QTest::newRow("only a prefix") << "model"
                                       << "model";
        QTest::newRow("prefix in the middle") << "a.model.b"
                                              << "a.model.b";
        QTest::newRow("empty") << ""
                               << "";
        QTest::newRow("dots") << "a..b"
                              << "a..b";
    }

    void names()
    {
        QFETCH(QString, key);
        QFETCH(QString, name);
        QCOMPARE(QString::fromStdString(plainName(key.toStdString())), name);
    }

    void matches_data()
    {
        QTest::addColumn<QString>("ours"); // dtype
        QTest::addColumn<QString>("donor");
        QTest::addColumn<QString>("refusal");
        QTest::addColumn<QString>("roundedTo");
        QTest::newRow("BF16 from F32") << "BF16"
                                       << "F32"
                                       << ""
                                       << "BF16";
        QTest::newRow("F16 from F32") << "F16"
                                      << "F32"
                                      << ""
                                      << "F16";
        QTest::newRow("E4M3 from F32") << "F8_E4M3"
                                       << "F32"
                                       << ""
                                       << "F8_E4M3";
        QTest::newRow("BF16 from F64") << "BF16"
                                       << "F64"
                                       << ""
                                       << "BF16";
        QTest::newRow("F32 from F64") << "F32"
                                      << "F64"
                                      << "donor.laundered"
                                      << "F32"; // F64 made from F32 is no finer
        QTest::newRow("BF16 from BF16") << "BF16"
                                        << "BF16"
                                        << "donor.dtype"
                                        << "";
        QTest::newRow("BF16 from F16") << "BF16"
                                       << "F16"
                                       << "donor.dtype"
                                       << "";
        QTest::newRow("F32 from F32") << "F32"
                                      << "F32"
                                      << "donor.dtype"
                                      << "";
        QTest::newRow("F32 from BF16") << "F32"
                                       << "BF16"
                                       << "donor.dtype"
                                       << "";
        QTest::newRow("laundered F32 from F32") << "laundered"
                                                << "F32"
                                                << ""
                                                << "BF16";
        QTest::newRow("BF16 from laundered F32") << "BF16"
                                                 << "laundered"
                                                 << "donor.laundered"
                                                 << "BF16";
        QTest::newRow("laundered F32 from laundered F32") << "laundered"
                                                          << "laundered"
                                                          << "donor.laundered"
                                                          << "BF16";
        QTest::newRow("integers") << "I32"
                                  << "F32"
                                  << "donor.dtype"
                                  << "";
    }

    void matches()
    {
        QFETCH(QString, ours);
        QFETCH(QString, donor);
        QFETCH(QString, refusal);
        QFETCH(QString, roundedTo);
        const auto values = fullPrecision(1);
        const auto add = [&](SafetensorsFile& file, const std::string& key, const QString& dtype) {
            const std::string stored = dtype == "laundered" ? "F32" : dtype.toStdString();
            const std::string bytes = dtype == "laundered" ? bytesOf(laundered(values))
                : dtype == "I32"                           ? std::string(Count * 4, '\0')
                                                           : as(*dtypeFromSafetensors(stored), values);
            file.add(key, stored, {3, Count / 3}, bytes);
        };
        SafetensorsFile a;
        SafetensorsFile b;
        add(a, "model.layers.0.linear_attn.A_log", ours);
        add(b, "layers.0.linear_attn._fp32_params.A_log", donor);
        const Pair pair(a, b);
        const DonorMatcher matcher(pair.ours, pair.donor);
        const auto match = matcher.match(0);
        QVERIFY(match);
        QCOMPARE(codeOf(match->refusal), refusal);
        QCOMPARE(match->usable(), refusal.isEmpty());
        if (roundedTo.isEmpty()) {
            return;
        }
        QCOMPARE(QString::fromStdString(std::string(dtypeName(match->roundedTo))), roundedTo);
        QCOMPARE(match->disagreeing, 0U);
        if (refusal.isEmpty()) { // what would be written are the donor's own F32 bits
            std::string written;
            QVERIFY(readDonorValues(matcher, *match->donorTensor, DType::F32, {}, [&](std::span<const std::byte> piece) -> Result<void> {
                written.append(reinterpret_cast<const char*>(piece.data()), piece.size());
                return {};
            }));
            QVERIFY(written == bytesOf(values));
        }
    }

    void oneFlippedBit()
    {
        const auto values = fullPrecision(2);
        std::string narrow = as(DType::BF16, values);
        narrow[2 * 200'001] = static_cast<char>(narrow[2 * 200'001] ^ 1);
        const Pair pair(SafetensorsFile().add("A_log", "BF16", {3, Count / 3}, narrow),
                        SafetensorsFile().add("A_log", "F32", {3, Count / 3}, bytesOf(values)));
        const auto match = DonorMatcher(pair.ours, pair.donor).match(0);
        QVERIFY(match && !match->usable());
        QCOMPARE(codeOf(match->refusal), QString("donor.disagrees"));
        QCOMPARE(*match->firstDisagreeing, 200'001U);
        QCOMPARE(match->refusal->args[1], std::string("[2, 1]"));
        QCOMPARE(match->refusal->args[5], std::string("1"));
        QVERIFY(match->refusal->args[3] != match->refusal->args[4]);
        // with an explicit override it passes, and is told
        const auto lax = DonorMatcher(pair.ours, pair.donor, {0.99}).match(0);
        QVERIFY(lax && lax->usable());
        QCOMPARE(codeOf(lax->disagreement), QString("donor.disagrees"));
        QCOMPARE(lax->disagreeing, 1U);
    }

    void refusals()
    {
        const auto one = fullPrecision(3, 64);
        const auto two = fullPrecision(4, 64);
        SafetensorsFile ours;
        ours.add("layers.0.A_log", "BF16", {64}, as(DType::BF16, one))
            .add("layers.1.A_log", "BF16", {64}, as(DType::BF16, two))
            .add("missing.A_log", "BF16", {64}, as(DType::BF16, one));
        ours.add("shape.A_log", "BF16", {64}, as(DType::BF16, one)).add("two.A_log", "BF16", {64}, as(DType::BF16, one));
        SafetensorsFile donor; // layers in the wrong order
        donor.add("layers.0.A_log", "F32", {64}, bytesOf(two)).add("layers.1.A_log", "F32", {64}, bytesOf(one));
        donor.add("shape.A_log", "F32", {8, 8}, bytesOf(one))
            .add("model.two.A_log", "F32", {64}, bytesOf(one))
            .add("module.two.A_log", "F32", {64}, bytesOf(two));
        const Pair pair(ours, donor);
        const std::vector<std::uint32_t> tensors{0, 1, 2, 3, 4};
        const auto matches = DonorMatcher(pair.ours, pair.donor).match(tensors);
        QVERIFY(matches);
        QStringList codes;
        for (const DonorMatch& match : *matches) {
            codes << codeOf(match.refusal);
        }
        QCOMPARE(codes, (QStringList{"donor.disagrees", "donor.disagrees", "donor.missing", "donor.shape", "donor.missing"}));
        QVERIFY((*matches)[0].disagreeing > 50);
        std::stop_source stop;
        stop.request_stop();
        JobContext job;
        job.stop = stop.get_token();
        const auto cancelled = DonorMatcher(pair.ours, pair.donor).match(tensors, job);
        QVERIFY(!cancelled && cancelled.error().code == Code::Cancelled);
    }

    /// What was compared once is not read again: a box cleared in the window costs no second comparison.
    void answersAreKept()
    {
        const auto values = fullPrecision(7, 64);
        const auto other = fullPrecision(8, 64);
        const Pair pair(SafetensorsFile().add("a", "BF16", {64}, as(DType::BF16, values)).add("b", "F32", {64}, bytesOf(laundered(other))),
                        SafetensorsFile().add("a", "F32", {64}, bytesOf(values)).add("b", "F32", {64}, bytesOf(other)));
        const DonorMatcher matcher(pair.ours, pair.donor);
        const std::vector<std::uint32_t> tensors{0, 1};
        QVERIFY(matcher.match(tensors) && (*matcher.match(tensors))[0].usable() && (*matcher.match(tensors))[1].usable());
        QVERIFY(*matcher.launderedHere(1));
        for (const auto* side : {&pair.ours, &pair.donor}) { // now only what is kept can answer
            std::filesystem::resize_file((*side)->shards().front().path, 16);
        }
        const DonorMatcher fresh(pair.ours, pair.donor);
        QVERIFY(!fresh.match(0));
        const auto again = matcher.match(tensors);
        QVERIFY(again);
        QVERIFY((*again)[0].usable() && (*again)[1].usable());
        QVERIFY(*matcher.launderedHere(1));
    }

    void specialValues()
    {
        // two NaNs agree whatever their payload; -0 and 0 do not
        const std::vector<float> wide{std::bit_cast<float>(0x7FC12345U), -0.0F, 0.1F, INFINITY};
        std::string narrow = as(DType::BF16, wide);
        narrow[0] = '\xC1';
        const Pair same(SafetensorsFile().add("a", "BF16", {4}, narrow), SafetensorsFile().add("a", "F32", {4}, bytesOf(wide)));
        QVERIFY(DonorMatcher(same.ours, same.donor).match(0)->usable());
        narrow[3] = '\0';
        const Pair signs(SafetensorsFile().add("a", "BF16", {4}, narrow), SafetensorsFile().add("a", "F32", {4}, bytesOf(wide)));
        const auto match = DonorMatcher(signs.ours, signs.donor).match(0);
        QVERIFY(!match->usable());
        QCOMPARE(match->refusal->args[4], std::string("0"));
        QCOMPARE(match->refusal->args[3], std::string("-0"));
        const Pair empty(SafetensorsFile().add("a", "BF16", {0}, ""), SafetensorsFile().add("a", "F32", {0}, ""));
        QVERIFY(DonorMatcher(empty.ours, empty.donor).match(0)->usable());
    }
};

QTEST_GUILESS_MAIN(TestDonor)
#include "tst_donor.moc"
