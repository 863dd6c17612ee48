# SPDX-License-Identifier: Apache-2.0
"""Malicious pickles, by name. Each would make a file (the canary) if something loaded it, or take memory or time without end."""
import io
import pickle
import struct
import zipfile
import zlib

MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."


def short(text):
    return b"\x8c" + bytes([len(text)]) + text.encode()


def unicode(text):
    return b"X" + struct.pack("<I", len(text.encode())) + text.encode()


def data(content):
    return b"B" + struct.pack("<I", len(content)) + content


def call(module, name, command):
    return f"c{module}\n{name}\n".encode() + unicode(command) + b"\x85R"


def opcodes(canary):
    """Ways to name and call one function. All of them run `command` when CPython loads them, unless marked."""
    command = f"touch {canary}"
    text = unicode(command)
    for module, name in (("os", "system"), ("posix", "system"), ("subprocess", "getoutput"), ("builtins", "eval"), ("builtins", "exec")):
        code = command if name in ("system", "getoutput") else f"__import__('os').system({command!r})"
        yield f"REDUCE {module}.{name}", b"\x80\x02" + call(module, name, code) + b"."
    yield "REDUCE, protocol 0", b"cos\nsystem\n(S" + repr(command).encode() + b"\ntR."
    yield "REDUCE, protocol 0, Python 2 names", b"c__builtin__\neval\n(V__import__('os').system(" + repr(command).encode() + b")\ntR."
    yield "INST", b"(S" + repr(command).encode() + b"\nios\nsystem\n."
    yield "OBJ", b"(cos\nsystem\n" + text + b"o."
    for protocol in range(2, 6):
        yield f"REDUCE, protocol {protocol}", b"\x80" + bytes([protocol]) + call("os", "system", command) + b"."
        yield f"STACK_GLOBAL, protocol {protocol}", b"\x80" + bytes([protocol]) + short("os") + short("system") + b"\x93" + text + b"\x85R."
    yield "FRAME", (lambda body: b"\x80\x04\x95" + struct.pack("<Q", len(body)) + body)(short("os") + short("system") + b"\x93" + text + b"\x85R.")
    yield "NEWOBJ", b"\x80\x02csubprocess\nPopen\n(" + unicode("touch") + unicode(str(canary)) + b"l\x85\x81."
    yield "NEWOBJ_EX", b"\x80\x04" + short("subprocess") + short("Popen") + b"\x93(" + unicode("touch") + unicode(str(canary)) + b"l\x85}\x92."
    yield "BUILD through __setstate__", b"\x80\x02c__main__\nX\n)\x81}X\x0c\0\0\0__setstate__cos\nsystem\nsb" + text + b"b."
    yield "getattr chain", (b"\x80\x02c__builtin__\ngetattr\nc__builtin__\n__import__\n" + unicode("os") + b"\x85R" + unicode("system") + b"\x86R" + text + b"\x85R.")
    yield "apply-like through map", b"\x80\x02c__builtin__\nlist\nc__builtin__\nmap\ncos\nsystem\n(" + text + b"l\x86R\x85R."
    yield "operator.attrgetter", b"\x80\x02coperator\nattrgetter\n" + unicode("system") + b"\x85Rcos\n__dict__\n\x85R."
    yield "functools.partial", b"\x80\x02cfunctools\npartial\ncos\nsystem\n" + text + b"\x86R)R."
    yield "dotted name", b"\x80\x04" + short("shutil") + short("os.system") + b"\x93" + text + b"\x85R."
    yield "runpy", b"\x80\x02" + call("runpy", "run_path", "/nonexistent.py") + b"."
    yield "memo: names out of order", b"\x80\x04" + short("system") + b"\x94" + short("os") + b"\x9400h\1h\0\x93" + text + b"\x85R."
    yield "memo: a slot written twice", b"\x80\x04" + short("a") + b"\x940" + short("os") + b"q\x000h\0" + short("system") + b"\x93" + text + b"\x85R."
    yield "memo: far slots", b"\x80\x04" + short("os") + b"r\xff\xff\xff\xf00" + short("system") + b"r\xfe\xff\xff\xf00j\xff\xff\xff\xf0j\xfe\xff\xff\xf0\x93" + text + b"\x85R."
    yield "memo: text slots", b"Vos\np3\n0Vsystem\np9\n0g3\ng9\n\x93" + text + b"\x85R."
    yield "memo: DUP between", b"\x80\x04" + short("os") + b"2020" + short("system") + b"\x93" + text + b"\x85R."
    yield "name through a popped mark", b"\x80\x04" + short("os") + b"(N1" + short("system") + b"\x93" + text + b"\x85R."
    yield "PROTO five times", b"\x80\x02\x80\x04\x80\x05\x80\x00\x80\x02" + call("os", "system", command) + b"."
    yield "PROTO in the middle", b"N\x80\x040" + call("os", "system", command) + b"."
    yield "result dropped", b"\x80\x02" + call("os", "system", command) + b"0}."
    yield "behind a dictionary", b"\x80\x02}" + unicode("weight") + call("os", "system", command) + b"s."
    yield "broken behind the call", b"\x80\x02" + call("os", "system", command) + b"\xff\xff"
    yield "cut behind the call", b"\x80\x02" + call("os", "system", command)
    yield "second pickle", b"\x80\x02}.\x80\x02" + call("os", "system", command) + b"."
    inner = b"\x80\x02" + call("os", "system", command) + b"."
    yield "nested: pickle.loads", b"\x80\x03cpickle\nloads\n" + data(inner) + b"\x85R."
    yield "nested: _pickle.loads, twice", b"\x80\x03c_pickle\nloads\n" + data(b"\x80\x03cpickle\nloads\n" + data(inner) + b"\x85R.") + b"\x85R."
    legacy = MAGIC + b"\x80\x02M\xe9\x03." + b"\x80\x02}." + inner + b"\x80\x02]."
    yield "nested: _load_from_bytes", b"\x80\x03ctorch.storage\n_load_from_bytes\n" + data(legacy) + b"\x85R."
    yield "nested: bytes as text", (b"\x80\x02ctorch.storage\n_load_from_bytes\nc_codecs\nencode\n" + unicode(legacy.decode("latin1")) + unicode("latin1") + b"\x86R\x85R.")
    yield "persistent id with a call", b"\x80\x02(" + unicode("storage") + call("os", "system", command) + unicode("0") + unicode("cpu") + b"K\1tQ."
    yield "persistent id line", b"Pos\n0" + call("os", "system", command) + b"."
    yield "legacy class with source code", b"\x80\x02(" + unicode("module") + b"cos\nsystem\n" + unicode("x.py") + unicode("import os") + b"tQ" + b")R."
    for code, size in ((b"\x82\x01", 1), (b"\x83\x01\x00", 2), (b"\x84\x01\0\0\0", 4)):
        yield f"EXT{size} and a call", b"\x80\x02" + code + b"0" + call("os", "system", command) + b"."
    yield "computed name", b"\x80\x04c__builtin__\nstr\n" + short("os") + b"\x85R" + short("system") + b"\x93" + text + b"\x85R."


def bombs():
    """Streams that are made to take memory, time or stack."""
    yield "billion laughs, tuples", b"\x80\x02K\1" + b"2\x86" * 200 + b"."
    yield "billion laughs, lists", b"\x80\x02]" + b"".join(b"q\1" + b"0](h\1h\1h\1h\1h\1h\1h\1h\1h\1h\1e" for _ in range(40)) + b"."
    yield "billion laughs, dictionaries", b"\x80\x02}" + b"".join(b"q\1" + b"0}(K\1h\1K\2h\1K\3h\1u" for _ in range(60)) + b"."
    yield "memo bomb", b"\x80\x02N" + b"".join(b"r" + struct.pack("<I", i * 7919 % 2**32) for i in range(2_000_000)) + b"."
    yield "memoize bomb", b"\x80\x04N" + b"\x94" * 20_000_000 + b"."
    yield "50 MB of opcodes", b"\x80\x02" + b"N0" * 25_000_000 + b"N."
    yield "50 MB of marks", b"\x80\x02" + b"(" * 50_000_000
    yield "50 MB of lists", b"\x80\x02" + b"]" * 50_000_000
    yield "50 MB of empty dictionaries", b"\x80\x02" + b"}" * 50_000_000 + b"."
    yield "50 MB of DUP", b"\x80\x02]" + b"2" * 50_000_000 + b"."
    yield "50 MB of globals", b"\x80\x02" + b"".join(b"ca\nb%07d\n0" % i for i in range(4_000_000)) + b"N."
    yield "50 MB of one global", b"\x80\x02" + b"cos\nsystem\n0" * 4_200_000 + b"N."
    yield "50 MB of calls", b"\x80\x02ca\nb\n" + b")R" * 25_000_000 + b"."
    yield "50 MB of nested pickles", b"\x80\x03" + b"C\x04\x80\x02N.0" * 7_000_000 + b"N."
    yield "50 MB of persistent ids", b"\x80\x02N" + b"Q" * 50_000_000 + b"."
    yield "50 MB of extensions", b"\x80\x02" + b"\x82\x010" * 16_000_000 + b"N."
    yield "50 MB of PROTO", b"\x80\x02" * 25_000_000 + b"N."
    yield "50 MB of one line", b"cos\n" + b"a" * 50_000_000
    yield "50 MB of digits", b"L" + b"9" * 50_000_000 + b"\n."
    yield "a 50 MB integer", b"\x80\x02\x8b" + struct.pack("<i", 50_000_000) + b"\x01" * 50_000_000 + b"."
    yield "lists in lists", b"\x80\x02" + b"]" * 1_000_000 + b"a" * 999_999 + b"."
    yield "tuples in tuples", b"\x80\x02)" + b"\x85" * 10_000_000 + b"."
    yield "calls in calls", b"\x80\x02ca\nb\n" + b")R" * 3_000_000 + b"."
    yield "a list in itself", b"\x80\x02]q\0h\0a."
    yield "a dictionary in itself", b"\x80\x02}q\0K\1h\0s."
    yield "text of 2^63 bytes", b"\x80\x04\x8d" + struct.pack("<Q", 2**63) + b"a."
    yield "frame of 2^64 - 1 bytes", b"\x80\x04\x95" + b"\xff" * 8 + b"N."
    yield "a million tensors", b"\x80\x02](" + b"ctorch\nTensor\n)R" * 1_000_000 + b"e."


def in_zip(stream):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, content in (("data.pkl", stream), ("byteorder", b"little"), ("version", b"3\n")):
            target.writestr(zipfile.ZipInfo(f"archive/{name}"), content)
    return out.getvalue()


def in_legacy(stream):
    return MAGIC + b"\x80\x02M\xe9\x03." + b"\x80\x02}." + stream + b"\x80\x02]."


def deflated(content):
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return machine.compress(content) + machine.flush()


def archive(entries, also=()):
    """A zip of (name, stored bytes, unpacked bytes); `also`: (name, index) of directory entries that point to another one's bytes."""
    body, places = bytearray(), []
    sums = {id(content): zlib.crc32(content) for content in {id(entry[2]): entry[2] for entry in entries}.values()}

    def fields(name, packed, content):
        return struct.pack("<HHHIIIHH", 8 if packed is not content else 0, 0, 0, sums[id(content)], len(packed), len(content), len(name), 0)
    for name, packed, content in entries:
        places.append(len(body))
        body += struct.pack("<IHH", 0x04034B50, 20, 0) + fields(name, packed, content) + name + packed
    directory = bytearray()
    for name, at in [(entry[0], i) for i, entry in enumerate(entries)] + list(also):
        directory += struct.pack("<IHHH", 0x02014B50, 20, 20, 0) + fields(name, *entries[at][1:]) + struct.pack("<HHHII", 0, 0, 0, 0, places[at]) + name
    count = min(len(entries) + len(also), 0xFFFF)
    return bytes(body + directory) + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(directory), len(body), 0)


def zip_attacks():
    """Archives that unpack to far more than they hold, or whose entries lie about their place; the code of what is said of each."""
    one = b"\x80\x02}" + unicode("epoch") + b"K\1s."
    base = [(b"a/data.pkl", one, one), (b"a/version", b"3\n", b"3\n")]
    zeros = bytes(60 << 20)
    bomb = deflated(zeros)
    yield "a bomb", archive([*base, (b"a/k.pkl", bomb, zeros)]), "zip.ratio"
    yield "a bomb shared by 30,000 entries", archive([*base, (b"a/k.pkl", bomb, zeros)], [(b"a/x%d.pkl" % i, 2) for i in range(30_000)]), "zip.ratio"
    yield "20,000 duplicates", archive(base + base[:1] * 20_000), "zip.duplicate_entry"
    yield "paths out of the folder", archive([*base, (b"../../tmp/ckptscope-canary", b"x", b"x"), (b"/tmp/ckptscope-canary", b"x", b"x")]), "zip.odd_name"


CONTAINERS = {"plain": lambda stream: stream, "zip": in_zip, "legacy": in_legacy}


def honest(protocol):
    """What a good pickle looks like, for the other grade."""
    return pickle.dumps({"a": [1, 2.5, None, "x"], "b": (True, {3})}, protocol)
