// SPDX-License-Identifier: Apache-2.0
#include "ui/models/statisticsmodel.h"

#include "ui/copyas.h"
#include "ui/models/columns.h"
#include "ui/models/marks.h"
#include "ui/text.h"

#include <QLocale>

#include <algorithm>
#include <cmath>
#include <optional>

namespace ckptscope::ui {

namespace {

const QString Dash = QStringLiteral("\u2013");

/// What a column sorts by; nullopt: nothing is known, which comes last either way.
std::optional<double> numberOf(const Statistics& known, int column)
{
    const auto finite = [](double value) { return std::isnan(value) ? std::nullopt : std::optional(value); };
    switch (column) {
    case StatisticsModel::Values:
        return static_cast<double>(known.count);
    case StatisticsModel::Min:
        return finite(known.min);
    case StatisticsModel::Max:
        return finite(known.max);
    case StatisticsModel::Mean:
        return finite(known.mean);
    case StatisticsModel::Std:
        return finite(known.std);
    case StatisticsModel::AbsMax:
        return finite(known.absMax);
    case StatisticsModel::Zeros:
        return static_cast<double>(known.zeros);
    case StatisticsModel::Nan:
        return static_cast<double>(known.nan);
    case StatisticsModel::Inf:
        return static_cast<double>(known.inf());
    case StatisticsModel::Narrowest:
        return dtypeInfo(known.narrowest).blockBits;
    default:
        return std::nullopt;
    }
}

std::uint64_t countOf(const Statistics& known, int column)
{
    return column == StatisticsModel::Values ? known.count
        : column == StatisticsModel::Zeros   ? known.zeros
        : column == StatisticsModel::Nan     ? known.nan
                                             : known.inf();
}

} // namespace

void StatisticsModel::setTensors(DocumentPtr document, Rows tensors)
{
    beginResetModel();
    m_document = std::move(document);
    m_given = std::move(tensors);
    order();
    endResetModel();
}

void StatisticsModel::valuesChanged()
{
    if (m_rows.empty()) {
        return;
    }
    if (m_column > DType) {
        sort(m_column, m_order);
    }
    Q_EMIT dataChanged(index(0, Values), index(rowCount() - 1, Columns - 1));
}

void StatisticsModel::order()
{
    m_rows = m_given;
    if (m_column < 0 || !m_document) {
        return;
    }
    const bool descending = m_order == Qt::DescendingOrder;
    if (m_column <= DType) {
        const auto ranked = m_document->order(m_column == Key ? SortKey::Path : SortKey::DType, descending);
        std::vector<std::uint32_t> rank(m_document->size());
        for (std::uint32_t i = 0; i < ranked->size(); ++i) {
            rank[(*ranked)[i]] = i;
        }
        std::stable_sort(m_rows.begin(), m_rows.end(), [&](std::uint32_t a, std::uint32_t b) { return rank[a] < rank[b]; });
        return;
    }
    std::vector<std::pair<std::optional<double>, std::uint32_t>> keyed;
    keyed.reserve(m_rows.size());
    for (const std::uint32_t tensor : m_rows) {
        keyed.emplace_back(number(tensor, m_column), tensor);
    }
    std::stable_sort(keyed.begin(), keyed.end(), [descending](const auto& a, const auto& b) {
        if (!a.first || !b.first) {
            return a.first.has_value() && !b.first.has_value();
        }
        return descending ? *b.first < *a.first : *a.first < *b.first;
    });
    std::transform(keyed.begin(), keyed.end(), m_rows.begin(), [](const auto& one) { return one.second; });
}

std::optional<double> StatisticsModel::number(std::uint32_t tensor, int column) const
{
    if (column >= P1 && column <= P99) {
        const auto known = m_document->values()->percentiles(tensor);
        const double value = known ? (*known)[static_cast<std::size_t>(column - P1)] : std::nan("");
        return std::isnan(value) ? std::nullopt : std::optional(value);
    }
    const auto known = m_document->values()->statistics(tensor);
    return known ? numberOf(*known, column) : std::nullopt;
}

void StatisticsModel::sort(int column, Qt::SortOrder wanted)
{
    Q_EMIT layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    const Rows before = m_rows;
    m_column = column;
    m_order = wanted;
    order();
    const QModelIndexList old = persistentIndexList();
    if (!old.isEmpty()) {
        std::vector<int> at(m_document ? m_document->size() : 0);
        for (std::size_t i = 0; i < m_rows.size(); ++i) {
            at[m_rows[i]] = static_cast<int>(i);
        }
        QModelIndexList now;
        now.reserve(old.size());
        for (const QModelIndex& each : old) {
            now << index(at[before[static_cast<std::size_t>(each.row())]], each.column());
        }
        changePersistentIndexList(old, now);
    }
    Q_EMIT layoutChanged({}, QAbstractItemModel::VerticalSortHint);
}

QString StatisticsModel::text(std::uint32_t tensor, int column, bool exact) const
{
    const TensorInfo& info = m_document->tensor(tensor);
    if (column == Key) {
        return exact ? fromUtf8(info.key) : shownName(info.key);
    }
    if (column == DType) {
        return shownName(info.dtypeText(), 60);
    }
    const auto known = m_document->values()->statistics(tensor);
    if (!known) {
        const auto error = m_document->values()->error(tensor);
        return column == Values && error ? wholeSentence(*error) : exact ? QString() : Dash;
    }
    switch (column) {
    case Values:
    case Zeros:
    case Nan:
    case Inf:
        return exact ? QString::number(countOf(*known, column)) : grouped(countOf(*known, column));
    case Min:
        return fromUtf8(known->minText);
    case Max:
        return fromUtf8(known->maxText);
    case Narrowest:
        return known->narrowest == ckptscope::DType::Unknown ? QString() : fromUtf8(dtypeName(known->narrowest));
    default:
        break;
    }
    const auto value = number(tensor, column);
    return !value ? (exact ? QString() : Dash) : exact ? fromUtf8(numberText(*value)) : QLocale().toString(*value, 'g', 6);
}

QString StatisticsModel::table(const Rows& tensors, QChar separator) const
{
    const bool csv = separator == QLatin1Char(',');
    const QString end = csv ? QStringLiteral("\r\n") : QStringLiteral("\n");
    QStringList cells;
    for (int column = 0; column < Columns; ++column) {
        cells << headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    }
    QString all = cells.join(separator) + end;
    for (const std::uint32_t tensor : tensors) {
        cells.clear();
        for (int column = 0; column < Columns; ++column) {
            // names are raw in a CSV, where quotes hold them; tabs and line ends would break a table
            const QString cell = text(tensor, column, csv || column != Key);
            cells << (csv ? csvCell(cell) : cell);
        }
        all += cells.join(separator) + end;
    }
    return all;
}

int StatisticsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int StatisticsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : Columns;
}

QVariant StatisticsModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const std::uint32_t tensor = m_rows[static_cast<std::size_t>(index.row())];
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        return text(tensor, column, false);
    case Qt::TextAlignmentRole:
        return QVariant(int((isNumber(column) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    case Qt::ToolTipRole:
        return forToolTip(text(tensor, column, column != Key));
    case DTypeRole:
        return column == DType ? QVariant(static_cast<int>(m_document->tensor(tensor).dtype)) : QVariant();
    case MarkRole:
        if (column == Nan || column == Inf) {
            const auto known = m_document->values()->statistics(tensor);
            return known && countOf(*known, column) != 0 ? QVariant(static_cast<int>(Mark::Violation)) : QVariant();
        }
        return {};
    case Qt::AccessibleTextRole:
        if (column == Key) {
            QStringList parts{text(tensor, Key, false)};
            for (int each = DType; each < Columns; ++each) {
                parts << headerData(each, Qt::Horizontal, Qt::DisplayRole).toString() + QLatin1Char(' ') + text(tensor, each, false);
            }
            return parts.join(QLatin1String(", "));
        }
        return {};
    default:
        return {};
    }
}

QVariant StatisticsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        return QVariant(int((isNumber(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (static_cast<Column>(section)) {
    case Key:
        return tr("Key");
    case DType:
        return tr("DType");
    case Values:
        return tr("Values");
    case Min:
        return tr("Min");
    case Max:
        return tr("Max");
    case Mean:
        return tr("Mean");
    case Std:
        return tr("Std");
    case AbsMax:
        return tr("Max |x|");
    case P1:
        return tr("1 %");
    case Median:
        return tr("50 %");
    case P99:
        return tr("99 %");
    case Zeros:
        return tr("Zeros");
    case Nan:
        return tr("NaN");
    case Inf:
        return tr("Inf");
    case Narrowest:
        return tr("Narrowest Exact");
    }
    return {};
}

} // namespace ckptscope::ui
