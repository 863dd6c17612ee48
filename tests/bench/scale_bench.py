#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What one node does a second of a repair in parts, and what follows for a large checkpoint on many: the figures of docs/scale.md.

usage: python tests/bench/scale_bench.py [--program build/release/bin/ckptscope] [--gib 2] [--shards 4] [--runs 3] [--folder FOLDER]
                                         [--terabytes 1.6] [--tensors 200000] [--files 340] [--shared 5,40,200] [--json]

Writes a BF16 checkpoint of --gib GiB and measures in turn, in each run: reading it from the disk, writing as much (both with what `dd` does), `fix --plan`,
`apply` of all by one process with every byte copied, the same in as many parts as shards, `finish`, and `check --values --part`. What is written is
flushed before a clock is stopped, what is read is not in the page cache when one is started. Then it computes, from the medians, how long
--terabytes take on 1, 8 and 64 nodes like this one on a file system that gives them --shared GB/s together (reading and writing).
Only the standard library is needed, and three times --gib of disk.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

STEP = 1 << 20
NODES = (1, 8, 64)


def make(folder, gib, shards):
    """Long projections between the small tensors of linear-attention layers; gives the number of tensors."""
    folder.mkdir()
    weight_map, total, tensors = {}, 0, 0
    noise = os.urandom(STEP)
    for shard in range(shards):
        name = f"model-{shard + 1:05}-of-{shards:05}.safetensors"
        header, at = {}, 0
        budget = (int(gib * (1 << 30)) // shards) & ~0xFFF
        layer = 0
        while at < budget:
            prefix = f"model.layers.{shard * 1000 + layer}.linear_attn."
            for key, size in [("A_log", 64), ("dt_bias", 64), ("conv1d.weight", 65536), ("in_proj_qkvz.weight", 16 << 20), ("out_proj.weight", 16 << 20)]:
                header[prefix + key] = {"dtype": "BF16", "shape": [size // 2], "data_offsets": [at, at + size]}
                weight_map[prefix + key] = name
                at += size
                tensors += 1
            layer += 1
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        with open(folder / name, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for begin in range(0, at, STEP):
                file.write(noise[:min(STEP, at - begin)])
            os.fsync(file.fileno())
        total += at
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {"total_size": total}, "weight_map": weight_map}))
    (folder / "config.json").write_text(json.dumps({"architectures": ["Qwen3NextForCausalLM"], "dtype": "bfloat16"}))
    return tensors, total


def drop(folder):
    """Out of the page cache: the disk itself is to be read."""
    for path in folder.rglob("*"):
        if path.is_file():
            with open(path, "rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def timed(work):
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


def read_all(folder):
    buffer = bytearray(STEP)
    for path in sorted(folder.glob("*.safetensors")):
        with open(path, "rb", buffering=0) as file:
            while file.readinto(buffer):
                pass


def write_as_much(source, target):
    block = bytes(STEP)
    for path in sorted(source.glob("*.safetensors")):
        with open(target / path.name, "wb", buffering=0) as file:
            for _ in range(path.stat().st_size // STEP):
                file.write(block)
            os.fsync(file.fileno())


class Bench:
    def __init__(self, options, folder):
        self.program = str(pathlib.Path(options.program).resolve())
        self.options = options
        self.folder = folder
        self.source, self.out, self.plan = folder / "in", folder / "out", folder / "plan.json"

    def run(self, *words):
        done = subprocess.run([self.program, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode not in (0, 1):
            sys.exit(f"ckptscope {words[0]} ended with {done.returncode}: {done.stderr}")

    def once(self):
        seconds = {}
        drop(self.source)
        seconds["read"] = timed(lambda: read_all(self.source))
        (self.folder / "raw").mkdir()
        seconds["write"] = timed(lambda: write_as_much(self.source, self.folder / "raw"))
        shutil.rmtree(self.folder / "raw")
        drop(self.source)
        seconds["plan"] = timed(lambda: self.run("fix", self.source, "-o", self.out, "--plan", self.plan, "--link", "copy", "-q"))
        drop(self.source)
        seconds["apply"] = timed(lambda: self.run("apply", "--plan", self.plan))
        seconds["finish"] = timed(lambda: self.run("finish", "--plan", self.plan, "-q"))
        shutil.rmtree(self.out)
        drop(self.source)
        parts = self.options.shards

        def all_parts():
            for part in range(1, parts + 1):
                self.run("apply", "--plan", self.plan, "--part", f"{part}/{parts}")

        seconds["parts"] = timed(all_parts)
        seconds["again"] = timed(all_parts) # finished ones: what it costs to start and to look
        self.run("finish", "--plan", self.plan, "-q")
        shutil.rmtree(self.out)
        drop(self.source)
        seconds["values"] = timed(lambda: self.run("check", self.source, "--values", "--part", "1/1", "--part-out", self.folder / "values.json"))
        return seconds


def table(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def clock(seconds):
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def project(options, rate, fixed, shared):
    """Seconds of all: planning, the slowest node or the file system, finishing. A repair reads every byte once and writes it once."""
    total = options.terabytes * 1e12
    out = []
    for nodes in NODES:
        alone = total / rate["apply"] / nodes
        together = 2 * total / (shared * 1e9)
        out.append((nodes, fixed["plan"] + fixed["start"] + max(alone, together) + fixed["finish"], "node" if alone >= together else "file system"))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/bin/ckptscope")
    parser.add_argument("--gib", type=float, default=2)
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", help="where to write; the default is a temporary folder")
    parser.add_argument("--terabytes", type=float, default=1.6)
    parser.add_argument("--tensors", type=int, default=200_000)
    parser.add_argument("--files", type=int, default=340)
    parser.add_argument("--shared", default="5,40,200", help="GB/s that the file system gives all nodes together")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        bench = Bench(options, pathlib.Path(folder))
        tensors, size = make(bench.source, options.gib, options.shards)
        runs = [bench.once() for _ in range(options.runs)]
        plan_bytes = bench.plan.stat().st_size
    seconds = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    rate = {name: size / seconds[name] for name in ("read", "write", "apply", "parts", "values")}
    start = seconds["again"] / options.shards
    fixed = {
        "plan": seconds["plan"] * max(options.tensors / tensors, 1),
        "start": start * max(options.tensors / tensors, 1),
        "finish": seconds["finish"] * max(options.files / options.shards, options.tensors / tensors, 1),
    }
    projected = {shared: project(options, rate, fixed, float(shared)) for shared in options.shared.split(",")}
    values = [(nodes, options.terabytes * 1e12 / rate["values"] / nodes) for nodes in NODES]
    if options.json:
        print(json.dumps({"bytes": size, "tensors": tensors, "plan_bytes": plan_bytes, "seconds": seconds, "bytes_per_second": rate, "runs": runs,
                          "projected": projected}, indent=1))
        return
    print(f"One node, {size / 1e9:.2f} GB of BF16 in {options.shards} files, {tensors} tensors; medians of {options.runs} runs.\n")
    names = {"read": "read it", "write": "write as much and flush", "apply": "`apply`, one process (reads, writes, reads back, flushes)",
             "parts": f"`apply --part` in {options.shards} parts, one after the other", "values": "`check --values --part 1/1`"}
    print(table([("work", "seconds", "MB/s"), *[(text, f"{seconds[name]:.2f}", f"{rate[name] / 1e6:.0f}") for name, text in names.items()],
                 ("`fix --plan`", f"{seconds['plan']:.2f}", ""), ("`finish`", f"{seconds['finish']:.2f}", ""),
                 ("a part that was done already", f"{start:.2f}", "")]))
    print(f"\nThe plan has {plan_bytes / tensors:.0f} bytes a tensor.\n\n{options.terabytes} TB, {options.tensors} tensors, {options.files} files, every byte copied:\n")
    print(table([("file system, GB/s together", *[f"{nodes} node{'s' if nodes > 1 else ''}" for nodes in NODES]),
                 *[(shared, *[f"{clock(time_)} ({bound})" for _, time_, bound in row]) for shared, row in projected.items()]]))
    print(f"\n`check --values`, nodes that read as this one does: " + ", ".join(f"{nodes}: {clock(time_)}" for nodes, time_ in values))


if __name__ == "__main__":
    main()
