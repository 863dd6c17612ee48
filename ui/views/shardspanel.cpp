// SPDX-License-Identifier: Apache-2.0
#include "ui/views/shardspanel.h"

#include "ui/models/marks.h"
#include "ui/models/rolesmodel.h"
#include "ui/text.h"
#include "ui/views/filestrip.h"
#include "ui/views/rowdelegate.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QTreeView>
#include <QVBoxLayout>

namespace ckptscope::ui {

void ShardsModel::setDocument(DocumentPtr document)
{
    beginResetModel();
    m_document = std::move(document);
    endResetModel();
}

int ShardsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_document ? 0 : static_cast<int>(m_document->checkpoint().shards().size());
}

int ShardsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : Columns;
}

/// The first thing that is wrong with a shard, in a sentence; empty: nothing.
QString ShardsModel::problemOf(const Shard& shard) const
{
    for (const Problem& problem : m_document->checkpoint().problems()) {
        if (problem.severity == Severity::Error && problem.what.file == shard.file) {
            return sentence(problem.what);
        }
    }
    return {};
}

QVariant ShardsModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid) || !m_document) {
        return {};
    }
    const Shard& shard = m_document->checkpoint().shards()[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        switch (static_cast<Column>(index.column())) {
        case File:
            return shownName(shard.file);
        case Size:
            return shard.state == Shard::State::Missing ? QStringLiteral("\u2013") : bytesText(shard.bytes);
        case Tensors:
            return grouped(shard.tensors);
        case State:
            switch (shard.state) {
            case Shard::State::Missing:
                return tr("missing");
            case Shard::State::Unreadable:
            case Shard::State::Damaged: {
                const QString problem = problemOf(shard);
                return problem.isEmpty() ? tr("damaged") : problem;
            }
            case Shard::State::Ok:
                break;
            }
            return shard.listed ? tr("whole") : tr("whole, but the index does not name it");
        }
        return {};
    case Qt::TextAlignmentRole:
        return headerData(index.column(), Qt::Horizontal, role);
    case Qt::ToolTipRole:
        return index.column() == Size ? forToolTip(exactBytesText(shard.bytes)) : forToolTip(data(index).toString());
    case MarkRole:
        if (index.column() == State) {
            return static_cast<int>(shard.state == Shard::State::Missing  ? Mark::Missing
                                        : shard.state != Shard::State::Ok ? Mark::Damaged
                                        : shard.listed                    ? Mark::Clean
                                                                          : Mark::Note);
        }
        return {};
    default:
        return {};
    }
}

QVariant ShardsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        return QVariant(int((section == Size || section == Tensors ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (static_cast<Column>(section)) {
    case File:
        return tr("File");
    case Size:
        return tr("Size");
    case Tensors:
        return tr("Tensors");
    case State:
        return tr("State");
    }
    return {};
}

QString ShardsModel::fileAt(const QModelIndex& index) const
{
    return index.isValid() ? fromUtf8(m_document->checkpoint().shards()[static_cast<std::size_t>(index.row())].file) : QString();
}

ShardsPanel::ShardsPanel(QWidget* parent)
    : QWidget(parent)
    , m_model(new ShardsModel(this))
    , m_view(new QTreeView(this))
    , m_strip(new FileStrip(this))
    , m_readout(new QLabel(this))
{
    m_job.setObjectName(QStringLiteral("shardsJob"));
    m_view->setObjectName(QStringLiteral("shardsView"));
    m_view->setAccessibleName(tr("Shards"));
    m_view->setModel(m_model);
    auto* delegate = new RowDelegate(m_view);
    delegate->setMiddleElided({ShardsModel::File});
    m_view->setItemDelegate(delegate);
    m_view->setUniformRowHeights(true);
    m_view->setRootIsDecorated(false);
    m_view->setAllColumnsShowFocus(true);
    m_view->setAlternatingRowColors(true);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setTabKeyNavigation(false);
    const int digit = fontMetrics().horizontalAdvance(QLatin1Char('0'));
    m_view->setColumnWidth(ShardsModel::File, digit * 42);
    m_view->setColumnWidth(ShardsModel::Size, digit * 12);
    m_view->setColumnWidth(ShardsModel::Tensors, digit * 11);
    m_view->setMinimumHeight(3 * fontMetrics().height() + 12); // its header and two files, in a low dock
    m_view->installEventFilter(this);
    connect(m_view, &QTreeView::doubleClicked, this, &ShardsPanel::filterTo);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_view, 1);
    layout->addWidget(m_strip);
    layout->addWidget(m_readout);
    m_readout->setObjectName(QStringLiteral("fileStripReadout"));
    m_readout->setTextFormat(Qt::PlainText);
    m_readout->setLayoutDirection(Qt::LeftToRight); // numbers and brackets in their order
    m_readout->setContentsMargins(12, 0, 12, 2);
    m_readout->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &ShardsPanel::showFile);
    connect(m_strip, &Plot::readoutChanged, m_readout, &QLabel::setText);
    connect(m_strip, &Plot::noted, this, &ShardsPanel::noted);
    connect(m_strip, &FileStrip::tensorClicked, this, &ShardsPanel::tensorChosen);
}

/// The bytes of the current file; what is in the list of tensors is sorted anew for it.
void ShardsPanel::showFile()
{
    const QModelIndex current = m_view->currentIndex();
    m_job.abandon();
    if (!m_document || !current.isValid()) {
        m_strip->clear();
        return;
    }
    const auto shard = static_cast<std::uint32_t>(current.row());
    const auto put = [this, shard](std::vector<FilePiece> pieces) {
        m_strip->setFile(m_document, shard, std::move(pieces));
        if (m_tensor != UINT32_MAX) {
            m_strip->showTensor(m_tensor);
        }
    };
    if (m_document->size() <= DirectRows) {
        put(fileMap(m_document->checkpoint(), shard));
        return;
    }
    m_job.start(
        {}, [document = m_document, shard](const JobContext&) -> Result<std::vector<FilePiece>> { return fileMap(document->checkpoint(), shard); },
        [put](Result<std::vector<FilePiece>> pieces) {
            if (pieces) {
                put(std::move(*pieces));
            }
        });
}

void ShardsPanel::showTensor(std::uint32_t tensor)
{
    m_tensor = tensor;
    if (!m_document || tensor >= m_document->size()) {
        return;
    }
    const auto row = static_cast<int>(m_document->tensor(tensor).shard);
    if (m_view->currentIndex().row() != row) {
        m_view->setCurrentIndex(m_model->index(row, 0)); // and showFile() puts the cursor
    } else {
        m_strip->showTensor(tensor);
    }
}

void ShardsPanel::setDocument(const DocumentPtr& document)
{
    const bool same = m_document && document && m_document->sharedCheckpoint() == document->sharedCheckpoint();
    int row = same ? m_view->currentIndex().row() : 0;
    const auto shards = document ? document->checkpoint().shards().size() : 0;
    while (!same && row + 1 < static_cast<int>(shards) && document->checkpoint().shards()[static_cast<std::size_t>(row)].tensors == 0) {
        ++row; // an index or a list of what is where has no tensors to draw
    }
    if (!same && shards > 0 && document->checkpoint().shards()[static_cast<std::size_t>(row)].tensors == 0) {
        row = 0;
    }
    m_document = document;
    m_tensor = same ? m_tensor : UINT32_MAX;
    m_model->setDocument(document);
    m_view->setCurrentIndex(m_model->index(std::max(row, 0), 0)); // invalid where there is no file
    showFile();
}

void ShardsPanel::filterTo(const QModelIndex& index)
{
    const QString file = m_model->fileAt(index);
    if (!file.isEmpty()) {
        Q_EMIT filterWanted(QLatin1String("shard:") + quotedKey(toUtf8(file)));
    }
}

bool ShardsPanel::eventFilter(QObject* object, QEvent* event)
{
    if (object == m_view && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) {
            filterTo(m_view->currentIndex());
            return true;
        }
    }
    return QWidget::eventFilter(object, event);
}

} // namespace ckptscope::ui
