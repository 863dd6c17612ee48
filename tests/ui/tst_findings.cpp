// SPDX-License-Identifier: Apache-2.0
// Missing tensors, findings of roles, muted rules: what the window says of them and does with them.
#include "tests/support/modelfolder.h"
#include "tests/support/windowfixture.h"
#include "ui/copyas.h"
#include "ui/models/columns.h"
#include "ui/models/findingsmodel.h"
#include "ui/models/rolesmodel.h"
#include "ui/models/tensortablemodel.h"
#include "ui/models/tensortreemodel.h"
#include "ui/text.h"
#include "ui/views/bannerwidget.h"
#include "ui/views/detailspanel.h"
#include "ui/views/filterbar.h"
#include "ui/views/findingspanel.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QTest>
#include <QTreeView>

#include <filesystem>

using namespace ckptscope;
using namespace ckptscope::ui;
using namespace ckptscope::test;

namespace {

constexpr auto Fatal = QAbstractItemModelTester::FailureReportingMode::QtTest;
const std::string Two = "model-00002-of-00002.safetensors";
const std::string Up1 = "model.layers.1.mlp.up_proj.weight";
const QString Dash = QStringLiteral("\u2013");

/// A folder whose second shard is gone.
std::string withoutShard(const TempDir& dir)
{
    const std::string path = ModelFolder::llama().write(dir);
    std::filesystem::remove(std::filesystem::path(path) / Two);
    return path;
}

DocumentPtr openDocument(const std::string& path)
{
    auto document = Document::open({path}, {}, {});
    return document ? *document : nullptr;
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

} // namespace

class TestFindings : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }

    void missingRowsKeepQtsRules()
    {
        const TempDir dir;
        const DocumentPtr document = openDocument(withoutShard(dir));
        QVERIFY(document);
        QVERIFY(document->size() > document->stored());
        TensorTableModel table;
        TensorTreeModel tree;
        RolesModel roles;
        FindingsModel findings;
        const QAbstractItemModelTester a(&table, Fatal);
        const QAbstractItemModelTester b(&tree, Fatal);
        const QAbstractItemModelTester c(&roles, Fatal);
        const QAbstractItemModelTester d(&findings, Fatal);
        for (const char* text : {"", "is:missing", "-is:missing", "up_proj", "size>0"}) {
            const FilterHits hits = hitsOf(*document, text);
            table.setRows(document, pathRows(*document, hits));
            tree.setRows(document, pathRows(*document, hits));
            roles.setHits(document, hits);
            findings.setDocument(document);
            for (const Column column : {Column::DType, Column::Shape, Column::Size, Column::Verdict, Column::Min, Column::Shard}) {
                tree.sortSiblings(static_cast<int>(column), Qt::DescendingOrder);
                QCOMPARE(tree.rowCount() == 0, table.rowCount() == 0);
            }
            for (int column = 0; column < RolesModel::Columns; ++column) {
                roles.sortBy(column, Qt::DescendingOrder);
            }
        }
    }

    void aMissingRowSaysSo()
    {
        const TempDir dir;
        auto folder = ModelFolder::llama();
        folder.freeze().drop(Up1);
        const DocumentPtr document = openDocument(folder.write(dir));
        QVERIFY(document);
        QCOMPARE(document->size(), document->stored() + 1);
        const std::uint32_t row = document->stored();
        QVERIFY(document->missing(row));
        QCOMPARE(cellText(*document, row, Column::Key), fromUtf8(Up1));
        QCOMPARE(cellText(*document, row, Column::Verdict), QStringLiteral("missing"));
        for (const Column column : {Column::DType, Column::Shape, Column::Elements, Column::Size, Column::BitsPerWeight,
                                    Column::Offset, Column::Min, Column::Nan, Column::Zero}) {
            QCOMPARE(cellText(*document, row, column), Dash);
            QVERIFY(exactText(*document, row, column).isEmpty());
        }
        QVERIFY(!cellText(*document, row, Column::Shard).isEmpty());
        QVERIFY(cellRole(*document, row, Column::Key, MutedRole).toBool());
        QCOMPARE(cellRole(*document, row, Column::Verdict, MarkRole).toInt(), static_cast<int>(Mark::Missing));
        QVERIFY(!cellRole(*document, row, Column::DType, DTypeRole).isValid());
        QCOMPARE(spokenRow(*document, row, fromUtf8(Up1)), fromUtf8(Up1 + ", missing"));
        QVERIFY(missingText(*document, row).contains(QStringLiteral("does not hold it")));
        QVERIFY(document->finding(row) != nullptr);
        QCOMPARE(document->finding(row)->rule, std::string("index.missing_tensor"));
        // copies: the key is there, as a tensor it is not
        QCOMPARE(copyText(*document, {row}, {int(Column::Key)}, CopyFormat::Key), fromUtf8(Up1));
        QVERIFY(!copyText(*document, {0, row}, {int(Column::Key)}, CopyFormat::Json).contains(fromUtf8(Up1)));

        TensorTreeModel tree;
        tree.setRows(document, pathRows(*document));
        const QModelIndex leaf = tree.indexOf(row);
        QVERIFY(leaf.isValid());
        QCOMPARE(leaf.data(Qt::AccessibleTextRole).toString(), QStringLiteral("mlp.up_proj.weight, missing"));
        const QModelIndex group = leaf.parent();
        QCOMPARE(group.siblingAtColumn(int(Column::Verdict)).data().toString(), QStringLiteral("1 missing"));
        QCOMPARE(group.siblingAtColumn(int(Column::DType)).data().toString(), QStringLiteral("BF16")); // never "mixed"

        RolesModel roles;
        roles.setHits(document, {});
        const QModelIndex role = roles.indexOf(row);
        QVERIFY(role.isValid());
        QCOMPARE(role.siblingAtColumn(RolesModel::Verdict).data().toString(), QStringLiteral("1 missing"));
        QCOMPARE(role.siblingAtColumn(RolesModel::Tensors).data().toString(), QStringLiteral("3"));
        QCOMPARE(role.siblingAtColumn(RolesModel::DTypes).data().toString(), QStringLiteral("BF16"));
        QVERIFY(role.siblingAtColumn(RolesModel::Gaps).data().toString().isEmpty()
                || role.siblingAtColumn(RolesModel::Gaps).data().toString().contains(QLatin1String("missing")));
    }

    void theWindowListsThem()
    {
        WindowFixture f;
        QVERIFY(f.open(withoutShard(f.dir)));
        const Document& document = *f.window.document();
        const std::uint32_t missing = document.size() - document.stored();
        QVERIFY(missing > 0);
        QCOMPARE(f.window.windowTitle().contains(QStringLiteral("damaged")), true);
        // the verdict is in sight: the first missing one is selected
        QVERIFY(f.window.tensorView()->currentRow().has_value());
        QVERIFY(document.missing(*f.window.tensorView()->currentRow()));
        QVERIFY(!f.window.tensorView()->currentTensor().has_value());
        QVERIFY(f.window.tensorView()->selectedTensors().empty());
        QTRY_VERIFY(f.window.details()->plainText().contains(QStringLiteral("is not there")));
        QVERIFY(f.window.details()->plainText().contains(QString::fromStdString(Two)));

        f.window.filterBar()->setText(QStringLiteral("is:missing"));
        f.window.tensorView()->setMode(TensorView::Mode::Flat);
        QTRY_COMPARE(f.window.tensorView()->view()->model()->rowCount(), static_cast<int>(missing));
        f.window.tensorView()->view()->selectAll();
        QVERIFY(f.window.tensorView()->selectedTensors().empty());
        QCOMPARE(f.window.tensorView()->selectedRows().size(), std::size_t(missing));
        // every action that works on tensors copes with rows that are none
        for (const char* name : {"tensor.scan", "edit.copy", "edit.copyJson", "edit.copyKey", "tensor.filter.shard", "tensor.filter.rule",
                                 "tensor.next", "tensor.previous"}) {
            f.window.action(QLatin1String(name))->trigger();
            QTRY_VERIFY(f.window.idle());
        }
        for (const char* name : {"values", "histogram", "heatmap", "halflife", "map", "shards", "metadata"}) {
            f.window.action(QStringLiteral("view.") + QLatin1String(name))->trigger();
            QTRY_VERIFY(f.window.idle());
        }
        f.window.filterBar()->setText({});
        f.window.action(QStringLiteral("tensor.scanAll"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(f.window.idle(), Patience);
        QTRY_COMPARE(f.window.document()->values()->scanned(), std::uint64_t(document.stored()));
        for (const TensorView::Mode mode : {TensorView::Mode::Roles, TensorView::Mode::Tree, TensorView::Mode::Flat}) {
            f.window.tensorView()->setMode(mode);
            QVERIFY(f.window.tensorView()->view()->model()->rowCount() > 0);
        }
        QVERIFY(!f.window.action(QStringLiteral("file.fix"))->isEnabled());
        const QString table = f.dir.path("table.csv").c_str();
        f.window.exportTable(table);
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(table), Patience);
        const QString page = f.dir.path("report.html").c_str();
        QTRY_VERIFY(f.window.idle());
        f.window.exportReport(page);
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(page), Patience);
    }
};

QTEST_MAIN(TestFindings)
#include "tst_findings.moc"
