// SPDX-License-Identifier: Apache-2.0
// List, tree, roles, findings, shards and metadata under Qt's own model test, and what they say of known checkpoints.
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"
#include "ui/copyas.h"
#include "ui/models/columns.h"
#include "ui/models/findingsmodel.h"
#include "ui/models/metadatamodel.h"
#include "ui/models/rolesmodel.h"
#include "ui/models/tensortablemodel.h"
#include "ui/models/tensortreemodel.h"
#include "ui/views/detailspanel.h"
#include "ui/views/shardspanel.h"

#include <QAbstractItemModelTester>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <functional>

using namespace ckptscope;
using namespace ckptscope::ui;

namespace {

constexpr auto Fatal = QAbstractItemModelTester::FailureReportingMode::QtTest;

DocumentPtr openDocument(const std::string& path)
{
    auto document = Document::open({path}, {}, {});
    return document ? *document : nullptr;
}

DocumentPtr demo()
{
    return openDocument(test::sourcePath("resources/demo/qwen3-next-tiny-bf16"));
}

DocumentPtr make(const test::TempDir& dir, const std::vector<std::string>& keys)
{
    test::SafetensorsFile file;
    for (const std::string& key : keys) {
        file.addValue(key, "BF16", {2, 3}, 1.0);
    }
    const std::string path = dir.path("model.safetensors");
    file.write(path);
    return openDocument(path);
}

FilterHits hitsOf(const Document& document, std::string_view text)
{
    auto parsed = Filter::parse(text);
    return applyFilter(document, std::get<Filter>(parsed));
}

Rows pathRows(const Document& document, const FilterHits& hits = {})
{
    return keepHits(*document.order(SortKey::Path, false), hits);
}

/// Every label of a tree, indented by its depth, after everything is opened.
QStringList outline(const QAbstractItemModel& model, const QModelIndex& parent = {}, int depth = 0)
{
    QStringList lines;
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        lines << QString(depth, QLatin1Char('>')) + index.data().toString();
        lines += outline(model, index, depth + 1);
    }
    return lines;
}

} // namespace

class TestTensorModels : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyModelKeepsQtsRules()
    {
        const DocumentPtr document = demo();
        QVERIFY(document != nullptr);
        TensorTableModel table;
        TensorTreeModel tree;
        RolesModel roles;
        FindingsModel findings;
        ShardsModel shards;
        MetadataModel metadata;
        const QAbstractItemModelTester t1(&table, Fatal);
        const QAbstractItemModelTester t2(&tree, Fatal);
        const QAbstractItemModelTester t3(&roles, Fatal);
        const QAbstractItemModelTester t4(&findings, Fatal);
        const QAbstractItemModelTester t5(&shards, Fatal);
        const QAbstractItemModelTester t6(&metadata, Fatal);
        for (const char* text : {"", "violation", "no_such_key", "layer:0", ""}) { // filter, empty, back
            const FilterHits hits = hitsOf(*document, text);
            for (const bool descending : {false, true}) {
                table.setRows(document, keepHits(*document->order(SortKey::Size, descending), hits));
                QCOMPARE(table.rowCount(), int(hits.count));
                tree.setRows(document, pathRows(*document, hits));
                (void)outline(tree); // builds every node
                tree.sortSiblings(int(Column::Size), descending ? Qt::DescendingOrder : Qt::AscendingOrder);
                (void)outline(tree);
                roles.setHits(document, hits);
                roles.sortBy(RolesModel::Size, descending ? Qt::DescendingOrder : Qt::AscendingOrder);
            }
        }
        findings.setDocument(document);
        shards.setDocument(document);
        metadata.setDocument(document);
        metadata.setSearch(QStringLiteral("layer"));
        QVERIFY(findings.rowCount() > 0);
        QCOMPARE(shards.rowCount(), 2);
        QVERIFY(metadata.rowCount() > 0);
        const DocumentPtr again = demo(); // a reload
        table.setRows(again, *again->order(SortKey::File, false));
        tree.setRows(again, pathRows(*again));
        (void)outline(tree);
        roles.setHits(again, {});
        findings.setDocument(again);
        findings.setDocument(nullptr);
        shards.setDocument(nullptr);
    }

    void treeFoldsLonelyGroups()
    {
        const test::TempDir dir;
        const DocumentPtr document =
            make(dir, {"model.layers.10.norm.weight", "model.layers.2.norm.weight", "model.layers.2.mlp.up", "head", "model.embed.weight"});
        QVERIFY(document != nullptr);
        TensorTreeModel tree;
        tree.setRows(document, pathRows(*document));
        const QStringList expected{
            QStringLiteral("head"), QStringLiteral("model"),     QStringLiteral(">embed.weight"),  QStringLiteral(">layers"),
            QStringLiteral(">>2"),  QStringLiteral(">>>mlp.up"), QStringLiteral(">>>norm.weight"), QStringLiteral(">>10.norm.weight")};
        QCOMPARE(outline(tree), expected);
    }

    void treeHandlesOddKeys()
    {
        const test::TempDir dir;
        // a key that is also a group, empty parts, and dots that would nest 5,000 deep
        const DocumentPtr document = make(dir, {"a", "a.b", "a.b.c", "..", ".x", "y.", std::string(5000, '.'), std::string(5000, '.') + "z"});
        QVERIFY(document != nullptr);
        TensorTreeModel tree;
        const QAbstractItemModelTester tester(&tree, Fatal);
        tree.setRows(document, pathRows(*document));
        std::size_t leaves = 0;
        std::function<int(const QModelIndex&)> walk = [&](const QModelIndex& parent) {
            int deepest = 0;
            for (int row = 0; row < tree.rowCount(parent); ++row) {
                const QModelIndex index = tree.index(row, 0, parent);
                leaves += tree.tensorAt(index) ? 1 : 0;
                deepest = std::max(deepest, 1 + walk(index));
            }
            return deepest;
        };
        QVERIFY(walk({}) <= 65);
        QCOMPARE(leaves, std::size_t(8));
        for (std::uint32_t tensor = 0; tensor < document->size(); ++tensor) {
            QCOMPARE(tree.tensorAt(tree.indexOf(tensor)), std::optional(tensor));
        }
    }

    /// What the tree keeps of the whole document is what it would make anew: after a filter, after sorts while it was away, and after
    /// scans, whose columns sort by what is known now.
    void treeComesBackAsItWas()
    {
        const test::TempDir dir;
        const DocumentPtr document = make(dir, {"a.x", "a.y", "b.x", "b.y", "c"});
        QVERIFY(document != nullptr);
        const RowsPtr all = document->order(SortKey::Path, false);
        const FilterHits hits = hitsOf(*document, "*.x");
        const auto filtered = [&](TensorTreeModel& tree) {
            tree.setRows(document, keepHits(all, hits));
            QCOMPARE(tree.rowCount(), 2);
            (void)outline(tree);
        };
        TensorTreeModel tree;
        const QAbstractItemModelTester tester(&tree, Fatal);
        tree.setRows(document, keepHits(all, {}));
        const QStringList plain = outline(tree);
        const QString size = tree.index(0, int(Column::Size)).data().toString();
        filtered(tree);
        QVERIFY(tree.index(0, int(Column::Size)).data().toString() != size);
        tree.setRows(document, all);
        QCOMPARE(outline(tree), plain);
        QCOMPARE(tree.index(0, int(Column::Size)).data().toString(), size);
        filtered(tree);
        tree.sortSiblings(int(Column::Key), Qt::DescendingOrder);
        tree.setRows(document, all);
        QCOMPARE(outline(tree), (QStringList{"c", "b", ">y", ">x", "a", ">y", ">x"}));
        tree.sortSiblings(int(Column::Max), Qt::DescendingOrder);
        QCOMPARE(outline(tree), plain);
        filtered(tree);
        for (std::uint32_t i = 0; i < 5; ++i) {
            TensorValues values;
            values.tensor = i;
            values.statistics.emplace();
            values.statistics->max = i;
            document->values()->put(values);
        }
        tree.setRows(document, all);
        QCOMPARE(outline(tree).first(), QStringLiteral("c"));
        const DocumentPtr other = make(dir, {"z"});
        tree.setRows(other, other->order(SortKey::Path, false));
        QCOMPARE(outline(tree), QStringList{"z"});
    }

    void treeSumsItsGroups()
    {
        const DocumentPtr document = demo();
        TensorTreeModel tree;
        tree.setRows(document, pathRows(*document));
        const auto marks = document->report().count(Severity::Violation);
        std::uint64_t seen = 0;
        for (int row = 0; row < tree.rowCount(); ++row) {
            const QModelIndex index = tree.index(row, int(Column::Verdict));
            if (index.data(MarkRole).toInt() == int(Mark::Violation) && index.data(MarkRole).isValid()) {
                seen += index.data().toString().section(QLatin1Char(' '), 0, 0).toULongLong();
                QVERIFY(tree.index(row, 0).data(Qt::AccessibleTextRole).toString().contains(QStringLiteral("violations in")));
            }
        }
        QCOMPARE(seen, marks);
    }

    void listSpeaksWholeRows()
    {
        const DocumentPtr document = demo();
        TensorTableModel table;
        table.setRows(document, keepHits(*document->order(SortKey::Path, false), hitsOf(*document, "*.A_log")));
        QVERIFY(table.rowCount() > 0);
        const QString spoken = table.index(0, 0).data(Qt::AccessibleTextRole).toString();
        QVERIFY2(spoken.contains(QStringLiteral("A_log, violation, BF16, wants F32, ")), qPrintable(spoken));
        QVERIFY(!table.index(0, 0).data(Qt::AccessibleDescriptionRole).toString().isEmpty());
        for (int column = 0; column < ColumnCount; ++column) {
            QCOMPARE(table.index(0, column).data(Qt::TextAlignmentRole), table.headerData(column, Qt::Horizontal, Qt::TextAlignmentRole));
            QVERIFY(!table.headerData(column, Qt::Horizontal).toString().isEmpty());
        }
    }

    void rolesFilterFindsExactlyTheirTensors()
    {
        const DocumentPtr document = demo();
        RolesModel roles;
        roles.setHits(document, {});
        QVERIFY(roles.rowCount() > 3);
        QVERIFY(roles.rowCount() < int(document->size()));
        for (int row = 0; row < roles.rowCount(); ++row) {
            Rows wanted;
            roles.collect(roles.index(row, 0), wanted);
            const QByteArray filter = roles.filterFor(roles.index(row, 0)).toUtf8();
            const FilterHits hits = hitsOf(*document, std::string_view(filter.constData(), std::size_t(filter.size())));
            QCOMPARE(keepHits(*document->order(SortKey::Path, false), hits), wanted);
        }
    }

    void copiesInEveryFormat()
    {
        const test::TempDir dir;
        const DocumentPtr document = make(dir, {"=cmd|' /C calc'!A1", "tab\there", "quote\"s, and\nlines", "it's"});
        QVERIFY(document != nullptr);
        const Rows rows = *document->order(SortKey::File, false);
        const QList<int> columns{int(Column::Key), int(Column::DType), int(Column::Size)};
        const QString csv = copyText(*document, rows, columns, CopyFormat::Csv);
        QVERIFY2(csv.contains(QStringLiteral("\r\n'=cmd|' /C calc'!A1,BF16,12\r\n")), qPrintable(csv));
        QVERIFY(csv.contains(QStringLiteral("\"quote\"\"s, and\nlines\",BF16,12\r\n")));
        const QString table = copyText(*document, rows, columns, CopyFormat::Table);
        QCOMPARE(table.count(QLatin1Char('\n')), 4);
        QVERIFY(table.contains(QStringLiteral("tab\\there\tBF16\t12")));
        QCOMPARE(copyText(*document, {1}, columns, CopyFormat::Key), QStringLiteral("tab\there"));
        QCOMPARE(copyText(*document, {1, 3}, columns, CopyFormat::Python), QStringLiteral("['tab\\there', \"it's\"]"));
        const QJsonArray json = QJsonDocument::fromJson(copyText(*document, rows, columns, CopyFormat::Json).toUtf8()).array();
        QCOMPARE(json.size(), 4);
        QCOMPARE(json.at(1).toObject().value(QLatin1String("name")).toString(), QStringLiteral("tab\there"));
        const QByteArray filter = copyText(*document, {0, 2}, columns, CopyFormat::Filter).toUtf8();
        const FilterHits hits = hitsOf(*document, std::string_view(filter.constData(), std::size_t(filter.size())));
        QCOMPARE(keepHits(rows, hits), (Rows{0, 2}));
        QVERIFY(copyText(*document, rows, columns, CopyFormat::Markdown).contains(QStringLiteral("---:")));
    }

    void guardsCsvCells_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("cell");
        QTest::newRow("plain") << QStringLiteral("weight") << QStringLiteral("weight");
        QTest::newRow("formula") << QStringLiteral("=1+1") << QStringLiteral("'=1+1");
        QTest::newRow("formula after a space") << QStringLiteral(" =1+1") << QStringLiteral("' =1+1");
        QTest::newRow("at") << QStringLiteral("@SUM(A1)") << QStringLiteral("'@SUM(A1)");
        QTest::newRow("minus word") << QStringLiteral("-cmd") << QStringLiteral("'-cmd");
        QTest::newRow("a number stays one") << QStringLiteral("-1.5") << QStringLiteral("-1.5");
        QTest::newRow("quotes") << QStringLiteral("a\"b") << QStringLiteral("\"a\"\"b\"");
    }
    void guardsCsvCells()
    {
        QFETCH(QString, text);
        QFETCH(QString, cell);
        QCOMPARE(csvCell(text), cell);
    }

    void linksOnlyPublicPlaces_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<QString>("link");
        QTest::newRow("issue") << QStringLiteral("NVIDIA-NeMo/Automodel#2484")
                               << QStringLiteral("https://github.com/NVIDIA-NeMo/Automodel/issues/2484");
        QTest::newRow("file") << QStringLiteral("a/b/c/d.py:Symbol") << QStringLiteral("https://github.com/a/b/blob/HEAD/c/d.py");
        QTest::newRow("words") << QStringLiteral("a paper of ours") << QString();
        QTest::newRow("script") << QStringLiteral("javascript:alert(1)") << QString();
        QTest::newRow("file url") << QStringLiteral("file:///etc/passwd") << QString();
    }
    void linksOnlyPublicPlaces()
    {
        QFETCH(QString, source);
        QFETCH(QString, link);
        QCOMPARE(sourceLink(source.toStdString()), link);
    }
};

QTEST_MAIN(TestTensorModels)
#include "tst_tensormodels.moc"
