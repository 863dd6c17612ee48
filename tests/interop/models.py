# SPDX-License-Identifier: Apache-2.0
"""Tiny models of the architectures that the contract names, and one that it does not, written by transformers' save_pretrained."""
import glob
import os
import pathlib

import torch
import transformers as tf
from safetensors import safe_open

LINEAR = dict(linear_num_key_heads=2, linear_key_head_dim=8, linear_num_value_heads=4, linear_value_head_dim=8)
TEXT = dict(vocab_size=96, hidden_size=32, num_attention_heads=2, num_key_value_heads=1, head_dim=16, num_hidden_layers=5,
            max_position_embeddings=128, **LINEAR)
KINDS = ["linear_attention", "linear_attention", "full_attention", "linear_attention", "linear_attention"]
EXPERTS = dict(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=16, shared_expert_intermediate_size=16)
VISION = dict(depth=1, hidden_size=32, intermediate_size=32, num_heads=2, patch_size=4, out_hidden_size=32, num_position_embeddings=16)
TOKENS = dict(image_token_id=90, video_token_id=91, vision_start_token_id=92, vision_end_token_id=93)


def qwen3_next():
    return tf.Qwen3NextForCausalLM(tf.Qwen3NextConfig(**TEXT, **EXPERTS, layer_types=KINDS, intermediate_size=32))


def qwen3_5_text():
    return tf.Qwen3_5ForCausalLM(tf.Qwen3_5TextConfig(**TEXT, layer_types=KINDS, intermediate_size=32))


def qwen3_5():
    text = dict(**TEXT, layer_types=KINDS, intermediate_size=32)
    return tf.Qwen3_5ForConditionalGeneration(tf.Qwen3_5Config(text_config=text, vision_config=VISION, **TOKENS))


def qwen3_5_moe_text():
    return tf.Qwen3_5MoeForCausalLM(tf.Qwen3_5MoeTextConfig(**TEXT, **EXPERTS, layer_types=KINDS))


def qwen3_5_moe():
    text = dict(**TEXT, **EXPERTS, layer_types=KINDS)
    return tf.Qwen3_5MoeForConditionalGeneration(tf.Qwen3_5MoeConfig(text_config=text, vision_config=VISION, **TOKENS))


def llama():
    return tf.LlamaForCausalLM(tf.LlamaConfig(vocab_size=96, hidden_size=32, intermediate_size=32, num_hidden_layers=2,
                                              num_attention_heads=2, num_key_value_heads=1))


CONTRACTED = ["qwen3_next", "qwen3_5_text", "qwen3_5", "qwen3_5_moe_text", "qwen3_5_moe"]
LAYOUTS = ["single", "sharded"]


def save(family, variant, layout, folder):
    """variant: "bf16": all weights; "f16": all weights; "fp32_params": all but A_log and dt_bias are BF16."""
    torch.manual_seed(7)
    model = globals()[family]()
    kept = {name: parameter.detach().clone() for name, parameter in model.named_parameters() if name.endswith(("A_log", "dt_bias"))}
    with torch.no_grad():
        for parameter in kept.values():
            parameter.add_(torch.randn_like(parameter), alpha=0.3)
    model = model.to(torch.float16 if variant == "f16" else torch.bfloat16)
    for name, parameter in model.named_parameters():
        if name in kept:
            parameter.data = kept[name].to(torch.float32 if variant == "fp32_params" else parameter.dtype)
    model.save_pretrained(folder, max_shard_size="12KB" if layout == "sharded" else "50GB")
    assert (len(shards(folder)) > 3) == (layout == "sharded")


def shards(folder):
    return sorted(glob.glob(os.path.join(folder, "*.safetensors")))


def tensors(folder):
    """Every tensor of a folder, in a dict."""
    found = {}
    for shard in shards(folder):
        with safe_open(shard, "pt") as file:
            for key in file.keys():
                assert key not in found
                found[key] = file.get_tensor(key)
    return found


def raw(tensor):
    """Its bytes, row-major; dtypes that NumPy does not know included."""
    flat = tensor.contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""


def demo_folder():
    return pathlib.Path(__file__).resolve().parents[2] / "resources" / "demo" / "qwen3-next-tiny-bf16"
