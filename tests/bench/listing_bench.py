# SPDX-License-Identifier: Apache-2.0
"""How long it takes to list a torch.save file and a distributed checkpoint of four ranks, against a process that opens them with torch.

usage: python tests/bench/listing_bench.py [--program build/release/bin/ckptscope] [--tensors 1000] [--mib 2048] [--runs 5] [--folder FOLDER]

Each figure is the median of fresh processes over files that lie in the page cache. Needs tests/interop/requirements.txt and twice --mib of disk.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

TORCH_LOAD = "import sys, torch; print(len(torch.load(sys.argv[1], mmap=True)))"
# What torch needs before it knows as much as a listing, and what a program does that wants the tensors.
DCP_METADATA = """
import sys, torch.distributed.checkpoint as dcp
print(len(dcp.FileSystemReader(sys.argv[1]).read_metadata().state_dict_metadata))
"""
DCP_LOAD = """
import sys, torch, torch.distributed.checkpoint as dcp
reader = dcp.FileSystemReader(sys.argv[1])
state = {name: torch.empty(entry.size, dtype=entry.properties.dtype) for name, entry in reader.read_metadata().state_dict_metadata.items()}
dcp.load(state, storage_reader=reader, no_dist=True)
print(len(state))
"""


def make_pt(path, tensors, elements):
    import torch
    torch.save({f"model.layers.{i}.weight": torch.full((elements // 1024, 1024), i / tensors, dtype=torch.bfloat16) for i in range(tensors)}, path)


def make_dcp(folder, tensors, elements, ranks=4):
    import torch
    import torch.distributed as dist
    import torch.distributed.checkpoint as dcp
    from torch.distributed.tensor import DTensor, Shard, init_device_mesh
    children = []
    for rank in range(ranks):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                torch.set_num_threads(1)
                dist.init_process_group("gloo", init_method=f"file://{folder}.rendezvous", world_size=ranks, rank=rank)
                mesh = init_device_mesh("cpu", (ranks,))
                state = {f"model.layers.{i}.weight": DTensor.from_local(torch.full((elements // 1024 // ranks, 1024), i / tensors, dtype=torch.bfloat16),
                                                                        mesh, [Shard(0)], run_check=False) for i in range(tensors)}
                dcp.save(state, checkpoint_id=folder)
                dist.destroy_process_group()
                code = 0
            finally:
                os._exit(code)
        children.append(pid)
    if any(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children):
        sys.exit("a rank failed")


def made(path, function, *arguments):
    if path.exists():
        return
    pid = os.fork() # torch's memory shall not be the parent's of what is measured
    if pid == 0:
        function(path, *arguments)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        sys.exit(f"{path} could not be made")


def timed(argv, runs, want):
    seconds, rss = [], 0
    for run in range(runs + 1): # the first one warms the caches
        begin = time.monotonic()
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds.append(time.monotonic() - begin)
        rss = max(rss, usage.ru_maxrss << 10)
        have = len(json.loads(out)["tensors"]) if out.startswith(b"{") else int(out or 0)
        if process.returncode or have != want:
            sys.exit(f"{argv} ended with {process.returncode} and told {have} of {want} tensors")
    return statistics.median(seconds[1:]), rss


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=str(pathlib.Path(__file__).resolve().parents[2] / "build/release/bin/ckptscope"))
    parser.add_argument("--tensors", type=int, default=1000)
    parser.add_argument("--mib", type=int, default=2048)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", help="keeps the files there; default: a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ckptscope-bench-") as scratch:
        folder = pathlib.Path(options.folder or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        elements = options.mib * (1 << 20) // 2 // options.tensors // 4096 * 4096
        pt, dcp = folder / f"{options.mib}-{options.tensors}.pt", folder / f"{options.mib}-{options.tensors}.dcp"
        made(pt, make_pt, options.tensors, elements)
        made(dcp, make_dcp, options.tensors, elements)
        failed = False
        print(f"{options.tensors} tensors of {elements * 2 / 2**20:.2f} MiB, median of {options.runs}, {os.cpu_count()} processors")
        for title, path, others in ((".pt", pt, {"torch.load(mmap=True)": TORCH_LOAD}),
                                    ("DCP, 4 ranks", dcp, {"torch.distributed.checkpoint": DCP_LOAD, "only its .metadata": DCP_METADATA})):
            ours, rss = timed([options.program, "ls", str(path), "--json"], options.runs, options.tensors)
            print(f"{title:14} ckptscope ls --json                 {ours * 1000:9.1f} ms  {rss >> 20:5} MiB")
            for i, (name, code) in enumerate(others.items()):
                theirs, rss = timed([sys.executable, "-c", code, str(path)], options.runs, options.tensors)
                missed = i == 0 and theirs < 20 * ours
                failed = failed or missed
                print(f"{'':14} {name:35} {theirs * 1000:9.1f} ms  {rss >> 20:5} MiB  {theirs / ours:6.1f} x{'  MISSED: 20 x' if missed else ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
