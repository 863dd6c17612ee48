# SPDX-License-Identifier: Apache-2.0
"""Damaged, odd and hostile safetensors files, by name. Which of them are good is not said here: the official validator tells."""
import json
import struct


def raw(header, data=b"", length=None):
    text = header.encode() if isinstance(header, str) else header
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(dtype="U8", shape=(1,), begin=0, end=1, **more):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end], **more}


def dump(header):
    return json.dumps(header, separators=(",", ":"))


def tensors(data=b"x", **header):
    return raw(dump(header), data)


def one(text, data=b"x", name='"a"'):
    """One tensor whose entry is that text."""
    return raw("{%s:%s}" % (name, text), data)


GOOD = raw(dump({"__metadata__": {"format": "pt"}, "a": entry("F32", (2, 3), 0, 24), "b": entry("BF16", (4,), 24, 32)}), bytes(range(32)))
PLAIN = '{"dtype":"U8","shape":[1],"data_offsets":[0,1]}'


def lengths():
    yield "no bytes", b""
    for size in (1, 7):
        yield f"{size} bytes", b"\2" + b"\0" * (size - 1)
    yield "eight zero bytes", b"\0" * 8
    yield "all zeros", b"\0" * 5000
    yield "length 0 and data", raw(b"", b"{}")
    yield "length 1", raw("{", b"}")
    for length in (3, 1000, 10**8, 10**8 + 1, 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 8, 2**64 - 1):
        yield f"length {length} over two bytes", raw("{}", b"", length)
    yield "length too short by one", raw(dump({"a": entry()}), b"x", len(dump({"a": entry()})) - 1)
    yield "length too long by one", raw(dump({"a": entry()}), b"x", len(dump({"a": entry()})) + 1)
    for cut in (1, 4, 31, 32, 33, len(GOOD) - 9, len(GOOD) - 8):
        yield f"cut by {cut}", GOOD[:-cut]
    for extra in (1, 8, 4096):
        yield f"{extra} bytes too many", GOOD + b"\0" * extra


def texts():
    yield "good", GOOD
    yield "empty object", raw("{}")
    yield "empty object and data", raw("{}", b"x")
    yield "spaces only", raw("        ")
    yield "space in front", raw("  " + dump({"a": entry()}), b"x")
    yield "tab, CR and LF around", raw("\t\r\n" + dump({"a": entry()}) + "\r\n\t ", b"x")
    yield "NUL padding", raw(dump({"a": entry()}) + "\0\0\0", b"x")
    yield "byte order mark", raw("\ufeff" + dump({"a": entry()}), b"x")
    for text in ("[]", "null", "1", '"a"', "{} {}", "{}x", "{", "}", '{"a"', '{"a":', '{"a":}', "{,}", "{1:2}", "{'a':1}"):
        yield f"header {text}", raw(text)
    yield "trailing comma", raw('{"a":%s,}' % PLAIN, b"x")
    yield "comment", raw('{/**/"a":%s}' % PLAIN, b"x")
    yield "NaN", raw('{"a":%s,"b":NaN}' % PLAIN, b"x")
    for name, text in (("\\xff", b"\xff"), ("overlong slash", b"\xc0\xaf"), ("raw surrogate", b"\xed\xa0\x80"), ("beyond Unicode", b"\xf4\x90\x80\x80"),
                       ("cut sequence", b"\xe2\x82")):
        yield f"bad UTF-8 in a name: {name}", raw(b'{"' + text + b'":' + PLAIN.encode() + b"}", b"x")
    yield "bad UTF-8 in metadata", raw(b'{"__metadata__":{"a":"\xff"}}')
    yield "bad UTF-8 between tokens", raw(b"{\xff}")
    yield "raw control character in a name", raw(b'{"a\x01":' + PLAIN.encode() + b"}", b"x")
    yield "lone surrogate escape", raw('{"\\ud800":%s}' % PLAIN, b"x")
    yield "surrogate pair escape", raw('{"\\ud83d\\ude00":%s}' % PLAIN, b"x")
    yield "reversed surrogate pair", raw('{"\\ude00\\ud83d":%s}' % PLAIN, b"x")
    yield "unknown escape", raw('{"\\x":%s}' % PLAIN, b"x")
    yield "short escape", raw('{"\\u00":%s}' % PLAIN, b"x")


def names():
    for name in ("", "\0", "../../../etc/passwd", "/", ".", "a\nb", "\u202egnp.exe", "\x1b[2J", " a ", "__metadata", "a" * 70000, "\U0001f600", "é"):
        yield f"name {ascii(name[:20])}", raw(json.dumps({name: entry()}), b"x")
    yield "name twice", raw('{"a":%s,"a":%s}' % (PLAIN, PLAIN), b"x")
    yield "name twice, other dtype", raw('{"a":%s,"a":%s}' % (PLAIN, PLAIN.replace("U8", "I8")), b"x")
    yield "name twice, once escaped", raw('{"a":%s,"\\u0061":%s}' % (PLAIN, PLAIN), b"x")
    yield "name twice, both ranges", raw('{"a":%s,"a":%s}' % (PLAIN, PLAIN.replace("[0,1]", "[1,2]")), b"xy")
    yield "a tensor called __metadata__", raw('{"__metadata__":%s}' % PLAIN, b"x")


def metadata():
    for text in ("null", "{}", '{"a":"b"}', '{"a":"b","a":"c"}', '{"a":1}', '{"a":null}', '{"a":{"b":"c"}}', "[]", '"a"', '{"a":["b"]}', '{"":""}'):
        yield f"metadata {text}", raw('{"__metadata__":%s,"a":%s}' % (text, PLAIN), b"x")
        yield f"metadata last {text}", raw('{"a":%s,"__metadata__":%s}' % (PLAIN, text), b"x")
    yield "metadata twice", raw('{"__metadata__":{"a":"b"},"__metadata__":{"a":"b"}}')
    yield "metadata of 5 MB", raw('{"__metadata__":{"a":"%s"}}' % ("b" * 5_000_000))


def entries():
    for text in ("null", "1", '"a"', "[]", "{}", "true", '["U8",[1],[0,1]]',
                 '{"shape":[1],"data_offsets":[0,1]}', '{"dtype":"U8","data_offsets":[0,1]}', '{"dtype":"U8","shape":[1]}'):
        yield f"entry {text}", one(text)
    for dtype in ('"u8"', '"F33"', '""', "1", "null", '{"U8":null}', '"U8 "', '"float32"', '"C128"', '"F8_E4M3FN"', '"I4"'):
        yield f"dtype {dtype}", one('{"dtype":%s,"shape":[1],"data_offsets":[0,1]}' % dtype)
    for shape in ("1", "null", '"1"', "[1.0]", "[1e0]", "[-1]", "[-0]", '["1"]', "[01]", "[18446744073709551616]", "[null]", "[[1]]", "[1,]", "[+1]",
                  "[1]]", "{}", "[ 1 ]"):
        yield f"shape {shape}", one('{"dtype":"U8","shape":%s,"data_offsets":[0,1]}' % shape)
    for offsets in ("[0]", "[]", "[0,1,2]", "[1,0]", "[0,1.0]", "[-1,0]", "null", '"0,1"', '{"0":1}', "[0,18446744073709551615]",
                    "[18446744073709551615,18446744073709551615]", "[0,2]", "[1,2]", "[0,0]", "[9223372036854775808,0]", "[0,1]"):
        yield f"data_offsets {offsets}", one('{"dtype":"U8","shape":[1],"data_offsets":%s}' % offsets)
    for field in ("dtype", "shape", "data_offsets"):
        value = {"dtype": '"U8"', "shape": "[1]", "data_offsets": "[0,1]"}[field]
        yield f"{field} twice", one(PLAIN[:-1] + ',"%s":%s}' % (field, value))
    yield "unknown field", one(PLAIN[:-1] + ',"x":{"y":[1,null,true,-1.5e-3,"z"]}}')
    yield "unknown field, broken", one(PLAIN[:-1] + ',"x":01}')
    yield "unknown field, lone surrogate", one(PLAIN[:-1] + ',"x":"\\ud800"}')
    for depth in (100, 124, 125, 126, 127, 128, 129, 200, 100_000):
        yield f"nesting {depth} deep in a field", one(PLAIN[:-1] + ',"x":' + "[" * depth + "]" * depth + "}")
    yield "nesting bomb", raw("[" * 1_000_000)
    yield "nesting bomb of objects", raw('{"a":' * 1_000_000)


def sizes():
    yield "scalar", tensors(b"1234", a=entry("F32", (), 0, 4))
    yield "scalar too small", tensors(b"123", a=entry("F32", (), 0, 3))
    yield "shape and bytes differ", tensors(b"1234", a=entry("F32", (2,), 0, 4))
    yield "product overflows", tensors(b"", a=entry("U8", (2**63, 2, 0), 0, 0))
    yield "zero first, then overflow", tensors(b"", a=entry("U8", (0, 2**63, 2), 0, 0))
    yield "product wraps to the right size", tensors(b"1", a=entry("U8", (2**63 + 1, 2**63 + 1), 0, 1))
    yield "product wraps to zero", tensors(b"", a=entry("U8", (2**32, 2**32), 0, 0))
    yield "bytes overflow", tensors(b"", a=entry("F64", (2**61,), 0, 0))
    yield "bits overflow", tensors(b"", a=entry("U8", (2**61,), 0, 0))
    yield "2^64-1 elements", tensors(b"", a=entry("U8", (2**64 - 1,), 0, 0))
    for rank in (40, 64):
        yield f"rank {rank}", tensors(b"x", a=entry("U8", (1,) * rank, 0, 1))
    yield "F4 2x3", tensors(b"123", a=entry("F4", (2, 3), 0, 3))
    yield "F4 3x2", tensors(b"123", a=entry("F4", (3, 2), 0, 3))
    yield "F4, odd", tensors(b"12", a=entry("F4", (3,), 0, 2))
    yield "F4, scalar", tensors(b"1", a=entry("F4", (), 0, 1))
    yield "F6, four", tensors(b"123", a=entry("F6_E2M3", (4,), 0, 3), b=entry("F6_E3M2", (0,), 3, 3))
    yield "F6, two", tensors(b"12", a=entry("F6_E3M2", (2,), 0, 2))
    yield "unaligned F32", tensors(b"x1234", a=entry("U8", (1,), 0, 1), b=entry("F32", (1,), 1, 5))
    yield "hole in front", tensors(b"xy", a=entry("U8", (1,), 1, 2))
    yield "hole in the middle", tensors(b"xyz", a=entry("U8", (1,), 0, 1), b=entry("U8", (1,), 2, 3))
    yield "hole behind", tensors(b"xyz", a=entry("U8", (1,), 0, 1))
    yield "overlap by one", tensors(b"xyz", a=entry("U8", (2,), 0, 2), b=entry("U8", (2,), 1, 3))
    yield "one inside the other", tensors(b"xyz", a=entry("U8", (3,), 0, 3), b=entry("U8", (1,), 1, 2))
    yield "the same range", tensors(b"x", a=entry(), b=entry())
    yield "unsorted, whole", tensors(b"xy", a=entry("U8", (1,), 1, 2), b=entry("U8", (1,), 0, 1))
    yield "empty at the start", tensors(b"x", b=entry(), a=entry("U8", (0,), 0, 0))
    yield "empty at a boundary", tensors(b"xy", a=entry(), b=entry("U8", (0,), 1, 1), c=entry("U8", (1,), 1, 2))
    yield "empty at the end", tensors(b"x", a=entry(), b=entry("U8", (0,), 1, 1))
    yield "empty beyond the end", tensors(b"x", a=entry(), b=entry("U8", (0,), 5, 5))
    yield "empty inside another", tensors(b"xy", a=entry("U8", (2,), 0, 2), b=entry("U8", (0,), 1, 1))
    yield "empty with room", tensors(b"x", a=entry("U8", (0,), 0, 1))
    yield "offsets beyond the file", tensors(b"x", a=entry("U8", (1 << 40,), 0, 1 << 40))
    yield "offsets near 2^64", tensors(b"x", a=entry("U8", (1,), 2**64 - 2, 2**64 - 1))


def attacks():
    """As huggingface/safetensors attacks/ has them."""
    yield "100,000 tensors on one range", raw(dump({f"t{i}": entry("U8", (4,), 0, 4) for i in range(100_000)}), b"1234")
    yield "50,000 overlapping", raw(dump({f"t{i}": entry("U8", (4,), i, i + 4) for i in range(50_000)}), b"1" * 50_003)
    yield "200,000 empty tensors", raw(dump({f"t{i}": entry("U8", (0,), 0, 0) for i in range(200_000)}))
    yield "100,000 duplicates of one name", raw("{" + ",".join(['"a":' + PLAIN] * 100_000) + "}", b"x")
    yield "100,000 unknown fields", one(PLAIN[:-1] + "".join(f',"f{i}":0' for i in range(100_000)) + "}")
    yield "a shape of 100,000 dimensions", one('{"dtype":"U8","shape":[' + ",".join(["1"] * 100_000) + '],"data_offsets":[0,1]}')


def others():
    yield "git-lfs pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 4999999999\n"
    yield "web page", b"<!DOCTYPE html><html><body>404</body></html>"
    yield "JSON error", b'{"error":"Repository not found"}'
    yield "zip", b"PK\3\4" + b"\0" * 100
    yield "random bytes", bytes((i * i * 31 + 7) % 251 for i in range(3000))


def files():
    for group in (lengths, texts, names, metadata, entries, sizes, attacks, others):
        yield from group()


def random_damage(rng):
    """One of the small files above with one to three random edits, its length usually made right again."""
    data = bytearray(rng.choice([file for _, file in SMALL]))
    for _ in range(rng.randint(1, 3)):
        at, kind = rng.randrange(len(data)), rng.randrange(4)
        if kind == 0:
            data[at] = rng.choice(b'0123456789[]{},:"\\ -.eEu\x00\xff')
        elif kind == 1:
            del data[at:at + rng.randint(1, 4)]
        elif kind == 2:
            data[at:at] = rng.choice([b"0", b"1", b" ", b'"', b",", b"[", b"}", "é".encode(), b"9999", b'"__metadata__":null,', b"null"])
        else:
            begin = rng.randrange(len(data))
            data[at:at] = data[begin:begin + rng.randint(1, 30)]
        data = data or bytearray(b"{")
    if rng.random() < 0.8 and data.rfind(b"}") > 8:
        data[0:8] = struct.pack("<Q", data.rfind(b"}") + 1 - 8)
    return bytes(data)


SMALL = [(name, file) for name, file in files() if 20 < len(file) < 3000]
