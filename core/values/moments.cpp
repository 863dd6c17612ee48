// SPDX-License-Identifier: Apache-2.0
// Dtypes of many codes: blocks of 4096 values, each looked at while it is in the first-level cache; blocks are joined
// with Chan's formula. BF16 and F16 are taken as the floats that they are, most BF16 without being decoded to memory.
#include "core/dtypes/castkernels.h"
#include "core/dtypes/convert.h"
#include "core/dtypes/ggmlblocks.h"
#include "core/values/accumulator.h"
#include "core/values/elementtext.h"
#include "core/values/statkernels.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

namespace ckptscope {

namespace {

constexpr std::size_t BlockValues = 4096;
constexpr std::size_t Short = 512; ///< values that are added up plainly, before the sum is compensated: keeps rounding small
/// Float, double: bits of the same size, to classify without branches.
template<class T>
using BitsOf = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

/// What blocks, then parts, then the whole add up to.
template<class T>
struct Totals {
    std::uint64_t count = 0;
    std::uint64_t finite = 0;
    std::uint64_t nan = 0;
    std::uint64_t positiveInf = 0;
    std::uint64_t negativeInf = 0;
    std::uint64_t zeros = 0;
    std::uint64_t denormals = 0;
    T min = std::numeric_limits<T>::max();
    T max = std::numeric_limits<T>::lowest();
    CompensatedSum sum;
    double mean = 0;    ///< of the finite values, for Chan's formula
    double squares = 0; ///< sum of squared distances from it
    ExactSet exact;
    BitsOf<T> first{}; ///< the first value: an integer, or a float's key (see statkernels.h), -0 as +0
    bool constant = true;

    void joinMoments(std::uint64_t values, double otherMean, double otherSquares) noexcept
    {
        if (values == 0) {
            return;
        }
        if (finite == 0) { // the distance from nothing may overflow when it is squared
            finite = values;
            mean = otherMean;
            squares = otherSquares;
            return;
        }
        const auto mine = static_cast<double>(finite);
        const auto others = static_cast<double>(values);
        const double all = mine + others;
        const double distance = otherMean - mean;
        mean += distance * (others / all);
        squares += otherSquares + distance * distance * (mine * others / all);
        finite += values;
    }

    void join(const Totals& next) noexcept
    {
        if (next.count == 0) {
            return;
        }
        constant = constant && next.constant && (count == 0 || first == next.first);
        first = count == 0 ? next.first : first;
        joinMoments(next.finite, next.mean, next.squares);
        count += next.count;
        nan += next.nan;
        positiveInf += next.positiveInf;
        negativeInf += next.negativeInf;
        zeros += next.zeros;
        denormals += next.denormals;
        min = std::min(min, next.min);
        max = std::max(max, next.max);
        sum.add(next.sum);
        exact &= next.exact;
    }
};

template<class T>
class Moments final : public StatisticsAccumulator::Impl {
public:
    explicit Moments(DType dtype)
        : m_dtype(dtype)
        , m_valuesPerElement(dtypeInfo(dtype).family == DTypeFamily::Complex ? 2 : 1)
        , m_blockType(dtypeInfo(dtype).family == DTypeFamily::Block)
        , m_narrow(dtype == DType::BF16 || dtype == DType::F16 ? kernels::narrowKind(dtype) : std::nullopt)
    {
        if constexpr (std::is_floating_point_v<T>) {
            m_leastNormal = dtype == DType::F16 ? T{0x1p-14F} : std::numeric_limits<T>::min();
        }
    }

    void add(std::span<const std::byte> packed, std::uint64_t elements) override
    {
        if (m_blockType) {
            addPackedBlocks(packed, elements);
            return;
        }
        const std::size_t bytes = m_narrow ? sizeof(std::uint16_t) : sizeof(T);
        const std::uint64_t values = std::min<std::uint64_t>(elements * m_valuesPerElement, packed.size() / bytes);
        for (std::uint64_t done = 0; done < values;) {
            const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(values - done, BlockValues - m_held));
            const std::byte* from = packed.data() + done * bytes;
            if (now == BlockValues && (m_narrow ? closeCodes(from, now) : closeBlock(from, now))) { // where it stands
                closeFullPart();
            } else {
                hold(from, now);
                advance(now);
            }
            done += now;
        }
    }

    bool addBlocks(std::span<const BlockFacts> blocks) override
    {
        if constexpr (std::is_floating_point_v<T>) {
            if (m_held > 0 || m_blockType || m_valuesPerElement != 1 || m_part.count % BlockValues != 0) {
                return false;
            }
            for (const BlockFacts& facts : blocks) {
                join(facts);
                closeFullPart();
            }
            return true;
        }
        return false;
    }

    void merge(Impl& next) override
    {
        auto& other = dynamic_cast<Moments&>(next);
        closePart();
        other.closePart();
        m_done.join(other.m_done);
    }

    [[nodiscard]] Statistics finish() const override
    {
        Moments rest(*this);
        rest.closePart();
        const Totals<T>& all = rest.m_done;
        Statistics out;
        out.count = all.count;
        out.finite = all.finite;
        out.nan = all.nan;
        out.positiveInf = all.positiveInf;
        out.negativeInf = all.negativeInf;
        out.zeros = all.zeros;
        out.denormals = all.denormals;
        out.constant = all.constant && all.count > 0;
        if (all.finite == 0) {
            out.min = out.max = out.mean = out.std = out.absMax = std::numeric_limits<double>::quiet_NaN();
        } else {
            out.min = all.min == 0 ? 0.0 : static_cast<double>(all.min);
            out.max = all.max == 0 ? 0.0 : static_cast<double>(all.max);
            out.absMax = std::max(std::abs(out.min), std::abs(out.max));
            out.mean = all.sum.value() / static_cast<double>(all.finite);
            out.std = std::sqrt(all.squares / static_cast<double>(all.finite));
            out.minText = text(all.min == 0 ? T{} : all.min); // -0 counts as 0
            out.maxText = text(all.max == 0 ? T{} : all.max);
        }
        out.exact = std::is_floating_point_v<T> && all.count > 0 ? all.exact : ExactSet::none();
        out.narrowest = narrowest(out, all);
        return out;
    }

private:
    [[nodiscard]] std::string text(T value) const
    {
        if constexpr (std::is_integral_v<T>) {
            return std::to_string(value);
        } else {
            return valueText(m_dtype, static_cast<double>(value));
        }
    }

    [[nodiscard]] DType narrowest(const Statistics& out, const Totals<T>& all) const
    {
        if (m_blockType || m_valuesPerElement == 2 || out.count == 0) {
            return m_dtype;
        }
        if constexpr (std::is_floating_point_v<T>) {
            return narrowestOf(out.exact, m_dtype);
        } else {
            // an unsigned type of the same size wins only where the stored one is unsigned
            constexpr std::array Types{DType::U8, DType::I8, DType::U16, DType::I16, DType::U32, DType::I32};
            for (const DType type : Types) {
                const bool isSigned = type == DType::I8 || type == DType::I16 || type == DType::I32;
                const unsigned bits = dtypeInfo(type).blockBits;
                if (bits >= dtypeInfo(m_dtype).blockBits) {
                    break;
                }
                const bool below = isSigned ? std::cmp_less(all.min, -(std::int64_t{1} << (bits - 1U))) : std::cmp_less(all.min, 0);
                const bool above = std::cmp_greater(all.max, (std::uint64_t{1} << (isSigned ? bits - 1U : bits)) - 1U);
                if (!below && !above) {
                    return type;
                }
            }
            return m_dtype;
        }
    }

    /// As closeFloats() does, of a block that a device looked at.
    void join(const BlockFacts& facts)
    {
        static_assert(BlockFacts::Values == BlockValues && BlockFacts::ShortSum == Short && BlockFacts::Lanes == kernels::SumLanes);
        if (m_part.count == 0) {
            m_part.first = static_cast<BitsOf<T>>(facts.first);
        }
        m_part.constant = m_part.constant && facts.low == facts.high && static_cast<BitsOf<T>>(facts.low) == m_part.first;
        m_part.count += facts.count;
        m_part.nan += facts.nan;
        m_part.positiveInf += facts.positiveInf;
        m_part.negativeInf += facts.negativeInf;
        m_part.zeros += facts.zeros;
        m_part.denormals += facts.denormals;
        for (unsigned kind = 0; kind < ExactKinds; ++kind) {
            if ((facts.missed >> kind & 1U) != 0) {
                m_part.exact.drop(static_cast<ExactKind>(kind));
            }
        }
        if (facts.finite > 0) {
            m_part.min = std::min(m_part.min, std::bit_cast<T>(kernels::keyOf(static_cast<Key>(facts.finiteLow))));
            m_part.max = std::max(m_part.max, std::bit_cast<T>(kernels::keyOf(static_cast<Key>(facts.finiteHigh))));
            m_part.joinMoments(facts.finite, facts.mean, facts.squares);
            m_part.sum.add(CompensatedSum(facts.sum, facts.rest));
        }
    }

    void addPackedBlocks(std::span<const std::byte> packed, std::uint64_t elements)
    {
        if constexpr (std::is_same_v<T, float>) {
            const std::size_t perBlock = dtypeInfo(m_dtype).blockElements;
            const std::size_t bytes = dtypeInfo(m_dtype).blockBits / 8U;
            // 4096 is a multiple of every block, and only whole blocks come, so a block never straddles two of ours
            for (std::uint64_t done = 0; done < elements && packed.size() >= bytes;) {
                const std::size_t room = (BlockValues - m_held) / perBlock;
                const std::size_t now = std::min({room, packed.size() / bytes, static_cast<std::size_t>((elements - done) / perBlock)});
                if (now == 0) {
                    return;
                }
                decodeGgmlBlocks(m_dtype, packed.first(now * bytes), std::span(m_block).subspan(m_held, now * perBlock));
                packed = packed.subspan(now * bytes);
                done += now * perBlock;
                advance(now * perBlock);
            }
        }
    }

    void hold(const std::byte* from, std::size_t values)
    {
        std::byte* to = std::as_writable_bytes(std::span(m_block)).data() + m_held * sizeof(T);
        if (m_narrow) {
            kernels::castKernels().decode[static_cast<std::size_t>(*m_narrow)](from, to, values);
            m_codes.join(kernels::statKernels().codes.extremes(from, values)); // in half as many vectors as the floats would fill
        } else {
            std::memcpy(to, from, values * sizeof(T));
        }
    }

    void advance(std::size_t values)
    {
        m_held += values;
        if (m_held == BlockValues) {
            closeHeld();
            closeFullPart();
        }
    }

    void closeFullPart()
    {
        if (m_part.count == StatisticsAccumulator::PartElements * m_valuesPerElement) {
            closePart();
        }
    }

    void closePart()
    {
        closeHeld();
        m_done.join(m_part);
        m_part = {};
    }

    void closeHeld()
    {
        if (m_held > 0) {
            closeBlock(std::as_bytes(std::span(m_block)).data(), m_held);
            m_held = 0;
        }
    }

    /// `values` may be a part of what was handed to add().
    bool closeBlock(const std::byte* values, std::size_t count)
    {
        if constexpr (std::is_floating_point_v<T>) {
            closeFloats(values, count, m_narrow ? floatsOf(std::exchange(m_codes, {})) : loopsOf().extremes(values, count));
        } else {
            closeIntegers(values, count);
        }
        return true;
    }

    /// A block of BF16 as it is stored, where all that is asked of it can be answered without decoding it.
    bool closeCodes(const std::byte* codes, std::size_t count)
    {
        if constexpr (std::is_same_v<T, float>) {
            const auto& loops = kernels::statKernels().codes;
            if (m_dtype != DType::BF16 || m_part.exact.has(ExactKind::F8_E4M3) || m_part.exact.has(ExactKind::F8_E5M2)
                || m_part.exact.has(ExactKind::SmallInteger)) {
                return false;
            }
            const kernels::Extremes<std::int16_t> found = loops.extremes(codes, count);
            const kernels::Extremes<Key> extremes = floatsOf(found);
            if (!allFinite(extremes) || (m_part.exact.has(ExactKind::F16) && !inF16(extremes))) {
                return false;
            }
            std::int16_t first{};
            std::memcpy(&first, codes, sizeof(first));
            noteRange(floatOf(first), extremes);
            constexpr std::int16_t LeastNormal = 0x80; // 2^-126
            if (found.least < LeastNormal) {
                note(loops.small(codes, count, LeastNormal));
            }
            m_part.count += count;
            addFinite(extremes, loops.sumsOfBf16, loops.squaresOfBf16, codes, sizeof(std::int16_t), count);
            return true;
        }
        return false;
    }

    void closeIntegers(const std::byte* values, std::size_t count)
    {
        std::array<double, BlockValues> wide;
        T value{};
        std::memcpy(&value, values, sizeof(T));
        const T first = m_part.count == 0 ? value : static_cast<T>(m_part.first);
        m_part.first = static_cast<BitsOf<T>>(first);
        std::uint64_t zeros = 0;
        bool same = true;
        T low = m_part.min;
        T high = m_part.max;
        for (std::size_t i = 0; i < count; ++i) {
            std::memcpy(&value, values + i * sizeof(T), sizeof(T));
            wide[i] = static_cast<double>(value);
            zeros += value == 0 ? 1U : 0U;
            same &= value == first;
            low = std::min(low, value);
            high = std::max(high, value);
        }
        m_part.min = low;
        m_part.max = high;
        m_part.zeros += zeros;
        m_part.constant = m_part.constant && same;
        m_part.count += count;
        const auto& loops = kernels::statKernels().doubles;
        addMoments(loops.sums, loops.squares, std::as_bytes(std::span(wide)).data(), sizeof(double), count);
    }

    using Key = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;

    /// The bits of the float that a code stands for.
    [[nodiscard]] Key floatOf(std::int16_t code) const
    {
        std::int32_t bits = 0;
        kernels::scalarCastKernels().decode[static_cast<std::size_t>(*m_narrow)](std::as_bytes(std::span(&code, 1)).data(),
                                                                                 std::as_writable_bytes(std::span(&bits, 1)).data(), 1);
        return bits;
    }

    [[nodiscard]] kernels::Extremes<Key> floatsOf(const kernels::Extremes<std::int16_t>& codes) const
    {
        return {kernels::keyOf<Key>(floatOf(kernels::keyOf(codes.low))), kernels::keyOf<Key>(floatOf(kernels::keyOf(codes.high))),
                floatOf(codes.least)};
    }

    [[nodiscard]] static bool allFinite(const kernels::Extremes<Key>& extremes) noexcept
    {
        constexpr auto Inf = std::bit_cast<Key>(std::numeric_limits<T>::infinity());
        const Key high = extremes.high;
        const Key low = extremes.low;
        return high < Inf && low > ~Inf; // ~Inf: the key of -Inf
    }

    /// Whether all values are one and the same, so far; `first`: the bits of the block's first one.
    void noteRange(Key first, const kernels::Extremes<Key>& extremes) noexcept
    {
        const auto positive = [](Key key) { return key == -1 ? Key{0} : key; }; // the key of -0
        if (m_part.count == 0) {
            m_part.first = static_cast<BitsOf<T>>(positive(kernels::keyOf(first)));
        }
        m_part.constant =
            m_part.constant && positive(extremes.low) == positive(extremes.high) && static_cast<BitsOf<T>>(positive(extremes.low)) == m_part.first;
    }

    void note(const kernels::OddValues& odd) noexcept
    {
        m_part.nan += odd.nan;
        m_part.positiveInf += odd.positiveInf;
        m_part.negativeInf += odd.negativeInf;
        m_part.zeros += odd.zeros;
        m_part.denormals += odd.denormals;
    }

    void closeFloats(const std::byte* values, std::size_t count, kernels::Extremes<Key> extremes)
    {
        const auto& loops = loopsOf();
        Key first{};
        std::memcpy(&first, values, sizeof(Key));
        noteRange(first, extremes);
        const bool finiteOnly = allFinite(extremes);
        if (!finiteOnly || extremes.least < std::bit_cast<Key>(m_leastNormal)) {
            note(loops.odd(values, count, m_leastNormal));
        }
        m_part.count += count;
        tryKinds(values, count, finiteOnly && inF16(extremes));
        if (finiteOnly) {
            addFinite(extremes, loops.sums, loops.squares, values, sizeof(T), count);
            return;
        }
        std::array<T, BlockValues> finite;
        std::size_t held = 0;
        for (std::size_t i = 0; i < count; ++i) {
            std::memcpy(&finite[held], values + i * sizeof(T), sizeof(T));
            held += std::isfinite(finite[held]) ? 1U : 0U;
        }
        if (held > 0) {
            const auto rest = std::as_bytes(std::span(finite).first(held));
            addFinite(loops.extremes(rest.data(), held), loops.sums, loops.squares, rest.data(), sizeof(T), held);
        }
    }

    template<class SumsOf, class SquaresOf>
    void addFinite(const kernels::Extremes<Key>& extremes, const SumsOf& sumsOf, const SquaresOf& squaresOf, const std::byte* values,
                   std::size_t bytes, std::size_t count)
    {
        m_part.min = std::min(m_part.min, std::bit_cast<T>(kernels::keyOf(extremes.low)));
        m_part.max = std::max(m_part.max, std::bit_cast<T>(kernels::keyOf(extremes.high)));
        addMoments(sumsOf, squaresOf, values, bytes, count);
    }

    static const auto& loopsOf() noexcept
    {
        if constexpr (std::is_same_v<T, float>) {
            return kernels::statKernels().singles;
        } else {
            return kernels::statKernels().doubles;
        }
    }

    /// Whether F16 holds every BF16 value from the smallest magnitude to the largest: eight digits at 2^-17 and above are no finer than F16's
    /// steps of 2^-24. One look at a block in place of one at each value.
    [[nodiscard]] bool inF16(const kernels::Extremes<Key>& extremes) const noexcept
    {
        if constexpr (std::is_same_v<T, float>) {
            constexpr float Largest = 65504;
            return m_dtype == DType::BF16 && extremes.least >= std::bit_cast<Key>(0x1p-17F)
                && std::bit_cast<float>(kernels::keyOf(extremes.high)) <= Largest && std::bit_cast<float>(kernels::keyOf(extremes.low)) >= -Largest;
        }
        return false;
    }

    /// `f16Holds`: it is known that F16 holds them all.
    void tryKinds(const std::byte* values, std::size_t count, bool f16Holds)
    {
        if (m_part.exact.empty()) {
            return;
        }
        std::span<const T> all(reinterpret_cast<const T*>(values),
                               count); // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
        std::array<T, BlockValues> aligned;
        if (reinterpret_cast<std::uintptr_t>(values) % alignof(T) != 0) {
            std::memcpy(aligned.data(), values, count * sizeof(T));
            all = std::span<const T>(aligned).first(count);
        }
        if constexpr (std::is_same_v<T, float>) {
            ExactSet known;
            for (unsigned kind = 0; kind < ExactKinds; ++kind) {
                const auto which = static_cast<ExactKind>(kind);
                if (!(which == ExactKind::BF16 && m_dtype == DType::BF16) && !(which == ExactKind::F16 && (m_dtype == DType::F16 || f16Holds))) {
                    known.drop(which);
                }
            }
            narrowExactSet(m_part.exact, all, known);
        } else {
            narrowExactSet(m_part.exact, all);
        }
    }

    /// Of finite values of `bytes` each. `sumsOf`, `squaresOf`: the loops for such values.
    template<class SumsOf, class SquaresOf>
    void addMoments(const SumsOf& sumsOf, const SquaresOf& squaresOf, const std::byte* values, std::size_t bytes, std::size_t count)
    {
        CompensatedSum sum;
        double squares = 0;
        for (std::size_t at = 0; at < count; at += Short) {
            const kernels::Sums sums = sumsOf(values + at * bytes, std::min(Short, count - at));
            sum.add(sums.values);
            squares += sums.squares;
        }
        const double whole = sum.value();
        const double mean = whole / static_cast<double>(count);
        const double away = squares - whole * mean;
        m_part.joinMoments(count, mean, blocks::digitsLeft(squares, away) ? away : squaresOf(values, count, mean));
        m_part.sum.add(sum);
    }

    DType m_dtype;
    std::uint64_t m_valuesPerElement;
    bool m_blockType;
    std::optional<kernels::Narrow> m_narrow; ///< elements of 16 bits, decoded into m_block
    T m_leastNormal{};                       ///< of the stored dtype
    std::size_t m_held = 0;                  ///< values in m_block
    kernels::Extremes<std::int16_t> m_codes; ///< of these, where they are narrow
    std::array<T, BlockValues> m_block;
    Totals<T> m_part;
    Totals<T> m_done;
};

} // namespace

std::unique_ptr<StatisticsAccumulator::Impl> StatisticsAccumulator::Impl::moments(DType dtype)
{
    switch (dtype) {
    case DType::F64:
    case DType::C128:
        return std::make_unique<Moments<double>>(dtype);
    case DType::I32:
        return std::make_unique<Moments<std::int32_t>>(dtype);
    case DType::U32:
        return std::make_unique<Moments<std::uint32_t>>(dtype);
    case DType::I64:
        return std::make_unique<Moments<std::int64_t>>(dtype);
    case DType::U64:
        return std::make_unique<Moments<std::uint64_t>>(dtype);
    default:
        return std::make_unique<Moments<float>>(dtype);
    }
}

} // namespace ckptscope
