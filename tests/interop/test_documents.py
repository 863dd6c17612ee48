# SPDX-License-Identifier: Apache-2.0
"""The Python package's types name every field that the command line prints, with the type that it has."""
import importlib.util
import typing

import pytest

from conftest import REPOSITORY

DEMO = REPOSITORY / "resources" / "demo" / "qwen3-next-tiny-bf16"


@pytest.fixture(scope="module")
def documents():
    spec = importlib.util.spec_from_file_location("ckptscope_documents", REPOSITORY / "python" / "ckptscope" / "documents.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wrong(module, value, kind, where):
    """What of `value` is not as `kind` says."""
    origin = typing.get_origin(kind)
    if kind is typing.Any:
        return
    if typing.is_typeddict(kind):
        fields = typing.get_type_hints(kind, vars(module))
        if not isinstance(value, dict):
            yield f"{where}: {value!r} is no object"
            return
        for name, each in value.items():
            if name not in fields:
                yield f"{where}.{name}: not among the fields of {kind.__name__}"
            else:
                yield from wrong(module, each, fields[name], f"{where}.{name}")
    elif origin is typing.Union:
        if all(any(True for _ in wrong(module, value, one, where)) for one in typing.get_args(kind)):
            yield f"{where}: {value!r} is none of {kind}"
    elif origin is typing.Literal:
        if value not in typing.get_args(kind):
            yield f"{where}: {value!r} is none of {kind}"
    elif origin is list:
        if not isinstance(value, list):
            yield f"{where}: {value!r} is no list"
            return
        for one in value:
            yield from wrong(module, one, typing.get_args(kind)[0], f"{where}[]")
    elif origin is dict:
        if not isinstance(value, dict):
            yield f"{where}: {value!r} is no object"
            return
        for name, one in value.items():
            yield from wrong(module, name, typing.get_args(kind)[0], f"{where} key")
            yield from wrong(module, one, typing.get_args(kind)[1], f"{where}[{name!r}]")
    elif kind is float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            yield f"{where}: {value!r} is no number"
    elif kind is type(None):
        if value is not None:
            yield f"{where}: {value!r} is not null"
    elif kind is int:
        if isinstance(value, bool) or not isinstance(value, int):
            yield f"{where}: {value!r} is no integer"
    elif not isinstance(value, kind):
        yield f"{where}: {value!r} is no {kind.__name__}"


def test_every_field_is_named(documents, ckptscope, tmp_path):
    torch = pytest.importorskip("torch")
    fixed = tmp_path / "fixed"
    quantized = tmp_path / "q.pt"
    torch.save({"q": torch.quantize_per_tensor(torch.ones(4), 0.5, 0, torch.qint8), "v": torch.ones(4, 6).t(),
                "s": torch.eye(3).to_sparse()}, quantized)
    named = tmp_path / "named"
    named.mkdir()
    (named / "model.safetensors").write_bytes((DEMO / "model-00001-of-00002.safetensors").read_bytes())  # no config.json
    seen = set()
    for kind, arguments in [
        ("ListDocument", ("ls", "--hash", DEMO)),
        ("ListDocument", ("ls", quantized)),
        ("CheckDocument", ("check", DEMO)),
        ("CheckDocument", ("check", named)),
        ("CheckDocument", ("check", "--values", "--donor", DEMO, DEMO)),
        ("Receipt", ("fix", DEMO, "-o", fixed)),
        ("CheckDocument", ("check", "--values", fixed)),
        ("Receipt", ("fix", fixed, "-o", tmp_path / "again")),
        ("Receipt", ("fix", fixed, "-o", tmp_path / "narrow", "--cast", "*.A_log=F16")),
    ]:
        document = ckptscope(*map(str, arguments), "--json").json
        assert list(wrong(documents, document, getattr(documents, kind), kind)) == [], arguments
        seen |= set(document)
    assert {"tensors", "findings", "inferred_from", "donor", "decay", "edits", "muted"} <= seen
