// SPDX-License-Identifier: Apache-2.0
#include "core/values/decay.h"

#include "core/dtypes/convert.h"
#include "core/dtypes/exact.h"
#include "core/query/order.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace ckptscope {

namespace {

constexpr std::uint64_t MaxElements = 1ULL << 22U;
constexpr std::string_view Holder = "_fp32_params.";

/// What stands before the last part, and the last part; "ssm_dt.bias" counts as one.
bool endsIn(std::string_view key, std::string_view part) noexcept
{
    return key.ends_with(part) && (key.size() == part.size() || key[key.size() - part.size() - 1] == '.');
}

double softplus(double x) noexcept
{
    return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

double roundTo(DType dtype, double value) noexcept
{
    const auto wide = static_cast<float>(value);
    return static_cast<double>(dtype == DType::F16 ? f16ToFloat(floatToF16(wide)) : bf16ToFloat(floatToBf16(wide)));
}

/// Half a step of a number with so many stored mantissa bits, above and below it.
double halfStep(double value, const DTypeInfo& precision) noexcept
{
    if (!std::isfinite(value) || value == 0) {
        return 0;
    }
    const int exponent = std::ilogb(value);
    return std::ldexp(1.0, exponent - static_cast<int>(precision.mantissaBits) - 1);
}

/// The precision that values still have: their dtype's, or the narrower one whose numbers they all are.
DType precisionOf(DType stored, std::span<const double> values, bool& isNarrow)
{
    ExactSet exact;
    narrowExactSet(exact, values);
    const bool wide = stored == DType::F32 || stored == DType::F64;
    isNarrow = !values.empty() && (exact.has(ExactKind::BF16) || exact.has(ExactKind::F16));
    if (!wide || !isNarrow) {
        return stored;
    }
    return exact.has(ExactKind::BF16) ? DType::BF16 : DType::F16;
}

struct Rates {
    double stored = 0;
    double narrow = 0;
    double slow = 0; ///< at the ends of half a step
    double fast = 0;
};

class RateMaker {
public:
    RateMaker(bool negativeExp, DType decayPrecision, DType biasPrecision)
        : m_negativeExp(negativeExp)
        , m_decay(dtypeInfo(decayPrecision))
        , m_bias(dtypeInfo(biasPrecision))
    {
    }

    [[nodiscard]] Rates rates(double a, double b) const noexcept
    {
        Rates out;
        out.stored = rate(a, b);
        out.narrow = rate(roundTo(DType::BF16, a), roundTo(DType::BF16, b));
        const double stepA = halfStep(a, m_decay);
        const double stepB = halfStep(b, m_bias);
        const double low = rate(a - stepA, b - stepB);
        const double high = rate(a + stepA, b + stepB);
        const double crossLow = rate(a + stepA, b - stepB);
        const double crossHigh = rate(a - stepA, b + stepB);
        out.slow = std::min({low, high, crossLow, crossHigh});
        out.fast = std::max({low, high, crossLow, crossHigh});
        return out;
    }

private:
    /// Per token, in natural logarithms; negative where -exp(A_log) was stored with the wrong sign.
    [[nodiscard]] double rate(double a, double b) const noexcept { return (m_negativeExp ? -a : std::exp(a)) * softplus(b); }

    bool m_negativeExp;
    const DTypeInfo& m_decay;
    const DTypeInfo& m_bias;
};

} // namespace

Result<std::vector<double>> decayValues(const std::shared_ptr<ShardFiles>& files, std::uint32_t tensor, const JobContext& job)
{
    const TensorInfo& info = files->checkpoint().tensors()[tensor];
    if (!isRealFloat(info.dtype)) {
        return fail(Code::ValuesUnreadable, {std::string(info.key) + " is " + std::string(info.dtypeText()) + ", no float"});
    }
    auto reader = ElementReader::open(files, info);
    if (!reader) {
        return std::move(reader).error();
    }
    if (reader->elements() > MaxElements) {
        return fail(Code::LimitExceeded, {"the number of decay values", std::to_string(reader->elements()), std::to_string(MaxElements)});
    }
    std::vector<double> values;
    values.reserve(static_cast<std::size_t>(reader->elements()));
    auto read = reader->forEach(0, reader->elements(), job, [&](std::span<const std::byte> packed, std::uint64_t elements) {
        const std::size_t at = values.size();
        values.resize(at + static_cast<std::size_t>(elements));
        decodeElements(info.dtype, packed, std::span(values).subspan(at));
    });
    if (!read) {
        return read.error();
    }
    return values;
}

bool isDecayKey(std::string_view key) noexcept
{
    return endsIn(key, "A_log") || endsIn(key, "ssm_a") || endsIn(key, "dt_bias") || endsIn(key, "dt_proj.bias") || endsIn(key, "ssm_dt.bias");
}

std::vector<DecayPair> findDecayPairs(const Checkpoint& checkpoint)
{
    std::vector<DecayPair> pairs;
    const auto& tensors = checkpoint.tensors();
    for (std::uint32_t i = 0; i < tensors.size(); ++i) {
        const std::string_view key = tensors[i].key;
        const bool gguf = endsIn(key, "ssm_a");
        if (!gguf && !endsIn(key, "A_log")) {
            continue;
        }
        DecayPair pair{i, std::nullopt, gguf};
        const std::string before(key.substr(0, key.size() - 5)); // both names have five letters
        const std::string without = before.ends_with(Holder) ? before.substr(0, before.size() - Holder.size()) : before;
        std::vector<std::string> names{before + "ssm_dt.bias"};
        if (!gguf) {
            names = {before + "dt_bias", without + "dt_bias", without + std::string(Holder) + "dt_bias", without + "dt_proj.bias"};
        }
        for (const std::string& name : names) {
            if (const TensorInfo* bias = checkpoint.find(name)) {
                pair.bias = checkpoint.indexOf(*bias);
                break;
            }
        }
        pairs.push_back(pair);
    }
    std::stable_sort(pairs.begin(), pairs.end(),
                     [&](const DecayPair& a, const DecayPair& b) { return comparePaths(tensors[a.decay].key, tensors[b.decay].key) < 0; });
    return pairs;
}

Result<Decay> decayOf(DType decayDtype, std::span<const double> decay, DType biasDtype, std::span<const double> bias, bool negativeExp)
{
    Decay out;
    out.decayDtype = decayDtype;
    out.biasDtype = biasDtype;
    const std::size_t count = decay.empty() ? 0 : std::max(decay.size(), bias.size());
    if (count % std::max<std::size_t>(decay.size(), 1) != 0 || (!bias.empty() && count % bias.size() != 0)) {
        return fail(Code::ValuesUnreadable, {"the decay has " + std::to_string(decay.size()) + " values, its bias " + std::to_string(bias.size())});
    }
    const DType decayPrecision = precisionOf(decayDtype, decay, out.decayIsNarrow);
    const DType biasPrecision = precisionOf(biasDtype, bias, out.biasIsNarrow);
    // an ssm_a that is narrow was rounded after the exponential; its own steps are the ones that count, all the same
    const RateMaker maker(negativeExp, decayPrecision, bias.empty() ? decayPrecision : biasPrecision);
    for (std::size_t i = 0; i < count; ++i) {
        const double a = decay[i / (count / decay.size())];
        const double b = bias.empty() ? 0 : bias[i / (count / bias.size())];
        const Rates rates = maker.rates(a, b);
        out.halfLives.push_back(
            {std::numbers::ln2 / rates.stored, std::numbers::ln2 / rates.narrow, std::numbers::ln2 / rates.fast, std::numbers::ln2 / rates.slow});
        const double moved =
            rates.narrow != rates.stored ? std::abs(rates.narrow - rates.stored) : std::max(rates.fast - rates.stored, rates.stored - rates.slow);
        for (std::size_t n = 0; n < Decay::DriftTokens.size(); ++n) {
            const double drift = -std::expm1(-moved * static_cast<double>(Decay::DriftTokens[n]));
            if (drift > out.drift[n]) {
                out.drift[n] = drift;
                out.driftHead[n] = static_cast<std::uint32_t>(i);
            }
        }
    }
    return out;
}

Result<Decay> computeDecay(const std::shared_ptr<ShardFiles>& files, const DecayPair& pair, const JobContext& job)
{
    const auto& tensors = files->checkpoint().tensors();
    const auto decay = decayValues(files, pair.decay, job);
    if (!decay) {
        return decay.error();
    }
    std::vector<double> bias;
    if (pair.bias) {
        auto values = decayValues(files, *pair.bias, job);
        if (!values) {
            return std::move(values).error();
        }
        bias = std::move(*values);
    }
    auto out = decayOf(tensors[pair.decay].dtype, *decay, pair.bias ? tensors[*pair.bias].dtype : DType::Unknown, bias, pair.negativeExp);
    if (out) {
        out->pair = pair;
    }
    return out;
}

Result<std::vector<Decay>> computeDecays(const std::shared_ptr<const Checkpoint>& checkpoint, const JobContext& job)
{
    std::vector<Decay> out;
    const auto files = std::make_shared<ShardFiles>(checkpoint);
    for (const DecayPair& pair : findDecayPairs(*checkpoint)) {
        auto decay = computeDecay(files, pair, job);
        if (decay) {
            out.push_back(*std::move(decay));
        } else if (decay.error().code == Code::Cancelled) {
            return std::move(decay).error();
        }
    }
    return out;
}

} // namespace ckptscope
