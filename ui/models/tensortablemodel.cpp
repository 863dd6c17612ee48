// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tensortablemodel.h"

#include "ui/text.h"

#include <QMimeData>
#include <QStringList>

#include <limits>

namespace ckptscope::ui {

namespace {
constexpr std::uint32_t Nowhere = std::numeric_limits<std::uint32_t>::max();
}

QVariant columnHeaderData(int section, Qt::Orientation orientation, int role)
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount) {
        return {};
    }
    const auto column = static_cast<Column>(section);
    if (role == Qt::DisplayRole) {
        return columnHeader(column);
    }
    if (role == Qt::TextAlignmentRole) {
        return QVariant(int((columnSpec(column).right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    }
    return {};
}

QMimeData* keysAsMime(const Document& document, const Rows& tensors)
{
    QString text;
    for (const std::uint32_t tensor : tensors) {
        if (!text.isEmpty()) {
            text += QLatin1Char('\n');
        }
        text += fromUtf8(document.tensor(tensor).key);
    }
    auto* data = new QMimeData;
    data->setText(text);
    return data;
}

void TensorTableModel::setRows(DocumentPtr document, RowsPtr rows)
{
    beginResetModel();
    m_document = std::move(document);
    m_rows = std::move(rows);
    m_places.clear();
    endResetModel();
}

/// dataChanged() of every row would have QTreeView look at each: 90 ms of 93,696. The view paints what is in sight anew.
void TensorTableModel::judgeAnew(DocumentPtr document)
{
    m_document = std::move(document);
}

QModelIndex TensorTableModel::index(int row, int column, const QModelIndex& parent) const
{
    const bool there = row >= 0 && static_cast<std::size_t>(row) < m_rows->size() && column >= 0 && column < ColumnCount && !parent.isValid();
    return there ? createIndex(row, column) : QModelIndex();
}

bool TensorTableModel::hasChildren(const QModelIndex& parent) const
{
    return !parent.isValid() && !m_rows->empty();
}

int TensorTableModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows->size());
}

int TensorTableModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant TensorTableModel::data(const QModelIndex& index, int role) const
{
    const auto tensor = tensorAt(index);
    if (!tensor) {
        return {};
    }
    const auto column = static_cast<Column>(index.column());
    switch (role) {
    case Qt::DisplayRole:
        return cellText(*m_document, *tensor, column);
    case Qt::AccessibleTextRole:
        return column == Column::Key ? QVariant(spokenRow(*m_document, *tensor, cellText(*m_document, *tensor, Column::Key))) : QVariant();
    case Qt::AccessibleDescriptionRole: {
        if (column == Column::Key && m_document->missing(*tensor)) {
            return missingText(*m_document, *tensor);
        }
        const Rule* rule = column == Column::Key ? m_document->rule(*tensor) : nullptr;
        return rule != nullptr ? QVariant(shownName(rule->why, 800)) : QVariant();
    }
    default:
        return cellRole(*m_document, *tensor, column, role);
    }
}

QVariant TensorTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    return columnHeaderData(section, orientation, role);
}

Qt::ItemFlags TensorTableModel::flags(const QModelIndex& index) const
{
    return index.isValid() ? Qt::ItemIsSelectable | Qt::ItemIsEnabled | Qt::ItemIsDragEnabled | Qt::ItemNeverHasChildren : Qt::NoItemFlags;
}

QStringList TensorTableModel::mimeTypes() const
{
    return {QStringLiteral("text/plain")};
}

QMimeData* TensorTableModel::mimeData(const QModelIndexList& indexes) const
{
    Rows tensors;
    for (const QModelIndex& index : indexes) {
        if (index.column() == 0) {
            collect(index, tensors);
        }
    }
    return m_document ? keysAsMime(*m_document, tensors) : nullptr;
}

std::optional<std::uint32_t> TensorTableModel::tensorAt(const QModelIndex& index) const
{
    if (!index.isValid() || index.model() != this || static_cast<std::size_t>(index.row()) >= m_rows->size()) {
        return std::nullopt;
    }
    return (*m_rows)[static_cast<std::size_t>(index.row())];
}

void TensorTableModel::collect(const QModelIndex& index, Rows& out) const
{
    if (const auto tensor = tensorAt(index)) {
        out.push_back(*tensor);
    }
}

QModelIndex TensorTableModel::indexOf(std::uint32_t tensor) const
{
    if (!m_document || tensor >= m_document->size()) {
        return {};
    }
    if (m_places.empty()) {
        m_places.assign(m_document->size(), Nowhere);
        for (std::size_t row = 0; row < m_rows->size(); ++row) {
            m_places[(*m_rows)[row]] = static_cast<std::uint32_t>(row);
        }
    }
    return m_places[tensor] == Nowhere ? QModelIndex() : index(static_cast<int>(m_places[tensor]), 0);
}

} // namespace ckptscope::ui
