// SPDX-License-Identifier: Apache-2.0
// LABELS: slow
// The power goes on real file systems: a repair on ext4, XFS and btrfs is halted before every few of its changes and
// the disk is copied as it is just then. Each copy is mounted, its journal replayed by the kernel, and must hold the
// source as it was and OUT absent or complete; a new run on it comes to its end. Needs root.
#include "tests/support/fixprocess.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/mount.h"

#include <QTest>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace ckptscope::test;
namespace fs = std::filesystem;

namespace {

using Tree = std::map<std::string, std::string>;

/// Runs a repair that halts before every `step`th change, and calls `halted` each time. Its exit code; -1: it was
/// killed.
template<class Halted>
int runHalting(const std::string& source, const std::string& output, const QStringList& words, int step, Halted halted)
{
    const std::string folder = CKPTSCOPE_TEST_BIN_DIR;
    std::vector<std::string> arguments{folder + "/ckptscope_fixonce", source, output};
    for (const QString& word : words) {
        arguments.push_back(word.toStdString());
    }
    std::vector<char*> pointers;
    for (std::string& argument : arguments) {
        pointers.push_back(argument.data());
    }
    pointers.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        ::setenv("LD_PRELOAD", (folder + "/ckptscope_trace.so").c_str(), 1);
        ::setenv("CKPTSCOPE_TRACE", "/dev/null", 1);
        ::setenv("CKPTSCOPE_TRACE_STOP", std::to_string(step).c_str(), 1);
        ::setenv("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0", 1);
        ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
        ::execv(pointers.front(), pointers.data());
        ::_exit(127);
    }
    int status = 0;
    while (::waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status)) {
        halted();
        ::kill(child, SIGCONT);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

class TestSnapshots : public QObject {
    Q_OBJECT

private slots:
    void powerGoes_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QStringList>("words");
        for (const char* kind : {"ext4", "xfs", "btrfs"}) {
            for (const QStringList& words : {QStringList{}, QStringList{"force"}, QStringList{"inplace"}, QStringList{"convert"}}) {
                QTest::addRow("%s, %s", kind, qPrintable(words.isEmpty() ? QString("plain") : words.join(' '))) << kind << words;
            }
        }
    }
    void powerGoes()
    {
        QFETCH(QString, kind);
        QFETCH(QStringList, words);
        const bool force = words.contains("force");
        const bool inPlace = words.contains("inplace");
        constexpr int Step = 5;
        const TempDir dir;
        GdnFolder what;
        what.layersPerShard = 1;
        what.longElements = 8 * 1024;
        const Tree before = readTree(writeGdnFolder(dir, "in", what));
        QStringList plain = words;
        plain.removeAll("force");
        plain.removeAll("inplace");
        QCOMPARE(runFix(dir.path("in"), dir.path("out"), plain).word, QString("done"));
        Tree after = readTree(dir.path("out"));
        for (const auto& [name, bytes] : before) {
            if (inPlace) {
                after.try_emplace(name, bytes);
            }
        }
        const Tree old{{"old.txt", "old"}};

        // No commit of the kernel's own: what nobody asked it to write is lost.
        const QString options = kind == "xfs" ? QString() : QString("commit=300");
        std::vector<std::string> copies;
        bool done = false;
        {
            const Mount mount(dir, kind.toStdString(), (kind == "ext4" ? 48ULL : 320ULL) << 20U, options);
            if (!mount.why().isEmpty()) {
                QSKIP(qPrintable(mount.why()));
            }
            fs::copy(dir.path("in"), mount.path("in"), fs::copy_options::recursive);
            if (force) {
                fs::create_directory(mount.path("out"));
                fs::copy_file(dir.write("old.txt", "old"), mount.path("out/old.txt"));
            }
            ::sync();
            const auto take = [&] {
                copies.push_back(dir.path("copy-" + std::to_string(copies.size())));
                if (!succeeds("cp", {"--sparse=always", QString::fromStdString(mount.image()), QString::fromStdString(copies.back())})) {
                    qFatal("the disk cannot be copied");
                }
            };
            done = runHalting(mount.path("in"), mount.path("out"), words, Step, take) == 0;
            take(); // the program said that it is done, and nobody has flushed since
        }
        QVERIFY(done);
        QVERIFY(copies.size() >= 5);
        int complete = 0;
        for (const std::string& copy : copies) {
            const bool last = copy == copies.back();
            const Mount mount(dir, copy, kind == "xfs" ? QString("nouuid") : QString(), "lost");
            QVERIFY2(mount.why().isEmpty(), qPrintable(mount.why()));
            const Tree in = readTree(mount.path("in"));
            const bool there = fs::exists(mount.path("out"));
            const Tree out = there ? readTree(mount.path("out")) : Tree{};
            if (inPlace) {
                for (const auto& [name, bytes] : before) {
                    QVERIFY2(in.contains(name) && (in.at(name) == after.at(name) || (!last && in.at(name) == bytes)), (copy + ' ' + name).c_str());
                }
                complete += std::all_of(after.begin(), after.end(), [&](const auto& file) { return in.at(file.first) == file.second; }) ? 1 : 0;
            } else {
                QVERIFY2(in == before, copy.c_str());
                QVERIFY2(!there || out == after || (force && out == old), copy.c_str());
                QVERIFY2(!last || out == after, "it was called done");
                complete += out == after ? 1 : 0;
            }
            const FixProcess next = runFix(mount.path("in"), mount.path("out"), words);
            QVERIFY2(next.exitCode == 0 || (there && out == after && next.word == "fix.output_exists"), qPrintable(next.word));
            QVERIFY2(readTree(mount.path(inPlace ? "in" : "out")) == after, copy.c_str());
            for (const auto& entry : fs::directory_iterator(mount.path(""))) {
                const std::string name = entry.path().filename().string();
                QVERIFY2(name.find(".partial-") == std::string::npos || next.word == "fix.output_exists", name.c_str());
            }
            fs::remove(copy);
        }
        std::printf("power loss on %s, %s: %zu copies of the disk, result complete in %d, not begun or unfinished in "
                    "%zu, source intact in all; a new run completed all\n",
                    qPrintable(kind), qPrintable(words.isEmpty() ? QString("plain") : words.join(' ')), copies.size(), complete,
                    copies.size() - static_cast<std::size_t>(complete));
        std::fflush(stdout);
    }
};

QTEST_GUILESS_MAIN(TestSnapshots)
#include "tst_snapshots.moc"
