// SPDX-License-Identifier: Apache-2.0
#include "core/values/histogram.h"

#include "core/values/elementsource.h"
#include "core/values/valuedecoder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace ckptscope {

namespace {

constexpr std::array Quantiles{0.01, 0.5, 0.99};
constexpr std::uint64_t MostHeld = 1ULL << 18U; ///< values of a quantile that are held to be sorted: 2 MiB

/// How many of the smallest values the quantile's value is the last of: numpy's inverted_cdf.
std::uint64_t rankOf(double quantile, std::uint64_t count) noexcept
{
    const auto rank = static_cast<std::uint64_t>(std::ceil(quantile * static_cast<double>(count)));
    return std::clamp<std::uint64_t>(rank, 1, count);
}

/// Counts by the edges alone, as numpy.histogram does in the end (numpy/numpy numpy/lib/_histograms_impl.py): a product guesses the bin, the
/// edges put it right, also where the distance of the ends is no finite number, or so small that edges fall together.
class Binner {
public:
    Binner(Histogram& histogram, std::uint32_t bins)
        : m_histogram(histogram)
        , m_last(bins - 1)
    {
        histogram.counts.assign(bins, 0);
        m_edges.reserve(bins + 1U);
        for (std::uint32_t bin = 0; bin <= bins; ++bin) {
            m_edges.push_back(histogram.edge(bin));
        }
        const double width = histogram.high - histogram.low;
        m_perUnit = static_cast<double>(bins) / width;
        m_perUnit = std::isfinite(m_perUnit) ? m_perUnit : 0;
    }

    void add(double value, std::uint64_t count) noexcept
    {
        if (!(value >= m_histogram.low && value <= m_histogram.high)) {
            return;
        }
        const double place = std::min((value - m_histogram.low) * m_perUnit, static_cast<double>(m_last));
        auto bin = place > 0 ? static_cast<std::size_t>(place) : 0;
        if (value < m_edges[bin] || (bin < m_last && value >= m_edges[bin + 1])) {
            const auto lower = m_edges.begin();
            bin = static_cast<std::size_t>(std::upper_bound(lower, lower + static_cast<std::ptrdiff_t>(m_last) + 1, value) - lower - 1);
        }
        m_histogram.counts[bin] += count;
    }

private:
    Histogram& m_histogram;
    std::size_t m_last;
    double m_perUnit = 0;
    std::vector<double> m_edges;
};

/// Doubles in order as unsigned numbers.
std::uint64_t orderKey(double value) noexcept
{
    const auto bits = std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);
    return (bits >> 63U) != 0 ? ~bits : bits | 1ULL << 63U;
}

double fromOrderKey(std::uint64_t key) noexcept
{
    return std::bit_cast<double>((key >> 63U) != 0 ? key & ~(1ULL << 63U) : ~key);
}

class HistogramJob {
public:
    HistogramJob(ElementSource& source, const HistogramOptions& options, const JobContext& job)
        : m_source(source)
        , m_dtype(source.dtype())
        , m_options(options)
        , m_job(job)
        , m_decoder(source.dtype())
    {
    }

    Result<Histogram> run()
    {
        StatisticsAccumulator accumulator(m_dtype, StatisticsAccumulator::Codes::Count);
        auto read = m_source.forEach(0, m_source.elements(), m_job,
                                     [&](std::span<const std::byte> packed, std::uint64_t elements) { accumulator.add(packed, elements); });
        if (!read) {
            return read.error();
        }
        m_out.statistics = accumulator.finish();
        m_out.percentiles.fill(std::numeric_limits<double>::quiet_NaN());
        if (m_out.statistics.finite == 0) {
            return std::move(m_out);
        }
        const auto codes = accumulator.codes();
        if (!codes.empty()) {
            fromCodes(codes);
            return std::move(m_out);
        }
        if (auto passes = fromPasses(); !passes) {
            return std::move(passes).error();
        }
        return std::move(m_out);
    }

private:
    [[nodiscard]] double scaled(double value) const noexcept
    {
        return m_options.scale == HistogramScale::Value ? value : std::log10(std::abs(value));
    }

    [[nodiscard]] bool shown(double value) const noexcept { return std::isfinite(value) && (m_options.scale == HistogramScale::Value || value != 0); }

    void setEnds(double low, double high)
    {
        if (m_options.range) {
            m_out.low = m_options.range->low;
            m_out.high = m_options.range->high;
            return;
        }
        m_out.low = low == high ? low - 0.5 : low;
        m_out.high = low == high ? high + 0.5 : high;
    }

    void fromCodes(const std::vector<CodeCount>& codes)
    {
        double low = std::numeric_limits<double>::infinity();
        double high = -low;
        for (const CodeCount& code : codes) {
            if (shown(code.value)) {
                low = std::min(low, scaled(code.value));
                high = std::max(high, scaled(code.value));
            }
        }
        if (low <= high) {
            setEnds(low, high);
            Binner binner(m_out, m_options.bins);
            for (const CodeCount& code : codes) {
                if (shown(code.value)) {
                    binner.add(scaled(code.value), code.count);
                }
            }
        }
        std::uint64_t before = 0;
        std::size_t next = 0;
        for (const CodeCount& code : codes) { // ascending
            if (!std::isfinite(code.value)) {
                continue;
            }
            before += code.count;
            while (next < Quantiles.size() && before >= rankOf(Quantiles[next], m_out.statistics.finite)) {
                m_out.percentiles[next++] = code.value;
            }
        }
    }

    template<class Use>
    Result<void> pass(Use use)
    {
        return m_source.forEach(0, m_source.elements(), m_job, [&](std::span<const std::byte> packed, std::uint64_t elements) {
            for (const double value : m_decoder.decode(packed, elements)) {
                use(value);
            }
        });
    }

    Result<void> fromPasses()
    {
        const Statistics& known = m_out.statistics;
        if (m_options.scale == HistogramScale::Value) {
            setEnds(known.min, known.max);
        } else {
            double least = std::numeric_limits<double>::infinity(); // the largest magnitude is known
            auto read = pass([&](double value) { least = shown(value) ? std::min(least, std::abs(value)) : least; });
            if (!read) {
                return read;
            }
            if (known.absMax == 0) {
                return percentiles(nullptr);
            }
            setEnds(std::log10(least), std::log10(known.absMax));
        }
        Binner binner(m_out, m_options.bins);
        return percentiles(&binner);
    }

    /// Exact order statistics: 16 bits of the order key are counted at a time, until so few values are left that they can be held. The first
    /// of these passes also fills the bins.
    Result<void> percentiles(Binner* binner)
    {
        std::array<std::uint64_t, Quantiles.size()> prefix{};
        std::array<std::uint64_t, Quantiles.size()> rank{};
        std::array<std::uint64_t, Quantiles.size()> left{}; ///< values that begin so
        for (std::size_t q = 0; q < Quantiles.size(); ++q) {
            rank[q] = rankOf(Quantiles[q], m_out.statistics.finite);
        }
        std::vector<std::vector<std::uint64_t>> counts(Quantiles.size(), std::vector<std::uint64_t>(65536));
        unsigned digit = 0;
        do {
            const unsigned shift = 48 - 16 * digit;
            for (auto& table : counts) {
                std::fill(table.begin(), table.end(), 0U);
            }
            auto read = pass([&](double value) {
                if (!std::isfinite(value)) {
                    return;
                }
                const std::uint64_t key = orderKey(value);
                if (digit == 0) {
                    ++counts[0][key >> 48U];
                    if (binner != nullptr && shown(value)) {
                        binner->add(scaled(value), 1);
                    }
                    return;
                }
                for (std::size_t q = 0; q < Quantiles.size(); ++q) {
                    if ((key >> (shift + 16)) == prefix[q]) {
                        ++counts[q][key >> shift & 0xFFFFU];
                    }
                }
            });
            if (!read) {
                return read;
            }
            for (std::size_t q = 0; q < Quantiles.size(); ++q) {
                const auto& table = digit == 0 ? counts[0] : counts[q];
                std::size_t at = 0;
                while (at < table.size() - 1 && rank[q] > table[at]) {
                    rank[q] -= table[at++];
                }
                prefix[q] = prefix[q] << 16U | at;
                left[q] = table[at];
            }
            ++digit;
        } while (digit < 4 && *std::max_element(left.begin(), left.end()) > MostHeld);
        return digit == 4 ? found(prefix) : held(prefix, rank, 64 - 16 * digit);
    }

    /// Of the values whose key begins with prefix[q] the rank[q]-th smallest; `shift`: bits behind it.
    Result<void> held(const std::array<std::uint64_t, Quantiles.size()>& prefix, const std::array<std::uint64_t, Quantiles.size()>& rank,
                      unsigned shift)
    {
        std::array<std::vector<std::uint64_t>, Quantiles.size()> keys;
        auto read = pass([&](double value) {
            if (!std::isfinite(value)) {
                return;
            }
            const std::uint64_t key = orderKey(value);
            for (std::size_t q = 0; q < Quantiles.size(); ++q) {
                if (key >> shift == prefix[q]) {
                    keys[q].push_back(key);
                }
            }
        });
        if (!read) {
            return read;
        }
        std::array<std::uint64_t, Quantiles.size()> whole{};
        for (std::size_t q = 0; q < Quantiles.size(); ++q) {
            if (keys[q].empty()) { // someone writes to the file while it is read
                whole[q] = prefix[q] << shift;
                continue;
            }
            const auto at = keys[q].begin() + static_cast<std::ptrdiff_t>(std::clamp<std::uint64_t>(rank[q], 1, keys[q].size()) - 1);
            std::nth_element(keys[q].begin(), at, keys[q].end());
            whole[q] = *at;
        }
        return found(whole);
    }

    Result<void> found(const std::array<std::uint64_t, Quantiles.size()>& keys)
    {
        std::transform(keys.begin(), keys.end(), m_out.percentiles.begin(), fromOrderKey);
        return {};
    }

    ElementSource& m_source;
    DType m_dtype;
    HistogramOptions m_options;
    const JobContext& m_job;
    Histogram m_out;
    ValueDecoder m_decoder;
};

} // namespace

double Histogram::edge(std::uint64_t bin) const noexcept
{
    if (bin >= counts.size()) {
        return high;
    }
    const auto index = static_cast<double>(bin);
    const auto bins = static_cast<double>(counts.size());
    const double width = high - low;
    if (!std::isfinite(width)) { // farther apart than the largest number
        return 2 * (low / 2 + index * ((high / 2 - low / 2) / bins));
    }
    const double step = width / bins;
    return std::min(low + (step == 0 ? index / bins * width : index * step), high); // as numpy.linspace
}

Result<Histogram> computeHistogram(const std::shared_ptr<ShardFiles>& files, std::uint32_t tensor, const HistogramOptions& options,
                                   const JobContext& job)
{
    const TensorInfo& info = files->checkpoint().tensors()[tensor];
    if (!StatisticsAccumulator::supports(info.dtype)) {
        return fail(Code::ValuesUnreadable, {"ckptscope knows no values of " + std::string(info.dtypeText())});
    }
    auto reader = ElementReader::open(files, info);
    if (!reader) {
        return std::move(reader).error();
    }
    TensorElements elements(std::move(*reader), info.dtype);
    return computeHistogram(elements, options, job);
}

Result<Histogram> computeHistogram(ElementSource& elements, const HistogramOptions& options, const JobContext& job)
{
    if (options.bins == 0 || options.bins > 65536) {
        return fail(Code::UsageError, {"a histogram has 1 to 65536 bins"});
    }
    const auto& range = options.range;
    if (range && !(std::isfinite(range->low) && std::isfinite(range->high) && range->low < range->high)) {
        return fail(Code::UsageError, {"a histogram's range goes from a smaller to a larger finite number"});
    }
    return HistogramJob(elements, options, job).run();
}

} // namespace ckptscope
