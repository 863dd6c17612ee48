# SPDX-License-Identifier: Apache-2.0
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import pytest

import models

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("CKPTSCOPE", str(REPOSITORY / "build" / "release" / "bin" / "ckptscope"))


class Run:
    """What one run of ckptscope printed and took."""

    def __init__(self, answer, out, err):
        self.code = answer["code"]
        self.timed_out = answer["timed_out"]
        self.cpu_seconds = answer["cpu"]
        self.rss_bytes = answer["rss"]
        self.out = out
        self.err = err

    @property
    def text(self):
        return self.out.decode()

    @property
    def json(self):
        assert self.out.endswith(b"\n"), (self.code, self.out[-200:], self.err[-2000:])
        return json.loads(self.out)

    def __repr__(self):
        return f"exit {self.code}\n{self.out.decode(errors='replace')[-3000:]}\n{self.err.decode(errors='replace')[-3000:]}"


class Launcher:
    def __init__(self):
        self.process = subprocess.Popen([sys.executable, "-I", "-S", str(pathlib.Path(__file__).with_name("launcher.py"))],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.scratch = tempfile.TemporaryDirectory(prefix="ckptscope-interop-")

    def __call__(self, *arguments, stdin=b"", timeout=120, cwd="/"):
        def path(name):
            return os.path.join(self.scratch.name, name)
        with open(path("in"), "wb") as file:
            file.write(stdin)
        job = {"argv": [PROGRAM, *map(str, arguments)], "stdin": path("in"), "stdout": path("out"), "stderr": path("err"),
               "timeout": timeout, "cwd": str(cwd)}
        self.process.stdin.write(json.dumps(job).encode() + b"\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        with open(path("out"), "rb") as out, open(path("err"), "rb") as err:
            return Run(answer, out.read(), err.read())

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.scratch.cleanup()


@pytest.fixture(scope="session")
def ckptscope():
    launcher = Launcher()
    yield launcher
    launcher.close()


@pytest.fixture(scope="session")
def nemo():
    """NeMo AutoModel's own module, loaded by its path: the package around it needs far more than torch."""
    for folder in sys.path:
        path = pathlib.Path(folder) / "nemo_automodel/components/models/common/gated_delta_net_fp32.py"
        if path.is_file():
            spec = importlib.util.spec_from_file_location("gated_delta_net_fp32", path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    pytest.fail("nemo-automodel is not installed")


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """saved(family, dtype, layout): the folder of a tiny model as transformers saved it; made once, never to be changed."""
    made = {}

    def get(family, variant, layout):
        key = (family, variant, layout)
        if key not in made:
            folder = tmp_path_factory.mktemp("models") / "-".join(key)
            models.save(family, variant, layout, folder)
            made[key] = folder
        return made[key]

    return get
