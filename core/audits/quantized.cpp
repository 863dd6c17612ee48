// SPDX-License-Identifier: Apache-2.0
#include "core/audits/list.h"
#include "core/audits/pershape.h"
#include "core/audits/quantfacts.h"
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

std::uint64_t blocks(std::uint64_t size, std::uint64_t block)
{
    return size / block + (size % block != 0 ? 1 : 0);
}

std::uint64_t product(const TensorInfo& tensor)
{
    return elementCount(tensor).value_or(UINT64_MAX);
}

/// Formats: deepseek-ai/DeepSeek-V3 README_WEIGHTS.md; vllm-project/compressed-tensors
/// src/compressed_tensors/compressors; NVIDIA/TensorRT-Model-Optimizer modelopt/torch/export; huggingface/transformers
/// src/transformers/integrations/{mxfp4,bitsandbytes}.py; AutoGPTQ/AutoGPTQ auto_gptq/nn_modules/qlinear;
/// casper-hansen/AutoAWQ awq/modules/linear; bitsandbytes functional.py (QuantState).
class QuantizedAudit {
public:
    QuantizedAudit(const Checkpoint& checkpoint, std::vector<Finding>& findings)
        : m_checkpoint(checkpoint)
        , m_sink(checkpoint, findings)
        , m_facts(checkpoint.config())
        , m_partial(isPartial(checkpoint))
    {
    }

    void run()
    {
        const auto& order = m_checkpoint.byName();
        const auto kinds = perShape(m_checkpoint, kindOf);
        for (m_position = 0; kinds.any() && m_position < order.size(); ++m_position) {
            const TensorInfo& tensor = m_checkpoint.tensors()[order[m_position]];
            switch (kinds(order[m_position])) {
            case Kind::None:
                break;
            case Kind::Grouped:
                grouped(tensor);
                break;
            case Kind::Weight:
                weight(tensor);
                break;
            case Kind::Scale:
                scale(tensor);
                break;
            case Kind::BlockScale:
                blockScale(tensor);
                break;
            case Kind::Packed:
                packed(tensor);
                break;
            case Kind::Second:
                second(tensor);
                break;
            case Kind::Mxfp4:
                mxfp4(tensor);
                break;
            case Kind::Bitsandbytes:
                bitsandbytes(tensor);
                break;
            }
        }
        // An F8 file without any scale is a plain cast (as image models are shipped), and a lone "weight_scale" may be
        // a model's own parameter; a file that says how it is quantised, or has whole pairs, is one.
        if (m_pairs > 0 || !m_facts.method.empty()) {
            for (const auto& [tensor, partner] : m_alone) {
                if (partner.empty()) {
                    m_sink.addOfRole(Code::AuditQuantNoScale, *tensor, {std::string(tensor->key), std::string(tensor->dtypeText())});
                } else {
                    m_sink.addOfRole(Code::AuditQuantNoPartner, *tensor, {std::string(tensor->key), partner});
                }
            }
        }
    }

private:
    /// What a tensor's name says that it may be a part of.
    enum class Kind : std::uint8_t { None, Grouped, Weight, Scale, BlockScale, Packed, Second, Mxfp4, Bitsandbytes };
    static Kind kindOf(std::string_view key) noexcept
    {
        if (key.ends_with(".qweight") || key.ends_with(".qzeros") || key.ends_with(".g_idx")) {
            return Kind::Grouped;
        }
        if (key.ends_with("weight") || key.ends_with("experts.gate_up_proj") || key.ends_with("experts.down_proj")) {
            return Kind::Weight;
        }
        if (key.ends_with("_scale_inv") || key.ends_with(".weight_scale")) {
            return Kind::Scale;
        }
        if (key.ends_with(".scale")) {
            return Kind::BlockScale;
        }
        if (key.ends_with(".weight_packed")) {
            return Kind::Packed;
        }
        if (key.ends_with(".weight_scale_2") || key.ends_with(".weight_global_scale") || key.ends_with(".weight_zero_point")) {
            return Kind::Second;
        }
        if (key.ends_with("_blocks") || key.ends_with("_scales")) {
            return Kind::Mxfp4;
        }
        return key.ends_with(".SCB") || key.find(".weight.") != std::string_view::npos ? Kind::Bitsandbytes : Kind::None;
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

    void wrongShape(const TensorInfo& tensor, const Shape& want, const TensorInfo& partner)
    {
        m_sink.addOfRole(Code::AuditQuantShape, tensor,
                         {std::string(tensor.key), shapeOf(tensor), std::string(partner.key), shapeOf(partner), textOf(want)});
    }
    void wantShape(const TensorInfo& tensor, const Shape& want, const TensorInfo& partner)
    {
        if (!std::equal(tensor.shape.begin(), tensor.shape.end(), want.begin(), want.end())) {
            wrongShape(tensor, want, partner);
        }
    }

    /// Told at the end, where the file proves to be quantised.
    void missing(const TensorInfo& tensor, const std::string& partner)
    {
        if (!m_partial) {
            m_alone.emplace_back(&tensor, partner);
        }
    }
    void withoutScale(const TensorInfo& tensor) { missing(tensor, std::string()); }

    /// Weights that keep their name: F8, I8, and two FP4 elements in a U8.
    void weight(const TensorInfo& tensor)
    {
        if (tensor.shape.size() < 2) {
            return;
        }
        const std::string_view module = tensor.key.substr(0, tensor.key.rfind('.') + 1); // with its dot
        if (isF8Weight(tensor.dtype)) {
            // DeepSeek: X.weight_scale_inv; compressed-tensors, ModelOpt: X.weight_scale; DeepSeek V4: X.scale;
            // ComfyUI: X.scale_weight
            const TensorInfo* inverse = find(tensor.key, "_scale_inv");
            const TensorInfo* plain = inverse == nullptr ? find(tensor.key, "_scale") : nullptr;
            const TensorInfo* bare = inverse == nullptr && plain == nullptr && tensor.key.ends_with(".weight") ? find(module, "scale") : nullptr;
            if (inverse != nullptr) {
                ++m_pairs;
                blockShape(*inverse, tensor);
            } else if (plain != nullptr) {
                ++m_pairs;
                floatScale(*plain, tensor);
            } else if (bare != nullptr) {
                ++m_pairs;
                if (bare->dtype == DType::F8_E8M0) {
                    blockShape(*bare, tensor);
                }
            } else if (find(tensor.key, "_weight_scale") != nullptr || find(module, "scale_weight") != nullptr) {
                ++m_pairs;
            } else {
                withoutScale(tensor);
            }
        } else if (tensor.dtype == DType::I8 && m_facts.method == "compressed-tensors" && tensor.key.ends_with(".weight")) {
            const TensorInfo* scale = find(tensor.key, "_scale");
            scale == nullptr ? withoutScale(tensor) : schemeShape(*scale, tensor, tensor.shape[1], tensor.shape[1]);
        } else if (tensor.dtype == DType::I8 && m_facts.method == "bitsandbytes" && tensor.key.ends_with(".weight")) {
            const TensorInfo* scale = find(module, "SCB");
            if (scale == nullptr) {
                withoutScale(tensor);
            } else {
                wantShape(*scale, {tensor.shape[0]}, tensor);
            }
        } else if (tensor.dtype == DType::U8 && m_facts.method == "modelopt" && tensor.key.ends_with(".weight")) {
            const TensorInfo* scale = find(tensor.key, "_scale");
            if (scale == nullptr) {
                withoutScale(tensor);
            } else if (m_facts.algorithm == "NVFP4") {
                nvfp4Shape(*scale, tensor);
                if (find(tensor.key, "_scale_2") == nullptr) {
                    missing(tensor, std::string(tensor.key) + "_scale_2");
                }
            }
        } else if (tensor.dtype == DType::U8 && m_facts.method == "bitsandbytes" && tensor.key.ends_with(".weight") && tensor.shape.back() == 1) {
            if (find(tensor.key, ".absmax") == nullptr) {
                missing(tensor, std::string(tensor.key) + ".absmax");
            }
        }
    }

    void blockShape(const TensorInfo& scale, const TensorInfo& weight)
    {
        if (!m_facts.blockRows || !m_facts.blockColumns) {
            return;
        }
        Shape want(weight.shape.begin(), weight.shape.end());
        want[want.size() - 2] = blocks(want[want.size() - 2], *m_facts.blockRows);
        want[want.size() - 1] = blocks(want[want.size() - 1], *m_facts.blockColumns);
        wantShape(scale, want, weight);
    }

    /// X.weight_scale of an F8 weight.
    void floatScale(const TensorInfo& scale, const TensorInfo& weight)
    {
        const bool mx = m_facts.format == "mxfp8-quantized" || (m_facts.method == "modelopt" && m_facts.algorithm == "MXFP8");
        if (mx) {
            Shape want(weight.shape.begin(), weight.shape.end());
            want.back() = blocks(want.back(), 32);
            wantShape(scale, want, weight);
        } else if (m_facts.method == "compressed-tensors" && weight.shape.size() == 2) {
            schemeShape(scale, weight, weight.shape[1], weight.shape[1]);
        } else if (m_facts.method == "modelopt" && m_facts.algorithm == "FP8" && product(scale) != 1) {
            wrongShape(scale, {}, weight);
        }
    }

    /// compressed-tensors: which shape follows from the strategy of the weight's group. Which group that is depends on
    /// module names, so any will do. `least` and `most`: bounds of the weight's columns, which packing rounds up.
    void schemeShape(const TensorInfo& scale, const TensorInfo& weight, std::uint64_t least, std::uint64_t most)
    {
        ++m_pairs;
        const std::uint64_t rows = weight.shape[0];
        std::optional<Shape> first;
        for (const auto& scheme : m_facts.schemes) {
            Shape want{rows, 1};
            if (scheme.strategy == "tensor" && product(scale) == 1) {
                return;
            }
            if (scheme.strategy == "tensor") {
                want = {1};
            } else if ((scheme.strategy == "group" || scheme.strategy == "tensor_group") && scheme.groupSize > 0) {
                const auto have = scale.shape.size() == 2 ? scale.shape[1] : 0;
                want[1] = std::clamp(have, blocks(least, scheme.groupSize), blocks(most, scheme.groupSize));
            } else if (scheme.strategy == "block" && scheme.rows > 0 && scheme.columns > 0) {
                want = {blocks(rows, scheme.rows), blocks(most, scheme.columns)};
            } else if (scheme.strategy != "channel") {
                return; // a strategy we do not know
            }
            if (std::equal(scale.shape.begin(), scale.shape.end(), want.begin(), want.end())
                || (scheme.strategy == "channel" && scale.shape.size() == 1 && scale.shape[0] == rows)) {
                return;
            }
            first = first ? first : std::optional(want);
        }
        if (first) {
            wrongShape(scale, *first, weight);
        }
    }

    void scale(const TensorInfo& tensor)
    {
        std::string_view end = "_scale_inv";
        auto base = withoutSuffix(tensor.key, end);
        if (!base) {
            end = "_scale";
            base = withoutSuffix(tensor.key, end);
        }
        // X_proj_scale_inv is a fused tensor's; X.activation_scale_inv and the like have no weight
        if (!base || base->ends_with("input") || base->ends_with("activation")) {
            return;
        }
        const TensorInfo* weight = find(std::string(*base));
        if (weight == nullptr && find(*base, "_packed") == nullptr && find(*base, "_qdata") == nullptr) {
            missing(tensor, std::string(*base));
        }
    }

    /// ModelOpt's second scale, compressed-tensors' global scale and zero points: parts of X.weight or X.weight_packed.
    void second(const TensorInfo& tensor)
    {
        const std::string base(tensor.key.substr(0, tensor.key.rfind(".weight_") + std::string_view(".weight").size()));
        if (find(base) == nullptr && find(base, "_packed") == nullptr) {
            missing(tensor, base);
        }
    }

    /// DeepSeek V4's X.scale; other models call parameters of their own so, but not in E8M0.
    void blockScale(const TensorInfo& tensor)
    {
        const std::string_view module = tensor.key.substr(0, tensor.key.size() - std::string_view("scale").size());
        if (tensor.dtype == DType::F8_E8M0 && find(module, "weight") == nullptr) {
            missing(tensor, std::string(module) + "weight");
        }
    }

    /// Two elements a byte, one scale for 16 elements.
    void nvfp4Shape(const TensorInfo& scale, const TensorInfo& weight)
    {
        ++m_pairs;
        Shape want(weight.shape.begin(), weight.shape.end());
        want.back() = blocks(want.back(), 8);
        wantShape(scale, want, weight);
    }

    /// compressed-tensors: X.weight_packed with X.weight_scale, and what its format adds.
    void packed(const TensorInfo& tensor)
    {
        const std::string_view base = tensor.key.substr(0, tensor.key.size() - std::string_view("_packed").size());
        const TensorInfo* scale = find(base, "_scale");
        if (scale == nullptr) {
            missing(tensor, std::string(base) + "_scale");
            return;
        }
        ++m_pairs;
        if (tensor.shape.size() != 2) {
            return;
        }
        if (m_facts.format == "nvfp4-pack-quantized") {
            nvfp4Shape(*scale, tensor);
            if (find(base, "_global_scale") == nullptr) {
                missing(tensor, std::string(base) + "_global_scale");
            }
        } else if (m_facts.format == "mxfp4-pack-quantized") {
            wantShape(*scale, {tensor.shape[0], blocks(tensor.shape[1], 16)}, tensor);
        } else if (m_facts.format == "pack-quantized") {
            if (find(base, "_shape") == nullptr) {
                missing(tensor, std::string(base) + "_shape");
            }
            const auto bits = m_facts.number("config_groups.group_0.weights.num_bits");
            if (bits && *bits <= 32 && m_facts.schemes.size() == 1 && tensor.dtype == DType::I32 && tensor.shape[1] > 0
                && tensor.shape[1] < UINT32_MAX) {
                const auto pack = 32 / *bits;
                schemeShape(*scale, tensor, (tensor.shape[1] - 1) * pack + 1, tensor.shape[1] * pack);
            }
        }
    }

    /// gpt-oss: blocks (..., G, 16) and scales (..., G).
    void mxfp4(const TensorInfo& tensor)
    {
        if (tensor.dtype != DType::U8 && tensor.dtype != DType::F8_E8M0) {
            return;
        }
        if (const auto base = withoutSuffix(tensor.key, "_blocks")) {
            const TensorInfo* scales = find(*base, "_scales");
            if (scales == nullptr) {
                missing(tensor, std::string(*base) + "_scales");
            } else if (tensor.shape.size() > 1) {
                ++m_pairs;
                wantShape(*scales, Shape(tensor.shape.begin(), tensor.shape.end() - 1), tensor);
            }
        } else if (const auto scales = withoutSuffix(tensor.key, "_scales"); scales && find(*scales, "_blocks") == nullptr) {
            missing(tensor, std::string(*scales) + "_blocks");
        }
    }

    /// GPTQ: qweight (in · bits / 32, out), scales (groups, out), qzeros (groups, out · bits / 32), g_idx (in);
    /// AWQ: qweight (in, out · bits / 32), scales and qzeros as GPTQ's.
    void grouped(const TensorInfo& tensor)
    {
        const std::string_view module = tensor.key.substr(0, tensor.key.rfind('.') + 1);
        const TensorInfo* weight = tensor.key.ends_with(".qweight") ? &tensor : find(module, "qweight");
        if (weight == nullptr) {
            missing(tensor, std::string(module) + "qweight");
            return;
        }
        if (weight != &tensor) {
            return;
        }
        const TensorInfo* scales = find(module, "scales");
        const TensorInfo* zeros = find(module, "qzeros");
        if (scales == nullptr) {
            missing(tensor, std::string(module) + "scales");
            return;
        }
        ++m_pairs;
        const bool gptq = m_facts.method == "gptq" || m_facts.method == "gptq_v2";
        if (zeros == nullptr && (gptq || m_facts.method == "awq") && anyZeros()) {
            missing(tensor, std::string(module) + "qzeros");
        }
        const auto bits = m_facts.number("bits");
        const auto* size = m_facts.value("group_size");
        const auto* whole = size != nullptr ? std::get_if<std::int64_t>(size) : nullptr;
        // Other kernels' layouts (Marlin, GEMV), and layers quantised each in its own way (GPTQModel's "dynamic"), are
        // left alone.
        const std::string layout = m_facts.text(gptq ? "checkpoint_format" : "version");
        const bool plain = layout.empty() || (gptq ? layout == "gptq" || layout == "gptq_v2" : layout == "gemm" || layout == "GEMM");
        if (!plain || !(gptq || m_facts.method == "awq") || m_facts.perModule || !bits || *bits > 8 || tensor.dtype != DType::I32
            || tensor.shape.size() != 2 || tensor.shape[0] > UINT32_MAX || tensor.shape[1] > UINT32_MAX) {
            return;
        }
        const std::uint64_t in = gptq ? tensor.shape[0] * 32 / *bits : tensor.shape[0];
        const std::uint64_t out = gptq ? tensor.shape[1] : tensor.shape[1] * 32 / *bits;
        const auto have = scales->shape.size() == 2 ? scales->shape[0] : 0;
        const std::uint64_t groups = whole == nullptr ? have : *whole > 0 ? blocks(in, static_cast<std::uint64_t>(*whole)) : 1;
        wantShape(*scales, {groups, out}, tensor);
        if (zeros != nullptr) {
            wantShape(*zeros, {groups, blocks(out * *bits, 32)}, tensor);
        }
        if (const TensorInfo* order = find(module, "g_idx"); order != nullptr && gptq && product(*order) != 0) {
            wantShape(*order, {in}, tensor);
        }
    }

    /// Symmetric exports leave all zero points out.
    [[nodiscard]] bool anyZeros()
    {
        if (!m_anyZeros) {
            const auto& all = m_checkpoint.tensors();
            m_anyZeros = std::any_of(all.begin(), all.end(), [](const TensorInfo& tensor) { return tensor.key.ends_with(".qzeros"); });
        }
        return *m_anyZeros;
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
        const auto at = key.rfind(".weight.");
        if (at == std::string_view::npos) {
            return;
        }
        const std::string_view weight = key.substr(0, at + std::string_view(".weight").size());
        const std::string_view part = key.substr(weight.size());
        if (part == ".quant_map" || part.starts_with(".quant_state.bitsandbytes__")) {
            if (find(weight, ".absmax") == nullptr) {
                missing(tensor, std::string(weight) + ".absmax");
            }
            return;
        }
        if (part != ".absmax") {
            return;
        }
        const TensorInfo* packedWeight = find(std::string(weight));
        for (const std::string_view other : {"", ".quant_map"}) {
            if (find(weight, other) == nullptr) {
                missing(tensor, std::string(weight) + std::string(other));
            }
        }
        const auto any = [&](std::string_view kind) { return find(weight, ".quant_state.bitsandbytes__" + std::string(kind)) != nullptr; };
        if (!any("nf4") && !any("fp4")) {
            missing(tensor, std::string(weight) + ".quant_state.bitsandbytes__nf4");
        }
        if (packedWeight == nullptr || packedWeight->dtype != DType::U8) {
            return;
        }
        ++m_pairs;
        absmaxShape(tensor, *packedWeight);
        if (tensor.dtype == DType::U8) { // quantised once more
            for (const std::string_view other : {".nested_absmax", ".nested_quant_map"}) {
                if (find(weight, other) == nullptr) {
                    missing(tensor, std::string(weight) + std::string(other));
                }
            }
        }
    }

    /// One number for a block of 64 elements, or of another power of two: the state's JSON knows, which is an element
    /// value.
    void absmaxShape(const TensorInfo& absmax, const TensorInfo& weight)
    {
        const auto bytes = product(weight);
        const auto count = product(absmax);
        for (std::uint64_t block = 32; block <= 4096; block *= 2) {
            if (bytes < UINT32_MAX * 4ULL && (count == blocks(bytes * 2, block) || (bytes > 0 && count == blocks(bytes * 2 - 1, block)))) {
                return;
            }
        }
        wrongShape(absmax, {blocks(bytes * 2, 64)}, weight);
    }

    const Checkpoint& m_checkpoint;
    AuditSink m_sink;
    QuantizationFacts m_facts;
    bool m_partial = false;
    std::size_t m_position = 0;
    std::uint64_t m_pairs = 0; ///< whole ones
    std::optional<bool> m_anyZeros;
    std::vector<std::pair<const TensorInfo*, std::string>> m_alone; ///< parts whose partner is missing: its name, or empty: a scale
};

} // namespace

void auditQuantized(const Checkpoint& checkpoint, const ArchitectureChoice&, std::vector<Finding>& findings)
{
    QuantizedAudit(checkpoint, findings).run();
}

} // namespace ckptscope
