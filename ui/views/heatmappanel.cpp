// SPDX-License-Identifier: Apache-2.0
#include "ui/views/heatmappanel.h"

#include "ui/text.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

HeatmapPanel::HeatmapPanel(QWidget* parent)
    : TensorPanel(parent)
    , m_plot(new HeatmapPlot(this))
    , m_value(new QComboBox(this))
    , m_range(new QComboBox(this))
    , m_slices(new QHBoxLayout)
    , m_reset(new QPushButton(tr("Reset &Zoom"), this))
    , m_readout(new QLabel(this))
{
    m_value->setObjectName(u"heatmapValue"_s);
    m_value->setAccessibleName(tr("What a cell shows"));
    m_value->addItem(tr("Mean of a cell"), static_cast<int>(HeatmapValue::Mean));
    m_value->addItem(tr("Smallest of a cell"), static_cast<int>(HeatmapValue::Min));
    m_value->addItem(tr("Largest of a cell"), static_cast<int>(HeatmapValue::Max));
    m_value->addItem(tr("Largest magnitude of a cell"), static_cast<int>(HeatmapValue::AbsMax));
    m_range->setObjectName(u"heatmapRange"_s);
    m_range->setAccessibleName(tr("How far the colours reach"));
    m_range->addItems({tr("Colours for 99 % of the cells"), tr("Colours for all cells"), tr("Colours as they are now")});
    m_range->setItemData(2, tr("Other tensors are shown in the same colours, to be compared"), Qt::ToolTipRole);
    m_reset->setObjectName(u"heatmapReset"_s);
    m_reset->setAutoDefault(false);
    m_reset->setToolTip(
        tr("Show the whole matrix again (Esc). Drag over a part of it, turn the wheel, or press +, to zoom in; drag with Ctrl held, or press Shift "
           "and an arrow key, to move what is shown."));
    m_reset->setEnabled(false);
    m_readout->setTextFormat(Qt::PlainText);
    m_readout->setLayoutDirection(Qt::LeftToRight); // numbers and brackets in their order
    m_readout->setObjectName(u"heatmapReadout"_s);
    m_slices->setSpacing(4);
    auto* top = new QHBoxLayout;
    top->setSpacing(8);
    top->addLayout(m_slices);
    top->addWidget(m_value);
    top->addWidget(m_range);
    top->addWidget(m_reset);
    top->addWidget(m_readout, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 4);
    layout->setSpacing(4);
    layout->addLayout(top);
    layout->addWidget(m_plot, 1);
    const auto value = [this] {
        const bool fixed = m_range->currentIndex() == 2;
        m_plot->setFixedLimit(fixed ? std::optional(m_plot->limit()) : std::nullopt);
        m_plot->setValue(static_cast<HeatmapValue>(m_value->currentData().toInt()), m_range->currentIndex() == 0);
    };
    connect(m_value, &QComboBox::currentIndexChanged, this, value);
    connect(m_range, &QComboBox::currentIndexChanged, this, value);
    connect(m_plot, &Plot::readoutChanged, m_readout, &QLabel::setText);
    connect(m_plot, &Plot::noted, this, &TensorPanel::noted);
    connect(m_plot, &HeatmapPlot::zoomWanted, this,
            [this](std::uint64_t firstRow, std::uint64_t rows, std::uint64_t firstColumn, std::uint64_t columns) {
                m_part.firstRow = firstRow;
                m_part.rows = rows;
                m_part.firstColumn = firstColumn;
                m_part.columns = columns;
                invalidate();
            });
    connect(m_reset, &QPushButton::clicked, m_plot, [this] { Q_EMIT m_plot->zoomWanted(0, 0, 0, 0); });
    const auto indexOf = [this](std::uint64_t row, std::uint64_t column) {
        QStringList index;
        for (const QSpinBox* box : std::as_const(m_outer)) {
            index << QString::number(box->value());
        }
        if (document() && m_shown < document()->size() && document()->tensor(m_shown).shape.size() > 1) {
            index << QString::number(row);
        }
        index << QString::number(column);
        return index.join(u", "_s);
    };
    connect(m_plot, &HeatmapPlot::elementChosen, this,
            [this, indexOf](std::uint64_t row, std::uint64_t column) { Q_EMIT elementChosen(m_shown, indexOf(row, column)); });
    connect(m_plot, &HeatmapPlot::elementPointed, this,
            [this, indexOf](std::uint64_t row, std::uint64_t column) { Q_EMIT elementPointed(m_shown, indexOf(row, column)); });
}

/// A spin box for each dimension but the last two.
void HeatmapPanel::buildSlices(const TensorInfo& tensor)
{
    qDeleteAll(m_outer);
    m_outer.clear();
    for (std::size_t d = 0; d + 2 < tensor.shape.size(); ++d) {
        auto* box = new QSpinBox(this);
        box->setObjectName(u"heatmapDim%1"_s.arg(d));
        box->setAccessibleName(tr("Index in dimension %1").arg(d));
        box->setRange(0, static_cast<int>(std::min<std::uint64_t>(tensor.shape[d] > 0 ? tensor.shape[d] - 1 : 0, INT_MAX)));
        connect(box, &QSpinBox::valueChanged, this, [this] { invalidate(); });
        m_slices->addWidget(box);
        m_outer.append(box);
    }
}

void HeatmapPanel::refresh()
{
    if (!document() || tensors().size() != 1) {
        m_shown = UINT32_MAX;
        m_of.reset();
        qDeleteAll(m_outer);
        m_outer.clear();
        m_reset->setEnabled(false);
        m_plot->setMessage(emptyText(tr("Select one tensor to see it as a picture.")));
        return;
    }
    const std::uint32_t tensor = tensors().front();
    const TensorInfo& info = document()->tensor(tensor);
    const bool same = m_shown == tensor && m_of == document();
    if (!same) {
        m_of = document();
        m_shown = tensor;
        m_part = {};
        buildSlices(info);
    }
    std::vector<std::uint64_t> outer;
    for (const QSpinBox* box : std::as_const(m_outer)) {
        outer.push_back(static_cast<std::uint64_t>(box->value()));
    }
    const bool sameMatrix = same && outer == m_part.outer;
    m_part.outer = std::move(outer);
    if (!sameMatrix || m_plot->heatmap().cells.empty()) { // another part of the same: what is drawn stays until it is read
        m_plot->setMessage(tr("Reading\u2026"));
    }
    m_job.start(
        tr("Reading values"), [shards = files(), tensor, part = m_part](const JobContext& job) { return computeHeatmap(shards, tensor, part, job); },
        [this, tensor](Result<Heatmap> result) {
            if (!result) {
                m_plot->setMessage(result.error().code == Code::Cancelled ? tr("Cancelled.") : errorTitle(result.error()));
                return;
            }
            m_reset->setEnabled(result->rows < result->tensorRows || result->columns < result->tensorColumns);
            const TensorInfo& shown = document()->tensor(tensor);
            m_plot->setHeatmap(
                *std::move(result),
                tr("%1, %2, %3", "key, dtype, shape").arg(shownName(shown.key, 200), shownName(shown.dtypeText(), 40), shapeText(shown)));
        });
}

} // namespace ckptscope::ui
