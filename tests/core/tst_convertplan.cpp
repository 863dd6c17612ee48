// SPDX-License-Identifier: Apache-2.0
// Names, parts, shards and shared tensors of a conversion. What transformers and torch make of the result is in
// tests/interop/test_convert.py.
#include "core/convert/convert.h"
#include "core/convert/shards.h"
#include "core/formats/formatreader.h"
#include "core/text/text.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/gguffile.h"
#include "tests/support/torchfile.h"

#include <QTest>

using namespace ckptscope;
using namespace ckptscope::test;

namespace {

#define VERIFY_OK(result) QVERIFY2((result).has_value(), (result).has_value() ? "" : codeInfo((result).error().code).id.data())

TorchFile named(const QStringList& names)
{
    TorchFile file;
    for (qsizetype i = 0; i < names.size(); ++i) {
        file.dense(names[i].toStdString(), "FloatStorage", 4, {2}, std::string(8, static_cast<char>('a' + i)));
    }
    return file;
}

QStringList keys(const ConvertPlan& plan)
{
    QStringList out;
    for (const ConvertItem& item : plan.items) {
        out << QString::fromStdString(item.key);
    }
    return out;
}

std::vector<std::string> globs(const QString& words)
{
    std::vector<std::string> out;
    for (const QString& word : words.split(' ', Qt::SkipEmptyParts)) {
        out.push_back(word.toStdString());
    }
    return out;
}

} // namespace

class TestConvertPlan : public QObject {
    Q_OBJECT

private slots:
    void names_data()
    {
        QTest::addColumn<QStringList>("source");
        QTest::addColumn<QString>("only");
        QTest::addColumn<QString>("drops");
        QTest::addColumn<QString>("strip");
        QTest::addColumn<bool>("keep");
        QTest::addColumn<QStringList>("expected");
        QTest::addColumn<QString>("part");
        const QString no;
        QTest::newRow("as they are") << QStringList{"model.a", "lm_head"} << no << no << no << false << QStringList{"model.a", "lm_head"} << no;
        QTest::newRow("module. of all") << QStringList{"module.a", "module.b"} << no << no << no << false << QStringList{"a", "b"} << no;
        QTest::newRow("module. of one") << QStringList{"module.a", "b"} << no << no << no << false << QStringList{"module.a", "b"} << no;
        QTest::newRow("compiled") << QStringList{"_orig_mod.model.a"} << no << no << no << false << QStringList{"model.a"} << no;
        QTest::newRow("a trainer's part") << QStringList{"state_dict.model.a", "state_dict.b", "optimizer.state.0.exp_avg"} << no << no << no << false
                                          << QStringList{"model.a", "b"} << QString("state_dict.");
        QTest::newRow("a model alone in its dictionary")
            << QStringList{"model.model.a", "model.lm_head"} << no << no << no << false << QStringList{"model.a", "lm_head"} << QString("model.");
        QTest::newRow("a model whose trunk is all it has")
            << QStringList{"model.a", "model.b"} << no << no << no << false << QStringList{"model.a", "model.b"} << no;
        QTest::newRow("a model beside its average") << QStringList{"ema.model.a", "ema.b", "model.model.a", "model.b"} << no << no << no << false
                                                    << QStringList{"model.a", "b"} << QString("model.");
        QTest::newRow("all, names kept") << QStringList{"state_dict.module.a", "optimizer.state.0.exp_avg"} << no << no << no << true
                                         << QStringList{"state_dict.module.a", "optimizer.state.0.exp_avg"} << no;
        QTest::newRow("only") << QStringList{"model.layers.0.a", "model.layers.1.a", "b"} << QString("*layers*") << no << no << false
                              << QStringList{"model.layers.0.a", "model.layers.1.a"} << no;
        QTest::newRow("dropped") << QStringList{"model.layers.0.a", "b"} << no << QString("b") << no << false << QStringList{"model.layers.0.a"}
                                 << no;
        QTest::newRow("stripped") << QStringList{"net.a", "net.b"} << no << no << QString("net.") << false << QStringList{"a", "b"} << no;
    }
    void names()
    {
        QFETCH(QStringList, source);
        QFETCH(QString, only);
        QFETCH(QString, drops);
        QFETCH(QString, strip);
        QFETCH(bool, keep);
        const TempDir dir;
        dir.write("x.pt", named(source).bytes());
        ConvertOptions options;
        options.only = globs(only);
        options.drops = globs(drops);
        options.strip = globs(strip);
        options.keepNames = keep;
        const auto plan = planConvert(openOrDie(dir.path("x.pt")), options);
        VERIFY_OK(plan);
        QTEST(keys(*plan), "expected");
        QTEST(QString::fromStdString(plan->part), "part");
        QCOMPARE(plan->tensorsLeftOut, static_cast<std::uint64_t>(source.size() - keys(*plan).size()));
    }

    /// Edits by hand are of the source's tensors, whatever the result calls them; they count with and without the
    /// rules.
    void editsByHand()
    {
        const TempDir dir;
        dir.write("x.pt", named({"module.a", "module.b", "module.c*", "module.d"}).bytes());
        const auto source = openOrDie(dir.path("x.pt"));
        const auto indexOf = [&](std::string_view key) { return source->indexOf(*source->find(key)); };
        ConvertOptions options;
        options.edits.hand.casts[indexOf("module.c*")] = DType::BF16;
        options.edits.hand.drops.insert(indexOf("module.b"));
        options.edits.hand.donor.insert(indexOf("module.d"));
        options.edits.hand.metadata["who"] = "me";
        options.edits.hand.metadata["format"] = std::nullopt;
        for (const bool fix : {false, true}) {
            options.fix = fix;
            const auto plan = planConvert(source, options);
            VERIFY_OK(plan);
            QCOMPARE(keys(*plan), (QStringList{"a", "c*", "d"}));
            QCOMPARE(plan->tensorsLeftOut, std::uint64_t{1});
            QCOMPARE(plan->edits.size(), std::size_t{1});
            QCOMPARE(plan->edits[0].rule, std::string("--cast"));
            QVERIFY(plan->items[1].dtype == DType::BF16 && plan->items[2].dtype == DType::F32);
            const QByteArray header = QByteArray::fromStdString(plan->files[0].header);
            QVERIFY(header.contains("\"who\":\"me\"") && !header.contains("\"format\""));
        }
        options = {};
        options.edits.casts.emplace_back(globQuoted("c*"), DType::F16); // names of the result
        const auto plan = planConvert(source, options);
        VERIFY_OK(plan);
        QCOMPARE(plan->edits.size(), std::size_t{1});
        options.edits.casts.emplace_back("nothing", DType::F16);
        QVERIFY(planConvert(source, options).error().code == Code::FixNothingMatches);
    }

    /// What is kept out of the repair by hand stays as it is, and its violation is told as left; a muted rule's is not.
    void handAndMutedRules()
    {
        const TempDir dir;
        const auto source = openOrDie(writeGdnFolder(dir, "model", {1, 2}));
        ConvertOptions options;
        options.fix = true;
        const auto all = planConvert(source, options);
        VERIFY_OK(all);
        QCOMPARE(all->findingsLeft, std::uint64_t{0});
        const Edit first = all->edits.front();
        options.edits.hand.leftOut.insert(first.tensor);
        const auto less = planConvert(source, options);
        VERIFY_OK(less);
        QCOMPARE(less->edits.size(), all->edits.size() - 1);
        QCOMPARE(less->findingsLeft, std::uint64_t{1});
        options.edits.muted = {first.rule};
        const auto muted = planConvert(source, options);
        VERIFY_OK(muted);
        QCOMPARE(muted->findingsLeft, std::uint64_t{0});
        QVERIFY(muted->edits.size() < less->edits.size());
    }

    void refuses_data()
    {
        QTest::addColumn<QStringList>("source");
        QTest::addColumn<QString>("only");
        QTest::addColumn<QString>("strip");
        QTest::addColumn<int>("code");
        QTest::newRow("one name for two") << QStringList{"a.x", "x"} << QString() << QString("a.") << static_cast<int>(Code::ConvertSameName);
        QTest::newRow("nothing left") << QStringList{"a"} << QString("b*") << QString() << static_cast<int>(Code::FixNothingMatches);
        QTest::newRow("the name of the metadata") << QStringList{"__metadata__"} << QString() << QString() << static_cast<int>(Code::ConvertName);
        QTest::newRow("no UTF-8") << QStringList{QString("x")} << QString() << QString() << static_cast<int>(Code::ConvertName);
    }
    void refuses()
    {
        QFETCH(QStringList, source);
        QFETCH(QString, only);
        QFETCH(QString, strip);
        const TempDir dir;
        TorchFile file;
        for (const QString& name : source) {
            file.dense(QString(QTest::currentDataTag()) == "no UTF-8" ? "\xff" : name.toStdString(), "FloatStorage", 4, {1}, "abcd");
        }
        dir.write("x.pt", file.bytes());
        ConvertOptions options;
        options.only = globs(only);
        options.strip = globs(strip);
        const auto plan = planConvert(openOrDie(dir.path("x.pt")), options);
        QVERIFY(!plan.has_value());
        QTEST(static_cast<int>(plan.error().code), "code");
    }

    /// Expectations by huggingface_hub's split_state_dict_into_shards_factory.
    void shards_data()
    {
        QTest::addColumn<QList<int>>("sizes");
        QTest::addColumn<int>("most");
        QTest::addColumn<QList<int>>("expected");
        QTest::newRow("all in one") << QList<int>{1, 2, 3} << 6 << QList<int>{0, 0, 0};
        QTest::newRow("one byte too many") << QList<int>{1, 2, 4} << 6 << QList<int>{0, 0, 1};
        QTest::newRow("greedy, in order") << QList<int>{4, 4, 2, 2} << 6 << QList<int>{0, 1, 1, 2};
        QTest::newRow("a large one comes before what is open") << QList<int>{2, 9, 2, 2} << 4 << QList<int>{1, 0, 1, 2};
        QTest::newRow("just as large as a shard") << QList<int>{4, 4} << 4 << QList<int>{0, 1};
        QTest::newRow("nothing weighs nothing") << QList<int>{0, 4, 0, 1} << 4 << QList<int>{0, 0, 0, 1};
        QTest::newRow("none") << QList<int>{} << 4 << QList<int>{};
    }
    void shards()
    {
        QFETCH(QList<int>, sizes);
        QFETCH(int, most);
        std::vector<ConvertItem> items;
        for (const int size : sizes) {
            items.emplace_back().bytes = static_cast<std::uint64_t>(size);
        }
        const auto count = convert::splitIntoShards(items, static_cast<std::uint64_t>(most));
        QList<int> where;
        for (const ConvertItem& item : items) {
            where << static_cast<int>(item.file);
        }
        QTEST(where, "expected");
        QCOMPARE(static_cast<int>(count), where.isEmpty() ? 0 : *std::max_element(where.begin(), where.end()) + 1);
    }

    void shardNames()
    {
        QCOMPARE(convert::shardName(0, 1), std::string("model.safetensors"));
        QCOMPARE(convert::shardName(1, 14), std::string("model-00002-of-00014.safetensors"));
    }

    void sharedStorage()
    {
        const TempDir dir;
        TorchFile file;
        const auto both = file.storage("FloatStorage", 4, std::string(32, 'a'));
        file.tensor("lm_head.weight", both, 0, {4, 2}, {2, 1}).tensor("model.embed_tokens.weight", both, 0, {4, 2}, {2, 1}); // one tensor
        file.tensor("part", both, 2, {2}, {1}).tensor("turned", both, 0, {2, 4}, {1, 2});                                    // views
        dir.write("x.pt", file.bytes());
        ConvertOptions options;
        options.output = dir.path("out");
        const auto checkpoint = openOrDie(dir.path("x.pt"));
        const auto plan = planConvert(checkpoint, options);
        VERIFY_OK(plan);
        QCOMPARE(keys(*plan), (QStringList{"model.embed_tokens.weight", "part", "turned"}));
        QCOMPARE(plan->aliases.size(), std::size_t{1});
        QVERIFY(plan->aliases[0].first == "lm_head.weight" && plan->aliases[0].second == "model.embed_tokens.weight");
        VERIFY_OK(applyConvert(checkpoint, *plan));
        const auto out = openOrDie(dir.path("out"));
        QVERIFY(!out->damaged());
        QCOMPARE(out->tensorBytes(), std::uint64_t{32 + 8 + 32});
    }

    void viewsBecomeContiguous()
    {
        const TempDir dir;
        TorchFile file;
        std::string data;
        for (char c = 0; c < 12; ++c) {
            data += std::string{c, 0, 0, 0};
        }
        const auto storage = file.storage("IntStorage", 4, data);
        file.tensor("turned", storage, 0, {4, 3}, {1, 4}).tensor("second", storage, 1, {6}, {2}).tensor("spread", storage, 5, {3, 2}, {1, 0});
        dir.write("x.pt", file.bytes());
        ConvertOptions options;
        options.output = dir.path("out.safetensors");
        options.target = ConvertTarget::File;
        const auto checkpoint = openOrDie(dir.path("x.pt"));
        const auto plan = planConvert(checkpoint, options);
        VERIFY_OK(plan);
        VERIFY_OK(applyConvert(checkpoint, *plan));
        const auto tensors = readTensors(*openOrDie(dir.path("out.safetensors")));
        const auto numbers = [&](const char* key) {
            QList<int> out;
            const std::string& bytes = tensors.at(key).second;
            for (std::size_t i = 0; i < bytes.size(); i += 4) {
                out << bytes[i];
            }
            return out;
        };
        QCOMPARE(numbers("turned"), (QList<int>{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}));
        QCOMPARE(numbers("second"), (QList<int>{1, 3, 5, 7, 9, 11}));
        QCOMPARE(numbers("spread"), (QList<int>{5, 5, 6, 6, 7, 7}));
    }

    /// Quantised blocks are refused, or written as the values that they stand for; the files that a model needs come along.
    void blocks()
    {
        const TempDir dir;
        std::string block("\x00\x38", 2); // F16 0.5, then 32 bytes: Q8_0
        std::vector<float> values;
        for (int i = 0; i < 32; ++i) {
            block += static_cast<char>(i - 16);
            values.push_back(0.5F * static_cast<float>(i - 16));
        }
        const std::string plain(reinterpret_cast<const char*>(values.data()), 16);
        dir.write("in/model.gguf",
                  GgufFile().tensor("blk.0.w", {32}, 8, 0).tensor("b", {4}, 0, 64).data(block + std::string(30, '\0') + plain).bytes());
        dir.write("in/config.json", R"({"architectures":["LlamaForCausalLM"]})");
        dir.write("in/tokenizer.json", "{}");
        dir.write("in/notes.md", "mine");
        const auto checkpoint = openOrDie(dir.path("in/model.gguf"));
        ConvertOptions options;
        options.output = dir.path("out");
        const auto refused = planConvert(checkpoint, options);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, Code::ConvertBlocks);
        QCOMPARE(refused.error().args, (std::vector<std::string>{"blk.0.w", "1", "ggml:Q8_0"}));
        options.dequantize = DType::F32;
        options.edits.metadata = {{"made", "by hand"}};
        const auto plan = planConvert(checkpoint, options);
        VERIFY_OK(plan);
        std::vector<Code> notes;
        for (const Error& note : plan->notes) {
            notes.push_back(note.code);
        }
        QCOMPARE(notes, (std::vector<Code>{Code::ConvertDequantized, Code::ConvertGgufNames}));
        VERIFY_OK(applyConvert(checkpoint, *plan));
        QCOMPARE(dir.list("out"), (std::vector<std::string>{"config.json", "model.safetensors", "tokenizer.json"}));
        const auto out = openOrDie(dir.path("out/model.safetensors"));
        const auto tensors = readTensors(*out);
        QVERIFY(tensors.at("blk.0.w").first == "F32" && tensors.at("b").first == "F32");
        QCOMPARE(tensors.at("blk.0.w").second, std::string(reinterpret_cast<const char*>(values.data()), 128));
        QCOMPARE(tensors.at("b").second, plain);
        QVERIFY(dir.read("out/model.safetensors").find("\"made\":\"by hand\"") != std::string::npos);
    }

    /// Stopped before, or between two of its steps.
    void cancelled()
    {
        const TempDir dir;
        dir.write("x.pt", named({"a"}).bytes());
        const auto checkpoint = openOrDie(dir.path("x.pt"));
        std::stop_source stop;
        stop.request_stop();
        JobContext job;
        job.stop = stop.get_token();
        const auto plan = planConvert(checkpoint, {}, {}, job);
        QVERIFY(!plan);
        QCOMPARE(plan.error().code, Code::Cancelled);
    }

    void changedMeanwhile()
    {
        const TempDir dir;
        dir.write("in/x.pt", named({"a"}).bytes());
        dir.write("in/config.json", "{}");
        const auto checkpoint = openOrDie(dir.path("in"));
        ConvertOptions options;
        options.output = dir.path("out");
        const auto plan = planConvert(checkpoint, options);
        VERIFY_OK(plan);
        dir.write("in/config.json", "{ }");
        const auto receipt = applyConvert(checkpoint, *plan);
        QVERIFY(!receipt.has_value());
        QCOMPARE(receipt.error().code, Code::FileChanged);
        QVERIFY(!dir.exists("out"));
    }
};

QTEST_APPLESS_MAIN(TestConvertPlan)
#include "tst_convertplan.moc"
