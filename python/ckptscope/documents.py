# SPDX-License-Identifier: Apache-2.0
"""The JSON documents of the command line (docs/cli.md), as types for editors and type checkers. At run time they are plain dictionaries."""
from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, TypedDict, Union

Severity = Literal["error", "violation", "advice", "note"]
Verdict = Literal["damaged", "dangerous", "violations", "no-contract", "advice", "clean"]


class Shard(TypedDict, total=False):
    file: str
    bytes: int
    tensors: int


class Tensor(TypedDict, total=False):
    name: str
    dtype: str
    shape: List[int]
    elements: int
    bytes: int
    file: str
    offset: int
    strides: List[int]
    chunks: List[Dict[str, Any]]
    codec: str
    layout: str
    parts: List[Dict[str, Any]]
    quantizer: Any
    sha256: str
    readable: bool
    reason: str
    lossy_name: bool


class Problem(TypedDict, total=False):
    severity: Literal["error", "warning", "note"]
    code: str
    file: Optional[str]
    offset: Optional[int]
    message: str


class ListDocument(TypedDict, total=False):
    """ckptscope.ls/1"""

    schema: str
    path: str
    format: str
    architectures: List[str]
    shards: List[Shard]
    metadata: Dict[str, Any]
    tensors: List[Tensor]
    problems: List[Problem]


class Fix(TypedDict, total=False):
    op: str
    to: str
    lossless: bool
    restores_lost_bits: bool


class Finding(TypedDict, total=False):
    rule: str
    severity: Severity
    tensor: Optional[str]
    others: List[str]
    file: Optional[str]
    offset: Optional[int]
    have: Optional[str]
    want: List[str]
    message: str
    why: Optional[str]
    sources: List[str]
    fix: Optional[Fix]
    lossy_name: bool


class DonorTensor(TypedDict, total=False):
    tensor: str
    donor_tensor: Optional[str]
    donor_dtype: Optional[str]
    fits: bool
    elements: int
    disagreeing: int
    code: Optional[str]
    reason: Optional[str]
    lossy_name: bool


class Donor(TypedDict, total=False):
    path: str
    tensors: List[DonorTensor]


class Decay(TypedDict, total=False):
    """Of a decay parameter, one number a head; JSON has no infinity: "Infinity" stands for it."""

    tensor: str
    bias: Optional[str]
    dtype: str
    narrow: bool
    half_life: List[Union[float, str]]
    half_life_bf16: List[Union[float, str]]
    half_life_low: List[Union[float, str]]
    half_life_high: List[Union[float, str]]
    drift: Dict[str, Union[float, str]]
    lossy_name: bool


class CheckDocument(TypedDict, total=False):
    """ckptscope.check/1"""

    schema: str
    path: str
    profile: str
    architectures: List[str]
    inferred_from: List[str]
    verdict: Verdict
    counts: Dict[Severity, int]
    rules_applied: List[str]
    tensors_checked: int
    findings: List[Finding]
    donor: Donor
    decay: List[Decay]


class Loss(TypedDict):
    changed: int
    overflowed: int
    underflowed: int


Edit = TypedDict(  # "from" is a word of the language
    "Edit",
    {
        "tensor": str,
        "new_name": str,
        "op": str,
        "from": str,
        "to": str,
        "file": str,
        "sha256_before": Optional[str],
        "sha256_after": Optional[str],
        "source": Optional[str],
        "lost": Loss,
        "lossy_name": bool,
    },
    total=False,
)


class Receipt(TypedDict, total=False):
    """ckptscope.receipt/1; with dry_run ckptscope.plan/1"""

    schema: str
    source: str
    output: Optional[str]
    profile: str
    device: str
    fallback: Optional[str]
    edits: List[Edit]
    untouched: Dict[str, Any]
    copied_bytes: int
    left_out: List[str]
    seconds: float
    peak_rss_bytes: int
    findings_left: int
    findings_unmendable: int
    muted: List[str]
