# SPDX-License-Identifier: Apache-2.0
"""Crafted GGUF, NumPy and distributed checkpoints: each lie is told under its code, in 2 s and 256 MiB, and nothing outside is touched."""
import io
import pickle
import struct
import zipfile

import pytest
import torch
import torch.distributed.checkpoint as dcp

import malicious
from test_gguf_blocks import header, pair, tensor, text
from test_hostile import bounded

U32, TEXT, ARRAY = 4, 8, 9


def array(kind, count, raw=b""):
    return struct.pack("<IQ", kind, count) + raw


def counted(tensors, pairs, rest=b""):
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, pairs) + rest


def nested(depth):
    return b"".join(array(ARRAY, 1) for _ in range(depth)) + array(U32, 0)


GGUF = {
    "2^63 tensors": (counted(2**63, 0), "gguf.count"),
    "2^64 - 1 pairs": (counted(0, 2**64 - 1, b"x" * 100), "gguf.count"),
    "a key of 2^64 - 1 bytes": (counted(0, 1, struct.pack("<Q", 2**64 - 1) + b"x" * 100), "gguf.string"),
    "a text of 2^40 bytes": (header(3, [pair("k", TEXT, struct.pack("<Q", 2**40))], []), "gguf.string"),
    "2^61 numbers": (header(3, [pair("k", ARRAY, array(U32, 2**61))], []), "gguf.array"),
    "2^64 - 1 texts": (header(3, [pair("k", ARRAY, array(TEXT, 2**64 - 1))], []), "gguf.array"),
    "100,000 arrays in each other": (header(3, [pair("k", ARRAY, nested(100_000))], []), "gguf.nesting"),
    "a value of type 77": (header(3, [pair("k", 77, b"")], []), "gguf.value_type"),
    "alignment 0": (header(3, [pair("general.alignment", U32, struct.pack("<I", 0))], [tensor("w", [1], 0, 0)], b"abcd"), "gguf.alignment"),
    "alignment 3": (header(3, [pair("general.alignment", U32, struct.pack("<I", 3))], [tensor("w", [1], 0, 0)], b"abcd"), "gguf.alignment"),
    "a key twice": (header(3, [pair("k", U32, b"abcd")] * 2, []), "gguf.duplicate_key"),
    "a name twice": (header(3, [], [tensor("w", [1], 0, 0), tensor("w", [1], 0, 32)], b"x" * 36), "gguf.duplicate_tensor"),
    "sizes that overflow": (header(3, [], [tensor("w", [2**40, 2**40], 0, 0)]), "gguf.overflow"),
    "negative size": (header(3, [], [tensor("w", [2**63], 0, 0)]), "gguf.dimension"),
    "nine dimensions": (header(3, [], [tensor("w", [1] * 9, 0, 0)], b"abcd"), "gguf.rank"),
    "an offset of 2^64 - 32": (header(3, [], [tensor("w", [1], 0, 2**64 - 32)], b"abcd"), "gguf.overflow"),
    "an odd offset": (header(3, [], [tensor("w", [1], 0, 1)], b"abcdefgh"), "gguf.offset"),
    "shared bytes": (header(3, [], [tensor("a", [16], 0, 0), tensor("b", [16], 0, 32)], b"x" * 96), "gguf.overlap"),
    "cut data": (header(3, [], [tensor("w", [100], 0, 0)], b"abcd"), "gguf.truncated"),
    "half a block": (header(3, [], [tensor("w", [31], 2, 0)], b"x" * 18), "gguf.block"),
    "100,000 empty texts": (header(3, [pair("k", ARRAY, array(TEXT, 100_000, b"\0" * 800_000))], [tensor("w", [1], 0, 0)], b"abcd"), None),
    "100,000 keys": (header(3, [pair(f"k{i}", U32, b"abcd") for i in range(100_000)], [tensor("w", [1], 0, 0)], b"abcd"), None),
    "100,000 tensors on one place": (header(3, [], [tensor(f"t{i}", [1], 0, 0) for i in range(100_000)], b"abcd"), "gguf.overlap"),
}


def npy(described, data=b"", version=(1, 0), length=None):
    described = described.encode() if isinstance(described, str) else described
    size = struct.pack("<H" if version[0] == 1 else "<I", len(described) if length is None else length)
    return b"\x93NUMPY" + bytes(version) + size + described + data


def described(descr="'<f4'", shape="(2,)", order="False"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n"


NPY = {
    "good": (npy(described(), b"x" * 8), None),
    "version 9": (npy(described(), b"x" * 8, (9, 0)), "npy.version"),
    "a header of 4 GiB": (npy(described(), b"", (2, 0), 2**32 - 1), "limit_exceeded"),
    "a call": (npy(described("__import__('os').system('touch /tmp/ckptscope-canary')")), "npy.header"),
    "an endless tuple": (npy("(" * 5_000_000, b"", (2, 0)), "limit_exceeded"),
    "lists in lists": (npy("{'descr': " + "[" * 60_000, b"", (2, 0)), "npy.header"),
    "2^63 elements": (npy(described(shape=f"({2**63},)")), "npy.overflow"),
    "2^32 by 2^32": (npy(described(shape=f"({2**32}, {2**32})")), "npy.overflow"),
    "2^70 elements": (npy(described(shape=f"({2**70},)")), "npy.header"),
    "a negative size": (npy(described(shape="(-1,)")), "npy.header"),
    "1000 dimensions": (npy(described(shape="(" + "1," * 1000 + ")"), b"x" * 4), "npy.header"),
    "cut data": (npy(described(), b"x" * 7), "npy.truncated"),
    "objects": (npy(described("'|O'"), b"cos\nsystem\n(S'touch /tmp/ckptscope-canary'\ntR."), "npy.object"),
    "a billion records": (npy(described("[('a', '<f4', (1000000000,))]", "(1000000000,)")), "npy.truncated"),
    "two keys": (npy("{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n", b"x" * 16), "npy.header"),
}


def npz_of(entries, also=()):
    return malicious.archive([(name.encode(), *(pair_ if isinstance(pair_, tuple) else (pair_, pair_))) for name, pair_ in entries], also)


GOOD = npy(described(), b"x" * 8)
ZEROS = npy(described(shape="(15728640,)"), bytes(60 << 20))
BOMB = malicious.deflated(ZEROS)


def patched(data, at, raw):
    return data[:at] + raw + data[at + len(raw):]


def npz():
    base = npz_of([("a.npy", GOOD), ("b.npy", GOOD + b"")])
    directory = base.index(b"PK\1\2")
    yield "good", base, None
    yield "a member twice", npz_of([("a.npy", GOOD), ("a.npy", GOOD)]), "zip.duplicate_entry"
    yield "paths upwards", npz_of([("a.npy", GOOD), ("../../tmp/ckptscope-canary.npy", GOOD)]), "zip.odd_name"
    yield "an absolute path", npz_of([("a.npy", GOOD), ("/tmp/ckptscope-canary.npy", GOOD)]), "zip.odd_name"
    yield "a drive", npz_of([("a.npy", GOOD), ("C:\\x.npy", GOOD)]), "zip.odd_name"
    yield "30,000 members on one place", npz_of([("a.npy", GOOD)], [(b"x%d.npy" % i, 0) for i in range(30_000)]), "zip.overlap"
    yield "a bomb", npz_of([("a.npy", GOOD), ("k.npy", (BOMB, ZEROS))]), None  # NumPy's own compression may grow so much
    yield "a bomb shared by 30,000", npz_of([("a.npy", GOOD), ("k.npy", (BOMB, ZEROS))], [(b"x%d.npy" % i, 1) for i in range(30_000)]), "zip.overlap"
    yield "a wrong size", patched(base, directory + 24, struct.pack("<I", 2**31)), "zip.sizes"
    yield "a header elsewhere", patched(base, directory + 42, struct.pack("<I", 7)), "zip.outside"
    yield "no directory", base[:-30], "zip.no_directory"
    yield "a member that is cut", npz_of([("a.npy", GOOD), ("b.npy", GOOD[:-3])]), "npy.truncated"
    yield "a member of objects", npz_of([("a.npy", GOOD), ("b.npy", NPY["objects"][0])]), "npy.object"
    yield "a member that is a pickle", npz_of([("a.npy", GOOD), ("b.npy", b"cos\nsystem\n(S'touch /tmp/ckptscope-canary'\ntR.")]), "npz.member"
    yield "200,000 members", npz_of([(f"m{i}.npy", GOOD) for i in range(60_000)]), None


NPZ = {name: (data, code) for name, data, code in npz()}
FILES = [("x.gguf", GGUF), ("x.npy", NPY), ("x.npz", NPZ)]


@pytest.fixture
def canary():
    import pathlib
    path = pathlib.Path(malicious_canary := "/tmp/ckptscope-canary")
    path.unlink(missing_ok=True)
    yield
    assert not path.exists() and not pathlib.Path(malicious_canary + ".npy").exists(), "something was run or written"


@pytest.mark.parametrize("file, name", [(file, name) for file, table in FILES for name in table])
def test_file(ckptscope, tmp_path, canary, file, name):
    data, code = dict(FILES)[file][name]
    (tmp_path / file).write_bytes(data)
    for command in ("ls", "check"):
        run = bounded(ckptscope(command, tmp_path / file, "--json", timeout=30))
        report = run.json
        told = [report["error"]] if "error" in report else report["problems" if command == "ls" else "findings"]
        said = {entry.get("code", entry.get("rule")) for entry in told}
        assert code is None or code in said, (said, run)
        assert code is not None or (run.code == 0 and "error" not in report), run
        assert code is None or run.code != 0 or all(entry["severity"] in ("advice", "note", "warning") for entry in told), run
    assert b"\x1b" not in ckptscope("ls", tmp_path / file).out
    assert [path.name for path in tmp_path.iterdir()] == [file]


# --- distributed checkpoints

@pytest.fixture
def folder(tmp_path):
    out = tmp_path / "dcp"
    dcp.save({"w": torch.ones(4), "step": 3}, checkpoint_id=out, no_dist=True)
    return out


def metadata_pickles():
    yield "a call", b"\x80\x04cos\nsystem\n(" + malicious.unicode("touch /tmp/ckptscope-canary") + b"tR.", "pickle.dangerous"
    yield "300 MB of nothing", 300 << 20, "limit_exceeded"
    yield "50 MB of dictionaries", b"\x80\x04" + b"}" * 50_000_000 + b".", "limit_exceeded"
    yield "50 MB of NONE, POP", b"\x80\x04N" + b"N0" * 25_000_000 + b".", "limit_exceeded"
    yield "not a pickle", b"hello", None
    yield "another object", pickle.dumps({"a": 1}), "dcp.metadata"
    yield "cut", b"\x80\x04\x95" + b"\xff" * 8, None


METADATA = {name: (data, code) for name, data, code in metadata_pickles()}


@pytest.mark.parametrize("name", METADATA)
def test_metadata(ckptscope, folder, canary, name):
    data, code = METADATA[name]
    with open(folder / ".metadata", "wb") as file:
        file.truncate(data) if isinstance(data, int) else file.write(data)
    for command in ("ls", "check"):
        run = bounded(ckptscope(command, folder, "--json", timeout=30))
        report = run.json
        told = [report["error"]] if "error" in report else report["problems" if command == "ls" else "findings"]
        assert run.code in (1, 2) and told, run
        if code == "pickle.dangerous":
            assert command == "ls" or (report["verdict"] in ("dangerous", "damaged") and any("os.system" in finding["message"] for finding in told)), run
        else:
            assert code is None or code in {entry.get("code", entry.get("rule")) for entry in told}, run


def test_an_item_that_would_run_code(ckptscope, folder, canary):
    """A byte item's archive is a pickle too, and torch loads it with its guard off."""
    path = folder / "__0_0.distcp"
    reader = dcp.FileSystemReader(folder)
    metadata = reader.read_metadata()
    index, place = next((index, place) for index, place in metadata.storage_data.items() if index.fqn == "step")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        target.writestr("archive/data.pkl", b"\x80\x02cos\nsystem\n(" + malicious.unicode("touch /tmp/ckptscope-canary") + b"tR.")
        target.writestr("archive/version", b"3\n")
    with open(path, "ab") as file:
        at = file.tell()
        file.write(out.getvalue())
    import dataclasses
    metadata.storage_data[index] = dataclasses.replace(place, offset=at, length=len(out.getvalue()))
    (folder / ".metadata").write_bytes(pickle.dumps(metadata))
    report = bounded(ckptscope("check", folder, "--json")).json
    assert report["verdict"] == "dangerous"
    found = [finding for finding in report["findings"] if finding["rule"] == "pickle.dangerous"]
    assert found and "os.system" in found[0]["message"] and found[0]["file"] == path.name and found[0]["offset"] > at, found


def test_links_in_a_folder(ckptscope, folder, tmp_path):
    """A part that is a link out of the folder is not followed."""
    secret = tmp_path / "secret"
    (folder / "__0_0.distcp").rename(secret)
    (folder / "__0_0.distcp").symlink_to(secret)
    run = bounded(ckptscope("ls", folder, "--json"))
    assert run.code == 1 and "io.link_outside" in {p["code"] for p in run.json["problems"]}, run
    assert ckptscope("ls", folder, "--json", "--follow").code == 0
