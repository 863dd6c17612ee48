// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/diff/comparison.h"
#include "core/values/elementsource.h"
#include "core/values/heatmap.h"
#include "core/values/histogram.h"

#include <memory>

namespace ckptscope {

/// A-B of one tensor, element by element in double: what the plots of a comparison show. The two may have different
/// dtypes and formats, not different shapes. NaN where NumPy's difference is: of a NaN, or of two infinities of one
/// sign.
class DifferenceElements : public ElementSource {
public:
    /// Code::UsageError where the row is not comparable(); Code::ValuesUnreadable where the values of one side are not
    /// known, or only one is complex; ElementReader's codes.
    static Result<std::unique_ptr<DifferenceElements>> open(const Comparison& comparison, std::uint32_t row);

    [[nodiscard]] DType dtype() const noexcept override; ///< F64, or C128 of complex tensors
    [[nodiscard]] std::uint64_t elements() const noexcept override;
    [[nodiscard]] std::uint64_t grain() const noexcept override;
    Result<void> forEach(std::uint64_t first, std::uint64_t count, const JobContext& job, const ElementReader::Sink& sink) override;
    ~DifferenceElements() override;

private:
    struct Sides;
    explicit DifferenceElements(std::unique_ptr<Sides> sides);
    std::unique_ptr<Sides> m_sides;
};

/// Histogram of A-B; as computeHistogram().
Result<Histogram> differenceHistogram(const Comparison& comparison, std::uint32_t row, const HistogramOptions& options = {},
                                      const JobContext& job = {});

/// Both sides in the same bins, which reach from the smallest to the largest value of either unless `options` has a
/// range.
struct HistogramPair {
    Histogram a;
    Histogram b;
};
Result<HistogramPair> sideHistograms(const Comparison& comparison, std::uint32_t row, const HistogramOptions& options = {},
                                     const JobContext& job = {});

/// Heatmap of A-B; as computeHeatmap().
Result<Heatmap> differenceHeatmap(const Comparison& comparison, std::uint32_t row, const HeatmapOptions& options = {}, const JobContext& job = {});

} // namespace ckptscope
