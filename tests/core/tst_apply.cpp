// SPDX-License-Identifier: Apache-2.0
#include "core/fix/apply.h"
#include "core/formats/formatreader.h"
#include "core/io/output.h"
#include "tests/support/fixreport.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/safetensorsfile.h"

#include <QCryptographicHash>
#include <QTest>

#include <algorithm>
#include <atomic>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace ckptscope;
using namespace ckptscope::test;
namespace fs = std::filesystem;

namespace {

FixOptions into(const std::string& output)
{
    FixOptions options;
    options.output = output;
    return options;
}

Result<Receipt> fix(const std::string& path, const FixOptions& options, const JobContext& job = {})
{
    const auto checkpoint = openOrDie(path);
    const auto plan = planFix(*checkpoint, fp32Report(*checkpoint), options, job);
    if (!plan) {
        return plan.error();
    }
    return applyPlan(*checkpoint, *plan, job);
}

std::string headerOf(const std::string& file)
{
    std::uint64_t length = 0;
    for (unsigned i = 0; i < 8; ++i) {
        length |= std::uint64_t{static_cast<unsigned char>(file[i])} << (8 * i);
    }
    return file.substr(8, length);
}

/// Keys of a header's top level as they stand there, by a search for their quotes in front of ":{".
std::vector<std::string> keyOrder(const std::string& header)
{
    std::vector<std::string> keys;
    for (std::size_t at = header.find("\":{"); at != std::string::npos; at = header.find("\":{", at + 1)) {
        const std::size_t start = header.rfind('"', at - 1);
        keys.push_back(header.substr(start + 1, at - start - 1));
    }
    return keys;
}

QByteArray sha256(const std::string& bytes)
{
    return QCryptographicHash::hash(QByteArray::fromStdString(bytes), QCryptographicHash::Sha256).toHex();
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

#define VERIFY_OK(result) QVERIFY2((result).has_value(), (result).has_value() ? "" : codeInfo((result).error().code).id.data())

} // namespace

class TestApply : public QObject {
    Q_OBJECT

private slots:
    void repairsAFolder_data()
    {
        QTest::addColumn<int>("link");
        QTest::addColumn<bool>("full");
        QTest::addColumn<unsigned>("threads");
        QTest::addColumn<quint64>("memory");
        QTest::newRow("as usual") << static_cast<int>(LinkChoice::Auto) << false << 0U << quint64{64U << 20U};
        QTest::newRow("copies") << static_cast<int>(LinkChoice::Copy) << false << 1U << quint64{64U << 20U};
        QTest::newRow("full verification") << static_cast<int>(LinkChoice::Auto) << true << 2U << quint64{64U << 20U};
        QTest::newRow("hard links") << static_cast<int>(LinkChoice::Hard) << false << 2U << quint64{64U << 20U};
        QTest::newRow("tiny buffers") << static_cast<int>(LinkChoice::Auto) << false << 3U << quint64{1};
    }
    void repairsAFolder()
    {
        QFETCH(int, link);
        QFETCH(bool, full);
        QFETCH(unsigned, threads);
        QFETCH(quint64, memory);
        const TempDir dir;
        const std::string source = writeGdnFolder(dir, "in");
        const auto before = readTree(source);
        FixOptions options = into(dir.path("out"));
        options.link = static_cast<LinkChoice>(link);
        options.verify = full ? VerifyChoice::Full : VerifyChoice::Edited;
        JobContext job;
        job.threads = threads;
        job.maxMemory = memory;
        const auto receipt = fix(source, options, job);
        VERIFY_OK(receipt);
        QCOMPARE(readTree(source), before);
        QVERIFY(partials(dir).empty());

        const auto after = readTree(dir.path("out"));
        std::vector<std::string> names;
        for (const auto& [name, bytes] : after) {
            names.push_back(name);
        }
        QCOMPARE(
            names,
            (std::vector<std::string>{"assets/chat.jinja", "config.json", "model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
                                      "model-00003-of-00003.safetensors", "model.safetensors.index.json", "modeling_custom.py", "tokenizer.json"}));
        for (const char* name : {"assets/chat.jinja", "config.json", "model-00003-of-00003.safetensors", "modeling_custom.py", "tokenizer.json"}) {
            QCOMPARE(after.at(name), before.at(name));
        }
        QCOMPARE(receipt->leftOut, (std::vector<std::string>{".git/", "pytorch_model.bin"}));

        // tensor by tensor, byte by byte
        const auto old = readTensors(*openOrDie(source));
        const auto reopened = openOrDie(dir.path("out"));
        QVERIFY(reopened->problems().empty());
        const auto now = readTensors(*reopened);
        QCOMPARE(now.size(), old.size());
        std::uint64_t untouched = 0;
        for (const auto& [key, value] : old) {
            const bool tracked = key.ends_with("A_log") || key.ends_with("dt_bias");
            QCOMPARE(now.at(key).first, tracked ? std::string("F32") : value.first);
            QVERIFY(now.at(key).second == (tracked ? widenBf16(value.second) : value.second));
            untouched += tracked ? 0 : value.second.size();
        }
        // header order and metadata
        for (const char* name : {"model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors"}) {
            QCOMPARE(keyOrder(headerOf(after.at(name))), keyOrder(headerOf(before.at(name))));
            QVERIFY(headerOf(after.at(name)).find("\"__metadata__\":{\"format\":\"pt\"}") != std::string::npos);
        }
        // the index: only total_size changes
        std::string index = before.at("model.safetensors.index.json");
        std::uint64_t total = 0;
        for (const auto& [key, value] : now) {
            total += value.second.size();
        }
        QVERIFY(after.at("model.safetensors.index.json").find(std::to_string(total)) != std::string::npos);
        QVERIFY(after.at("model.safetensors.index.json") != index);
        const auto cut = [](std::string text) { return text.substr(text.find("weight_map")); };
        QCOMPARE(cut(after.at("model.safetensors.index.json")), cut(index));

        // the receipt
        QCOMPARE(receipt->edits.size(), std::size_t{8});
        for (const ReceiptEdit& edit : receipt->edits) {
            QCOMPARE(QByteArray::fromStdString(edit.sha256Before), sha256(old.at(edit.tensor).second));
            QCOMPARE(QByteArray::fromStdString(edit.sha256After), sha256(now.at(edit.tensor).second));
            QCOMPARE(edit.source, std::string("widened"));
        }
        QCOMPARE(receipt->untouchedTensors, std::uint64_t{old.size() - 8});
        QCOMPARE(receipt->untouchedBytes, untouched);
        std::uint64_t outputBytes = 0;
        for (const auto& [name, bytes] : after) {
            outputBytes += bytes.size();
        }
        QCOMPARE(receipt->copiedBytes + receipt->clonedBytes, outputBytes);
        QCOMPARE(full ? outputBytes : receipt->copiedBytes,
                 receipt->comparedBytes + (full && link == static_cast<int>(LinkChoice::Hard) ? receipt->clonedBytes : 0));
        QCOMPARE(receipt->findingsLeft, std::uint64_t{0});

        // nothing is left to do
        const auto again = fix(dir.path("out"), into(dir.path("out2")));
        VERIFY_OK(again);
        QVERIFY(again->output.empty());
        QVERIFY(!dir.exists("out2"));

        if (link == static_cast<int>(LinkChoice::Hard)) {
            struct stat a { };
            struct stat b { };
            QCOMPARE(::stat((source + "/model-00003-of-00003.safetensors").c_str(), &a), 0);
            QCOMPARE(::stat(dir.path("out/model-00003-of-00003.safetensors").c_str(), &b), 0);
            QCOMPARE(a.st_ino, b.st_ino);
            QCOMPARE(::stat((source + "/config.json").c_str(), &a), 0); // small files stay their own
            QCOMPARE(::stat(dir.path("out/config.json").c_str(), &b), 0);
            QVERIFY(a.st_ino != b.st_ino);
        }
    }

    void sameBytesTwice()
    {
        const TempDir dir;
        const std::string source = writeGdnFolder(dir, "in");
        JobContext one;
        one.threads = 1;
        VERIFY_OK(fix(source, into(dir.path("a")), one));
        FixOptions copies = into(dir.path("b"));
        copies.link = LinkChoice::Copy;
        VERIFY_OK(fix(source, copies));
        QCOMPARE(readTree(dir.path("a")), readTree(dir.path("b")));
    }

    void singleFile()
    {
        const TempDir dir;
        SafetensorsFile file;
        file.addValue("x.linear_attn.A_log", "BF16", {4}, 1.5)
            .addValue("x.weight", "BF16", {3, 3}, 2)
            .addValue("x.linear_attn.dt_bias", "F16", {4}, 0.5);
        file.write(dir.path("m.safetensors"));
        const auto receipt = fix(dir.path("m.safetensors"), into(dir.path("fixed.safetensors")));
        VERIFY_OK(receipt);
        const auto out = readTensors(*openOrDie(dir.path("fixed.safetensors")));
        QCOMPARE(out.at("x.linear_attn.A_log").first, std::string("F32"));
        QVERIFY(out.at("x.linear_attn.A_log").second == std::string("\0\0\xC0\x3F\0\0\xC0\x3F\0\0\xC0\x3F\0\0\xC0\x3F", 16));
        QVERIFY(out.at("x.linear_attn.dt_bias").second == std::string("\0\0\0\x3F\0\0\0\x3F\0\0\0\x3F\0\0\0\x3F", 16));
        QCOMPARE(dir.list(), (std::vector<std::string>{"fixed.safetensors", "m.safetensors"}));
        // once more: exists, then by force
        QCOMPARE(fix(dir.path("m.safetensors"), into(dir.path("fixed.safetensors"))).error().code, Code::FixOutputExists);
        dir.write("fixed.safetensors", "old");
        FixOptions force = into(dir.path("fixed.safetensors"));
        force.force = true;
        VERIFY_OK(fix(dir.path("m.safetensors"), force));
        QVERIFY(dir.read("fixed.safetensors").size() > 3);
        QCOMPARE(dir.list().size(), std::size_t{2});
    }

    void forceSwapsTheFolder()
    {
        const TempDir dir;
        const std::string source = writeGdnFolder(dir, "in");
        dir.write("out/older.txt", "x");
        QCOMPARE(fix(source, into(dir.path("out"))).error().code, Code::FixOutputExists);
        QCOMPARE(dir.read("out/older.txt"), std::string("x"));
        FixOptions force = into(dir.path("out"));
        force.force = true;
        VERIFY_OK(fix(source, force));
        QVERIFY(!dir.exists("out/older.txt"));
        QVERIFY(dir.exists("out/config.json"));
        QVERIFY(partials(dir).empty());
        // a folder is not replaced by a file's run, nor a file by a folder's
        dir.write("file", "x");
        force.output = dir.path("file");
        QCOMPARE(fix(source, force).error().code, Code::FixOutputExists);
    }

    void refusesPlaces_data()
    {
        QTest::addColumn<QString>("output");
        QTest::addColumn<int>("code");
        QTest::newRow("the source") << "in" << static_cast<int>(Code::FixOutputIsSource);
        QTest::newRow("the source, oddly spelled") << "in/../in/./" << static_cast<int>(Code::FixOutputIsSource);
        QTest::newRow("the source by a link") << "alias" << static_cast<int>(Code::FixOutputIsSource);
        QTest::newRow("inside") << "in/out" << static_cast<int>(Code::FixOutputInside);
        QTest::newRow("inside by a link") << "alias/out" << static_cast<int>(Code::FixOutputInside);
        QTest::newRow("holds it") << "." << static_cast<int>(Code::FixOutputInside);
        QTest::newRow("holds what a shard points to") << "elsewhere" << static_cast<int>(Code::FixOutputInside);
        QTest::newRow("no parent") << "nowhere/out" << static_cast<int>(Code::FixOutputParent);
        QTest::newRow("parent is a file") << "in/config.json/out" << static_cast<int>(Code::FixOutputInside);
        QTest::newRow("exists") << "there" << static_cast<int>(Code::FixOutputExists);
    }
    void refusesPlaces()
    {
        QFETCH(QString, output);
        QFETCH(int, code);
        const TempDir dir;
        const std::string source = writeGdnFolder(dir, "in");
        dir.symlink("alias", "in");
        dir.folder("there");
        fs::create_directory(dir.path("elsewhere"));
        fs::rename(dir.path("in/model-00001-of-00003.safetensors"), dir.path("elsewhere/blob"));
        dir.symlink("in/model-00001-of-00003.safetensors", "../elsewhere/blob");
        const auto opened = openCheckpoint({source}, OpenOptions{true});
        QVERIFY(opened.has_value());
        FixOptions options = into(dir.path(output.toStdString()));
        options.force = output != "there";
        const auto plan = planFix(**opened, fp32Report(**opened), options);
        QVERIFY(!plan.has_value());
        if (output == "in/config.json/out") { // either is a good answer
            QVERIFY(plan.error().code == Code::FixOutputInside || plan.error().code == Code::FixOutputParent);
        } else {
            QCOMPARE(static_cast<int>(plan.error().code), code);
        }
    }

    void followsSymlinkedShards()
    {
        const TempDir dir;
        const std::string source = writeGdnFolder(dir, "models--x/snapshots/rev");
        // the Hugging Face cache: every file is a link into blobs/
        fs::create_directories(dir.path("models--x/blobs"));
        unsigned n = 0;
        for (const std::string& name : dir.list("models--x/snapshots/rev")) {
            const std::string path = dir.path("models--x/snapshots/rev/" + name);
            if (fs::is_regular_file(path)) {
                const std::string blob = "blob" + std::to_string(n++);
                fs::rename(path, dir.path("models--x/blobs/" + blob));
                fs::create_symlink("../../blobs/" + blob, path);
            }
        }
        VERIFY_OK(fix(source, into(dir.path("out"))));
        for (const auto& entry : fs::recursive_directory_iterator(dir.path("out"))) {
            QVERIFY(!entry.is_symlink());
        }
        QVERIFY(fs::is_symlink(source + "/config.json"));
    }

    void readOnlySource()
    {
        const TempDir dir;
        const std::string source = writeGdnFolder(dir, "in");
        for (const auto& entry : fs::recursive_directory_iterator(source)) {
            if (entry.is_regular_file()) {
                fs::permissions(entry.path(), fs::perms::owner_read | fs::perms::group_read);
            }
        }
        fs::permissions(source, fs::perms::owner_read | fs::perms::owner_exec);
        const auto receipt = fix(source, into(dir.path("out")));
        fs::permissions(source, fs::perms::owner_all);
        VERIFY_OK(receipt);
        struct stat status { };
        QCOMPARE(::stat(dir.path("out/model-00001-of-00003.safetensors").c_str(), &status), 0);
        const mode_t mask = ::umask(0);
        ::umask(mask);
        QCOMPARE(status.st_mode & 0777U, (0640U | 0600U) & ~mask); // the source's bits less the umask, and the owner can always write
    }

    void sourceChangedMeanwhile_data()
    {
        QTest::addColumn<int>("when");
        QTest::newRow("after the plan") << 0;
        QTest::newRow("while copying") << 1;
    }
    void sourceChangedMeanwhile()
    {
        QFETCH(int, when);
        const TempDir dir;
        const std::string source = writeGdnFolder(dir, "in");
        const auto checkpoint = openOrDie(source);
        const auto plan = planFix(*checkpoint, fp32Report(*checkpoint), into(dir.path("out")));
        VERIFY_OK(plan);
        const auto touch = [&] { dir.patch("in/model-00002-of-00003.safetensors", 5000, "changed"); };
        std::atomic<bool> once{false};
        JobContext job;
        job.report = [&](const Progress& progress) {
            if (when == 1 && progress.done > progress.total / 2 && !once.exchange(true)) {
                touch();
            }
        };
        if (when == 0) {
            touch();
        }
        const auto receipt = applyPlan(*checkpoint, *plan, job);
        QVERIFY(!receipt.has_value());
        QCOMPARE(receipt.error().code, Code::FileChanged);
        QVERIFY(!dir.exists("out"));
        QVERIFY(partials(dir).empty());
    }

    void sourceTruncatedWhileCopying()
    {
        const TempDir dir;
        GdnFolder what;
        what.longElements = 1U << 20U;
        const std::string source = writeGdnFolder(dir, "in", what);
        std::atomic<bool> once{false};
        JobContext job;
        job.threads = 1;
        job.report = [&](const Progress& progress) {
            if (progress.phase == Phase::Copying && !once.exchange(true)) {
                dir.truncate("in/model-00002-of-00003.safetensors", 100'000);
            }
        };
        const auto receipt = fix(source, into(dir.path("out")), job);
        QVERIFY(!receipt.has_value());
        QVERIFY(receipt.error().code == Code::FileChanged || receipt.error().code == Code::FileShrank);
        QVERIFY(!dir.exists("out"));
        QVERIFY(partials(dir).empty());
    }

    void cancels_data()
    {
        QTest::addColumn<int>("permille");
        for (const int permille : {0, 1, 300, 700, 999}) {
            QTest::addRow("at %d", permille) << permille;
        }
    }
    void cancels()
    {
        QFETCH(int, permille);
        const TempDir dir;
        const std::string source = writeGdnFolder(dir, "in");
        const auto before = readTree(source);
        std::stop_source stop;
        JobContext job;
        job.stop = stop.get_token();
        job.report = [&](const Progress& progress) {
            if ((progress.phase == Phase::Copying || progress.phase == Phase::Casting)
                && progress.done * 1000 >= progress.total * static_cast<std::uint64_t>(permille)) {
                stop.request_stop();
            }
        };
        const auto receipt = fix(source, into(dir.path("out")), job);
        QVERIFY(!receipt.has_value());
        QCOMPARE(receipt.error().code, Code::Cancelled);
        QCOMPARE(dir.list(), std::vector<std::string>{"in"});
        QCOMPARE(readTree(source), before);
    }

    void leftoversOfDeadRuns()
    {
        const TempDir dir;
        const std::string source = writeGdnFolder(dir, "in");
        dir.write("out.partial-0123abcd/model.safetensors", "dead");
        dir.write("out.partial-00000001", "dead, a file");
        dir.write("out.partial-deadbeef/x", "alive");
        dir.write("out.partial-notours/x", "somebody else's");
        dir.write("other.partial-0123abcd/x", "of another output");
        const int alive = ::open(dir.path("out.partial-deadbeef").c_str(), O_RDONLY | O_DIRECTORY);
        QVERIFY(alive >= 0);
        QCOMPARE(::flock(alive, LOCK_EX | LOCK_NB), 0);
        VERIFY_OK(fix(source, into(dir.path("out"))));
        QCOMPARE(dir.list(), (std::vector<std::string>{"in", "other.partial-0123abcd", "out", "out.partial-deadbeef", "out.partial-notours"}));
        ::close(alive);
    }

    void twoRunsOfOneOutput()
    {
        const TempDir dir;
        const std::string source = writeGdnFolder(dir, "in");
        const auto checkpoint = openOrDie(source);
        const auto report = fp32Report(*checkpoint);
        const auto first = planFix(*checkpoint, report, into(dir.path("out")));
        const auto second = planFix(*checkpoint, report, into(dir.path("out")));
        VERIFY_OK(first);
        VERIFY_OK(second);
        std::atomic<bool> once{false};
        std::optional<Result<Receipt>> inner;
        JobContext job;
        job.report = [&](const Progress& progress) {
            if (progress.done > progress.total / 2 && !once.exchange(true)) {
                inner.emplace(applyPlan(*checkpoint, *second)); // a whole other run, in the midst of this one
            }
        };
        const auto outer = applyPlan(*checkpoint, *first, job);
        QVERIFY(inner && inner->has_value());
        QVERIFY(!outer.has_value());
        QCOMPARE(outer.error().code, Code::FixOutputExists);
        QCOMPARE(dir.list(), (std::vector<std::string>{"in", "out"}));
        QCOMPARE(openOrDie(dir.path("out"))->problems().size(), std::size_t{0});
    }

    void inPlace()
    {
        const TempDir dir;
        const std::string source = writeGdnFolder(dir, "in");
        const auto before = readTree(source);
        VERIFY_OK(fix(source, into(dir.path("out"))));
        FixOptions options;
        options.inPlace = true;
        VERIFY_OK(fix(source, options));
        auto want = readTree(dir.path("out"));
        want[".git/HEAD"] = before.at(".git/HEAD");
        want["pytorch_model.bin"] = before.at("pytorch_model.bin");
        QCOMPARE(readTree(source), want);
        const auto again = fix(source, options);
        VERIFY_OK(again);
        QVERIFY(again->output.empty());
    }

    /// Stopped at any point after all new files are there and listed: the next run brings it to its end.
    void inPlaceIsCompleted_data()
    {
        QTest::addColumn<unsigned>("renamed");
        QTest::addColumn<bool>("torn");
        for (unsigned i = 0; i <= 3; ++i) {
            QTest::addRow("%u renamed", i) << i << false;
        }
        QTest::newRow("journal torn") << 0U << true;
    }
    void inPlaceIsCompleted()
    {
        QFETCH(unsigned, renamed);
        QFETCH(bool, torn);
        const TempDir dir;
        const std::string source = writeGdnFolder(dir, "in");
        VERIFY_OK(fix(source, into(dir.path("out"))));
        const std::vector<std::string> names{"model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model.safetensors.index.json"};
        std::string journal = std::string("ckptscope.in-place/1") + '\0';
        for (std::size_t i = 0; i < names.size(); ++i) {
            fs::copy(dir.path("out/" + names[i]), source + '/' + names[i] + (i < renamed ? "" : ".partial-00000abc"),
                     fs::copy_options::overwrite_existing);
            journal += names[i] + '\0';
        }
        journal += std::string("/end") + '\0';
        if (torn) {
            journal.resize(journal.size() - 3);
        }
        dir.write("in/.ckptscope.partial-00000abc", journal);
        const auto done = completeInPlace(source);
        VERIFY_OK(done);
        QVERIFY(*done);
        const auto now = readTree(source);
        for (const auto& [name, bytes] : now) {
            QVERIFY2(name.find(".partial-") == std::string::npos, name.c_str());
        }
        if (torn) {
            QCOMPARE(readTensors(*openOrDie(source)).at("model.layers.0.linear_attn.A_log").first, std::string("BF16"));
        } else {
            for (const std::string& name : names) {
                QVERIFY(now.at(name) == dir.read("out/" + name));
            }
        }
        QVERIFY(!*completeInPlace(source));
    }

    void inPlaceSingleFile()
    {
        const TempDir dir;
        SafetensorsFile file;
        file.addValue("x.linear_attn.A_log", "BF16", {4}, 1.5).addValue("x.weight", "BF16", {3, 3}, 2);
        file.write(dir.path("m.safetensors"));
        FixOptions options;
        options.inPlace = true;
        VERIFY_OK(fix(dir.path("m.safetensors"), options));
        QCOMPARE(readTensors(*openOrDie(dir.path("m.safetensors"))).at("x.linear_attn.A_log").first, std::string("F32"));
        QCOMPARE(dir.list(), std::vector<std::string>{"m.safetensors"});
    }

    void wholeModelCast()
    {
        const TempDir dir;
        const std::string source = writeGdnFolder(dir, "in");
        FixOptions options = into(dir.path("out"));
        options.casts = {{"*", DType::F32}};
        const auto receipt = fix(source, options);
        VERIFY_OK(receipt);
        const auto old = readTensors(*openOrDie(source));
        const auto now = readTensors(*openOrDie(dir.path("out")));
        for (const auto& [key, value] : old) {
            QCOMPARE(now.at(key).first, std::string("F32"));
            QVERIFY(now.at(key).second == widenBf16(value.second));
        }
        QCOMPARE(dir.read("out/config.json"),
                 std::string("{\n  \"architectures\": [\n    \"Qwen3NextForCausalLM\"\n  ],\n  \"dtype\": \"float32\",\n  \"hidden_size\": 64\n}\n"));
        QCOMPARE(receipt->untouchedTensors, std::uint64_t{0});
    }

    void unknownDeviceFallsBack()
    {
        const TempDir dir;
        const std::string source = writeGdnFolder(dir, "in");
        FixOptions options = into(dir.path("out"));
        options.device = "cuda:63";
        const auto receipt = fix(source, options);
        VERIFY_OK(receipt);
        QCOMPARE(receipt->device, std::string("cpu"));
        QVERIFY(!receipt->fallback.empty());
    }

    void noOutputNoRun()
    {
        const TempDir dir;
        const std::string source = writeGdnFolder(dir, "in");
        const auto checkpoint = openOrDie(source);
        const auto plan = planFix(*checkpoint, fp32Report(*checkpoint), {});
        VERIFY_OK(plan); // to be looked at
        QCOMPARE(plan->edits.size(), std::size_t{8});
        QCOMPARE(applyPlan(*checkpoint, *plan).error().code, Code::UsageError);
    }
};

QTEST_GUILESS_MAIN(TestApply)
#include "tst_apply.moc"
