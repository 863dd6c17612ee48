# SPDX-License-Identifier: Apache-2.0
"""Quantised blocks of GGUF files, random and quantised, decoded by `show` bit for bit as gguf-py's dequantize has them."""
import hashlib
import struct

import gguf
import numpy as np
import pytest

from test_gguf_numpy import listed

DECODED = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS", "MXFP4", "NVFP4", "TQ1_0", "TQ2_0", "BF16",
           "IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S"]
QUANTISED = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "TQ1_0", "TQ2_0", "MXFP4", "BF16"] # those that gguf-py itself can write from floats
BLOCKS = 96


def kind(name):
    return gguf.GGMLQuantizationType[name]


def blocks(name, seed):
    _, size = gguf.GGML_QUANT_SIZES[kind(name)]
    return np.random.default_rng(seed).integers(0, 256, (BLOCKS, (1 if name != "BF16" else 64) * size), dtype=np.uint8)


def write(path, tensors, arch="llama"):
    writer = gguf.GGUFWriter(path, arch)
    for name, (data, of) in tensors.items():
        writer.add_tensor(name, data, raw_dtype=of)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def same(have, want):
    """Bit for bit; of a NaN only that it is one: decoders multiply its payload in other orders."""
    have, want = np.asarray(have, np.float32).ravel(), np.asarray(want, np.float32).ravel()
    nan = np.isnan(want)
    return have.shape == want.shape and (np.isnan(have) == nan).all() and (have.view(np.uint32)[~nan] == want.view(np.uint32)[~nan]).all()


def shown(ckptscope, path, name, out):
    run = ckptscope("show", path, name, "--npy", out, "--force")
    assert run.code == 0, run
    return np.load(out)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    path = tmp_path_factory.mktemp("blocks") / "m.gguf"
    tensors = {f"random.{name}": (blocks(name, i), kind(name)) for i, name in enumerate(DECODED)}
    values = (np.random.default_rng(7).standard_normal((6, 512)) * 10.0 ** np.random.default_rng(8).integers(-6, 5, (6, 1))).astype(np.float32)
    tensors |= {f"quantised.{name}": (gguf.quants.quantize(values, kind(name)), kind(name)) for name in QUANTISED}
    write(path, tensors)
    return path, tensors


@pytest.mark.parametrize("name", [f"random.{name}" for name in DECODED] + [f"quantised.{name}" for name in QUANTISED])
def test_decoded_as_gguf_does(ckptscope, stored, tmp_path, name):
    path, tensors = stored
    data, of = tensors[name]
    with np.errstate(all="ignore"):
        want = gguf.quants.dequantize(data, of)
    have = shown(ckptscope, path, name, tmp_path / "x.npy")
    assert have.dtype == np.float32 and have.shape == want.shape and same(have, want)
    # A slice that begins inside a block, and the same as JSON.
    run = ckptscope("show", path, name, "--slice", "1:4,3:40:7", "--json")
    assert run.code == 0 and run.json["slice_shape"] == list(want[1:4, 3:40:7].shape), run
    assert np.array_equal(np.array([float(value) for value in run.json["values"]], np.float32), want[1:4, 3:40:7].ravel(), equal_nan=True)


def test_show_says_how_it_decodes(ckptscope, stored):
    path, _ = stored
    run = ckptscope("show", path, "random.Q4_K", "--slice", "0,:4")
    assert run.code == 0 and "decoded as ggml does" in run.text + run.err.decode(), run


# --- the header, byte by byte: types and versions that gguf-py does not write

def text(value):
    return struct.pack("<Q", len(value)) + value.encode()


def header(version, pairs, tensors, data=b""):
    out = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(pairs)) + b"".join(pairs) + b"".join(tensors)
    return out + b"\0" * (-len(out) % 32) + data


def pair(key, kind_, raw):
    return text(key) + struct.pack("<I", kind_) + raw


def tensor(name, shape, kind_, offset):
    return text(name) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", n) for n in shape) + struct.pack("<IQ", kind_, offset)


ONE = np.arange(8, dtype=np.float32)


@pytest.mark.parametrize("version", [2, 3])
def test_versions(ckptscope, tmp_path, version):
    (tmp_path / "m.gguf").write_bytes(header(version, [pair("general.architecture", 8, text("llama"))], [tensor("w", [4, 2], 0, 0)], ONE.tobytes()))
    listing, have = listed(ckptscope("ls", tmp_path / "m.gguf", "--hash", "--json"))
    assert have == {"w": ("F32", [2, 4], hashlib.sha256(ONE.tobytes()).hexdigest())} and listing["problems"] == []
    reader = gguf.GGUFReader(tmp_path / "m.gguf")
    assert reader.tensors[0].name == "w"


def test_q8_1(ckptscope, tmp_path):
    """gguf-py counts 40 bytes a block and cannot dequantise it; ggml's block_q8_1 has 36: d, d * sum and 32 signed bytes, whose values are q * d."""
    data = np.random.default_rng(3).integers(0, 256, (BLOCKS, 36), dtype=np.uint8)
    (tmp_path / "m.gguf").write_bytes(header(3, [], [tensor("w", [32, BLOCKS], 9, 0)], data.tobytes()))
    with np.errstate(all="ignore"):
        want = data[:, 4:].view(np.int8).astype(np.float32) * data[:, :2].copy().view(np.float16).astype(np.float32)
    assert same(shown(ckptscope, tmp_path / "m.gguf", "w", tmp_path / "x.npy"), want)


@pytest.mark.parametrize("version", [0, 1, 4, 2**32 - 1])
def test_other_versions_are_named(ckptscope, tmp_path, version):
    (tmp_path / "m.gguf").write_bytes(header(version, [], [tensor("w", [8], 0, 0)], ONE.tobytes()))
    run = ckptscope("ls", tmp_path / "m.gguf", "--json")
    assert run.code == 2 and run.json["error"]["code"] == "gguf.version", run


@pytest.mark.parametrize("number", [4, 5, 31, 36, 200, 2**31])
def test_types_of_the_future(ckptscope, tmp_path, number):
    """One tensor of a type that nobody knows, or that ggml dropped: the others are read all the same."""
    (tmp_path / "m.gguf").write_bytes(header(3, [], [tensor("new", [32], number, 0), tensor("w", [8], 0, 64)], b"x" * 64 + ONE.tobytes()))
    run = ckptscope("ls", tmp_path / "m.gguf", "--hash", "--json")
    new, known = run.json["tensors"]
    assert known["sha256"] == hashlib.sha256(ONE.tobytes()).hexdigest()
    assert new["dtype"].startswith("ggml:") and new["readable"] is False and new["reason"], new
    assert {p["code"] for p in run.json["problems"]} <= {"gguf.unknown_type", "gguf.removed_type"} and run.json["problems"]


@pytest.mark.parametrize("order", [gguf.GGUFEndian.LITTLE, gguf.GGUFEndian.BIG])
def test_every_type_of_metadata(ckptscope, tmp_path, order):
    writer = gguf.GGUFWriter(tmp_path / "m.gguf", "llama", endianess=order)
    values = {"uint8": 255, "int8": -128, "uint16": 65535, "int16": -32768, "uint32": 2**32 - 1, "int32": -2**31, "uint64": 2**64 - 1, "int64": -2**63,
              "float32": 1.5, "float64": 1e300, "bool": True, "string": "é \u2581 x"}
    for name, value in values.items():
        getattr(writer, f"add_{name}")(f"t.{name}", value)
    arrays = {"ints": [1, -2, 3], "floats": [0.5, 1.5], "bools": [True, False], "texts": ["a", "", "é"], "nested": [[1, 2], [3]]}
    for name, value in arrays.items():
        writer.add_array(f"a.{name}", value)
    writer.add_array("tokenizer.ggml.tokens", [f"<{i}>" for i in range(50_000)])
    writer.add_array("tokenizer.ggml.scores", [float(i) for i in range(50_000)])
    writer.add_array("tokenizer.ggml.token_type", [1] * 50_000)
    writer.add_string("tokenizer.ggml.model", "gpt2")
    writer.add_tensor("w", ONE.copy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    listing, have = listed(ckptscope("ls", tmp_path / "m.gguf", "--hash", "--json"))
    assert have["w"][2] == hashlib.sha256(ONE.tobytes()).hexdigest()
    metadata = listing["metadata"]
    for name, value in values.items():
        assert metadata[f"t.{name}"] == value, name
    for name in arrays:
        assert f"a.{name}" in metadata
    assert metadata["a.texts"]["type"] == "array of string" and metadata["a.texts"]["count"] == 3 and metadata["a.nested"]["count"] == 2
    assert metadata["tokenizer.ggml.model"] == "gpt2"
    assert metadata["tokenizer.ggml.tokens"]["count"] == metadata["tokenizer.ggml.scores"]["count"] == 50_000
