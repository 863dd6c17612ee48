// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/jobs/jobrunner.h"
#include "ui/models/document.h"

#include <QAbstractTableModel>
#include <QWidget>

class QLabel;
class QTreeView;

namespace ckptscope::ui {

class FileStrip;

/// The files of a checkpoint: name, size, tensors, state.
class ShardsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { File, Size, Tensors, State };
    static constexpr int Columns = 4;
    using QAbstractTableModel::QAbstractTableModel;
    void setDocument(DocumentPtr document);
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QString fileAt(const QModelIndex& index) const; ///< as the filter language spells it

private:
    [[nodiscard]] QString problemOf(const Shard& shard) const;
    DocumentPtr m_document;
};

/// The dock around it: Enter filters to a shard; below the list its bytes as a strip.
class ShardsPanel : public QWidget {
    Q_OBJECT
public:
    explicit ShardsPanel(QWidget* parent = nullptr);
    void setDocument(const DocumentPtr& document);
    [[nodiscard]] QTreeView* view() const noexcept { return m_view; }
    [[nodiscard]] FileStrip* strip() const noexcept { return m_strip; }
    void showTensor(std::uint32_t tensor); ///< the strip of the file that holds it, with the cursor on it

Q_SIGNALS:
    void filterWanted(const QString& expression);
    void tensorChosen(std::uint32_t tensor);
    void noted(const QString& text);

protected:
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    void filterTo(const QModelIndex& index);
    void showFile();
    ShardsModel* m_model;
    QTreeView* m_view;
    FileStrip* m_strip;
    QLabel* m_readout;
    DocumentPtr m_document;
    std::uint32_t m_tensor = UINT32_MAX; ///< where the strip's cursor belongs
    JobRunner m_job;
};

} // namespace ckptscope::ui
