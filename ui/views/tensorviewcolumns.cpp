// SPDX-License-Identifier: Apache-2.0
// The columns of the tensor views: first widths, the header's menu, what is remembered.
#include "ui/models/columns.h"
#include "ui/models/rolesmodel.h"
#include "ui/views/tensorview.h"

#include <QHeaderView>
#include <QMenu>
#include <QTreeView>

#include <algorithm>

namespace ckptscope::ui {

namespace {

constexpr std::size_t at(TensorView::Mode mode)
{
    return static_cast<std::size_t>(mode);
}

constexpr std::array<const char*, RolesModel::Columns> RoleIds{"pattern", "verdict", "dtypes", "shape", "tensors", "elements", "size", "gaps"};
constexpr std::array<int, RolesModel::Columns> RoleDigits{44, 16, 10, 16, 8, 15, 9, 34};

QString columnId(TensorView::Mode mode, int column)
{
    return QLatin1String(mode == TensorView::Mode::Roles ? RoleIds[static_cast<std::size_t>(column)] : columnSpec(static_cast<Column>(column)).id);
}

int columnCountOf(TensorView::Mode mode)
{
    return mode == TensorView::Mode::Roles ? int(RolesModel::Columns) : ColumnCount;
}

int columnOf(TensorView::Mode mode, const QString& id)
{
    for (int column = 0; column < columnCountOf(mode); ++column) {
        if (columnId(mode, column) == id) {
            return column;
        }
    }
    return -1;
}

} // namespace

int TensorView::widthOf(Mode mode, int column) const
{
    const int digits = mode == Mode::Roles ? RoleDigits[static_cast<std::size_t>(column)] : columnSpec(static_cast<Column>(column)).digits;
    return view(mode)->fontMetrics().horizontalAdvance(QLatin1Char('0')) * digits + 12;
}

void TensorView::applyFirstColumns(Mode mode)
{
    QHeaderView* header = view(mode)->header();
    m_settingColumns = true; // these are not the user's widths
    const bool anyGaps = m_document && std::any_of(m_document->roles().begin(), m_document->roles().end(), [](const Role& role) {
                             return !role.missing.empty() || !role.odd.empty();
                         });
    for (int column = 0; column < columnCountOf(mode); ++column) {
        header->resizeSection(column, widthOf(mode, column));
        const bool shown = mode == Mode::Roles ? (column != RolesModel::Gaps || anyGaps) && column != RolesModel::Elements
                                               : !m_document || shownFirst(static_cast<Column>(column), *m_document);
        header->setSectionHidden(column, !shown);
    }
    m_settingColumns = false;
    fitFirstColumn(mode);
}

/// The name's column takes the room that the others leave: those up to the size are in sight without scrolling.
void TensorView::fitFirstColumn(Mode mode)
{
    QTreeView* each = view(mode);
    if (m_userColumns[at(mode)] || each->viewport()->width() < 200) {
        return;
    }
    QHeaderView* header = each->header();
    const int last = mode == Mode::Roles ? int(RolesModel::Size) : int(Column::Size);
    int others = 0;
    for (int column = 1; column <= last; ++column) {
        others += header->isSectionHidden(column) ? 0 : header->sectionSize(column);
    }
    int least = 26;
    if (mode != Mode::Roles && !header->isSectionHidden(int(Column::Min))) {
        least = 36; // with a scan's columns too, a key must still say which tensor it is
        for (const Column column : ScanColumns) {
            others += header->isSectionHidden(int(column)) ? 0 : header->sectionSize(int(column));
        }
    }
    const int digit = each->fontMetrics().horizontalAdvance(QLatin1Char('0'));
    m_settingColumns = true;
    header->resizeSection(0, std::clamp(each->viewport()->width() - others, digit * least, digit * 90));
    m_settingColumns = false;
}

void TensorView::resetColumns()
{
    resetColumnsOf(m_mode);
}

void TensorView::resetAllColumns()
{
    for (const Mode mode : {Mode::Roles, Mode::Tree, Mode::Flat}) {
        resetColumnsOf(mode);
    }
}

void TensorView::resetColumnsOf(Mode mode)
{
    m_userColumns[at(mode)] = false;
    QHeaderView* header = view(mode)->header();
    for (int column = 0; column < header->count(); ++column) {
        header->moveSection(header->visualIndex(column), column);
    }
    applyFirstColumns(mode);
    m_chosenSorts[at(mode)] = {};
    if (m_sorts[at(mode)] == Sort()) {
        return;
    }
    m_sorts[at(mode)] = {};
    if (mode == m_mode) {
        applySort(mode);
    } else { // what is not in sight is put in order when it is looked at
        header->setSortIndicator(-1, Qt::AscendingOrder);
        m_stale[at(mode)] = true;
    }
}

void TensorView::fitColumns()
{
    QHeaderView* header = view()->header();
    header->setResizeContentsPrecision(1000);
    for (int column = 0; column < header->count(); ++column) {
        if (!header->isSectionHidden(column)) {
            view()->resizeColumnToContents(column);
        }
    }
    header->setResizeContentsPrecision(0);
}

QList<TensorView::ColumnState> TensorView::columns() const
{
    QList<ColumnState> states;
    const QHeaderView* header = view()->header();
    for (int column = 0; column < header->count(); ++column) {
        states.append({column, view()->model()->headerData(column, Qt::Horizontal).toString(), !header->isSectionHidden(column)});
    }
    return states;
}

void TensorView::setColumnShown(int column, bool shown)
{
    if (column > 0 && column < view()->header()->count()) { // the first names the row and stays
        view()->setColumnHidden(column, !shown);
        m_userColumns[at(m_mode)] = true;
    }
}

QList<int> TensorView::visibleColumns() const
{
    const Mode mode = m_mode == Mode::Roles ? Mode::Flat : m_mode;
    const QHeaderView* header = view(mode)->header();
    QList<int> columns;
    for (int visual = 0; visual < header->count(); ++visual) {
        const int logical = header->logicalIndex(visual);
        if (!header->isSectionHidden(logical)) {
            columns.append(logical);
        }
    }
    return columns;
}

void TensorView::headerMenu(Mode mode, const QPoint& pos)
{
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("headerMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (const ColumnState& state : columns()) {
        QAction* action = menu->addAction(state.header);
        action->setCheckable(true);
        action->setChecked(state.shown);
        action->setEnabled(state.column != 0);
        connect(action, &QAction::toggled, this, [this, column = state.column](bool on) { setColumnShown(column, on); });
    }
    menu->addSeparator();
    connect(menu->addAction(tr("Fit Columns")), &QAction::triggered, this, &TensorView::fitColumns);
    connect(menu->addAction(tr("Reset Columns")), &QAction::triggered, this, &TensorView::resetColumns);
    menu->popup(view(mode)->header()->mapToGlobal(pos));
}

QString TensorView::saveColumns(Mode mode) const
{
    if (!m_userColumns[at(mode)]) {
        return {};
    }
    const QHeaderView* header = view(mode)->header();
    QStringList parts;
    for (int visual = 0; visual < header->count(); ++visual) {
        const int column = header->logicalIndex(visual);
        const bool hidden = header->isSectionHidden(column);
        parts << QStringLiteral("%1:%2:%3")
                     .arg(columnId(mode, column))
                     .arg(hidden ? widthOf(mode, column) : header->sectionSize(column))
                     .arg(hidden ? 0 : 1);
    }
    return parts.join(QLatin1Char(','));
}

void TensorView::restoreColumns(Mode mode, const QString& state)
{
    constexpr int Widest = 4000;
    QHeaderView* header = view(mode)->header();
    int visual = 0;
    const QStringList parts = state.split(QLatin1Char(','), Qt::SkipEmptyParts);
    for (const QString& part : parts) {
        const QStringList fields = part.split(QLatin1Char(':'));
        const int column = fields.size() == 3 ? columnOf(mode, fields[0]) : -1;
        const int width = column >= 0 ? fields[1].toInt() : 0;
        if (column < 0 || width <= 0 || width > Widest || visual >= header->count()) {
            continue; // an older version's column, or a file that somebody edited
        }
        header->moveSection(header->visualIndex(column), visual++);
        header->resizeSection(column, width);
        header->setSectionHidden(column, column != 0 && fields[2] == QLatin1String("0"));
        m_userColumns[at(mode)] = true;
    }
}

QString TensorView::saveSort(Mode mode) const
{
    const Sort sort = m_chosenSorts[at(mode)];
    return sort.column < 0
        ? QString()
        : columnId(mode, sort.column) + (sort.order == Qt::DescendingOrder ? QStringLiteral(":descending") : QStringLiteral(":ascending"));
}

void TensorView::restoreSort(Mode mode, const QString& state)
{
    const int column = columnOf(mode, state.section(QLatin1Char(':'), 0, 0));
    const bool descending = state.section(QLatin1Char(':'), 1) == QLatin1String("descending");
    m_chosenSorts[at(mode)] = column < 0 ? Sort() : Sort{column, descending ? Qt::DescendingOrder : Qt::AscendingOrder};
}

void TensorView::showEditColumn()
{
    constexpr int Digits = 12; // "-> F8_E4M3" with its mark
    m_settingColumns = true;
    for (const Mode mode : {Mode::Tree, Mode::Flat}) {
        QHeaderView* header = view(mode)->header();
        const int column = static_cast<int>(Column::Wants);
        header->setSectionHidden(column, false);
        header->resizeSection(column, std::max(header->sectionSize(column), fontMetrics().horizontalAdvance(QLatin1Char('0')) * Digits + 24));
        fitFirstColumn(mode);
    }
    m_settingColumns = false;
}

} // namespace ckptscope::ui
