// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/check.h"
#include "core/formats/formatreader.h"
#include "core/values/valuescan.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"

#include <QTest>

#include <algorithm>
#include <numeric>
#include <random>

using namespace ckptscope;
using test::SafetensorsFile;

namespace {

/// 16-bit values that are finite BF16 numbers, none twice in a row.
std::string numbers(std::size_t count, unsigned seed)
{
    std::mt19937 random(seed);
    std::string bytes;
    for (std::size_t n = 0; n < count; ++n) {
        const auto value = static_cast<unsigned>(0x3f00U + random() % 0x80U);
        bytes += {static_cast<char>(value & 0xffU), static_cast<char>(value >> 8U)};
    }
    return bytes;
}

/// The same values in another order: the same statistics, but for the last digits of the mean.
std::string swapped(std::string bytes)
{
    std::swap(bytes[0], bytes[2]);
    std::swap(bytes[1], bytes[3]);
    return bytes;
}

std::string pattern(std::size_t count, bool turned)
{
    std::string bytes;
    for (std::size_t n = 0; n < count; ++n) { // two powers of two in turn
        bytes += {'\0', static_cast<char>(((n % 2 == 0) == turned) ? 0x40 : 0x3c)};
    }
    return bytes;
}

/// "copy | original | count | bytes + further copies"
std::string duplicates(const SafetensorsFile& file, bool withReport = true)
{
    const test::TempDir dir;
    file.write(dir.path("model.safetensors"));
    const auto opened = openCheckpoint({dir.path("model.safetensors")});
    if (!opened) {
        return "does not open";
    }
    std::vector<std::uint32_t> all((*opened)->tensors().size());
    std::iota(all.begin(), all.end(), 0U);
    const auto report = runChecks(**opened);
    const auto scanned = scanValues(*opened, all, withReport ? report->get() : nullptr);
    std::string text;
    for (const auto& finding : scanned->findings) {
        if (finding.rule != "values.duplicate") {
            continue;
        }
        text += std::string((*opened)->tensors()[*finding.tensor].key);
        for (const auto& argument : finding.what->args) {
            text += " | " + argument;
        }
        for (const auto other : finding.others) {
            text += " + " + std::string((*opened)->tensors()[other].key);
        }
        const auto both = withFindings(**opened, **report, scanned->findings);
        text += both->tensors[*finding.tensor].finding != UINT32_MAX ? "" : " unmarked";
    }
    return text;
}

} // namespace

Q_DECLARE_METATYPE(SafetensorsFile)

class TestDuplicates : public QObject {
    Q_OBJECT

private slots:
    void finds_data()
    {
        QTest::addColumn<SafetensorsFile>("file");
        QTest::addColumn<QString>("found");
        const std::string a = numbers(2048, 1);
        const std::string b = numbers(2048, 2);
        QTest::newRow("none") << SafetensorsFile().add("a", "BF16", {2048}, a).add("b", "BF16", {2048}, b) << "";
        QTest::newRow("one") << SafetensorsFile().add("a", "BF16", {2048}, a).add("b", "BF16", {2048}, b).add("c", "BF16", {2048}, a)
                             << "c | a | 1 | 4096";
        QTest::newRow("two of one, and one of another") << SafetensorsFile()
                                                               .add("a", "BF16", {2048}, a)
                                                               .add("b", "BF16", {2048}, b)
                                                               .add("c", "BF16", {2048}, a)
                                                               .add("d", "BF16", {2048}, b)
                                                               .add("e", "BF16", {2048}, a)
                                                        << "c | a | 3 | 12288 + d + e";
        QTest::newRow("another order of the same values") << SafetensorsFile().add("a", "BF16", {2048}, a).add("b", "BF16", {2048}, swapped(a)) << "";
        QTest::newRow("the same statistics")
            << SafetensorsFile().add("a", "BF16", {2048}, pattern(2048, false)).add("b", "BF16", {2048}, pattern(2048, true)) << "";
        QTest::newRow("the same statistics, and a copy of each") << SafetensorsFile()
                                                                        .add("a", "BF16", {2048}, pattern(2048, false))
                                                                        .add("b", "BF16", {2048}, pattern(2048, true))
                                                                        .add("c", "BF16", {2048}, pattern(2048, true))
                                                                        .add("d", "BF16", {2048}, pattern(2048, false))
                                                                 << "c | b | 2 | 8192 + d";
        QTest::newRow("another shape") << SafetensorsFile().add("a", "BF16", {2048}, a).add("b", "BF16", {32, 64}, a) << "";
        QTest::newRow("another dtype") << SafetensorsFile().add("a", "BF16", {2048}, a).add("b", "I16", {2048}, a) << "";
        QTest::newRow("constant") << SafetensorsFile().addValue("a", "BF16", {2048}, 1).addValue("b", "BF16", {2048}, 1) << "";
        QTest::newRow("small") << SafetensorsFile().add("a", "BF16", {1023}, numbers(1023, 1)).add("b", "BF16", {1023}, numbers(1023, 1)) << "";
        std::string last = numbers(3U << 20U, 3);
        const std::string whole = last;
        last[last.size() - 1] = static_cast<char>(last[last.size() - 1] ^ 1);
        QTest::newRow("6 MiB") << SafetensorsFile().add("a", "BF16", {3U << 20U}, whole).add("b", "BF16", {3U << 20U}, whole)
                               << "b | a | 1 | 6291456";
        QTest::newRow("6 MiB, but the last bit") << SafetensorsFile().add("a", "BF16", {3U << 20U}, whole).add("b", "BF16", {3U << 20U}, last) << "";
    }
    void finds()
    {
        QFETCH(SafetensorsFile, file);
        QFETCH(QString, found);
        QCOMPARE(QString::fromStdString(duplicates(file)), found);
        QCOMPARE(duplicates(file, false), std::string()); // statistics alone, as `stats` asks for them
    }
};

QTEST_APPLESS_MAIN(TestDuplicates)
#include "tst_duplicates.moc"
