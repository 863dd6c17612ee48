// SPDX-License-Identifier: Apache-2.0
// A scan of all values in parts: who has all files judges as one process would, and what was changed in them is
// refused.
#include "core/values/valueparts.h"
#include "tests/support/gdnfolder.h"

#include <QTest>

#include <numeric>

using namespace ckptscope;
using namespace ckptscope::test;

namespace {

std::shared_ptr<const Checkpoint> smallFolder(const TempDir& dir)
{
    GdnFolder what;
    what.longElements = 3000;
    return openOrDie(writeGdnFolder(dir, "in", what));
}

std::vector<ValuesPart> scanAll(const std::shared_ptr<const Checkpoint>& checkpoint, unsigned parts)
{
    std::vector<ValuesPart> out;
    for (unsigned part = 1; part <= parts; ++part) {
        auto scanned = scanPart(checkpoint, part, parts);
        auto read = scanned ? readValuesPart(valuesPartText(*scanned), "part.json", *checkpoint) : scanned;
        if (!read) {
            qFatal("%s", codeInfo(read.error().code).id.data());
        }
        out.push_back(*std::move(read));
    }
    return out;
}

std::string firstWord(std::string text, const std::string& from, const std::string& to)
{
    const std::size_t at = text.find(from);
    if (at == std::string::npos) {
        qFatal("nothing to change: %s", from.c_str());
    }
    return text.replace(at, from.size(), to);
}

} // namespace

class TestValueParts : public QObject {
    Q_OBJECT

private slots:
    void cuts_data()
    {
        QTest::addColumn<unsigned>("parts");
        for (const unsigned parts : {1U, 2U, 5U, 100U, 65536U}) {
            QTest::addRow("%u", parts) << parts;
        }
    }
    void cuts()
    {
        QFETCH(unsigned, parts);
        const TempDir dir;
        const auto checkpoint = smallFolder(dir);
        const auto cut = cutTensors(*checkpoint, parts);
        QCOMPARE(cut.size(), std::size_t{parts});
        std::vector<std::uint32_t> all;
        for (const auto& part : cut) {
            all.insert(all.end(), part.begin(), part.end());
        }
        std::sort(all.begin(), all.end());
        std::vector<std::uint32_t> expected(checkpoint->tensors().size());
        std::iota(expected.begin(), expected.end(), 0U);
        QVERIFY(all == expected);
    }

    void sameFindings_data() { cuts_data(); }
    void sameFindings()
    {
        QFETCH(unsigned, parts);
        if (parts > 1000) {
            QSKIP("one process a tensor is enough");
        }
        const TempDir dir;
        const auto checkpoint = smallFolder(dir);
        const auto report = runChecks(*checkpoint);
        QVERIFY(report.has_value());
        std::vector<std::uint32_t> all(checkpoint->tensors().size());
        std::iota(all.begin(), all.end(), 0U);
        const auto whole = scanValues(checkpoint, all, report->get());
        QVERIFY(whole.has_value());
        QVERIFY(whole->findings.size() > 10);
        auto scanned = scanAll(checkpoint, parts);
        std::reverse(scanned.begin(), scanned.end());
        const auto merged = mergeParts(checkpoint, **report, scanned);
        QVERIFY(merged.has_value());
        QCOMPARE(merged->tensors, whole->tensors);
        QCOMPARE(merged->bytes, whole->bytes);
        QCOMPARE(merged->unreadable, whole->unreadable);
        QCOMPARE(merged->findings.size(), whole->findings.size());
        for (std::size_t i = 0; i < whole->findings.size(); ++i) {
            QCOMPARE(merged->findings[i].rule, whole->findings[i].rule);
            QCOMPARE(merged->findings[i].tensor, whole->findings[i].tensor);
            QCOMPARE(merged->findings[i].others, whole->findings[i].others);
            QVERIFY(merged->findings[i].what == whole->findings[i].what);
        }
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::newRow("another schema") << "values-part/1"
                                        << "values-part/2";
        QTest::newRow("another checkpoint") << "\"tensors_hash\":\""
                                            << "\"tensors_hash\":\"0";
        QTest::newRow("another part") << "\"part\":1"
                                      << "\"part\":2";
        QTest::newRow("part 0") << "\"part\":1"
                                << "\"part\":0";
        QTest::newRow("another whole") << "\"parts\":2"
                                       << "\"parts\":3";
        QTest::newRow("a tensor too many") << "\"tensors\":["
                                           << "\"tensors\":[{\"index\":0,\"count\":0},";
        QTest::newRow("another tensor") << "\"index\":0"
                                        << "\"index\":1";
        QTest::newRow("neither") << "\"count\":"
                                 << "\"counted\":";
        QTest::newRow("more values than it has") << "\"count\":"
                                                 << "\"count\":1000000000,\"x\":";
        QTest::newRow("no number") << "\"mean\":"
                                   << "\"mean\":\"much\",\"x\":";
        QTest::newRow("an unknown kind") << "\"exact\":["
                                         << "\"exact\":[9,";
        QTest::newRow("torn") << "\"tensors\":["
                              << "\"tensors\":";
    }
    void refuses()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        const TempDir dir;
        const auto checkpoint = smallFolder(dir);
        const auto part = scanPart(checkpoint, 1, 2);
        QVERIFY(part.has_value());
        const std::string text = valuesPartText(*part);
        const auto read = readValuesPart(firstWord(text, from.toStdString(), to.toStdString()), "part.json", *checkpoint);
        QVERIFY(!read.has_value());
        QCOMPARE(read.error().code, Code::ValuesPartFile);
        QCOMPARE(read.error().file, std::string("part.json"));
    }

    void incomplete()
    {
        const TempDir dir;
        const auto checkpoint = smallFolder(dir);
        const auto report = runChecks(*checkpoint);
        auto parts = scanAll(checkpoint, 3);
        const auto last = parts.back();
        parts.pop_back();
        const auto less = mergeParts(checkpoint, **report, parts);
        QVERIFY(!less.has_value());
        QCOMPARE(less.error().code, Code::ValuesPartMissing);
        QCOMPARE(less.error().args.front(), std::string("part 3 of 3"));
        QCOMPARE(mergeParts(checkpoint, **report, {}).error().code, Code::ValuesPartMissing);
        parts.push_back(parts.front());
        QCOMPARE(mergeParts(checkpoint, **report, parts).error().code, Code::ValuesPartFile);
        QCOMPARE(scanPart(checkpoint, 4, 3).error().code, Code::UsageError);
    }
};

QTEST_GUILESS_MAIN(TestValueParts)
#include "tst_valueparts.moc"
