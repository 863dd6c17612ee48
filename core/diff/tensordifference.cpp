// SPDX-License-Identifier: Apache-2.0
#include "core/diff/tensordifference.h"

#include "core/values/statistics.h"
#include "core/values/valuedecoder.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

namespace ckptscope {

namespace {

constexpr std::uint64_t PieceElements = 1ULL << 16U; ///< a multiple of every grain

/// What the values span; the bins of equal values are wider than they are.
HistogramRange spanOf(const Histogram& histogram, HistogramScale scale)
{
    return scale == HistogramScale::Value ? HistogramRange{histogram.statistics.min, histogram.statistics.max}
                                          : HistogramRange{histogram.low, histogram.high};
}

} // namespace

struct DifferenceElements::Sides {
    ElementReader readerA;
    ElementReader readerB;
    ValueDecoder decoderA;
    ValueDecoder decoderB;
    std::vector<double> difference{};
};

DifferenceElements::DifferenceElements(std::unique_ptr<Sides> sides)
    : m_sides(std::move(sides))
{
}

DifferenceElements::~DifferenceElements() = default;

Result<std::unique_ptr<DifferenceElements>> DifferenceElements::open(const Comparison& comparison, std::uint32_t row)
{
    const ComparisonRow& at = comparison.rows()[row];
    if (!at.comparable()) {
        return fail(Code::UsageError, {"only tensors that both sides hold in one shape have a difference"});
    }
    const TensorInfo& a = comparison.a()->tensors()[*at.a];
    const TensorInfo& b = comparison.b()->tensors()[*at.b];
    for (const TensorInfo* side : {&a, &b}) {
        if (!StatisticsAccumulator::supports(side->dtype)) {
            return fail(Code::ValuesUnreadable, {"ckptscope knows no values of " + std::string(side->dtypeText())});
        }
    }
    if (ValueDecoder(a.dtype).perElement() != ValueDecoder(b.dtype).perElement()) {
        return fail(Code::ValuesUnreadable, {"only one of them is complex"});
    }
    auto readerA = ElementReader::open(std::make_shared<ShardFiles>(comparison.a()), a);
    if (!readerA) {
        return std::move(readerA).error();
    }
    auto readerB = ElementReader::open(std::make_shared<ShardFiles>(comparison.b()), b);
    if (!readerB) {
        return std::move(readerB).error();
    }
    return std::unique_ptr<DifferenceElements>(new DifferenceElements(
        std::make_unique<Sides>(Sides{std::move(*readerA), std::move(*readerB), ValueDecoder(a.dtype), ValueDecoder(b.dtype)})));
}

DType DifferenceElements::dtype() const noexcept
{
    return m_sides->decoderA.perElement() == 2 ? DType::C128 : DType::F64;
}

std::uint64_t DifferenceElements::elements() const noexcept
{
    return m_sides->readerA.elements();
}

std::uint64_t DifferenceElements::grain() const noexcept
{
    return std::lcm(m_sides->readerA.grain(), m_sides->readerB.grain());
}

Result<void> DifferenceElements::forEach(std::uint64_t first, std::uint64_t count, const JobContext& job, const ElementReader::Sink& sink)
{
    for (std::uint64_t at = first; at < first + count;) {
        if (job.stop.stop_requested()) {
            return fail(Code::Cancelled);
        }
        const std::uint64_t now = std::min(PieceElements, first + count - at);
        const auto packedA = m_sides->readerA.read(at, now);
        if (!packedA) {
            return packedA.error();
        }
        const auto packedB = m_sides->readerB.read(at, now);
        if (!packedB) {
            return packedB.error();
        }
        const auto a = m_sides->decoderA.decode(*packedA, now);
        const auto b = m_sides->decoderB.decode(*packedB, now);
        auto& difference = m_sides->difference;
        difference.resize(a.size());
        std::transform(a.begin(), a.end(), b.begin(), difference.begin(), std::minus<>());
        sink(std::as_bytes(std::span(difference)), now);
        at += now;
    }
    return {};
}

Result<Histogram> differenceHistogram(const Comparison& comparison, std::uint32_t row, const HistogramOptions& options, const JobContext& job)
{
    auto elements = DifferenceElements::open(comparison, row);
    if (!elements) {
        return std::move(elements).error();
    }
    return computeHistogram(**elements, options, job);
}

Result<HistogramPair> sideHistograms(const Comparison& comparison, std::uint32_t row, const HistogramOptions& options, const JobContext& job)
{
    const ComparisonRow& at = comparison.rows()[row];
    if (!at.a || !at.b) {
        return fail(Code::UsageError, {"only one side holds this tensor"});
    }
    const auto filesA = std::make_shared<ShardFiles>(comparison.a());
    const auto filesB = std::make_shared<ShardFiles>(comparison.b());
    const auto count = [&](const HistogramOptions& how) -> Result<HistogramPair> {
        auto a = computeHistogram(filesA, *at.a, how, job);
        if (!a) {
            return std::move(a).error();
        }
        auto b = computeHistogram(filesB, *at.b, how, job);
        if (!b) {
            return std::move(b).error();
        }
        return HistogramPair{std::move(*a), std::move(*b)};
    };
    auto pair = count(options);
    if (!pair || options.range || (pair->a.counts.empty() && pair->b.counts.empty())) {
        return pair;
    }
    const Histogram& one = pair->a.counts.empty() ? pair->b : pair->a; // a side without values has the other's bins
    const Histogram& two = pair->b.counts.empty() ? pair->a : pair->b;
    const HistogramRange first = spanOf(one, options.scale);
    const HistogramRange second = spanOf(two, options.scale);
    HistogramRange all{std::min(first.low, second.low), std::max(first.high, second.high)};
    if (!(all.low < all.high)) { // one value: as each has it
        all = {one.low, one.high};
    }
    const auto fits = [&all](const Histogram& each) { return !each.counts.empty() && each.low == all.low && each.high == all.high; };
    if (fits(pair->a) && fits(pair->b)) {
        return pair;
    }
    HistogramOptions again = options; // both ends are known now
    again.range = all;
    return count(again);
}

Result<Heatmap> differenceHeatmap(const Comparison& comparison, std::uint32_t row, const HeatmapOptions& options, const JobContext& job)
{
    auto elements = DifferenceElements::open(comparison, row);
    if (!elements) {
        return std::move(elements).error();
    }
    return computeHeatmap(**elements, comparison.shown(comparison.rows()[row]).shape, options, job);
}

} // namespace ckptscope
