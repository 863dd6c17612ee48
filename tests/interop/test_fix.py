# SPDX-License-Identifier: Apache-2.0
"""`fix` against load, NeMo's upcast and save in Python."""
import filecmp
import hashlib
import json
import os

import pytest
import torch
import transformers
from safetensors import safe_open
from safetensors.torch import save_file

import models


def digest(folder):
    """Of all that a folder holds, so that a change of the source is seen."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found[str(path.relative_to(folder))] = (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
    return found


def upcast(nemo, folder):
    return {key: nemo.upcast_gated_delta_net_fp32_state_tensor(key, tensor) for key, tensor in models.tensors(folder).items()}


def assert_same_tensors(have, want):
    assert have.keys() == want.keys()
    for key, tensor in want.items():
        assert have[key].dtype == tensor.dtype and have[key].shape == tensor.shape, key
        assert models.raw(have[key]) == models.raw(tensor), key


def header(path):
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        return json.loads(file.read(length))


@pytest.mark.parametrize("layout", models.LAYOUTS)
@pytest.mark.parametrize("variant", ["bf16", "f16"])
@pytest.mark.parametrize("family", models.CONTRACTED)
def test_output_is_what_python_gives(ckptscope, nemo, saved, tmp_path, family, variant, layout):
    source = saved(family, variant, layout)
    before = digest(source)
    out = tmp_path / "out"
    run = ckptscope("fix", source, "-o", out, "--json")
    assert run.code == 0, run
    assert digest(source) == before, "the source is untouched"
    assert os.listdir(tmp_path) == ["out"], "nothing is left beside the output"

    # tensor by tensor and byte by byte
    assert_same_tensors(models.tensors(out), upcast(nemo, source))
    # unedited shards are the same files; edited ones keep their key order and metadata
    edited = {finding["file"] for finding in run.json["edits"]}
    names = [os.path.basename(path) for path in models.shards(source)]
    assert [os.path.basename(path) for path in models.shards(out)] == names
    if layout == "sharded":
        assert 0 < len(edited) < len(names)
    for name in names:
        if name not in edited:
            assert filecmp.cmp(source / name, out / name, shallow=False), name
        one, two = header(source / name), header(out / name)
        assert list(one) == list(two) and one.get("__metadata__") == two.get("__metadata__"), name
    # the index counts the wider bytes, and nothing else in it changes; other files come along as they are
    for name in os.listdir(source):
        if name == "model.safetensors.index.json":
            one, two = json.loads((source / name).read_text()), json.loads((out / name).read_text())
            total = sum(tensor.numel() * tensor.element_size() for tensor in models.tensors(out).values())
            assert two["metadata"]["total_size"] == total and one["weight_map"] == two["weight_map"]
            one["metadata"]["total_size"] = total
            assert one == two and list(one["metadata"]) == list(two["metadata"])
        elif not name.endswith(".safetensors"):
            assert filecmp.cmp(source / name, out / name, shallow=False), name
    assert sorted(os.listdir(source)) == sorted(os.listdir(out))

    # the receipt says what happened
    receipt = run.json
    assert receipt["schema"] == "ckptscope.receipt/1" and receipt["findings_left"] == 0 and receipt["untouched"]["equal"] is True
    tracked = {key for key in models.tensors(source) if key.endswith(("A_log", "dt_bias"))}
    assert {edit["tensor"] for edit in receipt["edits"]} == tracked
    for edit in receipt["edits"]:
        assert edit["from"] == ("BF16" if variant == "bf16" else "F16") and edit["to"] == "F32" and edit["source"] == "widened"
        key = edit["tensor"]
        assert edit["sha256_before"] == hashlib.sha256(models.raw(models.tensors(source)[key])).hexdigest()
        assert edit["sha256_after"] == hashlib.sha256(models.raw(models.tensors(out)[key])).hexdigest()

    # the result is clean, and a second fix has nothing to do
    assert ckptscope("check", out).code == 0
    again = ckptscope("fix", out, "-o", tmp_path / "again")
    assert again.code == 0 and "nothing to do" in (again.text + again.err.decode()).lower(), again
    assert ckptscope("fix", out, "-o", tmp_path / "again", "--json").json["output"] is None
    assert sorted(os.listdir(tmp_path)) == ["out"]


@pytest.mark.parametrize("family", models.CONTRACTED)
def test_transformers_loads_it(ckptscope, saved, tmp_path, family):
    source = saved(family, "bf16", "sharded")
    out = tmp_path / "out"
    assert ckptscope("fix", source, "-o", out).code == 0
    kind = getattr(transformers, json.loads((out / "config.json").read_text())["architectures"][0])
    model, info = kind.from_pretrained(out, dtype=torch.float32, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"] and not info["mismatched_keys"]
    stored = models.tensors(out)
    for name, parameter in model.named_parameters():
        if name.endswith(("A_log", "dt_bias")):
            assert torch.equal(parameter, stored[name]), name


def test_the_same_source_gives_the_same_bytes(ckptscope, saved, tmp_path):
    source = saved("qwen3_5_moe", "bf16", "sharded")
    for name in ("one", "two"):
        assert ckptscope("fix", source, "-o", tmp_path / name, "-j", "1" if name == "one" else "4").code == 0
    one, two = digest(tmp_path / "one"), digest(tmp_path / "two")
    assert {name: value[0] for name, value in one.items()} == {name: value[0] for name, value in two.items()}


def test_a_single_file_gives_a_single_file(ckptscope, nemo, saved, tmp_path):
    source = saved("qwen3_next", "bf16", "single") / "model.safetensors"
    out = tmp_path / "fixed.safetensors"
    run = ckptscope("fix", source, "-o", out)
    assert run.code == 0 and out.is_file(), run
    with safe_open(out, "pt") as file:
        have = {key: file.get_tensor(key) for key in file.keys()}
    assert_same_tensors(have, upcast(nemo, source.parent))


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float64", "float8_e4m3fn", "float8_e5m2"])
def test_every_value_is_cast_as_torch_casts_it(ckptscope, nemo, tmp_path, dtype):
    """Every 8 and 16 bit pattern, and doubles at the edges of rounding; NaN stays NaN (its payload is the converter's own affair)."""
    kind = getattr(torch, dtype)
    if kind.itemsize == 1:
        values = torch.arange(256, dtype=torch.uint8).view(kind)
    elif kind.itemsize == 2:
        values = torch.arange(65536, dtype=torch.int32).to(torch.int16).view(kind)
    else:
        torch.manual_seed(3)
        edges = torch.tensor([0.0, -0.0, float("inf"), float("-inf"), float("nan"), 3.4028235677973366e38, 3.4028234663852886e38, 1e-45,
                              7.006492321624085e-46, 7.006492321624086e-46, 1.1754943508222875e-38, 1 + 2.0**-24, 1 + 3 * 2.0**-24, 5e-324],
                             dtype=torch.float64)
        values = torch.cat([edges, -edges, torch.randn(4096, dtype=torch.float64) * 10.0 ** torch.randint(-46, 39, (4096,))])
    key = "model.layers.0.linear_attn.A_log"
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    save_file({key: values}, source / "model.safetensors")
    (source / "config.json").write_text('{"architectures": ["Qwen3NextForCausalLM"]}')
    assert ckptscope("fix", source, "-o", out, "--profile", "nemo-automodel").code == 0
    with safe_open(out / "model.safetensors", "pt") as file:
        have = file.get_tensor(key)
    want = nemo.upcast_gated_delta_net_fp32_state_tensor(key, values)
    numbers = ~torch.isnan(want)
    assert torch.equal(torch.isnan(have), torch.isnan(want))
    assert torch.equal(have[numbers].view(torch.int32), want[numbers].view(torch.int32))


def test_holders_are_stripped_as_nemo_saves(ckptscope, nemo, tmp_path):
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    tensors = {"model.layers.0.linear_attn._fp32_params.A_log": torch.arange(4, dtype=torch.bfloat16),
               "model.layers.0.linear_attn._fp32_params.dt_bias": torch.arange(4, dtype=torch.float32),
               "model.layers.0.linear_attn.conv1d.weight": torch.zeros(3, 1, 4, dtype=torch.bfloat16)}
    save_file(tensors, source / "model.safetensors", metadata={"format": "pt"})
    (source / "config.json").write_text('{"architectures": ["Qwen3NextForCausalLM"]}')
    run = ckptscope("fix", source, "-o", out, "--profile", "nemo-automodel")
    assert run.code == 0, run
    want = {nemo.strip_fp32_holder_key(key): nemo.upcast_gated_delta_net_fp32_state_tensor(key, tensor) for key, tensor in tensors.items()}
    assert_same_tensors(models.tensors(out), want)


def test_demo_is_what_its_script_says(ckptscope, nemo, tmp_path):
    demo = models.demo_folder()
    expected = {key for key, tensor in models.tensors(demo).items() if nemo.upcast_gated_delta_net_fp32_state_tensor(key, tensor) is not tensor}
    report = ckptscope("check", demo, "--json").json
    assert len(expected) == 24 and {f["tensor"] for f in report["findings"] if f["severity"] == "violation"} == expected
    assert ckptscope("fix", demo, "-o", tmp_path / "out").code == 0
    assert_same_tensors(models.tensors(tmp_path / "out"), upcast(nemo, demo))
