# SPDX-License-Identifier: Apache-2.0
"""Malicious pickles in each container: nothing is run, nothing runs away, and what picklescan and fickling name is named with its place."""
import io

import pytest
from fickling.fickle import UNSAFE_IMPORTS, StackedPickle
from picklescan import scanner

import malicious

CANARY = "/tmp/ckptscope-canary"
OPCODES = dict(malicious.opcodes(CANARY))
BOMBS = dict(malicious.bombs())
ZIPS = {name: (content, code) for name, content, code in malicious.zip_attacks()}
# CPython's names for Python 2's modules, as an unpickler maps them.
PYTHON2 = {"__builtin__": "builtins", "copy_reg": "copyreg"}


@pytest.fixture
def canary(tmp_path_factory):
    import pathlib
    path = pathlib.Path(CANARY)
    path.unlink(missing_ok=True)
    yield path
    made = path.exists()
    path.unlink(missing_ok=True)
    assert not made, "something ran"


def scanners(stream):
    """(module, name) of what picklescan calls dangerous and what fickling calls an unsafe import."""
    named = set()
    for found in scanner.scan_pickle_bytes(io.BytesIO(stream), "x").globals:
        if found.safety == scanner.SafetyLevel.Dangerous:
            named.add((found.module, found.name))
    try:
        for one in StackedPickle.load(io.BytesIO(stream)):
            for node in one.unsafe_imports():
                named.update((node.module, alias.name) for alias in node.names)
    except Exception:  # fickling gives up on some streams; picklescan's names remain
        pass
    # "unknown" is picklescan's word for a module that it does not find; list and str only hold data.
    return {(PYTHON2.get(module, module), name) for module, name in named if module != "unknown"} - {("builtins", "list"), ("builtins", "str")}


def dangers(check):
    """{(module, name): offset} of the findings; the message names `module.name`."""
    out = {}
    for finding in check["findings"]:
        if finding["rule"] == "pickle.dangerous":
            word = finding["message"].split(" names ", 1)[1].split(",", 1)[0].split(" ", 1)[0]
            for at in range(len(word)):
                if word[at] == ".":
                    module = word[:at]
                    out[(PYTHON2.get(module, module), word[at + 1:])] = finding["offset"]
            assert finding["severity"] == "error" and isinstance(finding["offset"], int), finding
    return out


@pytest.mark.parametrize("container", malicious.CONTAINERS)
@pytest.mark.parametrize("name", OPCODES)
def test_what_would_run_is_named(ckptscope, tmp_path, canary, name, container):
    stream = OPCODES[name]
    path = tmp_path / "x.pt"
    path.write_bytes(malicious.CONTAINERS[container](stream))
    run = ckptscope("check", path, "--json")
    assert run.code in (1, 2) and "findings" in run.json, run
    check, found = run.json, dangers(run.json)
    assert check["verdict"] in ("dangerous", "damaged") and check["counts"]["error"] > 0
    assert found, check["findings"]
    missed = scanners(stream) - set(found)
    assert not missed, (missed, found)
    # The place is that of the opcode, or of its name's text, in the file.
    content = path.read_bytes()
    for (module, _), offset in found.items():
        assert 0 <= offset < len(content)
    if name.startswith("REDUCE os.") or name == "INST":
        offset = found["os", "system"]
        assert content[offset:offset + 10] == (b"ios\nsystem" if name == "INST" else b"cos\nsystem")
    for words in (run.text, ckptscope("check", path).text, ckptscope("ls", path).text):
        assert "safe" not in words.lower().replace("safetensors", "")
    assert run.cpu_seconds <= 2 and run.rss_bytes <= 256 << 20


@pytest.mark.parametrize("container", malicious.CONTAINERS)
@pytest.mark.parametrize("name", BOMBS)
def test_bombs_end(ckptscope, tmp_path, name, container):
    (tmp_path / "x.pt").write_bytes(malicious.CONTAINERS[container](BOMBS[name]))
    for command in ("ls", "check"):
        run = ckptscope(command, tmp_path / "x.pt", "--json", timeout=60)
        assert not run.timed_out and run.code in (0, 1, 2) and run.json, run
        assert run.cpu_seconds <= 2 and run.rss_bytes <= 256 << 20, (command, run.cpu_seconds, run.rss_bytes >> 20)
    if name == "50 MB of one global":
        assert run.json["verdict"] in ("dangerous", "damaged") and dangers(run.json)


@pytest.mark.parametrize("name", ZIPS)
def test_archives_that_lie_are_told(ckptscope, tmp_path, canary, name):
    content, code = ZIPS[name]
    (tmp_path / "x.pt").write_bytes(content)
    for command, key, word in (("ls", "problems", "code"), ("check", "findings", "rule")):
        run = ckptscope(command, tmp_path / "x.pt", "--json")
        assert code in {entry[word] for entry in run.json[key]}, run
        assert run.cpu_seconds <= 2 and run.rss_bytes <= 256 << 20, (command, run.cpu_seconds, run.rss_bytes >> 20)
    assert [path.name for path in tmp_path.iterdir()] == ["x.pt"]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("container", malicious.CONTAINERS)
def test_a_good_pickle_names_nothing_dangerous(ckptscope, tmp_path, protocol, container):
    (tmp_path / "x.pt").write_bytes(malicious.CONTAINERS[container](malicious.honest(protocol)))
    check = ckptscope("check", tmp_path / "x.pt", "--json").json
    assert not dangers(check) and check["verdict"] not in ("dangerous", "damaged"), check["findings"]


def test_every_name_on_the_scanners_own_lists(ckptscope, tmp_path):
    """One file that only mentions each of them; all must be graded as names that run code."""
    names = {(module, "x") for module in UNSAFE_IMPORTS if module not in ("compile", "eval", "exec")}  # functions, not modules
    for module, listed in scanner._unsafe_globals.items():
        listed = {listed} if isinstance(listed, str) else listed
        names.update({(module, "x")} if "*" in listed else {(module, name) for name in listed})
    stream = b"\x80\x02" + b"".join(f"c{module}\n{name}\n0".encode() for module, name in sorted(names)) + b"N."
    (tmp_path / "x.pkl").write_bytes(stream)
    found = dangers(ckptscope("check", tmp_path / "x.pkl", "--json").json)
    missed = {(module, name) for module, name in names if (PYTHON2.get(module, module), name) not in found}
    assert not missed, sorted(missed)


def test_scanners_agree_that_the_corpus_is_evil():
    """The corpus is no straw man: at least three quarters of it is caught by one of the two."""
    caught = sum(bool(scanners(stream)) for stream in OPCODES.values())
    assert caught >= 0.75 * len(OPCODES), (caught, len(OPCODES))
