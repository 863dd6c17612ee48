// SPDX-License-Identifier: Apache-2.0
#include "core/values/elementstream.h"
#include "core/values/hash.h"
#include "tests/support/tempdir.h"

#include <QCryptographicHash>
#include <QRandomGenerator>
#include <QTest>

#include <sys/stat.h>

using namespace ckptscope;

namespace {

struct Made {
    std::shared_ptr<const Checkpoint> checkpoint;
    std::shared_ptr<ShardFiles> files;
    const TensorInfo& tensor(std::size_t i = 0) const { return checkpoint->tensors()[i]; }
};

struct Item {
    TensorInfo tensor;
    std::vector<std::uint64_t> shape;
    TensorExtra extra;
    bool hasExtra = false;
};

Made make(const test::TempDir& dir, const std::vector<QByteArray>& shards, std::vector<Item> items)
{
    CheckpointParts parts;
    parts.path = dir.path();
    parts.folder = dir.path();
    for (std::size_t i = 0; i < shards.size(); ++i) {
        Shard& shard = parts.shards.emplace_back();
        shard.file = "shard" + std::to_string(i);
        shard.path = dir.write(shard.file, std::string_view(shards[i].constData(), static_cast<std::size_t>(shards[i].size())));
        shard.identity = File::open(shard.path)->identity();
    }
    auto store = std::make_shared<std::vector<Item>>(std::move(items));
    parts.storage.push_back(store);
    for (Item& item : *store) {
        item.tensor.key = "t";
        item.tensor.shape = item.shape;
        item.tensor.extra = item.hasExtra ? &item.extra : nullptr;
        parts.tensors.push_back(item.tensor);
    }
    Made made;
    made.checkpoint = Checkpoint::make(std::move(parts));
    made.files = std::make_shared<ShardFiles>(made.checkpoint);
    return made;
}

QByteArray randomBytes(int count, quint32 seed)
{
    QRandomGenerator random(seed);
    QByteArray bytes(count, '\0');
    for (char& byte : bytes) {
        byte = static_cast<char>(random.bounded(256));
    }
    return bytes;
}

QByteArray readAll(ElementStream& stream, std::size_t piece)
{
    QByteArray all;
    const auto done = stream.forEach(piece, {}, [&](std::span<const std::byte> bytes) {
        all.append(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()));
        return true;
    });
    return done ? all : QByteArray("failed");
}

/// The elements one by one, from the definition of a strided view.
QByteArray naive(const QByteArray& storage, std::uint64_t offset, const std::vector<std::uint64_t>& shape, const std::vector<std::uint64_t>& strides,
                 std::size_t size)
{
    QByteArray out;
    std::vector<std::uint64_t> index(shape.size(), 0);
    for (std::uint64_t n = *elementCount(shape); n > 0; --n) {
        std::uint64_t at = offset;
        for (std::size_t d = 0; d < shape.size(); ++d) {
            at += index[d] * strides[d];
        }
        out += storage.mid(static_cast<qsizetype>(at * size), static_cast<qsizetype>(size));
        for (std::size_t d = shape.size(); d-- > 0;) {
            if (++index[d] < shape[d]) {
                break;
            }
            index[d] = 0;
        }
    }
    return out;
}

Item strided(DType dtype, ByteRange storage, std::uint64_t offset, std::vector<std::uint64_t> shape, std::vector<std::uint64_t> strides)
{
    Item item;
    item.tensor.dtype = dtype;
    item.tensor.bytes = {0, storage.length};
    item.shape = std::move(shape);
    item.extra.layout = Strided{storage, offset, std::move(strides)};
    item.hasExtra = true;
    return item;
}

/// A raw deflate stream: zlib's without its header and checksum.
QByteArray deflated(const QByteArray& bytes)
{
    const QByteArray whole = qCompress(bytes);
    return whole.mid(4 + 2, whole.size() - 4 - 2 - 4);
}

} // namespace

class TestElementStream : public QObject {
    Q_OBJECT

private slots:
    void stridedViews_data()
    {
        QTest::addColumn<QList<quint64>>("shape");
        QTest::addColumn<QList<quint64>>("strides");
        QTest::addColumn<quint64>("offset");
        QTest::newRow("row-major") << QList<quint64>{300, 200} << QList<quint64>{200, 1} << quint64{0};
        QTest::newRow("transposed") << QList<quint64>{300, 200} << QList<quint64>{1, 300} << quint64{0};
        QTest::newRow("every second, from the fifth") << QList<quint64>{100, 50} << QList<quint64>{400, 2} << quint64{5};
        QTest::newRow("a slice of columns") << QList<quint64>{250, 7} << QList<quint64>{240, 1} << quint64{13};
        QTest::newRow("permuted") << QList<quint64>{10, 60, 90} << QList<quint64>{1, 900, 10} << quint64{0};
        QTest::newRow("expanded rows") << QList<quint64>{500, 30} << QList<quint64>{0, 1} << quint64{4};
        QTest::newRow("expanded columns") << QList<quint64>{30, 500} << QList<quint64>{1, 0} << quint64{4};
        QTest::newRow("overlapping windows") << QList<quint64>{1000, 16} << QList<quint64>{1, 1} << quint64{0};
        QTest::newRow("scalar") << QList<quint64>{} << QList<quint64>{} << quint64{77};
        QTest::newRow("empty") << QList<quint64>{3, 0, 5} << QList<quint64>{0, 7, 1} << quint64{0};
        QTest::newRow("size-one dimensions") << QList<quint64>{1, 200, 1} << QList<quint64>{99999, 300, 12345} << quint64{0};
        QTest::newRow("one long row") << QList<quint64>{60000} << QList<quint64>{1} << quint64{3};
        QTest::newRow("one long row, sparse") << QList<quint64>{4000} << QList<quint64>{15} << quint64{3};
    }
    void stridedViews()
    {
        QFETCH(QList<quint64>, shape);
        QFETCH(QList<quint64>, strides);
        QFETCH(quint64, offset);
        const std::vector<std::uint64_t> dims(shape.begin(), shape.end());
        const std::vector<std::uint64_t> steps(strides.begin(), strides.end());
        const test::TempDir dir;
        for (const DType dtype : {DType::U8, DType::BF16, DType::F64}) {
            const std::size_t size = *byteSize(dtype, 1);
            const QByteArray storage = randomBytes(static_cast<int>(60500 * size), 5);
            const Made made = make(dir, {QByteArray("head") + storage + "tail"},
                                   {strided(dtype, {4, static_cast<std::uint64_t>(storage.size())}, offset, dims, steps)});
            const QByteArray expected = naive(storage, offset, dims, steps, size);
            for (const std::size_t buffer : {std::size_t{64} << 10U, ElementStream::DefaultBuffer}) { // small: many slabs
                auto stream = ElementStream::open(made.files, made.tensor(), buffer);
                QVERIFY(stream.has_value());
                QCOMPARE(stream->bytes(), static_cast<std::uint64_t>(expected.size()));
                QVERIFY(readAll(*stream, 1000) == expected);
                // anywhere, in any order
                QRandomGenerator random(9);
                for (int i = 0; i < 50 && !expected.isEmpty(); ++i) {
                    const auto elements = static_cast<quint32>(static_cast<std::size_t>(expected.size()) / size);
                    const std::uint64_t from = random.bounded(elements);
                    const std::uint64_t count = 1 + random.bounded(elements - static_cast<quint32>(from));
                    std::vector<std::byte> out(count * size);
                    QVERIFY(stream->read(from * size, out).has_value());
                    QVERIFY(std::memcmp(out.data(), expected.constData() + from * size, out.size()) == 0);
                }
            }
        }
    }

    void piecesOfSeveralFiles()
    {
        // a 100 x 70 tensor: four blocks in two files, one of them transposed
        const test::TempDir dir;
        const QByteArray whole = randomBytes(100 * 70 * 4, 3);
        std::vector<QByteArray> files{QByteArray("xx"), QByteArray("yyyyy")};
        Chunks chunks;
        struct Block {
            std::uint64_t row, column, rows, columns;
            std::uint32_t file;
            bool transposed;
        };
        for (const Block& block : {Block{0, 0, 40, 30, 0, false}, {0, 30, 40, 40, 1, true}, {40, 0, 60, 30, 1, false}, {40, 30, 60, 40, 0, false}}) {
            QByteArray& file = files[block.file];
            Chunk chunk{block.file,
                        {static_cast<std::uint64_t>(file.size()), block.rows * block.columns * 4},
                        {block.row, block.column},
                        {block.rows, block.columns},
                        {}};
            chunk.strides = block.transposed ? std::vector<std::uint64_t>{1, block.rows} : std::vector<std::uint64_t>{block.columns, 1};
            for (std::uint64_t a = 0; a < (block.transposed ? block.columns : block.rows); ++a) {
                for (std::uint64_t b = 0; b < (block.transposed ? block.rows : block.columns); ++b) {
                    const std::uint64_t row = block.row + (block.transposed ? b : a);
                    const std::uint64_t column = block.column + (block.transposed ? a : b);
                    file += whole.mid(static_cast<qsizetype>((row * 70 + column) * 4), 4);
                }
            }
            chunks.chunks.push_back(chunk);
        }
        Item item;
        item.tensor.dtype = DType::F32;
        item.tensor.bytes = {0, 28000};
        item.shape = {100, 70};
        item.extra.layout = chunks;
        item.hasExtra = true;
        const Made made = make(dir, files, {item});
        auto stream = ElementStream::open(made.files, made.tensor());
        QVERIFY(stream.has_value());
        QVERIFY(readAll(*stream, 333) == whole);

        Item holed = item; // one block lost
        std::get<Chunks>(*holed.extra.layout).chunks.pop_back();
        const Made bad = make(dir, files, {holed});
        QCOMPARE(ElementStream::open(bad.files, bad.tensor()).error().code, Code::ElementsLayout);
    }

    void deflatedMembers()
    {
        const test::TempDir dir;
        const QByteArray elements = randomBytes(300 * 200 * 2, 1) + QByteArray(50000, 'z');
        const QByteArray packed = deflated("numpyheader" + elements);
        Item plain;
        plain.tensor.dtype = DType::F16;
        plain.tensor.bytes = {0, static_cast<std::uint64_t>(packed.size())};
        plain.shape = {static_cast<std::uint64_t>(elements.size() / 2)};
        plain.extra.layout = Packed{"deflate", {3, static_cast<std::uint64_t>(packed.size())}, {}, 11};
        plain.hasExtra = true;
        Item fortran = plain;
        fortran.shape = {300, 200};
        std::get<Packed>(*fortran.extra.layout).strides = {1, 300};
        Item cut = plain;
        std::get<Packed>(*cut.extra.layout).bytes.length = 500;
        const Made made = make(dir, {"xyz" + packed + "end"}, {plain, fortran, cut});
        auto stream = ElementStream::open(made.files, made.tensor(0));
        QVERIFY(readAll(*stream, 4096) == elements);
        std::vector<std::byte> back(10);
        QVERIFY(stream->read(100, back).has_value()); // backwards
        QVERIFY(std::memcmp(back.data(), elements.constData() + 100, 10) == 0);
        auto turned = ElementStream::open(made.files, made.tensor(1), 64U << 10U);
        QVERIFY(readAll(*turned, 4096) == naive(elements, 0, {300, 200}, {1, 300}, 2));
        auto broken = ElementStream::open(made.files, made.tensor(2));
        QCOMPARE(broken->forEach(4096, {}, [](auto) { return true; }).error().code, Code::ElementsDeflate);
    }

    void bigEndianIsTurned()
    {
        const test::TempDir dir;
        std::vector<Item> items(3);
        for (Item& item : items) {
            item.tensor.bytes = {0, 16};
            item.extra.bigEndian = true;
            item.hasExtra = true;
        }
        items[0].tensor.dtype = DType::F32;
        items[0].shape = {4};
        items[1].tensor.dtype = DType::C64;
        items[1].shape = {2};
        items[2].tensor.dtype = DType::U8;
        items[2].shape = {16};
        const Made made = make(dir, {"0123456789abcdef"}, items);
        const QByteArray expected[]{"32107654ba98fedc", "32107654ba98fedc", "0123456789abcdef"};
        for (std::size_t i = 0; i < 3; ++i) {
            auto stream = ElementStream::open(made.files, made.tensor(i));
            QCOMPARE(readAll(*stream, 8), expected[i]);
        }
    }

    void refuses()
    {
        const test::TempDir dir;
        Item outside = strided(DType::F32, {0, 64}, 1, {4, 4}, {4, 1}); // ends one element late
        Item overflow = strided(DType::F32, {0, 64}, 0, {3, 2}, {UINT64_MAX / 2, UINT64_MAX / 2});
        Item shorter;
        shorter.tensor.dtype = DType::F32;
        shorter.tensor.bytes = {0, 60};
        shorter.shape = {4, 4};
        Item damaged = shorter;
        damaged.tensor.damaged = true;
        Item codec = shorter;
        codec.extra.layout = Packed{"lzma", {0, 64}, {}, 0};
        codec.hasExtra = true;
        const Made made = make(dir, {QByteArray(64, 'x')}, {outside, overflow, shorter, damaged, codec});
        const Code expected[]{Code::ElementsLayout, Code::ElementsLayout, Code::ElementsLayout, Code::ElementsUnreadable, Code::ElementsUnreadable};
        for (std::size_t i = 0; i < 5; ++i) {
            const auto stream = ElementStream::open(made.files, made.tensor(i));
            QVERIFY(!stream.has_value());
            QCOMPARE(stream.error().code, expected[i]);
        }
    }

    void aReplacedFileIsNoticed()
    {
        const test::TempDir dir;
        Item item;
        item.tensor.dtype = DType::U8;
        item.tensor.bytes = {0, 4};
        item.shape = {4};
        const Made made = make(dir, {"abcd"}, {item});
        dir.write("shard0", "abcdefgh");
        QCOMPARE(ElementStream::open(made.files, made.tensor()).error().code, Code::FileChanged);
    }

    void hashes()
    {
        const test::TempDir dir;
        const QByteArray storage = randomBytes(60000, 8);
        Item dense;
        dense.tensor.dtype = DType::I16;
        dense.tensor.bytes = {10, 40000};
        dense.shape = {100, 200};
        Item turned = strided(DType::I16, {0, 60000}, 0, {200, 100}, {1, 200});
        Item huge = strided(DType::F32, {0, 4}, 0, {1U << 20U, 1U << 10U}, {0, 0});
        Item lost = dense;
        lost.extra.unreadable = "not in the file";
        lost.hasExtra = true;
        Item empty = dense;
        empty.shape = {0};
        const Made made = make(dir, {storage}, {dense, turned, huge, lost, empty});
        const auto hex = [](const QByteArray& bytes) { return QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex().toStdString(); };
        for (const unsigned threads : {1U, 4U}) {
            JobContext job;
            job.threads = threads;
            const auto result = hashTensors(made.checkpoint, {4, 0, 1, 3}, job);
            QVERIFY(result.has_value());
            QCOMPARE((*result)[0].sha256, hex({}));
            QCOMPARE((*result)[1].sha256, hex(storage.mid(10, 40000)));
            QCOMPARE((*result)[2].sha256, hex(naive(storage, 0, {200, 100}, {1, 200}, 2)));
            QVERIFY((*result)[3].sha256.empty());
            QCOMPARE((*result)[3].reason, std::string("not in the file"));
        }
        const auto expanded = hashTensors(made.checkpoint, {2}); // 4 GiB of one number
        QVERIFY((*expanded)[0].sha256.empty());
        QVERIFY((*expanded)[0].reason.find("expanded") != std::string::npos);
        std::stop_source stop;
        stop.request_stop();
        JobContext job;
        job.stop = stop.get_token();
        QCOMPARE(hashTensors(made.checkpoint, {0}, job).error().code, Code::Cancelled);
    }

    /// Signs that torch leaves undone in the file: conjugated and negated views.
    void signs_data()
    {
        QTest::addColumn<int>("dtype");
        QTest::addColumn<bool>("conjugated");
        QTest::addColumn<bool>("negated");
        QTest::addColumn<QByteArray>("stored");
        QTest::addColumn<QByteArray>("read"); ///< empty: refused
        const auto row = [](const char* name, DType dtype, bool conjugated, bool negated, const char* stored, const char* read) {
            QTest::newRow(name) << static_cast<int>(dtype) << conjugated << negated << QByteArray::fromHex(stored) << QByteArray::fromHex(read);
        };
        row("conjugated", DType::C64, true, false, "0000803f00000040", "0000803f000000c0");
        row("negated", DType::C64, false, true, "0000803f00000040", "000080bf000000c0");
        row("both", DType::C64, true, true, "0000803f00000040", "000080bf00000040");
        row("conjugated F64 pair", DType::C128, true, false, "000000000000f03f000000000000f03f", "000000000000f03f000000000000f0bf");
        row("negated F32", DType::F32, false, true, "0000803f", "000080bf");
        row("negated BF16", DType::BF16, false, true, "803f", "80bf");
        row("negated I32", DType::I32, false, true, "01000000", "ffffffff");
        row("negated I16 with a carry", DType::I16, false, true, "0001", "00ff");
        row("negated U8", DType::U8, false, true, "01", "ff");
        row("conjugated F32", DType::F32, true, false, "0000803f", "");
        row("negated F8", DType::F8_E4M3FNUZ, false, true, "00", "");
        row("negated BOOL", DType::BOOL, false, true, "01", "");
    }
    void signs()
    {
        QFETCH(int, dtype);
        QFETCH(bool, conjugated);
        QFETCH(bool, negated);
        QFETCH(QByteArray, stored);
        QFETCH(QByteArray, read);
        const test::TempDir dir;
        Item item;
        item.tensor.dtype = static_cast<DType>(dtype);
        item.tensor.bytes = {0, static_cast<std::uint64_t>(stored.size())};
        item.shape = {1};
        item.extra.conjugated = conjugated;
        item.extra.negated = negated;
        item.hasExtra = true;
        const Made made = make(dir, {stored}, {item});
        auto stream = ElementStream::open(made.files, made.tensor());
        QCOMPARE(stream.has_value(), !read.isEmpty());
        if (stream) {
            QCOMPARE(readAll(*stream, 64), read);
        }
    }

    /// Bytes that pickle protocol 2 spells as the characters U+0000 to U+00FF of UTF-8.
    void spelledAsText_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("good");
        QByteArray all;
        for (int c = 0; c < 256; ++c) {
            all += QString(QChar(c)).toUtf8();
        }
        QTest::newRow("whole") << all << true;
        QTest::newRow("cut in a character") << all.chopped(1) << false;
        QTest::newRow("too short") << all.chopped(2) << false;
        QTest::newRow("a character over U+00FF") << "\xe2\x82\xac" + all.mid(3) << false;
        QTest::newRow("a lone continuation") << "\x80" + all.mid(1) << false;
    }
    void spelledAsText()
    {
        QFETCH(QByteArray, text);
        QFETCH(bool, good);
        const test::TempDir dir;
        Item item;
        item.tensor.dtype = DType::U8;
        item.tensor.bytes = {0, 256};
        item.shape = {256};
        item.extra.layout = Packed{"latin1", {3, static_cast<std::uint64_t>(text.size())}, {}, 0};
        item.hasExtra = true;
        const Made made = make(dir, {"xyz" + text + "z"}, {item});
        auto stream = ElementStream::open(made.files, made.tensor());
        QVERIFY(stream);
        QByteArray bytes(256, '\0');
        for (int c = 0; c < 256; ++c) {
            bytes[c] = static_cast<char>(c);
        }
        QCOMPARE(readAll(*stream, 7), good ? bytes : QByteArray("failed"));
        if (good) { // backwards
            std::array<std::byte, 2> two{};
            QVERIFY(stream->read(200, two) && stream->read(10, two));
            QCOMPARE(std::to_integer<int>(two[0]), 10);
        }
    }
};

QTEST_APPLESS_MAIN(TestElementStream)
#include "tst_elementstream.moc"
