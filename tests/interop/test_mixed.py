# SPDX-License-Identifier: Apache-2.0
"""The same tensors in every format: one list, one set of hashes and statistics, and each of them as donor, source of `diff` and of `convert`."""
import itertools
import json
import shutil

import gguf
import numpy as np
import pytest
import torch
import torch.distributed.checkpoint as dcp
from safetensors import safe_open
from safetensors.torch import save_file

from test_torch import facts

FORMATS = ["safetensors", "sharded", "torch", "legacy", "dcp", "npz", "gguf"]


def tensors():
    """Only what all of these formats can hold: GGUF and npz have no BF16 in common."""
    generator = torch.Generator().manual_seed(5)
    out = {}
    for i, (name, kind) in enumerate([("f32", torch.float32), ("f16", torch.float16), ("f64", torch.float64), ("i8", torch.int8), ("i16", torch.int16),
                                      ("i32", torch.int32), ("i64", torch.int64)]):
        values = torch.randn(5 + i, 32, generator=generator) * 40
        out[f"layer.{i}.{name}"] = values.to(kind)
    out["layer.9.odd"] = torch.tensor([0.0, -0.0, float("inf"), -float("inf"), 1e-40, 3.5] + [0.25] * 26)
    return out


def write(folder, name, values):
    """The path to open."""
    folder.mkdir(parents=True)
    if name == "safetensors":
        save_file(values, folder / "m.safetensors")
        return folder / "m.safetensors"
    if name == "sharded":
        parts = [dict(itertools.islice(values.items(), at, at + 3)) for at in range(0, len(values), 3)]
        index = {}
        for i, part in enumerate(parts):
            file = f"model-{i + 1:05d}-of-{len(parts):05d}.safetensors"
            save_file(part, folder / file, {"format": "pt"})
            index |= dict.fromkeys(part, file)
        size = sum(t.numel() * t.element_size() for t in values.values())
        (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {"total_size": size}, "weight_map": index}))
        return folder
    if name in ("torch", "legacy"):
        torch.save(values, folder / "m.pt", _use_new_zipfile_serialization=name == "torch")
        return folder / "m.pt"
    if name == "dcp":
        dcp.save(values, checkpoint_id=folder / "m", no_dist=True)
        return folder / "m"
    if name == "npz":
        np.savez(folder / "m.npz", **{key: value.numpy() for key, value in values.items()})
        return folder / "m.npz"
    writer = gguf.GGUFWriter(folder / "m.gguf", "llama")
    for key, value in values.items():
        writer.add_tensor(key, value.numpy().copy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return folder / "m.gguf"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mixed")
    values = tensors()
    return values, {name: write(folder / name, name, values) for name in FORMATS}


@pytest.mark.parametrize("name", FORMATS)
def test_one_list(ckptscope, written, name):
    values, paths = written
    run = ckptscope("ls", paths[name], "--hash", "--json")
    assert run.code == 0, run
    assert {entry["name"]: (entry["dtype"], entry["shape"], entry["sha256"]) for entry in run.json["tensors"]} == {
        key: facts(value) for key, value in values.items()}


@pytest.mark.parametrize("name", FORMATS)
def test_one_set_of_statistics(ckptscope, written, name):
    _, paths = written

    def numbers(path):
        run = ckptscope("stats", path, "--json")
        assert run.code == 0, run
        entries = next(value for value in run.json.values() if isinstance(value, list) and value and "name" in value[0])
        return {entry["name"]: {key: value for key, value in entry.items() if key not in ("file", "offset", "shard")} for entry in entries}
    have = numbers(paths[name])
    assert len(have) == len(written[0]) and have == numbers(paths["safetensors"])


@pytest.mark.parametrize("name", FORMATS)
def test_no_difference(ckptscope, written, name):
    _, paths = written
    for a, b in ((paths[name], paths["safetensors"]), (paths["sharded"], paths[name])):
        run = ckptscope("diff", a, b, "--values", "--json")
        assert run.code == 0, run


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("sharded",)])
def test_convert_gives_the_same(ckptscope, written, tmp_path, name):
    values, paths = written
    run = ckptscope("convert", paths[name], "-o", tmp_path / "out", "--json")
    assert run.code == 0, run
    found = {}
    for path in (tmp_path / "out").glob("*.safetensors"):
        with safe_open(path, "pt") as file:
            found |= {key: file.get_tensor(key) for key in file.keys()}
    assert {key: facts(value) for key, value in found.items()} == {key: facts(value) for key, value in values.items()}


@pytest.mark.parametrize("name", FORMATS)
def test_check_judges_alike(ckptscope, written, name):
    _, paths = written

    def verdict(path):
        report = ckptscope("check", path, "--values", "--json").json
        return report["verdict"], sorted((finding["rule"], finding["tensor"]) for finding in report["findings"] if finding["rule"].startswith("values."))
    assert verdict(paths[name]) == verdict(paths["safetensors"])


@pytest.mark.parametrize("name", FORMATS)
def test_any_format_is_a_donor(ckptscope, tmp_path, name):
    """A model whose A_log was rounded to BF16 and back gets the lost bits from the older checkpoint, whatever that was written as."""
    key = "model.layers.0.linear_attn.A_log"
    true = {key: torch.randn(32, generator=torch.Generator().manual_seed(2)).exp().log() + 0.001234567, "model.norm.weight": torch.ones(32)}
    donor = write(tmp_path / "donor", name, true)
    folder = tmp_path / "model"
    folder.mkdir()
    save_file({key: true[key].bfloat16(), "model.norm.weight": true["model.norm.weight"]}, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps({"architectures": ["Qwen3NextForCausalLM"]}))
    run = ckptscope("fix", folder, "-o", tmp_path / "out", "--profile", "nemo-automodel", "--donor", donor, "--json")
    assert run.code == 0, run
    with safe_open(tmp_path / "out" / "model.safetensors", "pt") as file:
        assert facts(file.get_tensor(key)) == facts(true[key])
    assert [edit["source"] for edit in run.json["edits"]] == ["donor"], run.json


def test_shards_given_one_by_one(ckptscope, written, tmp_path):
    """As a shell's glob gives them, without their index; and as an index alone."""
    values, paths = written
    shards = sorted(paths["sharded"].glob("*.safetensors"))
    want = {entry["name"]: entry["sha256"] for entry in ckptscope("ls", paths["sharded"], "--hash", "--json").json["tensors"]}
    for given in (shards, list(reversed(shards)), [paths["sharded"] / "model.safetensors.index.json"], [shards[1]]):
        run = ckptscope("ls", *given, "--hash", "--json")
        assert {entry["name"]: entry["sha256"] for entry in run.json["tensors"]} == want, run
    loose = tmp_path / "loose"
    loose.mkdir()
    halves = [{key: value for i, (key, value) in enumerate(values.items()) if i % 2 == half} for half in (0, 1)]
    for half in (0, 1):
        torch.save(halves[half], loose / f"part{half}.pt")
        save_file(halves[half], loose / f"part{half}.safetensors")
    for end in ("pt", "safetensors"):
        run = ckptscope("ls", loose / f"part0.{end}", loose / f"part1.{end}", "--hash", "--json")
        assert run.code == 0 and {entry["name"]: entry["sha256"] for entry in run.json["tensors"]} == want, run
