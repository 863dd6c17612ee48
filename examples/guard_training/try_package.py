# SPDX-License-Identifier: Apache-2.0
"""Tries the Python package on a checkpoint that needs a repair: python try_package.py CHECKPOINT OUT"""
import concurrent.futures
import inspect
import pathlib
import pickle
import sys

import ckptscope

source, out = sys.argv[1:]

report = ckptscope.check(source)
assert report["schema"] == "ckptscope.check/1" and report["verdict"] == "violations", report["verdict"]
assert ckptscope.check(pathlib.Path(source), profile="nemo-automodel")["profile"] == "nemo-automodel"
assert {finding["severity"] for finding in report["findings"]} >= {"violation"}

listing = ckptscope.ls(source, filter="*.A_log", hash=True)
assert listing["schema"] == "ckptscope.ls/1" and listing["tensors"]
assert all(len(tensor["sha256"]) == 64 and tensor["dtype"] == "BF16" for tensor in listing["tensors"])

checkpoint = ckptscope.open(source)
assert len(checkpoint.names) == len(checkpoint.ls()["tensors"]) == len(checkpoint)
assert list(checkpoint.names) == [tensor["name"] for tensor in checkpoint.ls()["tensors"]]
assert checkpoint.names[0] == checkpoint.names[-len(checkpoint)] and checkpoint.names[0] in checkpoint.names and "no such" not in checkpoint.names
assert checkpoint.format == "safetensors" and checkpoint.architectures

plan = checkpoint.fix(None, dry_run=True)
assert plan["schema"] == "ckptscope.plan/1" and not pathlib.Path(out).exists()
receipt = ckptscope.fix(source, out)
assert receipt["schema"] == "ckptscope.receipt/1" and receipt["untouched"]["equal"] and receipt["findings_left"] == 0, receipt
assert ckptscope.check(out)["counts"]["violation"] == 0
again = ckptscope.fix(out, out + "-again")
assert again["output"] is None and not again["edits"] and not pathlib.Path(out + "-again").exists()


def refused(code, call, *arguments, **options):
    try:
        call(*arguments, **options)
    except ckptscope.Error as error:
        assert error.code == code, error.code
        assert pickle.loads(pickle.dumps(error)).code == code
        return error
    raise AssertionError(f"{call} was not refused")


assert refused("io.not_found", ckptscope.check, "/no/such/checkpoint").file == "/no/such/checkpoint"
refused("fix.output_exists", ckptscope.fix, source, out)
refused("check.unknown_profile", ckptscope.check, source, profile="no such profile")
assert isinstance(inspect.signature(ckptscope.fix), inspect.Signature)

# The lock is released: threads share one checkpoint.
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    assert {document["verdict"] for document in pool.map(lambda _: checkpoint.check(values=True), range(8))} == {"violations"}
print(ckptscope.__version__, "works")
