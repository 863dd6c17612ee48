# SPDX-License-Identifier: Apache-2.0
"""The official safetensors validator (Rust) against ours, on tens of thousands of mutated files: the same verdict on each, or a reason.

CKPTSCOPE_VERDICTS=N sets how many files are made (30,000 unless set); the fuzzer's seeds, and what script/fuzz has found, come on top.
"""
import copy
import json
import os
import pathlib
import random
import struct
import subprocess
from collections import Counter

import pytest
import safetensors

import conftest

PROGRAM = os.environ.get("CKPTSCOPE_VERDICTS_PROGRAM", conftest.REPOSITORY / "build" / "release" / "tests" / "ckptscope_verdicts")
FILES = int(os.environ.get("CKPTSCOPE_VERDICTS", "30000"))

# What we refuse and the validator takes: each for its reason. Nothing is meant the other way round.
STRICTER = {
    "safetensors.duplicate_tensor": "one reader takes the first entry, another the last; the validator forgets the first, and does not judge it",
    "safetensors.rank": "more than 64 dimensions: NumPy and torch take no such tensor either",
}

DTYPES = {"BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
          "C64": 64, "F64": 64, "I64": 64, "U64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6}
NAMES = ["a", "b", "", "a.b", "\u20ac", "\U0001f600", "\u0000", "__metadata__", "model.layers.0.linear_attn.A_log", "x" * 300, "\\", "\"", "/", "\u202e"]
NUMBERS = [0, 1, 2, 3, 7, 8, 2**31, 2**32, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -1, 1.0, 1e3, 1.5]
ODD = [None, True, "", "1", [], {}, [[]], {"x": 1}, [None], 1e400]
SPELLINGS = ["f32", "F32 ", "", "BF8", "F8_E4M3FN", "bfloat16", "C128", "F6", "U4"]
TOKENS = ["{", "}", "[", "]", ",", ":", "\"", "null", "true", " ", "\n", "\t", "\r", "\u00a0", "\\u0061", "\\ud83d", "\\x", "//", "/**/", "'", "0", "00", "-0", "1e5", "1E400", "NaN",
          "Infinity", "\x00", "\x7f", "\\", "\"a\":", "\"__metadata__\":{\"a\":\"b\"},", "\ufeff"]


def odd(rng, *more):
    return copy.deepcopy(rng.choice([*ODD, *more]))


def header_of(rng):
    """A header that is right, and the bytes behind it."""
    header, at = {}, 0
    if rng.random() < 0.4:
        header["__metadata__"] = {rng.choice(NAMES): rng.choice(NAMES) for _ in range(rng.randrange(3))}
    for _ in range(rng.randrange(4)):
        dtype = rng.choice(list(DTYPES))
        shape = [rng.choice([0, 1, 2, 3, 4, 8]) for _ in range(rng.randrange(4))]
        bits = DTYPES[dtype]
        for dimension in shape:
            bits *= dimension
        if bits % 8:
            shape, bits = [*shape, 8], bits * 8
        name = rng.choice(NAMES) + (str(rng.randrange(100)) if rng.random() < 0.7 else "")
        if name == "__metadata__" or name in header:
            continue
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + bits // 8]}
        at += bits // 8
    return header, at


def change_fields(rng, header):
    """One field of the header becomes something else."""
    names = [name for name, entry in header.items() if name != "__metadata__" and isinstance(entry, dict)]
    kind = rng.randrange(12)
    if not names or kind == 0:
        header["__metadata__"] = rng.choice([None, {}, {"a": 1}, {"a": None}, {"a": "b"}, [], "x", {"a": {}}])
        return
    entry = header[rng.choice(names)]
    if kind == 1:
        entry["dtype"] = rng.choice([*DTYPES, *SPELLINGS])
    elif kind == 2:
        entry["dtype"] = odd(rng)
    elif kind == 3:
        entry["shape"] = [*entry["shape"], rng.choice(NUMBERS)] if isinstance(entry.get("shape"), list) else odd(rng)
    elif kind == 4:
        entry["shape"] = odd(rng, [2**32, 2**32], [0, 2**63, 2], [2**63, 2, 0], [1] * 70, [1.0])
    elif kind == 5:
        entry["data_offsets"] = [rng.choice(NUMBERS), rng.choice(NUMBERS)]
    elif kind == 6:
        entry["data_offsets"] = odd(rng, [0], [0, 1, 2], [0, None], ["0", "1"])
    elif kind == 7 and isinstance(entry.get("data_offsets"), list) and len(entry["data_offsets"]) == 2 and all(isinstance(x, int) for x in entry["data_offsets"]):
        shift = rng.choice([-1, 1, 2, 8])
        entry["data_offsets"] = [entry["data_offsets"][0] + shift * rng.randrange(2), entry["data_offsets"][1] + shift]
    elif kind == 8:
        entry.pop(rng.choice(["dtype", "shape", "data_offsets"]), None)
    elif kind == 9:
        entry[rng.choice(["x", "Dtype", "offset", ""])] = odd(rng)
    elif kind == 10:
        items = list(header.items())
        rng.shuffle(items)
        header.clear()
        header.update(items)
    else:
        header[rng.choice(NAMES)] = odd(rng)


def change_text(rng, text):
    """The JSON's text itself is damaged."""
    at = rng.randrange(len(text) + 1)
    kind = rng.randrange(6)
    if kind == 0:
        return text[:at] + rng.choice(TOKENS) + text[at:]
    if kind == 1:
        return text[:at] + text[at + rng.randrange(1, 6):]
    if kind == 2:
        return text[:at] + chr(rng.randrange(256)) + text[at + 1:]
    if kind == 3:
        end = min(len(text), at + rng.randrange(1, 40))
        return text[:end] + text[at:end] + text[end:]
    if kind == 4:
        return text + rng.choice([" ", "  \n", "\x00", "{}", "\t"]) * rng.randrange(1, 4)
    return rng.choice([" ", "\n", "\ufeff", "\x00"]) + text


def made(rng):
    header, size = header_of(rng)
    for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
        change_fields(rng, header)
    text = json.dumps(header, separators=rng.choice([(",", ":"), (", ", ": ")]), ensure_ascii=rng.random() < 0.5, allow_nan=True)
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        text = change_text(rng, text)
    raw = text.encode("utf-8", "surrogatepass")
    if rng.random() < 0.05 and raw:
        at = rng.randrange(len(raw))
        raw = raw[:at] + bytes([rng.randrange(256)]) + raw[at + 1:]
    length = len(raw) if rng.random() < 0.95 else max(0, len(raw) + rng.choice([-2, -1, 1, 2, 8, 2**20, 2**63]))
    data = bytes(size if rng.random() < 0.9 else max(0, size + rng.choice([-2, -1, 1, 8])))
    return struct.pack("<Q", length % 2**64) + raw + data


def corpora():
    for folder in (conftest.REPOSITORY / "tests/fuzz/corpus/safetensors", conftest.REPOSITORY / "build/fuzz/tests/fuzz/found/safetensors"):
        if folder.is_dir():
            for path in sorted(folder.iterdir()):
                yield path.read_bytes()


def validator(data):
    try:
        safetensors.deserialize(data)
        return True
    except safetensors.SafetensorError:
        return False


@pytest.fixture(scope="module")
def ours():
    process = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def judge(data):
        process.stdin.write(struct.pack("<Q", len(data)) + data)
        process.stdin.flush()
        line = process.stdout.readline().decode().split()
        assert line and line[0] in ("accept", "reject"), line
        return line[0] == "accept", line[1:]

    yield judge
    process.stdin.close()
    assert process.wait() == 0


def compare(files, ours):
    counts, differences = Counter(), []
    for data in files:
        theirs = validator(data)
        accepted, reasons = ours(data)
        counts["accepted by both" if theirs and accepted else "refused by both" if not theirs and not accepted else "refused by us alone" if theirs else "taken by us alone"] += 1
        if theirs and not accepted and ("safetensors.duplicate_tensor" in reasons or set(reasons) <= set(STRICTER)):
            counts.update(reason for reason in reasons if reason in STRICTER)
        elif theirs != accepted:
            differences.append((theirs, reasons, data[:600]))
    return counts, differences


def test_made_files(ours):
    rng = random.Random(20251129)
    counts, differences = compare((made(rng) for _ in range(FILES)), ours)
    print(f"\nverdicts on {FILES} files: {dict(counts)}")
    assert not differences, differences[:5]
    assert counts["accepted by both"] > FILES // 20 and counts["refused by both"] > FILES // 20


def test_fuzzers_files(ours):
    files = list(corpora())
    counts, differences = compare(files, ours)
    print(f"\nverdicts on {len(files)} of the fuzzer's files: {dict(counts)}")
    assert not differences, differences[:5]
    assert len(files) >= 15
