// SPDX-License-Identifier: Apache-2.0
#include "ui/models/edittreemodel.h"

#include "core/query/order.h"
#include "ui/icons.h"
#include "ui/text.h"

#include <QGuiApplication>
#include <QUndoCommand>
#include <QUndoStack>

#include <algorithm>
#include <map>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

/// One change of boxes; only those that really change are in it.
class CheckCommand : public QUndoCommand {
public:
    CheckCommand(EditTreeModel* model, std::vector<std::uint32_t> edits, bool on)
        : m_model(model)
        , m_edits(std::move(edits))
        , m_on(on)
    {
        const int count = static_cast<int>(std::min<std::size_t>(m_edits.size(), 1'000'000));
        setText(on ? EditTreeModel::tr("check %n edit(s)", nullptr, count) : EditTreeModel::tr("clear %n edit(s)", nullptr, count));
    }
    void redo() override { m_model->apply(m_edits, m_on); }
    void undo() override { m_model->apply(m_edits, !m_on); }

private:
    EditTreeModel* m_model;
    std::vector<std::uint32_t> m_edits;
    bool m_on;
};

EditTreeModel::EditTreeModel(QUndoStack* undo, QObject* parent)
    : QAbstractItemModel(parent)
    , m_undo(undo)
{
}

void EditTreeModel::setEdits(std::vector<Edit> edits)
{
    beginResetModel();
    m_undo->clear();
    m_edits = std::move(edits);
    m_checked.assign(m_edits.size(), false);
    m_groups.clear();
    m_refusals.clear();
    m_donor = false;
    m_checkedCount = 0;
    m_checkedBytes = 0;
    std::map<std::pair<std::string_view, Severity>, std::size_t> found;
    for (std::uint32_t i = 0; i < m_edits.size(); ++i) {
        const Edit& edit = m_edits[i];
        const auto [at, isNew] = found.try_emplace({edit.rule, edit.severity}, m_groups.size());
        if (isNew) {
            m_groups.push_back({edit.rule, edit.severity, {}, {}});
        }
        m_groups[at->second].all.push_back(i);
        if (edit.severity >= Severity::Violation || edit.asked()) {
            m_checked[i] = true;
            ++m_checkedCount;
            m_checkedBytes += edit.bytesDelta;
        }
    }
    for (Group& group : m_groups) { // layer 2 before layer 10, wherever the file has them
        std::stable_sort(group.all.begin(), group.all.end(),
                         [this](std::uint32_t a, std::uint32_t b) { return comparePaths(m_edits[a].key, m_edits[b].key) < 0; });
    }
    const auto rank = [this](const Group& group) {
        return m_edits[group.all.front()].asked() ? static_cast<int>(Severity::Error) + 1 : static_cast<int>(group.severity);
    };
    std::stable_sort(m_groups.begin(), m_groups.end(), [&rank](const Group& a, const Group& b) { return rank(a) > rank(b); });
    fillShown();
    endResetModel();
    Q_EMIT checkedChanged();
}

void EditTreeModel::setMatches(const std::vector<DonorMatch>& matches, bool donor, bool partial)
{
    beginResetModel();
    m_refusals.clear();
    for (const DonorMatch& match : matches) {
        if (match.refusal) {
            m_refusals.emplace(match.tensor, *match.refusal);
        }
    }
    m_donor = donor;
    m_partial = partial;
    endResetModel();
}

void EditTreeModel::setPartial(bool partial)
{
    m_partial = partial;
    for (int row = 0; row < rowCount(); ++row) {
        const QModelIndex group = index(row, Tensor);
        Q_EMIT dataChanged(index(0, Tensor, group), index(rowCount(group) - 1, How, group));
    }
}

void EditTreeModel::setFilter(const QString& text)
{
    const QString wanted = text.trimmed();
    if (wanted == m_filter) {
        return;
    }
    beginResetModel();
    m_filter = wanted;
    fillShown();
    endResetModel();
}

void EditTreeModel::fillShown()
{
    m_shownGroups.clear();
    for (std::uint32_t g = 0; g < m_groups.size(); ++g) {
        Group& group = m_groups[g];
        if (m_filter.isEmpty() || fromUtf8(group.rule).contains(m_filter, Qt::CaseInsensitive)) {
            group.shown = group.all;
        } else {
            group.shown.clear();
            std::copy_if(group.all.begin(), group.all.end(), std::back_inserter(group.shown),
                         [this](std::uint32_t edit) { return shownName(m_edits[edit].key, 0).contains(m_filter, Qt::CaseInsensitive); });
        }
        if (!group.shown.empty()) {
            m_shownGroups.push_back(g);
        }
    }
}

std::vector<std::uint32_t> EditTreeModel::checkedTensors() const
{
    std::vector<std::uint32_t> tensors;
    for (std::size_t i = 0; i < m_edits.size(); ++i) {
        if (m_checked[i]) {
            tensors.push_back(m_edits[i].tensor);
        }
    }
    std::sort(tensors.begin(), tensors.end());
    tensors.erase(std::unique(tensors.begin(), tensors.end()), tensors.end());
    return tensors;
}

bool EditTreeModel::anyAdviceChecked() const
{
    for (std::size_t i = 0; i < m_edits.size(); ++i) {
        if (m_checked[i] && m_edits[i].severity < Severity::Violation && !m_edits[i].asked()) {
            return true;
        }
    }
    return false;
}

void EditTreeModel::setChecked(const std::vector<std::uint32_t>& edits, bool on)
{
    std::vector<std::uint32_t> changed;
    std::copy_if(edits.begin(), edits.end(), std::back_inserter(changed), [this, on](std::uint32_t edit) { return m_checked[edit] != on; });
    if (!changed.empty()) {
        m_undo->push(new CheckCommand(this, std::move(changed), on));
    }
}

void EditTreeModel::setAllShown(bool on)
{
    std::vector<std::uint32_t> edits;
    for (const std::uint32_t g : m_shownGroups) {
        edits.insert(edits.end(), m_groups[g].shown.begin(), m_groups[g].shown.end());
    }
    setChecked(edits, on);
}

void EditTreeModel::apply(const std::vector<std::uint32_t>& edits, bool on)
{
    for (const std::uint32_t edit : edits) {
        if (m_checked[edit] != on) {
            m_checked[edit] = on;
            m_checkedCount = on ? m_checkedCount + 1 : m_checkedCount - 1;
            m_checkedBytes += on ? m_edits[edit].bytesDelta : -m_edits[edit].bytesDelta;
        }
    }
    // Groups are few, and Qt's views fold ranges: tell of whole groups rather than of each row.
    for (int row = 0; row < static_cast<int>(m_shownGroups.size()); ++row) {
        const QModelIndex group = index(row, Tensor);
        Q_EMIT dataChanged(group, group, {Qt::CheckStateRole, Qt::AccessibleTextRole});
        Q_EMIT dataChanged(index(0, Tensor, group), index(rowCount(group) - 1, Tensor, group), {Qt::CheckStateRole, Qt::AccessibleTextRole});
    }
    Q_EMIT checkedChanged();
}

// A group's internal id is 0, a child's is its group's row + 1.
QModelIndex EditTreeModel::index(int row, int column, const QModelIndex& parent) const
{
    if (row < 0 || column < 0 || column >= Columns || row >= rowCount(parent)) {
        return {};
    }
    return createIndex(row, column, parent.isValid() ? static_cast<quintptr>(parent.row()) + 1 : quintptr(0));
}

QModelIndex EditTreeModel::parent(const QModelIndex& child) const
{
    return child.isValid() && child.internalId() > 0 ? createIndex(static_cast<int>(child.internalId() - 1), 0, quintptr(0)) : QModelIndex();
}

int EditTreeModel::rowCount(const QModelIndex& parent) const
{
    if (!parent.isValid()) {
        return static_cast<int>(m_shownGroups.size());
    }
    return parent.internalId() == 0 && parent.column() == 0
        ? static_cast<int>(m_groups[m_shownGroups[static_cast<std::size_t>(parent.row())]].shown.size())
        : 0;
}

int EditTreeModel::columnCount(const QModelIndex&) const
{
    return Columns;
}

Qt::ItemFlags EditTreeModel::flags(const QModelIndex& index) const
{
    if (!index.isValid()) {
        return Qt::NoItemFlags;
    }
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    if (index.column() == Tensor) {
        flags |= Qt::ItemIsUserCheckable;
    }
    return index.internalId() > 0 ? flags | Qt::ItemNeverHasChildren : flags;
}

bool EditTreeModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::CheckStateRole || index.column() != Tensor || !checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return false;
    }
    if (index.internalId() == 0) {
        const Group& group = m_groups[m_shownGroups[static_cast<std::size_t>(index.row())]];
        // A click on a partly checked group checks all of it, whatever the view proposes.
        setChecked(std::vector<std::uint32_t>(group.shown), groupState(group) != Qt::Checked);
        return true;
    }
    const Group& group = m_groups[m_shownGroups[static_cast<std::size_t>(index.internalId() - 1)]];
    setChecked({group.shown[static_cast<std::size_t>(index.row())]}, value.toInt() == Qt::Checked);
    return true;
}

Qt::CheckState EditTreeModel::groupState(const Group& group) const
{
    const auto on = std::count_if(group.shown.begin(), group.shown.end(), [this](std::uint32_t edit) { return m_checked[edit]; });
    return on == 0 ? Qt::Unchecked : static_cast<std::size_t>(on) == group.shown.size() ? Qt::Checked : Qt::PartiallyChecked;
}

namespace {

QString changeText(const Edit& edit)
{
    switch (edit.op) {
    case EditOp::Rename:
        return EditTreeModel::tr("rename to %1").arg(shownName(edit.newKey));
    case EditOp::Drop:
        return EditTreeModel::tr("not in the copy");
    case EditOp::Cast:
    case EditOp::Relabel:
    case EditOp::TakeFromDonor:
        break;
    }
    return u"%1 \u2192 %2"_s.arg(fromUtf8(dtypeName(edit.from)), fromUtf8(dtypeName(edit.to)));
}

/// What a group is called: its rule, or what somebody asked for.
QString groupName(const std::string& rule)
{
    return rule == "--cast"      ? EditTreeModel::tr("Casts by hand")
        : rule == "--drop"       ? EditTreeModel::tr("Dropped by hand")
        : rule == "--donor-take" ? EditTreeModel::tr("From a donor, by hand")
                                 : shownName(rule);
}

QString opText(EditOp op)
{
    switch (op) {
    case EditOp::Cast:
        return EditTreeModel::tr("cast");
    case EditOp::Relabel:
        return EditTreeModel::tr("relabel");
    case EditOp::TakeFromDonor:
        return EditTreeModel::tr("donor");
    case EditOp::Rename:
        return EditTreeModel::tr("rename");
    case EditOp::Drop:
        break;
    }
    return EditTreeModel::tr("drop");
}

} // namespace

QString EditTreeModel::howText(const Edit& edit) const
{
    const bool widens = edit.op == EditOp::Cast && edit.lossless;
    if (const auto refused = m_refusals.find(edit.tensor); refused != m_refusals.end() && (widens || edit.op == EditOp::TakeFromDonor)) {
        QString why = sentence(refused->second);
        if (const QString own = fromUtf8(edit.key) + u": "_s; why.startsWith(own)) { // the row says it already
            why.remove(0, own.size());
        }
        if (!m_partial) {
            return tr("refused: %1", "a donor").arg(why);
        }
        return widens ? tr("widened; refused: %1", "a donor").arg(why) : tr("left as it is; refused: %1", "a donor").arg(why);
    }
    if (m_donor && widens) {
        return tr("widened");
    }
    return edit.lossless || edit.op == EditOp::Drop ? opText(edit.op) : tr("%1, loses precision", "an edit").arg(opText(edit.op));
}

QVariant EditTreeModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        return index.column() == Size ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
    }
    if (index.internalId() == 0) {
        return groupData(m_groups[m_shownGroups[static_cast<std::size_t>(index.row())]], index.column(), role);
    }
    const Group& group = m_groups[m_shownGroups[static_cast<std::size_t>(index.internalId() - 1)]];
    const std::uint32_t edit = group.shown[static_cast<std::size_t>(index.row())];
    return editData(m_edits[edit], m_checked[edit], index.column(), role);
}

QVariant EditTreeModel::groupData(const Group& group, int column, int role) const
{
    const Edit& first = m_edits[group.shown.front()];
    const auto uniform = [&](auto text) { // what all have in common, else nothing
        const QString value = text(first);
        return std::all_of(group.shown.begin(), group.shown.end(), [&](std::uint32_t edit) { return text(m_edits[edit]) == value; }) ? value
                                                                                                                                     : QString();
    };
    if (column == Tensor && role == Qt::CheckStateRole) {
        return groupState(group);
    }
    if (column == Tensor && role == Qt::DecorationRole) {
        return markIcon(markOf(group.severity));
    }
    if (role == Qt::ForegroundRole && column == How) {
        return markColors(markOf(group.severity), QGuiApplication::palette()).ink;
    }
    if (role == Qt::AccessibleTextRole && column == Tensor) {
        const auto on = std::count_if(group.shown.begin(), group.shown.end(), [this](std::uint32_t edit) { return m_checked[edit]; });
        return tr("%1, %2, %3 of %4 edits checked", "rule, severity")
            .arg(groupName(group.rule), first.asked() ? tr("by hand") : severityWord(group.severity), grouped(static_cast<std::uint64_t>(on)),
                 grouped(group.shown.size()));
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (column) {
    case Tensor:
        return tr("%1 (%2)", "rule, number of edits").arg(groupName(group.rule), grouped(group.shown.size()));
    case Change:
        return uniform(changeText);
    case How:
        return first.asked() ? tr("by hand") : severityWord(group.severity);
    case Size: {
        std::int64_t bytes = 0;
        for (const std::uint32_t edit : group.shown) {
            bytes += m_edits[edit].bytesDelta;
        }
        return bytesDelta(bytes);
    }
    default:
        return {};
    }
}

QVariant EditTreeModel::editData(const Edit& edit, bool checked, int column, int role) const
{
    if (column == Tensor && role == Qt::CheckStateRole) {
        return checked ? Qt::Checked : Qt::Unchecked;
    }
    if (role == Qt::ToolTipRole) {
        return column == Tensor                                 ? QVariant(forToolTip(shownName(edit.key)))
            : column == How && m_refusals.contains(edit.tensor) ? QVariant(forToolTip(howText(edit)))
                                                                : QVariant();
    }
    if (role == Qt::AccessibleTextRole && column == Tensor) {
        return tr("%1, %2, %3, %4", "tensor, change, kind of edit, size")
                   .arg(shownName(edit.key), changeText(edit), howText(edit), bytesDelta(edit.bytesDelta))
            + (checked ? tr(", checked") : tr(", not checked"));
    }
    if (role == Qt::ForegroundRole && column == How && m_refusals.contains(edit.tensor)) {
        return markColors(m_partial ? Mark::Advice : Mark::Violation, QGuiApplication::palette()).ink;
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (column) {
    case Tensor:
        return shownName(edit.key);
    case Change:
        return changeText(edit);
    case How:
        return howText(edit);
    case Size:
        return bytesDelta(edit.bytesDelta);
    default:
        return {};
    }
}

QVariant EditTreeModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        return section == Size ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant(Qt::AlignLeft | Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case Tensor:
        return tr("Edit");
    case Change:
        return tr("Change");
    case How:
        return tr("How");
    case Size:
        return tr("Size");
    default:
        return {};
    }
}

} // namespace ckptscope::ui
