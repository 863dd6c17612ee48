#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds that only torch can make: tests/fuzz/corpus/{torch,pickle,zip,dcp,dcpmetadata,roundtrip}/*. Needs torch and numpy."""
import io
import pathlib
import pickle
import pickletools
import struct
import tarfile
import tempfile
import zipfile

import numpy as np
import torch
import torch.distributed.checkpoint as dcp

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"


def put(target, name, data):
    path = CORPUS / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def saved(value, **options):
    out = io.BytesIO()
    torch.save(value, out, **options)
    return out.getvalue()


class System:
    """Never loaded here: what a malicious file looks like."""

    def __reduce__(self):
        import os
        return os.system, ("true",)


class Scripted(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.arange(3.0))
        self.plain = torch.zeros(2)

    def forward(self, x):
        return x * self.weight.sum() + self.plain.sum()


def values():
    grid = torch.arange(6.0).reshape(2, 3)
    wave = torch.view_as_complex(grid.reshape(3, 2).contiguous())
    yield "state", torch.nn.Linear(2, 2).state_dict()
    yield "views", {"t": grid.t(), "e": grid[0].expand(2, 3), "o": grid[1]}
    yield "conj", {"c": wave.conj(), "n": torch._neg_view(torch.ones(2))}
    yield "dtypes", {"b": torch.ones(2, dtype=torch.bool), "f8": torch.ones(2).to(torch.float8_e4m3fn), "u": torch.ones(1, dtype=torch.uint16)}
    yield "quantized", {"q": torch.quantize_per_tensor(grid, 0.5, 1, torch.qint8),
                        "c": torch.quantize_per_channel(grid, torch.ones(2), torch.zeros(2), 0, torch.quint8)}
    yield "sparse", {"coo": grid.to_sparse(), "csr": grid.to_sparse_csr()}
    yield "trainer", {"epoch": 3, "lr": [0.1], "model": {"p": torch.nn.Parameter(grid)}, "rng": np.arange(3, dtype=np.uint32), "s": np.float64(0.5)}
    yield "meta", {"m": torch.empty(2, 3, device="meta")}
    yield "evil", {"x": System()}


def tar():
    """As PyTorch 0.1.1 wrote it; without the padding behind the end, so that a fuzzer gets to see all of it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in ("sys_info", "pickle", "storages", "tensors"):
            data = pickle.dumps({"protocol_version": 1000, "little_endian": True} if name == "sys_info" else 0, 2)
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue().rstrip(b"\0") + bytes(1024)


def main():
    put("torch", "tar", tar())
    torch.manual_seed(0)
    for name, value in values():
        archive = saved(value)
        put("torch", f"zip-{name}", archive)
        with zipfile.ZipFile(io.BytesIO(archive)) as source:
            put("pickle", f"data-{name}", source.read("archive/data.pkl"))
        if name != "dtypes":
            put("torch", f"legacy-{name}", saved(value, _use_new_zipfile_serialization=False))
    for protocol in range(6):
        put("torch", f"pickle-{protocol}", pickle.dumps({"a": torch.arange(3.0), "n": np.arange(2.0)}, protocol))
        put("pickle", f"plain-{protocol}", pickle.dumps({"a": [1, -5, 2**70, 0.5, None, True], "b": (b"x", "\u20ac", {3}, frozenset()), 7: System()}, protocol))
        put("pickle", f"numpy-{protocol}", pickletools.optimize(pickle.dumps([np.arange(3, dtype=">i2"), np.float32(1)], protocol)))
    script = io.BytesIO()
    torch.jit.save(torch.jit.script(Scripted()), script)
    put("torch", "script", script.getvalue())
    put("zip", "torch", saved({"a": torch.arange(2.0)}))
    put("zip", "script", script.getvalue())
    for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as target:
            target.writestr(zipfile.ZipInfo("a/data.pkl"), b"\x80\x02}q\x00.", method)
            target.writestr(zipfile.ZipInfo("a/b"), bytes(500), method)
            target.writestr(zipfile.ZipInfo("../c"), b"", method)
        put("zip", name, out.getvalue())
    with tempfile.TemporaryDirectory() as folder:
        for name, value in (("two", {"a": torch.arange(4.0), "n": {"b": torch.ones(2, 2, dtype=torch.bfloat16)}, "epoch": 3}), ("object", {"x": "text"})):
            path = pathlib.Path(folder, name)
            dcp.save(value, checkpoint_id=str(path), no_dist=True)
            metadata = (path / ".metadata").read_bytes()
            put("dcpmetadata", name, metadata)
            put("dcp", name, struct.pack("<H", len(metadata)) + metadata + (path / "__0_0.distcp").read_bytes())
    decay = torch.linspace(-1, 1, 8).to(torch.bfloat16)
    layer = "model.layers.0.linear_attn."
    for name, wish, state in (("to-torch", 1, {layer + "A_log": decay[:4], layer + "dt_bias": decay[4:], "x": torch.ones(2, 3, dtype=torch.bfloat16).t()}),
                              ("to-safetensors", 8, {layer + "A_log": decay[:4], "x": torch.ones(3)}),
                              ("convert", 4, {"model": {"w": torch.ones(2, 3).t(), "v": torch.ones(1).expand(4)}, "optimizer": {"state": torch.ones(2)}})):
        put("roundtrip", "torch-" + name, bytes([wish]) + saved(state))


if __name__ == "__main__":
    main()
