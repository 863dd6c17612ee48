// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/columns.h"
#include "ui/models/tensormodel.h"

#include <QAbstractTableModel>

namespace ckptscope::ui {

/// The flat list: one row vector of tensor indexes, filtered and sorted in core, handed over in one reset. No proxy.
class TensorTableModel : public QAbstractTableModel, public TensorModel {
    Q_OBJECT
public:
    using QAbstractTableModel::QAbstractTableModel;

    void setRows(DocumentPtr document, RowsPtr rows);
    void setRows(DocumentPtr document, Rows rows) { setRows(std::move(document), std::make_shared<const Rows>(std::move(rows))); }
    /// Another judgement of the same rows, which stay as they are, and selected. Says nothing: the caller paints anew.
    void judgeAnew(DocumentPtr document);
    [[nodiscard]] const DocumentPtr& document() const noexcept { return m_document; }
    [[nodiscard]] const Rows& rows() const noexcept { return *m_rows; }

    // a view asks these of every row when it lays them out
    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] bool hasChildren(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;
    [[nodiscard]] QStringList mimeTypes() const override;
    [[nodiscard]] QMimeData* mimeData(const QModelIndexList& indexes) const override;

    [[nodiscard]] std::optional<std::uint32_t> tensorAt(const QModelIndex& index) const override;
    void collect(const QModelIndex& index, Rows& out) const override;
    [[nodiscard]] QModelIndex indexOf(std::uint32_t tensor) const override;

private:
    DocumentPtr m_document;
    RowsPtr m_rows = std::make_shared<const Rows>();
    mutable Rows m_places; ///< tensor -> row, made when first asked for
};

/// The header's text, alignment and tooltip of a tensor column.
[[nodiscard]] QVariant columnHeaderData(int section, Qt::Orientation orientation, int role);
/// Keys as text, one a line, for drags.
[[nodiscard]] QMimeData* keysAsMime(const Document& document, const Rows& tensors);

} // namespace ckptscope::ui
