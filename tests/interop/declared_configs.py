# SPDX-License-Identifier: Apache-2.0
"""Configs under which every class of transformers can be built: the default one, shallow, and mended where its own class refuses it."""
import contextlib
from collections import defaultdict

import transformers

LAYERS = 4
DEPTHS = ("num_hidden_layers", "num_layers", "n_layer", "n_layers", "encoder_layers", "decoder_layers", "num_decoder_layers",
          "num_encoder_layers", "depth")

# By class of config: what its default leaves out, or has in a form that the model does not take.
MENDED = {
    "AutoformerConfig": dict(prediction_length=4, context_length=4),
    "InformerConfig": dict(prediction_length=4, context_length=4),
    "TimeSeriesTransformerConfig": dict(prediction_length=4, context_length=4),
    "BridgeTowerConfig": dict(contrastive_hidden_size=512, logit_scale_init_value=2.6592),
    "CohereCompassTextConfig": dict(rope_parameters={kind: {"rope_type": "default", "rope_theta": 10000.0}
                                                     for kind in ("full_attention", "sliding_attention")}),
    "ChameleonConfig": dict(vocabulary_map={"<image>": 5, "IMGIMGBSZ": 7}),
    "Emu3Config": dict(vocabulary_map={"<image>": 5}),
    "DbrxAttentionConfig": dict(rope_theta=10000.0),
    "DeepseekOcr2TextConfig": dict(mlp_layer_types=["dense"] + ["sparse"] * (LAYERS - 1)),
    "Dots1Config": dict(n_routed_experts=8, n_shared_experts=1),
    "EsmConfig": dict(vocab_size=33, pad_token_id=1, mask_token_id=32),
    "Granite4VisionConfig": dict(deepstack_layer_map=[[0, 0]], spatial_target_layers=[], downsample_rate="1/4"),
    "HieraConfig": dict(decoder_hidden_size=64, decoder_depth=1, decoder_num_heads=4),
    "HunYuanDenseV1Config": dict(head_dim=128),
    "HunYuanMoEV1Config": dict(head_dim=128, num_experts=4),
    "HunYuanVLTextConfig": dict(head_dim=128),
    "Lfm2MoeConfig": dict(layer_types=["conv", "full_attention"] * (LAYERS // 2)),
    "MinistralConfig": dict(head_dim=128),
    "MoonshineStreamingConfig": dict(num_key_value_heads=8),
    "MoshiConfig": dict(num_codebooks=8, audio_vocab_size=2048),
    "NemotronConfig": dict(num_key_value_heads=8),
    "Qwen3OmniMoeTalkerTextConfig": dict(shared_expert_intermediate_size=64),
    "SeamlessM4Tv2Config": dict(variance_predictor_embed_dim=64, variance_predictor_hidden_dim=64, variance_predictor_kernel_size=3,
                                variance_pred_dropout=0.1),
    "T5Gemma2TextConfig": dict(dropout_rate=0.0),
    "T5Gemma2DecoderConfig": dict(dropout_rate=0.0),
    "ViltConfig": dict(num_images=2),
    "Wav2Vec2BertConfig": dict(vocab_size=32),
    "Wav2Vec2ConformerConfig": dict(vocab_size=32),
    "DiffusionGemmaTextConfig": dict(num_experts=4, top_k_experts=2, moe_intermediate_size=32),
    "PerceiverConfig": dict(num_cross_attention_heads=1, num_self_attention_heads=1, qk_channels=None),
    "Qwen3OmniMoeTalkerConfig": dict(spatial_merge_size=2),
    "Qwen4ExpTextConfig": dict(indexer_budget=2048, indexer_compress_ratio=4, indexer_n_heads=4, indexer_kv_heads=1, indexer_head_dim=64),
    "PPOCRV5ServerDetConfig": dict(kernel_list=[3, 2, 2], intraclass_block_config=defaultdict(lambda: [1, 1, 0])),
    "PPOCRV6MediumDetConfig": dict(kernel_list=[3, 2, 2], intraclass_block_config=defaultdict(lambda: [1, 1, 0])),
    "TimmWrapperConfig": dict(model_args={"embed_dim": 64}),
    "TimmBackboneConfig": dict(backbone="resnet50"),
    "Sapiens2HeadConfig": dict(upsample_out_channels=[64], upsample_kernel_sizes=[4], conv_out_channels=[64], conv_kernel_sizes=[1],
                               scale_conv_out_channels=[64], scale_conv_kernel_sizes=[1], scale_final_input_size=64, scale_final_hidden_sizes=[64, 64]),
    "SiglipVisionConfig": dict(num_attention_heads=12, hidden_size=768),
}
# By model class, where one config class serves models that want different things of it.
MENDED_FOR = {
    "BeitForSemanticSegmentation": dict(out_indices=[0, 1, 2, 3]),
    "ReformerModelWithLMHead": dict(is_decoder=True),
    "T5GemmaEncoderModel": dict(is_encoder_decoder=False),
}
# What the constructors of these configs must be given.
GIVEN = {
    "EsmForProteinFolding": lambda: dict(is_folding_model=True, vocab_list=["<cls>", "<pad>", "<eos>", "<unk>", "<mask>", *"LAGVSERTIDPKQNFYMHWCX"]),
    "Gemma4AssistantForCausalLM": lambda: dict(text_config=transformers.Gemma4TextConfig(
        hidden_size_per_layer_input=0, vocab_size_per_layer_input=0, num_hidden_layers=LAYERS, num_kv_shared_layers=LAYERS)),
    "Gemma4UnifiedAssistantForCausalLM": lambda: dict(text_config=transformers.Gemma4UnifiedTextConfig(
        num_hidden_layers=LAYERS, num_kv_shared_layers=LAYERS)),
}


def parts(config, seen=None):
    """The config and every config inside it."""
    seen = set() if seen is None else seen
    if id(config) in seen:
        return
    seen.add(id(config))
    yield config
    for value in list(vars(config).values()):
        for part in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(part, transformers.PretrainedConfig):
                yield from parts(part, seen)


def mend(config, values):
    for name, value in values.items():
        with contextlib.suppress(AttributeError):
            setattr(config, name, value)


def make_shallow(config):
    for name in DEPTHS:
        with contextlib.suppress(Exception):  # a property of some configs, computed from what others lack
            depth = getattr(config, name, None)
            if isinstance(depth, int) and not isinstance(depth, bool) and depth > LAYERS:
                for lists in ("layer_types", "mlp_layer_types", "layers_block_type"):
                    if isinstance(getattr(config, lists, None), list):
                        setattr(config, lists, getattr(config, lists)[:LAYERS])
                setattr(config, name, LAYERS)


def config_for(cls, shallow):
    config = cls.config_class(**GIVEN.get(cls.__name__, dict)())
    for part in parts(config):
        if shallow:
            make_shallow(part)
        mend(part, MENDED.get(type(part).__name__, {}))
        for name in ("hidden_sizes", "fusion_hidden_sizes"):
            if isinstance(getattr(part, name, None), tuple):
                setattr(part, name, list(getattr(part, name)))
    mend(config, MENDED_FOR.get(cls.__name__, {}))
    return config
