// SPDX-License-Identifier: Apache-2.0
#include "ui/models/valuesmodel.h"

#include "core/values/elements.h"
#include "core/values/elementtext.h"
#include "ui/text.h"

#include <algorithm>

namespace ckptscope::ui {

namespace {
constexpr std::uint64_t BlockRows = 64;
constexpr std::uint64_t BlockColumns = 64;
constexpr std::size_t MostBlocks = 64; ///< 4 MiB of the widest elements
constexpr std::size_t AtOnce = 16;     ///< more than a large screen shows at a time
} // namespace

ValuesModel::ValuesModel(JobRunner* job, QObject* parent)
    : QAbstractTableModel(parent)
    , m_job(job)
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(0);
    connect(&m_timer, &QTimer::timeout, this, &ValuesModel::readWanted);
}

void ValuesModel::forget()
{
    m_job->abandon();
    m_timer.stop();
    m_blocks.clear();
    m_wanted.clear();
}

void ValuesModel::setTensor(DocumentPtr document, std::shared_ptr<ShardFiles> files, std::uint32_t tensor)
{
    beginResetModel();
    forget();
    m_document = std::move(document);
    m_files = std::move(files);
    m_tensor = tensor;
    m_firstRow = m_firstColumn = 0;
    m_rows = m_columns = 0;
    m_outer.clear();
    if (m_document) {
        const auto shape = m_document->tensor(tensor).shape;
        m_columns = shape.empty() ? 1 : shape.back();
        m_rows = shape.size() < 2 ? 1 : shape[shape.size() - 2];
        m_outer.assign(shape.size() > 2 ? shape.size() - 2 : 0, 0);
        if (std::find(shape.begin(), shape.end(), 0U) != shape.end()) {
            m_rows = m_columns = 0;
        }
    }
    endResetModel();
}

void ValuesModel::setOuter(std::vector<std::uint64_t> outer)
{
    beginResetModel();
    forget();
    if (outer.size() == m_outer.size()) {
        m_outer = std::move(outer);
    }
    endResetModel();
}

void ValuesModel::setPage(std::uint64_t row, std::uint64_t column)
{
    beginResetModel();
    forget();
    m_firstRow = row < m_rows ? row / PageRows * PageRows : 0;
    m_firstColumn = column < m_columns ? column / PageColumns * PageColumns : 0;
    endResetModel();
}

void ValuesModel::setBits(bool bits)
{
    m_bits = bits;
    if (rowCount() != 0) {
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
    }
}

int ValuesModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(std::min(PageRows, m_rows - m_firstRow));
}

int ValuesModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(std::min(PageColumns, m_columns - m_firstColumn));
}

QVariant ValuesModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        return QVariant(int(Qt::AlignRight | Qt::AlignVCenter));
    }
    if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole) {
        return {};
    }
    const std::uint64_t row = m_firstRow + static_cast<std::uint64_t>(index.row());
    const std::uint64_t column = m_firstColumn + static_cast<std::uint64_t>(index.column());
    const Block block{row / BlockRows, column / BlockColumns};
    const auto found = m_blocks.find(block);
    if (found == m_blocks.end()) {
        m_wanted.insert(block);
        m_timer.start();
        return QStringLiteral("\u2026");
    }
    const SliceData& values = found->second;
    const std::uint64_t width = std::min(BlockColumns, m_columns - block.second * BlockColumns);
    const std::uint64_t at = (row % BlockRows) * width + column % BlockColumns;
    return fromUtf8(m_bits ? elementBits(values.dtype, values.packed, at) : elementText(values.dtype, values.packed, at));
}

QVariant ValuesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role != Qt::DisplayRole) {
        return {};
    }
    const std::uint64_t first = orientation == Qt::Horizontal ? m_firstColumn : m_firstRow;
    return QString::number(first + static_cast<std::uint64_t>(section));
}

Slice ValuesModel::sliceOf(Block block) const
{
    Slice slice;
    for (const std::uint64_t at : m_outer) {
        slice.push_back({at, 1, 1, true});
    }
    const std::uint64_t row = block.first * BlockRows;
    const std::uint64_t column = block.second * BlockColumns;
    const std::size_t rank = m_document->tensor(m_tensor).shape.size();
    if (rank > 1) {
        slice.push_back({row, std::min(BlockRows, m_rows - row), 1, false});
    }
    if (rank > 0) {
        slice.push_back({column, std::min(BlockColumns, m_columns - column), 1, false});
    }
    return slice;
}

void ValuesModel::readWanted()
{
    if (m_wanted.empty() || !m_document || m_job->isRunning()) {
        return; // what a running job leaves is asked for again when it is done
    }
    std::vector<std::pair<Block, Slice>> wanted;
    while (!m_wanted.empty() && wanted.size() < AtOnce) {
        const Block block = *m_wanted.begin();
        m_wanted.erase(m_wanted.begin());
        if (!m_blocks.contains(block)) {
            wanted.emplace_back(block, sliceOf(block));
        }
    }
    m_wanted.clear(); // what is still in sight asks again
    if (wanted.empty()) {
        return;
    }
    using Read = std::vector<std::pair<Block, SliceData>>;
    m_job->start(
        tr("Reading values"),
        [files = m_files, tensor = m_tensor, wanted = std::move(wanted)](const JobContext& job) -> Result<Read> {
            const TensorInfo& info = files->checkpoint().tensors()[tensor];
            auto reader = ElementReader::open(files, info, 256U << 10U);
            if (!reader) {
                return std::move(reader).error();
            }
            Read read;
            for (const auto& [block, slice] : wanted) {
                auto values = readSlice(*reader, info, slice, BlockRows * BlockColumns, job);
                if (!values) {
                    return std::move(values).error();
                }
                read.emplace_back(block, *std::move(values));
            }
            return read;
        },
        [this](Result<Read> read) {
            if (!read) {
                Q_EMIT failed(read.error().code == Code::Cancelled ? tr("Cancelled.") : errorTitle(read.error()));
                return;
            }
            if (m_blocks.size() + read->size() > MostBlocks) {
                m_blocks.clear();
            }
            for (auto& [block, values] : *read) {
                m_blocks[block] = std::move(values);
            }
            if (rowCount() > 0 && columnCount() > 0) {
                Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
            }
        });
}

} // namespace ckptscope::ui
