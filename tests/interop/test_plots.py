# SPDX-License-Identifier: Apache-2.0
"""The numbers behind the plots against NumPy on the same data: histogram counts exactly, percentiles by the stated method, heatmap cells, half-lives
and drift. The window draws, and saves as CSV, what these commands print: both ask the same functions."""
import json
import math
import struct

import gguf
import ml_dtypes
import numpy as np
import pytest

KINDS = {
    "F8_E4M3": ml_dtypes.float8_e4m3fn, "F8_E5M2": ml_dtypes.float8_e5m2, "F8_E8M0": ml_dtypes.float8_e8m0fnu, "BF16": ml_dtypes.bfloat16,
    "F16": np.float16, "F32": np.float32, "F64": np.float64, "BOOL": np.bool_, "I8": np.int8, "U8": np.uint8, "I16": np.int16, "U16": np.uint16,
    "I32": np.int32, "U32": np.uint32, "I64": np.int64, "U64": np.uint64, "C64": np.complex64,
}
rng = np.random.default_rng(11)


def weights(kind, *shape, scale=0.02):
    with np.errstate(over="ignore"):
        return rng.normal(0, scale, shape).astype(np.float32).astype(kind)


def odd(kind, count):
    """Ordinary numbers among NaN, both infinities and both zeros."""
    values = rng.normal(0, 3, count)
    values[::7] = 0.0
    values[1::11] = -0.0
    values[2::13] = np.nan
    values[3::17] = np.inf
    values[4::19] = -np.inf
    return values.astype(np.float32).astype(kind)


def integers(kind, count):
    info = np.iinfo(kind)
    return rng.integers(info.min, info.max, count, dtype=kind, endpoint=True)


CASES = {
    **{f"{name}, weights": weights(KINDS[name], 300, 257) for name in ("F8_E4M3", "F8_E5M2", "BF16", "F16", "F32", "F64")},
    **{f"{name}, with NaN and Inf": odd(KINDS[name], 20_011) for name in ("F8_E5M2", "BF16", "F16", "F32", "F64")},
    "F8_E4M3, with NaN": np.arange(256, dtype=np.uint8).view(ml_dtypes.float8_e4m3fn),
    "F8_E8M0, all codes": np.arange(256, dtype=np.uint8).view(ml_dtypes.float8_e8m0fnu),
    "BF16, all codes": np.arange(65536, dtype=np.uint16).view(ml_dtypes.bfloat16),
    "F16, all codes": np.arange(65536, dtype=np.uint16).view(np.float16),
    "F32, random bits": rng.integers(0, 1 << 32, 200_000, dtype=np.uint64).astype(np.uint32).view(np.float32),
    "F64, random bits": rng.integers(0, 1 << 64, 100_000, dtype=np.uint64, endpoint=False).view(np.float64),
    "F64, farther apart than the largest number": np.array([-1.7e308, -1e308, -1.0, 0.0, 5e-324, 1e300, 1.7e308, 1.7976931348623157e308]),
    "F64, subnormal alone": rng.integers(0, 1 << 40, 5000, dtype=np.uint64).view(np.float64),
    "F64, a few of the smallest steps": rng.integers(0, 100, 3000, dtype=np.uint64).view(np.float64),
    "F32, subnormal alone": rng.integers(0, 1 << 23, 5000, dtype=np.uint32).view(np.float32),
    "F64, neighbours far from zero": 1e16 + 2.0 * rng.integers(0, 4, 1000),
    "F32, constant": np.full(999, 0.1, np.float32),
    "F64, constant and huge": np.full(9, 1e300),
    "F64, constant of the largest number": np.full(3, np.finfo(np.float64).max),
    "F32, zeros of both signs": np.array([0.0, -0.0] * 50, np.float32),
    "F32, nothing but NaN": np.full(5, np.nan, np.float32),
    "F32, one value": np.array([-3.5], np.float32),
    "F32, two values": np.array([1.0, 2.0], np.float32),
    "F32, none": np.zeros(0, np.float32),
    "F32, on the edges": np.arange(-512, 513, dtype=np.float32) / 4,
    "F64, tenths": np.arange(0, 4097) / 10.0,
    "F32, five million": weights(np.float32, 1000, 5000),
    "BF16, five million": weights(ml_dtypes.bfloat16, 2000, 2500),
    "BOOL": rng.integers(0, 2, 1001).astype(np.bool_),
    **{f"{name}, whole range": integers(KINDS[name], 30_001) for name in ("I8", "U8", "I16", "U16", "I32", "U32", "I64", "U64")},
    "I64, small": rng.integers(-5, 70_000, 10_000),
    "C64": (rng.normal(size=3000) + 1j * rng.normal(size=3000)).astype(np.complex64),
}


def save(path, tensors):
    names = {np.dtype(kind): name for name, kind in KINDS.items()}
    header, at = {}, 0
    for key, x in tensors.items():
        header[key] = {"dtype": names[x.dtype], "shape": list(x.shape), "data_offsets": [at, at + x.nbytes]}
        at += x.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(x.tobytes() for x in tensors.values()))


def number(value):
    return {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}.get(value, value)


def numbers(values):
    return np.array([number(value) for value in values], dtype=np.float64)


def doubles(x):
    with np.errstate(all="ignore"):
        if x.dtype.kind == "c":
            return x.view(np.float32).astype(np.float64)
        return (x if x.dtype in (np.float64, np.int64, np.uint64) else x.astype(np.float32) if x.dtype.kind == "V" else x).astype(np.float64)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("plots") / "model.safetensors"
    save(path, CASES)
    return path


@pytest.fixture(scope="module")
def counted(ckptscope, file):
    """256 bins as the window draws them, 7 of them, and 100 of the logarithm."""
    out = []
    for more in ([], ["--bins", 7], ["--bins", 100, "--log10"], ["--range", "-0.5:0.25", "--bins", 50]):
        run = ckptscope("stats", file, "--histogram", *more, "--json")
        assert run.code == 0, run
        out.append({one["name"]: one for one in run.json["tensors"]})
    return out


def as_numpy_counts(got, finite, bins):
    """numpy.histogram by the number of bins where NumPy takes it, else by the edges that were printed."""
    edges = numbers(got["edges"])
    assert len(edges) == bins + 1 and np.all(edges[:-1] <= edges[1:])
    assert np.array_equal(got["counts"], np.histogram(finite, edges)[0])
    assert sum(got["counts"]) == len(finite)
    try:
        with np.errstate(all="raise"):
            counts, own = np.histogram(finite, bins)
    except (ValueError, FloatingPointError):
        return False  # "Too many bins for data range", or a range that overflows
    assert np.array_equal(edges, own)
    assert np.array_equal(got["counts"], counts)
    return True


REFUSED_BY_NUMPY = {"F64, farther apart than the largest number", "F64, a few of the smallest steps", "F64, neighbours far from zero",
                    "F64, constant and huge", "F64, constant of the largest number", "F64, random bits", "F64, subnormal alone"}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("bins", [256, 7])
def test_counts_are_numpys(counted, case, bins):
    finite = doubles(CASES[case].ravel())
    finite = finite[np.isfinite(finite)]
    got = counted[0 if bins == 256 else 1][case]["histogram"]
    assert got["scale"] == "value"
    if len(finite) == 0:
        assert got == {"scale": "value", "edges": [], "counts": []}
        return
    assert as_numpy_counts(got, finite, bins) or case in REFUSED_BY_NUMPY


@pytest.mark.parametrize("case", CASES)
def test_counts_in_a_range_are_numpys(counted, case):
    finite = doubles(CASES[case].ravel())
    finite = finite[np.isfinite(finite)]
    got = counted[3][case]["histogram"]
    if len(finite) == 0:
        assert got["counts"] == []
        return
    counts, edges = np.histogram(finite, 50, range=(-0.5, 0.25))
    assert np.array_equal(numbers(got["edges"]), edges) and np.array_equal(got["counts"], counts)


@pytest.mark.parametrize("case", CASES)
def test_percentiles_are_numpys(counted, case):
    finite = doubles(CASES[case].ravel())
    finite = finite[np.isfinite(finite)]
    for one in counted:
        got = one[case]["percentiles"]
        assert got["method"] == "inverted_cdf"
        want = np.percentile(finite, [1, 50, 99], method="inverted_cdf") if len(finite) else [math.nan] * 3
        assert np.array_equal(numbers([got["1"], got["50"], got["99"]]), want, equal_nan=True)


@pytest.mark.parametrize("case", [case for case in CASES if CASES[case].size <= 250_000])
def test_logarithms(counted, case):
    finite = doubles(CASES[case].ravel())
    finite = finite[np.isfinite(finite) & (finite != 0)]
    got = counted[2][case]["histogram"]
    assert got["scale"] == "log10_magnitude"
    if len(finite) == 0:
        assert got["counts"] == []
        return
    # libm's, as NumPy's own depends on the processor
    assert as_numpy_counts(got, np.array([math.log10(abs(x)) for x in finite]), 100)


@pytest.mark.parametrize("case", CASES)
def test_numbers_beside_the_plot(counted, case):
    x = doubles(CASES[case].ravel())
    finite = x[np.isfinite(x)]
    got = counted[0][case]
    assert (got["count"], got["finite"], got["nan"], got["inf"], got["zeros"]) == (
        len(x), len(finite), np.isnan(x).sum(), np.isinf(x).sum(), (x == 0).sum())
    ends = [finite.min(), finite.max(), np.abs(finite).max()] if len(finite) else [math.nan] * 3
    assert np.array_equal(numbers([got["min"], got["max"], got["absmax"]]), ends, equal_nan=True)
    if len(finite) and ends[2] < 1e150:
        assert number(got["mean"]) == pytest.approx(math.fsum(finite) / len(finite), rel=1e-12, abs=1e-15 * ends[2])
        assert number(got["std"]) == pytest.approx(finite.std(), rel=1e-9, abs=1e-300)


def test_a_file_of_ggml_blocks(ckptscope, tmp_path):
    path = tmp_path / "model.gguf"
    writer = gguf.GGUFWriter(str(path), "llama")
    kinds = [gguf.GGMLQuantizationType[name] for name in ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q6_K", "BF16")]
    want = {}
    for kind in kinds:
        try:
            packed = gguf.quants.quantize(weights(np.float32, 48, 512), kind)
        except NotImplementedError:  # gguf-py reads K blocks, but does not write them: any scales will do
            elements, size = gguf.GGML_QUANT_SIZES[kind]
            packed = rng.integers(0, 256, (48, 512 // elements * size), dtype=np.uint8)
        with np.errstate(all="ignore"):
            want[kind.name] = gguf.quants.dequantize(packed, kind).astype(np.float64)
        writer.add_tensor(kind.name, packed, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    run = ckptscope("stats", path, "--histogram", "--json")
    assert run.code == 0, run
    for one in run.json["tensors"]:
        x = want[one["name"]].ravel()
        finite = x[np.isfinite(x)]
        assert as_numpy_counts(one["histogram"], finite, 256)
        assert np.array_equal(numbers([one["percentiles"][p] for p in ("1", "50", "99")]),
                              np.percentile(finite, [1, 50, 99], method="inverted_cdf"))
        map_run = ckptscope("show", path, one["name"], "--heatmap", "5x31", "--json")
        assert map_run.code == 0, map_run
        as_numpy_reduces(map_run.json["heatmap"], want[one["name"]], 5, 31)


def as_numpy_reduces(got, matrix, rows, columns):
    """Cells of sizes that differ by one at most; min and max exactly, means but for the order of the sum."""
    rows, columns = min(rows, matrix.shape[0]), min(columns, matrix.shape[1])
    row_edges = [matrix.shape[0] * r // rows for r in range(rows + 1)]
    column_edges = [matrix.shape[1] * c // columns for c in range(columns + 1)]
    assert got["row_edges"] == row_edges and got["column_edges"] == column_edges
    at = 0
    for r in range(rows):
        for c in range(columns):
            block = matrix[row_edges[r]:row_edges[r + 1], column_edges[c]:column_edges[c + 1]].ravel()
            finite = block[np.isfinite(block)]
            assert got["nan_or_inf"][at] == len(block) - len(finite)
            if len(finite):
                assert (number(got["min"][at]), number(got["max"][at])) == (finite.min(), finite.max())
                if np.abs(finite).max() < 1e300:
                    assert number(got["mean"][at]) == pytest.approx(finite.mean(), rel=1e-12, abs=1e-13 * np.abs(finite).max())
            else:
                assert all(math.isnan(number(got[name][at])) for name in ("mean", "min", "max"))
            at += 1


@pytest.mark.parametrize("case", [case for case in CASES if CASES[case].dtype.kind != "c" and 0 < CASES[case].size <= 250_000])
@pytest.mark.parametrize("size", [(1, 1), (16, 100), (300, 300)])
def test_heatmap_of_a_matrix(ckptscope, file, case, size):
    x = doubles(CASES[case])
    run = ckptscope("show", file, case, "--heatmap", f"{size[0]}x{size[1]}", "--json")
    assert run.code == 0, run
    as_numpy_reduces(run.json["heatmap"], x if x.ndim == 2 else x[None, :], *size)


def test_heatmap_of_a_slice(ckptscope, tmp_path):
    x = odd(np.float32, 3 * 5 * 40 * 30).reshape(3, 5, 40, 30)
    save(tmp_path / "x.safetensors", {"x": x})
    run = ckptscope("show", tmp_path / "x.safetensors", "x", "--heatmap", "8x9", "--slice", "2,-1,3:37,1:", "--json")
    assert run.code == 0, run
    got = run.json["heatmap"]
    assert got["outer"] == [2, 4]
    got["row_edges"] = [edge - 3 for edge in got["row_edges"]]
    got["column_edges"] = [edge - 1 for edge in got["column_edges"]]
    as_numpy_reduces(got, x[2, 4, 3:37, 1:].astype(np.float64), 8, 9)


# ---- half-lives and drift, by the formula in core/values/decay.h and docs/cli.md


def softplus(x):
    return np.logaddexp(0, x)


def rate(a_log, dt_bias):
    return np.exp(a_log) * softplus(dt_bias)


def bf16(x):
    return x.astype(np.float32).astype(ml_dtypes.bfloat16).astype(np.float64)


def half_step(x, bits):
    """Half the distance to the next number with so many bits after the leading one."""
    return np.where(x == 0, 0, np.exp2(np.floor(np.log2(np.abs(np.where(x == 0, 1, x)))) - bits - 1))


@pytest.mark.parametrize("kind", ["F32", "BF16", "F16"])
def test_half_lives_and_drift(ckptscope, tmp_path, kind):
    heads = 48
    a_log = np.log(rng.uniform(0.5, 16, heads)).astype(np.float32).astype(KINDS[kind])
    dt_bias = (np.log(np.expm1(np.exp(rng.uniform(np.log(0.001), np.log(0.1), heads))))).astype(np.float32).astype(KINDS[kind])
    path = tmp_path / "model.safetensors"
    save(path, {"model.layers.0.linear_attn.A_log": a_log, "model.layers.0.linear_attn.dt_bias": dt_bias})
    run = ckptscope("stats", path, "--json")
    assert run.code == 0, run
    got = next(one["decay"] for one in run.json["tensors"] if "decay" in one)
    a, b = doubles(a_log), doubles(dt_bias)
    stored, narrow = rate(a, b), rate(bf16(a), bf16(b))
    assert numbers(got["half_life"]) == pytest.approx(np.log(2) / stored, rel=1e-12)
    assert numbers(got["half_life_bf16"]) == pytest.approx(np.log(2) / narrow, rel=1e-12)
    bits = {"F32": 23, "BF16": 7, "F16": 10}[kind]
    corners = [rate(a + i * half_step(a, bits), b + j * half_step(b, bits)) for i in (-1, 1) for j in (-1, 1)]
    slow, fast = np.min(corners, axis=0), np.max(corners, axis=0)
    assert numbers(got["half_life_low"]) == pytest.approx(np.log(2) / fast, rel=1e-12)
    assert numbers(got["half_life_high"]) == pytest.approx(np.log(2) / slow, rel=1e-12)
    moved = np.where(narrow != stored, np.abs(narrow - stored), np.maximum(fast - stored, stored - slow))
    for name, tokens in (("4k", 4096), ("32k", 32768), ("256k", 262144)):
        assert got["drift"][name] == pytest.approx(np.max(-np.expm1(-moved * tokens)), rel=1e-9)
