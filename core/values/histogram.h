// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/job.h"
#include "core/result.h"
#include "core/values/statistics.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace ckptscope {

enum class HistogramScale : std::uint8_t { Value, Log10Magnitude };

/// Ends of the bins, in the scale's numbers; what lies outside is not counted. Finite, low < high.
struct HistogramRange {
    double low = 0;
    double high = 1;
};

struct HistogramOptions {
    std::uint32_t bins = 256;
    HistogramScale scale = HistogramScale::Value;
    std::optional<HistogramRange> range{}; ///< none: from the smallest to the largest value
};

/// Counts of the finite values between the smallest and the largest, or in a range; with Log10Magnitude of log10|x| of those that are not
/// zero. Edges and counts are those of `numpy.histogram(x, bins, range)` on the values as float64: edge i is low + i * ((high - low) / bins),
/// the last is high; a value belongs to the last bin whose lower edge it reaches, high itself to the last bin. All values equal: low - 0.5 to
/// high + 0.5, as NumPy has it. Where NumPy refuses, because neighbouring edges are one number, the counts are still those of
/// `numpy.histogram(x, edges)`.
struct Histogram {
    double low = 0;
    double high = 0;
    std::vector<std::uint64_t> counts; ///< empty where there is no value to show
    Statistics statistics;             ///< NaN, Inf, zeros and subnormals are told as numbers, not as bars
    /// Values at 1 %, 50 % and 99 % of the finite ones, exactly: numpy.quantile(x, q, method="inverted_cdf"). NaN where there are none.
    /// Of the values themselves, whatever the scale and the range.
    std::array<double, 3> percentiles{};
    [[nodiscard]] double edge(std::uint64_t bin) const noexcept;
};

class ElementSource;

/// One pass for dtypes of at most 16 bits; up to five over wider ones, whose ends must be known first. Streams in bounded buffers.
Result<Histogram> computeHistogram(const std::shared_ptr<ShardFiles>& files, std::uint32_t tensor, const HistogramOptions& options = {},
                                   const JobContext& job = {});
/// The same of elements from anywhere.
Result<Histogram> computeHistogram(ElementSource& elements, const HistogramOptions& options = {}, const JobContext& job = {});

} // namespace ckptscope
