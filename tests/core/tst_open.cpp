// SPDX-License-Identifier: Apache-2.0
#include "core/formats/formatreader.h"
#include "core/formats/shardset.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"

#include <QTest>

#include <filesystem>
#include <string>

using namespace ckptscope;
using namespace ckptscope::test;

namespace {

std::string shard(const std::string& tensor)
{
    return SafetensorsFile().metadata("format", "pt").addValue(tensor, "BF16", {4}, 1).bytes();
}

/// Two shards and their index, as transformers writes them.
void writeSharded(const TempDir& dir)
{
    dir.write("m/model-00001-of-00002.safetensors", shard("a"));
    dir.write("m/model-00002-of-00002.safetensors", shard("b"));
    dir.write("m/model.safetensors.index.json",
              indexJson({{"a", "model-00001-of-00002.safetensors"}, {"b", "model-00002-of-00002.safetensors"}}, 16));
    dir.write("m/config.json", R"({"architectures":["LlamaForCausalLM"],"num_hidden_layers":2})");
}

std::string summary(const Result<std::shared_ptr<const Checkpoint>>& opened)
{
    if (!opened) {
        return "!" + std::string(codeInfo(opened.error().code).id);
    }
    std::string text = std::to_string((*opened)->tensors().size()) + " of " + std::to_string((*opened)->shards().size());
    for (const Problem& problem : (*opened)->problems()) {
        if (problem.severity == Severity::Error) {
            text += " " + std::string(codeInfo(problem.what.code).id);
        }
    }
    return text;
}

} // namespace

class TestOpen : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void wholeSetFromAnyPath_data()
    {
        QTest::addColumn<QString>("path");
        for (const char* path :
             {"m", "m/", "m/model.safetensors.index.json", "m/model-00001-of-00002.safetensors", "m/model-00002-of-00002.safetensors"}) {
            QTest::newRow(path) << QString::fromLatin1(path);
        }
    }

    void wholeSetFromAnyPath()
    {
        QFETCH(QString, path);
        const TempDir dir;
        writeSharded(dir);
        const auto opened = openCheckpoint({dir.path() + "/" + path.toStdString()});
        QCOMPARE(summary(opened), std::string("2 of 2"));
        QCOMPARE((*opened)->isFolder(), true);
        QCOMPARE((*opened)->config().architectures, std::vector<std::string>{"LlamaForCausalLM"});
        QCOMPARE((*opened)->shards()[1].file, std::string("model-00002-of-00002.safetensors"));
        QCOMPARE((*opened)->tensors()[1].shard, 1U);
        QCOMPARE(*(*opened)->index()->totalSize, std::uint64_t{16});
    }

    void severalShards()
    {
        const TempDir dir;
        writeSharded(dir);
        QCOMPARE(summary(openCheckpoint({dir.path("m/model-00001-of-00002.safetensors"), dir.path("m/model-00002-of-00002.safetensors")})),
                 std::string("2 of 2"));
        dir.write("n/x.safetensors", shard("c"));
        QCOMPARE(summary(openCheckpoint({dir.path("m/model-00001-of-00002.safetensors"), dir.path("n/x.safetensors")})),
                 std::string("!open.mixed_paths"));
    }

    /// A word that is no path is told as that, not as a path in another folder.
    void oneOfSeveralIsNotThere()
    {
        const TempDir dir;
        writeSharded(dir);
        const auto opened = openCheckpoint({"chekc", dir.path("m")});
        QCOMPARE(summary(opened), std::string("!io.not_found"));
        QCOMPARE(opened.error().file, std::string("chekc"));
    }

    void nested_data()
    {
        QTest::addColumn<QStringList>("files"); ///< beneath the folder that is opened
        QTest::addColumn<QString>("named");     ///< empty: it holds no checkpoint at all
        QTest::newRow("a trainer's folder") << QStringList{"checkpoint-100/model.safetensors", "checkpoint-200/model.safetensors", "runs/x/events"}
                                            << "checkpoint-100, checkpoint-200";
        QTest::newRow("the Hugging Face cache") << QStringList{"blobs/0a1b", "refs/main", "snapshots/0123/model.safetensors"} << "snapshots/0123";
        QTest::newRow("a diffusers pipeline") << QStringList{"model_index.json", "text_encoder/model.safetensors", "vae/x.bin",
                                                             "tokenizer/vocab.json"}
                                              << "text_encoder, vae";
        QTest::newRow("distributed checkpoints") << QStringList{"step_1/.metadata", "step_2/app/.metadata"} << "step_1, step_2/app";
        QTest::newRow("many") << QStringList{"a/x.pt", "b/x.pt", "c/x.pt", "d/x.pt", "e/x.pt", "f/x.pt"} << "a, b, c, d, e ...";
        QTest::newRow("too deep") << QStringList{"a/b/c/d/model.safetensors"} << "";
        QTest::newRow("hidden") << QStringList{".cache/model.safetensors"} << "";
        QTest::newRow("a trainer's own files") << QStringList{"a/optimizer.pt", "a/rng_state_0.pth"} << "";
    }

    void nested()
    {
        QFETCH(QStringList, files);
        QFETCH(QString, named);
        const TempDir dir;
        for (const QString& file : files) {
            std::filesystem::create_directories(std::filesystem::path(dir.path("m/" + file.toStdString())).parent_path());
            dir.write("m/" + file.toStdString(), "x");
        }
        const auto opened = openCheckpoint({dir.path("m")});
        QCOMPARE(summary(opened), std::string(named.isEmpty() ? "!open.no_checkpoint" : "!open.nested"));
        QCOMPARE(opened.error().args, named.isEmpty() ? std::vector<std::string>() : std::vector<std::string>{named.toStdString()});
    }

    void folders_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* what, const char* expected) {
            QTest::newRow(what) << QString::fromLatin1(what) << QString::fromLatin1(expected);
        };
        row("no index", "2 of 2");
        row("missing shard", "1 of 2 index.missing_shard");
        row("all shards missing", "!index.missing_shard");
        row("stray shard", "3 of 3");
        row("truncated shard", "2 of 2 safetensors.truncated");
        row("garbage shard", "1 of 2 safetensors.header_too_large");
        row("lfs shard", "1 of 2 open.lfs_pointer");
        row("index not JSON", "2 of 2 index.unreadable");
        row("index duplicate", "2 of 2 index.duplicate_key");
        row("index climbs out", "2 of 2 index.unsafe_path");
        row("index absolute", "2 of 2 index.unsafe_path");
        row("index backslash", "2 of 2 index.unsafe_path");
        row("index drive", "2 of 2 index.unsafe_path");
        row("index names a .bin", "2 of 2 index.unsafe_path");
        row("weight_map missing", "2 of 2 index.unreadable");
        row("weight_map of numbers", "2 of 2 index.unreadable");
        row("fifo", "2 of 3 io.not_regular");
        row("folder named like a shard", "2 of 3 io.not_regular");
        row("dangling link", "2 of 3 io.dangling_link");
        row("link out of the folder", "2 of 3 io.link_outside");
        row("link inside the folder", "3 of 3");
        row("config broken", "2 of 2");
        row("config a fifo", "2 of 2");
        row("empty folder", "!open.no_checkpoint");
        row("pickle with a shard's name", "1 of 2 safetensors.header_too_large");
    }

    void folders()
    {
        QFETCH(QString, what);
        QFETCH(QString, expected);
        const TempDir dir;
        writeSharded(dir);
        const std::string index = "m/model.safetensors.index.json";
        const std::string second = "m/model-00002-of-00002.safetensors";
        const auto map = [](const std::string& third) {
            return indexJson({{"a", "model-00001-of-00002.safetensors"}, {"b", "model-00002-of-00002.safetensors"}, {"c", third}}, 16);
        };
        if (what == QLatin1String("no index")) {
            dir.remove(index);
        } else if (what == QLatin1String("missing shard")) {
            dir.remove(second);
        } else if (what == QLatin1String("all shards missing")) {
            dir.remove(second);
            dir.remove("m/model-00001-of-00002.safetensors");
        } else if (what == QLatin1String("stray shard")) {
            dir.write("m/extra.safetensors", shard("x"));
        } else if (what == QLatin1String("truncated shard")) {
            const std::string bytes = shard("b");
            dir.truncate(second, bytes.size() - 3);
        } else if (what == QLatin1String("garbage shard")) {
            dir.write(second, std::string(5000, '\xAB'));
        } else if (what == QLatin1String("lfs shard")) {
            dir.write(second, "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 4976698672\n");
        } else if (what == QLatin1String("index not JSON")) {
            dir.write(index, "{\"weight_map\": {\"a\": ");
        } else if (what == QLatin1String("index duplicate")) {
            dir.write(
                index,
                R"({"metadata":{"total_size":16},"weight_map":{"a":"model-00001-of-00002.safetensors","a":"model-00002-of-00002.safetensors"}})");
        } else if (what == QLatin1String("index climbs out")) {
            dir.write("evil.safetensors", shard("c"));
            dir.write(index, map("../evil.safetensors"));
        } else if (what == QLatin1String("index absolute")) {
            dir.write(index, map("/etc/passwd"));
        } else if (what == QLatin1String("index backslash")) {
            dir.write(index, map("..\\evil.safetensors"));
        } else if (what == QLatin1String("index drive")) {
            dir.write(index, map("C:evil.safetensors"));
        } else if (what == QLatin1String("index names a .bin")) {
            dir.write(index, map("pytorch_model.bin"));
        } else if (what == QLatin1String("weight_map missing")) {
            dir.write(index, R"({"metadata":{}})");
        } else if (what == QLatin1String("weight_map of numbers")) {
            dir.write(index, R"({"weight_map":{"a":1}})");
        } else if (what == QLatin1String("fifo")) {
            dir.fifo("m/pipe.safetensors");
        } else if (what == QLatin1String("folder named like a shard")) {
            dir.folder("m/dir.safetensors");
        } else if (what == QLatin1String("dangling link")) {
            dir.symlink("m/gone.safetensors", "nowhere.safetensors");
        } else if (what == QLatin1String("link out of the folder")) {
            dir.write("out.safetensors", shard("c"));
            dir.symlink("m/out.safetensors", "../out.safetensors");
        } else if (what == QLatin1String("link inside the folder")) {
            dir.symlink("m/again.safetensors", "model-00001-of-00002.safetensors");
        } else if (what == QLatin1String("config broken")) {
            dir.write("m/config.json", "{");
        } else if (what == QLatin1String("config a fifo")) {
            dir.remove("m/config.json");
            dir.fifo("m/config.json");
        } else if (what == QLatin1String("empty folder")) {
            dir.remove("m");
            dir.folder("m");
        } else if (what == QLatin1String("pickle with a shard's name")) {
            dir.write(second, "\x80\x04\x95\x10\x10\x10\x10\x10\x10\x10]\x94.");
        }
        const auto opened = openCheckpoint({dir.path("m")});
        QCOMPARE(QString::fromStdString(summary(opened)), expected);
        if (opened && what.startsWith(QLatin1String("config"))) {
            QCOMPARE((*opened)->config().state, ModelConfig::State::Broken);
        }
    }

    void followOutside()
    {
        const TempDir dir;
        writeSharded(dir);
        dir.write("out.safetensors", shard("c"));
        dir.symlink("m/out.safetensors", "../out.safetensors");
        OpenOptions follow;
        follow.followOutside = true;
        QCOMPARE(summary(openCheckpoint({dir.path("m")}, follow)), std::string("3 of 3"));
    }

    void hubCache()
    {
        const TempDir dir;
        dir.write("models--o--n/blobs/0123", shard("a"));
        dir.write("models--o--n/blobs/4567", R"({"architectures":["X"]})");
        dir.symlink("models--o--n/snapshots/rev/model.safetensors", "../../blobs/0123");
        dir.symlink("models--o--n/snapshots/rev/config.json", "../../blobs/4567");
        const auto opened = openCheckpoint({dir.path("models--o--n/snapshots/rev")});
        QCOMPARE(summary(opened), std::string("1 of 1"));
        QCOMPARE((*opened)->config().architectures, std::vector<std::string>{"X"});
    }

    void singleFiles_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("expected");
        QTest::newRow("empty") << QByteArray() << "!open.empty_file";
        QTest::newRow("zeros") << QByteArray(5000, '\0') << "!open.all_zeros";
        QTest::newRow("lfs pointer") << QByteArray("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n") << "!open.lfs_pointer";
        QTest::newRow("web page") << QByteArray("<!DOCTYPE html><html></html>") << "!open.web_page";
        QTest::newRow("error answer") << QByteArray("{\"error\":\"Repository not found\"}") << "!open.web_page";
        QTest::newRow("gzip") << QByteArray("\x1f\x8b\x08\0\0\0\0\0\0\x03xyz", 13) << "!open.unsupported";
        QTest::newRow("7z") << QByteArray("\x37\x7A\xBC\xAF\x27\x1C\0\x04", 8) << "!open.unsupported";
        QTest::newRow("anything") << QByteArray("hello world, this is text") << "!open.unknown_format";
        // A header length that spells gzip's magic is still a safetensors.
        const std::string header = "{" + std::string(0x8B1F - 2, ' ') + "}";
        QTest::newRow("length 1f 8b") << QByteArray::fromStdString(rawSafetensors(header)) << "0 of 1";
    }

    void singleFiles()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, expected);
        const TempDir dir;
        const auto opened = openCheckpoint({dir.write("file.dat", {bytes.data(), static_cast<std::size_t>(bytes.size())})});
        QCOMPARE(QString::fromStdString(summary(opened)), expected);
    }

    void pathsThatAreNoFile()
    {
        const TempDir dir;
        QCOMPARE(summary(openCheckpoint({dir.path("none")})), std::string("!io.not_found"));
        QCOMPARE(summary(openCheckpoint({dir.fifo("pipe")})), std::string("!io.not_regular"));
        QCOMPARE(summary(openCheckpoint({dir.symlink("link", "none")})), std::string("!io.dangling_link"));
        QCOMPARE(summary(openCheckpoint({"/dev/null"})), std::string("!io.not_regular"));
        QCOMPARE(summary(openCheckpoint({})), std::string("!usage"));
    }

    void singleFileBesideOthers()
    {
        const TempDir dir;
        dir.write("m/a.safetensors", shard("a"));
        dir.write("m/b.safetensors", shard("b"));
        dir.write("m/pytorch_model.bin", "x");
        const auto opened = openCheckpoint({dir.path("m/a.safetensors")});
        QCOMPARE(summary(opened), std::string("1 of 1"));
        QCOMPARE((*opened)->isFolder(), false);
        QCOMPARE((*opened)->neighbours().size(), std::size_t{2});
        QCOMPARE((*opened)->neighbours()[1].kind, Neighbour::Kind::OtherWeights);
    }

    void nestedArchitectures()
    {
        const auto config = ModelConfig::parse(R"({"text_config":{"architectures":["T"],"hidden_size":64},"x":[1,{"y":null}]})", "config.json");
        QCOMPARE(config.state, ModelConfig::State::Ok);
        QCOMPARE(config.architectures, std::vector<std::string>{"T"});
        QCOMPARE(config.architecturesFrom, std::string("text_config.architectures"));
        QCOMPARE(config.dimension("hidden_size").value_or(0), std::int64_t{64});
        QVERIFY(config.find("x.1.y") != nullptr);
    }

    void architecturesAsNeMoReadsThem_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("count");
        QTest::newRow("plain string") << R"({"architectures":"Qwen3NextForCausalLM"})" << 0;
        QTest::newRow("null") << R"({"architectures":null})" << 0;
        QTest::newRow("empty") << R"({"architectures":[]})" << 0;
        QTest::newRow("missing") << R"({})" << 0;
        QTest::newRow("two") << R"({"architectures":["A","B"]})" << 2;
    }

    void architecturesAsNeMoReadsThem()
    {
        QFETCH(QString, text);
        QFETCH(int, count);
        QCOMPARE(static_cast<int>(ModelConfig::parse(text.toStdString(), "c").architectures.size()), count);
    }

    void brokenConfigs_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("list") << QByteArray("[]");
        QTest::newRow("cut") << QByteArray("{\"a\":");
        QTest::newRow("two") << QByteArray("{}{}");
        QTest::newRow("deep") << QByteArray("{\"a\":") + QByteArray(100'000, '[');
        QTest::newRow("bad UTF-8") << QByteArray("{\"a\":\"\xff\"}");
    }

    void brokenConfigs()
    {
        QFETCH(QByteArray, text);
        QCOMPARE(ModelConfig::parse(text.toStdString(), "c").state, ModelConfig::State::Broken);
    }

    void cancelled()
    {
        const TempDir dir;
        writeSharded(dir);
        std::stop_source stop;
        stop.request_stop();
        JobContext job;
        job.stop = stop.get_token();
        QCOMPARE(summary(openCheckpoint({dir.path("m")}, {}, job)), std::string("!cancelled"));
    }
};

QTEST_APPLESS_MAIN(TestOpen)
#include "tst_open.moc"
