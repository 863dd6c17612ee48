// SPDX-License-Identifier: Apache-2.0
#include "core/query/filter.h"
#include "core/query/manywords.h"

#include <QRandomGenerator>
#include <QTest>

#include <algorithm>
#include <numeric>

using namespace ckptscope;

namespace {

struct Fixture {
    std::shared_ptr<const Checkpoint> checkpoint;
    CheckReport report;
};

struct Row {
    std::string key;
    DType dtype;
    std::vector<std::uint64_t> shape;
    std::uint64_t bytes;
    std::uint32_t shard = 0;
};

const std::vector<Row> Rows{
    {"model.embed_tokens.weight", DType::BF16, {151936, 4096}, 1244659712, 0},                   // 0
    {"model.layers.0.linear_attn.A_log", DType::BF16, {64}, 128, 0},                             // 1 violation
    {"model.layers.0.linear_attn.dt_bias", DType::F32, {64}, 256, 0},                            // 2 judged, clean
    {"model.layers.0.linear_attn.norm.weight", DType::BF16, {128}, 256, 0},                      // 3 advice
    {"model.layers.11.mlp.experts.3.gate_proj.weight", DType::F8_E4M3, {512, 2048}, 1048576, 1}, // 4
    {"model.layers.12.mlp.experts.3.gate_proj.weight", DType::F16, {512, 2048}, 2097152, 1},     // 5
    {"blk.3.attn_q.weight", DType::GgmlQ4_K, {4096, 4096}, 9437184, 1},                          // 6
    {"scale", DType::F64, {}, 8, 1},                                                             // 7
    {"empty", DType::I64, {0, 4}, 0, 1},                                                         // 8
    {"odd \"key\" (x) \\ \n/end", DType::BOOL, {3}, 3, 1},                                       // 9
    {"violation.note", DType::U8, {1}, 1, 1},                                                    // 10 note
};

Fixture build()
{
    CheckpointParts parts;
    auto shapes = std::make_shared<std::vector<Row>>(Rows);
    parts.storage.push_back(shapes);
    parts.shards.resize(2);
    parts.shards[0].file = "model-00001-of-00002.safetensors";
    parts.shards[1].file = "model-00002-of-00002.safetensors";
    for (const Row& row : *shapes) {
        TensorInfo tensor;
        tensor.key = row.key;
        tensor.dtype = row.dtype;
        tensor.shape = row.shape;
        tensor.bytes = {1000, row.bytes};
        tensor.shard = row.shard;
        parts.tensors.push_back(tensor);
    }
    parts.tensors[8].damaged = true;
    Fixture out;
    out.checkpoint = Checkpoint::make(std::move(parts));
    std::vector<Rule> rules(2);
    rules[0].id = "gdn.qwen3_5.a_log";
    rules[0].requiredDtypes = {DType::F32};
    rules[1].id = "gdn.qwen3_5.norm";
    rules[1].requiredDtypes = {DType::F32, DType::BF16};
    out.report.rules = RuleSet::make(rules);
    out.report.rulesApplied = {rules[0].id, rules[1].id};
    out.report.tensors.resize(Rows.size());
    const auto add = [&](std::uint32_t tensor, Severity severity, std::uint32_t rule, std::string id) {
        Finding finding;
        finding.tensor = tensor;
        finding.severity = severity;
        finding.ruleIndex = rule;
        finding.rule = std::move(id);
        if (rule < 2) {
            finding.want = rules[rule].requiredDtypes;
            out.report.tensors[tensor].rule = rule;
        }
        out.report.tensors[tensor].finding = static_cast<std::uint32_t>(out.report.findings.size());
        out.report.tensors[tensor].worst = severity;
        out.report.findings.push_back(std::move(finding));
    };
    add(1, Severity::Violation, 0, "gdn.qwen3_5.a_log");
    add(3, Severity::Advice, 1, "gdn.qwen3_5.norm");
    add(10, Severity::Note, UINT32_MAX, "index.total_size");
    out.report.tensors[2].rule = 0;
    out.report.tensors[2].judged = true;
    return out;
}

QString rowsOf(const std::vector<std::uint8_t>& hits)
{
    QStringList list;
    for (std::size_t i = 0; i < hits.size(); ++i) {
        if (hits[i] != 0) {
            list << QString::number(i);
        }
    }
    return list.join(' ');
}

} // namespace

class TestFilter : public QObject {
    Q_OBJECT

private slots:
    void matches_data()
    {
        QTest::addColumn<QString>("expression");
        QTest::addColumn<QString>("rows");
        const QString all = "0 1 2 3 4 5 6 7 8 9 10";
        QTest::newRow("empty") << "" << all;
        QTest::newRow("space") << " \t " << all;
        QTest::newRow("text, any case") << "a_LOG"
                                        << "1";
        QTest::newRow("two words are and") << "layers weight"
                                           << "3 4 5";
        QTest::newRow("or") << "A_log OR dt_bias"
                            << "1 2";
        QTest::newRow("lower-case or is text") << "A_log or dt_bias"
                                               << "";
        QTest::newRow("or binds weaker") << "layers.0 norm OR experts F16"
                                         << "3";
        QTest::newRow("parentheses") << "(A_log OR dt_bias) -violation"
                                     << "2";
        QTest::newRow("nested") << "((A_log OR (dt_bias)) OR scale)"
                                << "1 2 7";
        QTest::newRow("no spaces needed") << "(A_log)OR(dt_bias)"
                                          << "1 2";
        QTest::newRow("not") << "-weight"
                             << "1 2 7 8 9 10";
        QTest::newRow("not group") << "layers -(A_log OR dt_bias)"
                                   << "3 4 5";
        QTest::newRow("not field") << "-dtype:float"
                                   << "6 8 9 10";
        QTest::newRow("two minuses: text that begins with one") << "--x" << all;
        QTest::newRow("minus in a word") << "a-log"
                                         << "";
        QTest::newRow("quoted") << "\"note\""
                                << "10";
        QTest::newRow("quoted with space") << "\"odd \""
                                           << "9";
        QTest::newRow("quoted with escapes") << "\"\\\"key\\\" (x) \\\\ \""
                                             << "9";
        QTest::newRow("quoted over a line end") << "\"\n/end\""
                                                << "9";
        QTest::newRow("quoted empty") << "\"\"" << all;
        QTest::newRow("glob, whole key") << "*.A_log"
                                         << "1";
        QTest::newRow("glob is anchored") << "A_log*"
                                          << "";
        QTest::newRow("glob by case") << "*.a_log"
                                      << "";
        QTest::newRow("question mark") << "scal?"
                                       << "7";
        QTest::newRow("bracket is no class") << "[sx]cal?"
                                             << "";
        QTest::newRow("regex") << "/layers\\.\\d\\d\\./"
                               << "4 5";
        QTest::newRow("regex with space and slash") << "/ \\(x\\).*\\/end$/"
                                                    << "9";
        QTest::newRow("regex by case") << "/a_log/"
                                       << "";
        QTest::newRow("regex, own case flag") << "/(?i)a_log/"
                                              << "1";
        QTest::newRow("regex of nothing") << "//" << all;
        QTest::newRow("dtype") << "dtype:BF16,F16"
                               << "0 1 3 5";
        QTest::newRow("dtype any case") << "DType:bf16"
                                        << "0 1 3";
        QTest::newRow("dtype alias") << "dtype:torch.bfloat16"
                                     << "0 1 3";
        QTest::newRow("dtype family") << "dtype:float"
                                      << "0 1 2 3 4 5 7";
        QTest::newRow("dtype fp8") << "dtype:fp8"
                                   << "4";
        QTest::newRow("dtype quant") << "dtype:quant"
                                     << "4 6";
        QTest::newRow("dtype ggml") << "dtype:ggml:Q4_K"
                                    << "6";
        QTest::newRow("dtype glob") << "dtype:F*"
                                    << "2 4 5 7";
        QTest::newRow("rule prefix") << "rule:gdn"
                                     << "1 2 3";
        QTest::newRow("rule is a prefix, not a part") << "rule:qwen"
                                                      << "";
        QTest::newRow("rule of an audit") << "rule:index."
                                          << "10";
        QTest::newRow("wants") << "wants:F32"
                               << "1 2 3";
        QTest::newRow("wants second choice") << "wants:BF16"
                                             << "3";
        QTest::newRow("shard") << "shard:00001"
                               << "0 1 2 3";
        QTest::newRow("shard quoted") << "shard:\"00002-OF\""
                                      << "4 5 6 7 8 9 10";
        QTest::newRow("layer") << "layer:12"
                               << "5";
        QTest::newRow("layer range") << "layer:0..11"
                                     << "1 2 3 4 6";
        QTest::newRow("layer list") << "layer:3,11..12"
                                    << "4 5 6";
        QTest::newRow("layer compared") << "layer>11"
                                        << "5";
        QTest::newRow("severity word") << "violation"
                                       << "1";
        QTest::newRow("severity words are and") << "violation advice"
                                                << "";
        QTest::newRow("is list is or") << "is:violation,advice"
                                       << "1 3";
        QTest::newRow("note") << "is:note"
                              << "10";
        QTest::newRow("scalar") << "is:scalar"
                                << "7";
        QTest::newRow("empty tensor") << "is:empty"
                                      << "8";
        QTest::newRow("damaged") << "is:damaged"
                                 << "8";
        QTest::newRow("size over") << "size>1MiB"
                                   << "0 5 6";
        QTest::newRow("size at least") << "size>=1MiB"
                                       << "0 4 5 6";
        QTest::newRow("size range") << "size:128..1KiB"
                                    << "1 2 3";
        QTest::newRow("size open range") << "size:..8B"
                                         << "7 8 9 10";
        QTest::newRow("size 1000s") << "size<=1048.576KB size>1MB"
                                    << "4";
        QTest::newRow("size equal") << "size=256"
                                    << "2 3";
        QTest::newRow("elements") << "elements>=1M"
                                  << "0 4 5 6";
        QTest::newRow("elements in billions") << "elements>1B"
                                              << "";
        QTest::newRow("rank") << "rank:0,1"
                              << "1 2 3 7 9 10";
        QTest::newRow("shape") << "shape:64"
                               << "1 2";
        QTest::newRow("shape wildcard") << "shape:4096x*"
                                        << "6";
        QTest::newRow("shape with the sign that is shown") << QString::fromUtf8("shape:512\u00d72048") << "4 5";
        QTest::newRow("shape scalar") << "shape:scalar"
                                      << "7";
        QTest::newRow("dim") << "dim:4096"
                             << "0 6";
        QTest::newRow("statistic without a scan") << "nan>0"
                                                  << "";
        QTest::newRow("change without a comparison") << "change:value"
                                                     << "";
        QTest::newRow("the table's example") << "dtype:BF16 rule:gdn *.A_log size>100 violation"
                                             << "1";
        QTest::newRow("a colon that is no field's") << "a.b:0"
                                                    << "";
    }
    void matches()
    {
        QFETCH(QString, expression);
        const Fixture fixture = build();
        const std::string text = expression.toStdString();
        auto parsed = Filter::parse(text);
        if (const auto* error = std::get_if<FilterError>(&parsed)) {
            QFAIL(filterErrorText(*error).c_str());
        }
        FilterContext context;
        context.checkpoint = fixture.checkpoint.get();
        context.report = &fixture.report;
        QTEST(rowsOf(std::get<Filter>(parsed).match(context)), "rows");
        const auto keys = KeyText::make(*fixture.checkpoint);
        context.keys = keys.get();
        QTEST(rowsOf(std::get<Filter>(parsed).match(context)), "rows");
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("expression");
        QTest::addColumn<int>("position");
        QTest::addColumn<int>("length");
        QTest::addColumn<QString>("says");
        QTest::newRow("unknown field") << "abc dtyp:F32" << 4 << 4 << "unknown field 'dtyp'. Did you mean dtype?";
        QTest::newRow("far from any field") << "qwertyuiop:1" << 0 << 10 << "unknown field 'qwertyuiop'";
        QTest::newRow("unknown dtype") << "dtype:F32,bfloat1" << 10 << 7 << "'bfloat1' is not a value of dtype. Did you mean bfloat16?";
        QTest::newRow("unknown state") << "is:launderd" << 3 << 8 << "'launderd' is not a value of is. Did you mean laundered?";
        QTest::newRow("no value") << "dtype:" << 0 << 6 << "dtype needs a value";
        QTest::newRow("only commas") << "x dtype:,," << 2 << 8 << "dtype needs a value";
        QTest::newRow("no number") << "size>" << 0 << 5 << "size needs a value";
        QTest::newRow("bad unit") << "size>1XiB" << 5 << 4 << "'1XiB' is not a value of size";
        QTest::newRow("no order") << "dtype>F16" << 0 << 9 << "dtype has no order: write dtype:VALUE";
        QTest::newRow("backward dots") << "layer:.." << 6 << 2 << "'..' is not a value of layer";
        QTest::newRow("bad shape") << "shape:4x" << 6 << 2 << "'4x' is not a value of shape";
        QTest::newRow("open quote") << "a \"b c" << 2 << 4 << "a quotation mark is not closed";
        QTest::newRow("open regex") << "/abc" << 0 << 4 << "the regular expression has no closing /";
        QTest::newRow("broken regex") << "x /a(b/" << 2 << 5 << "the regular expression is not understood";
        QTest::newRow("backreference") << "/(a)\\1/" << 0 << 7 << "the regular expression is not understood";
        QTest::newRow("open group") << "a (b" << 2 << 1 << "a parenthesis is not closed";
        QTest::newRow("stray close") << "a b) c" << 3 << 1 << "there is no open parenthesis";
        QTest::newRow("empty group") << "a ()" << 2 << 2 << "there is nothing between the parentheses";
        QTest::newRow("or first") << "OR a" << 0 << 2 << "OR needs something on both sides";
        QTest::newRow("or last") << "a OR" << 2 << 2 << "OR needs something on both sides";
        QTest::newRow("two ors") << "a OR OR b" << 5 << 2 << "OR needs something on both sides";
        QTest::newRow("lone minus") << "a - b" << 2 << 1 << "'-' needs something";
        QTest::newRow("operator alone") << "size > 1" << 5 << 1 << "'>' needs a field right in front of it";
        QTest::newRow("deep") << QString(200, '(') << 101 << 1 << "parentheses nest deeper than 100";
    }
    void refuses()
    {
        QFETCH(QString, expression);
        QFETCH(QString, says);
        const auto parsed = Filter::parse(expression.toStdString());
        const auto* error = std::get_if<FilterError>(&parsed);
        QVERIFY(error != nullptr);
        QVERIFY2(QString::fromStdString(filterErrorText(*error)).startsWith(says), filterErrorText(*error).c_str());
        QTEST(static_cast<int>(error->position), "position");
        QTEST(static_cast<int>(error->length), "length");
    }

    void saysWhatItNeeds()
    {
        const auto needs = [](std::string_view text) { return std::get<Filter>(Filter::parse(text)); };
        QCOMPARE(needs("a (b OR -nan>0)").needsScan(), std::string_view("nan"));
        QCOMPARE(needs("is:scalar,laundered").needsScan(), std::string_view("laundered"));
        QCOMPARE(needs("size>1 is:scalar").needsScan(), std::string_view());
        QCOMPARE(needs("x change:added").needsComparison(), std::string_view("change"));
        QVERIFY(needs("x rule:a").needsReport());
        QVERIFY(needs("violation").needsReport());
        QVERIFY(!needs("is:empty dtype:F32").needsReport());
        QVERIFY(needs("x (is:empty OR -is:edited)").needsEdits());
        QVERIFY(!needs("edited \"is:edited\"").needsEdits()); // words of a name
        QVERIFY(needs("").matchesAll());
        QVERIFY(!needs("a").matchesAll());
    }

    void statistics()
    {
        const Fixture fixture = build();
        FilterContext context;
        context.checkpoint = fixture.checkpoint.get();
        context.statistic = [](std::uint32_t tensor, Statistic statistic) -> std::optional<double> {
            if (tensor > 2) {
                return std::nullopt;
            }
            return statistic == Statistic::Zero ? 32.0 : statistic == Statistic::Min ? -20.5 : static_cast<double>(tensor);
        };
        const auto match = [&](std::string_view text) { return rowsOf(std::get<Filter>(Filter::parse(text)).match(context)); };
        QCOMPARE(match("nan>0"), QString("1 2"));
        QCOMPARE(match("min<-20"), QString("0 1 2"));
        QCOMPARE(match("min:-21..-20.5"), QString("0 1 2"));
        QCOMPARE(match("zero>=50%"), QString("1 2"));
        QCOMPARE(match("zero>50%"), QString());
        QCOMPARE(match("max<1e4 -max<1"), QString("1 2"));
        // The states that a scan knows: of the numbers where they are there, of findings where a report has them.
        QCOMPARE(match("is:nan"), QString("1 2"));
        QCOMPARE(match("is:inf"), QString("1 2"));
        QCOMPARE(match("is:zero"), QString()); // 32 of 64 are not all
        context.statistic = [](std::uint32_t tensor, Statistic) -> std::optional<double> {
            return tensor == 1 ? std::optional(64.0) : tensor == 2 ? std::optional(63.0) : std::nullopt;
        };
        QCOMPARE(match("is:zero"), QString("1"));
        QCOMPARE(match("is:constant"), QString());
        CheckReport report = fixture.report;
        Finding finding;
        finding.tensor = 4;
        finding.severity = Severity::Note;
        finding.rule = "values.constant";
        report.findings.push_back(finding);
        context.report = &report;
        QCOMPARE(match("is:constant"), QString("4"));
        QCOMPARE(match("is:laundered"), QString());
    }

    void quotedKeysFindThemselves()
    {
        const Fixture fixture = build();
        FilterContext context;
        context.checkpoint = fixture.checkpoint.get();
        std::string all;
        for (std::size_t i = 0; i < Rows.size(); ++i) {
            const auto one = Filter::parse(filterQuoted(Rows[i].key));
            QVERIFY(std::get<Filter>(one).match(context)[i] == 1);
            all += (i > 0 ? " OR " : "") + filterQuoted(Rows[i].key);
        }
        for (int i = 0; i < 20; ++i) {
            all += " OR \"none of them" + std::to_string(i) + '"';
        }
        const auto hits = std::get<Filter>(Filter::parse(all)).match(context);
        QCOMPARE(std::count(hits.begin(), hits.end(), 1), static_cast<std::ptrdiff_t>(Rows.size()));
    }

    /// The automaton against one search a word, on text in which words overlap a lot.
    void manyWordsAgreeWithPlainSearch()
    {
        QRandomGenerator random(7);
        for (int round = 0; round < 50; ++round) {
            const auto letters = [&](int most) {
                std::string text;
                for (quint32 i = random.bounded(static_cast<quint32>(most)) + 1; i > 0; --i) {
                    text += static_cast<char>('a' + random.bounded(2));
                }
                return text;
            };
            std::vector<std::string> words;
            for (int i = 0; i < 8; ++i) {
                words.push_back(letters(7));
            }
            const std::vector<std::string_view> views(words.begin(), words.end());
            std::string buffer;
            std::vector<std::uint64_t> starts;
            std::vector<std::uint8_t> expected;
            for (int i = 0; i < 50; ++i) {
                const std::string key = letters(12);
                starts.push_back(buffer.size());
                buffer += key + '\n';
                expected.push_back(std::any_of(words.begin(), words.end(), [&](const auto& word) { return key.find(word) != std::string::npos; }));
            }
            starts.push_back(buffer.size());
            std::vector<std::uint8_t> hits(expected.size(), 0);
            query::ManyWordsSearch(views).mark(buffer, starts, hits, {});
            QCOMPARE(hits, expected);
        }
    }

    void completes_data()
    {
        QTest::addColumn<QString>("text"); // | is the cursor
        QTest::addColumn<QString>("choices");
        QTest::addColumn<int>("start");
        QTest::newRow("field") << "dt|"
                               << "dtype:" << 0;
        QTest::newRow("number field") << "abc siz|"
                                      << "size>" << 4;
        QTest::newRow("behind a minus") << "-dty|"
                                        << "dtype:" << 1;
        QTest::newRow("in a group") << "(dty|"
                                    << "dtype:" << 1;
        QTest::newRow("severity") << "viol|"
                                  << "violation" << 0;
        QTest::newRow("values of the checkpoint, then families") << "dtype:f|"
                                                                 << "F16 F32 F64 F8_E4M3 float fp8 fp6 fp4" << 6;
        QTest::newRow("second of a list") << "dtype:F32,bf|"
                                          << "BF16" << 10;
        QTest::newRow("rule") << "rule:gdn.qwen3_5.n|"
                              << "gdn.qwen3_5.norm" << 5;
        QTest::newRow("shard") << "shard:model-00002|"
                               << "model-00002-of-00002.safetensors" << 6;
        QTest::newRow("state") << "is:lau|"
                               << "laundered" << 3;
        QTest::newRow("what rules want") << "wants:|"
                                         << "BF16 F32" << 6;
        QTest::newRow("nothing typed") << "abc |"
                                       << "" << 4;
        QTest::newRow("inside quotes") << "\"dt|"
                                       << "" << 0;
        QTest::newRow("inside a regex") << "/dt|"
                                        << "" << 0;
        QTest::newRow("behind quotes") << "\"x y\" dt|"
                                       << "dtype:" << 6;
        QTest::newRow("numbers") << "layer:1|"
                                 << "" << 6;
        QTest::newRow("unknown field") << "foo:b|"
                                       << "" << 0;
    }
    void completes()
    {
        QFETCH(QString, text);
        const Fixture fixture = build();
        FilterContext context;
        context.checkpoint = fixture.checkpoint.get();
        context.report = &fixture.report;
        const auto cursor = text.indexOf('|');
        const std::string plain = text.remove('|').toStdString();
        const auto completion = completeFilter(plain, static_cast<std::size_t>(cursor), context);
        QStringList choices;
        for (const auto& choice : completion.choices) {
            choices << QString::fromStdString(choice);
        }
        QTEST(choices.join(' '), "choices");
        QTEST(static_cast<int>(completion.start), "start");
        QVERIFY(completion.choices.size() <= 12);
    }

    void helpParses()
    {
        QVERIFY(filterHelp().size() > 8);
        for (const FilterHelpRow& row : filterHelp()) {
            std::string_view rest = row.write; // examples have two spaces between them
            while (!rest.empty()) {
                const auto end = std::min(rest.find("  "), rest.size());
                const auto parsed = Filter::parse(rest.substr(0, end));
                QVERIFY2(std::holds_alternative<Filter>(parsed), std::string(rest.substr(0, end)).c_str());
                rest.remove_prefix(std::min(end + 2, rest.size()));
            }
        }
    }

    /// Whatever is typed gives a filter or an error inside the text; nothing crashes.
    void anyTextIsAnswered()
    {
        QRandomGenerator random(3);
        const std::string alphabet = "ab:\"/\\()-*?<>=.,OR 0K%\n\xff";
        const Fixture fixture = build();
        FilterContext context;
        context.checkpoint = fixture.checkpoint.get();
        for (int i = 0; i < 20000; ++i) {
            std::string text = random.bounded(2) != 0 ? "dtype:" : "size>";
            for (quint32 n = random.bounded(12U); n > 0; --n) {
                text += alphabet[random.bounded(static_cast<quint32>(alphabet.size()))];
            }
            const auto parsed = Filter::parse(text);
            if (const auto* error = std::get_if<FilterError>(&parsed)) {
                QVERIFY(error->position + error->length <= text.size());
            } else {
                QCOMPARE(std::get<Filter>(parsed).match(context).size(), Rows.size());
            }
            const auto completion = completeFilter(text, random.bounded(static_cast<quint32>(text.size() + 1)), context);
            QVERIFY(completion.start + completion.length <= text.size());
        }
    }
};

QTEST_APPLESS_MAIN(TestFilter)
#include "tst_filter.moc"
