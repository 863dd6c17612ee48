// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/job.h"
#include "core/result.h"
#include "core/values/elements.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace ckptscope {

/// A decay parameter and the bias of its time step, which belong to one layer.
struct DecayPair {
    std::uint32_t decay = 0;           ///< A_log, or GGUF's ssm_a (which holds -exp(A_log))
    std::optional<std::uint32_t> bias; ///< dt_bias, dt_proj.bias, ssm_dt.bias; absent: taken as 0
    bool negativeExp = false;          ///< the tensor holds -exp(A_log)
};

/// The pairs of a checkpoint, in path order of their decay tensors: layers.2 before layers.10. Keys end in A_log with dt_bias (Qwen3-Next, Kimi Linear, Mamba-2,
/// Nemotron-H) or dt_proj.bias (Mamba, Jamba) beside it, also inside NeMo's holder; or in ssm_a with ssm_dt.bias (GGUF).
[[nodiscard]] std::vector<DecayPair> findDecayPairs(const Checkpoint& checkpoint);
/// Whether this key is a decay parameter or the bias of one, by its last parts alone.
[[nodiscard]] bool isDecayKey(std::string_view key) noexcept;

/// How long a head (or channel) remembers.
struct HalfLife {
    double tokens = 0; ///< from the stored values, computed in double
    double narrow = 0; ///< from the values rounded to BF16 (to nearest even); the same where they are BF16 numbers already
    double low = 0;    ///< shortest and longest that the true values can have had: each stored value moved by half a step of the
    double high = 0;   ///< precision that it still has (its dtype's, or BF16's or F16's where it is laundered)
};

/// Formula. The state of a gated delta rule, or of a selective state space, is multiplied at every token by exp(g) with
///     g = -exp(A_log) * softplus(x + dt_bias),   softplus(t) = log(1 + exp(t)),
/// where x is the gate's input (NVIDIA-NeMo/Automodel, huggingface/transformers modeling_qwen3_next.py, state-spaces/mamba mamba2.py).
/// Assumption: x = 0, so that only the parameters speak. The half-life is log(2) / (exp(A_log) * softplus(dt_bias)) tokens: infinite where
/// A_log is -Inf. Where A_log and dt_bias differ in length, the shorter one is spread evenly: A_log of H heads over H * D channels (Kimi
/// Linear), dt_bias of D channels over D * N states (Mamba).
///
/// Drift over N tokens is the relative difference of two decay products to the larger one, 1 - exp(-|r' - r| * N), with r the rate per token
/// of the stored values and r' that of the same values rounded to BF16; where the values are BF16 numbers already, with r' the rate at the
/// far end of half a step, which is the worst that rounding can have done. It lies between 0 (no difference) and 1.
struct Decay {
    static constexpr std::array<std::uint64_t, 3> DriftTokens{4096, 32768, 262144};
    DecayPair pair;
    DType decayDtype = DType::Unknown;
    DType biasDtype = DType::Unknown;
    bool decayIsNarrow = false; ///< every value of the decay tensor is a BF16 or F16 number: F32 is only its storage
    bool biasIsNarrow = false;
    std::vector<HalfLife> halfLives;          ///< one a head, channel or state, in the order of the longer tensor
    std::array<double, 3> drift{};            ///< worst over all, for DriftTokens
    std::array<std::uint32_t, 3> driftHead{}; ///< whose it is
};

/// Code::ValuesUnreadable where the two lengths do not divide; Code::LimitExceeded above 2^22 elements.
Result<Decay> computeDecay(const std::shared_ptr<ShardFiles>& files, const DecayPair& pair, const JobContext& job = {});

/// All values of a decay tensor or its bias. Errors as computeDecay().
Result<std::vector<double>> decayValues(const std::shared_ptr<ShardFiles>& files, std::uint32_t tensor, const JobContext& job = {});

/// All pairs of a checkpoint whose figures can be computed, in the order of findDecayPairs(). Fails only with Code::Cancelled.
Result<std::vector<Decay>> computeDecays(const std::shared_ptr<const Checkpoint>& checkpoint, const JobContext& job = {});

/// The same for values at hand: `bias` may be empty (0). For tests and donors.
Result<Decay> decayOf(DType decayDtype, std::span<const double> decay, DType biasDtype, std::span<const double> bias, bool negativeExp);

} // namespace ckptscope
