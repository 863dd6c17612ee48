// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/document.h"

#include <QAbstractTableModel>
#include <QString>

#include <array>
#include <optional>

namespace ckptscope::ui {

/// What scans have found of the values of some tensors, one row a tensor; those that were not read yet show a dash.
/// Core's numbers as they are.
class StatisticsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column : int { Key, DType, Values, Min, Max, Mean, Std, AbsMax, P1, Median, P99, Zeros, Nan, Inf, Narrowest };
    static constexpr int Columns = 15;
    using QAbstractTableModel::QAbstractTableModel;

    void setTensors(DocumentPtr document, Rows tensors);
    void valuesChanged();                                              ///< the store knows more: sorts anew where a number decides, repaints
    [[nodiscard]] const Rows& rows() const noexcept { return m_rows; } ///< as shown
    /// As painted, or with every digit and no separators, for copies.
    [[nodiscard]] QString text(std::uint32_t tensor, int column, bool exact) const;
    [[nodiscard]] static bool isNumber(int column) noexcept { return column >= Values && column != Narrowest; }
    /// These tensors with a header, cells joined by `separator` ("," quotes as CSV does), exact.
    [[nodiscard]] QString table(const Rows& tensors, QChar separator) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override; ///< -1: as they were given

private:
    void order();
    [[nodiscard]] std::optional<double> number(std::uint32_t tensor, int column) const;

    DocumentPtr m_document;
    Rows m_given;
    Rows m_rows;
    int m_column = -1;
    Qt::SortOrder m_order = Qt::AscendingOrder;
};

} // namespace ckptscope::ui
