// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/report/jsonwriter.h"
#include "core/report/text.h"
#include "core/values/heatmap.h"
#include "core/values/histogram.h"

#include <cstdint>
#include <span>
#include <string>

/// What the window's plots show, as text and as JSON: the same numbers from the same functions.
namespace ckptscope::report {

/// Two members of an object that is open: "histogram" with its edges and counts, "percentiles" with their method.
void writeHistogramMembers(JsonWriter& json, const Histogram& histogram, HistogramScale scale);
/// Percentiles and one bar a bin.
void writeHistogramText(const Histogram& histogram, HistogramScale scale, const TextStyle& style, const Write& write);

/// ckptscope.show/1 with "heatmap" in place of the elements.
void writeHeatmapJson(const Checkpoint& checkpoint, const TensorInfo& tensor, const Heatmap& map, std::span<const std::uint64_t> outer,
                      const Write& write);
/// Shades of the largest magnitude in each cell.
void writeHeatmapText(const TensorInfo& tensor, const Heatmap& map, const TextStyle& style, const Write& write);

/// "low,high,count", a line a bin, numbers with full precision; RFC 4180.
[[nodiscard]] std::string histogramCsv(const Histogram& histogram);
/// "low,high,count_a,count_b": two of the same bins.
[[nodiscard]] std::string histogramCsv(const Histogram& a, const Histogram& b);
/// "row,column,rows,columns,mean,min,max,nan_or_inf", a line a cell: its first row and column, and how many it covers.
[[nodiscard]] std::string heatmapCsv(const Heatmap& map);

} // namespace ckptscope::report
