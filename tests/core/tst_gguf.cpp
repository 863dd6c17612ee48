// SPDX-License-Identifier: Apache-2.0
// What ggml's own reader (ggml-org/ggml src/gguf.cpp at d99724f2) accepts and refuses, as executed; see the notes where we differ.
#include "core/formats/formatreader.h"
#include "core/formats/ggufsplit.h"
#include "core/formats/ggufvalue.h"
#include "tests/support/gguffile.h"
#include "tests/support/tempdir.h"

#include <QTest>

using namespace ckptscope;
using ckptscope::test::GgufFile;
using ckptscope::test::TempDir;

namespace {

constexpr auto I62 = std::int64_t{1} << 62;
constexpr auto I61 = std::int64_t{1} << 61;
constexpr auto I30 = std::int64_t{1} << 30;

std::string golden() // one key a.b = true, one tensor w F32 [2] = 1, 2
{
    return QByteArray::fromHex("4747554603000000010000000000000001000000000000000300000000000000612e62070000000101000000"
                               "0000000077010000000200000000000000000000000000000000000000"
                               "0000000000000000000000000000000000000000000000"
                               "0000803f00000040")
        .toStdString();
}

const MetadataEntry* entryOf(const Checkpoint& checkpoint, std::string_view key)
{
    for (const MetadataEntry& entry : checkpoint.metadata()) {
        if (entry.key == key) {
            return &entry;
        }
    }
    return nullptr;
}

std::vector<std::uint64_t> shapeOf(const TensorInfo& tensor)
{
    return {tensor.shape.begin(), tensor.shape.end()};
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

class TestGguf : public QObject {
    Q_OBJECT

    TempDir m_dir;

    Result<std::shared_ptr<const Checkpoint>> open(const std::string& bytes, std::string_view name = "model.gguf") const
    {
        return openCheckpoint({m_dir.write(name, bytes)});
    }

private slots:
    void goldenFile()
    {
        QCOMPARE(golden().size(), 104U);
        const auto file = open(golden());
        QVERIFY(file);
        const Checkpoint& checkpoint = **file;
        QCOMPARE(checkpoint.format(), std::string("gguf"));
        QVERIFY(checkpoint.problems().empty());
        QCOMPARE(checkpoint.tensors().size(), 1U);
        const TensorInfo& tensor = checkpoint.tensors()[0];
        QVERIFY(tensor.key == "w" && tensor.dtype == DType::F32 && tensor.extra == nullptr);
        QCOMPARE(shapeOf(tensor), std::vector<std::uint64_t>{2});
        QCOMPARE(tensor.bytes.offset, 96U);
        QCOMPARE(tensor.bytes.length, 8U);
        QCOMPARE(checkpoint.metadata().size(), 1U);
        QVERIFY(checkpoint.metadata()[0].key == "a.b" && checkpoint.metadata()[0].value == MetadataValue(true));
    }

    void truncations()
    {
        const std::string whole = golden();
        for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
            const auto file = open(whole.substr(0, bytes));
            if (bytes < 73) { // ends inside the header
                QVERIFY2(!file, qPrintable(QString::number(bytes)));
                QVERIFY(!file.error().file.empty());
            } else { // listed, its data told to be missing
                QVERIFY2(file, qPrintable(QString::number(bytes)));
                QVERIFY((*file)->damaged());
                QVERIFY((*file)->tensors().at(0).damaged);
                QCOMPARE(problemIds(**file), QStringList{"gguf.truncated"});
            }
        }
    }

    void bigEndian()
    {
        const auto file = open(GgufFile(true)
                                   .u32("a", 0x01020304)
                                   .string("general.architecture", "qwen3next")
                                   .tensor("w", {3, 2}, 1, 0)
                                   .data(std::string(12, '\x3c'))
                                   .bytes());
        QVERIFY(file);
        QCOMPARE(problemIds(**file), QStringList{"gguf.big_endian"});
        QVERIFY(entryOf(**file, "a")->value == MetadataValue(std::uint64_t{0x01020304}));
        QCOMPARE((*file)->ggufArchitecture(), std::string("qwen3next"));
        const TensorInfo& tensor = (*file)->tensors().at(0);
        QVERIFY(tensor.dtype == DType::F16 && tensor.extra != nullptr && tensor.extra->bigEndian);
        QCOMPARE(shapeOf(tensor), (std::vector<std::uint64_t>{2, 3}));
    }

    void values()
    {
        GgufFile f;
        f.key("u8", 0, f.number(200, 1)).key("i8", 1, f.number(200, 1)).u16("u16", 65535).key("i16", 3, f.number(65535, 2));
        f.u32("u32", 4'000'000'000U).i32("i32", -5).key("f32", 6, f.number(0x358637bd, 4)).string("s", "caf\xc3\xa9");
        f.key("u64", 10, f.number(UINT64_MAX, 8)).key("i64", 11, f.number(UINT64_MAX, 8)).key("f64", 12, f.number(0x3ff8000000000000, 8));
        f.key("ints", 9, f.number(5, 4) + f.number(3, 8) + f.number(1, 4) + f.number(UINT32_MAX, 4) + f.number(3, 4));
        f.key("words", 9, f.number(8, 4) + f.number(3, 8) + f.text("a") + f.text("") + f.text("ccc"));
        f.key("flags", 9, f.number(7, 4) + f.number(3, 8) + std::string("\1\0\1", 3));
        f.key("halves", 9, f.number(6, 4) + f.number(2, 8) + f.number(0x3f000000, 4) + f.number(0xbfc00000, 4));
        f.key("sizes", 9, f.number(10, 4) + f.number(2, 8) + f.number(0, 8) + f.number(UINT64_MAX, 8));
        f.key("nested", 9, f.number(9, 4) + f.number(2, 8) + f.number(4, 4) + f.number(1, 8) + f.number(7, 4) + f.number(8, 4) + f.number(0, 8));
        f.string("long", std::string(70'000, 'x')).key("odd", 7, f.number(2, 1)).string("last", "end");
        const auto file = open(f.bytes());
        QVERIFY(file);
        const Checkpoint& c = **file;
        QCOMPARE(problemIds(c), QStringList{"gguf.bool"});
        const auto is = [&](std::string_view key, const MetadataValue& value) {
            const MetadataEntry* entry = entryOf(c, key);
            return entry != nullptr && entry->origin == "gguf" && entry->value == value;
        };
        QVERIFY(is("u8", std::uint64_t{200}));
        QVERIFY(is("i8", std::int64_t{-56}));
        QVERIFY(is("u16", std::uint64_t{65535}));
        QVERIFY(is("i16", std::int64_t{-1}));
        QVERIFY(is("u32", std::uint64_t{4'000'000'000U}));
        QVERIFY(is("i32", std::int64_t{-5}));
        QVERIFY(is("f32", 1e-6));
        QVERIFY(is("u64", UINT64_MAX));
        QVERIFY(is("i64", std::int64_t{-1}));
        QVERIFY(is("f64", 1.5));
        QVERIFY(is("s", std::string("caf\xc3\xa9")));
        QVERIFY(is("odd", true));
        QVERIFY(is("last", std::string("end")));

        const auto disk = File::open(m_dir.path("model.gguf"));
        QVERIFY(disk);
        const auto page = [&](std::string_view key, std::uint64_t first, std::uint64_t count) {
            const auto* place = std::get_if<MetadataPlace>(&entryOf(c, key)->value);
            const auto elements = readGgufElements(*disk, *place, first, count);
            return elements ? *elements : std::vector<std::string>{"error"};
        };
        using Words = std::vector<std::string>;
        QCOMPARE(page("ints", 0, 10), (Words{"1", "-1", "3"}));
        QCOMPARE(page("ints", 2, 1), (Words{"3"}));
        QCOMPARE(page("words", 1, 5), (Words{"", "ccc"}));
        QCOMPARE(page("flags", 0, 3), (Words{"true", "false", "true"}));
        QCOMPARE(page("halves", 0, 2), (Words{"0.5", "-1.5"}));
        QCOMPARE(page("sizes", 0, 2), (Words{"0", "18446744073709551615"}));
        QCOMPARE(page("words", 9, 5), Words{});
        QCOMPARE(page("nested", 0, 2), (Words{"[u32 x 1]", "[string x 0]"}));
        const auto* place = std::get_if<MetadataPlace>(&entryOf(c, "long")->value);
        QVERIFY(place != nullptr && place->type == "string");
        QCOMPARE(place->bytes.length, 70'000U);
        QCOMPARE(*readGgufText(*disk, *place, 69'998, 10), std::string("xx"));
        QCOMPARE(std::get_if<MetadataPlace>(&entryOf(c, "words")->value)->type, std::string("array of string"));
        // Cut after it was opened, in the middle of each: an error, and no values that are not there.
        QCOMPARE(readGgufElements(*disk, *place, 0, 1).error().code, Code::Internal); // a text is no array
        for (const char* key : {"long", "nested", "sizes", "words", "ints"}) {
            const auto* at = std::get_if<MetadataPlace>(&entryOf(c, key)->value);
            m_dir.truncate("model.gguf", at->bytes.offset + at->bytes.length - 2);
            if (at->count > 0) {
                QCOMPARE(page(key, 0, 10), Words{"error"});
            } else {
                QVERIFY(!readGgufText(*disk, *at, 0, at->bytes.length));
            }
        }
        m_dir.truncate("model.gguf", 6);
        QCOMPARE(page("ints", 0, 1), Words{"error"});
    }

    void hostile_data()
    {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QString>("code"); // empty: accepted; "+id": opened with that problem
        const auto row = [](const char* name, const std::string& bytes, const char* code) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes) << QString(code);
        };
        const GgufFile f;
        row("no keys, no tensors", GgufFile().bytes(), "");
        row("bytes after that", GgufFile().data("xyz").bytes(), "+gguf.trailing_bytes");
        row("version 0", GgufFile(false, 0).bytes(), "gguf.version");
        row("version 1", GgufFile(false, 1).bytes(), "gguf.version");
        row("version 2", GgufFile(false, 2).bytes(), "");
        row("version 4", GgufFile(false, 4).bytes(), "gguf.version");
        row("only the magic", "GGUF", "gguf.header_ends");
        row("n_tensors -1", GgufFile().counts(-1, 0).bytes(), "gguf.count");
        row("n_kv -1", GgufFile().counts(0, -1).bytes(), "gguf.count");
        row("n_kv one too many", GgufFile().u32("a", 1).counts(0, 2).bytes(), "gguf.count");
        row("n_kv one too many, bytes follow", GgufFile().u32("a", 1).counts(0, 2).data(std::string(13, '\0')).bytes(), "gguf.empty_key");
        row("key empty", GgufFile().u32("", 1).bytes(), "gguf.empty_key");
        row("key twice", GgufFile().u32("a", 1).u32("a", 1).bytes(), "gguf.duplicate_key");
        row("key with NUL, upper case, spaces, invalid UTF-8", GgufFile().u32(std::string_view("A \0\xff", 4), 1).bytes(), "");
        row("key longer than the limit", GgufFile().u32(std::string(65'536, 'k'), 1).bytes(), "limit_exceeded");
        row("bool 2", GgufFile().key("a", 7, "\x02").bytes(), "+gguf.bool");
        row("value type 13", GgufFile().key("a", 13, "1234").bytes(), "gguf.value_type");
        row("value type -1", GgufFile().key("a", UINT32_MAX, "1234").bytes(), "gguf.value_type");
        row("array of type 13", GgufFile().key("a", 9, f.number(13, 4) + f.number(1, 8) + "1").bytes(), "gguf.value_type");
        std::string deep = f.number(0, 4) + f.number(0, 8);
        for (int i = 0; i < 4; ++i) {
            deep = f.number(9, 4) + f.number(1, 8) + deep;
        }
        row("arrays nested four deep", GgufFile().key("a", 9, deep).bytes(), ""); // ggml refuses any
        row("arrays nested five deep", GgufFile().key("a", 9, f.number(9, 4) + f.number(1, 8) + deep).bytes(), "gguf.nesting");
        row("string beyond the file", GgufFile().key("a", 8, f.number(5, 8) + "four").bytes(), "gguf.string");
        row("string of 2^63", GgufFile().key("a", 8, f.number(1ULL << 63U, 8)).bytes(), "gguf.string");
        row("string empty", GgufFile().string("a", "").bytes(), "");
        row("array n 0", GgufFile().key("a", 9, f.number(4, 4) + f.number(0, 8)).bytes(), "");
        row("array n 2^40", GgufFile().key("a", 9, f.number(4, 4) + f.number(1ULL << 40U, 8)).bytes(), "gguf.array");
        row("array n 2^62 of u32", GgufFile().key("a", 9, f.number(4, 4) + f.number(1ULL << 62U, 8)).bytes(), "gguf.array");
        row("array of u8 one beyond the file", GgufFile().key("a", 9, f.number(0, 4) + f.number(4, 8) + "abc").bytes(), "gguf.array");
        for (const std::uint32_t bad : {0U, 3U, 48U, 1U << 21U, 1U << 31U}) { // ggml takes the last two
            row(qPrintable("alignment " + QString::number(bad)), GgufFile().u32("general.alignment", bad).bytes(), "gguf.alignment");
        }
        for (const std::uint32_t good : {1U, 8U, 64U}) {
            row(qPrintable("alignment " + QString::number(good)),
                GgufFile().alignment(good).u32("general.alignment", good).tensor("a", {1}, 0, 0).data("abcd").bytes(), "");
        }
        row("alignment as u64", GgufFile().key("general.alignment", 10, f.number(32, 8)).bytes(), "gguf.alignment");

        const std::string four = "abcd";
        const auto one = [&](const std::vector<std::int64_t>& dims, std::int32_t type = 0, std::uint64_t offset = 0) {
            return GgufFile().tensor("a", dims, type, offset).data(four).bytes();
        };
        row("scalar (n_dims 0)", one({}), "");
        row("n_dims 5", one({1, 1, 1, 1, 1}), "gguf.rank");
        row("dim -1", one({-1}), "gguf.dimension");
        row("dims [0]", GgufFile().tensor("a", {0}, 0, 0).bytes(), "");
        row("dims [4, 0]", GgufFile().tensor("a", {4, 0}, 0, 0).bytes(), "");
        row("dims [2^62, 4, 0]", GgufFile().tensor("a", {I62, 4, 0}, 0, 0).bytes(), "gguf.overflow"); // ggml takes it
        row("I8 (2^63-1, 2)", one({INT64_MAX, 2}, 24), "gguf.overflow");                              // ggml wraps and takes it
        row("I8 (2^62, 2)", one({I62, 2}, 24), "gguf.overflow");                                      // so here
        row("F32 (4, 2^30-1, 2^30+1)", one({4, I30 - 1, I30 + 1}), "gguf.overflow");                  // and here
        row("F32 (2^61)", one({I61}), "gguf.overflow");
        row("F32 (2^62-1)", one({I62 - 1}), "gguf.overflow");
        row("name empty", GgufFile().tensor("", {1}, 0, 0).data(four).bytes(), "");
        row("name of 63 bytes", GgufFile().tensor(std::string(63, 'n'), {1}, 0, 0).data(four).bytes(), "");
        row("name of 64 bytes", GgufFile().tensor(std::string(64, 'n'), {1}, 0, 0).data(four).bytes(), "gguf.tensor_name");
        row("name with NUL", GgufFile().tensor(std::string_view("a\0b", 3), {1}, 0, 0).data(four).bytes(), "+gguf.odd_name");
        row("names equal up to the NUL",
            GgufFile().tensor(std::string_view("a\0b", 3), {1}, 0, 0).tensor("a", {1}, 0, 32).data(std::string(36, 'x')).bytes(),
            "gguf.duplicate_tensor");
        for (const std::int32_t removed : {4, 31, 36}) { // ggml refuses the file; its other tensors can be read
            row(qPrintable("type " + QString::number(removed)), one({1}, removed), "+gguf.removed_type");
        }
        for (const std::int32_t unknown : {43, -1}) {
            row(qPrintable("type " + QString::number(unknown)), one({1}, unknown), "+gguf.unknown_type");
        }
        row("type 42", GgufFile().tensor("a", {64}, 42, 0).data(std::string(18, 'q')).bytes(), "");
        row("Q8_1 stored", GgufFile().tensor("a", {32}, 9, 0).data(std::string(36, 'q')).bytes(), "");
        row("Q8_K stored", GgufFile().tensor("a", {256}, 15, 0).data(std::string(292, 'q')).bytes(), "");
        row("Q4_0 row 31", one({31}, 2), "gguf.block");
        row("Q4_0 row 0", GgufFile().tensor("a", {0}, 2, 0).bytes(), "");
        row("first offset 4", one({1}, 0, 4), "gguf.offset");
        row("first offset 32", GgufFile().tensor("a", {1}, 0, 32).data(std::string(36, 'x')).bytes(),
            "+gguf.offset_order"); // ggml refuses the next three
        row("offsets descending", GgufFile().tensor("a", {1}, 0, 32).tensor("b", {1}, 0, 0).data(std::string(36, 'x')).bytes(), "+gguf.offset_order");
        row("aligned hole", GgufFile().tensor("a", {1}, 0, 0).tensor("b", {1}, 0, 64).data(std::string(68, 'x')).bytes(), "+gguf.offset_order");
        row("same offset twice", GgufFile().tensor("a", {1}, 0, 0).tensor("b", {1}, 0, 0).data(four).bytes(), "gguf.overlap");
        row("empty tensor sharing its offset with the next", GgufFile().tensor("a", {0}, 0, 0).tensor("b", {1}, 0, 0).data(four).bytes(), "");
        row("padded header, no data", GgufFile().tensor("a", {1}, 0, 0).bytes(), "+gguf.truncated"); // ggml looks only when it loads
        row("ends before the padding", GgufFile().tensor("a", {1}, 0, 0).header(), "+gguf.truncated");
        row("last tensor not padded", one({1}), "");
    }

    void hostile()
    {
        QFETCH(QByteArray, file);
        QFETCH(QString, code);
        const auto result = open(file.toStdString());
        if (code.isEmpty() || code.startsWith('+')) {
            QVERIFY2(result, result ? "" : std::string(codeInfo(result.error().code).id).c_str());
            QStringList ids = problemIds(**result);
            ids.removeDuplicates();
            QCOMPARE(ids, code.isEmpty() ? QStringList() : QStringList{code.mid(1)});
        } else {
            QVERIFY(!result);
            QCOMPARE(QString::fromStdString(std::string(codeInfo(result.error().code).id)), code);
        }
    }

    void unknownTypeKeepsTheOthers()
    {
        const auto file =
            open(GgufFile().tensor("a", {5}, 99, 0).tensor("b", {1}, 0, 64).tensor("c", {7}, 4, 96).data(std::string(100, 'x')).bytes());
        QVERIFY(file);
        const auto& tensors = (*file)->tensors();
        QVERIFY(!tensors[0].readable() && tensors[1].readable() && !tensors[2].readable());
        QCOMPARE(tensors[0].dtypeText(), std::string_view("ggml:99"));
        QCOMPARE(tensors[0].bytes.length, 64U);
        QCOMPARE(tensors[2].dtypeText(), std::string_view("ggml:Q4_2"));
        QCOMPARE(tensors[2].bytes.length, 4U);
        QVERIFY(!(*file)->damaged());
    }

    void limitsHold()
    {
        Limits saved = limits();
        limits().ggufKeys = 1;
        const auto keys = open(GgufFile().u32("a", 1).u32("b", 1).bytes());
        limits() = saved;
        QVERIFY(!keys && keys.error().code == Code::LimitExceeded);
        limits().heldMetadata = 100;
        const auto held = open(GgufFile().string("a", std::string(200, 'x')).bytes());
        limits() = saved;
        QVERIFY(held && std::holds_alternative<MetadataPlace>(entryOf(**held, "a")->value));
        limits().tensorsPerFile = 1;
        const auto tensors = open(GgufFile().tensor("a", {1}, 0, 0).tensor("b", {1}, 0, 32).data(std::string(36, 'x')).bytes());
        limits() = saved;
        QVERIFY(!tensors && tensors.error().code == Code::LimitExceeded);
    }

    void splitFiles_data()
    {
        QTest::addColumn<QList<int>>("numbers"); // split.no of the files that are there; -1: not there
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("total");
        QTest::addColumn<QStringList>("problems");
        QTest::newRow("whole") << QList<int>{0, 1, 2} << 3 << 3 << QStringList();
        QTest::newRow("second missing") << QList<int>{0, -1, 2} << 3 << 3 << QStringList{"gguf.split_missing"};
        QTest::newRow("numbers swapped") << QList<int>{0, 2, 1} << 3 << 3 << QStringList{"gguf.split_number", "gguf.split_number"};
        QTest::newRow("count differs") << QList<int>{0, 1, 2} << 4 << 3
                                       << QStringList{"gguf.split_count", "gguf.split_count", "gguf.split_count", "gguf.split_missing"};
        QTest::newRow("tensors promised") << QList<int>{0, 1, 2} << 3 << 9 << QStringList{"gguf.split_tensors"};
    }

    void splitFiles()
    {
        QFETCH(QList<int>, numbers);
        QFETCH(int, count);
        QFETCH(int, total);
        QFETCH(QStringList, problems);
        const TempDir dir;
        std::string first;
        for (int i = 0; i < numbers.size(); ++i) {
            if (numbers[i] < 0) {
                continue;
            }
            GgufFile f;
            f.u16("split.no", static_cast<std::uint16_t>(numbers[i]))
                .u16("split.count", static_cast<std::uint16_t>(count))
                .i32("split.tensors.count", total);
            f.tensor("t" + std::to_string(i), {1}, 0, 0).data("abcd");
            const std::string path = dir.write(ggufPartName("m", static_cast<std::uint32_t>(i + 1), 3), f.bytes());
            first = first.empty() ? path : first;
        }
        for (const std::string& path : {first, dir.path()}) {
            const auto file = openCheckpoint({path});
            QVERIFY(file);
            QCOMPARE(problemIds(**file), problems);
            QCOMPARE((*file)->tensors().size(), static_cast<std::size_t>(numbers.size() - numbers.count(-1)));
        }
    }

    void splitDuplicate()
    {
        const TempDir dir;
        for (const std::uint32_t i : {1U, 2U}) {
            dir.write(ggufPartName("m", i, 2), GgufFile().tensor("same", {1}, 0, 0).data("abcd").bytes());
        }
        const auto file = openCheckpoint({dir.path()});
        QVERIFY(file);
        QCOMPARE(problemIds(**file), QStringList{"gguf.split_duplicate"});
    }

    void partNames()
    {
        const auto name = parseGgufPartName("a-b-00002-of-00003.gguf");
        QVERIFY(name && name->prefix == "a-b" && name->number == 2 && name->count == 3);
        QCOMPARE(ggufPartName("a-b", 2, 3), std::string("a-b-00002-of-00003.gguf"));
        for (const char* other : {"a.gguf", "a-00000-of-00003.gguf", "a-1-of-3.gguf", "a-00001-of-00003.bin", "00001-of-00003.gguf"}) {
            QVERIFY(!parseGgufPartName(other));
        }
    }
};

QTEST_GUILESS_MAIN(TestGguf)
#include "tst_gguf.moc"
