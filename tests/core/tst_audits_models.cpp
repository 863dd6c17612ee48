// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/check.h"
#include "core/report/messages.h"
#include "tests/support/checkpointbuilder.h"

#include <QtTest>

using namespace ckptscope;
using test::savedModels;

/// What transformers' save_pretrained writes is right by definition: only dtype rules may complain of a model that was
/// cast to BF16, each with a source. And a checkpoint without its config.json is never guessed at in silence.
class TestAuditsModels : public QObject {
    Q_OBJECT

    static void rows()
    {
        QTest::addColumn<int>("row");
        for (std::size_t n = 0; n < savedModels().size(); ++n) {
            QTest::newRow(savedModels()[n].name.c_str()) << static_cast<int>(n);
        }
    }

    static std::string firstAudit(const Checkpoint& checkpoint, const CheckReport& report, std::string_view allowed)
    {
        for (const auto& finding : report.findings) {
            if (finding.ruleIndex == UINT32_MAX && (allowed.empty() || !finding.rule.starts_with(allowed))) {
                return finding.rule + ": " + findingText(checkpoint, finding);
            }
        }
        return {};
    }

private slots:
    void asSaved_data() { rows(); }
    void asSaved()
    {
        QFETCH(int, row);
        const auto checkpoint = savedModels()[static_cast<std::size_t>(row)].builder(true).make();
        const auto report = runChecks(*checkpoint);
        QVERIFY(report);
        const std::string alarm = firstAudit(*checkpoint, **report, {});
        QVERIFY2(alarm.empty(), alarm.c_str());
        for (const auto& finding : (*report)->findings) {
            const Rule& rule = (*report)->rules->rules()[finding.ruleIndex];
            QVERIFY(!rule.why.empty() && !rule.sources.empty());
        }
    }

    void withoutConfig_data() { rows(); }
    void withoutConfig()
    {
        QFETCH(int, row);
        const auto& model = savedModels()[static_cast<std::size_t>(row)];
        const auto checkpoint = model.builder(false).make();
        const auto report = runChecks(*checkpoint);
        QVERIFY(report);
        const std::string alarm = firstAudit(*checkpoint, **report, "architecture.");
        QVERIFY2(alarm.empty(), alarm.c_str());
        const auto& choice = (*report)->architecture;
        if (choice.from == ArchitectureChoice::From::None) {
            QCOMPARE((*report)->findings.front().rule, std::string("architecture.unknown"));
            return;
        }
        QCOMPARE(choice.from, ArchitectureChoice::From::Inferred);
        QVERIFY(choice.evidence.size() >= 2);
        QVERIFY(std::any_of((*report)->findings.begin(), (*report)->findings.end(),
                            [](const Finding& finding) { return finding.rule == "architecture.inferred"; }));
        // Right, or one of which it says that its keys are the same.
        const auto withConfig = runChecks(*model.builder(true).make());
        const auto& truth = (*withConfig)->architecture.names;
        QVERIFY2(std::any_of(choice.names.begin(), choice.names.end(), [&](const std::string& name) { return name == truth.front(); }),
                 choice.names.front().c_str());
    }

    /// Layers, siblings and heads hold in a model of many tensors, too: each tensor dropped in turn gives at most one
    /// finding, and never one about another tensor.
    void oneDropped_data() { rows(); }
    void oneDropped()
    {
        QFETCH(int, row);
        const auto& model = savedModels()[static_cast<std::size_t>(row)];
        for (std::size_t dropped = 0; dropped < model.tensors.size(); dropped += 7) {
            auto less = model;
            const std::string key = less.tensors[dropped].key;
            less.tensors.erase(less.tensors.begin() + static_cast<std::ptrdiff_t>(dropped));
            const auto checkpoint = less.builder(true).make();
            const auto report = runChecks(*checkpoint);
            for (const auto& finding : (*report)->findings) {
                if (finding.ruleIndex == UINT32_MAX && !finding.rule.starts_with("architecture.") && finding.rule != "tied.absent") {
                    QVERIFY2(finding.key == key, (key + " dropped: " + findingText(*checkpoint, finding)).c_str());
                }
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestAuditsModels)
#include "tst_audits_models.moc"
