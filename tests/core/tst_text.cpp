// SPDX-License-Identifier: Apache-2.0
#include "core/dtypes/dtype.h"
#include "core/io/file.h"
#include "core/text/jsonscan.h"
#include "core/text/text.h"
#include "tests/support/tempdir.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace ckptscope;

class TestText : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void byteTexts_data()
    {
        QTest::addColumn<quint64>("bytes");
        QTest::addColumn<QString>("text");
        QTest::newRow("0") << quint64{0} << "0 B";
        QTest::newRow("128") << quint64{128} << "128 B";
        QTest::newRow("1023") << quint64{1023} << "1,023 B";
        QTest::newRow("1024") << quint64{1024} << "1.00 KiB";
        QTest::newRow("10239") << quint64{10239} << "10.0 KiB";
        QTest::newRow("1048575") << quint64{1048575} << "1.00 MiB";
        QTest::newRow("1023.4 KiB") << quint64{1047961} << "1,023 KiB";
        QTest::newRow("4.10 MiB") << quint64{4299161} << "4.10 MiB";
        QTest::newRow("65.3 GiB") << quint64{70115341107} << "65.3 GiB";
        QTest::newRow("max") << std::numeric_limits<quint64>::max() << "16.0 EiB";
    }
    void byteTexts()
    {
        QFETCH(quint64, bytes);
        QFETCH(QString, text);
        QCOMPARE(QString::fromStdString(byteText(bytes)), text);
    }

    void countTexts()
    {
        QCOMPARE(countText(999), std::string("999"));
        QCOMPARE(countText(35'100'000'000), std::string("35.1 B"));
        QCOMPARE(countText(999'999), std::string("1.00 M"));
        QCOMPARE(groupedNumber(93696), std::string("93,696"));
        QCOMPARE(groupedNumber(1234567, NumberStyle{"\u202F", ","}), std::string("1\u202F234\u202F567"));
        QCOMPARE(byteText(4299161, NumberStyle{".", ","}), std::string("4,10 MiB"));
    }

    void durations()
    {
        QCOMPARE(durationText(3.2), std::string("3 s"));
        QCOMPARE(durationText(80), std::string("1 min 20 s"));
        QCOMPARE(durationText(7500), std::string("2 h 5 min"));
        QCOMPARE(durationText(-1), std::string("0 s"));
    }

    void sizes_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<qint64>("bytes"); // -1: refused
        QTest::newRow("plain") << "65536" << qint64{65536};
        QTest::newRow("KiB") << "1KiB" << qint64{1024};
        QTest::newRow("kb") << "4 kb" << qint64{4000};
        QTest::newRow("5GB") << "5GB" << qint64{5'000'000'000};
        QTest::newRow("1.5G") << "1.5G" << qint64{1'500'000'000};
        QTest::newRow("64 MiB") << "64 MiB" << qint64{67'108'864};
        QTest::newRow("B") << "12B" << qint64{12};
        QTest::newRow("negative") << "-1" << qint64{-1};
        QTest::newRow("word") << "big" << qint64{-1};
        QTest::newRow("unit") << "1 XB" << qint64{-1};
        QTest::newRow("empty") << "" << qint64{-1};
        QTest::newRow("too large") << "99999999 TiB" << qint64{-1};
    }
    void sizes()
    {
        QFETCH(QString, text);
        QFETCH(qint64, bytes);
        const auto parsed = parseSize(text.toStdString());
        QCOMPARE(parsed ? static_cast<qint64>(*parsed) : -1, bytes);
    }

    void hostileNames_data()
    {
        QTest::addColumn<QByteArray>("raw");
        QTest::addColumn<QString>("shown");
        QTest::newRow("plain") << QByteArray("model.layers.0.A_log") << QStringLiteral("model.layers.0.A_log");
        QTest::newRow("escape sequence") << QByteArray("a\x1b[31mb") << QStringLiteral("a\\u{1b}[31mb");
        QTest::newRow("newline") << QByteArray("a\nb") << QStringLiteral("a\\u{a}b");
        QTest::newRow("right-to-left") << QByteArray("a\xE2\x80\xAE"
                                                     "b")
                                       << QStringLiteral("a\\u{202e}b");
        QTest::newRow("zero width") << QByteArray("a\xE2\x80\x8B"
                                                  "b")
                                    << QStringLiteral("a\\u{200b}b");
        QTest::newRow("not UTF-8") << QByteArray("a\xff\xc3") << QStringLiteral("a\\xff\\xc3");
        QTest::newRow("overlong") << QByteArray("\xc0\xaf") << QStringLiteral("\\xc0\\xaf");
        QTest::newRow("surrogate") << QByteArray("\xed\xa0\x80") << QStringLiteral("\\xed\\xa0\\x80");
        QTest::newRow("backslash") << QByteArray("a\\b") << QStringLiteral("a\\\\b");
        QTest::newRow("outer spaces") << QByteArray(" a b ") << QStringLiteral("␣a b␣");
        QTest::newRow("only spaces") << QByteArray("  ") << QStringLiteral("␣␣");
        QTest::newRow("accents") << QByteArray("gr\xc3\xbc\xc3\x9f") << QStringLiteral("grüß");
        QTest::newRow("NUL") << QByteArray("a\0b", 3) << QStringLiteral("a\\u{0}b");
    }
    void hostileNames()
    {
        QFETCH(QByteArray, raw);
        QFETCH(QString, shown);
        QCOMPARE(QString::fromStdString(displayName(raw.toStdString())), shown);
    }

    void longNamesAreCut()
    {
        const std::string shown = displayName(std::string(70'000, 'x') + "END");
        QCOMPARE(QString::fromStdString(shown).size(), 500);
        QVERIFY(shown.ends_with("END"));
        QCOMPARE(displayName(std::string(501, 'y'), 0).size(), std::size_t{501});
    }

    void globs_data()
    {
        QTest::addColumn<QString>("pattern");
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("matches");
        QTest::newRow("suffix") << "*.A_log"
                                << "model.layers.0.A_log" << true;
        QTest::newRow("whole") << "A_log"
                               << "x.A_log" << false;
        QTest::newRow("question") << "a?c"
                                  << "abc" << true;
        QTest::newRow("question needs one") << "a?c"
                                            << "ac" << false;
        QTest::newRow("brackets are themselves") << "x[0]*"
                                                 << "x[0].y" << true;
        QTest::newRow("two stars") << "*a*b"
                                   << "xxaxxbxxb" << true;
        QTest::newRow("empty pattern") << ""
                                       << "a" << false;
        QTest::newRow("both empty") << ""
                                    << "" << true;
        QTest::newRow("a star itself") << "a\\*b"
                                       << "a*b" << true;
        QTest::newRow("a star itself is no other") << "a\\*b"
                                                   << "axb" << false;
        QTest::newRow("a question mark itself") << "*.w\\?"
                                                << "x.w?" << true;
        QTest::newRow("a backslash itself") << "a\\\\*"
                                            << "a\\x" << true;
        QTest::newRow("any other backslash is itself") << "a\\b*"
                                                       << "a\\bc" << true;
        QTest::newRow("a backslash at the end") << "a\\"
                                                << "a\\" << true;
        QTest::newRow("bomb") << "*a*a*a*a*a*a*a*a*b" << QString(5000, QLatin1Char('a')) << false;
    }
    void globs()
    {
        QFETCH(QString, pattern);
        QFETCH(QString, text);
        QFETCH(bool, matches);
        QCOMPARE(globMatch(pattern.toStdString(), text.toStdString()), matches);
    }

    /// A quoted name is a glob that matches that name alone.
    void quotedGlobs_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"plain.weight", "a*b", "a?b", "x[0].w", "a\\*b", "\\", "**??", "end\\", "a\\\\b", ""}) {
            QTest::newRow(*name != 0 ? name : "empty") << QString::fromLatin1(name);
        }
    }
    void quotedGlobs()
    {
        QFETCH(QString, name);
        const std::string glob = globQuoted(name.toStdString());
        QVERIFY(!isGlob(glob));
        QVERIFY(globMatch(glob, name.toStdString()));
        for (const char* other : {"plainXweight", "axb", "aab", "a*", "x0.w", "a\\xb", "a\\b", "xxxx", "x"}) {
            QCOMPARE(globMatch(glob, other), name == QLatin1String(other));
        }
    }

    void nearest()
    {
        constexpr std::array<std::string_view, 3> Words{"dtype", "shard", "layer"};
        QCOMPARE(nearestWord("dtyp", Words.data(), Words.size()), std::string_view("dtype"));
        QCOMPARE(nearestWord("dtpye", Words.data(), Words.size()), std::string_view("dtype"));
        QCOMPARE(nearestWord("zzzzz", Words.data(), Words.size()), std::string_view());
    }

    void dtypeTableHolds()
    {
        for (const DTypeInfo& row : dtypeTable()) {
            if (row.safetensors) {
                QCOMPARE(dtypeFromSafetensors(row.name).value_or(DType::Unknown), row.dtype);
            }
            if (row.dtype != DType::Unknown) {
                QCOMPARE(dtypeFromAlias(row.name).value_or(DType::Unknown), row.dtype);
            }
        }
        QVERIFY(!dtypeFromSafetensors("bf16"));
        QCOMPARE(dtypeFromAlias("torch.bfloat16").value_or(DType::Unknown), DType::BF16);
        QCOMPARE(dtypeFromAlias("q4_k").value_or(DType::Unknown), DType::GgmlQ4_K);
        QCOMPARE(byteSize(DType::F4, 6).value_or(0), std::uint64_t{3});
        QVERIFY(!byteSize(DType::F4, 3));
        QVERIFY(!byteSize(DType::GgmlQ4_0, 31));
        QVERIFY(!byteSize(DType::F64, std::uint64_t{1} << 61U));
        QVERIFY(isLosslessCast(DType::BF16, DType::F32));
        QVERIFY(isLosslessCast(DType::F8_E8M0, DType::F32));
        QVERIFY(!isLosslessCast(DType::F32, DType::BF16));
        QVERIFY(!isLosslessCast(DType::BF16, DType::F16));
        QVERIFY(!isLosslessCast(DType::F16, DType::BF16));
    }

    void scannerSeesWhatIsThere_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("sound");
        for (const char* text :
             {"{}", "[]", "[1,2,{\"a\":[]}]", "\"\\u00e9\\ud83d\\ude00\"", "-1.5e+10", "true", " null ", "0", "{\"a\":1,\"a\":2}"}) {
            QTest::newRow(text) << QByteArray(text) << true;
        }
        for (const char* text : {"",    "{",  "[1,]",    "{\"a\"}",     "{\"a\":1,}",  "01",       "1.",  "1e",  "-",   "+1",
                                 "nul", "\"", "\"\\x\"", "\"\\ud800\"", "\"\\udc00\"", "\"\x01\"", "[1}", "'a'", "NaN", "// x"}) {
            QTest::newRow(text) << QByteArray(text) << false;
        }
        QTest::newRow("deep") << QByteArray(129, '[') + QByteArray(129, ']') << false;
        QTest::newRow("deep enough") << QByteArray(128, '[') + QByteArray(128, ']') << true;
    }
    void scannerSeesWhatIsThere()
    {
        QFETCH(QByteArray, text);
        QFETCH(bool, sound);
        const std::string held = text.toStdString();
        JsonScanner scan(held);
        QCOMPARE(scan.skipValue() && scan.atEnd(), sound);
    }

    void fileShrinksUnderUs()
    {
        const test::TempDir dir;
        const auto path = dir.write("f", std::string(100'000, 'x'));
        const auto file = File::open(path);
        QVERIFY(file);
        dir.truncate("f", 10);
        std::vector<std::byte> room(100);
        const auto read = file->readAt(50'000, room);
        QVERIFY(!read);
        QCOMPARE(read.error().code, Code::FileShrank);
        QCOMPARE(*read.error().offset, std::uint64_t{50'000});
        QVERIFY(*file->currentIdentity() != file->identity());
    }
};

QTEST_APPLESS_MAIN(TestText)
#include "tst_text.moc"
