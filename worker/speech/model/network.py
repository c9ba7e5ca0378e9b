"""Builds Kokoro's network from the kokoro package, without that package's side effects.

Importing kokoro reconfigures loguru for the whole process and loads spaCy; its model class
downloads what it is not given, and ignores parameters that do not fit. This module imports only the
network's modules and requires that all parameters fit. To save time it replaces transformers by
`albert` and skips the random initialisation of parameters that the weights overwrite.
"""

import importlib
import importlib.util
import io
import logging
import sys
import types
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from jobs.errors import StartupError
from jobs.places import install_command
from worker.speech.model.albert import AlbertConfig, AlbertModel

log = logging.getLogger(__name__)

_REPOSITORY = "hexgrad/Kokoro-82M"

# Published weights lack these parameters: BERT's pooler is never called, and the instance norms'
# own scale and shift were never trained, so they stay ones and zeros.
_NEVER_TRAINED = ("bert.pooler.",)
_NEVER_TRAINED_NORMS = (".norm.weight", ".norm.bias")


def build_network(config: Mapping[str, Any], state: Mapping[str, torch.Tensor]) -> Any:
    """Build Kokoro's network in evaluation mode on the CPU, weight norm folded.

    Raises:
        StartupError: kokoro is missing, parameters are not those of this network, or one is NaN
            or infinite.
    """
    network = _make(config)
    missing, unexpected = network.load_state_dict(state, strict=False, assign=True)
    lacking = [name for name in missing if not _is_never_trained(name)]
    if lacking:
        raise StartupError(
            f"the model's weights lack {len(lacking)} parameters, {lacking[0]} first; "
            "run `ktts fetch-model`"
        )
    if unexpected:
        log.warning("the model's weights hold %s unknown parameters", len(unexpected))
    _fold_weight_norm(network)
    for name, value in network.named_parameters():
        # The sum is not finite if any value is not, and takes a tenth of the time.
        if not torch.isfinite(value.sum()):
            raise StartupError(
                f"the model's weights are damaged: {name} is not finite; run `ktts fetch-model`"
            )
    return network.eval().requires_grad_(requires_grad=False)


def parameter_shapes(config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return name and shape of every parameter, as in Kokoro's published weights."""
    return {name: tuple(value.shape) for name, value in _make(config).state_dict().items()}


def _make(config: Mapping[str, Any]) -> Any:
    # With an empty file of parameters the class downloads none.
    empty = io.BytesIO()
    torch.save({}, empty)
    empty.seek(0)
    with _quiet():
        try:
            module = _import_model()
            with _without_random_values():
                return module.KModel(repo_id=_REPOSITORY, config=dict(config), model=empty)
        except ImportError as exc:
            raise StartupError(
                f"kokoro cannot be imported ({exc}); "
                f"install the worker: {install_command('worker')}"
            ) from exc
        except (KeyError, TypeError) as exc:
            raise StartupError(
                f"config.json does not describe this network ({exc!r}); run `ktts fetch-model`"
            ) from exc


def _import_model() -> Any:
    """Import ``kokoro.model`` while stand-ins replace the packages that it need not load."""
    if "kokoro.model" in sys.modules or "kokoro" in sys.modules:
        return importlib.import_module("kokoro.model")
    spec = importlib.util.find_spec("kokoro")
    if spec is None:
        raise ImportError("No module named 'kokoro'")
    stand_ins = {
        "kokoro": importlib.util.module_from_spec(spec),  # never executed
        "transformers": _make_module(AlbertConfig=AlbertConfig, AlbertModel=AlbertModel),
        "huggingface_hub": _make_module(hf_hub_download=None),  # nothing is ever downloaded here
    }
    hidden = {name: sys.modules[name] for name in stand_ins if name in sys.modules}
    sys.modules.update(stand_ins)
    try:
        return importlib.import_module("kokoro.model")
    finally:
        for name in stand_ins:
            del sys.modules[name]
        sys.modules.update(hidden)


def _make_module(**contents: Any) -> types.ModuleType:
    module = types.ModuleType("stand-in")
    vars(module).update(contents)
    return module


def _fold_weight_norm(network: Any) -> None:
    for module in network.modules():
        if hasattr(module, "weight_g"):
            torch.nn.utils.remove_weight_norm(module)


def _is_never_trained(name: str) -> bool:
    return name.startswith(_NEVER_TRAINED) or name.endswith(_NEVER_TRAINED_NORMS)


@contextmanager
def _without_random_values() -> Iterator[None]:
    """Skip random initialisation; parameters that the weights lack are ones and zeros anyway."""
    names = ("kaiming_uniform_", "normal_", "uniform_", "xavier_uniform_")
    real = {name: getattr(torch.nn.init, name) for name in names}
    try:
        for name in names:
            setattr(torch.nn.init, name, lambda tensor, *_, **__: tensor)
        yield
    finally:
        for name, function in real.items():
            setattr(torch.nn.init, name, function)


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress the warnings that kokoro's own code causes."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "dropout option adds dropout", UserWarning)
        warnings.filterwarnings("ignore", ".*weight_norm.* is deprecated", FutureWarning)
        yield
