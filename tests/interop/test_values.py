# SPDX-License-Identifier: Apache-2.0
"""Values: what numpy and torch compute; and the edits beyond the findings."""
import json
import os
import subprocess

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

PROGRAM = os.environ.get("CKPTSCOPE", "ckptscope")
LAYER = "model.layers.0.linear_attn."


def run(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def gdn(tmp_path):
    torch.manual_seed(1)
    true = {LAYER + "A_log": torch.rand(32).mul(16).log(), LAYER + "dt_bias": torch.randn(32)}
    source = tmp_path / "source"
    source.mkdir()
    stored = {
        LAYER + "A_log": true[LAYER + "A_log"].bfloat16(),
        LAYER + "dt_bias": true[LAYER + "dt_bias"].bfloat16().float(),  # laundered
        "model.layers.0.mlp.w": torch.randn(64, 64).bfloat16(),
    }
    save_file(stored, source / "model.safetensors", metadata={"format": "pt"})
    (source / "config.json").write_text('{"architectures":["Qwen3NextForCausalLM"]}')
    return source, true, stored


def test_statistics_and_half_lives(gdn):
    source, _, stored = gdn
    code, out, _ = run("stats", source, "--json")
    assert code == 0
    tensors = {one["name"]: one for one in json.loads(out)["tensors"]}
    for key, value in stored.items():
        x = value.double().numpy()
        got = tensors[key]
        assert (got["min"], got["max"], got["absmax"], got["zeros"]) == (x.min(), x.max(), np.abs(x).max(), int((x == 0).sum()))
        assert got["mean"] == pytest.approx(x.mean(), rel=1e-12, abs=1e-15) and got["std"] == pytest.approx(x.std(), rel=1e-12)
    assert tensors[LAYER + "dt_bias"]["laundered_from"] == "BF16"
    a, b = (stored[LAYER + name].double().numpy() for name in ("A_log", "dt_bias"))
    rate = np.exp(a) * np.logaddexp(0, b)
    np.testing.assert_allclose(tensors[LAYER + "A_log"]["decay"]["half_life"], np.log(2) / rate, rtol=1e-12)


def test_check_values(gdn, tmp_path):
    x = np.frombuffer(np.array([0x7FC00001, 0xFF800000, 0x7F800000, 0x80000000, 1], dtype=np.uint32).tobytes(), dtype=np.float32)
    save_file({"odd": torch.from_numpy(x.copy()), "zero.weight": torch.zeros(4, 4)}, tmp_path / "odd.safetensors")
    code, out, _ = run("check", "--values", "--json", tmp_path / "odd.safetensors")
    rules = {(f["rule"], f["tensor"]) for f in json.loads(out)["findings"]}
    assert code == 1 and {("values.nan", "odd"), ("values.inf", "odd"), ("values.zero", "zero.weight")} <= rules
    source = gdn[0]
    _, out, _ = run("check", "--values", "--json", source)
    document = json.loads(out)
    found = [f for f in document["findings"] if f["rule"] == "values.laundered"]
    assert [f["tensor"] for f in found] == [LAYER + "dt_bias"] and "0.2 %" in found[0]["message"] and "donor" in found[0]["message"]
    assert len(document["decay"]) == 1


@pytest.mark.parametrize("how", [["--advice"], ["--only", "index.surplus_tensor"], ["--in-place", "--advice"]], ids=["advice", "only", "in place"])
def test_index_alone_is_repaired(tmp_path, how):
    source = tmp_path / "source"
    source.mkdir()
    parts = [f"model-0000{i}-of-00002.safetensors" for i in (1, 2)]
    for i, part in enumerate(parts):
        save_file({f"w{i}.a": torch.ones(4), f"w{i}.b": torch.ones(4)}, source / part, metadata={"format": "pt"})
    right = {"w0.a": parts[0], "w0.b": parts[0], "w1.a": parts[1], "w1.b": parts[1]}
    broken = {key: file for key, file in right.items() if key != "w1.b"} | {"w0.b": parts[1]}
    (source / "model.safetensors.index.json").write_text(json.dumps({"metadata": {"total_size": 7, "mine": "kept"}, "weight_map": broken}))
    out = source if "--in-place" in how else tmp_path / "out"
    code, _, err = run("fix", source, *how, *([] if out == source else ["-o", out]))
    assert code == 0, err
    index = json.loads((out / "model.safetensors.index.json").read_text())
    assert index == {"metadata": {"total_size": 64, "mine": "kept"}, "weight_map": right}


def test_whole_model_to_f32_and_back(gdn, tmp_path):
    source, _, stored = gdn
    code, _, err = run("fix", source, "-o", tmp_path / "wide", "--cast", "*=F32")
    assert code == 0, err
    wide = load_file(tmp_path / "wide" / "model.safetensors")
    assert all(torch.equal(wide[key], value.float()) for key, value in stored.items())
    code, out, err = run("fix", tmp_path / "wide", "-o", tmp_path / "back", "--cast", "*.mlp.w=BF16", "--rename", "model.=m.", "--drop", "*.dt_bias",
                         "--set-metadata", "made=here", "--json")
    assert code == 0, err
    back = load_file(tmp_path / "back" / "model.safetensors")
    assert set(back) == {"m.layers.0.linear_attn.A_log", "m.layers.0.mlp.w"}
    assert torch.equal(back["m.layers.0.mlp.w"], stored["model.layers.0.mlp.w"])
    code, _, err = run("fix", source, "-o", tmp_path / "clash", "--rename", LAYER + "A_log=" + LAYER + "dt_bias")
    assert code == 2 and "would be named" in err and not (tmp_path / "clash").exists()
