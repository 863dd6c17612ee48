// SPDX-License-Identifier: Apache-2.0
#include "core/formats/formatreader.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"

#include <QTest>

#include <string>

using namespace ckptscope;
using namespace ckptscope::test;

namespace {

using Open = Result<std::shared_ptr<const Checkpoint>>;

/// The ids of the problems that weigh as errors, and of an error where nothing opened, joined by spaces.
std::string errorsOf(const Open& opened)
{
    if (!opened) {
        return "!" + std::string(codeInfo(opened.error().code).id);
    }
    std::string ids;
    for (const Problem& problem : (*opened)->problems()) {
        if (problem.severity == Severity::Error) {
            ids += ids.empty() ? "" : " ";
            ids += codeInfo(problem.what.code).id;
        }
    }
    return ids;
}

std::string otherOf(const Checkpoint& checkpoint)
{
    std::string ids;
    for (const Problem& problem : checkpoint.problems()) {
        if (problem.severity != Severity::Error && problem.what.code != Code::ConfigMissing) {
            ids += ids.empty() ? "" : " ";
            ids += codeInfo(problem.what.code).id;
        }
    }
    return ids;
}

const std::string A = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";

} // namespace

class TestSafetensors : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// What huggingface/safetensors' own validator accepts or refuses (its behaviour was executed, release 0.8).
    void verdicts_data()
    {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QString>("errors"); ///< of ours; empty: sound
        QTest::addColumn<QString>("others");
        QTest::addColumn<int>("tensors");
        const auto row = [](const char* name, const std::string& file, const char* errors, int tensors, const char* others = "") {
            QTest::newRow(name) << QByteArray(file.data(), static_cast<qsizetype>(file.size())) << QString::fromLatin1(errors)
                                << QString::fromLatin1(others) << tensors;
        };
        const auto raw = [](const std::string& header, const std::string& data = {}) { return rawSafetensors(header, data); };
        // accepted upstream
        row("golden: empty", std::string("\x08\0\0\0\0\0\0\0{}      ", 16), "", 0);
        row("golden: F4", std::string("\x38\0\0\0\0\0\0\0", 8) + R"({"w":{"dtype":"F4","shape":[1,2],"data_offsets":[0,1]}} )" + "\x21", "", 1);
        row("golden: I32 zeros, not padded",
            std::string("\x3c\0\0\0\0\0\0\0", 8) + R"({"test":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}})" + std::string(16, '\0'), "", 1,
            "");
        row("white space around", raw(" \t\r\n{" + A + "} \n\t", "x"), "", 1, "safetensors.leading_space");
        row("same name, same bytes", raw("{" + A + "," + A + "}", "x"), "safetensors.duplicate_tensor safetensors.overlap", 2);
        row("same name spelled with an escape", raw("{" + A + R"(,"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "x"),
            "safetensors.duplicate_tensor safetensors.overlap", 2);
        row("metadata key twice", raw(R"({"__metadata__":{"k":"1","k":"2"},)" + A + "}", "x"), "", 1, "safetensors.duplicate_metadata_key");
        row("metadata twice", raw(R"({"__metadata__":{},"__metadata__":{},)" + A + "}", "x"), "safetensors.metadata", 1);
        row("metadata null", raw(R"({"__metadata__":null,)" + A + "}", "x"), "", 1, "safetensors.null_metadata");
        row("metadata last", raw("{" + A + R"(,"__metadata__":{"format":"pt"}})", "x"), "", 1);
        row("metadata number", raw(R"({"__metadata__":{"k":1},)" + A + "}", "x"), "safetensors.metadata", 1);
        row("metadata nested", raw(R"({"__metadata__":{"k":{"l":"m"}},)" + A + "}", "x"), "safetensors.metadata", 1);
        row("metadata list", raw(R"({"__metadata__":[],)" + A + "}", "x"), "safetensors.metadata", 1);
        row("unknown field", raw(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":[{}]}})", "x"), "", 1, "safetensors.unknown_field");
        row("entry as a list", raw(R"({"a":["U8",[1],[0,1]]})", "x"), "", 1, "safetensors.entry");
        row("dtype as an object", raw(R"({"a":{"dtype":{"U8":null},"shape":[1],"data_offsets":[0,1]}})", "x"), "", 1, "safetensors.entry");
        row("dtype with an escape", raw(R"({"a":{"dtype":"\u00558","shape":[1],"data_offsets":[0,1]}})", "x"), "", 1);
        row("not sorted", raw(R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},)" + A + "}", "xy"), "", 2);
        row("empty tensor at a boundary", raw("{" + A + R"(,"e":{"dtype":"F32","shape":[0,7],"data_offsets":[1,1]}})", "x"), "", 2);
        row("empty tensor at 0, not first by name", raw("{" + A + R"(,"z":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}})", "x"), "", 2);
        row("scalar", raw(R"({"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})", "abcd"), "", 1, "safetensors.unaligned");
        row("F4 [3,2]", raw(R"({"s":{"dtype":"F4","shape":[3,2],"data_offsets":[0,3]}})", "abc"), "", 1);
        row("F6 of 4", raw(R"({"s":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[0,3]}})", "abc"), "", 1);
        row("name empty", raw(R"({"":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "x"), "", 1, "safetensors.odd_name");
        row("name with NUL", raw(R"({"a\u0000":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "x"), "", 1, "safetensors.odd_name");
        row("name like a path", raw(R"({"../../x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "x"), "", 1, "safetensors.odd_name");
        row("surrogate pair", raw(R"({"\ud83d\ude00":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "x"), "", 1);
        row("rank 40",
            raw(R"({"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}})",
                "x"),
            "", 1);
        row("0 first, then too much", raw(R"({"a":{"dtype":"U8","shape":[0,9223372036854775808,2],"data_offsets":[0,0]}})"), "", 1,
            "safetensors.huge_empty");
        // refused upstream
        row("too much, then 0", raw(R"({"a":{"dtype":"U8","shape":[9223372036854775808,2,0],"data_offsets":[0,0]}})"), "safetensors.overflow", 1);
        row("bytes overflow", raw(R"({"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,0]}})"), "safetensors.overflow", 1);
        row("N = 0", le64(0) + "{}", "!safetensors.json", 0);
        row("only spaces", raw("    "), "!safetensors.json", 0);
        row("byte-order mark", raw("\xEF\xBB\xBF{" + A + "}", "x"), "!safetensors.json", 0);
        row("padded with NUL", raw("{" + A + "}" + std::string(3, '\0'), "x"), "safetensors.json", 1);
        row("a list", raw("[]"), "!safetensors.json", 0);
        row("null", raw("null"), "!safetensors.json", 0);
        row("two objects", raw("{" + A + "}{}", "x"), "safetensors.json", 1);
        row("trailing comma", raw("{" + A + ",}", "x"), "safetensors.json", 1);
        row("comment", raw("{/**/" + A + "}", "x"), "!safetensors.json", 0);
        row("lower-case dtype", raw(R"({"a":{"dtype":"u8","shape":[1],"data_offsets":[0,1]}})", "x"), "safetensors.unknown_dtype", 1);
        row("unknown dtype", raw(R"({"a":{"dtype":"C128","shape":[1],"data_offsets":[0,16]}})", std::string(16, 'x')), "safetensors.unknown_dtype",
            1);
        row("dtype a number", raw(R"({"a":{"dtype":5,"shape":[1],"data_offsets":[0,1]}})", "x"), "!safetensors.entry", 0);
        for (const char* dim : {"1.0", "1e0", "-1", "-0", "\"1\"", "01", "18446744073709551616", "null", "[1]", "true"}) {
            const std::string file = raw(R"({"a":{"dtype":"U8","shape":[)" + std::string(dim) + R"(],"data_offsets":[0,1]}})", "x");
            row(qPrintable(QStringLiteral("dimension %1").arg(QLatin1String(dim))), file,
                std::string_view(dim) == "01" ? "!safetensors.json" : "!safetensors.entry", 0);
        }
        row("one offset", raw(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}})", "x"), "!safetensors.entry", 0);
        row("three offsets", raw(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}})", "x"), "!safetensors.entry", 0);
        row("reversed offsets", raw(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}})", "x"),
            "safetensors.offsets safetensors.trailing_bytes", 1);
        row("hole at the start", raw(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", "xy"), "safetensors.hole", 1);
        row("hole in the middle", raw("{" + A + R"(,"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})", "xyz"), "safetensors.hole", 2);
        row("overlap", raw(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})", "xyz"),
            "safetensors.overlap", 2);
        row("one range, two tensors", raw("{" + A + R"(,"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "x"), "safetensors.overlap", 2);
        row("empty tensor behind the end", raw("{" + A + R"(,"e":{"dtype":"U8","shape":[0],"data_offsets":[5,5]}})", "x"),
            "safetensors.offsets safetensors.truncated", 2);
        row("empty tensor inside another",
            raw(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"e":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}})", "xy"),
            "safetensors.overlap", 2);
        row("size differs", raw(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "abcd"), "safetensors.size", 1, "safetensors.unaligned");
        row("bytes behind the last", raw("{" + A + "}", "xyz"), "safetensors.trailing_bytes", 1);
        row("bytes behind nothing", raw("{}", "xyz"), "safetensors.trailing_bytes", 0);
        row("cut", raw(R"({"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}})", "xyz"), "safetensors.truncated", 1);
        row("F4 of 3", raw(R"({"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}})", "xy"), "safetensors.misaligned", 1);
        row("F4 scalar", raw(R"({"a":{"dtype":"F4","shape":[],"data_offsets":[0,1]}})", "x"), "safetensors.misaligned", 1);
        row("F6 of 2", raw(R"({"a":{"dtype":"F6_E3M2","shape":[2],"data_offsets":[0,2]}})", "xy"), "safetensors.misaligned", 1);
        row("control character in a name", raw("{\"a\x01\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", "x"), "!safetensors.json", 0);
        row("lone surrogate", raw(R"({"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "x"), "!safetensors.json", 0);
        row("name not UTF-8", raw("{\"\xC3\x28\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", "x"), "!safetensors.utf8", 0);
        row("NaN", raw(R"({"a":{"dtype":"U8","shape":[NaN],"data_offsets":[0,1]}})", "x"), "!safetensors.json", 0);
        row("value null", raw(R"({"a":null})"), "!safetensors.entry", 0);
        row("value a number", raw(R"({"a":3})"), "!safetensors.entry", 0);
        row("shape missing", raw(R"({"a":{"dtype":"U8","data_offsets":[0,1]}})", "x"), "!safetensors.entry", 0);
        row("field twice", raw(R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "x"), "!safetensors.entry", 0);
        row("nested 200 deep in an ignored field",
            raw(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":)" + std::string(200, '[') + std::string(200, ']') + "}}", "x"),
            "!safetensors.json", 0, "");
        row("7 bytes", std::string(7, '\1'), "!safetensors.header_too_small", 0);
        row("length over the file", rawSafetensors(100'000'000, "{}"), "!safetensors.header_length", 0);
        row("length over the limit", rawSafetensors(100'000'001, "{}"), "!safetensors.header_too_large", 0);
        row("length 2^64-1", rawSafetensors(UINT64_MAX, "{}"), "!safetensors.header_too_large", 0);
        row("offsets near 2^64", raw(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[18446744073709551614,18446744073709551615]}})", "x"),
            "safetensors.offsets safetensors.truncated", 1);
        // damaged in one place: the rest is listed
        row("one bad entry among three", raw("{" + A + R"(,"b":{"dtype":"U8"},"c":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", "xy"),
            "safetensors.entry", 2);
        row("broken in the middle", raw("{" + A + R"(,"b":{"dtype":"U8",)", "x"), "safetensors.json", 1);
        row("header cut", rawSafetensors(500, "{" + A + R"(,"b":{"dtype")"), "safetensors.header_length safetensors.json", 1);
    }

    void verdicts()
    {
        QFETCH(QByteArray, file);
        QFETCH(QString, errors);
        QFETCH(QString, others);
        QFETCH(int, tensors);
        const TempDir dir;
        const auto opened = openCheckpoint({dir.write("x.safetensors", {file.data(), static_cast<std::size_t>(file.size())})});
        QCOMPARE(QString::fromStdString(errorsOf(opened)), errors);
        if (opened) {
            QCOMPARE((*opened)->damaged(), !errors.isEmpty());
            QCOMPARE(static_cast<int>((*opened)->tensors().size()), tensors);
            QCOMPARE(QString::fromStdString(otherOf(**opened)), others);
            for (const Problem& problem : (*opened)->problems()) {
                QVERIFY(problem.what.code == Code::ConfigMissing || !problem.what.file.empty());
            }
        } else {
            QVERIFY(!opened.error().file.empty());
            QVERIFY(opened.error().offset.has_value());
        }
    }

    void everyTruncation()
    {
        const std::string whole =
            SafetensorsFile().metadata("format", "pt").addValue("a", "BF16", {3, 4}, 1.5).addValue("b.c", "F32", {2}, 2).bytes();
        const TempDir dir;
        for (std::size_t length = 0; length < whole.size(); ++length) {
            const auto opened = openCheckpoint({dir.write("x.safetensors", std::string_view(whole).substr(0, length))});
            QVERIFY2(!opened || (*opened)->damaged(), qPrintable(QString::number(length)));
        }
        QVERIFY(!(*openCheckpoint({dir.write("x.safetensors", whole)}))->damaged());
    }

    void describesTensors()
    {
        const TempDir dir;
        const auto path = dir.write(
            "m.safetensors", SafetensorsFile().metadata("format", "pt").addValue("z.w", "BF16", {3, 4}, 1).addValue("a", "F32", {}, 2).bytes());
        const auto opened = openCheckpoint({path});
        QVERIFY(opened);
        const Checkpoint& checkpoint = **opened;
        QCOMPARE(checkpoint.format(), std::string("safetensors"));
        QCOMPARE(checkpoint.isFolder(), false);
        QCOMPARE(checkpoint.tensors().size(), std::size_t{2});
        QCOMPARE(checkpoint.tensors()[0].key, std::string_view("z.w")); // file order
        QCOMPARE(checkpoint.byName(), (std::vector<std::uint32_t>{1, 0}));
        const TensorInfo* found = checkpoint.find("z.w");
        QVERIFY(found != nullptr);
        QCOMPARE(checkpoint.indexOf(*found), 0U);
        QCOMPARE(found->dtype, DType::BF16);
        QCOMPARE(std::vector<std::uint64_t>(found->shape.begin(), found->shape.end()), (std::vector<std::uint64_t>{3, 4}));
        QCOMPARE(found->bytes.length, std::uint64_t{24});
        QCOMPARE(found->bytes.offset, checkpoint.shards()[0].dataStart);
        QVERIFY(checkpoint.find("z") == nullptr);
        QVERIFY(checkpoint.find("zz") == nullptr);
        QCOMPARE(checkpoint.parameters(), std::uint64_t{13});
        QCOMPARE(checkpoint.tensorBytes(), std::uint64_t{28});
        QCOMPARE(checkpoint.metadata().size(), std::size_t{1});
        QCOMPARE(std::get<std::string>(checkpoint.metadata()[0].value), std::string("pt"));
    }

    void manyProblemsStayFew()
    {
        std::string header = "{";
        for (int i = 0; i < 5000; ++i) {
            header += (i > 0 ? "," : "") + safetensorsEntry("t" + std::to_string(i), "U8", {1}, 0, 1);
        }
        const TempDir dir;
        const auto opened = openCheckpoint({dir.write("x.safetensors", rawSafetensors(header + "}", "x"))});
        QVERIFY(opened);
        QCOMPARE((*opened)->tensors().size(), std::size_t{5000});
        QVERIFY((*opened)->problems().size() < 2 * limits().problemsPerCode);
        QVERIFY((*opened)->damaged());
        const auto more = std::find_if((*opened)->problems().begin(), (*opened)->problems().end(),
                                       [](const Problem& p) { return p.what.code == Code::MoreOfThese; });
        QVERIFY(more != (*opened)->problems().end());
        QCOMPARE(more->what.args.front(), std::to_string(4999 - limits().problemsPerCode));
    }

    void longMetadataIsAPlace()
    {
        const TempDir dir;
        const auto opened = openCheckpoint(
            {dir.write("m.safetensors", SafetensorsFile().metadata("k", std::string(100'000, 'v')).addValue("a", "U8", {1}, 1).bytes())});
        QVERIFY(opened);
        QVERIFY(std::holds_alternative<MetadataPlace>((*opened)->metadata().at(0).value));
    }

    void limitsAreTold()
    {
        const auto before = limits();
        limits().tensorsPerFile = 2;
        const TempDir dir;
        const auto opened = openCheckpoint({dir.write(
            "m.safetensors", SafetensorsFile().addValue("a", "U8", {1}, 1).addValue("b", "U8", {1}, 1).addValue("c", "U8", {1}, 1).bytes())});
        limits() = before;
        QCOMPARE(errorsOf(opened), std::string("limit_exceeded safetensors.trailing_bytes"));
        QCOMPARE((*opened)->tensors().size(), std::size_t{2});
    }
};

QTEST_APPLESS_MAIN(TestSafetensors)
#include "tst_safetensors.moc"
