// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/marks.h"
#include "ui/models/tensormodel.h"

#include <QAbstractTableModel>

#include <string>
#include <utility>
#include <vector>

namespace ckptscope::ui {

/// One row a name pattern, numbers collapsed: a checkpoint of 93,696 tensors in some twenty rows.
class RolesModel : public QAbstractTableModel, public TensorModel {
    Q_OBJECT
public:
    enum Column : int { Pattern, Verdict, DTypes, Shape, Tensors, Elements, Size, Gaps };
    static constexpr int Columns = 8;
    using QAbstractTableModel::QAbstractTableModel;

    /// Roles of which the filter leaves a tensor, with the sums of what it leaves.
    void setHits(DocumentPtr document, const FilterHits& hits);
    /// Column -1: path order of the patterns.
    void sortBy(int column, Qt::SortOrder order);
    [[nodiscard]] const DocumentPtr& document() const noexcept { return m_document; }
    /// A filter expression that keeps exactly the tensors of this row's pattern.
    [[nodiscard]] QString filterFor(const QModelIndex& index) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;

    [[nodiscard]] std::optional<std::uint32_t> tensorAt(const QModelIndex& index) const override;
    void collect(const QModelIndex& index, Rows& out) const override;
    /// The row whose pattern the tensor has.
    [[nodiscard]] QModelIndex indexOf(std::uint32_t tensor) const override;

private:
    struct Row {
        std::size_t role = 0;             ///< index into Document::roles()
        Rows tensors;                     ///< those that the filter left
        std::uint64_t stored = 0;         ///< of them, those that are there
        std::uint32_t shown = UINT32_MAX; ///< the first that is there: its shape and dtype speak for all
        MarkCounts marks;
        std::uint64_t bytes = 0, elements = 0;
        std::vector<std::pair<std::string, std::uint64_t>> dtypes; ///< most frequent first
        bool oneShape = true;
    };
    [[nodiscard]] const Row* rowAt(const QModelIndex& index) const;
    [[nodiscard]] QString text(const Row& row, Column column) const;
    [[nodiscard]] QString gapsText(const Row& row, std::size_t most) const;
    void sortRows();

    DocumentPtr m_document;
    std::vector<Row> m_rows;
    int m_sortColumn = -1;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
};

/// The expression that matches exactly this key, or these keys: quoted where the language needs it.
[[nodiscard]] QString quotedKey(std::string_view key);
/// The glob that matches every key below this dotted prefix.
[[nodiscard]] QString quotedGlob(const QString& prefix);

} // namespace ckptscope::ui
