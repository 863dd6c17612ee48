# SPDX-License-Identifier: Apache-2.0
"""Files that gguf-py and NumPy wrote: each tensor's name, dtype, shape and bytes as the writer gives them."""
import hashlib

import gguf
import ml_dtypes
import numpy as np
import pytest

NUMPY = {"b1": "BOOL", "i1": "I8", "u1": "U8", "i2": "I16", "u2": "U16", "i4": "I32", "u4": "U32", "i8": "I64", "u8": "U64", "f2": "F16", "f4": "F32",
         "f8": "F64", "c8": "C64", "c16": "torch:complex128"}
BLOCKS = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K", "IQ4_NL", "IQ4_XS", "TQ1_0", "TQ2_0", "MXFP4", "NVFP4",
          "IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "Q1_0"]


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def random(shape, dtype, seed):
    bits = np.random.default_rng(seed).integers(0, 256, int(np.prod(shape)) * np.dtype(dtype).itemsize, dtype=np.uint8)
    return (bits & 1).astype(bool).reshape(shape) if dtype == "b1" else bits.view(dtype).reshape(shape)


def listed(run):
    assert run.code == 0, run
    listing = run.json
    return listing, {e["name"]: (e["dtype"], e["shape"], e["sha256"]) for e in listing["tensors"]}


@pytest.mark.parametrize("order", [gguf.GGUFEndian.LITTLE, gguf.GGUFEndian.BIG])
def test_gguf(ckptscope, tmp_path, order):
    writer = gguf.GGUFWriter(tmp_path / "m.gguf", "qwen3next", endianess=order)
    writer.add_uint32("qwen3next.block_count", 2)
    writer.add_float32("qwen3next.attention.layer_norm_rms_epsilon", 1e-6)
    writer.add_array("tokenizer.ggml.tokens", ["a", "", "\u2581the"] * 1000)
    writer.add_string("tokenizer.chat_template", "{{ x }}" * 20000)
    wanted = {}
    for i, (name, kind) in enumerate([("F32", "f4"), ("F16", "f2"), ("I8", "i1"), ("I16", "i2"), ("I32", "i4"), ("I64", "i8"), ("F64", "f8")]):
        array = random((3, 32), kind, i)
        wanted[name] = (name, [3, 32], sha(array))
        writer.add_tensor(name, array.copy()) # a big-endian writer swaps it in place
    if order == gguf.GGUFEndian.LITTLE: # gguf-py does not swap blocks
        for i, name in enumerate(BLOCKS):
            kind = gguf.GGMLQuantizationType[name]
            elements, size = gguf.GGML_QUANT_SIZES[kind]
            blocks = random((3, 2 * size), "u1", 100 + i)
            wanted[name] = (f"ggml:{name}", [3, 2 * elements], sha(blocks))
            writer.add_tensor(name, blocks, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    listing, have = listed(ckptscope("ls", tmp_path / "m.gguf", "--hash", "--json"))
    assert listing["format"] == "gguf"
    assert have == wanted
    assert [p["code"] for p in listing["problems"]] == ([] if order == gguf.GGUFEndian.LITTLE else ["gguf.big_endian"])
    assert listing["metadata"]["general.architecture"] == "qwen3next"
    assert listing["metadata"]["qwen3next.block_count"] == 2
    assert listing["metadata"]["qwen3next.attention.layer_norm_rms_epsilon"] == 1e-6


def test_gguf_split(ckptscope, tmp_path):
    writer = gguf.GGUFWriter(tmp_path / "m.gguf", "llama", split_max_tensors=2)
    wanted = {}
    for i in range(5):
        array = random((4, 4), "f4", i)
        wanted[f"t{i}"] = ("F32", [4, 4], sha(array))
        writer.add_tensor(f"t{i}", array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    parts = sorted(tmp_path.glob("*.gguf"))
    assert len(parts) == 3
    for path in [tmp_path, *parts]:
        listing, have = listed(ckptscope("ls", path, "--hash", "--json"))
        assert have == wanted and listing["problems"] == []
    parts[1].unlink()
    run = ckptscope("ls", tmp_path, "--json")
    assert [p["code"] for p in run.json["problems"]] == ["gguf.split_missing"]


def arrays():
    out = {}
    for i, (kind, name) in enumerate(NUMPY.items()):
        array = random((3, 5), kind, i)
        out[f"{kind}"] = (array, name)
        out[f"{kind}-columns"] = (np.asfortranarray(array), name)
        if np.dtype(kind).itemsize > 1:
            out[f"{kind}-big"] = (array.astype(np.dtype(kind).newbyteorder(">"), copy=True), name)
    out["scalar"] = (np.float32(1.5).reshape(()), "F32")
    out["empty"] = (np.zeros((0, 7), "f4"), "F32")
    out["cube"] = (np.asfortranarray(random((2, 3, 4), "f4", 99)), "F32")
    out["text"] = (np.array(["abc", "d"]), "numpy:<U3")
    out["bf16"] = (random((4,), "u2", 98).view(ml_dtypes.bfloat16), "numpy:<V2")
    out["record"] = (np.zeros(2, [("a", "<f4"), ("b", ">i2", (2, 3))]), "numpy:[('a', '<f4'), ('b', '>i2', (2, 3))]")
    return out


def logical(array, name):
    """Row-major and little-endian, where the dtype has a spelling of its own; else as stored."""
    if name.startswith("numpy:"):
        return hashlib.sha256(array.tobytes()).hexdigest()
    return sha(array.astype(array.dtype.newbyteorder("<")))


@pytest.mark.parametrize("name", list(arrays()))
def test_npy(ckptscope, tmp_path, name):
    array, dtype = arrays()[name]
    np.save(tmp_path / "x.npy", array)
    listing, have = listed(ckptscope("ls", tmp_path / "x.npy", "--hash", "--json"))
    assert listing["format"] == "npy" and listing["problems"] == []
    assert have == {"x": (dtype, list(array.shape), logical(array, dtype))}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz(ckptscope, tmp_path, save):
    everything = arrays()
    save(tmp_path / "x.npz", **{name: array for name, (array, _) in everything.items()}, zeros=np.zeros((1000, 1000)))
    listing, have = listed(ckptscope("ls", tmp_path / "x.npz", "--hash", "--json"))
    assert listing["format"] == "npz" and listing["problems"] == []
    assert have.pop("zeros") == ("F64", [1000, 1000], sha(np.zeros((1000, 1000))))
    assert have == {name: (dtype, list(array.shape), logical(array, dtype)) for name, (array, dtype) in everything.items()}


def test_objects_are_not_loaded(ckptscope, tmp_path):
    np.save(tmp_path / "x.npy", np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
    run = ckptscope("ls", tmp_path / "x.npy", "--hash", "--json")
    entry = run.json["tensors"][0]
    assert entry["readable"] is False and entry["reason"] and [p["code"] for p in run.json["problems"]] == ["npy.object"]
