# SPDX-License-Identifier: Apache-2.0
"""ckptscope beside what a user would run instead: in turn, on the same files, in one run.

usage: script/bench compare [ROW...] [--quick | --mib 4096] [--runs 5] [--folder FOLDER] [--list] [--readme]

Prints a table, and writes it to build/bench/results.md and results.json, beside what earlier runs left there of other rows. Without ROW all rows are
run (about a quarter of an hour on an idle machine, 30 GiB of disk); --mib repairs a smaller checkpoint than 4 GiB, and scales the others with it;
--quick takes files of a sixteenth of the size, whose ratios say little. --readme puts the last results between the lines `<!-- bench -->` of README.md.
Rows whose tools are missing (torch, root for loop mounts) say so and are left out. No absolute time is judged anywhere.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import beside
from beside import Work

SAFE_OPEN = """
import sys, time
from safetensors import safe_open
begin = time.perf_counter()
with safe_open(sys.argv[1], framework="numpy") as file:
    count = len(file.keys())
if len(sys.argv) > 2:
    print(time.perf_counter() - begin)
"""
CAST_AND_SAVE = """
import pathlib, shutil, sys, torch
from safetensors.torch import load_file, save_file
source, out = map(pathlib.Path, sys.argv[1:])
out.mkdir()
for path in sorted(source.iterdir()):
    if path.suffix != ".safetensors":
        shutil.copy(path, out)
        continue
    tensors = load_file(path)
    for name in tensors:
        if name.endswith(("A_log", "dt_bias")):
            tensors[name] = tensors[name].to(torch.float32)
    save_file(tensors, out / path.name, {"format": "pt"})
"""


class Bench:
    def __init__(self, options, folder):
        self.quick = options.quick
        self.runs = options.runs
        self.folder = pathlib.Path(folder)
        self.program = options.program
        self.micro = pathlib.Path(options.micro)
        self.mib = 256 if options.quick else options.mib
        self.made = {}

    def model(self, kind, size, shards, under=None):
        """Makes a checkpoint once; gives its folder."""
        under = pathlib.Path(under or self.folder)
        path = under / f"{kind}-{size}-{shards}"
        if path not in self.made:
            subprocess.run([sys.executable, beside.ROOT / "tests/bench/models.py", kind, str(path), str(size), str(shards)], check=True)
            self.made[path] = True
        return path

    def forget(self, path):
        self.made.pop(path, None)
        beside.remove(path)

    # --- rows: each gives lines of the table

    def open(self):
        """93,696 tensors: open, sort, search; and with all checks as a process."""
        tensors = 5_000 if self.quick else 93_696
        model = self.model("wide", tensors, 1)
        file = model / "model.safetensors"
        works = {
            "ours": Work([[self.program, "check", model, "-q", "--progress", "none"]], ok=(0, 1)),
            "python": Work([[sys.executable, "-c", SAFE_OPEN, file]]),
        }
        series = beside.rounds(works, max(self.runs, 9))
        yield beside.row("open", f"open and check {tensors:,} tensors, whole process", "Python: `safe_open` and `keys()`", beside.ratio(series["ours"], series["python"]), 0.2,
                         series["ours"].median, series["python"].median, "script/bench compare open", memory=series["ours"].memory)
        if not self.micro.exists():
            yield beside.skipped("open", f"{tensors:,} tensors to a sorted, searchable list, in-process", "ckptscope_bench is not built")
            return

        def ours():
            said = subprocess.run([self.micro, "--benchmark_filter=openCheckpointFile", "--benchmark_format=json", "--benchmark_min_time=0.05"],
                                  env={**os.environ, "CKPTSCOPE_BENCH_PATH": str(model)}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
            measured = json.loads(said or "{}").get("benchmarks", [])
            if not measured or "real_time" not in measured[0]:
                raise beside.Failed("ckptscope_bench measured nothing: build it anew")
            return measured[0]["real_time"] / 1000

        def python():
            return float(subprocess.run([sys.executable, "-c", SAFE_OPEN, file, "timed"], stdout=subprocess.PIPE, check=True).stdout)
        try:
            series = beside.rounds({"ours": Work(ours), "python": Work(python)}, max(self.runs, 9))
        except (beside.Failed, subprocess.CalledProcessError) as error:
            yield beside.skipped("open", f"{tensors:,} tensors to a sorted, searchable list, in-process", str(error))
            return
        yield beside.row("open", f"{tensors:,} tensors to a sorted, searchable list, in-process", "Python: `safe_open` and `keys()`", beside.ratio(series["ours"], series["python"]),
                         0.15, series["ours"].median, series["python"].median, "script/bench compare open")

    def fix(self):
        """A sharded BF16 checkpoint repaired on this folder's file system."""
        model = self.model("bf16", self.mib, 4)
        out = self.folder / "out"

        def shell(command):
            return [["sh", "-c", f"{command} && sync", "sh", model, out, self.program]]

        def tidy():
            beside.remove(out)
            beside.settle()
        works = {
            "cp": Work(shell('cp -r "$1" "$2"'), tidy),
            "ours": Work(shell('"$3" fix "$1" -o "$2" -q --progress none'), tidy),
        }
        torch = has("torch", "safetensors")
        if torch:
            works["python"] = Work([["sh", "-c", '"$3" -c "$4" "$1" "$2" && sync', "sh", model, out, sys.executable, CAST_AND_SAVE]], tidy)
        series = beside.rounds(works, self.runs, warm=False)
        memory = peak(self.program, model, out, tidy)
        size = f"{self.mib / 1024:g} GiB"
        yield beside.row("fix", f"`fix` a sharded BF16 checkpoint of {size}, ext4", "`cp -r` and `sync`", beside.ratio(series["ours"], series["cp"]), 1.05, series["ours"].median,
                         series["cp"].median, "script/bench compare fix", memory=memory, memory_bar=96 << 20)
        if torch:
            yield beside.row("fix", "the same", "Python: load, cast, `save_file`, `sync`", beside.ratio(series["python"], series["ours"]), 3, series["ours"].median,
                             series["python"].median, "script/bench compare fix", at_most=False, unit="x faster")
        else:
            yield beside.skipped("fix", "the same beside Python", "there is no torch")

    def shared(self, kind):
        size = f"{self.mib / 1024:g} GiB"
        title = f"`fix` a sharded BF16 checkpoint of {size}, {kind}"
        if os.geteuid() != 0:
            yield beside.skipped(kind, title, "mounting needs root")
            return
        with beside.mounted(kind, self.folder, self.mib * 5 // 2 + 1024) as place:
            if place is None:
                yield beside.skipped(kind, title, f"{kind} cannot be made or mounted here")
                return
            model = self.model("bf16", self.mib, 4, place)
            out = place / "out"

            def tidy():
                beside.remove(out)
                beside.settle()

            def shell(command):
                return [["sh", "-c", f"{command} && sync", "sh", model, out, self.program]]
            works = {
                "cp": Work(shell('cp -r --reflink=never "$1" "$2"'), tidy),
                "ours": Work(shell('"$3" fix "$1" -o "$2" -q --progress none'), tidy),
            }
            series = beside.rounds(works, self.runs, warm=False)
            beside.timed(works["ours"].commands)
            files = list(out.glob("*.safetensors"))
            part = sum(beside.shared_bytes(path) for path in files) / sum(path.stat().st_size for path in files)
            tidy()
            self.forget(model)
        yield beside.row(kind, title, "`cp -r --reflink=never` and `sync`", beside.ratio(series["ours"], series["cp"]), 0.03, series["ours"].median, series["cp"].median,
                         f"script/bench compare {kind}")
        yield beside.row(kind, f"bytes of it in shared extents (FIEMAP), {kind}", "all bytes", 100 * part, 99, None, None, f"script/bench compare {kind}", at_most=False, unit="%")

    def xfs(self):
        """The same in a loop-mounted image of XFS, which shares blocks."""
        yield from self.shared("xfs")

    def btrfs(self):
        """The same in one of btrfs."""
        yield from self.shared("btrfs")

    def cast(self):
        """Every tensor widened: as much is written as twice the source."""
        mib = self.mib // 2
        model = self.model("bf16", mib, 2)
        out = self.folder / "out"

        def tidy():
            beside.remove(out)
            beside.settle()
        works = {
            "dd": Work([["sh", "-c", f'dd if=/dev/zero of="$1" bs=1M count={2 * mib} && sync', "sh", out]], tidy),
            "ours": Work([["sh", "-c", '"$3" fix "$1" -o "$2" --cast "*=F32" -q --progress none && sync', "sh", model, out, self.program]], tidy),
        }
        series = beside.rounds(works, self.runs, warm=False)
        yield beside.row("cast", f"`fix --cast '*=F32'` of {mib / 1024:g} GiB BF16", f"`dd` of {2 * mib / 1024:g} GiB and `sync`", beside.ratio(series["ours"], series["dd"]), 1.1,
                         series["ours"].median, series["dd"].median, "script/bench compare cast", memory=series["ours"].memory, memory_bar=96 << 20)
        self.forget(model)

    def values(self):
        """Statistics, differences, hashes, and casts in memory: tests/bench/values_bench.py."""
        script = beside.ROOT / "tests/bench/values_bench.py"
        if not script.exists():
            yield beside.skipped("values", "statistics, differences, hashes and casts", "tests/bench/values_bench.py is not there")
            return
        mib = max(16, self.mib // 2)
        with tempfile.NamedTemporaryFile(suffix=".json") as result:
            command = [sys.executable, script, "--program", self.program, "--json", result.name, "--runs", str(self.runs), "--folder", self.folder,
                       "--bench", self.micro, "--mib", str(mib), "--torch-mib", str(mib // 8), "--only", "statistics,diff,hash,memory"]
            done = subprocess.run([str(word) for word in command], stdout=sys.stderr, check=False)
            text = pathlib.Path(result.name).read_text()
            rows = json.loads(text)["rows"] if text else []
        yield from rows
        if done.returncode != 0:
            yield beside.skipped("values", "statistics, differences, hashes and casts", f"tests/bench/values_bench.py ended with {done.returncode}")

    def tensors(self):
        """Time and memory of `check` against the number of tensors, over several shards."""
        counts = [1_000, 3_000, 10_000, 30_000, 100_000] if self.quick else [1_000, 100_000, 250_000, 500_000, 750_000, 1_000_000]
        points = []
        for count in counts:
            model = self.model("wide", count, 8)
            works = {"ours": Work([[self.program, "check", model, "-q", "--progress", "none"]], ok=(0, 1))}
            series = beside.rounds(works, self.runs)["ours"]
            points.append((count, series.median, series.memory))
            self.forget(model)
        seconds, _, straight_seconds = beside.straight([(x, y) for x, y, _ in points])
        memory, _, straight_memory = beside.straight([(x, y) for x, _, y in points])
        for x, y, z in points:
            print(f"    {x:>9,} tensors {beside.clock(y):>10} {z / 2**20:7.1f} MiB", file=sys.stderr)
        yield beside.row("tensors", f"`check` of {counts[0]:,} to {counts[-1]:,} tensors in 8 shards: time on a line (R²)", "", straight_seconds, 0.98, points[-1][1], None,
                         "script/bench compare tensors", at_most=False, unit="", note=f"{seconds * 1e6:.2f} µs a tensor")
        yield beside.row("tensors", "the same: memory on a line (R²)", "", straight_memory, 0.98, None, None, "script/bench compare tensors", at_most=False, unit="",
                         memory=points[-1][2], note=f"{memory:.0f} B a tensor")

    def bytes(self):
        """Time and memory of `fix` and `ls --hash` against size. Sources are holes, which read as zeros; what is written is written."""
        sizes = [self.mib * part // 4 for part in (1, 2, 4, 8, 16)]
        for title, name, arguments, writes in (("`ls --hash`", "hash", ["ls", "--hash"], False), ("`fix`", "fix", ["fix"], True)):
            points = []
            for mib in sizes:
                model = self.model("holes", mib, 4)
                out = self.folder / "out"

                def tidy():
                    beside.remove(out)
                    beside.settle()
                command = [self.program, *arguments, model, "-q", "--progress", "none"] + (["-o", out] if writes else [])
                series = beside.rounds({"ours": Work([command], tidy if writes else None, ok=(0, 1))}, 1 if mib >= 8192 else 3, warm=False)["ours"]
                points.append((mib / 1024, series.median, series.memory))
                self.forget(model)
                print(f"    {title} {mib / 1024:6.3f} GiB {beside.clock(series.median):>10} {series.memory / 2**20:7.1f} MiB", file=sys.stderr)
            slope, _, fit = beside.straight([(x, y) for x, y, _ in points])
            grows = (max(z for _, _, z in points) - min(z for _, _, z in points)) / 2**20
            yield beside.row("bytes", f"{title} of {sizes[0] / 1024:g} to {sizes[-1] / 1024:g} GiB: time on a line (R²)", "", fit, 0.98, points[-1][1], None,
                             "script/bench compare bytes", at_most=False, unit="", note=f"{slope:.2f} s a GiB")
            yield beside.row("bytes", f"the same: memory from the smallest to the largest", "", grows, 8, None, None, "script/bench compare bytes", unit="MiB more",
                             memory=points[-1][2])


ROWS = ["open", "fix", "xfs", "btrfs", "cast", "values", "tensors", "bytes"]


def peak(program, model, out, tidy):
    """The most memory that `fix` holds, without the shell around it."""
    _, memory = beside.timed([[program, "fix", model, "-o", out, "-q", "--progress", "none"]])
    tidy()
    return memory


def has(*modules):
    return subprocess.run([sys.executable, "-c", "import " + ", ".join(modules)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def earlier(path, quick, chosen):
    """Rows of earlier runs that this one does not measure."""
    if not path.exists():
        return []
    results = json.loads(path.read_text())
    return [row for row in results["rows"] if row["row"] not in chosen] if results["quick"] == quick else []


def in_order(rows):
    return sorted(rows, key=lambda row: ROWS.index(row["row"]) if row["row"] in ROWS else len(ROWS))


def into_readme(results):
    readme = beside.ROOT / "README.md"
    parts = readme.read_text().split("<!-- bench -->")
    if len(parts) != 3:
        sys.exit("README.md has no two lines <!-- bench --> for the table to stand between")
    if not results.exists():
        sys.exit(f"{results} is not there: run script/bench compare first")
    table = results.read_text().rstrip("\n")
    readme.write_text(f"{parts[0]}<!-- bench -->\n{table}\n<!-- bench -->{parts[2]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--program", default=str(beside.ROOT / "build/bench/bin/ckptscope"))
    parser.add_argument("--micro", default=str(beside.ROOT / "build/bench/bin/ckptscope_bench"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--mib", type=int, default=4096, help="size of the checkpoint that is repaired")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--folder", help="where to write; the default is a temporary folder")
    parser.add_argument("--results", default=str(beside.ROOT / "build/bench"))
    parser.add_argument("--list", action="store_true", help="say what rows there are")
    parser.add_argument("--readme", action="store_true", help="put the last results into README.md")
    options = parser.parse_args()
    if options.list:
        for name in ROWS:
            print(f"{name:8} {getattr(Bench, name).__doc__}")
        return 0
    if options.readme:
        into_readme(pathlib.Path(options.results) / "results.md")
        return 0
    if unknown := set(options.rows) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    chosen = options.rows or ROWS
    kept = earlier(pathlib.Path(options.results) / "results.json", options.quick, chosen)
    rows = []
    failed = False
    about = {"machine": beside.machine(), "quick": options.quick, "runs": options.runs}
    with tempfile.TemporaryDirectory(prefix="ckptscope-bench-", dir=options.folder) as folder:
        bench = Bench(options, folder)
        for name in chosen:
            print(f"{name}: {getattr(Bench, name).__doc__}", file=sys.stderr, flush=True)
            try:
                for row in getattr(bench, name)():
                    rows.append(row)
            except (beside.Failed, OSError, subprocess.CalledProcessError, ValueError, LookupError) as error:
                rows.append(beside.skipped(name, name, f"it failed: {(str(error).splitlines() or [type(error).__name__])[0][:160]}"))
                print(error, file=sys.stderr)
                failed = True
            beside.write_results(in_order(kept + rows), options.results, about)  # what was measured is kept, whatever comes
    print(beside.markdown(rows))
    print(about["machine"])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
