// SPDX-License-Identifier: Apache-2.0
// What the colours of the map stand for, and the line below it that says so.
#include "core/query/order.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/views/treemapplot.h"

#include <QPainter>

#include <algorithm>
#include <map>

namespace ckptscope::ui {

namespace {

constexpr double PinRadius = 4;

/// From blue, the first layer, to orange, the last: near layers look alike.
QColor layerColor(double place, const QPalette& colors)
{
    const int hue = (225 + static_cast<int>(place * 165)) % 360;
    return QColor::fromHsl(hue, 120, isDark(colors) ? 165 : 95);
}

} // namespace

QColor TreemapPlot::colorOf(const Facts& facts, const QPalette& colors) const
{
    if (facts.largest == UINT32_MAX) {
        return colors.color(QPalette::Window);
    }
    switch (m_color) {
    case Color::DType:
        return dtypeColor(m_document->tensor(facts.largest).dtype, colors);
    case Color::Verdict: {
        const auto mark = facts.violations > 0 ? std::optional(Mark::Violation) : m_document->mark(facts.largest);
        return markColors(mark.value_or(Mark::Unjudged), colors).ink;
    }
    case Color::Shard: {
        // steps of the golden angle keep neighbouring shards apart; lightness as that of the dtypes' colours
        const int hue = static_cast<int>(m_document->tensor(facts.largest).shard * 137U % 360U);
        return QColor::fromHsl(hue, 110, isDark(colors) ? 165 : 95);
    }
    case Color::Layer: {
        const auto layer = layerNumber(m_document->tensor(facts.largest).key);
        if (!layer) {
            return dtypeColor(DType::Unknown, colors);
        }
        return layerColor(m_lastLayer == 0 ? 0 : static_cast<double>(*layer) / static_cast<double>(m_lastLayer), colors);
    }
    }
    return {};
}

QSizeF TreemapPlot::mapSize(const QSizeF& whole) const
{
    const double line = QFontMetricsF(font()).height() + 6;
    return m_legend.empty() || whole.height() < 4 * line ? whole : QSizeF(whole.width(), whole.height() - line);
}

/// What a tensor's colour stands for.
QString TreemapPlot::legendText(std::uint32_t tensor) const
{
    const TensorInfo& info = m_document->tensor(tensor);
    switch (m_color) {
    case Color::DType:
        return shownName(info.dtypeText(), 24);
    case Color::Verdict: {
        const auto mark = m_document->mark(tensor);
        return mark ? markWord(*mark) : tr("no rule");
    }
    case Color::Shard:
        return shownName(m_document->checkpoint().shards()[info.shard].file, 32);
    case Color::Layer: {
        const auto layer = layerNumber(info.key);
        return layer ? tr("layer %1").arg(*layer) : tr("in no layer");
    }
    }
    return {};
}

void TreemapPlot::collectLegend()
{
    m_legend.clear();
    m_pins = false;
    if (!m_map) {
        return;
    }
    const auto& tensors = m_document->checkpoint().tensors();
    std::map<std::uint64_t, LegendEntry> found; // by what gives the colour
    for (std::uint32_t tensor = 0; tensor < tensors.size(); ++tensor) {
        const auto mark = m_document->mark(tensor);
        m_pins = m_pins || mark == Mark::Violation;
        std::uint64_t key = 0;
        switch (m_color) {
        case Color::DType:
            key = static_cast<std::uint64_t>(tensors[tensor].dtype);
            break;
        case Color::Verdict:
            key = mark ? static_cast<std::uint64_t>(*mark) + 1 : 0;
            break;
        case Color::Shard:
            key = tensors[tensor].shard;
            break;
        case Color::Layer: { // the ends of the scale, and what has no place on it
            const auto layer = layerNumber(tensors[tensor].key);
            if (layer && *layer != m_firstLayer && *layer != m_lastLayer) {
                continue;
            }
            key = layer ? *layer + 1 : 0;
            break;
        }
        }
        LegendEntry& entry = found[key];
        entry.bytes += tensors[tensor].bytes.length;
        if (entry.tensor == UINT32_MAX) {
            entry.tensor = tensor;
            entry.text = legendText(tensor);
        }
    }
    for (auto& [key, entry] : found) {
        m_legend.push_back(std::move(entry));
    }
    if (m_color == Color::Layer) {
        std::rotate(m_legend.begin(), m_legend.begin() + (found.contains(0) ? 1 : 0), m_legend.end()); // the scale first
    } else if (m_color != Color::Shard) {
        std::stable_sort(m_legend.begin(), m_legend.end(), [](const LegendEntry& a, const LegendEntry& b) { return a.bytes > b.bytes; });
    }
}

QStringList TreemapPlot::legend() const
{
    QStringList texts;
    for (const LegendEntry& entry : m_legend) {
        texts << entry.text;
    }
    return texts;
}

void TreemapPlot::drawLegend(QPainter& painter, const QRectF& line, const QPalette& colors) const
{
    constexpr double Swatch = 10;
    constexpr double Scale = 64; ///< from the first layer to the last
    const QFontMetricsF metrics(font());
    double x = line.left() + 4;
    const auto text = [&](const QString& words) {
        const double width = metrics.horizontalAdvance(words);
        painter.setPen(colors.color(QPalette::Text));
        painter.drawText(QRectF(x, line.top(), width + 2, line.height()), Qt::AlignLeft | Qt::AlignVCenter, words);
        x += width;
    };
    if (m_pins && m_color != Color::Verdict) {
        painter.setPen(QPen(colors.color(QPalette::Base), 1.0));
        painter.setBrush(markColors(Mark::Violation, colors).ink);
        painter.drawEllipse(QPointF(x + PinRadius, line.center().y()), PinRadius, PinRadius);
        x += 2 * PinRadius + 4;
        text(markWord(Mark::Violation));
        x += 16;
    }
    const bool scale = m_color == Color::Layer && m_firstLayer < m_lastLayer;
    for (std::size_t i = 0; i < m_legend.size(); ++i) {
        const LegendEntry& entry = m_legend[i];
        const QString more = i + 1 < m_legend.size() ? tr("and %n more", nullptr, static_cast<int>(m_legend.size() - i)) : QString();
        const double wanted = Swatch + 4 + metrics.horizontalAdvance(entry.text) + 16;
        const double room = line.right() - 4 - (more.isEmpty() ? -16 : metrics.horizontalAdvance(more) + 8);
        if (x + wanted > room && !scale) {
            text(more.isEmpty() ? tr("and %n more", nullptr, 1) : more);
            break;
        }
        if (scale && i < 2) { // "layer 0 [from blue to orange] layer 47"
            if (i == 1) {
                constexpr int Steps = 32;
                const double from = static_cast<double>(m_firstLayer) / static_cast<double>(m_lastLayer);
                for (int step = 0; step < Steps; ++step) {
                    painter.fillRect(QRectF(x + Scale * step / Steps, line.center().y() - Swatch / 2, Scale / Steps + 0.5, Swatch),
                                     layerColor(from + (1 - from) * step / (Steps - 1), colors));
                }
                x += Scale + 6;
            }
            text(entry.text);
            x += i == 1 ? 16 : 6;
            continue;
        }
        Facts facts;
        facts.largest = entry.tensor;
        painter.fillRect(QRectF(x, line.center().y() - Swatch / 2, Swatch, Swatch), colorOf(facts, colors));
        x += Swatch + 4;
        text(entry.text);
        x += 16;
    }
    painter.setBrush(Qt::NoBrush);
}

} // namespace ckptscope::ui
