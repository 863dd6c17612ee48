# SPDX-License-Identifier: Apache-2.0
"""What every function of the package raises."""
from __future__ import annotations

from typing import Optional


class Error(Exception):
    """It could not be done: `code` is stable ("io.not_found", "safetensors.truncated"), `message` a sentence, `file` and `offset` the place."""

    def __init__(self, message: str, code: str, file: Optional[str] = None, offset: Optional[int] = None) -> None:
        super().__init__(message if file is None else f"{file}: {message}")
        self.message = message
        self.code = code
        self.file = file
        self.offset = offset

    def __reduce__(self):  # so that it survives the way out of a worker process
        return type(self), (self.message, self.code, self.file, self.offset)
