// SPDX-License-Identifier: Apache-2.0
#include "core/query/parts.h"
#include "tests/support/checkpointbuilder.h"

#include <QRandomGenerator>
#include <QtTest>

#include <map>

using namespace ckptscope;
using query::KeyParts;

namespace {

std::vector<std::string> partsOf(const std::string& key)
{
    std::vector<std::string> parts(1);
    for (const char c : key) {
        if (c == '.') {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

bool isNumber(const std::string& part)
{
    return !part.empty() && part.size() <= 18 && part.find_first_not_of("0123456789") == std::string::npos;
}

/// The key with the digits of its numbers as 0.
std::string level(const std::string& key)
{
    std::string text;
    for (const std::string& part : partsOf(key)) {
        text += (isNumber(part) ? std::string(part.size(), '0') : part) + '.';
    }
    return text;
}

} // namespace

class TestKeyParts : public QObject {
    Q_OBJECT

private slots:
    void partsAndShapes_data()
    {
        QTest::addColumn<QStringList>("keys");
        QTest::newRow("none") << QStringList{};
        QTest::newRow("layers") << QStringList{"layers.1.w", "layers.2.w", "layers.12.w", "layers.12.b", "layers.x.w", "layers.1.w"};
        QTest::newRow("dots only") << QStringList{"", ".", "..", "1.", ".1", "1", "a."};
        QTest::newRow("digits inside words") << QStringList{"conv1d.w", "conv2d.w", "1a.2", "1a.3", "2a.3"};
        QTest::newRow("prefixes") << QStringList{"a.b.c", "a.b", "a", "a.b.c.d", "a.bc", "a.b.c"};
        QTest::newRow("long numbers") << QStringList{"a.123456789012345678", "a.923456789012345678", "a.1234567890123456789",
                                                     "a.9234567890123456789"};
        QRandomGenerator random(3);
        for (int n = 0; n < 20; ++n) {
            QStringList keys;
            for (int i = 0; i < 300; ++i) {
                QString key = i > 0 && i % 2 == 0 ? keys.back().left(static_cast<int>(random.bounded(20U))) : QString();
                for (quint32 left = random.bounded(n < 15 ? 12U : 300U); left > 0; --left) {
                    key += QLatin1Char("..0123ab"[random.bounded(8U)]);
                }
                keys << key;
            }
            QTest::newRow(("random " + std::to_string(n)).c_str()) << keys;
        }
    }
    void partsAndShapes()
    {
        QFETCH(QStringList, keys);
        test::CheckpointBuilder builder;
        for (const QString& key : keys) {
            builder.add(key.toStdString(), "F32");
        }
        const auto checkpoint = builder.make();
        const KeyParts parts(*checkpoint);
        QCOMPARE(parts.rows(), static_cast<std::size_t>(keys.size()));
        std::map<std::string, std::uint32_t> shapes;
        for (std::size_t row = 0; row < parts.rows(); ++row) {
            const std::string key = keys[static_cast<int>(row)].toStdString();
            const auto expected = partsOf(key);
            const auto ranks = parts.ranksOf(row);
            QCOMPARE(ranks.size(), expected.size());
            for (std::size_t i = 0; i < ranks.size(); ++i) {
                QCOMPARE(std::string(parts.part(ranks[i])), expected[i]);
                QCOMPARE(parts.number(ranks[i]), isNumber(expected[i]) ? std::stoull(expected[i]) : KeyParts::NoNumber);
            }
            const auto [shape, fresh] = shapes.emplace(level(key), static_cast<std::uint32_t>(shapes.size()));
            QCOMPARE(parts.shapeOf(row), shape->second);
            QVERIFY(!fresh || parts.firstOf(shape->second) == row);
        }
        QCOMPARE(parts.shapes(), shapes.size());
    }

    void sharedWhileHeld()
    {
        test::CheckpointBuilder builder;
        const auto checkpoint = builder.add("a.1", "F32").make();
        test::CheckpointBuilder others;
        const auto other = others.add("b.1", "F32").add("b.2", "F32").make();
        auto first = KeyParts::of(*checkpoint);
        QCOMPARE(KeyParts::of(*checkpoint).get(), first.get());
        QCOMPARE(KeyParts::of(*other)->rows(), std::size_t{2});
        const std::weak_ptr<const KeyParts> watch = first;
        first.reset();
        QVERIFY(watch.expired());
        QCOMPARE(KeyParts::of(*checkpoint)->rows(), std::size_t{1});
    }
};

QTEST_APPLESS_MAIN(TestKeyParts)
#include "tst_keyparts.moc"
