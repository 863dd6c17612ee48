# SPDX-License-Identifier: Apache-2.0
"""Every count that `stats` and `check --values` give, against NumPy and ml_dtypes: all codes of the narrow floats, NaN payloads, zeros of both
signs, subnormal numbers, and random bits."""
import json
import struct

import ml_dtypes
import numpy as np
import pytest

FLOATS = {
    "F8_E4M3": ml_dtypes.float8_e4m3fn, "F8_E5M2": ml_dtypes.float8_e5m2, "F8_E8M0": ml_dtypes.float8_e8m0fnu,
    "F8_E4M3FNUZ": ml_dtypes.float8_e4m3fnuz, "F8_E5M2FNUZ": ml_dtypes.float8_e5m2fnuz,
    "BF16": ml_dtypes.bfloat16, "F16": np.float16, "F32": np.float32, "F64": np.float64,
}
# Narrowest first, as the program names them; what it tries a wider float's values against.
NARROW = [("F8_E4M3", ml_dtypes.float8_e4m3fn), ("F8_E5M2", ml_dtypes.float8_e5m2), ("BF16", ml_dtypes.bfloat16), ("F16", np.float16),
          ("F32", np.float32)]
SMALLEST_NORMAL = {name: float(ml_dtypes.finfo(kind).smallest_normal) for name, kind in FLOATS.items()}
rng = np.random.default_rng(5)


def codes(bits):
    return np.arange(1 << bits, dtype=f"<u{bits // 8}")


def f32(*patterns):
    return np.array(patterns, dtype="<u4")


def holds(values, kind, bits):
    """The values that casting to `kind` and back leaves as they are; NaN of any payload always, as in every float."""
    with np.errstate(all="ignore"):
        if bits == 64 and kind is not np.float32:  # ml_dtypes rounds a double by way of a float: what no float holds, no narrower kind holds
            once = values.astype(np.float32)
            return (once.astype(np.float64) == values) & (once.astype(kind).astype(np.float64) == values) | np.isnan(values)
        return (values.astype(kind).astype(values.dtype) == values) | np.isnan(values)


CASES = {
    **{f"{name}: all codes": (name, codes(8)) for name in ("F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ")},
    "BF16: all codes": ("BF16", codes(16)),
    "F16: all codes": ("F16", codes(16)),
    "F32: all BF16 numbers": ("F32", codes(16).astype("<u4") << 16),
    "F32: all F16 numbers": ("F32", codes(16).view(np.float16).astype(np.float32).view("<u4")),
    "F32: one bit below a BF16 number": ("F32", np.append(np.arange(0x3F80, 0x4080, dtype="<u4") << 16, 0x3F800001).astype("<u4")),
    "F32: NaN payloads": ("F32", f32(0x7FC00000, 0x7F800001, 0xFFC00001, 0xFF812345, 0x7FFFFFFF, 0x3F800000, 0xC0200000)),
    "F32: nothing but NaN": ("F32", f32(0x7FC00000, 0xFFFFFFFF)),
    "F32: both zeros": ("F32", f32(0, 0x80000000, 0, 0x80000000)),
    "F32: both zeros and one more": ("F32", f32(0x80000000, 0, 1)),
    "F32: infinities": ("F32", f32(0x7F800000, 0xFF800000, 0xFF800000, 0x3F800000)),
    "F32: subnormal": ("F32", rng.integers(1, 1 << 23, 5000).astype("<u4") | (rng.integers(0, 2, 5000).astype("<u4") << 31)),
    "F32: random bits": ("F32", rng.integers(0, 1 << 32, 300_000, dtype=np.uint64).astype("<u4")),
    "F32: trained weights": ("F32", rng.normal(0, 0.02, 300_000).astype(np.float32).view("<u4")),
    "F32: trained weights that were F16": ("F32", rng.normal(0, 0.02, 300_000).astype(np.float16).astype(np.float32).view("<u4")),
    "F32: trained weights that were BF16": ("F32", rng.normal(0, 0.02, 300_000).astype(ml_dtypes.bfloat16).astype(np.float32).view("<u4")),
    "F32: constant": ("F32", np.full(1000, 0x3DCCCCCD, dtype="<u4")),
    "F64: random bits": ("F64", rng.integers(0, 1 << 64, 200_000, dtype=np.uint64)),
    "F64: F32 numbers": ("F64", rng.normal(0, 1, 100_000).astype(np.float32).astype(np.float64).view("<u8")),
    "F64: BF16 numbers": ("F64", rng.normal(0, 1, 100_000).astype(ml_dtypes.bfloat16).astype(np.float64).view("<u8")),
    "F64: subnormal and tiny": ("F64", np.concatenate([rng.integers(1, 1 << 52, 2000, dtype=np.uint64),
                                                       np.array([1.4e-45, 1e-46, 2.0 ** -133, -0.0]).view("<u8")])),
    "BF16: one value": ("BF16", np.array([0x3F80], dtype="<u2")),
    "F16: subnormal": ("F16", rng.integers(1, 1 << 10, 3000).astype("<u2")),
}


def write(path, tensors):
    header, at = {}, 0
    for key, (dtype, raw) in tensors.items():
        header[key] = {"dtype": dtype, "shape": [len(raw)], "data_offsets": [at, at + raw.nbytes]}
        at += raw.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(raw.tobytes() for _, raw in tensors.values()))


@pytest.fixture(scope="module")
def scanned(ckptscope, tmp_path_factory):
    """What stats and check say of each case, in one file: tensors must not disturb each other."""
    path = tmp_path_factory.mktemp("statistics") / "model.safetensors"
    write(path, CASES)
    stats = ckptscope("stats", path, "--json")
    assert stats.code == 0, stats
    check = ckptscope("check", "--values", path, "--json")
    assert check.code == 1, check
    findings = {}
    for finding in check.json["findings"]:
        if finding["rule"].startswith("values."):
            findings.setdefault(finding["tensor"], {})[finding["rule"]] = finding["message"]
    return {one["name"]: one for one in stats.json["tensors"]}, findings


def number(value):
    return {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}.get(value, value)


@pytest.mark.parametrize("case", CASES)
def test_as_numpy_counts(scanned, case):
    name, raw = CASES[case]
    stored = raw.view(FLOATS[name])
    wide = stored if name == "F64" else stored.astype(np.float32)
    with np.errstate(all="ignore"):
        x = wide.astype(np.float64)
    finite = x[np.isfinite(x)]
    magnitudes = np.abs(finite)
    got = scanned[0][case]
    denormals = int(((magnitudes > 0) & (magnitudes < SMALLEST_NORMAL[name])).sum())
    assert {key: got[key] for key in ("dtype", "count", "finite", "nan", "inf", "zeros", "denormals")} == {
        "dtype": name, "count": len(raw), "finite": len(finite), "nan": int(np.isnan(x).sum()), "inf": int(np.isinf(x).sum()),
        "zeros": int((x == 0).sum()), "denormals": denormals}
    for key, want in (("min", finite.min() if len(finite) else np.nan), ("max", finite.max() if len(finite) else np.nan),
                      ("absmax", magnitudes.max() if len(finite) else np.nan)):
        assert np.array_equal(number(got[key]), want, equal_nan=True), key  # not approximately
    if len(finite) and magnitudes.max() < 1e150:  # NumPy's own sum of squares overflows beyond
        assert number(got["mean"]) == pytest.approx(finite.mean(), rel=1e-9, abs=1e-12 * magnitudes.max())
        assert number(got["std"]) == pytest.approx(finite.std(), rel=1e-9)
    same = raw[0] == raw if raw[0] << 1 & np.iinfo(raw.dtype).max else (raw << 1 & np.iinfo(raw.dtype).max) == 0
    if name != "F8_E8M0" and not name.endswith("FNUZ"):  # their zeros are not +0 and -0
        assert got["constant"] == bool(same.all())


@pytest.mark.parametrize("case", [case for case in CASES if CASES[case][0] in ("F32", "F64")])
def test_precision_that_was_lost(scanned, case):
    name, raw = CASES[case]
    x = raw.view(FLOATS[name])
    bits = 8 * raw.itemsize
    exact = [kind for kind, dtype in NARROW if holds(x, dtype, bits).all() and (bits == 64 or kind != "F32")]
    got = scanned[0][case]
    assert got["narrowest"] == (exact[0] if exact else name)
    with np.errstate(all="ignore"):
        whole = bool(np.all((np.abs(x) <= 256) & (x == np.trunc(x)) | np.isnan(x)))
    constant = got["constant"]
    lost = [kind for kind in exact if kind in ("BF16", "F16")]
    want = lost[0] if lost and not constant and not whole else None
    assert got["laundered_from"] == want
    assert any(rule.startswith("values.laundered") for rule in scanned[1].get(case, {})) == (want is not None)


@pytest.mark.parametrize("case", CASES)
def test_findings_follow_from_the_counts(scanned, case):
    stats, findings = scanned[0][case], scanned[1].get(case, {})
    assert ("values.nan" in findings) == (stats["nan"] > 0)
    assert ("values.inf" in findings) == (stats["inf"] > 0)
    assert ("values.zero" in findings) == (stats["zeros"] == stats["count"])
    for rule, key in (("values.nan", "nan"), ("values.inf", "inf")):
        if rule in findings:
            assert f"{stats[key]:,}".replace(",", " ") in findings[rule].replace("\u202f", " ").replace("\u2009", " ").replace(",", " ")
