// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/values/decay.h"
#include "core/values/histogram.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// What the half-lives of a whole checkpoint come to: what the window's dock and the HTML report say of them.
namespace ckptscope {

/// A head of one of several decays.
struct DecayHead {
    std::uint32_t decay = 0; ///< index into the list at hand
    std::uint32_t head = 0;
    bool operator==(const DecayHead&) const = default;
};

/// The same decays in another checkpoint, a donor.
struct DonorDecays {
    std::shared_ptr<const Checkpoint> donor;
    std::vector<std::optional<Decay>> of; ///< one a decay of ours; absent: the donor has none of its name and length
    std::size_t found = 0;
};

/// Finds the donor's decay of each of ours by name, as NameMatcher does, and computes it. What cannot be read there is
/// absent; fails only with Code::Cancelled. `ours` are of `checkpoint`.
Result<DonorDecays> computeDonorDecays(const Checkpoint& checkpoint, std::span<const Decay> ours, const std::shared_ptr<const Checkpoint>& donor,
                                       const JobContext& job = {});

/// Share of what a state held that is left after so many tokens, 2^(-tokens / halfLife).
[[nodiscard]] double leftAfter(double halfLife, std::uint64_t tokens) noexcept;
/// Decay's drift between two half-lives: 1 - exp(-|r' - r| * tokens), r = ln 2 / half-life.
[[nodiscard]] double driftBetween(double halfLife, double other, std::uint64_t tokens) noexcept;
/// Decay::drift of one head: against the same values in BF16, or against the far end of half a step where they are BF16
/// numbers already.
[[nodiscard]] double headDrift(const HalfLife& head, std::uint64_t tokens) noexcept;

/// How a drift reads.
enum class DriftWord : std::uint8_t {
    None,   ///< 0
    Slight, ///< below 1 %
    Some,   ///< below 10 %
    Large,
    Forgotten, ///< large, but of a head that has forgotten nearly everything by then: two numbers close to 0 differ,
               ///< which nothing reads
};

/// The drift of all heads after some tokens.
struct DriftAt {
    /// A head holds what it saw as long as this share of it is left.
    static constexpr double Held = 0.01;
    std::uint64_t tokens = 0;
    std::uint64_t heads = 0; ///< that were compared: those of finite or infinite half-life
    double worst = 0;
    DecayHead worstHead;
    double worstLeft = 1;      ///< leftAfter() of that head
    std::uint64_t holding = 0; ///< heads that still hold something: where drift is felt
    double worstHolding = 0;   ///< the worst of these
    DecayHead worstHoldingHead;
    [[nodiscard]] DriftWord word() const noexcept;
};

/// For Decay::DriftTokens; with a donor between our half-lives and the donor's, of the heads that it has.
[[nodiscard]] std::array<DriftAt, 3> driftOf(std::span<const Decay> decays, const DonorDecays* donor = nullptr);
[[nodiscard]] DriftWord driftWord(double drift, double left) noexcept;

/// The values of all decay tensors, or of all their biases, counted together.
struct DecayValues {
    std::string name; ///< the last part of their keys: "A_log", "dt_bias"
    std::uint64_t tensors = 0;
    DType dtype = DType::Unknown; ///< Unknown: they are stored in several
    Histogram histogram;
};

/// One entry a name, decays first. What cannot be read is left out, and so is a name of more than 2^22 values. Fails
/// only with Code::Cancelled.
Result<std::vector<DecayValues>> countDecayValues(const std::shared_ptr<const Checkpoint>& checkpoint, std::span<const Decay> decays,
                                                  const HistogramOptions& options = {64}, const JobContext& job = {});

} // namespace ckptscope
