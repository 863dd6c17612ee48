// SPDX-License-Identifier: Apache-2.0
#include "core/dtypes/convert.h"
#include "core/formats/formatreader.h"
#include "core/values/slice.h"
#include "tests/support/tempdir.h"
#include "tests/support/zipfile.h"

#include <QTest>

#include <zlib.h>

using namespace ckptscope;
using ckptscope::test::TempDir;
using ckptscope::test::ZipFile;

namespace {

std::string npy(const std::string& descr, const std::string& shape, const std::string& data, bool fortran = false)
{
    std::string text = "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }";
    text.append((64 - (10 + text.size() + 1) % 64) % 64, ' ');
    text += '\n';
    return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(text.size()) + static_cast<char>(text.size() >> 8U) + text + data;
}

std::string deflated(const std::string& data)
{
    z_stream stream{};
    if (deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
        qFatal("deflateInit2");
    }
    std::string out(data.size() + 1000, '\0');
    std::string in = data;
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

ZipFile::Entry compressed(std::string name, const std::string& data)
{
    ZipFile::Entry entry;
    entry.name = std::move(name);
    entry.data = deflated(data);
    entry.bytes = data.size();
    entry.crc = ZipFile::crc32(data);
    entry.method = 8;
    return entry;
}

std::vector<double> valuesOf(const std::shared_ptr<const Checkpoint>& checkpoint, std::uint32_t tensor)
{
    const TensorInfo& info = checkpoint->tensors()[tensor];
    auto reader = ElementReader::open(std::make_shared<ShardFiles>(checkpoint), info);
    if (!reader) {
        return {};
    }
    const auto data = readSlice(*reader, info, *parseSlice("", info.shape));
    if (!data) {
        return {};
    }
    std::vector<double> out(static_cast<std::size_t>(reader->elements()));
    decodeElements(data->dtype, data->packed, out);
    return out;
}

QStringList problemIds(const Checkpoint& checkpoint)
{
    QStringList ids;
    for (const Problem& problem : checkpoint.problems()) {
        ids << QString::fromStdString(std::string(codeInfo(problem.what.code).id));
    }
    ids.sort();
    return ids;
}

} // namespace

class TestNpz : public QObject {
    Q_OBJECT

    TempDir m_dir;

    std::shared_ptr<const Checkpoint> open(const ZipFile& zip) const
    {
        const auto checkpoint = openCheckpoint({m_dir.write("a.npz", zip.bytes())});
        return checkpoint ? *checkpoint : nullptr;
    }

private slots:
    void storedAndDeflated()
    {
        const std::string six("\1\0\2\0\3\0\4\0\5\0\6\0", 12);
        ZipFile zip;
        zip.add("plain.npy", npy("<i2", "(2, 3)", six));
        zip.add(compressed("deflated.npy", npy("<i2", "(2, 3)", six)));
        zip.add(compressed("folder/columns.npy", npy("<i2", "(3, 2)", six, true)));
        zip.add(compressed("big.npy", npy(">i2", "(2, 3)", six)));
        zip.add("columns.npy", npy("<i2", "(3, 2)", six, true));
        const auto checkpoint = open(zip);
        QVERIFY(checkpoint);
        QCOMPARE(checkpoint->format(), std::string("npz"));
        QCOMPARE(problemIds(*checkpoint), QStringList());
        QStringList names;
        for (const TensorInfo& tensor : checkpoint->tensors()) {
            names << QString::fromStdString(std::string(tensor.key));
        }
        QCOMPARE(names, (QStringList{"plain", "deflated", "folder/columns", "big", "columns"}));
        QCOMPARE(valuesOf(checkpoint, 0), (std::vector<double>{1, 2, 3, 4, 5, 6}));
        QCOMPARE(valuesOf(checkpoint, 1), (std::vector<double>{1, 2, 3, 4, 5, 6}));
        QCOMPARE(valuesOf(checkpoint, 2), (std::vector<double>{1, 4, 2, 5, 3, 6}));
        QCOMPARE(valuesOf(checkpoint, 3), (std::vector<double>{256, 512, 768, 1024, 1280, 1536}));
        QCOMPARE(valuesOf(checkpoint, 4), (std::vector<double>{1, 4, 2, 5, 3, 6}));
    }

    void zerosAreNoBomb()
    {
        const auto checkpoint = open(ZipFile().add(compressed("z.npy", npy("<f4", "(2000, 1000)", std::string(8'000'000, '\0')))));
        QVERIFY(checkpoint);
        QCOMPARE(problemIds(*checkpoint), QStringList());
        QCOMPARE(valuesOf(checkpoint, 0), std::vector<double>(2'000'000, 0.0));
    }

    void oddMembers()
    {
        ZipFile zip;
        zip.add("good.npy", npy("<f4", "(1,)", "abcd"));
        zip.add("notes.txt", "hello");
        zip.add("bad.npy", "not an array");
        zip.add("version.npy", std::string("\x93NUMPY\x09\x00", 8) + std::string(200, ' '));
        zip.add("short.npy", npy("<f4", "(2,)", "abcd"));
        zip.add(compressed("short2.npy", npy("<f4", "(2,)", "abcd")));
        zip.add(compressed("object.npy", npy("|O", "(2,)", "\x80\x04.")));
        const auto checkpoint = open(zip);
        QVERIFY(checkpoint);
        QCOMPARE(problemIds(*checkpoint),
                 (QStringList{"npy.object", "npy.truncated", "npy.truncated", "npz.member", "npz.member", "npz.other_member"}));
        QCOMPARE(checkpoint->tensors().size(), 4U);
        QVERIFY(checkpoint->tensors()[0].readable() && !checkpoint->tensors()[1].readable() && !checkpoint->tensors()[2].readable()
                && !checkpoint->tensors()[3].readable());
    }

    void hostileArchives()
    {
        auto wrongSum = compressed("a.npy", npy("<f4", "(1,)", "abcd"));
        wrongSum.crc = 1;
        const auto sum = open(ZipFile().add(wrongSum));
        QVERIFY(sum);
        QVERIFY(problemIds(*sum).contains("zip.checksum"));
        auto broken = compressed("a.npy", npy("<f4", "(1,)", "abcd"));
        broken.data[0] = '\x07'; // a block type that does not exist
        const auto odd = open(ZipFile().add(broken));
        QVERIFY(odd && odd->tensors().empty());
        QVERIFY(problemIds(*odd).contains("npz.member"));
        auto lies = compressed("a.npy", npy("<f4", "(100,)", std::string(400, 'x')));
        lies.bytes = 1ULL << 50U;
        const auto bomb = open(ZipFile().add(lies));
        QVERIFY(bomb && bomb->tensors().empty());
        QCOMPARE(problemIds(*bomb), QStringList{"zip.ratio"});
        const auto twice = open(ZipFile().add("a.npy", npy("<f4", "(1,)", "abcd")).add("a.npy", npy("<f4", "(1,)", "efgh")));
        QVERIFY(twice && twice->damaged());
        QCOMPARE(problemIds(*twice), QStringList{"zip.duplicate_entry"});
        const auto path = open(ZipFile().add("../a.npy", npy("<f4", "(1,)", "abcd")));
        QVERIFY(path);
        QCOMPARE(problemIds(*path), QStringList{"zip.odd_name"});
    }

    void truncations()
    {
        const std::string whole = ZipFile().add("a.npy", npy("<f4", "(1,)", "abcd")).add(compressed("b.npy", npy("<f4", "(1,)", "abcd"))).bytes();
        for (std::size_t bytes = 0; bytes < whole.size(); bytes += 1 + bytes / 64) {
            const auto cut = openCheckpoint({m_dir.write("cut.npz", whole.substr(0, bytes))});
            QVERIFY2(!cut || (*cut)->damaged(), qPrintable(QString::number(bytes)));
        }
    }
};

QTEST_GUILESS_MAIN(TestNpz)
#include "tst_npz.moc"
