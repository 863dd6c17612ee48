# SPDX-License-Identifier: Apache-2.0
"""What torch.distributed.checkpoint wrote on 1, 2 and 4 gloo ranks: every tensor as torch itself loads it, and as it was in memory."""
import dataclasses
import json
import os
import pathlib
import pickle
import shutil
import subprocess
import sys

import pytest
import torch
import torch.distributed.checkpoint as dcp
from safetensors.torch import load_file, save_file
from torch.distributed.checkpoint.default_planner import DefaultLoadPlanner
from torch.distributed.checkpoint.metadata import MetadataIndex, TensorStorageMetadata
from torch.distributed.checkpoint.state_dict_loader import _load_state_dict

from test_torch import SPELLING, codes, entries, facts, flat

WORLDS = (1, 2, 4)
CASES = ["dtensors", "files", "trained", "boxes"]
HUGGINGFACE = {"hf": "hf", "hf_mapped": "hf_mapped", "hf_consolidated": "hf_consolidated/sharded", "nemo": "nemo/model"}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dcp")
    run = subprocess.run([sys.executable, pathlib.Path(__file__).with_name("dcp_ranks.py"), folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         timeout=300, env={**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"})
    assert run.returncode == 0, run.stdout.decode(errors="replace")[-6000:]
    return folder


def memory(written, world, case):
    known = json.loads((written / str(world) / f"{case}.json").read_text())
    return {name: (SPELLING[kind], shape, sha) for name, (kind, shape, sha) in known.items()}


def load(reader):
    """What torch reads: {name: tensor or object}, without a process group."""
    state = {}
    for name, entry in reader.read_metadata().state_dict_metadata.items():
        state[name] = torch.zeros(entry.size, dtype=entry.properties.dtype) if isinstance(entry, TensorStorageMetadata) else "<object>"
    _load_state_dict(state, storage_reader=reader, planner=DefaultLoadPlanner(flatten_state_dict=False, flatten_sharded_tensors=False), no_dist=True)
    return state


def loaded(reader):
    return {name: facts(tensor) for name, tensor in flat(load(reader))}


def ls(ckptscope, folder, problems, notes=("dcp.path",)):
    """The listing; `problems`: the codes that it is to tell besides the notes that every one of these has."""
    run = ckptscope("ls", folder, "--hash", "--json")
    listing = run.json
    assert "error" not in listing, listing
    told = [code for code in codes(listing) if code not in notes]
    assert told == problems, listing["problems"]
    assert run.code == (1 if any(p["severity"] == "error" for p in listing["problems"]) else 0), run
    return listing


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("case", CASES)
def test_every_tensor(ckptscope, written, world, case):
    folder = written / str(world) / case
    listing = ls(ckptscope, folder, [])
    assert listing["format"] == "dcp"
    have = entries(listing)
    assert have == loaded(dcp.FileSystemReader(folder))
    assert have == memory(written, world, case)
    assert all("chunks" not in entry or len(entry["chunks"]) > 1 for entry in listing["tensors"])
    if case == "dtensors" and world > 1: # torch stores some columns transposed
        assert sum("chunks" in entry for entry in listing["tensors"]) >= 40


@pytest.mark.parametrize("world", WORLDS)
def test_byte_items_are_metadata(ckptscope, written, world):
    folder = written / str(world) / "trained"
    state = load(dcp.FileSystemReader(folder))
    objects = {name: value for name, value in state.items() if not isinstance(value, torch.Tensor)}
    assert objects["args.name"] == "run é" and len(objects) > 10
    metadata = ls(ckptscope, folder, [])["metadata"]
    for name, value in objects.items():
        if isinstance(value, (bool, int, float, str)) and not isinstance(value, int) or isinstance(value, int) and abs(value) < 2**53:
            assert metadata[name] == value, name
        else:
            assert any(key == name or key.startswith(name + ".") for key in metadata), name


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("case", HUGGINGFACE)
def test_hugging_face(ckptscope, written, world, case):
    """Shards with their place in DCP_SHARDING_INFO, as torch and NeMo AutoModel write them."""
    folder = written / str(world) / HUGGINGFACE[case]
    listing = ls(ckptscope, folder, [], ("dcp.no_shapes", "safetensors.unaligned"))
    assert listing["format"] == "dcp"
    have = entries(listing)
    assert have == memory(written, world, case)
    assert have == loaded(dcp.HuggingFaceStorageReader(str(folder)))


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("case", ["hf_consolidated", "nemo/model/consolidated"])
def test_consolidated(ckptscope, written, world, case):
    folder = written / str(world) / case
    listing = ls(ckptscope, folder, [], ("safetensors.unaligned",))
    assert listing["format"] == "safetensors"
    stored = {}
    for path in folder.glob("*.safetensors"):
        stored |= load_file(path)
    assert entries(listing) == {name: facts(tensor) for name, tensor in stored.items()} == memory(written, world, case.split("/")[0])


def test_whole_tensors_in_hugging_faces_format(ckptscope, written):
    assert entries(ls(ckptscope, written / "1/hf_whole", [])) == memory(written, 1, "hf_whole")


def test_ranks_without_anything_to_write(ckptscope, written, tmp_path):
    """They leave an empty file; one that is not there is another matter, though nothing is lost."""
    folder = tmp_path / "copy"
    shutil.copytree(written / "4/lone", folder)
    assert sorted(path.stat().st_size > 0 for path in folder.glob("*.distcp")) == [False, False, False, True]
    assert entries(ls(ckptscope, folder, [])) == memory(written, 4, "lone")
    (folder / "__1_0.distcp").unlink()
    assert entries(ls(ckptscope, folder, ["dcp.ranks"])) == memory(written, 4, "lone")


# --- damage; torch itself tells none of it but missing and cut files

@pytest.fixture
def copy(written, tmp_path):
    def make(case, world=4):
        folder = tmp_path / "copy"
        shutil.copytree(written / str(world) / case, folder)
        return folder
    return make


def edit(folder, change):
    path = folder / ".metadata"
    metadata = pickle.loads(path.read_bytes())
    metadata = change(metadata) or metadata
    path.write_bytes(pickle.dumps(metadata))
    return metadata


def unreadable(listing):
    return {entry["name"] for entry in listing["tensors"] if entry.get("readable") is False}


def owners(metadata, file):
    return {index.fqn for index, place in metadata.storage_data.items() if place.relative_path == file}


@pytest.mark.parametrize("how", ["missing", "empty"])
def test_a_lost_file(ckptscope, written, copy, how):
    folder = copy("dtensors")
    file = "__2_0.distcp"
    lost = owners(dcp.FileSystemReader(folder).read_metadata(), file)
    (folder / file).unlink()
    if how == "empty":
        (folder / file).touch()
    run = ckptscope("ls", folder, "--hash", "--json")
    listing = run.json
    assert run.code == 1
    told = [p for p in listing["problems"] if p["severity"] == "error"]
    assert {p["file"] for p in told} == {file}
    assert {p["code"] for p in told} == {"dcp.missing_file" if how == "missing" else "dcp.beyond_end"}
    assert unreadable(listing) == {name for name in lost if name not in ("no rows", "nothing")}
    assert all(entry["reason"] for entry in listing["tensors"] if entry.get("readable") is False)
    want = memory(written, 4, "dtensors")
    whole = {name: value for name, value in entries(listing).items() if name not in lost}
    assert whole == {name: want[name] for name in want if name not in lost} and len(whole) > 3


def test_a_cut_file(ckptscope, copy):
    folder = copy("dtensors")
    os.truncate(folder / "__1_0.distcp", os.path.getsize(folder / "__1_0.distcp") - 100)
    run = ckptscope("ls", folder, "--hash", "--json")
    assert run.code == 1 and [p["code"] for p in run.json["problems"] if p["severity"] == "error"] == ["dcp.beyond_end"]
    assert len(unreadable(run.json)) == 1


def chunk(metadata, name, at, **changes):
    metadata.state_dict_metadata[name].chunks[at] = dataclasses.replace(metadata.state_dict_metadata[name].chunks[at], **changes)


def gap(metadata):
    metadata.state_dict_metadata["rows.float32"].chunks.pop(2)


def overlap(metadata):
    first = metadata.state_dict_metadata["rows.float32"].chunks[0]
    second = MetadataIndex("rows.float32", metadata.state_dict_metadata["rows.float32"].chunks[1].offsets)
    moved = torch.Size([first.offsets[0] + 1, 0])
    chunk(metadata, "rows.float32", 1, offsets=moved)
    place = next(metadata.storage_data.pop(index) for index in list(metadata.storage_data) if index == second)
    metadata.storage_data[MetadataIndex("rows.float32", moved)] = place


def outside(metadata):
    metadata.state_dict_metadata["rows.float32"].size = torch.Size([6, 3])


def other_dtype(metadata):
    entry = metadata.state_dict_metadata["rows.float32"]
    entry.properties = dataclasses.replace(entry.properties, dtype=torch.int32)


def other_shape(metadata):
    entry = metadata.state_dict_metadata["rows.float32"]
    entry.size = torch.Size([7, 2])
    for at in range(len(entry.chunks)):
        chunk(metadata, "rows.float32", at, sizes=torch.Size([entry.chunks[at].sizes[0], 2]))


def no_place(metadata):
    for index in [index for index in metadata.storage_data if index.fqn == "rows.float32"][:1]:
        del metadata.storage_data[index]


def upwards(metadata):
    for index, place in metadata.storage_data.items():
        if index.fqn == "rows.float32":
            metadata.storage_data[index] = dataclasses.replace(place, relative_path="../copy/" + place.relative_path)


def absolute(metadata):
    for index, place in metadata.storage_data.items():
        if index.fqn == "rows.float32":
            metadata.storage_data[index] = dataclasses.replace(place, relative_path="/etc/passwd")


def another_item(metadata):
    """Both at one place: bytes of one tensor given out as another's."""
    places = {index.fqn: (index, place) for index, place in metadata.storage_data.items()}
    metadata.storage_data[places["everywhere.float32"][0]] = places["plain"][1]


def beyond(metadata):
    for index, place in metadata.storage_data.items():
        if index.fqn == "rows.float32":
            metadata.storage_data[index] = dataclasses.replace(place, offset=2**62)


def compressed(metadata):
    for index, place in metadata.storage_data.items():
        if index.fqn == "rows.float32":
            metadata.storage_data[index] = dataclasses.replace(place, transform_descriptors=("stream.zstd/1",))


DAMAGE = {
    "gap": (gap, {"dcp.gap", "dcp.unasked"}), "overlap": (overlap, {"dcp.overlap"}), "outside": (outside, {"dcp.tensor"}), "dtype": (other_dtype, {"dcp.tensor"}),
    "shape": (other_shape, {"dcp.tensor"}), "no place": (no_place, {"dcp.tensor"}), "upwards": (upwards, {"dcp.unsafe_path"}),
    "absolute": (absolute, {"dcp.unsafe_path"}), "beyond": (beyond, {"dcp.beyond_end"}),
    "compressed": (compressed, {"dcp.transformed"}),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_metadata(ckptscope, written, copy, name):
    change, wanted = DAMAGE[name]
    folder = copy("dtensors")
    edit(folder, change)
    run = ckptscope("ls", folder, "--hash", "--json")
    listing = run.json
    assert run.code == 1 and wanted <= set(codes(listing)), listing["problems"]
    assert unreadable(listing) == {"rows.float32"}
    assert b"root:" not in run.out
    want = memory(written, 4, "dtensors")
    del want["rows.float32"]
    assert {key: value for key, value in entries(listing).items() if key != "rows.float32"} == want


def test_one_place_for_two(ckptscope, copy):
    folder = copy("dtensors")
    edit(folder, another_item)
    listing = ckptscope("ls", folder, "--json").json
    assert {"dcp.tensor"} <= set(codes(listing)) and unreadable(listing) == {"everywhere.float32"}, listing["problems"]


def test_unfinished(ckptscope, copy):
    folder = copy("boxes")
    (folder / ".metadata").rename(folder / ".metadata.tmp")
    run = ckptscope("ls", folder, "--json")
    assert run.code == 2 and run.json["error"]["code"] == "dcp.no_metadata"
    run = ckptscope("ls", folder / "__0_0.distcp", "--json")
    assert run.code == 2 and run.json["error"]["code"] == "dcp.part"


def test_saved_without_collectives(ckptscope, written):
    """One .metadata a rank: not read, and said."""
    folder = written / "2/apart"
    assert sorted(path.name for path in folder.glob("*metadata")) == ["__0.metadata", "__1.metadata"]
    run = ckptscope("ls", folder, "--json")
    assert run.code == 2 and run.json["error"]["code"] == "dcp.rank_metadata"


@pytest.mark.parametrize("case", ["hf", "nemo"])
def test_a_lost_shard(ckptscope, written, tmp_path, case):
    """No whole shapes are stored: a lost rank in the middle leaves holes, the last one only a number."""
    folder = tmp_path / "copy"
    shutil.copytree(written / "4" / HUGGINGFACE[case], folder, ignore=shutil.ignore_patterns("consolidated"))
    (folder / "shard-00002-model-00001-of-00001.safetensors").unlink()
    listing = ckptscope("ls", folder, "--json").json
    assert {"dcp.missing_shard", "dcp.gap"} <= set(codes(listing))
    assert {"rows.float32", "columns.bfloat16"} <= unreadable(listing)


def test_shards_that_disagree(ckptscope, written, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(written / "2/hf", folder)
    path = folder / "shard-00002-model-00001-of-00001.safetensors"
    from safetensors import safe_open
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    tensors["rows.float32"] = tensors["rows.float32"].half()
    info = json.loads(metadata["DCP_SHARDING_INFO"])
    info["columns.float32"]["saved_offsets"] = [0, 3]
    save_file(tensors, path, metadata | {"DCP_SHARDING_INFO": json.dumps(info)})
    listing = ckptscope("ls", folder, "--json").json
    assert {"dcp.tensor", "dcp.overlap"} <= set(codes(listing)) and unreadable(listing) == {"rows.float32", "columns.float32"}
