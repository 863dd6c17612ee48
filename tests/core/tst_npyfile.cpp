// SPDX-License-Identifier: Apache-2.0
// Slices as .npy files: header and bytes as NumPy's own documentation has them (numpy.lib.format), for every dtype.
#include "core/formats/formatreader.h"
#include "core/values/npyfile.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"

#include <QTest>

#include <filesystem>

using namespace ckptscope;
using namespace ckptscope::test;
using namespace std::string_literals;

namespace {

/// A file of one tensor, opened.
std::shared_ptr<const Checkpoint> one(const TempDir& dir, const std::string& dtype, const std::vector<std::uint64_t>& shape, const std::string& bytes)
{
    const auto path = dir.path("w.safetensors");
    dir.write("w.safetensors", rawSafetensors("{" + safetensorsEntry("w", dtype, shape, 0, bytes.size()) + "}", bytes));
    const auto opened = openCheckpoint({path});
    return opened ? *opened : nullptr;
}

Result<NpyReceipt> written(const std::shared_ptr<const Checkpoint>& checkpoint, const std::string& slice, const std::string& output,
                           bool force = false, const JobContext& job = {})
{
    const TensorInfo& tensor = checkpoint->tensors().front();
    return writeNpy(checkpoint, tensor, *parseSlice(slice, tensor.shape), output, force, job);
}

} // namespace

class NpyFileTest : public QObject {
    Q_OBJECT
private slots:
    void dtypes_data()
    {
        QTest::addColumn<QByteArray>("dtype");
        QTest::addColumn<QByteArray>("bytes"); // of two elements
        QTest::addColumn<QByteArray>("descr");
        QTest::addColumn<QByteArray>("stored");
        const auto row = [](const char* dtype, const std::string& bytes, const char* descr, const std::string& stored) {
            QTest::newRow(dtype) << QByteArray(dtype) << QByteArray::fromStdString(bytes) << QByteArray(descr) << QByteArray::fromStdString(stored);
        };
        const auto same = [&](const char* dtype, const char* descr, std::size_t bytes) {
            std::string data;
            for (std::size_t i = 0; i < bytes; ++i) {
                data += static_cast<char>('a' + i);
            }
            row(dtype, data, descr, data);
        };
        same("U8", "|u1", 2);
        same("I8", "|i1", 2);
        same("U16", "<u2", 4);
        same("I16", "<i2", 4);
        same("U32", "<u4", 8);
        same("I32", "<i4", 8);
        same("U64", "<u8", 16);
        same("I64", "<i8", 16);
        same("F16", "<f2", 4);
        same("F32", "<f4", 8);
        same("F64", "<f8", 16);
        same("C64", "<c8", 16);
        row("BOOL", "\0\2"s, "|b1", "\0\1"s); // a byte that is not 0 is True, which NumPy spells 1
        row("BF16", "\x80\x3f\x40\xc0"s, "<f4", "\0\0\x80\x3f\0\0\x40\xc0"s);
        row("F8_E4M3", "\x38\xc0"s, "<f4", "\0\0\x80\x3f\0\0\0\xc0"s); // 1, -2
        row("F8_E5M2", "\x3c\xc0"s, "<f4", "\0\0\x80\x3f\0\0\0\xc0"s); // 1, -2
        row("F8_E8M0", "\x7f\x80"s, "<f4", "\0\0\x80\x3f\0\0\0\x40"s); // 1, 2
        row("F4", "\x42"s, "<f4", "\0\0\x80\x3f\0\0\0\x40"s);          // 1, 2: the low nibble first
    }
    void dtypes()
    {
        QFETCH(QByteArray, dtype);
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, descr);
        QFETCH(QByteArray, stored);
        const TempDir dir;
        const auto checkpoint = one(dir, dtype.toStdString(), {2}, bytes.toStdString());
        QVERIFY(checkpoint);
        const auto done = written(checkpoint, "", dir.path("w.npy"));
        QVERIFY(done);
        QCOMPARE(done->file, dir.path("w.npy"));
        QCOMPARE(QByteArray(done->type.descr.data(), qsizetype(done->type.descr.size())), descr);
        const auto file = QByteArray::fromStdString(dir.read("w.npy"));
        QCOMPARE(std::uint64_t(file.size()), done->bytes);
        // magic, version 1.0, a header that ends in a line end and brings the data to a multiple of 64
        const QByteArray header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (2,), }";
        QCOMPARE(file.left(8), QByteArray("\x93NUMPY\x01\0", 8));
        QCOMPARE(file.mid(8, 2), QByteArray("\x76\0", 2)); // 128 - 10
        QCOMPARE(file.mid(10, 118), header.leftJustified(117, ' ') + '\n');
        QCOMPARE(file.mid(128), stored);
    }

    void slices_data()
    {
        QTest::addColumn<QString>("slice");
        QTest::addColumn<QString>("shape");
        QTest::addColumn<QByteArray>("stored");
        QTest::newRow("all") << ""
                             << "(2, 3)" << QByteArray("abcdef");
        QTest::newRow("a row") << "1"
                               << "(3,)" << QByteArray("def");
        QTest::newRow("a column") << ":,1"
                                  << "(2,)" << QByteArray("be");
        QTest::newRow("every other") << ":,::2"
                                     << "(2, 2)" << QByteArray("acdf");
        QTest::newRow("one element") << "1,2"
                                     << "()" << QByteArray("f");
        QTest::newRow("none") << "0:0"
                              << "(0, 3)" << QByteArray();
    }
    void slices()
    {
        QFETCH(QString, slice);
        QFETCH(QString, shape);
        QFETCH(QByteArray, stored);
        const TempDir dir;
        const auto checkpoint = one(dir, "U8", {2, 3}, "abcdef");
        QVERIFY(written(checkpoint, slice.toStdString(), dir.path("w.npy")));
        const auto file = QByteArray::fromStdString(dir.read("w.npy"));
        QVERIFY2(file.contains("'shape': " + shape.toLatin1() + ", }"), file.constData() + 10);
        QCOMPARE(file.mid(128), stored);
    }

    /// What cannot be written leaves nothing behind, and what stood there as it was.
    void refusals()
    {
        const TempDir dir;
        const auto checkpoint = one(dir, "F32", {2}, "abcdefgh");
        const auto codeOf = [](const Result<NpyReceipt>& done) { return done ? Code::Internal : done.error().code; };
        dir.write("there.npy", "mine");
        QCOMPARE(codeOf(written(checkpoint, "", dir.path("there.npy"))), Code::FixOutputExists);
        QCOMPARE(dir.read("there.npy"), "mine");
        QVERIFY(written(checkpoint, "", dir.path("there.npy"), true));
        QCOMPARE(dir.read("there.npy").substr(128), "abcdefgh");
        QVERIFY(!written(checkpoint, "", dir.path("no/such/x.npy")));

        std::stop_source stop;
        stop.request_stop();
        JobContext job;
        job.stop = stop.get_token();
        QCOMPARE(codeOf(written(checkpoint, "", dir.path("x.npy"), false, job)), Code::Cancelled);
        dir.write("w.safetensors", "cut");
        QVERIFY(!written(checkpoint, "", dir.path("x.npy")));
        QVERIFY(!dir.exists("x.npy"));
        for (const std::string& name : dir.list()) {
            QVERIFY2(name.find("partial") == std::string::npos, name.c_str());
        }

        const auto odd = one(dir, "F99", {2}, "abc"); // a dtype that nobody knows has no values
        QVERIFY(odd);
        QCOMPARE(codeOf(written(odd, "", dir.path("x.npy"))), Code::ValuesUnreadable);
        QCOMPARE(npyType(DType::Unknown).dtype, DType::Unknown);
        QVERIFY(!dir.exists("x.npy"));
    }

    /// A hole of a terabyte takes no room, but four as F32: that there is none is said before a byte is written.
    void tooLarge()
    {
        const TempDir dir;
        const std::uint64_t side = 1ULL << 20U;
        SafetensorsFile().addSparse("w", "F8_E4M3", {side, side}).write(dir.path("w.safetensors")); // a hole of a terabyte
        if (std::filesystem::space(dir.path()).available > 4 * side * side) {
            QSKIP("four terabytes are free here");
        }
        const auto opened = openCheckpoint({dir.path("w.safetensors")});
        QVERIFY(opened);
        const auto done = written(*opened, "", dir.path("w.npy"));
        QVERIFY(!done);
        QCOMPARE(done.error().code, Code::FixNoSpace);
        QCOMPARE(done.error().args.back(), std::to_string(4 * side * side + 128));
        QVERIFY(!dir.exists("w.npy"));
    }
};

QTEST_APPLESS_MAIN(NpyFileTest)
#include "tst_npyfile.moc"
