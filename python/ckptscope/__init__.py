# SPDX-License-Identifier: Apache-2.0
"""Inspects model checkpoints and writes repaired copies.

    report = ckptscope.check("model")              # a dictionary, ckptscope.check/1
    receipt = ckptscope.fix("model", "model-fixed")

Every function releases Python's lock while it works, can be interrupted with Ctrl+C, and raises ckptscope.Error, whose `code` is stable.
Nothing found in a checkpoint is ever executed. The package works in your process and does not confine it, as the command line does itself.
"""
from __future__ import annotations

import json
import os
from typing import List, Optional, Sequence, Union

from . import _core
from ._errors import Error
from .documents import CheckDocument, ListDocument, Receipt

__version__: str = _core.version
__all__ = ["CheckDocument", "Checkpoint", "Error", "ListDocument", "Receipt", "check", "fix", "ls", "open"]

PathLike = Union[str, "os.PathLike[str]"]


def _path(path: Optional[PathLike]) -> bytes:
    return b"" if path is None else os.fsencode(path)


def _paths(paths: Union[PathLike, Sequence[PathLike]]) -> List[bytes]:
    return [os.fsencode(paths)] if isinstance(paths, (str, bytes, os.PathLike)) else [os.fsencode(path) for path in paths]


class Checkpoint:
    """A checkpoint that was opened: headers are read once, weights never but where it is asked for. Immutable; threads may share it."""

    def __init__(self, path: Union[PathLike, Sequence[PathLike]], *, follow: bool = False, threads: int = 0) -> None:
        self._follow = follow
        self._handle = _core.open(_paths(path), follow, threads)

    @property
    def path(self) -> str:
        return self._handle.path

    @property
    def format(self) -> str:
        """"safetensors", "torch", "gguf", "dcp", "npz" or "npy"."""
        return self._handle.format

    @property
    def architectures(self) -> List[str]:
        return self._handle.architectures

    @property
    def parameters(self) -> int:
        return self._handle.parameters

    @property
    def tensor_bytes(self) -> int:
        return self._handle.tensor_bytes

    @property
    def names(self) -> _core.Names:
        """All names in file order, as a sequence over the open checkpoint: nothing is copied until a name is asked for."""
        return self._handle.names

    def ls(self, *, filter: str = "", hash: bool = False) -> ListDocument:
        """The tensors; `filter` is the command line's language, `hash` adds the SHA-256 of each one's elements."""
        return json.loads(self._handle.ls(filter, hash))

    def check(
        self, *, profile: str = "default", rules: Sequence[PathLike] = (), architecture: str = "", values: bool = False
    ) -> CheckDocument:
        """What the rules say; with `values` every element is read as well (NaN, Inf, lost precision)."""
        return json.loads(self._handle.check(profile, _paths(rules), architecture, values))

    def fix(
        self,
        out: Optional[PathLike],
        *,
        profile: str = "default",
        rules: Sequence[PathLike] = (),
        architecture: str = "",
        donor: Optional[PathLike] = None,
        donor_partial: bool = False,
        advice: bool = False,
        only: Sequence[str] = (),
        drop: Sequence[str] = (),
        files: str = "needed",
        verify: str = "edited",
        force: bool = False,
        dry_run: bool = False,
    ) -> Receipt:
        """Writes the repaired copy `out` and proves that nothing else changed; whole or not at all. The source is not touched.

        With nothing to mend it writes nothing, and the receipt's `output` is None. `dry_run` gives the plan instead.
        """
        if out is None and not dry_run:
            raise TypeError("fix() needs a place for the repaired copy")
        return json.loads(
            self._handle.fix(
                _path(out), profile, _paths(rules), architecture, _path(donor), donor_partial, advice,
                list(only), list(drop), files, verify, force, self._follow, dry_run,
            )
        )

    def __len__(self) -> int:
        return len(self._handle.names)

    def __repr__(self) -> str:
        return f"<ckptscope.Checkpoint {self.path!r}: {self.format}, {len(self)} tensors>"


def open(path: Union[PathLike, Sequence[PathLike]], *, follow: bool = False, threads: int = 0) -> Checkpoint:
    """Opens a file, a folder, an index, or several shards of one checkpoint."""
    return Checkpoint(path, follow=follow, threads=threads)


def ls(path: Union[PathLike, Sequence[PathLike]], *, filter: str = "", hash: bool = False, follow: bool = False) -> ListDocument:
    """The tensors of a checkpoint: ckptscope.ls/1."""
    return open(path, follow=follow).ls(filter=filter, hash=hash)


def check(
    path: Union[PathLike, Sequence[PathLike]],
    *,
    profile: str = "default",
    rules: Sequence[PathLike] = (),
    architecture: str = "",
    values: bool = False,
    follow: bool = False,
) -> CheckDocument:
    """Which tensors are stored in a dtype that the model cannot bear, and what is damaged: ckptscope.check/1."""
    return open(path, follow=follow).check(profile=profile, rules=rules, architecture=architecture, values=values)


def fix(path: Union[PathLike, Sequence[PathLike]], out: Optional[PathLike], *, follow: bool = False, **options) -> Receipt:
    """Writes a repaired copy: ckptscope.receipt/1. The options are those of Checkpoint.fix()."""
    return open(path, follow=follow).fix(out, **options)
