# SPDX-License-Identifier: Apache-2.0
"""`show`: elements as torch and numpy read them, whole and in slices."""
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

SHAPES = [(), (17,), (5, 8), (3, 4, 5), (2, 3, 4, 5), (0, 4)]
DTYPES = {"BF16": torch.bfloat16, "F16": torch.float16, "F32": torch.float32, "F8_E4M3": torch.float8_e4m3fn, "I64": torch.int64, "BOOL": torch.bool}
SLICES = {0: [""], 1: ["", "2:9", "::3", "-1"], 2: ["", "0:4,:3", "1::2,::3", "-1", "...,2"], 3: ["", "1", ":,1:3,::2", "...,-1"],
          4: ["", "1,::2", "...,1::3", ":,1,1:,2"]}


def tensor(dtype, shape):
    torch.manual_seed(3)
    if dtype == torch.int64:
        return torch.randint(-2**62, 2**62, shape)
    return torch.randn(shape) > 0 if dtype == torch.bool else torch.randn(shape).to(dtype)


def key(dtype, shape):
    return f"{dtype}.{'x'.join(map(str, shape)) or 'scalar'}"


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("show")
    tensors = {key(name, shape): tensor(dtype, shape) for name, dtype in DTYPES.items() for shape in SHAPES}
    special = torch.tensor([float("nan"), float("inf"), -float("inf"), -0.0, 1e-40])
    tensors["special"] = special
    save_file(tensors, folder / "a.safetensors")
    torch.save({"view": torch.arange(24.0).reshape(4, 6).t(), "complex": torch.randn(3, dtype=torch.complex64).conj()}, folder / "b.pt")
    return folder, tensors


def expected(value, text):
    value = value.float() if value.is_floating_point() and value.dtype != torch.float16 else value
    array = value.numpy()
    return eval(f"array[{text}]", {"array": array}) if text else array


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_slices(ckptscope, stored, tmp_path, name, shape):
    folder, tensors = stored
    for number, text in enumerate(SLICES[len(shape)]):
        if shape and shape[0] == 0 and text == "-1":
            continue
        want = np.asarray(expected(tensors[key(name, shape)], text))
        part = ["--slice=" + text] if text else []
        ran = ckptscope("show", folder / "a.safetensors", key(name, shape), "--json", *part)
        assert ran.code == 0, ran
        assert ran.json["slice_shape"] == list(want.shape) and ran.json["dtype"] == name
        assert ran.json["values"] == want.ravel().tolist()
        file = tmp_path / f"{number}.npy"
        ran = ckptscope("show", folder / "a.safetensors", key(name, shape), "--npy", file, *part)
        assert ran.code == 0, ran
        got = np.load(file)
        assert got.dtype == want.dtype and got.shape == want.shape and got.tobytes() == want.tobytes()
        assert (b"NumPy has no" in ran.err) == (name in ("BF16", "F8_E4M3"))
        ran = ckptscope("show", folder / "a.safetensors", key(name, shape), "--npy", "-", *part)
        assert ran.code == 0 and ran.out == file.read_bytes()
        assert ckptscope("show", folder / "a.safetensors", key(name, shape), *part).code == 0


def test_special_values(ckptscope, stored):
    folder, _ = stored
    ran = ckptscope("show", folder / "a.safetensors", "special", "--json")
    assert ran.json["values"][:3] == ["NaN", "Infinity", "-Infinity"]
    assert np.float32(ran.json["values"][4]) == np.float32(1e-40)
    ran = ckptscope("show", folder / "a.safetensors", "special", "--json", "--bits")
    assert ran.json["bits"][1:4] == ["0x7F800000", "0xFF800000", "0x80000000"]


def test_torch_views(ckptscope, stored, tmp_path):
    folder, _ = stored
    tensors = torch.load(folder / "b.pt")
    for name, value in tensors.items():
        assert ckptscope("show", folder / "b.pt", name, "--slice", "::2", "--npy", tmp_path / name).code == 0
        assert np.array_equal(np.load(tmp_path / name), value[::2].resolve_conj().numpy())


def test_large_in_pieces(ckptscope, tmp_path):
    value = torch.randn(1500, 3, 500).bfloat16()
    save_file({"w": value}, tmp_path / "a.safetensors")
    assert ckptscope("show", tmp_path / "a.safetensors", "w", "--slice", "1::1,:,::2", "--npy", tmp_path / "w.npy").code == 0
    assert np.array_equal(np.load(tmp_path / "w.npy"), value[1:, :, ::2].float().numpy())
    ran = ckptscope("show", tmp_path / "a.safetensors", "w")
    assert ran.code == 0 and "are not shown" in ran.text and len(ran.out) < 20000
    ran = ckptscope("show", tmp_path / "a.safetensors", "w", "--json")
    assert ran.code == 2 and "2,250,000 elements" in ran.json["error"]["message"]


def test_whole_or_not_at_all(ckptscope, stored, tmp_path):
    folder, _ = stored
    arguments = ("show", folder / "a.safetensors", "special", "--npy")
    (tmp_path / "x.npy").write_bytes(b"mine")
    ran = ckptscope(*arguments, tmp_path / "x.npy")
    assert ran.code == 2 and b"exists already" in ran.err and (tmp_path / "x.npy").read_bytes() == b"mine"
    assert ckptscope(*arguments, tmp_path / "x.npy", "--force").code == 0
    assert len(np.load(tmp_path / "x.npy")) == 5
    before = (folder / "a.safetensors").read_bytes()
    ran = ckptscope(*arguments, folder / "a.safetensors", "--force")
    assert ran.code == 2 and (folder / "a.safetensors").read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["x.npy"]
