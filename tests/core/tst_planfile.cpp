// SPDX-License-Identifier: Apache-2.0
// Saved plans: what is written is read back as it was, what was changed to do harm is refused, and so is a source that
// changed.
#include "core/fix/applyparts.h"
#include "core/fix/planfile.h"
#include "core/report/json.h"
#include "tests/support/plannedwork.h"

#include <QTest>

#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>

using namespace ckptscope;
using namespace ckptscope::test;
namespace fs = std::filesystem;

namespace {

std::string textOf(const FixPlan& plan)
{
    std::string text;
    report::writePlanJson(plan, [&](std::string_view piece) { text += piece; });
    return text;
}

QByteArray why(const Error& error)
{
    return QByteArray(codeInfo(error.code).id.data()) + ": " + QByteArray::fromStdString(error.args.empty() ? std::string() : error.args.front());
}

/// The first place of `from` becomes `to`; ends the program where there is none.
std::string changed(std::string text, const std::string& from, const std::string& to)
{
    const std::size_t at = text.find(from);
    if (at == std::string::npos) {
        qFatal("nothing to change: %s", from.c_str());
    }
    return text.replace(at, from.size(), to);
}

/// The number behind the first place of `key` becomes `to`.
std::string numbered(std::string text, const std::string& key, const std::string& to, std::size_t from = 0)
{
    const std::size_t at = text.find('"' + key + "\":", from) + key.size() + 3;
    if (at < key.size() + 3 + from) {
        qFatal("no such key: %s", key.c_str());
    }
    const std::size_t end = text.find_first_of(",}]", at);
    return text.replace(at, end - at, to);
}

} // namespace

class TestPlanFile : public QObject {
    Q_OBJECT

private slots:
    void roundTrip_data()
    {
        QTest::addColumn<QString>("kind");
        for (const std::string& kind : plannedKinds()) {
            QTest::newRow(kind.c_str()) << QString::fromStdString(kind);
        }
    }
    void roundTrip()
    {
        QFETCH(QString, kind);
        const TempDir dir;
        const PlannedWork work = planWork(dir, kind.toStdString());
        const std::string text = textOf(work.plan);
        const auto read = readPlan(text, "plan.json");
        QVERIFY2(read.has_value(), read ? "" : why(read.error()).constData());
        QVERIFY(read->edits == work.plan.edits);
        QVERIFY(read->views == work.plan.views);
        QVERIFY(read->files == work.plan.files);
        QVERIFY(read->sources == work.plan.sources);
        QVERIFY(read->donorSources == work.plan.donorSources);
        QVERIFY(read->opening == work.plan.opening);
        QVERIFY(read->donorOpening == work.plan.donorOpening);
        QVERIFY(read->notes == work.plan.notes);
        QVERIFY(read->leftOut == work.plan.leftOut);
        QCOMPARE(read->options.metadata, work.plan.options.metadata);
        QCOMPARE(read->output, work.plan.output);
        QCOMPARE(read->partialName, work.plan.partialName);
        QCOMPARE(read->findingsLeft, work.plan.findingsLeft);
        QCOMPARE(read->always, work.plan.always);
        if (kind == "donor") {
            QVERIFY(std::any_of(read->edits.begin(), read->edits.end(), [](const Edit& edit) { return edit.op == EditOp::TakeFromDonor; }));
        } else { // which lists what the donor was asked, for people
            QCOMPARE(QString::fromStdString(textOf(*read)), QString::fromStdString(text));
        }
        const auto bound = saveAndBind(dir, work);
        QVERIFY2(bound.has_value(), bound ? "" : why(bound.error()).constData());
        QCOMPARE(bound->checkpoint->tensors().size(), work.checkpoint->tensors().size());
    }

    void namesThatAreNoText()
    {
        const TempDir dir;
        PlannedWork work = planWork(dir, "folder");
        work.plan.edits.front().key = "a\xff\xfe";
        work.plan.files.back().name = "b\xc3";
        work.plan.source = "\\x41\x80";
        const auto read = readPlan(textOf(work.plan), "plan.json");
        QVERIFY2(read.has_value(), read ? "" : why(read.error()).constData());
        QCOMPARE(read->edits.front().key, work.plan.edits.front().key);
        QCOMPARE(read->files.back().name, work.plan.files.back().name);
        QCOMPARE(read->source, work.plan.source);
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        const auto row = [](const char* name, const char* from, const char* to) { QTest::newRow(name) << QString(from) << QString(to); };
        row("another schema", "ckptscope.plan/1", "ckptscope.plan/2");
        row("no JSON", "{\"schema\"", "{\"schema\" \"");
        row("a key twice", "\"always\":false", "\"always\":false,\"always\":true");
        row("a name with ..", "\"name\":\"model-00001", "\"name\":\"../model-00001");
        row("an absolute name", "\"name\":\"model-00001", "\"name\":\"/model-00001");
        row("a name with an empty step", "\"name\":\"assets/chat", "\"name\":\"assets//chat");
        row("a name with NUL", "\"name\":\"model-00001", "\"name\":\"\\u0000model-00001");
        row("two files of one name", "\"name\":\"model-00001", "\"name\":\"model-00002");
        row("a partial elsewhere", "\"partial\":\"out.partial-", "\"partial\":\"../out.partial-");
        row("another's partial", "\"partial\":\"out.partial-", "\"partial\":\"in.partial-");
        row("in place", "\"in_place\":false", "\"in_place\":true");
        row("no verification", "\"verify\":\"edited\"", "\"verify\":\"none\"");
        row("an unknown dtype", "\"to\":\"F32\"", "\"to\":\"F31\"");
        row("an unknown operation", "\"op\":\"cast\"", "\"op\":\"run\"");
        row("a kind that is not known", "\"kind\":\"rewritten\"", "\"kind\":\"rewitten\"");
        row("broken Base64", "\"header_base64\":\"", "\"header_base64\":\"?");
        row("a header that is longer", "\"header_base64\":\"", "\"header_base64\":\"AAAA");
        row("a file that nobody recorded", "\"source\":\"", "\"source\":\"/etc/passwd\",\"source_\":\"");
        row("two segments of one edit", "\"edit\":1", "\"edit\":0");
        row("an edit that is not there", "\"edit\":1", "\"edit\":4000000");
        row("a number that is none", "\"output_bytes\":", "\"output_bytes\":-");
        row("a number of 65 bits", "\"output_bytes\":", "\"output_bytes\":18446744073709551616,\"x\":");
    }
    void refuses()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        const TempDir dir;
        const PlannedWork work = planWork(dir, "folder");
        const std::string text = textOf(work.plan);
        QVERIFY(readPlan(text, "plan.json").has_value());
        std::string other = changed(text, from.toStdString(), to.toStdString());
        if (QTest::currentDataTag() == QByteArray("a file that nobody recorded")) { // of a file, not the plan's own
            other = text;
            const std::size_t at = other.find("\"source\":", other.find("\"files\":"));
            other.replace(at, other.find(',', at) - at, "\"source\":\"/etc/passwd\"");
        }
        const auto read = readPlan(other, "plan.json");
        QVERIFY(!read.has_value());
        QCOMPARE(read.error().code, Code::PlanFile);
        QCOMPARE(read.error().file, std::string("plan.json"));
    }

    void refusesNumbers_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("in"); ///< the key behind this text
        QTest::addColumn<QString>("to");
        const auto row = [](const char* name, const char* in, const char* key, const char* to) {
            QTest::newRow(name) << QString(key) << QString(in) << QString(to);
        };
        row("a file that is larger", "\"files\":", "bytes", "99999999");
        row("a file of 2^63 bytes", "\"files\":", "bytes", "9223372036854775808");
        row("a segment that leaves a hole", "\"segments\":", "target", "99999");
        row("a segment that is too long", "\"segments\":", "length", "99999999");
        row("an empty segment", "\"segments\":", "length", "0");
        row("a sum that is not the sum", "{", "output_bytes", "1");
        row("an edit's number that is too large", "\"edits\":", "index", "4294967296");
    }
    void refusesNumbers()
    {
        QFETCH(QString, key);
        QFETCH(QString, in);
        QFETCH(QString, to);
        const TempDir dir;
        const std::string text = textOf(planWork(dir, "folder").plan);
        const auto read = readPlan(numbered(text, key.toStdString(), to.toStdString(), text.find(in.toStdString())), "plan.json");
        QVERIFY(!read.has_value());
        QCOMPARE(read.error().code, Code::PlanFile);
    }

    /// What only a look at the files tells.
    void refusesWhenBound_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::addColumn<QString>("code");
        const auto row = [](const char* name, const char* kind, const char* from, const char* to, const char* code) {
            QTest::newRow(name) << QString(kind) << QString(from) << QString(to) << QString(code);
        };
        row("another tensor", "folder", "\"tensor\":\"model.layers.0.linear_attn.A_log\"", "\"tensor\":\"model.layers.0.linear_attn.B_log\"",
            "io.changed");
        row("another dtype", "folder", "\"from\":\"BF16\"", "\"from\":\"F16\"", "io.changed");
        row("a cast that is longer", "folder", "\"to\":\"F32\"", "\"to\":\"F64\"", "io.changed");
        row("a tensor of another shape is gathered", "torch to safetensors", "\"kind\":\"gather\"", "\"kind\":\"gather\",\"x\":0", "");
        row("another donor's tensor", "donor", "\"donor_index\":0", "\"donor_index\":4000", "io.changed");
        row("another list of tensors", "folder", "\"tensors_hash\":\"", "\"tensors_hash\":\"0", "fix.plan");
    }
    void refusesWhenBound()
    {
        QFETCH(QString, kind);
        QFETCH(QString, from);
        QFETCH(QString, to);
        QFETCH(QString, code);
        const TempDir dir;
        const PlannedWork work = planWork(dir, kind.toStdString());
        dir.write("plan.json", changed(textOf(work.plan), from.toStdString(), to.toStdString()));
        const auto bound = bindSaved(dir);
        const auto done = bound ? applyPart(*bound, 1, 1) : Result<PartReport>(bound.error());
        if (code.isEmpty()) {
            QVERIFY2(done.has_value(), done ? "" : why(done.error()).constData());
            return;
        }
        QVERIFY(!done.has_value());
        QCOMPARE(QString(codeInfo(done.error().code).id.data()), code == "fix.plan" ? QString("plan.source_changed") : code);
        QVERIFY(!dir.exists("out"));
    }

    void sourceChanged_data()
    {
        QTest::addColumn<QString>("what");
        for (const char* what : {"longer", "touched", "header", "replaced", "gone", "one more shard", "config", "donor"}) {
            QTest::newRow(what) << QString(what);
        }
    }
    void sourceChanged()
    {
        QFETCH(QString, what);
        const TempDir dir;
        const PlannedWork work = planWork(dir, what == "donor" ? "donor" : "folder");
        QVERIFY(saveAndBind(dir, work).has_value());
        std::string named = "in/model-00001-of-00003.safetensors";
        const std::string path = dir.path(named);
        struct stat before { };
        QCOMPARE(::stat(path.c_str(), &before), 0);
        const auto restoreTime = [&] {
            const struct timespec times[2] = {before.st_atim, before.st_mtim}; // NOLINT
            QCOMPARE(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
        };
        if (what == "longer") {
            dir.write(named, dir.read(named) + "x");
        } else if (what == "touched") {
            const struct timespec times[2] = {{1, 0}, {1, 0}}; // NOLINT
            QCOMPARE(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
        } else if (what == "header") {
            const std::string bytes = dir.read(named);
            dir.patch(named, bytes.find("A_log"), "B_log");
            restoreTime();
        } else if (what == "replaced") {
            const std::string bytes = dir.read(named);
            dir.write("aside", bytes);
            fs::rename(dir.path("aside"), path);
            restoreTime();
        } else if (what == "gone") {
            dir.remove(named);
        } else if (what == "one more shard") {
            dir.write("in/model-00004-of-00003.safetensors", dir.read(named));
            named = "in/model-00004-of-00003.safetensors";
        } else if (what == "config") {
            named = "in/config.json";
            dir.write(named, "{}");
        } else {
            named = "donor/model.safetensors";
            dir.write(named, dir.read(named) + "x");
        }
        const auto bound = bindSaved(dir);
        QVERIFY(!bound.has_value());
        QCOMPARE(bound.error().code, Code::PlanSourceChanged);
        QCOMPARE(bound.error().file, dir.path(named));
    }

    void notInPlace()
    {
        const TempDir dir;
        PlannedWork work = planWork(dir, "folder");
        work.plan.options.inPlace = true;
        const auto done = makeSavable(work.plan, *work.checkpoint, {dir.path("in")}, false);
        QVERIFY(!done.has_value());
        QCOMPARE(done.error().code, Code::PlanInPlace);
    }
};

QTEST_GUILESS_MAIN(TestPlanFile)
#include "tst_planfile.moc"
