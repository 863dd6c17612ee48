// SPDX-License-Identifier: Apache-2.0
// Headers as NumPy 2.4 and ml_dtypes wrote them, and what numpy.lib.format refuses.
#include "core/formats/formatreader.h"
#include "tests/support/tempdir.h"

#include <QTest>

using namespace ckptscope;
using ckptscope::test::TempDir;

namespace {

std::string npy(const std::string& dict, const std::string& data = {}, int major = 1)
{
    std::string text = dict;
    const std::size_t head = major == 1 ? 10 : 12;
    text.append((64 - (head + text.size() + 1) % 64) % 64, ' ');
    text += '\n';
    std::string out = "\x93NUMPY";
    out += static_cast<char>(major);
    out += '\0';
    for (int i = 0; i < (major == 1 ? 2 : 4); ++i) {
        out += static_cast<char>(text.size() >> (8 * i) & 0xFFU);
    }
    return out + text + data;
}

std::string described(const std::string& descr, const std::string& shape = "(3,)", const char* fortran = "False")
{
    return "{'descr': " + descr + ", 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
}

QStringList problemIds(const Checkpoint& checkpoint)
{
    QStringList ids;
    for (const Problem& problem : checkpoint.problems()) {
        ids << QString::fromStdString(std::string(codeInfo(problem.what.code).id));
    }
    return ids;
}

} // namespace

class TestNpy : public QObject {
    Q_OBJECT

    TempDir m_dir;

    Result<std::shared_ptr<const Checkpoint>> open(const std::string& bytes) const { return openCheckpoint({m_dir.write("my.array.npy", bytes)}); }

private slots:
    void goldenFile()
    {
        constexpr char Head[] = "\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }";
        std::string file(Head, sizeof(Head) - 1);
        file.append(127 - file.size(), ' ');
        file += '\n' + std::string(12, 'x');
        const auto whole = open(file);
        QVERIFY(whole);
        QCOMPARE((*whole)->format(), std::string("npy"));
        QVERIFY((*whole)->problems().empty());
        const TensorInfo& tensor = (*whole)->tensors().at(0);
        QVERIFY(tensor.key == "my.array" && tensor.dtype == DType::F32 && tensor.extra == nullptr);
        QCOMPARE(tensor.bytes.offset, 128U);
        QCOMPARE(tensor.bytes.length, 12U);
        QCOMPARE(tensor.shape.size(), 1U);
        QCOMPARE(tensor.shape[0], 3U);
        for (std::size_t bytes = 0; bytes < file.size(); ++bytes) {
            const auto cut = open(file.substr(0, bytes));
            if (bytes < 128) {
                QVERIFY2(!cut, qPrintable(QString::number(bytes)));
            } else {
                QVERIFY(cut && (*cut)->damaged() && (*cut)->tensors().at(0).damaged);
                QCOMPARE(problemIds(**cut), QStringList{"npy.truncated"});
            }
        }
    }

    void dtypes_data()
    {
        QTest::addColumn<QString>("descr");
        QTest::addColumn<QString>("spelling");
        QTest::addColumn<int>("bytes"); // of three elements
        QTest::addColumn<bool>("bigEndian");
        const auto row = [](const char* descr, const char* spelling, int bytes, bool big = false) {
            QTest::newRow(descr) << QString("'%1'").arg(descr) << QString(spelling) << bytes << big;
        };
        row("|b1", "BOOL", 3);
        row("?", "BOOL", 3);
        row("|i1", "I8", 3);
        row("|u1", "U8", 3);
        row("<i2", "I16", 6);
        row("<u2", "U16", 6);
        row("<i4", "I32", 12);
        row("<u4", "U32", 12);
        row("<i8", "I64", 24);
        row("<u8", "U64", 24);
        row("<f2", "F16", 6);
        row("<f4", "F32", 12);
        row("=f4", "F32", 12);
        row("f4", "F32", 12);
        row(">f4", "F32", 12, true);
        row("<f8", "F64", 24);
        row("<c8", "C64", 24);
        row(">c16", "torch:complex128", 48, true);
        row("<f1", "F8_E5M2", 3);   // ml_dtypes.float8_e5m2
        row("<V2", "numpy:<V2", 6); // ml_dtypes.bfloat16
        row("|V1", "numpy:|V1", 3);
        row("<W4", "numpy:<W4", 12); // ml_dtypes.complex32, bcomplex32
        row("<f16", "numpy:<f16", 48);
        row("<c32", "numpy:<c32", 96);
        row("|S5", "numpy:|S5", 15);
        row("<U3", "numpy:<U3", 36);
        row(">U3", "numpy:>U3", 36, true);
        row("<M8[ns]", "numpy:<M8[ns]", 24);
        row("<m8", "numpy:<m8", 24);
        row("<M", "numpy:<M", 24); // numpy.dtype("M").itemsize is 8
        row("|S", "numpy:|S", 0);  // numpy.dtype("S").itemsize is 0
        QTest::newRow("record of a name with quotes") << "[('a\\'\"b', '<f4')]"
                                                      << "numpy:[('a\\'\"b', '<f4')]" << 12 << false;
        QTest::newRow("record") << "[('a', '<f4'), ('b', '>i2', (2, 3))]"
                                << "numpy:[('a', '<f4'), ('b', '>i2', (2, 3))]" << 48 << false;
        QTest::newRow("record with padding and a title")
            << "[(('t', 'a'), '|i1'), ('', '|V7'), ('b', [('c', '<f8')]), ('', '|V8')]"
            << "numpy:[(('t', 'a'), '|i1'), ('', '|V7'), ('b', [('c', '<f8')]), ('', '|V8')]" << 72 << false;
        QTest::newRow("record of latin-1") << QString::fromLatin1("[('\xe9', '<f4')]") << QString::fromUtf8("numpy:[('\xc3\xa9', '<f4')]") << 12
                                           << false;
    }

    void dtypes()
    {
        QFETCH(QString, descr);
        QFETCH(QString, spelling);
        QFETCH(int, bytes);
        QFETCH(bool, bigEndian);
        const auto file = open(npy(described(descr.toLatin1().toStdString()), std::string(static_cast<std::size_t>(bytes), 'x')));
        QVERIFY2(file, file ? "" : file.error().args.empty() ? "" : file.error().args[0].c_str());
        QCOMPARE(problemIds(**file), QStringList());
        const TensorInfo& tensor = (*file)->tensors().at(0);
        QCOMPARE(QString::fromUtf8(tensor.dtypeText().data(), static_cast<qsizetype>(tensor.dtypeText().size())), spelling);
        QCOMPARE(tensor.bytes.length, static_cast<std::uint64_t>(bytes));
        QCOMPARE(tensor.extra != nullptr && tensor.extra->bigEndian, bigEndian);
        QVERIFY(tensor.readable());
    }

    void versions()
    {
        QVERIFY(open(npy(described("'<f4'"), std::string(12, 'x'), 2)));
        const auto utf8 = open(npy(described("[('\xe2\x82\xac', '<f4')]"), std::string(12, 'x'), 3));
        QVERIFY(utf8);
        QCOMPARE((*utf8)->tensors()[0].dtypeText(), std::string_view("numpy:[('\xe2\x82\xac', '<f4')]"));
        const auto four = open(npy(described("'<f4'"), std::string(12, 'x'), 4));
        QVERIFY(!four && four.error().code == Code::NpyVersion);
        // what Python 2 wrote
        QVERIFY(open(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3L, 1L), }", std::string(12, 'x'))));
        QVERIFY(open(npy("{\"shape\":(3,),\"fortran_order\":False,\"descr\":\"<f4\"}", std::string(12, 'x'))));
    }

    void fortranOrder()
    {
        const auto file = open(npy(described("'<f4'", "(2, 3, 4)", "True"), std::string(96, 'x')));
        QVERIFY(file);
        const TensorInfo& tensor = (*file)->tensors().at(0);
        QVERIFY(tensor.extra != nullptr && tensor.extra->layout);
        const auto* view = std::get_if<Strided>(&*tensor.extra->layout);
        QVERIFY(view != nullptr);
        QCOMPARE(view->strides, (std::vector<std::uint64_t>{1, 2, 6}));
        QCOMPARE(view->storage, (ByteRange{128, 96}));
        QCOMPARE(tensor.bytes, (ByteRange{0, 96}));
        const auto words = open(npy(described("'<U3'", "(2, 3)", "True"), std::string(72, 'x')));
        QVERIFY(words);
        QCOMPARE((*words)->tensors().at(0).extra->note, std::string("column-major (Fortran order)"));
        // one dimension is the same in both orders
        const auto one = open(npy(described("'<f4'", "(3,)", "True"), std::string(12, 'x')));
        QVERIFY(one && (*one)->tensors().at(0).extra == nullptr);
    }

    void objects()
    {
        for (const char* descr : {"'|O'", "'O'", "[('a', '<f4'), ('b', '|O')]"}) {
            const auto file = open(npy(described(descr), "\x80\x04pickle"));
            QVERIFY(file);
            QCOMPARE(problemIds(**file), QStringList{"npy.object"});
            QVERIFY(!(*file)->tensors().at(0).readable());
            QVERIFY(!(*file)->damaged());
        }
    }

    void edges()
    {
        const auto scalar = open(npy(described("'<f4'", "()"), "abcd"));
        QVERIFY(scalar && (*scalar)->tensors()[0].shape.empty() && (*scalar)->problems().empty());
        const auto empty = open(npy(described("'<f4'", "(0, 9223372036854775808, 2)")));
        QVERIFY(empty && (*empty)->problems().empty());
        QCOMPARE((*empty)->tensors()[0].bytes.length, 0U);
        const auto more = open(npy(described("'<f4'"), std::string(13, 'x')));
        QVERIFY(more && !(*more)->damaged());
        QCOMPARE(problemIds(**more), QStringList{"npy.trailing_bytes"});
        const auto large = open(npy(described("'<f4'") + std::string(12'000, ' '), std::string(12, 'x')));
        QVERIFY(large);
        QCOMPARE(problemIds(**large), QStringList{"npy.large_header"});
        const auto huge = open(npy(described("'<f4'") + std::string(2'000'000, ' '), std::string(12, 'x'), 2));
        QVERIFY(!huge && huge.error().code == Code::LimitExceeded);
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("dict");
        QTest::addColumn<QString>("code");
        const auto row = [](const char* name, const std::string& dict, const char* code = "npy.header") {
            QTest::newRow(name) << QByteArray::fromStdString(dict) << QString(code);
        };
        row("no dict", "['<f4', False, (3,)]");
        row("empty", "");
        row("not closed", "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)");
        row("something behind", described("'<f4'") + " 1");
        row("key missing", "{'descr': '<f4', 'fortran_order': False}");
        row("key too many", "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'x': 1}");
        row("key twice", "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (3,)}");
        row("shape an int", described("'<f4'", "(3)"));
        row("shape a list", described("'<f4'", "[3]"));
        row("dimension negative", described("'<f4'", "(-3,)"));
        row("dimension a bool", described("'<f4'", "(True,)"));
        row("dimension a float", described("'<f4'", "(3.0,)"));
        row("dimension beyond 64 bits", described("'<f4'", "(18446744073709551616,)"));
        row("dimension hexadecimal", described("'<f4'", "(0x3,)"));
        row("dimension of other digits", described("'<f4'", "(\xd9\xa3,)"));
        row("dimension with underscore", described("'<f4'", "(1_0,)"));
        row("expression", described("'<f4'", "(1+2,)"));
        row("call", described("__import__('os').system('true')"));
        row("order a number", "{'descr': '<f4', 'fortran_order': 0, 'shape': (3,)}");
        row("dtype unknown", described("'<q4'"));
        row("dtype of odd size", described("'<f3'"));
        row("dtype without size", described("'<f'"));
        row("dtype with rest", described("'<f4x'"));
        row("dtype a number", described("4"));
        row("record of junk", described("[('a',)]"));
        row("record of an unknown dtype", described("[('a', '<q4')]"));
        row("record of a record of an unknown dtype", described("[('a', [('b', '<q4')])]"));
        row("record with a negative shape", described("[('a', '<f4', (-1,))]"));
        row("record with a shape that overflows", described("[('a', '<f4', (18446744073709551615,))]"));
        row("record that overflows", described("[('a', '|V18446744073709551615'), ('b', '|V1')]"));
        row("text over the end of a line", described("'<f\n4'"));
        row("comma missing in a tuple", described("'<f4'", "(3 4)"));
        row("comma missing in the dict", "{'descr': '<f4' 'fortran_order': False, 'shape': (3,)}");
        row("dict in the dict", described("{'a': 1}"));
        row("too many elements", described("'<f4'", "(9223372036854775808, 2, 0)"), "npy.overflow");
        row("too many bytes", described("'<f4'", "(4611686018427387904,)"), "npy.overflow");
        row("rank 65", described("'<f4'", "(" + QString("1,").repeated(65).toStdString() + ")"));
        row("deep", described(std::string(5000, '[') + std::string(5000, ']')));
        row("deep parentheses", described("'<f4'", std::string(30'000, '(')));
        row("wide", described("'<f4'", "(" + QString("1,").repeated(30'000).toStdString() + ")"));
    }

    void refuses()
    {
        QFETCH(QByteArray, dict);
        QFETCH(QString, code);
        const auto file = open(npy(dict.toStdString(), "abcdefghijkl"));
        QVERIFY(!file);
        QCOMPARE(QString::fromStdString(std::string(codeInfo(file.error().code).id)), code);
        QVERIFY(file.error().offset);
    }
};

QTEST_GUILESS_MAIN(TestNpy)
#include "tst_npy.moc"
