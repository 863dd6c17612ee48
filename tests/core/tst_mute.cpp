// SPDX-License-Identifier: Apache-2.0
// Muted rules: what they said is gone from a report, what they hid is not said to be sound, and damage cannot be muted.
#include "core/contracts/mute.h"
#include "core/fix/plan.h"
#include "core/formats/formatreader.h"
#include "tests/support/modelfolder.h"

#include <QTest>

#include <algorithm>

using namespace ckptscope;
using namespace ckptscope::test;

namespace {

std::shared_ptr<const Checkpoint> demo()
{
    auto opened = openCheckpoint({sourcePath("resources/demo/qwen3-next-tiny-bf16")});
    return opened ? *opened : nullptr;
}

std::size_t of(const CheckReport& report, std::string_view rule)
{
    return static_cast<std::size_t>(
        std::count_if(report.findings.begin(), report.findings.end(), [rule](const Finding& f) { return f.rule == rule; }));
}

} // namespace

class TestMute : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatARuleSaidIsGone()
    {
        const auto checkpoint = demo();
        QVERIFY(checkpoint);
        const auto report = runChecks(*checkpoint);
        QVERIFY(report);
        QCOMPARE((*report)->verdict, Verdict::Violations);
        const std::string rule = (*report)->findings.front().rule;
        const std::size_t many = of(**report, rule);
        QVERIFY(many > 0 && canMute(**report, rule));
        const auto less = withoutRules(*report, {rule});
        QCOMPARE(of(*less, rule), 0U);
        QCOMPARE(less->findings.size(), (*report)->findings.size() - many);
        QCOMPARE(less->count(Severity::Violation), (*report)->count(Severity::Violation) - many);
        for (std::size_t i = 0; i < less->tensors.size(); ++i) {
            const TensorVerdict& now = less->tensors[i];
            const TensorVerdict& then = (*report)->tensors[i];
            const bool muted = then.judged && (*report)->rules->rules()[then.rule].id == rule;
            QCOMPARE(now.judged, then.judged && !muted); // "not judged", never "holds"
            if (now.finding < less->findings.size()) {
                const Finding& finding = less->findings[now.finding];
                QVERIFY(finding.tensor == i || std::find(finding.others.begin(), finding.others.end(), i) != finding.others.end());
            } else {
                QVERIFY(then.finding == UINT32_MAX || (*report)->findings[then.finding].rule == rule);
            }
        }
        QVERIFY(std::find(less->rulesApplied.begin(), less->rulesApplied.end(), rule) == less->rulesApplied.end());
        // nothing of it is left to mend
        const auto edits = proposeEdits(*checkpoint, *less, {});
        QVERIFY(edits);
        QVERIFY(std::none_of(edits->begin(), edits->end(), [&](const Edit& edit) { return edit.rule == rule; }));
        QCOMPARE((*report)->findings.front().rule, rule); // the report itself is as it was
    }

    void withAllRulesMutedNothingWasJudged()
    {
        const auto checkpoint = demo();
        QVERIFY(checkpoint);
        const auto report = runChecks(*checkpoint);
        QVERIFY(report);
        MutedRules all;
        for (const Finding& finding : (*report)->findings) {
            all.insert(finding.rule);
        }
        const auto none = withoutRules(*report, all);
        QVERIFY(none->findings.empty());
        QVERIFY(none->verdict == (none->tensorsChecked == 0 ? Verdict::NoContract : Verdict::Clean));
    }

    void anAuditsRule()
    {
        const TempDir dir;
        auto folder = ModelFolder::llama();
        folder.metadata = "{\"total_size\": 1}";
        const auto checkpoint = openCheckpoint({folder.write(dir)});
        QVERIFY(checkpoint);
        const auto report = runChecks(**checkpoint);
        QVERIFY(report);
        QVERIFY(of(**report, "index.total_size") == 1);
        const auto less = withoutRules(*report, {"index.total_size"});
        QCOMPARE(of(*less, "index.total_size"), 0U);
        QCOMPARE(less->tensorsChecked, (*report)->tensorsChecked);
    }

    void damageStays()
    {
        const TempDir dir;
        auto folder = ModelFolder::llama();
        folder.freeze().drop("model.norm.weight");
        const auto checkpoint = openCheckpoint({folder.write(dir)});
        QVERIFY(checkpoint);
        const auto report = runChecks(**checkpoint);
        QVERIFY(report);
        QVERIFY(!canMute(**report, "index.missing_tensor"));
        const auto same = withoutRules(*report, {"index.missing_tensor"});
        QCOMPARE(same, *report);
        QCOMPARE(same->verdict, Verdict::Damaged);
    }

    void whatIsNotThereCannotBeMuted()
    {
        const auto checkpoint = demo();
        QVERIFY(checkpoint);
        const auto report = runChecks(*checkpoint);
        QVERIFY(report);
        QVERIFY(!canMute(**report, "no.such.rule"));
        QCOMPARE(withoutRules(*report, {"no.such.rule"}), *report);
        QCOMPARE(withoutRules(*report, {}), *report);
    }

    void judgingAnewKeepsThem()
    {
        const auto checkpoint = demo();
        QVERIFY(checkpoint);
        const auto report = runChecks(*checkpoint);
        QVERIFY(report);
        const std::string rule = (*report)->findings.front().rule;
        const auto again = runChecksWithout({rule}, *checkpoint);
        QVERIFY(again);
        QCOMPARE(of(**again, rule), 0U);
        QCOMPARE((*again)->findings.size(), withoutRules(*report, {rule})->findings.size());
    }
};

QTEST_APPLESS_MAIN(TestMute)
#include "tst_mute.moc"
