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
    return std::unique_ptr<DifferenceElements>(new DifferenceElements(std::make_unique<Sides>(
        Sides{std::move(*readerA), std::move(*readerB), ValueDecoder(a.dtype), ValueDecoder(b.dtype)})));
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

Result<void> DifferenceElements::forEach(std::uint64_t first, std::uint64_t count, const JobContext& job,
                                         const ElementReader::Sink& sink)
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

Result<Histogram> differenceHistogram(const Comparison& comparison, std::uint32_t row, const HistogramOptions& options,
                                      const JobContext& job)
{
    auto elements = DifferenceElements::open(comparison, row);
    if (!elements) {
        return std::move(elements).error();
    }
    return computeHistogram(**elements, options, job);
}

Result<HistogramPair> sideHistograms(const Comparison& comparison, std::uint32_t row, const HistogramOptions& options,
                                     const JobContext& job)
{
    const ComparisonRow& at = comparison.rows()[row];
    if (!at.a || !at.b) {
        return fail(Code::UsageError, {"only one side holds this tensor"});
    }
    const auto filesA = std::make_shared<ShardFiles>(comparison.a());
    const auto filesB = std::make_shared<ShardFiles>(comparison.b());
    HistogramPair pair;
    auto a = computeHistogram(filesA, *at.a, options, job);
    if (!a) {
        return std::move(a).error();
    }
    auto b = computeHistogram(filesB, *at.b, options, job);
    if (!b) {
        return std::move(b).error();
    }
    pair = {std::move(*a), std::move(*b)};
    const bool empty = pair.a.counts.empty() || pair.b.counts.empty();
    if (options.range || (!empty && pair.a.low == pair.b.low && pair.a.high == pair.b.high)) {
        return pair;
    }
    HistogramOptions again = options; // both ends are known now
    if (pair.a.counts.empty() && pair.b.counts.empty()) {
        return pair;
    }
    const auto ends = [&](const Histogram& one) { // equal values: their bins are wider than they are
        const bool values = options.scale == HistogramScale::Value;
        return HistogramRange{values ? one.statistics.min : one.low, values ? one.statistics.max : one.high};
    };
    again.range = ends(pair.a.counts.empty() ? pair.b : pair.a);
    if (!empty) {
        const HistogramRange other = ends(pair.b);
        again.range = HistogramRange{std::min(again.range->low, other.low), std::max(again.range->high, other.high)};
    }
    if (!(again.range->low < again.range->high)) { // one value: as each has it
        again.range = HistogramRange{pair.a.counts.empty() ? pair.b.low : pair.a.low,
                                     pair.a.counts.empty() ? pair.b.high : pair.a.high};
    }
    for (auto [files, tensor, into] : {std::tuple(filesA, *at.a, &pair.a), std::tuple(filesB, *at.b, &pair.b)}) {
        auto one = computeHistogram(files, tensor, again, job);
        if (!one) {
            return std::move(one).error();
        }
        *into = std::move(*one);
    }
    return pair;
}

Result<Heatmap> differenceHeatmap(const Comparison& comparison, std::uint32_t row, const HeatmapOptions& options,
                                  const JobContext& job)
{
    auto elements = DifferenceElements::open(comparison, row);
    if (!elements) {
        return std::move(elements).error();
    }
    return computeHeatmap(**elements, comparison.shown(comparison.rows()[row]).shape, options, job);
}

} // namespace ckptscope
