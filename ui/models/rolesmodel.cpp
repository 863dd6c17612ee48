// SPDX-License-Identifier: Apache-2.0
#include "ui/models/rolesmodel.h"

#include "ui/models/columns.h"
#include "ui/text.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>

namespace ckptscope::ui {

namespace {

QString say(const char* text)
{
    return QCoreApplication::translate("ckptscope::ui::RolesModel", text);
}

bool isNumber(std::string_view part)
{
    return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "layers 17" of "model.layers.17.norm.weight": the first number of a key with the word in front of it.
QString numberPlace(std::string_view key)
{
    std::string_view before;
    for (std::size_t start = 0; start < key.size();) {
        const std::size_t dot = std::min(key.find('.', start), key.size());
        const std::string_view part = key.substr(start, dot - start);
        if (isNumber(part)) {
            return before.empty() ? shownName(part, 40) : shownName(before, 40) + QLatin1Char(' ') + shownName(part, 40);
        }
        before = part;
        start = dot + 1;
    }
    return shownName(key, 60);
}

/// The word in front of the first "[" of a pattern: "layers".
QString countedWord(std::string_view pattern)
{
    const std::size_t bracket = pattern.find(".[");
    if (bracket == std::string_view::npos) {
        return {};
    }
    const std::size_t dot = pattern.rfind('.', bracket == 0 ? 0 : bracket - 1);
    const std::size_t start = dot == std::string_view::npos ? 0 : dot + 1;
    return shownName(pattern.substr(start, bracket - start), 40);
}

QString tuple(const std::vector<std::uint64_t>& numbers)
{
    QStringList parts;
    for (const std::uint64_t number : numbers) {
        parts << QString::number(number);
    }
    return parts.join(QLatin1Char('.'));
}

QString percent(std::uint64_t part, std::uint64_t whole)
{
    const double share = 100.0 * static_cast<double>(part) / static_cast<double>(std::max<std::uint64_t>(whole, 1));
    // never "100 %" or "0 %" of what is not all or nothing
    const double shown = part == whole ? 100.0 : std::clamp(share, 0.1, 99.9);
    return QLocale().toString(shown, 'f', part == whole ? 0 : 1) + QStringLiteral("\u00a0%");
}

} // namespace

QString quotedKey(std::string_view key)
{
    QString text = QStringLiteral("\"");
    for (const QChar c : fromUtf8(key)) {
        if (c == QLatin1Char('"') || c == QLatin1Char('\\')) {
            text += QLatin1Char('\\');
        }
        text += c;
    }
    return text + QLatin1Char('"');
}

QString quotedGlob(const QString& prefix)
{
    const QString glob = prefix + QStringLiteral(".*");
    const bool plain = std::all_of(glob.cbegin(), glob.cend(), [](QChar c) {
        return c.isLetterOrNumber() || c == QLatin1Char('.') || c == QLatin1Char('_') || c == QLatin1Char('-') || c == QLatin1Char('*');
    });
    // what a glob cannot say safely, a substring can
    return plain ? glob : quotedKey(toUtf8(prefix + QLatin1Char('.')));
}

void RolesModel::setHits(DocumentPtr document, const FilterHits& hits)
{
    beginResetModel();
    m_document = std::move(document);
    m_rows.clear();
    const auto& roles = m_document->roles();
    for (std::size_t i = 0; i < roles.size(); ++i) {
        Row row;
        row.role = i;
        row.tensors = keepHits(roles[i].tensors, hits);
        if (row.tensors.empty()) {
            continue;
        }
        std::span<const std::uint64_t> firstShape;
        std::span<const std::uint64_t> lastShape; // neighbours share theirs
        std::uint64_t elements = 0;
        std::size_t lastDType = 0; // place in row.dtypes
        for (const std::uint32_t tensor : row.tensors) {
            const TensorInfo& info = m_document->tensor(tensor);
            if (m_document->missing(tensor)) {
                row.marks.add(Mark::Missing);
                continue;
            }
            if (row.shown == UINT32_MAX) {
                row.shown = tensor;
                firstShape = info.shape;
            }
            if (row.stored++ == 0 || info.shape.data() != lastShape.data() || info.shape.size() != lastShape.size()) {
                lastShape = info.shape;
                elements = Document::elements(info);
                row.oneShape = row.oneShape && std::equal(firstShape.begin(), firstShape.end(), info.shape.begin(), info.shape.end());
            }
            row.bytes += info.bytes.length;
            row.elements = row.elements + elements < row.elements ? UINT64_MAX : row.elements + elements;
            row.marks.add(m_document->mark(tensor));
            const std::string_view dtype = info.dtypeText();
            if (lastDType < row.dtypes.size() && row.dtypes[lastDType].first == dtype) {
                ++row.dtypes[lastDType].second;
                continue;
            }
            const auto known = std::find_if(row.dtypes.begin(), row.dtypes.end(), [&](const auto& d) { return d.first == dtype; });
            lastDType = static_cast<std::size_t>(known - row.dtypes.begin());
            if (known == row.dtypes.end()) {
                row.dtypes.emplace_back(dtype, 1);
            } else {
                ++known->second;
            }
        }
        std::stable_sort(row.dtypes.begin(), row.dtypes.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
        m_rows.push_back(std::move(row));
    }
    sortRows();
    endResetModel();
}

void RolesModel::sortBy(int column, Qt::SortOrder order)
{
    if (column == m_sortColumn && order == m_sortOrder) {
        return;
    }
    beginResetModel();
    m_sortColumn = column;
    m_sortOrder = order;
    sortRows();
    endResetModel();
}

void RolesModel::sortRows()
{
    const auto less = [this](const Row& a, const Row& b) {
        switch (m_sortColumn) {
        case Verdict: {
            const auto worst = [](const MarkCounts& m) { return std::array{m.damaged, m.missing, m.violations, m.advice, m.notes, m.clean}; };
            return worst(a.marks) > worst(b.marks);
        }
        case DTypes:
            return a.dtypes < b.dtypes;
        case Shape:
        case Elements:
            return a.elements < b.elements;
        case Tensors:
            return a.stored < b.stored;
        case Size:
            return a.bytes < b.bytes;
        case Gaps: {
            const auto& roles = m_document->roles();
            return roles[a.role].missing.size() + roles[a.role].odd.size() > roles[b.role].missing.size() + roles[b.role].odd.size();
        }
        default:
            return a.role < b.role;
        }
    };
    const bool descending = m_sortOrder == Qt::DescendingOrder && m_sortColumn >= 0;
    std::stable_sort(m_rows.begin(), m_rows.end(), [](const Row& a, const Row& b) { return a.role < b.role; });
    std::stable_sort(m_rows.begin(), m_rows.end(), [&](const Row& a, const Row& b) { return descending ? less(b, a) : less(a, b); });
}

QString RolesModel::filterFor(const QModelIndex& index) const
{
    const Row* row = rowAt(index);
    if (row == nullptr) {
        return {};
    }
    const Role& role = m_document->roles()[row->role];
    if (role.tensors.size() == 1) {
        return quotedKey(m_document->tensor(role.tensors.front()).key);
    }
    // Numbers collapse to brackets; an anchored expression keeps exactly these keys, where a glob's * would cross dots.
    const std::string_view key = m_document->tensor(role.tensors.front()).key;
    QString text = QStringLiteral("/^");
    for (std::size_t start = 0; start <= key.size();) {
        const std::size_t dot = std::min(key.find('.', start), key.size());
        const std::string_view part = key.substr(start, dot - start);
        if (start != 0) {
            text += QLatin1String("\\.");
        }
        if (isNumber(part)) {
            text += QLatin1String("\\d+");
        } else {
            for (const QChar c : fromUtf8(part)) {
                const bool plain = c.isLetterOrNumber() || c == QLatin1Char('_') || c == QLatin1Char('-');
                text += plain ? QString(c) : c.unicode() < 0x80 ? QStringLiteral("\\x%1").arg(c.unicode(), 2, 16, QLatin1Char('0')) : QString(c);
            }
        }
        start = dot + 1;
    }
    return text + QLatin1String("$/");
}

int RolesModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int RolesModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : Columns;
}

const RolesModel::Row* RolesModel::rowAt(const QModelIndex& index) const
{
    return index.isValid() && index.model() == this && static_cast<std::size_t>(index.row()) < m_rows.size()
        ? &m_rows[static_cast<std::size_t>(index.row())]
        : nullptr;
}

QString RolesModel::gapsText(const Row& row, std::size_t most) const
{
    const Role& role = m_document->roles()[row.role];
    QStringList parts;
    const QString word = countedWord(role.pattern);
    const std::size_t missing = role.missing.size();
    if (missing != 0 && missing <= most) {
        QStringList numbers;
        for (const auto& numberTuple : role.missing) {
            numbers << tuple(numberTuple);
        }
        parts << say("%1 %2 missing").arg(word, numbers.join(QLatin1String(", "))).trimmed();
    } else if (missing != 0) {
        parts << say("%1 missing").arg(grouped(missing));
    }
    if (!role.odd.empty() && role.odd.size() <= most) {
        for (const std::uint32_t tensor : role.odd) {
            const TensorInfo& info = m_document->tensor(tensor);
            parts << say("%1 differs: %2").arg(numberPlace(info.key), shownName(info.dtypeText(), 40));
        }
    } else if (!role.odd.empty()) {
        parts << say("%1 differ").arg(grouped(role.odd.size()));
    }
    return parts.join(QLatin1String("; "));
}

QString RolesModel::text(const Row& row, Column column) const
{
    const Role& role = m_document->roles()[row.role];
    switch (column) {
    case Pattern:
        return shownName(role.pattern);
    case Verdict:
        return row.marks.text();
    case DTypes: {
        if (row.dtypes.empty()) {
            return QStringLiteral("\u2013");
        }
        if (row.dtypes.size() == 1) {
            return shownName(row.dtypes.front().first, 60);
        }
        QStringList parts;
        for (const auto& [dtype, count] : row.dtypes) {
            if (parts.size() == 3) {
                parts << QStringLiteral("\u2026");
                break;
            }
            parts << shownName(dtype, 30) + QLatin1Char(' ') + percent(count, row.stored);
        }
        return parts.join(QLatin1String(", "));
    }
    case Shape:
        return row.stored == 0 ? QStringLiteral("\u2013") : row.oneShape ? shapeText(m_document->tensor(row.shown)) : say("varies");
    case Tensors:
        return grouped(row.stored);
    case Elements:
        return row.stored == 0 ? QStringLiteral("\u2013") : grouped(row.elements);
    case Size:
        return row.stored == 0 ? QStringLiteral("\u2013") : bytesText(row.bytes);
    case Gaps:
        break;
    }
    return gapsText(row, 3);
}

QVariant RolesModel::data(const QModelIndex& index, int role) const
{
    const Row* row = rowAt(index);
    if (row == nullptr) {
        return {};
    }
    const auto column = static_cast<Column>(index.column());
    switch (role) {
    case Qt::DisplayRole:
        return text(*row, column);
    case Qt::TextAlignmentRole:
        return headerData(column, Qt::Horizontal, role);
    case Qt::ToolTipRole:
        switch (column) {
        case Pattern:
            return forToolTip(text(*row, column));
        case Size:
            return forToolTip(exactBytesText(row->bytes));
        case Gaps:
            return forToolTip(gapsText(*row, 40));
        default:
            return {};
        }
    case MarkRole: {
        const auto worst = row->marks.worst();
        return column == Verdict && worst ? QVariant(static_cast<int>(*worst)) : QVariant();
    }
    case DTypeRole:
        return column == DTypes && row->dtypes.size() == 1 ? QVariant(static_cast<int>(m_document->tensor(row->shown).dtype)) : QVariant();
    case MutedRole:
        return row->stored == 0;
    case StrongRole:
        return column == DTypes && row->dtypes.size() > 1;
    case Qt::AccessibleTextRole: {
        if (column != Pattern) {
            return {};
        }
        const QString verdict = text(*row, Verdict);
        const QString start = verdict.isEmpty() ? text(*row, Pattern) : text(*row, Pattern) + QLatin1String(", ") + verdict;
        return say("%1, %2, %3").arg(start, tensorsText(row->stored), text(*row, DTypes));
    }
    default:
        return {};
    }
}

QVariant RolesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= Columns) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        const bool right = section == Tensors || section == Elements || section == Size;
        return QVariant(int((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (static_cast<Column>(section)) {
    case Pattern:
        return say("Pattern");
    case Verdict:
        return say("Verdict");
    case DTypes:
        return say("DType");
    case Shape:
        return say("Shape");
    case Tensors:
        return say("Tensors");
    case Elements:
        return say("Elements");
    case Size:
        return say("Size");
    case Gaps:
        break;
    }
    return say("Gaps");
}

Qt::ItemFlags RolesModel::flags(const QModelIndex& index) const
{
    return index.isValid() ? Qt::ItemIsSelectable | Qt::ItemIsEnabled | Qt::ItemNeverHasChildren : Qt::NoItemFlags;
}

std::optional<std::uint32_t> RolesModel::tensorAt(const QModelIndex& index) const
{
    const Row* row = rowAt(index);
    return row != nullptr && row->tensors.size() == 1 ? std::optional(row->tensors.front()) : std::nullopt;
}

void RolesModel::collect(const QModelIndex& index, Rows& out) const
{
    if (const Row* row = rowAt(index)) {
        out.insert(out.end(), row->tensors.begin(), row->tensors.end());
    }
}

QModelIndex RolesModel::indexOf(std::uint32_t tensor) const
{
    for (std::size_t row = 0; row < m_rows.size(); ++row) {
        if (std::find(m_rows[row].tensors.begin(), m_rows[row].tensors.end(), tensor) != m_rows[row].tensors.end()) {
            return index(static_cast<int>(row), 0);
        }
    }
    return {};
}

} // namespace ckptscope::ui
