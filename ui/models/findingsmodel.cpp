// SPDX-License-Identifier: Apache-2.0
#include "ui/models/findingsmodel.h"

#include "core/report/messages.h"
#include "ui/text.h"

#include <QCoreApplication>

namespace ckptscope::ui {

namespace {
QString say(const char* text)
{
    return QCoreApplication::translate("ckptscope::ui::FindingsModel", text);
}
} // namespace

QString fixText(const Finding& finding)
{
    if (!finding.fix) {
        return {};
    }
    switch (finding.fix->op) {
    case FindingFix::Op::Cast:
        return say("Cast to %1").arg(fromUtf8(dtypeName(finding.fix->to)));
    case FindingFix::Op::Relabel:
        return say("Relabel as %1").arg(fromUtf8(dtypeName(finding.fix->to)));
    case FindingFix::Op::StripHolder:
        return say("Rename to %1").arg(shownName(finding.fix->newKey, 120));
    case FindingFix::Op::Drop:
        return say("Leave out");
    case FindingFix::Op::RepairIndex:
        break;
    }
    return say("Rewrite the index");
}

void FindingsModel::setDocument(DocumentPtr document)
{
    beginResetModel();
    m_document = std::move(document);
    m_groups.clear();
    if (m_document) {
        const auto& findings = m_document->report().findings;
        for (std::uint32_t i = 0; i < findings.size(); ++i) {
            const bool same =
                i != 0 && findings[i].rule == findings[i - 1].rule && findings[i].severity == findings[i - 1].severity;
            if (!same) {
                m_groups.push_back({i, i});
            }
            m_groups.back().last = i + 1;
        }
    }
    endResetModel();
}

const Finding* FindingsModel::findingAt(const QModelIndex& index) const
{
    if (!index.isValid() || index.internalId() == 0) {
        return nullptr;
    }
    const Group& group = m_groups[index.internalId() - 1];
    return &m_document->report().findings[group.first + static_cast<std::uint32_t>(index.row())];
}

std::string FindingsModel::ruleAt(const QModelIndex& index) const
{
    if (!index.isValid()) {
        return {};
    }
    const std::size_t group = index.internalId() == 0 ? static_cast<std::size_t>(index.row()) : index.internalId() - 1;
    return m_document->report().findings[m_groups[group].first].rule;
}

QModelIndex FindingsModel::indexOf(std::uint32_t tensor) const
{
    const Finding* worst = m_document && tensor < m_document->size() ? m_document->finding(tensor) : nullptr;
    if (worst == nullptr) {
        return {};
    }
    const auto finding = static_cast<std::uint32_t>(worst - m_document->report().findings.data());
    for (std::size_t g = 0; g < m_groups.size(); ++g) {
        if (m_groups[g].first <= finding && finding < m_groups[g].last) {
            return createIndex(static_cast<int>(finding - m_groups[g].first), 0, quintptr(g + 1));
        }
    }
    return {};
}

QModelIndex FindingsModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent)) {
        return {};
    }
    return createIndex(row, column, parent.isValid() ? quintptr(parent.row()) + 1 : quintptr(0));
}

QModelIndex FindingsModel::parent(const QModelIndex& child) const
{
    return !child.isValid() || child.internalId() == 0
        ? QModelIndex()
        : createIndex(static_cast<int>(child.internalId() - 1), 0, quintptr(0));
}

int FindingsModel::rowCount(const QModelIndex& parent) const
{
    if (!parent.isValid()) {
        return static_cast<int>(m_groups.size());
    }
    if (parent.internalId() != 0 || parent.column() > 0) {
        return 0;
    }
    const Group& group = m_groups[static_cast<std::size_t>(parent.row())];
    return static_cast<int>(group.last - group.first);
}

int FindingsModel::columnCount(const QModelIndex&) const
{
    return Columns;
}

QString FindingsModel::groupText(const Group& group, Column column) const
{
    const Finding& first = m_document->report().findings[group.first];
    const auto& rules = m_document->report().rules;
    const QString count = grouped(group.last - group.first);
    switch (column) {
    case What: {
        const bool known = rules && first.ruleIndex < rules->rules().size();
        const QString title = known ? shownName(rules->rules()[first.ruleIndex].title, 200) : QString();
        const QString id = shownName(first.rule, 120);
        const QString mends = fixText(first);
        const QString text = title.isEmpty() ? say("%1 (%2)").arg(id, count) : say("%1 (%2): %3").arg(id, count, title);
        return mends.isEmpty()
            ? text
            : say("%1 \u2014 %2").arg(text, mends.toLower().left(1) + mends.mid(1)); // the row spans all columns
    }
    case Where:
        return {};
    case Fix:
        break;
    }
    return fixText(first);
}

QString FindingsModel::findingCell(const Finding& finding, Column column) const
{
    switch (column) {
    case What: {
        const QString text = fromUtf8(findingText(m_document->checkpoint(), finding, numberStyle()));
        // sentences about a file begin with its name
        return finding.what && !finding.tensor && finding.key.empty() && !finding.file.empty()
            ? say("%1: %2").arg(shownName(finding.file, 120), text)
            : text;
    }
    case Where: {
        const QString key =
            finding.tensor ? shownName(m_document->tensor(*finding.tensor).key) : shownName(finding.key);
        if (!key.isEmpty()) {
            return key;
        }
        const QString file = shownName(finding.file);
        return finding.offset ? say("%1, byte %2").arg(file, grouped(*finding.offset)) : file;
    }
    case Fix:
        break;
    }
    return fixText(finding);
}

QVariant FindingsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || !m_document) {
        return {};
    }
    const auto column = static_cast<Column>(index.column());
    if (const Finding* finding = findingAt(index)) {
        switch (role) {
        case Qt::DisplayRole:
            return findingCell(*finding, column);
        case Qt::ToolTipRole:
            return forToolTip(findingCell(*finding, column));
        case MarkRole:
            return column == What ? QVariant(static_cast<int>(markOf(finding->severity))) : QVariant();
        case MutedRole:
            return column == Fix;
        case Qt::AccessibleTextRole:
            return column == What
                ? QVariant(markWord(markOf(finding->severity)) + QLatin1String(", ") + findingCell(*finding, What)
                           + QLatin1String(", ") + findingCell(*finding, Where))
                : QVariant();
        default:
            return {};
        }
    }
    const Group& group = m_groups[static_cast<std::size_t>(index.row())];
    const Finding& first = m_document->report().findings[group.first];
    switch (role) {
    case Qt::DisplayRole:
        return groupText(group, column);
    case Qt::ToolTipRole: {
        const auto& rules = m_document->report().rules;
        return rules && first.ruleIndex < rules->rules().size()
            ? QVariant(forToolTip(shownName(rules->rules()[first.ruleIndex].why, 800)))
            : QVariant();
    }
    case MarkRole:
        return column == What ? QVariant(static_cast<int>(markOf(first.severity))) : QVariant();
    case StrongRole:
        return column == What;
    case Qt::AccessibleTextRole:
        return column == What
            ? QVariant(markWord(markOf(first.severity)) + QLatin1String(", ") + groupText(group, What))
            : QVariant();
    default:
        return {};
    }
}

QVariant FindingsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return {};
    }
    switch (static_cast<Column>(section)) {
    case What:
        return say("Finding");
    case Where:
        return say("Where");
    case Fix:
        return say("Fix");
    }
    return {};
}

} // namespace ckptscope::ui
