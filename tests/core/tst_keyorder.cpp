// SPDX-License-Identifier: Apache-2.0
#include "core/model/keyorder.h"

#include <QTest>

#include <algorithm>
#include <deque>
#include <numeric>
#include <random>

using namespace ckptscope;

class TestKeyOrder : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void equalsAPlainSort_data()
    {
        QTest::addColumn<int>("alphabet"); ///< bytes drawn from the first so many
        QTest::addColumn<int>("longest");
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("prefix"); ///< bytes that all keys share
        QTest::newRow("two bytes, short: many equal") << 2 << 4 << 2000 << 0;
        QTest::newRow("with NUL at the ends") << 1 << 20 << 500 << 0;
        QTest::newRow("all bytes") << 256 << 30 << 3000 << 0;
        QTest::newRow("shared prefix of 13") << 3 << 12 << 3000 << 13;
        QTest::newRow("shared prefix of 8") << 2 << 10 << 3000 << 8;
        QTest::newRow("long") << 2 << 200 << 800 << 64;
        QTest::newRow("one") << 26 << 5 << 1 << 0;
        QTest::newRow("none") << 26 << 5 << 0 << 0;
    }

    void equalsAPlainSort()
    {
        QFETCH(int, alphabet);
        QFETCH(int, longest);
        QFETCH(int, count);
        QFETCH(int, prefix);
        std::mt19937 random(7);
        std::uniform_int_distribution<int> letter(0, alphabet - 1);
        std::uniform_int_distribution<int> length(0, longest);
        std::deque<std::string> keys;
        std::vector<TensorInfo> tensors(static_cast<std::size_t>(count));
        for (TensorInfo& tensor : tensors) {
            std::string key(static_cast<std::size_t>(prefix), 'p');
            for (int left = length(random); left > 0; --left) {
                key += static_cast<char>(letter(random));
            }
            tensor.key = keys.emplace_back(std::move(key));
        }
        std::vector<std::uint32_t> expected(tensors.size());
        std::iota(expected.begin(), expected.end(), 0U);
        std::stable_sort(expected.begin(), expected.end(), [&](std::uint32_t a, std::uint32_t b) { return tensors[a].key < tensors[b].key; });
        QVERIFY(keyOrder(tensors) == expected);
    }
};

QTEST_APPLESS_MAIN(TestKeyOrder)
#include "tst_keyorder.moc"
