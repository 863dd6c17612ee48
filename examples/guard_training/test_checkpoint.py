# SPDX-License-Identifier: Apache-2.0
"""Guards a training run: put it beside the run's tests, or run it as a step behind each save.

    CHECKPOINT=runs/step_1000 pytest test_checkpoint.py
"""
import os

import ckptscope
import pytest

CHECKPOINT = os.environ.get("CHECKPOINT", "checkpoint")


@pytest.fixture(scope="module")
def checkpoint() -> ckptscope.Checkpoint:
    return ckptscope.open(CHECKPOINT)


def test_is_whole(checkpoint):
    """Everything that the index promises is there and readable, and no pickle names code to run."""
    assert checkpoint.check()["verdict"] not in ("damaged", "dangerous")


def test_sensitive_parameters_are_wide_enough(checkpoint):
    report = checkpoint.check()
    narrow = [f"{finding['tensor']} is {finding['have']}: {finding['message']}" for finding in report["findings"] if finding["severity"] == "violation"]
    assert not narrow, "\n".join(narrow[:10])


def test_values_are_finite(checkpoint):
    """Reads every element once; a diverged run shows here first."""
    report = checkpoint.check(values=True)
    broken = [finding["message"] for finding in report["findings"] if finding["rule"] in ("values.nan", "values.inf")]
    assert not broken, "\n".join(broken[:10])


def test_decay_parameters_remember(checkpoint):
    """A_log of linear-attention layers as F32, whatever the optimiser's dtype was."""
    for tensor in checkpoint.ls(filter="*.A_log")["tensors"]:
        assert tensor["dtype"] == "F32", tensor["name"]
