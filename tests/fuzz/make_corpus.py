#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the fuzzers' seeds, tests/fuzz/corpus/NAME/*. The standard library is enough. Files of other origin there are left alone."""
import io
import json
import pathlib
import struct
import zipfile

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"


def put(target, name, data):
    path = CORPUS / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def safetensors(header, data=b"", length=None):
    text = header.encode() if isinstance(header, str) else header
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def safetensors_seeds():
    def dump(header, **kwargs):
        return json.dumps(header, separators=(",", ":"), **kwargs)
    two = {"__metadata__": {"format": "pt"}, "model.layers.0.linear_attn.A_log": entry("BF16", [2], 0, 4),
           "model.layers.0.linear_attn.dt_bias": entry("F32", [2], 4, 12)}
    put("safetensors", "two", safetensors(dump(two), b"x" * 12))
    put("safetensors", "padded", safetensors(dump(two) + "     ", b"x" * 12))
    put("safetensors", "indented", safetensors(json.dumps(two, indent=1), b"x" * 12))
    put("safetensors", "empty", safetensors("{}"))
    put("safetensors", "metadata-last", safetensors(dump({"a": entry("U8", [1], 0, 1), "__metadata__": {"a": "b", "c": ""}}), b"x"))
    dtypes = [("F4", [2, 3], 3), ("F6_E2M3", [4], 3), ("F6_E3M2", [4], 3), ("F8_E5M2", [1], 1), ("F8_E4M3", [1], 1), ("F8_E8M0", [1], 1),
              ("F8_E4M3FNUZ", [1], 1), ("F8_E5M2FNUZ", [1], 1), ("BOOL", [], 1), ("I8", [1], 1), ("U16", [1], 2), ("I16", [1], 2),
              ("F16", [1], 2), ("U32", [1], 4), ("I32", [1], 4), ("C64", [1], 8), ("F64", [1], 8), ("I64", [1], 8), ("U64", [0, 5], 0)]
    header, at = {}, 0
    for i, (dtype, shape, size) in enumerate(dtypes):
        header[f"t{i}"] = entry(dtype, shape, at, at + size)
        at += size
    put("safetensors", "every-dtype", safetensors(dump(header), bytes(at)))
    put("safetensors", "duplicate", safetensors('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},'
                                                '"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', b"x"))
    put("safetensors", "unknown-dtype", safetensors(dump({"a": entry("f32", [1], 0, 4)}), b"xxxx"))
    put("safetensors", "unknown-field", safetensors('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":[{"y":[null,true,1.5e3]}]}}', b"x"))
    put("safetensors", "hole", safetensors(dump({"a": entry("U8", [1], 1, 2)}), b"xx"))
    put("safetensors", "overlap", safetensors(dump({"a": entry("U8", [2], 0, 2), "b": entry("U8", [2], 1, 3)}), b"xxx"))
    put("safetensors", "truncated", safetensors(dump({"a": entry("F32", [100], 0, 400)}), b"x" * 12))
    put("safetensors", "trailing", safetensors(dump({"a": entry("U8", [1], 0, 1)}), b"xxxx"))
    put("safetensors", "overflow", safetensors(dump({"a": entry("U8", [1 << 63, 2, 0], 0, 0), "b": entry("U8", [0, 1 << 63, 2], 0, 0)})))
    put("safetensors", "length-lies", safetensors("{}", b"", 1 << 40))
    put("safetensors", "nesting", safetensors('{"a":{"x":' + "[" * 140 + "]" * 140 + "}}"))
    put("safetensors", "names", safetensors(dump({"": entry("U8", [0], 0, 0), "../../x": entry("U8", [0], 0, 0),
                                                  "\u202e\u0000": entry("U8", [0], 0, 0), "\U0001f600": entry("U8", [0], 0, 0)})))
    put("safetensors", "not-utf8", safetensors(b'{"\xff":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'))
    put("safetensors", "metadata-twice", safetensors('{"__metadata__":{"a":"b","a":"c"},"__metadata__":null}'))


def index_seeds():
    one, two = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
    good = {"metadata": {"total_size": 8}, "weight_map": {"a.linear_attn.A_log": one, "a.linear_attn.dt_bias": two}}
    put("index", "good", json.dumps(good, indent=2, sort_keys=True) + "\n")
    put("index", "compact", json.dumps(good, separators=(",", ":")))
    for name, shard in [("traversal", "../" + one), ("absolute", "/etc/passwd"), ("drive", "C:\\x.safetensors"), ("missing", "x.safetensors"),
                        ("pickle", "pytorch_model.bin"), ("dot", "."), ("empty-name", ""), ("nul", "a\0b"), ("itself", "model.safetensors.index.json")]:
        put("index", name, json.dumps({"metadata": {}, "weight_map": {"a.linear_attn.A_log": shard, "b": two}}))
    put("index", "twice", '{"weight_map":{"a":"%s","a":"%s"}}' % (one, two))
    put("index", "wrong-kinds", '{"metadata":{"total_size":"8"},"weight_map":{"a":1,"b":null,"c":["x"]}}')
    put("index", "float-size", '{"metadata":{"total_size":8.0},"weight_map":{}}')
    put("index", "list", '["weight_map"]')
    put("index", "nesting", "[" * 300)


def config_seeds():
    put("config", "plain", json.dumps({"architectures": ["Qwen3NextForCausalLM"], "num_hidden_layers": 48, "hidden_size": 2048,
                                       "rope_theta": 1e7, "tie_word_embeddings": False, "dtype": "bfloat16"}, indent=2))
    put("config", "nested", json.dumps({"architectures": None, "text_config": {"architectures": ["Qwen3_5ForCausalLM"], "num_hidden_layers": 4}}))
    put("config", "string", '{"architectures":"Qwen3NextForCausalLM"}')
    put("config", "mixed", '{"architectures":["A",1,null],"a.b":{"c":[[1,{"d":-0.5}]]},"a.b.c":2}')
    put("config", "twice", '{"architectures":["A"],"architectures":["B"]}')
    put("config", "quantized", json.dumps({"quantization_config": {"quant_method": "fp8", "modules_to_not_convert": ["lm_head"]}}))
    put("config", "not-json", "architectures: [A]")
    put("config", "nesting", '{"a":' * 200 + "1" + "}" * 200)
    put("config", "numbers", '{"a":18446744073709551616,"b":-9223372036854775808,"c":1e400,"d":0.1}')
    put("config", "diffusers", '{"_class_name":"WanTransformer3DModel","num_layers":40}')


def rules_seeds():
    rule = {"id": "user.a", "title": "A", "architectures": ["X"], "key_regex": r"(?:^|\.)A_log$", "required_dtypes": ["F32"],
            "severity": "violation", "why": "because", "sources": ["a/b/c.py"]}
    put("rules", "file", json.dumps({"schema": "ckptscope.rules/1", "profile": "default", "rules": [rule]}))
    put("rules", "list", json.dumps([rule, {**rule, "id": "user.b", "architectures": [], "when": {"a.b": [1, "x", None, True, 0.5]}}], indent=1))
    put("rules", "bad-regex", json.dumps([{**rule, "key_regex": "(a"}, {**rule, "id": "c", "key_regex": "(?=a)"}]))
    put("rules", "big-regex", json.dumps([{**rule, "key_regex": "((a{1,1000}){1,1000})"}]))
    put("rules", "bad-dtype", json.dumps([{**rule, "required_dtypes": ["F33"]}, {**rule, "required_dtypes": []}]))
    put("rules", "bad-severity", json.dumps([{**rule, "severity": "fatal"}]))
    put("rules", "same-id", json.dumps([rule, rule]))
    put("rules", "kinds", '[1,{"id":1},{"id":"x","title":[]},null]')
    put("rules", "schema", '{"schema":"ckptscope.rules/2","rules":[]}')


def filter_seeds():
    for i, text in enumerate(["", "dtype:BF16", "dtype:BF16 rule:gdn *.A_log size>1MiB violation", "*.A_log OR *.dt_bias", "-lm_head", '"a b"',
                              "(dtype:F32 OR dtype:F16) -norm", "/linear_attn\\.(A_log|dt_bias)$/", "rank:1 shape:2", "size>=1KiB size<2GB",
                              "elements<100", "shard:1", "dtype:", "(", "((a)", 'file:"x', "size>x", "NOT a", "!a", "dtype:F3", "dtpye:F32"]):
        put("filter", f"{i:02}", "\x05" + text)


def jsonscan_seeds():
    put("jsonscan", "values", '{"a":[1,-2.5e+3,true,false,null,"x\\n\\u00e9\\ud83d\\ude00"],"a":{}} ')
    put("jsonscan", "space", " \t\r\n[ ] ")
    for i, text in enumerate(['01', '-', '1.', '.5', '1e', '"\\ud800"', '"\\x"', '"\x01"', '[1,]', '{"a"}', '{"a":1,}', 'nul', 'truex', '[1 2]', '"', '\ufeff1', '-0', '{}{}']):
        put("jsonscan", f"bad-{i:02}", text)
    put("jsonscan", "utf8", '"\u00e9\u20ac\U0001f600"')
    put("jsonscan", "not-utf8", b'"\xc0\xaf\xed\xa0\x80"')


def gguf_string(text):
    data = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(data)) + data


def gguf_key(name, kind, value):
    return gguf_string(name) + struct.pack("<I", kind) + value


def gguf_tensor(name, dims, kind, offset):
    return gguf_string(name) + struct.pack("<I", len(dims)) + b"".join(struct.pack("<q", d) for d in dims) + struct.pack("<iQ", kind, offset)


def gguf(keys=(), tensors=(), data=b"", version=3, alignment=32):
    head = b"GGUF" + struct.pack("<Iqq", version, len(tensors), len(keys)) + b"".join(keys) + b"".join(tensors)
    return head + b"\0" * (-len(head) % alignment if tensors else 0) + data


def gguf_seeds():
    scalars = [gguf_key(f"k{kind}", kind, struct.pack("<Q", 1)[:size])
               for kind, size in enumerate([1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8]) if size]
    words = gguf_key("tokenizer.ggml.tokens", 9, struct.pack("<IQ", 8, 3) + gguf_string("a") + gguf_string("") + gguf_string("\u2581the"))
    ints = gguf_key("ints", 9, struct.pack("<IQ3i", 5, 3, 1, -1, 0))
    nested = gguf_key("nested", 9, struct.pack("<IQ", 9, 2) + struct.pack("<IQI", 4, 1, 7) + struct.pack("<IQ", 8, 0))
    architecture = gguf_key("general.architecture", 8, gguf_string("qwen3next"))
    put("gguf", "one", gguf([gguf_key("a.b", 7, b"\1")], [gguf_tensor("w", [2], 0, 0)], struct.pack("<2f", 1, 2)))
    put("gguf", "keys", gguf([architecture, *scalars, words, ints, nested]))
    put("gguf", "blocks", gguf([architecture], [gguf_tensor("a", [32, 2], 2, 0), gguf_tensor("blk.0.ssm_a", [4], 0, 64), gguf_tensor("b", [256], 12, 96)],
                               bytes(240)))
    put("gguf", "aligned", gguf([gguf_key("general.alignment", 4, struct.pack("<I", 64))], [gguf_tensor("w", [1], 0, 0)], b"abcd", alignment=64))
    put("gguf", "unknown-type", gguf([], [gguf_tensor("a", [5], 99, 0), gguf_tensor("b", [1], 0, 32)], bytes(36)))
    put("gguf", "split", gguf([gguf_key("split.no", 2, b"\0\0"), gguf_key("split.count", 2, b"\3\0")]))
    put("gguf", "overlap", gguf([], [gguf_tensor("a", [16], 0, 0), gguf_tensor("b", [1], 0, 32)], bytes(64)))
    put("gguf", "wrap", gguf([], [gguf_tensor("a", [4, (1 << 30) - 1, (1 << 30) + 1], 0, 0)]))
    put("gguf", "truncated", gguf([], [gguf_tensor("a", [1000], 1, 0)], b"x"))
    put("gguf", "version-2", gguf([architecture], version=2))
    big = b"GGUF" + struct.pack(">Iqq", 3, 1, 0) + struct.pack(">Q", 1) + b"w" + struct.pack(">IqiQ", 1, 2, 1, 0)
    put("gguf", "big-endian", big + b"\0" * (-len(big) % 32) + b"abcd")


def npy(header, data=b"", version=1, encoding="latin-1"):
    text = header.encode(encoding)
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(text)) + text + data


def npy_seeds():
    def head(descr, shape="(3,)", order="False"):
        return "{'descr': %s, 'fortran_order': %s, 'shape': %s, }" % (descr, order, shape)
    put("npy", "f4", npy(head("'<f4'"), bytes(12)))
    put("npy", "fortran", npy(head("'>i2'", "(2, 3)", "True"), bytes(12), version=2))
    put("npy", "record", npy(head("[('a', '<f4'), ('\u20ac', '>i2', (2, 3)), (('t', 'b'), [('c', '|b1')])]"), bytes(51), version=3, encoding="utf-8"))
    put("npy", "object", npy(head("'|O'"), b"\x80\x04."))
    put("npy", "text", npy(head("'<U3'"), bytes(36)))
    put("npy", "scalar", npy(head("'<f8'", "()"), bytes(8)))
    put("npy", "void", npy(head("'<V2'"), bytes(6)))
    put("npy", "python-2", npy(head("'<f4'", "(3L,)"), bytes(12)))
    put("npy", "truncated", npy(head("'<f4'", "(1000,)"), bytes(12)))
    put("npy", "overflow", npy(head("'<f4'", "(9223372036854775808, 2, 0)")))
    put("npy", "deep", npy(head("[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]")))


def npz(members, compression):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return out.getvalue()


def npz_seeds():
    one = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", bytes(12))
    columns = npy("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }", bytes(12))
    put("npz", "stored", npz({"a.npy": one, "b.npy": columns}, zipfile.ZIP_STORED))
    put("npz", "deflated", npz({"a.npy": one, "b/c.npy": columns}, zipfile.ZIP_DEFLATED))
    put("npz", "others", npz({"a.npy": one, "notes.txt": b"x", "bad.npy": b"x"}, zipfile.ZIP_STORED))


# What fuzz_roundtrip's first byte asks for.
TORCH, FULL, CONVERT, FOLDER, ADVICE, CAST_ALL, FORCE, IN_PLACE = (1 << bit for bit in range(8))


def roundtrip_seeds():
    layer = "model.layers.0.linear_attn."
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, dtype, count, size in (("A_log", "BF16", 4, 2), ("conv1d.weight", "BF16", 8, 2), ("dt_bias", "BF16", 4, 2), ("in_proj_qkvz.weight", "BF16", 16, 2)):
        header[layer + name] = entry(dtype, [count], len(data), len(data) + count * size)
        data += bytes(range(1, count * size + 1))
    layers = safetensors(json.dumps(header, separators=(",", ":")), data)
    for name, wish in (("file", 0), ("folder", FOLDER), ("full", FOLDER | FULL), ("advice", FOLDER | ADVICE), ("cast", CAST_ALL), ("force", FOLDER | FORCE),
                       ("in-place", FOLDER | IN_PLACE), ("file-in-place", IN_PLACE | CAST_ALL), ("convert", CONVERT | FOLDER | ADVICE), ("to-torch", CONVERT | TORCH)):
        put("roundtrip", "layer-" + name, bytes([wish]) + layers)
    for name in ("every-dtype", "metadata-last", "indented", "names", "padded"):
        put("roundtrip", name, bytes([CAST_ALL]) + (CORPUS / "safetensors" / name).read_bytes())
    for name in ("one", "blocks", "aligned"):
        put("roundtrip", "gguf-" + name, bytes([CONVERT | CAST_ALL]) + (CORPUS / "gguf" / name).read_bytes())
    for name in ("f4", "fortran"):
        put("roundtrip", "npy-" + name, bytes([CONVERT]) + (CORPUS / "npy" / name).read_bytes())
    put("roundtrip", "npz", bytes([CONVERT | FOLDER]) + (CORPUS / "npz" / "deflated").read_bytes())


if __name__ == "__main__":
    npz_seeds()
    safetensors_seeds()
    gguf_seeds()
    npy_seeds()
    index_seeds()
    config_seeds()
    rules_seeds()
    filter_seeds()
    jsonscan_seeds()
    roundtrip_seeds()
