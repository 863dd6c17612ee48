// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/convert/convert.h"

#include <QAbstractTableModel>

#include <memory>

namespace ckptscope::ui {

/// What a conversion would write, one row a tensor in the order of the source: its name there and here, dtype, size,
/// file.
class ConvertModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column : int { Key, From, DTypes, Size, File, Columns };
    using QAbstractTableModel::QAbstractTableModel;

    /// Both null: nothing is planned. The plan is of this checkpoint.
    void setPlan(std::shared_ptr<const Checkpoint> checkpoint, std::shared_ptr<const ConvertPlan> plan);
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    std::shared_ptr<const Checkpoint> m_checkpoint;
    std::shared_ptr<const ConvertPlan> m_plan;
};

} // namespace ckptscope::ui
