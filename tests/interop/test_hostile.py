# SPDX-License-Identifier: Apache-2.0
"""Damaged and hostile files and folders: the official validator's verdict, and bounds on time and memory."""
import json
import os
import random

import pytest
import safetensors
from safetensors import safe_open

import hostile

FILES = dict(hostile.files())
SECONDS = 2.0  # of processor time, so that a busy machine fails no test
BYTES = 256 << 20

# What the validator takes and we call damaged all the same, each for its reason.
STRICTER = dict.fromkeys(["name twice", "name twice, other dtype", "name twice, once escaped", "100,000 duplicates of one name"],
                         "one reader takes the first entry, another the last")
# What is told by its first bytes, so that no offset says more.
NO_PLACE = ["eight zero bytes", "all zeros", "web page", "JSON error", "zip", "git-lfs pointer", "random bytes"]


def bounded(run):
    assert not run.timed_out and run.code in (0, 1, 2), run
    assert run.cpu_seconds < SECONDS and run.rss_bytes < BYTES, (run.cpu_seconds, run.rss_bytes >> 20)
    return run


def accepted(path):
    """The validator's own word; the names where it takes the file."""
    try:
        with open(path, "rb") as file:
            safetensors.deserialize(file.read())
        with safe_open(path, "np") as file:
            return list(file.keys())
    except Exception:
        return None


def complaints(report, run):
    """Each thing that is called an error; every one names its file, and its place where there is one."""
    if "error" in report:
        assert run.code == 2
        return [report["error"]]
    return [finding for finding in report["findings"] if finding["severity"] == "error"]


def test_there_are_more_than_a_hundred():
    assert len(FILES) > 200


@pytest.mark.parametrize("name", FILES)
def test_file(ckptscope, tmp_path, name):
    path = tmp_path / "x.safetensors"
    path.write_bytes(FILES[name])
    names = accepted(path)
    run = bounded(ckptscope("check", path, "--json", timeout=20))
    report = run.json
    errors = complaints(report, run)
    for error in errors:
        assert error["file"] and error["message"], error
        assert not any(ord(c) < 32 and c != "\n" for c in error["message"]), "no message moves the cursor"
    if names is None or name in STRICTER:
        assert errors and run.code in (1, 2), run
        assert run.code == 2 or report["verdict"] == "damaged"
        assert any(error["offset"] is not None for error in errors) or len(FILES[name]) < 8 or name in NO_PLACE, errors
    else:
        assert not errors and report["verdict"] != "damaged" and run.code == 0, run
    listing = bounded(ckptscope("ls", path, "--json", timeout=20))
    if names is not None:
        assert listing.code in (0, 1) and sorted({entry["name"] for entry in listing.json["tensors"]}) == sorted(names), listing
    for command in ("check", "ls"):
        text = bounded(ckptscope(command, path, timeout=20))
        assert not any(c < 32 and c != 10 for c in text.out), "no name moves the cursor"
        if names is None:
            assert b"x.safetensors" in text.out + text.err
    out = tmp_path / "out.safetensors"
    fixed = bounded(ckptscope("fix", path, "-o", out, timeout=20))
    assert not out.exists() or names is not None, "nothing is written from what is damaged"
    assert fixed.code == 0 or os.listdir(tmp_path) == ["x.safetensors"]


def test_random_damage(ckptscope, tmp_path):
    """The validator's verdict on 800 files with random edits; only doubled names are judged otherwise."""
    rng = random.Random(20251124)
    path = tmp_path / "x.safetensors"
    taken = 0
    for _ in range(800):
        data = hostile.random_damage(rng)
        path.write_bytes(data)
        names = accepted(path)
        run = bounded(ckptscope("check", path, "--json", timeout=20))
        errors = complaints(run.json, run)
        assert (names is None) <= bool(errors), (data, run)
        if names is not None and errors:
            assert "safetensors.duplicate_tensor" in {error.get("rule", error.get("code")) for error in errors}, (data, run)
        taken += names is not None
    assert taken >= 5


# --- folders

def good_shard(name):
    return hostile.raw(hostile.dump({name: hostile.entry("BF16", (2,), 0, 4)}), b"1234")


def index(weight_map, **more):
    return json.dumps({"metadata": {"total_size": 8}, "weight_map": weight_map, **more}).encode()


ONE, TWO = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
SHARDS = {ONE: good_shard("a"), TWO: good_shard("b")}
MAP = {"a": ONE, "b": TWO}
INDEX = "model.safetensors.index.json"

# name: (files, damaged, how many tensors are listed; None: not said)
FOLDERS = {
    "whole": ({**SHARDS, INDEX: index(MAP)}, False, 2),
    "empty folder": ({}, True, None),
    "config alone": ({"config.json": b"{}"}, True, None),
    "no index": (SHARDS, False, 2),
    "index alone": ({INDEX: index(MAP)}, True, 0),
    "a shard is missing": ({ONE: SHARDS[ONE], INDEX: index(MAP)}, True, 1),
    "a shard is empty": ({ONE: SHARDS[ONE], TWO: b"", INDEX: index(MAP)}, True, 1),
    "a shard is cut": ({ONE: SHARDS[ONE], TWO: SHARDS[TWO][:-1], INDEX: index(MAP)}, True, 2),
    "a shard is a git-lfs pointer": ({ONE: SHARDS[ONE], TWO: FILES["git-lfs pointer"], INDEX: index(MAP)}, True, 1),
    "index points upwards": ({**SHARDS, INDEX: index({**MAP, "c": "../secret.safetensors"})}, True, 2),
    "index points upwards, Windows' way": ({**SHARDS, INDEX: index({**MAP, "c": "..\\secret.safetensors"})}, True, 2),
    "index points down and up": ({**SHARDS, INDEX: index({**MAP, "c": "x/../../secret.safetensors"})}, True, 2),
    "index names an absolute path": ({**SHARDS, INDEX: index({**MAP, "c": "/etc/passwd"})}, True, 2),
    "index names a device": ({**SHARDS, INDEX: index({**MAP, "c": "/dev/zero"})}, True, 2),
    "index names a drive": ({**SHARDS, INDEX: index({**MAP, "c": "C:\\x.safetensors"})}, True, 2),
    "index names NUL": ({**SHARDS, INDEX: index({**MAP, "c": "a\0b"})}, True, 2),
    "index names nothing": ({**SHARDS, INDEX: index({**MAP, "c": ""})}, True, 2),
    "index names itself": ({**SHARDS, INDEX: index({**MAP, "c": INDEX})}, True, 2),
    "index names a pickle": ({**SHARDS, "x.bin": b"cos\nsystem\n", INDEX: index({**MAP, "c": "x.bin"})}, True, 2),
    "index names a tensor twice": ({**SHARDS, INDEX: b'{"metadata":{},"weight_map":{"a":"%s","a":"%s","b":"%s"}}'
                                    % (ONE.encode(), TWO.encode(), TWO.encode())}, True, 2),
    "index is no JSON": ({**SHARDS, INDEX: b"weight_map: a"}, True, 2),
    "index is empty": ({**SHARDS, INDEX: b""}, True, 2),
    "index is a list": ({**SHARDS, INDEX: b"[]"}, True, 2),
    "index has no map": ({**SHARDS, INDEX: b'{"metadata":{}}'}, True, 2),
    "index has a list for a map": ({**SHARDS, INDEX: b'{"weight_map":["a"]}'}, True, 2),
    "index has numbers for files": ({**SHARDS, INDEX: b'{"metadata":{},"weight_map":{"a":1,"b":null}}'}, True, 2),
    "index is a nesting bomb": ({**SHARDS, INDEX: b"[" * 1_000_000}, True, 2),
    "index is an object bomb": ({**SHARDS, INDEX: b'{"a":' * 1_000_000}, True, 2),
    "index has bad UTF-8": ({**SHARDS, INDEX: b'{"metadata":{},"weight_map":{"\xff":"%s"}}' % ONE.encode()}, True, 2),
    "index of half a million entries": ({**SHARDS, INDEX: index({f"t{i}": ONE for i in range(500_000)})}, True, 2),
    "index names 10,000 shards": ({**SHARDS, INDEX: index({f"t{i}": f"model-{i}.safetensors" for i in range(10_000)})}, True, 2),
    "config is a nesting bomb": ({**SHARDS, INDEX: index(MAP), "config.json": b'{"a":' * 1_000_000}, False, 2),
    "config is no JSON": ({**SHARDS, INDEX: index(MAP), "config.json": b"\xff\xfe"}, False, 2),
    "config is a list": ({**SHARDS, INDEX: index(MAP), "config.json": b"[1]"}, False, 2),
    "config has odd architectures": ({**SHARDS, INDEX: index(MAP), "config.json": b'{"architectures":[1,null,{"a":[]}],"text_config":7}'}, False, 2),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_folder(ckptscope, tmp_path, name):
    files, damaged, count = FOLDERS[name]
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret.safetensors").write_bytes(good_shard("secret"))
    for file, data in files.items():
        (folder / file).write_bytes(data)
    check_folder(ckptscope, folder, damaged, count)


def check_folder(ckptscope, folder, damaged, count):
    run = bounded(ckptscope("check", folder, "--json", timeout=20))
    report = run.json
    errors = complaints(report, run)
    assert bool(errors) == damaged, run
    assert all((error["file"] or error.get("rule") == "more") and error["message"] for error in errors), errors
    assert run.code == (0 if not damaged else 2 if "error" in report else 1)
    listing = bounded(ckptscope("ls", folder, "--json", timeout=20))
    assert b"secret" not in b"".join(json.dumps(t).encode() for t in listing.json.get("tensors", []))
    if count is not None:
        assert len(listing.json.get("tensors", [])) == count, listing
    bounded(ckptscope("check", folder, timeout=20))
    bounded(ckptscope("fix", folder, "-o", folder.parent / "out", timeout=20))
    assert not (folder.parent / "out").exists()


def special(make):
    """A folder whose second shard is made by make(path)."""
    def build(folder):
        (folder / ONE).write_bytes(SHARDS[ONE])
        (folder / INDEX).write_bytes(index(MAP))
        make(folder / TWO)
    return build


def linked(folder):
    target = folder.parent / "elsewhere.safetensors"
    target.write_bytes(SHARDS[TWO])
    (folder / TWO).symlink_to(target)


def loop(path):
    path.symlink_to(path.name)


SPECIAL = {
    "FIFO": special(lambda path: os.mkfifo(path)),
    "dangling link": special(lambda path: path.symlink_to("not-there.safetensors")),
    "link to itself": special(loop),
    "link to /dev/zero": special(lambda path: path.symlink_to("/dev/zero")),
    "link to a folder": special(lambda path: path.symlink_to("/")),
    "folder named like a file": special(lambda path: path.mkdir()),
    "link that leaves the folder": special(lambda path: linked(path.parent)),
}


@pytest.mark.parametrize("name", SPECIAL)
def test_special_file_in_a_folder(ckptscope, tmp_path, name):
    folder = tmp_path / "model"
    folder.mkdir()
    SPECIAL[name](folder)
    check_folder(ckptscope, folder, True, 1)


@pytest.mark.parametrize("name", ["FIFO", "dangling link", "link to itself", "link to /dev/zero", "folder named like a file", "not there", "unix socket"])
def test_special_file_alone(ckptscope, tmp_path, name):
    import socket
    path = tmp_path / "x.safetensors"
    server = socket.socket(socket.AF_UNIX)
    {"FIFO": lambda: os.mkfifo(path), "dangling link": lambda: path.symlink_to("not-there"), "link to itself": lambda: loop(path),
     "link to /dev/zero": lambda: path.symlink_to("/dev/zero"), "folder named like a file": path.mkdir, "not there": lambda: None,
     "unix socket": lambda: server.bind(str(path))}[name]()
    for command in ("check", "ls", "fix"):
        arguments = [command, path, "--json"] + (["-o", tmp_path / "out"] if command == "fix" else [])
        run = bounded(ckptscope(*arguments, timeout=20))
        assert run.code == 2 and "x.safetensors" in run.json["error"]["file"] and run.json["error"]["message"], run
    server.close()
    assert not (tmp_path / "out").exists()


def test_links_of_the_hub_cache_are_followed(ckptscope, tmp_path):
    """huggingface_hub keeps snapshots/REVISION/FILE -> ../../blobs/HASH."""
    blobs, snapshot = tmp_path / "blobs", tmp_path / "snapshots" / "0123abcd"
    blobs.mkdir()
    snapshot.mkdir(parents=True)
    for i, (name, data) in enumerate({**SHARDS, INDEX: index(MAP)}.items()):
        (blobs / f"{i:064x}").write_bytes(data)
        (snapshot / name).symlink_to(f"../../blobs/{i:064x}")
    run = bounded(ckptscope("check", snapshot, "--json"))
    assert run.code == 0 and len(ckptscope("ls", snapshot, "--json").json["tensors"]) == 2, run


def test_follow_opens_a_link_that_leaves_the_folder(ckptscope, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    SPECIAL["link that leaves the folder"](folder)
    run = bounded(ckptscope("check", folder, "--follow", "--json"))
    assert run.code == 0, run


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(ckptscope, tmp_path):
    path = tmp_path / "x.safetensors"
    path.write_bytes(hostile.GOOD)
    path.chmod(0)
    run = bounded(ckptscope("check", path, "--json"))
    assert run.code == 2 and "permission" in run.json["error"]["message"]
