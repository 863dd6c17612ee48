// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/check.h"
#include "tests/support/checkpointbuilder.h"

#include <QtTest>

#include <fstream>
#include <map>
#include <set>

using namespace ckptscope;

namespace {

struct Row {
    std::string rule;
    bool covered = false;
    std::string key;
};

/// tests/core/data/rule_rows.tsv, see tests/fixtures/make_rule_rows.py.
std::vector<Row> readRows()
{
    std::vector<Row> result;
    std::ifstream file(CKPTSCOPE_SOURCE_DIR "/tests/core/data/rule_rows.tsv");
    std::string line;
    while (std::getline(file, line)) {
        const auto fields = QString::fromStdString(line).split('\t');
        if (!line.starts_with('#') && fields.size() == 4) {
            result.push_back({fields[0].toStdString(), fields[1] == "+", fields[2].toStdString()});
        }
    }
    return result;
}

std::string json(const ConfigValue& value)
{
    const auto* text = std::get_if<std::string>(&value);
    return text != nullptr ? '"' + *text + '"' : configText(value);
}

/// A config.json in which the rule applies.
std::string configFor(const Rule& rule)
{
    std::string text = "{";
    if (!rule.architectures.empty()) {
        text += "\"architectures\": [\"" + rule.architectures.front() + "\"]";
    }
    std::map<std::string, std::string> nested;
    for (const auto& [path, values] : rule.when) {
        const auto dot = path.find('.');
        if (dot == std::string::npos) {
            text += (text.size() > 1 ? ", " : "") + ('"' + path + "\": ") + json(values.front());
        } else {
            auto& inner = nested[path.substr(0, dot)];
            inner += (inner.empty() ? "" : ", ") + ('"' + path.substr(dot + 1) + "\": ") + json(values.front());
        }
    }
    for (const auto& [name, inner] : nested) {
        text += (text.size() > 1 ? ", " : "") + ('"' + name + "\": {") + inner + "}";
    }
    return text + "}";
}

/// A dtype that the rule does not allow.
std::string_view wrongDType(const Rule& rule)
{
    for (const DType dtype : {DType::BF16, DType::F64, DType::I16}) {
        if (std::find(rule.requiredDtypes.begin(), rule.requiredDtypes.end(), dtype) == rule.requiredDtypes.end()) {
            return dtypeName(dtype);
        }
    }
    return "I16";
}

std::shared_ptr<const CheckReport> check(const Rule& rule, const std::string& key, std::string_view dtype, std::shared_ptr<const Checkpoint>& checkpoint)
{
    test::CheckpointBuilder builder;
    builder.add(key, dtype).config(configFor(rule));
    checkpoint = builder.make();
    auto report = runChecks(*checkpoint);
    return report ? *report : nullptr;
}

} // namespace

class TestRulesRows : public QObject {
    Q_OBJECT

private slots:
    void everyRuleHasRows()
    {
        std::map<std::string, std::set<bool>> kinds;
        for (const auto& row : readRows()) {
            kinds[row.rule].insert(row.covered);
            QVERIFY2(RuleSet::builtin()->find(row.rule) != nullptr, row.rule.c_str());
        }
        for (const auto& rule : RuleSet::builtin()->rules()) {
            QVERIFY2(kinds[rule.id].size() == 2, rule.id.c_str());
        }
    }

    void rows_data()
    {
        QTest::addColumn<int>("row");
        const auto all = readRows();
        for (int n = 0; n < static_cast<int>(all.size()); ++n) {
            const Row& row = all[static_cast<std::size_t>(n)];
            QTest::addRow("%s %s %s", row.rule.c_str(), row.covered ? "covers" : "not", row.key.c_str()) << n;
        }
    }
    void rows()
    {
        static const auto all = readRows();
        QFETCH(int, row);
        const auto& [id, covered, key] = all.at(static_cast<std::size_t>(row));
        const auto set = RuleSet::builtin();
        const Rule& rule = *set->find(id);
        const auto index = static_cast<std::uint32_t>(&rule - set->rules().data());

        std::vector<std::uint32_t> found;
        set->matchKey(key, found);
        QCOMPARE(std::find(found.begin(), found.end(), index) != found.end(), covered);

        // Through the whole check, in a model where the rule applies: a wrong dtype is found, a right one is not.
        std::shared_ptr<const Checkpoint> checkpoint;
        const auto wrong = check(rule, key, wrongDType(rule), checkpoint);
        QVERIFY(wrong);
        const auto decides = [&](const CheckReport& report) { return report.tensors.front().judged && report.tensors.front().rule == index; };
        if (!covered) {
            QVERIFY(!decides(*wrong));
            return;
        }
        QVERIFY(wrong->tensors.front().judged);
        const auto explanations = explainKey(*checkpoint, *wrong, key);
        QVERIFY(std::any_of(explanations.begin(), explanations.end(), [&](const Explanation& e) {
            return e.ruleIndex == index && e.outcome <= Explanation::Outcome::Overruled;
        }));
        QCOMPARE(explanations.front().outcome, Explanation::Outcome::Decides);
        QCOMPARE(explanations.front().ruleIndex, wrong->tensors.front().rule);
        if (!decides(*wrong)) {
            return; // a more severe or more special rule covers this key too
        }
        QCOMPARE(wrong->count(rule.severity) > 0, true);
        const Finding& finding = wrong->findings.at(wrong->tensors.front().finding);
        QCOMPARE(finding.rule, id);
        QCOMPARE(finding.severity, rule.severity);
        QCOMPARE(finding.want, rule.requiredDtypes);
        for (const DType right : rule.requiredDtypes) {
            const auto good = check(rule, key, dtypeName(right), checkpoint);
            QVERIFY(decides(*good));
            for (const auto& other : good->findings) {
                QVERIFY2(other.ruleIndex == UINT32_MAX, other.rule.c_str());
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestRulesRows)
#include "tst_rules_rows.moc"
