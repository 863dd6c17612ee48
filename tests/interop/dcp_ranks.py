# SPDX-License-Identifier: Apache-2.0
"""Writes distributed checkpoints on 1, 2 and 4 gloo ranks: `python dcp_ranks.py OUT` gives OUT/<ranks>/<case>/ and, for each case, <case>.json with the
name, dtype, shape and SHA-256 of every tensor as it was in memory.

A process of its own that forks its ranks after the imports and before any work: three worlds cost one start of torch.
"""
import hashlib
import json
import os
import pathlib
import sys
import traceback
import warnings

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from nemo_automodel.components.checkpoint._backports.hf_storage import _HuggingFaceStorageWriter as NemoWriter
from torch.distributed._shard import sharded_tensor
from torch.distributed._shard.metadata import ShardMetadata
from torch.distributed._shard.sharded_tensor import Shard as LocalShard
from torch.distributed.checkpoint.state_dict import get_state_dict
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Replicate, Shard, init_device_mesh
from torch.distributed.tensor._utils import compute_local_shape_and_global_offset
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module

DTYPES = ["bool", "uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "bfloat16", "float32", "float64", "complex64",
          "complex128", "float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu", "float8_e4m3fnuz", "float8_e5m2fnuz"]
WORLDS = (1, 2, 4)


def raw(tensor):
    dense = tensor.detach().resolve_conj().resolve_neg().contiguous().clone()
    return dense.flatten().view(torch.uint8).numpy().tobytes() if dense.numel() else b""


def facts(tensor):
    return [str(tensor.dtype).removeprefix("torch."), list(tensor.shape), hashlib.sha256(raw(tensor)).hexdigest()]


def random(name, shape, seed):
    kind = getattr(torch, name)
    count = int(torch.tensor(shape).prod()) if shape else 1
    bits = torch.randint(0, 256, (count * kind.itemsize,), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))
    return ((bits % 2).to(torch.bool) if name == "bool" else bits.view(kind)).reshape(shape)


def spread(full, mesh, placements):
    """A DTensor of these elements without any communication: gloo does not know every dtype."""
    shape, start = compute_local_shape_and_global_offset(full.shape, mesh, placements)
    local = full
    for dimension, (size, at) in enumerate(zip(shape, start)):
        local = local.narrow(dimension, min(at, full.shape[dimension]), size)
    return DTensor.from_local(local.clone(), mesh, placements, run_check=False, shape=full.shape, stride=full.stride())


def tensors(mesh, grid):
    """Shards as uneven as DTensor makes them; with four ranks also on a grid of 2 by 2. {name: what is saved}, {name: whole}."""
    whole, given = {}, {}

    def add(name, full, placements, on=mesh):
        whole[name] = full
        given[name] = full if placements is None else spread(full, on, placements)

    for i, name in enumerate(DTYPES):
        add(f"rows.{name}", random(name, (7, 3), i), [Shard(0)])
        add(f"columns.{name}", random(name, (3, 9), 100 + i), [Shard(1)])
        add(f"everywhere.{name}", random(name, (2, 3), 200 + i), [Replicate()])
    add("fewer rows than ranks", random("bfloat16", (3, 5), 300), [Shard(0)])
    add("one row", random("float32", (1, 5), 301), [Shard(0)])
    add("middle of four", random("float16", (2, 3, 5, 2), 302), [Shard(2)])
    add("plain", random("float32", (4, 4), 303), None)
    add("plain view", random("float32", (6, 4), 304).t()[1:3], None)
    add("scalar", random("float64", (), 305), None)
    add("no rows", torch.zeros(0, 5), [Shard(0)])
    add("nothing", torch.zeros(0), None)
    if grid is not None:
        add("grid", random("bfloat16", (7, 9), 306), [Shard(0), Shard(1)], grid)
        add("grid, one way", random("int32", (5, 3), 307), [Replicate(), Shard(0)], grid)
        add("grid, twice the same way", random("float32", (11, 2), 308), [Shard(0), Shard(0)], grid)
    return given, whole


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(13, 10)
        self.layers = torch.nn.ModuleList(torch.nn.Sequential(torch.nn.Linear(10, 7), torch.nn.GELU(), torch.nn.Linear(7, 10)) for _ in range(2))
        self.norm = torch.nn.LayerNorm(10)
        self.register_buffer("steps", torch.tensor(3, dtype=torch.int64))


def whole_of(value):
    return value.full_tensor() if isinstance(value, DTensor) else value


def flat(value, path=""):
    if isinstance(value, torch.Tensor):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from flat(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            yield from flat(item, f"{path}.{i}" if path else str(i))


def trained(mesh, world, parallel):
    """FSDP2, with four ranks also over tensor parallelism, after one step of AdamW: model, optimizer, counters, as a trainer saves them."""
    torch.manual_seed(11)
    net = Net()
    if parallel is not None:
        for layer in net.layers:
            parallelize_module(layer, parallel["tp"], {"0": ColwiseParallel(), "2": RowwiseParallel()})
    for layer in net.layers:
        fully_shard(layer, mesh=mesh if parallel is None else parallel["dp"])
    fully_shard(net, mesh=mesh if parallel is None else parallel["dp"])
    optimizer = torch.optim.AdamW([{"params": list(net.layers.parameters()), "lr": 1e-3},
                                   {"params": [*net.embed.parameters(), *net.norm.parameters()], "lr": 1e-4}], foreach=False)
    for parameter in net.parameters(): # uneven tensor parallelism saves well, but does not compute
        parameter.grad = parameter.detach().clone().mul_(0.5)
    optimizer.step()
    model, state = get_state_dict(net, optimizer)
    saved = {"model": model, "optim": state, "epoch": 3, "args": {"lr": 0.5, "name": "run é", "flags": [True, None, 2**70]},
             "rng": torch.get_rng_state(), "history": [{"loss": torch.tensor(0.25)}, {"loss": torch.tensor(0.125)}], "a": {"b.c": {1: torch.ones(2)}},
             "kept whole": (1, "two", 3.0)}
    return saved, {name: whole_of(value) for name, value in flat(saved)}


def boxes(world, rank):
    """ShardedTensors: uneven rows, and on each rank two blocks of columns."""
    whole = {"st.rows": random("float32", (3 * world + 1, 4), 400), "st.blocks": random("bfloat16", (4 * world, 6), 401)}

    def make(full, places):
        shards = []
        for owner, start, sizes in places:
            if owner == rank:
                part = full[start[0]:start[0] + sizes[0], start[1]:start[1] + sizes[1]].clone()
                shards.append(LocalShard(part, ShardMetadata(shard_offsets=start, shard_sizes=sizes, placement=f"rank:{owner}/cpu")))
        return sharded_tensor.init_from_local_shards(shards, *full.shape)

    rows = [(r, [3 * r, 0], [4 if r == world - 1 else 3, 4]) for r in range(world)]
    blocks = [(r, [4 * r, at], [4, size]) for r in range(world) for at, size in ((0, 1), (1, 5))]
    return {"st.rows": make(whole["st.rows"], rows), "st.blocks": make(whole["st.blocks"], blocks), "step": 7}, whole


def write(out, world, rank):
    mesh = init_device_mesh("cpu", (world,))
    grid = init_device_mesh("cpu", (2, 2), mesh_dim_names=("dp", "tp")) if world == 4 else None

    def told(case, whole):
        if rank == 0:
            (out / f"{case}.json").write_text(json.dumps({name: facts(tensor) for name, tensor in whole.items()}))

    given, whole = tensors(mesh, grid)
    dcp.save(given, checkpoint_id=out / "dtensors")
    told("dtensors", whole)
    dcp.save(given, storage_writer=dcp.FileSystemWriter(out / "files", single_file_per_rank=False, thread_count=2))
    told("files", whole)
    saved, whole_trained = trained(mesh, world, grid)
    dcp.save(saved, checkpoint_id=out / "trained")
    told("trained", whole_trained)
    saved, whole_boxes = boxes(world, rank)
    dcp.save(saved, checkpoint_id=out / "boxes")
    told("boxes", whole_boxes)
    if world == 4: # only rank 2 has anything to write
        dcp.save({f"from {rank}": random("float32", (2,), 500)} if rank == 2 else {}, checkpoint_id=out / "lone")
        told("lone", {"from 2": random("float32", (2,), 500)})

    if world == 2:
        dcp.save(given, checkpoint_id=out / "apart", use_collectives=False)

    # Hugging Face's flavours hold what safetensors can, dense, and no scalars: torch writes those as zero.
    def plain(values):
        return {name: value for name, value in values.items() if whole[name].dtype.itemsize < 16 and whole[name].dim() and whole[name].numel()
                and "float" in str(whole[name].dtype) and "fnuz" not in name and "e8m0" not in name and "view" not in name}
    given, whole = plain(given), plain(whole)
    numbers = {name: 1 + i % 3 for i, name in enumerate(sorted(whole))}
    dcp.save(given, storage_writer=dcp.HuggingFaceStorageWriter(str(out / "hf"), save_distributed=True))
    told("hf", whole)
    dcp.save(given, storage_writer=dcp.HuggingFaceStorageWriter(str(out / "hf_mapped"), save_distributed=True, fqn_to_index_mapping=numbers))
    told("hf_mapped", whole)
    dcp.save(given, storage_writer=dcp.HuggingFaceStorageWriter(str(out / "hf_consolidated"), save_distributed=True, enable_consolidation=True,
                                                                fqn_to_index_mapping=numbers))
    told("hf_consolidated", whole)
    dcp.save(given, storage_writer=NemoWriter(str(out / "nemo" / "model"), save_sharded=True, fqn_to_index_mapping=numbers,
                                              consolidated_output_path=str(out / "nemo" / "model" / "consolidated")))
    told("nemo", whole)
    if world == 1:
        dcp.save(whole, storage_writer=dcp.HuggingFaceStorageWriter(str(out / "hf_whole"), fqn_to_index_mapping=numbers))
        told("hf_whole", whole)


def rank_main(out, world, rank):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{out}/rendezvous", world_size=world, rank=rank)
    try:
        write(out, world, rank)
        dist.barrier()
    finally:
        dist.destroy_process_group()


def main():
    warnings.filterwarnings("ignore")
    for world in WORLDS:
        out = pathlib.Path(sys.argv[1]) / str(world)
        (out / "nemo/model/consolidated").mkdir(parents=True)
        children = []
        for rank in range(world):
            pid = os.fork()
            if pid == 0:
                code = 1
                try:
                    rank_main(out, world, rank)
                    code = 0
                except BaseException:
                    traceback.print_exc()
                finally:
                    sys.stdout.flush()
                    sys.stderr.flush()
                    os._exit(code)
            children.append(pid)
        failed = [pid for pid in children if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0]
        if failed:
            sys.exit(f"{len(failed)} of {world} ranks failed")


if __name__ == "__main__":
    main()
