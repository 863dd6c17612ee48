# SPDX-License-Identifier: Apache-2.0
"""What torch.save wrote, listed and hashed by `ckptscope ls --hash`, against the tensors that torch itself loads."""
import collections
import hashlib
import io
import pickle
import struct
import zipfile

import numpy as np
import pytest
import torch

from test_hash import SPELLING as PLAIN

SPELLING = PLAIN | {"complex128": "torch:complex128", "complex32": "torch:complex32", "qint8": "I8", "quint8": "U8", "qint32": "I32"}
CONTAINERS = {"zip": {}, "legacy": {"_use_new_zipfile_serialization": False}}
# The legacy container has no storage class for these.
ZIP_ONLY = ("uint16", "uint32", "uint64", "float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu", "float8_e4m3fnuz", "float8_e5m2fnuz", "complex32")


def raw(tensor):
    """The bytes of the elements, row-major and little-endian, by torch alone."""
    tensor = tensor.detach()
    if tensor.is_quantized:
        tensor = tensor.int_repr()
    dense = tensor.resolve_conj().resolve_neg().contiguous().clone()
    return dense.flatten().view(torch.uint8).numpy().tobytes() if dense.numel() else b""


def facts(tensor):
    return SPELLING[str(tensor.dtype).removeprefix("torch.")], list(tensor.shape), hashlib.sha256(raw(tensor)).hexdigest()


def flat(value, path=""):
    """Dotted names of all strided tensors in nested containers."""
    if isinstance(value, torch.Tensor):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from flat(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            yield from flat(item, f"{path}.{i}" if path else str(i))


def codes(listing):
    return [problem["code"] for problem in listing["problems"] if problem["code"] != "config.missing"]


def listed(ckptscope, path, problems=()):
    listing = ckptscope("ls", path, "--hash", "--json").json
    assert "error" not in listing, listing
    assert codes(listing) == list(problems), listing["problems"]
    return listing


def entries(listing):
    return {entry["name"]: (entry["dtype"], entry["shape"], entry.get("sha256", entry.get("reason"))) for entry in listing["tensors"]}


def compare(ckptscope, tmp_path, value, name="x.pt", **options):
    path = tmp_path / name
    torch.save(value, path, **options)
    loaded = torch.load(path, weights_only=False)
    expected = {key: facts(tensor) for key, tensor in flat(loaded)}
    assert expected and entries(listed(ckptscope, path)) == expected


def random_bytes(count, seed=5):
    return torch.randint(0, 256, (count,), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


def every_dtype(container):
    tensors = {}
    for name in SPELLING:
        if name.startswith("q") or (container == "legacy" and name in ZIP_ONLY):
            continue
        kind = getattr(torch, name)
        bits = random_bytes(6 * kind.itemsize)
        tensors[name] = ((bits % 2).to(torch.bool) if name == "bool" else bits.view(kind)).reshape(2, 3)
    return tensors


def every_view():
    base = torch.arange(24, dtype=torch.float32)
    grid = torch.arange(12, dtype=torch.float64).reshape(3, 4)
    wave = torch.view_as_complex(torch.arange(12, dtype=torch.float32).reshape(3, 2, 2))
    return {"base": base, "offset": base[5:9], "step": base[1::3], "grid": base.reshape(2, 3, 4).permute(2, 0, 1), "expanded": base[:3].expand(4, 3),
            "zero strides": base[7].expand(2, 2), "transposed": grid.t(), "column": grid[:, 2], "scalar": grid[2, 3], "empty": base[3:3],
            "empty 2-d": grid[:, 1:1], "conj": wave.conj(), "conj transposed": wave.conj().t(), "tied": base,
            "channels last": torch.arange(24, dtype=torch.float16).reshape(1, 2, 3, 4).to(memory_format=torch.channels_last),
            "overlapping": torch.arange(6, dtype=torch.int16).as_strided((3, 3), (1, 1))}


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_dtype(ckptscope, tmp_path, container):
    compare(ckptscope, tmp_path, every_dtype(container), **CONTAINERS[container])


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_view(ckptscope, tmp_path, container):
    compare(ckptscope, tmp_path, every_view(), **CONTAINERS[container])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "complex64", "complex128"])
@pytest.mark.parametrize("container", CONTAINERS)
def test_negated_views(ckptscope, tmp_path, dtype, container):
    tensor = torch.tensor([[4.0, 1.0, -2.0], [3.0, -0.5, 100.0]]).to(getattr(torch, dtype))
    if tensor.is_complex():
        tensor = tensor * (1 + 2j)  # no zeros: torch itself is of two minds about the sign of a negated one
    value = {"neg": torch._neg_view(tensor), "strided": torch._neg_view(tensor.t())}
    if tensor.is_complex():
        value["both"] = torch._neg_view(tensor).conj()
    assert value["neg"].is_neg()
    compare(ckptscope, tmp_path, value, **CONTAINERS[container])


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_trainers_checkpoint(ckptscope, tmp_path, container, protocol):
    torch.manual_seed(1)
    model = torch.nn.Sequential(collections.OrderedDict(embed=torch.nn.Embedding(7, 4), norm=torch.nn.BatchNorm1d(4), head=torch.nn.Linear(4, 7)))
    model.head.weight = model.embed.weight
    optimizer = torch.optim.AdamW(model.parameters(), amsgrad=True)
    model.head(model.norm(model.embed(torch.tensor([1, 2, 3])))).sum().backward()
    optimizer.step()
    value = {"state_dict": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "lr": [0.1, 0.01], "args": {"name": "x", "none": None},
             "best": (torch.tensor(0.5), [torch.ones(2), {"deep": torch.zeros(1, 3)}]), "parameter": torch.nn.Parameter(torch.ones(2, 2)),
             "buffer": torch.nn.Buffer(torch.ones(3)), 7: torch.arange(3)}
    compare(ckptscope, tmp_path, value, pickle_protocol=protocol, **CONTAINERS[container])


class Named(torch.Tensor):
    pass


def test_subclasses_and_shared_storages(ckptscope, tmp_path):
    shared = torch.arange(10, dtype=torch.int32)
    named = torch.ones(2, 3).as_subclass(Named)
    named.label = "x"
    compare(ckptscope, tmp_path, {"named": named, "a": shared[:5], "b": shared[3:], "all": shared})


@pytest.mark.parametrize("container", CONTAINERS)
def test_one_bare_tensor(ckptscope, tmp_path, container):
    path = tmp_path / "alone.pt"
    torch.save(torch.arange(5), path, **CONTAINERS[container])
    assert entries(listed(ckptscope, path)) == {"alone": facts(torch.arange(5))}


def test_float4_pairs(ckptscope, tmp_path):
    packed = random_bytes(6).reshape(2, 3)
    torch.save({"w": packed.view(torch.float4_e2m1fn_x2)}, tmp_path / "x.pt")
    assert entries(listed(ckptscope, tmp_path / "x.pt")) == {"w": ("F4", [2, 6], hashlib.sha256(packed.numpy().tobytes()).hexdigest())}


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("dtype", ["qint8", "quint8", "qint32"])
def test_quantized(ckptscope, tmp_path, dtype, container):
    kind = getattr(torch, dtype)
    value = torch.linspace(-2, 2, 12).reshape(3, 4)
    tensors = {"tensor": torch.quantize_per_tensor(value, 0.125, 3, kind),
               "channel": torch.quantize_per_channel(value, torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64), torch.tensor([0, 1, 2]), 0, kind)}
    torch.save(tensors, tmp_path / "x.pt", **CONTAINERS[container])
    listing = listed(ckptscope, tmp_path / "x.pt")
    assert entries(listing) == {key: facts(tensor) for key, tensor in tensors.items()}
    one, two = (next(e for e in listing["tensors"] if e["name"] == key) for key in tensors)
    assert one["quantizer"] == {"scheme": "per_tensor_affine", "dtype": dtype, "scale": 0.125, "zero_point": 3}
    assert two["quantizer"]["axis"] == 0 and {p["name"]: p["sha256"] for p in two["parts"]} == {
        "channel.scales": facts(tensors["channel"].q_per_channel_scales())[2],
        "channel.zero_points": facts(tensors["channel"].q_per_channel_zero_points())[2]}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("container", CONTAINERS)
def test_sparse(ckptscope, tmp_path, container):
    dense = torch.tensor([[0, 0, 1, 2], [0, 0, 3, 4], [5, 0, 0, 0], [0, 6, 0, 0]], dtype=torch.float32)
    layouts = {"coo": (dense.to_sparse_coo(), ["indices", "values"]), "csr": (dense.to_sparse_csr(), ["crow_indices", "col_indices", "values"]),
               "csc": (dense.to_sparse_csc(), ["ccol_indices", "row_indices", "values"]),
               "bsr": (dense.to_sparse_bsr((2, 2)), ["crow_indices", "col_indices", "values"]),
               "bsc": (dense.to_sparse_bsc((2, 2)), ["ccol_indices", "row_indices", "values"])}
    torch.save({key: tensor for key, (tensor, _) in layouts.items()}, tmp_path / "x.pt", **CONTAINERS[container])
    listing = listed(ckptscope, tmp_path / "x.pt")
    assert [entry["name"] for entry in listing["tensors"]] == sorted(layouts) or {e["name"] for e in listing["tensors"]} == set(layouts)
    for entry in listing["tensors"]:
        tensor, parts = layouts[entry["name"]]
        assert (entry["layout"], entry["dtype"], entry["shape"], entry["readable"]) == ("sparse_" + entry["name"], "F32", [4, 4], False)
        assert {p["name"]: (p["dtype"], p["shape"], p["sha256"]) for p in entry["parts"]} == {
            f"{entry['name']}.{part}": facts(getattr(tensor, part)()) for part in parts}


def test_meta_tensors_have_no_elements(ckptscope, tmp_path):
    torch.save({"m": torch.empty(3, 4, device="meta"), "w": torch.ones(2)}, tmp_path / "x.pt")
    listing = listed(ckptscope, tmp_path / "x.pt")
    meta, = (entry for entry in listing["tensors"] if entry["name"] == "m")
    assert (meta["dtype"], meta["shape"], meta["readable"]) == ("F32", [3, 4], False) and "meta" in meta["reason"]
    assert entries(listing)["w"] == facts(torch.ones(2))


class Child(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.arange(4.0))
        self.register_buffer("mean", torch.arange(3, dtype=torch.int64))
        self.plain = torch.full((5,), 7.0)

    def forward(self, x):
        return x * self.weight.sum() + self.plain.sum() + self.mean.sum()


class Parent(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.child = Child()
        self.head = torch.nn.Linear(2, 3)
        self.table = torch.zeros(2)

    def forward(self, x):
        return self.child(x) + self.head.weight.sum() + self.table.sum() + torch.tensor([1.0, 2.0]).sum()


@pytest.mark.filterwarnings("ignore")
def test_torchscript_lists_its_state_dict(ckptscope, tmp_path):
    torch.jit.save(torch.jit.script(Parent()), tmp_path / "x.pt")
    state = torch.jit.load(tmp_path / "x.pt").state_dict()
    assert entries(listed(ckptscope, tmp_path / "x.pt")) == {key: facts(tensor) for key, tensor in state.items()}


def rewritten(path, change):
    """The archive with each (name, bytes) as `change` gives it; None drops one."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            data = change(info.filename, source.read(info))
            if data is not None:
                target.writestr(zipfile.ZipInfo(info.filename), data)
    path.write_bytes(out.getvalue())


def test_big_endian(ckptscope, tmp_path):
    """As torch writes on s390x: the byteorder record says big, and each storage is swapped; torch's own loader swaps it back."""
    value = {"f": torch.arange(5.0), "h": torch.arange(4, dtype=torch.float16), "c": torch.tensor([1 + 2j, 3 - 4j]), "l": torch.arange(6).reshape(2, 3).t(),
             "b": torch.tensor([True, False])}
    torch.save(value, tmp_path / "x.pt")
    sizes = [t.element_size() // (2 if t.is_complex() else 1) for t in value.values()]

    def change(name, data):
        if name.endswith("/byteorder"):
            return b"big"
        if "/data/" in name:
            size = sizes[int(name.rsplit("/", 1)[1])]
            return b"".join(data[i:i + size][::-1] for i in range(0, len(data), size))
        return data
    rewritten(tmp_path / "x.pt", change)
    loaded = torch.load(tmp_path / "x.pt")
    assert torch.equal(loaded["f"], value["f"]) and torch.equal(loaded["c"], value["c"])
    assert entries(listed(ckptscope, tmp_path / "x.pt")) == {key: facts(tensor) for key, tensor in value.items()}


def test_deflated_storages(ckptscope, tmp_path):
    value = {"a": torch.arange(5000.0), "t": torch.arange(12).reshape(3, 4).t()}
    torch.save(value, tmp_path / "x.pt")
    with zipfile.ZipFile(tmp_path / "x.pt") as source, zipfile.ZipFile(tmp_path / "y.pt", "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            target.writestr(info.filename, source.read(info))
    assert entries(listed(ckptscope, tmp_path / "y.pt")) == {key: facts(tensor) for key, tensor in torch.load(tmp_path / "y.pt").items()}


def test_shards_behind_an_index(ckptscope, tmp_path):
    first, second = {"a.weight": torch.ones(2, 3), "a.bias": torch.zeros(2)}, {"b.weight": torch.arange(4, dtype=torch.bfloat16)}
    names = ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"]
    for name, part in zip(names, (first, second)):
        torch.save(part, tmp_path / name)
    weight_map = {key: name for name, part in zip(names, (first, second)) for key in part}
    size = sum(t.numel() * t.element_size() for t in (first | second).values())
    (tmp_path / "pytorch_model.bin.index.json").write_text(__import__("json").dumps({"metadata": {"total_size": size}, "weight_map": weight_map}))
    (tmp_path / "config.json").write_text('{"architectures": ["LlamaForCausalLM"]}')
    for path in (tmp_path, tmp_path / "pytorch_model.bin.index.json", tmp_path / names[1]):
        listing = listed(ckptscope, path)
        assert entries(listing) == {key: facts(tensor) for key, tensor in (first | second).items()}
        assert {e["name"]: e["file"] for e in listing["tensors"]} == weight_map


@pytest.mark.parametrize("protocol", range(1, 6))
def test_pickled_tensors(ckptscope, tmp_path, protocol):
    """pickle.dumps, not torch.save: each storage is a legacy file in bytes, which protocols 1 and 2 spell as text."""
    value = {"a": torch.arange(300.0), "t": torch.arange(6, dtype=torch.int16).reshape(2, 3).t(), "b": random_bytes(256)}
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(value, protocol))
    assert entries(listed(ckptscope, tmp_path / "x.pkl")) == {key: facts(tensor) for key, tensor in value.items()}


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("container", ["pickle", *CONTAINERS])
def test_numpy_arrays(ckptscope, tmp_path, protocol, container):
    arrays = {"f8": np.arange(300, dtype=np.float64), "u1": np.arange(256, dtype=np.uint8), "fortran": np.asfortranarray(np.arange(6, dtype=np.int32).reshape(2, 3)),
              "big": np.arange(5, dtype=">i2"), "bool": np.array([True, False]), "scalar": np.array(3.5), "empty": np.zeros((0, 3), np.float32)}
    path = tmp_path / "x.pkl"
    if container == "pickle":
        path.write_bytes(pickle.dumps(arrays, protocol))
    else:
        torch.save(arrays, path, pickle_protocol=protocol, **CONTAINERS[container])
    expected = {}
    for key, array in arrays.items():
        little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
        expected[key] = (SPELLING[array.dtype.name], list(array.shape), hashlib.sha256(little.tobytes()).hexdigest())
    assert entries(listed(ckptscope, path)) == expected


@pytest.mark.filterwarnings("ignore")
def test_what_is_named_and_refused(ckptscope, tmp_path):
    program = torch.export.export(torch.nn.Linear(2, 3), (torch.ones(1, 2),))
    torch.export.save(program, tmp_path / "x.pt2")
    answer = ckptscope("ls", tmp_path / "x.pt2", "--json")
    assert answer.code == 2 and ".pt2" in answer.json["error"]["message"]
    tar = bytearray(10240)
    tar[0:8], tar[257:262] = b"sys_info", b"ustar"
    (tmp_path / "x.tar").write_bytes(tar)
    answer = ckptscope("ls", tmp_path / "x.tar", "--json")
    assert answer.code == 2 and "tar" in answer.json["error"]["message"]


def test_zip64_beyond_4_gib(ckptscope, tmp_path):
    """A storage of 4 GiB and one behind it, as sparse files: offsets and sizes that need zip64."""
    path = tmp_path / "x.pt"
    big, small = torch.zeros(0, dtype=torch.uint8), torch.arange(3.0)
    torch.save({"big": big, "small": small}, path)
    data = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        pickled = source.read("x/data.pkl")
    length = (4 << 30) + 64
    # numel and size of `big` stand as BININT1 0; a LONG1 takes their place.
    number = b"\x8a\x05" + struct.pack("<Q", length)[:5]
    at = pickled.index(b"X\x03\x00\x00\x00cpu") + 8
    at = pickled.index(b"K\x00t", at)
    pickled = pickled[:at] + number + pickled[at + 2:]
    at = pickled.index(b"K\x00\x85", at)
    pickled = pickled[:at] + number + pickled[at + 2:]
    with open(path, "wb") as file:
        directory = []

        def add(name, size, content=None):
            header = file.tell()
            extra = struct.pack("<HHQQ", 1, 16, size, size) if size >= 0xFFFFFFFF else b""
            short = 0xFFFFFFFF if extra else size
            file.write(struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0, 0, 0, 0, 0, short, short, len(name), len(extra)) + name + extra)
            if content is None:
                file.seek(size, 1)
            else:
                file.write(content)
            wide = ([size, size] if size >= 0xFFFFFFFF else []) + ([header] if header >= 0xFFFFFFFF else [])
            extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
            directory.append(struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 45, 45, 0, 0, 0, 0, 0 if content is None else zipfile.crc32(content), short, short,
                                         len(name), len(extra), 0, 0, 0, 0, min(header, 0xFFFFFFFF)) + name + extra)
        add(b"x/data.pkl", len(pickled), pickled)
        add(b"x/byteorder", 6, b"little")
        add(b"x/data/0", length)
        add(b"x/data/1", 12, raw(small))
        add(b"x/version", 2, b"3\n")
        start = file.tell()
        file.write(b"".join(directory))
        end = file.tell()
        file.write(struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 5, 5, end - start, start))
        file.write(struct.pack("<IIQI", 0x07064B50, 0, end, 1) + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 5, 5, end - start, 0xFFFFFFFF, 0))
    listing = ckptscope("ls", path, "--filter", "small", "--hash", "--json").json
    assert entries(listing) == {"small": facts(small)} and listing["tensors"][0]["offset"] > 4 << 30
    whole = ckptscope("ls", path, "--json").json
    assert codes(whole) == []
    assert {e["name"]: e["shape"] for e in whole["tensors"]} == {"big": [length], "small": [3]}
