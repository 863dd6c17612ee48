// SPDX-License-Identifier: Apache-2.0
#include "core/values/statistics.h"

#include "core/dtypes/ggmlblocks.h"
#include "core/values/accumulator.h"
#include "core/values/elements.h"

#include <utility>

namespace ckptscope {

namespace {

/// Dtypes whose elements can be counted code by code.
bool hasFewCodes(DType dtype) noexcept
{
    return dtypeInfo(dtype).blockElements == 1 && (dtypeInfo(dtype).blockBits <= 16 || dtype == DType::C32);
}

/// Those of them that are floats in vectors faster than they can be counted.
bool prefersMoments(DType dtype) noexcept
{
    return !hasFewCodes(dtype) || dtype == DType::BF16 || dtype == DType::F16;
}

} // namespace

bool Statistics::laundered(DType stored) const noexcept
{
    return (stored == DType::F32 || stored == DType::F64) && finite > 0 && !constant && !exact.has(ExactKind::SmallInteger)
        && (exact.has(ExactKind::BF16) || exact.has(ExactKind::F16));
}

bool StatisticsAccumulator::supports(DType dtype) noexcept
{
    return dtype != DType::Unknown && (dtypeInfo(dtype).family != DTypeFamily::Block || canDecodeGgml(dtype));
}

StatisticsAccumulator::StatisticsAccumulator(DType dtype, Codes codes)
    : m_impl(prefersMoments(dtype) ? Impl::moments(dtype) : Impl::codeCounter(dtype))
    , m_codes(codes == Codes::Count && hasFewCodes(dtype) && prefersMoments(dtype) ? Impl::codeCounter(dtype) : nullptr)
{
}

StatisticsAccumulator::StatisticsAccumulator(StatisticsAccumulator&&) noexcept = default;
StatisticsAccumulator& StatisticsAccumulator::operator=(StatisticsAccumulator&&) noexcept = default;
StatisticsAccumulator::~StatisticsAccumulator() = default;

void StatisticsAccumulator::add(std::span<const std::byte> packed, std::uint64_t elements)
{
    m_impl->add(packed, elements);
    if (m_codes) {
        m_codes->add(packed, elements);
    }
}

bool StatisticsAccumulator::addCounts(std::span<const std::uint64_t> counts)
{
    return m_impl->addCounts(counts);
}

bool StatisticsAccumulator::addBlocks(std::span<const BlockFacts> blocks)
{
    return m_impl->addBlocks(blocks);
}

void StatisticsAccumulator::merge(StatisticsAccumulator&& next)
{
    m_impl->merge(*next.m_impl);
    if (m_codes && next.m_codes) {
        m_codes->merge(*next.m_codes);
    }
}

Statistics StatisticsAccumulator::finish() const
{
    return m_impl->finish();
}

std::vector<CodeCount> StatisticsAccumulator::codes() const
{
    return (m_codes ? *m_codes : *m_impl).codes();
}

Result<Statistics> computeStatistics(const std::shared_ptr<ShardFiles>& files, std::uint32_t tensor, const JobContext& job)
{
    const TensorInfo& info = files->checkpoint().tensors()[tensor];
    if (!StatisticsAccumulator::supports(info.dtype)) {
        return fail(Code::ValuesUnreadable, {"ckptscope knows no values of " + std::string(info.dtypeText())});
    }
    auto reader = ElementReader::open(files, info);
    if (!reader) {
        return std::move(reader).error();
    }
    StatisticsAccumulator accumulator(info.dtype);
    const auto read = reader->forEach(0, reader->elements(), job,
                                      [&](std::span<const std::byte> packed, std::uint64_t elements) { accumulator.add(packed, elements); });
    if (!read) {
        return read.error();
    }
    return accumulator.finish();
}

} // namespace ckptscope
