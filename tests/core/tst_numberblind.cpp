// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/keymatcher.h"
#include "core/contracts/numberblind.h"

#include <QRandomGenerator>
#include <QtTest>

using namespace ckptscope;

namespace {

/// A key, and one of the same shape: numbers between dots have other digits.
std::pair<std::string, std::string> namesakes(QRandomGenerator& random)
{
    static const std::vector<std::string> Words{"layers", "conv1d", "w1", "norm2", "A_log", "fp32_params", "1a", "a1", "v", "x-7", "", "weight_1"};
    std::string one;
    std::string two;
    for (quint32 parts = 1 + random.bounded(6U); parts > 0; --parts) {
        if (!one.empty() || random.bounded(8U) == 0) {
            one += '.';
            two += '.';
        }
        if (random.bounded(2U) == 0) {
            const std::string& word = Words[random.bounded(static_cast<quint32>(Words.size()))];
            one += word;
            two += word;
        } else {
            for (quint32 digits = 1 + random.bounded(3U); digits > 0; --digits) {
                one += static_cast<char>('0' + random.bounded(10U));
                two += static_cast<char>('0' + random.bounded(10U));
            }
        }
    }
    return {one, two};
}

} // namespace

class TestNumberBlind : public QObject {
    Q_OBJECT

private slots:
    void judges_data()
    {
        QTest::addColumn<QString>("pattern");
        QTest::addColumn<bool>("blind");
        const auto blind = [](const char* pattern) { QTest::newRow(pattern) << pattern << true; };
        const auto sees = [](const char* pattern) { QTest::newRow(pattern) << pattern << false; };
        blind("");
        blind("(?:^|\\.)linear_attn\\.A_log$");
        blind("layers\\.\\d+\\.x");
        blind("layers\\.[0-9]+\\.x");
        blind("layers\\.[0-9]{1,3}\\.x");
        blind("^[a-z0-9_]*norm$");
        blind("\\d\\d");
        blind("conv1d");
        blind("w[123]\\.scale$");
        blind("fp32_params");
        blind("v1?d");
        blind("weight(?:_1)?$");
        blind("(?i)A_LOG");
        blind("(?P<name1>x)");
        blind("[[:digit:]]+");
        blind("[^.]+");
        blind("[+-:]x");
        blind("\\p{Nd}+");
        blind("\\pN+");
        blind("a{2}b");
        blind("\\bexperts\\b");
        sees("layers\\.0\\.");
        sees("1");
        sees("^1");
        sees("v?1");
        sees("v*1");
        sees("v{0,1}1");
        sees("v|1");
        sees("(?:v|x)1");
        sees("(?:v)1");
        sees("[v]1");
        sees("v[.]1");
        sees("v[1.]3");
        sees("\\.1");
        sees("v\\.1");
        sees("v.1");
        sees("v1?2");
        sees("v1{0}2");
        sees("\\d1");
        sees("\\w1");
        sees("\\b1");
        sees("[1-5]");
        sees("[0-8]");
        sees("[/-5]");
        sees("[5-a]");
        sees("[+-0-9]");
        sees("[^7]");
        sees("\\x31");
        sees("\\x{31}");
        sees("\\061");
        sees("\\Q1\\E");
        sees("\\p{L}1");
        sees("\\pL1");
        sees("x{31");
        sees("(?:v$|^)1");
    }
    void judges()
    {
        QFETCH(QString, pattern);
        QFETCH(bool, blind);
        QCOMPARE(isNumberBlind(pattern.toStdString()), blind);
    }

    /// Patterns made of pieces at random: one that is called blind finds both of two namesakes, or neither.
    void blindPatternsFindNamesakesAlike()
    {
        static const std::vector<std::string> Pieces{"1",   "2",     "0",      "7",     "v",           "a",    "conv",  "d",    "\\.", "\\d", "\\d+",
                                                     "\\w", "[0-9]", "[123]",  "[^5]",  "[a1.]",       ".",    ".*",    "(?:",  "(",   ")",   "|",
                                                     "?",   "*",     "+",      "{1,2}", "{0}",         "^",    "$",     "\\b",  "x",   "-",   "_",
                                                     "w1",  "[.]",   "layers", "norm2", "[[:alpha:]]", "(?i)", "\\x31", "\\pN", "\\D"};
        QRandomGenerator random(7);
        int blind = 0;
        int matches = 0;
        for (int n = 0; n < 12'000; ++n) {
            std::string pattern;
            for (quint32 pieces = 1 + random.bounded(6U); pieces > 0; --pieces) {
                pattern += Pieces[random.bounded(static_cast<quint32>(Pieces.size()))];
            }
            if (!isNumberBlind(pattern) || !regexProblem(pattern).empty()) {
                continue;
            }
            ++blind;
            const KeyMatcher matcher({pattern});
            std::vector<std::uint32_t> found;
            for (int i = 0; i < 8; ++i) {
                const auto [one, two] = namesakes(random);
                matcher.match(one, found);
                const bool first = !found.empty();
                matcher.match(two, found);
                matches += first ? 1 : 0;
                QVERIFY2(first == !found.empty(), (pattern + "  " + one + "  " + two).c_str());
            }
        }
        QVERIFY(blind > 600 && matches > 300);
    }
};

QTEST_APPLESS_MAIN(TestNumberBlind)
#include "tst_numberblind.moc"
