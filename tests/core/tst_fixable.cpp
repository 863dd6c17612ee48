// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/check.h"
#include "core/fix/fixable.h"
#include "core/values/valuescan.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/modelfolder.h"

#include <QTest>

using namespace ckptscope;

class TestFixable : public QObject {
    Q_OBJECT

    test::TempDir m_dir;

private Q_SLOTS:
    void answers_data()
    {
        QTest::addColumn<QString>("dtype");
        QTest::addColumn<bool>("canFix");
        QTest::addColumn<bool>("canReview");
        QTest::addColumn<bool>("wantsReview");
        QTest::addColumn<int>("widened");
        QTest::newRow("stored too narrow") << "BF16" << true << true << true << 0;
        QTest::newRow("stored as required") << "F32" << false << true << false << 2;
    }

    void answers()
    {
        QFETCH(QString, dtype);
        QFETCH(bool, canFix);
        QFETCH(bool, canReview);
        QFETCH(bool, wantsReview);
        QFETCH(int, widened);
        const std::string config = R"({"architectures": ["Qwen3NextForCausalLM"], "model_type": "qwen3_next"})";
        auto folder = test::ModelFolder::single(config,
                                                {{"model.layers.0.linear_attn.A_log", dtype.toStdString(), {32}},
                                                 {"model.layers.0.linear_attn.dt_bias", dtype.toStdString(), {32}},
                                                 {"model.embed_tokens.weight", "BF16", {8, 8}}});
        const auto checkpoint = test::openOrDie(folder.write(m_dir));
        const auto report = runChecks(*checkpoint, {});
        QVERIFY(bool(report));
        const Fixable facts = fixable(*checkpoint, **report);
        QCOMPARE(facts.canFix(), canFix);
        QCOMPARE(facts.canReview(), canReview);
        QCOMPARE(facts.wantsReview(), wantsReview);
        QCOMPARE(facts.widened, static_cast<std::uint64_t>(widened));
        QCOMPARE(facts.to, canFix ? DType::F32 : DType::Unknown);
    }
};

QTEST_GUILESS_MAIN(TestFixable)
#include "tst_fixable.moc"
