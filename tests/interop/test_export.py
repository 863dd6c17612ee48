# SPDX-License-Identifier: Apache-2.0
"""`show --safetensors`: what safetensors, torch and numpy read in exported tensors is, bit for bit, what they read in the source."""
import gguf
import ml_dtypes
import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import load_file as load_numpy
from safetensors.torch import load_file, save_file

DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2, torch.int64, torch.int32, torch.int16,
          torch.int8, torch.uint8, torch.bool, torch.complex64]


def random_bits(dtype, shape, seed):
    size = torch.empty(0, dtype=dtype).element_size()
    data = torch.from_numpy(np.random.default_rng(seed).integers(0, 256, (*shape, size), dtype=np.uint8)) # NaN payloads, subnormals and all
    return (data[..., 0] & 1).bool() if dtype == torch.bool else data.view(dtype).squeeze(-1)


def bits(tensor):
    return tensor.contiguous().flatten().view(torch.uint8).numpy().tobytes()


@pytest.fixture(scope="module")
def tensors():
    made = {f"model.{i}.{str(dtype)[6:]}": random_bits(dtype, (3, 8), i) for i, dtype in enumerate(DTYPES)}
    return made | {"scalar": torch.tensor(1.5), "empty": torch.empty(0, 4), "names with spaces \u00e9": torch.ones(2)}


def check(ckptscope, source, wanted, out):
    ran = ckptscope("show", source, *wanted, "--safetensors", out, "--json")
    assert ran.code == 0, ran
    got = load_file(out)
    assert set(got) == set(wanted) == {one["name"] for one in ran.json["safetensors"]["tensors"]}
    for key, value in wanted.items():
        assert got[key].dtype == value.dtype and got[key].shape == value.shape and bits(got[key]) == bits(value), key
    with safe_open(out, "pt") as file:
        assert file.metadata() == {"format": "pt"}
    return ran.json


def test_from_safetensors(ckptscope, tensors, tmp_path):
    save_file(tensors, tmp_path / "a.safetensors", metadata={"format": "pt", "mine": "x"})
    assert check(ckptscope, tmp_path / "a.safetensors", tensors, tmp_path / "out.safetensors")["notes"] == []
    one = {"scalar": tensors["scalar"]}
    check(ckptscope, tmp_path / "a.safetensors", one, tmp_path / "one.safetensors")


def test_from_torch(ckptscope, tensors, tmp_path):
    base = torch.arange(24.0).reshape(4, 6)
    state = dict(tensors) | {"view": base.t(), "step": base[::2, 1::2], "conj": torch.randn(3, dtype=torch.complex64).conj(), "tied": tensors["scalar"]}
    torch.save(state, tmp_path / "m.pt")
    wanted = {key: value.resolve_conj() for key, value in state.items()}
    check(ckptscope, tmp_path / "m.pt", wanted, tmp_path / "out.safetensors")


def test_from_npz(ckptscope, tmp_path):
    arrays = {"f": np.random.default_rng(1).standard_normal((5, 7)), "fortran": np.asfortranarray(np.arange(12, dtype=np.float32).reshape(3, 4)),
              "big": np.arange(5, dtype=">i4"), "half": np.arange(4, dtype=np.float16), "bf": np.arange(4).astype(ml_dtypes.bfloat16).view(np.uint16)}
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", **arrays)
        ran = ckptscope("show", tmp_path / "a.npz", *arrays, "--safetensors", tmp_path / "out.safetensors", "--force")
        assert ran.code == 0, ran
        got = load_numpy(tmp_path / "out.safetensors")
        for key, value in arrays.items():
            little = np.ascontiguousarray(value.astype(value.dtype.newbyteorder("<")))
            assert got[key].shape == value.shape and got[key].tobytes() == little.tobytes(), key


def test_from_gguf(ckptscope, tmp_path):
    writer = gguf.GGUFWriter(tmp_path / "m.gguf", "llama")
    plain = np.random.default_rng(2).standard_normal((4, 64)).astype(np.float32)
    writer.add_tensor("plain", plain)
    writer.add_tensor("half", plain.astype(np.float16))
    wanted = {}
    for name in ("Q4_0", "Q8_0", "Q6_K"):
        kind = gguf.GGMLQuantizationType[name]
        blocks = np.random.default_rng(3).integers(0, 64, (2, 2 * gguf.GGML_QUANT_SIZES[kind][1]), dtype=np.uint8)
        writer.add_tensor(name, blocks, raw_dtype=kind)
        wanted[name] = gguf.quants.dequantize(blocks, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    ran = ckptscope("show", tmp_path / "m.gguf", "plain", "half", *wanted, "--safetensors", tmp_path / "out.safetensors", "--json")
    assert ran.code == 0, ran
    assert [note["code"] for note in ran.json["notes"]] == ["convert.dequantized"]
    got = load_numpy(tmp_path / "out.safetensors")
    assert got["plain"].tobytes() == plain.tobytes() and got["half"].tobytes() == plain.astype(np.float16).tobytes()
    for key, value in wanted.items():
        assert got[key].dtype == np.float32 and got[key].shape == value.shape and got[key].tobytes() == value.astype(np.float32).tobytes(), key


def test_whole_or_not_at_all(ckptscope, tensors, tmp_path):
    save_file(tensors, tmp_path / "a.safetensors")
    (tmp_path / "x.safetensors").write_bytes(b"mine")
    ran = ckptscope("show", tmp_path / "a.safetensors", "scalar", "--safetensors", tmp_path / "x.safetensors")
    assert ran.code == 2 and b"exists already" in ran.err and (tmp_path / "x.safetensors").read_bytes() == b"mine"
    assert ckptscope("show", tmp_path / "a.safetensors", "scalar", "no", "--safetensors", tmp_path / "y.safetensors").code == 2
    torch.save({"c": torch.ones(2, dtype=torch.complex128)}, tmp_path / "c.pt")
    ran = ckptscope("show", tmp_path / "c.pt", "c", "--safetensors", tmp_path / "y.safetensors")
    assert ran.code == 2 and b"safetensors has no dtype" in ran.err
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.safetensors", "c.pt", "x.safetensors"]


def test_large_in_bounded_memory(ckptscope, tmp_path):
    value = torch.randn(8192, 4096).t() # 128 MiB, gathered
    torch.save({"w": value}, tmp_path / "m.pt")
    ran = ckptscope("show", tmp_path / "m.pt", "w", "--safetensors", tmp_path / "w.safetensors")
    assert ran.code == 0, ran
    assert torch.equal(load_file(tmp_path / "w.safetensors")["w"], value)
    assert ran.rss_bytes < 110 << 20


def test_metadata_goes_and_comes(ckptscope, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for i in (1, 2):
        save_file({f"w{i}": torch.ones(4)}, source / f"model-0000{i}-of-00002.safetensors", metadata={"format": "pt", f"only{i}": "x", "both": "\u00e9\n"})
    ran = ckptscope("fix", source, "-o", tmp_path / "repaired", "--remove-metadata", "only1", "--set-metadata", "both=a=b")
    assert ran.code == 0, ran
    for i, wanted in ((1, {"format": "pt", "both": "a=b"}), (2, {"format": "pt", "only2": "x", "both": "a=b"})):
        with safe_open(tmp_path / "repaired" / f"model-0000{i}-of-00002.safetensors", "pt") as file:
            assert file.metadata() == wanted and torch.equal(file.get_tensor(f"w{i}"), torch.ones(4))
    ran = ckptscope("fix", source, "-o", tmp_path / "not", "--remove-metadata", "nobody's")
    assert ran.code == 2 and b"__metadata__ has no nobody's" in ran.err


@pytest.mark.filterwarnings("ignore:torch.distributed is disabled")
def test_from_distributed(ckptscope, tmp_path):
    import torch.distributed.checkpoint as dcp
    state = {"model": {"w": torch.randn(6, 4), "b": torch.randn(3).bfloat16()}}
    dcp.save(state, checkpoint_id=str(tmp_path / "dcp"))
    ran = ckptscope("show", tmp_path / "dcp", "model.w", "model.b", "--safetensors", tmp_path / "out.safetensors")
    assert ran.code == 0, ran
    got = load_file(tmp_path / "out.safetensors")
    assert bits(got["model.w"]) == bits(state["model"]["w"]) and bits(got["model.b"]) == bits(state["model"]["b"])
