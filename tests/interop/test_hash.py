# SPDX-License-Identifier: Apache-2.0
"""`ls`, and `ls --hash` against hashlib."""
import hashlib
import json

import pytest
import torch
from safetensors.torch import save_file

import models

SPELLING = {"bool": "BOOL", "uint8": "U8", "int8": "I8", "int16": "I16", "uint16": "U16", "int32": "I32", "uint32": "U32", "int64": "I64",
            "uint64": "U64", "float16": "F16", "bfloat16": "BF16", "float32": "F32", "float64": "F64", "complex64": "C64",
            "float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2", "float8_e8m0fnu": "F8_E8M0", "float8_e4m3fnuz": "F8_E4M3FNUZ",
            "float8_e5m2fnuz": "F8_E5M2FNUZ"}


def expected(tensor):
    return (SPELLING[str(tensor.dtype).removeprefix("torch.")], list(tensor.shape), tensor.numel(), tensor.numel() * tensor.element_size(),
            hashlib.sha256(models.raw(tensor)).hexdigest())


def listed(entry):
    return entry["dtype"], entry["shape"], entry["elements"], entry["bytes"], entry["sha256"]


@pytest.mark.parametrize("layout", models.LAYOUTS)
def test_every_tensor_of_a_model(ckptscope, saved, layout):
    folder = saved("qwen3_5_moe", "fp32_params", layout)
    listing = ckptscope("ls", folder, "--hash", "--json").json
    assert listing["schema"] == "ckptscope.ls/1" and listing["problems"] == []
    assert {entry["name"]: listed(entry) for entry in listing["tensors"]} == {key: expected(t) for key, t in models.tensors(folder).items()}
    for entry in listing["tensors"]:
        with open(folder / entry["file"], "rb") as file:
            file.seek(entry["offset"])
            assert hashlib.sha256(file.read(entry["bytes"])).hexdigest() == entry["sha256"], "the offset is from the file's start"


def test_every_dtype_and_shape(ckptscope, tmp_path):
    tensors = {}
    for name in SPELLING:
        kind = getattr(torch, name)
        bits = torch.randint(0, 2 if name == "bool" else 256, (6 * kind.itemsize,), dtype=torch.uint8, generator=torch.Generator().manual_seed(5))
        tensors[name] = (bits.to(torch.bool) if name == "bool" else bits.view(kind)).reshape(2, 3)
    tensors |= {"scalar": torch.tensor(3.5), "nothing": torch.zeros(0, 4), "rank six": torch.zeros(1, 2, 1, 2, 1, 2), "ünïcode.\U0001f600": torch.ones(3)}
    save_file(tensors, tmp_path / "x.safetensors")
    listing = ckptscope("ls", tmp_path / "x.safetensors", "--hash", "--json").json
    assert {entry["name"]: listed(entry) for entry in listing["tensors"]} == {key: expected(tensor) for key, tensor in tensors.items()}


def test_float4_pairs(ckptscope, tmp_path):
    """torch counts byte pairs, safetensors elements: the last dimension doubles."""
    packed = torch.arange(12, dtype=torch.uint8).reshape(2, 6)
    save_file({"w": packed.view(torch.float4_e2m1fn_x2)}, tmp_path / "x.safetensors")
    entry = ckptscope("ls", tmp_path / "x.safetensors", "--hash", "--json").json["tensors"][0]
    assert listed(entry) == ("F4", [2, 12], 24, 12, hashlib.sha256(packed.numpy().tobytes()).hexdigest())


def test_93696_tensors_of_196_gigabytes(ckptscope, tmp_path):
    """A header of 11 MB over a hole of 196 GB: as many tensors as a model of 61 layers with 256 experts of six tensors each has."""
    path = tmp_path / "large.safetensors"
    header, at, size = {}, 0, 196_000_000_000 // 93_696 // 2 * 2
    for layer in range(61):
        for expert in range(256):
            for name in ("gate_proj", "up_proj", "down_proj"):
                for part in ("weight", "weight_scale_inv"):
                    header[f"model.layers.{layer}.mlp.experts.{expert}.{name}.{part}"] = {
                        "dtype": "BF16", "shape": [size // 2], "data_offsets": [at, at + size]}
                    at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + at)
    assert len(header) == 93_696
    run = ckptscope("ls", path, "--json")
    assert run.code == 0 and sorted(entry["name"] for entry in run.json["tensors"]) == sorted(header)
    for command in ("ls", "check"):
        run = ckptscope(command, path)
        assert run.code == 0 and run.rss_bytes < 128 << 20, (command, run.code, run.rss_bytes >> 20)
