#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: test_slurm.py CKPTSCOPE SOURCE_DIR
A repair as a Slurm job array (resources/slurm) on a Slurm of this host alone: munged, slurmctld and slurmd are started in a folder of their own and
stopped afterwards. One task is killed midway and queues itself again, another one is requeued by scontrol; the result is what one process writes,
byte for byte. Exit code 77: Slurm is not installed here (script/setup test), or cannot be run."""
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

SKIP = 77
WAIT = 240  # seconds until a step must have happened; nothing is asserted about how long it takes
PARTS = 4


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, condition):
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.2)
    sys.exit(f"waited {WAIT} s in vain: {what}")


class Slurm:
    """Three daemons on loopback, in a folder of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.daemons = []
        host = socket.gethostname().split(".")[0]
        (folder / "state").mkdir()
        (folder / "spool").mkdir()
        key = folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        (folder / "slurm.conf").write_text(f"""\
ClusterName=ckptscope
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
KillWait=5
MinJobAge=3600
NodeName={host} NodeAddr=127.0.0.1 CPUs=8 RealMemory=8192 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
""")
        if not os.path.ismount("/sys/fs/cgroup"):  # a bare chroot: slurmd looks for cgroups there, and ends, unless it is told their kind
            (folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
        os.environ["SLURM_CONF"] = str(folder / "slurm.conf")

    def run(self):
        folder = self.folder
        key = folder / "munge.key"
        self.start("munged", "--force", "--foreground", f"--key-file={key}", f"--socket={folder}/munge.socket", f"--pid-file={folder}/munge.pid",
                   f"--log-file={folder}/munge.log", f"--seed-file={folder}/munge.seed")
        wait_for("munged", lambda: (folder / "munge.socket").exists())
        self.start("slurmctld", "-D", "-f", str(folder / "slurm.conf"))
        self.start("slurmd", "-D", "-f", str(folder / "slurm.conf"))
        wait_for("an idle node", lambda: "idle" in self.say("sinfo", "-h", "-o", "%t"))

    def start(self, *words):
        log = open(self.folder / f"{words[0]}.out", "wb")
        self.daemons.append(subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True))

    def say(self, *words):
        return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout

    def tasks(self, job):
        """Of a job or array: number of the task, the task's own job number, state."""
        rows = [line.split() for line in self.say("squeue", "-h", "-r", "-t", "all", "-j", job, "-o", "%K %A %T").splitlines()]
        return {row[0]: (row[1], row[2]) for row in rows if len(row) == 3}

    def stop(self):
        self.say("scancel", "--full", "-u", "root")
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in self.daemons:
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()


def write_source(folder):
    """Qwen3-Next layers in BF16, in shards of different sizes, one much larger than the others."""
    chance = random.Random(3)
    folder.mkdir()
    weight_map, total = {}, 0
    for index, (layers, megabytes) in enumerate([(2, 1), (2, 12), (1, 2), (3, 1)]):
        name = f"model-{index + 1:05}-of-00004.safetensors"
        header, data = {}, b""
        for layer in range(layers):
            prefix = f"model.layers.{index * 4 + layer}.linear_attn."
            for key, elements in [("A_log", 32), ("conv1d.weight", 1024), ("dt_bias", 32), ("in_proj_qkvz.weight", megabytes << 19)]:
                header[prefix + key] = {"dtype": "BF16", "shape": [elements], "data_offsets": [len(data), len(data) + elements * 2]}
                data += chance.randbytes(elements * 2)
                weight_map[prefix + key] = name
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        (folder / name).write_bytes(struct.pack("<Q", len(text)) + text + data)
        total += len(data)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {"total_size": total}, "weight_map": weight_map}))
    (folder / "config.json").write_text(json.dumps({"architectures": ["Qwen3NextForCausalLM"], "dtype": "bfloat16"}))
    (folder / "tokenizer.json").write_text("{}")


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def processes_of(plan, part):
    """ckptscope processes of one part, by what stands in /proc."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = path.read_bytes().split(b"\0")
            if b"apply" in words and str(plan).encode() in words and f"{part}/{PARTS}".encode() in words and b"bash" not in words[0]:
                found.append(int(path.parent.name))
    return found


def submit(scripts, plan, *words):
    out = subprocess.run([scripts / "ckptscope-fix.sh", "-n", str(PARTS), "-p", plan, "-s", "--cpus-per-task=1 --mem=64M", *words],
                         check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    array = next(line for line in out if line.startswith("parts: job array ")).split()[3].rstrip(",")
    return array, out[-1]


def repair(slurm, program, scripts, folder):
    source, out, plan = folder / "in", folder / "out", folder / "plan.json"
    os.environ["CKPTSCOPE_APPLY_OPTIONS"] = "--io-rate 2MB/s"  # slow enough to be caught in the middle
    array, finish = submit(scripts, plan, source, "-o", out)
    victims = wait_for("two parts that run", lambda: [t for t in range(1, PARTS + 1) if processes_of(plan, t)][:2] if sum(
        bool(processes_of(plan, t)) for t in range(1, PARTS + 1)) >= 2 else None)
    time.sleep(1)
    assert not out.exists(), "OUT is there before all parts are done"
    # One process is killed: its task queues itself again.
    for pid in processes_of(plan, victims[0]):
        os.kill(pid, signal.SIGKILL)
    # One task is requeued by an operator, which kills it.
    number = slurm.tasks(array)[str(victims[1])][0]
    subprocess.run(["scontrol", "requeue", number], check=True)
    restarted = set()

    def restarts():
        for task in victims:
            if "Restarts=0" not in slurm.say("scontrol", "show", "job", slurm.tasks(array)[str(task)][0]):
                restarted.add(task)
        return len(restarted) == len(victims)

    wait_for("both tasks run again", restarts)
    wait_for("the result", lambda: slurm.tasks(finish).get("N/A", ("", ""))[1] in ("COMPLETED", "FAILED", "CANCELLED"))
    for task, (_, state) in sorted(slurm.tasks(array).items()):
        assert state == "COMPLETED", f"task {task} is {state}: " + (folder / f"plan-part-{task}.log").read_text()
    assert slurm.tasks(finish)["N/A"][1] == "COMPLETED", (folder / "plan-finish.log").read_text()
    return out, plan


def main(program, tree_root):
    for tool in ["munged", "slurmctld", "slurmd", "sbatch", "scontrol"]:
        if shutil.which(tool) is None and not pathlib.Path("/usr/sbin", tool).exists():
            print(f"skipped: {tool} is not installed (script/setup test)")
            return SKIP
    if os.geteuid() != 0:
        print("skipped: slurmd runs as root only")
        return SKIP
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    os.environ["CKPTSCOPE"] = program
    for name in [name for name in os.environ if name.startswith(("SLURM_", "SBATCH_"))]:
        del os.environ[name]
    scripts = pathlib.Path(tree_root) / "resources" / "slurm"
    with tempfile.TemporaryDirectory(prefix="ckptscope-slurm-") as temporary:
        folder = pathlib.Path(temporary).resolve()
        folder.chmod(0o755)  # munged's socket must be reachable
        (folder / "daemons").mkdir()
        slurm = None
        try:
            write_source(folder / "in")
            slurm = Slurm(folder / "daemons")
            slurm.run()
            subprocess.run([program, "fix", folder / "in", "-o", folder / "one", "-q"], check=True, stdout=subprocess.DEVNULL)
            before = tree(folder / "in")
            out, plan = repair(slurm, program, scripts, folder)
            assert tree(out) == tree(folder / "one"), "the result is not that of one process"
            assert tree(folder / "in") == before, "the source was changed"
            left = [path.name for path in folder.iterdir() if ".partial-" in path.name]
            assert not left, f"left behind: {left}"
            receipt = json.loads((folder / "plan-receipt.json").read_text())
            assert receipt["schema"] == "ckptscope.receipt/1" and len(receipt["edits"]) == 16 and receipt["untouched"]["equal"], receipt
            assert "queued again" in "".join((folder / f"plan-part-{t}.log").read_text() for t in range(1, PARTS + 1)), "no task queued itself again"
            print("a job array of", PARTS, "tasks, one killed, one requeued: as one process writes it")
        except BaseException:
            for log in sorted((folder / "daemons").glob("*.log")) + sorted((folder / "daemons").glob("*.out")) + sorted(folder.glob("*.log")):
                sys.stderr.write(f"--- {log.name}\n" + "".join(log.read_text(errors="replace").splitlines(True)[-15:]))
            raise
        finally:
            if slurm is not None:
                slurm.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
