# SPDX-License-Identifier: Apache-2.0
"""The command line: `ckptscope`, or `python -m ckptscope`."""
import os
import sys


def main() -> int:
    # Loads no more of Python than that: the command line confines this process before it opens anything.
    from . import _core

    return _core.command_line([b"ckptscope"] + [os.fsencode(word) for word in sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
