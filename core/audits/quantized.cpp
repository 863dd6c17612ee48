// SPDX-License-Identifier: Apache-2.0
#include "core/audits/list.h"
#include "core/audits/sink.h"
#include "core/text/text.h"

#include <algorithm>

namespace ckptscope {

namespace {

using Shape = std::vector<std::uint64_t>;

std::string textOf(const Shape& shape)
{
    return shapeText(shape.data(), shape.size());
}

bool isF8Weight(DType dtype) noexcept
{
    return dtype == DType::F8_E4M3 || dtype == DType::F8_E5M2 || dtype == DType::F8_E4M3FNUZ || dtype == DType::F8_E5M2FNUZ;
}

/// A value of quantization_config, wherever the file keeps it.
const ConfigValue* quantizationValue(const ModelConfig& config, std::string_view name)
{
    for (const std::string_view part : {"", "text_config.", "language_config.", "llm_config."}) {
        if (const auto* value = config.find(std::string(part) + "quantization_config." + std::string(name))) {
            return value;
        }
    }
    return nullptr;
}

std::string quantizationText(const ModelConfig& config, std::string_view name)
{
    const auto* value = quantizationValue(config, name);
    const auto* text = value != nullptr ? std::get_if<std::string>(value) : nullptr;
    return text != nullptr ? *text : std::string();
}

std::optional<std::uint64_t> quantizationNumber(const ModelConfig& config, std::string_view name)
{
    const auto* value = quantizationValue(config, name);
    const auto* number = value != nullptr ? std::get_if<std::int64_t>(value) : nullptr;
    return number != nullptr && *number > 0 ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
}

std::uint64_t blocks(std::uint64_t size, std::uint64_t block)
{
    return size / block + (size % block != 0 ? 1 : 0);
}

class QuantizedAudit {
public:
    QuantizedAudit(const Checkpoint& checkpoint, std::vector<Finding>& findings)
        : m_checkpoint(checkpoint)
        , m_sink(checkpoint, findings)
        , m_method(quantizationText(checkpoint.config(), "quant_method"))
        , m_partial(isPartial(checkpoint))
    {
        m_blockRows = quantizationNumber(checkpoint.config(), "weight_block_size.0");
        m_blockColumns = quantizationNumber(checkpoint.config(), "weight_block_size.1");
    }

    void run()
    {
        const auto& order = m_checkpoint.byName();
        for (m_position = 0; m_position < order.size(); ++m_position) {
            const TensorInfo& tensor = m_checkpoint.tensors()[order[m_position]];
            const std::string_view key = tensor.key;
            if (key.ends_with("weight")) {
                weight(tensor);
            } else if (key.ends_with("_scale_inv") || key.ends_with("weight_scale")) {
                scale(tensor);
            } else if (key.ends_with("weight_packed")) {
                packed(tensor);
            } else if (key.ends_with("_blocks") || key.ends_with("_scales")) {
                mxfp4(tensor);
            } else if (key.ends_with("qweight") || key.ends_with("qzeros") || key.ends_with(".g_idx")) {
                grouped(tensor);
            } else if (key.ends_with(".absmax") || key.ends_with(".quant_map") || key.ends_with(".SCB") || key.find(".quant_state.") != std::string_view::npos) {
                bitsandbytes(tensor);
            }
        }
        // An F8 file without any scale is a plain cast (as image models are shipped); one that lost some of them is not.
        if (m_scaled > 0 || needsScales()) {
            for (const TensorInfo* tensor : m_unscaled) {
                m_sink.add(Code::AuditQuantNoScale, *tensor, {std::string(tensor->key), std::string(tensor->dtypeText())});
            }
        }
    }

private:
    [[nodiscard]] bool needsScales() const
    {
        return m_method == "fp8" || m_method == "fbgemm_fp8" || m_method == "compressed-tensors" || m_method == "modelopt";
    }

    /// A key beside the one at hand; neighbours in name order are looked at first, since partners stand together.
    [[nodiscard]] const TensorInfo* find(const std::string& key) const
    {
        const auto& order = m_checkpoint.byName();
        for (std::size_t n = m_position > 2 ? m_position - 2 : 0; n < order.size() && n < m_position + 4; ++n) {
            const TensorInfo& tensor = m_checkpoint.tensors()[order[n]];
            if (tensor.key == key) {
                return &tensor;
            }
        }
        return m_checkpoint.find(key);
    }
    [[nodiscard]] const TensorInfo* find(std::string_view base, std::string_view end) const { return find(std::string(base) + std::string(end)); }

    void wantShape(const TensorInfo& tensor, const Shape& want, const TensorInfo& partner)
    {
        if (!std::equal(tensor.shape.begin(), tensor.shape.end(), want.begin(), want.end())) {
            m_sink.add(Code::AuditQuantShape, tensor,
                       {std::string(tensor.key), shapeOf(tensor), std::string(partner.key), shapeOf(partner), textOf(want)});
        }
    }

    void missing(const TensorInfo& tensor, const std::string& partner)
    {
        if (!m_partial) {
            m_sink.add(Code::AuditQuantNoPartner, tensor, {std::string(tensor.key), partner});
        }
    }

    void weight(const TensorInfo& tensor)
    {
        if (!isF8Weight(tensor.dtype) || tensor.shape.size() < 2) {
            return;
        }
        // DeepSeek: X.weight and X.weight_scale_inv; compressed-tensors, ModelOpt: X.weight_scale; DeepSeek V4: X.scale; ComfyUI: X.scale_weight
        const TensorInfo* inverse = find(tensor.key, "_scale_inv");
        const std::string_view module = tensor.key.substr(0, tensor.key.size() - std::string_view("weight").size());
        if (inverse != nullptr) {
            ++m_scaled;
            blockShape(*inverse, tensor);
        } else if (find(tensor.key, "_scale") != nullptr || find(module, "scale") != nullptr || find(module, "scale_weight") != nullptr) {
            ++m_scaled;
        } else if (!m_partial) {
            m_unscaled.push_back(&tensor);
        }
    }

    void blockShape(const TensorInfo& scale, const TensorInfo& weight)
    {
        if (!m_blockRows || !m_blockColumns || weight.shape.size() < 2) {
            return;
        }
        Shape want(weight.shape.begin(), weight.shape.end());
        want[want.size() - 2] = blocks(want[want.size() - 2], *m_blockRows);
        want[want.size() - 1] = blocks(want[want.size() - 1], *m_blockColumns);
        wantShape(scale, want, weight);
    }

    void scale(const TensorInfo& tensor)
    {
        std::string_view end = "_scale_inv";
        auto base = withoutSuffix(tensor.key, end);
        if (!base) {
            end = "_scale";
            base = withoutSuffix(tensor.key, end);
        }
        if (!base || base->ends_with("input") || base->ends_with("activation")) {
            return;
        }
        const TensorInfo* weight = find(std::string(*base));
        const TensorInfo* packedWeight = weight == nullptr ? find(*base, "_packed") : nullptr;
        if (weight == nullptr && packedWeight == nullptr) {
            missing(tensor, std::string(*base));
        } else if (weight != nullptr && end == "_scale" && weight->dtype == DType::U8 && tensor.dtype == DType::F8_E4M3) {
            nvfp4Shape(tensor, *weight); // ModelOpt NVFP4
        }
    }

    /// Two elements a byte, one scale for 16 elements.
    void nvfp4Shape(const TensorInfo& scale, const TensorInfo& weight)
    {
        if (weight.shape.empty()) {
            return;
        }
        Shape want(weight.shape.begin(), weight.shape.end());
        want.back() = blocks(want.back(), 8);
        wantShape(scale, want, weight);
    }

    void packed(const TensorInfo& tensor)
    {
        const std::string_view base = tensor.key.substr(0, tensor.key.size() - std::string_view("_packed").size());
        const TensorInfo* scale = find(base, "_scale");
        if (scale == nullptr) {
            missing(tensor, std::string(base) + "_scale");
            return;
        }
        const std::string format = quantizationText(m_checkpoint.config(), "format");
        if (format == "nvfp4-pack-quantized") {
            nvfp4Shape(*scale, tensor);
            if (find(base, "_global_scale") == nullptr) {
                missing(tensor, std::string(base) + "_global_scale");
            }
        } else if (format == "mxfp4-pack-quantized" && !tensor.shape.empty()) {
            Shape want(tensor.shape.begin(), tensor.shape.end());
            want.back() = blocks(want.back(), 16);
            wantShape(*scale, want, tensor);
        } else if (format == "pack-quantized" && find(base, "_shape") == nullptr) {
            missing(tensor, std::string(base) + "_shape");
        }
    }

    /// gpt-oss: blocks (..., G, 16) and scales (..., G).
    void mxfp4(const TensorInfo& tensor)
    {
        if (const auto base = withoutSuffix(tensor.key, "_blocks")) {
            const TensorInfo* scales = find(*base, "_scales");
            if (scales == nullptr) {
                missing(tensor, std::string(*base) + "_scales");
            } else if (tensor.dtype == DType::U8 && tensor.shape.size() > 1) {
                wantShape(*scales, Shape(tensor.shape.begin(), tensor.shape.end() - 1), tensor);
            }
        } else if (const auto scales = withoutSuffix(tensor.key, "_scales"); scales && tensor.dtype == DType::U8 && find(*scales, "_blocks") == nullptr) {
            missing(tensor, std::string(*scales) + "_blocks");
        }
    }

    /// GPTQ: qweight (in / pack, out), scales (groups, out), qzeros (groups, out / pack); AWQ: qweight (in, out / pack).
    void grouped(const TensorInfo& tensor)
    {
        const auto dot = tensor.key.rfind('.');
        const std::string_view module = dot == std::string_view::npos ? std::string_view() : tensor.key.substr(0, dot + 1);
        if (!tensor.key.ends_with("qweight")) {
            if (find(module, "qweight") == nullptr) {
                missing(tensor, std::string(module) + "qweight");
            }
            return;
        }
        const TensorInfo* scales = find(module, "scales");
        if (scales == nullptr) {
            missing(tensor, std::string(module) + "scales");
            return;
        }
        const TensorInfo* zeros = find(module, "qzeros");
        if (tensor.dtype != DType::I32 || tensor.shape.size() != 2 || scales->shape.size() != 2) {
            return;
        }
        const auto bits = quantizationNumber(m_checkpoint.config(), "bits");
        const std::uint64_t pack = bits && *bits <= 32 ? 32 / *bits : 8;
        const std::uint64_t out = m_method == "awq" ? tensor.shape[1] * pack : tensor.shape[1];
        wantShape(*scales, {scales->shape[0], out}, tensor);
        if (zeros != nullptr && bits && 32 % *bits == 0) {
            wantShape(*zeros, {scales->shape[0], blocks(out, pack)}, tensor);
        }
    }

    void bitsandbytes(const TensorInfo& tensor)
    {
        const std::string_view key = tensor.key;
        if (const auto module = withoutSuffix(key, ".SCB")) {
            if (find(*module, ".weight") == nullptr) {
                missing(tensor, std::string(*module) + ".weight");
            }
            return;
        }
        if (const auto weight = withoutSuffix(key, ".absmax")) {
            if (find(std::string(*weight)) == nullptr) {
                missing(tensor, std::string(*weight));
            }
            if (find(*weight, ".quant_map") == nullptr) {
                missing(tensor, std::string(*weight) + ".quant_map");
            }
            const auto any = [&](std::string_view kind) { return find(*weight, ".quant_state.bitsandbytes__" + std::string(kind)) != nullptr; };
            if (!any("nf4") && !any("fp4")) {
                missing(tensor, std::string(*weight) + ".quant_state.bitsandbytes__nf4");
            }
            return;
        }
        const auto end = key.ends_with(".quant_map") ? key.size() - std::string_view(".quant_map").size() : key.find(".quant_state.");
        const std::string_view weight = key.substr(0, end);
        if (weight.ends_with("weight") && find(weight, ".absmax") == nullptr) {
            missing(tensor, std::string(weight) + ".absmax");
        }
    }

    const Checkpoint& m_checkpoint;
    AuditSink m_sink;
    std::string m_method;
    bool m_partial = false;
    std::optional<std::uint64_t> m_blockRows;
    std::optional<std::uint64_t> m_blockColumns;
    std::size_t m_position = 0;
    std::uint64_t m_scaled = 0;
    std::vector<const TensorInfo*> m_unscaled;
};

} // namespace

void auditQuantized(const Checkpoint& checkpoint, const ArchitectureChoice&, std::vector<Finding>& findings)
{
    QuantizedAudit(checkpoint, findings).run();
}

} // namespace ckptscope
