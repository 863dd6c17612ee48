// SPDX-License-Identifier: Apache-2.0
#include "ui/views/histogrampanel.h"

#include "ui/text.h"
#include "ui/views/selectionstats.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace ckptscope::ui {

namespace {
QString number(double value)
{
    return QString::number(value, 'g', 6);
}
} // namespace

HistogramPanel::HistogramPanel(QWidget* parent)
    : TensorPanel(parent)
    , m_plot(new HistogramPlot(this))
    , m_scale(new QComboBox(this))
    , m_log(new QCheckBox(tr("&Log counts"), this))
    , m_numbers(new QLabel(this))
    , m_readout(new QLabel(this))
    , m_reset(new QPushButton(tr("Reset &Zoom"), this))
    , m_pages(new QStackedWidget(this))
    , m_selection(new SelectionStats(&m_job, this))
{
    m_scale->addItems({tr("Values"), tr("log10 |value|")});
    m_scale->setAccessibleName(tr("Scale of the values"));
    m_scale->setObjectName(QStringLiteral("histogramScale"));
    m_log->setObjectName(QStringLiteral("histogramLog"));
    m_numbers->setObjectName(QStringLiteral("histogramNumbers"));
    m_numbers->setTextFormat(Qt::PlainText);
    m_numbers->setLayoutDirection(Qt::LeftToRight);
    m_numbers->setWordWrap(true);
    m_numbers->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_numbers->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    auto* numbers = new QScrollArea(this); // with a large font they need more room than a low dock has
    numbers->setFrameShape(QFrame::NoFrame);
    numbers->setWidgetResizable(true);
    numbers->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    numbers->setFocusPolicy(Qt::NoFocus);
    numbers->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Ignored);
    numbers->setMinimumWidth(std::max(220, 26 * fontMetrics().averageCharWidth()));
    numbers->setMaximumWidth(std::max(320, 40 * fontMetrics().averageCharWidth()));
    numbers->setWidget(m_numbers);
    m_numbers->setToolTip(
        forToolTip(tr("Percentiles are values of the tensor: numpy.quantile with method inverted_cdf. Standard deviation of the population.")));
    m_readout->setTextFormat(Qt::PlainText);
    m_readout->setLayoutDirection(Qt::LeftToRight); // numbers and brackets in their order
    m_readout->setObjectName(QStringLiteral("histogramReadout"));
    m_reset->setObjectName(QStringLiteral("histogramReset"));
    m_reset->setAutoDefault(false);
    m_reset->setToolTip(tr("Count all values again (Esc). Drag over a part of the bins, or press +, to zoom in."));
    m_reset->setEnabled(false);
    m_readout->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* top = new QHBoxLayout;
    top->addWidget(m_scale);
    top->addWidget(m_log);
    top->addWidget(m_reset);
    top->addWidget(m_readout, 1);
    auto* body = new QHBoxLayout;
    body->addWidget(m_plot, 1);
    body->addWidget(numbers);
    auto* one = new QWidget(m_pages);
    auto* column = new QVBoxLayout(one);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(top);
    column->addLayout(body, 1);
    m_pages->addWidget(one);
    m_pages->addWidget(m_selection);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 4);
    layout->addWidget(m_pages);
    connect(m_selection, &SelectionStats::noted, this, &TensorPanel::noted);
    connect(m_selection, &SelectionStats::tensorChosen, this, &TensorPanel::tensorChosen);
    connect(m_selection, &SelectionStats::scanned, this, &HistogramPanel::scanned);
    connect(m_scale, &QComboBox::currentIndexChanged, this, [this] {
        m_range.reset();
        invalidate();
    });
    const auto zoom = [this](const std::optional<HistogramRange>& range) {
        if (m_range || range) {
            m_range = range;
            invalidate();
        }
    };
    connect(m_plot, &HistogramPlot::rangeWanted, this, zoom);
    connect(m_reset, &QPushButton::clicked, this, [zoom] { zoom(std::nullopt); });
    connect(m_plot, &HistogramPlot::logCountsWanted, m_log, &QCheckBox::setChecked);
    connect(m_log, &QCheckBox::toggled, m_plot, &HistogramPlot::setLogCounts);
    connect(m_plot, &Plot::readoutChanged, m_readout, &QLabel::setText);
    connect(m_plot, &Plot::noted, this, &TensorPanel::noted);
}

QString HistogramPanel::numbers() const
{
    return m_numbers->text();
}

void HistogramPanel::refresh()
{
    m_numbers->clear();
    const bool several = document() && tensors().size() > 1;
    m_pages->setCurrentIndex(several ? 1 : 0);
    if (several) {
        m_selection->setTensors(document(), tensors());
        return;
    }
    m_selection->clear();
    if (!document() || tensors().empty()) {
        m_plot->setMessage(emptyText(tr("Select one tensor to see how its values are spread, or several for a table of their statistics.")));
        return;
    }
    m_plot->setMessage(tr("Reading\u2026"));
    const std::uint32_t tensor = tensors().front();
    if (m_of != document() || m_shown != tensor) {
        m_range.reset();
        m_of = document();
        m_shown = tensor;
    }
    m_reset->setEnabled(m_range.has_value());
    m_plot->setZoomed(m_range.has_value());
    HistogramOptions options;
    options.range = m_range;
    const bool magnitude = m_scale->currentIndex() == 1;
    options.scale = magnitude ? HistogramScale::Log10Magnitude : HistogramScale::Value;
    m_job.start(
        tr("Reading values"), [shards = files(), tensor, options](const JobContext& job) { return computeHistogram(shards, tensor, options, job); },
        [this, tensor, magnitude](Result<Histogram> result) {
            if (!result) {
                m_plot->setMessage(result.error().code == Code::Cancelled ? tr("Cancelled.") : errorTitle(result.error()));
                return;
            }
            const TensorInfo& info = document()->tensor(tensor);
            const Statistics& known = result->statistics;
            QStringList lines{
                tr("%1 values, %2 finite").arg(grouped(known.count), grouped(known.finite)),
                tr("min %1, max %2").arg(fromUtf8(known.minText), fromUtf8(known.maxText)),
                tr("mean %1, std %2").arg(number(known.mean), number(known.std)),
                tr("1 %: %1, 50 %: %2, 99 %: %3").arg(number(result->percentiles[0]), number(result->percentiles[1]), number(result->percentiles[2])),
                tr("%1 NaN, %2 +Inf, %3 \u2212Inf").arg(grouped(known.nan), grouped(known.positiveInf), grouped(known.negativeInf)),
                tr("%1 zero, %2 subnormal").arg(grouped(known.zeros), grouped(known.denormals))};
            if (known.narrowest != DType::Unknown && known.narrowest != info.dtype) {
                lines << tr("Every value is exactly a %1.").arg(fromUtf8(dtypeName(known.narrowest)));
            }
            m_numbers->setText(lines.join(QLatin1Char('\n')).replace(QLatin1String(" %"), QStringLiteral("\u00a0%")));
            const QString title = tr("%1, %2, %3 values").arg(shownName(info.key, 200), shownName(info.dtypeText(), 40), grouped(known.count));
            m_plot->setHistogram(*std::move(result), title, magnitude);
        });
}

} // namespace ckptscope::ui
