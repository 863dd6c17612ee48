# SPDX-License-Identifier: Apache-2.0
"""The JSON documents of the command line (docs/cli.md), as types for editors and type checkers. At run time they are plain dictionaries."""
from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, TypedDict

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
    file: Optional[str]
    offset: Optional[int]
    have: str
    want: List[str]
    message: str
    why: str
    sources: List[str]
    fix: Optional[Fix]


class CheckDocument(TypedDict, total=False):
    """ckptscope.check/1"""

    schema: str
    path: str
    profile: str
    architectures: List[str]
    verdict: Verdict
    counts: Dict[Severity, int]
    rules_applied: List[str]
    tensors_checked: int
    findings: List[Finding]
    decays: List[Dict[str, Any]]


class Edit(TypedDict, total=False):
    tensor: str
    op: str
    file: str
    sha256_before: str
    sha256_after: str
    source: str


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
