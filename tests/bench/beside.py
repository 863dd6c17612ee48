# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: works that are run in turn on the same files, medians over rounds, memory, and rows of a table.

A *work* is what is timed: a list of commands that run at once, or a function. In each round every work runs once, so that whatever else the machine does
meets all of them; a ratio is the median over rounds of one work's seconds to another's in the same round. Nothing here asserts a time.
"""
import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass
class Work:
    """Something to be timed. `after` tidies up, and is not timed. `ok`: exit codes that are no failure."""
    commands: list  # of argument lists, started together; or a callable that gives seconds
    after: object = None
    ok: tuple = (0,)


@dataclasses.dataclass
class Series:
    seconds: list = dataclasses.field(default_factory=list)
    memory: int = 0  # bytes, the most that one process held

    @property
    def median(self):
        return statistics.median(self.seconds)


class Failed(Exception):
    """A command that should have worked did not."""


def timed(commands, ok=(0,), stdout=subprocess.DEVNULL):
    """Seconds until all of these, started together, have ended, and the most memory that one of them held. The kernel counts what this program held when
    it started them (about 16 MiB) as theirs: what needs less is not seen to."""
    begin = time.monotonic()
    processes = [subprocess.Popen([str(word) for word in command], stdout=stdout, stderr=subprocess.PIPE) for command in commands]
    memory = 0
    for process, command in zip(processes, commands):
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.stderr.close()
        process.returncode = os.waitstatus_to_exitcode(status)
        memory = max(memory, usage.ru_maxrss * 1024)
        if process.returncode not in ok:
            raise Failed(f"{' '.join(str(word) for word in command)} ended with {process.returncode}: {said.decode(errors='replace').strip()[-500:]}")
    return time.monotonic() - begin, memory


def rounds(works, count, warm=True):
    """Runs each work `count` times, in turn; once more before where `warm`. A dictionary of Series."""
    series = {name: Series() for name in works}
    for number in range(-1 if warm else 0, count):
        for name, work in works.items():
            if callable(work.commands):
                seconds, memory = work.commands(), 0
            else:
                seconds, memory = timed(work.commands, work.ok)
            if work.after is not None:
                work.after()
            if number >= 0:
                series[name].seconds.append(seconds)
                series[name].memory = max(series[name].memory, memory)
    return series


def ratio(one, other):
    """The median over rounds of one work's time to another's."""
    return statistics.median(a / b for a, b in zip(one.seconds, other.seconds))


def straight(points):
    """Least squares through (x, y): slope, intercept, and R^2 (1: they lie on a line)."""
    xs, ys = zip(*points)
    mean_x, mean_y = statistics.fmean(xs), statistics.fmean(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    rest = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in points)
    whole = sum((y - mean_y) ** 2 for y in ys)
    return slope, mean_y - slope * mean_x, 1 - rest / whole if whole else 1.0


def row(name, work, beside, value, bar, ours, theirs, command, at_most=True, unit="x", memory=None, memory_bar=None, note=""):
    """A line of the table. `value` is the ratio (or what `unit` says); met where it is `at_most` (or at least) the bar."""
    met = value <= bar if at_most else value >= bar
    if memory_bar is not None:
        met = met and memory <= memory_bar
    return {"row": name, "work": work, "beside": beside, "value": value, "unit": unit, "bar": bar, "at_most": at_most, "met": met, "ours_seconds": ours,
            "theirs_seconds": theirs, "memory": memory, "memory_bar": memory_bar, "note": note, "command": command}


def skipped(name, work, why):
    return {"row": name, "work": work, "skipped": why}


def clock(seconds):
    return "" if seconds is None else f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def number(value):
    return f"{value:.3f}" if abs(value) < 0.1 else f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"


def markdown(rows):
    """The table that docs/performance.md and README.md show."""
    lines = ["| work | beside | bar | seen | ckptscope | the other |", "|---|---|--:|--:|--:|--:|"]
    for each in rows:
        if "skipped" in each:
            lines.append(f"| {each['work']} | *not run: {each['skipped']}* | | | | |")
            continue
        sign = "≤" if each["at_most"] else "≥"
        unit = " ×" if each["unit"] == "x" else f" {each['unit']}" if each["unit"] else ""
        bar = f"{sign} {number(each['bar'])}{unit}"
        seen = f"{number(each['value'])}{unit}" + ("" if each["met"] else " **(missed)**")
        if each["memory_bar"] is not None:
            bar += f", {each['memory_bar'] >> 20} MiB"
        if each["memory"]:
            seen += f", {each['memory'] / 2**20:.0f} MiB"
        work = each["work"] + (f" ({each['note']})" if each["note"] else "")
        lines.append(f"| {work} | {each['beside']} | {bar} | {seen} | {clock(each['ours_seconds'])} | {clock(each['theirs_seconds'])} |")
    return "\n".join(lines) + "\n"


def remove(path):
    path = pathlib.Path(path)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def settle():
    """What was written before is on the disk, so that the next work does not wait for it."""
    os.sync()


@contextlib.contextmanager
def mounted(kind, folder, mib):
    """A file system in a loop-mounted image; None where there is none to be had."""
    image, place = pathlib.Path(folder) / f"{kind}.image", pathlib.Path(folder) / kind
    place.mkdir()
    with open(image, "wb") as file:
        file.truncate(mib << 20)
    environment = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
    make = {"xfs": ["-q", "-m", "reflink=1"], "btrfs": ["-q"], "ext4": ["-q"]}[kind]

    def quiet(*command):
        try:
            return subprocess.run([str(word) for word in command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
        except OSError:
            return False

    there = quiet(f"mkfs.{kind}", *make, image) and quiet("mount", "-o", "loop", image, place)
    try:
        yield place if there else None
    finally:
        if there:
            quiet("umount", place)
        image.unlink()


def shared_bytes(path):
    """Bytes of a file that lie in extents which another file holds too (FIEMAP)."""
    import fcntl
    import struct
    fiemap, last, shared, header = 0xC020660B, 0x1, 0x2000, 32
    total, at = 0, 0
    with open(path, "rb") as file:
        while True:
            most = 512
            buffer = bytearray(struct.pack("=QQLLLL", at, 2**64 - 1 - at, 1, 0, most, 0) + bytes(56 * most))
            fcntl.ioctl(file, fiemap, buffer)
            count = struct.unpack_from("=L", buffer, 20)[0]
            for i in range(count):
                logical, _, length, _, _, flags, _, _, _ = struct.unpack_from("=QQQQQLLLL", buffer, header + 56 * i)
                total += length if flags & shared else 0
                at = logical + length
                if flags & last:
                    return total
            if count == 0:
                return total


def write_results(rows, folder, about):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps({"schema": "ckptscope.bench/1", **about, "rows": rows}, indent=2) + "\n")
    (folder / "results.md").write_text(markdown(rows) + "\n" + about["machine"] + "\n")


def machine():
    """A line about where this was measured."""
    model = "unknown processor"
    with contextlib.suppress(OSError):
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    usable = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 30
    return f"{usable} processors ({model}), {memory} GiB of memory, Linux {os.uname().release}, Python {sys.version.split()[0]}"
