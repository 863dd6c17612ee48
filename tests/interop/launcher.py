# SPDX-License-Identifier: Apache-2.0
"""Runs programs for the tests, one JSON line each way, and tells what each took.

A process of its own, because Linux counts into a child's ru_maxrss what its parent held when it forked: started from a Python that
has torch loaded, even /bin/true would seem to need half a gigabyte.
"""
import json
import os
import signal
import sys
import time


def run(job):
    begin = time.monotonic()
    pid = os.fork()
    if pid == 0:
        try:
            os.dup2(os.open(job["stdin"] or "/dev/null", os.O_RDONLY), 0)
            os.dup2(os.open(job["stdout"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
            os.dup2(os.open(job["stderr"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 2)
            os.chdir(job["cwd"])
            os.execvp(job["argv"][0], job["argv"])
        except OSError as error:
            os.write(2, str(error).encode())
        os._exit(127)
    timed_out = False
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            break
        if not timed_out and time.monotonic() - begin > job["timeout"]:
            timed_out = True
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.002)
    return {"code": os.waitstatus_to_exitcode(status), "timed_out": timed_out, "wall": time.monotonic() - begin,
            "cpu": usage.ru_utime + usage.ru_stime, "rss": usage.ru_maxrss * 1024}


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
