// SPDX-License-Identifier: Apache-2.0
// Wide dtypes: blocks of 4096 values, each looked at while it is in the first-level cache; blocks are joined with Chan's formula.
#include "core/values/accumulator.h"

#include "core/dtypes/convert.h"
#include "core/dtypes/ggmlblocks.h"
#include "core/values/elementtext.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace ckptscope {

namespace {

constexpr std::size_t BlockValues = 4096;
constexpr std::size_t Lanes = 8; ///< independent sums, so that loops vectorise without reordering additions

double sumOf(std::span<const double> values) noexcept
{
    std::array<double, Lanes> lanes {};
    std::size_t i = 0;
    for (; i + Lanes <= values.size(); i += Lanes) {
        for (std::size_t lane = 0; lane < Lanes; ++lane) {
            lanes[lane] += values[i + lane];
        }
    }
    for (; i < values.size(); ++i) {
        lanes[i % Lanes] += values[i];
    }
    return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

double squaresAbout(std::span<const double> values, double mean) noexcept
{
    std::array<double, Lanes> lanes {};
    std::size_t i = 0;
    for (; i + Lanes <= values.size(); i += Lanes) {
        for (std::size_t lane = 0; lane < Lanes; ++lane) {
            const double away = values[i + lane] - mean;
            lanes[lane] += away * away;
        }
    }
    for (; i < values.size(); ++i) {
        const double away = values[i] - mean;
        lanes[i % Lanes] += away * away;
    }
    return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

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
    double mean = 0;     ///< of the finite values, for Chan's formula
    double squares = 0;  ///< sum of squared distances from it
    ExactSet exact;
    BitsOf<T> first {};  ///< bits of the first value, -0 as +0
    bool constant = true;

    void joinMoments(std::uint64_t values, double otherMean, double otherSquares) noexcept
    {
        if (values == 0) {
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
    {
    }

    void add(std::span<const std::byte> packed, std::uint64_t elements) override
    {
        if (m_blockType) {
            addBlocks(packed, elements);
            return;
        }
        const std::uint64_t values = std::min<std::uint64_t>(elements * m_valuesPerElement, packed.size() / sizeof(T));
        for (std::uint64_t done = 0; done < values;) {
            const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(values - done, BlockValues - m_held));
            std::memcpy(m_block.data() + m_held, packed.data() + done * sizeof(T), now * sizeof(T));
            advance(now);
            done += now;
        }
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
            out.min = static_cast<double>(all.min);
            out.max = static_cast<double>(all.max);
            out.absMax = std::max(std::abs(out.min), std::abs(out.max));
            out.mean = all.sum.value() / static_cast<double>(all.finite);
            out.std = std::sqrt(all.squares / static_cast<double>(all.finite));
            out.minText = text(all.min);
            out.maxText = text(all.max);
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
            constexpr std::array Types {DType::U8, DType::I8, DType::U16, DType::I16, DType::U32, DType::I32};
            for (const DType type : Types) {
                const bool isSigned = type == DType::I8 || type == DType::I16 || type == DType::I32;
                const unsigned bits = dtypeInfo(type).blockBits;
                if (bits >= dtypeInfo(m_dtype).blockBits) {
                    break;
                }
                const bool below = isSigned ? std::cmp_less(all.min, -(std::int64_t {1} << (bits - 1U))) : std::cmp_less(all.min, 0);
                const bool above = std::cmp_greater(all.max, (std::uint64_t {1} << (isSigned ? bits - 1U : bits)) - 1U);
                if (!below && !above) {
                    return type;
                }
            }
            return m_dtype;
        }
    }

    void addBlocks(std::span<const std::byte> packed, std::uint64_t elements)
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

    void advance(std::size_t values)
    {
        m_held += values;
        if (m_held == BlockValues) {
            closeBlock();
            if (m_part.count == StatisticsAccumulator::PartElements * m_valuesPerElement) {
                closePart();
            }
        }
    }

    void closePart()
    {
        closeBlock();
        m_done.join(m_part);
        m_part = {};
    }

    void closeBlock()
    {
        const std::span<const T> values = std::span<const T>(m_block).first(m_held);
        m_held = 0;
        if (values.empty()) {
            return;
        }
        std::array<double, BlockValues> wide;
        std::size_t finite = values.size();
        if constexpr (std::is_floating_point_v<T>) {
            const std::uint64_t odd = m_part.nan + m_part.positiveInf + m_part.negativeInf;
            classify(values);
            const bool allFinite = m_part.nan + m_part.positiveInf + m_part.negativeInf == odd;
            if (allFinite) {
                for (std::size_t i = 0; i < values.size(); ++i) {
                    wide[i] = static_cast<double>(values[i]);
                }
            } else {
                finite = 0;
                for (const T value : values) {
                    wide[finite] = static_cast<double>(value);
                    finite += std::isfinite(value) ? 1U : 0U;
                }
            }
            narrowExactSet(m_part.exact, values);
        } else {
            const T first = m_part.count == 0 ? values.front() : static_cast<T>(m_part.first);
            m_part.first = static_cast<BitsOf<T>>(first);
            std::uint64_t zeros = 0;
            bool same = true;
            for (std::size_t i = 0; i < values.size(); ++i) {
                wide[i] = static_cast<double>(values[i]);
                zeros += values[i] == 0 ? 1U : 0U;
                same &= values[i] == first;
                m_part.min = std::min(m_part.min, values[i]);
                m_part.max = std::max(m_part.max, values[i]);
            }
            m_part.zeros += zeros;
            m_part.constant = m_part.constant && same;
        }
        m_part.count += values.size();
        addMoments(std::span<const double>(wide).first(finite));
    }

    void addMoments(std::span<const double> values)
    {
        if (values.empty()) {
            return;
        }
        constexpr std::size_t Short = 256; // keeps the plain sums short, and so their rounding small
        CompensatedSum sum;
        for (std::size_t at = 0; at < values.size(); at += Short) {
            sum.add(sumOf(values.subspan(at, std::min(Short, values.size() - at))));
        }
        const double mean = sum.value() / static_cast<double>(values.size());
        m_part.joinMoments(values.size(), mean, squaresAbout(values, mean));
        m_part.sum.add(sum);
    }

    /// Finds the extremes, and counts NaN, Inf, zeros and subnormals where there are any: on bits, so that loops vectorise.
    void classify(std::span<const T> values)
    {
        using Bits = BitsOf<T>;
        using Signed = std::make_signed_t<Bits>;
        constexpr Bits Sign = Bits {1} << (8 * sizeof(T) - 1);
        constexpr Bits Inf = std::bit_cast<Bits>(std::numeric_limits<T>::infinity());
        constexpr Bits Least = std::bit_cast<Bits>(std::numeric_limits<T>::min());
        // signed numbers that ascend as the floats do: negative ones have their magnitude turned round
        std::array<Signed, BlockValues> keys;
        const std::size_t count = values.size();
        std::memcpy(keys.data(), values.data(), count * sizeof(T));
        Signed low = std::numeric_limits<Signed>::max();
        Signed high = std::numeric_limits<Signed>::min();
        Signed least = std::numeric_limits<Signed>::max(); // of magnitudes
        const auto mask = static_cast<Signed>(~Sign);
        for (std::size_t i = 0; i < count; ++i) {
            const Signed bits = keys[i];
            const Signed magnitude = bits & mask;
            const Signed key = bits ^ ((bits >> (8 * sizeof(T) - 1)) & mask);
            least = magnitude < least ? magnitude : least;
            low = key < low ? key : low;
            high = key > high ? key : high;
        }
        const auto inf = static_cast<Signed>(Inf);
        const bool finite = high < inf && low > ~inf; // the key of -Inf is ~Inf
        if (!finite || least < static_cast<Signed>(Least)) {
            countOdd(values);
            if (!finite) {
                low = std::numeric_limits<Signed>::max();
                high = std::numeric_limits<Signed>::min();
                for (const Signed bits : std::span(keys).first(count)) {
                    const Signed key = bits ^ ((bits >> (8 * sizeof(T) - 1)) & mask);
                    if ((bits & mask) < inf) {
                        low = std::min(low, key);
                        high = std::max(high, key);
                    }
                }
            }
        }
        const auto positive = [](Bits bits) { return bits == Sign ? Bits {0} : bits; };
        m_part.first = m_part.count == 0 ? positive(std::bit_cast<Bits>(values.front())) : m_part.first;
        m_part.constant = m_part.constant && std::all_of(values.begin(), values.end(), [&](T value) { return positive(std::bit_cast<Bits>(value)) == m_part.first; });
        if (low <= high) {
            m_part.min = std::min(m_part.min, fromKey(low));
            m_part.max = std::max(m_part.max, fromKey(high));
        }
    }

    void countOdd(std::span<const T> values) noexcept
    {
        for (const T value : values) {
            switch (std::fpclassify(value)) {
            case FP_NAN:
                ++m_part.nan;
                break;
            case FP_INFINITE:
                ++(value > 0 ? m_part.positiveInf : m_part.negativeInf);
                break;
            case FP_ZERO:
                ++m_part.zeros;
                break;
            case FP_SUBNORMAL:
                ++m_part.denormals;
                break;
            default:
                break;
            }
        }
    }

    template<class Key>
    static T fromKey(Key key) noexcept
    {
        using Bits = BitsOf<T>;
        constexpr Bits Sign = Bits {1} << (8 * sizeof(T) - 1);
        const auto bits = static_cast<Bits>(key);
        return std::bit_cast<T>(static_cast<Bits>(key < 0 ? bits ^ static_cast<Bits>(~Sign) : bits));
    }

    DType m_dtype;
    std::uint64_t m_valuesPerElement;
    bool m_blockType;
    std::size_t m_held = 0; ///< values in m_block
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
