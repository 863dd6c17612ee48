// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/dtype.h"

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The fp32 contract of GatedDeltaNet layers, function by function with the names of NVIDIA NeMo AutoModel,
/// nemo_automodel/components/models/common/gated_delta_net_fp32.py (0.7.0, Apache-2.0); behaviour equal on every input,
/// which tests/interop shows by running that module.
namespace ckptscope::gated_delta_net_fp32 {

inline constexpr std::string_view HOLDER_NAME = "_fp32_params";
inline constexpr std::array<std::string_view, 2> FP32_GDN_PARAM_NAMES{"A_log", "dt_bias"};
inline constexpr std::array<std::string_view, 5> GDN_FP32_CHECKPOINT_ARCHITECTURES{
    "Qwen3NextForCausalLM", "Qwen3_5ForCausalLM", "Qwen3_5ForConditionalGeneration", "Qwen3_5MoeForCausalLM", "Qwen3_5MoeForConditionalGeneration"};

using ParamNames = std::span<const std::string_view>;

/// Any architecture is in the set. An empty list (missing, null or a plain string in config.json) gives false.
[[nodiscard]] bool has_gated_delta_net_fp32_checkpoint_contract(std::span<const std::string> architectures) noexcept;
/// Ends with a tracked name (plain suffix, no dot needed) and contains ".linear_attn.".
[[nodiscard]] bool is_gated_delta_net_fp32_param_key(std::string_view key, ParamNames names = FP32_GDN_PARAM_NAMES) noexcept;
/// Every non-overlapping ".linear_attn._fp32_params." loses the holder, left to right; any parameter under it, tracked or not.
[[nodiscard]] std::string strip_fp32_holder_key(std::string_view key);
/// Puts the holder after the last ".linear_attn." of a tracked key that holds no "._fp32_params." yet; else the key itself.
[[nodiscard]] std::string route_fp32_holder_key(std::string_view key, ParamNames names = FP32_GDN_PARAM_NAMES);
/// The dtype that the tensor of this key is upcast to: F32 for a tracked key in another real floating dtype (F64 narrows);
/// nullopt: it stays untouched.
[[nodiscard]] std::optional<DType> upcast_gated_delta_net_fp32_state_tensor(std::string_view key, DType dtype,
                                                                            ParamNames names = FP32_GDN_PARAM_NAMES) noexcept;
/// {key: F32} for tracked keys whose dtype is real floating.
[[nodiscard]] std::map<std::string, DType, std::less<>>
forced_gated_delta_net_fp32_dtype_mapping(std::span<const std::pair<std::string_view, DType>> state, ParamNames names = FP32_GDN_PARAM_NAMES);

} // namespace ckptscope::gated_delta_net_fp32
