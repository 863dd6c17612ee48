# SPDX-License-Identifier: Apache-2.0
"""Audits against the language models that transformers can build from its default config: each is written as a checkpoint of its true names, shapes
and config.json, without elements. Of such a file no audit may complain; of one with a layer or tensor less, or with one of another dtype, one
must."""
import contextlib
import json
import random
import re
import struct
import warnings

import pytest
import torch
import transformers
from transformers.core_model_loading import revert_weight_conversion
from transformers.models.auto import modeling_auto

import models

MAPPINGS = ("MODEL_FOR_CAUSAL_LM_MAPPING_NAMES", "MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES",
            "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES", "MODEL_FOR_MASKED_LM_MAPPING_NAMES")
DTYPES = {torch.float64: ("F64", 8), torch.float32: ("F32", 4), torch.bfloat16: ("BF16", 2), torch.float16: ("F16", 2),
          torch.int64: ("I64", 8), torch.int32: ("I32", 4), torch.uint8: ("U8", 1), torch.bool: ("BOOL", 1),
          torch.complex64: ("C64", 8)}
SIZES = dict(DTYPES.values())
# Notes on the order of tensors, on classes that no rule names, and on ties that only save_pretrained() itself removes.
ALLOWED = {"safetensors.unaligned", "architecture.likeness", "architecture.of_family", "tied.stored"}


# Without config.json these are taken for what has the same keys, and is far commoner (DeepSeek), or for what they hold (Qwen3.5's language model).
HARSHER = {"AXK1ForCausalLM", "AXK2ForCausalLM", "MiniCPMOcrForConditionalGeneration", "MiniCPMV4_6ForConditionalGeneration",
           "MiniCPMV4_7ForConditionalGeneration"}


def classes():
    names = set()
    for mapping in MAPPINGS:
        for value in getattr(modeling_auto, mapping, {}).values():
            names.update([value] if isinstance(value, str) else value)
    return sorted(names)


def built(name):
    """Key -> (dtype, shape) as save_pretrained() names them, and config.json; None where the class asks for more than defaults."""
    try:
        with contextlib.redirect_stdout(None), contextlib.redirect_stderr(None):
            cls = getattr(transformers, name)
            config = cls.config_class()
            with torch.device("meta"):
                model = cls(config).to(torch.bfloat16)
            state = revert_weight_conversion(model, dict(model.state_dict()))
            tied = set(getattr(model, "all_tied_weights_keys", None) or {})
        config.architectures = [name]
        return {key: (DTYPES[tensor.dtype][0], list(tensor.shape)) for key, tensor in state.items() if key not in tied}, \
            config.to_json_string(use_diff=False)
    except Exception:  # whatever it lacks: a package, a size
        return None


def write(folder, tensors, config):
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for key, (dtype, shape) in tensors.items():
        size = SIZES[dtype]
        for dimension in shape:
            size *= dimension
        header[key] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(folder / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + at)
    (folder / "config.json").write_text(config)


def audits(ckptscope, folder):
    findings = ckptscope("check", "--json", folder).json["findings"]
    return [finding for finding in findings if not finding["sources"] and finding["rule"] not in ALLOWED]


@pytest.fixture(scope="module")
def all_models():
    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    return {name: model for name in classes() if (model := built(name)) is not None}


def test_no_alarm_for_a_model_as_it_is(ckptscope, all_models, tmp_path):
    assert len(all_models) > 250
    alarms = []
    for name, (tensors, config) in all_models.items():
        write(tmp_path, tensors, config)
        alarms += [(name, finding["rule"], finding["message"]) for finding in audits(ckptscope, tmp_path)]
    assert not alarms


def test_without_config_nothing_is_demanded_that_is_not_demanded_with_it(ckptscope, all_models, tmp_path):
    """The keys alone may tell less, or be those of several classes; then the mildest rule of them judges."""
    harsher, known = [], 0
    for name, (tensors, config) in all_models.items():
        write(tmp_path, tensors, config)
        with_it = ckptscope("check", "--json", tmp_path).json
        (tmp_path / "config.json").unlink()
        without = ckptscope("check", "--json", tmp_path).json
        asked = {finding["tensor"] for finding in with_it["findings"] if finding["severity"] == "violation"}
        more = [finding["tensor"] for finding in without["findings"] if finding["severity"] == "violation" and finding["tensor"] not in asked]
        known += without["verdict"] != "no-contract"
        if more and name not in HARSHER:
            harsher.append((name, without["architectures"], more[:3]))
    assert not harsher
    assert known >= 45


def test_a_byte_order_mark_is_read_and_told(ckptscope, tmp_path):
    """transformers refuses config.json and an index that begin with one: advice, and the same verdict on the tensors."""
    models.save("qwen3_next", "bf16", "sharded", tmp_path)
    plain = ckptscope("check", "--json", tmp_path).json
    for name in ("config.json", "model.safetensors.index.json"):
        text = (tmp_path / name).read_text()
        (tmp_path / name).write_text(text, encoding="utf-8-sig")
        with pytest.raises((OSError, ValueError)):
            transformers.AutoModelForCausalLM.from_pretrained(tmp_path)
        marked = ckptscope("check", "--json", tmp_path).json
        added = [finding for finding in marked["findings"] if finding not in plain["findings"]]
        assert [(finding["rule"], finding["file"]) for finding in added] == [("json.byte_order_mark", name)]
        (tmp_path / name).write_text(text)


def stacks(tensors):
    """Prefixes of at least eight numbered layers, with their numbers."""
    found = {}
    for key in tensors:
        if match := re.match(r"(.*?\.(?:layers|h|blocks|block|layer))\.(\d+)\.", key):
            found.setdefault(match[1], set()).add(int(match[2]))
    return {prefix: sorted(numbers) for prefix, numbers in found.items() if len(numbers) >= 8}


@pytest.mark.parametrize("kind, rule, least", [("layer", "shape.missing_layers", 0.95), ("tensor", "siblings.missing", 0.85),
                                               ("dtype", "siblings.odd", 1.0)])
def test_what_is_amiss_is_told(ckptscope, all_models, tmp_path, kind, rule, least):
    dice = random.Random(20261124)
    candidates = [name for name in all_models if stacks(all_models[name][0])]
    told, silent, others = 0, [], []
    for name in dice.sample(candidates, 80):
        tensors, config = all_models[name]
        tensors = dict(tensors)
        prefix, numbers = dice.choice(sorted(stacks(tensors).items()))
        number = dice.choice(numbers[2:-2])
        keys = [key for key in tensors if key.startswith(f"{prefix}.{number}.")]
        if kind == "layer":
            for key in keys:
                del tensors[key]
        else:
            key = dice.choice(keys)
            if kind == "tensor":
                del tensors[key]
            elif tensors[key][0] == "BF16":
                tensors[key] = ("F32", tensors[key][1])
            else:
                continue
        write(tmp_path, tensors, config)
        findings = audits(ckptscope, tmp_path)
        others += [(name, key, finding["rule"], finding["message"]) for finding in findings if finding["rule"] != rule]
        if any(finding["rule"] == rule for finding in findings):
            told += 1
        else:
            silent.append((name, keys[0] if kind == "layer" else key))
    assert not others
    assert told >= least * (told + len(silent)), silent
