// SPDX-License-Identifier: Apache-2.0
#include "core/report/plots.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ckptscope::report {

namespace {

constexpr std::array<std::string_view, 3> PercentileNames{"1", "50", "99"};
constexpr std::size_t BarWidth = 50;

/// Eighths of a character, so that short bars can be told apart.
std::string barText(double share)
{
    constexpr std::array<std::string_view, 8> parts{"", "\u258F", "\u258E", "\u258D", "\u258C", "\u258B", "\u258A", "\u2589"};
    const auto eighths = static_cast<std::size_t>(std::lround(share * 8 * static_cast<double>(BarWidth)));
    std::string text;
    for (std::size_t i = 0; i < eighths / 8; ++i) {
        text += "\u2588";
    }
    return text + std::string(parts[eighths % 8]);
}

template<class Of>
void writeCells(JsonWriter& json, std::string_view name, const Heatmap& map, Of of)
{
    json.key(name).open('[');
    for (const Heatmap::Cell& cell : map.cells) {
        json.number(of(cell));
    }
    json.close(']');
}

} // namespace

void writeHistogramMembers(JsonWriter& json, const Histogram& histogram, HistogramScale scale)
{
    json.key("histogram").open('{').key("scale").text(scale == HistogramScale::Value ? "value" : "log10_magnitude");
    json.key("edges").open('[');
    for (std::size_t i = 0; i <= histogram.counts.size() && !histogram.counts.empty(); ++i) {
        json.number(histogram.edge(i));
    }
    json.close(']').key("counts").open('[');
    for (const std::uint64_t count : histogram.counts) {
        json.number(count);
    }
    json.close(']').close('}');
    json.key("percentiles").open('{').key("method").text("inverted_cdf");
    for (std::size_t i = 0; i < PercentileNames.size(); ++i) {
        json.key(PercentileNames[i]).number(histogram.percentiles[i]);
    }
    json.close('}');
}

void writeHistogramText(const Histogram& histogram, HistogramScale scale, const TextStyle& style, const Write& write)
{
    std::string line = "  percentiles:";
    for (std::size_t i = 0; i < PercentileNames.size(); ++i) {
        line += (i == 0 ? " " : ", ") + std::string(PercentileNames[i]) + " %: " + shortNumber(histogram.percentiles[i]);
    }
    write(line + '\n');
    if (histogram.counts.empty()) {
        write("  no finite value to count\n");
        return;
    }
    const std::uint64_t most = *std::max_element(histogram.counts.begin(), histogram.counts.end());
    Table table("rrrl");
    if (style.headings) {
        table.row({scale == HistogramScale::Value ? "FROM" : "LOG10 FROM", "TO", "COUNT", ""}, Ink::Muted);
    }
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
        table.row({shortNumber(histogram.edge(i)), shortNumber(histogram.edge(i + 1)), groupedNumber(histogram.counts[i], style.numbers),
                   barText(static_cast<double>(histogram.counts[i]) / static_cast<double>(std::max<std::uint64_t>(most, 1)))});
    }
    table.write(style, "  ", write);
}

void writeHeatmapJson(const Checkpoint& checkpoint, const TensorInfo& tensor, const Heatmap& map, std::span<const std::uint64_t> outer,
                      const Write& write)
{
    const auto list = [](JsonWriter& json, std::span<const std::uint64_t> numbers) {
        json.open('[');
        for (const std::uint64_t number : numbers) {
            json.number(number);
        }
        json.close(']');
    };
    JsonWriter json(write);
    json.open('{').key("schema").text("ckptscope.show/1").key("path").text(checkpoint.path()).key("name");
    json.text(tensor.key).key("dtype").text(tensor.dtypeText()).key("shape");
    list(json, tensor.shape);
    json.key("heatmap").open('{').key("outer");
    list(json, outer);
    json.key("row_edges").open('[');
    for (std::uint32_t r = 0; r <= map.cellRows && !map.cells.empty(); ++r) {
        json.number(map.rowStart(r));
    }
    json.close(']').key("column_edges").open('[');
    for (std::uint32_t c = 0; c <= map.cellColumns && !map.cells.empty(); ++c) {
        json.number(map.columnStart(c));
    }
    json.close(']');
    writeCells(json, "mean", map, [](const Heatmap::Cell& cell) { return cell.mean; });
    writeCells(json, "min", map, [](const Heatmap::Cell& cell) { return cell.min; });
    writeCells(json, "max", map, [](const Heatmap::Cell& cell) { return cell.max; });
    writeCells(json, "nan_or_inf", map, [](const Heatmap::Cell& cell) { return cell.odd; });
    json.close('}').closeNamed().finish();
}

void writeHeatmapText(const TensorInfo& tensor, const Heatmap& map, const TextStyle& style, const Write& write)
{
    constexpr std::array<std::string_view, 5> shades{"\u00B7", "\u2591", "\u2592", "\u2593", "\u2588"};
    const double limit = map.limit(HeatmapValue::AbsMax, true);
    write(displayName(tensor.key) + ": " + groupedNumber(map.rows, style.numbers) + " rows, " + groupedNumber(map.columns, style.numbers)
          + " columns; the largest magnitude in each cell, full at " + shortNumber(limit) + (map.odd() > 0 ? ", ? where a NaN or Inf is" : "")
          + '\n');
    for (std::uint32_t r = 0; r < map.cellRows; ++r) {
        std::string line;
        for (std::uint32_t c = 0; c < map.cellColumns; ++c) {
            const Heatmap::Cell& cell = map.cells[std::size_t{r} * map.cellColumns + c];
            const double share = limit > 0 ? std::min(cell.value(HeatmapValue::AbsMax) / limit, 1.0) : 0;
            line += cell.odd > 0 ? std::string_view("?") : shades[static_cast<std::size_t>(share * static_cast<double>(shades.size() - 1))];
        }
        write(line + '\n');
    }
}

std::string histogramCsv(const Histogram& histogram)
{
    std::string text = "low,high,count\r\n";
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
        text += numberText(histogram.edge(i)) + ',' + numberText(histogram.edge(i + 1)) + ',' + std::to_string(histogram.counts[i]) + "\r\n";
    }
    return text;
}

std::string histogramCsv(const Histogram& a, const Histogram& b)
{
    std::string text = "low,high,count_a,count_b\r\n";
    for (std::size_t i = 0; i < std::min(a.counts.size(), b.counts.size()); ++i) {
        text +=
            numberText(a.edge(i)) + ',' + numberText(a.edge(i + 1)) + ',' + std::to_string(a.counts[i]) + ',' + std::to_string(b.counts[i]) + "\r\n";
    }
    return text;
}

std::string heatmapCsv(const Heatmap& map)
{
    std::string text = "row,column,rows,columns,mean,min,max,nan_or_inf\r\n";
    for (std::uint32_t r = 0; r < map.cellRows; ++r) {
        for (std::uint32_t c = 0; c < map.cellColumns; ++c) {
            const Heatmap::Cell& cell = map.cells[std::size_t{r} * map.cellColumns + c];
            const auto size = [](std::uint64_t from, std::uint64_t to) { return std::to_string(to - from); };
            text += std::to_string(map.rowStart(r)) + ',' + std::to_string(map.columnStart(c)) + ',' + size(map.rowStart(r), map.rowStart(r + 1))
                + ',' + size(map.columnStart(c), map.columnStart(c + 1)) + ',' + numberText(cell.mean) + ',' + numberText(cell.min) + ','
                + numberText(cell.max) + ',' + std::to_string(cell.odd) + "\r\n";
        }
    }
    return text;
}

} // namespace ckptscope::report
