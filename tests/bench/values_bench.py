# SPDX-License-Identifier: Apache-2.0
"""How fast values are read, cast, counted and hashed, beside what would be run instead, as a Markdown table.

usage: python tests/bench/values_bench.py [--program build/release/bin/ckptscope] [--bench build/bench/bin/ckptscope_bench] [--mib 2048]
                                          [--torch-mib 256] [--runs 5] [--only NAME,...] [--folder FOLDER]

One BF16 checkpoint of --mib in 200 tensors of normal values, in the page cache. In each round both sides of a row run in turn; a row's figure is
the median over rounds of the time that the other took to the time that ours took (for speeds: of ours to the other's), so 1 is equal and more is
better, but for `fix --cast`, where it is ours to the other's. Threads: as many as there are processors, on both sides.

  statistics   `stats --json` of everything against `cat > /dev/null`, and against torch computing the same columns tensor by tensor (min, max,
               mean, std, absmax, zeros, NaN, Inf, whether F16 and F8 hold every value), on a checkpoint of --torch-mib, by bytes a second
  cast         `fix --cast '*=F32'` (which also reads back what it wrote, and hashes both) against `dd` of as many bytes, both with fsync
  hash         `ls --hash --json` against `openssl speed -evp sha256` with as many processes, by bytes a second
  memory       BF16 to F32 of 1 GiB in memory against a copy of as many bytes read and written together, and against torch's copy_ and .to(float32)

Needs numpy, torch and safetensors; --bench only for `memory` (script/bench builds it). Takes four times --mib of disk.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

CORES = len(os.sched_getaffinity(0))
TORCH_COLUMNS = """
import sys, time, torch
from safetensors import safe_open
torch.set_num_threads(int(sys.argv[2]))
begin = time.monotonic()
with safe_open(sys.argv[1], "pt") as file:
    for key in file.keys():
        x = file.get_tensor(key)
        f = x.float()
        ok = torch.isfinite(f)
        d = f[ok].double()
        row = [d.min(), d.max(), d.mean(), d.std(correction=0), d.abs().max(), (f == 0).sum(), torch.isnan(f).sum(), torch.isinf(f).sum()]
        for narrow in (torch.float8_e4m3fn, torch.float8_e5m2, torch.float16):
            row.append((f.to(narrow).float() == f).all())
        row = [v.item() for v in row]
print(time.monotonic() - begin)
"""
TORCH_CAST = """
import sys, time, statistics, torch
torch.set_num_threads(int(sys.argv[1]))
x = torch.randn(1 << 29, dtype=torch.bfloat16)
y = torch.empty(1 << 29, dtype=torch.float32)
def timed(work):
    taken = []
    for _ in range(7):
        begin = time.monotonic(); work(); taken.append(time.monotonic() - begin)
    return statistics.median(taken[1:])
y.fill_(0)
print(3 * 2**30 / timed(lambda: y.copy_(x)), 3 * 2**30 / timed(lambda: x.to(torch.float32)))
"""


def make(path, tensors, mib):
    import numpy
    elements = (mib << 20) // tensors // 2 // 1024 * 1024
    header, at = {}, 0
    for i in range(tensors):
        header[f"model.layers.{i}.weight"] = {"dtype": "BF16", "shape": [elements // 1024, 1024], "data_offsets": [at, at + 2 * elements]}
        at += 2 * elements
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    values = (numpy.random.default_rng(1).standard_normal(elements, dtype=numpy.float32) * 0.02).view(numpy.uint32)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for i in range(tensors):
            file.write((numpy.roll(values, i) >> 16).astype(numpy.uint16).tobytes())


def seconds(command, **more):
    begin = time.monotonic()
    subprocess.run([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, **more)
    return time.monotonic() - begin


def said(command):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True).stdout


def rounds(runs, works):
    """Runs all of these in turn; a list of figures each."""
    figures = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            figures[name].append(work())
    return figures


def median_ratio(one, other):
    return statistics.median(x / y for x, y in zip(one, other))


class Table:
    def __init__(self):
        print("| work | beside | bar | seen |\n|---|---|--:|--:|", flush=True)

    def row(self, work, beside, bar, seen):
        print(f"| {work} | {beside} | {bar} | {seen} |", flush=True)


def bench_statistics(table, options, folder, program):
    model, small = folder / "model.safetensors", folder / "small.safetensors"
    make(small, 32, options.torch_mib)
    figures = rounds(options.runs, {
        "cat": lambda: seconds(["cat", model]),
        "stats": lambda: seconds([program, "stats", "--json", model]),
    })
    size = model.stat().st_size
    ours = statistics.median(size / taken for taken in figures["stats"])
    table.row(f"statistics of {options.mib} MiB BF16, {CORES} threads", f"`cat > /dev/null` ({size / statistics.median(figures['cat']) / 1e9:.1f} GB/s)", "0.6 ×",
              f"{median_ratio(figures['cat'], figures['stats']):.2f} × ({ours / 1e9:.1f} GB/s)")
    torch = [small.stat().st_size / float(said([sys.executable, "-c", TORCH_COLUMNS, small, CORES])) for _ in range(max(2, options.runs // 2))]
    table.row("the same", f"torch, tensor by tensor ({statistics.median(torch) / 1e9:.3f} GB/s)", "50 ×", f"{ours / statistics.median(torch):.0f} ×")


def bench_cast(table, options, folder, program):
    model, out = folder / "model.safetensors", folder / "out.safetensors"
    size = 2 * model.stat().st_size

    def fresh(command):
        out.unlink(missing_ok=True)
        os.sync()
        return seconds(command)

    fix = [program, "fix", model, "-o", out, "--cast", "*=F32"]
    figures = rounds(options.runs, {
        "dd": lambda: fresh(["dd", "if=/dev/zero", f"of={out}", "bs=1M", f"count={size >> 20}", "conv=fsync"]),
        "fix": lambda: fresh(fix),
    })
    out.unlink(missing_ok=True)
    table.row(f"`fix --cast '*=F32'` of {options.mib} MiB BF16", f"`dd` of {size >> 20} MiB with fsync ({statistics.median(figures['dd']):.2f} s)", "1.1 × its time",
              f"{median_ratio(figures['fix'], figures['dd']):.2f} × ({statistics.median(figures['fix']):.2f} s)")


def openssl_speed():
    """Bytes a second of all processes together."""
    text = said(["openssl", "speed", "-multi", CORES, "-seconds", "2", "-bytes", "1048576", "-evp", "sha256"])
    found = re.search(r"^(?:sha256|SHA256|evp)\s+([\d.]+)k", text, re.MULTILINE)
    if not found:
        sys.exit("openssl speed said something else:\n" + text)
    return float(found.group(1)) * 1000


def bench_hash(table, options, folder, program):
    model = folder / "model.safetensors"
    size = model.stat().st_size
    figures = rounds(options.runs, {"openssl": openssl_speed, "hash": lambda: size / seconds([program, "ls", "--hash", "--json", model])})
    table.row(f"SHA-256 of every tensor of {options.mib} MiB", f"`openssl speed`, {CORES} processes ({statistics.median(figures['openssl']) / 1e9:.2f} GB/s)", "0.85 ×",
              f"{median_ratio(figures['hash'], figures['openssl']):.2f} × ({statistics.median(figures['hash']) / 1e9:.2f} GB/s)")


def bench_memory(table, options, _folder, _program):
    for threads in sorted({1, CORES}):
        def measured(threads=threads):
            text = said([options.bench, f"--benchmark_filter=^memory/.*/threads:{threads}/", "--benchmark_format=json"])
            return {row["name"].rsplit("/threads", 1)[0]: row["bytes_per_second"] for row in json.loads(text)["benchmarks"]}

        ours, torch = [], []
        for _ in range(options.runs):
            ours.append(measured())
            torch.append([float(word) for word in said([sys.executable, "-c", TORCH_CAST, threads]).split()])
        cast = [row["memory/cast/BF16-F32"] for row in ours]
        copy = [row["memory/copy"] for row in ours]
        plural = "s" if threads > 1 else ""
        table.row(f"BF16 → F32 in memory, {threads} thread{plural}", f"a copy of the same traffic ({statistics.median(copy) / 1e9:.1f} GB/s)", "0.9 ×",
                  f"{median_ratio(cast, copy):.2f} × ({statistics.median(cast) / 1e9:.1f} GB/s)")
        for column, name in enumerate(("copy_", ".to(float32)")):
            other = [row[column] for row in torch]
            table.row("the same", f"torch's `{name}`, {threads} thread{plural} ({statistics.median(other) / 1e9:.1f} GB/s)", "1 ×", f"{median_ratio(cast, other):.2f} ×")


WORKS = {"statistics": bench_statistics, "cast": bench_cast, "hash": bench_hash, "memory": bench_memory}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/bin/ckptscope")
    parser.add_argument("--bench", default="build/bench/bin/ckptscope_bench")
    parser.add_argument("--mib", type=int, default=2048)
    parser.add_argument("--torch-mib", type=int, default=256)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", help="a comma between: " + ", ".join(WORKS))
    parser.add_argument("--folder", help="where to write; the default is a temporary folder")
    options = parser.parse_args()
    chosen = options.only.split(",") if options.only else list(WORKS)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        folder = pathlib.Path(folder)
        if chosen != ["memory"]:
            make(folder / "model.safetensors", 200, options.mib)
            os.sync()
            seconds(["cat", folder / "model.safetensors"])
        table = Table()
        for name in chosen:
            WORKS[name](table, options, folder, pathlib.Path(options.program).resolve())


if __name__ == "__main__":
    main()
