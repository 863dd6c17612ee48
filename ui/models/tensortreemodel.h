// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/columns.h"
#include "ui/models/tensormodel.h"

#include <QAbstractItemModel>

#include <memory>
#include <utility>
#include <vector>

namespace ckptscope::ui {

/// Keys as a tree of their dotted parts. A node is a range of the path order and its totals are differences of prefix
/// sums, so no node is made before its parent is opened. Groups with one child fold into it ("0.linear_attn").
class TensorTreeModel : public QAbstractItemModel, public TensorModel {
    Q_OBJECT
public:
    using QAbstractItemModel::QAbstractItemModel;

    /// `rows` are in path order.
    void setRows(DocumentPtr document, RowsPtr rows);
    void setRows(DocumentPtr document, Rows rows) { setRows(std::move(document), std::make_shared<const Rows>(std::move(rows))); }
    /// Another judgement of the same rows, which stay as they are, opened and selected.
    void judgeAnew(DocumentPtr document);
    /// Sorts among siblings; column -1 is path order.
    void sortSiblings(int column, Qt::SortOrder order);
    [[nodiscard]] const DocumentPtr& document() const noexcept { return m_document; }

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] bool hasChildren(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;
    [[nodiscard]] QStringList mimeTypes() const override;
    [[nodiscard]] QMimeData* mimeData(const QModelIndexList& indexes) const override;

    [[nodiscard]] std::optional<std::uint32_t> tensorAt(const QModelIndex& index) const override;
    void collect(const QModelIndex& index, Rows& out) const override;
    [[nodiscard]] QModelIndex indexOf(std::uint32_t tensor) const override;
    /// The whole dotted prefix of a group, or the key of a tensor; to remember what was open.
    [[nodiscard]] std::string pathOf(const QModelIndex& index) const;

private:
    struct Node {
        std::uint32_t parent = 0;
        std::uint32_t first = 0, last = 0;          ///< range of the rows
        std::uint32_t labelStart = 0, labelEnd = 0; ///< bytes of the first tensor's key
        std::uint32_t firstChild = 0, children = 0; ///< block of the nodes; children 0: not built
        std::uint16_t depth = 0;
        bool leaf = false;
    };
    struct Sums {
        std::uint64_t bytes = 0, elements = 0;
        std::uint32_t damaged = 0, missing = 0, violations = 0, advice = 0, notes = 0, clean = 0;
        std::uint32_t dtypeChanges = 0,
                      shardChanges = 0; ///< positions whose dtype or shard differs from the one before
        std::uint32_t nextStored = 0;   ///< the first position from here on whose tensor is there: missing ones have no dtype
    };
    /// What follows from the rows, all but the order of siblings.
    struct Shape {
        RowsPtr rows = std::make_shared<const Rows>();
        std::vector<Sums> sums;  ///< sums[i]: of positions [0, i)
        std::vector<Node> nodes; ///< 0: the root; others as they are asked for
        Rows places;             ///< tensor -> position in rows; made when first asked for
    };
    [[nodiscard]] std::shared_ptr<Shape> shapeOf(RowsPtr rows) const;
    static void forgetNodes(Shape& shape);
    void build(std::uint32_t node) const;
    void sortChildren(const Node& parent) const;
    [[nodiscard]] std::string_view key(std::uint32_t position) const { return m_document->tensor(row(position)).key; }
    [[nodiscard]] std::uint32_t row(std::uint32_t position) const { return (*m_shape->rows)[position]; }
    [[nodiscard]] std::uint32_t nodeOf(const QModelIndex& index) const;
    [[nodiscard]] QModelIndex indexOfNode(std::uint32_t node, int column = 0) const;
    [[nodiscard]] Sums sums(const Node& node) const;
    [[nodiscard]] MarkCounts marks(const Node& node) const;
    [[nodiscard]] QString label(const Node& node) const;
    [[nodiscard]] QString groupText(const Node& node, Column column) const;
    [[nodiscard]] QVariant groupData(const Node& node, Column column, int role) const;

    DocumentPtr m_document;
    std::shared_ptr<Shape> m_shape = std::make_shared<Shape>();
    /// Of all of the document's tensors, kept while a filter shows fewer: it goes as often as it comes.
    std::shared_ptr<Shape> m_whole;
    int m_sortColumn = -1;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
};

} // namespace ckptscope::ui
