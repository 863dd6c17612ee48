// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/document.h"

#include <QAbstractTableModel>
#include <QWidget>

class QTreeView;

namespace ckptscope::ui {

/// The files of a checkpoint: name, size, tensors, state.
class ShardsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column : int { File, Size, Tensors, State };
    static constexpr int Columns = 4;
    using QAbstractTableModel::QAbstractTableModel;
    void setDocument(DocumentPtr document);
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role = Qt::DisplayRole) const override;
    [[nodiscard]] QString fileAt(const QModelIndex& index) const; ///< as the filter language spells it

private:
    [[nodiscard]] QString problemOf(const Shard& shard) const;
    DocumentPtr m_document;
};

/// The dock around it: Enter filters to a shard.
class ShardsPanel : public QWidget {
    Q_OBJECT
public:
    explicit ShardsPanel(QWidget* parent = nullptr);
    void setDocument(const DocumentPtr& document);
    [[nodiscard]] QTreeView* view() const noexcept { return m_view; }

Q_SIGNALS:
    void filterWanted(const QString& expression);

protected:
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    void filterTo(const QModelIndex& index);
    ShardsModel* m_model;
    QTreeView* m_view;
};

} // namespace ckptscope::ui
