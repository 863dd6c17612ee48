// SPDX-License-Identifier: Apache-2.0
#include "ui/models/convertmodel.h"

#include "ui/models/marks.h"
#include "ui/text.h"

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

void ConvertModel::setPlan(std::shared_ptr<const Checkpoint> checkpoint, std::shared_ptr<const ConvertPlan> plan)
{
    beginResetModel();
    m_checkpoint = std::move(checkpoint);
    m_plan = std::move(plan);
    endResetModel();
}

int ConvertModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_plan ? 0 : static_cast<int>(m_plan->items.size());
}

int ConvertModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : Columns;
}

QVariant ConvertModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const ConvertItem& item = m_plan->items[static_cast<std::size_t>(index.row())];
    const TensorInfo& source = m_checkpoint->tensors()[item.tensor];
    const bool changed = item.dtype != source.dtype;
    const auto dtypes = [&] {
        const QString now = fromUtf8(dtypeName(item.dtype));
        return changed ? tr("%1 \u2192 %2", "old and new dtype").arg(shownName(source.dtypeText(), 40), now) : now;
    };
    switch (role) {
    case Qt::DisplayRole:
        switch (static_cast<Column>(index.column())) {
        case Key:
            return shownName(item.key);
        case From:
            return item.key == source.key ? QString() : shownName(source.key);
        case DTypes:
            return dtypes();
        case Size:
            return bytesText(item.bytes);
        case File:
            return shownName(m_plan->files[item.file].name);
        case Columns:
            break;
        }
        return {};
    case Qt::ToolTipRole:
        if (index.column() == Size) {
            return forToolTip(exactBytesText(item.bytes));
        }
        if (index.column() == DTypes && item.edit != UINT32_MAX) {
            return forToolTip(fromUtf8(m_plan->edits[item.edit].rule));
        }
        return forToolTip(data(index).toString());
    case Qt::AccessibleTextRole:
        return index.column() == Key ? tr("%1, %2, %3, in %4", "tensor, dtype, size, file")
                                           .arg(shownName(item.key), dtypes(), bytesText(item.bytes), shownName(m_plan->files[item.file].name))
                                     : QVariant();
    case StrongRole:
        return index.column() == DTypes && changed;
    case MutedRole:
        return index.column() == From;
    case Qt::TextAlignmentRole:
        return headerData(index.column(), Qt::Horizontal, role);
    default:
        return {};
    }
}

QVariant ConvertModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        return QVariant(int((section == Size ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (static_cast<Column>(section)) {
    case Key:
        return tr("Key");
    case From:
        return tr("Was called");
    case DTypes:
        return tr("DType");
    case Size:
        return tr("Size");
    case File:
        return tr("File");
    case Columns:
        break;
    }
    return {};
}

} // namespace ckptscope::ui
