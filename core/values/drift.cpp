// SPDX-License-Identifier: Apache-2.0
#include "core/values/drift.h"

#include "core/model/plainname.h"
#include "core/values/elementsource.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>
#include <unordered_map>

namespace ckptscope {

namespace {

constexpr std::size_t MostValues = 1ULL << 22U;

/// Values at hand, as an F64 tensor.
class ValueElements : public ElementSource {
public:
    explicit ValueElements(const std::vector<double>& values)
        : m_values(values)
    {
    }
    [[nodiscard]] DType dtype() const noexcept override { return DType::F64; }
    [[nodiscard]] std::uint64_t elements() const noexcept override { return m_values.size(); }
    [[nodiscard]] std::uint64_t grain() const noexcept override { return 1; }
    Result<void> forEach(std::uint64_t first, std::uint64_t count, const JobContext& job, const ElementReader::Sink& sink) override
    {
        constexpr std::uint64_t Piece = 1U << 16U;
        for (std::uint64_t at = first; at < first + count; at += Piece) {
            if (job.stop.stop_requested()) {
                return fail(Code::Cancelled);
            }
            const auto piece =
                std::span(m_values).subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(std::min(Piece, first + count - at)));
            sink(std::as_bytes(piece), piece.size());
        }
        return {};
    }

private:
    const std::vector<double>& m_values;
};

std::string lastPart(std::string_view key)
{
    return std::string(key.substr(key.rfind('.') == std::string_view::npos ? 0 : key.rfind('.') + 1));
}

std::string nameOf(const Checkpoint& checkpoint, std::uint32_t tensor, bool bias)
{
    const std::string_view key = checkpoint.tensors()[tensor].key;
    std::string name = lastPart(key);
    if (bias && name == "bias") { // dt_proj.bias, ssm_dt.bias
        const std::string_view before = key.substr(0, key.size() - 5);
        name = lastPart(before) + ".bias";
    }
    return name;
}

} // namespace

Result<DonorDecays> computeDonorDecays(const Checkpoint& checkpoint, std::span<const Decay> ours, const std::shared_ptr<const Checkpoint>& donor,
                                       const JobContext& job)
{
    DonorDecays out;
    out.donor = donor;
    out.of.resize(ours.size());
    const NameMatcher names(*donor);
    std::unordered_map<std::uint32_t, DecayPair> pairs;
    for (const DecayPair& pair : findDecayPairs(*donor)) {
        pairs.emplace(pair.decay, pair);
    }
    const auto files = std::make_shared<ShardFiles>(donor);
    for (std::size_t i = 0; i < ours.size(); ++i) {
        if (job.stop.stop_requested()) {
            return fail(Code::Cancelled);
        }
        const auto theirs = names.find(checkpoint.tensors()[ours[i].pair.decay]);
        const auto pair = theirs ? pairs.find(*theirs) : pairs.end();
        if (pair == pairs.end()) {
            continue;
        }
        auto decay = computeDecay(files, pair->second, job);
        if (!decay) {
            if (decay.error().code == Code::Cancelled) {
                return std::move(decay).error();
            }
            continue;
        }
        if (decay->halfLives.size() == ours[i].halfLives.size()) {
            out.of[i] = *std::move(decay);
            ++out.found;
        }
    }
    return out;
}

double leftAfter(double halfLife, std::uint64_t tokens) noexcept
{
    return std::exp2(-static_cast<double>(tokens) / halfLife);
}

double driftBetween(double halfLife, double other, std::uint64_t tokens) noexcept
{
    const double moved = std::abs(std::numbers::ln2 / halfLife - std::numbers::ln2 / other);
    return -std::expm1(-moved * static_cast<double>(tokens));
}

double headDrift(const HalfLife& head, std::uint64_t tokens) noexcept
{
    return head.narrow != head.tokens ? driftBetween(head.tokens, head.narrow, tokens)
                                      : std::max(driftBetween(head.tokens, head.low, tokens), driftBetween(head.tokens, head.high, tokens));
}

DriftWord driftWord(double drift, double left) noexcept
{
    return !(drift > 0)        ? DriftWord::None
        : drift < 0.01         ? DriftWord::Slight
        : drift < 0.1          ? DriftWord::Some
        : left < DriftAt::Held ? DriftWord::Forgotten
                               : DriftWord::Large;
}

DriftWord DriftAt::word() const noexcept
{
    return driftWord(worst, worstLeft);
}

std::array<DriftAt, 3> driftOf(std::span<const Decay> decays, const DonorDecays* donor)
{
    std::array<DriftAt, 3> out;
    for (std::size_t n = 0; n < out.size(); ++n) {
        DriftAt& at = out[n];
        at.tokens = Decay::DriftTokens[n];
        for (std::uint32_t d = 0; d < decays.size(); ++d) {
            const Decay* theirs = donor != nullptr && d < donor->of.size() && donor->of[d] ? &*donor->of[d] : nullptr;
            if (donor != nullptr && theirs == nullptr) {
                continue;
            }
            for (std::uint32_t head = 0; head < decays[d].halfLives.size(); ++head) {
                const HalfLife& mine = decays[d].halfLives[head];
                const double drift =
                    theirs != nullptr ? driftBetween(mine.tokens, theirs->halfLives[head].tokens, at.tokens) : headDrift(mine, at.tokens);
                if (!(mine.tokens > 0) || !(drift >= 0)) {
                    continue; // a decay of the wrong sign, or no number
                }
                ++at.heads;
                const double left = leftAfter(mine.tokens, at.tokens);
                if (drift > at.worst) {
                    at.worst = drift;
                    at.worstHead = {d, head};
                    at.worstLeft = left;
                }
                if (left >= DriftAt::Held) {
                    ++at.holding;
                    if (drift > at.worstHolding) {
                        at.worstHolding = drift;
                        at.worstHoldingHead = {d, head};
                    }
                }
            }
        }
    }
    return out;
}

Result<std::vector<DecayValues>> countDecayValues(const std::shared_ptr<const Checkpoint>& checkpoint, std::span<const Decay> decays,
                                                  const HistogramOptions& options, const JobContext& job)
{
    struct Group {
        DecayValues values;
        std::vector<std::uint32_t> tensors;
    };
    std::vector<Group> groups;
    const auto add = [&](std::uint32_t tensor, bool bias) {
        const std::string name = nameOf(*checkpoint, tensor, bias);
        auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& one) { return one.values.name == name; });
        if (group == groups.end()) {
            Group fresh;
            fresh.values.name = name;
            fresh.values.dtype = checkpoint->tensors()[tensor].dtype;
            groups.push_back(std::move(fresh));
            group = std::prev(groups.end());
        }
        group->tensors.push_back(tensor);
    };
    for (const Decay& decay : decays) {
        add(decay.pair.decay, false);
    }
    for (const Decay& decay : decays) {
        if (decay.pair.bias) {
            add(*decay.pair.bias, true);
        }
    }
    const auto files = std::make_shared<ShardFiles>(checkpoint);
    std::vector<DecayValues> out;
    for (Group& group : groups) {
        std::vector<double> all;
        for (const std::uint32_t tensor : group.tensors) {
            const auto read = decayValues(files, tensor, job);
            if (!read && read.error().code == Code::Cancelled) {
                return read.error();
            }
            if (!read) {
                continue;
            }
            if (all.size() + read->size() > MostValues) {
                all.clear();
                break;
            }
            all.insert(all.end(), read->begin(), read->end());
            ++group.values.tensors;
            group.values.dtype = checkpoint->tensors()[tensor].dtype == group.values.dtype ? group.values.dtype : DType::Unknown;
        }
        if (all.empty()) {
            continue;
        }
        ValueElements source(all);
        auto histogram = computeHistogram(source, options, job);
        if (!histogram) {
            return std::move(histogram).error();
        }
        group.values.histogram = *std::move(histogram);
        out.push_back(std::move(group.values));
    }
    return out;
}

} // namespace ckptscope
