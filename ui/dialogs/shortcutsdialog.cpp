// SPDX-License-Identifier: Apache-2.0
#include "ui/dialogs/shortcutsdialog.h"

#include "core/query/filter.h"
#include "ui/accessible.h"
#include "ui/dialogs/dialogsize.h"
#include "ui/icons.h"
#include "ui/text.h"
#include "ui/views/rowdelegate.h"

#include <QAction>
#include <QCoreApplication>
#include <QDialogButtonBox>
#include <QFontDatabase>
#include <QHeaderView>
#include <QLineEdit>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QSet>
#include <QTabWidget>
#include <QTableWidget>
#include <QTextDocumentFragment>
#include <QTreeWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

QString plainText(QString text)
{
    // "&File" -> "File", "Save && Quit" -> "Save & Quit"
    QString plain;
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text[i] == u'&' && i + 1 < text.size()) {
            ++i;
        } else if (text[i] == u'&') {
            break;
        }
        plain += text[i];
    }
    return plain;
}

QString keysOf(const QAction& action)
{
    QStringList keys;
    const QList<QKeySequence> shortcuts = action.shortcuts();
    for (const QKeySequence& shortcut : shortcuts) {
        if (!shortcut.isEmpty()) {
            keys.append(shortcut.toString(QKeySequence::NativeText));
        }
    }
    return keys.join(u", "_s);
}

void collect(const QList<QAction*>& actions, const QString& group, QSet<const QAction*>& seen, std::vector<ShortcutRow>& rows)
{
    for (const QAction* action : actions) {
        if (seen.contains(action)) {
            continue;
        }
        seen.insert(action);
        const QMenu* menu = action->menu();
        if (const QString keys = menu != nullptr ? menu->property("keys").toString() : QString(); !keys.isEmpty()) {
            rows.push_back({group, plainText(action->text()), keys, action->toolTip()}); // one line for entries that come and go
            const QList<QAction*> entries = menu->actions();
            seen.unite(QSet<const QAction*>(entries.begin(), entries.end()));
            continue;
        }
        if (menu != nullptr) {
            collect(menu->actions(), group, seen, rows);
            continue;
        }
        const QString keys = keysOf(*action);
        if (keys.isEmpty() || action->text().isEmpty()) {
            continue;
        }
        const QString name = plainText(action->text());
        QString what = action->toolTip();
        what = Qt::mightBeRichText(what) ? QTextDocumentFragment::fromHtml(what).toPlainText() : what;
        rows.push_back({group, name, keys, what == name || what == name.chopped(name.endsWith(u'\u2026') ? 1 : 0) ? QString() : what});
    }
}

bool matches(const QTreeWidgetItem& item, const QString& text)
{
    for (int column = 0; column < item.columnCount(); ++column) {
        if (item.text(column).contains(text, Qt::CaseInsensitive)) {
            return true;
        }
    }
    return false;
}

} // namespace

std::vector<ShortcutRow> shortcutsOf(const QWidget& window)
{
    std::vector<ShortcutRow> rows;
    QSet<const QAction*> seen;
    if (const auto* main = qobject_cast<const QMainWindow*>(&window)) {
        const QList<QAction*> menus = main->menuBar()->actions();
        for (const QAction* top : menus) {
            if (const QMenu* menu = top->menu()) {
                collect(menu->actions(), plainText(top->text()), seen, rows);
            }
        }
    }
    collect(window.actions(), ShortcutsDialog::tr("Elsewhere"), seen, rows);
    collect(window.findChildren<QAction*>(), ShortcutsDialog::tr("Elsewhere"), seen, rows);
    return rows;
}

/// Keys that no action has, because a view takes them where it has the focus.
std::vector<ShortcutRow> viewKeys()
{
    const QString lists = ShortcutsDialog::tr("In a list");
    const QString plots = ShortcutsDialog::tr("In a plot");
    return {
        {lists, ShortcutsDialog::tr("Details"), u"Enter"_s, ShortcutsDialog::tr("Of a tensor; in roles its tensors, in findings the rule's")},
        {lists, ShortcutsDialog::tr("Open, Close a group"), u"Right, Left"_s, {}},
        {lists, ShortcutsDialog::tr("Search"), ShortcutsDialog::tr("Letters"), ShortcutsDialog::tr("Goes to the next row that begins with them")},
        {lists, ShortcutsDialog::tr("Context menu"), u"Shift+F10"_s, ShortcutsDialog::tr("What can be done with the row, or the plot")},
        {plots, ShortcutsDialog::tr("Move the cursor"), u"Left, Right, Home, End"_s,
         ShortcutsDialog::tr("Its readout says what stands there; Page Up and Down move it far, Up and Down over rows")},
        {plots, ShortcutsDialog::tr("Choose"), u"Enter"_s, ShortcutsDialog::tr("Selects the tensor, shows the value, zooms into the group")},
        {plots, ShortcutsDialog::tr("Zoom"), u"+, -"_s, ShortcutsDialog::tr("At the cursor; dragging over a part and the wheel zoom, too")},
        {plots, ShortcutsDialog::tr("Move the part"), u"Shift+Left, Right, Up, Down"_s, ShortcutsDialog::tr("Of a heatmap; or drag it with Ctrl")},
        {plots, ShortcutsDialog::tr("Back"), u"Esc, Backspace"_s, ShortcutsDialog::tr("Everything again; one group out of the map")},
    };
}

ShortcutsDialog::ShortcutsDialog(const QWidget& window, QWidget* parent)
    : QDialog(parent)
    , m_filter(new QLineEdit(this))
    , m_tabs(new QTabWidget(this))
    , m_language(new QTableWidget(this))
    , m_keys(new QTreeWidget(this))
{
    setObjectName(u"shortcutsDialog"_s);
    setWindowTitle(tr("Filter and Keys"));
    m_filter->setObjectName(u"shortcutsFilter"_s);
    m_filter->setPlaceholderText(tr("Find"));
    m_filter->setAccessibleName(tr("Find in filter language and keys"));
    m_filter->setClearButtonEnabled(true);
    m_filter->addAction(icon(u"search"_s), QLineEdit::LeadingPosition);
    nameButtonsOf(m_filter);

    const int digit = fontMetrics().horizontalAdvance(u'0');
    const auto rows = filterHelp();
    m_language->setObjectName(u"filterLanguage"_s);
    m_language->setAccessibleName(tr("Filter language"));
    m_language->setColumnCount(2);
    m_language->setRowCount(static_cast<int>(rows.size()));
    m_language->setHorizontalHeaderLabels({tr("Write"), tr("Means")});
    m_language->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_language->horizontalHeader()->setStretchLastSection(true);
    m_language->horizontalHeader()->setHighlightSections(false);
    m_language->horizontalHeader()->resizeSection(0, digit * 48);
    m_language->verticalHeader()->hide();
    m_language->setShowGrid(false);
    m_language->setAlternatingRowColors(true);
    m_language->setWordWrap(true);
    m_language->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_language->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_language->setTabKeyNavigation(false);
    const QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    for (int row = 0; const FilterHelpRow& help : rows) {
        auto* write = new QTableWidgetItem(fromUtf8(help.write).replace(u"  "_s, u"\n"_s)); // one example a line
        write->setFont(fixed);
        auto* means = new QTableWidgetItem(QCoreApplication::translate("filterhelp", std::string(help.means).c_str()));
        write->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
        means->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
        m_language->setItem(row, 0, write);
        m_language->setItem(row++, 1, means);
    }

    m_keys->setObjectName(u"keys"_s);
    m_keys->setAccessibleName(tr("Keys"));
    m_keys->setHeaderLabels({tr("Action"), tr("Keys"), tr("What it does")});
    m_keys->setAlternatingRowColors(true);
    m_keys->setAllColumnsShowFocus(true);
    m_keys->setUniformRowHeights(true);
    m_keys->setItemDelegate(new RowDelegate(m_keys));
    m_keys->header()->setStretchLastSection(true);
    QTreeWidgetItem* group = nullptr;
    std::vector<ShortcutRow> all = shortcutsOf(window);
    for (ShortcutRow& row : viewKeys()) {
        all.push_back(std::move(row));
    }
    for (const ShortcutRow& row : all) {
        if (group == nullptr || group->text(0) != row.group) {
            group = new QTreeWidgetItem(m_keys, {row.group});
            group->setFirstColumnSpanned(true);
            QFont bold = font();
            bold.setBold(true);
            group->setFont(0, bold);
        }
        auto* item = new QTreeWidgetItem(group, {row.action, row.keys, row.what});
        item->setToolTip(2, forToolTip(row.what));
    }
    m_keys->expandAll();
    m_keys->header()->resizeSection(0, digit * 32);
    m_keys->header()->resizeSection(1, digit * 22);

    m_tabs->addTab(m_keys, tr("&Keys"));
    m_tabs->addTab(m_language, tr("&Filter Language"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    buttons->button(QDialogButtonBox::Close)->setAutoDefault(false);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 12, 12, 12);
    layout->setSpacing(8);
    layout->addWidget(m_filter);
    layout->addWidget(m_tabs, 1);
    layout->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_filter, &QLineEdit::textChanged, this, &ShortcutsDialog::applyFilter);
    // the last column gets its width after the dialog has its own
    connect(m_language->horizontalHeader(), &QHeaderView::sectionResized, this, &ShortcutsDialog::fitRows, Qt::QueuedConnection);
    connect(m_tabs, &QTabWidget::currentChanged, this, &ShortcutsDialog::fitRows, Qt::QueuedConnection);
    new DialogSize(this, {840, 600});
}

void ShortcutsDialog::showEvent(QShowEvent* event)
{
    QDialog::showEvent(event);
    fitRows();
}

void ShortcutsDialog::resizeEvent(QResizeEvent* event)
{
    QDialog::resizeEvent(event);
    fitRows();
}

void ShortcutsDialog::fitRows()
{
    constexpr int Air = 6;
    m_language->resizeRowsToContents();
    for (int row = 0; row < m_language->rowCount(); ++row) {
        if (!m_language->isRowHidden(row)) {
            m_language->setRowHeight(row, m_language->rowHeight(row) + Air);
        }
    }
}

void ShortcutsDialog::showFilterLanguage()
{
    m_tabs->setCurrentWidget(m_language);
    fitRows();
}

void ShortcutsDialog::applyFilter(const QString& text)
{
    const QString wanted = text.trimmed();
    for (int row = 0; row < m_language->rowCount(); ++row) {
        m_language->setRowHidden(row,
                                 !m_language->item(row, 0)->text().contains(wanted, Qt::CaseInsensitive)
                                     && !m_language->item(row, 1)->text().contains(wanted, Qt::CaseInsensitive));
    }
    for (int i = 0; i < m_keys->topLevelItemCount(); ++i) {
        QTreeWidgetItem* group = m_keys->topLevelItem(i);
        bool any = false;
        for (int k = 0; k < group->childCount(); ++k) {
            const bool hit = matches(*group->child(k), wanted);
            group->child(k)->setHidden(!hit);
            any = any || hit;
        }
        group->setHidden(!any);
    }
}

} // namespace ckptscope::ui
