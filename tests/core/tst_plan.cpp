// SPDX-License-Identifier: Apache-2.0
#include "core/fix/apply.h"
#include "core/fix/companions.h"
#include "core/fix/header.h"
#include "core/fix/layout.h"
#include "core/fix/texts.h"
#include "core/formats/formatreader.h"
#include "tests/support/fixreport.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/safetensorsfile.h"

#include <QTest>

#include <algorithm>
#include <functional>

using namespace ckptscope;
using namespace ckptscope::test;

namespace {

#define VERIFY_OK(result) QVERIFY2((result).has_value(), (result).has_value() ? "" : codeInfo((result).error().code).id.data())

/// "op key -> what" of each proposed edit.
QStringList words(const std::vector<Edit>& edits)
{
    QStringList out;
    for (const Edit& edit : edits) {
        const std::string what = edit.op == EditOp::Rename ? edit.newKey : edit.op == EditOp::Drop ? std::string() : std::string(dtypeName(edit.to));
        out << QString::fromStdString(std::string(editOpName(edit.op)) + ' ' + edit.key + (what.empty() ? "" : " -> " + what));
    }
    return out;
}

std::shared_ptr<const Checkpoint> smallModel(const TempDir& dir)
{
    SafetensorsFile file;
    file.metadata("format", "pt");
    file.addValue("m.0.linear_attn.A_log", "BF16", {4}, 1)
        .addValue("m.0.linear_attn.dt_bias", "BF16", {4}, 1)
        .addValue("m.0.weight", "BF16", {4, 4}, 1)
        .addValue("m.1.linear_attn._fp32_params.A_log", "F32", {4}, 1)
        .addValue("m.ids", "I64", {4}, 1);
    file.write(dir.path("m.safetensors"));
    return openOrDie(dir.path("m.safetensors"));
}

using Setup = std::function<void(FixOptions&)>;

} // namespace
Q_DECLARE_METATYPE(Setup)

class TestPlan : public QObject {
    Q_OBJECT

private slots:
    void proposes_data()
    {
        QTest::addColumn<Setup>("setup");
        QTest::addColumn<QStringList>("want");
        const auto row = [](const char* name, Setup setup, QStringList want) { QTest::newRow(name) << std::move(setup) << std::move(want); };
        const QString aLog = "cast m.0.linear_attn.A_log -> F32";
        const QString dtBias = "cast m.0.linear_attn.dt_bias -> F32";
        row("violations", [](FixOptions&) {}, {aLog, dtBias});
        row("only a rule", [](FixOptions& o) { o.only = {"test.a_log"}; }, {aLog});
        row("only a glob", [](FixOptions& o) { o.only = {"*dt_bias"}; }, {dtBias});
        row("only a name that needs nothing", [](FixOptions& o) { o.only = {"m.ids"}; }, {});
        row("only checked boxes", [](FixOptions& o) { o.tensors = std::vector<std::uint32_t>{1}; }, {dtBias});
        row("no box checked", [](FixOptions& o) { o.tensors = std::vector<std::uint32_t>{}; }, {});
        row("a cast beside", [](FixOptions& o) { o.casts = {{"m.0.weight", DType::F16}}; }, {aLog, dtBias, "cast m.0.weight -> F16"});
        row("a pattern keeps what a finding wants the same", [](FixOptions& o) { o.casts = {{"*A_log", DType::F32}}; }, {aLog, dtBias});
        row("integers stay", [](FixOptions& o) { o.casts = {{"m.*", DType::F32}}; }, {aLog, dtBias, "cast m.0.weight -> F32"});
        row("by hand, one tensor of several",
            [](FixOptions& o) {
                o.hand.casts = {{0, DType::F16}, {2, DType::F16}};
            },
            {"cast m.0.linear_attn.A_log -> F16", dtBias, "cast m.0.weight -> F16"});
        row("by hand, to what it is", [](FixOptions& o) { o.hand.casts = {{0, DType::BF16}}; }, {dtBias});
        row("by hand, what a finding wants the same", [](FixOptions& o) { o.hand.casts = {{0, DType::F32}}; }, {aLog, dtBias});
        row("left out by hand", [](FixOptions& o) { o.hand.leftOut = {0}; }, {dtBias});
        row("dropped by hand", [](FixOptions& o) { o.hand.drops = {1, 4}; }, {aLog, "drop m.0.linear_attn.dt_bias", "drop m.ids"});
        row("by hand before patterns",
            [](FixOptions& o) {
                o.casts = {{"*.weight", DType::F32}};
                o.hand.casts = {{2, DType::F16}};
            },
            {aLog, dtBias, "cast m.0.weight -> F16"});
        row("by hand, boxes count",
            [](FixOptions& o) {
                o.hand.casts = {{2, DType::F16}};
                o.tensors = std::vector<std::uint32_t>{1};
            },
            {dtBias});
        row("from a donor by hand: floats only", [](FixOptions& o) { o.hand.donor = {0, 2, 3, 4}; }, {aLog, dtBias, "cast m.0.weight -> F32"});
        row("by hand, no such tensor",
            [](FixOptions& o) {
                o.hand.casts = {{99, DType::F16}};
                o.hand.drops = {99};
            },
            {aLog, dtBias});
        row("a name spelled out overrides", [](FixOptions& o) { o.casts = {{"m.0.linear_attn.A_log", DType::BF16}}; }, {dtBias});
        row("a drop overrides", [](FixOptions& o) { o.drops = {"*A_log"}; },
            {"drop m.0.linear_attn.A_log", dtBias, "drop m.1.linear_attn._fp32_params.A_log"});
        row("a rename beside a cast",
            [](FixOptions& o) {
                o.renames = {{"m.0.", "n."}};
            },
            {aLog, "rename m.0.linear_attn.A_log -> n.linear_attn.A_log", dtBias, "rename m.0.linear_attn.dt_bias -> n.linear_attn.dt_bias",
             "rename m.0.weight -> n.weight"});
        row("a dropped tensor is not renamed",
            [](FixOptions& o) {
                o.drops = {"m.0.*"};
                o.renames = {{"m.0.w", "x"}};
            },
            {"drop m.0.linear_attn.A_log", "drop m.0.linear_attn.dt_bias", "drop m.0.weight"});
    }
    void proposes()
    {
        QFETCH(Setup, setup);
        QFETCH(QStringList, want);
        const TempDir dir;
        const auto checkpoint = smallModel(dir);
        FixOptions options;
        setup(options);
        const auto edits = proposeEdits(*checkpoint, fp32Report(*checkpoint), options);
        VERIFY_OK(edits);
        QCOMPARE(words(*edits), want);
    }

    /// What a pattern asks for and a rule keeps is said: "nothing to do" would be no answer.
    void keptIsTold()
    {
        const TempDir dir;
        const auto checkpoint = smallModel(dir);
        FixOptions options;
        options.casts = {{"*A_log", DType::F16}, {"*.weight", DType::F16}};
        CheckOptions how;
        how.architecture = "Qwen3NextForCausalLM";
        const auto report = runChecks(*checkpoint, how);
        VERIFY_OK(report);
        std::vector<Error> notes;
        QVERIFY(proposeEdits(*checkpoint, **report, options, &notes).has_value());
        QCOMPARE(notes.size(), std::size_t{1});
        QCOMPARE(notes.front().code, Code::FixCastKept);
        QCOMPARE(notes.front().args, (std::vector<std::string>{"*A_log", "F16", "2", "m.0.linear_attn.A_log"}));
        options.casts = {{"m.0.linear_attn.A_log", DType::F16}};
        notes.clear();
        QVERIFY(proposeEdits(*checkpoint, **report, options, &notes).has_value());
        QVERIFY(notes.empty());
    }

    void refuses_data()
    {
        QTest::addColumn<Setup>("setup");
        QTest::addColumn<int>("code");
        const auto row = [](const char* name, Setup setup, Code code) { QTest::newRow(name) << std::move(setup) << static_cast<int>(code); };
        row(
            "only nothing", [](FixOptions& o) { o.only = {"nope*"}; }, Code::FixNothingMatches);
        row(
            "cast nothing",
            [](FixOptions& o) {
                o.casts = {{"nope", DType::F32}};
            },
            Code::FixNothingMatches);
        row(
            "drop nothing", [](FixOptions& o) { o.drops = {"nope"}; }, Code::FixNothingMatches);
        row(
            "rename nothing",
            [](FixOptions& o) {
                o.renames = {{"nope", "x"}};
            },
            Code::FixNothingMatches);
        row(
            "no such cast",
            [](FixOptions& o) {
                o.casts = {{"m.ids", DType::F32}};
            },
            Code::CastUnsupported);
        row(
            "no such cast by hand",
            [](FixOptions& o) {
                o.hand.casts = {{4, DType::F32}};
            },
            Code::CastUnsupported);
        row(
            "to an integer",
            [](FixOptions& o) {
                o.casts = {{"*", DType::I32}};
            },
            Code::CastUnsupported);
        row(
            "two casts",
            [](FixOptions& o) {
                o.casts = {{"m.0.weight", DType::F16}, {"*weight", DType::F32}};
            },
            Code::FixConflict);
        row(
            "dropped and cast",
            [](FixOptions& o) {
                o.drops = {"m.0.weight"};
                o.casts = {{"*weight", DType::F32}};
            },
            Code::FixConflict);
        row(
            "names collide",
            [](FixOptions& o) {
                o.renames = {{"m.0.linear_attn.A_log", "m.0.weight"}};
            },
            Code::FixConflict);
        row(
            "new names collide",
            [](FixOptions& o) {
                o.renames = {{"m.0.linear_attn.A_log", "x"}, {"m.0.weight", "x"}};
            },
            Code::FixConflict);
        row(
            "reserved",
            [](FixOptions& o) {
                o.renames = {{"m.0.weight", "__metadata__"}};
            },
            Code::FixConflict);
        row(
            "empty name",
            [](FixOptions& o) {
                o.renames = {{"m.0.weight", ""}};
            },
            Code::FixConflict);
        row(
            "no UTF-8",
            [](FixOptions& o) {
                o.renames = {{"m.0.weight", "\xFF"}};
            },
            Code::FixConflict);
    }
    void refuses()
    {
        QFETCH(Setup, setup);
        QFETCH(int, code);
        const TempDir dir;
        const auto checkpoint = smallModel(dir);
        FixOptions options;
        setup(options);
        const auto plan = planFix(*checkpoint, fp32Report(*checkpoint), options);
        QVERIFY(!plan.has_value());
        QCOMPARE(static_cast<int>(plan.error().code), code);
    }

    void adviceOnlyWhenAskedFor()
    {
        const TempDir dir;
        const auto checkpoint = smallModel(dir);
        CheckReport report = fp32Report(*checkpoint);
        for (Finding& finding : report.findings) {
            finding.severity = Severity::Advice;
        }
        FixOptions options;
        QCOMPARE(proposeEdits(*checkpoint, report, options)->size(), std::size_t{0});
        options.advice = true;
        QCOMPARE(proposeEdits(*checkpoint, report, options)->size(), std::size_t{2});
    }

    void holderIsStripped()
    {
        const TempDir dir;
        const auto checkpoint = smallModel(dir);
        CheckReport report = fp32Report(*checkpoint);
        Finding finding;
        finding.rule = "holder.leftover";
        finding.severity = Severity::Advice;
        finding.tensor = 3;
        finding.fix = FindingFix{FindingFix::Op::StripHolder, DType::Unknown, true, "m.1.linear_attn.A_log"};
        report.findings.push_back(finding);
        QCOMPARE(proposeEdits(*checkpoint, report, {})->size(), std::size_t{2});
        report.profile = "nemo-automodel"; // whose saving always strips it
        const auto edits = proposeEdits(*checkpoint, report, {});
        VERIFY_OK(edits);
        QCOMPARE(words(*edits).back(), QString("rename m.1.linear_attn._fp32_params.A_log -> m.1.linear_attn.A_log"));
    }

    void damagedIsRefused()
    {
        const TempDir dir;
        smallModel(dir);
        dir.truncate("m.safetensors", 500);
        const auto checkpoint = openOrDie(dir.path("m.safetensors"));
        QVERIFY(checkpoint->damaged());
        QCOMPARE(planFix(*checkpoint, fp32Report(*checkpoint), {}).error().code, Code::FixDamaged);
    }

    void findingsLeft()
    {
        const TempDir dir;
        const auto checkpoint = smallModel(dir);
        FixOptions options;
        options.only = {"test.a_log"};
        const auto plan = planFix(*checkpoint, fp32Report(*checkpoint), options);
        VERIFY_OK(plan);
        QCOMPARE(plan->findingsLeft, std::uint64_t{1});
        QCOMPARE(plan->untouchedTensors, std::uint64_t{4});
    }

    /// Header text that no writer of ours would produce stays as it is, but for what changes.
    void headerStaysVerbatim_data();
    void headerStaysVerbatim()
    {
        QFETCH(QByteArray, header);
        QFETCH(Setup, setup);
        QFETCH(QByteArray, want);
        const TempDir dir;
        dir.write("m.safetensors", rawSafetensors(header.toStdString(), std::string_view("\x80\x3f\x00\x40wxyz", 8)));
        const auto checkpoint = openOrDie(dir.path("m.safetensors"));
        FixOptions options;
        setup(options);
        options.output = dir.path("out.safetensors");
        const auto plan = planFix(*checkpoint, CheckReport{}, options);
        VERIFY_OK(plan);
        QCOMPARE(plan->files.size(), std::size_t{1});
        const std::string& text = plan->files.front().header;
        QCOMPARE(text.size() % 8, std::size_t{0});
        QCOMPARE(QByteArray::fromStdString(text.substr(8)).trimmed(), want);
        VERIFY_OK(applyPlan(*checkpoint, *plan));
        const auto out = openOrDie(dir.path("out.safetensors"));
        QVERIFY(!out->damaged());
        const auto old = readTensors(*checkpoint);
        const auto now = readTensors(*out);
        for (const auto& [key, value] : old) {
            const auto found = now.find(key);
            if (found != now.end()) {
                QVERIFY(found->second.second == (found->second.first == value.first ? value.second : widenBf16(value.second)));
            }
        }
    }

    void index_data();
    void index()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, want);
        const auto out = rewriteIndex(
            text.toStdString(),
            [](const std::string& key) {
                IndexEntryChange change;
                change.drop = key == "drop";
                change.newKey = key == "old" ? "new" : "";
                return change;
            },
            100);
        QCOMPARE(out.has_value(), !want.isEmpty());
        if (out) {
            QCOMPARE(QByteArray::fromStdString(*out), want);
        }
    }

    void config_data();
    void config()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, want);
        const auto out = rewriteConfigDtype(text.toStdString(), DType::BF16, DType::F32);
        QCOMPARE(out.has_value(), !want.isEmpty());
        if (out) {
            QCOMPARE(QByteArray::fromStdString(*out), want);
        }
    }

    /// Names as torch.NAME; what torch has no name for leaves config.json as it is.
    void configNames_data();
    void configNames()
    {
        QFETCH(int, to);
        QFETCH(QString, name);
        const auto out = rewriteConfigDtype(R"({"dtype":"bfloat16"})", DType(to), DType(to));
        const auto now = rewriteConfigDtype(R"({"dtype":"bfloat16"})", DType::BF16, DType(to));
        QCOMPARE(now.has_value(), !name.isEmpty());
        QVERIFY(!out || DType(to) == DType::BF16);
        if (now) {
            QCOMPARE(QString::fromStdString(*now), R"({"dtype":")" + name + R"("})");
        }
    }

    void planOfAFolder()
    {
        const TempDir dir;
        GdnFolder what;
        what.layersPerShard = 6;
        const std::string source = writeGdnFolder(dir, "in", what);
        const auto checkpoint = openOrDie(source);
        FixOptions options;
        options.output = dir.path("out");
        const auto plan = planFix(*checkpoint, fp32Report(*checkpoint), options);
        VERIFY_OK(plan);
        std::uint64_t longBytes = 0;
        std::uint64_t runs = 0;
        for (const TensorInfo& tensor : checkpoint->tensors()) {
            longBytes += tensor.bytes.length >= LongRun ? tensor.bytes.length : 0;
            runs += tensor.bytes.length >= LongRun ? 1 : 0;
        }
        QVERIFY2(plan->shareableBytes + runs * 2 * ShareBlock >= longBytes, "what is promised of a fresh BF16 folder");
        QCOMPARE(plan->outputBytes, plan->copiedBytes + plan->shareableBytes);
        for (const OutputFile& file : plan->files) {
            std::uint64_t at = file.header.size();
            for (const Segment& segment : file.segments) {
                QCOMPARE(segment.target, at);
                if (segment.shareable) {
                    QCOMPARE(segment.source % ShareBlock, segment.target % ShareBlock);
                }
                at += segment.length;
            }
            if (file.kind == OutputFile::Kind::Rewritten) {
                QCOMPARE(at, file.bytes);
            }
        }
        QVERIFY(!dir.exists("out")); // planning touches nothing
        QCOMPARE(dir.list(), std::vector<std::string>{"in"});
        // the same source and options give the same bytes
        const auto again = planFix(*checkpoint, fp32Report(*checkpoint), options);
        VERIFY_OK(again);
        for (std::size_t i = 0; i < plan->files.size(); ++i) {
            QVERIFY(plan->files[i].header == again->files[i].header);
            QVERIFY(plan->files[i].text == again->files[i].text);
        }
    }

    void renamesReachTheIndex()
    {
        const TempDir dir;
        const std::string source = writeGdnFolder(dir, "in");
        const auto checkpoint = openOrDie(source);
        FixOptions options;
        options.output = dir.path("out");
        options.renames = {{"model.", "language_model.model."}};
        options.drops = {"lm_head.weight"};
        const auto plan = planFix(*checkpoint, fp32Report(*checkpoint), options);
        VERIFY_OK(plan);
        VERIFY_OK(applyPlan(*checkpoint, *plan));
        const auto out = openOrDie(dir.path("out"));
        QVERIFY(out->problems().empty());
        QCOMPARE(out->tensors().size(), checkpoint->tensors().size() - 1);
        QCOMPARE(out->index()->weightMap.size(), out->tensors().size());
        for (const auto& [key, shard] : out->index()->weightMap) {
            QVERIFY(out->find(key) != nullptr);
        }
        QCOMPARE(out->index()->totalSize, std::optional(out->tensorBytes()));
    }

    void companions()
    {
        const TempDir dir;
        for (const char* name : {"f/config.json", "f/sub/a.json", "f/sub/deep/b.txt", "f/.git/HEAD", "f/.cache/x", "f/x.bin", "f/x.bin.index.json",
                                 "f/x.GGUF", "f/shard.safetensors", "f/.gitattributes", "f/a.safetensors.partial-0123abcd"}) {
            dir.write(name, "x");
        }
        dir.sparse("f/huge.txt", (1ULL << 30U) + 1);
        dir.fifo("f/fifo");
        dir.symlink("f/link.json", "config.json");
        dir.symlink("f/dangling", "nowhere");
        dir.symlink("f/linkedfolder", "sub");
        const auto names = [](const Companions& found) {
            std::vector<std::string> out;
            for (const auto& taken : found.taken) {
                out.push_back(taken.name);
            }
            return out;
        };
        const auto needed = findCompanions(dir.path("f"), FilesChoice::Needed, {"shard.safetensors"}, {});
        VERIFY_OK(needed);
        QCOMPARE(names(*needed), (std::vector<std::string>{".gitattributes", "config.json", "link.json", "sub/a.json", "sub/deep/b.txt"}));
        QCOMPARE(needed->leftOut,
                 (std::vector<std::string>{".cache/", ".git/", "a.safetensors.partial-0123abcd", "dangling", "fifo", "huge.txt", "linkedfolder/",
                                           "x.GGUF", "x.bin", "x.bin.index.json"}));
        const auto all = findCompanions(dir.path("f"), FilesChoice::All, {"shard.safetensors"}, {});
        VERIFY_OK(all);
        QCOMPARE(all->leftOut, (std::vector<std::string>{"a.safetensors.partial-0123abcd", "dangling", "fifo", "linkedfolder/"}));
    }

    void space()
    {
        const TempDir dir;
        const auto checkpoint = openOrDie(writeGdnFolder(dir, "in"));
        FixOptions options;
        options.output = dir.path("out");
        options.link = LinkChoice::Copy;
        auto plan = planFix(*checkpoint, fp32Report(*checkpoint), options);
        VERIFY_OK(plan);
        const auto room = checkSpace(*plan);
        VERIFY_OK(room);
        QVERIFY(room->needed >= plan->outputBytes);
        QVERIFY(room->enough());
        plan->files.front().bytes = UINT64_MAX / 2; // no disk has that
        QVERIFY(!checkSpace(*plan)->enough());
        const auto receipt = applyPlan(*checkpoint, *plan);
        QVERIFY(!receipt.has_value());
        QCOMPARE(receipt.error().code, Code::FixNoSpace);
        QCOMPARE(dir.list(), std::vector<std::string>{"in"});
    }

    void choicesOfCasts()
    {
        const TempDir dir;
        const auto checkpoint = smallModel(dir);
        const auto choices = [&](std::vector<std::uint32_t> tensors) { return castChoices(*checkpoint, tensors); };
        QCOMPARE(choices({0}), (std::vector{DType::F32, DType::F16, DType::F8_E4M3, DType::F8_E5M2})); // it is BF16
        QCOMPARE(choices({0, 3}), (std::vector{DType::F32, DType::BF16, DType::F16, DType::F8_E4M3, DType::F8_E5M2}));
        QVERIFY(choices({0, 4}).empty()); // integers
        QVERIFY(canTakeFromDonor(checkpoint->tensors()[0]) && canTakeFromDonor(checkpoint->tensors()[3])
                && !canTakeFromDonor(checkpoint->tensors()[4]));
        QVERIFY(canEdit(*checkpoint));
    }

    void handEditsAskForWhatIsNotSo()
    {
        const TempDir dir;
        const auto model = smallModel(dir); // tensor 0 is BF16
        HandEdits edits;
        edits.leftOut.insert(0);
        edits.cast(*model, 0, DType::F32, false);
        QVERIFY(edits.leftOut.empty() && edits.casts.at(0) == DType::F32);
        edits.cast(*model, 0, DType::BF16, false); // it is stored so: nothing to ask
        QVERIFY(edits.empty());
        edits.cast(*model, 0, DType::BF16, true); // against what a finding asks
        QVERIFY(edits.casts.at(0) == DType::BF16);

        dir.folder("in");
        SafetensorsFile()
            .metadata("format", "pt")
            .metadata("step", "1")
            .addValue("a", "U8", {4}, 1)
            .write(dir.path("in/model-00001-of-00002.safetensors"));
        SafetensorsFile()
            .metadata("format", "pt")
            .metadata("step", "2")
            .addValue("b", "U8", {4}, 1)
            .write(dir.path("in/model-00002-of-00002.safetensors"));
        const auto checkpoint = openOrDie(dir.path("in"));
        HandEdits of;
        of.setMetadata(*checkpoint, "format", "pt"); // so in every file
        of.setMetadata(*checkpoint, "nobody", std::nullopt);
        QVERIFY(of.empty());
        of.setMetadata(*checkpoint, "step", "1"); // so in one of them
        of.setMetadata(*checkpoint, "format", std::nullopt);
        QCOMPARE(of.metadata.size(), std::size_t{2});
        of.setMetadata(*checkpoint, "format", "pt"); // back to what it was
        QCOMPARE(of.metadata.size(), std::size_t{1});
    }

    /// Only the files that have the key are written anew; a key that none has is a slip of the pen.
    void metadataGoesWhereItIs()
    {
        const TempDir dir;
        dir.folder("in");
        SafetensorsFile()
            .metadata("format", "pt")
            .metadata("mine", "x")
            .addValue("a", "U8", {4}, 1)
            .write(dir.path("in/model-00001-of-00002.safetensors"));
        SafetensorsFile().metadata("format", "pt").addValue("b", "U8", {4}, 1).write(dir.path("in/model-00002-of-00002.safetensors"));
        const auto checkpoint = openOrDie(dir.path("in"));
        FixOptions options;
        options.output = dir.path("out");
        options.hand.metadata = {{"mine", std::nullopt}};
        const auto plan = planFix(*checkpoint, CheckReport{}, options);
        VERIFY_OK(plan);
        QVERIFY(!plan->empty());
        for (const OutputFile& file : plan->files) {
            QCOMPARE(file.kind == OutputFile::Kind::Rewritten, file.name == "model-00001-of-00002.safetensors");
        }
        VERIFY_OK(applyPlan(*checkpoint, *plan));
        const auto written = openOrDie(dir.path("out"));
        QCOMPARE(written->metadata().size(), std::size_t{2});
        QVERIFY(
            std::all_of(written->metadata().begin(), written->metadata().end(), [](const MetadataEntry& entry) { return entry.key == "format"; }));
        options.hand.metadata = {{"nobody's", std::nullopt}};
        const auto none = planFix(*checkpoint, CheckReport{}, options);
        QVERIFY(!none.has_value());
        QCOMPARE(none.error().code, Code::FixMetadataKey);
    }

    void namesOfChoices()
    {
        QCOMPARE(linkChoiceFromName("reflink"), std::optional(LinkChoice::Reflink));
        QCOMPARE(linkChoiceFromName("soft"), std::optional<LinkChoice>());
        QCOMPARE(verifyChoiceFromName("full"), std::optional(VerifyChoice::Full));
        QCOMPARE(verifyChoiceFromName("none"), std::optional<VerifyChoice>());
        QVERIFY(isPartialName("a.partial-0123abcd"));
        QVERIFY(!isPartialName(".partial-0123abcd"));
        QVERIFY(!isPartialName("a.partial-0123abcX"));
    }
};

// Out of the class: moc reads no raw strings there.
void TestPlan::headerStaysVerbatim_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<Setup>("setup");
    QTest::addColumn<QByteArray>("want"); // data_offsets as N,M in the order of the buffer
    const auto row = [](const char* name, QByteArray header, Setup setup, QByteArray want) {
        QTest::newRow(name) << std::move(header) << std::move(setup) << std::move(want);
    };
    const auto castA = [](FixOptions& o) { o.casts = {{"a", DType::F32}}; };
    row("Python's spacing, fields in another order",
        R"({"a": {"shape": [2], "dtype": "BF16", "data_offsets": [0, 4]}, "b": {"dtype": "U8", "shape": [4], "data_offsets": [4, 8]}})", castA,
        R"({"a": {"shape": [2], "dtype": "F32", "data_offsets": [0, 8]}, "b": {"dtype": "U8", "shape": [4], "data_offsets": [8, 12]}})");
    row("metadata last, escapes, unknown field",
        R"({"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4],"x":[{}]},"\u0062":{"dtype":"U8","shape":[4],"data_offsets":[4,8]},"__metadata__":{"k\n":"v\u00e9","format":"pt"}})",
        castA,
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":[{}]},"\u0062":{"dtype":"U8","shape":[4],"data_offsets":[8,12]},"__metadata__":{"k\n":"v\u00e9","format":"pt"}})");
    row(
        "drop the first", R"({"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}, "b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
        [](FixOptions& o) { o.drops = {"a"}; }, R"({ "b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})");
    row(
        "drop the last", R"({"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}, "b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
        [](FixOptions& o) { o.drops = {"b"}; }, R"({"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}})");
    row(
        "drop all", R"({"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}, "b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
        [](FixOptions& o) { o.drops = {"*"}; }, R"({})");
    row(
        "drop all but metadata",
        R"({"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"__metadata__":{},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
        [](FixOptions& o) { o.drops = {"*"}; }, R"({"__metadata__":{}})");
    row(
        "rename", R"({"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
        [](FixOptions& o) {
            o.renames = {{"a", "q\"\\\xC3\xA9"}};
        },
        "{\"q\\\"\\\\\xC3\xA9\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,"
        "8]}}");
    row(
        "set metadata where there is none",
        R"({"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
        [](FixOptions& o) {
            o.metadata = {{"format", "pt"}, {"x", "1\"2"}};
        },
        R"({"__metadata__":{"format":"pt","x":"1\"2"},"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})");
    row(
        "set metadata, old and new",
        R"({"__metadata__":{ "format" : "np" },"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
        [](FixOptions& o) {
            o.metadata = {{"format", "pt"}, {"y", ""}};
        },
        R"({"__metadata__":{ "format" : "pt","y":"" },"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})");
    const QByteArray three =
        R"({"__metadata__": {"format": "pt", "drop me": "x", "last": "1"},"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})";
    const auto without = [&](const char* now) { return QByteArray(three).replace(R"({"format": "pt", "drop me": "x", "last": "1"})", now); };
    row(
        "remove metadata, the first", three, [](FixOptions& o) { o.metadataRemovals = {"format"}; }, without(R"({ "drop me": "x", "last": "1"})"));
    row(
        "remove metadata, the middle", three, [](FixOptions& o) { o.metadataRemovals = {"drop me"}; }, without(R"({"format": "pt", "last": "1"})"));
    row(
        "remove metadata, the last, set another", three,
        [](FixOptions& o) {
            o.hand.metadata = {{"last", std::nullopt}, {"n", "v"}};
        },
        without(R"({"format": "pt", "drop me": "x","n":"v"})"));
    row(
        "remove all metadata", three,
        [](FixOptions& o) {
            o.metadataRemovals = {"last", "format", "drop me"};
        },
        without("{}"));
    row(
        "metadata is null",
        R"({"__metadata__":null,"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
        [](FixOptions& o) {
            o.metadata = {{"k", "v"}};
        },
        R"({"__metadata__":{"k":"v"},"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})");
    row("white space in front goes",
        " \n{\"a\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}}   ",
        castA, R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[4],"data_offsets":[8,12]}})");
    row("entries as lists, which serde reads too", // nobody else does: what changes is spelled as everybody does
        R"({"a":["BF16",[2],[0,4]],"b":["U8",[2,2],[4,8]]})", castA,
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[2,2],"data_offsets":[8,12]}})");
    row("to the front for its alignment",
        R"({"b":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"a":{"dtype":"BF16","shape":[2],"data_offsets":[3,7]},"c":{"dtype":"U8","shape":[1],"data_offsets":[7,8]}})",
        castA,
        R"({"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"c":{"dtype":"U8","shape":[1],"data_offsets":[11,12]}})");
}

void TestPlan::index_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("want");
    QTest::newRow("size only") << QByteArray(
        "{\n  \"metadata\": {\n    \"total_parameters\": 7,\n    \"total_size\": 14\n  },\n  \"weight_map\": {\n    \"keep\": \"f\"\n  }\n}\n")
                               << QByteArray("{\n  \"metadata\": {\n    \"total_parameters\": 7,\n    \"total_size\": 100\n  },\n  \"weight_map\": "
                                             "{\n    \"keep\": \"f\"\n  }\n}\n");
    QTest::newRow("nothing changes") << QByteArray(R"({"metadata":{"total_size":100},"weight_map":{"keep":"f"}})") << QByteArray();
    QTest::newRow("a float that says the same") << QByteArray(R"({"metadata":{"total_size":100.0},"weight_map":{"keep":"f"}})") << QByteArray();
    QTest::newRow("renamed") << QByteArray(R"({"weight_map": {"a": "f", "old": "g", "z": "f"}, "other": [1]})")
                             << QByteArray(R"({"weight_map": {"a": "f", "new": "g", "z": "f"}, "other": [1]})");
    QTest::newRow("dropped first") << QByteArray("{\"weight_map\": {\n    \"drop\": \"f\",\n    \"a\": \"f\"\n  }}")
                                   << QByteArray("{\"weight_map\": {\n    \"a\": \"f\"\n  }}");
    QTest::newRow("dropped last") << QByteArray("{\"weight_map\": {\n    \"a\": \"f\",\n    \"drop\": \"f\"\n  }}")
                                  << QByteArray("{\"weight_map\": {\n    \"a\": \"f\"\n  }}");
    QTest::newRow("dropped two, then renamed") << QByteArray(R"({"weight_map":{"drop":"f","drop":"f","old":"f"}})")
                                               << QByteArray(R"({"weight_map":{"new":"f"}})");
    QTest::newRow("all dropped") << QByteArray(R"({"weight_map":{ "drop":"f", "drop":"f" }})") << QByteArray(R"({"weight_map":{  }})");
    QTest::newRow("no index") << QByteArray("[1]") << QByteArray();
    QTest::newRow("broken") << QByteArray(R"({"weight_map":{"old":"f")") << QByteArray();
}

void TestPlan::configNames_data()
{
    QTest::addColumn<int>("to");
    QTest::addColumn<QString>("name");
    const auto row = [](DType to, const char* name) { QTest::newRow(std::string(dtypeName(to)).c_str()) << int(to) << name; };
    row(DType::F64, "float64");
    row(DType::F32, "float32");
    row(DType::F16, "float16");
    row(DType::F8_E4M3, "float8_e4m3fn");
    row(DType::F8_E5M2, "float8_e5m2");
    row(DType::F8_E4M3FNUZ, "float8_e4m3fnuz");
    row(DType::F8_E5M2FNUZ, "float8_e5m2fnuz");
    row(DType::F8_E8M0, "float8_e8m0fnu");
    row(DType::F6_E2M3, "");
    row(DType::GgmlQ4_K, "");
}

void TestPlan::config_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("want");
    QTest::newRow("both keys, nested")
        << QByteArray(R"({"torch_dtype": "bfloat16", "text_config": {"dtype": "bfloat16"}, "vision_config": {"dtype": "float16"}})")
        << QByteArray(R"({"torch_dtype": "float32", "text_config": {"dtype": "float32"}, "vision_config": {"dtype": "float16"}})");
    QTest::newRow("with torch.") << QByteArray(R"({"dtype":"torch.bfloat16"})") << QByteArray(R"({"dtype":"torch.float32"})");
    QTest::newRow("not in quantization_config") << QByteArray(R"({"quantization_config":{"dtype":"bfloat16"}})") << QByteArray();
    QTest::newRow("null, auto") << QByteArray(R"({"dtype":null,"torch_dtype":"auto"})") << QByteArray();
    QTest::newRow("another") << QByteArray(R"({"dtype":"float16"})") << QByteArray();
    QTest::newRow("broken") << QByteArray(R"({"dtype":"bfloat16")") << QByteArray();
}

QTEST_GUILESS_MAIN(TestPlan)
#include "tst_plan.moc"
