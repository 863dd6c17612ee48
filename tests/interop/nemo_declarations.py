# SPDX-License-Identifier: Apache-2.0
"""What NeMo AutoModel's classes declare to stay in F32, and what the tensors are called in files.

The declarations are read from the package's source, without running it: for every architecture of its registry the class's
`_keep_in_fp32_modules` and `_keep_in_fp32_modules_strict` (cast_model_to_dtype() keeps both), and the architectures of
GDN_FP32_CHECKPOINT_ARCHITECTURES, whose holder `_fp32_params` is put there at run time.
"""
import ast
import importlib.util
import pathlib
import re

DECLARED = ("_keep_in_fp32_modules", "_keep_in_fp32_modules_strict")
COMPUTED = "computed at run time, in no file"

BIAS = ["model.layers.1.mlp.gate.e_score_correction_bias"]
GDN = ["model.layers.0.linear_attn.A_log", "model.layers.0.linear_attn.dt_bias"]
GDN_VL = ["model.language_model.layers.0.linear_attn.A_log", "model.language_model.layers.0.linear_attn.dt_bias"]
MAMBA = ["backbone.layers.0.mixer.A_log", "backbone.layers.0.mixer.D", "backbone.layers.0.mixer.dt_bias"]
MAMBA_BIAS = ["backbone.layers.1.mixer.gate.e_score_correction_bias"]
KDA = ["model.layers.0.self_attn.A_log", "model.layers.0.self_attn.dt_bias"]
K3 = KDA + [f"model.layers.0.self_attn.{name}.weight" for name in ("q_conv1d", "k_conv1d", "v_conv1d", "o_norm")]
KIMI_BIAS = ["model.layers.1.block_sparse_moe.gate.e_score_correction_bias"]
HYPER = {f"{part}_hc.{name}": [f"layers.0.hc_{part}_{name}"] for part in ("attn", "ffn") for name in ("fn", "base", "scale")}
VISION_NORMS = {f"{name}.weight": [f"vision.blocks.0.{name}.weight"] for name in ("norm1", "norm2")}


def inside(prefix, keys):
    return [prefix + key for key in keys]


# By architecture: each declared word, and the names that its tensors have in files, as the package's state_dict_adapter.py writes them.
FILE_NAMES = {
    "BailingMoeV2ForCausalLM": {"e_score_correction_bias": ["model.layers.1.mlp.gate.expert_bias"], "expert_bias": ["model.layers.1.mlp.gate.expert_bias"]},
    "DeepseekV3ForCausalLM": {"e_score_correction_bias": BIAS},
    "DeepseekV32ForCausalLM": {"e_score_correction_bias": BIAS},
    "DeepseekV4ForCausalLM": HYPER | VISION_NORMS | {
        "hc_head.hc_fn": ["hc_head_fn"], "hc_head.hc_base": ["hc_head_base"], "hc_head.hc_scale": ["hc_head_scale"],
        "self_attn.sinks": ["layers.0.attn.attn_sink"], "self_attn.compressor.wkv": ["layers.2.attn.compressor.wkv.weight"],
        "self_attn.compressor.wgate": ["layers.2.attn.compressor.wgate.weight"], "self_attn.compressor.ape": ["layers.2.attn.compressor.ape"],
        "self_attn.compressor.indexer.wkv": ["layers.2.attn.indexer.compressor.wkv.weight"],
        "self_attn.compressor.indexer.wgate": ["layers.2.attn.indexer.compressor.wgate.weight"],
        "self_attn.compressor.indexer.ape": ["layers.2.attn.indexer.compressor.ape"], "e_score_correction_bias": ["layers.3.ffn.gate.bias"],
        "bias_vl": ["layers.3.ffn.gate.bias_vl"], "vision.norm.weight": ["vision.norm.weight"], "lm_head": ["head.weight"],
        "rotary_emb": COMPUTED},
    "DeepseekV41ForCausalLM": VISION_NORMS | {
        "attn_hc": [f"layers.0.hc_attn_{name}" for name in ("fn", "base", "scale")],
        "ffn_hc": [f"layers.0.hc_ffn_{name}" for name in ("fn", "base", "scale")],
        "attn.sinks_param": ["layers.0.attn.attn_sink"], "attn.compressor.wgate": ["layers.2.attn.compressor.wgate.weight"],
        "attn.compressor.wkv": ["layers.2.attn.compressor.wkv.weight"], "e_score_correction_bias": ["layers.3.ffn.gate.bias"],
        "bias_vl": ["layers.3.ffn.gate.bias_vl"], "lm_head": ["head.weight"], "vision.norm": ["vision.norm.weight"]},
    "Ernie4_5_MoeForCausalLM": {"mlp.gate.weight": ["model.layers.1.mlp.gate.weight"], "rotary_emb": COMPUTED,
                                "mlp.gate.e_score_correction_bias": ["model.layers.1.mlp.moe_statics.e_score_correction_bias"]},
    "DiffusionGemmaForBlockDiffusion": {"rotary_emb": COMPUTED},
    "Gemma4ForConditionalGeneration": {"router.proj": ["model.language_model.layers.0.router.proj.weight"],
                                       "router.scale": ["model.language_model.layers.0.router.scale"], "rotary_emb": COMPUTED},
    "Glm4MoeForCausalLM": {"e_score_correction_bias": BIAS},
    "Glm4MoeLiteForCausalLM": {"e_score_correction_bias": BIAS},
    "GlmMoeDsaForCausalLM": {"e_score_correction_bias": BIAS},
    "Glm5NextForConditionalGeneration": {
        "_fp32_params": ["model.language_model.layers.0.self_attn.A_log", "model.language_model.layers.0.self_attn.dt_bias",
                         *(f"model.language_model.layers.0.hc_{part}_{name}" for part in ("attn", "ffn") for name in ("base", "scale"))],
        "e_score_correction_bias": ["model.language_model.layers.1.mlp.gate.e_score_correction_bias"], "rotary_pos_emb": COMPUTED},
    "HYV3ForCausalLM": {"mlp.gate.e_score_correction_bias": ["model.layers.1.mlp.expert_bias"]},
    "HyMT2ForCausalLM": {"mlp.gate.e_score_correction_bias": ["model.layers.1.mlp.expert_bias"]},
    "HunyuanImage3ForCausalMM": {"mlp.gate": ["model.layers.0.mlp.gate.wg.weight"]},
    "InklingForConditionalGeneration": {
        "_fp32_params": ["model.llm.layers.0.attn_sconv.weight", "model.llm.layers.0.mlp_sconv.weight",
                         "model.llm.layers.0.attn.k_sconv.weight", "model.llm.layers.0.attn.v_sconv.weight", "model.llm.layers.1.mlp.gate.bias"]},
    "KimiK25ForConditionalGeneration": {"freqs_cis": COMPUTED, "rotary_emb": COMPUTED},
    "KimiK25VLForConditionalGeneration": {"freqs_cis": COMPUTED, "rotary_emb": COMPUTED},
    "KimiK3ForCausalLM": {"_fp32_params": K3, "e_score_correction_bias": KIMI_BIAS},
    "KimiK3ForConditionalGeneration": {"_fp32_params": inside("language_model.", K3),
                                       "e_score_correction_bias": inside("language_model.", KIMI_BIAS)},
    "KimiLinear48BForCausalLM": {"_fp32_params": KDA, "e_score_correction_bias": KIMI_BIAS},
    "LagunaForCausalLM": {"mlp.gate.e_score_correction_bias": ["model.layers.1.mlp.experts.e_score_correction_bias"], "rotary_emb": COMPUTED},
    "MiMoV2FlashForCausalLM": {"mlp.gate.e_score_correction_bias": BIAS, "attention_sink_bias": ["model.layers.1.self_attn.attention_sink_bias"],
                               "attn_module.softmax_offset": ["model.layers.1.self_attn.attention_sink_bias"], "rotary_emb": COMPUTED},
    "MiMoV2ForCausalLM": {"mlp.gate.e_score_correction_bias": BIAS, "attention_sink_bias": ["model.layers.1.self_attn.attention_sink_bias"],
                          "attn_module.softmax_offset": ["model.layers.1.self_attn.attention_sink_bias"], "rotary_emb": COMPUTED},
    "MiMoV25ForCausalLM": {"mlp.gate.e_score_correction_bias": BIAS, "attention_sink_bias": ["model.layers.1.self_attn.attention_sink_bias"]},
    "MiniMaxM2ForCausalLM": {"mlp.gate.weight": ["model.layers.0.block_sparse_moe.gate.weight"],
                             "mlp.gate.e_score_correction_bias": ["model.layers.0.block_sparse_moe.e_score_correction_bias"]},
    "MiniMaxM3SparseForConditionalGeneration": {
        "mlp.gate.weight": ["language_model.model.layers.3.block_sparse_moe.gate.weight"], "rotary_emb": COMPUTED, "inv_freq": COMPUTED,
        "mlp.gate.e_score_correction_bias": ["language_model.model.layers.3.block_sparse_moe.e_score_correction_bias"]},
    "Mistral3ForConditionalGeneration": {"e_score_correction_bias": inside("language_model.", BIAS), "freqs_cis": COMPUTED},
    "Mistral4ForCausalLM": {"e_score_correction_bias": BIAS},
    "MuseGlimmerForConditionalGeneration": {"rotary_emb": COMPUTED},
    "NemotronHForCausalLM": {"_fp32_params": MAMBA, "e_score_correction_bias": MAMBA_BIAS},
    "NemotronH_Nano_Omni_Reasoning_V3": {"_fp32_params": inside("language_model.", MAMBA), "e_score_correction_bias": inside("language_model.", MAMBA_BIAS)},
    "NemotronH_Omni_Reasoning_V3": {"_fp32_params": inside("language_model.", MAMBA), "e_score_correction_bias": inside("language_model.", MAMBA_BIAS)},
    "Qwen3ForCausalLM": {"rotary_emb": COMPUTED},
    "Qwen3NextForCausalLM": {"_fp32_params": GDN},
    "Qwen3_5ForCausalLM": {"_fp32_params": GDN},
    "Qwen3_5ForConditionalGeneration": {"_fp32_params": GDN_VL, "rotary_pos_emb": COMPUTED},
    "Qwen3_5MoeForCausalLM": {"_fp32_params": GDN},
    "Qwen3_5MoeForConditionalGeneration": {"_fp32_params": GDN_VL},
    "Qwen3_8_FlashNextForConditionalGeneration": {"_fp32_params": GDN_VL},
    "Qwen4ExpForConditionalGeneration": {"_fp32_params": GDN_VL},
    "Step3p5ForCausalLM": {"rotary_emb": COMPUTED},
    "Step3p6ForConditionalGeneration": {"rotary_emb": COMPUTED},
    "Step3p7ForConditionalGeneration": {"rotary_emb": COMPUTED},
}


def root():
    return pathlib.Path(importlib.util.find_spec("nemo_automodel").submodule_search_locations[0])


def file_of(module):
    path = root().parent / (module.replace(".", "/"))
    return path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"


def registry():
    """{architecture: (module, class)}, as _transformers/registry.py lists them."""
    text = (root() / "_transformers" / "registry.py").read_text()
    found = re.findall(r'"(\w+)",\s*\(\s*"(nemo_automodel\.components\.models[\w.]+)",\s*"(\w+)"', text)
    return {architecture: (module, name) for architecture, module, name in found}


def words_of(module, name, seen=()):
    """The words of the class's two lists, its own or else what it inherits inside the package."""
    path = file_of(module)
    if not path.is_file() or (module, name) in seen:
        return set()
    tree = ast.parse(path.read_text())
    imports = {alias.asname or alias.name: (node.module, alias.name) for node in ast.walk(tree)
               if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("nemo_automodel") for alias in node.names}
    if name in imports:
        return words_of(*imports[name], (*seen, (module, name)))
    words = {}
    for node in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == name):
        for base in reversed([base.id for base in node.bases if isinstance(base, ast.Name)]):
            inherited = words_of(module, base, (*seen, (module, name)))
            words.update({attribute: value for attribute, value in inherited} if inherited else {})
        for statement in node.body:
            targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
            for target in targets:
                if isinstance(target, ast.Name) and target.id in DECLARED and statement.value:
                    words[target.id] = tuple(ast.literal_eval(statement.value))
    return set(words.items())


def declared():
    """{architecture: set of words}, of all of the registry; an architecture that declares nothing has an empty set."""
    text = (root() / "components/models/common/gated_delta_net_fp32.py").read_text()
    holders = re.search(r"GDN_FP32_CHECKPOINT_ARCHITECTURES[^=]*=.*?\)", text, re.S)[0]
    result = {}
    for architecture, (module, name) in registry().items():
        result[architecture] = {word for _, words in words_of(module, name) for word in words}
        if f'"{architecture}"' in holders:
            result[architecture].add("_fp32_params")
    return result


def pinned():
    """{architecture: names of pinned tensors in its files}. Fails where the package declares a word that FILE_NAMES does not know."""
    result = {}
    for architecture, words in declared().items():
        names = FILE_NAMES.get(architecture, {})
        assert words == set(names), f"{architecture}: NeMo AutoModel declares {sorted(words)}, FILE_NAMES has {sorted(names)}"
        keys = sorted({key for word in words if names[word] != COMPUTED for key in names[word]})
        if keys:
            result[architecture] = keys
    return result
