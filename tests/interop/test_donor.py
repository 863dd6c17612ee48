# SPDX-License-Identifier: Apache-2.0
"""Donors: a checkpoint that still holds the full precision gives it back bit for bit, whatever wrote it; one that is another model, another
training step or no better is refused, tensor by tensor, and nothing is written."""
import hashlib
import os

import gguf
import numpy as np
import pytest
import torch
import torch.distributed.checkpoint as dcp
from safetensors.torch import save_file

import models

LAYERS = [layer for layer, kind in enumerate(models.KINDS) if kind == "linear_attention"]
LOST = sorted(f"model.layers.{layer}.linear_attn.{name}" for layer in LAYERS for name in ("A_log", "dt_bias"))
FIRST = LOST[0]


@pytest.fixture(scope="module")
def broken(saved):
    """The folder as transformers saved it, all in BF16, in several shards; and the full-precision tensors that it was rounded from."""
    folder = saved("qwen3_next", "bf16", "sharded")
    true = {key: value for key, value in models.tensors(saved("qwen3_next", "fp32_params", "single")).items() if key in LOST}
    stored = models.tensors(folder)
    assert len(true) == len(LOST) == 8
    assert all(value.dtype == torch.float32 and torch.equal(value.bfloat16(), stored[key]) for key, value in true.items())
    assert not any(torch.equal(value.bfloat16().float(), value) for value in true.values())
    return folder, true, stored


def as_safetensors(true, path):
    save_file(true, path / "donor.safetensors")
    return path / "donor.safetensors"


def as_holder(true, path):
    """As NeMo AutoModel's module calls them before its adapter strips the holder."""
    return as_safetensors({key.replace("linear_attn.", "linear_attn._fp32_params."): value for key, value in true.items()}, path)


def as_prefixed(true, path):
    return as_safetensors({"module." + key: value for key, value in true.items()}, path)


def as_f64(true, path):
    return as_safetensors({key: value.double() for key, value in true.items()}, path)


def as_pt(true, path):
    torch.save(true, path / "donor.pt")
    return path / "donor.pt"


def as_trainer_pt(true, path):
    torch.save({"state_dict": true, "step": 1000}, path / "last.ckpt")
    return path / "last.ckpt"


def as_npz(true, path):
    np.savez(path / "donor.npz", **{key: value.numpy() for key, value in true.items()})
    return path / "donor.npz"


def as_gguf(true, path):
    writer = gguf.GGUFWriter(path / "donor.gguf", "qwen3next")
    for key, value in true.items():
        writer.add_tensor(key, value.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path / "donor.gguf"


def as_dcp(true, path):
    dcp.save(true, checkpoint_id=str(path / "dcp"), no_dist=True)
    return path / "dcp"


WRITERS = [as_safetensors, as_holder, as_prefixed, as_f64, as_pt, as_trainer_pt, as_npz, as_gguf, as_dcp]


def sha256(tensor):
    return hashlib.sha256(models.raw(tensor)).hexdigest()


@pytest.mark.parametrize("write", WRITERS, ids=[write.__name__[3:] for write in WRITERS])
def test_right_donor_restores_every_bit(ckptscope, broken, tmp_path, write):
    folder, true, stored = broken
    ran = ckptscope("fix", folder, "-o", tmp_path / "out", "--donor", write(true, tmp_path), "--json")
    assert ran.code == 0, ran
    receipt = ran.json
    assert sorted(edit["tensor"] for edit in receipt["edits"]) == LOST
    for edit in receipt["edits"]:
        assert (edit["source"], edit["op"], edit["to"]) == ("donor", "donor", "F32")
        assert edit["sha256_before"] == sha256(stored[edit["tensor"]])
        assert edit["sha256_after"] == sha256(true[edit["tensor"]])
    assert receipt["untouched"]["equal"] and receipt["findings_left"] == 0
    result = models.tensors(tmp_path / "out")
    assert result.keys() == stored.keys()
    for key, value in result.items():
        want = true.get(key, stored[key])
        assert value.dtype == want.dtype and models.raw(value) == models.raw(want), key
    after = ckptscope("check", "--values", tmp_path / "out", "--json")
    assert not [finding for finding in after.json["findings"] if finding["severity"] == "violation" or "laundered" in finding["rule"]], after


def test_donor_is_a_whole_folder(ckptscope, broken, saved, tmp_path):
    """As it lies on disk: the older checkpoint itself, with all its other tensors."""
    folder, true, _ = broken
    ran = ckptscope("fix", folder, "-o", tmp_path / "out", "--donor", saved("qwen3_next", "fp32_params", "sharded"), "--json")
    assert ran.code == 0, ran
    result = models.tensors(tmp_path / "out")
    assert all(sha256(result[key]) == sha256(value) for key, value in true.items())


def test_storage_that_was_widened_before_is_restored(ckptscope, broken, tmp_path):
    """Widening alone first, as most tools do: its F32 is laundered, and the donor still restores it."""
    folder, true, _ = broken
    assert ckptscope("fix", folder, "-o", tmp_path / "wide").code == 0
    ran = ckptscope("fix", tmp_path / "wide", "-o", tmp_path / "out", "--donor", as_safetensors(true, tmp_path), "--json")
    assert ran.code == 0 and len(ran.json["edits"]) == len(LOST), ran
    result = models.tensors(tmp_path / "out")
    assert all(sha256(result[key]) == sha256(value) for key, value in true.items())


def with_one(true, change):
    return {key: change(value.clone()) if key == FIRST else value for key, value in true.items()}


def flip(bit):
    def change(value):
        value.view(torch.int32)[2] ^= 1 << bit
        return value
    return change


def layers_turned(true):
    turned = LAYERS[1:] + LAYERS[:1]
    names = {f"layers.{a}.": f"layers.{b}." for a, b in zip(LAYERS, turned)}
    return {next(key.replace(a, b) for a, b in names.items() if a in key): value for key, value in true.items()}


def another_model(true):
    torch.manual_seed(99)
    return {key: torch.randn_like(value) for key, value in true.items()}


def another_step(true):
    return {key: value + 0.01 * value.abs().mean() for key, value in true.items()}


REFUSED = {
    "wrong layer order": (layers_turned, ["the donor holds another value at [0]", "linear_attn.A_log", "4 of 4 values disagree"]),
    "wrong model": (another_model, ["the donor holds another value at [0]", "The donor fits 0 of 8 tensors"]),
    "another training step": (another_step, ["the donor holds another value", "The donor fits 0 of 8 tensors"]),
    **{f"mantissa bit {bit} flipped": (lambda true, bit=bit: with_one(true, flip(bit)),
                                       [FIRST, "the donor holds another value at [2]", "1 of 4 values disagree"]) for bit in range(16, 23)},
    "sign flipped": (lambda true: with_one(true, flip(31)), [FIRST, "another value at [2]", "1 of 4 values disagree"]),
    "wrong shape": (lambda true: with_one(true, lambda value: value[:3].clone()), [FIRST + " has shape 3 in the donor, 4 here"]),
    "transposed": (lambda true: with_one(true, lambda value: value.reshape(4, 1)), [FIRST + " has shape 4 × 1 in the donor, 4 here"]),
    "missing tensor": (lambda true: {key: value for key, value in true.items() if key != FIRST}, ["the donor has no tensor that matches " + FIRST]),
    "no better": (lambda true: {key: value.bfloat16().float() for key, value in true.items()}, [FIRST + " is no better in the donor"]),
    "no wider": (lambda true: {key: value.bfloat16() for key, value in true.items()}, [FIRST + " is BF16 in the donor"]),
    "integers": (lambda true: {key: value.int() for key, value in true.items()}, [FIRST + " is I32 in the donor"]),
}


@pytest.mark.parametrize("case, write", [
    pytest.param(case, write, id=f"{case}-{write.__name__[3:]}") for case in REFUSED for write in (as_safetensors, as_dcp, as_gguf)
    if write is not as_gguf or case not in ("no wider", "integers")])  # the gguf package takes no BF16 from torch
def test_wrong_donor_is_refused(ckptscope, broken, tmp_path, case, write):
    folder, true, _ = broken
    spoil, says = REFUSED[case]
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    donor = write(spoil(true), tmp_path)
    ran = ckptscope("fix", folder, "-o", tmp_path / "out", "--donor", donor)
    message = ran.err.decode()
    assert ran.code == 2 and not ran.out, ran
    for part in [*says, "nothing was written"]:
        assert part in message, message
    assert sorted(os.listdir(tmp_path)) == [donor.name]  # no output, nothing half-made
    assert before == {file.name: file.read_bytes() for file in folder.iterdir()}
    assert ckptscope("fix", folder, "--in-place", "--donor", donor).code == 2
    assert before == {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("spoil, says", [
    (lambda path: path.write_bytes(path.read_bytes()[:100]), "donor.safetensors"),
    (lambda path: path.unlink(), "donor.safetensors"),
    (lambda path: path.write_bytes(path.read_bytes()[:-1]), "donor"),
], ids=["header cut", "not there", "one byte short"])
def test_donor_that_cannot_be_read(ckptscope, broken, tmp_path, spoil, says):
    folder, true, _ = broken
    donor = as_safetensors(true, tmp_path)
    spoil(donor)
    ran = ckptscope("fix", folder, "-o", tmp_path / "out", "--donor", donor)
    assert ran.code == 2 and says in ran.err.decode(), ran
    assert not (tmp_path / "out").exists()


def test_itself_is_no_donor(ckptscope, broken, tmp_path):
    folder, _, _ = broken
    ran = ckptscope("fix", folder, "-o", tmp_path / "out", "--donor", folder)
    assert ran.code == 2 and "is BF16 in the donor" in ran.err.decode(), ran
    assert not (tmp_path / "out").exists()
