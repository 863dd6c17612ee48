// SPDX-License-Identifier: Apache-2.0
#include "core/report/messages.h"

#include <QRegularExpression>
#include <QTest>

using namespace ckptscope;

namespace {

/// A checkpoint with these keys and dtypes, and a report whose findings complain of them by one rule a key's last part.
struct Case {
    std::shared_ptr<const Checkpoint> checkpoint;
    CheckReport report;
};

struct Wanted {
    std::string key;
    DType have = DType::BF16;
    Severity severity = Severity::Violation;
    std::vector<DType> want{DType::F32};
};

Case build(const std::vector<Wanted>& wanted, Verdict verdict)
{
    CheckpointParts parts;
    parts.path = "demo";
    auto names = std::make_shared<std::vector<std::string>>();
    names->reserve(wanted.size());
    for (const auto& w : wanted) {
        names->push_back(w.key);
    }
    parts.shards.emplace_back();
    parts.shards[0].file = "model.safetensors";
    std::vector<Rule> rules;
    Case out;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        TensorInfo tensor;
        tensor.key = (*names)[i];
        tensor.dtype = wanted[i].have;
        parts.tensors.push_back(tensor);
        const std::string id = "rule." + std::string(keyKind(tensor.key));
        std::uint32_t rule = 0;
        while (rule < rules.size() && rules[rule].id != id) {
            ++rule;
        }
        if (rule == rules.size()) {
            rules.emplace_back();
            rules.back().id = id;
            rules.back().why = "why of " + id;
        }
        Finding finding;
        finding.rule = id;
        finding.severity = wanted[i].severity;
        finding.tensor = static_cast<std::uint32_t>(i);
        finding.have = wanted[i].have;
        finding.want = wanted[i].want;
        finding.ruleIndex = rule;
        out.report.findings.push_back(finding);
        ++out.report.counts[static_cast<std::size_t>(finding.severity)];
    }
    parts.storage.push_back(names);
    out.report.rules = RuleSet::make(std::move(rules));
    out.report.verdict = verdict;
    out.report.profile = "default";
    out.report.tensorsChecked = wanted.size();
    out.checkpoint = Checkpoint::make(std::move(parts));
    return out;
}

std::vector<Wanted> layers(const std::vector<std::string>& kinds, int count, Severity severity = Severity::Violation)
{
    std::vector<Wanted> out;
    for (int i = 0; i < count; ++i) {
        for (const auto& kind : kinds) {
            out.push_back({"model.layers." + std::to_string(i) + ".linear_attn." + kind, DType::BF16, severity, {DType::F32}});
        }
    }
    return out;
}

} // namespace

class TestMessages : public QObject {
    Q_OBJECT

private slots:
    void fills_data()
    {
        QTest::addColumn<QString>("message");
        QTest::addColumn<QStringList>("args");
        QTest::addColumn<QString>("expected");
        QTest::newRow("no places") << "plain" << QStringList() << "plain";
        QTest::newRow("name") << "tensor {0} twice" << QStringList{"a.b"} << "tensor a.b twice";
        QTest::newRow("count") << "{0:n} bytes" << QStringList{"1234567"} << "1,234,567 bytes";
        QTest::newRow("size") << "{0:B} free" << QStringList{"12884901888"} << "12.0 GiB free";
        QTest::newRow("order") << "{1} then {0}" << QStringList{"a", "b"} << "b then a";
        QTest::newRow("missing argument") << "{0} and {7}" << QStringList{"a"} << "a and ?";
        QTest::newRow("a count that is none") << "{0:n}" << QStringList{"many"} << "many";
        QTest::newRow("negative count stays text") << "{0:n}" << QStringList{"-1"} << "-1";
        QTest::newRow("escape in a name") << "{0}" << QStringList{"\x1b[2J"} << "\\u{1b}[2J";
        QTest::newRow("a place in an argument is no place") << "{0} {1}" << QStringList{"{1}", "x"} << "{1} x";
        QTest::newRow("foreign braces") << "{ {x} {0" << QStringList{"a"} << "{ {x} {0";
        QTest::newRow("huge index") << "{99999999999999999999}" << QStringList{"a"} << "{99999999999999999999}";
    }
    void fills()
    {
        QFETCH(QString, message);
        QFETCH(QStringList, args);
        std::vector<std::string> list;
        for (const auto& arg : args) {
            list.push_back(arg.toStdString());
        }
        QTEST(QString::fromStdString(fillMessage(message.toStdString(), list)), "expected");
    }

    void everyCodeIsASentence()
    {
        for (const Code code : {
#define CKPTSCOPE_CODE(name, id, severity, message, hint) Code::name,
#include "core/codes.inc"
#undef CKPTSCOPE_CODE
             }) {
            const auto& info = codeInfo(code);
            const std::string text = fillMessage(info.message, std::vector<std::string>(12, "1"));
            QVERIFY2(!QRegularExpression("\\{\\w").match(QString::fromStdString(text)).hasMatch(), text.c_str());
            QVERIFY2(text.find('?') == std::string::npos, text.c_str());
            QVERIFY2(!text.ends_with('.'), text.c_str());
            QVERIFY2(info.hint.empty() || info.hint.ends_with('.') || info.hint.ends_with('?'), info.hint.data());
        }
    }

    void errorsNameFileOffsetAndWayOut()
    {
        Error error = inFile(fail(Code::SafetensorsTruncated, {"12", "112", "100"}), "a\nb.safetensors", 8);
        QCOMPARE(errorText(error),
                 std::string("a\\u{a}b.safetensors: at byte 8: the file ends 12 bytes early: the header promises 112 bytes, "
                             "the file has 100\nUsually an interrupted download: fetch this file again."));
        QCOMPARE(errorText(error, false).find('\n'), std::string::npos);
    }

    void kinds_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("kind");
        QTest::newRow("parameter") << "model.layers.0.linear_attn.A_log"
                                   << "A_log";
        QTest::newRow("weight") << "model.layers.0.linear_attn.norm.weight"
                                << "norm.weight";
        QTest::newRow("numbered") << "mlp.experts.3.weight"
                                  << "experts.3.weight";
        QTest::newRow("one part") << "A_log"
                                  << "A_log";
        QTest::newRow("only a generic part") << "weight"
                                             << "weight";
        QTest::newRow("empty") << ""
                               << "";
        QTest::newRow("dots") << "..."
                              << "..";
    }
    void kinds()
    {
        QFETCH(QString, key);
        const std::string raw = key.toStdString();
        QTEST(QString::fromStdString(std::string(keyKind(raw))), "kind");
    }

    void verdicts_data()
    {
        QTest::addColumn<QString>("which");
        QTest::addColumn<QString>("title");
        QTest::newRow("one kind") << "one"
                                  << "36 A_log tensors are stored as BF16; this model needs F32.";
        QTest::newRow("one tensor") << "single"
                                    << "1 A_log tensor is stored as BF16; this model needs F32.";
        QTest::newRow("two kinds") << "two"
                                   << "72 tensors are stored too narrow: 36 A_log and 36 dt_bias are BF16, this model needs F32.";
        QTest::newRow("many kinds") << "many"
                                    << "12 tensors are stored too narrow: 2 A_log, 2 dt_bias, 2 D and 3 other rules are BF16, this model needs F32.";
        QTest::newRow("wider") << "wider"
                               << "2 tensors are not stored as this model needs them: 1 a_scale and 1 b_scale are F32, this model needs F8_E8M0.";
        QTest::newRow("advice") << "advice"
                                << "Nothing breaks a rule. 36 norm weights are BF16 where some loaders keep F32.";
        QTest::newRow("clean") << "clean"
                               << "All 2 tensors that rules cover are stored as required.";
        QTest::newRow("not judged") << "none"
                                    << "No rule covers LlamaForCausalLM. Nothing was judged.";
    }
    void verdicts()
    {
        QFETCH(QString, which);
        Case c = which == "one" ? build(layers({"A_log"}, 36), Verdict::Violations)
            : which == "single" ? build(layers({"A_log"}, 1), Verdict::Violations)
            : which == "two"    ? build(layers({"A_log", "dt_bias"}, 36), Verdict::Violations)
            : which == "many"   ? build(layers({"A_log", "dt_bias", "D", "x", "y", "z"}, 2), Verdict::Violations)
            : which == "wider"
            ? build({{"a_scale", DType::F32, Severity::Violation, {DType::F8_E8M0}}, {"b_scale", DType::F32, Severity::Violation, {DType::F8_E8M0}}},
                    Verdict::Violations)
            : which == "advice" ? build(layers({"norm.weight"}, 36, Severity::Advice), Verdict::Advice)
            : which == "clean"  ? build({{"a"}, {"b"}}, Verdict::Clean)
                                : build({}, Verdict::NoContract);
        if (which == "none") {
            c.report.architecture.names = {"LlamaForCausalLM"};
        }
        if (which == "clean") {
            c.report.findings.clear();
        }
        const VerdictText text = verdictText(*c.checkpoint, c.report);
        QTEST(QString::fromStdString(text.title), "title");
        if (which == "none") {
            QVERIFY(!QString::fromStdString(text.title + text.detail).contains("clean", Qt::CaseInsensitive));
        }
        if (which == "one") {
            QCOMPARE(text.detail, std::string("why of rule.A_log"));
        }
    }

    void anotherLanguagePutsPiecesElsewhere()
    {
        const Translate german = [](const char* context, const char* source) -> std::string {
            return context == std::string_view("verdict") && source == std::string_view("{0} {1} tensors are stored as {2}; this model needs {3}.")
                ? "{2} statt {3}: {0} Tensoren {1}."
                : source;
        };
        const Case c = build(layers({"a{2}_log"}, 36), Verdict::Violations);
        QCOMPARE(verdictText(*c.checkpoint, c.report, {}, german).title, std::string("BF16 statt F32: 36 Tensoren a{2}_log."));
        QCOMPARE(findingText(*c.checkpoint, c.report.findings[0], {}, german), std::string("a{2}_log is stored as BF16; F32 is required"));
    }

    void damageIsNamed()
    {
        CheckpointParts parts;
        parts.shards.resize(3);
        parts.shards[1].state = Shard::State::Missing;
        parts.index.emplace();
        parts.index->weightMap = {{"a", "1"}, {"b", "2"}, {"b", "3"}};
        parts.problems.push_back({Severity::Error, inFile(fail(Code::IndexMissingShard, {"2"}), "2"), std::nullopt});
        const auto checkpoint = Checkpoint::make(std::move(parts));
        CheckReport report;
        report.verdict = Verdict::Damaged;
        QCOMPARE(verdictText(*checkpoint, report).title, std::string("1 of 3 shards cannot be read; 0 of 2 tensors are shown."));

        CheckpointParts cut;
        cut.shards.resize(1);
        cut.problems.push_back({Severity::Error, inFile(fail(Code::SafetensorsTrailing, {"5"}), "m.safetensors", 100), std::nullopt});
        QCOMPARE(verdictText(*Checkpoint::make(std::move(cut)), report).title,
                 std::string("This checkpoint is damaged: m.safetensors: at byte 100: 5 bytes follow the last tensor."));
    }

    void aCutFileIsToldBeforeWhatItLacks()
    {
        CheckReport report;
        report.verdict = Verdict::Damaged;
        Finding missing;
        missing.severity = Severity::Error;
        missing.key = "a";
        missing.what = inFile(fail(Code::AuditMissingTensor, {"a"}), "m.safetensors");
        Finding cut;
        cut.severity = Severity::Error;
        cut.what = inFile(fail(Code::SafetensorsTrailing, {"5"}), "m.safetensors", 100);
        report.findings = {missing, missing, cut};
        CheckpointParts parts;
        parts.shards.resize(1);
        QCOMPARE(verdictText(*Checkpoint::make(std::move(parts)), report).title,
                 std::string("This checkpoint is damaged in 3 places. First: m.safetensors: at byte 100: 5 bytes follow the last tensor."));
    }

    /// What values tell is of one tensor: its name stands in front, not that of a shard that may hold thousands.
    void aFindingOfATensorNamesIt()
    {
        Case c = build({{"m.A_log"}}, Verdict::Damaged);
        Finding nan;
        nan.severity = Severity::Error;
        nan.tensor = 0;
        nan.file = "m.safetensors";
        nan.what = inFile(fail(Code::ValuesNan, {"1", "4"}), "m.safetensors");
        c.report.findings = {nan};
        QCOMPARE(verdictText(*c.checkpoint, c.report).title, std::string("This checkpoint is damaged: m.A_log: holds NaN: 1 of 4 values."));
        Finding lost = nan;
        lost.severity = Severity::Advice;
        lost.what = inFile(fail(Code::ValuesNan, {"1", "4"}), {});
        c.report.findings = {lost};
        c.report.verdict = Verdict::Advice;
        QCOMPARE(verdictText(*c.checkpoint, c.report).title, std::string("Nothing breaks a rule. Advice: m.A_log: holds NaN: 1 of 4 values."));
    }

    void dangerNamesTheGlobalAndNeverSaysSafe()
    {
        CheckpointParts parts;
        parts.globals.push_back({"posix", "system", PickleGlobal::Grade::Dangerous, true, 5, 0});
        CheckReport report;
        report.verdict = Verdict::Dangerous;
        const VerdictText text = verdictText(*Checkpoint::make(std::move(parts)), report);
        QCOMPARE(text.title, std::string("This file names code to run (posix.system). It was read as data; nothing was run."));
        QVERIFY((text.title + text.detail).find("safe") == std::string::npos);
    }

    void findings()
    {
        const Case c = build({{"m.A_log"}, {"m.norm.weight", DType::BF16, Severity::Advice, {DType::F32, DType::F64}}}, Verdict::Violations);
        QCOMPARE(findingText(*c.checkpoint, c.report.findings[0]), std::string("A_log is stored as BF16; F32 is required"));
        QCOMPARE(findingText(*c.checkpoint, c.report.findings[1]), std::string("norm.weight is stored as BF16; some loaders keep F32 or F64"));
    }
};

QTEST_APPLESS_MAIN(TestMessages)
#include "tst_messages.moc"
