# SPDX-License-Identifier: Apache-2.0
"""`check` and `keys` against NeMo AutoModel's own functions."""
import itertools
import json
import random
import types

import pytest
import torch

import models


def named_by_nemo(nemo, folder):
    config = types.SimpleNamespace(**json.loads((folder / "config.json").read_text()))
    if not nemo.has_gated_delta_net_fp32_checkpoint_contract(config):
        return set()
    return {key for key, tensor in models.tensors(folder).items()
            if nemo.upcast_gated_delta_net_fp32_state_tensor(key, tensor).dtype != tensor.dtype}


@pytest.mark.parametrize("profile", ["default", "nemo-automodel"])
@pytest.mark.parametrize("layout", models.LAYOUTS)
@pytest.mark.parametrize("variant", ["bf16", "f16", "fp32_params"])
@pytest.mark.parametrize("family", models.CONTRACTED)
def test_violations_are_what_nemo_upcasts(ckptscope, nemo, saved, family, variant, layout, profile):
    folder = saved(family, variant, layout)
    expected = named_by_nemo(nemo, folder)
    assert len(expected) == (0 if variant == "fp32_params" else 8)
    run = ckptscope("check", folder, "--profile", profile, "--json")
    report = run.json
    found = [finding for finding in report["findings"] if finding["severity"] == "violation"]
    assert {finding["tensor"] for finding in found} == expected
    assert len(found) == len(expected), "each is named once"
    assert report["counts"]["violation"] == len(expected) and report["counts"]["error"] == 0
    assert run.code == (1 if expected else 0)
    assert (report["verdict"] == "violations") == bool(expected)
    for finding in found:
        assert finding["have"] == {"bf16": "BF16", "f16": "F16"}[variant] and finding["want"][0] == "F32"
        assert finding["why"] and finding["sources"] and finding["rule"]
        assert finding["fix"]["op"] == "cast" and finding["fix"]["to"] == "F32" and finding["fix"]["restores_lost_bits"] is False


@pytest.mark.parametrize("profile", ["default", "nemo-automodel"])
@pytest.mark.parametrize("layout", models.LAYOUTS)
def test_a_model_without_contract_is_not_called_clean(ckptscope, saved, layout, profile):
    folder = saved("llama", "bf16", layout)
    run = ckptscope("check", folder, "--profile", profile)
    assert run.code == 0, run
    assert "clean" not in (run.text + run.err.decode()).lower()
    assert ckptscope("check", folder, "--profile", profile, "--json").json["verdict"] == "no-contract"


def test_one_shard_and_the_index_open_the_same_set(ckptscope, saved):
    folder = saved("qwen3_next", "bf16", "sharded")
    whole = ckptscope("check", folder, "--json").json
    for path in [models.shards(folder)[0], folder / "model.safetensors.index.json"]:
        part = ckptscope("check", path, "--json").json
        assert part["findings"] == whole["findings"] and part["verdict"] == whole["verdict"]


def test_without_config_the_architecture_is_inferred_or_asked_for(ckptscope, saved, tmp_path):
    """No config.json: the answer is either inferred from the keys or `no-contract`, never clean; --arch settles it."""
    source = saved("qwen3_next", "bf16", "single") / "model.safetensors"
    alone = tmp_path / "model.safetensors"
    alone.write_bytes(source.read_bytes())
    run = ckptscope("check", alone, "--json")
    assert run.json["verdict"] in ("violations", "no-contract")
    run = ckptscope("check", alone, "--arch", "Qwen3NextForCausalLM", "--json")
    assert run.code == 1 and run.json["counts"]["violation"] == 8


# --- keys

FRAGMENTS = ["A_log", "dt_bias", ".linear_attn.", "linear_attn", "._fp32_params.", "_fp32_params", ".", "..", "model", "layers", "0", "17",
             "x", "weight", "conv1d", "self_attn", "A_lo", "_log", "dt_bia", "s", "é", "\u202e", "\U0001f600", " ", "\t", "\r", "\0", "\\", "\"",
             "\ufeff", "\u2028", ".linear_attn", "linear_attn.", ".linear_attn._fp32_params.", "A_LOG", "Dt_bias", "/", "[0]", "\x1b[31m", "\x85"]
TABLE = ["model.layers.0.linear_attn.A_log", "model.layers.0.linear_attn._fp32_params.A_log", "model.layers.0.linear_attn.xA_log",
         "a.linear_attn.x.A_log", ".linear_attn.A_log", "linear_attn.A_log", "xlinear_attn.A_log", "a.Xlinear_attn.A_log",
         "a.linear_attn.A_log.weight", "a.linear_attn.conv1d.weight", "a.self_attn.A_log", "", "m.linear_attn._fp32_params.norm.weight",
         "a.linear_attn.b.linear_attn.A_log", "a.linear_attn._fp32_params.b.linear_attn._fp32_params.A_log",
         "a.linear_attn._fp32_params._fp32_params.A_log", "a.self_attn._fp32_params.A_log", "A_log", "dt_bias", " ", "\r", "\0"]


def adversarial_keys(count):
    keys = list(TABLE)
    keys += ["".join(parts) for parts in itertools.product(FRAGMENTS[:12], repeat=3)]
    keys += ["a" * 65536 + ".linear_attn.A_log", "a.linear_attn." * 5000 + "dt_bias", ".linear_attn._fp32_params." * 3000 + "A_log"]
    rng = random.Random(20251124)
    while len(keys) < count:
        keys.append("".join(rng.choices(FRAGMENTS, k=rng.randint(1, 9))))
    return keys


def answer_of_nemo(nemo, key):
    routed = nemo.route_fp32_holder_key(key)
    return {"key": key, "is_fp32_param": nemo.is_gated_delta_net_fp32_param_key(key), "stripped": nemo.strip_fp32_holder_key(key),
            "routed": routed if routed != key else None,
            "forced_mapping": nemo.forced_gated_delta_net_fp32_dtype_mapping({key: torch.zeros(1)}).get(key)}


def test_keys_agrees_with_nemo_on_100000_keys(ckptscope, nemo):
    keys = adversarial_keys(100_000)
    assert len(keys) == 100_000 and not any("\n" in key for key in keys)
    run = ckptscope("keys", stdin="".join(key + "\n" for key in keys).encode())
    assert run.code == 0, run.err
    lines = run.out.split(b"\n")
    assert lines.pop() == b"" and len(lines) == len(keys)
    differences = [(want, line) for want, line in zip((answer_of_nemo(nemo, key) for key in keys), lines) if json.loads(line) != want]
    assert not differences, (len(differences), differences[:5])


def test_keys_without_a_last_line_end(ckptscope):
    assert len(ckptscope("keys", stdin=b"a\nb").out.splitlines()) == 2
    assert ckptscope("keys", stdin=b"").out == b""


def test_keys_that_are_not_utf8_are_escaped(ckptscope):
    answer = ckptscope("keys", stdin=b"a.linear_attn.\xff\xc0A_log\n").json
    assert answer["key"] == r"a.linear_attn.\xff\xc0A_log" and answer["lossy_name"] is True and answer["is_fp32_param"] is True


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32", "float64", "float8_e4m3fn", "float8_e5m2", "int32", "uint8", "bool", "complex64"])
def test_every_dtype_is_judged_as_nemo_judges_it(ckptscope, nemo, tmp_path, dtype):
    from safetensors.torch import save_file
    key = "model.layers.0.linear_attn.A_log"
    tensor = torch.zeros(4).to(getattr(torch, dtype))
    upcast = nemo.upcast_gated_delta_net_fp32_state_tensor(key, tensor).dtype != tensor.dtype
    save_file({key: tensor, "lm_head.weight": torch.zeros(2, 2)}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text('{"architectures": ["Qwen3NextForCausalLM"]}')
    report = ckptscope("check", tmp_path, "--profile", "nemo-automodel", "--json").json
    assert [f["tensor"] for f in report["findings"] if f["severity"] == "violation"] == ([key] if upcast else [])


@pytest.mark.parametrize("architectures", ['["Qwen3NextForCausalLM"]', '["LlamaForCausalLM", "Qwen3_5ForCausalLM"]', '"Qwen3NextForCausalLM"', "null",
                                           "[]", '["qwen3nextforcausallm"]', '["Qwen3NextForCausalLM "]'])
def test_the_contract_applies_where_nemo_says_so(ckptscope, nemo, tmp_path, architectures):
    from safetensors.torch import save_file
    save_file({"a.linear_attn.A_log": torch.zeros(4, dtype=torch.bfloat16)}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text('{"architectures": %s}' % architectures)
    applies = nemo.has_gated_delta_net_fp32_checkpoint_contract(types.SimpleNamespace(architectures=json.loads(architectures)))
    report = ckptscope("check", tmp_path, "--profile", "nemo-automodel", "--json").json
    if json.loads(architectures):
        assert (report["counts"]["violation"] == 1) == applies
    else:  # a config that names none: we may infer one from the keys, but then say so
        assert report["counts"]["violation"] == 0 or report["architectures"]
