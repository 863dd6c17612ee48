# SPDX-License-Identifier: Apache-2.0
"""How fast values are read, cast, counted, compared and hashed, beside what would be run instead, as a Markdown table.

usage: python tests/bench/values_bench.py [--program build/release/bin/ckptscope] [--bench build/bench/bin/ckptscope_bench] [--mib 2048]
                                          [--torch-mib 256] [--runs 5] [--only NAME,...] [--quick] [--json FILE] [--folder FOLDER]

One BF16 checkpoint of --mib in 200 tensors of normal values, in the page cache. In each round both sides of a row run in turn; a row's figure is
the median over rounds of the time that the other took to the time that ours took (for speeds: of ours to the other's), so 1 is equal and more is
better, but for `fix --cast`, where it is ours to the other's. Threads: as many as there are processors, on both sides.

  statistics   `stats --json` of everything against `cat > /dev/null`, and against torch computing the same columns tensor by tensor (min, max,
               mean, std, absmax, zeros, NaN, Inf, whether F16 and F8 hold every value), on a checkpoint of --torch-mib, by bytes a second
  cast         `fix --cast '*=F32'` (which also reads back what it wrote, and hashes both) against `dd` of as many bytes, both with fsync
  diff         `diff --values` of two such checkpoints, of which one element differs, against `cat A B > /dev/null`
  hash         `ls --hash --json` against `openssl speed -evp sha256` with as many processes, by bytes a second
  memory       BF16 to F32 of 1 GiB in memory against a copy of as many bytes read and written together, and against torch's copy_ and .to(float32)

Needs numpy; what needs torch and safetensors, or --bench (`memory`; script/bench builds it), is left out with a word where they are not there.
--json writes the rows as script/bench compare takes them, which runs this. Takes four times --mib of disk.
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

import beside
from beside import Series

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


def as_series(figures):
    return {name: Series(list(taken)) for name, taken in figures.items()}


class Table:
    """Rows as beside.row makes them; each is shown once it is there."""

    def __init__(self):
        self.rows = []

    def add(self, row):
        self.rows.append(row)
        print(beside.markdown([row]).splitlines()[-1] if len(self.rows) > 1 else beside.markdown([row]).rstrip("\n"), flush=True)

    def seconds(self, name, work, other, bar, ours, theirs, at_most=False, note=""):
        """Ratio of the other's time to ours, or of ours to the other's where it is to be `at_most`."""
        value = beside.ratio(ours, theirs) if at_most else beside.ratio(theirs, ours)
        self.add(beside.row("values", work, other, value, bar, ours.median, theirs.median, f"script/bench compare values ({name})", at_most=at_most, note=note))

    def speeds(self, name, work, other, bar, value, note=""):
        self.add(beside.row("values", work, other, value, bar, None, None, f"script/bench compare values ({name})", at_most=False, note=note))

    def skipped(self, work, why):
        self.add(beside.skipped("values", work, why))


def has(*modules):
    return subprocess.run([sys.executable, "-c", "import " + ", ".join(modules)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def gigabytes(size, series):
    return f"{size / series.median / 1e9:.1f} GB/s"


def bench_statistics(table, options, folder, program):
    model, small = folder / "model.safetensors", folder / "small.safetensors"
    series = as_series(rounds(options.runs, {
        "cat": lambda: seconds(["cat", model]),
        "stats": lambda: seconds([program, "stats", "--json", model]),
    }))
    size = model.stat().st_size
    table.seconds("statistics", f"`stats` of {options.mib} MiB BF16, {CORES} threads", f"speed of `cat > /dev/null` ({gigabytes(size, series['cat'])})", 0.6, series["stats"],
                  series["cat"], note=gigabytes(size, series["stats"]))
    if not has("torch", "safetensors"):
        table.skipped("the same beside torch", "there is no torch")
        return
    make(small, 32, options.torch_mib)
    ours = size / series["stats"].median
    torch = statistics.median(small.stat().st_size / float(said([sys.executable, "-c", TORCH_COLUMNS, small, CORES])) for _ in range(max(2, options.runs // 2)))
    table.speeds("statistics", "the same, by bytes a second", f"torch, tensor by tensor ({torch / 1e9:.3f} GB/s)", 50, ours / torch)


def bench_cast(table, options, folder, program):
    model, out = folder / "model.safetensors", folder / "out.safetensors"
    size = 2 * model.stat().st_size

    def fresh(command):
        out.unlink(missing_ok=True)
        os.sync()
        return seconds(command)

    fix = [program, "fix", model, "-o", out, "--cast", "*=F32"]
    series = as_series(rounds(options.runs, {
        "dd": lambda: fresh(["dd", "if=/dev/zero", f"of={out}", "bs=1M", f"count={size >> 20}", "conv=fsync"]),
        "fix": lambda: fresh(fix),
    }))
    out.unlink(missing_ok=True)
    table.seconds("cast", f"`fix --cast '*=F32'` of {options.mib} MiB BF16, one file", f"`dd` of {size >> 20} MiB with fsync", 1.1, series["fix"], series["dd"], at_most=True)


def bench_diff(table, options, folder, program):
    a, b = folder / "model.safetensors", folder / "other.safetensors"
    with open(a, "rb") as source, open(b, "wb") as target:
        while block := source.read(16 << 20):
            target.write(block)
        target.seek(-3, os.SEEK_END)
        byte = source.seek(-3, os.SEEK_END) and source.read(1)
        target.write(bytes([byte[0] ^ 1]))
    os.sync()
    works = {"cat": beside.Work([["cat", a, b]]), "diff": beside.Work([[program, "diff", "--values", a, b]], ok=(1,))}
    series = beside.rounds(works, options.runs)
    b.unlink()
    size = 2 * a.stat().st_size
    table.seconds("diff", f"`diff --values` of 2 × {options.mib} MiB BF16, one element differs", f"speed of `cat A B > /dev/null` ({gigabytes(size, series['cat'])})", 0.7,
                  series["diff"], series["cat"], note=gigabytes(size, series["diff"]))


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
    table.speeds("hash", f"SHA-256 of every tensor of {options.mib} MiB", f"`openssl speed`, {CORES} processes ({statistics.median(figures['openssl']) / 1e9:.2f} GB/s)", 0.85,
                 median_ratio(figures["hash"], figures["openssl"]), note=f"{statistics.median(figures['hash']) / 1e9:.2f} GB/s")


def bench_memory(table, options, _folder, _program):
    if not pathlib.Path(options.bench).exists():
        table.skipped("BF16 → F32 in memory", f"{options.bench} is not built")
        return
    torch_there = has("torch")
    for threads in sorted({1, CORES}):
        def measured(threads=threads):
            text = said([options.bench, f"--benchmark_filter=^memory/.*/threads:{threads}/", "--benchmark_format=json"])
            return {row["name"].rsplit("/threads", 1)[0]: row["bytes_per_second"] for row in json.loads(text)["benchmarks"]}

        ours, torch = [], []
        for _ in range(options.runs):
            ours.append(measured())
            if torch_there:
                torch.append([float(word) for word in said([sys.executable, "-c", TORCH_CAST, threads]).split()])
        cast = [row["memory/cast/BF16-F32"] for row in ours]
        copy = [row["memory/copy"] for row in ours]
        plural = "s" if threads > 1 else ""
        table.speeds("memory", f"BF16 → F32 in memory, {threads} thread{plural}", f"a copy of the same traffic ({statistics.median(copy) / 1e9:.1f} GB/s)", 0.9,
                     median_ratio(cast, copy), note=f"{statistics.median(cast) / 1e9:.1f} GB/s")
        if not torch_there:
            table.skipped("the same beside torch", "there is no torch")
            continue
        for column, name in enumerate(("copy_", ".to(float32)")):
            other = [row[column] for row in torch]
            table.speeds("memory", f"the same, {threads} thread{plural}", f"torch's `{name}`, {threads} thread{plural} ({statistics.median(other) / 1e9:.1f} GB/s)", 1,
                         median_ratio(cast, other))


WORKS = {"statistics": bench_statistics, "cast": bench_cast, "diff": bench_diff, "hash": bench_hash, "memory": bench_memory}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/bin/ckptscope")
    parser.add_argument("--bench", default="build/bench/bin/ckptscope_bench")
    parser.add_argument("--mib", type=int, default=2048)
    parser.add_argument("--torch-mib", type=int, default=256)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", help="a comma between: " + ", ".join(WORKS))
    parser.add_argument("--quick", action="store_true", help="a sixteenth of the size")
    parser.add_argument("--json", help="a file for the rows")
    parser.add_argument("--folder", help="where to write; the default is a temporary folder")
    options = parser.parse_args()
    if options.quick:
        options.mib, options.torch_mib = options.mib // 16, options.torch_mib // 16
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
            if options.json:
                pathlib.Path(options.json).write_text(json.dumps({"rows": table.rows}))


if __name__ == "__main__":
    main()
