// SPDX-License-Identifier: Apache-2.0
#include "ui/views/selectionstats.h"

#include "core/values/histogram.h"
#include "ui/dialogs/savedialog.h"
#include "ui/icons.h"
#include "ui/models/statisticsmodel.h"
#include "ui/text.h"
#include "ui/views/rowdelegate.h"

#include <QAction>
#include <QClipboard>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QPointer>
#include <QPushButton>
#include <QSaveFile>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

/// All that the table shows is known, or it is known why not.
bool isRead(const Document& document, std::uint32_t tensor)
{
    const ValueStore& values = *document.values();
    return values.known(tensor) && (values.percentiles(tensor) || !values.statistics(tensor));
}

/// Percentiles of what was scanned: passes of their own, which a scan of the whole model does without.
Result<void> readPercentiles(const Document& document, const Rows& tensors, const JobContext& job)
{
    const auto files = std::make_shared<ShardFiles>(document.sharedCheckpoint());
    const JobContext quiet{job.stop, {}, job.threads, job.maxMemory, job.ioRate};
    for (const std::uint32_t tensor : tensors) {
        if (!document.values()->statistics(tensor) || document.values()->percentiles(tensor)) {
            continue;
        }
        auto histogram = computeHistogram(files, tensor, {1}, quiet);
        if (histogram) {
            document.values()->putPercentiles(tensor, histogram->percentiles);
        } else if (histogram.error().code == Code::Cancelled) {
            return std::move(histogram).error();
        } else { // its statistics were read, so this is not asked again
            constexpr double None = std::numeric_limits<double>::quiet_NaN();
            document.values()->putPercentiles(tensor, {None, None, None});
        }
    }
    return {};
}

} // namespace

SelectionStats::SelectionStats(JobRunner* job, QWidget* parent)
    : QWidget(parent)
    , m_job(job)
    , m_model(new StatisticsModel(this))
    , m_head(new QLabel(this))
    , m_read(new QPushButton(tr("&Read Values"), this))
    , m_save(new QPushButton(tr("&Save as CSV\u2026"), this))
    , m_view(new QTreeView(this))
{
    m_head->setObjectName(u"selectionHead"_s);
    m_head->setTextFormat(Qt::PlainText);
    m_read->setObjectName(u"selectionRead"_s);
    m_save->setObjectName(u"selectionSave"_s);
    m_save->setToolTip(tr("Save every row with all digits"));
    m_view->setObjectName(u"selectionView"_s);
    m_view->setAccessibleName(tr("Statistics of the selected tensors"));
    m_view->setModel(m_model);
    auto* delegate = new RowDelegate(m_view);
    delegate->setMiddleElided({StatisticsModel::Key});
    m_view->setItemDelegate(delegate);
    m_view->setUniformRowHeights(true);
    m_view->setRootIsDecorated(false);
    m_view->setAllColumnsShowFocus(true);
    m_view->setAlternatingRowColors(true);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setTabKeyNavigation(false);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    QHeaderView* header = m_view->header();
    header->setStretchLastSection(false);
    header->setSortIndicatorClearable(true);
    header->setSortIndicator(-1, Qt::AscendingOrder);
    m_view->setSortingEnabled(true);
    const int digit = fontMetrics().horizontalAdvance(u'0');
    constexpr std::array<int, StatisticsModel::Columns> Widths{34, 10, 9, 11, 11, 11, 11, 11, 11, 11, 11, 9, 7, 7, 16};
    for (int column = 0; column < StatisticsModel::Columns; ++column) {
        header->resizeSection(column, digit * Widths[static_cast<std::size_t>(column)]);
    }
    auto* top = new QHBoxLayout;
    top->addWidget(m_head, 1);
    top->addWidget(m_read);
    top->addWidget(m_save);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addLayout(top);
    layout->addWidget(m_view, 1);
    m_tick.setInterval(250);
    connect(&m_tick, &QTimer::timeout, m_model, &StatisticsModel::valuesChanged);
    connect(m_read, &QPushButton::clicked, this, &SelectionStats::read);
    connect(m_save, &QPushButton::clicked, this, &SelectionStats::chooseFile);
    connect(m_view, &QWidget::customContextMenuRequested, this, [this](const QPoint& at) { menu(m_view->viewport()->mapToGlobal(at)); });
    connect(m_view, &QTreeView::activated, this,
            [this](const QModelIndex& index) { Q_EMIT tensorChosen(m_model->rows()[static_cast<std::size_t>(index.row())]); });
}

void SelectionStats::setTensors(const DocumentPtr& document, const Rows& tensors)
{
    if (m_tick.isActive()) { // what the last selection's job has read stays known
        m_tick.stop();
        Q_EMIT scanned();
    }
    m_document = document;
    m_missing.clear();
    m_missingBytes = 0;
    for (const std::uint32_t tensor : tensors) {
        if (!isRead(*document, tensor)) {
            m_missing.push_back(tensor);
            m_missingBytes += document->tensor(tensor).bytes.length;
        }
    }
    m_model->setTensors(document, tensors);
    updateHead();
    if (!m_missing.empty() && m_missingBytes <= ReadAtOnce) {
        read();
    }
}

void SelectionStats::clear()
{
    m_tick.stop();
    m_document.reset();
    m_missing.clear();
    m_model->setTensors(nullptr, {});
}

void SelectionStats::updateHead(const QString& more)
{
    const std::uint64_t all = m_model->rows().size();
    QString text = m_missing.empty()
        ? tensorsText(all)
        : tr("%1, not read yet: %2 (%3)", "tensors, number, bytes").arg(tensorsText(all), grouped(m_missing.size()), bytesText(m_missingBytes));
    m_head->setText(more.isEmpty() ? text : text + u". "_s + more);
    m_read->setVisible(!m_missing.empty());
    m_read->setEnabled(!m_job->isRunning());
    m_read->setToolTip(forToolTip(tr("Reads %1").arg(bytesText(m_missingBytes))));
}

void SelectionStats::read()
{
    if (!m_document || m_missing.empty() || m_job->isRunning()) {
        return;
    }
    m_tick.start();
    m_job->setCancelledText(tr("Cancelled. What was read so far is kept."));
    m_job->start(
        tr("Reading values"),
        [document = m_document, tensors = m_missing](const JobContext& job) {
            Rows unknown;
            std::copy_if(tensors.begin(), tensors.end(), std::back_inserter(unknown),
                         [&](std::uint32_t tensor) { return !document->values()->known(tensor); });
            auto summary = scanValues(
                document->sharedCheckpoint(), unknown, nullptr,
                [&document](const TensorValues& one) {
                    TensorValues judged = one; // the report says which findings there are; no duplicates are looked for here
                    if (judged.statistics) {
                        judged.findings = valueFindings(document->checkpoint(), one.tensor, *one.statistics, &document->report());
                    }
                    document->values()->put(judged);
                },
                job);
            if (!summary) {
                return summary;
            }
            if (auto more = readPercentiles(*document, tensors, job); !more) {
                return Result<ValueScanSummary>(std::move(more).error());
            }
            return summary;
        },
        [this](Result<ValueScanSummary> result) { readDone(std::move(result)); });
    updateHead();
}

void SelectionStats::readDone(Result<ValueScanSummary> result)
{
    m_tick.stop();
    const auto read = std::remove_if(m_missing.begin(), m_missing.end(), [this](std::uint32_t tensor) { return isRead(*m_document, tensor); });
    m_missing.erase(read, m_missing.end());
    m_missingBytes = 0;
    for (const std::uint32_t tensor : m_missing) {
        m_missingBytes += m_document->tensor(tensor).bytes.length;
    }
    m_model->valuesChanged();
    const auto unread = result && result->unreadable != 0 ? m_document->values()->firstError() : std::nullopt;
    updateHead(result                                       ? (unread ? errorTitle(*unread) : QString())
                   : result.error().code == Code::Cancelled ? tr("Cancelled.")
                                                            : errorTitle(result.error()));
    Q_EMIT scanned();
}

Rows SelectionStats::chosen() const
{
    Rows rows;
    const QModelIndexList selected = m_view->selectionModel()->selectedRows();
    std::vector<int> at;
    for (const QModelIndex& index : selected) {
        at.push_back(index.row());
    }
    std::sort(at.begin(), at.end());
    for (const int row : at) {
        rows.push_back(m_model->rows()[static_cast<std::size_t>(row)]);
    }
    return rows.empty() ? m_model->rows() : rows;
}

void SelectionStats::toClipboard(QChar separator)
{
    const Rows rows = chosen();
    if (m_document && !rows.empty()) {
        QGuiApplication::clipboard()->setText(m_model->table(rows, separator));
        Q_EMIT noted(tr("Copied %n row(s).", nullptr, static_cast<int>(rows.size())));
    }
}

void SelectionStats::copy()
{
    toClipboard(u'\t');
}

void SelectionStats::menu(const QPoint& at)
{
    QMenu popup(this);
    connect(popup.addAction(icon(u"copy"_s), tr("&Copy")), &QAction::triggered, this, &SelectionStats::copy);
    connect(popup.addAction(tr("Copy As C&SV")), &QAction::triggered, this, [this] { toClipboard(u','); });
    connect(popup.addAction(tr("Copy &Keys")), &QAction::triggered, this, [this] {
        QStringList keys;
        for (const std::uint32_t tensor : chosen()) {
            keys << fromUtf8(m_document->tensor(tensor).key);
        }
        QGuiApplication::clipboard()->setText(keys.join(u'\n'));
    });
    popup.addSeparator();
    connect(popup.addAction(icon(u"export"_s), tr("Save as CSV\u2026")), &QAction::triggered, this, &SelectionStats::chooseFile);
    const QModelIndex current = m_view->currentIndex();
    if (current.isValid()) {
        const std::uint32_t tensor = m_model->rows()[static_cast<std::size_t>(current.row())];
        connect(popup.addAction(tr("&Go to Tensor")), &QAction::triggered, this, [this, tensor] { Q_EMIT tensorChosen(tensor); });
    }
    popup.exec(at);
}

void SelectionStats::chooseFile()
{
    const QPointer<SelectionStats> self(this);
    const QString file = chooseSaveFile(this, tr("Save Statistics"), u"statistics.csv"_s, {tr("CSV (*.csv)")});
    if (self && !file.isEmpty()) {
        save(file);
    }
}

void SelectionStats::save(const QString& file)
{
    if (!m_document) {
        return;
    }
    const QByteArray text = m_model->table(m_model->rows(), u',').toUtf8();
    QSaveFile out(file);
    const bool good = out.open(QIODevice::WriteOnly) && out.write(text) == text.size() && out.commit();
    Q_EMIT noted(good ? tr("Saved %1.").arg(shownName(QFileInfo(file).fileName()))
                      : tr("%1 cannot be written: %2").arg(shownName(file), out.errorString()));
}

} // namespace ckptscope::ui
