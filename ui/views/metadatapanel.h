// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/document.h"

#include <QAbstractTableModel>
#include <QWidget>

#include <vector>

class QLineEdit;
class QTreeView;

namespace ckptscope::ui {

/// `__metadata__`, config.json, GGUF pairs and pickle globals as one searchable list of key and value, all plain text.
class MetadataModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column : int { Key, Value, Origin };
    static constexpr int Columns = 3;
    using QAbstractTableModel::QAbstractTableModel;
    void setDocument(const DocumentPtr& document);
    void setSearch(const QString& text);
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role = Qt::DisplayRole) const override;

private:
    struct Row {
        QString key;
        QString value;
        QString origin;
        bool dangerous = false;
    };
    std::vector<Row> m_all;
    std::vector<std::uint32_t> m_shown;
};

class MetadataPanel : public QWidget {
    Q_OBJECT
public:
    explicit MetadataPanel(QWidget* parent = nullptr);
    void setDocument(const DocumentPtr& document);
    [[nodiscard]] QTreeView* view() const noexcept { return m_view; }

private:
    MetadataModel* m_model;
    QLineEdit* m_search;
    QTreeView* m_view;
};

} // namespace ckptscope::ui
