// SPDX-License-Identifier: Apache-2.0
#include "ui/views/differencepanel.h"

#include "core/diff/tensordifference.h"
#include "ui/text.h"
#include "ui/views/heatmappanel.h"
#include "ui/views/histogramplot.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {
constexpr int LaterMs = 80;
}

DifferencePanel::DifferencePanel(QWidget* parent)
    : QWidget(parent)
    , m_what(new QComboBox(this))
    , m_scale(new QComboBox(this))
    , m_log(new QCheckBox(tr("&Log counts"), this))
    , m_reset(new QPushButton(tr("Reset &Zoom"), this))
    , m_readout(new QLabel(this))
    , m_pages(new QStackedWidget(this))
    , m_histogram(new HistogramPlot(this))
    , m_heatmap(new HeatmapPlot(this))
{
    setObjectName(u"differencePanel"_s);
    m_job.setObjectName(u"differenceJob"_s);
    m_what->setObjectName(u"differenceWhat"_s);
    m_what->setAccessibleName(tr("What is shown of the difference"));
    m_what->addItem(tr("Histogram of A \u2212 B"), static_cast<int>(What::Histogram));
    m_what->addItem(tr("Histograms of A and B"), static_cast<int>(What::Both));
    m_what->addItem(tr("Heatmap of A \u2212 B"), static_cast<int>(What::Heatmap));
    m_scale->setObjectName(u"differenceScale"_s);
    m_log->setObjectName(u"differenceLog"_s);
    m_log->setChecked(true); // most elements are equal, as a rule: the few that are not must be seen
    m_histogram->setLogCounts(true);
    m_reset->setObjectName(u"differenceReset"_s);
    m_reset->setAutoDefault(false);
    m_reset->setToolTip(tr("Show everything again (Esc). Drag over a part of the plot, or press +, to zoom in."));
    m_readout->setObjectName(u"differenceReadout"_s);
    m_readout->setTextFormat(Qt::PlainText);
    m_readout->setLayoutDirection(Qt::LeftToRight); // numbers and brackets in their order
    m_readout->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_histogram->setAccessibleName(tr("Histogram of the difference"));
    m_heatmap->setAccessibleName(tr("Heatmap of the difference"));
    m_pages->addWidget(m_histogram);
    m_pages->addWidget(m_heatmap);
    auto* top = new QHBoxLayout;
    top->setSpacing(8);
    for (QWidget* each :
         {static_cast<QWidget*>(m_what), static_cast<QWidget*>(m_scale), static_cast<QWidget*>(m_log), static_cast<QWidget*>(m_reset)}) {
        top->addWidget(each);
    }
    top->addStretch();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addLayout(top);
    layout->addWidget(m_pages, 1);
    layout->addWidget(m_readout);
    m_readout->setText(u" "_s); // keeps its line
    setWhat(What::Histogram);

    m_later.setSingleShot(true);
    m_later.setInterval(LaterMs);
    connect(&m_later, &QTimer::timeout, this, &DifferencePanel::refresh);
    connect(m_what, &QComboBox::currentIndexChanged, this, [this] {
        setWhat(what());
        resetZoom();
    });
    connect(m_scale, &QComboBox::currentIndexChanged, this, [this] {
        if (what() == What::Heatmap) {
            m_heatmap->setValue(static_cast<HeatmapValue>(m_scale->currentData().toInt()), false);
        } else {
            resetZoom();
        }
    });
    connect(m_histogram, &HistogramPlot::logCountsWanted, m_log, &QCheckBox::setChecked);
    connect(m_log, &QCheckBox::toggled, m_histogram, &HistogramPlot::setLogCounts);
    connect(m_reset, &QPushButton::clicked, this, &DifferencePanel::resetZoom);
    connect(m_histogram, &HistogramPlot::rangeWanted, this, [this](const std::optional<HistogramRange>& range) {
        if (range || m_range) {
            m_range = range;
            invalidate();
        }
    });
    connect(m_heatmap, &HeatmapPlot::zoomWanted, this,
            [this](std::uint64_t firstRow, std::uint64_t rows, std::uint64_t firstColumn, std::uint64_t columns) {
                m_part.firstRow = firstRow;
                m_part.rows = rows;
                m_part.firstColumn = firstColumn;
                m_part.columns = columns;
                invalidate();
            });
    for (Plot* plot : {static_cast<Plot*>(m_histogram), static_cast<Plot*>(m_heatmap)}) {
        connect(plot, &Plot::readoutChanged, this, [this](const QString& text) { m_readout->setText(text.isEmpty() ? u" "_s : text); });
        connect(plot, &Plot::noted, this, &DifferencePanel::noted);
    }
}

DifferencePanel::What DifferencePanel::what() const
{
    return static_cast<What>(m_what->currentData().toInt());
}

/// The choices that go with it.
void DifferencePanel::setWhat(What what)
{
    m_what->setCurrentIndex(m_what->findData(static_cast<int>(what)));
    const QSignalBlocker quiet(m_scale);
    m_scale->clear();
    if (what == What::Heatmap) {
        m_scale->setAccessibleName(tr("What a cell shows"));
        m_scale->addItem(tr("Largest magnitude of a cell"), static_cast<int>(HeatmapValue::AbsMax));
        m_scale->addItem(tr("Mean of a cell"), static_cast<int>(HeatmapValue::Mean));
        m_scale->addItem(tr("Smallest of a cell"), static_cast<int>(HeatmapValue::Min));
        m_scale->addItem(tr("Largest of a cell"), static_cast<int>(HeatmapValue::Max));
        m_heatmap->setValue(HeatmapValue::AbsMax, false); // all cells: one that differs may be one of thousands
    } else {
        m_scale->setAccessibleName(tr("Scale of the values"));
        m_scale->addItems({tr("Values"), tr("log10 |value|")});
    }
    m_log->setVisible(what != What::Heatmap);
    m_pages->setCurrentWidget(what == What::Heatmap ? static_cast<QWidget*>(m_heatmap) : m_histogram);
}

void DifferencePanel::setRow(ComparisonPtr state, std::optional<std::uint32_t> row)
{
    const bool same = m_row == row && m_state && state && m_state->comparison == state->comparison;
    m_sameMatrix = m_sameMatrix && same;
    m_state = std::move(state);
    m_row = row;
    if (!same) {
        resetZoom();
    }
}

void DifferencePanel::resetZoom()
{
    m_range.reset();
    m_part = {};
    invalidate();
}

void DifferencePanel::invalidate()
{
    m_job.abandon();
    m_stale = true;
    if (isVisible()) {
        m_later.start();
    }
}

void DifferencePanel::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (m_stale) {
        m_later.start();
    }
}

void DifferencePanel::hideEvent(QHideEvent* event)
{
    QWidget::hideEvent(event);
    m_later.stop();
    if (m_job.isRunning()) { // nobody looks: start anew when somebody does
        m_job.abandon();
        m_stale = true;
    }
}

void DifferencePanel::say(const QString& text)
{
    m_histogram->setMessage(text);
    m_heatmap->setMessage(text);
}

QString DifferencePanel::title() const
{
    const Comparison& comparison = *m_state->comparison;
    const ComparisonRow& row = comparison.rows()[*m_row];
    return tr("%1, A %2, B %3", "key and dtypes")
        .arg(shownName(comparison.shown(row).key, 200), shownName(comparison.a()->tensors()[*row.a].dtypeText(), 40),
             shownName(comparison.b()->tensors()[*row.b].dtypeText(), 40));
}

void DifferencePanel::refresh()
{
    if (!isVisible()) {
        return;
    }
    m_stale = false;
    m_reset->setEnabled(m_range || m_part.rows > 0);
    m_histogram->setZoomed(m_range.has_value());
    if (!m_state || !m_row) {
        say(m_state ? tr("Select a tensor to see how its values differ.") : QString());
        return;
    }
    const ComparisonRow& row = m_state->comparison->rows()[*m_row];
    if (!row.comparable()) {
        say(!row.a       ? tr("Only B holds this tensor: there is nothing to compare it with.")
                : !row.b ? tr("Only A holds this tensor: there is nothing to compare it with.")
                         : tr("The shapes differ: there is no difference element by element."));
        return;
    }
    if (!m_sameMatrix || what() != What::Heatmap || m_heatmap->heatmap().cells.empty()) { // of another part what is drawn stays until it is read
        say(tr("Reading\u2026"));
    }
    m_sameMatrix = true;
    what() == What::Heatmap ? readHeatmap() : readHistogram();
}

void DifferencePanel::failed(const Error& error)
{
    say(error.code == Code::Cancelled ? tr("Cancelled.") : errorTitle(error));
}

void DifferencePanel::readHistogram()
{
    HistogramOptions options;
    const bool magnitude = m_scale->currentIndex() == 1;
    options.scale = magnitude ? HistogramScale::Log10Magnitude : HistogramScale::Value;
    options.range = m_range;
    if (what() == What::Both) {
        m_job.start(
            tr("Reading values"),
            [state = m_state, row = *m_row, options](const JobContext& job) { return sideHistograms(*state->comparison, row, options, job); },
            [this, magnitude](Result<HistogramPair> pair) {
                if (!pair) {
                    failed(pair.error());
                    return;
                }
                m_histogram->setPair(std::move(pair->a), std::move(pair->b), title(), magnitude);
            });
        return;
    }
    m_job.start(
        tr("Reading values"),
        [state = m_state, row = *m_row, options](const JobContext& job) { return differenceHistogram(*state->comparison, row, options, job); },
        [this, magnitude](Result<Histogram> difference) {
            if (!difference) {
                failed(difference.error());
                return;
            }
            const Statistics& known = difference->statistics;
            const QString text = tr("%1; %2 of %3 are 0, mean %4, std %5", "title; counts and numbers of A-B")
                                     .arg(title(), grouped(known.zeros), grouped(known.count), QString::number(known.mean, 'g', 4),
                                          QString::number(known.std, 'g', 4));
            m_histogram->setHistogram(*std::move(difference), text, magnitude, tr("A \u2212 B"));
        });
}

void DifferencePanel::readHeatmap()
{
    m_job.start(
        tr("Reading values"),
        [state = m_state, row = *m_row, part = m_part](const JobContext& job) { return differenceHeatmap(*state->comparison, row, part, job); },
        [this](Result<Heatmap> map) {
            if (!map) {
                failed(map.error());
                return;
            }
            m_heatmap->setHeatmap(*std::move(map), tr("A \u2212 B of %1", "key and dtypes").arg(title()));
        });
}

} // namespace ckptscope::ui
