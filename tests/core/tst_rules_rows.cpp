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

/// What rules say of themselves ("covers", "spares"), and tests/core/data/rule_rows.tsv, see tests/fixtures/make_rule_rows.py.
std::vector<Row> readRows()
{
    std::vector<Row> result;
    for (const Rule& rule : RuleSet::builtin()->rules()) {
        for (const auto* keys : {&rule.covers, &rule.spares}) {
            for (const std::string& key : *keys) {
                result.push_back({rule.id, keys == &rule.covers, key});
            }
        }
    }
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

struct Checked {
    std::shared_ptr<const Checkpoint> checkpoint;
    std::shared_ptr<const CheckReport> report;

    [[nodiscard]] const TensorVerdict& verdict() const { return report->tensors.front(); }
    /// The rule that decided, by its id; empty: none.
    [[nodiscard]] std::string decided() const { return verdict().judged ? report->rules->rules().at(verdict().rule).id : std::string(); }
};

/// A checkpoint of this one tensor, in a model where the rule applies, judged by these rules.
Checked check(const Rule& rule, const std::string& key, std::string_view dtype, const std::shared_ptr<const RuleSet>& rules)
{
    test::CheckpointBuilder builder;
    builder.add(key, dtype).config(configFor(rule));
    Checked result{builder.make(), {}};
    CheckOptions options;
    options.rules = rules;
    auto report = runChecks(*result.checkpoint, options);
    result.report = report ? *report : nullptr;
    return result;
}

/// What speaks against a row where these rules judge; empty: it holds. The rule is the built-in one, whatever `rules` are.
std::string rowFails(const Row& row, const Rule& rule, const std::shared_ptr<const RuleSet>& rules)
{
    std::vector<std::uint32_t> found;
    rules->matchKey(row.key, found);
    const bool matches = std::any_of(found.begin(), found.end(), [&](std::uint32_t n) { return rules->rules()[n].id == rule.id; });
    if (matches != row.covered) {
        return matches ? "the pattern matches" : "the pattern does not match";
    }
    // Through the whole check: a wrong dtype is found, a right one is not.
    const auto wrong = check(rule, row.key, wrongDType(rule), rules);
    if (!wrong.report) {
        return "no report";
    }
    if (!row.covered) {
        return wrong.decided() == rule.id ? "the rule decides" : "";
    }
    if (!wrong.verdict().judged) {
        return "not judged";
    }
    const auto explanations = explainKey(*wrong.checkpoint, *wrong.report, row.key);
    const auto considered = [&](const Explanation& e) {
        return wrong.report->rules->rules().at(e.ruleIndex).id == rule.id && e.outcome <= Explanation::Outcome::Overruled;
    };
    if (std::none_of(explanations.begin(), explanations.end(), considered)) {
        return "not explained";
    }
    if (explanations.front().outcome != Explanation::Outcome::Decides || explanations.front().ruleIndex != wrong.verdict().rule) {
        return "the first explanation is not what decided";
    }
    if (wrong.decided() != rule.id) {
        return {}; // a more severe or more special rule covers this key too
    }
    const Finding& finding = wrong.report->findings.at(wrong.verdict().finding);
    if (finding.rule != rule.id || finding.severity != rule.severity || finding.want != rule.requiredDtypes) {
        return "another finding: " + finding.rule;
    }
    for (const DType right : rule.requiredDtypes) {
        const auto good = check(rule, row.key, dtypeName(right), rules);
        if (good.decided() != rule.id) {
            return "does not decide on " + std::string(dtypeName(right));
        }
        for (const auto& other : good.report->findings) {
            if (other.ruleIndex != UINT32_MAX) {
                return other.rule + " complains of " + std::string(dtypeName(right));
            }
        }
    }
    return {};
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
        const Row& it = all.at(static_cast<std::size_t>(row));
        const auto rules = RuleSet::builtin();
        QCOMPARE(rowFails(it, *rules->find(it.rule), rules), std::string());
    }

    /// The rows are worth something: take any one rule away, and one of its rows fails.
    void aMissingRuleIsNoticed_data()
    {
        QTest::addColumn<int>("index");
        const auto& rules = RuleSet::builtin()->rules();
        for (int n = 0; n < static_cast<int>(rules.size()); ++n) {
            QTest::newRow(rules[static_cast<std::size_t>(n)].id.c_str()) << n;
        }
    }
    void aMissingRuleIsNoticed()
    {
        static const auto all = readRows();
        QFETCH(int, index);
        auto others = RuleSet::builtin()->rules();
        const Rule rule = others.at(static_cast<std::size_t>(index));
        others.erase(others.begin() + index);
        const auto without = RuleSet::make(std::move(others));
        QVERIFY(std::any_of(all.begin(), all.end(), [&](const Row& row) { return row.rule == rule.id && !rowFails(row, rule, without).empty(); }));
    }
};

QTEST_APPLESS_MAIN(TestRulesRows)
#include "tst_rules_rows.moc"
