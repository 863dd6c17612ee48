// SPDX-License-Identifier: Apache-2.0
// Dtypes of at most 16 bits: counts how often each code stands there, which is exact and answers everything else. The
// statistics of BF16 and F16 don't need that, see moments.cpp: vectors add up twice as fast; their histograms do.
#include "core/dtypes/convert.h"
#include "core/values/accumulator.h"
#include "core/values/elementtext.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

namespace ckptscope {

namespace {

/// Below this many elements the codes are kept as they are: most tensors of a large model are small, and a table costs 65,536 looks.
constexpr std::size_t FewElements = 4096;
/// 32-bit counters are emptied into 64-bit ones before they can overflow.
constexpr std::uint64_t FoldAfter = 1ULL << 31U;

/// Smallest positive normal number of a float dtype; 0: it has no subnormal numbers.
double leastNormal(DType dtype) noexcept
{
    switch (dtype) {
    case DType::BF16:
        return 0x1p-126;
    case DType::F16:
    case DType::F8_E5M2:
    case DType::C32:
        return 0x1p-14;
    case DType::F8_E4M3:
        return 0x1p-6;
    case DType::F8_E4M3FNUZ:
        return 0x1p-7;
    case DType::F8_E5M2FNUZ:
        return 0x1p-15;
    case DType::F4:
    case DType::F6_E2M3:
        return 1;
    case DType::F6_E3M2:
        return 0.25;
    default:
        return 0;
    }
}

class CodeCounter final : public StatisticsAccumulator::Impl {
public:
    explicit CodeCounter(DType dtype)
        : m_stored(dtype)
        , m_dtype(dtype == DType::C32 ? DType::F16 : dtype)
        , m_bits(dtypeInfo(m_dtype).blockBits)
    {
    }

    void add(std::span<const std::byte> packed, std::uint64_t elements) override
    {
        const std::uint64_t values = m_stored == DType::C32 ? 2 * elements : elements;
        m_count += values;
        if (m_bits == 16) {
            add16(packed.first(static_cast<std::size_t>(std::min<std::uint64_t>(packed.size() / 2, values)) * 2));
        } else if (m_bits == 8) {
            add8(packed.first(static_cast<std::size_t>(std::min<std::uint64_t>(packed.size(), values))));
        } else {
            addPacked(packed, values);
        }
    }

    bool addCounts(std::span<const std::uint64_t> counts) override
    {
        if (m_bits != 8 || m_stored != m_dtype || counts.size() != 256) {
            return false;
        }
        makeTables();
        m_wide.resize(counts.size(), 0);
        for (std::size_t code = 0; code < counts.size(); ++code) {
            m_wide[code] += counts[code];
            m_count += counts[code];
        }
        return true;
    }

    void merge(Impl& next) override
    {
        auto& other = dynamic_cast<CodeCounter&>(next);
        for (const std::uint16_t code : other.m_few) {
            one(code);
        }
        if (other.counts()) {
            makeTables();
            if (m_wide.empty()) {
                m_wide.assign(m_tables[0].size(), 0);
            }
            other.addTo(m_wide);
        }
        m_count += other.m_count;
    }

    [[nodiscard]] std::vector<CodeCount> codes() const override
    {
        std::vector<CodeCount> all;
        for (const auto& [code, count] : counted()) {
            all.push_back({valueOf(code), count});
        }
        std::stable_sort(all.begin(), all.end(), [](const CodeCount& a, const CodeCount& b) {
            return std::isnan(a.value) || std::isnan(b.value) ? !std::isnan(a.value) && std::isnan(b.value) : a.value < b.value;
        });
        return all;
    }

    [[nodiscard]] Statistics finish() const override
    {
        Statistics out;
        out.count = m_count;
        const bool isFloat = dtypeInfo(m_dtype).family == DTypeFamily::Float;
        const double least = leastNormal(m_dtype);
        const auto all = counted();
        ExactSet exact;
        CompensatedSum sum;
        out.min = std::numeric_limits<double>::infinity();
        out.max = -out.min;
        std::size_t distinct = 0;
        bool zeroSeen = false;
        for (const auto& [code, count] : all) {
            const double value = valueOf(code);
            distinct += value == 0 && zeroSeen ? 0U : 1U;
            if (isFloat) {
                narrowExactSet(exact, std::span(&value, 1));
            }
            if (std::isnan(value)) {
                out.nan += count;
                continue;
            }
            if (std::isinf(value)) {
                (value > 0 ? out.positiveInf : out.negativeInf) += count;
                continue;
            }
            if (value == 0) {
                zeroSeen = true;
                out.zeros += count;
            } else if (std::abs(value) < least) {
                out.denormals += count;
            }
            if (m_dtype == DType::BOOL && value > 1) {
                out.notBool += count;
            }
            out.finite += count;
            out.min = std::min(out.min, value);
            out.max = std::max(out.max, value);
            sum.add(value * static_cast<double>(count));
        }
        out.constant = distinct == 1;
        if (out.finite == 0) {
            out.min = out.max = out.mean = out.std = out.absMax = std::numeric_limits<double>::quiet_NaN();
        } else {
            spread(out, all, sum.value());
            out.minText = text(out.min);
            out.maxText = text(out.max);
        }
        out.exact = isFloat ? exact : ExactSet::none();
        out.narrowest = narrowest(out, isFloat);
        return out;
    }

private:
    using Code = std::pair<std::uint16_t, std::uint64_t>;

    [[nodiscard]] std::string text(double value) const
    {
        return m_dtype == DType::BOOL ? std::to_string(static_cast<int>(value)) : valueText(m_dtype, value);
    }

    void spread(Statistics& out, const std::vector<Code>& all, double sum) const
    {
        out.absMax = std::max(std::abs(out.min), std::abs(out.max));
        out.mean = sum / static_cast<double>(out.finite);
        CompensatedSum squares;
        for (const auto& [code, count] : all) {
            const double value = valueOf(code);
            if (std::isfinite(value)) {
                const double away = value - out.mean;
                squares.add(away * away * static_cast<double>(count));
            }
        }
        out.std = std::sqrt(squares.value() / static_cast<double>(out.finite));
    }

    [[nodiscard]] DType narrowest(const Statistics& out, bool isFloat) const
    {
        if (m_stored == DType::C32 || m_dtype == DType::BOOL || out.count == 0) {
            return m_stored;
        }
        if (isFloat) {
            return narrowestOf(out.exact, m_stored);
        }
        if (m_bits == 16 && out.min >= 0 && out.max <= 255) {
            return DType::U8;
        }
        return m_bits == 16 && out.min >= -128 && out.max <= 127 ? DType::I8 : m_stored;
    }

    [[nodiscard]] double valueOf(std::uint16_t code) const noexcept
    {
        std::array<std::byte, 4> bytes{};
        std::memcpy(bytes.data(), &code, sizeof(code));
        return decodeElement(m_dtype, bytes, 0); // a sub-byte code fills the low bits
    }

    /// Whether codes are counted, not kept.
    [[nodiscard]] bool counts() const noexcept { return !m_tables[0].empty(); }

    void makeTables()
    {
        if (counts()) {
            return;
        }
        for (std::size_t lane = 0; lane < (m_bits == 16 ? 2U : m_tables.size()); ++lane) { // two of 256 KiB, four of 1 KiB
            m_tables[lane].assign(std::size_t{1} << m_bits, 0);
        }
        for (const std::uint16_t code : m_few) {
            ++m_tables[0][code];
        }
        m_sinceFold = m_few.size();
        m_few = {};
    }

    void addTo(std::vector<std::uint64_t>& wide) const
    {
        for (const auto& table : m_tables) {
            for (std::size_t code = 0; code < table.size(); ++code) {
                wide[code] += table[code];
            }
        }
        for (std::size_t code = 0; code < m_wide.size(); ++code) {
            wide[code] += m_wide[code];
        }
    }

    void fold()
    {
        std::vector<std::uint64_t> wide(m_tables[0].size(), 0);
        addTo(wide);
        m_wide = std::move(wide);
        for (auto& table : m_tables) {
            std::fill(table.begin(), table.end(), 0U);
        }
        m_sinceFold = 0;
    }

    void one(std::uint16_t code)
    {
        if (!counts() && m_few.size() < FewElements) {
            m_few.push_back(code);
            return;
        }
        makeTables();
        ++m_tables[0][code];
        if (++m_sinceFold >= FoldAfter) {
            fold();
        }
    }

    void addFew(std::span<const std::byte> packed, std::size_t bytes)
    {
        for (std::size_t at = 0; at < packed.size(); at += bytes) {
            std::uint16_t code = 0;
            std::memcpy(&code, packed.data() + at, bytes);
            m_few.push_back(code);
        }
    }

    /// True where the elements were kept as they are.
    bool stayedFew(std::span<const std::byte> packed, std::size_t bytes)
    {
        if (!counts() && m_few.size() + packed.size() / bytes <= FewElements) {
            addFew(packed, bytes);
            return true;
        }
        makeTables();
        return false;
    }

    void add16(std::span<const std::byte> packed)
    {
        if (stayedFew(packed, 2)) {
            return;
        }
        while (!packed.empty()) {
            const auto now = packed.first(std::min<std::size_t>(packed.size(), std::size_t{1} << 28U));
            packed = packed.subspan(now.size());
            std::uint32_t* even = m_tables[0].data();
            std::uint32_t* odd = m_tables[1].data();
            std::size_t at = 0;
            for (; at + 8 <= now.size(); at += 8) {
                std::uint64_t four = 0;
                std::memcpy(&four, now.data() + at, 8);
                const std::uint64_t first = four & 0xFFFFU;
                if (four == first * 0x0001'0001'0001'0001ULL) { // runs would wait for their own counter
                    even[first] += 4;
                    continue;
                }
                ++even[first];
                ++odd[four >> 16U & 0xFFFFU];
                ++even[four >> 32U & 0xFFFFU];
                ++odd[four >> 48U];
            }
            for (; at < now.size(); at += 2) {
                std::uint16_t code = 0;
                std::memcpy(&code, now.data() + at, 2);
                ++even[code];
            }
            m_sinceFold += now.size() / 2;
            if (m_sinceFold >= FoldAfter) {
                fold();
            }
        }
    }

    void add8(std::span<const std::byte> packed)
    {
        if (stayedFew(packed, 1)) {
            return;
        }
        while (!packed.empty()) {
            const auto now = packed.first(std::min<std::size_t>(packed.size(), std::size_t{1} << 28U));
            packed = packed.subspan(now.size());
            const auto* codes = reinterpret_cast<const std::uint8_t*>(now.data());
            std::size_t at = 0;
            for (; at + 4 <= now.size(); at += 4) {
                for (std::size_t lane = 0; lane < m_tables.size(); ++lane) {
                    ++m_tables[lane][codes[at + lane]];
                }
            }
            for (; at < now.size(); ++at) {
                ++m_tables[0][codes[at]];
            }
            m_sinceFold += now.size();
            if (m_sinceFold >= FoldAfter) {
                fold();
            }
        }
    }

    void addPacked(std::span<const std::byte> packed, std::uint64_t values)
    {
        const std::uint64_t held = std::min<std::uint64_t>(values, packed.size() * 8ULL / m_bits);
        for (std::uint64_t i = 0; i < held; ++i) {
            const std::uint64_t bit = i * m_bits;
            const std::size_t at = static_cast<std::size_t>(bit / 8);
            unsigned two = static_cast<unsigned>(packed[at]);
            two |= at + 1 < packed.size() ? static_cast<unsigned>(packed[at + 1]) << 8U : 0U;
            one(static_cast<std::uint16_t>(two >> (bit % 8) & ((1U << m_bits) - 1U)));
        }
    }

    /// Every code that occurs, ascending.
    [[nodiscard]] std::vector<Code> counted() const
    {
        std::vector<Code> out;
        if (!counts()) {
            std::vector<std::uint16_t> sorted = m_few;
            std::sort(sorted.begin(), sorted.end());
            for (const std::uint16_t code : sorted) {
                if (out.empty() || out.back().first != code) {
                    out.emplace_back(code, 0U);
                }
                ++out.back().second;
            }
            return out;
        }
        std::vector<std::uint64_t> wide(m_tables[0].size(), 0);
        addTo(wide);
        for (std::size_t code = 0; code < wide.size(); ++code) {
            if (wide[code] > 0) {
                out.emplace_back(static_cast<std::uint16_t>(code), wide[code]);
            }
        }
        return out;
    }

    DType m_stored;
    DType m_dtype; ///< of one value
    unsigned m_bits;
    std::uint64_t m_count = 0;
    std::uint64_t m_sinceFold = 0;
    std::vector<std::uint16_t> m_few;
    std::array<std::vector<std::uint32_t>, 4> m_tables; ///< several, so that equal neighbours don't wait for one another; empty: m_few
    std::vector<std::uint64_t> m_wide;                  ///< what was folded or merged; may be empty
};

} // namespace

std::unique_ptr<StatisticsAccumulator::Impl> StatisticsAccumulator::Impl::codeCounter(DType dtype)
{
    return std::make_unique<CodeCounter>(dtype);
}

} // namespace ckptscope
