// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/gated_delta_net_fp32.h"

#include <algorithm>

namespace ckptscope::gated_delta_net_fp32 {

namespace {

constexpr std::string_view Layer = ".linear_attn.";
constexpr std::string_view Holder = "._fp32_params.";
constexpr std::string_view LayerHolder = ".linear_attn._fp32_params.";

bool endsWithAny(std::string_view key, ParamNames names) noexcept
{
    return std::any_of(names.begin(), names.end(), [key](std::string_view name) { return key.ends_with(name); });
}

bool contains(std::string_view key, std::string_view part) noexcept
{
    return key.find(part) != std::string_view::npos;
}

} // namespace

bool has_gated_delta_net_fp32_checkpoint_contract(std::span<const std::string> architectures) noexcept
{
    return std::any_of(architectures.begin(), architectures.end(), [](const std::string& name) {
        return std::find(GDN_FP32_CHECKPOINT_ARCHITECTURES.begin(), GDN_FP32_CHECKPOINT_ARCHITECTURES.end(), name)
            != GDN_FP32_CHECKPOINT_ARCHITECTURES.end();
    });
}

bool is_gated_delta_net_fp32_param_key(std::string_view key, ParamNames names) noexcept
{
    return endsWithAny(key, names) && contains(key, Layer);
}

std::string strip_fp32_holder_key(std::string_view key)
{
    std::string out;
    out.reserve(key.size());
    std::size_t at = 0;
    for (;;) {
        const std::size_t found = key.find(LayerHolder, at);
        if (found == std::string_view::npos) {
            out.append(key.substr(at));
            return out;
        }
        out.append(key.substr(at, found - at)).append(Layer);
        at = found + LayerHolder.size(); // the dot behind the holder is used up: matches do not overlap
    }
}

std::string route_fp32_holder_key(std::string_view key, ParamNames names)
{
    if (!endsWithAny(key, names) || contains(key, Holder)) {
        return std::string(key);
    }
    const std::size_t layer = key.rfind(Layer);
    if (layer == std::string_view::npos) {
        return std::string(key);
    }
    std::string out;
    out.reserve(key.size() + Holder.size());
    out.append(key.substr(0, layer)).append(LayerHolder).append(key.substr(layer + Layer.size()));
    return out;
}

std::optional<DType> upcast_gated_delta_net_fp32_state_tensor(std::string_view key, DType dtype, ParamNames names) noexcept
{
    if (dtype == DType::F32 || !isRealFloat(dtype) || !is_gated_delta_net_fp32_param_key(key, names)) {
        return std::nullopt;
    }
    return DType::F32;
}

std::map<std::string, DType, std::less<>> forced_gated_delta_net_fp32_dtype_mapping(std::span<const std::pair<std::string_view, DType>> state,
                                                                                    ParamNames names)
{
    std::map<std::string, DType, std::less<>> forced;
    for (const auto& [key, dtype] : state) {
        if (!is_gated_delta_net_fp32_param_key(key, names)) {
            continue;
        }
        if (isRealFloat(dtype)) {
            forced.insert_or_assign(std::string(key), DType::F32);
        }
    }
    return forced;
}

} // namespace ckptscope::gated_delta_net_fp32
