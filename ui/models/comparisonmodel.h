// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/diff/order.h"
#include "core/report/diff.h"

#include <QAbstractTableModel>
#include <QList>

#include <memory>
#include <optional>
#include <vector>

namespace ckptscope::ui {

/// Two checkpoints and what was compared so far; replaced as a whole when more is known.
struct ComparisonState {
    std::shared_ptr<const Comparison> comparison;
    report::DiffView view;
};
using ComparisonPtr = std::shared_ptr<const ComparisonState>;

/// The rows of a comparison as a flat list, filtered and sorted in core, handed over in one reset. Columns are
/// DiffColumn.
class ComparisonModel : public QAbstractTableModel {
    Q_OBJECT
public:
    using QAbstractTableModel::QAbstractTableModel;

    void setRows(ComparisonPtr state, std::vector<std::uint32_t> rows);
    [[nodiscard]] const std::vector<std::uint32_t>& rows() const noexcept { return m_rows; }
    /// Of Comparison::rows().
    [[nodiscard]] std::optional<std::uint32_t> rowAt(const QModelIndex& index) const;
    [[nodiscard]] QModelIndex indexOf(std::uint32_t row) const;
    /// What is copied and exported: exact numbers, the key as stored.
    [[nodiscard]] QString exactText(std::uint32_t row, DiffColumn column) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;

private:
    [[nodiscard]] QString cellText(std::uint32_t row, DiffColumn column) const;

    ComparisonPtr m_state;
    std::vector<std::uint32_t> m_rows;
};

/// "model.safetensors" of both sides, the first differing element and its two values: what stands below the list.
[[nodiscard]] QString comparisonDetails(const ComparisonState& state, std::uint32_t row);

} // namespace ckptscope::ui
