// SPDX-License-Identifier: Apache-2.0
// LABELS: slow
// The power goes at every system call of a repair, and the disk keeps as little as POSIX allows (support/crashmodel.h):
// the source is as it was, OUT is absent or complete (with force: the old one or the new; in place: each file old or
// new), and the next run brings it to its end and leaves nothing behind. What the program called done is there whatever
// happens then.
#include "tests/support/crashmodel.h"
#include "tests/support/fixprocess.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/torchfile.h"

#include <QTest>

#include <algorithm>
#include <filesystem>
#include <optional>

using namespace ckptscope::test;
namespace fs = std::filesystem;

namespace {

using Tree = CrashModel::Tree;

constexpr unsigned Mixtures = 8;      ///< random ones at each call
constexpr std::size_t Recovered = 40; ///< of the distinct states of a row, a fresh run is made on so many

/// What lies below a folder of a tree, without the folders' own lines.
Tree below(const Tree& tree, const std::string& folder)
{
    Tree out;
    for (const auto& [name, bytes] : tree) {
        if (name.starts_with(folder + '/') && !name.ends_with('/')) {
            out[name.substr(folder.size() + 1)] = bytes;
        }
    }
    return out;
}

/// A repair, and what it is to leave behind.
class Scene {
public:
    explicit Scene(const QStringList& words)
        : m_words(words)
        , m_force(words.contains("force"))
        , m_inPlace(words.contains("inplace"))
    {
        fill("reference");
        QStringList plain = words;
        plain.removeAll("force");
        plain.removeAll("inplace");
        const std::string reference = m_dir.path("reference/done");
        m_ready = runFix(m_dir.path("reference/in"), reference, plain).word == "done";
        m_before = readTree(m_dir.path("reference/in"));
        m_after = readTree(reference);
        if (m_inPlace) {
            for (const auto& [name, bytes] : m_before) {
                m_after.try_emplace(name, bytes);
            }
        }
    }
    [[nodiscard]] bool ready() const { return m_ready; }
    [[nodiscard]] FixProcess run(const std::string& world, const FixSetting& setting = {}) const
    {
        return runFixWith(m_dir.path(world + "/in"), m_dir.path(world + "/out"), m_words, setting);
    }
    /// The changes of one run from a fresh start, or from what an earlier one left.
    FixProcess trace(std::optional<CrashModel>& model, std::vector<TraceCall>& calls, FixSetting setting, const Tree* start) const
    {
        if (start == nullptr) {
            fill("world");
        } else {
            m_dir.remove("world");
            writeTree(*start, m_dir.path("world"));
        }
        m_dir.write("trace", {});
        model.emplace(m_dir.path("world"));
        setting.libraries << "ckptscope_trace";
        setting.environment["CKPTSCOPE_TRACE"] = QString::fromStdString(m_dir.path("trace"));
        const FixProcess ran = run("world", setting);
        calls = readTrace(m_dir.path("trace"));
        return ran;
    }
    /// What a state breaks; empty: nothing. `done`: the program has said so.
    [[nodiscard]] QString broken(const Tree& state, bool done) const
    {
        const Tree in = below(state, "in");
        const Tree out = below(state, "out");
        const bool there = state.contains("out/");
        for (const auto& [name, bytes] : state) {
            const std::string top = name.substr(0, name.find('/'));
            if (top != "in" && top != "out" && !top.starts_with("out.partial-")) {
                return "there is a " + QString::fromStdString(name);
            }
        }
        if (m_inPlace) {
            for (const auto& [name, bytes] : m_before) {
                const auto found = in.find(name);
                if (found == in.end() || (found->second != m_after.at(name) && (done || found->second != bytes))) {
                    return QString::fromStdString(name) + " is neither the old one nor the new";
                }
            }
            return {};
        }
        if (in != m_before) {
            return "the source changed";
        }
        if (done && out != m_after) {
            return "it was called done, but is not whole";
        }
        return !there || out == m_after || (m_force && out == Tree{{"old.txt", "old"}}) ? QString() : QString("an output that is not whole");
    }
    /// A state is put onto the disk and the repair is run again.
    [[nodiscard]] QString recover(const Tree& state) const
    {
        m_dir.remove("again");
        writeTree(state, m_dir.path("again"));
        const bool there = state.contains("out/");
        const FixProcess ran = run("again");
        if (ran.word != "done" && !(m_inPlace && ran.word == "nothing") && !(there && ran.word == "fix.output_exists")) {
            return "the next run says " + ran.word;
        }
        const auto result = readTree(m_dir.path(m_inPlace ? "again/in" : "again/out"));
        if (result != m_after) {
            return "the next run leaves something else";
        }
        for (const std::string& name : m_dir.list("again")) {
            if (name != "in" && name != "out" && ran.word == "done") {
                return "left over: " + QString::fromStdString(name);
            }
        }
        return {};
    }
    [[nodiscard]] Tree onDisk() const { return CrashModel(m_dir.path("world")).live(); }

private:
    void fill(const std::string& world) const
    {
        m_dir.remove(world);
        if (m_words.contains("torch")) {
            writeTorchFolder(m_dir, world + "/in");
        } else {
            GdnFolder what;
            what.layersPerShard = 1;
            what.heads = 8;
            what.longElements = 512;
            writeGdnFolder(m_dir, world + "/in", what);
        }
        if (m_force) {
            m_dir.write(world + "/out/old.txt", "old");
        }
    }

    TempDir m_dir;
    QStringList m_words;
    bool m_force;
    bool m_inPlace;
    bool m_ready = false;
    std::map<std::string, std::string> m_before;
    std::map<std::string, std::string> m_after;
};

/// All crash states of a run, and the first promise that one breaks.
struct Outcome {
    std::size_t calls = 0;
    std::size_t syncs = 0;
    std::set<Tree> states;
    QString word;
    QString broken;
};

Outcome lose(const Scene& scene, const FixSetting& setting, const Tree* start = nullptr)
{
    Outcome out;
    std::optional<CrashModel> model;
    std::vector<TraceCall> calls;
    const FixProcess ran = scene.trace(model, calls, setting, start);
    std::mt19937 chance(20251129);
    const auto look = [&](bool done, const QString& where) {
        for (Tree state : model->crashes(Mixtures, chance)) {
            if (const QString why = scene.broken(state, done); !why.isEmpty() && out.broken.isEmpty()) {
                out.broken = where + ": " + why;
            }
            out.states.insert(std::move(state));
        }
    };
    look(false, "at the start");
    for (const TraceCall& call : calls) {
        model->apply(call);
        out.syncs += call.call == "sync" ? 1 : 0;
        ++out.calls;
        look(false, QString("after call %1, %2 %3").arg(out.calls).arg(QString::fromStdString(call.call), QString::fromStdString(call.path)));
    }
    look(ran.word == "done", "at the end");
    if (model->live() != scene.onDisk()) {
        out.broken = "the trace does not lead to what is on the disk";
    }
    out.word = ran.word;
    return out;
}

} // namespace

class TestPowerLoss : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { useMemoryForTempDirs(); }

    void holds_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("fault");
        for (const QStringList& words :
             {QStringList{}, QStringList{"force"}, QStringList{"inplace"}, QStringList{"convert"}, QStringList{"convert", "force"},
              QStringList{"torch"}, QStringList{"torch", "inplace"}, QStringList{"hard"}, QStringList{"full"}}) {
            QTest::newRow(qPrintable(words.isEmpty() ? QString("plain") : words.join(' '))) << words << QString();
        }
        // A run that fails half way tidies up; the power may go while it does.
        for (const char* fault : {"pwrite:6:5", "fsync:3:5", "renameat2:1:5"}) {
            QTest::addRow("force, %s fails", fault) << QStringList{"force"} << QString(fault);
        }
        for (const char* fault : {"pwrite:6:5", "fsync:5:5", "fsync:7:5", "rename:2:5"}) {
            QTest::addRow("inplace, %s fails", fault) << QStringList{"inplace"} << QString(fault);
        }
    }
    void holds()
    {
        QFETCH(QStringList, words);
        QFETCH(QString, fault);
        const Scene scene(words);
        QVERIFY(scene.ready());
        FixSetting setting;
        if (!fault.isEmpty()) {
            setting.libraries << "ckptscope_faults";
            setting.environment["CKPTSCOPE_FAULT"] = fault;
        }
        const Outcome outcome = lose(scene, setting);
        QVERIFY2(outcome.broken.isEmpty(), qPrintable(outcome.broken));
        QVERIFY2(fault.isEmpty() == (outcome.word == "done"), qPrintable(outcome.word));
        QVERIFY(outcome.states.size() > 10);
        const std::size_t step = std::max<std::size_t>(1, outcome.states.size() / Recovered);
        std::size_t number = 0;
        std::size_t recovered = 0;
        for (const Tree& state : outcome.states) {
            if (number++ % step == 0) {
                const QString why = scene.recover(state);
                QVERIFY2(why.isEmpty(), qPrintable(QString("state %1: %2").arg(number).arg(why)));
                ++recovered;
            }
        }
        std::printf("power loss, %s: %zu calls, %zu flushes, %zu distinct states of the disk, no promise broken in "
                    "any; a new run on %zu of them came to its end\n",
                    QTest::currentDataTag(), outcome.calls, outcome.syncs, outcome.states.size(), recovered);
        std::fflush(stdout);
    }

    /// The power goes again while a run completes what an earlier one left half renamed.
    void goesTwice()
    {
        const Scene scene({"inplace"});
        QVERIFY(scene.ready());
        std::size_t begun = 0;
        std::size_t states = 0;
        for (const Tree& state : lose(scene, {}).states) {
            const bool settled = std::any_of(state.begin(), state.end(), [](const auto& entry) {
                return entry.first.starts_with("in/.ckptscope.partial-") && entry.second.ends_with(std::string("/end\0", 5));
            });
            if (!settled || begun == 12) {
                continue;
            }
            ++begun;
            const Outcome again = lose(scene, {}, &state);
            QVERIFY2(again.broken.isEmpty(), qPrintable(again.broken));
            states += again.states.size();
            const QString why = scene.recover(*again.states.begin());
            QVERIFY2(why.isEmpty(), qPrintable(why));
        }
        QVERIFY(begun >= 3);
        std::printf("power loss, twice in place: %zu half published repairs completed, %zu distinct states of the disk "
                    "while they were, no "
                    "promise broken in any\n",
                    begun, states);
        std::fflush(stdout);
    }

    /// The test can fail: each flush that is left out is noticed.
    void noticesAMissingFlush_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::newRow("plain") << QStringList{};
        QTest::newRow("force") << QStringList{"force"};
        QTest::newRow("convert") << QStringList{"convert"};
    }
    void noticesAMissingFlush()
    {
        QFETCH(QStringList, words);
        const Scene scene(words);
        const std::size_t syncs = lose(scene, {}).syncs;
        QVERIFY(syncs >= 4);
        for (std::size_t n = 1; n <= syncs; ++n) {
            FixSetting setting;
            setting.environment["CKPTSCOPE_TRACE_SKIP"] = QString::number(n);
            const Outcome outcome = lose(scene, setting);
            QVERIFY2(!outcome.broken.isEmpty(), qPrintable(QString("without flush %1 of %2 nothing is wrong").arg(n).arg(syncs)));
        }
        std::printf("power loss, %s: each of %zu flushes was left out once, and each time a broken promise was found\n", QTest::currentDataTag(),
                    syncs);
        std::fflush(stdout);
    }
};

QTEST_GUILESS_MAIN(TestPowerLoss)
#include "tst_powerloss.moc"
