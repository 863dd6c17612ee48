// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/dtype.h"
#include "core/dtypes/exact.h"
#include "core/job.h"
#include "core/model/checkpoint.h"
#include "core/result.h"
#include "core/values/elements.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ckptscope {

struct BlockFacts;

/// What one pass over a tensor's elements tells. Complex tensors count as twice as many values (real and imaginary parts).
/// min, max, mean, std and absmax are over finite values alone; NaN where there are none.
struct Statistics {
    std::uint64_t count = 0; ///< values
    std::uint64_t finite = 0;
    std::uint64_t nan = 0;
    std::uint64_t positiveInf = 0;
    std::uint64_t negativeInf = 0;
    std::uint64_t zeros = 0;     ///< +0 and -0
    std::uint64_t denormals = 0; ///< subnormal in the stored dtype
    std::uint64_t notBool = 0;   ///< BOOL: bytes other than 0 and 1
    double min = 0;
    double max = 0;
    double mean = 0; ///< in double, compensated: within a few units of the last place of the exact mean of |x|
    double std = 0;  ///< of the population (numpy.std, ddof 0), in double by blocks of 4096 that are joined with Chan's formula
    double absMax = 0;
    std::string minText; ///< shortest text that reads back in the stored dtype; exact for 64-bit integers
    std::string maxText;
    bool constant = false;             ///< all values are equal (bit for bit, except that +0 and -0 are equal); false without values
    ExactSet exact = ExactSet::none(); ///< floats: kinds that hold every value exactly
    DType narrowest = DType::Unknown;  ///< narrowest dtype that holds every value exactly; the stored one where none is narrower
    [[nodiscard]] std::uint64_t inf() const noexcept { return positiveInf + negativeInf; }
    /// F32 or F64 storage whose values are all BF16 or all F16 numbers, neither constant nor small whole numbers: precision was lost upstream.
    [[nodiscard]] bool laundered(DType stored) const noexcept;
    /// The dtype whose numbers they all are: BF16 before F16.
    [[nodiscard]] DType launderedFrom() const noexcept { return exact.has(ExactKind::BF16) ? DType::BF16 : DType::F16; }
};

/// Receives how many finite-or-not values there are of each distinct code; see StatisticsAccumulator::codes().
struct CodeCount {
    double value = 0;
    std::uint64_t count = 0;
};

/// Collects statistics over packed little-endian elements in any number of pieces. The result depends on the elements and their order
/// alone, not on how they were cut into pieces. For several threads: one accumulator for every PartElements elements, merged in order.
class StatisticsAccumulator {
public:
    static constexpr std::uint64_t PartElements = 1ULL << 22U;

    /// False for DType::Unknown and the block types whose values are not decoded.
    [[nodiscard]] static bool supports(DType dtype) noexcept;

    /// Whether codes() will be asked for: counting them costs more than the statistics of BF16 and F16.
    enum class Codes : std::uint8_t { Leave, Count };

    explicit StatisticsAccumulator(DType dtype, Codes codes = Codes::Leave);
    StatisticsAccumulator(StatisticsAccumulator&&) noexcept;
    StatisticsAccumulator& operator=(StatisticsAccumulator&&) noexcept;
    ~StatisticsAccumulator();

    /// Whole elements (for block and sub-byte types whole blocks or bytes). `elements`: how many the bytes hold, where a last byte is padded.
    void add(std::span<const std::byte> packed, std::uint64_t elements);
    /// What a device found of the elements that follow (devicescan.h): how often each of the 256 codes of a dtype of 8 bits stands there ...
    bool addCounts(std::span<const std::uint64_t> counts);
    /// ... or blocks of BF16, F16, F32 or F64, of which all but the last are full. False, and nothing is added, where this is not such a dtype or
    /// holds a part of a block.
    bool addBlocks(std::span<const BlockFacts> blocks);
    /// What follows in element order: one part of at most PartElements. This one must hold a multiple of PartElements.
    void merge(StatisticsAccumulator&& next);
    [[nodiscard]] Statistics finish() const;

    /// Of dtypes of at most 16 bits, with Codes::Count: every distinct value with its count, ascending by value, NaN
    /// last; empty for others.
    [[nodiscard]] std::vector<CodeCount> codes() const;

    class Impl; ///< accumulator.h
private:
    std::unique_ptr<Impl> m_impl;
    std::unique_ptr<Impl> m_codes; ///< beside m_impl, where that doesn't count them itself
};

/// Statistics of one tensor, streaming in bounded buffers on this thread; see scanValues() for many tensors on several threads.
/// Code::ValuesUnreadable where its values are not decoded; ElementReader's codes where its elements cannot be located.
Result<Statistics> computeStatistics(const std::shared_ptr<ShardFiles>& files, std::uint32_t tensor, const JobContext& job = {});

} // namespace ckptscope
