// SPDX-License-Identifier: Apache-2.0
#include "ui/views/histogrampanel.h"

#include "core/report/plots.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/views/selectionstats.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace ckptscope::ui {

namespace {
QString number(double value)
{
    return QString::number(value, 'g', 6);
}
} // namespace

HistogramPlot::HistogramPlot(QWidget* parent)
    : Plot(parent)
{
    setObjectName(QStringLiteral("histogramPlot"));
    setAccessibleName(tr("Histogram"));
}

void HistogramPlot::setHistogram(Histogram histogram, const QString& title, bool magnitude)
{
    m_histogram = std::move(histogram);
    m_title = title;
    m_magnitude = magnitude;
    m_message = m_histogram.counts.empty() ? tr("There is no finite value to show.") : QString();
    changed();
}

void HistogramPlot::setMessage(const QString& text)
{
    m_histogram = {};
    m_title.clear();
    m_message = text;
    changed();
}

void HistogramPlot::setLogCounts(bool log)
{
    m_log = log;
    update();
}

QString HistogramPlot::summary() const
{
    if (!m_message.isEmpty()) {
        return m_message;
    }
    const Statistics& known = m_histogram.statistics;
    return tr("%1 values from %2 to %3, median %4, %5 NaN")
        .arg(grouped(known.count), number(known.min), number(known.max), number(m_histogram.percentiles[1]), grouped(known.nan));
}

QString HistogramPlot::csv() const
{
    return fromUtf8(report::histogramCsv(m_histogram));
}

void HistogramPlot::draw(QPainter& painter, const QRectF& whole, const QPalette& colors) const
{
    if (!m_message.isEmpty() || m_histogram.counts.empty()) {
        painter.setPen(mutedText(colors));
        painter.drawText(whole.adjusted(12, 8, -12, -8), Qt::AlignCenter | Qt::TextWordWrap, m_message);
        return;
    }
    const QRectF box = inner(whole);
    const auto most = static_cast<double>(*std::max_element(m_histogram.counts.begin(), m_histogram.counts.end()));
    const PlotAxis x{m_histogram.low, m_histogram.high, false};
    const PlotAxis y = m_log ? PlotAxis{0.5, std::max(most, 1.0) * 1.2, true} : PlotAxis{0, std::max(most, 1.0) * 1.05, false};
    drawAxes(painter, box, x, y, m_title, m_magnitude ? tr("log10 of the magnitude") : tr("value"), colors);
    const double width = box.width() / static_cast<double>(m_histogram.counts.size());
    const QColor bar = dtypeColor(DType::F32, colors);
    for (std::size_t i = 0; i < m_histogram.counts.size(); ++i) {
        if (m_histogram.counts[i] == 0) {
            continue;
        }
        const double height = std::max(1.0, y.place(static_cast<double>(m_histogram.counts[i])) * box.height());
        const QRectF rect(box.left() + width * static_cast<double>(i), box.bottom() - height, std::max(1.0, width > 4 ? width - 1 : width), height);
        painter.fillRect(rect, static_cast<int>(i) == cursorIndex() ? colors.color(QPalette::Text) : bar);
    }
    if (m_magnitude) {
        return;
    }
    painter.setPen(QPen(mutedText(colors), 1.0, Qt::DashLine));
    for (const double value : m_histogram.percentiles) {
        const double at = std::floor(box.left() + x.place(value) * box.width()) + 0.5;
        painter.drawLine(QPointF(at, box.top()), QPointF(at, box.bottom()));
    }
}

int HistogramPlot::markAt(const QPointF& point) const
{
    const QRectF box = inner(QRectF(rect()));
    if (m_histogram.counts.empty() || point.x() < box.left() || point.x() >= box.right() || !rect().contains(point.toPoint())) {
        return -1;
    }
    return std::clamp(static_cast<int>((point.x() - box.left()) / box.width() * marks()), 0, marks() - 1);
}

QString HistogramPlot::textOf(int mark) const
{
    const auto bin = static_cast<std::size_t>(mark);
    std::uint64_t all = 0;
    for (const std::uint64_t count : m_histogram.counts) {
        all += count;
    }
    return tr("bin [%1, %2%3: %4 values, %5 %")
        .arg(number(m_histogram.edge(bin)), number(m_histogram.edge(bin + 1)),
             bin + 1 == m_histogram.counts.size() ? QStringLiteral("]") : QStringLiteral(")"), grouped(m_histogram.counts[bin]),
             QString::number(100.0 * static_cast<double>(m_histogram.counts[bin]) / static_cast<double>(std::max<std::uint64_t>(all, 1)), 'f', 2));
}

HistogramPanel::HistogramPanel(QWidget* parent)
    : TensorPanel(parent)
    , m_plot(new HistogramPlot(this))
    , m_scale(new QComboBox(this))
    , m_log(new QCheckBox(tr("&Log counts"), this))
    , m_numbers(new QLabel(this))
    , m_readout(new QLabel(this))
    , m_pages(new QStackedWidget(this))
    , m_selection(new SelectionStats(&m_job, this))
{
    m_scale->addItems({tr("Values"), tr("log10 |value|")});
    m_scale->setAccessibleName(tr("Scale of the values"));
    m_scale->setObjectName(QStringLiteral("histogramScale"));
    m_log->setObjectName(QStringLiteral("histogramLog"));
    m_numbers->setObjectName(QStringLiteral("histogramNumbers"));
    m_numbers->setTextFormat(Qt::PlainText);
    m_numbers->setWordWrap(true);
    m_numbers->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_numbers->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_numbers->setMinimumWidth(220);
    m_numbers->setMaximumWidth(320);
    m_numbers->setToolTip(forToolTip(tr("Percentiles are values of the tensor: numpy.quantile with method inverted_cdf. Standard deviation of the population.")));
    m_readout->setTextFormat(Qt::PlainText);
    m_readout->setObjectName(QStringLiteral("histogramReadout"));
    auto* top = new QHBoxLayout;
    top->addWidget(m_scale);
    top->addWidget(m_log);
    top->addWidget(m_readout, 1);
    auto* body = new QHBoxLayout;
    body->addWidget(m_plot, 1);
    body->addWidget(m_numbers);
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
    connect(m_scale, &QComboBox::currentIndexChanged, this, [this] { invalidate(); });
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
    HistogramOptions options;
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
            QStringList lines{tr("%1 values, %2 finite").arg(grouped(known.count), grouped(known.finite)),
                              tr("min %1, max %2").arg(fromUtf8(known.minText), fromUtf8(known.maxText)),
                              tr("mean %1, std %2").arg(number(known.mean), number(known.std)),
                              tr("1 %: %1, 50 %: %2, 99 %: %3")
                                  .arg(number(result->percentiles[0]), number(result->percentiles[1]), number(result->percentiles[2])),
                              tr("%1 NaN, %2 +Inf, %3 \u2212Inf").arg(grouped(known.nan), grouped(known.positiveInf), grouped(known.negativeInf)),
                              tr("%1 zero, %2 subnormal").arg(grouped(known.zeros), grouped(known.denormals))};
            if (known.narrowest != DType::Unknown && known.narrowest != info.dtype) {
                lines << tr("Every value is exactly a %1.").arg(fromUtf8(dtypeName(known.narrowest)));
            }
            m_numbers->setText(lines.join(QLatin1Char('\n')));
            const QString title = tr("%1, %2, %3 values").arg(shownName(info.key, 200), shownName(info.dtypeText(), 40), grouped(known.count));
            m_plot->setHistogram(*std::move(result), title, magnitude);
        });
}

} // namespace ckptscope::ui
