# SPDX-License-Identifier: Apache-2.0
"""Writes the checkpoints that the benchmarks read. A program of its own, so that who measures holds no memory of it:

    python tests/bench/models.py wide FILE TENSORS SHARDS     the names of a mixture of experts, sorted as safetensors' writer sorts them; holes for bytes
    python tests/bench/models.py bf16 FOLDER MIB SHARDS        layers of Qwen3-Next, all BF16, random values; three of four layers with A_log and dt_bias
    python tests/bench/models.py holes FOLDER MIB SHARDS       the same with holes for bytes
"""
import json
import os
import pathlib
import sys

EXPERTS = 512
LAYER = ["input_layernorm.weight", "linear_attn.A_log", "linear_attn.conv1d.weight", "linear_attn.dt_bias", "linear_attn.in_proj_ba.weight",
         "linear_attn.in_proj_qkvz.weight", "linear_attn.norm.weight", "linear_attn.out_proj.weight", "mlp.gate.weight", "mlp.shared_expert.down_proj.weight",
         "mlp.shared_expert.gate_proj.weight", "mlp.shared_expert.up_proj.weight", "mlp.shared_expert_gate.weight", "post_attention_layernorm.weight"]
CONFIG = {"architectures": ["Qwen3NextForCausalLM"], "model_type": "qwen3_next", "torch_dtype": "bfloat16"}


def wide_names(count):
    names = ["model.embed_tokens.weight", "lm_head.weight", "model.norm.weight"]
    layer = 0
    while len(names) < count:
        prefix = f"model.layers.{layer}."
        names += [prefix + name for name in LAYER]
        names += [f"{prefix}mlp.experts.{expert}.{part}_proj.weight" for expert in range(EXPERTS) for part in ("down", "gate", "up")]
        layer += 1
    return names[:count], layer


def header(tensors):
    """tensors: (name, dtype, shape, bytes). The text with its length in front, and how many bytes follow."""
    entries, at = {"__metadata__": {"format": "pt"}}, 0
    for name, dtype, shape, size in tensors:
        entries[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text, at


def write_folder(folder, shards, fill, layers):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({**CONFIG, "num_hidden_layers": layers}))
    weight_map, total = {}, 0
    for number, tensors in enumerate(shards, 1):
        name = f"model-{number:05}-of-{len(shards):05}.safetensors" if len(shards) > 1 else "model.safetensors"
        text, size = header(tensors)
        with open(folder / name, "wb") as file:
            file.write(text)
            fill(file, size)
        total += size
        weight_map.update({tensor[0]: name for tensor in tensors})
    if len(shards) > 1:
        (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {"total_size": total}, "weight_map": weight_map}))


def holes(file, size):
    file.truncate(file.tell() + size)


def random_values(file, size):
    """BF16 numbers of magnitude 2^-5 to 2, a block of 32 MiB again and again: no value is odd, and no tensor is like its neighbour."""
    import numpy
    random = numpy.random.default_rng(1)
    codes = (0x3D00 + random.integers(0, 0x300, (16 << 20) + 4096) | (random.integers(0, 2, (16 << 20) + 4096) << 15)).astype(numpy.uint16)
    block = codes.tobytes()
    step, turn = 32 << 20, 0
    while size > 0:
        now = min(size, step)
        file.write(block[turn * 2:turn * 2 + now])
        turn = (turn + 811) % 4096
        size -= now


def wide(path, count, shards):
    names, layers = wide_names(count)
    names.sort()
    part = -(-len(names) // shards)

    def tensor(name):
        shape = [2048, 512] if "down_proj" in name else [512, 2048]
        return name, "BF16", shape, 2 * 512 * 2048
    write_folder(path, [[tensor(name) for name in names[i * part:(i + 1) * part]] for i in range(shards)], holes, layers)


def layers_of(mib, shards):
    """Shards of whole layers of about 65 MiB each, each padded to its size by an MLP."""
    wide_ = 2048
    per_shard = (mib << 20) // shards
    out, layer = [], 0
    for _ in range(shards):
        tensors, used = [], 0
        while used < per_shard:
            prefix = f"model.layers.{layer}."
            rows = [("input_layernorm.weight", [wide_])]
            if layer % 4 != 3:
                rows += [("linear_attn.A_log", [32]), ("linear_attn.conv1d.weight", [8192, 1, 4]), ("linear_attn.dt_bias", [32]), ("linear_attn.in_proj_ba.weight", [64, wide_]),
                         ("linear_attn.in_proj_qkvz.weight", [12288, wide_]), ("linear_attn.norm.weight", [128]), ("linear_attn.out_proj.weight", [wide_, 4096])]
            else:
                rows += [("self_attn.k_norm.weight", [256]), ("self_attn.k_proj.weight", [512, wide_]), ("self_attn.o_proj.weight", [wide_, 4096]), ("self_attn.q_norm.weight", [256]),
                         ("self_attn.q_proj.weight", [8192, wide_]), ("self_attn.v_proj.weight", [512, wide_])]
            for name, shape in rows:
                size = 2
                for dim in shape:
                    size *= dim
                tensors.append((prefix + name, "BF16", shape, size))
                used += size
            layer += 1
        out.append(tensors)
    return out, layer


def main():
    kind, path, size, shards = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    if kind == "wide":
        wide(path, size, shards)
    else:
        parts, layers = layers_of(size, shards)
        write_folder(path, parts, holes if kind == "holes" else random_values, layers)
    os.sync()


if __name__ == "__main__":
    main()
