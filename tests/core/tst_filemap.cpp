// SPDX-License-Identifier: Apache-2.0
#include "core/formats/formatreader.h"
#include "core/model/filemap.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"

#include <QTest>

#include <array>

using namespace ckptscope;
using Kind = FilePiece::Kind;

namespace {

/// "H8 a16 b8": kind (a tensor's key, H header, ! overlap, - other, ? missing) and length.
QString textOf(const Checkpoint& checkpoint, const std::vector<FilePiece>& pieces)
{
    QStringList out;
    for (const FilePiece& piece : pieces) {
        const std::string_view key = piece.tensor == UINT32_MAX ? std::string_view("") : checkpoint.tensors()[piece.tensor].key;
        const QString kind = piece.kind == Kind::Header ? "H"
            : piece.kind == Kind::Overlap               ? "!"
            : piece.kind == Kind::Other                 ? "-"
            : piece.kind == Kind::Missing               ? "?"
                                                        : QString::fromUtf8(key.data(), static_cast<qsizetype>(key.size()));
        out << kind + (piece.kind == Kind::Header ? QString() : QString::number(piece.length));
    }
    return out.join(QLatin1Char(' '));
}

} // namespace

class TestFileMap : public QObject {
    Q_OBJECT

    test::TempDir m_dir;

private Q_SLOTS:
    void pieces_data()
    {
        QTest::addColumn<QList<int>>("ranges"); ///< begin and end of tensors a, b, c ... in the byte buffer
        QTest::addColumn<int>("buffer");        ///< bytes of it that the file has
        QTest::addColumn<QString>("expected");
        using L = QList<int>;
        QTest::newRow("dense") << L{0, 16, 16, 24} << 24 << "H a16 b8";
        QTest::newRow("order of the file, not of the header") << L{8, 24, 0, 8} << 24 << "H b8 a16";
        QTest::newRow("hole") << L{0, 8, 16, 24} << 24 << "H a8 -8 b8";
        QTest::newRow("rest behind") << L{0, 8} << 24 << "H a8 -16";
        QTest::newRow("overlap") << L{0, 16, 8, 24} << 24 << "H a8 !8 b8";
        QTest::newRow("one within another") << L{0, 24, 8, 16} << 24 << "H a8 !8 a8";
        QTest::newRow("shared") << L{0, 16, 0, 16} << 16 << "H a16";
        QTest::newRow("cut") << L{0, 16, 16, 32} << 20 << "H a16 b4 ?12";
        QTest::newRow("all missing") << L{0, 16} << 0 << "H ?16";
        QTest::newRow("no tensor") << L{} << 8 << "H -8";
        QTest::newRow("without bytes") << L{0, 8, 8, 8, 8, 16} << 16 << "H a8 c8";
    }

    void pieces()
    {
        QFETCH(QList<int>, ranges);
        QFETCH(int, buffer);
        QFETCH(QString, expected);
        QStringList entries;
        for (int i = 0; i + 1 < ranges.size(); i += 2) {
            const auto begin = static_cast<std::uint64_t>(ranges[i]);
            const auto end = static_cast<std::uint64_t>(ranges[i + 1]);
            entries << QString::fromStdString(
                test::safetensorsEntry(std::string(1, static_cast<char>('a' + i / 2)), "U8", {end - begin}, begin, end));
        }
        const std::string header = "{" + entries.join(QLatin1Char(',')).toStdString() + "}";
        const std::string path = m_dir.write("model.safetensors", test::rawSafetensors(header, std::string(static_cast<std::size_t>(buffer), '\0')));
        const auto checkpoint = openCheckpoint({path}, {});
        QVERIFY(bool(checkpoint));
        const auto map = fileMap(**checkpoint, 0);
        QCOMPARE(textOf(**checkpoint, map), expected);
        std::uint64_t at = 0;
        for (const FilePiece& piece : map) { // nothing is left out and nothing comes twice
            QCOMPARE(piece.offset, at);
            QVERIFY(piece.length > 0);
            at = piece.end();
        }
        QVERIFY(at >= (*checkpoint)->shards().front().bytes);
        QVERIFY(fileMap(**checkpoint, 7).empty());
    }

    /// Where elements do not stand in a row, what the tensor claims is where they come from.
    void layouts()
    {
        CheckpointParts parts;
        parts.shards.resize(2);
        parts.shards[0].bytes = 100;
        parts.shards[1].bytes = 30;
        std::vector<TensorExtra> extras(3);
        extras[0].layout = Strided{{10, 20}, 0, {1, 4}};
        extras[1].layout = Packed{"deflate", {40, 8}, {}, 0};
        extras[2].layout = Chunks{{Chunk{0, {60, 4}, {0}, {4}, {1}}, Chunk{1, {0, 4}, {4}, {4}, {1}}}};
        const std::array<const char*, 4> keys{"strided", "packed", "chunks", "dense"};
        for (std::uint32_t i = 0; i < keys.size(); ++i) {
            TensorInfo tensor;
            tensor.key = keys[i];
            tensor.dtype = DType::U8;
            tensor.extra = i < 3 ? &extras[i] : nullptr;
            tensor.shard = i < 3 ? 0 : 1;
            tensor.bytes = i < 3 ? ByteRange{0, 0} : ByteRange{10, 4};
            parts.tensors.push_back(tensor);
        }
        const auto made = Checkpoint::make(std::move(parts));
        QCOMPARE(textOf(*made, fileMap(*made, 0)), QStringLiteral("-10 strided20 -10 packed8 -12 chunks4 -36"));
        QCOMPARE(textOf(*made, fileMap(*made, 1)), QStringLiteral("chunks4 -6 dense4 -16"));
    }
};

QTEST_GUILESS_MAIN(TestFileMap)
#include "tst_filemap.moc"
