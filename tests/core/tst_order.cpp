// SPDX-License-Identifier: Apache-2.0
#include "core/query/order.h"

#include <QRandomGenerator>
#include <QTest>

#include <algorithm>
#include <numeric>
#include <set>

using namespace ckptscope;

namespace {

struct Row {
    std::string key;
    DType dtype = DType::F32;
    std::vector<std::uint64_t> shape;
    std::uint64_t bytes = 0;
    std::uint64_t offset = 0;
    std::uint32_t shard = 0;
};

std::shared_ptr<const Checkpoint> build(const std::vector<Row>& rows, const std::vector<std::string>& shards = {"model.safetensors"})
{
    CheckpointParts parts;
    auto owned = std::make_shared<std::vector<Row>>(rows);
    parts.storage.push_back(owned);
    for (const auto& shard : shards) {
        parts.shards.emplace_back().file = shard;
    }
    for (const Row& row : *owned) {
        TensorInfo tensor;
        tensor.key = row.key;
        tensor.dtype = row.dtype;
        tensor.shape = row.shape;
        tensor.bytes = {row.offset, row.bytes};
        tensor.shard = row.shard;
        parts.tensors.push_back(tensor);
    }
    return Checkpoint::make(std::move(parts));
}

QString text(const std::vector<std::uint32_t>& order)
{
    QStringList list;
    for (const auto row : order) {
        list << QString::number(row);
    }
    return list.join(' ');
}

} // namespace

class TestOrder : public QObject {
    Q_OBJECT

private slots:
    void paths_data()
    {
        QTest::addColumn<QString>("a");
        QTest::addColumn<QString>("b");
        QTest::addColumn<int>("order");
        QTest::newRow("equal") << "a.b"
                               << "a.b" << 0;
        QTest::newRow("digits by value") << "layers.2.x"
                                         << "layers.10.x" << -1;
        QTest::newRow("digits inside a part") << "h9.x"
                                              << "h10.x" << -1;
        QTest::newRow("beyond 64 bits") << "99999999999999999999999"
                                        << "100000000000000000000000" << -1;
        QTest::newRow("leading zeros tie by bytes") << "a.007"
                                                    << "a.7" << -1;
        QTest::newRow("leading zeros do not decide early") << "a.007.b"
                                                           << "a.8.a" << -1;
        QTest::newRow("prefix first") << "a.b"
                                      << "a.b.c" << -1;
        QTest::newRow("empty first") << ""
                                     << "a" << -1;
        QTest::newRow("part border beats a lower byte") << "a.z"
                                                        << "a-b.a" << -1; // "a" < "a-b", although '-' < '.'
        QTest::newRow("digit before letter") << "a.1"
                                             << "a.b" << -1;
        QTest::newRow("trailing dot") << "a"
                                      << "a." << -1;
        QTest::newRow("bytes above ASCII last") << "az" << QString::fromUtf8("a\u00e9") << -1;
    }
    void paths()
    {
        QFETCH(QString, a);
        QFETCH(QString, b);
        QFETCH(int, order);
        QCOMPARE(comparePaths(a.toStdString(), b.toStdString()), order);
        QCOMPARE(comparePaths(b.toStdString(), a.toStdString()), -order);
    }

    void pathOrderIsThatOfComparePaths_data()
    {
        QTest::addColumn<int>("keys");
        QTest::addColumn<uint>("longest");
        QTest::addColumn<QByteArray>("alphabet");
        QTest::newRow("short") << 3000 << 9U << QByteArray(".01209ab-_");
        QTest::newRow("many, of few parts") << 9000 << 7U << QByteArray(".12a");
        QTest::newRow("so many parts that no number holds a list") << 6000 << 90U << QByteArray("...0127ab");
        QTest::newRow("lists of one number only") << 5000 << 4U << QByteArray("0123456789");
    }
    void pathOrderIsThatOfComparePaths()
    {
        QFETCH(int, keys);
        QFETCH(uint, longest);
        QFETCH(QByteArray, alphabet);
        QRandomGenerator random(11);
        std::vector<Row> rows;
        for (int i = 0; i < keys; ++i) {
            std::string key = i > 0 && i % 3 == 0 ? rows.back().key : std::string(); // neighbours that begin alike
            key.resize(random.bounded(static_cast<quint32>(key.size()) + 1));
            for (quint32 n = random.bounded(longest); n > 0; --n) {
                key += alphabet[static_cast<int>(random.bounded(static_cast<quint32>(alphabet.size())))];
            }
            rows.emplace_back().key = key;
        }
        const auto checkpoint = build(rows);
        std::vector<std::uint32_t> expected(rows.size());
        std::iota(expected.begin(), expected.end(), 0U);
        std::stable_sort(expected.begin(), expected.end(), [&](auto a, auto b) { return comparePaths(rows[a].key, rows[b].key) < 0; });
        QCOMPARE(sortedOrder(*checkpoint, nullptr, SortKey::Path), expected);
        std::stable_sort(expected.begin(), expected.end(), [&](auto a, auto b) {
            const int order = comparePaths(rows[b].key, rows[a].key);
            return order != 0 ? order < 0 : a < b;
        });
        QCOMPARE(sortedOrder(*checkpoint, nullptr, SortKey::Path, true), expected);
    }

    void columns_data()
    {
        QTest::addColumn<SortKey>("key");
        QTest::addColumn<bool>("descending");
        QTest::addColumn<QString>("order");
        QTest::newRow("file") << SortKey::File << false << "0 1 2 3 4";
        QTest::newRow("file down") << SortKey::File << true << "4 3 2 1 0";
        QTest::newRow("name") << SortKey::Name << false << "1 3 4 0 2";
        QTest::newRow("name down keeps twins in file order") << SortKey::Name << true << "0 2 1 3 4";
        QTest::newRow("path") << SortKey::Path << false << "1 3 4 0 2";
        QTest::newRow("dtype: bits, then name") << SortKey::DType << false << "4 0 3 2 1";
        QTest::newRow("size") << SortKey::Size << false << "2 4 0 3 1";
        QTest::newRow("size down keeps ties in file order") << SortKey::Size << true << "1 0 3 2 4";
        QTest::newRow("elements") << SortKey::Elements << false << "2 0 3 4 1";
        QTest::newRow("shape: elements, then dimensions") << SortKey::Shape << false << "2 3 0 4 1";
        QTest::newRow("offset") << SortKey::Offset << false << "4 3 2 1 0";
        QTest::newRow("shard by its number") << SortKey::Shard << false << "0 1 4 2 3";
        QTest::newRow("bits a weight") << SortKey::BitsPerWeight << false << "4 0 3 2 1";
        QTest::newRow("verdict, worst first") << SortKey::Verdict << false << "3 1 0 4 2";
        QTest::newRow("rule") << SortKey::Rule << false << "1 3 0 4 2";
        QTest::newRow("wants") << SortKey::Wants << false << "0 4 1 3 2";
    }
    void columns()
    {
        QFETCH(SortKey, key);
        QFETCH(bool, descending);
        const auto checkpoint = build({{"b", DType::BF16, {2, 2}, 8, 50, 0},
                                       {"a", DType::F64, {3, 2}, 48, 40, 0},
                                       {"b", DType::F32, {}, 4, 30, 1},
                                       {"a", DType::BF16, {1, 4}, 8, 20, 1},
                                       {"a", DType::GgmlQ4_K, {4, 1}, 4, 10, 2}},
                                      {"model-2.safetensors", "model-10.safetensors", "model-9.safetensors"});
        CheckReport report;
        std::vector<Rule> rules(2);
        rules[0].id = "z";
        rules[0].requiredDtypes = {DType::BF16};
        rules[1].id = "y";
        rules[1].requiredDtypes = {DType::F32};
        report.rules = RuleSet::make(rules);
        report.tensors.resize(5);
        report.findings.resize(2);
        report.findings[0].rule = "z";
        report.findings[1].rule = "y";
        report.tensors[0] = {Severity::Note, true, UINT32_MAX, 0};
        report.tensors[1] = {Severity::Advice, true, 1, 1};
        report.tensors[3] = {Severity::Violation, true, 0, 1};
        report.tensors[4] = {Severity::Note, true, UINT32_MAX, 0};
        QTEST(text(sortedOrder(*checkpoint, &report, key, descending)), "order");
    }

    void names()
    {
        std::set<SortKey> seen;
        for (const char* name : {"name", "size", "dtype", "file", "offset"}) {
            const auto key = sortKeyFromName(name);
            QVERIFY(key.has_value());
            seen.insert(*key);
        }
        QCOMPARE(seen.size(), std::size_t{5});
        QVERIFY(!sortKeyFromName("nmae"));
        QVERIFY(!sortKeyFromName(""));
    }

    void emptyCheckpoint()
    {
        const auto checkpoint = build({});
        for (int key = 0; key <= static_cast<int>(SortKey::Offset); ++key) {
            QVERIFY(sortedOrder(*checkpoint, nullptr, static_cast<SortKey>(key)).empty());
        }
    }
};

QTEST_APPLESS_MAIN(TestOrder)
#include "tst_order.moc"
