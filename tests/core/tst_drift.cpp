// SPDX-License-Identifier: Apache-2.0
// What half-lives of a whole checkpoint come to: drift and its words, a donor's beside ours, values counted together.
#include "core/values/drift.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/safetensorsfile.h"

#include <QTest>

#include <cmath>
#include <cstring>
#include <numbers>

using namespace ckptscope;

namespace {

std::string floats(const std::vector<float>& values)
{
    std::string bytes(values.size() * sizeof(float), '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

Decay decayWith(const std::vector<HalfLife>& heads)
{
    Decay decay;
    decay.halfLives = heads;
    return decay;
}

QString shown(const std::vector<DecayPair>& pairs, const Checkpoint& checkpoint)
{
    QStringList names;
    for (const DecayPair& pair : pairs) {
        names << QString::fromStdString(std::string(checkpoint.tensors()[pair.decay].key));
    }
    return names.join(QLatin1Char(' '));
}

} // namespace

class TestDrift : public QObject {
    Q_OBJECT

    test::TempDir m_dir;

private Q_SLOTS:
    void numbers()
    {
        QCOMPARE(leftAfter(100, 100), 0.5);
        QCOMPARE(leftAfter(INFINITY, 1000), 1.0);
        QCOMPARE(driftBetween(100, 100, 4096), 0.0);
        QCOMPARE(driftBetween(INFINITY, INFINITY, 4096), 0.0);
        QCOMPARE(driftBetween(1000, 500, 1000), 1 - std::exp(-std::numbers::ln2));
        QCOMPARE(driftBetween(1000, 500, 1000), driftBetween(500, 1000, 1000));
        // of one head as of the whole decay: against BF16 where that differs, else against the far end of half a step
        const std::vector<double> a{0.7F};
        const std::vector<double> b{-3};
        for (const DType dtype : {DType::F32, DType::BF16}) {
            const auto decay = decayOf(dtype, dtype == DType::F32 ? a : std::vector<double>{0.69921875}, dtype, b, false);
            QVERIFY(decay);
            for (std::size_t n = 0; n < 3; ++n) {
                const double one = headDrift(decay->halfLives[0], Decay::DriftTokens[n]);
                QVERIFY2(std::abs(one - decay->drift[n]) < 1e-12, qPrintable(QString::number(one - decay->drift[n])));
            }
        }
    }

    void words_data()
    {
        QTest::addColumn<double>("drift");
        QTest::addColumn<double>("left");
        QTest::addColumn<int>("word");
        QTest::newRow("none") << 0.0 << 1.0 << int(DriftWord::None);
        QTest::newRow("slight") << 0.009 << 1.0 << int(DriftWord::Slight);
        QTest::newRow("some") << 0.05 << 0.5 << int(DriftWord::Some);
        QTest::newRow("large") << 0.5 << 0.5 << int(DriftWord::Large);
        QTest::newRow("saturated, and felt") << 1.0 << 0.02 << int(DriftWord::Large);
        QTest::newRow("saturated, of what is forgotten") << 1.0 << 1e-30 << int(DriftWord::Forgotten);
        QTest::newRow("no number") << std::nan("") << 1.0 << int(DriftWord::None);
    }
    void words()
    {
        QFETCH(double, drift);
        QFETCH(double, left);
        QFETCH(int, word);
        QCOMPARE(int(driftWord(drift, left)), word);
    }

    /// The worst head has long forgotten what it saw: then the heads that have not are what counts.
    void saturation()
    {
        const std::vector<Decay> decays{decayWith({{10, 11, 10, 11}, {1e6, 1.01e6, 1e6, 1.01e6}}),
                                        decayWith({{-5, -5, -5, -5}, {INFINITY, INFINITY, INFINITY, INFINITY}})};
        const auto at = driftOf(decays)[0];
        QCOMPARE(at.tokens, std::uint64_t{4096});
        QCOMPARE(at.heads, std::uint64_t{3}); // one decays the wrong way
        QVERIFY(at.worst > 0.99 && at.worstHead == (DecayHead{0, 0}));
        QVERIFY(at.word() == DriftWord::Forgotten);
        QCOMPARE(at.holding, std::uint64_t{2});
        QVERIFY((at.worstHoldingHead == DecayHead{0, 1}));
        QCOMPARE(at.worstHolding, driftBetween(1e6, 1.01e6, 4096));
    }

    void aDonorIsFoundByName()
    {
        test::SafetensorsFile ours;
        ours.add("model.layers.10.A_log", "F32", {2}, floats({0, 1}));
        ours.add("model.layers.2.A_log", "F32", {2}, floats({1, 1}));
        ours.add("model.layers.3.A_log", "F32", {2}, floats({1, 1}));
        test::SafetensorsFile donor;
        donor.add("layers.2._fp32_params.A_log", "F32", {2}, floats({1, 2}));
        donor.add("layers.3.A_log", "F32", {3}, floats({1, 2, 3})); // of another length
        donor.add("layers.10.dt_bias", "F32", {2}, floats({1, 2}));
        const auto a = test::openOrDie(m_dir.write("a.safetensors", ours.bytes()));
        const auto b = test::openOrDie(m_dir.write("b.safetensors", donor.bytes()));
        QCOMPARE(shown(findDecayPairs(*a), *a), QStringLiteral("model.layers.2.A_log model.layers.3.A_log model.layers.10.A_log"));
        const auto decays = computeDecays(a);
        QVERIFY(decays);
        const auto theirs = computeDonorDecays(*a, *decays, b);
        QVERIFY(theirs);
        QCOMPARE(theirs->found, std::size_t{1});
        QVERIFY(theirs->of[0] && !theirs->of[1] && !theirs->of[2]);
        QCOMPARE(theirs->of[0]->halfLives[0].tokens, (*decays)[0].halfLives[0].tokens);
        const auto at = driftOf(*decays, &*theirs)[0];
        QCOMPARE(at.heads, std::uint64_t{2});
        QVERIFY((at.worstHead == DecayHead{0, 1}));
        QCOMPARE(at.worst, driftBetween((*decays)[0].halfLives[1].tokens, theirs->of[0]->halfLives[1].tokens, 4096));
        std::stop_source stop;
        stop.request_stop();
        JobContext job;
        job.stop = stop.get_token();
        QVERIFY(computeDonorDecays(*a, *decays, b, job).error().code == Code::Cancelled);
    }

    void valuesAreCountedTogether()
    {
        test::SafetensorsFile file;
        file.add("l.0.A_log", "F32", {2}, floats({0, 1})).add("l.0.dt_bias", "F32", {2}, floats({-1, NAN}));
        file.addValue("l.1.A_log", "BF16", {2}, 4).addValue("l.1.dt_proj.bias", "F32", {2}, 2);
        const auto checkpoint = test::openOrDie(m_dir.write("v.safetensors", file.bytes()));
        const auto decays = computeDecays(checkpoint);
        const auto values = countDecayValues(checkpoint, *decays, {4});
        QVERIFY(values);
        QCOMPARE(values->size(), std::size_t{3});
        QCOMPARE((*values)[0].name, std::string("A_log"));
        QCOMPARE((*values)[0].tensors, std::uint64_t{2});
        QVERIFY((*values)[0].dtype == DType::Unknown); // of two
        QVERIFY(((*values)[0].histogram.counts == std::vector<std::uint64_t>{1, 1, 0, 2}));
        QCOMPARE((*values)[0].histogram.percentiles[1], 1.0);
        QCOMPARE((*values)[1].name, std::string("dt_bias"));
        QVERIFY((*values)[1].dtype == DType::F32);
        QCOMPARE((*values)[1].histogram.statistics.nan, std::uint64_t{1});
        QCOMPARE((*values)[2].name, std::string("dt_proj.bias"));
    }
};

QTEST_GUILESS_MAIN(TestDrift)
#include "tst_drift.moc"
