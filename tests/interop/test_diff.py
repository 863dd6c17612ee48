# SPDX-License-Identifier: Apache-2.0
"""`diff --values` against numpy: exactly the changed tensors, with the numbers that numpy computes from the same data."""
import math

import ml_dtypes
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

DTYPES = {
    "F32": torch.float32, "F64": torch.float64, "F16": torch.float16, "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2, "I8": torch.int8, "I64": torch.int64, "U8": torch.uint8, "BOOL": torch.bool,
    "C64": torch.complex64,
}


def made(name, seed, shape):
    generator = torch.Generator().manual_seed(seed)
    if name in ("I8", "I64"):
        return torch.randint(-100, 100, shape, generator=generator).to(DTYPES[name])
    if name in ("U8", "BOOL"):
        return torch.randint(0, 2, shape, generator=generator).to(DTYPES[name])
    if name == "C64":
        return torch.randn(shape, generator=generator, dtype=torch.complex64)
    return torch.randn(shape, generator=generator).to(DTYPES[name])


def as_numpy(tensor):
    kinds = {torch.bfloat16: (torch.int16, ml_dtypes.bfloat16), torch.float8_e4m3fn: (torch.uint8, ml_dtypes.float8_e4m3fn),
             torch.float8_e5m2: (torch.uint8, ml_dtypes.float8_e5m2)}
    if tensor.dtype in kinds:
        view, kind = kinds[tensor.dtype]
        return tensor.view(view).numpy().view(kind)
    return tensor.numpy()


def numpy_says(a, b):
    a, b = as_numpy(a).ravel(), as_numpy(b).ravel()
    bits = (a.view(np.uint8).reshape(a.size, -1) != b.view(np.uint8).reshape(b.size, -1)).any(axis=1) if a.dtype == b.dtype else None
    wide = np.complex128 if a.dtype.kind == "c" else np.float64
    x, y = a.astype(wide), b.astype(wide)
    differing = bits if bits is not None else ~((x == y) | (np.isnan(x) & np.isnan(y)))
    with np.errstate(invalid="ignore"):
        away = np.abs(x - y)[differing]
    away = away[~np.isnan(away)]
    finite = np.isfinite(x) & np.isfinite(y)
    p, q = x[finite], y[finite]
    relative = math.sqrt(np.sum(np.abs(p - q) ** 2) / np.sum(np.abs(p) ** 2))
    cosine = np.sum((p * np.conj(q)).real) / math.sqrt(np.sum(np.abs(p) ** 2) * np.sum(np.abs(q) ** 2))
    return {"differing": int(differing.sum()), "first": int(differing.argmax()), "max_abs": float(away.max(initial=0)), "relative": relative,
            "cosine": float(cosine), "one_nan": int((np.isnan(x) != np.isnan(y)).sum())}


def compared(ckptscope, tmp_path, a, b, *options):
    save_file(a, tmp_path / "a.safetensors")
    save_file(b, tmp_path / "b.safetensors")
    run = ckptscope("diff", "--values", "--json", tmp_path / "a.safetensors", tmp_path / "b.safetensors", *options)
    return run.code, run.json


def agrees(values, want, shape):
    assert values["differing"] == want["differing"]
    assert values["first"]["index"] == [int(i) for i in np.unravel_index(want["first"], shape)]
    assert values["max_abs"] == (pytest.approx(want["max_abs"], rel=1e-15) if math.isfinite(want["max_abs"]) else "Infinity")
    assert values["relative"] == pytest.approx(want["relative"], rel=1e-12)
    assert values["cosine"] == pytest.approx(want["cosine"], rel=1e-12)
    assert values["one_nan"] == want["one_nan"]


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("shape", [(37, 53), (1100, 4000)], ids=["small", "parts"])  # 4.4M elements: two parts, several pieces
def test_equals_numpy(ckptscope, tmp_path, name, shape):
    a = {"w": made(name, 1, shape), "same": made(name, 2, shape)}
    b = {key: value.clone() for key, value in a.items()}
    raw = b["w"].view(torch.uint8)
    raw[3, 5] ^= 1
    raw[-1, -1] ^= 1
    code, said = compared(ckptscope, tmp_path, a, b)
    assert code == 1
    assert [row["name"] for row in said["differences"]] == ["w"]
    assert said["differences"][0]["changes"] == ["value"]
    agrees(said["differences"][0]["values"], numpy_says(a["w"], b["w"]), shape)


@pytest.mark.parametrize("one, two", [("BF16", "F32"), ("F32", "F16"), ("F8_E4M3", "BF16"), ("I64", "F64")])
def test_across_dtypes(ckptscope, tmp_path, one, two):
    a = {"w": made(one, 3, (64, 65))}
    code, said = compared(ckptscope, tmp_path, a, {"w": a["w"].to(DTYPES[two])})
    values = said["differences"][0]["values"]
    assert code == 1
    if (one, two) == ("F32", "F16"):
        agrees(values, numpy_says(a["w"], a["w"].to(DTYPES[two])), (64, 65))
        assert said["differences"][0]["changes"] == ["dtype", "value"]
    else:  # widened: not a value changes
        assert (values["differing"], values["max_abs"], values["cosine"], said["differences"][0]["changes"]) == (0, 0, 1, ["dtype"])


@pytest.mark.parametrize("name", ["F32", "F16", "BF16", "F64", "F8_E5M2"])
def test_odd_values(ckptscope, tmp_path, name):
    kind = DTYPES[name]
    odd = [0.0, -0.0, math.nan, math.inf, -math.inf, 1.0, -1.5, 2.0 ** -14]
    a = {"w": torch.tensor([x for x in odd for _ in odd], dtype=torch.float32).to(kind)}
    b = {"w": torch.tensor(odd * len(odd), dtype=torch.float32).to(kind)}
    _, said = compared(ckptscope, tmp_path, a, b)
    agrees(said["differences"][0]["values"], numpy_says(a["w"], b["w"]), (64,))


def test_tolerance(ckptscope, tmp_path):
    a = {"w": torch.zeros(10), "v": torch.zeros(10)}
    b = {"w": torch.full((10,), 0.25), "v": torch.full((10,), 0.75)}
    code, said = compared(ckptscope, tmp_path, a, b, "--tolerance", "0.25")
    assert code == 1
    assert [row["name"] for row in said["differences"]] == ["v"]
    code, said = compared(ckptscope, tmp_path, a, b, "--tolerance", "0.75")
    assert (code, said["differences"], said["same"]) == (0, [], True)


def test_finds_exactly_three_of_many(ckptscope, tmp_path):
    a = {f"model.layers.{i}.mlp.w": made("BF16", i, (64, 64)) for i in range(300)}
    b = {key: value.clone() for key, value in a.items()}
    for i in (0, 150, 299):
        b[f"model.layers.{i}.mlp.w"].view(torch.int16)[i % 64, 7] ^= 1
    torch.save({key.removeprefix("model."): value for key, value in b.items()}, tmp_path / "b.pt")
    save_file(a, tmp_path / "a.safetensors")
    for threads in (1, 4):
        run = ckptscope("diff", "--values", "--json", "-j", threads, tmp_path / "a.safetensors", tmp_path / "b.pt")
        assert run.code == 1
        assert sorted(row["name"] for row in run.json["differences"]) == sorted(f"model.layers.{i}.mlp.w" for i in (0, 150, 299))
        assert run.json["counts"]["renamed"] == 300
        for row in run.json["differences"]:
            agrees(row["values"], numpy_says(a[row["name"]], b[row["name"]]), (64, 64))
