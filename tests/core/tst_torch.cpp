// SPDX-License-Identifier: Apache-2.0
// torch.save files: what PyTorch itself wrote, the same cut short at every byte, and archives that lie.
#include "core/formats/formatreader.h"
#include "core/formats/zip.h"
#include "core/report/messages.h"
#include "tests/support/golden.h"
#include "tests/support/tempdir.h"
#include "tests/support/zipfile.h"

#include <QScopeGuard>
#include <QTest>

#include <algorithm>

using namespace ckptscope;
using namespace ckptscope::test;
using namespace std::string_literals;

namespace {

Result<std::shared_ptr<const Checkpoint>> openBytes(const TempDir& dir, const std::string& bytes, const std::string& name = "x.pt")
{
    return openCheckpoint({dir.write(name, bytes)});
}

std::string codesOf(const Result<std::shared_ptr<const Checkpoint>>& opened)
{
    if (!opened) {
        return "refused: " + std::string(codeInfo(opened.error().code).id);
    }
    std::vector<std::string> codes;
    for (const auto& problem : (*opened)->problems()) {
        codes.emplace_back(codeInfo(problem.what.code).id);
    }
    std::erase(codes, "config.missing");
    std::sort(codes.begin(), codes.end());
    codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
    std::string out;
    for (const auto& code : codes) {
        out += (out.empty() ? "" : " ") + code;
    }
    return out;
}

std::string u32(std::uint32_t value)
{
    std::string out;
    for (int i = 0; i < 4; ++i) {
        out += static_cast<char>(value >> (8 * i) & 0xFF);
    }
    return out;
}

std::string number(std::uint64_t value) // BININT or LONG1
{
    if (value <= INT32_MAX) {
        return "J" + u32(static_cast<std::uint32_t>(value));
    }
    std::string out = "\x8a\x09";
    for (int i = 0; i < 9; ++i) {
        out += i == 8 ? '\0' : static_cast<char>(value >> (8 * i) & 0xFF);
    }
    return out;
}

std::string text(const std::string& s)
{
    return "X" + u32(static_cast<std::uint32_t>(s.size())) + s;
}

std::string tuple(const std::vector<std::uint64_t>& values)
{
    std::string out = "(";
    for (const auto value : values) {
        out += number(value);
    }
    return out + "t";
}

/// {"a": tensor} as torch pickles it.
std::string tensorPickle(std::uint64_t elements, std::uint64_t offset, const std::vector<std::uint64_t>& size,
                         const std::vector<std::uint64_t>& stride, const std::string& storage = "FloatStorage", const std::string& location = "cpu")
{
    return "\x80\x02}" + text("a") + "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\n" + storage + "\n" + text("0")
        + text(location) + number(elements) + "tQ" + number(offset) + tuple(size) + tuple(stride) + "\x89" + "ccollections\nOrderedDict\n)RtRs.";
}

/// What a legacy file begins with, less the end of its first pickle.
const std::string LegacyMagic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 14);

std::string archive(const std::string& pickle, const std::string& data)
{
    return ZipFile()
        .add("archive/data.pkl", pickle)
        .add("archive/byteorder", "little")
        .add("archive/data/0", data)
        .add("archive/version", "3\n")
        .bytes();
}

} // namespace

class TorchTest : public QObject {
    Q_OBJECT
private slots:
    void golden_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<quint64>("offset");
        QTest::newRow("zip") << QByteArray::fromStdString(goldenTorchZip()) << quint64(320);
        QTest::newRow("legacy") << QByteArray::fromStdString(goldenTorchLegacy()) << quint64(341);
    }
    void golden()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(quint64, offset);
        const TempDir dir;
        const auto opened = openBytes(dir, bytes.toStdString());
        QVERIFY2(opened, opened ? "" : errorText(opened.error()).c_str());
        const auto& checkpoint = **opened;
        QCOMPARE(checkpoint.format(), "torch");
        QCOMPARE(codesOf(opened), "");
        QCOMPARE(checkpoint.tensors().size(), std::size_t{1});
        const auto& tensor = checkpoint.tensors().front();
        QCOMPARE(tensor.key, "a");
        QCOMPARE(tensor.dtype, DType::F32);
        QCOMPARE(tensor.shape.size(), std::size_t{1});
        QCOMPARE(tensor.shape[0], std::uint64_t{2});
        QCOMPARE(tensor.bytes, (ByteRange{offset, 8}));
        QCOMPARE(bytes.mid(static_cast<int>(offset), 8), QByteArray("\0\0\x80\x3f\0\0\0\x40", 8));
        QVERIFY(tensor.readable());
        QVERIFY(std::all_of(checkpoint.globals().begin(), checkpoint.globals().end(),
                            [](const auto& g) { return g.grade == PickleGlobal::Grade::Known; }));
        QCOMPARE(checkpoint.globals().size(), std::size_t{3});
    }

    /// No cut gives a crash, and none a tensor that is called readable although its bytes are gone.
    void truncations_data() { golden_data(); }
    void truncations()
    {
        QFETCH(QByteArray, bytes);
        const TempDir dir;
        const auto path = dir.write("x.pt", bytes.toStdString());
        for (int size = static_cast<int>(bytes.size()) - 1; size >= 0; --size) {
            dir.truncate("x.pt", static_cast<std::uint64_t>(size));
            const auto opened = openCheckpoint({path});
            QVERIFY2(!opened || (*opened)->damaged(), std::to_string(size).c_str());
            if (opened) {
                for (const auto& tensor : (*opened)->tensors()) {
                    QVERIFY(!tensor.readable() || tensor.bytes.end() <= static_cast<std::uint64_t>(size));
                }
            }
        }
    }

    /// Every one-bit change gives an answer; which one does not matter, only that tensors stay in the file.
    void flippedBits_data() { golden_data(); }
    void flippedBits()
    {
        QFETCH(QByteArray, bytes);
        const TempDir dir;
        const auto path = dir.write("x.pt", bytes.toStdString());
        for (int i = 0; i < bytes.size(); ++i) {
            dir.patch("x.pt", static_cast<std::uint64_t>(i), std::string(1, static_cast<char>(bytes[i] ^ (1 << (i % 8)))));
            const auto opened = openCheckpoint({path});
            dir.patch("x.pt", static_cast<std::uint64_t>(i), std::string(1, bytes[i]));
            if (opened) {
                for (const auto& tensor : (*opened)->tensors()) {
                    QVERIFY(!tensor.readable() || (tensor.extra != nullptr && tensor.extra->layout)
                            || tensor.bytes.end() <= static_cast<std::uint64_t>(bytes.size()));
                }
            }
        }
    }

    /// Views that reach out of their storage, as torch itself refuses them or, before 2.10, did not.
    void views_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<bool>("readable");
        const auto row = [](const char* name, const std::string& pickle, std::size_t data, bool readable) {
            QTest::newRow(name) << QByteArray::fromStdString(archive(pickle, std::string(data, 'x'))) << readable;
        };
        row("whole", tensorPickle(6, 0, {2, 3}, {3, 1}), 24, true);
        row("transposed", tensorPickle(6, 0, {3, 2}, {1, 3}), 24, true);
        row("expanded", tensorPickle(6, 5, {1000, 1000}, {0, 0}), 24, true);
        row("empty at the end", tensorPickle(6, 6, {0}, {1}), 24, true);
        row("empty behind the end", tensorPickle(6, 600, {0, 1}, {1, 1}), 24, true);
        row("scalar", tensorPickle(6, 5, {}, {}), 24, true);
        row("scalar behind the end", tensorPickle(6, 6, {}, {}), 24, false);
        row("one too many", tensorPickle(6, 1, {2, 3}, {3, 1}), 24, false);
        row("stride too long", tensorPickle(6, 0, {2, 3}, {4, 1}), 24, false);
        row("stride of 2**63", tensorPickle(6, 0, {2, 2}, {1ULL << 62U, 1ULL << 62U}), 24, false);
        row("sizes overflow", tensorPickle(6, 0, {1ULL << 40U, 1ULL << 40U}, {0, 0}), 24, false);
        row("offset overflows", tensorPickle(6, INT64_MAX, {2}, {1}), 24, false);
        row("ranks differ", tensorPickle(6, 0, {6}, {1, 1}), 24, false);
        row("negative size",
            "\x80\x02}" + text("a") + "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu")
                + number(6) + "tQ" + number(0) + "(J\xff\xff\xff\xfft" + tuple({1}) + "\x89)tRs.",
            24, false);
        row("storage shorter than declared", tensorPickle(6, 0, {6}, {1}), 20, false);
        row("storage of another type", tensorPickle(3, 0, {3}, {1}, "DoubleStorage"), 24, true);
        row("meta", tensorPickle(6, 0, {6}, {1}, "FloatStorage", "meta"), 24, false);
    }
    void views()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(bool, readable);
        const TempDir dir;
        const auto opened = openBytes(dir, bytes.toStdString());
        QVERIFY(opened);
        QCOMPARE((*opened)->tensors().size(), std::size_t{1});
        const auto& tensor = (*opened)->tensors().front();
        QCOMPARE(tensor.readable(), readable);
        QVERIFY(readable || !tensor.extra->unreadable.empty());
    }

    /// Archives that say different things to different readers.
    void archives_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("codes");
        const auto pickle = tensorPickle(2, 0, {2}, {1});
        const auto evil = "\x80\x02"
                          "cos\nsystem\n"s
            + text("id") + "\x85R.";
        const std::string data(8, 'x');
        const auto row = [](const char* name, const ZipFile& zip, const char* codes) {
            QTest::newRow(name) << QByteArray::fromStdString(zip.bytes()) << codes;
        };
        const auto base = [&] { return ZipFile().add("a/data.pkl", pickle).add("a/version", "3\n"); };
        const auto with = [&](const ZipFile::Entry& entry) { return base().add(entry); };
        ZipFile::Entry entry;
        entry.name = "a/data/0";
        entry.data = data;
        row("good", with(entry), "");
        row("storage is missing", base(), "torch.storage_missing");
        row("found without regard to case", ZipFile().add("a/DATA.PKL", pickle).add("a/version", "3\n").add(entry), "");
        row("two of one name", with(entry).add("a/data.pkl", evil), "zip.duplicate_entry");
        row("two that differ in case", with(entry).add("a/Data.pkl", evil), "zip.case");
        row("other folder", with(entry).add("b/data.pkl", pickle), "torch.folders");
        row("orphan", with(entry).add("a/data/1", data), "torch.orphan_storage");
        row("no version", ZipFile().add("a/data.pkl", pickle).add(entry), "torch.version");
        row("version 99", ZipFile().add("a/data.pkl", pickle).add("a/version", "99").add(entry), "torch.version");
        row("junk behind STOP", ZipFile().add("a/data.pkl", pickle + "?").add("a/version", "3").add(entry), "pickle.trailing_bytes");
        row("second pickle", ZipFile().add("a/data.pkl", pickle + evil).add("a/version", "3").add(entry), "pickle.second");
        row("comment", with(entry).comment("hello"), "");
        row("end record in the comment", with(entry).comment("PK\x05\x06"s + std::string(18, '\0')), "zip.second_end");
        row("no pickle", ZipFile().add("a/readme", "hello"), "refused: torch.no_pickle");
        row("no entries", ZipFile(), "refused: open.unknown_format");
        row("export archive", ZipFile().add("a/models/model.json", "{}").add("a/data/weights/weight_0", data), "refused: open.unsupported");
        row("TorchScript of PyTorch 1.0", ZipFile().add("a/model.json", "{}").add("a/tensors/0", data), "refused: open.unsupported");
        row("package", ZipFile().add("a/.data/extern_modules", "os\n").add("a/.data/version", "6"), "refused: open.unsupported");
        row("pickle a folder too deep", ZipFile().add("a/x", "").add("a/b/data.pkl", pickle).add("a/b/version", "3").add("a/b/data/0", data),
            "torch.folders torch.misplaced_pickle");
        row("traversal", with(entry).add("a/../../x", data), "zip.odd_name");
        row("absolute", with(entry).add("/etc/x", data), "torch.folders zip.odd_name");
        row("backslash", with(entry).add("a\\x", data), "torch.folders zip.odd_name");
        auto bad = entry;
        bad.crc = 1;
        row("checksum", with(bad), "zip.checksum");
        bad = entry;
        bad.localName = "a/data/9";
        row("other name in its own header", with(bad), "zip.local_name");
        bad = entry;
        bad.localFlags = 0x0809;
        row("flags of encryption in its own header", with(bad), "zip.local_flags");
        bad.flags = 0x0809;
        row("encrypted", with(bad), "torch.tensor zip.unsupported");
        bad = entry;
        bad.method = 99;
        row("method 99", with(bad), "torch.tensor zip.unsupported");
        bad = entry;
        bad.bytes = 100;
        row("sizes differ", with(bad), "torch.tensor zip.sizes");
        bad = entry;
        bad.bytes = bad.compressed = 1ULL << 60U;
        row("size of 2**60", with(bad), "torch.tensor zip.outside");
        bad = entry;
        bad.method = 8;
        bad.bytes = 1ULL << 40U;
        row("unpacks to a terabyte", with(bad), "torch.tensor zip.ratio");
        bad = entry;
        bad.header = 0;
        row("header of another entry", with(bad), "torch.tensor zip.checksum zip.local_name zip.overlap");
        bad = entry;
        bad.header = 0xFFFFFF;
        row("header behind the end", with(bad), "torch.tensor zip.outside");
    }
    void archives()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, codes);
        const TempDir dir;
        const auto opened = openBytes(dir, bytes.toStdString());
        QCOMPARE(QString::fromStdString(codesOf(opened)), codes);
        // Whatever entry hides it: what would run is named.
        if (bytes.contains("cos\nsystem\n")) {
            const auto& globals = (*opened)->globals();
            QVERIFY(std::any_of(globals.begin(), globals.end(),
                                [](const auto& g) { return g.module == "os" && g.grade == PickleGlobal::Grade::Dangerous; }));
        }
    }

    /// Caps on archives, and deflate streams that lie about themselves.
    void deflated_data()
    {
        QTest::addColumn<QByteArray>("data");
        QTest::addColumn<quint64>("bytes"); // unpacked, as the directory has it; 0: the truth
        QTest::addColumn<QString>("codes");
        const auto pickle = tensorPickle(2, 0, {2}, {1});
        const auto size = static_cast<std::uint16_t>(pickle.size());
        const auto u16 = [](unsigned value) { return std::string{static_cast<char>(value & 0xFFU), static_cast<char>(value >> 8U & 0xFFU)}; };
        const auto stored = "\x01" + u16(size) + u16(~size & 0xFFFFU) + pickle;
        const auto row = [](const char* name, const std::string& data, quint64 bytes, const char* codes) {
            QTest::newRow(name) << QByteArray::fromStdString(data) << bytes << codes;
        };
        row("whole", stored, 0, "");
        row("cut", stored.substr(0, stored.size() - 3), 0, "refused: zip.inflate");
        row("no deflate at all", std::string(stored.size(), '\xff'), 0, "refused: zip.inflate");
        row("shorter than promised", stored, size + 1U, "refused: zip.inflate");
        row("longer than promised", stored, size - 1U, "refused: zip.inflate");
        row("over the limit", stored, 2000, "refused: limit_exceeded");
    }
    void deflated()
    {
        QFETCH(QByteArray, data);
        QFETCH(quint64, bytes);
        const auto pickle = tensorPickle(2, 0, {2}, {1});
        ZipFile::Entry entry;
        entry.name = "a/data.pkl";
        entry.data = data.toStdString();
        entry.bytes = bytes == 0 ? pickle.size() : bytes;
        entry.crc = ZipFile::crc32(pickle);
        entry.method = 8;
        const auto restore = qScopeGuard([before = zipLimits()] { zipLimits() = before; });
        zipLimits().unpacked = 1000;
        const TempDir dir;
        QTEST(QString::fromStdString(codesOf(openBytes(dir, ZipFile().add(entry).add("a/version", "3").add("a/data/0", "12345678").bytes()))),
              "codes");
    }

    void archiveLimits()
    {
        const auto file = ZipFile().add("a/data.pkl", tensorPickle(2, 0, {2}, {1})).add("a/version", "3").add("a/data/0", "12345678").bytes();
        const TempDir dir;
        const auto restore = qScopeGuard([before = zipLimits()] { zipLimits() = before; });
        zipLimits().entries = 2;
        QCOMPARE(codesOf(openBytes(dir, file)), "refused: limit_exceeded");
        zipLimits().entries = 3;
        QCOMPARE(codesOf(openBytes(dir, file)), "");
        zipLimits().directory = 100;
        QCOMPARE(codesOf(openBytes(dir, file)), "refused: limit_exceeded");
    }

    /// Legacy files: pickles one after the other, of which each can lie about the next.
    void legacy_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("codes");
        QTest::addColumn<bool>("readable");
        const auto row = [](const char* name, const std::string& bytes, const char* codes, bool readable) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes) << codes << readable;
        };
        const std::string version = "\x80\x02M\xe9\x03.";
        const std::string info = "\x80\x02}.";
        const std::string object = tensorPickle(2, 0, {2}, {1});
        const std::string keys = "\x80\x02](" + text("0") + "e.";
        const std::string two = "\2\0\0\0\0\0\0\0"s;
        const std::string data(8, 'x');
        row("whole", LegacyMagic + "." + version + info + object + keys + two + data, "", true);
        row("magic number is dropped for another one", LegacyMagic + "0K\1." + version + info + object + keys + two + data, "refused: torch.legacy",
            false);
        row("version 1000", LegacyMagic + "." + "\x80\x02M\xe8\x03." + info + object + keys + two + data, "refused: torch.legacy", false);
        row("system info is a list", LegacyMagic + "." + version + "\x80\x02]." + object + keys + two + data, "torch.legacy", true);
        row("list of storages holds a number", LegacyMagic + "." + version + info + object + "\x80\x02](K\1e." + two + data,
            "pickle.trailing_bytes torch.legacy torch.storage_missing", false);
        row("list of storages names another one first",
            LegacyMagic + "." + version + info + object + "\x80\x02](" + text("1") + text("0") + "e." + two + data,
            "pickle.trailing_bytes torch.legacy torch.tensor", false);
        row("count differs", LegacyMagic + "." + version + info + object + keys + "\3\0\0\0\0\0\0\0"s + data + "more", "torch.legacy", true);
        row("count of 2**62", LegacyMagic + "." + version + info + object + keys + "\0\0\0\0\0\0\0\x40"s + data, "torch.legacy torch.truncated",
            true);
        row("ends in its storage", LegacyMagic + "." + version + info + object + keys + two + "xxx", "torch.tensor torch.truncated", false);
        row("ends in the count", LegacyMagic + "." + version + info + object + keys + "\2", "pickle.trailing_bytes torch.tensor torch.truncated",
            false);
        const auto other = "(" + text("storage") + "ctorch\nDoubleStorage\n" + text("0") + text("cpu") + number(2) + "tQ";
        row("storage of two types",
            LegacyMagic + "." + version + info + object.substr(0, object.size() - 1) + text("b") + other + "s." + keys + two + data,
            "torch.storage_types torch.tensor", true);
    }
    void legacy()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(bool, readable);
        const TempDir dir;
        const auto opened = openBytes(dir, bytes.toStdString());
        QTEST(QString::fromStdString(codesOf(opened)), "codes");
        if (opened) {
            QCOMPARE((*opened)->tensors().front().key, "a");
            QCOMPARE((*opened)->tensors().front().readable(), readable);
        }
    }

    /// pickle.dumps(tensor): a legacy file in the bytes of another. Cut anywhere, its tensor is no longer called readable.
    void embedded()
    {
        const auto inner = LegacyMagic + "." + "\x80\x02M\xe9\x03." + "\x80\x02}." + "\x80\x02(" + text("storage") + "ctorch\nFloatStorage\n"
            + text("7") + text("cpu") + number(2) + "NtQ." + "\x80\x02](" + text("7") + "e." + "\2\0\0\0\0\0\0\0"s + "12345678";
        const auto outer = [](const std::string& bytes) {
            return "\x80\x03}" + text("a") + "ctorch._utils\n_rebuild_tensor_v2\n(ctorch.storage\n_load_from_bytes\nB"
                + u32(static_cast<std::uint32_t>(bytes.size())) + bytes + "\x85R" + number(0) + tuple({2}) + tuple({1}) + "\x89"
                + "ccollections\nOrderedDict\n)RtRs.";
        };
        const TempDir dir;
        const auto file = [&](const std::string& bytes) {
            return openBytes(dir, ZipFile().add("x/data.pkl", outer(bytes)).add("x/version", "3").bytes());
        };
        const auto whole = file(inner);
        QCOMPARE(codesOf(whole), "");
        const TensorInfo& tensor = (*whole)->tensors().front();
        QVERIFY(tensor.readable() && tensor.dtype == DType::F32);
        QCOMPARE(dir.read("x.pt").substr(tensor.bytes.offset, tensor.bytes.length), "12345678");
        const auto& globals = (*whole)->globals();
        QVERIFY(std::all_of(globals.begin(), globals.end(), [](const auto& g) { return g.grade == PickleGlobal::Grade::Known; }));
        for (std::size_t size = 0; size < inner.size(); ++size) {
            const auto cut = file(inner.substr(0, size));
            QVERIFY(cut);
            QVERIFY2(!(*cut)->tensors().front().readable(), std::to_string(size).c_str());
        }
        // What stands behind its end would be read by nobody but whoever reads streams: it is told.
        const auto behind = file(inner
                                 + "\x80\x02"
                                   "cos\nsystem\n"
                                 + text("id") + "\x85R.");
        QVERIFY(behind && (*behind)->tensors().front().readable());
        QVERIFY(std::any_of((*behind)->globals().begin(), (*behind)->globals().end(),
                            [](const auto& g) { return g.module == "os" && g.grade == PickleGlobal::Grade::Dangerous; }));
    }

    /// Two files in front of which a loader and a scanner part ways.
    void polyglots()
    {
        const TempDir dir;
        const auto evil = "\x80\x02"
                          "cos\nsystem\n"s
            + text("id") + "\x85R.";
        const auto behind = openBytes(dir, goldenTorchLegacy() + evil);
        QVERIFY(behind);
        QCOMPARE(codesOf(behind), "pickle.second");
        QCOMPARE((*behind)->tensors().size(), std::size_t{1});
        QVERIFY(std::any_of((*behind)->globals().begin(), (*behind)->globals().end(), [](const auto& g) { return g.module == "os"; }));
        const auto zip = ZipFile().leading(evil).add("a/data.pkl", tensorPickle(2, 0, {2}, {1})).bytes();
        const auto inFront = openBytes(dir, zip);
        QVERIFY(inFront);
        QCOMPARE((*inFront)->globals().size(), std::size_t{1 + 3});
        QCOMPARE(codesOf(inFront), "pickle.trailing_bytes zip.leading_bytes");
    }

    void tarIsRefused()
    {
        const TempDir dir;
        std::string tar(1024, '\0');
        tar.replace(0, 8, "sys_info");
        tar.replace(257, 5, "ustar");
        QCOMPARE(codesOf(openBytes(dir, tar)), "refused: open.unsupported");
    }
};

QTEST_APPLESS_MAIN(TorchTest)
#include "tst_torch.moc"
