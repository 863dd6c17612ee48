// SPDX-License-Identifier: Apache-2.0
// Distributed checkpoints: a .metadata that CPython wrote, chunks that are missing, doubled or elsewhere, and the Hugging Face flavour.
#include "core/formats/dcpmetadata.h"
#include "core/formats/formatreader.h"
#include "core/report/messages.h"
#include "tests/support/golden.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"
#include "tests/support/zipfile.h"

#include <QTest>

#include <algorithm>

using namespace ckptscope;
using namespace ckptscope::test;
using namespace std::string_literals;

namespace {

std::string codesOf(const Result<std::shared_ptr<const Checkpoint>>& opened)
{
    if (!opened) {
        return "refused: " + std::string(codeInfo(opened.error().code).id);
    }
    std::vector<std::string> codes;
    for (const auto& problem : (*opened)->problems()) {
        codes.emplace_back(codeInfo(problem.what.code).id);
    }
    std::sort(codes.begin(), codes.end());
    codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
    std::string out;
    for (const auto& code : codes) {
        out += (out.empty() ? "" : " ") + code;
    }
    return out;
}

std::string text(const std::string& s)
{
    return "X"s + static_cast<char>(s.size()) + "\0\0\0"s + s;
}

/// A torch.save archive of exactly `bytes` bytes.
std::string item(const std::string& pickle, const std::string& data, std::size_t bytes, const std::string& byteOrder = {}, bool deflated = false)
{
    const auto build = [&](std::size_t comment) {
        ZipFile zip;
        zip.add("archive/data.pkl", pickle).add("archive/version", "3\n");
        if (!byteOrder.empty()) {
            zip.add("archive/byteorder", byteOrder);
        }
        if (!data.empty()) {
            ZipFile::Entry entry;
            entry.name = "archive/data/0";
            entry.data = data;
            if (deflated) { // one stored block
                entry.bytes = data.size();
                entry.crc = ZipFile::crc32(data);
                entry.method = 8;
                const auto size = static_cast<char>(data.size());
                entry.data = std::string{1, size, 0, static_cast<char>(~size), '\xff'} + data;
            }
            zip.add(std::move(entry));
        }
        return zip.comment(std::string(comment, '-')).bytes();
    };
    return build(bytes - build(0).size());
}

/// A BF16 tensor of two by two, or other sizes of one digit.
std::string tensorPickle(const std::string& storage = "BFloat16Storage", char rows = 2)
{
    return "\x80\x02"
           "ctorch._utils\n_rebuild_tensor_v2\n(("s
        + text("storage") + "ctorch\n" + storage + "\n" + text("0") + text("cpu") + "K\4tQK\0K"s + rows
        + "K\2\x86K\2K\1\x86\x89"
          "ccollections\nOrderedDict\n)RtR."s;
}

const std::string Rows01 = "\1\0\2\0\3\0\4\0"s;
const std::string Rows23 = "\5\0\6\0\7\0\x08\0"s;

void writeGolden(const TempDir& dir)
{
    dir.write("d/.metadata", goldenDcpMetadata());
    dir.write("d/__0_0.distcp", item(tensorPickle(), Rows01, 1234) + item("\x80\x02K\7.", "", 900));
    dir.write("d/__1_0.distcp", item(tensorPickle(), Rows23, 1234));
}

const TensorInfo* only(const Result<std::shared_ptr<const Checkpoint>>& opened)
{
    return opened && (*opened)->tensors().size() == 1 ? (*opened)->tensors().data() : nullptr;
}

} // namespace

class DcpTest : public QObject {
    Q_OBJECT
private slots:
    void golden()
    {
        const TempDir dir;
        writeGolden(dir);
        const auto opened = openCheckpoint({dir.path("d")});
        QVERIFY2(opened, opened ? "" : errorText(opened.error()).c_str());
        QCOMPARE(QString::fromStdString(codesOf(opened)), "dcp.path");
        QCOMPARE((*opened)->format(), "dcp");
        const auto* tensor = only(opened);
        QVERIFY(tensor != nullptr && tensor->readable());
        QCOMPARE(tensor->key, "w");
        QCOMPARE(tensor->dtype, DType::BF16);
        QCOMPARE(std::vector(tensor->shape.begin(), tensor->shape.end()), (std::vector<std::uint64_t>{4, 2}));
        const auto& chunks = std::get<Chunks>(*tensor->extra->layout).chunks;
        QCOMPARE(chunks.size(), std::size_t{2});
        for (std::size_t i = 0; i < 2; ++i) {
            const auto& shard = (*opened)->shards().at(chunks[i].shard);
            QCOMPARE(shard.file, i == 0 ? "__0_0.distcp" : "__1_0.distcp");
            QCOMPARE(chunks[i].start, (std::vector<std::uint64_t>{2 * i, 0}));
            QCOMPARE(chunks[i].shape, (std::vector<std::uint64_t>{2, 2}));
            QCOMPARE(dir.read("d/" + shard.file).substr(chunks[i].bytes.offset, chunks[i].bytes.length), i == 0 ? Rows01 : Rows23);
        }
        // CPython 3.11's getattr(enum, member) is no danger, and nothing else here is one.
        QVERIFY(std::all_of((*opened)->globals().begin(), (*opened)->globals().end(),
                            [](const auto& g) { return g.grade == PickleGlobal::Grade::Known; }));
        const auto& metadata = (*opened)->metadata();
        QVERIFY(std::any_of(metadata.begin(), metadata.end(),
                            [](const auto& m) { return m.key == "step" && m.value == MetadataValue(std::int64_t{7}); }));
    }

    void truncations()
    {
        const TempDir dir;
        writeGolden(dir);
        for (auto size = goldenDcpMetadata().size(); size-- > 0;) {
            dir.truncate("d/.metadata", size);
            const auto opened = openCheckpoint({dir.path("d")});
            QVERIFY2(!opened || (*opened)->damaged(), std::to_string(size).c_str());
        }
    }

    void damagedFolders_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("codes");
        QTest::addColumn<bool>("readable");
        const auto row = [](const char* what, const char* codes, bool readable) { QTest::newRow(what) << what << codes << readable; };
        row("file is missing", "dcp.missing_file dcp.path", false);
        row("file is cut short", "dcp.beyond_end dcp.path", false);
        row("file is longer", "dcp.path dcp.trailing_bytes", true);
        row("path out of the folder", "dcp.path dcp.stray_file dcp.unsafe_path", false);
        row("link out of the folder", "dcp.missing_file dcp.path io.link_outside", false);
        row("chunk is not an archive", "dcp.item dcp.path", false);
        row("chunk is not a tensor", "dcp.path dcp.tensor torch.orphan_storage", false);
        row("chunk of another dtype", "dcp.path dcp.tensor", false);
        row("chunk of another shape", "dcp.path dcp.tensor", false);
        row("chunk that is compressed", "dcp.path dcp.tensor", false);
        row("chunk that is big-endian", "dcp.path dcp.tensor", false);
        row("chunk whose elements are missing", "dcp.path dcp.tensor torch.storage_missing", false);
        row("dtype that nobody knows", "dcp.path dcp.tensor", false);
        row("no metadata", "refused: dcp.no_metadata", false);
        row("another file", "dcp.path dcp.stray_file", true);
    }
    void damagedFolders()
    {
        QFETCH(QString, what);
        QFETCH(QString, codes);
        QFETCH(bool, readable);
        const TempDir dir;
        writeGolden(dir);
        const auto file = "d/__1_0.distcp"s;
        if (what == "file is missing") {
            dir.remove(file);
        } else if (what == "file is cut short") {
            dir.truncate(file, 1233);
        } else if (what == "file is longer") {
            dir.write(file, dir.read(file) + "x");
        } else if (what == "path out of the folder") {
            auto metadata = goldenDcpMetadata();
            metadata.replace(metadata.find("__1_0.distcp"), 12, "../_0.distcp");
            dir.write("d/.metadata", metadata);
            dir.write("_0.distcp", dir.read(file));
        } else if (what == "link out of the folder") {
            dir.write("other", dir.read(file));
            dir.remove(file);
            dir.symlink(file, "../other");
        } else if (what == "chunk is not an archive") {
            dir.write(file, std::string(1234, 'x'));
        } else if (what == "chunk is not a tensor") {
            dir.write(file, item("\x80\x02K\7.", Rows23, 1234));
        } else if (what == "chunk of another dtype") {
            dir.write(file, item(tensorPickle("HalfStorage"), Rows23, 1234));
        } else if (what == "chunk of another shape") {
            dir.write(file, item(tensorPickle("BFloat16Storage", 1), Rows23, 1234));
        } else if (what == "chunk that is compressed") {
            dir.write(file, item(tensorPickle(), Rows23, 1234, {}, true));
        } else if (what == "chunk that is big-endian") {
            dir.write(file, item(tensorPickle(), Rows23, 1234, "big"));
        } else if (what == "chunk whose elements are missing") {
            dir.write(file, item(tensorPickle(), {}, 1234));
        } else if (what == "dtype that nobody knows") {
            auto metadata = goldenDcpMetadata();
            metadata.replace(metadata.find("bfloat16"), 8, "bfloat99");
            dir.write("d/.metadata", metadata);
        } else if (what == "no metadata") {
            dir.remove("d/.metadata");
        } else if (what == "another file") {
            dir.write("d/__2_0.distcp", "x");
        }
        const auto opened = openCheckpoint({dir.path("d")});
        QCOMPARE(QString::fromStdString(codesOf(opened)), codes);
        if (opened) {
            QVERIFY(only(opened) != nullptr);
            QCOMPARE(only(opened)->readable(), readable);
        }
    }

    void maliciousMetadata()
    {
        const TempDir dir;
        writeGolden(dir);
        dir.write("d/.metadata", "\x80\x04\x8c\2os\x8c\6system\x93\x8c\2id\x85R."s);
        const auto opened = openCheckpoint({dir.path("d")});
        QVERIFY(opened && (*opened)->damaged());
        QCOMPARE((*opened)->globals().at(0).module, "os");
        QCOMPARE(static_cast<int>((*opened)->globals().at(0).grade), static_cast<int>(PickleGlobal::Grade::Dangerous));
        writeGolden(dir);
        dir.write("d/__1_0.distcp",
                  item("\x80\x02"
                       "cos\nsystem\n)R0"s
                           + tensorPickle().substr(2),
                       Rows23, 1234));
        const auto inItem = openCheckpoint({dir.path("d")});
        QVERIFY(inItem);
        QVERIFY(std::any_of((*inItem)->globals().begin(), (*inItem)->globals().end(),
                            [&](const auto& g) { return g.module == "os" && (*inItem)->shards().at(g.shard).file == "__1_0.distcp"; }));
    }

    void onePartIsNotOpenedAlone()
    {
        const TempDir dir;
        writeGolden(dir);
        QCOMPARE(codesOf(openCheckpoint({dir.path("d/__0_0.distcp")})), "refused: dcp.part");
        QCOMPARE(codesOf(openCheckpoint({dir.path("d/.metadata")})), "refused: dcp.part");
    }

    void coverage_data()
    {
        QTest::addColumn<QVector<quint64>>("shape");
        QTest::addColumn<QVector<quint64>>("boxes"); ///< start and shape of each, one after the other
        QTest::addColumn<QString>("verdict");
        const auto row = [](const char* name, const QVector<quint64>& shape, const QVector<quint64>& boxes, const char* verdict) {
            QTest::newRow(name) << shape << boxes << verdict;
        };
        row("rows", {4, 2}, {0, 0, 2, 2, 2, 0, 2, 2}, "whole");
        row("columns", {4, 3}, {0, 0, 4, 2, 0, 2, 4, 1}, "whole");
        row("grid", {4, 4}, {0, 0, 2, 2, 0, 2, 2, 2, 2, 0, 2, 2, 2, 2, 2, 2}, "whole");
        row("uneven grid", {3, 3}, {0, 0, 1, 3, 1, 0, 2, 1, 1, 1, 2, 2}, "whole");
        row("with an empty one", {4}, {0, 4, 4, 0}, "whole");
        row("nothing to hold", {0, 4}, {}, "whole");
        row("scalar", {}, {}, "whole"); // one box of no dimensions; see below
        row("a row missing", {4, 2}, {0, 0, 2, 2, 3, 0, 1, 2}, "missing 2");
        row("all missing", {4, 2}, {}, "missing 8");
        row("twice the same", {4}, {0, 4, 0, 4}, "overlap");
        row("overlap that hides a gap", {6}, {0, 3, 2, 3}, "overlap");
        row("corners overlap", {4, 4}, {0, 0, 3, 3, 2, 2, 2, 2}, "overlap");
        row("beyond the end", {4}, {2, 3}, "broken");
        row("start beyond the end", {4}, {5, 0}, "broken");
        row("2**64 elements", {1ULL << 32U, 1ULL << 32U}, {}, "broken");
        row("end overflows", {4}, {UINT64_MAX, 2}, "broken");
    }
    void coverage()
    {
        QFETCH(QVector<quint64>, shape);
        QFETCH(QVector<quint64>, boxes);
        QFETCH(QString, verdict);
        std::vector<dcp::Box> list;
        for (qsizetype i = 0; i + 2 * shape.size() <= boxes.size() && !shape.empty(); i += 2 * shape.size()) {
            dcp::Box box;
            box.start.assign(boxes.begin() + i, boxes.begin() + i + shape.size());
            box.shape.assign(boxes.begin() + i + shape.size(), boxes.begin() + i + 2 * shape.size());
            list.push_back(box);
        }
        if (shape.empty()) {
            list.emplace_back();
        }
        const auto found = dcp::coverage({shape.begin(), shape.end()}, list);
        QCOMPARE(!found.broken.empty()   ? "broken"
                     : found.overlaps    ? "overlap"
                     : found.missing > 0 ? "missing " + QString::number(found.missing)
                                         : "whole",
                 verdict);
    }

    void coverageRefusesOtherRanks() { QVERIFY(!dcp::coverage({4, 2}, {{{0}, {4}}}).broken.empty()); }

    /// Shards as HuggingFaceStorageWriter names and describes them.
    void huggingFace_data()
    {
        QTest::addColumn<QStringList>("starts"); ///< of each rank's chunk of two by two; empty: no such file
        QTest::addColumn<QString>("codes");
        QTest::addColumn<QVector<quint64>>("shape");
        const auto row = [](const char* name, const QStringList& starts, const char* codes, const QVector<quint64>& shape) {
            QTest::newRow(name) << starts << codes << shape;
        };
        row("two ranks by rows", {"[0, 0]", "[2, 0]"}, "dcp.no_shapes", {4, 2});
        row("two ranks by columns", {"[0, 0]", "[0, 2]"}, "dcp.no_shapes", {2, 4});
        row("replicated", {"[0, 0]", "[0, 0]"}, "dcp.no_shapes", {2, 2});
        row("a rank in the middle is missing", {"[0, 0]", "", "[4, 0]"}, "dcp.gap dcp.missing_shard dcp.no_shapes", {6, 2});
        row("overlap", {"[0, 0]", "[1, 0]"}, "dcp.no_shapes dcp.overlap", {3, 2});
        row("hole", {"[0, 0]", "[3, 0]"}, "dcp.gap dcp.no_shapes", {5, 2});
        row("rank differs", {"[0, 0]", "[2]"}, "dcp.no_shapes dcp.tensor", {2, 2});
        row("not JSON", {"[0, 0]", "[2, 0"}, "dcp.no_shapes dcp.sharding_info", {2, 2});
        row("offset below zero", {"[0, 0]", "[2, -1]"}, "dcp.no_shapes dcp.sharding_info", {2, 2});
        row("offsets are no list", {"[0, 0]", "7"}, "dcp.no_shapes dcp.sharding_info", {2, 2});
        row("offset overflows", {"[0, 0]", "[18446744073709551615, 0]"}, "dcp.no_shapes dcp.tensor", {});
    }
    void huggingFace()
    {
        QFETCH(QStringList, starts);
        QFETCH(QString, codes);
        QFETCH(QVector<quint64>, shape);
        const TempDir dir;
        for (int rank = 0; rank < starts.size(); ++rank) {
            if (!starts[rank].isEmpty()) {
                SafetensorsFile()
                    .metadata("format", "pt")
                    .metadata("DCP_SHARDING_INFO", "{\"w\": {\"saved_offsets\": " + starts[rank].toStdString() + "}}")
                    .addValue("w", "F32", {2, 2}, rank + 1.0)
                    .write(dir.path("shard-0000" + std::to_string(rank + 1) + "-model-00001-of-00001.safetensors"));
            }
        }
        const auto opened = openCheckpoint({dir.path()});
        QVERIFY2(opened, opened ? "" : errorText(opened.error()).c_str());
        QCOMPARE(QString::fromStdString(codesOf(opened)), codes);
        QCOMPARE((*opened)->format(), "dcp");
        const auto* tensor = only(opened);
        QVERIFY(tensor != nullptr);
        if (!shape.isEmpty()) {
            QCOMPARE(std::vector<quint64>(tensor->shape.begin(), tensor->shape.end()), std::vector<quint64>(shape.begin(), shape.end()));
        }
        QCOMPARE(tensor->readable(), codes == "dcp.no_shapes" || codes.contains("sharding_info"));
    }
};

QTEST_APPLESS_MAIN(DcpTest)
#include "tst_dcp.moc"
