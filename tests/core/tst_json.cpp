// SPDX-License-Identifier: Apache-2.0
// The documents are read back with Qt's own JSON parser.
#include "core/report/json.h"
#include "core/report/sarif.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace ckptscope;

namespace {

std::string collect(const std::function<void(const report::Write&)>& writer)
{
    std::string text;
    writer([&](std::string_view piece) { text += piece; });
    return text;
}

QJsonObject parse(const std::string& text)
{
    QJsonParseError error;
    const auto document = QJsonDocument::fromJson(QByteArray::fromStdString(text), &error);
    if (error.error != QJsonParseError::NoError || !text.ends_with('\n') || text.find('\n') != text.size() - 1) {
        qFatal("%s: %s", qPrintable(error.errorString()), text.c_str());
    }
    return document.object();
}

/// The keys of the first level in the order in which they stand: QJsonObject sorts them.
QString keysInOrder(const std::string& text)
{
    QStringList keys;
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') {
            const std::size_t start = i + 1;
            for (++i; text[i] != '"'; ++i) {
                i += text[i] == '\\' ? 1 : 0;
            }
            if (depth == 1 && text[i + 1] == ':') {
                keys << QString::fromStdString(text.substr(start, i - start));
            }
        }
        depth += text[i] == '{' || text[i] == '[' ? 1 : text[i] == '}' || text[i] == ']' ? -1 : 0;
    }
    return keys.join(' ');
}

struct Demo {
    std::shared_ptr<const Checkpoint> checkpoint;
    CheckReport report;
};

Demo demo()
{
    CheckpointParts parts;
    parts.path = "folder";
    parts.isFolder = true;
    parts.format = "safetensors";
    parts.config.architectures = {"Qwen3NextForCausalLM"};
    parts.shards.resize(3);
    parts.shards[0].file = "a.safetensors";
    parts.shards[0].bytes = 1000;
    parts.shards[0].tensors = 6;
    parts.shards[1].file = "missing.safetensors";
    parts.shards[1].state = Shard::State::Missing;
    parts.shards[2].file = "b\xff.safetensors";
    parts.metadata.push_back({"format", std::string("pt"), "__metadata__", 0});
    parts.metadata.push_back({"format", std::string("other"), "__metadata__", 2});
    parts.metadata.push_back({"tokens", MetadataPlace{0, {8, 70000}, "array of string", 5}, "gguf", 0});
    struct Store {
        std::vector<std::string> keys{"m.A_log", "bad\xffkey", "strided", "chunks", "lost", "packed"};
        std::vector<std::uint64_t> shape{4, 2};
        TensorExtra strided, chunks, lost, packed;
    };
    auto store = std::make_shared<Store>();
    store->strided.layout = Strided{{100, 64}, 3, {1, 4}};
    store->chunks.layout = Chunks{{Chunk{0, {10, 8}, {0, 0}, {2, 2}, {2, 1}}, Chunk{2, {20, 8}, {2, 0}, {2, 2}, {2, 1}}}};
    store->lost.unreadable = "its storage is not in the file";
    store->packed.layout = Packed{"deflate", {500, 9}, {}, 0};
    parts.storage.push_back(store);
    for (std::size_t i = 0; i < store->keys.size(); ++i) {
        TensorInfo tensor;
        tensor.key = store->keys[i];
        tensor.shape = store->shape;
        tensor.dtype = DType::BF16;
        tensor.bytes = {64 + 16 * i, 16};
        tensor.extra = i == 2 ? &store->strided : i == 3 ? &store->chunks : i == 4 ? &store->lost : i == 5 ? &store->packed : nullptr;
        parts.tensors.push_back(tensor);
    }
    parts.tensors[1].damaged = true;
    Problem problem;
    problem.severity = Severity::Error;
    problem.what = inFile(fail(Code::SafetensorsTruncated, {"5", "10", "5"}), "b\xff.safetensors", 12);
    problem.tensor = 1;
    parts.problems.push_back(problem);
    Demo out;
    std::vector<Rule> rules(1);
    rules[0].id = "gdn.a_log";
    rules[0].title = "A_log";
    rules[0].why = "because {of} \"it\"";
    rules[0].sources = {"org/repo/file.py:name"};
    rules[0].requiredDtypes = {DType::F32};
    rules[0].when = {{"quantization_config.quant_method", {ConfigValue(std::string("fp8")), ConfigValue(nullptr), ConfigValue(std::int64_t{3})}}};
    out.report.rules = RuleSet::make(rules);
    out.report.profile = "default";
    out.report.verdict = Verdict::Violations;
    out.report.architecture.names = {"Qwen3NextForCausalLM"};
    out.report.rulesApplied = {"gdn.a_log"};
    out.report.tensorsChecked = 1;
    Finding finding;
    finding.rule = "gdn.a_log";
    finding.severity = Severity::Violation;
    finding.tensor = 0;
    finding.file = "a.safetensors";
    finding.have = DType::BF16;
    finding.want = {DType::F32};
    finding.ruleIndex = 0;
    finding.fix = FindingFix{FindingFix::Op::Cast, DType::F32, true, {}};
    out.report.findings.push_back(finding);
    Finding audit;
    audit.rule = "index.missing_tensor";
    audit.severity = Severity::Error;
    audit.key = "gone\xff";
    audit.file = "a.safetensors";
    audit.offset = 7;
    audit.what = fail(Code::AuditMissingTensor, {"gone\xff"});
    out.report.findings.push_back(audit);
    out.report.counts = {0, 0, 1, 1};
    out.checkpoint = Checkpoint::make(std::move(parts));
    return out;
}

} // namespace

class TestJson : public QObject {
    Q_OBJECT

private slots:
    void strings_data()
    {
        QTest::addColumn<QByteArray>("raw");
        QTest::addColumn<QByteArray>("json");
        QTest::newRow("plain") << QByteArray("a.b") << QByteArray("\"a.b\"");
        QTest::newRow("quote, backslash") << QByteArray("\"\\") << QByteArray("\"\\\"\\\\\"");
        QTest::newRow("controls") << QByteArray("\0\x01\n\r\t\x1f\x7f", 7) << QByteArray("\"\\u0000\\u0001\\n\\r\\t\\u001f\\u007f\"");
        QTest::newRow("other letters as they are") << QByteArray("\u00e9\u4e2d\U0001F600") << QByteArray("\"\u00e9\u4e2d\U0001F600\"");
        QTest::newRow("C1 control") << QByteArray("\xc2\x9b") << QByteArray("\"\\u009b\"");
        QTest::newRow("no-break space is none") << QByteArray("\xc2\xa0") << QByteArray("\"\xc2\xa0\"");
        QTest::newRow("bidi and zero width") << QByteArray("a\u202e\u200b\u2069\ufeffz") << QByteArray("\"a\\u202e\\u200b\\u2069\\ufeffz\"");
        QTest::newRow("not UTF-8") << QByteArray("a\xff\xc3") << QByteArray("\"a\\\\xff\\\\xc3\"");
        QTest::newRow("overlong NUL") << QByteArray("\xc0\x80") << QByteArray("\"\\\\xc0\\\\x80\"");
    }
    void strings()
    {
        QFETCH(QByteArray, raw);
        const auto text = collect([&](const report::Write& write) {
            report::JsonWriter(write).text(std::string_view(raw.constData(), static_cast<std::size_t>(raw.size())));
        });
        QTEST(QByteArray::fromStdString(text), "json");
    }

    void numbers()
    {
        const auto text = collect([](const report::Write& write) {
            report::JsonWriter json(write);
            json.open('[').number(UINT64_MAX).number(INT64_MIN).number(0.1).number(1e300).number(std::numeric_limits<double>::quiet_NaN());
            json.number(std::numeric_limits<double>::infinity()).number(-std::numeric_limits<double>::infinity()).null().boolean(true).close(']');
        });
        QCOMPARE(text, std::string("[18446744073709551615,-9223372036854775808,0.1,1e+300,\"NaN\",\"Infinity\",\"-Infinity\",null,true]"));
    }

    void piecesAreBounded()
    {
        std::size_t largest = 0;
        std::size_t all = 0;
        report::Write write = [&](std::string_view piece) {
            largest = std::max(largest, piece.size());
            all += piece.size();
        };
        report::JsonWriter json(write);
        json.open('[');
        for (int i = 0; i < 100000; ++i) {
            json.text("0123456789");
        }
        json.close(']').finish();
        QCOMPARE(all, std::size_t{1300002});
        QVERIFY(largest < 100000);
    }

    void errors()
    {
        const auto text =
            collect([](const report::Write& write) { report::writeErrorJson("ckptscope.ls/1", inFile(fail(Code::FileEmpty), "x\xff", 0), write); });
        QCOMPARE(keysInOrder(text), QString("schema error"));
        const auto error = parse(text)["error"].toObject();
        QCOMPARE(error["code"].toString(), QString("open.empty_file"));
        QVERIFY(error["message"].toString().startsWith("is empty (0 bytes). "));
        QCOMPARE(error["file"].toString(), QString("x\\xff"));
        QCOMPARE(error["offset"].toInt(-1), 0);
        QCOMPARE(error["lossy_name"].toBool(), true);
        const auto placeless = parse(collect([](const report::Write& write) { report::writeErrorJson("s", fail(Code::Cancelled), write); }));
        QVERIFY(placeless["error"].toObject()["file"].isNull() && placeless["error"].toObject()["offset"].isNull());
    }

    void list()
    {
        const Demo d = demo();
        const std::vector<ElementsHash> hashes{{"abc", {}}, {{}, "no"}, {{}, "an expanded view"}, {"def", {}}, {{}, "lost"}, {"0", {}}};
        const auto text = collect([&](const report::Write& write) { report::writeListJson(*d.checkpoint, {0, 1, 2, 3, 4, 5}, hashes, write); });
        QCOMPARE(keysInOrder(text), QString("schema path format architectures shards metadata tensors problems"));
        const auto root = parse(text);
        QCOMPARE(root["shards"].toArray().size(), 2); // a missing one is a problem, not a shard
        QCOMPARE(root["shards"].toArray()[1].toObject()["lossy_name"].toBool(), true);
        QCOMPARE(root["metadata"].toObject()["format"].toString(), QString("pt"));
        QCOMPARE(root["metadata"].toObject()["tokens"].toObject()["count"].toInt(), 5);
        const auto tensors = root["tensors"].toArray();
        QCOMPARE(tensors.size(), 6);
        const auto first = tensors[0].toObject();
        QCOMPARE(first.keys(), QStringList({"bytes", "dtype", "elements", "file", "name", "offset", "sha256", "shape"}));
        QCOMPARE(first["name"].toString(), QString("m.A_log"));
        QCOMPARE(first["elements"].toInt(), 8);
        QCOMPARE(first["offset"].toInt(), 64);
        const auto damaged = tensors[1].toObject();
        QCOMPARE(damaged["name"].toString(), QString("bad\\xffkey"));
        QCOMPARE(damaged["lossy_name"].toBool(), true);
        QCOMPARE(damaged["readable"].toBool(true), false);
        QVERIFY(damaged["reason"].toString().startsWith("the file ends 5 bytes early"));
        const auto strided = tensors[2].toObject();
        QCOMPARE(strided["strides"].toArray(), QJsonArray({1, 4}));
        QCOMPARE(strided["offset"].toInt(), 100 + 3 * 2);
        QCOMPARE(strided["reason"].toString(), QString("an expanded view"));
        const auto chunks = tensors[3].toObject();
        QVERIFY(!chunks.contains("offset") && !chunks.contains("strides"));
        QCOMPARE(chunks["chunks"].toArray()[0].toObject(),
                 QJsonObject({{"file", "a.safetensors"},
                              {"offset", 10},
                              {"start", QJsonArray({0, 0})},
                              {"shape", QJsonArray({2, 2})},
                              {"strides", QJsonArray({2, 1})}}));
        QVERIFY(!tensors[4].toObject().contains("offset"));
        QCOMPARE(tensors[4].toObject()["reason"].toString(), QString("its storage is not in the file"));
        QCOMPARE(tensors[5].toObject()["codec"].toString(), QString("deflate"));
        const auto problem = root["problems"].toArray()[0].toObject();
        QCOMPARE(problem["severity"].toString(), QString("error"));
        QCOMPARE(problem["code"].toString(), QString("safetensors.truncated"));
        QCOMPARE(problem["offset"].toInt(), 12);
        // without --hash there is no word about hashes
        const auto plain = parse(collect([&](const report::Write& write) { report::writeListJson(*d.checkpoint, {2}, {}, write); }));
        QVERIFY(!plain["tensors"].toArray()[0].toObject().contains("reason"));
    }

    void check()
    {
        const Demo d = demo();
        const auto text = collect([&](const report::Write& write) { report::writeCheckJson(*d.checkpoint, d.report, write); });
        QCOMPARE(keysInOrder(text), QString("schema path profile architectures verdict counts rules_applied tensors_checked findings"));
        const auto root = parse(text);
        QCOMPARE(root["verdict"].toString(), QString("violations"));
        QCOMPARE(root["counts"].toObject(), QJsonObject({{"error", 1}, {"violation", 1}, {"advice", 0}, {"note", 0}}));
        const QJsonObject rule{{"rule", "gdn.a_log"},
                               {"severity", "violation"},
                               {"tensor", "m.A_log"},
                               {"file", "a.safetensors"},
                               {"offset", QJsonValue::Null},
                               {"have", "BF16"},
                               {"want", QJsonArray({"F32"})},
                               {"message", "A_log is stored as BF16; F32 is required"},
                               {"why", "because {of} \"it\""},
                               {"sources", QJsonArray({"org/repo/file.py:name"})},
                               {"fix", QJsonObject({{"op", "cast"}, {"to", "F32"}, {"lossless", true}, {"restores_lost_bits", false}})}};
        QCOMPARE(root["findings"].toArray()[0].toObject(), rule);
        const auto audit = root["findings"].toArray()[1].toObject();
        QCOMPARE(audit["tensor"].toString(), QString("gone\\xff"));
        QCOMPARE(audit["lossy_name"].toBool(), true);
        QCOMPARE(audit["offset"].toInt(), 7);
        QVERIFY(audit["fix"].isNull() && audit["have"].isNull() && audit["why"].isNull());
    }

    void receipt()
    {
        Receipt receipt;
        receipt.source = "a";
        receipt.profile = "default";
        const auto nothing = collect([&](const report::Write& write) { report::writeReceiptJson(receipt, write); });
        QCOMPARE(keysInOrder(nothing),
                 QString("schema source output profile device fallback edits untouched copied_bytes left_out seconds peak_rss_bytes findings_left "
                         "findings_unmendable muted"));
        QVERIFY(parse(nothing)["output"].isNull() && parse(nothing)["fallback"].isNull());
        receipt.output = "/b";
        receipt.edits.push_back({"t", {}, EditOp::Cast, DType::BF16, DType::F32, "f", "00", "11", "widened"});
        const auto root = parse(collect([&](const report::Write& write) { report::writeReceiptJson(receipt, write); }));
        QCOMPARE(root["edits"].toArray()[0].toObject(),
                 QJsonObject({{"tensor", "t"},
                              {"op", "cast"},
                              {"from", "BF16"},
                              {"to", "F32"},
                              {"file", "f"},
                              {"sha256_before", "00"},
                              {"sha256_after", "11"},
                              {"source", "widened"}}));
        QCOMPARE(root["untouched"].toObject().keys(), QStringList({"bytes", "cloned_bytes", "compared_bytes", "equal", "tensors"}));
    }

    void plan()
    {
        FixPlan plan;
        plan.source = "a";
        plan.output = "/b";
        QVERIFY(parse(collect([&](const report::Write& write) { report::writePlanJson(plan, write); }))["output"].isNull());
        plan.edits.push_back({});
        plan.edits[0].key = "t";
        plan.edits[0].from = DType::BF16;
        plan.edits[0].to = DType::F32;
        plan.files.push_back({});
        plan.files[0].kind = OutputFile::Kind::Rewritten;
        plan.files[0].header = std::string("\0\xff{}", 4);
        const auto root = parse(collect([&](const report::Write& write) { report::writePlanJson(plan, write); }));
        QCOMPARE(root["schema"].toString(), QString("ckptscope.plan/1"));
        QCOMPARE(root["output"].toString(), QString("/b"));
        QCOMPARE(QByteArray::fromBase64(root["files"].toArray()[0].toObject()["header_base64"].toString().toLatin1()), QByteArray("\0\xff{}", 4));
    }

    void rulesReadBack()
    {
        const Demo d = demo();
        const auto text = collect([&](const report::Write& write) { report::writeRulesJson(d.report.rules->rules(), "default", write); });
        const auto rule = parse(text)["rules"].toArray()[0].toObject();
        QCOMPARE(rule["when"].toObject()["quantization_config.quant_method"].toArray(), QJsonArray({"fp8", QJsonValue::Null, 3}));
        const auto builtin = RuleSet::builtin();
        const RuleFile again =
            parseRuleFile(collect([&](const report::Write& write) { report::writeRulesJson(builtin->rules(), "default", write); }), "x", "x");
        QVERIFY2(again.problems.empty(), again.problems.empty() ? "" : again.problems[0].what.args[0].c_str());
        QCOMPARE(again.rules.size(), builtin->rules().size());
    }

    void sarif()
    {
        const Demo d = demo();
        const auto root = parse(collect([&](const report::Write& write) { report::writeSarif(*d.checkpoint, d.report, write); }));
        QCOMPARE(root["version"].toString(), QString("2.1.0"));
        const auto run = root["runs"].toArray()[0].toObject();
        const auto rules = run["tool"].toObject()["driver"].toObject()["rules"].toArray();
        const auto results = run["results"].toArray();
        QCOMPARE(results.size(), 2);
        for (const auto& value : results) {
            const auto result = value.toObject();
            QCOMPARE(rules[result["ruleIndex"].toInt(-1)].toObject()["id"], result["ruleId"]);
        }
        QCOMPARE(results[0].toObject()["level"].toString(), QString("error"));
        const auto place = results[1].toObject()["locations"].toArray()[0].toObject();
        QCOMPARE(place["physicalLocation"].toObject()["artifactLocation"].toObject()["uri"].toString(), QString("folder/a.safetensors"));
        QCOMPARE(place["physicalLocation"].toObject()["region"].toObject()["byteOffset"].toInt(), 7);
        // braces are placeholders and brackets links in a SARIF message
        QVERIFY(results[1].toObject()["message"].toObject()["text"].toString().contains("gone\\\\xff"));
    }

    void sarifNamesAllTensorsOfARolesFinding()
    {
        Demo d = demo();
        Finding& finding = d.report.findings.front();
        finding.tensor = 0;
        finding.others = {1, 1, 5'000'000}; // once each, and only what there is
        const auto root = parse(collect([&](const report::Write& write) { report::writeSarif(*d.checkpoint, d.report, write); }));
        const auto result = root["runs"].toArray()[0].toObject()["results"].toArray()[0].toObject();
        const auto names = result["locations"].toArray()[0].toObject()["logicalLocations"].toArray();
        QCOMPARE(names.size(), 2);
        for (int i = 0; i < 2; ++i) {
            QCOMPARE(names[i].toObject()["kind"].toString(), QString("member"));
        }
        QVERIFY(names[0] != names[1]);
    }

    void roles()
    {
        const Demo d = demo();
        Role role;
        role.pattern = "layers.[2].x";
        role.tensors = {0, 1};
        role.shapes = {{4}, {}};
        role.dtypes = {{"BF16", 1}, {"F32", 1}};
        role.missing = {{17}, {3, 5}};
        role.odd = {0};
        const auto root = parse(collect([&](const report::Write& write) { report::writeRolesJson(*d.checkpoint, {role}, write); }));
        QCOMPARE(root["roles"].toArray()[0].toObject(),
                 QJsonObject({{"pattern", "layers.[2].x"},
                              {"count", 2},
                              {"shapes", QJsonArray({QJsonArray({4}), QJsonArray()})},
                              {"dtypes", QJsonObject({{"BF16", 1}, {"F32", 1}})},
                              {"bytes", 0},
                              {"elements", 0},
                              {"missing", QJsonArray({QJsonArray({17}), QJsonArray({3, 5})})},
                              {"odd", QJsonArray({"m.A_log"})}}));
    }
};

QTEST_APPLESS_MAIN(TestJson)
#include "tst_json.moc"
