# SPDX-License-Identifier: Apache-2.0
"""How fast `diff --values` compares two checkpoints against how fast their bytes can be read, in how much memory, and how soon it stops.

usage: python tests/bench/diff_bench.py [--program build/release/bin/ckptscope] [--tensors 200] [--mib 2048] [--runs 5] [--folder FOLDER]

Two BF16 checkpoints of --mib each, of which three tensors differ in one element each; both are in the page cache. Each round runs `cat A B`, two
`cat` at once (as many as the comparison has threads on two cores), and the comparison; ratios are medians over rounds of the time that reading took
to the time that comparing took in the same round. `all changed` compares A with a checkpoint of which every tensor differs. Needs numpy, and three
times --mib of disk.
"""
import argparse
import json
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import beside

CHANGED = (0, 1, -1)  # of the tensors, with the element that changes in each


def make(folder, tensors, mib):
    import numpy
    elements = (mib << 20) // tensors // 2 // 1024 * 1024
    header, at = {}, 0
    for i in range(tensors):
        header[f"model.layers.{i}.weight"] = {"dtype": "BF16", "shape": [elements // 1024, 1024], "data_offsets": [at, at + 2 * elements]}
        at += 2 * elements
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    random = numpy.random.default_rng(1)
    with open(folder / "a.safetensors", "wb") as a, open(folder / "b.safetensors", "wb") as b, open(folder / "c.safetensors", "wb") as c:
        for file in (a, b, c):
            file.write(len(text).to_bytes(8, "little") + text)
        values = (random.standard_normal(elements, dtype=numpy.float32) * 0.02).view(numpy.uint32)
        for i in range(tensors):
            codes = (numpy.roll(values, i) >> 16).astype(numpy.uint16)
            a.write(codes.tobytes())
            c.write((codes ^ (random.random(elements) < 0.5).astype(numpy.uint16)).tobytes())
            if i - tensors in CHANGED or i in CHANGED:
                codes[elements // 2] ^= 1
            b.write(codes.tobytes())


def stopped(command, after):
    """Seconds from SIGINT to the end."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(after)
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    return process.wait() == 130, time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/bin/ckptscope")
    parser.add_argument("--tensors", type=int, default=200)
    parser.add_argument("--mib", type=int, default=2048)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", help="where to write; the default is a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        folder = pathlib.Path(folder)
        # in a process of its own: a child that was just forked counts its parent's memory as its own
        subprocess.run([sys.executable, __file__, "--make", str(folder), str(options.tensors), str(options.mib)], check=True)
        changed = [f"model.layers.{i % options.tensors}.weight" for i in CHANGED]
        a, b, c = (str(folder / f"{name}.safetensors") for name in "abc")
        program = str(pathlib.Path(options.program).resolve())
        diff = [program, "diff", "--values", a, b]
        said = json.loads(subprocess.run([*diff, "--json"], stdout=subprocess.PIPE, check=False).stdout)
        found = {row["name"]: row["values"]["differing"] for row in said["differences"]}
        print("finds exactly the changed tensors, one element each:", "yes" if found == dict.fromkeys(changed, 1) else f"NO: {found}")
        works = {
            "cat A B": [["cat", a, b]],
            "cat A & cat B": [["cat", a], ["cat", b]],
            "diff, 1 thread": [[*diff, "-j", "1"]],
            "diff": [diff],
            "diff, all changed": [[program, "diff", "--values", a, c]],
        }
        seconds = {name: [] for name in works}
        memory = dict.fromkeys(works, 0)
        for _ in range(options.runs):
            for name, commands in works.items():
                taken, held = beside.timed(commands, ok=(0, 1))
                seconds[name].append(taken)
                memory[name] = max(memory[name], held)
        print(f"2 x {options.mib} MiB, {options.tensors} tensors, {options.runs} rounds")
        for name in works:
            ratios = [statistics.median(x / y for x, y in zip(seconds[read], seconds[name])) for read in ("cat A B", "cat A & cat B")]
            print(f"{name:18} {statistics.median(seconds[name]):7.3f} s   {ratios[0]:5.2f} x the speed of cat A B   {ratios[1]:5.2f} x of two cat at once"
                  f"   {memory[name] / 2**20:6.1f} MiB")
        whole = statistics.median(seconds["diff"])
        ends = [stopped([*diff, "-j", "1"], whole * part) for part in (0.2, 0.5, 0.8)]
        print("SIGINT to the end:", ", ".join(f"{taken * 1000:.0f} ms" if stop else f"{taken * 1000:.0f} ms (it had ended)" for stop, taken in ends))


if __name__ == "__main__":
    if len(sys.argv) == 5 and sys.argv[1] == "--make":
        make(pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
