# SPDX-License-Identifier: Apache-2.0
"""`convert` against torch and safetensors themselves."""
import hashlib
import json
import os

import gguf
import numpy
import pytest
import torch
import torch.distributed.checkpoint as dcp
import transformers
from huggingface_hub import split_torch_state_dict_into_shards
from safetensors.torch import save_file

import models


def digest(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()}


def model(family="llama"):
    torch.manual_seed(3)
    return getattr(models, family)().to(torch.bfloat16)


def assert_same(folder, want):
    have = models.tensors(folder)
    assert have.keys() == want.keys()
    for key, tensor in want.items():
        assert have[key].dtype == tensor.dtype and have[key].shape == tensor.shape, key
        assert models.raw(have[key]) == models.raw(tensor), key


def convert(ckptscope, source, out, *options):
    run = ckptscope("convert", source, "-o", out, "--json", *options)
    assert run.code == 0, run
    assert run.json["schema"] == "ckptscope.convert/1"
    return run


def write_bin_folder(folder, net, limit="12KB"):
    folder.mkdir()
    net.config.save_pretrained(folder)
    state = net.state_dict()
    split = split_torch_state_dict_into_shards(state, filename_pattern="pytorch_model{suffix}.bin", max_shard_size=limit)
    for name, keys in split.filename_to_tensors.items():
        torch.save({key: state[key] for key in keys}, folder / name)
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": split.tensor_to_filename}))
    return state


@pytest.mark.parametrize("family", ["llama", "qwen3_next"])
def test_bin_folder(ckptscope, tmp_path, family):
    net = model(family)
    source = tmp_path / "in"
    state = write_bin_folder(source, net)
    before = digest(source)
    out = tmp_path / "out"
    run = convert(ckptscope, source, out, "--max-shard-size", "20KB")
    assert digest(source) == before and sorted(os.listdir(tmp_path)) == ["in", "out"]
    assert_same(out, state)
    # every shard is the very file that safetensors writes, cut where huggingface_hub cuts
    order = [key for name in sorted(set(json.loads((source / "pytorch_model.bin.index.json").read_text())["weight_map"].values())) for key in torch.load(source / name)]
    split = split_torch_state_dict_into_shards({key: state[key] for key in order}, max_shard_size="20KB")
    assert split.is_sharded and json.loads((out / "model.safetensors.index.json").read_text()) == {
        "metadata": {"total_size": split.metadata["total_size"]}, "weight_map": split.tensor_to_filename}
    for name, keys in split.filename_to_tensors.items():
        save_file({key: state[key].contiguous() for key in keys}, tmp_path / "want", metadata={"format": "pt"})
        assert (out / name).read_bytes() == (tmp_path / "want").read_bytes(), name
    # transformers loads it
    loaded = type(net).from_pretrained(out, dtype=torch.bfloat16)
    for key, tensor in loaded.state_dict().items():
        assert models.raw(tensor) == models.raw(state[key]), key
    assert (out / "config.json").read_bytes() == (source / "config.json").read_bytes()
    assert ckptscope("ls", out, "--json").json["problems"] == []
    assert run.rss_bytes < 96 << 20


def test_fix_in_the_same_pass(ckptscope, nemo, tmp_path):
    net = model("qwen3_next")
    state = write_bin_folder(tmp_path / "in", net)
    convert(ckptscope, tmp_path / "in", tmp_path / "out", "--fix")
    assert_same(tmp_path / "out", {key: nemo.upcast_gated_delta_net_fp32_state_tensor(key, tensor) for key, tensor in state.items()})
    assert os.path.exists(tmp_path / "out" / "model.safetensors")
    assert ckptscope("check", tmp_path / "out").code == 0


def test_trainers_checkpoint(ckptscope, tmp_path):
    net = model()
    state = net.state_dict()
    optimizer = torch.optim.AdamW(net.parameters())
    net(torch.zeros(1, 2, dtype=torch.long)).logits.sum().backward()
    optimizer.step()
    wrapped = {"module." + key: tensor for key, tensor in state.items()}
    torch.save({"epoch": 3, "state_dict": wrapped, "optimizer": optimizer.state_dict()}, tmp_path / "x.pt")
    run = convert(ckptscope, tmp_path / "x.pt", tmp_path / "out")
    assert run.json["part"] == "state_dict." and run.json["stripped"] == ["module."] and run.json["tensors_left_out"] > 0
    assert_same(tmp_path / "out", state)
    # {"model": ...} only where a trunk inside, or something beside it, says that it is a wrapper: a Hugging Face state dict has model.* and lm_head.*
    torch.save({"model": state}, tmp_path / "v.pt")
    assert convert(ckptscope, tmp_path / "v.pt", tmp_path / "out1").json["part"] == "model."
    assert_same(tmp_path / "out1", state)
    averaged = {key: tensor * 2 for key, tensor in state.items()}
    torch.save({"ema": averaged, "model": state}, tmp_path / "u.pt")
    assert convert(ckptscope, tmp_path / "u.pt", tmp_path / "out0").json["tensors_left_out"] == len(state)
    assert_same(tmp_path / "out0", state)
    torch.save({"model": state, "step": 7}, tmp_path / "y.pt")
    assert convert(ckptscope, tmp_path / "y.pt", tmp_path / "out2").json["part"] == "model."
    assert_same(tmp_path / "out2", state)
    torch.save({key: tensor for key, tensor in state.items() if key.startswith("model.")}, tmp_path / "z.pt")
    assert convert(ckptscope, tmp_path / "z.pt", tmp_path / "out3").json["part"] is None
    torch.save({"_orig_mod." + key: tensor for key, tensor in state.items()}, tmp_path / "w.pt")
    convert(ckptscope, tmp_path / "w.pt", tmp_path / "out4", "--only", "*layers.0*", "--strip-prefix", "model.layers.")
    assert_same(tmp_path / "out4", {key.removeprefix("model.layers."): tensor for key, tensor in state.items() if "layers.0" in key})


def test_views_and_ties(ckptscope, tmp_path):
    base = torch.arange(4000, dtype=torch.float32).reshape(50, 80)
    state = {"lm_head.weight": base, "model.embed_tokens.weight": base, "turned": base.t(), "slice": base[3:9, 10:20], "expanded": base[:, :1].expand(50, 4),
             "conj": torch.view_as_complex(base.clone().reshape(50, 40, 2)).conj(), "empty": torch.zeros(0, 3), "scalar": torch.tensor(2.5, dtype=torch.float64),
             "fp8": base.to(torch.float8_e4m3fn), "flags": base > 100}
    torch.save(state, tmp_path / "x.pt")
    run = convert(ckptscope, tmp_path / "x.pt", tmp_path / "out")
    assert run.json["aliases"] == [{"dropped": "lm_head.weight", "kept": "model.embed_tokens.weight"}]
    want = {key: tensor.resolve_conj().contiguous() for key, tensor in state.items() if key != "lm_head.weight"}
    assert_same(tmp_path / "out", want)


def test_distributed_checkpoint(ckptscope, tmp_path):
    net = model("qwen3_next")
    state = net.state_dict()
    dcp.save({"model": state, "optim": {"state": {"a": torch.ones(5)}, "lr": 0.1}}, checkpoint_id=tmp_path / "in", no_dist=True)
    run = convert(ckptscope, tmp_path / "in", tmp_path / "out")
    assert run.json["part"] == "model."
    assert_same(tmp_path / "out", state)


def test_quantised_blocks_are_never_decoded_silently(ckptscope, tmp_path):
    values = numpy.random.default_rng(1).standard_normal((4, 256), dtype=numpy.float32)
    writer = gguf.GGUFWriter(tmp_path / "x.gguf", "llama")
    writer.add_tensor("plain", values)
    blocks = gguf.quants.quantize(values, gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("packed", blocks, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    run = ckptscope("convert", tmp_path / "x.gguf", "-o", tmp_path / "out", "--json")
    assert run.code == 2 and run.json["error"]["code"] == "convert.blocks" and not (tmp_path / "out").exists()
    convert(ckptscope, tmp_path / "x.gguf", tmp_path / "out", "--dequantize", "F32")
    assert_same(tmp_path / "out", {"plain": torch.from_numpy(values), "packed": torch.from_numpy(gguf.quants.dequantize(blocks, gguf.GGMLQuantizationType.Q8_0))})


def test_what_cannot_be_written_is_said(ckptscope, tmp_path):
    torch.save({"a": torch.ones(3), "b": torch.ones(3, dtype=torch.complex128)}, tmp_path / "x.pt")
    run = ckptscope("convert", tmp_path / "x.pt", "-o", tmp_path / "out", "--json")
    assert run.code == 2 and run.json["error"]["code"] == "convert.cannot" and sorted(os.listdir(tmp_path)) == ["x.pt"]
    convert(ckptscope, tmp_path / "x.pt", tmp_path / "out", "--drop", "b")
    assert_same(tmp_path / "out", {"a": torch.ones(3)})
    # an OUT that is there is not touched
    assert ckptscope("convert", tmp_path / "x.pt", "-o", tmp_path / "out", "--drop", "b").code == 2
