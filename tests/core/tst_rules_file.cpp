// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/embedded.h"
#include "core/contracts/keymatcher.h"
#include "core/contracts/numberblind.h"
#include "core/contracts/rule.h"

#include <QtTest>

#include <set>

using namespace ckptscope;

namespace {

/// A rule that is accepted, with one field replaced (empty value: left out).
QByteArray ruleWith(const QByteArray& field = {}, const QByteArray& value = {})
{
    const std::vector<std::pair<QByteArray, QByteArray>> fields{{"id", "\"my.rule\""},
                                                                {"title", "\"My rule\""},
                                                                {"architectures", "[\"MyForCausalLM\"]"},
                                                                {"key_regex", "\"(?:^|\\\\.)A_log$\""},
                                                                {"required_dtypes", "[\"F32\"]"},
                                                                {"severity", "\"advice\""},
                                                                {"why", "\"Because.\""},
                                                                {"sources", "[\"owner/repo/file.py:name\"]"}};
    QByteArray text = "  {";
    bool replaced = false;
    for (const auto& [key, old] : fields) {
        const QByteArray now = key == field ? value : old;
        replaced = replaced || key == field;
        if (!now.isEmpty()) {
            text += (text.size() > 3 ? ",\n   \"" : "\"") + key + "\": " + now;
        }
    }
    if (!replaced && !field.isEmpty()) {
        text += ",\n   \"" + field + "\": " + value;
    }
    return text + "}";
}

QByteArray fileOf(const QByteArray& rules)
{
    return "{\"schema\": \"ckptscope.rules/1\", \"rules\": [\n" + rules + "\n]}\n";
}

} // namespace

class TestRulesFile : public QObject {
    Q_OBJECT

private slots:
    void accepts_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("rules");
        QTest::newRow("one rule") << fileOf(ruleWith()) << 1;
        QTest::newRow("bare list") << QByteArray("[" + ruleWith() + "]") << 1;
        QTest::newRow("no rules") << fileOf("") << 0;
        QTest::newRow("any architecture: []") << fileOf(ruleWith("architectures", "[]")) << 1;
        QTest::newRow("any architecture: *") << fileOf(ruleWith("architectures", "[\"*\"]")) << 1;
        QTest::newRow("when") << fileOf(ruleWith("when", "{\"quantization_config.quant_method\": [\"fp8\", null, 1, true, 1.5], \"a\": \"b\"}")) << 1;
        QTest::newRow("when null") << fileOf(ruleWith("when", "null")) << 1;
        QTest::newRow("several dtypes") << fileOf(ruleWith("required_dtypes", "[\"F32\", \"F8_E8M0\", \"ggml:Q8_0\"]")) << 1;
        QTest::newRow("keys that it covers") << fileOf(ruleWith("covers", "[\"A_log\", \"model.layers.0.linear_attn.A_log\"]")) << 1;
        QTest::newRow("keys that it spares") << fileOf(ruleWith("spares", "[\"lm_head.weight\"]")) << 1;
        QTest::newRow("byte order mark") << QByteArray("\xef\xbb\xbf" + fileOf(ruleWith())) << 1;
    }
    void accepts()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, rules);
        const RuleFile file = parseRuleFile(text.toStdString(), "my.json", "mine");
        for (const auto& problem : file.problems) {
            qWarning("%s", problem.what.args.back().c_str());
        }
        QVERIFY(file.problems.empty());
        QCOMPARE(file.rules.size(), static_cast<std::size_t>(rules));
        QCOMPARE(file.profile, std::string("default"));
    }

    void readsEveryField()
    {
        const RuleFile file = parseRuleFile(fileOf(ruleWith("when", "{\"a.b\": [1, \"x\"], \"c\": null}")).toStdString(), "my.json", "mine");
        QCOMPARE(file.rules.size(), 1U);
        const Rule& rule = file.rules.front();
        QCOMPARE(rule.id, std::string("my.rule"));
        QCOMPARE(rule.title, std::string("My rule"));
        QCOMPARE(rule.architectures, std::vector<std::string>{"MyForCausalLM"});
        QCOMPARE(rule.keyRegex, std::string("(?:^|\\.)A_log$"));
        QCOMPARE(rule.requiredDtypes, std::vector<DType>{DType::F32});
        QCOMPARE(rule.severity, Severity::Advice);
        QCOMPARE(rule.why, std::string("Because."));
        QCOMPARE(rule.sources, std::vector<std::string>{"owner/repo/file.py:name"});
        QCOMPARE(rule.family, std::string("mine"));
        QCOMPARE(rule.when.size(), 2U);
        QCOMPARE(rule.when[0].first, std::string("a.b"));
        QVERIFY((rule.when[0].second == std::vector<ConfigValue>{std::int64_t{1}, std::string("x")}));
        QVERIFY((rule.when[1].second == std::vector<ConfigValue>{nullptr}));
    }

    /// One broken rule between two good ones: it is refused with its line, the others go on.
    void refusesRule_data()
    {
        QTest::addColumn<QByteArray>("rule");
        QTest::addColumn<int>("line"); ///< in the file; the rule begins at line 3 where the first one has 8 lines
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, QByteArray field, QByteArray value, int line, const char* reason) {
            QTest::newRow(name) << ruleWith(field, value) << line << QString(reason);
        };
        row("no id", "id", "", 1, "it has no 'id'");
        row("empty id", "id", "\"\"", 1, "'id' is empty");
        row("odd id", "id", "\"a b\"", 1, "an id has letters");
        row("number for id", "id", "3", 1, "'id' is not a string");
        row("no title", "title", "", 1, "it has no 'title'");
        row("no architectures", "architectures", "", 1, "it has no 'architectures'");
        row("architectures a string", "architectures", "\"MyForCausalLM\"", 3, "'architectures' is not a list of strings");
        row("star and others", "architectures", "[\"*\", \"A\"]", 3, "'*' and others");
        row("no regex", "key_regex", "", 1, "it has no 'key_regex'");
        row("empty regex", "key_regex", "\"\"", 4, "'key_regex' is empty");
        row("regex: open group", "key_regex", "\"(\"", 4, "missing )");
        row("regex: look-ahead, not RE2", "key_regex", "\"(?=x)\"", 4, "not RE2 syntax");
        row("regex: back reference, not RE2", "key_regex", "\"(a)\\\\1\"", 4, "not RE2 syntax");
        row("regex: too large", "key_regex", "\"((a{100}){100}){100}\"", 4, "not RE2 syntax");
        row("no dtypes", "required_dtypes", "[]", 5, "'required_dtypes' is empty");
        row("unknown dtype", "required_dtypes", "[\"F32\", \"FP32\"]", 5, "there is no dtype 'FP32'");
        row("dtype of torch", "required_dtypes", "[\"float32\"]", 5, "there is no dtype 'float32'");
        row("dtype in lower case", "required_dtypes", "[\"f32\"]", 5, "there is no dtype 'f32'");
        row("dtype twice", "required_dtypes", "[\"F32\", \"F32\"]", 5, "comes twice");
        row("dtype unknown", "required_dtypes", "[\"unknown\"]", 5, "there is no dtype");
        row("no severity", "severity", "", 1, "it has no 'severity'");
        row("severity error", "severity", "\"error\"", 6, "not violation, advice or note");
        row("severity in capitals", "severity", "\"Advice\"", 6, "not violation, advice or note");
        row("no why", "why", "", 1, "it has no 'why'");
        row("blank why", "why", "\"  \"", 7, "'why' is empty");
        row("no sources", "sources", "", 1, "it has no 'sources'");
        row("empty sources", "sources", "[]", 8, "'sources' is empty");
        row("blank source", "sources", "[\"\"]", 8, "'sources' holds something");
        row("when a list", "when", "[]", 9, "'when' is not an object");
        row("when without values", "when", "{\"a\": []}", 9, "gives no value for 'a'");
        row("when with an object", "when", "{\"a\": {\"b\": 1}}", 9, "neither text, number");
        row("when twice", "when", "{\"a\": 1, \"a\": 2}", 9, "names 'a' twice");
        row("covers what it does not match", "covers", "[\"A_log\", \"xA_log\"]", 9, "does not match 'xA_log'");
        row("spares what it matches", "spares", "[\"xA_log\", \"x.A_log\"]", 9, "matches 'x.A_log'");
        row("covers a string", "covers", "\"A_log\"", 9, "not a list of strings");
        row("unknown field", "wen", "{\"a\": 1}", 9, "there is no field 'wen'");
        QTest::newRow("field twice") << QByteArray("  {\"id\": \"x\", \"id\": \"y\"}") << 1 << "comes twice";
        QTest::newRow("not an object") << QByteArray("  \"rule\"") << 1 << "it is not an object";
        QTest::newRow("id of an earlier rule") << ruleWith("id", "\"first\"") << 1 << "an earlier rule has this id";
    }
    void refusesRule()
    {
        QFETCH(QByteArray, rule);
        QFETCH(int, line);
        QFETCH(QString, reason);
        const QByteArray first = ruleWith("id", "\"first\"");
        const QByteArray last = ruleWith("id", "\"last\"");
        const RuleFile file = parseRuleFile(fileOf(first + ",\n" + rule + ",\n" + last).toStdString(), "my.json", "mine");
        QCOMPARE(file.problems.size(), 1U);
        const RuleFileProblem& problem = file.problems.front();
        QCOMPARE(problem.what.code, Code::RuleRefused);
        QCOMPARE(problem.what.file, std::string("my.json"));
        QVERIFY2(QString::fromStdString(problem.what.args.at(2)).contains(reason), problem.what.args.at(2).c_str());
        QCOMPARE(problem.line, static_cast<std::uint64_t>(9 + line)); // the first rule has lines 2 to 9
        QCOMPARE(problem.what.args.at(0), std::to_string(problem.line));
        QCOMPARE(file.rules.size(), 2U);
        QCOMPARE(file.rules.front().id, std::string("first"));
        QCOMPARE(file.rules.back().id, std::string("last"));
    }

    void refusesFile_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("line");
        QTest::addColumn<QString>("reason");
        QTest::newRow("empty") << QByteArray("") << 1 << "";
        QTest::newRow("not JSON") << QByteArray("\n\nrules: []") << 3 << "";
        QTest::newRow("cut off") << fileOf(ruleWith()).chopped(4) << 9 << "";
        QTest::newRow("a number") << QByteArray("7") << 1 << "neither an object nor a list";
        QTest::newRow("no schema") << QByteArray("{\"rules\": []}") << 1 << "it has no 'schema'";
        QTest::newRow("another schema") << QByteArray("{\n\"schema\": \"ckptscope.rules/2\", \"rules\": []}") << 2
                                        << "its schema is 'ckptscope.rules/2'";
        QTest::newRow("no rules") << QByteArray("{\"schema\": \"ckptscope.rules/1\"}") << 1 << "it has no list 'rules'";
        QTest::newRow("rules an object") << QByteArray("{\"schema\": \"ckptscope.rules/1\",\n\"rules\": {}}") << 2 << "it has no list 'rules'";
        QTest::newRow("unknown profile") << QByteArray("{\"schema\": \"ckptscope.rules/1\",\n\"profile\": \"mine\", \"rules\": []}") << 2
                                         << "not 'mine'";
        QTest::newRow("unknown field") << QByteArray("{\"schema\": \"ckptscope.rules/1\", \"rule\": []}") << 1 << "there is no field 'rule'";
        QTest::newRow("rules twice") << QByteArray("{\"schema\": \"ckptscope.rules/1\", \"rules\": [],\n\"rules\": []}") << 2 << "comes twice";
        QTest::newRow("invalid UTF-8") << QByteArray("{\"schema\": \"\xff\"}") << 1 << "";
        QTest::newRow("a bomb of brackets") << QByteArray(100000, '[') << 1 << "nests more than 64 deep";
        QTest::newRow("a bomb of braces") << QByteArray("{\"a\":").repeated(100000) << 1 << "nests more than 64 deep";
    }
    void refusesFile()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, line);
        QFETCH(QString, reason);
        const RuleFile file = parseRuleFile(text.toStdString(), "my.json", "mine");
        QVERIFY(file.rules.empty());
        QCOMPARE(file.problems.size(), 1U);
        QCOMPARE(file.problems.front().what.code, Code::RuleFileBroken);
        QCOMPARE(file.problems.front().line, static_cast<std::uint64_t>(line));
        QVERIFY2(QString::fromStdString(file.problems.front().what.args.at(1)).contains(reason), file.problems.front().what.args.at(1).c_str());
    }

    /// Every truncation of a good file is refused, none crashes.
    void truncations()
    {
        const std::string text = fileOf(ruleWith()).trimmed().toStdString();
        for (std::size_t n = 0; n < text.size(); ++n) {
            const RuleFile file = parseRuleFile(text.substr(0, n), "my.json", "mine");
            QVERIFY(file.rules.empty());
            QCOMPARE(file.problems.size(), 1U);
        }
    }

    void builtin()
    {
        const auto set = RuleSet::builtin();
        QVERIFY(set->rules().size() >= 162); // a file that fails to parse would be missed; one more is nobody's fault
        std::set<std::string> ids;
        for (const auto& rule : set->rules()) {
            QVERIFY(ids.insert(rule.id).second);
            QVERIFY(!rule.why.empty());
            QVERIFY(!rule.sources.empty());
            QCOMPARE(set->find(rule.id), &rule);
        }
        QCOMPARE(set->find("no.such.rule"), nullptr);
        QVERIFY(RuleSet::databaseVersion().ends_with("(" + std::to_string(set->rules().size()) + " rules)"));
    }

    /// What is compiled in is read without trying its patterns and examples: here they are tried.
    void builtinFilesAreSound_data()
    {
        QTest::addColumn<std::size_t>("file");
        for (std::size_t n = 0; n < EmbeddedRulesCount; ++n) {
            QTest::newRow(std::string(EmbeddedRules[n].name).c_str()) << n;
        }
    }
    void builtinFilesAreSound()
    {
        QFETCH(std::size_t, file);
        const EmbeddedFile& embedded = EmbeddedRules[file];
        const std::string family(embedded.name.substr(0, embedded.name.find('.')));
        const RuleFile tried = parseRuleFile(embedded.text, std::string(embedded.name), family);
        const RuleFile trusted = parseEmbeddedRules(embedded);
        QVERIFY2(tried.problems.empty(), tried.problems.empty() ? "" : tried.problems.front().what.args.back().c_str());
        QVERIFY(!tried.rules.empty());
        QCOMPARE(trusted.problems.size(), std::size_t{0});
        QCOMPARE(trusted.updated, tried.updated);
        QCOMPARE(trusted.rules.size(), tried.rules.size());
        for (std::size_t n = 0; n < tried.rules.size(); ++n) {
            QCOMPARE(trusted.rules[n].id, tried.rules[n].id);
            QCOMPARE(trusted.rules[n].family, tried.rules[n].family);
            QVERIFY(trusted.rules[n].covers == tried.rules[n].covers && trusted.rules[n].spares == tried.rules[n].spares);
            QVERIFY2(isNumberBlind(tried.rules[n].keyRegex), tried.rules[n].keyRegex.c_str()); // else each name is asked, not each shape
        }
    }

    /// Linear on long and hostile keys; `$` is the end of the key.
    void matchKey_data()
    {
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<QStringList>("rules");
        const QStringList aLog{"gdn.olmo_hybrid.a_log", "gdn.qwen3_5.a_log", "gdn.qwen3_next.a_log", "gdn.qwen4_exp.a_log", "gdn.qwen4_exp.text"};
        QTest::newRow("plain") << QByteArray("model.layers.0.linear_attn.A_log") << aLog;
        QTest::newRow("no match") << QByteArray("model.layers.0.mlp.up_proj.weight") << QStringList{};
        QTest::newRow("line feed at the end") << QByteArray("model.layers.0.linear_attn.A_log\n") << QStringList{};
        QTest::newRow("line feed within") << QByteArray("a\n.linear_attn.A_log") << aLog;
        QTest::newRow("NUL within") << QByteArray("a\0.linear_attn.A_log", 20) << aLog;
        QTest::newRow("invalid UTF-8 within") << QByteArray("a\xff\xc3.linear_attn.A_log") << aLog;
        QTest::newRow("64 KiB") << QByteArray(65536, 'a') + ".linear_attn.A_log" << aLog;
        QTest::newRow("64 KiB of dots") << QByteArray(65536, '.') + "linear_attn.A_log" << aLog;
        QTest::newRow("empty") << QByteArray("") << QStringList{};
    }
    void matchKey()
    {
        QFETCH(QByteArray, key);
        QFETCH(QStringList, rules);
        const auto set = RuleSet::builtin();
        std::vector<std::uint32_t> found{7};
        set->matchKey(key.toStdString(), found);
        QVERIFY(std::is_sorted(found.begin(), found.end()));
        QStringList ids;
        for (const auto n : found) {
            ids.append(QString::fromStdString(set->rules().at(n).id));
        }
        ids.sort();
        QCOMPARE(ids, rules);
    }

    /// Patterns whose common automaton outgrows its memory are still right, one at a time.
    void outOfMemory_data()
    {
        QTest::addColumn<qint64>("memory");
        QTest::newRow("enough") << qint64{8 << 20};
        QTest::newRow("too little to search") << qint64{40000};
        QTest::newRow("too little to compile") << qint64{100};
    }
    void outOfMemory()
    {
        QFETCH(qint64, memory);
        std::vector<std::string> patterns;
        for (int n = 0; n < 16; ++n) {
            patterns.push_back("a[ab]{" + std::to_string(20 + n) + "}c");
        }
        std::string key;
        std::uint32_t random = 1;
        for (int n = 0; n < 500; ++n) {
            random = random * 1664525U + 1013904223U;
            key += (random >> 30U) & 1U ? 'a' : 'b';
        }
        key += "c";
        std::vector<std::uint32_t> found;
        KeyMatcher(std::vector<std::string_view>(patterns.begin(), patterns.end()), memory).match(key, found);
        std::vector<std::uint32_t> expected;
        for (std::uint32_t n = 0; n < 16; ++n) {
            if (key[key.size() - 2 - (20 + n)] == 'a') {
                expected.push_back(n);
            }
        }
        QVERIFY(!expected.empty());
        QCOMPARE(found, expected);
    }
};

QTEST_APPLESS_MAIN(TestRulesFile)
#include "tst_rules_file.moc"
