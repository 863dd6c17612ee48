// SPDX-License-Identifier: Apache-2.0
// What a terminal shows, word for word where the words carry numbers: each number was worked out by hand from what the file holds.
#include "core/contracts/check.h"
#include "core/contracts/rule.h"
#include "core/formats/formatreader.h"
#include "core/report/elements.h"
#include "core/report/exactjson.h"
#include "core/report/plots.h"
#include "core/report/sarif.h"
#include "core/report/text.h"
#include "core/report/values.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTest>

#include <cmath>
#include <cstring>

using namespace ckptscope;
using namespace std::string_literals;
using test::CheckpointBuilder;
using test::TempDir;

namespace {

template<class Print>
QString printed(Print print)
{
    std::string text;
    print([&text](std::string_view piece) { text += piece; });
    return QString::fromStdString(text);
}

report::TextStyle terminal()
{
    report::TextStyle style;
    style.headings = true;
    return style;
}

/// Lines of cells, "a | b | c".
QString cellsOf(QString text)
{
    text.replace(QRegularExpression("(?<=\\S)  +(?=\\S)"), " | ");
    return text.replace(QRegularExpression("^ +", QRegularExpression::MultilineOption), "");
}

template<class Number>
std::string bytesOf(const std::vector<Number>& values)
{
    std::string bytes(values.size() * sizeof(Number), '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

/// A file of one tensor w, opened.
std::shared_ptr<const Checkpoint> one(const TempDir& dir, const std::string& dtype, const std::vector<std::uint64_t>& shape, const std::string& bytes)
{
    const auto path = dir.write("w.safetensors", test::rawSafetensors("{" + test::safetensorsEntry("w", dtype, shape, 0, bytes.size()) + "}", bytes));
    const auto opened = openCheckpoint({path});
    if (!opened) {
        qFatal("%s does not open", path.c_str());
    }
    return *opened;
}

QString bar(int full, const char* rest = "")
{
    return QString(full, QChar(0x2588)) + QString::fromUtf8(rest);
}

} // namespace

class ReportTextTest : public QObject {
    Q_OBJECT
private slots:
    void histograms()
    {
        const TempDir dir;
        const auto checkpoint = one(dir, "F32", {8}, bytesOf<float>({0, 0, 0, 0, 1, 2, 3, 4}));
        const auto histogram = computeHistogram(std::make_shared<ShardFiles>(checkpoint), 0, {4});
        QVERIFY(histogram);
        // numpy.histogram([0,0,0,0,1,2,3,4], 4) is 4, 1, 1, 2; a full bar has fifty characters, and eighths of one
        QCOMPARE(printed([&](const report::Write& write) { report::writeHistogramText(*histogram, HistogramScale::Value, terminal(), write); }),
                 "  percentiles: 1 %: 0, 50 %: 0, 99 %: 4\n"
                 "  FROM  TO  COUNT\n"
                 "     0   1      4  "
                     + bar(50) + "\n     1   2      1  " + bar(12, "▌") + "\n     2   3      1  " + bar(12, "▌") + "\n     3   4      2  " + bar(25)
                     + '\n');
        const auto odd = one(dir, "F32", {2}, bytesOf<float>({NAN, INFINITY}));
        const auto none = computeHistogram(std::make_shared<ShardFiles>(odd), 0, {4, HistogramScale::Log10Magnitude});
        QVERIFY(none);
        QCOMPARE(printed([&](const report::Write& write) { report::writeHistogramText(*none, HistogramScale::Log10Magnitude, {}, write); }),
                 QString("  percentiles: 1 %: NaN, 50 %: NaN, 99 %: NaN\n  no finite value to count\n"));
    }

    void heatmaps()
    {
        const TempDir dir;
        const auto checkpoint = one(dir, "F32", {2, 4}, bytesOf<float>({0, 1, 2, 4, -4, NAN, 0.5F, 3}));
        const auto map = computeHeatmap(std::make_shared<ShardFiles>(checkpoint), 0);
        QVERIFY(map);
        QCOMPARE(printed([&](const report::Write& write) { report::writeHeatmapText(checkpoint->tensors().front(), *map, {}, write); }),
                 QString("w: 2 rows, 4 columns; the largest magnitude in each cell, full at 4, ? where a NaN or Inf is\n·░▒█\n█?·▓\n"));
        const auto zeros = one(dir, "F32", {1, 3}, bytesOf<float>({0, 0, 0}));
        const auto flat = computeHeatmap(std::make_shared<ShardFiles>(zeros), 0);
        QVERIFY(flat);
        QCOMPARE(printed([&](const report::Write& write) { report::writeHeatmapText(zeros->tensors().front(), *flat, {}, write); }),
                 QString("w: 1 rows, 3 columns; the largest magnitude in each cell, full at 0\n···\n"));
    }

    void statistics()
    {
        const TempDir dir;
        const auto checkpoint = one(dir, "F32", {4}, bytesOf<float>({-1, 0, 1, 2}));
        std::vector<TensorValues> values;
        QVERIFY(scanValues(checkpoint, std::vector<std::uint32_t>{0}, nullptr, [&](const TensorValues& each) { values.push_back(each); }));
        const auto histogram = computeHistogram(std::make_shared<ShardFiles>(checkpoint), 0, {1});
        QVERIFY(histogram);
        const auto text = printed([&](const report::Write& write) {
            report::writeStatsText(*checkpoint, values, {}, {HistogramScale::Value, {*histogram}}, terminal(), write);
        });
        QCOMPARE(cellsOf(text),
                 "TENSOR | DTYPE | MIN | MAX | MEAN | STD | ABSMAX | ZEROS | NAN | INF | NARROWEST\n"
                 "w | F32 | -1 | 2 | 0.5 | 1.118 | 2 | 1 | 0 | 0 | F8_E4M3\n\n"
                 "w\npercentiles: 1 %: -1, 50 %: 0, 99 %: 2\nFROM | TO | COUNT\n-1 | 2 | 4 | "
                     + bar(50) + '\n');
    }

    void driftsAreWords_data()
    {
        QTest::addColumn<double>("worst");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("none") << 0.0 << "none";
        QTest::newRow("slight") << 0.005 << "slight";
        QTest::newRow("some") << 0.05 << "some; that head still holds 25 % of what it saw";
        QTest::newRow("large") << 0.5 << "large; that head still holds 25 % of what it saw";
    }
    void driftsAreWords()
    {
        QFETCH(double, worst);
        DriftAt at;
        at.worst = worst;
        at.worstLeft = 0.25;
        QTEST(QString::fromStdString(report::driftSentence(at)), "sentence");
    }

    /// Grids are cut as NumPy cuts them, and say what is left out.
    void elements_data()
    {
        QTest::addColumn<QString>("dtype");
        QTest::addColumn<QString>("shape");
        QTest::addColumn<QString>("lines");
        QTest::newRow("long vector") << "U8"
                                     << "1001"
                                     << "w | U8 | 1001\n0 | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7\n8 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15\n"
                                        "16 | 16 | 17 | 18 | 19 | 20 | 21 | 22 | 23\n…\n977 | 209 | 210 | 211 | 212 | 213 | 214 | 215 | 216\n"
                                        "985 | 217 | 218 | 219 | 220 | 221 | 222 | 223 | 224\n993 | 225 | 226 | 227 | 228 | 229 | 230 | 231 | 232\n"
                                        "953 of 1,001 elements are not shown; --slice shows a part, --npy FILE writes all\n";
        QTest::newRow("tall matrix") << "U8"
                                     << "300,4"
                                     << "w | U8 | 300 × 4\n0 | 0 | 1 | 2 | 3\n1 | 4 | 5 | 6 | 7\n2 | 8 | 9 | 10 | 11\n…\n"
                                        "297 | 164 | 165 | 166 | 167\n298 | 168 | 169 | 170 | 171\n299 | 172 | 173 | 174 | 175\n"
                                        "1,176 of 1,200 elements are not shown; --slice shows a part, --npy FILE writes all\n";
        QTest::newRow("wide matrix") << "U8"
                                     << "2,600"
                                     << "w | U8 | 2 × 600\n0 | 0 | 1 | 2 | … | 85 | 86 | 87\n1 | 88 | 89 | 90 | … | 173 | 174 | 175\n"
                                        "1,188 of 1,200 elements are not shown; --slice shows a part, --npy FILE writes all\n";
        QTest::newRow("nothing") << "U8"
                                 << "0,3"
                                 << "w | U8 | 0 × 3\nno elements\n";
    }
    void elements()
    {
        QFETCH(QString, dtype);
        QFETCH(QString, shape);
        std::vector<std::uint64_t> dims;
        std::uint64_t count = 1;
        for (const QString& dim : shape.split(',')) {
            dims.push_back(dim.toULongLong());
            count *= dims.back();
        }
        std::string bytes;
        for (std::uint64_t i = 0; i < count; ++i) {
            bytes += static_cast<char>(i & 0xFFU);
        }
        const TempDir dir;
        const auto checkpoint = one(dir, dtype.toStdString(), dims, bytes);
        report::ElementsView view{checkpoint, &checkpoint->tensors().front(), *parseSlice("", dims), {}, false, true};
        const auto text = printed([&](const report::Write& write) { QVERIFY(report::writeElementsText(view, {}, {}, write)); });
        QTEST(cellsOf(text), "lines");
    }

    void elementsAsJson()
    {
        const TempDir dir;
        const auto document = [](const report::ElementsView& view, const std::optional<NpyReceipt>& npy = {}) {
            return QJsonDocument::fromJson(
                       printed([&](const report::Write& write) { QVERIFY(report::writeElementsJson(view, npy, {}, write)); }).toUtf8())
                .object();
        };
        const auto complex = one(dir, "C64", {2}, bytesOf<float>({1, 2, 3, -4.5F}));
        report::ElementsView view{complex, &complex->tensors().front(), *parseSlice("", complex->tensors().front().shape), {}, false, false};
        QCOMPARE(document(view)["values"].toArray(), QJsonArray({QJsonArray({1, 2}), QJsonArray({3, -4.5})}));
        const auto npy = document(view, NpyReceipt{"/x/w.npy", npyType(DType::C64), 144})["npy"].toObject();
        QCOMPARE(npy, QJsonObject({{"file", "/x/w.npy"}, {"dtype", "C64"}, {"bytes", 144}}));

        // Stored bits of what is no whole number of bytes are refused before a word is written.
        const auto fours = one(dir, "F4", {4}, "ab");
        view = {fours, &fours->tensors().front(), *parseSlice("", fours->tensors().front().shape), {}, true, false};
        for (const bool json : {false, true}) {
            bool wrote = false;
            const report::Write write = [&](std::string_view) { wrote = true; };
            const auto done = json ? report::writeElementsJson(view, {}, {}, write) : report::writeElementsText(view, {}, {}, write);
            QVERIFY(!done && !wrote);
            QCOMPARE(done.error().code, Code::UsageError);
            QCOMPARE(done.error().args.front(), "--bits: an element of F4 is no whole number of bytes"s);
        }
        // So is a file that was cut after its header was read.
        view.bits = false;
        dir.write("w.safetensors", "cut");
        for (const bool json : {false, true}) {
            const report::Write write = [](std::string_view) {};
            QVERIFY(!(json ? report::writeElementsJson(view, {}, {}, write) : report::writeElementsText(view, {}, {}, write)));
        }
    }

    void lists()
    {
        CheckpointBuilder builder;
        builder.shard("a.safetensors").add("layers.0.w", "F32", {2, 3}).shard("b\x1b.safetensors").add("e", "BF16", {});
        const auto checkpoint = builder.make();
        const std::string sum(64, 'f');
        const auto text = printed([&](const report::Write& write) {
            report::writeListText(*checkpoint, {0, 1}, {{sum, {}}, {{}, "it is not\nthere"}}, terminal(), write);
        });
        QCOMPARE(cellsOf(text),
                 "KEY | DTYPE | SHAPE | SIZE | SHA-256 | FILE\n"
                 "layers.0.w | F32 | 2 × 3 | 24 B | "
                     + QString(64, 'f') + " | a.safetensors\ne | BF16 | scalar | 2 B | (it is not\\u{a}there) | b\\u{1b}.safetensors\n");
        report::TextStyle coloured = terminal();
        coloured.colour = true;
        QVERIFY(printed([&](const report::Write& write) { report::writeListText(*checkpoint, {0}, {}, coloured, write); }).startsWith("\x1b[2mKEY"));
    }

    void roles()
    {
        CheckpointBuilder builder;
        for (int layer = 0; layer < 40; ++layer) {
            builder.add("l." + std::to_string(layer) + ".b", "F32", {2, 3});
            if (!QList<int>({3, 7, 8, 14, 20, 21, 30}).contains(layer)) {
                builder.add("l." + std::to_string(layer) + ".a", layer % 8 == 0 ? "BF16" : "F32", {layer == 1 ? 4U : 2U}); // 0, 16, 24, 32 are odd
            }
        }
        const auto checkpoint = builder.make();
        const auto text =
            printed([&](const report::Write& write) { report::writeRolesText(*checkpoint, findRoles(*checkpoint), terminal(), write); });
        QCOMPARE(cellsOf(text),
                 QString("PATTERN | COUNT | SHAPE | DTYPE | SIZE\n"
                         "l.[33].a | 33 | varies | F32 29, BF16 4 | 256 B | missing 3, 7, 8, 14, 20, 21 and 1 more; "
                         "l.0.a is BF16, l.16.a is BF16, l.24.a is BF16 and 1 more differ\n"
                         "l.[40].b | 40 | 2 × 3 | F32 | 960 B\n"));
    }

    void rules()
    {
        Rule rule;
        rule.id = "my.rule";
        rule.title = "A title";
        rule.severity = Severity::Violation;
        rule.requiredDtypes = {DType::F32, DType::F64};
        rule.keyRegex = "\\.w\x1b$";
        rule.architectures = {"OneForCausalLM", "TwoForCausalLM"};
        rule.when = {{"a.b", {std::string("x"), std::int64_t{3}, true}}};
        rule.shape = "[heads]";
        rule.why = "It is long. " + std::string(90, 'y') + " and goes on.";
        rule.sources = {"me/mine#1", "me/mine#2"};
        rule.family = "mine";
        const auto text = printed([&](const report::Write& write) { report::writeRuleText(rule, {}, write); });
        QCOMPARE(
            cellsOf(text),
            "my.rule | violation\nA title\n\nIt is long.\n" + QString(90, 'y')
                + " and\ngoes on.\n\nwants | F32 or F64\nkeys | \\.w\\u{1b}$\nmodels | OneForCausalLM\nTwoForCausalLM\nwhen | a.b is x or 3 or true\n"
                  "shape | [heads]\nsources | me/mine#1\nme/mine#2\nfrom | mine\n");
        rule.architectures.clear();
        QVERIFY(cellsOf(printed([&](const report::Write& write) { report::writeRuleText(rule, {}, write); })).contains("\nmodels | any\n"));
        QCOMPARE(cellsOf(printed([&](const report::Write& write) { report::writeRuleListText({rule}, terminal(), write); })),
                 QString("RULE | SEVERITY | WANTS | TITLE\nmy.rule | violation | F32 or F64 | A title\n"));
    }

    /// Every outcome of a rule that was considered, as text and as JSON.
    void explanations()
    {
        Rule rule;
        rule.id = "my.rule";
        rule.severity = Severity::Advice;
        rule.requiredDtypes = {DType::F32};
        rule.keyRegex = "w";
        CheckReport checked;
        checked.rules = RuleSet::make({rule});
        checked.profile = "default";
        const auto checkpoint = CheckpointBuilder().add("w", "BF16", {2}).make();
        using Outcome = Explanation::Outcome;
        const std::vector<Explanation> all{{0, Outcome::Decides, {}},          {0, Outcome::Agrees, "a"},
                                           {0, Outcome::Overruled, "by b"},    {0, Outcome::OtherArchitecture, "X"},
                                           {0, Outcome::ConfigDiffers, "c.d"}, {0, Outcome::NotInProfile, {}}};
        const auto text = printed([&](const report::Write& write) { report::writeExplainText(*checkpoint, checked, "w", all, {}, write); });
        const QString head = "my.rule  advice  wants F32: ";
        QCOMPARE(text.section("\n\n", 1),
                 head + "decides\n" + head + "agrees with the rule that decides (a)\n" + head + "overruled (by b)\n" + head
                     + "is for other architectures (X)\n" + head + "config.json does not ask for it (c.d)\n" + head + "is not in this profile\n");
        const auto json = printed([&](const report::Write& write) { report::writeExplainJson(*checkpoint, checked, "w", all, write); });
        QStringList outcomes;
        for (const auto& value : QJsonDocument::fromJson(json.toUtf8()).object()["rules"].toArray()) {
            outcomes << value.toObject()["outcome"].toString();
        }
        QCOMPARE(outcomes, QStringList({"decides", "agrees", "overruled", "other-architecture", "config-differs", "not-in-profile"}));
    }

    /// The command that a check ends with can be pasted into a shell, whatever the folder is called.
    void pastedCommands_data()
    {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QString>("command"); // behind the folder that it is in
        QTest::newRow("plain") << "model"
                               << "ckptscope fix %1/model -o %1/model-fixed";
        QTest::newRow("blank") << "my model"
                               << "ckptscope fix '%1/my model' -o '%1/my model-fixed'";
        QTest::newRow("quote") << "it's"
                               << "ckptscope fix '%1/it'\\''s' -o '%1/it'\\''s-fixed'";
        QTest::newRow("dollar") << "$HOME"
                                << "ckptscope fix '%1/$HOME' -o '%1/$HOME-fixed'";
        QTest::newRow("what no terminal shows") << "a\nb" << QString();
    }
    void pastedCommands()
    {
        QFETCH(QString, folder);
        QFETCH(QString, command);
        const TempDir dir;
        const auto name = folder.toStdString();
        dir.write(name + "/config.json", R"({"architectures":["Qwen3NextForCausalLM"]})");
        test::SafetensorsFile file;
        file.addValue("model.layers.0.linear_attn.A_log", "BF16", {4}, 1);
        dir.write(name + "/model.safetensors", file.bytes());
        const auto opened = openCheckpoint({dir.path(name)});
        QVERIFY(opened);
        const auto checked = runChecks(**opened);
        QVERIFY(checked);
        const auto text = printed([&](const report::Write& write) { report::writeCheckText(**opened, **checked, {}, write); });
        const auto line = text.section("To repair a copy: ", 1).trimmed();
        QCOMPARE(line, command.isEmpty() ? QString() : command.replace("%1", QString::fromStdString(dir.path())));
    }

    /// Errors that go through a file between two processes come out as they went in, also names that are not UTF-8.
    void exactErrors()
    {
        Error error = inFile(fail(Code::DonorDisagrees, {"a\xff", "plain", ""}), "dir\xfe/x", 77);
        const auto json = printed([&](const report::Write& write) {
            report::JsonWriter out(write);
            report::exactError(out, error);
            out.finish();
        });
        const auto read = [](const std::string& text, Error& into) {
            JsonReader reader(text);
            return report::readExactError(reader, into);
        };
        Error back;
        QVERIFY(read(json.toStdString(), back));
        QCOMPARE(back.code, error.code);
        QCOMPARE(back.file, error.file);
        QCOMPARE(back.offset, error.offset);
        QCOMPARE(back.args, error.args);
        QVERIFY(read(R"({"code":"open.empty_file","more":[{}],"args":[{"text":"x","more":1}]})", back)); // of a later version
        QCOMPARE(back.code, Code::FileEmpty);
        QCOMPARE(back.args, std::vector<std::string>{"x"});
        QVERIFY(!back.offset && back.file.empty());
        std::string many = R"({"code":"open.empty_file","args":[{})";
        for (int i = 0; i < 70; ++i) {
            many += ",{}";
        }
        for (const std::string& bad : {R"({"code":"no.such"})"s, R"({})"s, R"([])"s, R"({"code":"open.empty_file","offset":"x"})"s,
                                       R"({"code":"open.empty_file","file_base64":"%"})"s, R"({"code":"open.empty_file","args":{}})"s, many + "]}"}) {
            QVERIFY2(!read(bad, back), bad.c_str());
        }
    }

    void failedSarif()
    {
        const auto json = printed([](const report::Write& write) { report::writeFailedSarif(inFile(fail(Code::FileEmpty), "x.pt", 0), write); });
        const auto run = QJsonDocument::fromJson(json.toUtf8()).object()["runs"].toArray()[0].toObject();
        QVERIFY(run["results"].isArray() && run["results"].toArray().isEmpty());
        const auto invocation = run["invocations"].toArray()[0].toObject();
        QCOMPARE(invocation["executionSuccessful"].toBool(true), false);
        const auto told = invocation["toolExecutionNotifications"].toArray()[0].toObject();
        QCOMPARE(told["level"].toString(), QString("error"));
        QCOMPARE(told["descriptor"].toObject()["id"].toString(), QString("open.empty_file"));
        QVERIFY(told["message"].toObject()["text"].toString().contains("is empty (0 bytes)"));
    }
};

QTEST_APPLESS_MAIN(ReportTextTest)
#include "tst_reporttext.moc"
