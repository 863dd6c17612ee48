// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/values/elementstream.h"
#include "core/values/slice.h"
#include "ui/jobs/jobrunner.h"
#include "ui/models/document.h"

#include <QAbstractTableModel>
#include <QTimer>

#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace ckptscope::ui {

/// The last two dimensions of a tensor as a table, one page of them; reads what is looked at, a block at a time, in a job, and keeps few blocks.
class ValuesModel : public QAbstractTableModel {
    Q_OBJECT
public:
    static constexpr std::uint64_t PageRows = 65536;
    static constexpr std::uint64_t PageColumns = 4096;

    ValuesModel(JobRunner* job, QObject* parent);
    /// Null: nothing to show.
    void setTensor(DocumentPtr document, std::shared_ptr<ShardFiles> files, std::uint32_t tensor);
    /// Indexes of all dimensions but the last two.
    void setOuter(std::vector<std::uint64_t> outer);
    /// The page that begins at this row and column.
    void setPage(std::uint64_t row, std::uint64_t column);
    void setBits(bool bits);

    [[nodiscard]] std::uint64_t rows() const noexcept { return m_rows; } ///< of the slice
    [[nodiscard]] std::uint64_t columns() const noexcept { return m_columns; }
    [[nodiscard]] std::uint64_t firstRow() const noexcept { return m_firstRow; }
    [[nodiscard]] std::uint64_t firstColumn() const noexcept { return m_firstColumn; }
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

Q_SIGNALS:
    void failed(const QString& text);

private:
    using Block = std::pair<std::uint64_t, std::uint64_t>; ///< row and column, in blocks of the slice
    void readWanted();
    void forget();
    [[nodiscard]] Slice sliceOf(Block block) const;

    JobRunner* m_job;
    DocumentPtr m_document;
    std::shared_ptr<ShardFiles> m_files;
    std::uint32_t m_tensor = 0;
    std::vector<std::uint64_t> m_outer;
    std::uint64_t m_rows = 0;
    std::uint64_t m_columns = 0;
    std::uint64_t m_firstRow = 0;
    std::uint64_t m_firstColumn = 0;
    bool m_bits = false;
    std::map<Block, SliceData> m_blocks;
    mutable std::set<Block> m_wanted;
    mutable QTimer m_timer;
};

} // namespace ckptscope::ui
