// SPDX-License-Identifier: Apache-2.0
// A saved plan carried out in parts: in any order, twice, cut short and gone on with, while the world around it
// changes. The result is what one process writes, byte for byte.
#include "core/fix/applyparts.h"
#include "core/fix/parts.h"
#include "core/io/partfolder.h"
#include "tests/support/plannedwork.h"

#include <QTest>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <numeric>
#include <random>
#include <sys/stat.h>
#include <unistd.h>

using namespace ckptscope;
using namespace ckptscope::test;
namespace fs = std::filesystem;

namespace {

QByteArray why(const Error& error)
{
    return QByteArray(codeInfo(error.code).id.data()) + " " + QByteArray::fromStdString(error.file) + ": "
        + QByteArray::fromStdString(error.args.empty() ? std::string() : error.args.back());
}

#define VERIFY_OK(result) QVERIFY2((result).has_value(), (result).has_value() ? "" : why((result).error()).constData())
#define VERIFY_FAILS(result, wanted)                                                                                                                 \
    do {                                                                                                                                             \
        QVERIFY(!(result).has_value());                                                                                                              \
        QCOMPARE((result).error().code, wanted);                                                                                                     \
    } while (false)

/// What one process writes of this work, in a folder of its own.
std::map<std::string, std::string> byOneProcess(const std::string& kind)
{
    const TempDir dir;
    const PlannedWork work = planWork(dir, kind);
    const auto receipt = applyPlan(*work.checkpoint, work.plan);
    if (!receipt) {
        qFatal("%s", why(receipt.error()).constData());
    }
    return readOutput(work.output);
}

std::vector<std::string> partials(const TempDir& dir)
{
    std::vector<std::string> out;
    for (const std::string& name : dir.list()) {
        if (name.find(".partial-") != std::string::npos) {
            out.push_back(name);
        }
    }
    return out;
}

struct Saved {
    TempDir dir;
    PlannedWork work;
    BoundPlan bound;

    explicit Saved(const std::string& kind = "folder", bool force = false)
        : work(planWork(dir, kind, "out", force))
        , bound(open())
    {
    }
    BoundPlan open()
    {
        auto opened = saveAndBind(dir, work);
        if (!opened) {
            qFatal("%s", why(opened.error()).constData());
        }
        return *std::move(opened);
    }
    [[nodiscard]] std::string partial(const std::string& name) const { return work.plan.partialName + '/' + name; }
    /// A weight file that a part wrote, below the folder.
    [[nodiscard]] std::string shard() const { return partial("out/model-00001-of-00003.safetensors"); }
};

/// Asks to stop once so many bytes are told.
struct Stopper {
    std::stop_source source;
    std::atomic<int> left;
    JobContext job;

    /// Stops at the report of this number, or once this share of all is done.
    explicit Stopper(int ticks, double share = 2)
        : left(ticks)
    {
        job.stop = source.get_token();
        job.threads = 1;
        job.report = [this, share](const Progress& progress) {
            if (--left <= 0 || (progress.total > 0 && static_cast<double>(progress.done) >= share * static_cast<double>(progress.total))) {
                source.request_stop();
            }
        };
    }
};

} // namespace

class TestParts : public QObject {
    Q_OBJECT

private slots:
    void cuts_data()
    {
        QTest::addColumn<QString>("kind");
        for (const std::string& kind : plannedKinds()) {
            QTest::newRow(kind.c_str()) << QString::fromStdString(kind);
        }
    }
    /// Every byte of every file that is not small is in one part.
    void cuts()
    {
        QFETCH(QString, kind);
        const TempDir dir;
        const FixPlan plan = planWork(dir, kind.toStdString()).plan;
        for (const unsigned parts : {1U, 2U, 3U, 7U, 64U, 1000U}) {
            const auto cut = cutIntoParts(plan, parts);
            QCOMPARE(cut.size(), std::size_t{parts});
            std::map<std::uint32_t, std::vector<std::pair<std::uint64_t, std::uint64_t>>> files;
            for (const auto& ranges : cut) {
                for (const FileRange& range : ranges) {
                    files[range.file].emplace_back(range.begin, range.end);
                }
            }
            for (std::uint32_t i = 0; i < plan.files.size(); ++i) {
                QCOMPARE(files.contains(i), !isSmall(plan.files[i]));
                auto& ranges = files[i];
                std::sort(ranges.begin(), ranges.end());
                std::uint64_t at = 0;
                for (const auto& [begin, end] : ranges) {
                    QCOMPARE(begin, at);
                    QVERIFY(end > begin);
                    at = end;
                }
                QVERIFY(ranges.empty() || at == UINT64_MAX);
            }
        }
    }

    void balanced()
    {
        FixPlan plan;
        for (const std::uint64_t gib : {5U, 5U, 5U, 5U, 5U, 5U, 5U, 2U, 200U}) {
            OutputFile file;
            file.kind = OutputFile::Kind::Rewritten;
            file.bytes = gib << 30U;
            plan.files.push_back(std::move(file));
        }
        const auto cut = cutIntoParts(plan, 8);
        const std::uint64_t fair = (237ULL << 30U) / 8;
        for (const auto& ranges : cut) {
            std::uint64_t bytes = 0;
            for (const FileRange& range : ranges) {
                bytes += std::min(range.end, plan.files[range.file].bytes) - range.begin;
            }
            QVERIFY(bytes < fair * 5 / 4 && bytes > fair * 3 / 4);
        }
    }

    void anyOrder_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<unsigned>("parts");
        QTest::addColumn<int>("order"); ///< 0: as they are numbered, 1: from the last, 2: by chance
        for (const std::string& kind : plannedKinds()) {
            QTest::addRow("%s in 3, from the last", kind.c_str()) << QString::fromStdString(kind) << 3U << 1;
        }
        QTest::newRow("folder in 1") << "folder" << 1U << 0;
        QTest::newRow("folder in 2") << "folder" << 2U << 0;
        QTest::newRow("folder in 17, by chance") << "folder" << 17U << 2;
        QTest::newRow("copies in 5, by chance") << "folder, copies" << 5U << 2;
        QTest::newRow("huge file in 4, by chance") << "one huge file" << 4U << 2;
        QTest::newRow("casts in 8, by chance") << "casts, names, metadata" << 8U << 2;
    }
    void anyOrder()
    {
        QFETCH(QString, kind);
        QFETCH(unsigned, parts);
        QFETCH(int, order);
        const auto expected = byOneProcess(kind.toStdString());
        Saved saved(kind.toStdString());
        std::vector<unsigned> turn(parts);
        std::iota(turn.begin(), turn.end(), 1U);
        if (order == 1) {
            std::reverse(turn.begin(), turn.end());
        } else if (order == 2) {
            std::shuffle(turn.begin(), turn.end(), std::mt19937(5));
        }
        for (const unsigned part : turn) {
            VERIFY_FAILS(finishPlan(saved.bound, false), Code::PlanMissing);
            QVERIFY(!saved.dir.exists(fs::path(saved.work.output).filename().string()));
            const auto other = bindSaved(saved.dir); // another process
            VERIFY_OK(other);
            const auto first = applyPart(*other, part, parts);
            VERIFY_OK(first);
            QVERIFY(!first->already);
            const auto again = applyPart(*other, part, parts);
            VERIFY_OK(again);
            QVERIFY(again->already);
            QCOMPARE(again->writtenBytes, first->writtenBytes);
        }
        QCOMPARE(*begunParts(saved.bound.plan), parts);
        const auto receipt = finishPlan(saved.bound, parts % 2 == 1);
        VERIFY_OK(receipt);
        QVERIFY(readOutput(saved.work.output) == expected);
        QVERIFY(partials(saved.dir).empty());

        // The receipt is that of one process, but for how long it took.
        const TempDir dir;
        const PlannedWork work = planWork(dir, kind.toStdString());
        const auto one = applyPlan(*work.checkpoint, work.plan);
        VERIFY_OK(one);
        QCOMPARE(receipt->edits.size(), one->edits.size());
        for (std::size_t i = 0; i < one->edits.size(); ++i) {
            QCOMPARE(receipt->edits[i].tensor, one->edits[i].tensor);
            QCOMPARE(receipt->edits[i].sha256Before, one->edits[i].sha256Before);
            QCOMPARE(receipt->edits[i].sha256After, one->edits[i].sha256After);
            QCOMPARE(receipt->edits[i].file, one->edits[i].file);
            QCOMPARE(receipt->edits[i].loss.inexact, one->edits[i].loss.inexact);
        }
        QCOMPARE(receipt->untouchedBytes, one->untouchedBytes);
        QCOMPARE(receipt->leftOut, one->leftOut);
        QCOMPARE(receipt->copiedBytes + receipt->clonedBytes, work.plan.outputBytes);
    }

    void hugeFileIsShared()
    {
        Saved saved("one huge file");
        constexpr unsigned Parts = 4;
        for (unsigned part = 1; part <= Parts; ++part) {
            const auto done = applyPart(saved.bound, part, Parts);
            VERIFY_OK(done);
            QCOMPARE(done->files, std::uint64_t{1});
            const std::uint64_t bytes = done->writtenBytes + done->sharedBytes;
            const std::uint64_t fair = saved.work.plan.outputBytes / Parts;
            QVERIFY2(bytes > fair / 2 && bytes < fair * 2, qPrintable(QString::number(bytes)));
        }
        VERIFY_OK(finishPlan(saved.bound, true));
    }

    void cutShort_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("ticks");
        for (const int ticks : {1, 3, 40, 300, 700, 950}) {
            QTest::addRow("folder after %d", ticks) << "folder, copies" << ticks;
            QTest::addRow("huge file after %d", ticks) << "one huge file" << ticks;
        }
        QTest::newRow("torch") << "torch" << 3;
        QTest::newRow("convert") << "convert" << 5;
    }
    /// A part that is stopped leaves what it wrote; the next run goes on.
    void cutShort()
    {
        QFETCH(QString, kind);
        QFETCH(int, ticks);
        const auto expected = byOneProcess(kind.toStdString());
        Saved saved(kind.toStdString());
        Stopper stopper(ticks);
        const auto stopped = applyPart(saved.bound, 2, 2, stopper.job);
        if (!stopped) {
            QCOMPARE(stopped.error().code, Code::Cancelled);
            VERIFY_FAILS(finishPlan(saved.bound, false), Code::PlanMissing);
        }
        VERIFY_OK(applyPart(saved.bound, 1, 2));
        const auto again = applyPart(saved.bound, 2, 2);
        VERIFY_OK(again);
        VERIFY_OK(finishPlan(saved.bound, true));
        QVERIFY(readOutput(saved.work.output) == expected);
    }

    void goesOnWhereItWas()
    {
        Saved saved("folder, copies");
        // The first file of two was done: it is in the journal, and the rest of the disk is as a kill leaves it.
        Stopper stopper(1'000'000, 0.75);
        const auto stopped = applyPart(saved.bound, 1, 1, stopper.job);
        VERIFY_FAILS(stopped, Code::Cancelled);
        const auto again = applyPart(saved.bound, 1, 1);
        VERIFY_OK(again);
        QVERIFY(again->resumedFiles >= 1);
        QVERIFY(again->resumedFiles < again->files);
        VERIFY_OK(finishPlan(saved.bound, true));
        QVERIFY(readOutput(saved.work.output) == byOneProcess("folder, copies"));
    }

    void tornJournal()
    {
        Saved saved("folder, copies");
        Stopper stopper(1'000'000, 0.75);
        VERIFY_FAILS(applyPart(saved.bound, 1, 1, stopper.job), Code::Cancelled);
        const std::string journal = saved.partial(".ckptscope-plan/part-1.journal");
        const std::string text = saved.dir.read(journal);
        QVERIFY(text.size() > 20);
        saved.dir.write(journal,
                        text.substr(0, text.size() - 10)
                            + "\n{\"index\":4000000}\n{\"index\":0,\"pieces\":[{\"offset\":1,\"length\":"
                              "18446744073709551615}]}\n{");
        VERIFY_OK(applyPart(saved.bound, 1, 1));
        VERIFY_OK(finishPlan(saved.bound, true));
        QVERIFY(readOutput(saved.work.output) == byOneProcess("folder, copies"));
    }

    void otherPlans()
    {
        Saved saved;
        VERIFY_OK(applyPart(saved.bound, 1, 3));
        VERIFY_FAILS(applyPart(saved.bound, 1, 4), Code::PlanParts);
        VERIFY_FAILS(applyPart(saved.bound, 4, 3), Code::UsageError);
        VERIFY_FAILS(applyPart(saved.bound, 0, 3), Code::UsageError);
        // The plan is changed behind the parts' back.
        const std::string text = saved.dir.read("plan.json");
        saved.dir.write("plan.json", text + " \n");
        const auto other = bindSaved(saved.dir);
        VERIFY_OK(other);
        VERIFY_FAILS(applyPart(*other, 2, 3), Code::PlanOther);
        VERIFY_FAILS(finishPlan(*other, false), Code::PlanOther);
        const auto loaded = loadPlan(saved.dir.path("plan.json"));
        VERIFY_OK(loaded);
        VERIFY_FAILS(discardPlan(*loaded), Code::PlanOther);
        saved.dir.write("plan.json", text);
        const auto again = loadPlan(saved.dir.path("plan.json"));
        VERIFY_OK(again);
        const auto discarded = discardPlan(*again);
        VERIFY_OK(discarded);
        QVERIFY(*discarded);
        QVERIFY(partials(saved.dir).empty());
        VERIFY_OK(applyPart(saved.bound, 1, 4));
    }

    void sourceChangesMeanwhile()
    {
        Saved saved;
        VERIFY_OK(applyPart(saved.bound, 1, 2));
        saved.dir.write("in/model-00002-of-00003.safetensors", "other");
        VERIFY_FAILS(applyPart(saved.bound, 2, 2), Code::FileChanged);
        const auto bound = bindSaved(saved.dir);
        VERIFY_FAILS(bound, Code::PlanSourceChanged);
        QVERIFY(!saved.dir.exists("out"));
    }

    void outAppears_data()
    {
        QTest::addColumn<bool>("force");
        QTest::newRow("refused") << false;
        QTest::newRow("replaced") << true;
    }
    void outAppears()
    {
        QFETCH(bool, force);
        Saved saved("folder", force);
        VERIFY_OK(applyPart(saved.bound, 1, 2));
        saved.dir.write("out/old.txt", "old");
        const auto second = applyPart(saved.bound, 2, 2);
        if (force) {
            VERIFY_OK(second);
            VERIFY_OK(finishPlan(saved.bound, false));
            QVERIFY(readOutput(saved.work.output) == byOneProcess("folder"));
            QVERIFY(partials(saved.dir).empty());
            return;
        }
        VERIFY_FAILS(second, Code::FixOutputExists);
        fs::rename(saved.dir.path("out"), saved.dir.path("aside"));
        VERIFY_OK(applyPart(saved.bound, 2, 2));
        fs::rename(saved.dir.path("aside"), saved.dir.path("out"));
        VERIFY_FAILS(finishPlan(saved.bound, false), Code::FixOutputExists);
        QCOMPARE(saved.dir.list("out"), std::vector<std::string>{"old.txt"});
        saved.dir.remove("out");
        VERIFY_OK(finishPlan(saved.bound, false));
    }

    void untrueReceipts_data()
    {
        QTest::addColumn<QString>("what");
        for (const char* what :
             {"cut", "gone", "header", "flipped", "receipt gone", "receipt torn", "receipt of another part", "receipt says less"}) {
            QTest::newRow(what) << QString(what);
        }
    }
    /// finish sees it, and running the part again mends it.
    void untrueReceipts()
    {
        QFETCH(QString, what);
        Saved saved("folder, copies");
        for (unsigned part = 1; part <= 2; ++part) {
            VERIFY_OK(applyPart(saved.bound, part, 2));
        }
        const std::string one = saved.partial(".ckptscope-plan/part-1.json");
        const std::string two = saved.partial(".ckptscope-plan/part-2.json");
        bool missing = false;
        bool full = false;
        if (what == "cut") {
            saved.dir.truncate(saved.shard(), 1000);
        } else if (what == "gone") {
            saved.dir.remove(saved.shard());
        } else if (what == "header") {
            saved.dir.patch(saved.shard(), 20, "\1");
        } else if (what == "flipped") { // only a full look sees that
            saved.dir.patch(saved.shard(), saved.dir.read(saved.shard()).size() - 5, "\1");
            full = true;
        } else if (what == "receipt gone") {
            saved.dir.remove(one);
            missing = true;
        } else if (what == "receipt torn") {
            saved.dir.write(one, saved.dir.read(one).substr(0, 100));
            missing = true;
        } else if (what == "receipt of another part") {
            saved.dir.write(one, saved.dir.read(two));
            missing = true;
        } else {
            std::string text = saved.dir.read(one);
            const std::size_t at = text.find("\"pieces\":[{") + 10;
            saved.dir.write(one, text.erase(at, text.find('}', at) + 2 - at));
            missing = true;
        }
        VERIFY_FAILS(finishPlan(saved.bound, full), missing ? Code::PlanMissing : Code::PlanUntrue);
        QVERIFY(!saved.dir.exists("out"));
        if (full) { // a quick look at the receipt does not see it either: the part is asked for anew
            saved.dir.remove(one);
            saved.dir.remove(two);
        } else if (what == "receipt says less") {
            saved.dir.remove(one);
        }
        for (unsigned part = 1; part <= 2; ++part) {
            VERIFY_OK(applyPart(saved.bound, part, 2));
        }
        VERIFY_OK(finishPlan(saved.bound, true));
        QVERIFY(readOutput(saved.work.output) == byOneProcess("folder, copies"));
    }

    void onePartAtATime()
    {
        Saved saved;
        VERIFY_OK(applyPart(saved.bound, 1, 2));
        const auto folder = PartFolder::open({saved.work.output, true, saved.work.plan.partialName, 0777}, {saved.bound.digest, 2});
        VERIFY_OK(folder);
        {
            const auto lock = (*folder)->lock("part-2.lock");
            VERIFY_OK(lock);
            QVERIFY(lock->has_value());
            VERIFY_FAILS(applyPart(saved.bound, 2, 2), Code::PlanBusy);
            VERIFY_FAILS(finishPlan(saved.bound, false), Code::PlanBusy);
            const auto loaded = loadPlan(saved.dir.path("plan.json"));
            VERIFY_FAILS(discardPlan(*loaded), Code::PlanBusy);
        }
        VERIFY_OK(applyPart(saved.bound, 2, 2));
        const auto lock = (*folder)->lock("finish.lock");
        VERIFY_FAILS(finishPlan(saved.bound, false), Code::FixBusy);
    }

    /// A repair of the same OUT by one process leaves the plan's partial alone.
    void isNotSwept()
    {
        Saved saved;
        VERIFY_OK(applyPart(saved.bound, 1, 2));
        saved.dir.folder("out.partial-01234567"); // one that is nobody's
        FixPlan other = saved.work.plan;
        other.partialName = "out.partial-89abcdef";
        VERIFY_OK(applyPlan(*saved.work.checkpoint, other));
        QCOMPARE(partials(saved.dir), std::vector<std::string>{saved.work.plan.partialName});
        saved.dir.remove("out");
        const auto again = applyPart(saved.bound, 1, 2);
        VERIFY_OK(again);
        QVERIFY(again->already);
    }

    /// What was killed while it made the partial, before and behind the moment from which that belongs to the plan. Another plan's stays.
    void leftoversOfTheKilled_data()
    {
        QTest::addColumn<bool>("discard");
        QTest::newRow("finished") << false;
        QTest::newRow("discarded") << true;
    }
    void leftoversOfTheKilled()
    {
        QFETCH(bool, discard);
        Saved saved;
        VERIFY_OK(applyPart(saved.bound, 1, 1));
        saved.dir.write("out.partial-01234567/plan/owner.json", "{");
        saved.dir.folder("out.partial-01234567/out");
        saved.dir.copyTree("out.partial-12345678/.ckptscope-plan/owner.json", saved.dir.path(saved.partial(".ckptscope-plan/owner.json")));
        const std::string others = "out.partial-23456789";
        saved.dir.write(others + "/.ckptscope-plan/owner.json", R"({"schema":"ckptscope.parts/1","plan":"another","parts":1})");
        if (discard) {
            VERIFY_OK(discardPlan(*loadPlan(saved.dir.path("plan.json"))));
        } else {
            VERIFY_OK(finishPlan(saved.bound, false));
        }
        QCOMPARE(partials(saved.dir), std::vector<std::string>{others});
    }

    /// Killed behind the rename, before the rest was removed.
    void finishedTwice_data() { outAppears_data(); }
    void finishedTwice()
    {
        QFETCH(bool, force);
        Saved saved("folder", force);
        if (force) {
            saved.dir.write("out/old.txt", "old");
        }
        VERIFY_OK(applyPart(saved.bound, 1, 1));
        saved.dir.copyTree("state", saved.dir.path(saved.partial(".ckptscope-plan")));
        VERIFY_OK(finishPlan(saved.bound, false));
        const auto written = readOutput(saved.work.output);
        struct stat status { };
        QCOMPARE(::stat(saved.work.output.c_str(), &status), 0);
        saved.dir.copyTree(saved.partial(".ckptscope-plan"), saved.dir.path("state"));
        saved.dir.write(saved.partial(".ckptscope-plan/finishing"), std::to_string(status.st_ino) + '\n');
        if (force) {
            saved.dir.write(saved.partial("out/old.txt"), "old");
        }
        const auto again = finishPlan(saved.bound, false);
        VERIFY_OK(again);
        QCOMPARE(again->edits.size(), saved.work.plan.edits.size());
        QVERIFY(readOutput(saved.work.output) == written);
        QVERIFY(partials(saved.dir).empty());
    }

    void foreignFiles()
    {
        Saved saved;
        VERIFY_OK(applyPart(saved.bound, 1, 1));
        saved.dir.write(saved.partial("out/model-00009-of-00003.safetensors"), "x");
        VERIFY_FAILS(finishPlan(saved.bound, false), Code::PlanForeign);
        saved.dir.remove(saved.partial("out/model-00009-of-00003.safetensors"));
        VERIFY_OK(finishPlan(saved.bound, false));
    }

    void plantedLinks_data()
    {
        QTest::addColumn<QString>("what");
        for (const char* what :
             {"symlink to a file", "symlink to a folder", "hard link", "fifo", "partial is a symlink", "partial is a stranger's"}) {
            QTest::newRow(what) << QString(what);
        }
    }
    /// What somebody put into the partial never makes a part write elsewhere.
    void plantedLinks()
    {
        QFETCH(QString, what);
        Saved saved("folder, copies");
        saved.dir.write("victim/model-00001-of-00003.safetensors", "mine");
        saved.dir.write("victim/chat.jinja", "mine");
        if (what.startsWith("partial")) {
            if (what == "partial is a symlink") {
                saved.dir.symlink(saved.work.plan.partialName, "victim");
            } else {
                saved.dir.write(saved.partial("theirs"), "x");
            }
            VERIFY_FAILS(applyPart(saved.bound, 1, 1), Code::PlanPartial);
        } else {
            VERIFY_OK(applyPart(saved.bound, 2, 2)); // makes the folder
            saved.dir.remove(saved.partial(".ckptscope-plan/part-2.json"));
            const std::string victim = saved.dir.path("victim/model-00001-of-00003.safetensors");
            fs::remove_all(saved.dir.path(saved.shard()));
            if (what == "symlink to a file") {
                saved.dir.symlink(saved.shard(), victim);
            } else if (what == "hard link") {
                saved.dir.hardlink(saved.shard(), "victim/model-00001-of-00003.safetensors");
            } else if (what == "fifo") {
                saved.dir.fifo(saved.shard());
            } else {
                saved.dir.symlink(saved.partial("out/assets"), saved.dir.path("victim"));
            }
            const auto one = applyPart(saved.bound, 1, 2);
            const auto two = applyPart(saved.bound, 2, 2);
            const auto finished = finishPlan(saved.bound, false);
            QCOMPARE(finished.has_value(), what == "hard link"); // which is replaced by a file of its own
        }
        QCOMPARE(saved.dir.read("victim/model-00001-of-00003.safetensors"), std::string("mine"));
        QCOMPARE(saved.dir.read("victim/chat.jinja"), std::string("mine"));
    }

    /// OUT must not be the source, hold it, or lie in it, whatever a plan says.
    void placeIsCheckedAnew_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("the source") << "in";
        QTest::newRow("in the source") << "in/out";
        QTest::newRow("a folder that is not there") << "nowhere/out";
    }
    void placeIsCheckedAnew()
    {
        QFETCH(QString, name);
        Saved saved("folder", true);
        FixPlan& plan = saved.bound.plan;
        plan.output = saved.dir.path(name.toStdString());
        plan.partialName = fs::path(plan.output).filename().string() + ".partial-00000000";
        const auto before = readOutput(saved.dir.path("in"));
        QVERIFY(!applyPart(saved.bound, 1, 1).has_value());
        QVERIFY(readOutput(saved.dir.path("in")) == before);
        QCOMPARE(saved.dir.list(), (std::vector<std::string>{"in", "plan.json"}));
    }
};

QTEST_GUILESS_MAIN(TestParts)
#include "tst_parts.moc"
