// SPDX-License-Identifier: Apache-2.0
// Missing tensors, findings of roles, muted rules: what the window says of them and does with them.
#include "tests/support/modelfolder.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/windowfixture.h"
#include "ui/contextkey.h"
#include "ui/copyas.h"
#include "ui/dialogs/fixdialog.h"
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
#include "ui/views/messagebar.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QDockWidget>
#include <QHeaderView>
#include <QLabel>
#include <QListView>
#include <QMenu>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QTreeView>

#include <algorithm>
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

/// Of sixteen layers three have their norm in F32.
std::string oddRole(const TempDir& dir)
{
    SafetensorsFile file;
    for (int layer = 0; layer < 16; ++layer) {
        file.addValue("layers." + std::to_string(layer) + ".norm.weight", layer == 3 || layer == 7 || layer == 9 ? "F32" : "BF16", {8}, 1.0);
        file.addValue("layers." + std::to_string(layer) + ".up.weight", "BF16", {8, 8}, 1.0);
    }
    const std::string path = dir.path("odd.safetensors");
    file.write(path);
    return path;
}

/// Three layers that hold the same bytes, and one that does not.
std::string twins(const TempDir& dir)
{
    std::string data;
    for (int i = 0; i < 64 * 64; ++i) {
        const float value = static_cast<float>(i % 251) / 7.0F;
        data.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    std::string other = data;
    other[0] = static_cast<char>(other[0] + 1);
    SafetensorsFile file;
    for (int layer = 0; layer < 3; ++layer) {
        file.add("layers." + std::to_string(layer) + ".weight", "F32", {64, 64}, data);
    }
    file.add("layers.3.weight", "F32", {64, 64}, other);
    const std::string path = dir.path("twins.safetensors");
    file.write(path);
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
        for (const Column column : {Column::DType, Column::Shape, Column::Elements, Column::Size, Column::BitsPerWeight, Column::Offset, Column::Min,
                                    Column::Nan, Column::Zero}) {
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
        QTRY_VERIFY(f.window.details()->plainText().contains(QStringLiteral("%1 missing").arg(missing)));
        QVERIFY(!f.window.details()->plainText().contains(QStringLiteral("Bytes")));
        // every action that works on tensors copes with rows that are none
        for (const char* name : {"tensor.scan", "edit.copy", "edit.copyJson", "edit.copyKey", "tensor.filter.shard", "tensor.filter.rule",
                                 "tensor.next", "tensor.previous"}) {
            f.window.action(QLatin1String(name))->trigger();
            QTRY_VERIFY(f.window.idle());
        }
        for (const char* name : {"values", "histogram", "heatmap"}) {
            QDockWidget* dock = f.window.dock(QLatin1String(name));
            dock->show();
            dock->raise();
            QTRY_VERIFY(f.window.idle());
        }
        const auto labels = f.window.dock(QStringLiteral("values"))->findChildren<QLabel*>();
        f.window.dock(QStringLiteral("values"))->raise();
        QTRY_VERIFY(std::any_of(labels.begin(), labels.end(),
                                [](const QLabel* label) { return label->text().contains(QStringLiteral("no file holds its values")); }));
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

    void aRolesFindingOpens()
    {
        const TempDir dir;
        const DocumentPtr document = openDocument(oddRole(dir));
        QVERIFY(document);
        FindingsModel model;
        const QAbstractItemModelTester tester(&model, Fatal);
        model.setDocument(document);
        const auto& findings = document->report().findings;
        const auto odd = std::find_if(findings.begin(), findings.end(), [](const Finding& f) { return f.rule == "siblings.odd"; });
        QVERIFY(odd != findings.end());
        QCOMPARE(odd->others.size(), 2U);
        const QModelIndex row = model.indexOfFinding(static_cast<std::uint32_t>(odd - findings.begin()));
        QVERIFY(row.isValid());
        QCOMPARE(model.rowCount(row), 2);
        QVERIFY(row.siblingAtColumn(FindingsModel::Where).data().toString().endsWith(QStringLiteral(" and 2 others")));
        for (int child = 0; child < 2; ++child) {
            const QModelIndex other = model.index(child, 0, row);
            QCOMPARE(model.parent(other), row);
            QCOMPARE(model.rowAt(other), std::optional(odd->others[std::size_t(child)]));
            QCOMPARE(model.findingAt(other), &*odd);
            QCOMPARE(model.ruleAt(other), odd->rule);
            QCOMPARE(other.siblingAtColumn(FindingsModel::Where).data().toString(), fromUtf8(document->tensor(odd->others[std::size_t(child)]).key));
            QVERIFY(other.data(Qt::AccessibleTextRole).toString().endsWith(QStringLiteral(", advice")));
            // its mark says the same
            QCOMPARE(document->mark(odd->others[std::size_t(child)]), std::optional(Mark::Advice));
            QCOMPARE(document->finding(odd->others[std::size_t(child)]), &*odd);
        }
        QCOMPARE(hitsOf(*document, "rule:siblings.odd").count, 3U);
    }

    void theWindowGoesToThem()
    {
        WindowFixture f;
        QVERIFY(f.open(oddRole(f.dir)));
        const DocumentPtr document = f.window.document();
        FindingsModel& model = *f.window.findings()->model();
        QTreeView* view = f.window.findings()->view();
        const auto& findings = document->report().findings;
        const auto odd = std::find_if(findings.begin(), findings.end(), [](const Finding& one) { return one.rule == "siblings.odd"; });
        QVERIFY(odd != findings.end());
        const QModelIndex row = model.indexOfFinding(static_cast<std::uint32_t>(odd - findings.begin()));
        view->setFocus();
        view->setCurrentIndex(row);
        QCOMPARE(f.window.tensorView()->currentTensor(), odd->tensor);
        QTest::keyClick(view, Qt::Key_Right); // opens
        QVERIFY(view->isExpanded(row));
        QTest::keyClick(view, Qt::Key_Down);
        QCOMPARE(f.window.tensorView()->currentTensor(), std::optional(odd->others.front()));
        QTRY_VERIFY(f.window.details()->plainText().contains(QStringLiteral("True of 3 tensors, of which this is one.")));
        QTest::keyClick(view, Qt::Key_Return);
        QCOMPARE(f.window.filterBar()->text(), QStringLiteral("rule:siblings.odd"));
        f.window.tensorView()->setMode(TensorView::Mode::Flat);
        QTRY_COMPARE(f.window.tensorView()->view()->model()->rowCount(), 3);
    }

    void aMissingShardsFindingListsWhatWentWithIt()
    {
        const TempDir dir;
        const DocumentPtr document = openDocument(withoutShard(dir));
        QVERIFY(document);
        FindingsModel model;
        const QAbstractItemModelTester tester(&model, Fatal);
        model.setDocument(document);
        const QModelIndex row = model.indexOf(document->stored());
        QVERIFY(row.isValid());
        QCOMPARE(model.ruleAt(row), std::string("index.missing_shard"));
        QCOMPARE(model.rowCount(row), static_cast<int>(document->size() - document->stored()));
        QCOMPARE(model.rowAt(model.index(0, 0, row)), std::optional(document->stored()));
        QVERIFY(model.index(0, 0, row).data(Qt::AccessibleTextRole).toString().endsWith(QStringLiteral(", missing")));
    }

    void copiesAreFoundByAScanOfAll()
    {
        WindowFixture f;
        QVERIFY(f.open(twins(f.dir)));
        const auto copies = [&f] {
            const auto& findings = f.window.document()->report().findings;
            return std::count_if(findings.begin(), findings.end(), [](const Finding& one) { return one.rule == "values.duplicate"; });
        };
        QCOMPARE(copies(), 0);
        f.window.action(QStringLiteral("tensor.scanAll"))->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(copies(), 1, Patience);
        QTRY_VERIFY(f.window.idle());
        // the same that the command line says
        const auto& findings = f.window.document()->report().findings;
        const auto told = std::find_if(findings.begin(), findings.end(), [](const Finding& one) { return one.rule == "values.duplicate"; });
        QVERIFY(told->tensor);
        QCOMPARE(f.window.document()->tensor(*told->tensor).key, std::string_view("layers.1.weight"));
        QCOMPARE(told->others.size(), 1U);
        f.window.action(QStringLiteral("tensor.scanAll"))->trigger(); // once more: told once
        QTRY_VERIFY_WITH_TIMEOUT(f.window.idle(), Patience);
        QCOMPARE(copies(), 1);
        QCOMPARE(hitsOf(*f.window.document(), "rule:values.duplicate").count, 2U);
    }

    void aMutedRuleIsGoneUntilItIsUnmuted()
    {
        WindowFixture f;
        QVERIFY(f.open(f.demo()));
        const DocumentPtr before = f.window.document();
        const std::string rule = before->report().findings.front().rule;
        const QString title = f.window.banner()->title();
        const std::size_t all = before->report().findings.size();
        auto* line = f.find<QWidget>("mutedLine");
        QVERIFY(line != nullptr && !line->isVisible());
        const auto place = f.window.tensorView()->currentRow();

        // by the context menu of the finding, from the keyboard
        QTreeView* view = f.window.findings()->view();
        view->setFocus();
        view->setCurrentIndex(f.window.findings()->model()->index(0, 0));
        QTest::keyClick(view, Qt::Key_F10, Qt::ShiftModifier);
        auto* menu = f.window.findChild<QMenu*>(QStringLiteral("findingMenu"));
        QVERIFY(menu != nullptr);
        QTRY_VERIFY(menu->isVisible());
        QStringList texts;
        for (const QAction* action : menu->actions()) {
            texts << (action->isSeparator() ? QStringLiteral("-") : action->text());
        }
        QCOMPARE(texts, QStringList({"&Go to Tensor", "&Filter to Rule", "-", "&Copy", "-", "&Mute Rule for This Checkpoint"}));
        QTest::keyClick(menu, Qt::Key_M);
        QTRY_VERIFY_WITH_TIMEOUT(f.window.document() != before && f.window.idle(), Patience);

        const DocumentPtr muted = f.window.document();
        for (const Finding& finding : muted->report().findings) {
            QVERIFY(finding.rule != rule);
        }
        QCOMPARE(muted->wholeReport().findings.size(), all); // what is handed on is whole
        QVERIFY(f.window.banner()->title() != title);
        QTRY_VERIFY(line->isVisible());
        QVERIFY(line->accessibleName().startsWith(QStringLiteral("1 rule is muted")));
        QCOMPARE(f.window.tensorView()->currentRow(), place);
        // a reload keeps it
        QSignalSpy changed(&f.window, &MainWindow::documentChanged);
        f.window.action(QStringLiteral("file.reload"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(changed.count() > 0 && f.window.idle(), Patience);
        QCOMPARE(f.window.document()->report().findings.size(), muted->report().findings.size());
        QVERIFY(line->isVisible());

        f.find<QPushButton>("unmuteButton")->click();
        QTRY_COMPARE_WITH_TIMEOUT(f.window.document()->report().findings.size(), all, Patience);
        QTRY_VERIFY(!line->isVisible());
        QCOMPARE(f.window.banner()->title(), title);

        // another checkpoint starts with all of them
        f.window.mute(rule);
        QTRY_VERIFY_WITH_TIMEOUT(line->isVisible() && f.window.idle(), Patience);
        QVERIFY(f.open(f.demo("second")));
        QCOMPARE(f.window.document()->report().findings.size(), all);
        QVERIFY(!line->isVisible());
    }

    void aMutedRuleIsNotRepaired()
    {
        WindowFixture f;
        QVERIFY(f.open(f.demo()));
        const std::string rule = f.window.document()->report().findings.front().rule;
        const std::uint64_t asked = f.window.document()->fixable().violations;
        QVERIFY(asked > 0);
        f.window.mute(rule);
        QTRY_VERIFY_WITH_TIMEOUT(f.window.document()->fixable().violations < asked && f.window.idle(), Patience);
        auto* dialog = f.openDialog<FixDialog>("file.review");
        QVERIFY(dialog != nullptr); // the demo has more than one rule to mend by
        // the command line knows of no muted rules: it must be told what is wanted
        QTRY_VERIFY_WITH_TIMEOUT(dialog->command().contains(QStringLiteral("--only")), Patience);
        QVERIFY(!dialog->command().contains(fromUtf8(rule)));
        dialog->reject();
    }

    void damageCannotBeMuted()
    {
        WindowFixture f;
        QVERIFY(f.open(withoutShard(f.dir)));
        const DocumentPtr before = f.window.document();
        QTreeView* view = f.window.findings()->view();
        view->setFocus();
        view->setCurrentIndex(f.window.findings()->model()->index(0, 0));
        QTest::keyClick(view, Qt::Key_F10, Qt::ShiftModifier);
        auto* menu = f.window.findChild<QMenu*>(QStringLiteral("findingMenu"));
        QVERIFY(menu != nullptr);
        QVERIFY(!menu->actions().back()->isEnabled());
        menu->close();
        f.window.mute(before->report().findings.front().rule);
        QTRY_VERIFY(f.window.idle());
        QCOMPARE(f.window.document(), before);
    }

    void aMutedTensorSaysWhy()
    {
        WindowFixture f;
        QVERIFY(f.open(f.demo()));
        const Finding& first = f.window.document()->report().findings.front();
        const std::string rule = first.rule;
        const std::uint32_t tensor = *first.tensor;
        f.window.mute(rule);
        QTRY_VERIFY_WITH_TIMEOUT(!f.window.document()->options().muted.empty() && f.window.idle(), Patience);
        QCOMPARE(f.window.document()->mutedRule(tensor), std::string_view(rule));
        QVERIFY(f.window.document()->mutedRule(f.window.document()->size()).empty());
        QVERIFY(f.window.tensorView()->select(tensor));
        QTRY_VERIFY(f.window.details()->plainText().remove(QChar(0x200b)).contains(fromUtf8("Rule " + rule + " is muted.")));
        QVERIFY(!f.window.details()->plainText().contains(QStringLiteral("Stored as required")));
    }

    void aMessagesMenu()
    {
        WindowFixture f;
        f.window.messages()->add({Mark::Damaged, QStringLiteral("title"), QStringLiteral("second"), QStringLiteral("the details"), {}, {}});
        auto* message = f.find<QWidget>("message");
        auto* title = f.find<QLabel>("messageTitle");
        auto* details = f.find<QLabel>("messageDetails");
        QVERIFY(message != nullptr && title != nullptr && details != nullptr && !details->isVisible());
        // with the mouse on its text, and with the keyboard from one of its buttons
        for (QWidget* from : {static_cast<QWidget*>(title), static_cast<QWidget*>(f.find<QPushButton>("messageCopy"))}) {
            from->setFocus();
            openContextMenu(from);
            auto* menu = message->findChild<QMenu*>(QStringLiteral("messageMenu"));
            QVERIFY(menu != nullptr);
            QCOMPARE(menu->actions().size(), 2);
            QCOMPARE(menu->actions()[0]->text(), QStringLiteral("&Copy"));
            QCOMPARE(menu->actions()[1]->text(), QStringLiteral("&Details"));
            const bool before = details->isVisible();
            menu->actions()[1]->trigger();
            QCOMPARE(details->isVisible(), !before);
            QCOMPARE(f.find<QPushButton>("messageMore")->isChecked(), !before); // the button says the same
            delete menu;
        }
        f.window.messages()->clear(); // also while its menu is up
    }

    void aHeadersMenu()
    {
        WindowFixture f;
        QVERIFY(f.open(f.demo()));
        TensorView* tensors = f.window.tensorView();
        tensors->setMode(TensorView::Mode::Flat);
        openContextMenu(tensors->view()->header());
        auto* menu = tensors->findChild<QMenu*>(QStringLiteral("headerMenu"));
        QVERIFY(menu != nullptr);
        QStringList last;
        for (const QAction* action : menu->actions().mid(menu->actions().size() - 2)) {
            last << action->text();
        }
        QCOMPARE(last, QStringList({"Fit Columns", "Reset Columns"}));
        QVERIFY(!menu->actions().front()->isEnabled()); // the key names the row
        QAction* shape = menu->actions()[int(Column::Shape)];
        QVERIFY(shape->isChecked());
        shape->trigger();
        QVERIFY(tensors->view()->isColumnHidden(int(Column::Shape)));
        menu->close();
    }

    void aRecentEntrysMenu()
    {
        WindowFixture f;
        QVERIFY(f.open(f.demo()));
        f.window.closeDocument();
        auto* list = f.find<QListView>("startRecent");
        QVERIFY(list != nullptr);
        QTRY_VERIFY(list->isVisible());
        list->setFocus();
        list->setCurrentIndex(list->model()->index(0, 0));
        QTest::keyClick(list, Qt::Key_F10, Qt::ShiftModifier);
        auto* menu = f.find<QMenu>("recentMenu");
        QVERIFY(menu != nullptr);
        QStringList texts;
        for (const QAction* action : menu->actions()) {
            texts << (action->isSeparator() ? QStringLiteral("-") : action->text());
        }
        QCOMPARE(texts, QStringList({"&Open", "Open in &New Window", "-", "&Copy Path", "&Remove From List"}));
        menu->actions().back()->trigger();
        QVERIFY(f.settings.recent().empty());
    }

    void aDamagedTensorSaysWhy()
    {
        WindowFixture f;
        SafetensorsFile().addValue("a", "F32", {64}, 1.0).addValue("b", "F32", {64}, 2.0).write(f.dir.path("cut.safetensors"));
        const auto whole = std::filesystem::file_size(f.dir.path("cut.safetensors"));
        std::filesystem::resize_file(f.dir.path("cut.safetensors"), whole - 100);
        QVERIFY(f.open(f.dir.path("cut.safetensors")));
        const DocumentPtr document = f.window.document();
        QCOMPARE(document->mark(1), std::optional(Mark::Damaged));
        QVERIFY(document->damageOf(0) == nullptr); // the cut does not reach it
        QVERIFY(document->damageOf(1) != nullptr);
        QCOMPARE(document->damageOf(1)->rule, std::string("safetensors.truncated"));
        QVERIFY(f.window.tensorView()->select(1));
        QTRY_VERIFY(f.window.details()->plainText().contains(QStringLiteral("100 bytes early")));
    }
};

QTEST_MAIN(TestFindings)
#include "tst_findings.moc"
