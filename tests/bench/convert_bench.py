# SPDX-License-Identifier: Apache-2.0
"""How long `convert` and `fix` of a torch checkpoint take against `cp`, and in how much memory.

usage: python tests/bench/convert_bench.py [--program build/release/bin/ckptscope] [--tensors 200] [--mib 2048] [--runs 3] [--folder FOLDER]

Each round runs `cp` and then each command, every one followed by fsync of what it wrote, so that a disk that is busy with other things slows all
of them; the ratio is the median over rounds of a command's time to that round's `cp`. Needs torch, and three times --mib of disk.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import beside


def make(path, tensors, mib):
    import torch
    elements = (mib << 20) // tensors // 2
    state = {f"model.layers.{i}.weight": torch.randint(-2**15, 2**15, (elements // 1024, 1024), dtype=torch.int16).view(torch.bfloat16) for i in range(tensors)}
    state["model.layers.0.linear_attn.A_log"] = torch.randn(32).bfloat16()
    torch.save(state, path)


def timed(command, out):
    """Seconds until the result is on the disk, and the most memory that the program held."""
    seconds, memory = beside.timed([command])
    begin = time.monotonic()
    for path in [out] if out.is_file() else sorted(out.rglob("*")):
        if path.is_file():
            with open(path, "rb+") as file:
                os.fsync(file.fileno())
    seconds += time.monotonic() - begin
    beside.remove(out)
    return seconds, memory


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/bin/ckptscope")
    parser.add_argument("--tensors", type=int, default=200)
    parser.add_argument("--mib", type=int, default=2048)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", help="where to write; the default is a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        folder = pathlib.Path(folder)
        source, out = folder / "model.pt", folder / "out"
        subprocess.run([sys.executable, __file__, "--make", str(source), str(options.tensors), str(options.mib)], check=True)
        program = str(pathlib.Path(options.program).resolve())
        cast = ["--cast", "*.A_log=F32"]
        commands = {
            "cp": ["cp", source, out],
            "convert": [program, "convert", source, "-o", out],
            "fix": [program, "fix", source, "-o", out, *cast],
            "fix --to torch": [program, "fix", source, "-o", out, "--to", "torch", *cast],
        }
        seconds = {name: [] for name in commands}
        memory = dict.fromkeys(commands, 0)
        for _ in range(options.runs):
            for name, command in commands.items():
                taken, held = timed([str(word) for word in command], out)
                seconds[name].append(taken)
                memory[name] = max(memory[name], held)
        print(f"{options.mib} MiB, {options.tensors} tensors, {options.runs} rounds")
        for name in commands:
            ratio = statistics.median(a / b for a, b in zip(seconds[name], seconds["cp"]))
            print(f"{name:15} {statistics.median(seconds[name]):7.2f} s   {ratio:5.2f} x cp   {memory[name] / 2**20:6.1f} MiB")


if __name__ == "__main__":
    if len(sys.argv) == 5 and sys.argv[1] == "--make":
        make(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
