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
            const bool same = i != 0 && findings[i].rule == findings[i - 1].rule && findings[i].severity == findings[i - 1].severity;
            if (!same) {
                m_groups.push_back({i, i});
            }
            m_groups.back().last = i + 1;
        }
    }
    endResetModel();
}

// Internal ids: 0 a group; group + 1 a finding of it; (finding + 1) << 32 another tensor of that finding.
static_assert(sizeof(quintptr) == 8);
constexpr int OtherShift = 32;

std::optional<std::uint32_t> FindingsModel::placeAt(const QModelIndex& index) const
{
    if (!index.isValid() || index.internalId() == 0) {
        return std::nullopt;
    }
    if (index.internalId() >> OtherShift != 0) {
        return static_cast<std::uint32_t>((index.internalId() >> OtherShift) - 1);
    }
    return m_groups[index.internalId() - 1].first + static_cast<std::uint32_t>(index.row());
}

const Finding* FindingsModel::findingAt(const QModelIndex& index) const
{
    const auto place = placeAt(index);
    return place ? &m_document->report().findings[*place] : nullptr;
}

std::optional<std::uint32_t> FindingsModel::rowAt(const QModelIndex& index) const
{
    const auto place = placeAt(index);
    if (!place) {
        return std::nullopt;
    }
    return index.internalId() >> OtherShift != 0 ? std::optional(m_document->alike(*place)[static_cast<std::size_t>(index.row())])
                                                 : m_document->subjectOf(*place);
}

std::string FindingsModel::ruleAt(const QModelIndex& index) const
{
    if (!index.isValid()) {
        return {};
    }
    const Finding* finding = findingAt(index);
    return finding != nullptr ? finding->rule : m_document->report().findings[m_groups[static_cast<std::size_t>(index.row())].first].rule;
}

QModelIndex FindingsModel::indexOf(std::uint32_t tensor) const
{
    const Finding* worst = m_document && tensor < m_document->size() ? m_document->finding(tensor) : nullptr;
    return worst == nullptr ? QModelIndex() : indexOfFinding(static_cast<std::uint32_t>(worst - m_document->report().findings.data()));
}

QModelIndex FindingsModel::indexOfFinding(std::uint32_t finding) const
{
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
    if (!parent.isValid()) {
        return createIndex(row, column, quintptr(0));
    }
    const auto place = placeAt(parent);
    return createIndex(row, column, place ? (quintptr(*place) + 1) << OtherShift : quintptr(parent.row()) + 1);
}

QModelIndex FindingsModel::parent(const QModelIndex& child) const
{
    if (!child.isValid() || child.internalId() == 0) {
        return {};
    }
    return child.internalId() >> OtherShift != 0 ? indexOfFinding(static_cast<std::uint32_t>((child.internalId() >> OtherShift) - 1))
                                                 : createIndex(static_cast<int>(child.internalId() - 1), 0, quintptr(0));
}

int FindingsModel::rowCount(const QModelIndex& parent) const
{
    if (!parent.isValid()) {
        return static_cast<int>(m_groups.size());
    }
    if (parent.column() > 0 || parent.internalId() >> OtherShift != 0) {
        return 0;
    }
    if (const auto place = placeAt(parent)) {
        return static_cast<int>(m_document->alike(*place).size());
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
        return mends.isEmpty() ? text : say("%1 \u2014 %2").arg(text, mends.toLower().left(1) + mends.mid(1)); // the row spans all columns
    }
    case Where:
        return {};
    case Fix:
        break;
    }
    return fixText(first);
}

QString FindingsModel::findingCell(std::uint32_t place, Column column) const
{
    const Finding& finding = m_document->report().findings[place];
    switch (column) {
    case What: {
        const QString text = fromUtf8(findingText(m_document->checkpoint(), finding, numberStyle(), translated));
        // sentences about a file begin with its name
        return finding.what && !finding.tensor && finding.key.empty() && !finding.file.empty() ? say("%1: %2").arg(shownName(finding.file, 120), text)
                                                                                               : text;
    }
    case Where: {
        const QString key = finding.tensor ? shownName(m_document->tensor(*finding.tensor).key) : shownName(finding.key);
        const std::size_t others = m_document->alike(place).size();
        if (!key.isEmpty()) {
            return others == 0 ? key : others == 1 ? say("%1 and 1 other").arg(key) : say("%1 and %2 others").arg(key, grouped(others));
        }
        const QString file = shownName(finding.file);
        return finding.offset ? say("%1, byte %2").arg(file, grouped(*finding.offset)) : file;
    }
    case Fix:
        break;
    }
    return fixText(finding);
}

QVariant FindingsModel::otherData(std::uint32_t finding, std::uint32_t tensor, Column column, int role) const
{
    const QString same = m_document->missing(tensor) ? say("missing with it") : say("the same is true of it");
    const QString key = shownName(m_document->tensor(tensor).key);
    switch (role) {
    case Qt::DisplayRole:
        return column == What ? same : column == Where ? key : QString();
    case Qt::ToolTipRole:
        return column == Where ? QVariant(forToolTip(key)) : QVariant();
    case MutedRole:
        return true;
    case Qt::AccessibleTextRole: {
        const Mark mark = m_document->missing(tensor) ? Mark::Missing : markOf(m_document->report().findings[finding].severity);
        return column == What ? QVariant(say("%1, %2").arg(key, markWord(mark))) : QVariant();
    }
    default:
        return {};
    }
}

QVariant FindingsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || !m_document) {
        return {};
    }
    const auto column = static_cast<Column>(index.column());
    if (const auto place = placeAt(index)) {
        if (index.internalId() >> OtherShift != 0) {
            return otherData(*place, *rowAt(index), column, role);
        }
        const Finding* finding = &m_document->report().findings[*place];
        switch (role) {
        case Qt::DisplayRole:
            return findingCell(*place, column);
        case Qt::ToolTipRole:
            return forToolTip(findingCell(*place, column));
        case MarkRole:
            return column == What ? QVariant(static_cast<int>(markOf(finding->severity))) : QVariant();
        case MutedRole:
            return column == Fix;
        case Qt::AccessibleTextRole:
            return column == What ? QVariant(markWord(markOf(finding->severity)) + QLatin1String(", ") + findingCell(*place, What)
                                             + QLatin1String(", ") + findingCell(*place, Where))
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
        return rules && first.ruleIndex < rules->rules().size() ? QVariant(forToolTip(shownName(rules->rules()[first.ruleIndex].why, 800)))
                                                                : QVariant();
    }
    case MarkRole:
        return column == What ? QVariant(static_cast<int>(markOf(first.severity))) : QVariant();
    case StrongRole:
        return column == What;
    case Qt::AccessibleTextRole:
        return column == What ? QVariant(markWord(markOf(first.severity)) + QLatin1String(", ") + groupText(group, What)) : QVariant();
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
