# SPDX-License-Identifier: Apache-2.0
"""What transformers' own classes declare: which tensors of which architecture stay in F32 when the rest is BF16 or F16.

Every class of transformers.models is built on the meta device, as from_pretrained() builds it, with its default config (declared_configs.py).
A floating tensor of its state dict is pinned where loading leaves it in F32: because `_keep_in_fp32_modules_strict` names it (for F16 also
`_keep_in_fp32_modules`), of the class or of a model inside it, or because the constructor makes it so whatever dtype was asked for.
"""
import importlib
import pathlib
import signal
import types
import warnings

import torch
import transformers
from transformers import initialization
from transformers.core_model_loading import build_glob_alternation
from transformers.modeling_utils import PreTrainedModel, local_torch_dtype

import declared_configs

BUILD_SECONDS = 20
BUILT = torch.bfloat16
SPELLING = {"BF16": torch.bfloat16, "F16": torch.float16}


def all_subclasses(cls):
    for sub in cls.__subclasses__():
        yield sub
        yield from all_subclasses(sub)


def modelling_modules():
    root = pathlib.Path(transformers.__file__).parent / "models"
    return [f"transformers.models.{file.parent.name}.{file.stem}" for file in sorted(root.glob("*/modeling_*.py"))]


def skip_backend_checks():
    """Constructors of models ask for scipy, PIL and others that only preprocessing and losses use. Others who ask must hear the truth."""
    asked = transformers.utils.import_utils.requires_backends

    def requires_backends(one, backends):
        if not isinstance(one, torch.nn.Module):
            asked(one, backends)

    if asked.__module__ != __name__:  # once
        transformers.utils.requires_backends = requires_backends
        transformers.utils.import_utils.requires_backends = requires_backends


class NoTimm:
    """Stands for the package timm, whose weights no class of transformers pins: a backbone without tensors."""

    @staticmethod
    def create_model(*_, out_indices=(1, 2, 3, 4), **__):
        model = torch.nn.Module()
        stages = [{"module": f"stage{n}", "index": n, "num_chs": 64, "reduction": 2 << n} for n in range(5)]
        model.feature_info = types.SimpleNamespace(info=stages, get_dicts=lambda *_: stages, channels=lambda *_: [64] * len(out_indices),
                                                   module_name=lambda *_: [f"stage{n % 5}" for n in out_indices], out_indices=out_indices)
        model.num_features = 64
        return model


def architectures(modules):
    """The concrete model classes of these modules, by name; and the modules that cannot be imported, with the reason."""
    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    skip_backend_checks()
    for module in ("timm_backbone.modeling_timm_backbone", "timm_wrapper.modeling_timm_wrapper"):
        importlib.import_module("transformers.models." + module).timm = NoTimm
    refused = {}
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception as why:
            refused[module.rsplit(".", 1)[-1]] = f"{type(why).__name__}: {why}"
    classes = {cls.__name__: cls for cls in all_subclasses(PreTrainedModel)
               if cls.__module__ in modules and cls.config_class and not cls.__name__.endswith("PreTrainedModel")}
    return dict(sorted(classes.items())), refused


def build(cls, shallow):
    config = declared_configs.config_for(cls, shallow)
    with (local_torch_dtype(BUILT, cls.__name__), initialization.no_init_weights(), initialization.no_tie_weights(), torch.device("meta"),
          initialization.meta_device_safe_creation_ops()):
        return cls(config)


def build_any(cls):
    """Shallow, or as deep as the default config is, where the shallow one is refused."""
    def late(*_):
        raise TimeoutError(f"took over {BUILD_SECONDS} s")
    before = signal.signal(signal.SIGALRM, late)
    try:
        for shallow in (True, False):
            signal.alarm(BUILD_SECONDS)
            try:
                return build(cls, shallow)
            except Exception:
                if not shallow:
                    raise
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def pinned(model, spelling):
    """{key of the state dict: is it pinned} of all tensors that are floating, for a model that was built in BUILT."""
    plan = model._get_dtype_plan(SPELLING[spelling])
    search = build_glob_alternation(list(plan))[0].search if plan else lambda key: None
    return {key: tensor.dtype == torch.float32 or search(key) is not None
            for key, tensor in model.state_dict().items() if tensor.dtype in (BUILT, torch.float32)}
